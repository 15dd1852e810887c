package signal

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/signal"
)

// ruling is what the bureau has changed in the rules; nothing, before it has.
func (s *Service) ruling(ctx context.Context) (*signal.Ruling, error) {
	g, err := s.rulings.Get(ctx, signal.RulingID)
	if errors.Is(err, store.ErrNotFound) {
		return signal.NewRuling(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("signal: reading the rules: %w", err)
	}
	return g, nil
}

// book is the rules as they stand, in whichever process they were changed.
func (s *Service) book(ctx context.Context) (signal.Book, error) {
	g, err := s.ruling(ctx)
	if err != nil {
		return nil, err
	}
	return g.Book(), nil
}

// Ruling shows the rules as they stand to whoever supervises.
func (s *Service) Ruling(ctx context.Context) (*signal.Ruling, error) { return s.ruling(ctx) }

// ChangeRule sets a rule anew: what to leave as it is, is absent. The rules are one for all, so only the home city's bureau does.
func (s *Service) ChangeRule(ctx context.Context, who model.Actor, id string, change func(*signal.Setting), reason string) (*signal.Ruling, error) {
	if who.Region != s.Catalogue.Rollout().Home() {
		return nil, fault.New("forbidden").Say("监管规则由市级统一设定")
	}
	return s.rulings.Upsert(ctx, signal.RulingID, signal.NewRuling, func(g *signal.Ruling) error {
		to := g.Book()[id].Setting()
		change(&to)
		changed, err := g.Change(who, id, to, model.ScrubNumbers(reason), s.Clock.Now())
		if err == nil && !changed && g.Rev > 0 {
			return store.ErrUnchanged
		}
		return err
	})
}
