package booking

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// CalledBy lists who stands at, or is on their way to, a clerk's window in a hall today.
func (s *Service) CalledBy(ctx context.Context, hall, clerk string) ([]*model.Booking, error) {
	today := model.DateOf(s.Clock.Now())
	var out []*model.Booking
	for cursor := ""; ; {
		page, err := s.bookings.Find(ctx, store.Query{Index: "day", Eq: []any{hall + ":" + string(today)}, Limit: 100, Cursor: cursor})
		if err != nil {
			return nil, fmt.Errorf("booking: listing a day: %w", err)
		}
		for _, b := range page.Items {
			if b.Caller() == clerk {
				out = append(out, b)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	queue, err := s.queues.Get(ctx, model.QueueID(hall, today))
	if errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("booking: reading a queue: %w", err)
	}
	walkIns, err := s.walkInsOf(ctx, queue)
	if err != nil {
		return nil, err
	}
	for _, e := range queue.Entries {
		if b := walkIns[e.Ticket]; b != nil && e.CalledBy == clerk && (b.State == model.BookingCalled || b.State == model.BookingServing) {
			out = append(out, b)
		}
	}
	return out, nil
}

// Release puts those whom a clerk has called in a hall today back in line, for another to call. It may run again after any of them.
func (s *Service) Release(ctx context.Context, hall, clerk string) error {
	called, err := s.CalledBy(ctx, hall, clerk)
	if err != nil {
		return err
	}
	for _, b := range called {
		if ticketForm.MatchString(b.ID) {
			continue // with the queue, below
		}
		_, err := s.atCounter(ctx, b.ID, func(b *model.Booking) error {
			err := b.Release(clerk, s.Clock.Now())
			if errors.Is(err, model.ErrAlreadyApplied) {
				return store.ErrUnchanged
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("booking: releasing %s: %w", b.ID, err)
		}
	}
	_, err = s.queues.Update(ctx, model.QueueID(hall, model.DateOf(s.Clock.Now())), func(q *model.Queue) error {
		if !q.Release(clerk) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
