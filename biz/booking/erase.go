package booking

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/account"
	"kuacheng/biz/store"
	"kuacheng/model"
)

var _ account.Blocking = (*Service)(nil)

// Blocking is what a person who wants to leave has booked, and a block that they would come out of by leaving.
func (s *Service) Blocking(ctx context.Context, applicant string) ([]account.Blocker, error) {
	var out []account.Blocker
	for _, id := range []string{applicant, model.AgentAgendaID(applicant)} {
		a, err := s.agendas.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("booking: reading agenda: %w", err)
		}
		for _, e := range a.Live {
			out = append(out, account.Blocker{Kind: "booking", ID: e.Booking, Say: "预约 " + e.Booking + " 尚未取消或完成"})
		}
		if a.BlockedUntil != nil && s.Clock.Now().Before(*a.BlockedUntil) {
			out = append(out, account.Blocker{Kind: "booking_block", ID: id, Say: "爽约限制至 " + model.NoticeTime(*a.BlockedUntil) + " 结束"})
		}
	}
	return out, nil
}

// Erase drops a person's agendas: an account.Holder. Bookings that are over hold no more than when and where.
func (s *Service) Erase(ctx context.Context, applicant string) error {
	for _, id := range []string{applicant, model.AgentAgendaID(applicant)} {
		if err := s.agendas.Delete(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("booking: erasing: %w", err)
		}
	}
	return nil
}
