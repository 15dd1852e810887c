package notice

import (
	"context"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Reown gives the notices of one account to another that turned out to be the same person. It may be run again at
// any point. They keep their ids, so that an event told again is still the same notice.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	for {
		page, err := s.notices.Find(ctx, store.Query{Index: indexInbox, Eq: []any{from}, Limit: 100})
		if err != nil {
			return fmt.Errorf("notice: finding what is to move: %w", err)
		}
		if len(page.Items) == 0 {
			return nil
		}
		for _, n := range page.Items {
			_, err := s.notices.Update(ctx, n.ID, func(n *model.Notice) error {
				if n.Recipient != from {
					return store.ErrUnchanged
				}
				n.Recipient = to
				return nil
			})
			if err != nil {
				return fmt.Errorf("notice: moving one: %w", err)
			}
		}
	}
}
