package booking

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Reown gives the bookings and the agenda of one account to another that turned out to be the same person. It may
// be run again at any point. Seats keep the name under which they were taken: the agenda is what guards a person's
// time.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	for {
		page, err := s.bookings.Find(ctx, store.Query{Index: "applicant", Eq: []any{from}, Limit: 100})
		if err != nil {
			return fmt.Errorf("booking: finding what is to move: %w", err)
		}
		if len(page.Items) == 0 {
			break
		}
		for _, b := range page.Items {
			_, err := s.bookings.Update(ctx, b.ID, func(b *model.Booking) error {
				if b.Applicant != from {
					return store.ErrUnchanged
				}
				b.Applicant = to
				return nil
			})
			if err != nil {
				return fmt.Errorf("booking: moving %s: %w", b.ID, err)
			}
		}
	}
	if err := s.joinAgenda(ctx, from, model.NewAgenda(to)); err != nil {
		return err
	}
	return s.joinAgenda(ctx, model.AgentAgendaID(from), model.NewAgentAgenda(to))
}

// joinAgenda takes one agenda into another and drops it. An entry that is made on the old one in between comes back
// with its booking, which names the new one by then.
func (s *Service) joinAgenda(ctx context.Context, from string, to *model.Agenda) error {
	old, err := s.agendas.Get(ctx, from)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("booking: reading agenda: %w", err)
	}
	_, err = s.agendas.Upsert(ctx, to.ID, func() *model.Agenda { return to }, func(a *model.Agenda) error {
		a.Absorb(old)
		return nil
	})
	if err != nil {
		return fmt.Errorf("booking: joining agendas: %w", err)
	}
	if err := s.agendas.Delete(ctx, from); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("booking: joining agendas: %w", err)
	}
	return nil
}
