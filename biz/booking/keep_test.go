package booking_test

import (
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// A year after its day, a booking is gone with its slot and the line of its day; the one of today is not.
func TestWake_forgets(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.mustBook("p0-a", slot)
	if _, err := o.Cancel(t.Context(), citizen("of p0"), b.ID, "改日"); err != nil {
		t.Fatal(err)
	}
	o.clock.set(o.clock.Now().Add(360 * 24 * time.Hour))
	if err := o.WakeBooking(t.Context(), b.ID); err != nil {
		t.Fatal(err)
	}
	o.displaced(b) // still there
	o.clock.set(o.clock.Now().Add(10 * 24 * time.Hour))
	for range 2 {
		if err := o.WakeBooking(t.Context(), b.ID); err != nil {
			t.Fatal(err)
		}
		if err := o.WakeQueue(t.Context(), model.QueueID(hall, b.Date)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.Get(t.Context(), model.System, b.ID); fault.Code(err) != "not_found" {
		t.Errorf("after a year: %v", err)
	}
}
