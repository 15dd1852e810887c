package policy

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/matter"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/policy"
)

// Say is what a person has said about being told things; nobody has agreed who has said nothing.
func (s *Service) Say(ctx context.Context, applicant string) (*policy.Audience, error) {
	a, err := s.audiences.Get(ctx, applicant)
	if errors.Is(err, store.ErrNotFound) {
		return &policy.Audience{Head: model.Head{ID: applicant}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("policy: reading a consent: %w", err)
	}
	return a, nil
}

// Agree lets a person be told things. version is the wording that they were shown: an old one is no consent to the new.
func (s *Service) Agree(ctx context.Context, applicant, version string) (*policy.Audience, error) {
	if version != policy.Version {
		return nil, fault.New("validation_failed").Field("version").Say("同意书已更新，请阅读最新版本").With("version", policy.Version)
	}
	return s.say(ctx, applicant, func(a *policy.Audience) bool { return a.Agree(version, s.Clock.Now()) })
}

// Decline ends it, from this moment.
func (s *Service) Decline(ctx context.Context, applicant string) (*policy.Audience, error) {
	return s.say(ctx, applicant, func(a *policy.Audience) bool { return a.Decline(s.Clock.Now()) })
}

func (s *Service) say(ctx context.Context, applicant string, do func(*policy.Audience) bool) (*policy.Audience, error) {
	a, err := s.audiences.Upsert(ctx, applicant, func() *policy.Audience { return &policy.Audience{Head: model.Head{ID: applicant}} },
		func(a *policy.Audience) error {
			if !do(a) && a.Rev > 0 {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("policy: keeping a consent: %w", err)
	}
	return a, nil
}

// Said gathers what a person has used once they agree, and forgets it once they decline: the outbox.Handler of policy.KindAudience.
// It goes by what they say now, so that two taps come out right in either order.
func (s *Service) Said(ctx context.Context, applicant string, _ model.Event) error {
	a, err := s.Say(ctx, applicant)
	if err != nil {
		return err
	}
	if a.On {
		return s.gather(ctx, applicant)
	}
	return s.forget(ctx, applicant)
}

func (s *Service) gather(ctx context.Context, applicant string) error {
	f := matter.Filter{Limit: 100}
	for {
		page, err := s.Matters.Mine(ctx, applicant, f)
		if err != nil {
			return fmt.Errorf("policy: gathering: %w", err)
		}
		for _, m := range page.Items {
			if m.Applicant != applicant {
				continue
			}
			if err := s.mark(ctx, m); err != nil {
				return err
			}
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return nil
		}
	}
}

func (s *Service) forget(ctx context.Context, applicant string) error {
	for {
		page, err := s.marks.Find(ctx, store.Query{Index: "person", Eq: []any{applicant}, Limit: 100})
		if err != nil {
			return fmt.Errorf("policy: forgetting: %w", err)
		}
		if len(page.Items) == 0 {
			return nil
		}
		for _, m := range page.Items {
			if err := s.marks.Delete(ctx, m.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("policy: forgetting: %w", err)
			}
		}
	}
}

// mark remembers that the applicant of a matter has used its item; a draft is no use.
func (s *Service) mark(ctx context.Context, m *model.Matter) error {
	at := m.Handed()
	if at.IsZero() || policy.Sensitive(m.Item.Department) {
		return nil
	}
	who, err := s.People.Get(ctx, m.Applicant)
	if err != nil {
		return fmt.Errorf("policy: marking: %w", err)
	}
	id := policy.MarkID(m.Applicant, m.Item.Code)
	_, err = s.marks.Upsert(ctx, id, func() *policy.Mark { return &policy.Mark{Head: model.Head{ID: id}} }, func(x *policy.Mark) error {
		if x.At.After(at) {
			return store.ErrUnchanged
		}
		x.Person, x.Item, x.Department, x.Region, x.Subject, x.At = m.Applicant, m.Item.Code, m.Item.Department, m.From, who.Kind, at
		return nil
	})
	if err != nil {
		return fmt.Errorf("policy: marking: %w", err)
	}
	return nil
}

// Counted follows matters that are handed in by people who have agreed; it is told of every change of what the ledger counts.
func (s *Service) Counted(ctx context.Context, no string, e model.Event) error {
	from, to, err := model.CountedMove(e)
	if err != nil || from != nil || to == nil {
		return err // only when it was first handed in
	}
	m, err := s.Matters.Peek(ctx, no)
	if fault.Code(err) == "not_found" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("policy: reading a matter: %w", err)
	}
	a, err := s.Say(ctx, m.Applicant)
	if err != nil || !a.On {
		return err
	}
	return s.mark(ctx, m)
}

// Reown lets what one account said count for another of the same person. It may be run again at any point.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	old, err := s.audiences.Get(ctx, from)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("policy: moving a consent: %w", err)
	}
	if _, err := s.say(ctx, to, func(a *policy.Audience) bool {
		a.Absorb(old, s.Clock.Now())
		return true
	}); err != nil {
		return err
	}
	if err := s.forget(ctx, from); err != nil {
		return err
	}
	if err := s.audiences.Delete(ctx, from); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("policy: moving a consent: %w", err)
	}
	return s.Said(ctx, to, model.Event{})
}
