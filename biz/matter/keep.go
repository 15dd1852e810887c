package matter

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/account"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
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
		if m.NeverHandedIn() || m.State == model.MatterDraft {
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

var (
	_ account.Blocking = (*Service)(nil)
	_ account.Keeping  = (*Service)(nil)
)

// Blocking is what is under way for a person who wants to leave.
func (s *Service) Blocking(ctx context.Context, applicant string) (out []account.Blocker, err error) {
	err = s.each(ctx, applicant, func(m *model.Matter) error {
		switch {
		case !m.State.Ended() && m.State != model.MatterDraft:
			out = append(out, account.Blocker{Kind: "matter", ID: m.ID, Say: "办件 " + model.PrettyMatterNo(m.ID) + " 尚未办结"})
		case m.PapersOwed:
			out = append(out, account.Blocker{Kind: "matter", ID: m.ID, Say: "办件 " + model.PrettyMatterNo(m.ID) + " 的材料尚未退还"})
		}
		return nil
	})
	return out, err
}

// Kept is what stays of a person's matters though they leave.
func (s *Service) Kept(ctx context.Context, applicant string) (out []account.Kept, err error) {
	err = s.each(ctx, applicant, func(m *model.Matter) error {
		if until := m.KeptUntil(); !until.IsZero() && !m.NeverHandedIn() {
			out = append(out, account.Kept{Matter: m.ID, Item: m.Item.Name, Until: until, Why: m.Term().Why})
		}
		return nil
	})
	return out, err
}

// Erase takes a person's drafts away: an account.Holder.
func (s *Service) Erase(ctx context.Context, applicant string) error {
	return s.each(ctx, applicant, func(m *model.Matter) error {
		if m.State != model.MatterDraft && !m.NeverHandedIn() {
			return nil
		}
		if len(m.Outbox) > 0 {
			return fmt.Errorf("matter: %s has still something to tell", m.ID)
		}
		return s.forget(ctx, m)
	})
}

// each goes through a person's matters.
func (s *Service) each(ctx context.Context, applicant string, look func(*model.Matter) error) error {
	for cursor := ""; ; {
		page, err := s.matters.Find(ctx, store.Query{Index: "applicant", Eq: []any{applicant}, Limit: 100, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("matter: finding a person's: %w", err)
		}
		for _, m := range page.Items {
			if err := look(m); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// locked keeps who an applicant was, who has given up their account, from all but those who supervise the archive.
func (s *Service) locked(ctx context.Context, who model.Actor, m *model.Matter) error {
	if who.Role == model.RoleSupervisor || who.Role == model.RoleAdmin {
		return nil
	}
	a, err := s.Accounts.Get(ctx, m.Applicant)
	if err != nil {
		return fmt.Errorf("matter: reading the applicant: %w", err)
	}
	if a.Erased != nil {
		return fault.New("account_erased")
	}
	return nil
}
