package e2e

import (
	"testing"
	"time"
)

// TestBooking_rush lets thirty people tap at one slot: exactly its capacity is booked, and everybody else is told
// that it is full.
func TestBooking_rush(t *testing.T) {
	t.Parallel()
	s := own(t)
	free := s.free(t, hallHere, s.now(t))
	x := free[len(free)-1]
	const crowd = 30
	type person struct {
		caller
		no string
	}
	crowded := make([]person, crowd)
	for i := range crowded {
		c, _ := s.citizen(t)
		crowded[i] = person{c, c.start(t, "window", "mail").No}
	}
	booked := 0
	for i, a := range volley(t, crowd, func(i int) (answer, error) {
		return crowded[i].try("POST", "/api/v1/bookings", map[string]string{"matter_no": crowded[i].no, "slot_id": x.ID})
	}) {
		if a.status == 201 {
			booked++
			continue
		}
		a.refused(t, 409, "slot_full")
		if b := crowded[i].matter(t, crowded[i].no).Booking; b != nil {
			t.Errorf("refused, and yet booked: %+v", b)
		}
	}
	if booked != x.Capacity || s.left(t, hallHere, x) != 0 {
		t.Errorf("%d booked of %d, %d left", booked, x.Capacity, s.left(t, hallHere, x))
	}
}

func TestBooking_changes(t *testing.T) {
	t.Parallel()
	s := shared(t)
	free := s.free(t, hallHere, s.now(t))
	c, _ := s.citizen(t)
	m := c.start(t, "window", "mail")
	full := fill(t, s, free[1])
	b := c.book(t, m.No, free[2])
	c.call(t, "POST", "/api/v1/bookings/"+b.ID+"/reschedule", map[string]string{"slot_id": full.ID}).refused(t, 409, "slot_full")
	var now booking
	c.get(t, "/api/v1/bookings/"+b.ID, &now)
	if now.State != "booked" || now.Slot.ID != free[2].ID || now.QR == nil || now.QR.Token != b.QR.Token {
		t.Errorf("a full slot must leave the booking as it was: %+v", now)
	}
	before := s.left(t, hallHere, free[2])
	c.post(t, "/api/v1/bookings/"+b.ID+"/reschedule", map[string]string{"slot_id": free[3].ID}, &now)
	if now.ID != b.ID || now.Slot.ID != free[3].ID || now.QR.Token == b.QR.Token {
		t.Errorf("rescheduled: %+v", now)
	}
	if after := s.left(t, hallHere, free[2]); after != before+1 {
		t.Errorf("the old seat is not free: %d, then %d", before, after)
	}
	s.nobody().call(t, "GET", "/q/"+b.QR.Token, nil).refused(t, 410, "qr_revoked")
	s.staff(t, "clerk").call(t, "POST", "/api/v1/counter/scan", map[string]string{"qr": b.QR.URL}).refused(t, 410, "qr_revoked")
	s.nobody().get(t, "/q/"+now.QR.Token, nil)
	c.post(t, "/api/v1/bookings/"+b.ID+"/reschedule", map[string]string{"slot_id": free[2].ID}, &now)
	c.call(t, "POST", "/api/v1/bookings/"+b.ID+"/reschedule", map[string]string{"slot_id": free[3].ID}).refused(t, 409, "reschedule_limit")
	var first, second booking
	c.post(t, "/api/v1/bookings/"+b.ID+"/cancel", nil, &first)
	c.post(t, "/api/v1/bookings/"+b.ID+"/cancel", nil, &second)
	if first.State != "cancelled" || second.State != "cancelled" {
		t.Errorf("cancelled twice: %s, %s", first.State, second.State)
	}
	c.told(t, "booking_cancelled", b.ID)
	if n := c.notices(t, "booking_cancelled", b.ID); n != 1 {
		t.Errorf("two taps gave %d notices", n)
	}
	c.call(t, "POST", "/api/v1/bookings/"+b.ID+"/reschedule", map[string]string{"slot_id": free[3].ID}).refused(t, 409, "transition_not_allowed")
}

// fill takes all places of a slot.
func fill(t *testing.T, s *server, x slot) slot {
	t.Helper()
	for s.left(t, hallHere, x) > 0 {
		c, _ := s.citizen(t)
		c.call(t, "POST", "/api/v1/bookings", map[string]string{"matter_no": c.start(t, "window", "mail").No, "slot_id": x.ID})
	}
	return x
}

// TestBooking_withdrawn: a matter that ends takes its booking with it.
func TestBooking_withdrawn(t *testing.T) {
	t.Parallel()
	s := shared(t)
	free := s.free(t, hallHere, s.now(t))
	x := free[len(free)-3]
	c, _ := s.citizen(t)
	m := c.start(t, "window", "mail")
	b := c.book(t, m.No, x)
	c.call(t, "POST", "/api/v1/bookings", map[string]string{"matter_no": m.No, "slot_id": free[0].ID}).refused(t, 409, "already_booked")
	c.post(t, "/api/v1/matters/"+m.No+"/withdraw", map[string]any{"reason": "不办了"}, &m)
	if m.State != "withdrawn" {
		t.Fatalf("matter %s", m.State)
	}
	eventually(t, "the booking is cancelled", func() bool {
		c.get(t, "/api/v1/bookings/"+b.ID, &b)
		return b.State == "cancelled"
	})
	c.told(t, "booking_cancelled", b.ID)
}

// TestBooking_day plays a day at the hall by the server's clock.
func TestBooking_day(t *testing.T) {
	t.Parallel()
	s := own(t)
	free := s.free(t, hallHere, s.now(t))
	x := free[0]
	early, user := s.citizen(t)
	late, lateUser := s.citizen(t)
	walker, _ := s.citizen(t)
	b := early.book(t, early.start(t, "window", "mail").No, x)
	missed := late.book(t, late.start(t, "window", "mail").No, x)
	missedCode := missed.QR.URL // an ended booking shows none
	walkIn := walker.start(t, "window", "mail")

	clerk := s.staff(t, "clerk")
	clerk.call(t, "POST", "/api/v1/counter/bookings/"+b.ID+"/check-in", map[string]any{}).refused(t, 409, "wrong_day")
	s.advanceTo(t, x.StartsAt.Add(-31*time.Minute))
	clerk, elsewhere := s.staff(t, "clerk"), s.staff(t, "clerk-shanwei")
	f := clerk.call(t, "POST", "/api/v1/counter/bookings/"+b.ID+"/check-in", map[string]any{}).refused(t, 409, "too_early")
	if f.Details["opens_at"] == nil {
		t.Errorf("too_early should say when: %v", f.Details)
	}
	s.advanceTo(t, x.StartsAt.Add(-10*time.Minute))
	early = s.login(t, user)
	early.call(t, "POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).refused(t, 409, "too_late_to_change")
	elsewhere.call(t, "POST", "/api/v1/counter/scan", map[string]string{"qr": b.QR.URL}).refused(t, 409, "wrong_hall")
	elsewhere.call(t, "POST", "/api/v1/counter/bookings/"+b.ID+"/check-in", map[string]any{}).refused(t, 409, "wrong_hall")
	m := early.matter(t, b.MatterNo)
	clerk.call(t, "POST", "/api/v1/counter/scan", map[string]string{"qr": m.QR.URL}).refused(t, 422, "qr_not_expected")

	var v, again visit
	clerk.post(t, "/api/v1/counter/bookings/"+b.ID+"/check-in", map[string]any{}, &v)
	clerk.post(t, "/api/v1/counter/bookings/"+b.ID+"/check-in", map[string]any{}, &again)
	if v.Booking.Ticket != "K001" || again.Booking.Ticket != "K001" || v.Booking.State != "checked_in" {
		t.Errorf("checked in: %+v, again: %+v", v.Booking, again.Booking)
	}
	clerk.post(t, "/api/v1/counter/tickets", map[string]string{"matter_no": walkIn.No}, &v)
	if v.Booking.Ticket != "W001" || !v.Booking.WalkIn {
		t.Errorf("walk-in: %+v", v.Booking)
	}
	clerk.post(t, "/api/v1/counter/tickets", map[string]string{"matter_no": walkIn.No}, &again)
	if again.Booking.Ticket != "W001" {
		t.Errorf("the same matter has another ticket: %+v", again.Booking)
	}
	clerk.post(t, "/api/v1/counter/bookings/"+b.ID+"/call", map[string]any{"window": "K01"}, &v)
	clerk.post(t, "/api/v1/counter/bookings/"+b.ID+"/call", map[string]any{"window": "K01"}, &again)
	if v.Booking.Calls != 1 || again.Booking.Calls != 1 {
		t.Errorf("two taps called %d times", again.Booking.Calls)
	}
	clerk.post(t, "/api/v1/counter/bookings/"+b.ID+"/serve", nil, &v)
	if v.Booking.State != "serving" {
		t.Errorf("served: %+v", v.Booking)
	}
	got := clerk.counter(t, b.MatterNo, "receive", inspect(m))
	if got.State != "received" || got.PapersWith != "receiving" {
		t.Errorf("received: %+v", got)
	}
	early.get(t, "/api/v1/bookings/"+b.ID, &b)
	if b.State != "served" {
		t.Errorf("the booking of a received matter is %s", b.State)
	}
	for _, step := range []string{"call", "serve"} {
		clerk.post(t, "/api/v1/counter/bookings/W001/"+step, map[string]any{}, &v)
	}
	if got := clerk.counter(t, walkIn.No, "receive", inspect(walkIn)); got.State != "received" {
		t.Errorf("a walk-in's papers: %+v", got)
	}
	var queue struct{ Items []booking }
	clerk.get(t, "/api/v1/counter/queue", &queue)
	for _, q := range queue.Items {
		if q.Ticket == "W001" && q.State != "served" {
			t.Errorf("the walk-in is %s after the papers were received", q.State)
		}
	}

	s.advanceTo(t, x.StartsAt.Add(16*time.Minute))
	clerk = s.staff(t, "clerk")
	clerk.call(t, "POST", "/api/v1/counter/bookings/"+missed.ID+"/check-in", map[string]any{}).refused(t, 409, "too_late")
	late = s.login(t, lateUser)
	eventually(t, "no-show", func() bool {
		late.get(t, "/api/v1/bookings/"+missed.ID, &missed)
		return missed.State == "no_show"
	})
	late.told(t, "booking_no_show", missed.ID)
	clerk.call(t, "POST", "/api/v1/counter/bookings/"+missed.ID+"/check-in", map[string]any{}).refused(t, 409, "too_late")
	s.advance(t, 24*time.Hour)
	clerk = s.staff(t, "clerk")
	clerk.call(t, "POST", "/api/v1/counter/bookings/"+missed.ID+"/check-in", map[string]any{}).refused(t, 409, "booking_ended")
	clerk.call(t, "POST", "/api/v1/counter/scan", map[string]string{"qr": missedCode}).refused(t, 409, "booking_ended")
	s.advance(t, 24*time.Hour)
	s.nobody().call(t, "GET", missedCode[len(s.base):], nil).refused(t, 410, "qr_expired")
}
