package booking_test

import (
	"testing"

	"kuacheng/model"
)

// TestService_Reown gives the bookings of one account to another that is the same person, stopped and begun again.
func TestService_Reown(t *testing.T) {
	t.Parallel()
	const from, to, later = "of p1", "of p2", hall + ":2026-11-26:1100"
	o := newOffice(t)
	mine, theirs := o.mustBook("p1-a", slot), o.mustBook("p2-a", later)
	left := o.left(slot)
	for range 2 {
		if err := o.Reown(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
		o.carryOut()
	}
	page, err := o.Mine(t.Context(), to, "", 10, "")
	if err != nil || len(page.Items) != 2 || page.Items[0].ID != theirs.ID || page.Items[1].ID != mine.ID {
		t.Fatalf("%d bookings, %v", len(page.Items), err)
	}
	if page, err := o.Mine(t.Context(), from, "", 10, ""); err != nil || len(page.Items) != 0 {
		t.Errorf("the old account keeps %d, %v", len(page.Items), err)
	}
	if o.left(slot) != left {
		t.Errorf("the seat: %d left, want %d", o.left(slot), left)
	}
	_, err = o.book("p2-b", slot) // their agenda is one now
	wants(t, err, "already_booked")
	if _, err := o.Cancel(t.Context(), citizen(from), mine.ID, ""); err == nil {
		t.Error("the old account cancels what it gave away")
	}
	if b, err := o.Cancel(t.Context(), citizen(to), mine.ID, ""); err != nil || b.State != model.BookingCancelled {
		t.Fatalf("%v", err)
	}
	o.carryOut()
	if o.left(slot) != left+1 {
		t.Errorf("after cancelling %d are left, want %d", o.left(slot), left+1)
	}
	o.mustBook("p2-b", slot) // and free again
}
