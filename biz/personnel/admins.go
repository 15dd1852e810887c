package personnel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/account"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// lock lets one at a time take an administrator away: two of them must not cut each other off.
type lock struct {
	model.Head `json:",inline"`
	Until      time.Time `json:"until"`
}

// lockLife is how long a lock outlives who died holding it.
const lockLife = 30 * time.Second

// keepingAdmins does what takes an account its rights, unless it is that of the last administrator in use.
func (s *Service) keepingAdmins(ctx context.Context, x *model.Staff, loses bool, do func() (*model.Staff, error)) (*model.Staff, error) {
	if x.Role != model.RoleAdmin || !loses {
		return do()
	}
	const admins = "admins"
	now := s.Clock.Now()
	_, err := s.locks.Upsert(ctx, admins, func() *lock { return &lock{Head: model.Head{ID: admins}} }, func(l *lock) error {
		if now.Before(l.Until) {
			return fault.New("too_many_requests").After(time.Second)
		}
		l.Until = now.Add(lockLife).UTC().Truncate(time.Millisecond)
		return nil
	})
	if err != nil {
		return nil, err
	}
	x, err = s.unlessLast(ctx, do)
	_, freed := s.locks.Update(ctx, admins, func(l *lock) error { l.Until = time.Time{}; return nil })
	return x, errors.Join(err, freed)
}

func (s *Service) unlessLast(ctx context.Context, do func() (*model.Staff, error)) (*model.Staff, error) {
	page, err := s.staff.Find(ctx, store.Query{Index: "all_role", Eq: []any{account.StandingActive, string(model.RoleAdmin)}, Limit: 2})
	if err != nil {
		return nil, fmt.Errorf("personnel: counting administrators: %w", err)
	}
	if len(page.Items) < 2 {
		return nil, fault.New("last_admin")
	}
	return do()
}
