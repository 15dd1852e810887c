package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Staff is the name of the collection of staff accounts, in which hand-overs and their wakes are found.
const Staff = "staff"

// Members is the collection of staff accounts, for who looks after them.
func (s *Service) Members() *store.Collection[model.Staff] { return s.staff }

// The words of the field "standing".
const (
	StandingActive   = "active"
	StandingDisabled = "disabled"
)

// staffSpec: accounts are listed by where they are, always those of one standing, of one role or of all. City and county follow from
// the region's code.
var staffSpec = store.Spec[model.Staff]{
	Name: Staff,
	Fields: []store.Field[model.Staff]{
		{Name: "org", Of: func(s *model.Staff) any { return s.Org }},
		{Name: "region", Of: func(s *model.Staff) any { return s.Region }},
		{Name: "city", Of: func(s *model.Staff) any {
			if len(s.Region) < 4 {
				return nil
			}
			return s.Region[:4]
		}},
		{Name: "role", Of: func(s *model.Staff) any { return string(s.Role) }},
		{Name: "standing", Of: func(s *model.Staff) any {
			if s.Active {
				return StandingActive
			}
			return StandingDisabled
		}},
		{Name: "sandbox", Of: func(s *model.Staff) any {
			if s.Sandbox {
				return "sandbox"
			}
			return nil
		}},
	},
	Indexes: []store.Index{
		{Name: "sandbox", Eq: []string{"sandbox"}},
		{Name: "all", Eq: []string{"standing"}}, {Name: "all_role", Eq: []string{"standing", "role"}},
		{Name: "city", Eq: []string{"city", "standing"}}, {Name: "city_role", Eq: []string{"city", "standing", "role"}},
		{Name: "region", Eq: []string{"region", "standing"}}, {Name: "region_role", Eq: []string{"region", "standing", "role"}},
		{Name: "org", Eq: []string{"org", "standing"}}, {Name: "org_role", Eq: []string{"org", "standing", "role"}},
	},
}

// MemberName opens the name of an account.
func (s *Service) MemberName(x *model.Staff) (string, error) {
	return s.keeper.Open(staffName(x.ID), x.Name)
}

// ChangePassword sets one's own password and gives a new session; every other one is cut. Guesses at the old password count as failed
// logins from the same address do.
func (s *Service) ChangePassword(ctx context.Context, id, old, next, address string) (StaffSession, error) {
	now := moment(s.clock.Now())
	pair := s.keeper.Blind("login", id+"\x00"+address)
	attempts, err := s.attempts.Get(ctx, pair)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return StaffSession{}, fmt.Errorf("account: reading attempts: %w", err)
	}
	if err == nil && attempts.Locked(now) > 0 {
		return StaffSession{}, fault.New("login_locked").After(attempts.Locked(now))
	}
	staff, err := s.staff.Get(ctx, id)
	if err != nil {
		return StaffSession{}, fmt.Errorf("account: reading staff: %w", err)
	}
	if !checkPassword(staff.Password, old) {
		if err := s.failLogin(ctx, pair, now); fault.Code(err) != "login_failed" {
			return StaffSession{}, err
		}
		return StaffSession{}, fault.New("validation_failed").Field("old_password").Say("原密码不正确")
	}
	if err := fresh(staff, next); err != nil {
		return StaffSession{}, err
	}
	hash := HashPassword(next)
	staff, err = s.staff.Update(ctx, id, func(x *model.Staff) error {
		if !x.Active || x.Password != staff.Password {
			return fault.New("unauthenticated") // disabled, or reset, while this was on its way
		}
		x.SetPassword(hash, now)
		x.OneTime, x.Sandbox = false, false
		x.Origin = nil // which holds the answer with the first password
		x.Steps = append(x.Steps, model.StaffStep{At: now, By: id, Role: x.Role, What: "password_changed"})
		return nil
	})
	if err != nil {
		return StaffSession{}, err
	}
	return s.openStaff(ctx, staff, now)
}

// fresh refuses a new password that is weak, holds the account's name, or was used before.
func fresh(staff *model.Staff, password string) error {
	if err := model.CheckPassword(password); err != nil {
		return fault.New("password_weak").Field("new_password")
	}
	if strings.Contains(strings.ToLower(password), strings.ToLower(staff.ID)) {
		return fault.New("password_weak").Field("new_password").Say("密码不能包含账号")
	}
	for _, hash := range append([]string{staff.Password}, staff.OldPasswords...) {
		if checkPassword(hash, password) {
			return fault.New("password_weak").Field("new_password").Say("不能使用最近用过的密码")
		}
	}
	return nil
}

// CutStaff ends what sessions of a member of staff are no good any more. The guard refuses them already, by the account's epoch: this
// leaves the reason on them.
func (s *Service) CutStaff(ctx context.Context, id, why string) error {
	staff, err := s.staff.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("account: reading staff: %w", err)
	}
	now := s.clock.Now()
	for cursor := ""; ; {
		page, err := s.sessions.Find(ctx, store.Query{Index: "subject", Eq: []any{id}, Limit: 100, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("account: cutting sessions: %w", err)
		}
		for _, x := range page.Items {
			if !x.Alive(now) || staff.Active && x.Epoch == staff.Epoch {
				continue
			}
			if _, err := s.sessions.Update(ctx, x.ID, func(x *model.Session) error { x.End(why, now); return nil }); err != nil {
				return fmt.Errorf("account: cutting session: %w", err)
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
