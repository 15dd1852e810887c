package server

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/agreement"
	"kuacheng/biz/ledger"
	"kuacheng/biz/meeting"
	"kuacheng/biz/plan"
	"kuacheng/biz/policy"
	"kuacheng/biz/problem"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/bureau"
	sums "kuacheng/model/ledger"
	planrules "kuacheng/model/plan"
	policyrules "kuacheng/model/policy"
)

// openAccord makes what two cities settle, what the plan asks for, and what people are told unasked. Problems and ledger come first.
func (s *Server) openAccord(ctx context.Context) (err error) {
	if s.agreements, err = agreement.New(ctx, agreement.Config{
		DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Notices: s.notices, Bureau: s.bureau,
	}); err != nil {
		return err
	}
	if s.meetings, err = meeting.New(ctx, meeting.Config{
		DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Problems: followUps{s.problems}, Notices: s.notices,
	}); err != nil {
		return err
	}
	if s.plan, err = plan.New(ctx, plan.Config{
		DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Work: work{s}, Problems: followUps{s.problems}, Notices: s.notices, Bureau: s.bureau,
	}); err != nil {
		return err
	}
	s.policies, err = policy.New(ctx, policy.Config{
		DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Notices: s.notices, Matters: s.matters, People: s.accounts,
	})
	return err
}

func (s *Server) accordJobs() {
	s.jobs.On(accord.KindAgreement, jobs.Default, s.agreements.Happened)
	s.jobs.On(accord.KindProposal, jobs.Default, s.agreements.Moved)
	s.jobs.On(accord.KindMeeting, jobs.Default, s.meetings.Happened)
	s.jobs.On(planrules.KindTask, jobs.Default, s.plan.TaskLate)
	s.jobs.On(planrules.KindFiling, jobs.Default, s.plan.FilingDue)
	s.jobs.On(policyrules.KindPush, jobs.Slow, s.policies.Carry)
	s.jobs.On(policyrules.KindAudience, jobs.Default, s.policies.Said)
	s.jobs.OnWake(agreement.Collection, s.agreements.Wake)
	s.jobs.OnWake(plan.Tasks, s.plan.WakeTask)
	s.jobs.OnWake(plan.Filings, s.plan.WakeFiling)
}

// counted tells those who follow what the ledger counts: the ledger, the marks of those who agreed to be told things, and then, when
// the sums hold the change, the signals.
func (s *Server) counted(ctx context.Context, no string, e model.Event) error {
	if err := errors.Join(s.ledger.Counted(ctx, no, e), s.policies.Counted(ctx, no, e)); err != nil {
		return err
	}
	return s.signals.Counted(ctx, no, e)
}

// followUps are the problem tickets as meetings and the plan see them.
type followUps struct{ problems *problem.Service }

func (f followUps) Agenda(ctx context.Context, city string, limit int) ([]accord.Point, error) {
	open, err := f.problems.Between(ctx, city, limit)
	if err != nil {
		return nil, err
	}
	points := make([]accord.Point, 0, len(open))
	for _, p := range open {
		points = append(points, accord.Point{Problem: p.ID, Title: p.Title, Unit: p.Unit, Late: p.Late})
	}
	return points, nil
}

func (f followUps) Follow(ctx context.Context, key string, x meeting.FollowUp) (string, error) {
	return f.problems.Open(ctx, key, bureau.Opening{
		Source: bureau.SourceMeeting, Title: x.Title, Text: x.Text, From: x.From, To: x.To, Region: x.To, Unit: x.Unit, Due: x.Due,
	}, model.System)
}

func (f followUps) State(ctx context.Context, id string) (string, error) {
	p, err := f.problems.Peek(ctx, id)
	if err != nil {
		return "", err
	}
	return string(p.State), nil
}

func (f followUps) Open(ctx context.Context) (open, late int64, err error) {
	return f.problems.Unclosed(ctx)
}

// work is the ledger as the progress report sees it.
type work struct{ s *Server }

func (w work) Period(ctx context.Context, from, to model.Date) (plan.Period, error) {
	sc := ledger.Scope{From: from, To: to}
	o, err := w.s.ledger.Overview(ctx, sc)
	if err != nil {
		return plan.Period{}, err
	}
	p := plan.Period{
		Total: added(o.Total), Km: o.Km, ByMode: o.ByMode, Refused: o.ByState[string(model.MatterRefused)],
		Overdue: o.ByLight[string(model.LightOverdue)], Pairs: []planrules.Line{}, Units: []planrules.Line{},
	}
	const most = 20 // pairs; the rest are in the ledger
	for _, x := range o.Pairs[:min(len(o.Pairs), most)] {
		name := fmt.Sprintf("%s → %s", w.s.catalogue.Regions.Name(x.From), w.s.catalogue.Regions.Name(x.To))
		p.Pairs = append(p.Pairs, planrules.Line{Key: x.From + "-" + x.To, Name: name, Sums: added(x.Sums)})
	}
	units, err := w.s.ledger.Measures(ctx, sums.KindOrg, sc, func(string) bool { return true })
	if err != nil {
		return plan.Period{}, err
	}
	for _, u := range units {
		name := u.Key
		if org, ok := w.s.catalogue.Orgs().Get(u.Key); ok {
			name = org.Name
		}
		p.Units = append(p.Units, planrules.Line{Key: u.Key, Name: name, Sums: added(u.Sums)})
	}
	return p, nil
}

func added(x sums.Sums) planrules.Sums {
	return planrules.Sums{
		Matters: x.Matters, Kept: x.Kept, Broken: x.Broken, Asked: x.Asked, Days: x.Days, Rated: x.Rated, Satisfied: x.Good, Trips: x.Trips,
	}
}
