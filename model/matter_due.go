package model

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Kinds of what time alone brings about.
const (
	KindMatterReminder = "matter_reminder" // ref: notice, stage
	KindMatterLight    = "matter_light"    // ref: light, clock
)

// nextStep is the event that the system will send in the present state and the moment from which it may.
// Deadlines end at 24:00, so the moment is the 00:00 after the last day.
func (m *Matter) nextStep(c *Calendar) (MatterEvent, time.Time, bool) {
	after := func(since time.Time, days int) time.Time { return (dayOf(since) + day(days) + 1).start() }
	switch m.State {
	case MatterDraft:
		return EvExpire, after(m.Times.Changed, draftDays), m.Booking == ""
	case MatterAwaitingAcceptance:
		if r := m.running(ClockAcceptance); r != nil {
			return EvDeemAccept, (r.due(c) + 1).start(), true
		}
	case MatterAwaitingCorrection, MatterAwaitingSupplement:
		if r := m.running(ClockCorrection); r != nil && !m.papersOut() {
			return EvExpire, (r.due(c) + 1).start(), true
		}
	case MatterDecided:
		if m.Decision != nil && m.Decision.Automatic {
			return EvDispatchElectronic, m.Decision.At.Add(printWithin), true
		}
	case MatterReadyForPickup, MatterDeliveryFailed:
		return EvExpire, after(m.Times.Entered, unclaimedDays), true
	case MatterDelivered:
		if m.disputable() {
			return EvClose, after(*m.Times.Delivered, disputeDays), true
		}
		return EvClose, *m.Times.Delivered, true
	}
	return "", time.Time{}, false
}

// DueSystemSteps lists what the system has to send by now. A step counts from the moment at which it was due,
// not from the one at which a server got round to it: a deadline must not grow by an outage. Applying it may
// make another step due; Tick goes on until none is.
func (m *Matter) DueSystemSteps(now time.Time, c *Calendar) []Step {
	e, at, ok := m.nextStep(c)
	if !ok || now.Before(at) || m.awaitsPeer() {
		return nil
	}
	return []Step{{Event: e, Actor: System, Now: at, done: now}}
}

// Reminder is a notice that only time brings: nothing has happened.
type Reminder struct {
	Notice string    // key of the notice
	Stage  string    // which of several: "3wd", "1wd"
	At     time.Time // from when
	key    string    // what it is remembered by
}

// ReviewDefault is the key of the reminder on which biz writes the silent 好差评 record (§8).
const ReviewDefault = "review_default"

// reminders lists all that the present state will ever bring.
func (m *Matter) reminders(c *Calendar) []Reminder {
	var out []Reminder
	add := func(notice, stage string, at day, round time.Time) {
		if at > dayOf(round) {
			key := notice + "/" + stage + "/" + strconv.FormatInt(round.Unix(), 36)
			out = append(out, Reminder{Notice: notice, Stage: stage, At: at.start(), key: key})
		}
	}
	switch {
	case m.State == MatterDraft && m.Booking == "":
		since := m.Times.Changed
		add("draft_expiring", "7cd", dayOf(since)+draftDays-draftWarnDays, since)
		for i := range out { // at the hour when it was left, not all at midnight
			out[i].At = out[i].At.Add(since.Sub(dayOf(since).start()))
		}
	case m.State.awaiting():
		if r := m.running(ClockCorrection); r != nil {
			for _, n := range []int{3, 1} {
				add("supplement_due", strconv.Itoa(n)+"wd", c.advance(r.due(c), -n), r.Start)
			}
		}
	case m.State == MatterReadyForPickup:
		for _, n := range []int{3, 10, 30} {
			add("pickup_reminder", strconv.Itoa(n)+"cd", dayOf(m.Times.Entered)+day(n), m.Times.Entered)
		}
	case m.State.Ended() && !m.Reviewed && m.reviewable():
		if m.State == MatterClosed {
			add("review_invited", "7cd", dayOf(*m.Times.Ended)+reviewAgainDays, *m.Times.Ended)
		}
		add(ReviewDefault, "15cd", dayOf(*m.Times.Ended)+reviewDefaultDays+1, *m.Times.Ended)
	}
	return slices.DeleteFunc(out, func(r Reminder) bool { return slices.Contains(m.Reminded, r.key) })
}

// DueReminders lists what is to be told now. Of several stages of one notice that came due together, as after
// an outage, only the last is told.
func (m *Matter) DueReminders(now time.Time, c *Calendar) []Reminder {
	last := map[string]Reminder{}
	for _, r := range m.reminders(c) {
		if !now.Before(r.At) && !r.At.Before(last[r.Notice].At) {
			last[r.Notice] = r
		}
	}
	return slices.SortedFunc(maps.Values(last), func(a, b Reminder) int { return a.At.Compare(b.At) })
}

// NextWake is the next moment at which something must happen without anyone's doing: a step of the system, a
// reminder, another light, the end of what may be kept. The zero time means none. It may lie in the past: then it is due.
func (m *Matter) NextWake(now time.Time, c *Calendar) time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if _, at, ok := m.nextStep(c); ok && !m.awaitsPeer() {
		sooner(at)
	}
	for _, r := range m.reminders(c) {
		sooner(r.At)
	}
	if d, ok := m.nextLamp(dayOf(now), c); ok {
		sooner(d.start())
	}
	for _, t := range []time.Time{m.addressUntil(), m.KeptUntil()} {
		if !t.IsZero() {
			sooner(t)
		}
	}
	return next.UTC()
}

// nextLamp is the next day on which the matter's light differs.
func (m *Matter) nextLamp(today day, c *Calendar) (day, bool) {
	now := m.Lamp(today.start(), c)
	if now.Paused || now.Light == LightNone {
		return 0, false
	}
	for d := today; ; {
		next := day(0)
		for i := range m.Runs {
			// Only the runs that the light can show matter; others never change it.
			if n, ok := m.Runs[i].nextLight(c, d); ok && (next == 0 || n < next) {
				next = n
			}
		}
		if next == 0 {
			return 0, false
		}
		if m.Lamp(next.start(), c).Light != now.Light {
			return next, true
		}
		d = next
	}
}

// Do is what biz calls for a step: first what time has made due, so that a late hand cannot pass a deadline,
// then the step, then what it makes due at once (deliver is followed by close).
func (m *Matter) Do(s Step, env Env) error {
	if _, err := m.Tick(s.Now, env); err != nil {
		return err
	}
	if err := m.Apply(s, env); err != nil {
		return err
	}
	_, err := m.Tick(s.Now, env)
	return err
}

// Tick does what time has made due: recomputes deadlines that a new holiday notice moved, sends the system's
// steps, the reminders and the lights. It reports whether anything changed; biz calls it when the matter's
// wake has passed.
func (m *Matter) Tick(now time.Time, env Env) (changed bool, err error) {
	now = now.UTC().Truncate(time.Millisecond)
	before := m.mark()
	m.recalculate(now, env)
	for {
		steps := m.DueSystemSteps(now, env.Calendar)
		if len(steps) == 0 {
			break
		}
		for _, s := range steps {
			if err := m.Apply(s, env); err != nil {
				return false, err
			}
		}
	}
	due := m.DueReminders(now, env.Calendar)
	for _, r := range m.reminders(env.Calendar) {
		if !now.Before(r.At) {
			m.Reminded = append(m.Reminded, r.key)
		}
	}
	for _, r := range due {
		m.Emit(KindMatterReminder, now, map[string]string{"notice": r.Notice, "stage": r.Stage})
	}
	m.dropAddress(now)
	m.refresh(now, env)
	return m.mark() != before, nil
}

// mark tells whether Tick has changed anything.
type mark struct {
	seq             int64
	trail, reminded int
	light           Light
	provisional     bool
	lightOn         Date
	wake            time.Time
}

func (m *Matter) mark() mark {
	k := mark{seq: m.Seq, trail: len(m.Trail), reminded: len(m.Reminded), light: m.Light, provisional: m.Provisional, lightOn: m.LightOn}
	if m.Wake != nil {
		k.wake = *m.Wake
	}
	return k
}

// recalculate puts on the trail what a changed calendar does to deadlines that people have been told.
func (m *Matter) recalculate(now time.Time, env Env) {
	dues, _ := m.dues(env.Calendar)
	moved := map[string]string{}
	for clock, due := range dues {
		if told := m.Dues[clock]; told != "" && told != due {
			moved[clock] = string(told) + ">" + string(due)
		}
	}
	if len(moved) == 0 {
		return
	}
	_ = m.Record(Note{Kind: NoteRecalculated, Actor: System, At: now, Data: moved}) // without a cause it never refuses
	m.tellUntil(env)
}

// dues are the last days of the running clocks, and whether one of them runs into a year without its notice.
func (m *Matter) dues(c *Calendar) (map[string]Date, bool) {
	dues, provisional := map[string]Date{}, false
	for _, r := range m.Runs {
		if !r.Running() {
			continue
		}
		if due, ok := r.Due(c); ok {
			dues[string(r.Clock)] = due
			provisional = provisional || r.provisional(c)
		}
	}
	return dues, provisional
}

// refresh recomputes what is stored for indexes only, and when to look again.
func (m *Matter) refresh(now time.Time, env Env) {
	c := env.Calendar
	m.PapersWith = m.papersWith()
	m.PapersOwed = m.State.Ended() && slices.Contains([]Place{PapersReceiving, PapersCarrier, PapersHandling}, m.PapersWith)
	m.OwedBy = m.owedBy()
	m.Dues, m.Provisional = m.dues(c)
	lamp := m.Lamp(now, c)
	if lamp.Light != m.Light && lamp.Light.Worse(LightGreen) && !lamp.Paused {
		m.Emit(KindMatterLight, now, map[string]string{"light": string(lamp.Light), "clock": string(lamp.Clock)})
	}
	m.Light, m.LightPaused, m.LightOn = lamp.Light, lamp.Paused, ""
	if d, ok := m.nextLamp(dayOf(now), c); ok {
		m.LightOn = d.date()
	}
	m.WakeAt(m.NextWake(now, c))
	m.recount(now, c)
}
