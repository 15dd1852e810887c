package booking_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/once"
	"kuacheng/model"
	"kuacheng/model/standard"
)

// change lets something happen to the hall, and carries out what follows.
func (o *office) change(do func(*model.Hall) error) {
	o.t.Helper()
	if _, err := o.Catalogue.ChangeHall(o.t.Context(), hall, nil, do); err != nil {
		o.t.Fatal(err)
	}
	o.carryOut()
	o.carryOut() // what was displaced tells its people
}

func (o *office) displaced(b *model.Booking) *model.Booking {
	o.t.Helper()
	is, err := o.Get(o.t.Context(), model.System, b.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	return is
}

// A hall that shuts a day drops nobody: each is told, is kept three places elsewhere, and takes one of them.
func TestHall_closes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var all []*model.Booking
	for n := range 6 {
		all = append(all, o.mustBook(fmt.Sprintf("p%d-a", n), slot))
	}
	elsewhere := o.mustBook("q0-a", hall+":2026-11-27:1000")
	o.change(func(h *model.Hall) error {
		return h.Close(model.Closure{ID: "c1", Date: "2026-11-26", Reason: "台风停业"}, model.Actor{ID: "u1"}, o.clock.Now())
	})
	if _, err := o.book("r0-a", slot); err == nil {
		t.Error("a place in a hall that is shut")
	}
	if b := o.displaced(elsewhere); b.State != model.BookingBooked {
		t.Errorf("another day: %s", b.State)
	}
	for _, b := range all {
		b = o.displaced(b)
		if b.State != model.BookingDisplaced || len(b.Offered) != 3 || b.DisplacedFor() != "台风停业" {
			t.Fatalf("%s %v %q", b.State, b.Offered, b.DisplacedFor())
		}
		i := slices.IndexFunc(o.told.drafts, func(d model.NoticeDraft) bool { return d.Key == "booking_displaced" && d.Ref.ID == b.ID })
		if i < 0 || o.told.drafts[i].Vars["reason"] != "台风停业" || !strings.Contains(o.told.drafts[i].Vars["alternatives"], "11月2") {
			t.Errorf("%s was not told", b.ID)
		}
	}
	// The places that are kept are nobody else's, and come free after two hours.
	first := o.displaced(all[0]).Offered[0].Slot
	kept := 0
	for _, b := range all {
		if slices.ContainsFunc(o.displaced(b).Offered, func(x model.Offer) bool { return x.Slot == first }) {
			kept++
		}
	}
	if got := o.left(first); got > 6-kept {
		t.Errorf("%d left of 6 with %d kept", got, kept)
	}
	b, err := o.Reschedule(t.Context(), citizen("of p0"), all[0].ID, first)
	if err != nil || b.State != model.BookingBooked || b.Reschedules != 0 || len(b.Offered) > 0 {
		t.Fatalf("%+v %v", b, err)
	}
	o.clock.set(o.clock.Now().Add(3 * time.Hour))
	if got := o.left(first); got != 5 {
		t.Errorf("after two hours only the one who chose is there: %d left", got)
	}
	// Whoever chooses nothing within seven days is told that the booking has ended.
	o.clock.set(o.clock.Now().AddDate(0, 0, 8))
	if err := o.WakeBooking(t.Context(), all[1].ID); err != nil {
		t.Fatal(err)
	}
	if b := o.displaced(all[1]); b.State != model.BookingCancelled {
		t.Errorf("%s", b.State)
	}
}

// A part of a day takes only those of that part away; and who is in line is displaced too.
func TestHall_closes_in_part(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	morning, afternoon := o.mustBook("p1-a", slot), o.mustBook("p2-a", hall+":2026-11-26:1500")
	o.clock.set(time.Date(2026, 11, 26, 1, 50, 0, 0, time.UTC))
	clerk := model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "c", Hall: hall, Org: "440300-ZS", Region: "440300"}
	if _, err := o.CheckIn(t.Context(), clerk, morning.ID, ""); err != nil {
		t.Fatal(err)
	}
	n, err := o.Shut(t.Context(), shutFrom(o, 10*60), "2026-11-26", "2026-11-26")
	if err != nil || n != 1 {
		t.Errorf("a preview counts %d: %v", n, err)
	}
	o.change(func(h *model.Hall) error {
		return h.Close(model.Closure{ID: "c1", Date: "2026-11-26", Period: &model.Period{From: 10 * 60, Until: 11 * 60}, Reason: "停电"}, model.Actor{}, o.clock.Now())
	})
	if b := o.displaced(morning); b.State != model.BookingDisplaced || b.Ticket != "" {
		t.Errorf("%s %q", b.State, b.Ticket)
	}
	if b := o.displaced(afternoon); b.State != model.BookingBooked {
		t.Errorf("%s", b.State)
	}
	o.change(func(h *model.Hall) error { return h.Reopen("c1", "来电", model.Actor{}, o.clock.Now()) })
	if _, err := o.Reschedule(t.Context(), citizen("of p1"), morning.ID, hall+":2026-11-26:1030"); err != nil {
		t.Errorf("open again: %v", err)
	}
}

func shutFrom(o *office, from int) *model.Hall {
	h, _ := o.Catalogue.Hall(hall)
	own := *h
	own.Closures = []model.Closure{{ID: "x", Date: "2026-11-26", Period: &model.Period{From: from, Until: from + 60}}}
	return &own
}

// Fewer windows leave the bookings as they are; only when it is asked for the latest give way.
func TestHall_fewer_windows(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var all []*model.Booking
	for n := range 6 {
		all = append(all, o.mustBook(fmt.Sprintf("p%d-a", n), slot))
		o.clock.set(o.clock.Now().Add(time.Second))
	}
	h, _ := o.Catalogue.Hall(hall)
	i := slices.IndexFunc(h.Windows, func(w model.Window) bool { return w.CrossCity && !w.Closed })
	fewer := h.Windows[i]
	fewer.Closed = true
	put := func(displace bool) {
		o.change(func(h *model.Hall) error { return h.PutWindow(fewer, displace, "检修", model.Actor{}, o.clock.Now()) })
	}
	put(false)
	for _, b := range all {
		if b := o.displaced(b); b.State != model.BookingBooked {
			t.Errorf("unasked: %s", b.State)
		}
	}
	if o.left(slot) != 0 {
		t.Error("more are taken than fit")
	}
	put(true)
	for n, b := range all {
		if b := o.displaced(b); (b.State == model.BookingDisplaced) != (n >= 6-fewer.Capacity) {
			t.Errorf("%d: %s", n, b.State)
		}
	}
}

// Whoever was booking while the hall shut is found when it is looked at again.
func TestHall_again(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.mustBook("p1-a", slot)
	_, err := o.Catalogue.ChangeHall(t.Context(), hall, nil, func(h *model.Hall) error {
		return h.Close(model.Closure{ID: "c1", Date: "2026-11-26", Reason: "停电"}, model.Actor{}, o.clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	o.clock.set(o.clock.Now().Add(2 * time.Minute))
	if err := o.WakeHall(t.Context(), hall); err != nil {
		t.Fatal(err)
	}
	if b := o.displaced(b); b.State != model.BookingDisplaced {
		t.Errorf("%s", b.State)
	}
	if h, _ := o.Catalogue.Hall(hall); h.Wake != nil {
		t.Error("the hall still waits")
	}
}

// A pair that is paused takes the bookings of its drafts away and gives no new ones.
func TestPair_paused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.mustBook("p1-a", slot)
	pausePair(o)
	if err := o.PairPaused(t.Context(), "440300", "441500", "2026-11-24", ""); err != nil {
		t.Fatal(err)
	}
	o.carryOut()
	if b := o.displaced(b); b.State != model.BookingDisplaced || len(b.Offered) > 0 {
		t.Errorf("%s %v", b.State, b.Offered)
	}
	_, _, err := o.Book(t.Context(), citizen("of p2"), "p2-a", slot, once.Request{}, plain)
	wants(t, err, "pair_not_live")
}

func pausePair(o *office) {
	o.t.Helper()
	_, err := o.Catalogue.ChangeSettings(o.t.Context(), func(s *standard.Settings) error {
		return s.Pause(standard.Pause{ID: "p", From: "440300", To: "441500", Since: "2026-11-24", Reason: "检修"}, o.clock.Now())
	})
	if err != nil {
		o.t.Fatal(err)
	}
}
