package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// line is a queue with whom the test lets in, by ticket.
type line struct {
	*model.Queue
	now      time.Time
	bookings map[string]*model.Booking
}

func newLine() *line {
	return &line{Queue: model.NewQueue("hall-440300-1", "2026-11-26"), now: slotNow, bookings: map[string]*model.Booking{}}
}

// booked lets a booking of the slot at so many half-hours check in.
func (l *line) booked(slot int, p ...model.Priority) string {
	l.now = l.now.Add(time.Second)
	b := &model.Booking{Head: model.Head{ID: fmt.Sprint("b", len(l.Entries))}, State: model.BookingCheckedIn, Applicant: fmt.Sprint("p", len(l.Entries)), Starts: slotNow.Add(time.Duration(slot) * 30 * time.Minute)}
	a := model.QueueArrival{Booking: b.ID, Applicant: b.Applicant, SlotStarts: b.Starts}
	if len(p) > 0 {
		a.Priority = p[0]
	}
	b.Ticket = l.Enter(a, l.now).Ticket
	l.bookings[b.Ticket] = b
	return b.Ticket
}

func (l *line) walkIn(p ...model.Priority) string {
	l.now = l.now.Add(time.Second)
	a := model.QueueArrival{Matter: fmt.Sprint("m", len(l.Entries)), Applicant: fmt.Sprint("p", len(l.Entries))}
	if len(p) > 0 {
		a.Priority = p[0]
	}
	return l.Enter(a, l.now).Ticket
}

// become moves a ticket's booking, or the walk-in itself.
func (l *line) become(t failer, ticket string, s model.BookingState) {
	t.Helper()
	l.now = l.now.Add(time.Minute)
	if b := l.bookings[ticket]; b != nil {
		if s == model.BookingMissed {
			b.Misses++
		}
		b.State = s
		l.Follow(b, l.now)
		return
	}
	var err error
	switch s {
	case model.BookingCalled:
		err = l.CallWalkIn(counterK, ticket, "K01", l.now)
	case model.BookingServing:
		err = l.ServeWalkIn(counterK, ticket)
	case model.BookingServed:
		err = l.FinishWalkIn(counterK, ticket)
	case model.BookingMissed:
		err = l.MissWalkIn(counterK, ticket)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", ticket, s, err)
	}
}

func (l *line) order() string {
	var out []string
	for _, e := range l.Order() {
		out = append(out, e.Ticket)
	}
	return strings.Join(out, " ")
}

// callAll calls whoever is next until nobody waits.
func (l *line) callAll(t failer) string {
	t.Helper()
	var out []string
	for len(l.Order()) > 0 {
		next := l.Order()[0].Ticket
		out = append(out, next)
		l.become(t, next, model.BookingCalled)
	}
	return strings.Join(out, " ")
}

func TestQueue_order(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   func(*line)
		want string
	}{
		{"nobody", func(*line) {}, ""},
		{"by_slot_then_arrival", func(l *line) { l.booked(2); l.booked(1); l.booked(1) }, "K002 K003 K001"},
		{"priority_first", func(l *line) {
			l.booked(1)
			l.walkIn()
			l.walkIn(model.PriorityPregnant)
			l.booked(1, model.PriorityElderly)
		}, "P001 P002 K001 W001"},
		{"a_walk_in_after_three", func(l *line) {
			for range 5 {
				l.booked(1)
			}
			l.walkIn()
			l.walkIn()
		}, "K001 K002 K003 W001 K004 K005 W002"},
		{"walk_ins_alone", func(l *line) { l.walkIn(); l.walkIn() }, "W001 W002"},
		{"a_priority_between_does_not_break_the_row", func(l *line) {
			for range 4 {
				l.booked(1)
			}
			l.walkIn()
			l.walkIn(model.PriorityDisabled)
		}, "P001 K001 K002 K003 W001 K004"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLine()
			c.in(l)
			if got := l.order(); got != c.want {
				t.Errorf("order %q, want %q", got, c.want)
			}
			if got := l.callAll(t); got != c.want {
				t.Errorf("called %q, want %q", got, c.want)
			}
		})
	}
}

func TestQueue_missed_returns_after_three(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		others int
		want   string
	}{
		{"many_wait", 5, "K002 K003 K004 K001 K005 K006"},
		{"two_wait", 2, "K002 K003 K001"},
		{"nobody_waits", 0, "K001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLine()
			first := l.booked(1)
			for range c.others {
				l.booked(1)
			}
			l.become(t, first, model.BookingCalled)
			l.become(t, first, model.BookingMissed)
			if strings.Contains(l.order(), first) {
				t.Fatal("a missed ticket does not wait")
			}
			if got := l.Enter(model.QueueArrival{Booking: l.bookings[first].ID}, l.now); got.Ticket != first {
				t.Fatalf("came back as %s", got.Ticket)
			}
			if got := l.order(); got != c.want {
				t.Errorf("order %q, want %q", got, c.want)
			}
			if got := l.callAll(t); got != c.want {
				t.Errorf("called %q, want %q", got, c.want)
			}
		})
	}
	t.Run("who_comes_later_does_not_push_it_back", func(t *testing.T) {
		t.Parallel()
		l := newLine()
		first := l.walkIn()
		l.booked(1)
		l.become(t, first, model.BookingCalled)
		l.become(t, first, model.BookingMissed)
		l.Enter(model.QueueArrival{Matter: "m0"}, l.now)
		l.walkIn(model.PriorityInfant)
		for range 3 {
			l.booked(1)
		}
		if got, want := l.callAll(t), "P001 K001 K002 W001 K003 K004"; got != want {
			t.Errorf("called %q, want %q", got, want)
		}
	})
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		l := newLine()
		w := l.walkIn()
		for range 2 {
			l.become(t, w, model.BookingCalled)
			l.become(t, w, model.BookingMissed)
			l.Enter(model.QueueArrival{Matter: "m0"}, l.now)
		}
		if e, _ := l.Get(w); e.State != model.TicketGone {
			t.Errorf("after two misses: %s", e.State)
		}
		if got := l.order(); got != "W002" {
			t.Errorf("who comes again takes a new ticket: %q", got)
		}
	})
}

func TestQueue_tickets(t *testing.T) {
	t.Parallel()
	l := newLine()
	k := l.booked(1)
	b := l.bookings[k]
	if e := l.Enter(model.QueueArrival{Booking: b.ID}, l.now); e.Ticket != k || len(l.Entries) != 1 {
		t.Errorf("the same booking again: %s", e.Ticket)
	}
	w := l.walkIn()
	if e := l.Enter(model.QueueArrival{Matter: "m1"}, l.now); e.Ticket != w {
		t.Errorf("the same walk-in again: %s", e.Ticket)
	}
	if l.Ahead(k) != 0 || l.Ahead(w) != 1 || l.Ahead("K999") != -1 {
		t.Errorf("ahead: %d %d", l.Ahead(k), l.Ahead(w))
	}
	for range 1200 {
		l.booked(1)
	}
	if e := l.Entries[len(l.Entries)-1]; e.Ticket != "K1201" {
		t.Errorf("the 1201st: %s", e.Ticket)
	}
	if got, want := model.QueueID("hall-440300-1", "2026-11-26"), l.ID; got != want {
		t.Errorf("id %s", got)
	}
}

func TestQueue_follows_bookings(t *testing.T) {
	t.Parallel()
	l := newLine()
	k := l.booked(1)
	for _, c := range []struct {
		booking model.BookingState
		ticket  model.TicketState
	}{
		{model.BookingCalled, model.TicketCalled}, {model.BookingMissed, model.TicketMissed}, {model.BookingCheckedIn, model.TicketWaiting},
		{model.BookingCalled, model.TicketCalled}, {model.BookingServing, model.TicketServing}, {model.BookingServed, model.TicketDone},
	} {
		l.become(t, k, c.booking)
		turns := l.Turns
		l.Follow(l.bookings[k], l.now) // told twice
		if e, _ := l.Get(k); e.State != c.ticket || l.Turns != turns {
			t.Errorf("booking %s: ticket %s, turns %d then %d", c.booking, e.State, turns, l.Turns)
		}
	}
	gone := l.booked(1)
	b := l.bookings[gone]
	b.State, b.Ticket = model.BookingDisplaced, "" // a displaced booking has lost its ticket
	l.Follow(b, l.now)
	if e, _ := l.Get(gone); e.State != model.TicketGone {
		t.Errorf("displaced: %s", e.State)
	}
	b.State, b.Ticket = model.BookingCheckedIn, l.Enter(model.QueueArrival{Booking: b.ID}, l.now).Ticket
	if b.Ticket == gone {
		t.Error("the same hall, the same day, another slot: a new ticket")
	}
}

func TestQueue_walk_ins_keep_the_rules_of_calls(t *testing.T) {
	t.Parallel()
	l := newLine()
	w := l.walkIn()
	at := func(s int) time.Time { return l.now.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		name string
		do   func() error
		code string
	}{
		{"serve before the call", func() error { return l.ServeWalkIn(counterK, w) }, "transition_not_allowed"},
		{"call", func() error { return l.CallWalkIn(counterK, w, "K01", at(0)) }, ""},
		{"the same tap", func() error { return l.CallWalkIn(counterK, w, "K01", at(10)) }, ""},
		{"a colleague too soon", func() error { return l.CallWalkIn(colleague, w, "K02", at(29)) }, "call_too_soon"},
		{"second", func() error { return l.CallWalkIn(counterK, w, "K01", at(30)) }, ""},
		{"third", func() error { return l.CallWalkIn(counterK, w, "K01", at(60)) }, ""},
		{"fourth", func() error { return l.CallWalkIn(counterK, w, "K01", at(90)) }, "call_limit"},
		{"another hall", func() error { return l.ServeWalkIn(elsewhere, w) }, "not_found"},
		{"serve", func() error { return l.ServeWalkIn(counterK, w) }, ""},
		{"serve again", func() error { return l.ServeWalkIn(counterK, w) }, ""},
		{"miss while serving", func() error { return l.MissWalkIn(counterK, w) }, "transition_not_allowed"},
		{"finish", func() error { return l.FinishWalkIn(counterK, w) }, ""},
		{"no such ticket", func() error { return l.FinishWalkIn(counterK, "W999") }, "not_found"},
	} {
		if err := c.do(); fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
	}
	k := l.booked(1)
	if err := l.CallWalkIn(counterK, k, "K01", l.now); fault.Code(err) != "not_found" {
		t.Errorf("a booking's ticket moves with the booking only: %v", err)
	}
}

func TestQueue_tells_who_is_near(t *testing.T) {
	t.Parallel()
	l := newLine()
	for range 6 {
		l.booked(1)
	}
	told := func() (out []string) {
		for _, e := range l.Outbox {
			if e.Ref["event"] == "near" {
				out = append(out, e.Ref["ticket"])
			}
		}
		return out
	}
	l.become(t, "K001", model.BookingCalled)
	if got := told(); !slices.Equal(got, []string{"K002", "K003", "K004", "K005"}) {
		t.Errorf("with three or fewer before them: %v", got)
	}
	l.become(t, "K002", model.BookingCalled)
	if got := told(); len(got) != 5 || got[4] != "K006" {
		t.Errorf("once each: %v", got)
	}
}

// Whatever comes and goes: everyone who waits is in the order once, no priority waits behind another kind, no
// row of K is longer than three while a walk-in waits, and nobody is passed over for ever.
func TestQueue_properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLine()
		row := 0
		t.Repeat(map[string]func(*rapid.T){
			"booked":   func(t *rapid.T) { l.booked(rapid.IntRange(0, 3).Draw(t, "slot")) },
			"walk in":  func(t *rapid.T) { l.walkIn() },
			"priority": func(t *rapid.T) { l.walkIn(model.PriorityElderly) },
			"call": func(t *rapid.T) {
				order := l.Order()
				if len(order) == 0 {
					return
				}
				next := order[0]
				waits := slices.ContainsFunc(order, func(e model.QueueEntry) bool { return e.Kind == model.TicketWalkIn && e.ReturnAt == 0 })
				switch {
				case next.ReturnAt > 0 || next.Kind == model.TicketPriority:
				case next.Kind == model.TicketWalkIn:
					row = 0
				default:
					if row++; row > 3 && waits {
						t.Fatalf("the %dth K in a row, and a walk-in waits", row)
					}
				}
				l.become(t, next.Ticket, model.BookingCalled)
			},
			"miss": func(t *rapid.T) {
				for _, e := range l.Entries {
					if e.State == model.TicketCalled && e.Misses == 0 {
						l.become(t, e.Ticket, model.BookingMissed)
						return
					}
				}
			},
			"return": func(t *rapid.T) {
				for _, e := range l.Entries {
					if e.State == model.TicketMissed && e.Misses == 1 {
						ahead := len(l.Order())
						l.Enter(model.QueueArrival{Booking: e.Booking, Matter: e.Matter}, l.now)
						if got := l.Ahead(e.Ticket); got < min(3, ahead) {
							t.Fatalf("%s came back to place %d of %d", e.Ticket, got, ahead)
						}
						return
					}
				}
			},
			"": func(t *rapid.T) {
				waiting, order, other := 0, l.Order(), false
				for _, e := range l.Entries {
					if e.State == model.TicketWaiting {
						waiting++
					}
				}
				seen := map[string]bool{}
				for _, e := range order {
					if seen[e.Ticket] {
						t.Fatalf("%s twice in %s", e.Ticket, l.order())
					}
					seen[e.Ticket] = true
					if e.ReturnAt > 0 {
						continue
					}
					if e.Kind == model.TicketPriority && other {
						t.Fatalf("a priority waits behind: %s", l.order())
					}
					other = other || e.Kind != model.TicketPriority
				}
				if waiting != len(order) {
					t.Fatalf("%d wait, %d are in order", waiting, len(order))
				}
			},
		})
	})
}
