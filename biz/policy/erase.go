package policy

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
)

// Erase takes a person out of every audience, and what they were told with them: an account.Holder.
func (s *Service) Erase(ctx context.Context, applicant string) error {
	if err := s.forget(ctx, applicant); err != nil {
		return err
	}
	if err := s.audiences.Delete(ctx, applicant); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("policy: erasing: %w", err)
	}
	return nil
}
