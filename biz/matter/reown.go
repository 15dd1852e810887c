package matter

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Reown gives the matters of one account, as applicant and as agent, to another that turned out to be the same
// person. What it finds leaves the old account's list in the write that moves it, so it may be run again at any
// point. The trail stays as it was: it says under which account something was done.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	for _, index := range []string{"applicant", "agent"} {
		for {
			page, err := s.matters.Find(ctx, store.Query{Index: index, Eq: []any{from}, Limit: 100})
			if err != nil {
				return fmt.Errorf("matter: finding what is to move: %w", err)
			}
			if len(page.Items) == 0 {
				break
			}
			for _, m := range page.Items {
				if err := s.reown(ctx, m.ID, from, to); err != nil {
					return fmt.Errorf("matter: moving %s: %w", m.ID, err)
				}
			}
		}
	}
	return nil
}

func (s *Service) reown(ctx context.Context, no, from, to string) error {
	// The review first: once the matter has moved, nobody looks for it here again.
	_, err := s.reviews.Update(ctx, no, func(r *model.Review) error {
		if !r.Reown(from, to) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	_, err = s.matters.Update(ctx, no, func(m *model.Matter) error {
		moved := m.Applicant == from
		if moved {
			m.Applicant = to
		}
		if m.Agent == from {
			m.Agent, moved = to, true
		}
		if !moved {
			return store.ErrUnchanged
		}
		return s.resealAddress(m, from)
	})
	return err
}

// resealAddress seals an address for its new owner; one that is sealed for the owner already is left alone.
func (s *Service) resealAddress(m *model.Matter, from string) error {
	if m.Delivery.Address == nil || m.Applicant == from {
		return nil
	}
	a := *m.Delivery.Address
	for field, value := range map[string]*model.Sealed{"name": &a.Name, "phone": &a.Phone, "detail": &a.Detail} {
		if _, err := s.Keeper.Open(addressPlace(m.Applicant, field), *value); err == nil {
			continue
		}
		plain, err := s.Keeper.Open(addressPlace(from, field), *value)
		if err != nil {
			return err
		}
		if *value, err = s.Keeper.SealFor(m.Applicant, addressPlace(m.Applicant, field), plain); err != nil {
			return err
		}
	}
	m.Delivery.Address = &a
	return nil
}
