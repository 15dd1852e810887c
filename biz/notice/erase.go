package notice

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
)

// Erase deletes a person's inbox: an account.Holder.
func (s *Service) Erase(ctx context.Context, applicant string) error {
	for {
		page, err := s.notices.Find(ctx, store.Query{Index: indexInbox, Eq: []any{applicant}, Limit: 100})
		if err != nil {
			return fmt.Errorf("notice: erasing: %w", err)
		}
		if len(page.Items) == 0 {
			return nil
		}
		for _, n := range page.Items {
			if err := s.notices.Delete(ctx, n.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("notice: erasing: %w", err)
			}
		}
	}
}
