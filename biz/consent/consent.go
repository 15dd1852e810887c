// Package consent keeps what people have agreed to, in which words and when: the record of truth for whoever acts on a consent.
package consent

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/trust"
)

// Collection is the name of the consents.
const Collection = "consents"

// Follower acts on what a person has said of a purpose. It is told again until it succeeds, perhaps twice, and goes by what is said now.
type Follower func(ctx context.Context, applicant string, now trust.ConsentStep) error

// Service is the consents.
type Service struct {
	clock     clock.Clock
	consents  *store.Collection[trust.Consents]
	followers map[string][]Follower
}

// New opens the collection.
func New(ctx context.Context, db *store.DB, c clock.Clock) (*Service, error) {
	consents, err := store.Open(ctx, db, store.Spec[trust.Consents]{Name: Collection})
	if err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	return &Service{clock: c, consents: consents, followers: map[string][]Follower{}}, nil
}

// Follow lets somebody act on a purpose's answers; before anything runs.
func (s *Service) Follow(purpose string, f Follower) {
	s.followers[purpose] = append(s.followers[purpose], f)
}

// Of is all that a person has answered; nothing for one who has not.
func (s *Service) Of(ctx context.Context, applicant string) (*trust.Consents, error) {
	c, err := s.consents.Get(ctx, applicant)
	if errors.Is(err, store.ErrNotFound) {
		return &trust.Consents{Head: model.Head{ID: applicant}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("consent: reading: %w", err)
	}
	return c, nil
}

// Granted reports whether a person agrees to a purpose now.
func (s *Service) Granted(ctx context.Context, applicant, purpose string) (bool, error) {
	c, err := s.Of(ctx, applicant)
	return err == nil && c.Granted(purpose), err
}

// Refused reports whether a person has taken a consent back, and not given it again. Who was never asked has not.
func (s *Service) Refused(ctx context.Context, applicant, purpose string) (bool, error) {
	c, err := s.Of(ctx, applicant)
	if err != nil {
		return false, err
	}
	last, said := c.Standing(purpose)
	return said && !last.Granted, nil
}

// Say records an answer. via is what it was given with; "" for a page of its own.
func (s *Service) Say(ctx context.Context, applicant, purpose, version string, granted bool, via string) (*trust.Consents, error) {
	c, err := s.consents.Upsert(ctx, applicant, func() *trust.Consents { return &trust.Consents{Head: model.Head{ID: applicant}} },
		func(c *trust.Consents) error {
			said, err := c.Say(purpose, version, granted, via, s.clock.Now())
			if err == nil && !said && c.Rev > 0 {
				return store.ErrUnchanged
			}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("consent: recording: %w", err)
	}
	if !granted { // a refusal holds before it is answered; the event makes sure of it
		return c, s.tell(ctx, applicant, c, purpose)
	}
	return c, nil
}

// Said lets the followers act: the outbox.Handler of trust.KindConsent.
func (s *Service) Said(ctx context.Context, applicant string, e model.Event) error {
	c, err := s.Of(ctx, applicant)
	if err != nil {
		return err
	}
	return s.tell(ctx, applicant, c, e.Ref["purpose"])
}

func (s *Service) tell(ctx context.Context, applicant string, c *trust.Consents, purpose string) error {
	now, said := c.Standing(purpose)
	if !said {
		return nil
	}
	for _, follow := range s.followers[now.Purpose] {
		if err := follow(ctx, applicant, now); err != nil {
			return err
		}
	}
	return nil
}

// Reown makes what one account answered another's of the same person. The record of the old one stays.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	old, err := s.Of(ctx, from)
	if err != nil || len(old.Steps) == 0 {
		return err
	}
	_, err = s.consents.Upsert(ctx, to, func() *trust.Consents { return &trust.Consents{Head: model.Head{ID: to}} },
		func(c *trust.Consents) error {
			if !c.Absorb(old) && c.Rev > 0 {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("consent: taking over: %w", err)
	}
	return nil
}
