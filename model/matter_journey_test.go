package model_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// until moves the clock to a moment and lets everything happen on the way, waking as the matter asks.
func (st *stage) until(s string) {
	st.t.Helper()
	end := moment(st.t, s)
	for st.m.Wake != nil && !st.m.Wake.After(end) && !st.m.Expired(*st.m.Wake) {
		if _, err := st.m.Tick(*st.m.Wake, st.env); err != nil {
			st.t.Fatalf("waking: %v", err)
		}
	}
	st.now = end
}

// startOn is a matter whose draft began on a day.
func startOn(t failer, mode model.Mode, day string, edit ...func(*model.Item)) *stage {
	t.Helper()
	st := &stage{t: t, env: model.Env{Calendar: newCalendar(t)}, now: moment(t, day), signer: model.SignedOther}
	m, err := model.OpenMatter(opening(t, mode, sampleItem(edit...), st.now), st.env)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	st.m = m
	if mode != model.ModeWindow {
		for range 3 {
			st.do(model.EvPutMaterial)
		}
	}
	return st
}

func (st *stage) due(want string) {
	st.t.Helper()
	at, ok := st.m.DueAt(st.env.Calendar)
	got := ""
	if ok {
		got = at.In(model.Beijing).Format(time.RFC3339)
	}
	if got != want {
		st.t.Fatalf("%s is due at %q, want %q", st.m.State, got, want)
	}
}

func (st *stage) told(kind, key string) []string {
	var out []string
	for _, e := range st.m.Outbox {
		if e.Kind == kind {
			out = append(out, model.DateOf(e.At).Start().Format("01-02")+" "+e.Ref[key])
		}
	}
	return out
}

func TestMatter_WindowJourney(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeWindow, "2026-03-02")
	st.do(model.EvTurnBack)
	st.do(model.EvReceive)
	st.due("2026-03-03T23:59:59+08:00") // F
	if r := st.m.Receipts[0]; !slices.Equal(r.Materials, []string{"M001", "M022", "M040"}) || r.Clerk != "clerk" || r.Hall != "hall-sz" {
		t.Errorf("the receipt: %+v", r)
	}
	st.do(model.EvForwardMail)
	if _, ok := st.m.DueAt(st.env.Calendar); ok {
		t.Error("a deadline runs while the papers travel")
	}
	st.until("2026-03-05")
	st.do(model.EvArrive)
	st.due("2026-03-12T23:59:59+08:00") // A
	st.until("2026-03-06")
	st.do(model.EvAccept)
	st.due("2026-03-13T23:59:59+08:00") // P = 5
	st.until("2026-03-09")
	st.do(model.EvRequestSupplement)
	st.due("")
	if l := st.m.Lamp(st.now, st.env.Calendar); l != (model.Lamp{Light: model.LightGreen, Paused: true, Clock: model.ClockPromised}) {
		t.Errorf("while a supplement is awaited the lamp is %+v", l)
	}
	st.until("2026-03-11")
	st.do(model.EvPutMaterial)
	st.do(model.EvSupply)
	st.due("2026-03-17T23:59:59+08:00")
	st.do(model.EvDecide, facts(func(f *model.Facts) { f.Outcome = model.Granted }))
	st.due("2026-03-25T23:59:59+08:00") // D
	st.do(model.EvDispatchMail)
	st.until("2026-03-13")
	st.signer = model.SignedSelf
	st.do(model.EvDeliver)
	if changed, err := st.m.Tick(st.now, st.env); err != nil || !changed || st.m.State != model.MatterClosed {
		t.Fatalf("signed for by the addressee, and then %s (%v)", st.m.State, err)
	}
	for c, met := range st.m.ClocksMet(st.now, st.env.Calendar) {
		if !met {
			t.Errorf("%s was missed", c)
		}
	}
	if st.m.PapersWith != model.PapersKept || st.m.OwedBy != "" {
		t.Errorf("papers with %s, owed by %q", st.m.PapersWith, st.m.OwedBy)
	}
	if got := len(st.m.Deadlines(st.now, st.env.Calendar)); got != 6 {
		t.Errorf("%d runs of clocks", got)
	}
}

// Example 4 of §3: untouched, the matter counts as accepted from the day on which it was handed in.
func TestMatter_DeemedAccepted(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2025-10-02 22:30", func(it *model.Item) { it.PromisedDays = 20 })
	st.do(model.EvSubmit)
	st.due("2025-10-14T23:59:59+08:00")
	st.until("2025-10-14 23:59")
	if st.m.State != model.MatterAwaitingAcceptance {
		t.Fatalf("on A's last day: %s", st.m.State)
	}
	st.until("2025-10-15 00:00")
	if st.m.State != model.MatterAccepted || !st.m.Times.Deemed || model.DateOf(*st.m.Times.Accepted) != "2025-10-02" {
		t.Fatalf("after it: %s, accepted %v", st.m.State, st.m.Times.Accepted)
	}
	st.due("2025-11-04T23:59:59+08:00")
	if !st.m.LawBroken(st.now, st.env.Calendar) || st.m.PromiseBroken(st.now, st.env.Calendar) {
		t.Error("A was missed, P was not")
	}
	if s, _ := st.step(model.EvRefuse, reviewer); fault.Code(st.m.Apply(s, st.env)) != "transition_not_allowed" {
		t.Error("H can still refuse")
	}
	st.do(model.EvRequestSupplement)
}

func TestMatter_AcceptanceStartsAtReceipt(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeWindow, "2026-03-02")
	st.m.AcceptanceStarts = model.StartsReceiving
	st.do(model.EvReceive)
	st.do(model.EvForwardMail)
	st.until("2026-03-05")
	if st.m.State != model.MatterInTransit {
		t.Fatalf("A fires while the papers travel: %s", st.m.State)
	}
	st.do(model.EvArrive)
	st.due("2026-03-09T23:59:59+08:00")
	st.do(model.EvRequestSupplement)
	st.do(model.EvPutMaterial)
	st.do(model.EvSupply)
	st.due("2026-03-12T23:59:59+08:00") // anew, from today
}

func TestMatter_SupplementThatPausesPromisedOnly(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2026-03-02", settings(func(s *model.ItemSettings) { s.SupplementPauses = model.PausesPromised }))
	st.do(model.EvSubmit)
	st.do(model.EvAccept)
	st.until("2026-03-03")
	st.do(model.EvRequestSupplement)
	st.until("2026-03-10")
	st.do(model.EvPutMaterial)
	st.do(model.EvSupply)
	dues := map[model.ClockName]model.Date{}
	for _, d := range st.m.Deadlines(st.now, st.env.Calendar) {
		dues[d.Clock] = d.Due
	}
	if dues[model.ClockPromised] != "2026-03-16" || dues[model.ClockStatutory] != "2026-03-30" {
		t.Errorf("due: %v", dues)
	}
}

// Example 11 of §3.
func TestMatter_CorrectionRemindersAndEnd(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2026-02-12")
	st.do(model.EvSubmit)
	st.do(model.EvRequestSupplement)
	if st.m.Asked.Until != "2026-03-04" {
		t.Fatalf("the applicant is told %s", st.m.Asked.Until)
	}
	st.until("2026-03-04 23:59")
	if got := st.told(model.KindMatterReminder, "stage"); !slices.Equal(got, []string{"02-28 3wd", "03-03 1wd"}) {
		t.Errorf("reminders: %v", got)
	}
	if st.m.State != model.MatterAwaitingCorrection {
		t.Fatalf("on the last day: %s", st.m.State)
	}
	st.until("2026-03-05 00:00")
	if st.m.State != model.MatterLapsed {
		t.Fatalf("after it: %s", st.m.State)
	}
	if met := st.m.ClocksMet(st.now, st.env.Calendar); met[model.ClockCorrection] || !met[model.ClockAcceptance] {
		t.Errorf("met: %v", met)
	}
}

func TestMatter_LapsedIsReopenedWhenAllIsThere(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2026-03-02")
	st.do(model.EvSubmit)
	st.do(model.EvRequestSupplement)
	st.do(model.EvPutMaterial) // and forgot to supply
	st.until("2026-04-01")
	if st.m.State != model.MatterLapsed {
		t.Fatalf("it is %s", st.m.State)
	}
	st.do(model.EvReopen)
	if st.m.Asked != nil || st.m.Times.Ended != nil {
		t.Error("the old notice still stands")
	}
	st.due("2026-04-09T23:59:59+08:00") // over Qingming
}

func TestMatter_DraftExpires(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeWindow, "2026-03-02")
	st.until("2026-03-10")
	st.do(model.EvChangeDelivery)
	st.until("2026-04-01 23:00")
	if got := st.told(model.KindMatterReminder, "notice"); !slices.Equal(got, nil) {
		t.Errorf("reminded too early: %v", got)
	}
	if err := st.m.SetBooking("bk-1", st.now, st.env); err != nil {
		t.Fatal(err)
	}
	if err := st.m.SetBooking("bk-1", st.now, st.env); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Errorf("the same booking again: %v", err)
	}
	st.until("2026-05-20")
	if st.m.State != model.MatterDraft {
		t.Fatalf("under a booking: %s", st.m.State)
	}
	if err := st.m.SetBooking("", st.now, st.env); err != nil {
		t.Fatal(err)
	}
	st.until("2026-05-20 10:01")
	if st.m.State != model.MatterLapsed {
		t.Fatalf("the booking is over and the draft is %s", st.m.State)
	}
	if s, _ := st.step2(model.EvReopen, lead); fault.Code(st.m.Apply(model.Step{Event: model.EvReopen, Actor: lead, Now: st.now, Why: "x"}, st.env)) != "transition_not_allowed" {
		t.Errorf("a draft is reopened: %v", s)
	}
}

func TestMatter_DraftWarning(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeWindow, "2026-03-02")
	st.until("2026-03-31")
	if got := st.told(model.KindMatterReminder, "notice"); !slices.Equal(got, []string{"03-25 draft_expiring"}) {
		t.Errorf("reminders: %v", got)
	}
	st.until("2026-04-02 00:00")
	if st.m.State != model.MatterLapsed {
		t.Errorf("after thirty days: %s", st.m.State)
	}
}

func TestMatter_KioskSheet(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeKiosk, "2026-03-02", instant)
	st.do(model.EvIssue)
	if st.m.Decision.By != "system" || st.m.Decision.Org != st.m.HOrg || st.m.Trail[len(st.m.Trail)-1].By != "ap-1" {
		t.Errorf("decided %+v", st.m.Decision)
	}
	confirmed := clone(t, st.m)
	s, _ := st.step(model.EvConfirmPrint, device)
	if err := confirmed.Do(s, st.env); err != nil || confirmed.State != model.MatterClosed {
		t.Errorf("confirmed: %s (%v)", confirmed.State, err)
	}
	st.until("2026-03-03 09:59")
	if st.m.State != model.MatterDecided {
		t.Fatalf("within 24 h: %s", st.m.State)
	}
	st.until("2026-03-03 10:00")
	if st.m.State != model.MatterClosed || st.m.Times.Delivered == nil {
		t.Fatalf("unconfirmed for 24 h: %s", st.m.State)
	}
	for c, met := range st.m.ClocksMet(st.now, st.env.Calendar) {
		if !met {
			t.Errorf("%s was missed", c)
		}
	}
}

func TestMatter_RevokedAsIfNeverDecided(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2026-03-02")
	st.do(model.EvSubmit)
	st.do(model.EvAccept)
	st.until("2026-03-04")
	st.do(model.EvDecide)
	if d := st.m.Decision; d.Law == "" || !strings.Contains(d.Remedies, "六十日") || !strings.Contains(d.Remedies, "六个月") {
		t.Errorf("a denial without its legal parts: %+v", d)
	}
	st.until("2026-03-06")
	st.do(model.EvRevokeDecision)
	st.due("2026-03-09T23:59:59+08:00")
	if st.m.Decision != nil || st.m.Times.Decided != nil {
		t.Error("the decision still stands")
	}
	for _, d := range st.m.Deadlines(st.now, st.env.Calendar) {
		if d.Clock == model.ClockDelivery {
			t.Error("D still counts")
		}
	}
}

func TestMatter_LostAndFound(t *testing.T) {
	t.Parallel()
	t.Run("found and delivered", func(t *testing.T) {
		t.Parallel()
		st := mustReach(t, model.ModeWindow, model.MatterMaterialsLost)
		st.do(model.EvArrive)
		if st.m.State != model.MatterAwaitingAcceptance || st.m.PapersWith != model.PapersHandling {
			t.Errorf("%s, papers with %s", st.m.State, st.m.PapersWith)
		}
	})
	t.Run("found after the papers were handed in again", func(t *testing.T) {
		t.Parallel()
		st := mustReach(t, model.ModeWindow, model.MatterMaterialsLost)
		old := st.m.Parcels[0].ID
		st.do(model.EvReceive)
		st.do(model.EvForwardMail)
		s, _ := st.step(model.EvArrive, courier)
		s.Facts.Parcel = old
		if err := st.m.Apply(s, st.env); fault.Code(err) != "parcel_mismatch" {
			t.Errorf("the old parcel stands for the new: %v", err)
		}
		st.do(model.EvArrive)
	})
	t.Run("what was brought for a correction is lost", func(t *testing.T) {
		t.Parallel()
		st := mustReach(t, model.ModeOnline, model.MatterAwaitingCorrection)
		st.do(model.EvReceiveMore)
		st.do(model.EvForwardMail)
		if st.m.OwedBy != st.m.ROrg {
			t.Errorf("on the way it is owed by %s", st.m.OwedBy)
		}
		told := st.m.Asked.Until
		st.wait(4)
		st.do(model.EvLose)
		if st.m.Asked.Until <= told || st.m.OwedBy != st.m.HOrg {
			t.Errorf("C does not start anew: until %s, owed by %s", st.m.Asked.Until, st.m.OwedBy)
		}
		if s, _ := st.step(model.EvSupply, citizen); fault.Code(st.m.Apply(s, st.env)) != "materials_missing" {
			t.Error("the lost papers count as supplied")
		}
		st.do(model.EvArrive) // found after all
		if st.m.State != model.MatterAwaitingAcceptance {
			t.Errorf("found: %s", st.m.State)
		}
	})
}

func TestMatter_PapersOnlyByTheWindow(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterAccepted)
	st.do(model.EvRequestSupplement, facts(func(f *model.Facts) {
		f.Asks = []model.Ask{{Code: "M022", Paper: true}, {Code: "M001"}}
	}))
	s, _ := st.step(model.EvPutMaterial, citizen)
	s.Facts.Material = "M022"
	if err := st.m.Apply(s, st.env); fault.Code(err) != "material_not_asked_for" {
		t.Errorf("the citizen uploads what must be an original: %v", err)
	}
	st.do(model.EvReceiveMore, facts(func(f *model.Facts) { f.Checks = nil; f.Materials = []string{"M022"} }))
	if n := len(st.m.Dues); st.m.Dues[string(model.ClockCorrection)] == "" {
		t.Errorf("C is met by half of it (%d running)", n)
	}
	s, _ = st.step(model.EvForwardMail, clerk)
	if err := st.m.Apply(s, st.env); fault.Code(err) != "materials_missing" {
		t.Errorf("half of it is posted: %v", err)
	}
	st.do(model.EvPutMaterial, facts(func(f *model.Facts) { f.Material = "M001" }))
	if st.m.Dues[string(model.ClockCorrection)] != "" || st.m.Dues[string(model.ClockForwarding)] == "" {
		t.Errorf("all is there and these run: %v", st.m.Dues)
	}
	st.wait(60) // R sleeps: the applicant must not lose by it
	if st.m.State != model.MatterAwaitingSupplement {
		t.Fatalf("it is %s", st.m.State)
	}
	st.do(model.EvForwardMail)
	st.do(model.EvBounce)
	st.do(model.EvForwardMail)
	st.do(model.EvArrive)
	if st.m.State != model.MatterAccepted {
		t.Errorf("it is %s", st.m.State)
	}
}

func TestMatter_GapsMustClose(t *testing.T) {
	t.Parallel()
	st := lacking(t)
	if len(st.m.Lacking) != 1 || st.m.Lacking[0].Code != "M040" {
		t.Fatalf("lacking: %v", st.m.Lacking)
	}
	s, _ := st.step(model.EvDecide, lead)
	s.Facts.Outcome = model.Granted
	if err := st.m.Apply(s, st.env); fault.Code(err) != "lacking_outstanding" {
		t.Errorf("granted with a gap: %v", err)
	}
	st.do(model.EvPutMaterial)
	st.do(model.EvDecide, facts(func(f *model.Facts) { f.Outcome = model.Granted }))
}

func TestMatter_AcceptWithGaps(t *testing.T) {
	t.Parallel()
	reach := func(codes ...string) *stage {
		st := newStage(t, model.ModeOnline)
		for _, c := range codes {
			st.do(model.EvPutMaterial, facts(func(f *model.Facts) { f.Material = c }))
		}
		st.do(model.EvSubmit)
		return st
	}
	for name, lacking := range map[string][]model.Lacking{
		"materials_missing": nil,
		"validation_failed": {{Code: "M040", Until: "2026-03-01"}},
		"material_unknown":  {{Code: "M999", Until: "2026-04-01"}},
	} {
		st := reach("M001", "M022")
		s, _ := st.step(model.EvAccept, reviewer)
		s.Facts.Lacking = lacking
		if err := st.m.Apply(s, st.env); fault.Code(err) != name {
			t.Errorf("%v: %v, want %s", lacking, err, name)
		}
	}
}

func TestMatter_DisputedDelivery(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterDelivered) // signed by somebody else
	st.wait(3)
	if st.m.State != model.MatterDelivered {
		t.Fatalf("on the third day: %s", st.m.State)
	}
	st.do(model.EvDisputeDelivery)
	st.do(model.EvDeliver, by(reviewer), why("代收人确认已转交"), facts(func(f *model.Facts) { f.SignedBy = model.SignedSelf }))
	if s, _ := st.step(model.EvDisputeDelivery, citizen); fault.Code(st.m.Apply(s, st.env)) != "transition_not_allowed" {
		t.Error("what was proven is disputed again")
	}
	st = mustReach(t, model.ModeOnline, model.MatterDelivered)
	st.wait(4)
	if st.m.State != model.MatterClosed {
		t.Errorf("after three days without a dispute: %s", st.m.State)
	}
}

func TestMatter_Unclaimed(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterReadyForPickup)
	if st.m.OwedBy != "440300-ZS" {
		t.Errorf("it is the hall's organisation that answers, not %s", st.m.OwedBy)
	}
	st.until("2026-08-29 23:59")
	if got := st.told(model.KindMatterReminder, "stage"); !slices.Equal(got, []string{"03-05 3cd", "03-12 10cd", "04-01 30cd"}) {
		t.Errorf("reminders: %v", got)
	}
	if st.m.State != model.MatterReadyForPickup {
		t.Fatalf("on the 180th day: %s", st.m.State)
	}
	st.until("2026-08-30 00:00")
	if st.m.State != model.MatterClosed || st.m.Ending.Outcome != "unclaimed" {
		t.Errorf("after it: %s %+v", st.m.State, st.m.Ending)
	}
}

func TestMatter_LightsAreTold(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2025-09-26")
	st.do(model.EvSubmit)
	st.do(model.EvAccept)
	if st.m.Light != model.LightGreen || st.m.LightOn != "2025-09-30" || !st.m.Wake.Equal(moment(t, "2025-09-30 00:00")) {
		t.Errorf("%s until %s, wake %s", st.m.Light, st.m.LightOn, st.m.Wake)
	}
	st.until("2025-10-20")
	want := []string{"09-30 yellow", "10-10 red", "10-11 overdue"}
	if got := st.told(model.KindMatterLight, "light"); !slices.Equal(got, want) {
		t.Errorf("told: %v, want %v", got, want)
	}
	// P stays overdue, so S can change nothing any more.
	if st.m.Wake != nil || st.m.LightOn != "" {
		t.Errorf("it wants to wake at %v", st.m.Wake)
	}
	if !st.m.PromiseBroken(st.now, st.env.Calendar) || st.m.LawBroken(st.now, st.env.Calendar) {
		t.Error("P was missed, S was not")
	}
}

func TestMatter_LateTimersTellOnce(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterReadyForPickup)
	st.wait(15) // nobody was awake on day 3 and day 10
	if got := st.told(model.KindMatterReminder, "stage"); !slices.Equal(got, []string{"03-17 10cd"}) {
		t.Errorf("reminders: %v", got)
	}
	st.wait(90)
	if e := st.m.Trail[len(st.m.Trail)-1]; e.Event != "offer_pickup" {
		t.Errorf("the trail ends with %s", e.Event)
	}
	st.wait(200)
	e := st.m.Trail[len(st.m.Trail)-1]
	if e.Event != "expire" || model.DateOf(e.At) != "2026-08-30" || e.Data["done_at"] != st.now.In(model.Beijing).Format(time.RFC3339) {
		t.Errorf("a late timer leaves %+v", e)
	}
}

func TestMatter_HolidayNoticeMovesDeadlines(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2026-12-29")
	st.do(model.EvSubmit)
	st.do(model.EvAccept)
	if !st.m.Provisional || st.m.Dues["promised"] != "2027-01-06" {
		t.Fatalf("provisional %v, due %v", st.m.Provisional, st.m.Dues)
	}
	rows := append(holidays(t), model.Holiday{Date: "2027-01-01", Kind: model.HolidayOff, Name: "元旦"},
		model.Holiday{Date: "2027-01-04", Kind: model.HolidayOff, Name: "元旦"})
	st.env.Calendar = model.NewCalendar(rows)
	changed, err := st.m.Tick(st.now.Add(time.Hour), st.env)
	if err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	e := st.m.Trail[len(st.m.Trail)-1]
	if e.Event != model.NoteRecalculated || e.Data["promised"] != "2027-01-06>2027-01-07" || st.m.Provisional {
		t.Errorf("the trail says %+v", e)
	}
	if ok, bad := model.VerifyTrail(st.m); !ok {
		t.Errorf("the trail breaks at %d", bad)
	}
	if changed, _ := st.m.Tick(st.now.Add(2*time.Hour), st.env); changed {
		t.Error("the same notice moves them twice")
	}
}

func TestMatter_DoLetsDeadlinesComeFirst(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterAwaitingCorrection)
	st.do(model.EvPutMaterial)
	st.now = st.now.AddDate(0, 0, 30) // no timer ran
	s, _ := st.step(model.EvSupply, citizen)
	if err := st.m.Do(s, st.env); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("supplied after the end: %v", err)
	}
}

func TestMatter_ResultDocument(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterDecided)
	for _, tt := range []struct {
		a    model.Actor
		want string
	}{{reviewer, ""}, {clerk, "forbidden"}, {otherLead, "wrong_organisation"}} {
		if err := st.m.AttachResult(tt.a, *file("letter", st.now), st.now); fault.Code(err) != tt.want {
			t.Errorf("%s: %v, want %q", tt.a.ID, err, tt.want)
		}
	}
	st.do(model.EvDispatchElectronic, facts(func(f *model.Facts) { f.Result = nil }))
	if st.m.Result.Key != "blob/letter" {
		t.Errorf("served %+v", st.m.Result)
	}
	if err := st.m.AttachResult(reviewer, *file("late", st.now), st.now); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("replaced after it was served: %v", err)
	}
}

func TestMatter_CorrectWaybill(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeWindow, model.MatterInTransit)
	old := st.m.Parcels[0].ID
	if err := st.m.CorrectWaybill(clerk, old, "sf:SF1499999999999", "sf", "SF1499999999999", st.now); err != nil {
		t.Fatal(err)
	}
	if err := st.m.CorrectWaybill(clerk, old, "sf:x", "sf", "x", st.now); fault.Code(err) != "parcel_mismatch" {
		t.Errorf("the old number once more: %v", err)
	}
	st.do(model.EvArrive)
}
