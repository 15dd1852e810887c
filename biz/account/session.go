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

const (
	// sessionsShown is how many sign-ins are looked at; each lasts a month at most.
	sessionsShown = 100
	// sessionsKnown and knownFor bound what a process among several remembers of sign-ins: what another has ended is refused here
	// within that time.
	sessionsKnown = 50_000
	knownFor      = 3 * time.Second
)

// CheckCitizen looks behind a citizen's token: the sign-in that it belongs to is this person's and has not been ended. Where
// nobody else writes, the store itself remembers it; otherwise it is remembered for seconds.
func (s *Service) CheckCitizen(ctx context.Context, h token.Holder) error {
	session, known := (*model.Session)(nil), false
	if s.known != nil {
		session, known = s.known.GetIfPresent(h.Session)
	}
	if !known {
		var err error
		session, err = s.sessions.Get(ctx, h.Session)
		if errors.Is(err, store.ErrNotFound) {
			return fault.New("unauthenticated")
		}
		if err != nil {
			return fmt.Errorf("account: reading session: %w", err)
		}
		s.remember(session)
	}
	if session.Subject != h.ID || !session.EndedAt.IsZero() {
		return fault.New("unauthenticated")
	}
	return nil
}

func (s *Service) remember(session *model.Session) {
	if s.known != nil {
		s.known.Set(session.ID, session)
	}
}

// Sessions lists a person's sign-ins that can still be used, the latest first.
func (s *Service) Sessions(ctx context.Context, subject string) ([]*model.Session, error) {
	page, err := s.sessions.Find(ctx, store.Query{Index: "subject", Eq: []any{subject}, Desc: true, Limit: sessionsShown})
	if err != nil {
		return nil, fmt.Errorf("account: listing sessions: %w", err)
	}
	now := s.clock.Now()
	var alive []*model.Session
	for _, x := range page.Items {
		if x.Alive(now) {
			alive = append(alive, x)
		}
	}
	return alive, nil
}

// Revoke ends one of a person's sign-ins, from the next request on; again is no error.
func (s *Service) Revoke(ctx context.Context, subject, id string) error {
	now := s.clock.Now()
	ended, err := s.sessions.Update(ctx, id, func(x *model.Session) error {
		if x.Subject != subject {
			return fault.New("not_found").Say("未找到该登录")
		}
		if !x.EndedAt.IsZero() {
			return store.ErrUnchanged
		}
		x.End("revoked", now)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return fault.New("not_found").Say("未找到该登录")
	}
	if err != nil {
		return fmt.Errorf("account: revoking: %w", err)
	}
	s.remember(ended)
	return nil
}

// RevokeOthers ends all of a person's sign-ins but one, and says how many.
func (s *Service) RevokeOthers(ctx context.Context, subject, keep string) (ended int, err error) {
	alive, err := s.Sessions(ctx, subject)
	if err != nil {
		return 0, err
	}
	for _, x := range alive {
		if x.ID == keep {
			continue
		}
		if err := s.Revoke(ctx, subject, x.ID); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}
