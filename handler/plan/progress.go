package plan

import (
	"bytes"
	"context"
	"net/http"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/plan"
	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/handler/web"
	"kuacheng/model"
	api "kuacheng/model/api/plan"
	"kuacheng/model/api/view"
	rules "kuacheng/model/plan"
)

// ListProgress lists progress reports.
func (h *Handler) ListProgress(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*api.ProgressPage, error) {
		page, err := h.Plan.ListProgress(ctx, door.Who(c), door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.ProgressPage{Items: make([]*api.ProgressLine, 0, len(page.Items)), NextCursor: page.Next}
		for _, p := range page.Items {
			v.Items = append(v.Items, &api.ProgressLine{ID: p.ID, Title: p.Title, Number: p.Number, From: string(p.From), To: string(p.To), State: p.State})
		}
		return v, nil
	})
}

// DraftProgress makes a progress report.
func (h *Handler) DraftProgress(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.DraftRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		return h.Plan.DraftProgress(ctx, door.Who(c), in.Title, model.Date(in.From), model.Date(in.To), in.Period, request,
			func(p *rules.Progress) ([]byte, error) { return door.Render(progress(p)) })
	})
}

// GetProgress gives one report.
func (h *Handler) GetProgress(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Progress, error) {
		return reported(h.Plan.GetProgress(ctx, door.Who(c), in.ID))
	})
}

// EditProgress changes a draft.
func (h *Handler) EditProgress(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.EditRequest) (*api.Progress, error) {
		return reported(h.Plan.EditProgress(ctx, door.Who(c), in.ID, in.Notes, in.Praise, in.Criticism))
	})
}

// ApproveProgress agrees to a report.
func (h *Handler) ApproveProgress(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Progress, error) {
		return reported(h.Plan.ApproveProgress(ctx, door.Who(c), in.ID))
	})
}

// IssueProgress numbers a report and freezes it.
func (h *Handler) IssueProgress(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Progress, error) {
		return reported(h.Plan.IssueProgress(ctx, door.Who(c), in.ID))
	})
}

// GetProgressPage gives a report as a page.
func (h *Handler) GetProgressPage(ctx context.Context, c *app.RequestContext) {
	h.document(ctx, c, "text/html; charset=utf-8", "", plan.Page)
}

// GetProgressBook gives a report as a workbook.
func (h *Handler) GetProgressBook(ctx context.Context, c *app.RequestContext) {
	h.document(ctx, c, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "progress.xlsx", func(p *rules.Progress) ([]byte, error) {
		var out bytes.Buffer
		err := plan.WriteXLSX(p, &out)
		return out.Bytes(), err
	})
}

func (h *Handler) document(ctx context.Context, c *app.RequestContext, kind, name string, draw func(*rules.Progress) ([]byte, error)) {
	in, err := bind.Params[view.IDRef](c)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	p, err := h.Plan.GetProgress(ctx, door.Who(c), in.ID)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	content, err := draw(p)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	if name != "" {
		c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Data(http.StatusOK, kind, content)
}

func reported(p *rules.Progress, err error) (*api.Progress, error) {
	if err != nil {
		return nil, err
	}
	return progress(p), nil
}

func total(s rules.Sums) *api.Total {
	return &api.Total{
		Matters: s.Matters, TripsSaved: s.Trips, Rated: s.Rated, OnTimeRate: s.OnTime(), CorrectionRate: s.Correction(),
		SatisfactionRate: s.Satisfaction(), MeanDays: s.MeanDays(),
	}
}

func lines(in []rules.Line) []*api.Line {
	out := make([]*api.Line, 0, len(in))
	for _, l := range in {
		out = append(out, &api.Line{Key: l.Key, Name: l.Name, Total: total(l.Sums)})
	}
	return out
}

func progress(p *rules.Progress) *api.Progress {
	f := &p.Figures
	v := &api.Progress{
		ID: p.ID, Title: p.Title, Number: p.Number, From: string(p.From), To: string(p.To), State: p.State, Total: total(f.Total), ByMode: f.ByMode,
		Refused: f.Refused, Overdue: f.Overdue, KmSaved: f.Km, Pairs: lines(f.Pairs), Units: lines(f.Units), Stages: []*api.Stage{},
		Targets: []*api.Target{}, ProblemsOpen: f.ProblemsOpen, ProblemsLate: f.ProblemsLate, TasksDone: int32(f.TasksDone),
		TasksOpen: int32(f.TasksOpen), TasksLate: f.TasksLate, NotFiled: f.NotFiled, Praise: f.Praise, Criticism: f.Criticism, Notes: p.Notes,
		MadeAt: show.Time(p.MadeAt), IssuedAt: show.When(p.IssuedAt),
	}
	if p.LastTotal != nil {
		v.Last = total(*p.LastTotal)
	}
	for _, s := range f.Stages {
		v.Stages = append(v.Stages, &api.Stage{Number: int32(s.Number), Name: s.Name, Planned: int32(s.Planned), Live: int32(s.Live)})
	}
	for _, t := range f.Targets {
		v.Targets = append(v.Targets, &api.Target{Mode: string(t.Mode), Items: int32(t.Items), Planned: int32(t.Planned)})
	}
	return v
}
