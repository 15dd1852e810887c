package model_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
)

// world is a hall with its slots, agendas and bookings as documents, and what is under way between them. A
// booking is made, moved and ended in several writes; between any two of them anything else may happen, or the
// process may die.
type world struct {
	now      time.Time
	capacity model.Capacity
	slots    map[string]*model.Slot
	agendas  map[string]*model.Agenda
	bookings map[string]*model.Booking
	running  []*process
	made     int
	times    []model.SlotTime
}

// process is what one request still has to do. began is when it took its first write.
type process struct {
	began time.Time
	steps []func() error
}

var errGone = errors.New("no such document")

// write is one write of one document: on a copy through JSON, as the store has it; an error leaves no trace.
func write[T any](t *rapid.T, docs map[string]*T, id string, fresh func() *T, change func(*T) error) error {
	doc, ok := docs[id]
	if !ok {
		if fresh == nil {
			return errGone
		}
		doc = fresh()
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatalf("storing: %v", err)
	}
	own := new(T)
	if err := json.Unmarshal(text, own); err != nil {
		t.Fatalf("loading: %v", err)
	}
	if err := change(own); err != nil {
		return err
	}
	any(own).(interface{ DocHead() *model.Head }).DocHead().Rev++
	docs[id] = own
	return nil
}

func newWorld(t *rapid.T) *world {
	w := &world{
		now: moment(t, bookedAt), slots: map[string]*model.Slot{}, agendas: map[string]*model.Agenda{}, bookings: map[string]*model.Booking{},
		capacity: model.Capacity{window("A", places(rapid.IntRange(1, 2).Draw(t, "places"))), window("B", serving("GA"), places(1))},
	}
	for _, id := range []string{"2026-11-24:1100", "2026-11-24:1130", "2026-11-25:0900"} {
		here := slotAt(t, id)
		there := here
		there.Hall, there.ID = "hall-440300-2", "hall-440300-2:"+id
		w.times = append(w.times, here, there)
	}
	for _, id := range []string{"1000", "1030", "1100", "1400", "1430"} {
		w.times = append(w.times, slotAt(t, "2026-11-26:"+id))
	}
	return w
}

func (w *world) slot(t *rapid.T) model.SlotTime { return rapid.SampledFrom(w.times).Draw(t, "slot") }

// takeSeat, enter, settle are the writes that requests are made of.
func (w *world) takeSeat(t *rapid.T, st model.SlotTime, b *model.Booking) error {
	return write(t, w.slots, st.ID, func() *model.Slot { return model.NewSlot(st) }, func(s *model.Slot) error {
		_, err := s.TakeSeat(model.Seat{Booking: b.ID, Applicant: b.Applicant, Department: b.Department}, w.capacity, w.now)
		return err
	})
}

func (w *world) freeSeat(t *rapid.T, slot, booking string) error {
	return write(t, w.slots, slot, nil, func(s *model.Slot) error { s.FreeSeat(booking); return nil })
}

func (w *world) enter(t *rapid.T, b *model.Booking, st model.SlotTime) error {
	return write(t, w.agendas, b.Applicant, func() *model.Agenda { return model.NewAgenda(b.Applicant) }, func(a *model.Agenda) error {
		return a.Admit(model.AgendaEntry{Booking: b.ID, Matter: b.Matter, Starts: st.Starts, Ends: st.Ends}, w.now)
	})
}

func (w *world) follow(t *rapid.T, applicant, id string, b *model.Booking) {
	_ = write(t, w.agendas, applicant, nil, func(a *model.Agenda) error { a.Follow(id, b); return nil })
}

// settle carries a booking's events out: seat and agenda follow the booking.
func (w *world) settle(t *rapid.T, id string) {
	b := w.bookings[id]
	lost := false
	_ = write(t, w.slots, b.Slot, func() *model.Slot {
		i := slices.IndexFunc(w.times, func(st model.SlotTime) bool { return st.ID == b.Slot })
		return model.NewSlot(w.times[i])
	}, func(s *model.Slot) error { _, lost = s.Follow(b, w.capacity, w.now); return nil })
	if lost {
		_ = write(t, w.bookings, id, nil, func(b *model.Booking) error { return b.Displace(model.System, "seat_lost", w.now) })
		b = w.bookings[id]
	}
	for _, e := range b.Outbox {
		if old := e.Ref["old_slot"]; old != "" && old != b.Slot {
			_ = w.freeSeat(t, old, id)
		}
	}
	w.follow(t, b.Applicant, id, b)
	_ = write(t, w.bookings, id, nil, func(b *model.Booking) error { b.Outbox = nil; return nil })
}

// start begins a request; its writes are done one by one, later.
func (w *world) start(steps ...func() error) {
	w.running = append(w.running, &process{began: w.now, steps: steps})
}

func (w *world) book(t *rapid.T) {
	w.made++
	n := rapid.IntRange(0, 15).Draw(t, "matter")
	b := &model.Booking{
		Head: model.Head{ID: fmt.Sprintf("b%02d", w.made)}, Matter: fmt.Sprintf("m%d", n), Applicant: fmt.Sprintf("p%d", n%2),
		Department: rapid.SampledFrom([]string{"RS", "GA"}).Draw(t, "department"),
	}
	st := w.slot(t)
	w.start(
		func() error { return w.takeSeat(t, st, b) },
		func() error {
			err := w.enter(t, b, st)
			if err != nil {
				_ = w.freeSeat(t, st.ID, b.ID)
			}
			return err
		},
		func() error {
			made, err := model.NewBooking(model.BookingPlan{
				ID: b.ID, Matter: b.Matter, Purpose: model.PurposeHandIn, Applicant: b.Applicant, Department: b.Department,
				Slot: st, Rules: model.DefaultBookingRules,
			}, model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: b.Applicant}, w.now)
			if err == nil {
				w.bookings[b.ID] = made
			}
			return err
		})
}

// bookAtOnce is a booking that nothing comes between.
func (w *world) bookAtOnce(t *rapid.T) {
	w.book(t)
	last := len(w.running) - 1
	for _, step := range w.running[last].steps {
		if step() != nil {
			break
		}
	}
	w.running = w.running[:last]
}

func (w *world) someBooking(t *rapid.T) *model.Booking {
	if len(w.bookings) == 0 {
		return nil
	}
	return w.bookings[rapid.SampledFrom(slices.Sorted(maps.Keys(w.bookings))).Draw(t, "booking")]
}

func (w *world) reschedule(t *rapid.T) {
	b := w.someBooking(t)
	if b == nil {
		return
	}
	st, who := w.slot(t), model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: b.Applicant}
	if b.CanReschedule(who, w.now) != nil || b.Slot == st.ID && b.State == model.BookingBooked {
		return
	}
	undo := func() {
		if w.bookings[b.ID].Slot != st.ID {
			_ = w.freeSeat(t, st.ID, b.ID)
		}
	}
	w.start(
		func() error { return w.takeSeat(t, st, b) },
		func() error {
			err := w.enter(t, b, st)
			if err != nil {
				undo()
			}
			return err
		},
		func() error {
			err := write(t, w.bookings, b.ID, nil, func(b *model.Booking) error {
				return b.Reschedule(who, st, "", model.DefaultBookingRules, w.now)
			})
			if err != nil {
				_ = write(t, w.agendas, b.Applicant, nil, func(a *model.Agenda) error { a.Abandon(b.ID); return nil })
				undo()
			}
			return err
		})
}

// happen is anything that is one write of a booking.
func (w *world) happen(t *rapid.T) {
	b := w.someBooking(t)
	if b == nil {
		return
	}
	what := rapid.SampledFrom([]string{"cancel", "displace", "check_in", "call", "serve", "absent", "finish", "moved", "tick"}).Draw(t, "event")
	_ = write(t, w.bookings, b.ID, nil, func(b *model.Booking) error {
		before := b.State
		var err error
		switch what {
		case "cancel":
			err = b.Cancel(model.Actor{Door: model.DoorCitizen, ID: b.Applicant}, "", w.now)
		case "displace":
			err = b.Displace(supervisor, "", w.now)
		case "check_in":
			err = b.CheckIn(counterK, "K001", "", w.now)
		case "call":
			err = b.Call(counterK, "A", w.now)
		case "serve":
			err = b.Serve(counterK, w.now)
		case "absent":
			err = b.NotThere(counterK, w.now)
		case "finish":
			err = b.Finish(counterK, w.now)
		case "moved":
			b.MatterMoved("receive", "received", model.ModeWindow, w.now)
		case "tick":
			b.Tick(w.now)
		}
		if before.Ended() && b.State != before {
			t.Fatalf("%s woke a booking that was %s", what, before)
		}
		return err
	})
	if rapid.Bool().Draw(t, "event carried out at once") {
		w.settle(t, b.ID)
	}
}

// step does one write of something that runs, or lets it die.
func (w *world) step(t *rapid.T) {
	if len(w.running) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.running)-1).Draw(t, "process")
	p := w.running[i]
	err := p.steps[0]()
	p.steps = p.steps[1:]
	if err != nil || len(p.steps) == 0 || rapid.IntRange(0, 9).Draw(t, "crash") == 0 {
		w.running = slices.Delete(w.running, i, i+1)
	}
}

// wake does what the timers of the documents do.
func (w *world) wake(t *rapid.T) {
	for _, id := range slices.Sorted(maps.Keys(w.bookings)) {
		if b := w.bookings[id]; b.Wake != nil && !w.now.Before(*b.Wake) {
			_ = write(t, w.bookings, id, nil, func(b *model.Booking) error { b.Tick(w.now); return nil })
			w.settle(t, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.slots)) {
		_ = write(t, w.slots, id, nil, func(s *model.Slot) error {
			for _, x := range s.Doubtful(w.now) {
				if b := w.bookings[x.Booking]; b == nil {
					s.FreeSeat(x.Booking)
				} else {
					s.Follow(b, w.capacity, w.now)
				}
			}
			return nil
		})
	}
	for _, id := range slices.Sorted(maps.Keys(w.agendas)) {
		_ = write(t, w.agendas, id, nil, func(a *model.Agenda) error {
			for _, booking := range a.Doubtful(w.now) {
				a.Resolve(booking, w.bookings[booking], w.now)
			}
			return nil
		})
	}
}

// check holds what must be true at every moment.
func (w *world) check(t *rapid.T) {
	for id, s := range w.slots {
		taken, apps := map[string]int{}, map[string]string{}
		for _, x := range s.Seats {
			taken[x.Department]++
			if other := apps[x.Applicant]; other != "" {
				t.Fatalf("%s: %s has the seats %s and %s", id, x.Applicant, other, x.Booking)
			}
			apps[x.Applicant] = x.Booking
		}
		if n, most := taken["RS"]+taken["GA"], w.capacity.Total("GA"); n > most || taken["RS"] > w.capacity.Total("RS") {
			t.Fatalf("%s: %v of %d", id, taken, most)
		}
	}
	for id, a := range w.agendas {
		if len(a.Live) > 5 {
			t.Fatalf("%s has %d live bookings", id, len(a.Live))
		}
	}
}

// checkSettled holds what must be true when everything under way is done or dead and the timers have run:
// seats, agendas and bookings tell the same story.
func (w *world) checkSettled(t *rapid.T) {
	byMatter, at := map[string]string{}, map[string][]*model.Booking{}
	for id, b := range w.bookings {
		holds := !b.Ended() && b.State != model.BookingDisplaced
		s := w.slots[b.Slot]
		has := s != nil && slices.ContainsFunc(s.Seats, func(x model.Seat) bool { return x.Booking == id })
		if holds && !has {
			t.Fatalf("%s is %s without a seat in %s", id, b.State, b.Slot)
		}
		a := w.agendas[b.Applicant]
		if listed := slices.ContainsFunc(a.Live, func(e model.AgendaEntry) bool { return e.Booking == id }); listed == b.Ended() {
			t.Fatalf("%s is %s, on the agenda: %v", id, b.State, listed)
		}
		if b.Ended() {
			continue
		}
		if other := byMatter[b.Matter]; other != "" {
			t.Fatalf("%s has the live bookings %s and %s", b.Matter, other, id)
		}
		byMatter[b.Matter] = id
		for _, o := range at[b.Applicant] {
			if holds && o.State != model.BookingDisplaced && o.Starts.Before(b.Ends) && b.Starts.Before(o.Ends) {
				t.Fatalf("%s is to be at %s and %s", b.Applicant, o.Slot, b.Slot)
			}
		}
		at[b.Applicant] = append(at[b.Applicant], b)
	}
	for id, s := range w.slots {
		for _, x := range s.Seats {
			if b := w.bookings[x.Booking]; b == nil || b.Slot != id || b.State == model.BookingDisplaced || b.State == model.BookingCancelled {
				t.Fatalf("%s keeps a seat for %s, which is %+v", id, x.Booking, b)
			}
		}
	}
}

// A request is given up by its deadline well before the doubt about its seat is over.
const requestDeadline = model.SeatDoubt / 2

func TestBooking_world(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"":     func(t *rapid.T) { w.check(t) },
			"book": w.book, "book at once": w.bookAtOnce, "book another at once": w.bookAtOnce, "and another": w.bookAtOnce, "reschedule": w.reschedule, "happen": w.happen,
			"step": w.step, "step too": w.step, "step also": w.step,
			"wake": w.wake,
			"time": func(t *rapid.T) {
				w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Second, time.Minute, 30 * time.Minute}).Draw(t, "passes"))
				w.running = slices.DeleteFunc(w.running, func(p *process) bool { return w.now.Sub(p.began) > requestDeadline })
			},
		})
		w.running = nil
		for range 3 {
			w.now = w.now.Add(2 * time.Minute)
			for _, id := range slices.Sorted(maps.Keys(w.bookings)) {
				w.settle(t, id)
			}
			w.wake(t)
		}
		w.check(t)
		w.checkSettled(t)
	})
}
