package model

import (
	"slices"
	"time"
)

// KindAccountMerged is the event of an account that has been found to be another's: what is its is to be carried
// over.
const KindAccountMerged = "account_merged"

// mergedAgain is how long after a merge what is the old account's is looked for once more: longer than an access
// token that still names it can live.
const mergedAgain = 3 * time.Hour

// Survivor says which of two accounts that WeChat calls one person goes on: the verified one, else the older. It
// is false when both are verified as different people; then they stay apart.
func Survivor(a, b *Applicant) (keep, drop *Applicant, ok bool) {
	if a.Verified() && b.Verified() && a.Person.IDIndex != b.Person.IDIndex {
		return nil, nil, false
	}
	switch {
	case a.Verified() != b.Verified():
		if b.Verified() {
			a, b = b, a
		}
	case b.CreatedAt.Before(a.CreatedAt), b.CreatedAt.Equal(a.CreatedAt) && b.ID < a.ID:
		a, b = b, a
	}
	return a, b, true
}

// MergeInto ends the account in favour of another; false when it has ended before.
func (a *Applicant) MergeInto(survivor string, now time.Time) bool {
	if a.MergedInto != "" || survivor == a.ID {
		return false
	}
	a.MergedInto = survivor
	a.Emit(KindAccountMerged, moment(now), nil)
	a.WakeAt(moment(now.Add(mergedAgain)))
	return true
}

// Absorb takes over what stands on the document of an account that has been merged into this one; once, however
// often it is told. phone is the other's number sealed for this account.
func (a *Applicant) Absorb(from *Applicant, phone Sealed) bool {
	if slices.Contains(a.Absorbed, from.ID) {
		return false
	}
	a.Absorbed = append(append(a.Absorbed, from.ID), from.Absorbed...)
	for _, w := range from.Identities {
		if !slices.ContainsFunc(a.Identities, func(x WechatIdentity) bool { return x.AppID == w.AppID && x.OpenID == w.OpenID }) {
			a.Identities = append(a.Identities, w)
		}
	}
	if a.UnionID == "" {
		a.UnionID = from.UnionID
	}
	for t, n := range from.Credits {
		for range n {
			a.credit(t, maxReturned)
		}
	}
	for t, tap := range from.Taps {
		mine := a.Taps[t]
		mine.Said, mine.Heard = mine.Said+tap.Said, mine.Heard+tap.Heard
		mine.Pushes = append(slices.Clone(mine.Pushes), tap.Pushes...)
		a.tapped(t, mine)
	}
	if a.Person.Phone == "" && from.Person.Phone != "" {
		a.SetPhone(phone, from.Person.PhoneMask, from.Person.PhoneIndex)
	}
	a.Consents = append(a.Consents, from.Consents...)
	slices.SortStableFunc(a.Consents, func(x, y Consent) int { return x.At.Compare(y.At) })
	for _, device := range from.Devices {
		if !slices.Contains(a.Devices, device) {
			a.Devices = append(slices.Clip(a.Devices), device)
		}
	}
	if a.Verified() && from.IdentityLevel > a.IdentityLevel {
		a.IdentityLevel = from.IdentityLevel // two that are verified as different people are never merged
	}
	a.NoPush = a.NoPush || from.NoPush
	a.Blocked = a.Blocked || from.Blocked
	if from.CreatedAt.Before(a.CreatedAt) {
		a.CreatedAt = from.CreatedAt
	}
	return true
}

// SetPhone keeps a number that the person has proven.
func (a *Applicant) SetPhone(phone Sealed, mask, index string) {
	a.Person.Phone, a.Person.PhoneMask, a.Person.PhoneIndex = phone, mask, index
}

// Absorb takes over the agenda of an account that has been merged into this one's.
func (a *Agenda) Absorb(from *Agenda) {
	for _, e := range from.Live {
		if a.entry(e.Booking) < 0 {
			a.Live = append(a.Live, e)
		}
	}
	for _, n := range from.NoShows {
		if !slices.ContainsFunc(a.NoShows, func(x NoShow) bool { return x.Booking == n.Booking }) {
			a.NoShows = append(a.NoShows, n)
		}
	}
	if u := from.BlockedUntil; u != nil && (a.BlockedUntil == nil || a.BlockedUntil.Before(*u)) {
		until := *u
		a.BlockedUntil = &until
	}
	a.rewake()
}
