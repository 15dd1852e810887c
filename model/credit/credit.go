// Package credit is what is noted of people who use the service in bad faith or badly (domain reference §9): facts with their source, that
// run out, and that their person may contest. No fact refuses anybody anything: who handles their next matter is told to ask for the
// originals, and not to accept it with gaps (容缺受理).
package credit

import (
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// KindFact is the outbox event of a fact; ref: what (noted, appealed, upheld, struck).
const KindFact = "credit_fact"

// Kinds of facts.
const (
	FalseMaterials = "false_materials" // a matter was refused for them
	Unclaimed      = "unclaimed"       // the third result that nobody came for
	NoShows        = "no_shows"        // a block of bookings
)

var names = map[string]string{
	FalseMaterials: "提供虚假材料被不予受理", Unclaimed: "三次逾期未领取办理结果", NoShows: "多次预约爽约被限制预约",
}

// Name is a kind in Chinese.
func Name(kind string) string { return names[kind] }

// UnclaimedLimit is how many results, within a fact's life, may wait in vain before that is one.
const UnclaimedLimit = 3

// States of a fact.
const (
	Standing = "standing"
	Appealed = "appealed"
	Struck   = "struck"
)

// lasts is how long a fact is shown (assumed: two years).
const lasts = 2

// Fact is one thing noted of a person.
type Fact struct {
	model.Head `json:",inline"` // ID is kind and source: what is noted twice is one
	Applicant  string           `json:"applicant"`
	Kind       string           `json:"kind"`
	Source     string           `json:"source"` // the matter's or booking's number
	Org        string           `json:"org,omitempty"`
	At         time.Time        `json:"at"`
	Until      time.Time        `json:"until"`
	State      string           `json:"state"`
	Appeal     *Appeal          `json:"appeal,omitempty"`
}

// Appeal is how a person contests a fact, once, and what became of that.
type Appeal struct {
	At         time.Time  `json:"at"`
	Text       string     `json:"text"`
	By         string     `json:"by,omitempty"`
	Answer     string     `json:"answer,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
}

// ID is the id of a fact.
func ID(kind, source string) string { return kind + ":" + source }

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Until is when a fact of a moment runs out.
func Until(at time.Time) time.Time { return moment(at).AddDate(lasts, 0, 0) }

// New notes a fact.
func New(kind, applicant, source, org string, at time.Time) *Fact {
	at = moment(at)
	f := &Fact{
		Head: model.Head{ID: ID(kind, source)}, Applicant: applicant, Kind: kind, Source: source, Org: org, At: at,
		Until: Until(at), State: Standing,
	}
	f.Emit(KindFact, at, map[string]string{"what": "noted"})
	f.WakeAt(f.Until)
	return f
}

// Expired reports whether a fact has run out.
func (f *Fact) Expired(now time.Time) bool { return !now.Before(f.Until) }

// Holds reports whether a fact is to be considered now. One that is contested is, until it is struck.
func (f *Fact) Holds(now time.Time) bool { return f.State != Struck && !f.Expired(now) }

// Contest is the person's appeal, once; again with the same words changes nothing.
func (f *Fact) Contest(by, text string, now time.Time) error {
	switch {
	case by != f.Applicant:
		return fault.New("not_found").Say("未找到该记录")
	case f.Appeal != nil && f.Appeal.Text == text:
		return model.ErrAlreadyApplied
	case f.Appeal != nil:
		return fault.New("transition_not_allowed").Say("该记录已申诉过").With("state", f.State)
	case f.Expired(now):
		return fault.New("transition_not_allowed").Say("该记录已失效，无须申诉").With("state", f.State)
	case text == "":
		return fault.New("reason_required").Field("text")
	}
	f.State, f.Appeal = Appealed, &Appeal{At: moment(now), Text: text}
	f.Emit(KindFact, moment(now), map[string]string{"what": "appealed"})
	return nil
}

// Decide answers an appeal: the fact stands, or is struck.
func (f *Fact) Decide(by model.Actor, strike bool, why string, now time.Time) error {
	switch {
	case f.State != Appealed:
		return fault.New("transition_not_allowed").Say("该记录没有待处理的申诉").With("state", f.State)
	case why == "":
		return fault.New("reason_required").Field("reason")
	}
	at, appeal, what := moment(now), *f.Appeal, "upheld"
	appeal.By, appeal.Answer, appeal.AnsweredAt = by.ID, why, &at
	f.State, f.Appeal = Standing, &appeal
	if strike {
		f.State, what = Struck, "struck"
	}
	f.Emit(KindFact, at, map[string]string{"what": what})
	return nil
}
