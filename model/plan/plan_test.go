package plan_test

import (
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/plan"
)

var (
	now      = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	boss     = model.Actor{Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS"}
	other    = model.Actor{Role: model.RoleAdmin, ID: "other", Org: "441500-ZS"}
	calendar = model.NewCalendar(nil)
)

func code(t *testing.T, err error, want string) {
	t.Helper()
	if got := fault.Code(err); got != want {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestTask(t *testing.T) {
	t.Parallel()
	_, err := plan.NewTask("t", plan.Task{Title: "x"}, now)
	code(t, err, "validation_failed")
	k, err := plan.NewTask("t", plan.Task{Title: "x", Unit: "u", Due: "2026-12-31"}, now)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[model.Date]string{"2026-12-15": "green", "2026-12-18": "yellow", "2026-12-31": "yellow", "2027-01-01": "red"} {
		if got := k.Light(day.At(600), calendar); got != want {
			t.Errorf("on %s %s, want %s", day, got, want)
		}
	}
	if k.Escalate(now, calendar) || model.DateOf(*k.Wake) != "2027-01-01" {
		t.Errorf("wakes at %v", k.Wake)
	}
	for level := 1; level <= 2; level++ {
		if !k.Escalate(*k.Wake, calendar) || k.Level != level {
			t.Errorf("level %d", k.Level)
		}
	}
	if k.Wake != nil || len(k.Outbox) != 2 || k.Outbox[1].Ref["to"] != "above" {
		t.Errorf("%v %v", k.Wake, k.Outbox)
	}
	code(t, k.Move(boss, "2027-02-01", "", "", now), "reason_required")
	if err := k.Move(boss, "2027-02-01", "新节点", "延期", now); err != nil || k.Level != 0 || k.Wake == nil {
		t.Error(err, k.Level, k.Wake)
	}
	code(t, k.Show(boss, "", false, now), "reason_required")
	if err := k.Show(boss, "已上线", true, now); err != nil || k.State != plan.TaskDone || k.Wake != nil || k.Light(now, calendar) != "none" {
		t.Error(err, k.State)
	}
	code(t, k.Show(boss, "x", false, now), "transition_not_allowed")
}

func TestFiling(t *testing.T) {
	t.Parallel()
	f := plan.NewFiling("2026-11", "月报", "u", "441521", "2026-12-05", now)
	days := []model.Date{"2026-12-02", "2026-12-05", "2026-12-06"}
	for i, day := range days {
		if f.Wake == nil || model.DateOf(*f.Wake) != day || !f.Remind(*f.Wake) || f.Outbox[i].Ref["what"] != []string{"soon", "today", "late"}[i] {
			t.Fatalf("%s: %v %v", day, f.Wake, f.Outbox)
		}
	}
	if f.Wake != nil || !f.Overdue("2026-12-06") || f.Overdue("2026-12-05") {
		t.Errorf("%v", f.Wake)
	}
	code(t, f.Submit(boss, "", "", "", now), "validation_failed")
	if err := f.Submit(boss, "进展", "", "", model.Date("2026-12-07").At(600)); err != nil || !f.Late || f.Overdue("2026-12-08") {
		t.Error(err, f)
	}
	code(t, f.Submit(boss, "again", "", "", model.Date("2026-12-08").At(600)), "transition_not_allowed")

	f = plan.NewFiling("2026-11", "月报", "u", "441521", "2026-11-26", now) // asked for on the day before
	if f.Reminded != 1 || len(f.Outbox) != 1 || model.DateOf(*f.Wake) != "2026-11-26" {
		t.Errorf("%+v", f)
	}
	if err := f.Submit(boss, "a", "", "", now); err != nil || f.Wake != nil {
		t.Error(err)
	}
	if err := f.Submit(boss, "b", "", "", now); err != nil || f.Edits != 1 || f.Text != "b" || f.Late {
		t.Error(err, f)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	units := []plan.Line{
		{Key: "none", Sums: plan.Sums{Matters: 9}},
		{Key: "poor", Name: "某局", Sums: plan.Sums{Matters: 5, Kept: 1, Broken: 4}},
		{Key: "good", Name: "某某局", Sums: plan.Sums{Matters: 5, Kept: 5}},
		{Key: "liked", Name: "另局", Sums: plan.Sums{Matters: 4, Kept: 4, Rated: 2, Satisfied: 2}},
	}
	plan.Rank(units)
	order := ""
	for _, u := range units {
		order += u.Key + " "
	}
	if order != "liked good poor none " {
		t.Errorf("ranked %s", order)
	}
	f := plan.Figures{Units: units, NotFiled: []string{"海丰县"}, Total: plan.Sums{Matters: 23}}
	f.Propose()
	if len(f.Praise) != 2 || len(f.Criticism) != 2 {
		t.Errorf("%v %v", f.Praise, f.Criticism)
	}
	last := plan.Draft("r0", "上期", "2026-09-01", "2026-09-30", "", plan.Figures{Total: plan.Sums{Matters: 7}}, nil, boss, now)
	p := plan.Draft("r1", "本期", "2026-10-01", "2026-10-31", "", f, last, boss, now)
	if p.LastTotal.Matters != 7 || p.LastTitle != "上期" {
		t.Errorf("%+v", p)
	}
	code(t, p.Issue("1", now), "transition_not_allowed")
	code(t, p.Approve(boss, now), "forbidden")
	notes := "说明"
	if err := p.Edit(&notes, []string{}, nil); err != nil || len(p.Figures.Praise) != 0 || len(p.Figures.Criticism) != 2 {
		t.Error(err, p.Figures)
	}
	if err := p.Approve(other, now); err != nil {
		t.Error(err)
	}
	code(t, p.Edit(&notes, nil, nil), "transition_not_allowed")
	if err := p.Issue("一号", now); err != nil || p.Number != "一号" {
		t.Error(err)
	}
	if err := p.Issue("二号", now); err != nil || p.Number != "一号" {
		t.Errorf("issued again: %v %s", err, p.Number)
	}
	n := &plan.Numbers{}
	if n.Take("a") != 1 || n.Take("b") != 2 || n.Take("a") != 1 {
		t.Errorf("%v", n.Given)
	}
}
