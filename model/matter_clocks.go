package model

import (
	"slices"
	"time"
)

// AcceptanceStarts values: whether receipt by R already starts clock A is for the pair's agreement.
const (
	StartsHandling  = "handling"
	StartsReceiving = "receiving"
)

// PausesBoth and PausesPromised (item.go) say which clocks a supplement stops.

// runClocks carries out the clock column of a row.
func (m *Matter) runClocks(t *Transition, s *Step, from MatterState) {
	for _, e := range t.Clocks {
		switch e.Action {
		case ClockStart:
			m.startClock(e.Clock, m.dayZero(e.Clock, s, from), s)
		case ClockStop:
			m.stopClock(e.Clock, s)
		case ClockPause:
			m.pauseClock(e.Clock, s)
		case ClockResume:
			m.resumeClock(e.Clock, s.Now)
		case ClockExtend:
			if r := m.running(e.Clock); r != nil {
				r.Extra += s.Facts.Days
			}
		case ClockRevive:
			if r := m.lastRun(e.Clock); r != nil {
				r.Stop, r.StoppedBy = nil, ""
			}
		case ClockCancel:
			m.Runs = slices.DeleteFunc(m.Runs, func(r ClockRun) bool { return r.Clock == e.Clock && r.Running() })
		}
	}
}

// dayZero is the moment whose date is day 0: now, but the receipt by R where the pair agreed so, and A's own
// day 0 where acceptance is deemed (行政许可法 第三十二条: accepted from the day of receipt).
func (m *Matter) dayZero(c ClockName, s *Step, from MatterState) time.Time {
	if c == ClockAcceptance && m.AcceptanceStarts == StartsReceiving && m.Times.Received != nil &&
		(from == MatterReceived || from == MatterInTransit || from == MatterMaterialsLost) {
		return *m.Times.Received
	}
	if s.Event == EvDeemAccept {
		if r := m.lastRun(ClockAcceptance); r != nil {
			return r.Start
		}
	}
	return s.Now
}

func (m *Matter) clockDays(c ClockName) int {
	switch c {
	case ClockAcceptance:
		return acceptanceDays
	case ClockPromised:
		return m.Item.PromisedDays
	case ClockStatutory:
		return m.Item.StatutoryDays
	case ClockDelivery:
		return deliveryDays
	case ClockForwarding:
		return forwardingDays
	}
	return m.Item.CorrectionDays
}

// startClock begins a run; one of the same clock that still runs ends with it (starts anew).
func (m *Matter) startClock(c ClockName, at time.Time, s *Step) {
	m.stopClock(c, s)
	m.Runs = append(m.Runs, ClockRun{Clock: c, Start: at, Days: m.clockDays(c)})
}

func (m *Matter) stopClock(c ClockName, s *Step) {
	r := m.running(c)
	if r == nil {
		return
	}
	m.resumeClock(c, s.Now)
	at := s.Now
	r.Stop, r.StoppedBy = &at, s.Event
}

func (m *Matter) pauseClock(c ClockName, s *Step) {
	kind := PauseSupplement
	if s.Event == EvSuspend {
		kind = s.Facts.Kind
	}
	if kind == PauseSupplement && c == ClockStatutory && m.Item.SupplementPauses == PausesPromised {
		return
	}
	if r := m.running(c); r != nil && !r.Paused() {
		r.Pauses = append(r.Pauses, Pause{Kind: kind, From: s.Now})
	}
}

func (m *Matter) resumeClock(c ClockName, now time.Time) {
	if r := m.running(c); r != nil && r.Paused() {
		r.Pauses[len(r.Pauses)-1].To = &now
	}
}

// running is the run of a clock that has not stopped, nil for none.
func (m *Matter) running(c ClockName) *ClockRun {
	if r := m.lastRun(c); r != nil && r.Running() {
		return r
	}
	return nil
}

func (m *Matter) lastRun(c ClockName) *ClockRun {
	for i := len(m.Runs) - 1; i >= 0; i-- {
		if m.Runs[i].Clock == c {
			return &m.Runs[i]
		}
	}
	return nil
}

// staffRun is the run that the matter's light shows: F in received, A in awaiting_acceptance, the worse of P
// and S in accepted and, frozen, in the states that pause them, D in decided; nil otherwise.
func (m *Matter) staffRun(c *Calendar, today day) *ClockRun {
	switch m.State {
	case MatterReceived:
		return m.running(ClockForwarding)
	case MatterAwaitingAcceptance:
		return m.running(ClockAcceptance)
	case MatterDecided:
		return m.running(ClockDelivery)
	case MatterAccepted, MatterAwaitingSupplement, MatterSuspended:
		p, s := m.running(ClockPromised), m.running(ClockStatutory)
		if s != nil && (p == nil || s.lightOn(c, today).Worse(p.lightOn(c, today))) {
			return s
		}
		return p
	}
	return nil
}

// Lamp is a matter's light at a moment.
type Lamp struct {
	Light  Light     `json:"light"`
	Paused bool      `json:"paused,omitempty"`
	Clock  ClockName `json:"clock,omitempty"` // whose light it is
}

// Lamp computes the matter's light. While the clocks are paused it is frozen as it was when they stopped.
func (m *Matter) Lamp(now time.Time, c *Calendar) Lamp {
	paused := m.State == MatterAwaitingSupplement || m.State == MatterSuspended
	today := dayOf(now)
	if paused {
		today = dayOf(m.pausedSince())
	}
	r := m.staffRun(c, today)
	if r == nil {
		return Lamp{Light: LightNone}
	}
	return Lamp{Light: r.lightOn(c, today), Paused: paused, Clock: r.Clock}
}

// pausedSince is when the open pause began; under supplement_pauses = promised_only S goes on, but the light
// is frozen all the same.
func (m *Matter) pausedSince() time.Time {
	if p := m.running(ClockPromised); p != nil && p.Paused() {
		return p.Pauses[len(p.Pauses)-1].From
	}
	return m.Times.Entered
}

// DueAt is the end of the deadline that the applicant counts on: A's before acceptance, the promised day
// after it, D's once decided. It is absent while paused and where no staff clock runs.
func (m *Matter) DueAt(c *Calendar) (time.Time, bool) {
	var r *ClockRun
	switch m.State {
	case MatterAwaitingAcceptance:
		r = m.running(ClockAcceptance)
	case MatterAccepted:
		r = m.running(ClockPromised)
	case MatterDecided:
		r = m.running(ClockDelivery)
	case MatterReceived:
		r = m.running(ClockForwarding)
	}
	if r == nil {
		return time.Time{}, false
	}
	due, ok := r.Due(c)
	return due.End(), ok
}

// Deadlines shows every run of every clock, oldest first.
func (m *Matter) Deadlines(now time.Time, c *Calendar) []Deadline {
	out := make([]Deadline, 0, len(m.Runs))
	for _, r := range m.Runs {
		out = append(out, r.Deadline(c, now))
	}
	return out
}

// Explain counts the latest run of a clock day by day; nil when it has never run.
func (m *Matter) Explain(clock ClockName, now time.Time, c *Calendar) []CountedDay {
	r := m.lastRun(clock)
	if r == nil {
		return nil
	}
	return r.Explain(c, now)
}

// ClocksMet tells for each clock that has run whether all its stopped runs, and the running one so far, kept
// their day. ENDs keep it for good.
func (m *Matter) ClocksMet(now time.Time, c *Calendar) map[ClockName]bool {
	met := map[ClockName]bool{}
	for _, r := range m.Runs {
		ok, stopped := r.Met(c)
		if !stopped {
			ok = !r.Over(c, now)
		}
		before, seen := met[r.Clock]
		met[r.Clock] = ok && (before || !seen)
	}
	return met
}

// PromiseBroken: P was missed. LawBroken: A, S or D was.
func (m *Matter) PromiseBroken(now time.Time, c *Calendar) bool {
	met, ran := m.ClocksMet(now, c)[ClockPromised]
	return ran && !met
}

// LawBroken reports whether a deadline of the law was missed.
func (m *Matter) LawBroken(now time.Time, c *Calendar) bool {
	all := m.ClocksMet(now, c)
	for _, k := range []ClockName{ClockAcceptance, ClockStatutory, ClockDelivery} {
		if met, ran := all[k]; ran && !met {
			return true
		}
	}
	return false
}
