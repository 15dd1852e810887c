package signal

import (
	"strconv"
	"time"

	"kuacheng/model"
)

// laws are what a clock's miss offends against.
var laws = map[model.ClockName]string{
	model.ClockAcceptance: "行政许可法第三十二条", model.ClockStatutory: "行政许可法第四十二条", model.ClockDelivery: "行政许可法第四十四条",
}

// InMatter finds what a matter shows by itself. It only ever finds more: what was once found is found again from the same facts.
func (b Book) InMatter(m *model.Matter, now time.Time, c *model.Calendar) (out []Firing) {
	vars := func(more map[string]string) map[string]string {
		more["item"], more["org"] = m.Item.Name, m.HOrg
		return more
	}
	add := func(id, period, occasion string, at time.Time, more map[string]string) *Firing {
		f := b.find(id, OfMatter, m.ID, period, occasion, at, vars(more))
		f.Org, f.Region = m.HOrg, m.To
		out = append(out, f)
		return &out[len(out)-1]
	}
	for _, r := range m.Runs {
		missed(m, r, now, c, add)
	}
	if m.Times.Deemed {
		add(DeemedAccepted, "", "deemed", m.Times.Changed, map[string]string{})
	}
	if n := m.Counts.Corrections + m.Counts.Supplements; float64(n) >= b[Repeated].Threshold {
		f := add(Repeated, "", strconv.Itoa(n), m.Times.Changed, map[string]string{
			"corrections": strconv.Itoa(m.Counts.Corrections), "supplements": strconv.Itoa(m.Counts.Supplements),
		})
		f.Figures.Numerator = int64(n)
	}
	if until, ok := b.SuspendedUntil(m, c); ok && !now.Before(until) {
		f := add(SuspensionLong, "", stamp(m.Suspended.At), until, map[string]string{
			"procedure": model.ProcedureName(m.Suspended.Kind), "length": strconv.Itoa(m.Suspended.Days),
			"from": model.NoticeDate(model.DateOf(m.Suspended.At)), "due": model.NoticeDate(model.DateOf(until).Add(-1)),
		})
		f.Figures.Numerator = int64(until.Sub(m.Suspended.At) / (24 * time.Hour))
	}
	if falsified(m) {
		add(FalseMaterials, "", "found", m.Times.Changed, map[string]string{})
	}
	return out
}

func stamp(t time.Time) string { return strconv.FormatInt(t.Unix(), 36) }

// missed finds a run of a staff clock that was not kept.
func missed(m *model.Matter, r model.ClockRun, now time.Time, c *model.Calendar, add func(id, period, occasion string, at time.Time, more map[string]string) *Firing) {
	met, stopped := r.Met(c)
	due, known := r.Due(c)
	if r.Clock == model.ClockCorrection || !known || stopped && met || !stopped && !r.Over(c, now) {
		return
	}
	more := func() map[string]string {
		return map[string]string{"clock": r.Clock.Chinese(), "due": model.NoticeDate(due), "length": strconv.Itoa(r.Length()), "law": laws[r.Clock]}
	}
	put := func(id string) {
		f := add(id, string(r.Clock), stamp(r.Start), due.End(), more())
		f.Figures.Numerator, f.Figures.Denominator = int64(r.Used(c, now)), int64(r.Length())
		if r.Clock == model.ClockForwarding {
			f.Org, f.Region, f.Vars["org"] = m.ROrg, m.From, m.ROrg
		}
	}
	put(Overdue)
	if laws[r.Clock] != "" {
		put(LawBroken)
	}
}

// SuspendedUntil is when a special procedure under way has taken too long: the time that the applicant was told of, in working
// days, or sixty days.
func (b Book) SuspendedUntil(m *model.Matter, c *model.Calendar) (time.Time, bool) {
	if m.Suspended == nil {
		return time.Time{}, false
	}
	from := model.DateOf(m.Suspended.At)
	told := c.AddWorkdays(from, m.Suspended.Days)
	return min(told, from.Add(int(b[SuspensionLong].Threshold))).Add(1).Start().UTC(), true
}

// NextLook is when a matter that nobody touches may show something that no event tells of: a special procedure that takes too
// long, or a further clock that runs out when the light is overdue already.
func (b Book) NextLook(m *model.Matter, now time.Time, c *model.Calendar) (next time.Time, ok bool) {
	look := func(at time.Time) {
		if at.After(now) && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	if until, suspended := b.SuspendedUntil(m, c); suspended {
		look(until)
	}
	for _, r := range m.Runs {
		if due, known := r.Due(c); m.Light == model.LightOverdue && r.Running() && known && laws[r.Clock] != "" {
			look(due.Add(1).Start().UTC())
		}
	}
	return next, ok
}

// falsified: refused, denied or terminated because of false papers.
func falsified(m *model.Matter) bool {
	return m.Ending != nil && m.Ending.Reason == FalseMaterials || m.Decision != nil && m.Decision.Reason == FalseMaterials
}

// Act is what a member of staff has done to a matter.
type Act struct {
	Ref      string // names it among all acts
	Matter   string
	Event    model.MatterEvent
	At       time.Time
	By       string
	Org      string
	Region   string
	Decision bool
	// Took is how long the file had been theirs; nil where that says nothing.
	Took *time.Duration
}

// readers are the acts that ask for the file to be read, and decisions among them.
var readers = map[model.MatterEvent]bool{
	model.EvAccept: false, model.EvRequestSupplement: false, model.EvRefuse: true, model.EvDecide: true,
}

// Acts gives what staff did to a matter at a moment, as its trail tells.
func Acts(m *model.Matter, at time.Time) (out []Act) {
	for i, e := range m.Trail {
		decision, reads := readers[model.MatterEvent(e.Event)]
		if !reads || !e.At.Equal(at) || e.Door != model.DoorDesk {
			continue
		}
		a := act(m, e)
		a.Decision = decision
		for j := i - 1; j >= 0; j-- {
			if x := m.Trail[j]; x.To == e.From && x.From != x.To {
				took := e.At.Sub(x.At)
				a.Took = &took
				break
			}
		}
		out = append(out, a)
	}
	return out
}

func act(m *model.Matter, e model.TrailEntry) Act {
	return Act{
		Ref: m.ID + "#" + strconv.Itoa(e.Seq), Matter: m.ID, Event: model.MatterEvent(e.Event), At: e.At, By: e.By, Org: e.Org, Region: e.Region,
	}
}

// AtWindow is the formal check of a person who was being served since a moment; false when there was none.
func AtWindow(m *model.Matter, served, until time.Time) (Act, bool) {
	for _, e := range m.Trail {
		if e.Event == string(model.EvReceive) && e.Door == model.DoorCounter && !e.At.Before(served) && !e.At.After(until) {
			a, took := act(m, e), e.At.Sub(served)
			a.Took = &took
			return a, true
		}
	}
	return Act{}, false
}

// InAct finds what an act shows by itself.
func (b Book) InAct(a Act) (out []Firing) {
	add := func(id string) *Firing {
		f := b.find(id, OfPerson, a.By, string(model.DateOf(a.At)), a.Ref, a.At, map[string]string{
			"org": a.Org, "who": a.By, "at": model.NoticeTime(a.At), "act": a.Event.Name(),
		})
		f.Org, f.Region, f.Matter = a.Org, a.Region, a.Matter
		out = append(out, f)
		return &out[len(out)-1]
	}
	if a.Took != nil && a.Took.Seconds() < b[TooFast].Threshold {
		add(TooFast).Figures.Numerator = int64(a.Took.Seconds())
	}
	if hour := a.At.In(model.Beijing).Hour(); a.Decision && (hour < dayBegins || float64(hour) >= b[LateNight].Threshold) {
		add(LateNight)
	}
	return out
}

// dayBegins is the hour from which decisions are nothing unusual.
const dayBegins = 7
