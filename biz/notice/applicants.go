package notice

import (
	"context"
	"errors"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Applicants are the Credits that stand on the applicants' own documents.
type Applicants struct {
	applicants *store.Collection[model.Applicant]
	appID      string
}

// NewApplicants reads consents from applicants, whose openids at the mini-program appID can be written to.
func NewApplicants(applicants *store.Collection[model.Applicant], appID string) *Applicants {
	return &Applicants{applicants, appID}
}

// Contact gives the openid and the consents left. Somebody whose account is gone cannot be reached.
func (a *Applicants) Contact(ctx context.Context, applicant, template string) (openID string, credits int, err error) {
	who, err := a.applicants.Get(ctx, applicant)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", 0, nil
	case err != nil:
		return "", 0, err
	}
	openID, _ = who.OpenID(a.appID)
	return openID, who.Credits[template], nil
}

// Spend takes one consent away.
func (a *Applicants) Spend(ctx context.Context, applicant, template string) error {
	return a.change(ctx, applicant, func(who *model.Applicant) bool { return who.Spend(template) })
}

// Return gives one consent back.
func (a *Applicants) Return(ctx context.Context, applicant, template string) error {
	return a.change(ctx, applicant, func(who *model.Applicant) bool { return who.Return(template) })
}

// Clear takes all consents to a template away.
func (a *Applicants) Clear(ctx context.Context, applicant, template string) error {
	return a.change(ctx, applicant, func(who *model.Applicant) bool {
		_, had := who.Credits[template]
		if had {
			who.Forfeit(template)
		}
		return had
	})
}

func (a *Applicants) change(ctx context.Context, applicant string, f func(*model.Applicant) bool) error {
	_, err := a.applicants.Update(ctx, applicant, func(who *model.Applicant) error {
		if !f(who) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
