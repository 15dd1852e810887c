// Package privacy answers people about their own data: where they are signed in, who has looked, what they agreed to.
package privacy

import (
	"context"
	"slices"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/biz/audit"
	"kuacheng/biz/consent"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	api "kuacheng/model/api/privacy"
	"kuacheng/model/api/view"
	"kuacheng/model/trust"
)

// Handler answers this door's requests.
type Handler struct {
	Accounts *account.Service
	Audit    *audit.Service
	Consents *consent.Service
	Show     *show.Shower
}

// ListSessions shows where the caller is signed in.
func (h *Handler) ListSessions(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.SessionList, error) {
		sessions, err := h.Accounts.Sessions(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		v := &api.SessionList{Items: make([]*api.Session, 0, len(sessions))}
		for _, s := range sessions {
			device := s.Device
			if device == "" {
				device = "other"
			}
			v.Items = append(v.Items, &api.Session{
				ID: s.ID, Device: device, FirstSeen: show.Time(s.CreatedAt), LastSeen: show.Time(s.SeenAt), ExpiresAt: show.Time(s.ExpiresAt),
				Current: s.ID == door.Session(c),
			})
		}
		return v, nil
	})
}

// RevokeSession signs the caller off elsewhere, or here.
func (h *Handler) RevokeSession(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*view.Nothing, error) {
		return &view.Nothing{}, h.Accounts.Revoke(ctx, door.Who(c).ID, in.ID)
	})
}

// RevokeOthers signs the caller off everywhere but here.
func (h *Handler) RevokeOthers(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.RevokedAnswer, error) {
		n, err := h.Accounts.RevokeOthers(ctx, door.Who(c).ID, door.Session(c))
		return &api.RevokedAnswer{Ended: int32(n)}, err
	})
}

// ListAccesses shows who has looked at the caller's data.
func (h *Handler) ListAccesses(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AccessRequest) (*api.AccessPage, error) {
		page, err := h.Audit.Of(ctx, trust.OfSubject, door.Who(c).ID, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.AccessPage{Items: []*api.Access{}, Verified: true, NextCursor: page.Next}
		for _, d := range page.Items {
			ok, _ := d.Verify()
			v.Verified = v.Verified && ok
			for _, a := range slices.Backward(d.Entries) {
				v.Items = append(v.Items, &api.Access{
					At: show.Time(a.At), Viewer: a.Viewer, Role: string(a.Role), Org: h.Show.Org(a.Org), MatterNo: a.Matter, Field: a.Field, Reason: a.Why,
				})
			}
		}
		return v, nil
	})
}

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
