package account

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Used notes that a person has signed in with a kind of device that keeps its sign-ins elsewhere: a machine.
func (s *Service) Used(ctx context.Context, id, device string) error {
	return s.note(ctx, id, func(a *model.Applicant) bool { return a.Use(device, s.clock.Now()) })
}

// Met notes that a person was compared with their document in person: identity level 2.
func (s *Service) Met(ctx context.Context, id string) error {
	return s.note(ctx, id, (*model.Applicant).Meet)
}

// note changes the account that goes on for an id; one that is no more is left in peace.
func (s *Service) note(ctx context.Context, id string, change func(*model.Applicant) bool) error {
	id, err := s.Survivor(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.applicants.Update(ctx, id, func(a *model.Applicant) error {
		if a.MergedInto != "" || !change(a) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("account: noting: %w", err)
	}
	return nil
}

// SignIns lists all of a person's sign-ins that are kept, ended ones too, the latest first.
func (s *Service) SignIns(ctx context.Context, subject string, limit int, cursor string) (store.Page[model.Session], error) {
	page, err := s.sessions.Find(ctx, store.Query{Index: "subject", Eq: []any{subject}, Desc: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("account: listing sign-ins: %w", err)
	}
	return page, nil
}

// CountSignIns counts them.
func (s *Service) CountSignIns(ctx context.Context, subject string) (int64, error) {
	n, err := s.sessions.Tally(ctx, store.Query{Index: "subject", Eq: []any{subject}}, "subject")
	return n[subject], err
}
