package plan

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/plan"
)

var periodForm = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?$`)

// Ask asks units for a report of a period; without units, the county offices are meant. Who has been asked for that period already
// is not asked again.
func (s *Service) Ask(ctx context.Context, who model.Actor, period, title string, due model.Date, units []string) ([]*plan.Filing, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if !periodForm.MatchString(period) {
		return nil, fault.New("validation_failed").Field("period").Say("期别须如 2026-11、2026-Q4、2026-H2 或 2026")
	}
	now := s.Clock.Now()
	if due < model.DateOf(now) {
		return nil, fault.New("validation_failed").Field("due").Say("报送期限已过")
	}
	if len(units) == 0 {
		for _, o := range s.Catalogue.Orgs().All() {
			if o.Does(model.OrgSupervises) && o.Region != s.home() && s.Catalogue.Regions.Covers(s.home(), o.Region) {
				units = append(units, o.ID)
			}
		}
	}
	out := make([]*plan.Filing, 0, len(units))
	for _, id := range units {
		o, err := s.unit("units", id)
		if err != nil {
			return nil, err
		}
		f := plan.NewFiling(period, title, o.ID, o.Region, due, now)
		err = s.filings.Insert(ctx, f)
		if errors.Is(err, store.ErrDuplicate) {
			f, err = s.filings.Get(ctx, f.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("plan: asking for a report: %w", err)
		}
		out = append(out, f)
	}
	return out, nil
}

// ListFilings lists reports: of a period, or all by their day, the latest first; a county sees its own.
func (s *Service) ListFilings(ctx context.Context, who model.Actor, period string, limit int, cursor string) (store.Page[plan.Filing], error) {
	q := s.theirs(who, "period", period)
	q.Limit, q.Cursor, q.Desc = limit, cursor, q.Index != "period" // of one period by unit
	page, err := s.filings.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("plan: listing reports: %w", err)
	}
	return page, nil
}

// Submit files the report of the caller's own organisation.
func (s *Service) Submit(ctx context.Context, who model.Actor, id, text, results, problems string) (*plan.Filing, error) {
	f, err := s.filings.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.sees(who, f.Unit, f.Region) {
		return nil, fault.New("not_found").Say("未找到该报送任务")
	}
	if err != nil {
		return nil, fmt.Errorf("plan: reading a report: %w", err)
	}
	if who.Org != f.Unit {
		return nil, fault.New("wrong_organisation").With("organisation", f.Unit)
	}
	return s.filings.Update(ctx, id, func(f *plan.Filing) error {
		return f.Submit(who, model.ScrubNumbers(text), model.ScrubNumbers(results), model.ScrubNumbers(problems), s.Clock.Now())
	})
}

// WakeFiling reminds of a report.
func (s *Service) WakeFiling(ctx context.Context, id string) error {
	return wake(s.filings.Update(ctx, id, func(f *plan.Filing) error {
		if !f.Remind(s.Clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	}))
}

// FilingDue tells a unit that its report is due, and the bureau once it is late: the outbox.Handler of plan.KindFiling.
func (s *Service) FilingDue(ctx context.Context, id string, e model.Event) error {
	f, err := s.filings.Get(ctx, id)
	if err != nil {
		return wake(f, err)
	}
	if f.State == plan.FilingFiled {
		return nil // meanwhile
	}
	orgs := []string{f.Unit}
	what := f.Title + "（" + f.Period + "）"
	if e.Ref["what"] == "late" {
		o, _ := s.Catalogue.Orgs().Get(f.Unit)
		orgs, what = append(orgs, s.Bureau(s.home())), what+"（"+o.Name+"尚未报送）"
	}
	return s.tell(ctx, e, "staff_report_due", model.NoticeRef{Kind: "report", ID: f.ID}, map[string]string{
		"what": what, "due": model.NoticeDate(f.Due),
	}, orgs...)
}
