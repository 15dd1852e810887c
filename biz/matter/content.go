package matter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// Texts checks what others may read: *wechat.Client.
type Texts interface {
	CheckText(ctx context.Context, openID, text string) (s wechat.Suggestion, label int, err error)
}

// heldAfter is how long a check that cannot be made is tried; then a person looks.
const heldAfter = 2 * time.Hour

// CheckReview lets a review's comment be checked: the outbox.Handler of model.KindReviewCheck. Nobody waits for it;
// until it has passed the comment is shown to its author and those who handle it only.
func (s *Service) CheckReview(ctx context.Context, no string, _ model.Event) error {
	r, err := s.Review(ctx, no)
	if err != nil || r == nil || r.Check == nil {
		return err
	}
	if r.Check.State == model.CheckPending {
		if r, err = s.judge(ctx, r); err != nil {
			return err
		}
	}
	if r.Check.State != model.CheckRisky {
		return nil
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: "review:" + no + "#risky", Recipient: r.Rating.By, To: model.ToApplicant, Key: "review_held",
		Ref: model.NoticeRef{Kind: "matter", ID: no}, At: r.Check.At, Vars: map[string]string{"matter_no": no},
	})
	return err
}

// judge asks WeChat, and writes the verdict down.
func (s *Service) judge(ctx context.Context, r *model.Review) (*model.Review, error) {
	state, label, err := s.verdict(ctx, r)
	if err != nil {
		return nil, err
	}
	r, err = s.reviews.Update(ctx, r.ID, func(r *model.Review) error {
		if !r.Checked(state, label, s.now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("matter: keeping a verdict: %w", err)
	}
	return r, nil
}

func (s *Service) verdict(ctx context.Context, r *model.Review) (state string, label int, err error) {
	if s.Texts == nil {
		return model.CheckHeld, 0, nil
	}
	a, err := s.Accounts.Get(ctx, r.Rating.By)
	if err != nil {
		return "", 0, fmt.Errorf("matter: reading applicant: %w", err)
	}
	openID, ok := a.OpenID(s.AppID)
	if !ok {
		return model.CheckHeld, 0, nil // WeChat judges for those who use the mini-program only
	}
	suggest, label, err := s.Texts.CheckText(ctx, openID, r.Rating.Text)
	var e *wechat.Error
	switch {
	case err == nil:
		return suggest.State(), label, nil
	case errors.As(err, &e) && (e.Class == wechat.ClassHold || e.Class == wechat.ClassNobody), s.now().Sub(r.Check.At) > heldAfter:
		return model.CheckHeld, 0, nil
	case errors.As(err, &e) && e.Class.Final():
		return "", 0, outbox.Final(err) // ours to mend; it stays pending until people send it again
	}
	return "", 0, outbox.Later(err, time.Minute)
}
