package policy

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/account"
	"kuacheng/biz/store"
)

// Blocking is nothing. *Service is an account.Holder.
func (s *Service) Blocking(context.Context, string) ([]account.Blocker, error) { return nil, nil }

// Kept is nothing.
func (s *Service) Kept(context.Context, string) ([]account.Kept, error) { return nil, nil }

// Erase takes a person out of every audience, and what they were told with them.
func (s *Service) Erase(ctx context.Context, applicant string) error {
	if err := s.forget(ctx, applicant); err != nil {
		return err
	}
	if err := s.audiences.Delete(ctx, applicant); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("policy: erasing: %w", err)
	}
	return nil
}
