// Package policy answers the bureau, which pushes policies, and the people who are told, who may say no.
package policy

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/policy"
	"kuacheng/biz/seal"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/policy"
	"kuacheng/model/api/view"
	rules "kuacheng/model/policy"
)

// consentText is what a person is asked to agree to; rules.Version names the wording.
const consentText = "同意后，本市政务服务部门可以根据您在跨城通办中办过的事项、办理地区，向您推送相关政策和事项，每月不超过两条；不使用健康等敏感信息。" +
	"每条推送都说明原因，您可随时一键退出，退出即时生效，不影响您办事。"

// Handler answers this door's requests.
type Handler struct {
	Policies *policy.Service
	Show     *show.Shower
	Keeper   *seal.Keeper
}

// ListPolicies lists policies with how far their pushes are.
func (h *Handler) ListPolicies(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*api.PolicyPage, error) {
		page, err := h.Policies.List(ctx, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.PolicyPage{Items: make([]*api.Policy, 0, len(page.Items)), NextCursor: page.Next}
		for _, p := range page.Items {
			v.Items = append(v.Items, h.policy(p))
		}
		return v, nil
	})
}

// AddPolicy keeps a policy.
func (h *Handler) AddPolicy(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.AddPolicyRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		r := in.Rule
		return h.Policies.Add(ctx, door.Who(c), rules.Policy{
			Title: in.Title, Text: in.Text, Publisher: in.Publisher, Audience: in.Audience, Item: in.ItemCode, Until: model.Date(in.Until),
			Cap: int(in.Cap), Rate: int(in.Rate),
			Rule: rules.Rule{
				Items: r.Items, Departments: r.Departments, Regions: r.Regions, Subject: r.Subject,
				UsedFrom: model.Date(r.UsedFrom), UsedTo: model.Date(r.UsedTo),
			},
		}, request, func(p *rules.Policy) ([]byte, error) { return door.Render(h.policy(p)) })
	})
}

// GetPolicyProgress gives one policy with how far its push is.
func (h *Handler) GetPolicyProgress(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Policy, error) { return h.shown(h.Policies.Get(ctx, in.ID)) })
}

// PushPolicy tells people, or says how many would be told.
func (h *Handler) PushPolicy(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PushRequest) (*api.PushAnswer, error) {
		if in.DryRun {
			return h.size(ctx, in.ID)
		}
		p, err := h.Policies.Push(ctx, door.Who(c), in.ID)
		if err != nil {
			return nil, err
		}
		return &api.PushAnswer{Policy: h.policy(p)}, nil
	})
}

func (h *Handler) size(ctx context.Context, id string) (*api.PushAnswer, error) {
	p, err := h.Policies.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	size, exact, err := h.Policies.Size(ctx, p)
	if err != nil {
		return nil, err
	}
	n := int32(size)
	return &api.PushAnswer{Policy: h.policy(p), Size: &n, Exact: &exact}, nil
}

// PausePolicy stops a push.
func (h *Handler) PausePolicy(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Policy, error) { return h.shown(h.Policies.Pause(ctx, door.Who(c), in.ID)) })
}

// ResumePolicy goes on with a push.
func (h *Handler) ResumePolicy(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Policy, error) { return h.shown(h.Policies.Resume(ctx, door.Who(c), in.ID)) })
}

func (h *Handler) shown(p *rules.Policy, err error) (*api.Policy, error) {
	if err != nil {
		return nil, err
	}
	return h.policy(p), nil
}

func (h *Handler) policy(p *rules.Policy) *api.Policy {
	return &api.Policy{
		ID: p.ID, Title: p.Title, Text: p.Text, Publisher: h.Show.Org(p.Publisher), Audience: p.Audience, ItemCode: p.Item, Until: string(p.Until),
		Rule: &api.Rule{
			Items: p.Rule.Items, Departments: p.Rule.Departments, Regions: p.Rule.Regions, Subject: p.Rule.Subject,
			UsedFrom: string(p.Rule.UsedFrom), UsedTo: string(p.Rule.UsedTo),
		},
		Cap: int32(p.Cap), Rate: int32(p.Rate), State: p.State, Sent: int32(p.Sent), Declined: int32(p.Off), Limited: int32(p.Limited),
		StartedAt: show.When(p.StartedAt), DoneAt: show.When(p.DoneAt),
	}
}

// GetPolicy shows a policy to a person, and why they were told of it.
func (h *Handler) GetPolicy(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.PolicyView, error) {
		p, why, on, err := h.Policies.For(ctx, door.Who(c).ID, in.ID)
		if err != nil {
			return nil, err
		}
		return &api.PolicyView{
			ID: p.ID, Title: p.Title, Text: p.Text, Publisher: h.Show.Org(p.Publisher), Audience: p.Audience, ItemCode: p.Item,
			Until: string(p.Until), Why: why, PushOn: on, OptOut: "/api/v1/policies/" + p.ID + "/opt-out",
		}, nil
	})
}

// OptOut is the one tap on a policy's page.
func (h *Handler) OptOut(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.PushConsent, error) {
		if _, _, _, err := h.Policies.For(ctx, door.Who(c).ID, in.ID); err != nil {
			return nil, err
		}
		return said(h.Policies.Decline(ctx, door.Who(c).ID))
	})
}

// GetPushConsent tells what the caller has said.
func (h *Handler) GetPushConsent(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.PushConsent, error) { return said(h.Policies.Say(ctx, door.Who(c).ID)) })
}

// AgreeToPush lets the caller be told things.
func (h *Handler) AgreeToPush(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AgreeRequest) (*api.PushConsent, error) {
		return said(h.Policies.Agree(ctx, door.Who(c).ID, in.Version))
	})
}

// DeclinePush ends it.
func (h *Handler) DeclinePush(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.PushConsent, error) { return said(h.Policies.Decline(ctx, door.Who(c).ID)) })
}

func said(a *rules.Audience, err error) (*api.PushConsent, error) {
	if err != nil {
		return nil, err
	}
	v := &api.PushConsent{On: a.On, Version: rules.Version, Text: consentText, Consents: []*api.Consent{}}
	for _, x := range a.Consents {
		v.Consents = append(v.Consents, &api.Consent{Version: x.Version, At: show.Time(x.At), WithdrawnAt: show.When(x.WithdrawnAt)})
	}
	return v, nil
}
