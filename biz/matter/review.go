package matter

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
)

// Rating is what an applicant says of the service.
type Rating struct {
	Stars   int
	Tags    []string
	Comment string
}

// Rate keeps the applicant's review (好差评), one for each matter. render makes the answer; a repeated request
// gets the first one.
func (s *Service) Rate(ctx context.Context, who model.Actor, number string, in Rating, request once.Request,
	render func(*model.Review) ([]byte, error)) ([]byte, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	rating := model.Rating{
		Stars: in.Stars, Tags: in.Tags, At: s.now(), Text: model.ScrubNumbers(in.Comment),
		Comment: s.Keeper.Seal("review:"+m.ID+":comment", in.Comment),
	}
	var answer []byte
	_, err = s.reviews.Upsert(ctx, m.ID, func() *model.Review { return model.NewReview(m) }, func(r *model.Review) error {
		made, err := request.Made(r.Origin)
		if err != nil {
			return err
		}
		if made {
			if answer, err = request.Answer(r.Origin); err != nil {
				return err
			}
			return store.ErrUnchanged
		}
		if err := r.Rate(m, who, rating); err != nil {
			return err
		}
		if answer, err = render(r); err != nil {
			return err
		}
		r.Origin = request.Origin(answer, s.now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer, s.noteReview(ctx, m.ID)
}

// noteReview writes on the matter that it has been rated. The review's own event does it again, in case this
// process dies between the two.
func (s *Service) noteReview(ctx context.Context, no string) error {
	r, err := s.Review(ctx, no)
	if err != nil || r == nil {
		return err
	}
	stars := 0
	if r.Counts() {
		stars = r.Rating.Stars
	}
	_, err = s.matters.Update(ctx, no, func(m *model.Matter) error {
		if err := m.SetReviewed(stars, s.now(), s.env()); errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		} else if err != nil {
			return err
		}
		return nil
	})
	return err
}

// Reviewed is the handler of a review's event.
func (s *Service) Reviewed(ctx context.Context, no string, _ model.Event) error {
	return s.noteReview(ctx, no)
}

// recordSilence writes the review that nobody gave; it is shown apart and never in any rate.
func (s *Service) recordSilence(ctx context.Context, m *model.Matter) error {
	_, err := s.reviews.Upsert(ctx, m.ID, func() *model.Review { return model.NewReview(m) }, func(r *model.Review) error {
		if r.Rating.Stars > 0 {
			return store.ErrUnchanged
		}
		return r.Default(m, s.now())
	})
	return err
}

// Review gives the review of a matter; nil when there is none.
func (s *Service) Review(ctx context.Context, no string) (*model.Review, error) {
	r, err := s.reviews.Get(ctx, no)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("matter: reading review of %s: %w", no, err)
	}
	return r, nil
}

// Reveal shows one datum of the applicant unmasked. Who looked, at what and why is on the trail before the
// answer is given: what cannot be recorded is not shown.
func (s *Service) Reveal(ctx context.Context, who model.Actor, number, field, why string) (string, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return "", err
	}
	_, err = s.matters.Update(ctx, m.ID, func(m *model.Matter) error {
		return m.Record(model.Note{
			Kind: model.NoteReveal, Actor: who, At: s.now(), Why: model.ScrubNumbers(why), Data: map[string]string{"field": field},
		})
	})
	if err != nil {
		return "", fmt.Errorf("matter: recording a reveal: %w", err)
	}
	if field == "address" {
		return s.revealAddress(m)
	}
	a, err := s.Accounts.Get(ctx, m.Applicant)
	if err != nil {
		return "", fmt.Errorf("matter: reading applicant: %w", err)
	}
	return s.Accounts.Reveal(a, field)
}

// revealAddress is the whole address, as it stands on the courier's label.
func (s *Service) revealAddress(m *model.Matter) (string, error) {
	a := m.Delivery.Address
	if a == nil {
		return "", nil
	}
	out := s.Catalogue.Regions.FullName(a.Region)
	for _, part := range []struct {
		field string
		value model.Sealed
	}{{"detail", a.Detail}, {"name", a.Name}, {"phone", a.Phone}} {
		plain, err := s.Keeper.Open(addressPlace(m.Applicant, part.field), part.value)
		if err != nil {
			return "", err
		}
		out += " " + plain
	}
	return out, nil
}
