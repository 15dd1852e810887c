package signal

import (
	"math"
	"strings"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Book is the rules as they stand, by id: what the bureau has changed laid over the table that the program brings.
type Book map[string]Rule

// Standard is the book that nobody has changed.
func Standard() Book { return (*Ruling)(nil).Book() }

// RulingID is the one document that holds what the bureau has changed.
const RulingID = "rules"

// Ruling is what the bureau has changed in the table of rules, and who did it why. A signal keeps the figures under which it was
// found, so that a change explains nothing away.
type Ruling struct {
	model.Head `json:",inline"`
	Set        map[string]Setting `json:"set"`
	Changes    []Change           `json:"changes"` // the last ones, the latest last
}

// Setting is what can be changed of a rule.
type Setting struct {
	Threshold float64  `json:"threshold"`
	Window    int      `json:"window"`
	Minimum   int      `json:"minimum"`
	Severity  Severity `json:"severity"`
	Off       bool     `json:"off,omitempty"`
}

// Change is one change of a rule.
type Change struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Rule   string    `json:"rule"`
	From   Setting   `json:"from"`
	To     Setting   `json:"to"`
	Reason string    `json:"reason"`
}

// maxChanges bounds the history that is kept.
const maxChanges = 500

// NewRuling changes nothing yet.
func NewRuling() *Ruling {
	return &Ruling{Head: model.Head{ID: RulingID}, Set: map[string]Setting{}}
}

// Setting is how a rule is set.
func (r Rule) Setting() Setting { return Setting{r.Threshold, r.Window, r.Minimum, r.Severity, r.Off} }

func (r Rule) with(x Setting) Rule {
	r.Threshold, r.Window, r.Minimum, r.Severity, r.Off = x.Threshold, x.Window, x.Minimum, x.Severity, x.Off
	return r
}

// Book lays the ruling over the table; nil changes nothing.
func (g *Ruling) Book() Book {
	b := make(Book, len(Rules))
	for _, r := range Rules {
		if g != nil {
			if x, ok := g.Set[r.ID]; ok {
				r = r.with(x)
			}
		}
		b[r.ID] = r
	}
	return b
}

// Change sets a rule anew, with a reason; false when it is set so already.
func (g *Ruling) Change(by model.Actor, id string, to Setting, reason string, now time.Time) (bool, error) {
	r, ok := g.Book()[id]
	if !ok {
		return false, fault.New("not_found").Say("没有这条规则")
	}
	if err := r.admits(to); err != nil {
		return false, err
	}
	if strings.TrimSpace(reason) == "" {
		return false, fault.New("reason_required").Field("reason")
	}
	from := r.Setting()
	if from == to {
		return false, nil
	}
	if g.Set == nil {
		g.Set = map[string]Setting{}
	}
	g.Set[id] = to
	g.Changes = append(g.Changes, Change{At: moment(now), By: by.ID, Rule: id, From: from, To: to, Reason: reason})
	g.Changes = append([]Change(nil), g.Changes[max(0, len(g.Changes)-maxChanges):]...)
	return true, nil
}

// bounds are what a threshold may be, by unit.
var bounds = map[string][2]float64{
	Cases: {1, 200}, Percent: {0, 100}, Stars: {1, 5}, Seconds: {1, 3600}, Days: {1, 365}, Hours: {1, 240}, Fold: {1, 100}, Clock: {18, 24},
}

// The days that a window may span; what is older is not kept.
const (
	leastWindow = 7
	Window      = 90
)

// admits refuses a setting that the rule cannot be measured by.
func (r Rule) admits(x Setting) error {
	wrong := func(field, text string) error { return fault.New("validation_failed").Field(field).Say(text) }
	limit := bounds[r.Unit]
	switch {
	case math.IsNaN(x.Threshold) || x.Threshold < limit[0] || x.Threshold > limit[1]:
		return wrong("threshold", "阈值应在 "+number(limit[0])+" 至 "+number(limit[1])+" 之间")
	case r.Fixed && x.Threshold != r.Threshold:
		return wrong("threshold", "这条规则逐件报告，没有阈值可改")
	case !r.Movable && x.Window != r.Window:
		return wrong("window_days", "这条规则的统计期间不能改")
	case r.Movable && (x.Window < leastWindow || x.Window > Window):
		return wrong("window_days", "统计期间应在 7 至 90 日之间")
	case x.Minimum < 1 || x.Minimum > 1000:
		return wrong("minimum", "起算件数应在 1 至 1000 之间")
	case x.Severity.Name() == "":
		return wrong("severity", "请选择提示、预警或严重")
	}
	return nil
}
