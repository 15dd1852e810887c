package staff

import (
	"cmp"
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/model/api/staff"
	"kuacheng/model/api/view"
	"kuacheng/model/bureau"
)

// ListProblems lists what the caller's unit has to answer.
func (h *Handler) ListProblems(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.UnitProblemsRequest) (*view.ProblemPage, error) {
		page, err := h.Problems.Unit(ctx, door.Who(c).Org, cmp.Or(in.State, string(bureau.ProblemAssigned)), door.Limit(in.Limit), in.Cursor)
		return h.Show.Problems(page.Items, page.Next), err
	})
}

// ContactProblem notes that somebody has spoken with the person.
func (h *Handler) ContactProblem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.ProblemTextRequest) (*view.Problem, error) {
		p, err := h.Problems.Contact(ctx, door.Who(c), in.ID, in.Text)
		if err != nil {
			return nil, err
		}
		return h.Show.Problem(p), nil
	})
}

// AnswerProblem is the unit's answer.
func (h *Handler) AnswerProblem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.ProblemTextRequest) (*view.Problem, error) {
		p, err := h.Problems.Answer(ctx, door.Who(c), in.ID, in.Text)
		if err != nil {
			return nil, err
		}
		return h.Show.Problem(p), nil
	})
}
