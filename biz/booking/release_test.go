package booking_test

import (
	"testing"
	"time"

	"kuacheng/model"
)

// TestService_Release: who was called by a clerk that leaves is called by another, and has missed nothing.
func TestService_Release(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	b := o.mustBook("p1-a", slot)
	o.clock.set(time.Date(2026, 11, 26, 1, 50, 0, 0, time.UTC))
	clerk := model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk", Org: "440300-ZS", Region: "440300", Hall: hall}
	second := clerk
	second.ID = "second"
	if _, err := o.CheckIn(ctx, clerk, b.ID, ""); err != nil {
		t.Fatal(err)
	}
	walk, err := o.TakeTicket(ctx, clerk, "p2-a", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{b.ID, walk.Ticket} {
		if _, err := o.Call(ctx, clerk, id, ""); err != nil {
			t.Fatal(err)
		}
	}
	o.carryOut()
	if called, err := o.CalledBy(ctx, hall, "clerk"); err != nil || len(called) != 2 {
		t.Fatalf("%d called, %v", len(called), err)
	}
	for range 2 {
		if err := o.Release(ctx, hall, "clerk"); err != nil {
			t.Fatal(err)
		}
		o.carryOut()
	}
	if called, err := o.CalledBy(ctx, hall, "clerk"); err != nil || len(called) != 0 {
		t.Fatalf("%d still called, %v", len(called), err)
	}
	day, err := o.Day(ctx, hall, "2026-11-26")
	if err != nil || len(day) != 2 || day[0].State != model.BookingCheckedIn || day[1].State != model.BookingCheckedIn {
		t.Fatalf("%+v, %v", day, err)
	}
	for _, x := range day {
		if _, err := o.Call(ctx, second, x.ID, ""); err != nil {
			t.Errorf("%s: %v", x.ID, err)
		}
	}
}
