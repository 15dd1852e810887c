// Package bureau answers supervisors who follow problems and bad reviews up, and keep the machines.
package bureau

import (
	"cmp"
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/kiosk"
	"kuacheng/biz/matter"
	"kuacheng/biz/problem"
	"kuacheng/biz/seal"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/bureau"
	"kuacheng/model/api/view"
	"kuacheng/model/bureau"
)

// Handler answers this door's requests.
type Handler struct {
	Problems *problem.Service
	Matters  *matter.Service
	Show     *show.Shower
	Keeper   *seal.Keeper
	Kiosks   *kiosk.Service
}

// ListProblems lists the tickets that the supervisor's region answers for.
func (h *Handler) ListProblems(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ProblemsRequest) (*view.ProblemPage, error) {
		page, err := h.Problems.Supervised(ctx, door.Who(c), cmp.Or(in.State, string(bureau.ProblemAssigned)), door.Limit(in.Limit), in.Cursor)
		return h.Show.Problems(page.Items, page.Next), err
	})
}

// OpenProblem writes a ticket.
func (h *Handler) OpenProblem(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.OpenProblemRequest) ([]byte, error) {
		who := door.Who(c)
		o := bureau.Opening{Source: bureau.SourceStaff, Title: in.Title, Text: in.Text, Unit: in.Unit, Urgent: in.Urgent, Region: who.Region}
		if in.MatterNo != "" {
			m, err := h.Matters.Get(ctx, who, in.MatterNo)
			if err != nil {
				return nil, err
			}
			o = problem.Owner(m, o, who)
		}
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		return h.Problems.Raise(ctx, o, who, request, func(p *bureau.Problem) ([]byte, error) { return door.Render(h.Show.Problem(p)) })
	})
}

// GetProblem shows a ticket.
func (h *Handler) GetProblem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*view.Problem, error) {
		return h.shown(h.Problems.Get(ctx, door.Who(c), in.ID))
	})
}

func (h *Handler) shown(p *bureau.Problem, err error) (*view.Problem, error) {
	if err != nil {
		return nil, err
	}
	return h.Show.Problem(p), nil
}

// AssignProblem hands a ticket to a unit.
func (h *Handler) AssignProblem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AssignProblemRequest) (*view.Problem, error) {
		return h.shown(h.Problems.Assign(ctx, door.Who(c), in.ID, in.Unit, in.Note))
	})
}

// SendBackProblem returns an answer that is none.
func (h *Handler) SendBackProblem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ProblemReasonRequest) (*view.Problem, error) {
		return h.shown(h.Problems.SendBack(ctx, door.Who(c), in.ID, in.Reason))
	})
}

// ExtendProblem gives a complex case its longer term.
func (h *Handler) ExtendProblem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ProblemReasonRequest) (*view.Problem, error) {
		return h.shown(h.Problems.Extend(ctx, door.Who(c), in.ID, in.Reason))
	})
}

// CloseProblem ends a ticket.
func (h *Handler) CloseProblem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ProblemReasonRequest) (*view.Problem, error) {
		return h.shown(h.Problems.Close(ctx, door.Who(c), in.ID, in.Reason))
	})
}

// ListReviews lists what people said of the service; who they are is on none of them.
func (h *Handler) ListReviews(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ReviewsRequest) (*api.ReviewPage, error) {
		page, err := h.Matters.Reviews(ctx, door.Who(c).Region, in.Bad, door.Limit(in.Limit), in.Cursor)
		v := &api.ReviewPage{Items: make([]*api.ReviewLine, 0, len(page.Items)), NextCursor: page.Next}
		for _, r := range page.Items {
			v.Items = append(v.Items, h.line(r))
		}
		return v, err
	})
}

func (h *Handler) line(r *model.Review) *api.ReviewLine {
	v := &api.ReviewLine{
		MatterNo: r.ID, ItemCode: r.Item, Mode: string(r.Mode), ReceivingOrg: h.Show.Org(r.ROrg), HandlingOrg: h.Show.Org(r.HOrg),
		Review: show.Review(r), Objects: []string{}, Excluded: r.Excluded, Outcome: r.Outcome, Answer: r.Answer,
	}
	for _, o := range r.Objects {
		v.Objects = append(v.Objects, string(o))
	}
	if r.Second != nil {
		n := int32(r.Second.Stars)
		v.SecondStars = &n
	}
	if r.Rating.Bad() && !r.Defaulted {
		v.ProblemID = h.Problems.OfReview(r.ID)
	}
	return v
}

// FollowUpReview answers a bad review, and ends its ticket.
func (h *Handler) FollowUpReview(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.FollowUpRequest) (*api.ReviewLine, error) {
		who := door.Who(c)
		m, err := h.Matters.Get(ctx, who, in.ID)
		if err != nil {
			return nil, err
		}
		r, err := h.Matters.AnswerReview(ctx, who, m.ID, in.Outcome, in.Answer)
		if err != nil {
			return nil, err
		}
		if _, err := h.Problems.Close(ctx, who, h.Problems.OfReview(m.ID), in.Answer); err != nil {
			return nil, err
		}
		return h.line(r), nil
	})
}
