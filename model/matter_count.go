package model

import (
	"encoding/json"
	"time"
)

// KindMatterCounted is the outbox event of a change in what the ledger counts of a matter; ref: from and to, each a Counted
// as JSON, absent for a matter that was not counted before.
const KindMatterCounted = "matter_counted"

// Counted is what the ledger (工作台账) counts of a matter: where it belongs, and what it adds to the sums there. A matter is
// counted from the moment at which it is handed in; a draft is nobody's work yet.
type Counted struct {
	Day   Date        `json:"day"` // on which it was handed in
	From  string      `json:"from"`
	To    string      `json:"to"`
	Item  string      `json:"item"`
	Dept  string      `json:"dept"`
	ROrg  string      `json:"r_org"`
	HOrg  string      `json:"h_org"`
	Hall  string      `json:"hall,omitempty"`
	Mode  Mode        `json:"mode"`
	State MatterState `json:"state"`
	Light Light       `json:"light"`

	Trips  int64 `json:"trips,omitempty"` // journeys spared
	Kept   int64 `json:"kept,omitempty"`  // 1: decided within the promised time
	Broken int64 `json:"broken,omitempty"`
	Days   int64 `json:"days,omitempty"`  // working days used until the decision
	Asked  int64 `json:"asked,omitempty"` // 1: a correction or supplement was asked for
	Again  int64 `json:"again,omitempty"` // 1: more than once
	Stars  int64 `json:"stars,omitempty"` // of a review that counts
}

// counted is what the ledger counts of the matter as it stands; nil for a draft, and for one that ended as such.
func (m *Matter) counted(c *Calendar) *Counted {
	if m.State == MatterDraft || m.NeverHandedIn() || m.Handed().IsZero() {
		return nil
	}
	out := &Counted{
		Day: DateOf(m.Handed()), From: m.From, To: m.To, Item: m.Item.Code, Dept: m.Item.Department, ROrg: m.ROrg, HOrg: m.HOrg, Hall: m.Hall,
		Mode: m.Mode, State: m.State, Light: m.Light, Trips: int64(m.TripsSaved()), Stars: int64(m.Stars),
	}
	if n := m.Counts.Corrections + m.Counts.Supplements; n > 0 {
		out.Asked, out.Again = 1, btoi(n > 1)
	}
	if r := m.lastRun(ClockPromised); r != nil && m.Times.Decided != nil && !r.Running() {
		met, ok := r.Met(c)
		out.Kept, out.Broken = btoi(ok && met), btoi(ok && !met)
		out.Days = int64(r.Used(c, *r.Stop))
	}
	return out
}

func btoi(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Handed is when the matter became somebody's work: submitted online, received at a window, or issued by a machine; zero for
// a draft that never was.
func (m *Matter) Handed() time.Time {
	for _, t := range []*time.Time{m.Times.Submitted, m.Times.Received, m.Times.Accepted, m.Times.Ended} {
		if t != nil {
			return *t
		}
	}
	return time.Time{}
}

// PromisedBy is the day until which a decision is promised, or was; false before acceptance and while the clock is stopped.
func (m *Matter) PromisedBy(c *Calendar) (Date, bool) {
	r := m.lastRun(ClockPromised)
	if r == nil {
		return "", false
	}
	return r.Due(c)
}

// TripsSaved is how many journeys to the handling city the matter's mode spared the applicant: those that the item
// takes without 跨城通办, once the matter was decided and its result delivered.
func (m *Matter) TripsSaved() int {
	if m.Decision == nil || m.State != MatterDelivered && m.State != MatterClosed {
		return 0
	}
	return m.Item.Visits
}

// recount tells the ledger of what it has to count otherwise.
func (m *Matter) recount(now time.Time, c *Calendar) {
	next := m.counted(c)
	if m.Counted == nil && next == nil || m.Counted != nil && next != nil && *m.Counted == *next {
		return
	}
	ref := map[string]string{}
	for name, x := range map[string]*Counted{"from": m.Counted, "to": next} {
		if x != nil {
			text, _ := json.Marshal(x) // strings and numbers
			ref[name] = string(text)
		}
	}
	m.Counted = next
	m.Emit(KindMatterCounted, now, ref)
}

// CountedMove reads what a KindMatterCounted event tells; either may be nil.
func CountedMove(e Event) (from, to *Counted, err error) {
	for name, x := range map[string]**Counted{"from": &from, "to": &to} {
		if text := e.Ref[name]; text != "" {
			*x = &Counted{}
			if err := json.Unmarshal([]byte(text), *x); err != nil {
				return nil, nil, err
			}
		}
	}
	return from, to, nil
}
