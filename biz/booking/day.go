package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// CheckIn notes that the person has come, and gives the queue number.
func (s *Service) CheckIn(ctx context.Context, who model.Actor, id string, priority model.Priority) (*model.Booking, error) {
	b, err := s.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if again, err := b.CanCheckIn(who, s.Clock.Now()); again || err != nil {
		return b, err
	}
	var entry model.QueueEntry
	queue := model.QueueID(b.Hall, b.Date)
	_, err = s.queues.Upsert(ctx, queue, func() *model.Queue { return model.NewQueue(b.Hall, b.Date) }, func(q *model.Queue) error {
		entry = q.Enter(model.QueueArrival{
			Booking: b.ID, Matter: b.Matter, Applicant: b.Applicant, Priority: priority, SlotStarts: b.Starts,
		}, s.Clock.Now())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("booking: queueing: %w", err)
	}
	return s.atCounter(ctx, b.ID, func(b *model.Booking) error { return b.CheckIn(who, entry.Ticket, priority, s.Clock.Now()) })
}

// Call calls the person to a window; "" is the clerk's own hall's, unnamed.
func (s *Service) Call(ctx context.Context, who model.Actor, id, window string) (*model.Booking, error) {
	if b, ok, err := s.walkIn(ctx, who, id, func(q *model.Queue) error {
		return q.CallWalkIn(who, id, s.windowName(who.Hall, window), s.Clock.Now())
	}); ok {
		return b, err
	}
	b, err := s.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return s.atCounter(ctx, b.ID, func(b *model.Booking) error { return b.Call(who, s.windowName(b.Hall, window), s.Clock.Now()) })
}

// windowName says a window as people find it: "一楼 K02 跨城通办专窗".
func (s *Service) windowName(hallID, number string) string {
	hall, ok := s.Catalogue.Hall(hallID)
	if !ok {
		return number
	}
	for _, w := range hall.Windows {
		if w.Number == number || number == "" && w.CrossCity && !w.Closed {
			return w.Floor + " " + w.Number + " " + w.Name
		}
	}
	return number
}

// Serve notes that the person stands at the window.
func (s *Service) Serve(ctx context.Context, who model.Actor, id string) (*model.Booking, error) {
	if b, ok, err := s.walkIn(ctx, who, id, func(q *model.Queue) error { return q.ServeWalkIn(who, id) }); ok {
		return b, err
	}
	b, err := s.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return s.atCounter(ctx, b.ID, func(b *model.Booking) error { return b.Serve(who, s.Clock.Now()) })
}

// NotThere notes that a called person did not come: missed the first time, a no-show the second.
func (s *Service) NotThere(ctx context.Context, who model.Actor, id string) (*model.Booking, error) {
	if b, ok, err := s.walkIn(ctx, who, id, func(q *model.Queue) error { return q.MissWalkIn(who, id) }); ok {
		return b, err
	}
	b, err := s.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return s.atCounter(ctx, b.ID, func(b *model.Booking) error { return b.NotThere(who, s.Clock.Now()) })
}

// atCounter lets something happen at the counter and brings the queue in line with it.
func (s *Service) atCounter(ctx context.Context, id string, apply func(*model.Booking) error) (*model.Booking, error) {
	b, err := s.change(ctx, id, apply)
	if err != nil {
		return nil, err
	}
	return b, s.followQueue(ctx, b)
}

func (s *Service) followQueue(ctx context.Context, b *model.Booking) error {
	_, err := s.queues.Update(ctx, model.QueueID(b.Hall, b.Date), func(q *model.Queue) error { q.Follow(b, s.Clock.Now()); return nil })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Day lists the bookings of a hall's day: who is called or at a window, who waits in the order of the queue,
// then who is expected, then who is done.
func (s *Service) Day(ctx context.Context, hall string, date model.Date) ([]*model.Booking, error) {
	var all []*model.Booking
	for cursor := ""; ; {
		page, err := s.bookings.Find(ctx, store.Query{Index: "day", Eq: []any{hall + ":" + string(date)}, Limit: 100, Cursor: cursor})
		if err != nil {
			return nil, fmt.Errorf("booking: listing a day: %w", err)
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	queue, err := s.queues.Get(ctx, model.QueueID(hall, date))
	if errors.Is(err, store.ErrNotFound) {
		return all, nil
	}
	if err != nil {
		return nil, fmt.Errorf("booking: reading a queue: %w", err)
	}
	byID, err := s.walkInsOf(ctx, queue)
	if err != nil {
		return nil, err
	}
	for _, b := range byID {
		all = append(all, b)
	}
	for _, b := range all {
		byID[b.ID] = b
	}
	out := make([]*model.Booking, 0, len(all))
	take := func(id string) {
		if b := byID[id]; b != nil {
			out = append(out, b)
			delete(byID, id)
		}
	}
	for _, b := range all {
		if b.State == model.BookingCalled || b.State == model.BookingServing {
			take(b.ID)
		}
	}
	for _, e := range queue.Order() {
		take(cmp.Or(e.Booking, e.Ticket))
	}
	for _, live := range []bool{true, false} {
		for _, b := range all {
			if b.Ended() != live {
				take(b.ID)
			}
		}
	}
	return out, nil
}

// Scanned finds the booking of an appointment code for the clerk who scans it.
func (s *Service) Scanned(ctx context.Context, who model.Actor, number uint64, version int) (*model.Booking, error) {
	b, err := s.Get(ctx, who, model.BookingIDOf(number))
	if err != nil {
		return nil, fault.New("qr_invalid")
	}
	if err := b.QRLive(version); err != nil {
		return nil, err
	}
	if b.Hall != who.Hall {
		return nil, fault.New("wrong_hall").Say("预约的是"+b.HallName).With("hall", b.Hall).With("hall_name", b.HallName)
	}
	return b, nil
}

// Shown finds the booking of an appointment code for anyone who opens its link.
func (s *Service) Shown(ctx context.Context, number uint64, version int) (*model.Booking, error) {
	b, err := s.bookings.Get(ctx, model.BookingIDOf(number))
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("qr_invalid")
	}
	if err != nil {
		return nil, fmt.Errorf("booking: reading: %w", err)
	}
	return b, b.QRLive(version)
}
