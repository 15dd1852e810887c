// Package credit answers people about what is noted of them, and those who judge their appeals.
package credit

import (
	"cmp"
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/credit"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	api "kuacheng/model/api/credit"
	"kuacheng/model/api/view"
	facts "kuacheng/model/credit"
)

// Handler answers this door's requests.
type Handler struct {
	Credit *credit.Service
	Show   *show.Shower
}

// MyFacts shows the caller what is noted of them.
func (h *Handler) MyFacts(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.Facts, error) {
		list, err := h.Credit.Of(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		return h.list(list, ""), nil
	})
}

// Contest is the caller's appeal.
func (h *Handler) Contest(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ContestRequest) (*api.Fact, error) {
		return h.shown(h.Credit.Contest(ctx, door.Who(c), in.ID, in.Text))
	})
}

// ListFacts shows the facts of a state, those that are contested unless another is asked for.
func (h *Handler) ListFacts(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.FactsRequest) (*api.Facts, error) {
		page, err := h.Credit.List(ctx, cmp.Or(in.State, facts.Appealed), door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		return h.list(page.Items, page.Next), nil
	})
}

// Answer decides an appeal.
func (h *Handler) Answer(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AnswerRequest) (*api.Fact, error) {
		return h.shown(h.Credit.Decide(ctx, door.Who(c), in.ID, in.Strike, in.Reason))
	})
}

func (h *Handler) shown(f *facts.Fact, err error) (*api.Fact, error) {
	if err != nil {
		return nil, err
	}
	return h.fact(f), nil
}

func (h *Handler) list(list []*facts.Fact, next string) *api.Facts {
	v := &api.Facts{Items: []*api.Fact{}, NextCursor: next}
	for _, f := range list {
		v.Items = append(v.Items, h.fact(f))
	}
	return v
}

func (h *Handler) fact(f *facts.Fact) *api.Fact {
	v := &api.Fact{
		ID: f.ID, Kind: f.Kind, Name: facts.Name(f.Kind), Source: f.Source, Org: h.Show.Org(f.Org), At: show.Time(f.At), Until: show.Time(f.Until), State: f.State,
	}
	if f.Appeal != nil {
		v.Appeal, v.Answer, v.AnsweredAt = f.Appeal.Text, f.Appeal.Answer, show.When(f.Appeal.AnsweredAt)
	}
	return v
}
