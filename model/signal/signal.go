package signal

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Collection is the name of the signals.
const Collection = "signals"

// SubjectKind is what a signal is about.
type SubjectKind string

// Kinds of subjects.
const (
	OfMatter    SubjectKind = "matter"
	OfOrg       SubjectKind = "org"
	OfPerson    SubjectKind = "person"    // a member of staff
	OfApplicant SubjectKind = "applicant" // by an id that names nobody
	OfWaybill   SubjectKind = "waybill"
	OfCarrier   SubjectKind = "carrier"
	OfPeer      SubjectKind = "peer"
)

// State is what has become of a signal.
type State string

// A signal is open until somebody has looked.
const (
	Open      State = "open"
	Snoozed   State = "snoozed"
	Dismissed State = "dismissed"
	Raised    State = "raised" // it is a problem ticket now
)

// Name is the state in Chinese.
func (s State) Name() string {
	return map[State]string{Open: "待处理", Snoozed: "稍后提醒", Dismissed: "不予处理", Raised: "已立工单"}[s]
}

// Figures are what was measured, so that a person can count after it.
type Figures struct {
	Numerator   int64   `json:"numerator"`
	Denominator int64   `json:"denominator,omitempty"`
	Threshold   float64 `json:"threshold"`
	Unit        string  `json:"unit"`
	Window      int     `json:"window,omitempty"` // civil days
}

// Firing is a rule's finding. The same finding has the same rule, subject, period and occasion, however often it is found.
type Firing struct {
	Rule     string
	Severity Severity
	Off      bool // the bureau does not want to hear of it
	Kind     SubjectKind
	Subject  string
	Period   string // within which findings of a rule about a subject are one signal
	Occasion string // tells one finding of a signal from another
	At       time.Time
	Org      string // who has to answer; "" for nobody yet
	Region   string // whose supervisors see it
	Matter   string
	Variant  string
	Figures  Figures
	Vars     map[string]string
	Examples []string // further matters
}

// ID is the id of the signal that a finding belongs to.
func (f Firing) ID() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Rule, string(f.Kind), f.Subject, f.Period}, "\x00")))
	return "sg" + hex.EncodeToString(sum[:13])
}

// find begins a finding of a rule.
func (b Book) find(id string, kind SubjectKind, subject, period, occasion string, at time.Time, vars map[string]string) Firing {
	r := b[id]
	f := Firing{
		Rule: id, Severity: r.Severity, Off: r.Off, Kind: kind, Subject: subject, Period: period, Occasion: occasion, At: moment(at), Vars: vars,
		Figures: Figures{Numerator: 1, Threshold: r.Threshold, Unit: r.Unit, Window: r.Window},
	}
	if kind == OfMatter {
		f.Matter = subject
	}
	return f
}

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Text is the sentence that explains a finding.
func (f Firing) Text() string {
	pairs := []string{
		"{threshold}", number(f.Figures.Threshold), "{window}", strconv.Itoa(f.Figures.Window), "{numerator}", strconv.FormatInt(f.Figures.Numerator, 10),
		"{denominator}", strconv.FormatInt(f.Figures.Denominator, 10), "{rate}", f.Figures.rate(), "{no}", f.Matter,
	}
	for name, value := range f.Vars {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(textOf(f.Rule, f.Variant))
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// rate is the quotient as its unit has it.
func (g Figures) rate() string {
	if g.Denominator == 0 {
		return "0"
	}
	q := float64(g.Numerator) / float64(g.Denominator)
	if g.Unit == Percent {
		q *= 100
	}
	return strconv.FormatFloat(q, 'f', 1, 64)
}

// Step is one thing that somebody did with a signal.
type Step struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What string    `json:"what"` // found, snoozed, reopened, dismissed, raised
	Text string    `json:"text,omitempty"`
}

const (
	maxMatters   = 100
	maxOccasions = 500 // more are not counted: what has happened five hundred times needs no further proof
)

// Signal is what people see of a rule's findings about one subject in one period.
type Signal struct {
	model.Head `json:",inline"`
	Rule       string      `json:"rule"`
	Severity   Severity    `json:"severity"`
	Kind       SubjectKind `json:"kind"`
	Subject    string      `json:"subject"`
	Period     string      `json:"period,omitempty"`
	Org        string      `json:"org,omitempty"`
	Region     string      `json:"region"`
	City       string      `json:"city,omitempty"` // that the region lies in
	Figures    Figures     `json:"figures"`
	Matters    []string    `json:"matters,omitempty"` // up to a hundred, the latest last
	Text       string      `json:"text"`
	State      State       `json:"state"`
	Until      *time.Time  `json:"until,omitempty"` // of a snooze
	Snoozed    *time.Time  `json:"snoozed,omitempty"`
	Problem    string      `json:"problem,omitempty"`
	First      time.Time   `json:"first"` // when it was first seen
	Last       time.Time   `json:"last"`
	Told       time.Time   `json:"told"` // the finding that figures and text are of: its moment and occasion
	ToldBy     string      `json:"told_by"`
	Times      int         `json:"times"`
	Occasions  []string    `json:"occasions"`
	Steps      []Step      `json:"steps"`
}

// KindSignal is the outbox event of a new grave signal: people are told.
const KindSignal = "signal"

// New is the signal that a finding begins; Fire lets it have happened.
func New(f Firing, city string) *Signal {
	return &Signal{
		Head: model.Head{ID: f.ID()}, Rule: f.Rule, Severity: f.Severity, Kind: f.Kind, Subject: f.Subject, Period: f.Period,
		Org: f.Org, Region: f.Region, City: city, State: Open,
	}
}

// Fire notes a finding once; false when it is known. Measured again, a known one says what it has come to since. A snooze that has
// ended ends; what was dismissed or raised stays so.
func (s *Signal) Fire(f Firing, now time.Time) bool {
	if slices.Contains(s.Occasions, f.Occasion) {
		return f.At.After(s.Told) && s.ToldBy == f.Occasion && s.tell(f)
	}
	if len(s.Occasions) >= maxOccasions {
		return false
	}
	now = moment(now)
	if s.Times == 0 {
		s.First = now
		s.step("system", "found", "", now)
		if s.Severity == Grave {
			s.Emit(KindSignal, now, nil)
		}
	}
	s.Occasions = append(s.Occasions, f.Occasion)
	s.Times++
	s.Last = now
	if s.Text == "" || f.At.After(s.Told) || f.At.Equal(s.Told) && f.Occasion > s.ToldBy {
		s.tell(f)
	} else {
		s.behind(f)
	}
	if s.State == Snoozed && (s.Until == nil || !now.Before(*s.Until)) {
		s.reopen(now)
	}
	if s.Until == nil {
		s.rest(now)
	}
	return true
}

// tell says what a finding says; false when that has been said.
func (s *Signal) tell(f Firing) bool {
	text := f.Text()
	if s.Text == text && s.ToldBy == f.Occasion {
		return false
	}
	s.Told, s.ToldBy, s.Figures, s.Text = f.At, f.Occasion, f.Figures, text
	s.behind(f)
	return true
}

// behind remembers the matters behind a finding.
func (s *Signal) behind(f Firing) {
	for _, no := range append(slices.Clone(f.Examples), f.Matter) {
		s.example(no)
	}
}

func (s *Signal) example(no string) {
	if no == "" || slices.Contains(s.Matters, no) {
		return
	}
	s.Matters = append(s.Matters, no)
	s.Matters = slices.Clone(s.Matters[max(0, len(s.Matters)-maxMatters):])
}

func (s *Signal) step(by, what, text string, now time.Time) {
	s.Steps = append(s.Steps, Step{At: moment(now), By: by, What: what, Text: text})
}

func (s *Signal) reopen(now time.Time) {
	s.State, s.Until, s.Snoozed = Open, nil, nil
	s.rest(now)
	s.step("system", "reopened", "", now)
}

// kept is how long a signal is kept after it was last seen or dealt with (domain reference §9: facts of credit expire after two
// years; assumed there).
const kept = 2 * 366 * 24 * time.Hour

// rest lets a signal be until it has been kept for long enough.
func (s *Signal) rest(now time.Time) { s.WakeAt(moment(now).Add(kept)) }

// Expired reports whether a signal has been kept for long enough.
func (s *Signal) Expired(now time.Time) bool {
	return s.Until == nil && s.Wake != nil && !s.Wake.After(now)
}

func (s *Signal) refuse(what string) error {
	return fault.New("transition_not_allowed").With("state", string(s.State)).With("event", what)
}

// MaxSnooze is how long a signal can be put off.
const MaxSnooze = 90 * 24 * time.Hour

// Snooze puts a signal off until a moment.
func (s *Signal) Snooze(by model.Actor, until, now time.Time) error {
	until = moment(until)
	switch {
	case s.State != Open && s.State != Snoozed:
		return s.refuse("snooze")
	case !until.After(now) || until.Sub(now) > MaxSnooze:
		return fault.New("validation_failed").Field("until").Say("请选择以后九十日以内的日期")
	case s.State == Snoozed && s.Until != nil && s.Until.Equal(until):
		return nil // a second tap
	}
	at := moment(now)
	s.State, s.Until, s.Snoozed = Snoozed, &until, &at
	s.WakeAt(until)
	s.step(by.ID, "snoozed", string(model.DateOf(until)), now)
	return nil
}

// Dismiss ends a signal with a reason; it stays so for its period.
func (s *Signal) Dismiss(by model.Actor, reason string, now time.Time) error {
	switch {
	case s.State == Dismissed:
		return nil // a second tap
	case s.State == Raised:
		return s.refuse("dismiss")
	case strings.TrimSpace(reason) == "":
		return fault.New("reason_required").Field("reason")
	}
	s.State, s.Until, s.Snoozed = Dismissed, nil, nil
	s.rest(now)
	s.step(by.ID, "dismissed", reason, now)
	return nil
}

// CanRaise refuses to make a ticket of what was dismissed.
func (s *Signal) CanRaise() error {
	if s.State == Dismissed {
		return s.refuse("problem")
	}
	return nil
}

// Raise notes that a ticket was made of the signal; false when it is known.
func (s *Signal) Raise(by model.Actor, problem string, now time.Time) bool {
	if s.State == Raised {
		return false
	}
	s.State, s.Problem, s.Until, s.Snoozed = Raised, problem, nil, nil
	s.rest(now)
	s.step(by.ID, "raised", problem, now)
	return true
}

// Awake ends a snooze whose time has come: the signal is open again when it was seen meanwhile or what it is about still stands,
// and otherwise waits until it is seen again. False when there is nothing to do.
func (s *Signal) Awake(stands bool, now time.Time) bool {
	if s.Wake == nil || s.Wake.After(now) {
		return false
	}
	s.rest(now)
	switch {
	case s.State != Snoozed:
	case stands, s.Snoozed != nil && s.Last.After(*s.Snoozed):
		s.reopen(now)
	default:
		s.Until = nil
	}
	return true
}
