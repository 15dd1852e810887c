package kiosk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/kiosk"
)

// loginSpec lets people find where they have signed in.
var loginSpec = store.Spec[kiosk.Login]{
	Name: Logins,
	Fields: []store.Field[kiosk.Login]{
		{Name: "person", Of: func(l *kiosk.Login) any {
			if l.Person == "" {
				return nil
			}
			return l.Person
		}},
		{Name: "made", Of: func(l *kiosk.Login) any { return l.Made }},
	},
	Indexes: []store.Index{{Name: "person", Eq: []string{"person"}, Sort: "made"}},
}

// Logins lists a person's sign-ins at machines that are still remembered, the latest first.
func (s *Service) Logins(ctx context.Context, person string, limit int, cursor string) (store.Page[kiosk.Login], error) {
	page, err := s.logins.Find(ctx, store.Query{Index: "person", Eq: []any{person}, Desc: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("kiosk: listing sign-ins: %w", err)
	}
	return page, nil
}

// CountLogins counts them.
func (s *Service) CountLogins(ctx context.Context, person string) (int64, error) {
	n, err := s.logins.Tally(ctx, store.Query{Index: "person", Eq: []any{person}}, "person")
	return n[person], err
}

// SignedIn lists the machines at which a person is signed in now; a sign-in lasts a quarter of an hour at most.
func (s *Service) SignedIn(ctx context.Context, person string) ([]*kiosk.Login, error) {
	now := s.Clock.Now()
	page, err := s.logins.Find(ctx, store.Query{Index: "person", Eq: []any{person}, From: now.Add(-kiosk.MostOf), Desc: true, Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("kiosk: listing sign-ins: %w", err)
	}
	var alive []*kiosk.Login
	for _, l := range page.Items {
		if l.Alive(now) {
			alive = append(alive, l)
		}
	}
	return alive, nil
}

// IsLogin tells the id of a sign-in at a machine from those of other sign-ins.
func IsLogin(id string) bool { return strings.HasPrefix(id, "kl") }

// SignOff ends one of a person's sign-ins at machines, from the next touch on; again is no error.
func (s *Service) SignOff(ctx context.Context, person, id string) error {
	_, err := s.logins.Update(ctx, id, func(l *kiosk.Login) error {
		if l.Person != person {
			return fault.New("not_found").Say("未找到该登录")
		}
		if !l.End() {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return fault.New("not_found").Say("未找到该登录")
	}
	return err
}

// SignOffAll ends all of a person's sign-ins at machines, and says how many.
func (s *Service) SignOffAll(ctx context.Context, person string) (ended int, err error) {
	alive, err := s.SignedIn(ctx, person)
	if err != nil {
		return 0, err
	}
	for _, l := range alive {
		if err := s.SignOff(ctx, person, l.ID); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// SignedInAt tells the account that its person has signed in at a machine: the outbox.Handler of kiosk.KindSignedIn.
func (s *Service) SignedInAt(ctx context.Context, id string, _ model.Event) error {
	l, err := s.logins.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("kiosk: reading a code: %w", err)
	}
	return s.Accounts.Used(ctx, l.Person, "kiosk")
}

// Certificates lists the certificates that machines have made for a person, the latest first.
func (s *Service) Certificates(ctx context.Context, person string, limit int, cursor string) (store.Page[kiosk.Certificate], error) {
	page, err := s.certificates.Find(ctx, store.Query{Index: "applicant", Eq: []any{person}, Desc: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("kiosk: listing certificates: %w", err)
	}
	return page, nil
}

// CountCertificates counts them.
func (s *Service) CountCertificates(ctx context.Context, person string) (int64, error) {
	n, err := s.certificates.Tally(ctx, store.Query{Index: "applicant", Eq: []any{person}}, "applicant")
	return n[person], err
}
