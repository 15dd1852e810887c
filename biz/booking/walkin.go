package booking

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// ticketForm is how a walk-in's ticket stands where a booking's id would: it is known within a hall's day only.
var ticketForm = regexp.MustCompile(`^[WP]\d{3,}$`)

// TakeTicket lets a person without an appointment wait: for a matter that could be booked here now. The same
// matter again has the ticket that it has.
func (s *Service) TakeTicket(ctx context.Context, who model.Actor, matterNo string, priority model.Priority) (*model.Booking, error) {
	m, err := s.Matters.Get(ctx, who, matterNo)
	if err != nil {
		return nil, err
	}
	if _, err := model.PurposeOf(string(m.State), m.Mode); err != nil {
		return nil, err
	}
	hall, ok := s.Catalogue.Hall(who.Hall)
	if !ok || !hall.Serves(m.Item.Department) {
		return nil, fault.New("hall_not_serving").With("hall", who.Hall)
	}
	if b, err := s.Live(ctx, m); err != nil {
		return nil, err
	} else if b != nil && b.Hall == who.Hall && b.Ticket != "" {
		return nil, fault.New("already_booked").Say("已用预约签到，排队号 "+b.Ticket).With("booking", b.ID)
	}
	now := s.Clock.Now()
	date := model.DateOf(now)
	var entry model.QueueEntry
	_, err = s.queues.Upsert(ctx, model.QueueID(who.Hall, date), func() *model.Queue { return model.NewQueue(who.Hall, date) }, func(q *model.Queue) error {
		entry = q.Enter(model.QueueArrival{Matter: m.ID, Applicant: m.Applicant, Priority: priority}, now)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("booking: queueing: %w", err)
	}
	return asBooking(who.Hall, date, entry, m), nil
}

// asBooking shows a walk-in's ticket in the shape of a booking without a slot.
func asBooking(hall string, date model.Date, e model.QueueEntry, m *model.Matter) *model.Booking {
	purpose, _ := model.PurposeOf(string(m.State), m.Mode)
	return &model.Booking{
		Head: model.Head{ID: e.Ticket}, Matter: m.ID, Purpose: purpose, Applicant: m.Applicant, Item: m.Item.Short,
		Department: m.Item.Department, Hall: hall, Date: date, State: walkInStates[e.State], Ticket: e.Ticket,
		Priority: e.Priority, Window: e.Window, Calls: e.Calls, CalledAt: e.CalledAt, Misses: e.Misses,
		Steps: []model.BookingStep{{At: e.EnteredAt}},
	}
}

var walkInStates = map[model.TicketState]model.BookingState{
	model.TicketWaiting: model.BookingCheckedIn, model.TicketCalled: model.BookingCalled, model.TicketServing: model.BookingServing,
	model.TicketMissed: model.BookingMissed, model.TicketDone: model.BookingServed, model.TicketGone: model.BookingNoShow,
}

// walkIn lets something happen to a ticket of the clerk's hall today, and shows it; ok is false for what is no
// walk-in's ticket.
func (s *Service) walkIn(ctx context.Context, who model.Actor, id string, act func(*model.Queue) error) (b *model.Booking, ok bool, err error) {
	if !ticketForm.MatchString(id) {
		return nil, false, nil
	}
	date := model.DateOf(s.Clock.Now())
	q, err := s.queues.Update(ctx, model.QueueID(who.Hall, date), act)
	if errors.Is(err, store.ErrNotFound) {
		return nil, true, notFound()
	}
	if err != nil {
		return nil, true, err
	}
	e, _ := q.Get(id)
	m, err := s.Matters.Peek(ctx, e.Matter)
	if err != nil {
		return nil, true, err
	}
	return asBooking(who.Hall, date, e, m), true, nil
}

// walkInsOf shows the walk-ins of a hall's day by ticket.
func (s *Service) walkInsOf(ctx context.Context, q *model.Queue) (map[string]*model.Booking, error) {
	out := map[string]*model.Booking{}
	for _, e := range q.Entries {
		if e.Booking != "" || e.Matter == "" {
			continue
		}
		m, err := s.Matters.Peek(ctx, e.Matter)
		if err != nil {
			return nil, err
		}
		out[e.Ticket] = asBooking(q.Hall, q.Date, e, m)
	}
	return out, nil
}

// finishWalkIn ends a matter's ticket where it was served without an appointment, and forgives today's missed
// one: the person did come (domain rule §4).
func (s *Service) finishWalkIn(ctx context.Context, m *model.Matter, hall string) error {
	now := s.Clock.Now()
	served := false
	_, err := s.queues.Update(ctx, model.QueueID(hall, model.DateOf(now)), func(q *model.Queue) error {
		for _, e := range q.Entries {
			if e.Booking == "" && e.Matter == m.ID && e.State == model.TicketServing {
				served = true
				return q.FinishWalkIn(model.Actor{Door: model.DoorSystem, Hall: hall}, e.Ticket)
			}
		}
		return store.ErrUnchanged
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) || !served {
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	}
	page, err := s.bookings.Find(ctx, store.Query{Index: "matter", Eq: []any{m.ID}, Desc: true, Limit: 10})
	if err != nil {
		return fmt.Errorf("booking: looking for a missed one: %w", err)
	}
	for _, b := range page.Items {
		if b.State == model.BookingNoShow && b.Date == model.DateOf(now) && b.Waived == "" {
			if _, err := s.change(ctx, b.ID, func(b *model.Booking) error {
				return b.WaiveNoShow(model.System, "served_as_walk_in", now)
			}); err != nil {
				return err
			}
		}
	}
	return nil
}
