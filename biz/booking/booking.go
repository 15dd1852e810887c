// Package booking is what people do with a place in a hall: see what is free, take it, change it, come, be
// called. A seat is decided in one write of its slot, a person's limits in one write of their agenda, and the
// booking itself is a document of its own; what a crash leaves between them is put right by their timers.
package booking

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// The collections, in which wakes and events are found.
const (
	Bookings = "bookings"
	Slots    = "slots"
	Agendas  = "agendas"
	Queues   = "queues"
)

// Matters is what bookings need of matters.
type Matters interface {
	Get(ctx context.Context, who model.Actor, no string) (*model.Matter, error)
	Peek(ctx context.Context, no string) (*model.Matter, error)
	// BookingLives tells a matter whether a booking of its lives.
	BookingLives(ctx context.Context, no, booking string, lives bool) error
}

// Notices is what bookings need of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Config says what the service stands on; every field is needed.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Matters   Matters
	Notices   Notices
	Log       *slog.Logger
}

// Service is the bookings.
type Service struct {
	Config
	bookings *store.Collection[model.Booking]
	slots    *store.Collection[model.Slot]
	agendas  *store.Collection[model.Agenda]
	queues   *store.Collection[model.Queue]
}

// New opens the collections.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c}
	var errs [4]error
	s.bookings, errs[0] = store.Open(ctx, c.DB, store.Spec[model.Booking]{
		Name: Bookings,
		Fields: []store.Field[model.Booking]{
			{Name: "applicant", Of: func(b *model.Booking) any { return b.Applicant }},
			{Name: "matter", Of: func(b *model.Booking) any { return b.Matter }},
			{Name: "day", Of: func(b *model.Booking) any { return b.Hall + ":" + string(b.Date) }},
			{Name: "starts", Of: func(b *model.Booking) any { return b.Starts }},
		},
		Indexes: []store.Index{
			{Name: "applicant", Eq: []string{"applicant"}, Sort: "starts"},
			{Name: "matter", Eq: []string{"matter"}, Sort: "starts"},
			{Name: "day", Eq: []string{"day"}, Sort: "starts"},
			{Name: "all"},
		},
	})
	s.slots, errs[1] = store.Open(ctx, c.DB, store.Spec[model.Slot]{Name: Slots, Indexes: []store.Index{{Name: "all"}}})
	s.agendas, errs[2] = store.Open(ctx, c.DB, store.Spec[model.Agenda]{Name: Agendas})
	s.queues, errs[3] = store.Open(ctx, c.DB, store.Spec[model.Queue]{Name: Queues})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("booking: %w", err)
	}
	return s, nil
}

// FreeSlot is a slot with what is left in it.
type FreeSlot struct {
	model.SlotTime
	Capacity, Left int
}

// Free lists a hall's slots of a date for a department; past ones and those of a closed day are not on it.
func (s *Service) Free(ctx context.Context, hall *model.Hall, date model.Date, department string) ([]FreeSlot, error) {
	now, capacity := s.Clock.Now(), hall.Capacity()
	rules := s.Catalogue.Rules(hall)
	out := []FreeSlot{}
	for _, st := range s.Catalogue.Slots(hall, date) {
		if fault.Code(rules.Bookable(st, now)) == "not_found" {
			continue
		}
		doc, err := s.slots.Get(ctx, st.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("booking: reading slot: %w", err)
		}
		f := FreeSlot{SlotTime: st, Capacity: capacity.Total(department), Left: doc.Left(capacity, department, now)}
		if rules.Bookable(st, now) != nil {
			f.Left = 0 // on the list, but no longer to be booked
		}
		out = append(out, f)
	}
	return out, nil
}

// Get gives a booking to someone who may see it: its person, or a clerk of its hall. Anybody else's is
// not_found.
func (s *Service) Get(ctx context.Context, who model.Actor, id string) (*model.Booking, error) {
	normal, ok := model.NormalBookingID(id)
	if !ok {
		return nil, notFound()
	}
	b, err := s.bookings.Get(ctx, normal)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("booking: reading %s: %w", normal, err)
	}
	if !visible(b, who) {
		return nil, notFound()
	}
	return b, nil
}

func notFound() error { return fault.New("not_found").Say("未找到该预约") }

func visible(b *model.Booking, who model.Actor) bool {
	switch who.Role {
	case model.RoleApplicant, model.RoleAgent:
		return who.ID == b.Applicant || who.ID == b.Agent && b.Agent != ""
	case model.RoleClerk:
		return true // another hall's is told by name where it matters: wrong_hall
	case model.RoleSystem:
		return true
	}
	return false
}

// Mine lists a person's bookings, the latest first.
func (s *Service) Mine(ctx context.Context, applicant, state string, limit int, cursor string) (store.Page[model.Booking], error) {
	var out store.Page[model.Booking]
	q := store.Query{Index: "applicant", Eq: []any{applicant}, Desc: true, Cursor: cursor}
	for {
		q.Limit = limit - len(out.Items)
		page, err := s.bookings.Find(ctx, q)
		if err != nil {
			return out, fmt.Errorf("booking: listing: %w", err)
		}
		for _, b := range page.Items {
			if state == "" || string(b.State) == state {
				out.Items = append(out.Items, b)
			}
		}
		out.Next, q.Cursor = page.Next, page.Next
		if page.Next == "" || len(out.Items) >= limit {
			return out, nil
		}
	}
}

// CountMine counts a person's bookings.
func (s *Service) CountMine(ctx context.Context, applicant string) (int64, error) {
	n, err := s.bookings.Tally(ctx, store.Query{Index: "applicant", Eq: []any{applicant}}, "applicant")
	if err != nil {
		return 0, fmt.Errorf("booking: counting: %w", err)
	}
	return n[applicant], nil
}

// Live is a matter's live booking; nil when it has none.
func (s *Service) Live(ctx context.Context, m *model.Matter) (*model.Booking, error) {
	page, err := s.bookings.Find(ctx, store.Query{Index: "matter", Eq: []any{m.ID}, Desc: true, Limit: 10})
	if err != nil {
		return nil, fmt.Errorf("booking: looking for %s's: %w", m.ID, err)
	}
	for _, b := range page.Items {
		if !b.Ended() {
			return b, nil
		}
	}
	return nil, nil
}

// Blocked is until when no-shows keep a person from booking; zero for not at all.
func (s *Service) Blocked(ctx context.Context, applicant string) (time.Time, error) {
	a, err := s.agendas.Get(ctx, applicant)
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("booking: reading agenda: %w", err)
	}
	if !a.Blocked(s.Clock.Now()) {
		return time.Time{}, nil
	}
	return *a.BlockedUntil, nil
}
