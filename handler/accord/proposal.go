package accord

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/store"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model/accord"
	api "kuacheng/model/api/accord"
	"kuacheng/model/api/view"
)

// ListProposals lists proposals for the bureau.
func (h *Handler) ListProposals(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ProposalsRequest) (*api.ProposalPage, error) {
		return h.proposals(h.Agreements.ListProposals(ctx, door.Who(c), in.State, door.Limit(in.Limit), in.Cursor))
	})
}

// ListOwnProposals lists what the caller's organisation made, decides or consents to.
func (h *Handler) ListOwnProposals(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.OwnProposalsRequest) (*api.ProposalPage, error) {
		return h.proposals(h.Agreements.ProposalsOf(ctx, door.Who(c).Org, in.Side, door.Limit(in.Limit), in.Cursor))
	})
}

func (h *Handler) proposals(page store.Page[accord.Proposal], err error) (*api.ProposalPage, error) {
	if err != nil {
		return nil, err
	}
	v := &api.ProposalPage{Items: make([]*api.Proposal, 0, len(page.Items)), NextCursor: page.Next}
	for _, p := range page.Items {
		v.Items = append(v.Items, h.proposal(p))
	}
	return v, nil
}

// Propose puts a change of the catalogue before its owner.
func (h *Handler) Propose(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.ProposeRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		p := accord.Proposal{Kind: in.Kind, Item: in.ItemCode, Name: in.Name, Owner: in.Owner, Text: in.Text, Minor: in.Minor}
		return h.Agreements.Propose(ctx, door.Who(c), p, in.City, request, func(p *accord.Proposal) ([]byte, error) {
			return door.Render(h.proposal(p))
		})
	})
}

// GetProposal gives one proposal.
func (h *Handler) GetProposal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Proposal, error) {
		return h.proposed(h.Agreements.Proposal(ctx, door.Who(c), in.ID))
	})
}

// DecideProposal is the owner department's answer.
func (h *Handler) DecideProposal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AnswerProposalRequest) (*api.Proposal, error) {
		return h.proposed(h.Agreements.Decide(ctx, door.Who(c), in.ID, in.Agree, in.Note))
	})
}

// ConsentProposal is the other city's answer.
func (h *Handler) ConsentProposal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AnswerProposalRequest) (*api.Proposal, error) {
		return h.proposed(h.Agreements.Consent(ctx, door.Who(c), in.ID, in.Agree, in.Note))
	})
}

// PublishProposal notes that a proposal has come true.
func (h *Handler) PublishProposal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PublishedRequest) (*api.Proposal, error) {
		return h.proposed(h.Agreements.Published(ctx, door.Who(c), in.ID, int(in.Version)))
	})
}

func (h *Handler) proposed(p *accord.Proposal, err error) (*api.Proposal, error) {
	if err != nil {
		return nil, err
	}
	return h.proposal(p), nil
}

func (h *Handler) proposal(p *accord.Proposal) *api.Proposal {
	v := &api.Proposal{
		ID: p.ID, Kind: p.Kind, ItemCode: p.Item, Name: p.Name, Text: p.Text, Minor: p.Minor, Org: h.Show.Org(p.Org), Owner: h.Show.Org(p.Owner),
		Partner: h.Show.Org(p.Partner), State: string(p.State), StateName: p.State.Name(), Due: string(p.Due), Steps: []*api.ProposalStep{},
	}
	if n := int32(p.Version); n > 0 {
		v.Version = &n
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, &api.ProposalStep{At: show.Time(s.At), Org: h.Show.Org(s.Org), What: s.What, Text: s.Text})
	}
	return v
}
