package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// A parcel and the matters in it are documents of their own, and nothing writes both at once. The parcel comes
// first and holds a claim for each matter; the matter that then names it settles the claim. Whoever dies between
// the two writes leaves a claim that nobody settles, and the parcel's wake looks after it.

// claimWait is how long a matter has to name the parcel that was opened for it. No request lives that long.
const claimWait = 10 * time.Minute

// ParcelClaim stands for a matter that has not yet been seen to name the parcel.
type ParcelClaim struct {
	At    time.Time `json:"at"`    // of the last who opened it
	Opens int       `json:"opens"` // how many did and have not given up
}

// Claim puts a matter's papers into the envelope, or remembers that somebody else tries for the same matter.
func (p *Parcel) Claim(no string, now time.Time) error {
	if err := p.AddMatter(no); err != nil {
		return err
	}
	if p.Claims == nil {
		p.Claims = map[string]ParcelClaim{}
	}
	p.Claims[no] = ParcelClaim{At: moment(now), Opens: p.Claims[no].Opens + 1}
	p.rest(moment(now))
	return nil
}

// Share lets a dispatch have a waybill that is registered already: the same matter again, which a crash or an
// impatient hand may cause; another matter of the same day between the same two organisations, while the
// envelope is still there to be filled (domain.md §5); anyone, when those who had it have given it back or had
// mistyped it. All others are told that the number is in use.
func (p *Parcel) Share(n NewParcel, now time.Time) error {
	if p.Abandoned() || p.replaced(now) {
		return p.reclaim(n, now)
	}
	again := p.Direction == n.Direction
	for _, no := range n.Matters {
		_, claimed := p.Claims[no]
		again = again && slices.Contains(p.Matters, no) && (claimed || p.Open())
	}
	if !again && !p.takes(n, now) {
		return fault.New("waybill_in_use")
	}
	for _, no := range n.Matters {
		if _, claimed := p.Claims[no]; !claimed && slices.Contains(p.Matters, no) {
			continue // named by its matter already
		}
		if err := p.Claim(no, now); err != nil {
			return err
		}
	}
	return nil
}

// takes says that the envelope may take another matter's papers.
func (p *Parcel) takes(n NewParcel, now time.Time) bool {
	return p.Open() && p.State == ParcelCreated && p.Direction == ParcelMaterials && n.Direction == ParcelMaterials &&
		p.Sender.same(n.Sender) && p.Consignee.same(n.Consignee) && p.SameCompany(n.Company) && DateOf(p.CreatedAt) == DateOf(now)
}

func (a Party) same(b Party) bool { return a.ID != "" && a.Kind == b.Kind && a.ID == b.ID }

// Abandoned says that every matter has given the waybill back. The document stays a while with the rows that
// have come: a delete could race with the next who types the number, and they would have to be parked anyway.
func (p *Parcel) Abandoned() bool { return len(p.Matters) == 0 }

// replaced says that the number was a mistake of someone's, corrected so long ago that their matters know: its
// true owner may have it.
func (p *Parcel) replaced(now time.Time) bool {
	n := len(p.Corrections)
	return p.ReplacedBy != "" && n > 0 && now.After(p.Corrections[n-1].At.Add(24*time.Hour))
}

// reclaim begins a parcel anew for others. What carriers have told of the number stays; what was asked of them
// is asked again only for another company.
func (p *Parcel) reclaim(n NewParcel, now time.Time) error {
	fresh, err := OpenParcel(n, now)
	if err != nil {
		return err
	}
	emitted := fresh.Outbox
	fresh.Head, fresh.Rows, fresh.Polls = p.Head, p.Rows, p.Polls
	watched := p.Subscription.State == SubscriptionActive && fresh.Company == p.Company
	if watched {
		fresh.Subscription = p.Subscription
	}
	for _, e := range emitted {
		if e.Kind != ParcelBound || !watched {
			fresh.Emit(e.Kind, e.At, e.Ref)
		}
	}
	*p = *fresh
	for _, no := range n.Matters {
		if err := p.Claim(no, now); err != nil {
			return err
		}
	}
	p.refold(moment(now))
	return nil
}

// GiveUp takes back what one who claimed it has found no use for. The matter leaves the parcel when nobody else
// is still trying for it.
func (p *Parcel) GiveUp(no string, now time.Time) bool {
	claim, claimed := p.Claims[no]
	if !claimed {
		return false
	}
	if claim.Opens--; claim.Opens > 0 {
		p.Claims[no] = claim
		return true
	}
	return p.drop(no, now)
}

// Lapse takes a matter out that has not named the parcel in time, unless it was claimed again since.
func (p *Parcel) Lapse(no string, claim ParcelClaim, now time.Time) bool {
	held, claimed := p.Claims[no]
	if !claimed || held.Opens != claim.Opens || !held.At.Equal(claim.At) || !claim.due(now) {
		return false
	}
	return p.drop(no, now)
}

func (p *Parcel) drop(no string, now time.Time) bool {
	delete(p.Claims, no)
	p.Matters = slices.DeleteFunc(slices.Clone(p.Matters), func(m string) bool { return m == no })
	if p.Abandoned() {
		p.PhoneTail = ""
	}
	p.rest(moment(now))
	return true
}

// Named settles a claim: the matter's own document names the parcel. It wins over a claim that has lapsed or was
// given up meanwhile, unless the number has gone to others.
func (p *Parcel) Named(no string, now time.Time) (changed bool, err error) {
	_, claimed := p.Claims[no]
	held := slices.Contains(p.Matters, no)
	switch {
	case held && !claimed:
		return false, nil
	case !held && !p.Abandoned() && p.State != ParcelCreated:
		return false, fault.New("waybill_in_use")
	case !held:
		p.Matters = append(p.Matters, no)
		p.State = ParcelCreated // so that the fold announces what the matter has missed
		p.refold(moment(now))
	}
	delete(p.Claims, no)
	p.rest(moment(now))
	return true, nil
}

func (c ParcelClaim) due(now time.Time) bool { return !now.Before(c.At.Add(claimWait)) }

// DueClaims lists the claims that have not been settled in time.
func (p *Parcel) DueClaims(now time.Time) map[string]ParcelClaim {
	due := map[string]ParcelClaim{}
	for no, c := range p.Claims {
		if c.due(now) {
			due[no] = c
		}
	}
	return due
}
