// Package accord holds what two cities settle with each other: the agreements under which they work together, the proposals to
// change what they offer, and the joint meetings (联席会议) at which they decide. Pure rules.
package accord

import (
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// The outbox events of this package.
const (
	KindAgreement = "agreement" // ref: what (expiring, expired, ended)
	KindProposal  = "proposal"  // ref: what (proposed, agreed, declined, consented, refused, published)
	KindMeeting   = "meeting"   // ref: what (called, decided), n for a decision
)

// moment is a time as documents keep it: UTC and whole milliseconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func invalid(field, say string) error { return fault.New("validation_failed").Field(field).Say(say) }

func notAllowed(state, event string) error {
	return fault.New("transition_not_allowed").With("state", state).With("event", event)
}

// Contact is the desk that answers for an agreement: an office and its duty line, never a person.
type Contact struct {
	Org   string `json:"org"`
	Duty  string `json:"duty"`
	Phone string `json:"phone,omitempty"`
}

// Terms are one version of an agreement.
type Terms struct {
	No        int          `json:"no"`
	Items     []string     `json:"items,omitempty"` // none: every item of the catalogue
	Modes     []model.Mode `json:"modes"`
	Contacts  []Contact    `json:"contacts"`
	ValidFrom model.Date   `json:"valid_from"`
	ValidTo   model.Date   `json:"valid_to"`
	Note      string       `json:"note,omitempty"`
	By        string       `json:"by"`
	At        time.Time    `json:"at"`
}

const (
	expiringDays = 30       // the first reminder comes so long before the last day (assumed)
	pressingDays = 7        // and the second (assumed)
	longestDays  = 10 * 366 // nobody agrees for longer
	workMorning  = 9 * 60
)

func (t Terms) check() error {
	switch {
	case len(t.Modes) == 0 || slices.ContainsFunc(t.Modes, func(m model.Mode) bool { return !m.Valid() }):
		return invalid("modes", "请选择办理方式")
	case len(t.Contacts) == 0:
		return invalid("contacts", "请填写双方联系岗位")
	case t.ValidTo < t.ValidFrom:
		return invalid("valid_to", "截止日期早于起始日期")
	case t.ValidFrom.Add(longestDays) < t.ValidTo:
		return invalid("valid_to", "有效期过长")
	}
	return nil
}

// Agreement is what the home city and another have agreed, in all its versions.
type Agreement struct {
	model.Head `json:",inline"`
	Home       string     `json:"home"`
	City       string     `json:"city"` // the other one
	Title      string     `json:"title"`
	Versions   []Terms    `json:"versions"` // the latest last
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	EndReason  string     `json:"end_reason,omitempty"`
	Told       model.Date `json:"told,omitempty"`  // the last day about which people have been told that it nears
	Stage      int        `json:"stage,omitempty"` // which of the stages they were told last, from 0
}

// stages are what people are told of a last day, in order: so many days before it.
var stages = []struct {
	before int
	what   string
}{{expiringDays, "expiring"}, {pressingDays, "expiring"}, {-1, "expired"}}

// States of an agreement on a day.
const (
	Pending  = "pending"
	Valid    = "valid"
	Expiring = "expiring"
	Expired  = "expired"
	Ended    = "ended"
)

// NewAgreement concludes an agreement.
func NewAgreement(id, home, city, title string, t Terms, by model.Actor, now time.Time) (*Agreement, error) {
	a := &Agreement{Head: model.Head{ID: id}, Home: home, City: city, Title: title}
	return a, a.Renew(t, by, now)
}

// Renew adds a version. Earlier ones stay as they were signed.
func (a *Agreement) Renew(t Terms, by model.Actor, now time.Time) error {
	if a.EndedAt != nil {
		return notAllowed(Ended, "renew")
	}
	if err := t.check(); err != nil {
		return err
	}
	t.No, t.By, t.At = len(a.Versions)+1, by.ID, moment(now)
	a.Versions = append(a.Versions, t)
	a.rewake(now)
	return nil
}

// Latest is the version that was signed last.
func (a *Agreement) Latest() Terms { return a.Versions[len(a.Versions)-1] }

// On is the version that holds on a day, the one signed last if several do.
func (a *Agreement) On(day model.Date) (Terms, bool) {
	if a.EndedAt != nil && model.DateOf(*a.EndedAt) <= day {
		return Terms{}, false
	}
	for _, t := range slices.Backward(a.Versions) {
		if t.ValidFrom <= day && day <= t.ValidTo {
			return t, true
		}
	}
	return Terms{}, false
}

// lastDay is the last day of all versions.
func (a *Agreement) lastDay() model.Date {
	var last model.Date
	for _, t := range a.Versions {
		last = max(last, t.ValidTo)
	}
	return last
}

// State is what the agreement is on a day.
func (a *Agreement) State(day model.Date) string {
	last := a.lastDay()
	_, holds := a.On(day)
	switch {
	case a.EndedAt != nil:
		return Ended
	case day > last:
		return Expired
	case !holds:
		return Pending
	case last.Add(-expiringDays) <= day:
		return Expiring
	}
	return Valid
}

// End gives the agreement up before its time.
func (a *Agreement) End(why string, now time.Time) error {
	if a.EndedAt != nil {
		return nil // a second tap
	}
	if why == "" {
		return fault.New("reason_required").Field("reason")
	}
	at := moment(now)
	a.EndedAt, a.EndReason = &at, why
	a.WakeAt(time.Time{})
	a.Emit(KindAgreement, at, map[string]string{"what": "ended"})
	return nil
}

// LastDay is the last day of all versions; what ends earlier has been given up.
func (a *Agreement) LastDay() model.Date { return a.lastDay() }

// next is the stage that people are told next; len(stages) when they have been told all.
func (a *Agreement) next() int {
	if a.Told != a.lastDay() {
		return 0
	}
	return a.Stage + 1
}

// at is when a stage comes.
func (a *Agreement) at(stage int) time.Time {
	return a.lastDay().Add(-stages[stage].before).At(workMorning)
}

// rewake wakes the agreement for what people are told next.
func (a *Agreement) rewake(now time.Time) {
	next := a.next()
	if a.EndedAt != nil || next >= len(stages) {
		a.WakeAt(time.Time{})
		return
	}
	at := a.at(next)
	if at.Before(now) {
		at = now
	}
	a.WakeAt(moment(at))
}

// Remind tells people that the last day nears, or is over; false when it is not yet time, or has been told. Of several stages that have
// come, the last is told.
func (a *Agreement) Remind(now time.Time) bool {
	stage := a.next()
	if a.Wake == nil || a.Wake.After(now) || stage >= len(stages) {
		return false
	}
	for stage+1 < len(stages) && !a.at(stage+1).After(now) {
		stage++
	}
	a.Told, a.Stage = a.lastDay(), stage
	a.rewake(now)
	a.Emit(KindAgreement, moment(now), map[string]string{"what": stages[stage].what})
	return true
}
