package booking_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	hall = "hall-440300-1"
	slot = hall + ":2026-11-26:1000" // three windows of two places
)

// hand is a clock that a test sets.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) Now() time.Time  { h.mu.Lock(); defer h.mu.Unlock(); return h.now }
func (h *hand) set(t time.Time) { h.mu.Lock(); defer h.mu.Unlock(); h.now = t }

// matters are drafts by window, of the applicant that their number names.
type matters struct{}

func (matters) Get(ctx context.Context, who model.Actor, no string) (*model.Matter, error) {
	return matters{}.Peek(ctx, no)
}

func (matters) BookingLives(context.Context, string, string, bool) error { return nil }

func (matters) Peek(_ context.Context, no string) (*model.Matter, error) {
	return &model.Matter{
		Head: model.Head{ID: no}, State: model.MatterDraft, Mode: model.ModeWindow, From: "440300", To: "441500", ROrg: "440300-ZS",
		Applicant: "of " + no[:2],
		Item:      model.MatterItem{Department: "RS", Short: "职工养老保险关系转移接续"},
	}, nil
}

// told keeps the notices.
type told struct {
	mu     sync.Mutex
	keys   []string
	drafts []model.NoticeDraft
}

func (n *told) Give(_ context.Context, d model.NoticeDraft) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keys, n.drafts = append(n.keys, d.Key), append(n.drafts, d)
	return true, nil
}

type event struct {
	id string
	e  model.Event
}

// office is the service on a store of its own. Events wait until the test carries them out.
type office struct {
	*booking.Service
	t      *testing.T
	clock  *hand
	told   *told
	keeper *seal.Keeper
	mu     sync.Mutex
	events []event
}

func newOffice(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "kuacheng.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, clock: &hand{now: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)}, told: &told{}}
	if o.keeper, err = seal.New(keys, make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	halls := catalogue.New(d)
	if err := halls.Follow(t.Context(), db, o.clock); err != nil {
		t.Fatal(err)
	}
	o.Service, err = booking.New(t.Context(), booking.Config{
		DB: db, Clock: o.clock, Catalogue: halls, Matters: matters{}, Notices: o.told, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	db.OnCommit(func(_, id string, events []model.Event) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, e := range events {
			o.events = append(o.events, event{id, e})
		}
	})
	return o
}

func citizen(id string) model.Actor {
	return model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: id}
}

func plain(b *model.Booking) ([]byte, error) { return []byte(b.ID), nil }

// book books a matter for its applicant: "p1-a" is a matter of "of p1".
func (o *office) book(matter, slot string) (*model.Booking, error) {
	b, _, err := o.Book(o.t.Context(), citizen("of "+matter[:2]), matter, slot, once.Request{}, plain)
	return b, err
}

func (o *office) mustBook(matter, slot string) *model.Booking {
	o.t.Helper()
	b, err := o.book(matter, slot)
	if err != nil {
		o.t.Fatalf("booking %s for %s: %v", slot, matter, err)
	}
	o.carryOut()
	return b
}

// carryOut does what the outbox would, twice over.
func (o *office) carryOut() {
	o.t.Helper()
	o.mu.Lock()
	events := o.events
	o.events = nil
	o.mu.Unlock()
	for range 2 {
		for _, x := range events {
			if x.e.Kind == model.KindHallChanged {
				if err := o.HallChanged(o.t.Context(), x.id, x.e); err != nil {
					o.t.Fatal(err)
				}
			}
			if x.e.Kind != model.BookingEventKind {
				continue
			}
			if err := o.Happened(o.t.Context(), x.id, x.e); err != nil {
				o.t.Fatalf("%s of %s: %v", x.e.Ref["event"], x.id, err)
			}
		}
	}
}

func (o *office) left(slotID string) int {
	o.t.Helper()
	h, _ := o.Catalogue.Hall(hall)
	_, d, _, _ := model.ParseSlotID(slotID)
	free, err := o.Free(o.t.Context(), h, d, "RS")
	if err != nil {
		o.t.Fatal(err)
	}
	i := slices.IndexFunc(free, func(f booking.FreeSlot) bool { return f.ID == slotID })
	if i < 0 {
		o.t.Fatalf("%s is not on the list", slotID)
	}
	return free[i].Left
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func TestService_Book_rush(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for i := range 100 {
		wg.Go(func() {
			_, err := o.book(fmt.Sprintf("%02d-a", i), slot)
			mu.Lock()
			defer mu.Unlock()
			codes[fault.Code(err)]++
		})
	}
	wg.Wait()
	if codes[""] != 6 || codes["slot_full"] != 94 || o.left(slot) != 0 {
		t.Errorf("six places, a hundred people: %v, %d left", codes, o.left(slot))
	}
}

func TestService_Book_one_at_a_time(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.mustBook("p1-a", slot)
	_, err := o.book("p1-a", hall+":2026-11-26:1100")
	wants(t, err, "already_booked")
	_, err = o.book("p1-b", slot)
	wants(t, err, "already_booked")
	if o.left(hall+":2026-11-26:1100") != 6 || o.left(slot) != 5 {
		t.Error("a refused booking keeps a seat")
	}
	_, err = o.book("p1-c", hall+":2026-11-26:1200")
	wants(t, err, "not_found")
	_, err = o.book("p2-a", "hall-441500-1:2026-11-26:1000")
	wants(t, err, "hall_not_serving")
}

func TestService_Book_sent_twice(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	request := once.New(o.keeper, "p1 book k1", "body")
	first, _, err := o.Book(t.Context(), citizen("of p1"), "p1-a", slot, request, plain)
	if err != nil {
		t.Fatal(err)
	}
	again, answer, err := o.Book(t.Context(), citizen("of p1"), "p1-a", slot, request, plain)
	if err != nil || again != nil || string(answer) != first.ID || o.left(slot) != 5 {
		t.Errorf("again: %v %q %v, %d left", again, answer, err, o.left(slot))
	}
}

func TestService_Cancel_frees_the_seat(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.mustBook("p1-a", slot)
	for range 2 {
		if _, err := o.Cancel(t.Context(), citizen("of p1"), b.ID, "行程有变"); err != nil {
			t.Fatal(err)
		}
		if o.left(slot) != 6 {
			t.Errorf("%d left", o.left(slot))
		}
	}
	o.carryOut()
	o.mustBook("p1-a", slot)
	_, err := o.Cancel(t.Context(), citizen("of p2"), b.ID, "")
	wants(t, err, "not_found")
}

func TestService_Reschedule(t *testing.T) {
	t.Parallel()
	other := hall + ":2026-11-26:1100"
	t.Run("moves", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		b := o.mustBook("p1-a", slot)
		if _, err := o.Reschedule(t.Context(), citizen("of p1"), b.ID, other); err != nil {
			t.Fatal(err)
		}
		if o.left(slot) != 6 || o.left(other) != 5 {
			t.Errorf("%d and %d left", o.left(slot), o.left(other))
		}
		o.carryOut()
		o.mustBook("p1-b", slot) // the old time is free for the person too
		if want := []string{"booking_confirmed", "booking_changed"}; !slices.Equal(slices.Compact(o.told.keys[:4]), want) {
			t.Errorf("told %v", o.told.keys)
		}
	})
	t.Run("full_leaves_the_old_one", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		for i := range 6 {
			o.mustBook(fmt.Sprintf("q%d-a", i), other)
		}
		b := o.mustBook("p1-a", slot)
		_, err := o.Reschedule(t.Context(), citizen("of p1"), b.ID, other)
		wants(t, err, "slot_full")
		if o.left(slot) != 5 || o.left(other) != 0 {
			t.Errorf("%d and %d left", o.left(slot), o.left(other))
		}
		_, err = o.book("p1-b", slot)
		wants(t, err, "already_booked")
	})
	t.Run("limit_leaves_everything", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		b := o.mustBook("p1-a", slot)
		for _, to := range []string{other, slot} {
			if _, err := o.Reschedule(t.Context(), citizen("of p1"), b.ID, to); err != nil {
				t.Fatal(err)
			}
			o.carryOut()
		}
		_, err := o.Reschedule(t.Context(), citizen("of p1"), b.ID, other)
		wants(t, err, "reschedule_limit")
		if o.left(slot) != 5 || o.left(other) != 6 {
			t.Errorf("%d and %d left", o.left(slot), o.left(other))
		}
	})
}

// Between two writes of a booking the process dies: the timers give back what nobody holds, and keep what is held.
func TestService_wakes_put_right_what_a_crash_left(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	kept := o.mustBook("p1-a", slot)
	broken := errors.New("the disk is full")
	_, _, err := o.Book(t.Context(), citizen("of p2"), "p2-a", slot, once.Request{}, func(*model.Booking) ([]byte, error) { return nil, broken })
	if !errors.Is(err, broken) || o.left(slot) != 5 {
		t.Fatalf("before the first write: %v, %d left", err, o.left(slot))
	}
	seated, err := o.book("p3-a", slot) // written, but its event is never carried out
	if err != nil {
		t.Fatal(err)
	}
	o.clock.set(o.clock.Now().Add(2 * model.SeatDoubt))
	for range 2 {
		if err := o.WakeSlot(t.Context(), slot); err != nil {
			t.Fatal(err)
		}
		if err := o.WakeAgenda(t.Context(), "of p3"); err != nil {
			t.Fatal(err)
		}
	}
	if o.left(slot) != 4 {
		t.Errorf("%s and %s have seats, %d left", kept.ID, seated.ID, o.left(slot))
	}
	_, err = o.book("p3-a", hall+":2026-11-26:1100")
	wants(t, err, "already_booked")
}

func TestService_no_show_is_counted_once(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for i, day := range []string{"26", "27", "30"} {
		b := o.mustBook(fmt.Sprintf("p1-%d", i), hall+":2026-11-"+day+":1000")
		o.clock.set(b.CheckInUntil.Add(time.Minute))
		for range 2 {
			if err := o.WakeBooking(t.Context(), b.ID); err != nil {
				t.Fatal(err)
			}
		}
		o.carryOut()
	}
	_, err := o.book("p1-9", hall+":2026-12-01:1000")
	wants(t, err, "booking_blocked")
	if o.left(hall+":2026-12-01:1000") != 6 {
		t.Error("a blocked person keeps a seat")
	}
	if !slices.Contains(o.told.keys, "booking_blocked") {
		o.carryOut()
	}
	if !slices.Contains(o.told.keys, "booking_blocked") || !slices.Contains(o.told.keys, "booking_no_show") {
		t.Errorf("told %v", o.told.keys)
	}
}

func TestService_the_day_at_the_counter(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	clerk := model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk", Org: "440300-ZS", Region: "440300", Hall: hall}
	first, second := o.mustBook("p1-a", slot), o.mustBook("p2-a", slot)
	o.clock.set(time.Date(2026, 11, 26, 1, 40, 0, 0, time.UTC))
	for _, b := range []*model.Booking{second, first, second} {
		if _, err := o.CheckIn(t.Context(), clerk, b.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	b, err := o.Get(t.Context(), clerk, first.ID)
	if err != nil || b.Ticket != "K002" {
		t.Fatalf("the second to come: %q %v", b.Ticket, err)
	}
	walker, err := o.TakeTicket(t.Context(), clerk, "p3-a", model.PriorityPregnant)
	if err != nil || walker.Ticket != "P001" {
		t.Fatalf("walk-in: %+v %v", walker, err)
	}
	day, err := o.Day(t.Context(), hall, "2026-11-26")
	if err != nil {
		t.Fatal(err)
	}
	var tickets []string
	for _, b := range day {
		tickets = append(tickets, b.Ticket)
	}
	if want := []string{"P001", "K001", "K002"}; !slices.Equal(tickets, want) {
		t.Errorf("the line is %v, want %v", tickets, want)
	}
	for _, act := range []func(context.Context, model.Actor, string) (*model.Booking, error){
		func(ctx context.Context, who model.Actor, id string) (*model.Booking, error) {
			return o.Call(ctx, who, id, "K01")
		}, o.Serve, o.Serve,
	} {
		if b, err = act(t.Context(), clerk, second.ID); err != nil {
			t.Fatal(err)
		}
	}
	if b.State != model.BookingServing || b.Window != "一楼 K01 跨城通办专窗" {
		t.Errorf("%s at %q", b.State, b.Window)
	}
	o.carryOut()
	if !slices.Contains(o.told.keys, "queue_called") {
		t.Errorf("told %v", o.told.keys)
	}
}
