package matter

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Rating is what an applicant says of the service.
type Rating struct {
	Stars   int
	Tags    []string
	Comment string
}

// rating is what was given now; the comment as it was written is the reviewer's own.
func (s *Service) rating(m *model.Matter, in Rating) (model.Rating, error) {
	comment, err := s.Keeper.SealFor(m.Applicant, commentPlace(m.ID), in.Comment)
	if err != nil {
		return model.Rating{}, fmt.Errorf("matter: sealing a comment: %w", err)
	}
	return model.Rating{Stars: in.Stars, Tags: in.Tags, At: s.now(), Text: model.ScrubNumbers(in.Comment), Comment: comment}, nil
}

// Rate keeps the applicant's review (好差评), one for each matter. render makes the answer; a repeated request
// gets the first one.
func (s *Service) Rate(ctx context.Context, who model.Actor, number string, in Rating, request once.Request,
	render func(*model.Review) ([]byte, error)) ([]byte, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	rating, err := s.rating(m, in)
	if err != nil {
		return nil, err
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

// Reviewed is the handler of a review's event: the matter learns of it, and a bad one becomes a ticket.
func (s *Service) Reviewed(ctx context.Context, no string, _ model.Event) error {
	if err := s.noteReview(ctx, no); err != nil || s.Problems == nil {
		return err
	}
	m, err := s.load(ctx, no)
	if err != nil {
		return err
	}
	r, err := s.Review(ctx, no)
	if err != nil || r == nil {
		return err
	}
	return s.Problems.Reviewed(ctx, m, r)
}

// AnswerReview records what became of a bad review, and tells its author, who may rate once more.
func (s *Service) AnswerReview(ctx context.Context, who model.Actor, no, outcome, answer string) (*model.Review, error) {
	r, err := s.reviews.Update(ctx, no, func(r *model.Review) error {
		if !r.Rating.Bad() || r.Defaulted {
			return fault.New("not_reviewable").Say("只有差评需要答复")
		}
		if r.Outcome == outcome && r.Answer == answer {
			return store.ErrUnchanged // a second tap
		}
		return r.AnswerWith(who, outcome, model.ScrubNumbers(answer), s.now())
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found").Say("未找到该评价")
	}
	if err != nil {
		return nil, err
	}
	return r, s.noteReview(ctx, no)
}

// ReviewAnswered tells the author of a review that it was answered: the outbox.Handler of model.KindReviewAnswered.
func (s *Service) ReviewAnswered(ctx context.Context, no string, e model.Event) error {
	r, err := s.Review(ctx, no)
	if err != nil || r == nil {
		return err
	}
	if err := s.noteReview(ctx, no); err != nil {
		return err
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		// The review has the matter's number, so its events are numbered like the matter's.
		Event: "review:" + e.ID, Recipient: r.Rating.By, To: model.ToApplicant, Key: "review_answered", Ref: model.NoticeRef{Kind: "matter", ID: no}, At: e.At,
		Vars: map[string]string{"matter_no": no, "org": s.orgName(e.Ref["org"])},
	})
	return err
}

// RateAgain takes the one second rating after an answer.
func (s *Service) RateAgain(ctx context.Context, who model.Actor, number string, in Rating) (*model.Review, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	again, err := s.rating(m, in)
	if err != nil {
		return nil, err
	}
	r, err := s.reviews.Update(ctx, m.ID, func(r *model.Review) error { return r.RateAgain(who, again) })
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_reviewable")
	}
	return r, err
}

// Reviews lists the reviews that a supervisor's region answers for, the latest first; bad chooses the bad ones.
func (s *Service) Reviews(ctx context.Context, region string, bad bool, limit int, cursor string) (store.Page[model.Review], error) {
	q := store.Query{Index: "region", Eq: []any{region}, Desc: true, Limit: limit, Cursor: cursor}
	if region == s.Catalogue.Rollout().Home() {
		q.Index, q.Eq = "home", []any{"home"}
	}
	if bad {
		q.Index, q.Eq = q.Index+"_bad", append(q.Eq, "bad")
	}
	page, err := s.reviews.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("matter: listing reviews: %w", err)
	}
	return page, nil
}

// reviewSpec lists those that people gave; silence is nobody's to answer.
var reviewSpec = store.Spec[model.Review]{
	Name: "reviews",
	Fields: []store.Field[model.Review]{
		{Name: "home", Of: func(*model.Review) any { return "home" }},
		{Name: "region", Of: func(r *model.Review) any { return r.To }},
		{Name: "bad", Of: func(r *model.Review) any {
			return present(map[bool]string{true: "bad"}[r.Rating.Bad() && !r.Defaulted])
		}},
		{Name: "given", Of: func(r *model.Review) any {
			if r.Defaulted {
				return nil
			}
			return r.Rating.At
		}},
	},
	Indexes: []store.Index{
		{Name: "home", Eq: []string{"home"}, Sort: "given"},
		{Name: "region", Eq: []string{"region"}, Sort: "given"},
		{Name: "home_bad", Eq: []string{"home", "bad"}, Sort: "given"},
		{Name: "region_bad", Eq: []string{"region", "bad"}, Sort: "given"},
	},
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
	if err := s.locked(ctx, who, m); err != nil {
		return "", err
	}
	cause := ""
	if s.Accesses != nil {
		if cause, err = s.Accesses.Look(ctx, who, m.Applicant, m.ID, field, why); err != nil {
			return "", err
		}
	}
	_, err = s.matters.Update(ctx, m.ID, func(m *model.Matter) error {
		return m.Record(model.Note{
			Kind: model.NoteReveal, Actor: who, At: s.now(), Why: model.ScrubNumbers(why), Cause: cause, Data: map[string]string{"field": field},
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
