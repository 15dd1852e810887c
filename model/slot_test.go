package model_test

import (
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

var slotNow = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC) // 09:00 in Beijing

func sampleSlot(id string) *model.Slot {
	return model.NewSlot(model.SlotTime{ID: id, Hall: "hall-440300-1", Date: "2026-11-26", Starts: slotNow.Add(48 * time.Hour), Ends: slotNow.Add(48*time.Hour + 30*time.Minute)})
}

func seat(booking, applicant string) model.Seat {
	return model.Seat{Booking: booking, Applicant: applicant, Department: "RS"}
}

func mustTake(t *testing.T, s *model.Slot, x model.Seat, c model.Capacity, now time.Time) {
	t.Helper()
	if _, err := s.TakeSeat(x, c, now); err != nil {
		t.Fatalf("taking a seat for %s: %v", x.Booking, err)
	}
}

func TestSlot_seats(t *testing.T) {
	t.Parallel()
	s, two := sampleSlot("s"), model.Capacity{window("A")}
	mustTake(t, s, seat("b1", "p1"), two, slotNow)
	if fresh, err := s.TakeSeat(seat("b1", "p1"), two, slotNow.Add(time.Second)); fresh || err != nil || len(s.Seats) != 1 {
		t.Errorf("the same booking again: fresh %v, %v, %d seats", fresh, err, len(s.Seats))
	}
	if _, err := s.TakeSeat(seat("b2", "p1"), two, slotNow); fault.Code(err) != "already_booked" || fault.From(err).Details["booking"] != "b1" {
		t.Errorf("the same person: %v", err)
	}
	mustTake(t, s, seat("b3", "p3"), two, slotNow)
	if _, err := s.TakeSeat(seat("b4", "p4"), two, slotNow); fault.Code(err) != "slot_full" {
		t.Errorf("full: %v", err)
	}
	if fresh, err := s.TakeSeat(seat("b1", "p1"), two, slotNow); fresh || err != nil {
		t.Errorf("who has a seat keeps it in a full slot: %v", err)
	}
	if !s.FreeSeat("b1") || s.FreeSeat("b1") {
		t.Error("a seat is given back once")
	}
	mustTake(t, s, seat("b4", "p4"), two, slotNow)
	if s.Left(two, "RS", slotNow) != 0 {
		t.Errorf("left %d", s.Left(two, "RS", slotNow))
	}
	var nobody *model.Slot
	if nobody.Left(two, "RS", slotNow) != 2 {
		t.Error("a slot that nobody booked has no document")
	}
}

func TestSlot_doubtful_seats_wake_it(t *testing.T) {
	t.Parallel()
	s, c := sampleSlot("s"), model.Capacity{window("A")}
	mustTake(t, s, seat("b1", "p1"), c, slotNow)
	mustTake(t, s, seat("b2", "p2"), c, slotNow.Add(20*time.Second))
	if s.Wake == nil || !s.Wake.Equal(slotNow.Add(model.SeatDoubt)) {
		t.Fatalf("wake %v", s.Wake)
	}
	if !s.Confirm("b1") || s.Confirm("b9") {
		t.Error("confirm finds its seat, and no other")
	}
	if !s.Wake.Equal(slotNow.Add(model.SeatDoubt + 20*time.Second)) {
		t.Errorf("then the next one: %v", s.Wake)
	}
	if d := s.Doubtful(slotNow.Add(79 * time.Second)); len(d) != 0 {
		t.Errorf("not yet: %v", d)
	}
	if d := s.Doubtful(slotNow.Add(80 * time.Second)); len(d) != 1 || d[0].Booking != "b2" {
		t.Errorf("in doubt: %v", d)
	}
	s.FreeSeat("b2")
	if s.Wake != nil {
		t.Errorf("nothing to wait for, wake %v", s.Wake)
	}
}

func TestSlot_held_places(t *testing.T) {
	t.Parallel()
	s, c := sampleSlot("s"), model.Capacity{window("A")}
	until := slotNow.Add(2 * time.Hour)
	if err := s.Hold(seat("b1", "p1"), c, until, slotNow); err != nil {
		t.Fatal(err)
	}
	mustTake(t, s, seat("b2", "p2"), c, slotNow)
	s.Confirm("b2")
	if _, err := s.TakeSeat(seat("b3", "p3"), c, slotNow.Add(time.Hour)); fault.Code(err) != "slot_full" {
		t.Errorf("a held place is taken: %v", err)
	}
	if s.Confirm("b1") {
		t.Error("a held place is no seat")
	}
	if fresh, err := s.TakeSeat(seat("b1", "p1"), c, slotNow.Add(time.Hour)); !fresh || err != nil {
		t.Errorf("whose it is takes it: %v", err)
	}
	s.FreeSeat("b1")
	if err := s.Hold(seat("b1", "p1"), c, until, slotNow); err != nil || s.Wake == nil || !s.Wake.Equal(until) {
		t.Errorf("held until %v, wake %v, %v", until, s.Wake, err)
	}
	if s.Left(c, "RS", until) != 1 {
		t.Error("a lapsed hold is free")
	}
	mustTake(t, s, seat("b3", "p3"), c, until)
	if err := s.Hold(seat("b4", "p4"), c, until.Add(time.Hour), until); fault.Code(err) != "slot_full" {
		t.Errorf("nothing to hold: %v", err)
	}
}

func TestSlot_excess_latest_first(t *testing.T) {
	t.Parallel()
	before := model.Capacity{window("A", serving("RS")), window("B", serving("GA"))}
	s := sampleSlot("s")
	for i, x := range []model.Seat{
		{Booking: "r1", Applicant: "1", Department: "RS"}, {Booking: "g1", Applicant: "2", Department: "GA"},
		{Booking: "r2", Applicant: "3", Department: "RS"}, {Booking: "g2", Applicant: "4", Department: "GA"},
	} {
		mustTake(t, s, x, before, slotNow.Add(time.Duration(i)*time.Second))
	}
	if got := s.Excess(before); len(got) != 0 {
		t.Errorf("all fit: %v", got)
	}
	one := model.Capacity{window("A", serving("RS"), places(1)), window("B", serving("GA"))}
	if got := s.Excess(one); len(got) != 1 || got[0].Booking != "r2" {
		t.Errorf("one window of RS lost a place: %v", got)
	}
	if got := s.Excess(model.Capacity{window("B", serving("GA"))}); len(got) != 2 || got[0].Booking != "r2" || got[1].Booking != "r1" {
		t.Errorf("RS has no window: %v", got)
	}
	if s.Left(one, "RS", slotNow) != 0 || len(s.Seats) != 4 {
		t.Error("what is booked stands, and left is never negative")
	}
}

func TestBookingRules_bookable(t *testing.T) {
	t.Parallel()
	h, s, cal := sampleHall(), schedule(), newCalendar(t)
	r := model.DefaultBookingRules
	for _, c := range []struct{ id, now, code string }{
		{"hall-440300-1:2026-11-24:0930", "2026-11-24 09:00", ""}, // exactly 30 minutes before
		{"hall-440300-1:2026-11-24:0930", "2026-11-24 09:01", "booking_closed"},
		{"hall-440300-1:2026-11-24:0930", "2026-11-24 09:29", "booking_closed"},
		{"hall-440300-1:2026-11-24:0930", "2026-11-24 09:30", "not_found"}, // past time does not exist
		{"hall-440300-1:2026-11-24:0930", "2026-11-25 08:00", "not_found"},
		{"hall-440300-1:2026-12-08:1700", "2026-11-24 00:00", ""}, // the 14th day
		{"hall-440300-1:2026-12-09:0900", "2026-11-24 23:59", "not_found"},
	} {
		st, ok := h.Slot(s, cal, c.id)
		if !ok {
			t.Fatalf("no slot %s", c.id)
		}
		if err := r.Bookable(st, moment(t, c.now)); fault.Code(err) != c.code {
			t.Errorf("%s at %s: %v, want %q", c.id, c.now, err, c.code)
		}
	}
}
