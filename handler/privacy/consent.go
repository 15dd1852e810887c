package privacy

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	api "kuacheng/model/api/privacy"
	"kuacheng/model/api/view"
	"kuacheng/model/trust"
)

// ListConsents shows what the caller is asked to agree to, and has answered.
func (h *Handler) ListConsents(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.ConsentList, error) {
		said, err := h.Consents.Of(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		v := &api.ConsentList{}
		for _, p := range trust.Purposes {
			v.Items = append(v.Items, shown(p, said))
		}
		return v, nil
	})
}

// SayConsent records a yes or a no.
func (h *Handler) SayConsent(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.SayConsentRequest) (*api.Consent, error) {
		said, err := h.Consents.Say(ctx, door.Who(c).ID, in.Purpose, in.Version, in.Granted, "")
		if err != nil {
			return nil, err
		}
		p, _ := trust.PurposeOf(in.Purpose)
		return shown(p, said), nil
	})
}

func shown(p trust.Purpose, said *trust.Consents) *api.Consent {
	v := &api.Consent{Purpose: p.Key, Title: p.Title, Version: p.Version, Text: p.Text, Needed: p.Needed, History: []*api.ConsentStep{}}
	for _, s := range said.Steps {
		if s.Purpose == p.Key {
			v.History = append(v.History, &api.ConsentStep{Granted: s.Granted, Version: s.Version, At: show.Time(s.At)})
			v.Granted, v.Outdated = s.Granted, s.Granted && s.Version != p.Version
		}
	}
	return v
}
