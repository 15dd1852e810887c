// Package bureau is what the data bureau keeps besides the matters: problems and what becomes of them. Pure rules.
package bureau

import (
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Sources of a problem.
const (
	SourceReview  = "bad_review"
	SourceSignal  = "signal"
	SourceLost    = "lost_papers"
	SourceDispute = "dispute"
	SourcePeer    = "peer_conflict"
	SourceCitizen = "citizen"
	SourceStaff   = "staff"
	SourceMeeting = "meeting"
	SourceParcel  = "parcel" // a parcel that no carrier settles any more
)

// SourceName is a source in Chinese.
func SourceName(source string) string {
	return map[string]string{
		SourceReview: "差评", SourceSignal: "监管信号", SourceLost: "材料遗失", SourceDispute: "签收异议", SourcePeer: "对接冲突",
		SourceCitizen: "群众反映", SourceStaff: "工作人员反映", SourceMeeting: "联席会议",
		SourceParcel: "邮件异常",
	}[source]
}

// ProblemState is where a problem ticket (问题工单) is.
type ProblemState string

// A problem is open until a unit has it, then that unit's until it is answered, and closed by the supervisor alone.
const (
	ProblemOpen     ProblemState = "open"
	ProblemAssigned ProblemState = "assigned"
	ProblemAnswered ProblemState = "answered"
	ProblemClosed   ProblemState = "closed"
)

var problemStateNames = map[ProblemState]string{ProblemOpen: "待交办", ProblemAssigned: "处理中", ProblemAnswered: "已答复", ProblemClosed: "已办结"}

// Name is the state in Chinese.
func (s ProblemState) Name() string { return problemStateNames[s] }

// Terms in working days (domain reference §8, §9; assumed there).
const (
	answerDays  = 5
	urgentDays  = 1
	contactDays = 1  // the first contact after a bad review
	complexDays = 15 // with the supervisor's approval
)

// Problem is one problem ticket.
type Problem struct {
	model.Head `json:",inline"`
	Source     string       `json:"source"`
	Title      string       `json:"title"`
	Text       string       `json:"text,omitempty"` // scrubbed of numbers
	Matter     string       `json:"matter,omitempty"`
	From       string       `json:"from,omitempty"` // the pair that it is about
	To         string       `json:"to,omitempty"`
	City       string       `json:"city,omitempty"`   // the other city of the pair, on whose joint meeting's agenda it comes
	Region     string       `json:"region"`           // whose supervisor it is before
	Unit       string       `json:"unit,omitempty"`   // the one organisation that owes an answer
	Raiser     string       `json:"raiser,omitempty"` // applicant id, told of the answer; nobody else learns it
	Urgent     bool         `json:"urgent,omitempty"`
	State      ProblemState `json:"state"`
	Opened     time.Time    `json:"opened"`
	Due        model.Date   `json:"due"`
	ContactBy  model.Date   `json:"contact_by,omitempty"`
	Contacted  *time.Time   `json:"contacted,omitempty"`
	Late       int          `json:"late,omitempty"` // how often a term has passed
	Extended   bool         `json:"extended,omitempty"`
	Steps      []Step       `json:"steps"`
}

// Step is one thing that happened to a problem.
type Step struct {
	At   time.Time  `json:"at"`
	By   string     `json:"by"`
	Role model.Role `json:"role"`
	Org  string     `json:"org,omitempty"`
	What string     `json:"what"` // opened, assigned, contacted, answered, sent_back, extended, late, closed
	Text string     `json:"text,omitempty"`
}

// KindProblem is the outbox event of what people are told of a problem; ref: what, unit.
const KindProblem = "problem"

// Opening is what a problem begins with.
type Opening struct {
	Source, Title, Text string
	Matter, From, To    string
	City                string // the other one of the pair
	Region, Unit        string
	Raiser              string
	Urgent              bool
	Due                 model.Date // "" is the usual term
}

// NewProblem opens a ticket; one whose unit is known is that unit's from the start.
func NewProblem(id string, o Opening, by model.Actor, now time.Time, c *model.Calendar) *Problem {
	p := &Problem{
		Head: model.Head{ID: id}, Source: o.Source, Title: o.Title, Text: o.Text, Matter: o.Matter, From: o.From, To: o.To,
		Region: o.Region, Raiser: o.Raiser, Urgent: o.Urgent, State: ProblemOpen, Opened: moment(now),
	}
	p.City = o.City
	if p.term(now, c); o.Due != "" {
		p.Due = o.Due
	}
	if o.Source == SourceReview {
		p.ContactBy = c.AddWorkdays(model.DateOf(now), contactDays)
	}
	p.rewake()
	p.step(by, "opened", "", now)
	if o.Unit != "" {
		p.give(model.System, o.Unit, "", now)
	}
	return p
}

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// term starts the time for an answer.
func (p *Problem) term(now time.Time, c *model.Calendar) {
	days := answerDays
	if p.Urgent {
		days = urgentDays
	}
	p.Due = c.AddWorkdays(model.DateOf(now), days)
	p.rewake()
}

// rewake wakes the ticket when its term has passed; nobody waits for one that is closed.
func (p *Problem) rewake() {
	if p.State == ProblemClosed || p.State == ProblemAnswered {
		p.WakeAt(time.Time{})
		return
	}
	p.WakeAt(p.Due.Add(1).Start())
}

func (p *Problem) step(by model.Actor, what, text string, now time.Time) {
	p.Steps = append(p.Steps, Step{At: moment(now), By: by.ID, Role: by.Role, Org: by.Org, What: what, Text: text})
}

func (p *Problem) give(by model.Actor, unit, note string, now time.Time) {
	p.Unit, p.State = unit, ProblemAssigned
	p.step(by, "assigned", note, now)
	p.Emit(KindProblem, moment(now), map[string]string{"what": "assigned", "unit": unit})
}

// Assign hands the problem to a unit, or to another one.
func (p *Problem) Assign(by model.Actor, unit, note string, now time.Time, c *model.Calendar) error {
	if p.State == ProblemClosed {
		return p.refuse("assign")
	}
	if p.Unit == unit && p.State == ProblemAssigned {
		return nil // a second tap
	}
	p.give(by, unit, note, now)
	p.term(now, c)
	return nil
}

func (p *Problem) refuse(what string) error {
	return fault.New("transition_not_allowed").With("state", string(p.State)).With("event", what)
}

// Contact notes that the unit has spoken with the person.
func (p *Problem) Contact(by model.Actor, note string, now time.Time) error {
	if p.State != ProblemAssigned {
		return p.refuse("contact")
	}
	if p.Contacted == nil {
		at := moment(now)
		p.Contacted = &at
		p.Emit(KindProblem, at, map[string]string{"what": "contacted", "unit": p.Unit})
	}
	p.step(by, "contacted", note, now)
	return nil
}

// Answer is the unit's answer.
func (p *Problem) Answer(by model.Actor, text string, now time.Time) error {
	switch {
	case p.State != ProblemAssigned:
		return p.refuse("answer")
	case by.Org != p.Unit:
		return fault.New("wrong_organisation").With("organisation", p.Unit)
	case text == "":
		return fault.New("reason_required").Field("text")
	}
	p.State = ProblemAnswered
	p.step(by, "answered", text, now)
	p.rewake()
	p.Emit(KindProblem, moment(now), map[string]string{"what": "answered", "unit": p.Unit})
	return nil
}

// SendBack returns an answer that is none, with a new term.
func (p *Problem) SendBack(by model.Actor, why string, now time.Time, c *model.Calendar) error {
	switch {
	case p.State != ProblemAnswered:
		return p.refuse("send_back")
	case why == "":
		return fault.New("reason_required").Field("reason")
	}
	p.State = ProblemAssigned
	p.step(by, "sent_back", why, now)
	p.term(now, c)
	p.Emit(KindProblem, moment(now), map[string]string{"what": "assigned", "unit": p.Unit})
	return nil
}

// Extend gives a complex case its longer term, once.
func (p *Problem) Extend(by model.Actor, why string, now time.Time, c *model.Calendar) error {
	switch {
	case p.State != ProblemAssigned:
		return p.refuse("extend")
	case p.Extended:
		return fault.New("extension_used").Say("本工单已延长一次，不能再次延长")
	case why == "":
		return fault.New("reason_required").Field("reason")
	}
	// From the opening on, but never earlier than it is due already: terms that have passed have given it others.
	p.Extended, p.Due = true, max(p.Due, c.AddWorkdays(model.DateOf(p.Opened), complexDays))
	p.rewake()
	p.step(by, "extended", why, now)
	return nil
}

// Close ends the problem. The unit cannot close its own: the caller is a supervisor, which biz has seen to.
func (p *Problem) Close(by model.Actor, why string, now time.Time) error {
	switch {
	case p.State == ProblemClosed:
		return nil // a second tap
	case why == "":
		return fault.New("reason_required").Field("reason")
	}
	p.State = ProblemClosed
	p.step(by, "closed", why, now)
	p.rewake()
	p.Emit(KindProblem, moment(now), map[string]string{"what": "closed", "unit": p.Unit})
	return nil
}

// Overdue notes that a term has passed, and starts the next; false when none has.
func (p *Problem) Overdue(now time.Time, c *model.Calendar) bool {
	if p.Wake == nil || p.Wake.After(now) {
		return false
	}
	p.Late++
	p.step(model.System, "late", "", now)
	p.Emit(KindProblem, moment(now), map[string]string{"what": "late", "unit": p.Unit})
	p.term(now, c)
	return true
}

// ForMeeting reports a problem for the next joint meeting's agenda: late twice.
func (p *Problem) ForMeeting() bool { return p.Late >= 2 && p.State != ProblemClosed }
