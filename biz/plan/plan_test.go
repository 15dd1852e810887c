package plan_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/notice/noticetest"
	"kuacheng/biz/once"
	"kuacheng/biz/plan"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	rules "kuacheng/model/plan"
)

var (
	boss   = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	second = model.Actor{Door: model.DoorSupervise, Role: model.RoleAdmin, ID: "admin", Org: "441500-ZS", Region: "441500"}
	county = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "county", Org: "441502-ZS", Region: "441502"}
	unit   = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "rev", Org: "441500-RS", Region: "441500"}
	police = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "pol", Org: "441500-GA", Region: "441500"}
)

// work is what was done in a period.
type work struct{ total rules.Sums }

func (w *work) Period(context.Context, model.Date, model.Date) (plan.Period, error) {
	return plan.Period{Total: w.total, ByMode: map[string]int64{"online": w.total.Matters}, Units: []rules.Line{
		{Key: "b", Name: "慢单位", Sums: rules.Sums{Matters: 10, Kept: 5, Broken: 5}}, {Key: "a", Name: "快单位", Sums: rules.Sums{Matters: 10, Kept: 10}},
	}, Pairs: []rules.Line{{Key: "p", Name: "深圳 → 汕尾", Sums: w.total}}}, nil
}

func (w *work) Open(context.Context) (open, late int64, err error) { return 3, 1, nil }

type office struct {
	*plan.Service
	t     *testing.T
	db    *store.DB
	clock *clock.Movable
	told  *noticetest.Told
	work  *work
}

func open(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "p.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &office{t: t, db: db, clock: &clock.Movable{}, told: &noticetest.Told{}, work: &work{rules.Sums{Matters: 40, Kept: 30, Broken: 10, Rated: 10, Satisfied: 9, Trips: 70}}}
	o.Service, err = plan.New(t.Context(), plan.Config{
		DB: db, Clock: o.clock, Catalogue: catalogue.New(d), Work: o.work, Problems: o.work, Notices: o.told,
		Bureau: func(region string) string { return region + "-ZS" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// pass moves the clock by days and does what is due on each, twice over.
func (o *office) pass(days int) {
	o.t.Helper()
	ctx := o.t.Context()
	for range days {
		o.clock.Advance(24 * time.Hour)
		for name, wake := range map[string]func(context.Context, string) error{plan.Tasks: o.WakeTask, plan.Filings: o.WakeFiling} {
			due, err := o.db.Due(ctx, name, o.clock.Now(), 1000)
			if err != nil {
				o.t.Fatal(err)
			}
			for _, ref := range due {
				for range 2 {
					if err := wake(ctx, ref.ID); err != nil {
						o.t.Fatal(err)
					}
				}
			}
		}
		for name, carry := range map[string]func(context.Context, string, model.Event) error{plan.Tasks: o.TaskLate, plan.Filings: o.FilingDue} {
			refs, err := o.db.Pending(ctx, name, o.clock.Now().Add(time.Hour), 1000)
			if err != nil {
				o.t.Fatal(err)
			}
			for _, ref := range refs {
				for _, e := range ref.Events {
					for range 2 {
						if err := carry(ctx, ref.ID, e); err != nil {
							o.t.Fatal(err)
						}
					}
					if err := o.db.Settle(ctx, name, ref.ID, e.ID); err != nil {
						o.t.Fatal(err)
					}
				}
			}
		}
	}
}

func (o *office) today() model.Date { return model.DateOf(o.clock.Now()) }

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func taskID(x *rules.Task) ([]byte, error) { return []byte(x.ID), nil }

func (o *office) set(unit string, days int) string {
	o.t.Helper()
	id, err := o.SetTask(o.t.Context(), boss, rules.Task{Title: "统一标准", Unit: unit, Due: o.today().Add(days)}, once.Request{}, taskID)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(id)
}

func TestService_tasks(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	_, err := o.SetTask(ctx, county, rules.Task{Title: "x", Unit: "441500-RS", Due: o.today()}, once.Request{}, taskID)
	wants(t, err, "forbidden")
	_, err = o.SetTask(ctx, boss, rules.Task{Title: "x", Unit: "none", Due: o.today()}, once.Request{}, taskID)
	wants(t, err, "validation_failed")
	id, below := o.set("441500-RS", 5), o.set("441502-RS", 5)
	_, err = o.Task(ctx, police, id)
	wants(t, err, "not_found")
	_, err = o.ShowTask(ctx, unit, id, "", false)
	wants(t, err, "reason_required")
	_, err = o.ShowTask(ctx, unit, id, "已办", true)
	wants(t, err, "forbidden") // the bureau says what is done
	x, err := o.ShowTask(ctx, unit, id, "已印发，电话13800000000", false)
	if err != nil || len(x.Evidence) != 1 || strings.Contains(x.Evidence[0].Text, "138") {
		t.Fatalf("%+v, %v", x, err)
	}
	if _, err = o.ShowTask(ctx, boss, id, "核实", true); err != nil {
		t.Fatal(err)
	}
	_, err = o.ShowTask(ctx, unit, id, "再报", false)
	wants(t, err, "transition_not_allowed")

	for _, c := range []struct {
		who         model.Actor
		state, want string
	}{
		{boss, "", id + " " + below}, {boss, "open", below}, {boss, "done", id}, {county, "", below}, {county, "open", below}, {county, "done", ""},
		{unit, "", id}, {unit, "done", id}, {unit, "open", ""}, {police, "", ""},
	} {
		page, err := o.ListTasks(ctx, c.who, c.state, 10, "")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, x := range page.Items {
			seen[x.ID] = true
		}
		want := strings.Fields(c.want)
		ok := len(seen) == len(want)
		for _, id := range want {
			ok = ok && seen[id]
		}
		if !ok {
			t.Errorf("%s sees of %q: %v, want %v", c.who.ID, c.state, seen, want)
		}
	}
}

// TestService_late_task: who is late hears it with those above, and later the city; another milestone puts nothing off, another term does.
func TestService_late_task(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	id := o.set("441502-RS", 2)
	o.pass(2)
	if got := o.told.Take(); got != "" {
		t.Errorf("in time: %s", got)
	}
	o.pass(2)
	if got := o.told.Take(); got != "441502-RS staff_task_late, 441502-ZS staff_task_late" {
		t.Errorf("late: %s", got)
	}
	x, err := o.Task(ctx, boss, id)
	if err != nil || x.Wake == nil || x.Level != 1 {
		t.Fatalf("%+v, %v", x, err)
	}
	again := *x.Wake
	_, err = o.MoveTask(ctx, county, id, "", "x", "x")
	wants(t, err, "forbidden")
	_, err = o.MoveTask(ctx, boss, id, "", "x", "")
	wants(t, err, "reason_required")
	o.pass(2)
	if x, err = o.MoveTask(ctx, boss, id, "", "改为两步", "细化"); err != nil || x.Wake == nil || !x.Wake.Equal(again) {
		t.Errorf("a milestone moved the wake from %v to %v: %v", again, x.Wake, err)
	}
	o.told.Take()
	o.pass(12)
	if got := o.told.Take(); got != "441500-ZS staff_task_late, 441502-RS staff_task_late, 441502-ZS staff_task_late" {
		t.Errorf("late again: %s", got)
	}
	if x, err = o.MoveTask(ctx, boss, id, o.today().Add(30), "", "顺延"); err != nil || x.Level != 0 || x.Wake == nil || x.Wake.Before(o.clock.Now()) {
		t.Errorf("%+v, %v", x, err)
	}
	o.pass(29)
	if got := o.told.Take(); got != "" {
		t.Errorf("in its new time: %s", got)
	}
}

func TestService_Adopt(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	_, err := o.Adopt(ctx, county, "2026-01-15")
	wants(t, err, "forbidden")
	first, err := o.Adopt(ctx, boss, "2026-01-15")
	if err != nil || first < 10 {
		t.Fatalf("%d, %v", first, err)
	}
	if again, err := o.Adopt(ctx, boss, "2026-03-01"); err != nil || again != 0 {
		t.Errorf("set anew: %d, %v", again, err)
	}
	page, err := o.ListTasks(ctx, boss, "", 100, "")
	if err != nil || len(page.Items) != first {
		t.Fatalf("%d, %v", len(page.Items), err)
	}
	for _, x := range page.Items {
		if day := x.Due.Add(1); !strings.HasSuffix(string(day), "-01") || x.Due < "2026-01-31" {
			t.Errorf("%s is due on %s, which is no end of a month", x.Code, x.Due)
		}
	}
}

func TestService_filings(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	ask := func(period string, days int, units ...string) ([]*rules.Filing, error) {
		return o.Ask(ctx, boss, period, "进度", o.today().Add(days), units)
	}
	for _, period := range []string{"", "2026-13", "2026-Q5", "26-11", "2026-11-01"} {
		_, err := ask(period, 5, "441502-ZS")
		wants(t, err, "validation_failed")
	}
	_, err := ask("2026-Q4", -1, "441502-ZS")
	wants(t, err, "validation_failed")
	_, err = ask("2026-Q4", 5, "none")
	wants(t, err, "validation_failed")
	all, err := ask("2026-Q4", 10)
	if err != nil || len(all) < 4 {
		t.Fatalf("%d counties, %v", len(all), err)
	}
	if again, err := ask("2026-Q4", 20); err != nil || len(again) != len(all) || again[0].Due != all[0].Due {
		t.Errorf("asked again: %+v, %v", again[0], err)
	}
	id := rules.FilingID("2026-Q4", "441502-ZS")
	_, err = o.Submit(ctx, boss, id, "x", "", "")
	wants(t, err, "wrong_organisation")
	_, err = o.Submit(ctx, police, id, "x", "", "")
	wants(t, err, "not_found")
	_, err = o.Submit(ctx, county, id, "", "", "")
	wants(t, err, "validation_failed")
	for _, text := range []string{"已完成", "已完成，更正"} {
		if f, err := o.Submit(ctx, county, id, text, "", ""); err != nil || f.Late || f.Text != text {
			t.Fatalf("%+v, %v", f, err)
		}
	}
	o.pass(20)
	told := o.told.Take()
	if strings.Contains(told, "441502-ZS") {
		t.Errorf("who has filed is asked: %s", told)
	}
	if n := strings.Count(told, "441521-ZS staff_report_due"); n != 3 { // before, on the day, and after it
		t.Errorf("asked %d times: %s", n, told)
	}
	if n := strings.Count(told, "441500-ZS staff_report_due"); n != len(all)-1 {
		t.Errorf("the bureau heard of %d, want %d", n, len(all)-1)
	}
	_, err = o.Submit(ctx, county, id, "迟来的更正", "", "")
	wants(t, err, "transition_not_allowed")
	if _, err := ask("2026-12", 10, "441502-ZS", "441500-RS"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who    model.Actor
		period string
		want   int
	}{{boss, "", len(all) + 2}, {boss, "2026-12", 2}, {county, "", 2}, {county, "2026-12", 1}, {unit, "", 1}, {unit, "2026-Q4", 0}, {police, "", 0}} {
		page, err := o.ListFilings(ctx, c.who, c.period, 100, "")
		if err != nil || len(page.Items) != c.want {
			t.Errorf("%s sees %d of %q, want %d: %v", c.who.ID, len(page.Items), c.period, c.want, err)
		}
	}
}

// TestService_progress: a report is drafted by one, approved by another, numbered once, and then as it is for good; the next one is
// compared with it.
func TestService_progress(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	o.set("441500-RS", 1)
	if _, err := o.Ask(ctx, boss, "2026-Q4", "进度", o.today().Add(1), []string{"441502-ZS"}); err != nil {
		t.Fatal(err)
	}
	o.pass(5)
	draft := func(title string) (string, error) {
		id, err := o.DraftProgress(ctx, boss, title, o.today().Add(-30), o.today(), "2026-Q4", once.Request{}, func(p *rules.Progress) ([]byte, error) { return []byte(p.ID), nil })
		return string(id), err
	}
	_, err := o.DraftProgress(ctx, boss, "x", o.today(), o.today().Add(-1), "", once.Request{}, nil)
	wants(t, err, "validation_failed")
	_, err = o.DraftProgress(ctx, boss, "x", o.today().Add(-400), o.today(), "", once.Request{}, nil)
	wants(t, err, "validation_failed")
	_, err = o.DraftProgress(ctx, county, "x", o.today(), o.today(), "", once.Request{}, nil)
	wants(t, err, "forbidden")
	id, err := draft("第一期")
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.GetProgress(ctx, boss, id)
	if err != nil {
		t.Fatal(err)
	}
	f := p.Figures
	if f.Units[0].Name != "快单位" || len(f.Praise) != 1 || len(f.Criticism) != 2 || len(f.TasksLate) != 1 || len(f.NotFiled) != 1 || f.ProblemsOpen != 3 || len(f.Stages) == 0 {
		t.Errorf("%+v", f)
	}
	_, err = o.GetProgress(ctx, county, id)
	wants(t, err, "not_found")
	_, err = o.IssueProgress(ctx, boss, id)
	wants(t, err, "transition_not_allowed")
	notes := "再接再厉"
	if _, err = o.EditProgress(ctx, boss, id, &notes, nil, []string{}); err != nil {
		t.Fatal(err)
	}
	_, err = o.ApproveProgress(ctx, boss, id)
	wants(t, err, "forbidden") // by whom it was written
	if _, err = o.ApproveProgress(ctx, second, id); err != nil {
		t.Fatal(err)
	}
	_, err = o.EditProgress(ctx, boss, id, &notes, nil, nil)
	wants(t, err, "transition_not_allowed")
	year := string(o.today()[:4])
	for range 2 {
		if p, err = o.IssueProgress(ctx, boss, id); err != nil || p.Number != fmt.Sprintf("跨城通办通报〔%s〕1号", year) {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if _, err = o.GetProgress(ctx, county, id); err != nil {
		t.Error(err)
	}
	o.work.total.Matters = 60
	o.pass(1)
	next, err := draft("第二期")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = o.ApproveProgress(ctx, second, next); err != nil {
		t.Fatal(err)
	}
	if p, err = o.IssueProgress(ctx, boss, next); err != nil || p.Last != id || p.LastTotal.Matters != 40 || !strings.HasSuffix(p.Number, "2号") {
		t.Fatalf("%+v, %v", p, err)
	}
	for who, want := range map[*model.Actor]int{&boss: 2, &county: 2} {
		if page, err := o.ListProgress(ctx, *who, 10, ""); err != nil || len(page.Items) != want {
			t.Errorf("%s: %d, %v", who.ID, len(page.Items), err)
		}
	}
	html, err := plan.Page(p)
	if err != nil || !bytes.Contains(html, []byte(p.Number)) || !bytes.Contains(html, []byte("&#43;20（&#43;50.0%）")) {
		t.Errorf("%v: %.600s", err, html)
	}
	var book bytes.Buffer
	if err := plan.WriteXLSX(p, &book); err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(&book)
	if err != nil || len(x.GetSheetList()) < 3 {
		t.Fatalf("%v", err)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
}
