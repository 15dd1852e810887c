package model_test

import (
	"fmt"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// entry is a booking of matter m at so many half-hours from slotNow.
func entry(booking, matter string, at int) model.AgendaEntry {
	starts := slotNow.Add(time.Duration(at) * 30 * time.Minute)
	return model.AgendaEntry{Booking: booking, Matter: matter, Starts: starts, Ends: starts.Add(30 * time.Minute)}
}

func admit(t *testing.T, a *model.Agenda, e model.AgendaEntry, code string) {
	t.Helper()
	if err := a.Admit(e, slotNow); fault.Code(err) != code {
		t.Errorf("%s for %s at %s: %v, want %q", e.Booking, e.Matter, e.Starts.In(model.Beijing).Format("15:04"), err, code)
	}
}

func TestAgenda_one_at_a_time(t *testing.T) {
	t.Parallel()
	a := model.NewAgenda("p1")
	admit(t, a, entry("b1", "m1", 4), "")
	admit(t, a, entry("b1", "m1", 4), "")               // the same again
	admit(t, a, entry("b2", "m1", 8), "already_booked") // one live booking for a matter
	admit(t, a, entry("b2", "m2", 4), "already_booked") // one for a time
	half := entry("b2", "m2", 4)
	half.Starts, half.Ends = half.Starts.Add(15*time.Minute), half.Ends.Add(15*time.Minute)
	admit(t, a, half, "already_booked") // overlapping is enough
	admit(t, a, entry("b2", "m2", 5), "")
	admit(t, a, entry("b1", "m1", 5), "already_booked") // moved onto the other
	admit(t, a, entry("b1", "m1", 6), "")               // moved away
	admit(t, a, entry("b3", "m3", 4), "already_booked") // until the move is known to have happened, both times
	admit(t, a, entry("b3", "m3", 6), "already_booked") // are taken
	admit(t, a, entry("b1", "m1", 6), "")               // the same move again
	admit(t, a, entry("b1", "m1", 7), "too_many_requests")
	if !a.Drop("b2") || a.Drop("b2") {
		t.Error("dropped once")
	}
}

func TestAgenda_moves(t *testing.T) {
	t.Parallel()
	moving := func(t *testing.T) (*model.Agenda, *model.Booking) {
		a, b := model.NewAgenda("p1"), newBooking(t)
		if err := a.Admit(model.AgendaEntry{Booking: b.ID, Matter: b.Matter, Starts: b.Starts, Ends: b.Ends}, slotNow); err != nil {
			t.Fatal(err)
		}
		a.Follow(b.ID, b)
		admit(t, a, model.AgendaEntry{Booking: b.ID, Matter: b.Matter, Starts: slotAt(t, "2026-11-27:0900").Starts, Ends: slotAt(t, "2026-11-27:0900").Ends}, "")
		return a, b
	}
	other := func(t *testing.T, slot string) model.AgendaEntry {
		st := slotAt(t, slot)
		return model.AgendaEntry{Booking: "b2", Matter: "m2", Starts: st.Starts, Ends: st.Ends}
	}
	t.Run("done", func(t *testing.T) {
		t.Parallel()
		a, b := moving(t)
		a.Follow(b.ID, b) // an event of before
		admit(t, a, other(t, "2026-11-27:0900"), "already_booked")
		play(t, b, move(visitor, "2026-11-27:0900", bookedAt))
		b.Rev++
		a.Follow(b.ID, b)
		admit(t, a, other(t, "2026-11-27:0900"), "already_booked")
		admit(t, a, other(t, "2026-11-26:1000"), "") // the old time is free
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		a, b := moving(t)
		a.Abandon(b.ID)
		admit(t, a, other(t, "2026-11-26:1000"), "already_booked")
		admit(t, a, other(t, "2026-11-27:0900"), "")
	})
	t.Run("never_made", func(t *testing.T) {
		t.Parallel()
		a := model.NewAgenda("p1")
		admit(t, a, entry("b1", "m1", 4), "")
		a.Abandon("b1")
		a.Abandon("b1")
		if len(a.Live) != 0 || a.Wake != nil {
			t.Errorf("still there: %+v", a.Live)
		}
	})
	t.Run("died", func(t *testing.T) {
		t.Parallel()
		a, b := moving(t)
		if d := a.Doubtful(slotNow.Add(model.SeatDoubt)); len(d) != 1 || !a.Wake.Equal(slotNow.Add(model.SeatDoubt)) {
			t.Fatalf("in doubt %v, wake %v", d, a.Wake)
		}
		a.Resolve(b.ID, b, slotNow.Add(model.SeatDoubt-1))
		admit(t, a, other(t, "2026-11-27:0900"), "already_booked")
		a.Resolve(b.ID, b, slotNow.Add(model.SeatDoubt))
		admit(t, a, other(t, "2026-11-27:0900"), "")
	})
	t.Run("an_older_look_changes_nothing", func(t *testing.T) {
		t.Parallel()
		a, b := moving(t)
		old := *b
		play(t, b, move(visitor, "2026-11-27:0900", bookedAt))
		b.Rev++
		a.Follow(b.ID, b)
		a.Follow(b.ID, &old)
		if e := a.Live[0]; !e.Starts.Equal(b.Starts) || e.Move != nil {
			t.Errorf("back at %+v", e)
		}
	})
}

func TestAgenda_at_most(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		a     *model.Agenda
		limit int
	}{{"applicant", model.NewAgenda("p1"), 5}, {"agent", model.NewAgentAgenda("p1"), 10}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for i := range c.limit {
				admit(t, c.a, entry(fmt.Sprint("b", i), fmt.Sprint("m", i), i), "")
			}
			admit(t, c.a, entry("b99", "m99", 99), "too_many_bookings")
			admit(t, c.a, entry("b0", "m0", 50), "") // a reschedule is no further booking
		})
	}
	t.Run("agents_may_overlap", func(t *testing.T) {
		t.Parallel()
		a := model.NewAgentAgenda("p1")
		admit(t, a, entry("b1", "m1", 3), "")
		admit(t, a, entry("b2", "m2", 3), "")
		admit(t, a, entry("b3", "m2", 4), "already_booked")
	})
}

func TestAgenda_no_shows(t *testing.T) {
	t.Parallel()
	r := model.DefaultBookingRules
	day := func(n int) time.Time { return slotNow.AddDate(0, 0, n) }
	t.Run("three_block_for_thirty_days", func(t *testing.T) {
		t.Parallel()
		a := model.NewAgenda("p1")
		a.CountNoShow("b1", day(0), r)
		a.CountNoShow("b1", day(1), r) // told twice
		a.CountNoShow("b2", day(30), r)
		if a.Blocked(day(30)) {
			t.Error("two do not block")
		}
		a.CountNoShow("b3", day(89), r)
		if !a.Blocked(day(89)) || len(a.Outbox) != 1 || a.Outbox[0].Ref["event"] != "blocked" {
			t.Fatalf("three in 90 days block: %v, outbox %v", a.BlockedUntil, a.Outbox)
		}
		err := a.Admit(entry("b4", "m4", 9), day(90))
		if f := fault.From(err); f.Code != "booking_blocked" || f.Details["until"] == nil {
			t.Errorf("blocked: %v %v", err, f.Details)
		}
		if until := model.DateOf(*a.BlockedUntil); until != model.DateOf(day(119)) || a.Blocked(day(120)) {
			t.Errorf("until %s", until)
		}
	})
	t.Run("the_window_rolls", func(t *testing.T) {
		t.Parallel()
		a := model.NewAgenda("p1")
		a.CountNoShow("b1", day(0), r)
		a.CountNoShow("b2", day(45), r)
		a.CountNoShow("b3", day(90), r)
		if a.Blocked(day(90)) || len(a.NoShows) != 2 {
			t.Errorf("the first is out of the window: %v", a.NoShows)
		}
	})
	t.Run("waived", func(t *testing.T) {
		t.Parallel()
		a := model.NewAgenda("p1")
		for i := range 3 {
			a.CountNoShow(fmt.Sprint("b", i), day(i), r)
		}
		if !a.WaiveNoShow("b2", r) || a.WaiveNoShow("b2", r) || a.Blocked(day(3)) {
			t.Errorf("forgiven once, and the block with it: %v", a.BlockedUntil)
		}
	})
	t.Run("a_block_does_not_touch_what_is_booked", func(t *testing.T) {
		t.Parallel()
		a := model.NewAgenda("p1")
		if err := a.Admit(entry("b9", "m9", 9), slotNow); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			a.CountNoShow(fmt.Sprint("b", i), day(0), r)
		}
		if err := a.Admit(entry("b9", "m9", 12), day(0)); err != nil {
			t.Errorf("a reschedule: %v", err)
		}
	})
}

func TestAgenda_follows_bookings(t *testing.T) {
	t.Parallel()
	a, b := model.NewAgenda("p1"), newBooking(t)
	admit(t, a, entry(b.ID, "other", 3), "")
	if d := a.Doubtful(slotNow.Add(model.SeatDoubt)); len(d) != 1 || a.Wake == nil {
		t.Fatalf("in doubt: %v, wake %v", d, a.Wake)
	}
	a.Follow(b.ID, b)
	if e := a.Live[0]; e.Matter != b.Matter || !e.Starts.Equal(b.Starts) || !e.Confirmed || a.Wake != nil {
		t.Errorf("followed: %+v, wake %v", e, a.Wake)
	}
	if err := b.Displace(model.System, "hall_shut", slotNow); err != nil {
		t.Fatal(err)
	}
	a.Follow(b.ID, b)
	if !a.Live[0].Starts.IsZero() {
		t.Error("a displaced booking has no time, but is live")
	}
	admit(t, a, entry("b2", b.Matter, 9), "already_booked")
	if err := b.Cancel(visitor, "", slotNow); err != nil {
		t.Fatal(err)
	}
	a.Follow(b.ID, b)
	a.Follow("ghost", nil)
	if len(a.Live) != 0 {
		t.Errorf("ended: %+v", a.Live)
	}
}
