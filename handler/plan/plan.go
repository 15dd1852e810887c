// Package plan answers those who have to show what becomes of the plan: the bureau, the county offices, the departments.
package plan

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/plan"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/plan"
	"kuacheng/model/api/view"
	rules "kuacheng/model/plan"
)

// Handler answers this door's requests.
type Handler struct {
	Plan   *plan.Service
	Show   *show.Shower
	Keeper *seal.Keeper
}

// ListTasks lists the plan's duties.
func (h *Handler) ListTasks(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.TasksRequest) (*api.TaskPage, error) {
		return h.tasks(h.Plan.ListTasks(ctx, door.Who(c), in.State, door.Limit(in.Limit), in.Cursor))
	})
}

// ListOwnTasks lists those of the caller's organisation.
func (h *Handler) ListOwnTasks(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*api.TaskPage, error) {
		return h.tasks(h.Plan.ListTasks(ctx, door.Who(c), "", door.Limit(in.Limit), in.Cursor))
	})
}

func (h *Handler) tasks(page store.Page[rules.Task], err error) (*api.TaskPage, error) {
	if err != nil {
		return nil, err
	}
	v := &api.TaskPage{Items: make([]*api.Task, 0, len(page.Items)), NextCursor: page.Next}
	for _, t := range page.Items {
		v.Items = append(v.Items, h.task(t))
	}
	return v, nil
}

// SetTask sets a duty.
func (h *Handler) SetTask(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.SetTaskRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		t := rules.Task{Code: in.Code, Title: in.Title, Milestone: in.Milestone, Unit: in.Unit, Due: model.Date(in.Due)}
		return h.Plan.SetTask(ctx, door.Who(c), t, request, func(t *rules.Task) ([]byte, error) { return door.Render(h.task(t)) })
	})
}

// AdoptTasks sets every duty of the plan.
func (h *Handler) AdoptTasks(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AdoptRequest) (*api.Adopted, error) {
		n, err := h.Plan.Adopt(ctx, door.Who(c), model.Date(in.Starts))
		return &api.Adopted{Adopted: int32(n)}, err
	})
}

// ShowTask adds evidence.
func (h *Handler) ShowTask(ctx context.Context, c *app.RequestContext) { h.showTask(ctx, c) }

// ShowOwnTask adds the evidence of the caller's organisation.
func (h *Handler) ShowOwnTask(ctx context.Context, c *app.RequestContext) { h.showTask(ctx, c) }

func (h *Handler) showTask(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ShowTaskRequest) (*api.Task, error) {
		return h.shown(h.Plan.ShowTask(ctx, door.Who(c), in.ID, in.Text, in.Done))
	})
}

// MoveTask gives a duty another term.
func (h *Handler) MoveTask(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.MoveTaskRequest) (*api.Task, error) {
		return h.shown(h.Plan.MoveTask(ctx, door.Who(c), in.ID, model.Date(in.Due), in.Milestone, in.Reason))
	})
}

func (h *Handler) shown(t *rules.Task, err error) (*api.Task, error) {
	if err != nil {
		return nil, err
	}
	return h.task(t), nil
}

func (h *Handler) task(t *rules.Task) *api.Task {
	v := &api.Task{
		ID: t.ID, Code: t.Code, Title: t.Title, Milestone: t.Milestone, Unit: h.Show.Org(t.Unit), Due: string(t.Due), State: t.State,
		Light: t.Light(h.Show.Now(), h.Show.Catalogue.Calendar), DoneAt: show.When(t.DoneAt), Escalated: int32(t.Level), Evidence: []*api.Evidence{},
	}
	for _, e := range t.Evidence {
		v.Evidence = append(v.Evidence, &api.Evidence{At: show.Time(e.At), Org: h.Show.Org(e.Org), Text: e.Text})
	}
	return v
}

// ListFilings lists what units have filed, and who has not.
func (h *Handler) ListFilings(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.FilingsRequest) (*api.FilingPage, error) {
		return h.filings(h.Plan.ListFilings(ctx, door.Who(c), in.Period, door.Limit(in.Limit), in.Cursor))
	})
}

// ListOwnFilings lists the reports of the caller's organisation.
func (h *Handler) ListOwnFilings(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*api.FilingPage, error) {
		return h.filings(h.Plan.ListFilings(ctx, door.Who(c), "", door.Limit(in.Limit), in.Cursor))
	})
}

func (h *Handler) filings(page store.Page[rules.Filing], err error) (*api.FilingPage, error) {
	if err != nil {
		return nil, err
	}
	v := &api.FilingPage{Items: make([]*api.Filing, 0, len(page.Items)), NextCursor: page.Next}
	for _, f := range page.Items {
		v.Items = append(v.Items, h.filing(f))
	}
	return v, nil
}

// AskFilings asks units for a report.
func (h *Handler) AskFilings(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *api.AskRequest) (*api.FilingPage, error) {
		asked, err := h.Plan.Ask(ctx, door.Who(c), in.Period, in.Title, model.Date(in.Due), in.Units)
		return h.filings(store.Page[rules.Filing]{Items: asked}, err)
	})
}

// SubmitFiling files a report.
func (h *Handler) SubmitFiling(ctx context.Context, c *app.RequestContext) { h.submit(ctx, c) }

// SubmitOwnFiling files the report of the caller's organisation.
func (h *Handler) SubmitOwnFiling(ctx context.Context, c *app.RequestContext) { h.submit(ctx, c) }

func (h *Handler) submit(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.SubmitRequest) (*api.Filing, error) {
		f, err := h.Plan.Submit(ctx, door.Who(c), in.ID, in.Text, in.Results, in.Problems)
		if err != nil {
			return nil, err
		}
		return h.filing(f), nil
	})
}

func (h *Handler) filing(f *rules.Filing) *api.Filing {
	v := &api.Filing{
		ID: f.ID, Period: f.Period, Title: f.Title, Unit: h.Show.Org(f.Unit), Due: string(f.Due), State: f.State, FiledLate: f.Late,
		FiledAt: show.When(f.FiledAt), Text: f.Text, Results: f.Results, Problems: f.Problems,
	}
	if f.Overdue(model.DateOf(h.Show.Now())) {
		v.State = "late"
	}
	return v
}
