// Package policy holds what is pushed to people unasked (精准推送), and who has agreed to that: only by rules that the bureau wrote,
// only over what people consented to, seldom, with the reason, and never again once somebody has said no. Pure rules.
package policy

import (
	"slices"
	"strconv"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// KindPush is the outbox event of a push under way; ref: run.
const KindPush = "policy_push_run"

// States of a policy.
const (
	Draft   = "draft"
	Pushing = "pushing"
	Paused  = "paused"
	Done    = "done"
)

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func invalid(field, say string) error { return fault.New("validation_failed").Field(field).Say(say) }

func notAllowed(state, event string) error {
	return fault.New("transition_not_allowed").With("state", state).With("event", event)
}

// Sensitive reports a department by whose matters nobody is picked out: health and disability are sensitive personal information
// (个人信息保护法 第28条). Nothing is remembered of them here.
func Sensitive(department string) bool { return department == "WJ" || department == "CL" }

// Rule says who is meant: people who have used one of the items, or items of one of the departments, for one of the regions, within
// a time. What is empty does not narrow.
type Rule struct {
	Items       []string   `json:"items,omitempty"`
	Departments []string   `json:"departments,omitempty"` // 条线
	Regions     []string   `json:"regions,omitempty"`     // where they handed in, with what lies below
	Subject     string     `json:"subject,omitempty"`     // natural or legal
	UsedFrom    model.Date `json:"used_from,omitempty"`
	UsedTo      model.Date `json:"used_to,omitempty"`
}

func (r Rule) check() error {
	switch {
	case len(r.Items)+len(r.Departments)+len(r.Regions) == 0:
		return invalid("rule", "请至少以事项、条线或地区之一划定人群")
	case slices.ContainsFunc(r.Departments, Sensitive):
		return invalid("departments", "不得以健康等敏感信息划定人群")
	case r.UsedTo != "" && r.UsedTo < r.UsedFrom:
		return invalid("used_to", "截止日期早于起始日期")
	}
	return nil
}

// Covers reports whether a region lies in another.
type Covers func(above, region string) bool

// Matches reports whether a mark makes its person one of those meant.
func (r Rule) Matches(m *Mark, covers Covers) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	on := model.DateOf(m.At)
	return in(r.Items, m.Item) && in(r.Departments, m.Department) && !Sensitive(m.Department) &&
		(len(r.Regions) == 0 || slices.ContainsFunc(r.Regions, func(above string) bool { return covers(above, m.Region) })) &&
		(r.Subject == "" || r.Subject == m.Subject) && on >= r.UsedFrom && (r.UsedTo == "" || on <= r.UsedTo)
}

// Limits of a push.
const (
	MaxRate     = 2400 // persons a minute
	defaultRate = 600
	beatsMinute = 12 // batches a minute: what waits in the queue is looked at every five seconds
)

// Policy is one policy, or one item, that people are told of.
type Policy struct {
	model.Head `json:",inline"`
	Title      string     `json:"title"`
	Text       string     `json:"text"`
	Publisher  string     `json:"publisher"` // organisation
	Audience   string     `json:"audience"`  // in words
	Item       string     `json:"item,omitempty"`
	Until      model.Date `json:"until"`
	Rule       Rule       `json:"rule"`
	Cap        int        `json:"cap,omitempty"` // at most so many people; 0: all
	Rate       int        `json:"rate"`          // persons a minute
	State      string     `json:"state"`
	By         string     `json:"by"`
	MadeAt     time.Time  `json:"made_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	DoneAt     *time.Time `json:"done_at,omitempty"`

	// Where the push is: a paused or killed one goes on from here.
	Run    int    `json:"run,omitempty"`   // raised by each start and resumption; events of an earlier run do nothing
	Batch  int    `json:"batch,omitempty"` // raised when a batch is done
	List   int    `json:"list,omitempty"`  // which of the rule's lists is being read
	Cursor string `json:"cursor,omitempty"`

	Sent    int `json:"sent,omitempty"`
	Off     int `json:"off,omitempty"`     // had withdrawn their consent
	Limited int `json:"limited,omitempty"` // have been told enough this month
}

// New is a policy that nobody has been told of yet.
func New(id string, p Policy, by model.Actor, now time.Time) (*Policy, error) {
	if err := p.Rule.check(); err != nil {
		return nil, err
	}
	switch {
	case p.Until < model.DateOf(now):
		return nil, invalid("until", "截止日期已过")
	case p.Rate < 0 || p.Rate > MaxRate:
		return nil, invalid("rate", "每分钟人数超出范围")
	case p.Cap < 0:
		return nil, invalid("cap", "人数上限不能为负")
	}
	if p.Rate == 0 {
		p.Rate = defaultRate
	}
	return &Policy{
		Head: model.Head{ID: id}, Title: p.Title, Text: p.Text, Publisher: p.Publisher, Audience: p.Audience, Item: p.Item, Until: p.Until,
		Rule: p.Rule, Cap: p.Cap, Rate: p.Rate, State: Draft, By: by.ID, MadeAt: moment(now),
	}, nil
}

// Start begins the push, or goes on with a paused one.
func (p *Policy) Start(now time.Time) error {
	switch {
	case p.State == Pushing:
		return nil // a second tap
	case p.State != Draft && p.State != Paused:
		return notAllowed(p.State, "push")
	case model.DateOf(now) > p.Until:
		return fault.New("deadline_passed").Field("until")
	}
	at := moment(now)
	if p.StartedAt == nil {
		p.StartedAt = &at
	}
	p.State = Pushing
	p.Run++
	p.Emit(KindPush, at, map[string]string{"run": strconv.Itoa(p.Run)})
	return nil
}

// Pause stops the push between two people.
func (p *Policy) Pause() error {
	switch p.State {
	case Paused:
		return nil
	case Pushing:
		p.State = Paused
		return nil
	}
	return notAllowed(p.State, "pause")
}

// Runs reports whether an event of a run is to be carried on.
func (p *Policy) Runs(run string) bool { return p.State == Pushing && strconv.Itoa(p.Run) == run }

// BatchSize is how many people one batch looks at.
func (p *Policy) BatchSize() int { return max(1, p.Rate/beatsMinute) }

// Beat is how long it is from one batch to the next.
const Beat = time.Minute / beatsMinute

// Result is what became of one batch.
type Result struct {
	Sent, Off, Limited int
	List               int // where the next one begins
	Cursor             string
	Over               bool // there is no next one
}

// Advance notes a batch that is done, once; false when it was noted before.
func (p *Policy) Advance(batch int, r Result, now time.Time) bool {
	if p.Batch != batch || p.State == Done || p.State == Draft {
		return false
	}
	p.Batch++
	p.Sent, p.Off, p.Limited = p.Sent+r.Sent, p.Off+r.Off, p.Limited+r.Limited
	p.List, p.Cursor = r.List, r.Cursor
	if r.Over || p.Cap > 0 && p.Sent >= p.Cap || model.DateOf(now) > p.Until {
		at := moment(now)
		p.State, p.DoneAt = Done, &at
	}
	return true
}

// Room is how many more people may be told; a negative number means any.
func (p *Policy) Room() int {
	if p.Cap == 0 {
		return -1
	}
	return p.Cap - p.Sent
}
