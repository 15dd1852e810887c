package model

import (
	"time"
)

// ClockName is one of the six clocks of domain reference §3.
type ClockName string

const (
	ClockAcceptance ClockName = "acceptance" // A: 行政许可法 第三十二条
	ClockPromised   ClockName = "promised"   // P: published by H
	ClockStatutory  ClockName = "statutory"  // S: 第四十二条
	ClockDelivery   ClockName = "delivery"   // D: 第四十四条
	ClockForwarding ClockName = "forwarding" // F: agreement of the pair
	ClockCorrection ClockName = "correction" // C: the applicant's turn
)

// ClockNames lists the six.
var ClockNames = []ClockName{ClockAcceptance, ClockPromised, ClockStatutory, ClockDelivery, ClockForwarding, ClockCorrection}

// Lengths that no item sets.
const (
	acceptanceDays = 5
	deliveryDays   = 10
	forwardingDays = 1
)

// Chinese is the clock in words.
func (n ClockName) Chinese() string {
	return map[ClockName]string{
		ClockAcceptance: "受理期限", ClockPromised: "承诺办结时限", ClockStatutory: "法定办结时限",
		ClockDelivery: "送达期限", ClockForwarding: "流转期限", ClockCorrection: "补正（补充）期限",
	}[n]
}

// ClockRun holds the facts of one run of a clock. Everything else about it is computed from them and a
// calendar, so a new holiday notice or a late fact moves the deadline by itself.
type ClockRun struct {
	Clock     ClockName   `json:"clock"`
	Start     time.Time   `json:"start"`           // its civil date is day 0 (民法典 第二百零一条)
	Days      int         `json:"days"`            // working days (行政许可法 第八十二条)
	Extra     int         `json:"extra,omitempty"` // 延期
	Pauses    []Pause     `json:"pauses,omitempty"`
	Stop      *time.Time  `json:"stop,omitempty"`
	StoppedBy MatterEvent `json:"stopped_by,omitempty"`
}

// Pause takes working days out of a run. One that begins on date a and ends on date b takes out the working
// days d with a < d ≤ b: day a counts as used, day b is a day 0 again.
type Pause struct {
	Kind string     `json:"kind"` // "supplement" or the special procedure
	From time.Time  `json:"from"`
	To   *time.Time `json:"to,omitempty"`
}

// PauseSupplement is the kind of a pause for 补充材料.
const PauseSupplement = "supplement"

// Running reports a run that has not stopped; it may be paused.
func (r ClockRun) Running() bool { return r.Stop == nil }

// Paused reports a run in a pause that has not ended.
func (r ClockRun) Paused() bool {
	return r.Running() && len(r.Pauses) > 0 && r.Pauses[len(r.Pauses)-1].To == nil
}

// Length is the number of working days with any extension.
func (r ClockRun) Length() int { return r.Days + r.Extra }

// due is the last day of the run; it runs until that day's 24:00 (民法典 第二百零三条). An open pause is left
// out: the caller decides what a paused run shows.
func (r ClockRun) due(c *Calendar) day {
	from, left := dayOf(r.Start), r.Length()
	due := c.advance(from, left)
	for _, p := range r.Pauses {
		if p.To == nil {
			continue
		}
		a, b := dayOf(p.From), dayOf(*p.To)
		if a >= b {
			continue // no working day lies in (a, b]
		}
		if a > due {
			break // it was over before the pause began
		}
		left = max(0, left-c.between(from, a))
		from = b
		due = c.advance(from, left)
	}
	return due
}

// Due is the last day of a run; ok is false while it is paused, when nobody can know.
func (r ClockRun) Due(c *Calendar) (d Date, ok bool) {
	if r.Paused() {
		return "", false
	}
	return r.due(c).date(), true
}

// Over reports whether the run's last day has passed without a stop.
func (r ClockRun) Over(c *Calendar, now time.Time) bool {
	return r.Running() && !r.Paused() && dayOf(now) > r.due(c)
}

// Met tells of a stopped run whether it stopped in time; ok is false while it runs.
func (r ClockRun) Met(c *Calendar) (met, ok bool) {
	if r.Running() {
		return false, false
	}
	return dayOf(*r.Stop) <= r.due(c), true
}

// Used counts the working days that the run has used up to a moment, pauses left out.
func (r ClockRun) Used(c *Calendar, now time.Time) int {
	end := dayOf(now)
	if r.Stop != nil {
		end = min(end, dayOf(*r.Stop))
	}
	return max(0, c.between(dayOf(r.Start), end)-r.pausedDays(c, end))
}

// PausedDays counts the working days that pauses have taken out up to a moment.
func (r ClockRun) PausedDays(c *Calendar, now time.Time) int { return r.pausedDays(c, dayOf(now)) }

func (r ClockRun) pausedDays(c *Calendar, end day) int {
	n := 0
	for _, p := range r.Pauses {
		b := end
		if p.To != nil {
			b = min(b, dayOf(*p.To))
		}
		n += c.between(dayOf(p.From), b)
	}
	return n
}

// Light is the traffic light of a deadline.
type Light string

// In rising order of alarm.
const (
	LightNone    Light = "none"
	LightGreen   Light = "green"
	LightYellow  Light = "yellow"
	LightRed     Light = "red"
	LightOverdue Light = "overdue"
)

// Lights lists them in rising order of alarm.
var Lights = []Light{LightNone, LightGreen, LightYellow, LightRed, LightOverdue}

var lightRank = map[Light]int{LightNone: 0, LightGreen: 1, LightYellow: 2, LightRed: 3, LightOverdue: 4}

// Worse reports whether l is more alarming than o.
func (l Light) Worse(o Light) bool { return lightRank[l] > lightRank[o] }

// LightOn is the light of a run on a date; while paused the one of the day on which the pause began.
func (r ClockRun) LightOn(c *Calendar, on Date) Light { return r.lightOn(c, on.day()) }

func (r ClockRun) lightOn(c *Calendar, today day) Light {
	if !r.Running() {
		return LightNone
	}
	if r.Paused() {
		today = dayOf(r.Pauses[len(r.Pauses)-1].From)
	}
	due, n := r.due(c), r.Length()
	if today > due {
		return LightOverdue
	}
	if n == 0 && today == due {
		return LightYellow // an instant item has one day only: it warns on it
	}
	if today <= dayOf(r.Start) {
		return LightGreen
	}
	left := c.between(today, due)
	switch {
	case left == 0:
		return LightRed
	case left <= max(2, n/3):
		return LightYellow
	}
	return LightGreen
}

// nextLight is the first day after today on which the light differs from today's; ok is false when it never
// will. The light can change on four days only.
func (r ClockRun) nextLight(c *Calendar, today day) (day, bool) {
	if !r.Running() || r.Paused() {
		return 0, false
	}
	now, due := r.lightOn(c, today), r.due(c)
	for _, d := range []day{dayOf(r.Start) + 1, c.advance(due, -max(2, r.Length()/3)), due, due + 1} {
		if d > today && r.lightOn(c, d) != now {
			return d, true
		}
	}
	return 0, false
}

// Deadline is a run as it is shown.
type Deadline struct {
	Clock       ClockName  `json:"clock"`
	Name        string     `json:"name"`
	Day0        Date       `json:"day0"`
	Days        int        `json:"days"`
	Extra       int        `json:"extra,omitempty"`
	Due         Date       `json:"due,omitempty"`    // absent while paused
	DueAt       *time.Time `json:"due_at,omitempty"` // 23:59:59 of it
	Left        int        `json:"left"`             // working days after today
	Used        int        `json:"used"`
	Paused      bool       `json:"paused,omitempty"`
	PausedDays  int        `json:"paused_days,omitempty"`
	Light       Light      `json:"light"`
	Met         *bool      `json:"met,omitempty"`         // once stopped
	Provisional bool       `json:"provisional,omitempty"` // it runs into a year without its notice
	StoppedOn   Date       `json:"stopped_on,omitempty"`
}

// Deadline computes what a run shows at a moment.
func (r ClockRun) Deadline(c *Calendar, now time.Time) Deadline {
	d := Deadline{
		Clock: r.Clock, Name: r.Clock.Chinese(), Day0: DateOf(r.Start), Days: r.Days, Extra: r.Extra,
		Paused: r.Paused(), Light: r.lightOn(c, dayOf(now)), Used: r.Used(c, now), PausedDays: r.PausedDays(c, now),
	}
	if due, ok := r.Due(c); ok {
		at := due.End().UTC()
		d.Due, d.DueAt = due, &at
		d.Provisional = r.provisional(c)
		if r.Running() {
			d.Left = c.WorkdaysBetween(DateOf(now), due)
		}
	}
	if met, ok := r.Met(c); ok {
		d.Met, d.StoppedOn = &met, DateOf(*r.Stop)
	}
	return d
}

func (r ClockRun) provisional(c *Calendar) bool {
	for y := dayOf(r.Start).year(); y <= r.due(c).year(); y++ {
		if c.Provisional(y) {
			return true
		}
	}
	return false
}
