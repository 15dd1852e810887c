package model_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
)

var (
	leadYB = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "lead-yb", Org: "441500-YB", Region: "441500", Lead: true}
	// turncoat has the clerk's account and, since yesterday, a seat at the desk.
	turncoat = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "clerk", Org: "441500-RS", Region: "441500", Lead: true}
	crowd    = append(slices.Clone(everyone), leadYB, turncoat)
)

// walk is a matter to which random things happen.
type walk struct {
	*stage
	rt *rapid.T
}

func newWalk(rt *rapid.T) *walk {
	mode := rapid.SampledFrom(model.Modes).Draw(rt, "mode")
	edit := func(it *model.Item) {
		if rapid.Bool().Draw(rt, "instant") {
			instant(it)
		}
		it.Settings.SpecialProcedures = []string{"testing", "hearing"} // an instant item has none by itself
		it.Settings.TwoStep = rapid.Bool().Draw(rt, "two step")
		it.Settings.CopiesSuffice = rapid.Bool().Draw(rt, "copies suffice")
		it.Settings.Joint = rapid.Bool().Draw(rt, "joint")
		it.Settings.SupplementPauses = rapid.SampledFrom([]string{"", model.PausesPromised}).Draw(rt, "pauses")
	}
	// Half of the walks begin somewhere on the way, so that the far states are walked too.
	st := newStage(rt, mode, edit)
	if mode == model.ModeWindow && rapid.Bool().Draw(rt, "on the way") {
		st = mustReach(rt, mode, rapid.SampledFrom(model.MatterStates).Draw(rt, "from"), edit)
	}
	st.m.AcceptanceStarts = rapid.SampledFrom([]string{"", model.StartsReceiving}).Draw(rt, "acceptance starts")
	return &walk{stage: st, rt: rt}
}

// choice is an event by somebody.
type choice struct {
	e model.MatterEvent
	a model.Actor
}

func (w *walk) choices() (allowed, refused []choice) {
	for _, e := range model.MatterEvents[1:] {
		for _, a := range crowd {
			if w.m.Allowed(e, a) {
				allowed = append(allowed, choice{e, a})
			} else {
				refused = append(refused, choice{e, a})
			}
		}
	}
	return allowed, refused
}

// vary makes facts less regular than fill does, without making them wrong.
func (w *walk) vary(s *model.Step) {
	f := &s.Facts
	switch s.Event {
	case model.EvRequestSupplement:
		f.Asks = nil
		for _, code := range []string{"M001", "M022", "M040"} {
			if rapid.Bool().Draw(w.rt, "ask "+code) || code == "M040" && f.Asks == nil {
				f.Asks = append(f.Asks, model.Ask{Code: code, Paper: rapid.Bool().Draw(w.rt, "paper")})
			}
		}
	case model.EvReceiveMore:
		f.Checks = f.Checks[:rapid.IntRange(1, len(f.Checks)).Draw(w.rt, "brought")]
	case model.EvDispatchMail:
		f.Hall = rapid.SampledFrom([]*model.HallRef{nil, hallSZ, hallSW}).Draw(w.rt, "to hall")
	case model.EvOfferPickup:
		f.Hall = rapid.SampledFrom([]*model.HallRef{hallSZ, hallSW}).Draw(w.rt, "hall")
	case model.EvDecide:
		if len(w.m.Lacking) == 0 && rapid.Bool().Draw(w.rt, "granted") {
			f.Outcome = model.Granted
		}
	case model.EvReassign:
		if w.m.HOrg == "441500-YB" {
			f.Org = "441500-RS"
		}
	case model.EvDeliver:
		f.SignedBy = rapid.SampledFrom([]model.SignedBy{"", model.SignedSelf, model.SignedOther, model.SignedLocker}).Draw(w.rt, "signed by")
	}
}

// happen lets one allowed event happen, twice with the same cause.
func (w *walk) happen() {
	allowed, _ := w.choices()
	allowed = slices.DeleteFunc(allowed, func(c choice) bool { return c.a.Door == model.DoorSystem })
	if len(allowed) == 0 {
		return
	}
	// By event first, so that events with many callers do not crowd out the others.
	// Ways out are seldom taken, or no walk would get far.
	leave := rapid.IntRange(0, 7).Draw(w.rt, "leave") == 0
	var events []model.MatterEvent
	for _, c := range allowed {
		out := slices.Contains([]model.MatterEvent{model.EvWithdraw, model.EvTerminate, model.EvRefuse, model.EvChangeDelivery}, c.e)
		if !slices.Contains(events, c.e) && (leave || !out) {
			events = append(events, c.e)
		}
	}
	if len(events) == 0 {
		return
	}
	e := rapid.SampledFrom(events).Draw(w.rt, "event")
	allowed = slices.DeleteFunc(allowed, func(c choice) bool { return c.e != e })
	c := rapid.SampledFrom(allowed).Draw(w.rt, "choice")
	s, feasible := w.step(c.e, c.a)
	w.vary(&s)
	s.Cause = fmt.Sprintf("cause-%d", w.m.Seq)
	before, from, emitted := w.encode(), w.m.State, count(w.m)
	err := w.m.Apply(s, w.env)
	if err != nil {
		if feasible {
			w.rt.Fatalf("%s by %s in %s: %v, though it is in next and nothing is wrong with it", c.e, c.a.ID, from, err)
		}
		w.unchanged(before, "a refused "+string(c.e))
		return
	}
	w.followed(s, from, emitted)
	before = w.encode()
	if err := w.m.Apply(s, w.env); !errors.Is(err, model.ErrAlreadyApplied) {
		w.rt.Fatalf("%s applied twice with one cause: %v", c.e, err)
	}
	w.unchanged(before, "a repeated "+string(c.e))
}

func count(m *model.Matter) int {
	n := 0
	for _, e := range m.Outbox {
		if e.Kind == model.KindMatterEvent {
			n++
		}
	}
	return n
}

// followed checks what every applied event leaves behind.
func (w *walk) followed(s model.Step, from model.MatterState, emitted int) {
	w.rt.Helper()
	if want := enumerated()[from][s.Event]; w.m.State != want {
		w.rt.Fatalf("%s in %s leads to %s, want %s", s.Event, from, w.m.State, want)
	}
	last := w.m.Trail[len(w.m.Trail)-1]
	if last.Event != string(s.Event) || last.From != from || last.To != w.m.State || last.By != s.Actor.ID || !last.At.Equal(s.Now) {
		w.rt.Fatalf("%s left the entry %+v", s.Event, last)
	}
	if count(w.m) != emitted+1 {
		w.rt.Fatalf("%s emitted %d matter events", s.Event, count(w.m)-emitted)
	}
	w.check()
}

// refuse tries what is not allowed: nothing may come of it, and the answer says why.
func (w *walk) refuse() {
	_, refused := w.choices()
	c := rapid.SampledFrom(refused).Draw(w.rt, "refused")
	before := w.encode()
	s := model.Step{Event: c.e, Actor: c.a, Now: w.now, Why: "经核实"}
	err := w.m.Apply(s, w.env)
	if err == nil || fault.Code(err) == "internal" {
		w.rt.Fatalf("%s by %s in %s: %v, though it is not in next", c.e, c.a.ID, w.m.State, err)
	}
	w.unchanged(before, "a forbidden "+string(c.e))
}

// disturb sends allowed events without any facts: refused or not, the matter stays sound.
func (w *walk) disturb() {
	allowed, _ := w.choices()
	allowed = slices.DeleteFunc(allowed, func(c choice) bool { return c.a.Door == model.DoorSystem })
	if len(allowed) == 0 {
		return
	}
	c := rapid.SampledFrom(allowed).Draw(w.rt, "without facts")
	before := w.encode()
	if err := w.m.Apply(model.Step{Event: c.e, Actor: c.a, Now: w.now}, w.env); err != nil {
		w.unchanged(before, "an empty "+string(c.e))
		return
	}
	w.check()
}

// pass lets time go by, in one leap or waking up whenever the matter wants to: it must come to the same.
func (w *walk) pass() {
	until := w.now.Add(time.Duration(rapid.IntRange(0, 30*24).Draw(w.rt, "hours")) * time.Hour)
	if rapid.IntRange(0, 9).Draw(w.rt, "long") == 0 {
		until = w.now.AddDate(0, 0, 200)
	}
	leap := clone(w.rt, w.m)
	if _, err := leap.Tick(until, w.env); err != nil {
		w.rt.Fatalf("leaping: %v", err)
	}
	for w.m.Wake != nil && !w.m.Wake.After(until) && !w.m.Expired(*w.m.Wake) {
		wake := *w.m.Wake
		if _, err := w.m.Tick(wake, w.env); err != nil {
			w.rt.Fatalf("waking at %s: %v", wake, err)
		}
		if w.m.Wake != nil && !w.m.Wake.After(wake) {
			w.rt.Fatalf("%s wants to wake at %s again", w.m.State, wake)
		}
	}
	if _, err := w.m.Tick(until, w.env); err != nil {
		w.rt.Fatalf("at the end: %v", err)
	}
	w.now = until
	if diff := cmp.Diff(told2(w.m), told2(leap), cmpopts.EquateEmpty()); diff != "" {
		w.rt.Fatalf("a late timer makes a difference (-in time +late):\n%s", diff)
	}
	if changed, err := w.m.Tick(until, w.env); changed || err != nil {
		w.rt.Fatalf("ticking again changes something: %v", err)
	}
	w.check()
}

// told2 is what must not depend on when a timer got round to the matter.
func told2(m *model.Matter) any {
	return struct {
		State  model.MatterState
		Runs   []model.ClockRun
		Times  model.MatterTimes
		Light  model.Light
		Wake   *time.Time
		Papers []model.Place
	}{m.State, m.Runs, m.Times, m.Light, m.Wake, m.Papers}
}

func (w *walk) encode() string {
	b, err := json.Marshal(w.m)
	if err != nil {
		w.rt.Fatalf("encoding: %v", err)
	}
	return string(b)
}

func (w *walk) unchanged(before, after string) {
	w.rt.Helper()
	if now := w.encode(); now != before {
		w.rt.Fatalf("%s changed the matter:\n%s", after, cmp.Diff(before, now))
	}
}

func TestMatter_RandomWalks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWalk(rt)
		w.check()
		for range rapid.IntRange(5, 40).Draw(rt, "length") {
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0, 1:
				w.pass()
			case 2:
				w.refuse()
			case 3:
				w.disturb()
			default:
				w.happen()
			}
			if _, err := w.m.Tick(w.now, w.env); err != nil {
				rt.Fatalf("ticking: %v", err)
			}
		}
		w.check()
		w.checkWhole()
	})
}

// check holds the invariants of the domain reference.
func (w *walk) check() {
	w.rt.Helper()
	m := w.m
	if ok, bad := model.VerifyTrail(m); !ok {
		w.rt.Fatalf("the trail breaks at %d: %+v", bad, m.Trail)
	}
	checkPapers(w.rt, m)
	checkClocks(w.rt, m)
	checkOwed(w.rt, m)
	checkParcels(w.rt, m)
	checkSeparation(w.rt, m)
	if m.LightOn != "" && m.LightOn <= model.DateOf(w.now) && m.LightOn <= model.DateOf(m.Times.Changed) {
		w.rt.Fatalf("the next light is on %s, in the past", m.LightOn)
	}
}

// checkWhole holds at the end of a walk what takes longer to look at.
func (w *walk) checkWhole() {
	w.rt.Helper()
	m := w.m
	if c := clone(w.rt, m); cmp.Diff(m, c, cmpopts.EquateEmpty()) != "" {
		w.rt.Fatalf("what is stored is not what was there: %s", cmp.Diff(m, c, cmpopts.EquateEmpty()))
	}
	for _, a := range crowd {
		if next := m.Next(a); !m.VisibleTo(a) && len(next) > 0 {
			w.rt.Fatalf("%s may not see the matter and may do %v", a.ID, next)
		}
	}
}

func checkPapers(t *rapid.T, m *model.Matter) {
	t.Helper()
	only := map[model.MatterState][]model.Place{
		model.MatterDraft: {model.PapersApplicant}, model.MatterReceived: {model.PapersReceiving},
		model.MatterInTransit: {model.PapersCarrier}, model.MatterMaterialsLost: {model.PapersLost},
	}
	inside := []model.Place{model.PapersHandling, model.PapersNone}
	for _, s := range []model.MatterState{
		model.MatterAwaitingAcceptance, model.MatterAccepted, model.MatterSuspended, model.MatterDecided, model.MatterDispatched,
		model.MatterReadyForPickup, model.MatterDeliveryFailed, model.MatterDelivered,
	} {
		only[s] = inside
	}
	only[model.MatterClosed] = []model.Place{model.PapersKept, model.PapersReturned, model.PapersNone}
	only[model.MatterRefused] = []model.Place{model.PapersHandling, model.PapersNone, model.PapersReturned}
	if places := only[m.State]; places != nil && !slices.Contains(places, m.PapersWith) {
		t.Fatalf("%s with the papers at %s", m.State, m.PapersWith)
	}
}

func checkClocks(t *rapid.T, m *model.Matter) {
	t.Helper()
	running := map[model.ClockName]int{}
	for _, r := range m.Runs {
		if !r.Running() {
			if r.Paused() {
				t.Fatalf("%s has stopped and is paused", r.Clock)
			}
			continue
		}
		running[r.Clock]++
		awaited := m.State == model.MatterAwaitingCorrection || m.State == model.MatterAwaitingSupplement
		var fits bool
		switch r.Clock {
		case model.ClockAcceptance:
			fits = m.State == model.MatterAwaitingAcceptance
		case model.ClockDelivery:
			fits = m.State == model.MatterDecided
		case model.ClockForwarding:
			fits = m.State == model.MatterReceived || awaited && slices.Contains(m.Papers, model.PapersReceiving)
		case model.ClockCorrection:
			fits = awaited
		case model.ClockPromised, model.ClockStatutory:
			goesOn := r.Clock == model.ClockStatutory && m.State == model.MatterAwaitingSupplement && m.Item.SupplementPauses == model.PausesPromised
			stands := m.State == model.MatterAwaitingSupplement || m.State == model.MatterSuspended
			fits = r.Paused() == (stands && !goesOn) && (m.State == model.MatterAccepted || stands)
		}
		if !fits {
			t.Fatalf("%s runs (paused %v) in %s", r.Clock, r.Paused(), m.State)
		}
	}
	for c, n := range running {
		if n > 1 {
			t.Fatalf("%d runs of %s at once", n, c)
		}
	}
	if m.State == model.MatterAccepted && (running[model.ClockPromised] != 1 || running[model.ClockStatutory] != 1) {
		t.Fatalf("accepted without P and S: %v", running)
	}
	if m.State == model.MatterAwaitingAcceptance && running[model.ClockAcceptance] != 1 {
		t.Fatalf("awaiting acceptance without A")
	}
}

func checkOwed(t *rapid.T, m *model.Matter) {
	t.Helper()
	r, h := m.ROrg, m.HOrg
	want := map[model.MatterState]string{
		model.MatterDraft: h, model.MatterReceived: r, model.MatterInTransit: r, model.MatterMaterialsLost: r,
		model.MatterAwaitingAcceptance: h, model.MatterAwaitingCorrection: h, model.MatterAccepted: h,
		model.MatterAwaitingSupplement: h, model.MatterSuspended: h, model.MatterDecided: h, model.MatterDispatched: h,
		model.MatterDeliveryFailed: h, model.MatterDelivered: h,
	}[m.State]
	out := slices.Contains(m.Papers, model.PapersReceiving) || slices.Contains(m.Papers, model.PapersCarrier)
	switch {
	case m.State == model.MatterDraft && m.Mode == model.ModeWindow, (m.State == model.MatterAwaitingCorrection || m.State == model.MatterAwaitingSupplement) && out:
		want = r
	case m.State == model.MatterReadyForPickup:
		want = m.Pickup.Hall.Org
	case m.State.Ended() && out:
		want = r
	case m.State.Ended() && m.PapersWith == model.PapersHandling:
		want = h
	}
	if m.OwedBy != want {
		t.Fatalf("%s with papers at %v is owed by %q, want %q", m.State, m.Papers, m.OwedBy, want)
	}
	if m.State.Ended() && m.PapersOwed != (want != "") {
		t.Fatalf("%s with papers at %v: papers owed %v", m.State, m.Papers, m.PapersOwed)
	}
}

func checkParcels(t *rapid.T, m *model.Matter) {
	t.Helper()
	open := map[model.ParcelDirection]int{}
	for _, p := range m.Parcels {
		if p.Standing == model.ParcelExpected {
			open[p.Direction]++
		}
	}
	if open[model.ParcelMaterials] > 1 || open[model.ParcelResult] > 1 {
		t.Fatalf("open parcels: %v", open)
	}
	if (open[model.ParcelResult] == 1) != (m.State == model.MatterDispatched) {
		t.Fatalf("%s with %d result parcels under way", m.State, open[model.ParcelResult])
	}
	if (open[model.ParcelMaterials] == 1) != slices.Contains(m.Papers, model.PapersCarrier) {
		t.Fatalf("%d materials parcels under way, papers at %v", open[model.ParcelMaterials], m.Papers)
	}
	if m.Counts.Mailings > 3 {
		t.Fatalf("mailed %d times", m.Counts.Mailings)
	}
}

// afterLeaving are the events that R may still send once the papers have left it. The reference's list lacks
// the last three, which its own table has: what the applicant does at R's counter (a scan, a signed
// withdrawal), and handing in again what the carrier lost.
var afterLeaving = []string{
	"receive_more", "forward_mail", "forward_network", "bounce", "lose", "pick_up", "reach_hall", "return_papers",
	"put_material", "withdraw", "receive",
}

func checkSeparation(t *rapid.T, m *model.Matter) {
	t.Helper()
	side, left := map[string]model.Side{}, false
	for _, e := range m.Trail {
		if e.Side == model.SideR || e.Side == model.SideH {
			if was := side[e.By]; was != "" && was != e.Side {
				t.Fatalf("%s acted for %s and for %s", e.By, was, e.Side)
			}
			side[e.By] = e.Side
		}
		if left && e.Side == model.SideR && !slices.Contains(afterLeaving, e.Event) {
			t.Fatalf("R sent %s after the papers had left it", e.Event)
		}
		left = left || e.Event == "forward_mail" || e.Event == "forward_network"
	}
}
