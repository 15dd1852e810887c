package consent

import (
	"context"

	"kuacheng/model/trust"
)

// Erase takes back what a person agreed to and may take back: an account.Holder. That they agreed is proof, and is kept under a number
// alone.
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
