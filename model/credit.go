package model

import (
	"slices"
	"time"
)

// Tap counts how often a person has accepted a template, as the mini-program says and as WeChat itself has told.
// Both tell of the same taps, either may come first, and either may be lost; so a tap counts when the larger of
// the two grows.
type Tap struct {
	Said     int        `json:"said,omitempty"`
	Heard    int        `json:"heard,omitempty"`
	Pushes   []string   `json:"pushes,omitempty"`   // the last that Heard counted, against counting one twice
	Accepted *time.Time `json:"accepted,omitempty"` // the last time
	Refused  *time.Time `json:"refused,omitempty"`  // accepted before this is over
}

// pushesKept is how many pushes of one template are told apart. Only those under way at once matter.
const pushesKept = 8

func (t *Tap) accept(at time.Time) {
	at = moment(at)
	if t.Accepted == nil || at.After(*t.Accepted) {
		t.Accepted = &at
	}
}

// after compares by the second: WeChat tells no more.
func after(t *time.Time, at time.Time) bool { return t != nil && at.Unix() < t.Unix() }

// Accept counts what the mini-program says that the person accepted: one template accepted is one send.
func (a *Applicant) Accept(templates []string, most int, now time.Time) {
	for _, t := range templates {
		tap := a.Taps[t]
		tap.accept(now)
		if tap.Said++; tap.Said > tap.Heard {
			a.credit(t, most)
		}
		a.tapped(t, tap)
	}
}

// Heard counts what WeChat says in a push that the person accepted at a moment. The same push again counts
// nothing: it is false then.
func (a *Applicant) Heard(template, push string, at time.Time, most int) bool {
	tap := a.Taps[template]
	if slices.Contains(tap.Pushes, push) || after(tap.Refused, at) {
		return false
	}
	tap.accept(at)
	tap.Pushes = append(slices.Clone(tap.Pushes), push)
	tap.Pushes = tap.Pushes[max(0, len(tap.Pushes)-pushesKept):]
	if tap.Heard++; tap.Heard > tap.Said {
		a.credit(template, most)
	}
	a.tapped(template, tap)
	return true
}

// Refuse takes all credits of a template away: the person refused it at a moment. It is false when they have
// accepted it since.
func (a *Applicant) Refuse(template string, at time.Time) bool {
	tap := a.Taps[template]
	if after(tap.Refused, at) || after(tap.Accepted, at) {
		return false
	}
	at = moment(at)
	a.Forfeit(template)
	a.tapped(template, Tap{Pushes: tap.Pushes, Refused: &at})
	return true
}

func (a *Applicant) credit(template string, most int) {
	if a.Credits == nil {
		a.Credits = map[string]int{}
	}
	a.Credits[template] = min(a.Credits[template]+1, most)
}

func (a *Applicant) tapped(template string, t Tap) {
	if a.Taps == nil {
		a.Taps = map[string]Tap{}
	}
	a.Taps[template] = t
}

// Spend uses one credit; false when there is none.
func (a *Applicant) Spend(template string) bool {
	if a.Credits[template] <= 0 {
		return false
	}
	a.Credits[template]--
	return true
}

// maxReturned bounds what failed messages can give back.
const maxReturned = 100

// Return gives one credit back; false when that would be more than anybody has.
func (a *Applicant) Return(template string) bool {
	before := a.Credits[template]
	a.credit(template, maxReturned)
	return a.Credits[template] > before
}

// Forfeit sets a template's credits to none: WeChat says that the person refuses it. Taps stay counted, so that
// one that is told of twice is not taken for a new one.
func (a *Applicant) Forfeit(template string) { delete(a.Credits, template) }
