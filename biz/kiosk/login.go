package kiosk

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/kiosk"
)

// loginID is a sign-in's id from the number in its code.
func loginID(n uint64) string { return "kl" + strconv.FormatUint(n, 36) }

// StartLogin draws a code for a person to scan at a machine.
func (s *Service) StartLogin(ctx context.Context, who model.Actor) (*kiosk.Login, string, error) {
	d, err := s.device(ctx, who.ID)
	if err != nil {
		return nil, "", err
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	n := binary.BigEndian.Uint64(b[:])
	l := kiosk.NewLogin(loginID(n), d, s.Clock.Now())
	if err := s.logins.Insert(ctx, l); err != nil {
		return nil, "", fmt.Errorf("kiosk: drawing a code: %w", err)
	}
	return l, s.QR.Make(token.QR{Kind: token.QRKioskLogin, ID: n, Expires: l.Expires}), nil
}

func (s *Service) login(ctx context.Context, id string) (*kiosk.Login, error) {
	l, err := s.logins.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found").Say("未找到该登录码")
	}
	if err != nil {
		return nil, fmt.Errorf("kiosk: reading a code: %w", err)
	}
	return l, nil
}

// Scanned shows a person the machine that they are about to sign in at.
func (s *Service) Scanned(ctx context.Context, code string) (*kiosk.Login, error) {
	q, err := s.QR.Read(token.FromScan(code))
	if err != nil {
		return nil, err
	}
	if q.Kind != token.QRKioskLogin {
		return nil, fault.New("qr_invalid").Say("这不是终端登录码")
	}
	return s.login(ctx, loginID(q.ID))
}

// Answer is the person's yes or no to a code that they have scanned.
func (s *Service) Answer(ctx context.Context, who model.Actor, code string, yes bool) (*kiosk.Login, error) {
	l, err := s.Scanned(ctx, code)
	if err != nil {
		return nil, err
	}
	return s.logins.Update(ctx, l.ID, func(l *kiosk.Login) error { return l.Answer(who.ID, yes, s.Clock.Now()) })
}

// Poll tells the machine what became of its code. After a yes it is given, once, a token for the person.
func (s *Service) Poll(ctx context.Context, who model.Actor, id string) (l *kiosk.Login, tok string, expires time.Time, err error) {
	if l, err = s.login(ctx, id); err != nil {
		return nil, "", expires, err
	}
	if l.Device != who.ID {
		return nil, "", expires, fault.New("not_found").Say("未找到该登录码")
	}
	if l.State != kiosk.LoginConfirmed {
		return l, "", expires, nil
	}
	if l, err = s.logins.Update(ctx, id, func(l *kiosk.Login) error { return l.Take(who.ID, s.Clock.Now()) }); err != nil {
		return nil, "", expires, err
	}
	tok, expires, err = s.Signer.Issue(model.Actor{Door: model.DoorKiosk, Role: model.RoleApplicant, ID: l.Person, Region: who.Region}, l.ID, kiosk.MostOf)
	return l, tok, expires, err
}

// touchEvery is how often a person's presence is written down.
const touchEvery = 20 * time.Second

func (s *Service) checkPerson(ctx context.Context, h token.Holder) error {
	l, err := s.logins.Get(ctx, h.Session)
	now := s.Clock.Now()
	if err != nil || l.Person != h.ID || !l.Alive(now) {
		return fault.New("unauthenticated").Say("登录已超时，请重新扫码")
	}
	if now.Sub(l.Used) < touchEvery {
		return nil
	}
	_, err = s.logins.Update(ctx, l.ID, func(l *kiosk.Login) error {
		l.Used = now.UTC().Truncate(time.Millisecond)
		return nil
	})
	return err
}

// EndLogin signs the person off; again is no error.
func (s *Service) EndLogin(ctx context.Context, session string) error {
	_, err := s.logins.Update(ctx, session, func(l *kiosk.Login) error {
		if !l.End() {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// WakeLogin forgets an old sign-in.
func (s *Service) WakeLogin(ctx context.Context, id string) error {
	if err := s.logins.Delete(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("kiosk: forgetting a code: %w", err)
	}
	return nil
}

// At is the machine at which a person has signed in.
func (s *Service) At(ctx context.Context, session string) (device string, err error) {
	l, err := s.login(ctx, session)
	if err != nil {
		return "", err
	}
	return l.Device, nil
}
