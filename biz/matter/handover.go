package matter

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Held lists the open matters that a member of staff answers for, the most urgent first.
func (s *Service) Held(ctx context.Context, staff string, limit int, cursor string) (store.Page[model.Matter], error) {
	page, err := s.matters.Find(ctx, store.Query{Index: "handler", Eq: []any{staff}, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("matter: listing: %w", err)
	}
	return page, nil
}

// CountHeld counts them.
func (s *Service) CountHeld(ctx context.Context, staff string) (int, error) {
	states, err := s.matters.Tally(ctx, store.Query{Index: "handler", Eq: []any{staff}}, "state")
	if err != nil {
		return 0, fmt.Errorf("matter: counting: %w", err)
	}
	n := 0
	for _, count := range states {
		n += int(count)
	}
	return n, nil
}

// HandOver lets a colleague answer for a matter, or all of the organisation. What is done already is no error.
func (s *Service) HandOver(ctx context.Context, no, from, to string, by model.Actor, why string) error {
	_, err := s.matters.Update(ctx, no, func(m *model.Matter) error {
		err := m.HandOver(from, to, by, why, s.now())
		if errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		}
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("matter: handing over %s: %w", no, err)
	}
	return nil
}
