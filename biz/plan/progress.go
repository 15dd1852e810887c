package plan

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/plan"
)

const maxPeriod = 366 // days

// DraftProgress makes a progress report of a period from the facts of this moment, beside the last one that was issued. period names
// the units' reports that it looks for.
func (s *Service) DraftProgress(ctx context.Context, who model.Actor, title string, from, to model.Date, period string, request once.Request,
	render func(*plan.Progress) ([]byte, error)) ([]byte, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if from > to || from.Add(maxPeriod) <= to {
		return nil, fault.New("validation_failed").Field("from").Say("期间须为一年以内")
	}
	f, err := s.figures(ctx, from, to, period)
	if err != nil {
		return nil, err
	}
	last, err := s.lastIssued(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	p := plan.Draft(request.ID("pg"), title, from, to, period, *f, last, who, now)
	return once.Insert(ctx, s.progress, request, p, now, render)
}

func (s *Service) lastIssued(ctx context.Context) (*plan.Progress, error) {
	page, err := s.progress.Find(ctx, store.Query{Index: "state", Eq: []any{plan.ProgressIssued}, Desc: true, Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("plan: looking for the last report: %w", err)
	}
	if len(page.Items) == 0 {
		return nil, nil
	}
	return page.Items[0], nil
}

// figures gathers the facts of a period.
func (s *Service) figures(ctx context.Context, from, to model.Date, period string) (*plan.Figures, error) {
	w, err := s.Work.Period(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("plan: adding up: %w", err)
	}
	f := &plan.Figures{
		Total: w.Total, Km: w.Km, ByMode: w.ByMode, Refused: w.Refused, Overdue: w.Overdue, Pairs: w.Pairs, Units: w.Units,
		Stages: s.stages(to), Targets: s.targets(),
	}
	plan.Rank(f.Units)
	if f.ProblemsOpen, f.ProblemsLate, err = s.Problems.Open(ctx); err != nil {
		return nil, fmt.Errorf("plan: counting problems: %w", err)
	}
	if err := s.countTasks(ctx, f); err != nil {
		return nil, err
	}
	if f.NotFiled, err = s.notFiled(ctx, period); err != nil {
		return nil, err
	}
	f.Propose()
	return f, nil
}

// stages tells for each phase how many of its new cities are open on a day, both directions of a city being one pair here.
func (s *Service) stages(on model.Date) []plan.Stage {
	var out []plan.Stage
	for _, ph := range s.Catalogue.Rollout().Phases() {
		st := plan.Stage{Number: ph.Number, Name: ph.Name, Due: ph.Due, Planned: len(ph.NewCities)}
		for _, city := range ph.NewCities {
			if _, live := s.Catalogue.Rollout().RegionPhase(city, on); live {
				st.Live++
			}
		}
		out = append(out, st)
	}
	return out
}

// targets tells how many items each mode has beside what the plan asks for.
func (s *Service) targets() []plan.Target {
	asked := map[model.Mode]int{}
	for _, ph := range s.Catalogue.Rollout().Phases() {
		for mode, n := range ph.Targets {
			asked[mode] = max(asked[mode], n)
		}
	}
	var out []plan.Target
	for _, mode := range model.Modes {
		out = append(out, plan.Target{Mode: mode, Items: len(s.Catalogue.Items(model.ItemFilter{Mode: mode})), Planned: asked[mode]})
	}
	return out
}

func (s *Service) countTasks(ctx context.Context, f *plan.Figures) error {
	f.TasksLate = []string{}
	return each(ctx, s.tasks, store.Query{Index: "home", Eq: []any{"home"}}, func(t *plan.Task) {
		switch {
		case t.State == plan.TaskDone:
			f.TasksDone++
			return
		case t.Light(s.Clock.Now(), s.Catalogue.Calendar) == "red":
			f.TasksLate = append(f.TasksLate, t.Title)
		}
		f.TasksOpen++
	})
}

func (s *Service) notFiled(ctx context.Context, period string) ([]string, error) {
	out := []string{}
	if period == "" {
		return out, nil
	}
	today := model.DateOf(s.Clock.Now())
	return out, each(ctx, s.filings, store.Query{Index: "period", Eq: []any{period}}, func(f *plan.Filing) {
		if o, ok := s.Catalogue.Orgs().Get(f.Unit); ok && f.Overdue(today) {
			out = append(out, o.Name)
		}
	})
}

// each walks over what an index finds.
func each[T any](ctx context.Context, c *store.Collection[T], q store.Query, do func(*T)) error {
	for q.Limit = 200; ; {
		page, err := c.Find(ctx, q)
		if err != nil {
			return fmt.Errorf("plan: counting: %w", err)
		}
		for _, doc := range page.Items {
			do(doc)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}

// GetProgress gives a report. A county sees what is issued.
func (s *Service) GetProgress(ctx context.Context, who model.Actor, id string) (*plan.Progress, error) {
	p, err := s.progress.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && p.State != plan.ProgressIssued && s.bureau(who) != nil {
		return nil, fault.New("not_found").Say("未找到该通报")
	}
	if err != nil {
		return nil, fmt.Errorf("plan: reading a report: %w", err)
	}
	return p, nil
}

// ListProgress lists reports, the latest period first.
func (s *Service) ListProgress(ctx context.Context, who model.Actor, limit int, cursor string) (store.Page[plan.Progress], error) {
	q := store.Query{Index: "home", Eq: []any{"home"}, Desc: true, Limit: limit, Cursor: cursor}
	if s.bureau(who) != nil {
		q.Index, q.Eq = "state", []any{plan.ProgressIssued}
	}
	page, err := s.progress.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("plan: listing reports: %w", err)
	}
	return page, nil
}

func (s *Service) changeProgress(ctx context.Context, who model.Actor, id string, do func(*plan.Progress) error) (*plan.Progress, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if _, err := s.GetProgress(ctx, who, id); err != nil {
		return nil, err
	}
	return s.progress.Update(ctx, id, func(p *plan.Progress) error {
		once.Forget(&p.Head, s.Clock.Now())
		return do(p)
	})
}

// EditProgress changes what people write in a draft.
func (s *Service) EditProgress(ctx context.Context, who model.Actor, id string, notes *string, praise, criticism []string) (*plan.Progress, error) {
	return s.changeProgress(ctx, who, id, func(p *plan.Progress) error { return p.Edit(notes, praise, criticism) })
}

// ApproveProgress lets somebody else than the author agree to a report.
func (s *Service) ApproveProgress(ctx context.Context, who model.Actor, id string) (*plan.Progress, error) {
	return s.changeProgress(ctx, who, id, func(p *plan.Progress) error { return p.Approve(who, s.Clock.Now()) })
}

// IssueProgress gives a report the next number of the year and freezes it.
func (s *Service) IssueProgress(ctx context.Context, who model.Actor, id string) (*plan.Progress, error) {
	p, err := s.GetProgress(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if p.State == plan.ProgressDraft { // before a number is taken
		return nil, fault.New("transition_not_allowed").With("state", p.State).With("event", "issue")
	}
	now := s.Clock.Now()
	year := string(model.DateOf(now)[:4])
	n := 0
	if p.State == plan.ProgressApproved {
		_, err = s.numbers.Upsert(ctx, year, func() *plan.Numbers { return &plan.Numbers{Head: model.Head{ID: year}} }, func(x *plan.Numbers) error {
			n = x.Take(id)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("plan: numbering: %w", err)
		}
	}
	return s.changeProgress(ctx, who, id, func(p *plan.Progress) error {
		return p.Issue(fmt.Sprintf("跨城通办通报〔%s〕%d号", year, n), now)
	})
}
