package model_test

import (
	"slices"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

var (
	visitor   = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "p1"}
	counterK  = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk", Org: "440300-ZS", Region: "440300", Hall: "hall-440300-1"}
	colleague = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk2", Org: "440300-ZS", Region: "440300", Hall: "hall-440300-1"}
	elsewhere = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk-shanwei", Org: "441500-ZS", Region: "441500", Hall: "hall-441500-1"}
)

// bookedAt is when the sample booking is made; its slot is two days later, 10:00 to 10:30.
const bookedAt = "2026-11-24 10:00"

func slotAt(t failer, id string) model.SlotTime {
	t.Helper()
	st, ok := sampleHall().Slot(schedule(), newCalendar(t), "hall-440300-1:"+id)
	if !ok {
		t.Fatalf("no slot %s", id)
	}
	return st
}

func newBooking(t failer, edit ...func(*model.BookingPlan)) *model.Booking {
	t.Helper()
	p := model.BookingPlan{
		ID: model.BookingID([8]byte{1, 2, 3, 4, 5, 6, 7, 8}), Matter: "KC4415002611240000010", Purpose: model.PurposeHandIn, Applicant: "p1",
		Item: "职工养老保险关系转移接续", Department: "RS", HallName: "深圳市跨城通办服务大厅",
		Slot: slotAt(t, "2026-11-26:1000"), Rules: model.DefaultBookingRules,
	}
	for _, e := range edit {
		e(&p)
	}
	b, err := model.NewBooking(p, visitor, moment(t, bookedAt))
	if err != nil {
		t.Fatalf("booking: %v", err)
	}
	return b
}

// act is one thing that happens to a booking; play does them in turn.
type act func(t failer, b *model.Booking) error

func play(t failer, b *model.Booking, acts ...act) {
	t.Helper()
	for i, a := range acts {
		if err := a(t, b); err != nil {
			t.Fatalf("act %d: %v", i+1, err)
		}
	}
}

func checkIn(by model.Actor, when string) act {
	return func(t failer, b *model.Booking) error { return b.CheckIn(by, "K001", "", moment(t, when)) }
}
func call(by model.Actor, when string) act {
	return func(t failer, b *model.Booking) error { return b.Call(by, "K02", moment(t, when)) }
}
func serve(by model.Actor, when string) act {
	return func(t failer, b *model.Booking) error { return b.Serve(by, moment(t, when)) }
}
func finish(by model.Actor, when string) act {
	return func(t failer, b *model.Booking) error { return b.Finish(by, moment(t, when)) }
}
func absent(by model.Actor, when string) act {
	return func(t failer, b *model.Booking) error { return b.NotThere(by, moment(t, when)) }
}
func cancel(by model.Actor, when string) act {
	return func(t failer, b *model.Booking) error { return b.Cancel(by, "行程有变", moment(t, when)) }
}
func displace(by model.Actor, when string) act {
	return func(t failer, b *model.Booking) error { return b.Displace(by, "设备检修", moment(t, when)) }
}
func move(by model.Actor, slot, when string) act {
	return func(t failer, b *model.Booking) error {
		return b.Reschedule(by, slotAt(t, slot), "深圳市跨城通办服务大厅", model.DefaultBookingRules, moment(t, when))
	}
}
func tick(when string) act {
	return func(t failer, b *model.Booking) error { b.Tick(moment(t, when)); return nil }
}

// day is a time of the sample booking's day.
func day(hm string) string { return "2026-11-26 " + hm }

// reach are the ways into each state.
var reach = map[model.BookingState][]act{
	model.BookingBooked:    {},
	model.BookingCheckedIn: {checkIn(counterK, day("09:45"))},
	model.BookingCalled:    {checkIn(counterK, day("09:45")), call(counterK, day("10:00"))},
	model.BookingServing:   {checkIn(counterK, day("09:45")), call(counterK, day("10:00")), serve(counterK, day("10:01"))},
	model.BookingMissed:    {checkIn(counterK, day("09:45")), call(counterK, day("10:00")), absent(counterK, day("10:02"))},
	model.BookingDisplaced: {displace(supervisor, bookedAt)},
	model.BookingServed:    {checkIn(counterK, day("09:45")), call(counterK, day("10:00")), serve(counterK, day("10:01")), finish(counterK, day("10:20"))},
	model.BookingCancelled: {cancel(visitor, bookedAt)},
	model.BookingNoShow:    {tick(day("10:16"))},
}

func inState(t failer, s model.BookingState) *model.Booking {
	t.Helper()
	b := newBooking(t)
	play(t, b, reach[s]...)
	if b.State != s {
		t.Fatalf("reached %s, want %s", b.State, s)
	}
	return b
}

// awake reports whether a booking wants to be looked at for more than being forgotten.
func awake(b *model.Booking) bool { return !b.Expired(*b.Wake) }

func TestBooking_the_way_of_a_good_day(t *testing.T) {
	t.Parallel()
	b := newBooking(t)
	if b.State != model.BookingBooked || b.QRVersion != 1 || len(b.Steps) != 1 {
		t.Fatalf("booked: %+v", b)
	}
	if err := b.QRLive(1); err != nil {
		t.Error(err)
	}
	play(t, b, reach[model.BookingServed]...)
	var events []string
	for _, e := range b.Outbox {
		events = append(events, e.Ref["event"])
		if e.Kind != model.BookingEventKind || e.Ref["matter"] != b.Matter || e.Ref["slot"] != b.Slot {
			t.Errorf("event %+v", e)
		}
	}
	if want := []string{"book", "check_in", "call", "serve", "finish"}; !slices.Equal(events, want) {
		t.Errorf("told %v, want %v", events, want)
	}
	if b.Ticket != "K001" || b.Window != "K02" || b.EndedAt == nil || awake(b) {
		t.Errorf("served: %+v", b)
	}
}

// The table of domain rule §4, said once more: who may bring what about, in which state.
func TestBooking_every_state_and_event(t *testing.T) {
	t.Parallel()
	type by = map[model.BookingState]model.BookingState
	allowed := map[model.Door]map[model.BookingEvent]by{
		model.DoorCitizen: {
			"reschedule": {"booked": "booked", "displaced": "booked"},
			"cancel":     {"booked": "cancelled", "displaced": "cancelled"},
		},
		model.DoorCounter: {
			"cancel":   {"booked": "cancelled", "displaced": "cancelled"},
			"check_in": {"booked": "checked_in", "missed": "checked_in"},
			"call":     {"checked_in": "called", "called": "called"},
			"serve":    {"called": "serving"},
			"finish":   {"serving": "served", "served": "served"},
			"no_show":  {"called": "missed"},
		},
		model.DoorSupervise: {"displace": {"booked": "displaced", "checked_in": "displaced", "displaced": "displaced"}},
	}
	try := map[model.BookingEvent]func(a model.Actor) act{
		"reschedule": func(a model.Actor) act { return move(a, "2026-11-27:0900", day("09:20")) },
		"cancel":     func(a model.Actor) act { return cancel(a, day("09:20")) },
		"displace":   func(a model.Actor) act { return displace(a, day("10:05")) },
		"check_in":   func(a model.Actor) act { return checkIn(a, day("10:05")) },
		"call":       func(a model.Actor) act { return call(a, day("10:05")) },
		"serve":      func(a model.Actor) act { return serve(a, day("10:05")) },
		"finish":     func(a model.Actor) act { return finish(a, day("10:05")) },
		"no_show":    func(a model.Actor) act { return absent(a, day("10:05")) },
	}
	// Callers who have done nothing to the booking yet, so that nothing is a repetition.
	callers := []model.Actor{{Door: model.DoorCitizen, Role: model.RoleAgent, ID: "agent"}, colleague, {Door: model.DoorSupervise, Role: model.RoleAdmin, ID: "admin"}, {Door: model.DoorDesk, Role: model.RoleReviewer, ID: "reviewer", Hall: "hall-440300-1"}}
	for state := range reach {
		for event, make := range try {
			for _, who := range callers {
				b := inState(t, state)
				err := make(who)(t, b)
				to, ok := allowed[who.Door][event][state]
				switch {
				case ok && (err != nil || b.State != to):
					t.Errorf("%s by %s in %s: %v, now %s, want %s", event, who.Door, state, err, b.State, to)
				case !ok && err == nil && !(event == "finish" && state == "served") && !(event == "displace" && state == "displaced"):
					t.Errorf("%s by %s in %s was let through to %s", event, who.Door, state, b.State)
				case !ok && err != nil && b.State != state:
					t.Errorf("%s by %s in %s refused, but moved to %s", event, who.Door, state, b.State)
				}
			}
		}
	}
}

func TestBooking_repeated_calls_answer_the_present_state(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		state model.BookingState
		again act
	}{
		{"check_in", model.BookingCheckedIn, checkIn(counterK, day("09:46"))},
		{"check_in_after_the_call", model.BookingCalled, checkIn(counterK, day("10:00"))},
		{"call_within_the_gap", model.BookingCalled, call(counterK, day("10:00"))},
		{"serve", model.BookingServing, serve(counterK, day("10:02"))},
		{"serve_after_the_end", model.BookingServed, serve(counterK, day("10:30"))},
		{"finish", model.BookingServed, finish(counterK, day("10:30"))},
		{"cancel", model.BookingCancelled, cancel(visitor, day("15:00"))},
		{"miss", model.BookingMissed, absent(counterK, day("10:02"))},
		{"displace", model.BookingDisplaced, displace(supervisor, bookedAt)},
		{"same_slot", model.BookingBooked, move(visitor, "2026-11-26:1000", bookedAt)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := inState(t, c.state)
			steps, seq := len(b.Steps), b.Seq
			if err := c.again(t, b); err != nil {
				t.Fatal(err)
			}
			if b.State != c.state || len(b.Steps) != steps || b.Seq != seq {
				t.Errorf("changed to %s, %d new steps", b.State, len(b.Steps)-steps)
			}
		})
	}
}

func refused(t *testing.T, b *model.Booking, a act, code string, details ...string) {
	t.Helper()
	before := b.State
	f := fault.From(a(t, b))
	if f == nil || f.Code != code {
		t.Errorf("got %v, want %s", f, code)
		return
	}
	for _, d := range details {
		if f.Details[d] == nil {
			t.Errorf("%s without %s: %v", code, d, f.Details)
		}
	}
	if b.State != before {
		t.Errorf("refused, but moved to %s", b.State)
	}
}

func TestBooking_change(t *testing.T) {
	t.Parallel()
	t.Run("until_30_minutes_before", func(t *testing.T) {
		t.Parallel()
		play(t, newBooking(t), cancel(visitor, day("09:30")))
		refused(t, newBooking(t), cancel(visitor, day("09:31")), "too_late_to_change", "until")
		refused(t, newBooking(t), move(visitor, "2026-11-27:0900", day("09:31")), "too_late_to_change", "until")
		play(t, newBooking(t), cancel(counterK, day("09:50"))) // who comes to the counter and says so
	})
	t.Run("two_reschedules", func(t *testing.T) {
		t.Parallel()
		b := newBooking(t)
		id := b.ID
		play(t, b, move(visitor, "2026-11-27:0900", bookedAt), move(visitor, "2026-11-27:1400", bookedAt))
		if b.ID != id || b.QRVersion != 3 || b.Slot != "hall-440300-1:2026-11-27:1400" {
			t.Errorf("moved: %+v", b)
		}
		if err := b.QRLive(1); fault.Code(err) != "qr_revoked" {
			t.Errorf("the first code: %v", err)
		}
		last := b.Outbox[len(b.Outbox)-1]
		if last.Ref["old_slot"] != "hall-440300-1:2026-11-27:0900" || last.Ref["slot"] != b.Slot {
			t.Errorf("told: %v", last.Ref)
		}
		refused(t, b, move(visitor, "2026-11-27:1500", bookedAt), "reschedule_limit", "limit")
	})
	t.Run("not_to_a_closed_slot", func(t *testing.T) {
		t.Parallel()
		refused(t, newBooking(t), move(visitor, "2026-11-24:1000", "2026-11-24 09:45"), "booking_closed", "closed_at")
		refused(t, newBooking(t), move(visitor, "2026-12-10:1000", bookedAt), "not_found")
	})
	t.Run("displaced_is_a_free_choice", func(t *testing.T) {
		t.Parallel()
		b := newBooking(t)
		play(t, b, move(visitor, "2026-11-27:0900", bookedAt), move(visitor, "2026-11-26:1000", bookedAt), displace(supervisor, day("09:50")))
		if !b.Urgent() {
			t.Error("it was to begin in ten minutes: an SMS goes out too")
		}
		if err := b.QRLive(b.QRVersion); fault.Code(err) != "qr_revoked" {
			t.Errorf("the code of a lost place: %v", err)
		}
		refused(t, b, checkIn(counterK, day("09:55")), "transition_not_allowed", "state", "next")
		play(t, b, move(visitor, "2026-11-30:0900", day("11:00")))
		if b.Reschedules != 2 || b.State != model.BookingBooked || b.FreeUntil != nil {
			t.Errorf("chosen again: %+v", b)
		}
	})
	t.Run("displaced_expires_after_seven_days", func(t *testing.T) {
		t.Parallel()
		b := newBooking(t)
		play(t, b, displace(model.System, bookedAt), tick("2026-12-01 09:59"))
		if b.State != model.BookingDisplaced || b.Urgent() {
			t.Fatalf("%s", b.State)
		}
		play(t, b, tick("2026-12-01 10:00"))
		if b.State != model.BookingCancelled || awake(b) {
			t.Errorf("%s, wake %v", b.State, b.Wake)
		}
	})
}

func TestBooking_check_in_window(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		state   model.BookingState
		act     act
		code    string
		details []string
	}{
		{"opens", model.BookingBooked, checkIn(counterK, day("09:30")), "", nil},
		{"closes", model.BookingBooked, checkIn(counterK, day("10:15")), "", nil},
		{"too_early", model.BookingBooked, checkIn(counterK, day("09:29")), "too_early", []string{"opens_at"}},
		{"too_late", model.BookingBooked, checkIn(counterK, day("10:16")), "too_late", []string{"closed_at"}},
		{"too_late_when_already_a_no_show", model.BookingNoShow, checkIn(counterK, day("10:20")), "too_late", []string{"ended"}},
		{"the_day_after_a_no_show", model.BookingNoShow, checkIn(counterK, "2026-11-27 10:00"), "booking_ended", []string{"ended"}},
		{"wrong_day", model.BookingBooked, checkIn(counterK, "2026-11-25 10:00"), "wrong_day", []string{"date"}},
		{"wrong_hall", model.BookingBooked, checkIn(elsewhere, day("10:00")), "wrong_hall", []string{"hall", "hall_name"}},
		{"cancelled", model.BookingCancelled, checkIn(counterK, day("10:00")), "booking_ended", []string{"ended"}},
		{"served", model.BookingServed, checkIn(counterK, day("11:00")), "booking_ended", []string{"ended"}},
		{"another_clerk", model.BookingCheckedIn, checkIn(colleague, day("10:00")), "transition_not_allowed", []string{"state", "event", "next"}},
		{"call_in_another_hall", model.BookingCheckedIn, call(elsewhere, day("10:00")), "wrong_hall", []string{"hall_name"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := inState(t, c.state)
			if c.code == "" {
				play(t, b, c.act)
				return
			}
			refused(t, b, c.act, c.code, c.details...)
		})
	}
}

func TestBooking_calls_and_misses(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return moment(t, day("10:00")).Add(time.Duration(s) * time.Second) }
	b := inState(t, model.BookingCheckedIn)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.Call(counterK, "K01", at(0)))
	if err := b.Call(colleague, "K02", at(29)); fault.Code(err) != "call_too_soon" {
		t.Errorf("another window after 29 s: %v", err)
	}
	must(b.Call(counterK, "K01", at(29))) // the same tap again
	if b.Calls != 1 {
		t.Errorf("%d calls", b.Calls)
	}
	must(b.Call(colleague, "K02", at(30)))
	must(b.Call(colleague, "K02", at(60)))
	if err := b.Call(colleague, "K02", at(90)); fault.Code(err) != "call_limit" || b.Calls != 3 {
		t.Errorf("a fourth call: %v, %d", err, b.Calls)
	}
	must(b.NotThere(colleague, at(91)))
	if b.State != model.BookingMissed || b.Misses != 1 {
		t.Fatalf("%s after the first miss", b.State)
	}
	must(b.CheckIn(counterK, "K001", "", at(3600))) // long after the window of check-in: the one return
	if b.State != model.BookingCheckedIn || b.Calls != 0 || b.Steps[len(b.Steps)-1].Event != model.EventReturn {
		t.Fatalf("returned: %+v", b)
	}
	must(b.Call(counterK, "K01", at(3700)))
	must(b.NotThere(counterK, at(3800)))
	if b.State != model.BookingNoShow || !b.Ended() {
		t.Errorf("%s after the second miss", b.State)
	}
	if err := b.CheckIn(counterK, "K001", "", at(3900)); fault.Code(err) != "booking_ended" {
		t.Errorf("there is one return: %v", err)
	}
}

func TestBooking_what_time_brings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state model.BookingState
		at    string
		want  model.BookingState
	}{
		{model.BookingBooked, day("10:15"), model.BookingBooked}, // the last minute of check-in
		{model.BookingBooked, day("10:16"), model.BookingNoShow},
		{model.BookingBooked, "2026-12-24 10:00", model.BookingNoShow}, // run late
		{model.BookingMissed, day("18:29"), model.BookingMissed},
		{model.BookingMissed, day("18:30"), model.BookingNoShow},
		{model.BookingServing, day("18:30"), model.BookingServed},
		{model.BookingCheckedIn, day("18:30"), model.BookingCancelled}, // they came: no penalty
		{model.BookingCalled, day("18:30"), model.BookingCancelled},
		{model.BookingServed, "2027-01-01", model.BookingServed},
		{model.BookingCancelled, "2027-01-01", model.BookingCancelled},
	} {
		b := inState(t, c.state)
		now := moment(t, c.at)
		changed := b.Tick(now)
		if b.State != c.want {
			t.Errorf("%s at %s: %s, want %s", c.state, c.at, b.State, c.want)
		}
		if again := b.Tick(now); again {
			t.Errorf("%s at %s: ticked twice", c.state, c.at)
		}
		if changed && b.Ended() == awake(b) || !b.Ended() && !b.Wake.After(now) {
			t.Errorf("%s at %s: wake %v", b.State, c.at, b.Wake)
		}
	}
}

func TestBooking_reminders(t *testing.T) {
	t.Parallel()
	leads := func(b *model.Booking) (out []string) {
		for _, e := range b.Outbox {
			if e.Ref["event"] == "reminder" {
				out = append(out, e.Ref["lead"])
			}
		}
		return out
	}
	t.Run("both", func(t *testing.T) {
		t.Parallel()
		b := newBooking(t)
		for _, when := range []string{"2026-11-25 18:00", day("08:00")} {
			if !b.Wake.Equal(moment(t, when)) {
				t.Fatalf("wakes at %s, want %s", b.Wake.In(model.Beijing), when)
			}
			play(t, b, tick(when), tick(when))
		}
		if got := leads(b); !slices.Equal(got, []string{"day", "hours"}) {
			t.Errorf("reminded %v", got)
		}
	})
	t.Run("late_worker", func(t *testing.T) {
		t.Parallel()
		b := newBooking(t)
		play(t, b, tick(day("09:59")))
		if got := leads(b); !slices.Equal(got, []string{"day", "hours"}) || b.State != model.BookingBooked {
			t.Errorf("reminded %v, %s", got, b.State)
		}
	})
	t.Run("booked_for_today", func(t *testing.T) {
		t.Parallel()
		b := newBooking(t, func(p *model.BookingPlan) { p.Slot = slotAt(t, "2026-11-24:1100") })
		play(t, b, tick("2026-11-24 10:59"))
		if got := leads(b); len(got) != 0 {
			t.Errorf("the confirmation has just said it: %v", got)
		}
	})
	t.Run("anew_after_a_reschedule", func(t *testing.T) {
		t.Parallel()
		b := newBooking(t)
		play(t, b, tick("2026-11-25 18:00"), move(visitor, "2026-11-30:0900", "2026-11-25 19:00"), tick("2026-11-29 18:00"), tick("2026-11-30 07:00"))
		if got := leads(b); !slices.Equal(got, []string{"day", "day", "hours"}) {
			t.Errorf("reminded %v", got)
		}
	})
}

func TestPurposeOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state string
		mode  model.Mode
		want  model.Purpose
	}{
		{"draft", model.ModeWindow, model.PurposeHandIn}, {"draft", model.ModeOnline, ""}, {"draft", model.ModeKiosk, ""},
		{"materials_lost", model.ModeWindow, model.PurposeHandIn}, {"awaiting_correction", model.ModeOnline, model.PurposeSupplement},
		{"awaiting_supplement", model.ModeWindow, model.PurposeSupplement}, {"ready_for_pickup", model.ModeOnline, model.PurposePickUp},
		{"received", model.ModeWindow, ""}, {"accepted", model.ModeWindow, ""}, {"closed", model.ModeWindow, ""}, {"", "", ""},
	} {
		got, err := model.PurposeOf(c.state, c.mode)
		if got != c.want || (err == nil) != (c.want != "") || err != nil && fault.Code(err) != "matter_not_bookable" {
			t.Errorf("%s by %s: %q %v", c.state, c.mode, got, err)
		}
	}
}

func TestBooking_follows_its_matter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from         model.BookingState
		event, state string
		want         model.BookingState
	}{
		{model.BookingServing, "receive", "received", model.BookingServed},
		{model.BookingServing, "turn_back", "draft", model.BookingServed},
		{model.BookingCheckedIn, "receive", "received", model.BookingServed}, // received without the button "serve"
		{model.BookingBooked, "receive", "received", model.BookingCancelled}, // served as a walk-in
		{model.BookingBooked, "turn_back", "draft", model.BookingBooked},     // the appointment still has its point
		{model.BookingBooked, "put_material", "draft", model.BookingBooked},
		{model.BookingBooked, "withdraw", "withdrawn", model.BookingCancelled},
		{model.BookingDisplaced, "withdraw", "withdrawn", model.BookingCancelled},
		{model.BookingMissed, "withdraw", "withdrawn", model.BookingCancelled},
		{model.BookingServing, "withdraw", "withdrawn", model.BookingServed},
		{model.BookingServed, "forward_mail", "in_transit", model.BookingServed},
		{model.BookingNoShow, "withdraw", "withdrawn", model.BookingNoShow},
	} {
		b := inState(t, c.from)
		changed := b.MatterMoved(c.event, c.state, model.ModeWindow, moment(t, day("10:10")))
		if b.State != c.want || changed != (c.from != c.want) {
			t.Errorf("%s, matter %s: %s (changed %v), want %s", c.from, c.event, b.State, changed, c.want)
		}
		if b.State == model.BookingCancelled && b.Outbox[len(b.Outbox)-1].Ref["reason"] != "matter_"+c.event {
			t.Errorf("told %v", b.Outbox[len(b.Outbox)-1].Ref)
		}
	}
}

func TestBooking_waived_no_show(t *testing.T) {
	t.Parallel()
	now := moment(t, day("15:00"))
	b := inState(t, model.BookingNoShow)
	for _, c := range []struct {
		by     model.Actor
		reason string
		code   string
	}{{visitor, "堵车", "forbidden"}, {counterK, "堵车", "forbidden"}, {supervisor, "", "reason_required"}, {supervisor, "大厅电梯故障", ""}, {supervisor, "再来一次", ""}} {
		if err := b.WaiveNoShow(c.by, c.reason, now); fault.Code(err) != c.code {
			t.Errorf("%s %q: %v, want %q", c.by.Role, c.reason, err, c.code)
		}
	}
	if b.Waived != "大厅电梯故障" || b.Outbox[len(b.Outbox)-1].Ref["event"] != "waived" || b.Outbox[len(b.Outbox)-1].Ref["reason"] != "" {
		t.Errorf("waived %q, told %v", b.Waived, b.Outbox[len(b.Outbox)-1].Ref)
	}
	if err := newBooking(t).WaiveNoShow(supervisor, "x", now); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("nothing to forgive: %v", err)
	}
}

// What people write stays in the document; only codes and ids go through the queue.
func TestBooking_events_carry_no_words(t *testing.T) {
	t.Parallel()
	b := newBooking(t)
	play(t, b, displace(supervisor, bookedAt), cancel(visitor, bookedAt))
	for _, e := range b.Outbox {
		if r := e.Ref["reason"]; r != "" {
			t.Errorf("%s carries %q", e.Ref["event"], r)
		}
	}
	if b.Steps[1].Note != "设备检修" || b.Steps[2].Note != "行程有变" {
		t.Errorf("steps: %+v", b.Steps)
	}
}

func TestBookingID(t *testing.T) {
	t.Parallel()
	for in, want := range map[[8]byte]string{
		{}:                                       "YY0000000000000",
		{7: 1}:                                   "YY0000000000001",
		{7: 31}:                                  "YY000000000000Z",
		{255, 255, 255, 255, 255, 255, 255, 255}: "YYFZZZZZZZZZZZZ",
	} {
		if got := model.BookingID(in); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
	id := model.BookingID([8]byte{0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4})
	for _, typed := range []string{id, "yy" + id[2:], id[:5] + " " + id[5:9] + "-" + id[9:]} {
		if got, ok := model.NormalBookingID(typed); !ok || got != id {
			t.Errorf("%q reads as %q", typed, got)
		}
	}
	if got, ok := model.NormalBookingID("ＹＹ00000000000ol"); !ok || got != "YY0000000000001" {
		t.Errorf("o and l: %q", got)
	}
	for _, bad := range []string{"", "YY", "XX0000000000000", "YY000000000000", "YY00000000000000", "YYG000000000000", "YY00000000000U0", "YY0000000000*00"} {
		if got, ok := model.NormalBookingID(bad); ok {
			t.Errorf("%q was taken as %s", bad, got)
		}
	}
	seen := map[string]bool{}
	for i := range 1000 {
		seen[model.BookingID([8]byte{byte(i), byte(i >> 8)})] = true
	}
	if len(seen) != 1000 {
		t.Error("different bytes, the same id")
	}
}
