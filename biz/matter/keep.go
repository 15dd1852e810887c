package matter

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Remains is what hangs on a matter elsewhere. ForgetMatter takes away what tells of its person; it may be told again.
type Remains interface {
	ForgetMatter(ctx context.Context, no string) error
}

// expire forgets the person of a matter that has been kept as long as it may (domain reference §13), and tells whether it did. The
// matter goes last, so that what was cut off is done again when it is looked at next.
func (s *Service) expire(ctx context.Context, no string) (bool, error) {
	m, err := s.matters.Get(ctx, no)
	if errors.Is(err, store.ErrNotFound) || err == nil && !m.Expired(s.now()) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("matter: reading %s: %w", no, err)
	}
	if len(m.Outbox) > 0 {
		return true, nil // what is still to be told needs it; the next sweep comes back
	}
	return true, s.forget(ctx, m)
}

func (s *Service) forget(ctx context.Context, m *model.Matter) error {
	for _, r := range s.Remains {
		if err := r.ForgetMatter(ctx, m.ID); err != nil {
			return fmt.Errorf("matter: forgetting %s: %w", m.ID, err)
		}
	}
	for _, folder := range []string{"matter/", "result/"} {
		if err := s.Files.DeleteFolder(ctx, folder+m.ID); err != nil {
			return fmt.Errorf("matter: forgetting %s: %w", m.ID, err)
		}
	}
	_, err := s.reviews.Update(ctx, m.ID, func(r *model.Review) error { r.Forget(); return nil })
	if err == nil || errors.Is(err, store.ErrNotFound) {
		if m.NeverHandedIn() {
			err = s.matters.Delete(ctx, m.ID)
		} else {
			_, err = s.matters.Update(ctx, m.ID, func(m *model.Matter) error { m.Forget(s.now()); return nil })
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("matter: forgetting %s: %w", m.ID, err)
	}
	return nil
}
