package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// How long staff stay signed in (GB/T 22239 8.1.4.1; the numbers are ours).
const (
	staffIdle     = 30 * time.Minute
	staffAbsolute = 12 * time.Hour
	// seenEvery bounds how often a busy clerk's session is written.
	seenEvery = 5 * time.Minute
	// oneTimeLife is how long a password that somebody else has set may wait for its first use.
	oneTimeLife = 72 * time.Hour
)

// StaffLogin signs a staff member in. A wrong name and a wrong password are answered alike and take alike.
// Five failures of one name from one address lock that pair for fifteen minutes (login_locked).
func (s *Service) StaffLogin(ctx context.Context, username, password, address string) (StaffSession, error) {
	now := s.clock.Now()
	pair := s.keeper.Blind("login", username+"\x00"+address)
	attempts, err := s.attempts.Get(ctx, pair)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return StaffSession{}, fmt.Errorf("account: reading attempts: %w", err)
	}
	if err == nil && attempts.Locked(now) > 0 {
		return StaffSession{}, fault.New("login_locked").After(attempts.Locked(now))
	}
	staff, err := s.staff.Get(ctx, username)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return StaffSession{}, fmt.Errorf("account: reading staff: %w", err)
	}
	hash := nobody
	if err == nil {
		hash = staff.Password
	}
	if !checkPassword(hash, password) || err != nil || !staff.Active {
		return StaffSession{}, s.failLogin(ctx, pair, now)
	}
	if staff.OneTime && now.Sub(staff.PasswordAt) > oneTimeLife {
		return StaffSession{}, fault.New("login_failed").Say("初始密码已过期，请联系管理员重置")
	}
	return s.openStaff(ctx, staff, now)
}

// openStaff gives a member of staff a session.
func (s *Service) openStaff(ctx context.Context, staff *model.Staff, now time.Time) (StaffSession, error) {
	session := &model.Session{
		Head: model.Head{ID: s.newID()}, Subject: staff.ID, Door: staff.Actor().Door, Epoch: staff.Epoch,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(staffAbsolute),
	}
	session.Rest()
	if err := s.sessions.Insert(ctx, session); err != nil {
		return StaffSession{}, fmt.Errorf("account: opening session: %w", err)
	}
	tok, expires, err := s.signer.Issue(staff.Actor(), session.ID, staffAbsolute)
	if err != nil {
		return StaffSession{}, err
	}
	name, err := s.keeper.Open(staffName(staff.ID), staff.Name)
	if err != nil {
		return StaffSession{}, err
	}
	return StaffSession{Token: tok, Expires: expires, Staff: staff, Name: name}, nil
}

func (s *Service) failLogin(ctx context.Context, pair string, now time.Time) error {
	_, err := s.attempts.Upsert(ctx, pair,
		func() *model.Attempts { return &model.Attempts{Head: model.Head{ID: pair}, Since: now} },
		func(a *model.Attempts) error { a.Fail(now); return nil })
	if err != nil {
		return fmt.Errorf("account: counting attempts: %w", err)
	}
	return fault.New("login_failed")
}

// StaffSession is what a staff login gives.
type StaffSession struct {
	Token   string
	Expires time.Time
	Staff   *model.Staff
	Name    string // in full, for the person's own screen
}

// CheckStaff looks behind a staff token: the session is alive and not idle for half an hour, the account
// active and its epoch unchanged. It answers unauthenticated otherwise.
func (s *Service) CheckStaff(ctx context.Context, h token.Holder) error {
	now := s.clock.Now()
	session, err := s.sessions.Get(ctx, h.Session)
	if errors.Is(err, store.ErrNotFound) {
		return fault.New("unauthenticated")
	}
	if err != nil {
		return fmt.Errorf("account: reading session: %w", err)
	}
	if !session.Alive(now) || now.Sub(session.SeenAt) > staffIdle || session.Subject != h.ID {
		return fault.New("unauthenticated")
	}
	staff, err := s.staff.Get(ctx, h.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("account: reading staff: %w", err)
	}
	if err != nil || !staff.Active || staff.Epoch != session.Epoch || staff.Actor() != h.Actor {
		return fault.New("unauthenticated")
	}
	if now.Sub(session.SeenAt) < seenEvery {
		return mustChange(staff)
	}
	_, err = s.sessions.Update(ctx, session.ID, func(se *model.Session) error {
		if now.Sub(se.SeenAt) < seenEvery {
			return store.ErrUnchanged
		}
		se.SeenAt = now
		return nil
	})
	if err != nil {
		return fmt.Errorf("account: touching session: %w", err)
	}
	return mustChange(staff)
}

// mustChange answers password_change_required to who has come in by a password that somebody else knows. The guard lets them do
// nothing but set their own.
func mustChange(staff *model.Staff) error {
	if staff.OneTime {
		return fault.New("password_change_required")
	}
	return nil
}

// AddStaff makes an account; the same user name twice is store.ErrDuplicate. name is sealed here.
func (s *Service) AddStaff(ctx context.Context, staff model.Staff, name, password string) error {
	return s.staff.Insert(ctx, s.Enrol(staff, name, password))
}

// Enrol is a new account, not stored yet, with its name sealed and its password hashed.
func (s *Service) Enrol(staff model.Staff, name, password string) *model.Staff {
	now := moment(s.clock.Now())
	staff.Name = s.keeper.Seal(staffName(staff.ID), name)
	staff.NameMask = model.MaskName(name)
	staff.Active, staff.CreatedAt = true, now
	staff.SetPassword(HashPassword(password), now)
	return &staff
}

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// SandboxStaff reports whether accounts with the published password exist; a server outside the sandbox must
// not start with them.
func (s *Service) SandboxStaff(ctx context.Context) (bool, error) {
	page, err := s.staff.Find(ctx, store.Query{Index: "sandbox", Eq: []any{"sandbox"}, Limit: 1})
	if err != nil {
		return false, fmt.Errorf("account: looking for sandbox staff: %w", err)
	}
	return len(page.Items) > 0, nil
}

func staffName(id string) string { return "staff:" + id + ":name" }

// Staff gives an account with its name in full, for the person's own screen.
func (s *Service) Staff(ctx context.Context, id string) (*model.Staff, string, error) {
	staff, err := s.staff.Get(ctx, id)
	if err != nil {
		return nil, "", fmt.Errorf("account: reading staff: %w", err)
	}
	name, err := s.keeper.Open(staffName(id), staff.Name)
	return staff, name, err
}
