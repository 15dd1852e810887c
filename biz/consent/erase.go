package consent

import (
	"context"

	"kuacheng/biz/account"
	"kuacheng/model/trust"
)

// Blocking is nothing. *Service is an account.Holder.
func (s *Service) Blocking(context.Context, string) ([]account.Blocker, error) { return nil, nil }

// Kept is nothing that names a person: that somebody agreed is proof, and is kept under a number alone.
func (s *Service) Kept(context.Context, string) ([]account.Kept, error) { return nil, nil }

// Erase takes back what a person agreed to and may take back.
func (s *Service) Erase(ctx context.Context, applicant string) error {
	for _, p := range trust.Purposes {
		if p.Needed {
			continue
		}
		granted, err := s.Granted(ctx, applicant, p.Key)
		if err != nil {
			return err
		}
		if !granted {
			continue
		}
		if _, err := s.Say(ctx, applicant, p.Key, "", false, "erasure"); err != nil {
			return err
		}
	}
	return nil
}
