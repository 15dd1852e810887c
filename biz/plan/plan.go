// Package plan keeps what the bureau has to show of the plan: its duties with their terms, the reports that units file, and the
// progress report (进度通报) made of both and of the ledger.
package plan

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/plan"
)

// The collections.
const (
	Tasks    = "plan_tasks"
	Filings  = "reports"
	Progress = "progress_reports"
	Numbers  = "report_numbers"
)

// Period is what the work of some days adds up to.
type Period struct {
	Total   plan.Sums
	Km      int64
	ByMode  map[string]int64
	Refused int64
	Overdue int64
	Pairs   []plan.Line // the busiest first
	Units   []plan.Line
}

// Work is what a progress report needs of the ledger.
type Work interface {
	Period(ctx context.Context, from, to model.Date) (Period, error)
}

// Problems is what a progress report needs of the tickets.
type Problems interface {
	// Open counts those that are not closed, and those of them that are late.
	Open(ctx context.Context) (open, late int64, err error)
}

// Notices is what this package needs of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Config says what the service stands on.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Work      Work
	Problems  Problems
	Notices   Notices
	Bureau    func(region string) string // the organisation that supervises a region
}

// Service is tasks, reports and progress reports.
type Service struct {
	Config
	tasks    *store.Collection[plan.Task]
	filings  *store.Collection[plan.Filing]
	progress *store.Collection[plan.Progress]
	numbers  *store.Collection[plan.Numbers]
}

var taskSpec = store.Spec[plan.Task]{
	Name: Tasks,
	Fields: []store.Field[plan.Task]{
		{Name: "home", Of: func(*plan.Task) any { return "home" }},
		{Name: "region", Of: func(t *plan.Task) any { return t.Region }},
		{Name: "unit", Of: func(t *plan.Task) any { return t.Unit }},
		{Name: "state", Of: func(t *plan.Task) any { return t.State }},
		{Name: "due", Of: func(t *plan.Task) any { return string(t.Due) }},
	},
	Indexes: []store.Index{
		{Name: "home", Eq: []string{"home"}, Sort: "due"},
		{Name: "state", Eq: []string{"state"}, Sort: "due"},
		{Name: "region", Eq: []string{"region"}, Sort: "due"}, {Name: "region_state", Eq: []string{"region", "state"}, Sort: "due"},
		{Name: "unit", Eq: []string{"unit"}, Sort: "due"}, {Name: "unit_state", Eq: []string{"unit", "state"}, Sort: "due"},
	},
}

var filingSpec = store.Spec[plan.Filing]{
	Name: Filings,
	Fields: []store.Field[plan.Filing]{
		{Name: "home", Of: func(*plan.Filing) any { return "home" }},
		{Name: "period", Of: func(f *plan.Filing) any { return f.Period }},
		{Name: "region", Of: func(f *plan.Filing) any { return f.Region }},
		{Name: "unit", Of: func(f *plan.Filing) any { return f.Unit }},
		{Name: "due", Of: func(f *plan.Filing) any { return string(f.Due) }},
	},
	Indexes: []store.Index{
		{Name: "home", Eq: []string{"home"}, Sort: "due"},
		{Name: "period", Eq: []string{"period"}, Sort: "unit"},
		{Name: "region", Eq: []string{"region"}, Sort: "due"}, {Name: "region_period", Eq: []string{"region", "period"}, Sort: "due"},
		{Name: "unit", Eq: []string{"unit"}, Sort: "due"}, {Name: "unit_period", Eq: []string{"unit", "period"}, Sort: "due"},
	},
}

var progressSpec = store.Spec[plan.Progress]{
	Name: Progress,
	Fields: []store.Field[plan.Progress]{
		{Name: "home", Of: func(*plan.Progress) any { return "home" }},
		{Name: "state", Of: func(p *plan.Progress) any { return p.State }},
		{Name: "upto", Of: func(p *plan.Progress) any { return string(p.To) }},
	},
	Indexes: []store.Index{{Name: "home", Eq: []string{"home"}, Sort: "upto"}, {Name: "state", Eq: []string{"state"}, Sort: "upto"}},
}

// New opens the collections.
func New(ctx context.Context, c Config) (_ *Service, err error) {
	s := &Service{Config: c}
	if s.tasks, err = store.Open(ctx, c.DB, taskSpec); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if s.filings, err = store.Open(ctx, c.DB, filingSpec); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if s.progress, err = store.Open(ctx, c.DB, progressSpec); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if s.numbers, err = store.Open(ctx, c.DB, store.Spec[plan.Numbers]{Name: Numbers}); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return s, nil
}

func (s *Service) home() string { return s.Catalogue.Rollout().Home() }

func (s *Service) bureau(who model.Actor) error {
	if who.Role != model.RoleSupervisor && who.Role != model.RoleAdmin || who.Region != s.home() {
		return fault.New("forbidden")
	}
	return nil
}

func (s *Service) unit(field, id string) (model.Organisation, error) {
	o, ok := s.Catalogue.Orgs().Get(id)
	if !ok {
		return o, fault.New("validation_failed").Field(field).Say("没有这个单位")
	}
	return o, nil
}

// sees: the bureau all, a county's supervisor what lies in the county, a unit its own.
func (s *Service) sees(who model.Actor, unit, region string) bool {
	if who.Org == unit {
		return true
	}
	if who.Role != model.RoleSupervisor && who.Role != model.RoleAdmin {
		return false
	}
	return who.Region == s.home() || s.Catalogue.Regions.Covers(who.Region, region)
}

// SetTask sets a duty.
func (s *Service) SetTask(ctx context.Context, who model.Actor, t plan.Task, request once.Request, render func(*plan.Task) ([]byte, error)) ([]byte, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	o, err := s.unit("unit", t.Unit)
	if err != nil {
		return nil, err
	}
	t.Region = o.Region
	now := s.Clock.Now()
	made, err := plan.NewTask(request.ID("tk"), t, now)
	if err != nil {
		return nil, err
	}
	return once.Insert(ctx, s.tasks, request, made, now, render)
}

//go:embed duties.csv
var duties []byte

// Adopt sets every duty of the plan (seed-map: aims, tasks, schedule, safeguards), counted in months from the one in which the roll-out
// starts. Duties that are set already are left alone: adopted tells how many were not.
func (s *Service) Adopt(ctx context.Context, who model.Actor, starts model.Date) (adopted int, err error) {
	if err := s.bureau(who); err != nil {
		return 0, err
	}
	rows, err := csv.NewReader(bytes.NewReader(duties)).ReadAll()
	if err != nil {
		return 0, fmt.Errorf("plan: reading the duties: %w", err)
	}
	for _, r := range rows[1:] {
		months, err := strconv.Atoi(r[3])
		if err != nil {
			return adopted, fmt.Errorf("plan: duty %s: %w", r[0], err)
		}
		unit, err := s.unit("unit", model.OrgID(s.home(), r[4]))
		if err != nil {
			return adopted, err
		}
		t, err := plan.NewTask("tk"+r[0], plan.Task{
			Code: r[0], Title: r[1], Milestone: r[2], Unit: unit.ID, Region: unit.Region, Due: monthEnd(starts, months),
		}, s.Clock.Now())
		if err != nil {
			return adopted, err
		}
		if err := s.tasks.Insert(ctx, t); errors.Is(err, store.ErrDuplicate) {
			continue
		} else if err != nil {
			return adopted, fmt.Errorf("plan: setting %s: %w", r[0], err)
		}
		adopted++
	}
	return adopted, nil
}

// monthEnd is the last day of the nth month, the first being that of the start.
func monthEnd(starts model.Date, n int) model.Date {
	d := starts.Start().In(model.Beijing)
	return model.DateOf(time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, model.Beijing).AddDate(0, 0, -1))
}

// theirs asks for what is a caller's to see: all for the bureau, a county's for the county, else the unit's own; of them those with one
// value of a further field, if one is given.
func (s *Service) theirs(who model.Actor, field, value string) store.Query {
	q := store.Query{Index: "home", Eq: []any{"home"}}
	switch {
	case who.Role != model.RoleSupervisor && who.Role != model.RoleAdmin:
		q.Index, q.Eq = "unit", []any{who.Org}
	case who.Region != s.home():
		q.Index, q.Eq = "region", []any{who.Region}
	case value != "":
		return store.Query{Index: field, Eq: []any{value}}
	}
	if value != "" {
		q.Index, q.Eq = q.Index+"_"+field, append(q.Eq, value)
	}
	return q
}

// ListTasks lists duties by their terms: all for the bureau, in one state or in any; a county's for the county; else the unit's own.
func (s *Service) ListTasks(ctx context.Context, who model.Actor, state string, limit int, cursor string) (store.Page[plan.Task], error) {
	q := s.theirs(who, "state", state)
	q.Limit, q.Cursor = limit, cursor
	page, err := s.tasks.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("plan: listing tasks: %w", err)
	}
	return page, nil
}

func (s *Service) task(ctx context.Context, who model.Actor, id string, do func(*plan.Task) error) (*plan.Task, error) {
	t, err := s.tasks.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.sees(who, t.Unit, t.Region) {
		return nil, fault.New("not_found").Say("未找到该任务")
	}
	if err != nil {
		return nil, fmt.Errorf("plan: reading a task: %w", err)
	}
	if do == nil {
		return t, nil
	}
	return s.tasks.Update(ctx, id, func(t *plan.Task) error {
		once.Forget(&t.Head, s.Clock.Now())
		return do(t)
	})
}

// Task gives a duty.
func (s *Service) Task(ctx context.Context, who model.Actor, id string) (*plan.Task, error) {
	return s.task(ctx, who, id, nil)
}

// ShowTask adds evidence. Only the bureau says that a duty is done.
func (s *Service) ShowTask(ctx context.Context, who model.Actor, id, text string, done bool) (*plan.Task, error) {
	if done {
		if err := s.bureau(who); err != nil {
			return nil, err
		}
	}
	return s.task(ctx, who, id, func(t *plan.Task) error { return t.Show(who, model.ScrubNumbers(text), done, s.Clock.Now()) })
}

// MoveTask gives a duty another term or milestone.
func (s *Service) MoveTask(ctx context.Context, who model.Actor, id string, due model.Date, milestone, why string) (*plan.Task, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	return s.task(ctx, who, id, func(t *plan.Task) error { return t.Move(who, due, milestone, why, s.Clock.Now()) })
}

// WakeTask reports a late duty upwards.
func (s *Service) WakeTask(ctx context.Context, id string) error {
	return wake(s.tasks.Update(ctx, id, func(t *plan.Task) error {
		if !t.Escalate(s.Clock.Now(), s.Catalogue.Calendar) {
			return store.ErrUnchanged
		}
		return nil
	}))
}

func wake[T any](_ *T, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// TaskLate tells the unit and those above it: the outbox.Handler of plan.KindTask.
func (s *Service) TaskLate(ctx context.Context, id string, e model.Event) error {
	t, err := s.tasks.Get(ctx, id)
	if err != nil {
		return wake(t, err)
	}
	orgs := []string{t.Unit}
	if above := s.Bureau(t.Region); above != t.Unit {
		orgs = append(orgs, above)
	}
	if home := s.Bureau(s.home()); e.Ref["to"] == "above" && home != orgs[len(orgs)-1] && home != t.Unit {
		orgs = append(orgs, home)
	}
	return s.tell(ctx, e, "staff_task_late", model.NoticeRef{Kind: "plan_task", ID: t.ID}, map[string]string{
		"what": t.Title, "due": model.NoticeDate(t.Due),
	}, orgs...)
}

func (s *Service) tell(ctx context.Context, e model.Event, key string, ref model.NoticeRef, vars map[string]string, orgs ...string) error {
	for _, org := range orgs {
		_, err := s.Notices.Give(ctx, model.NoticeDraft{Event: e.ID, Recipient: org, To: model.ToStaff, Key: key, Ref: ref, At: e.At, Vars: vars})
		if err != nil {
			return fmt.Errorf("plan: telling %s: %w", key, err)
		}
	}
	return nil
}
