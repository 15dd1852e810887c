package problem_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/notice/noticetest"
	"kuacheng/biz/once"
	"kuacheng/biz/problem"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
)

var (
	boss    = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	county  = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "county", Org: "441502-ZS", Region: "441502"}
	unit    = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "rev", Org: "441500-RS", Region: "441500"}
	police  = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "pol", Org: "441500-GA", Region: "441500"}
	citizen = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "ap1"}
)

type office struct {
	*problem.Service
	t     *testing.T
	db    *store.DB
	clock *clock.Movable
	told  *noticetest.Told
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
	o := &office{t: t, db: db, clock: &clock.Movable{}, told: &noticetest.Told{}}
	o.Service, err = problem.New(t.Context(), problem.Config{
		DB: db, Clock: o.clock, Catalogue: catalogue.New(d), Notices: o.told,
		Bureau: func(region string) string { return region + "-ZS" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// run carries out what the outbox holds, twice over.
func (o *office) run() {
	o.t.Helper()
	refs, err := o.db.Pending(o.t.Context(), problem.Collection, o.clock.Now().Add(time.Hour), 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, ref := range refs {
		for _, e := range ref.Events {
			for range 2 {
				if err := o.Happened(o.t.Context(), ref.ID, e); err != nil {
					o.t.Fatal(err)
				}
			}
			if err := o.db.Settle(o.t.Context(), problem.Collection, ref.ID, e.ID); err != nil {
				o.t.Fatal(err)
			}
		}
	}
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func TestService_a_ticket(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	m := &model.Matter{Head: model.Head{ID: "KC1"}, From: "440300", To: "441502", HOrg: "441500-RS"}
	id, err := o.About(ctx, "k", m, bureau.SourceCitizen, "材料退回，电话13800000000", "身份证 440305199001011237", "441500-RS", citizen)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := o.About(ctx, "k", m, bureau.SourceCitizen, "又一次", "", "", citizen); err != nil || again != id {
		t.Errorf("twice: %s and %s, %v", id, again, err)
	}
	p, err := o.Peek(ctx, id)
	if err != nil || p.City != "440300" || p.Raiser != "ap1" || p.Region != "441502" || strings.Contains(p.Title+p.Text, "138000") || strings.Contains(p.Text, "1990") {
		t.Fatalf("%+v, %v", p, err)
	}
	o.run()
	if got := o.told.Take(); got != "441500-RS staff_problem_assigned" {
		t.Error(got)
	}
	for name, c := range map[string]struct {
		who  model.Actor
		code string
	}{"the bureau": {boss, ""}, "the county": {county, ""}, "the unit": {unit, ""}, "another unit": {police, "not_found"}, "its raiser": {citizen, ""},
		"another person": {model.Actor{Role: model.RoleApplicant, ID: "ap2"}, "not_found"}, "a machine": {model.Actor{Role: model.RoleDevice}, "not_found"}} {
		if _, err := o.Get(ctx, c.who, id); fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.Assign(ctx, boss, id, "none", "")
	wants(t, err, "validation_failed")
	_, err = o.Answer(ctx, police, id, "x")
	wants(t, err, "not_found")
	_, err = o.Answer(ctx, unit, id, "")
	wants(t, err, "reason_required")
	if _, err = o.Answer(ctx, unit, id, "已统一口径"); err != nil {
		t.Fatal(err)
	}
	_, err = o.SendBack(ctx, boss, id, "")
	wants(t, err, "reason_required")
	if _, err = o.SendBack(ctx, boss, id, "请说明何时见效"); err != nil {
		t.Fatal(err)
	}
	if p, err = o.Assign(ctx, boss, id, "441500-GA", "改派"); err != nil || p.Unit != "441500-GA" {
		t.Fatalf("%+v, %v", p, err)
	}
	_, err = o.Answer(ctx, unit, id, "x")
	wants(t, err, "not_found") // it is the other unit's now
	if _, err = o.Answer(ctx, police, id, "已整改"); err != nil {
		t.Fatal(err)
	}
	_, err = o.Close(ctx, boss, id, "")
	wants(t, err, "reason_required")
	for range 2 {
		if p, err = o.Close(ctx, boss, id, "属实"); err != nil || p.State != bureau.ProblemClosed {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	_, err = o.Assign(ctx, boss, id, "441500-RS", "")
	wants(t, err, "transition_not_allowed")
	o.run()
	if got := o.told.Take(); got != "441500-GA staff_problem_assigned, 441500-RS staff_problem_assigned, ap1 problem_answered, ap1 problem_answered" {
		t.Error(got)
	}
	if mine, err := o.OfMatter(ctx, citizen, "KC1"); err != nil || len(mine) != 1 {
		t.Errorf("%v, %v", mine, err)
	}
	if theirs, err := o.OfMatter(ctx, unit, "KC1"); err != nil || len(theirs) != 0 {
		t.Errorf("%v, %v", theirs, err)
	}
}

// TestService_late: a term that passes goes up to the region's supervisors, and the second time to the city's; a person who is called
// back is told, and an extension shortens nothing.
func TestService_late(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	id, err := o.Open(ctx, "", bureau.Opening{Source: bureau.SourceCitizen, Title: "x", From: "440300", To: "441502", Region: "441502", Unit: "441502-RS"}, model.System)
	if err != nil {
		t.Fatal(err)
	}
	o.run()
	o.told.Take()
	if err := o.Wake(ctx, id); err != nil {
		t.Fatal(err)
	}
	for late, want := range []string{"441502-RS staff_problem_late, 441502-ZS staff_problem_late", "441500-ZS staff_problem_late, 441502-RS staff_problem_late"} {
		o.clock.Advance(11 * 24 * time.Hour)
		for range 2 {
			if err := o.Wake(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		o.run()
		if p, err := o.Peek(ctx, id); err != nil || p.Late != late+1 {
			t.Fatalf("late %d times, %v", p.Late, err)
		}
		if got := o.told.Take(); got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	}
	before, err := o.Peek(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.Extend(ctx, boss, id, "复杂")
	if err != nil || p.Due < before.Due || !p.Extended {
		t.Errorf("extended from %s to %s: %v", before.Due, p.Due, err)
	}
	_, err = o.Extend(ctx, boss, id, "再延")
	wants(t, err, "extension_used")
	if open, late, err := o.Unclosed(ctx); err != nil || open != 1 || late != 1 {
		t.Errorf("%d open, %d late, %v", open, late, err)
	}
	if err := o.Wake(ctx, "none"); err != nil {
		t.Error(err)
	}
}

func TestService_Raise_and_lists(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	render := func(p *bureau.Problem) ([]byte, error) { return []byte(p.ID), nil }
	request := once.New(keeper, "boss raise k", "body")
	in := bureau.Opening{Source: bureau.SourceStaff, Title: "两地要求不一致", Region: "441502"}
	first, err := o.Raise(ctx, in, boss, request, render)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := o.Raise(ctx, in, boss, request, render); err != nil || string(again) != string(first) {
		t.Errorf("%s and %s, %v", first, again, err)
	}
	_, err = o.Raise(ctx, in, boss, once.New(keeper, "boss raise k", "other"), render)
	wants(t, err, "idempotency_conflict")
	_, err = o.Raise(ctx, bureau.Opening{Title: "x", Unit: "none"}, boss, once.Request{}, render)
	wants(t, err, "validation_failed")
	in.Unit, in.Region = "441500-RS", "441500"
	if _, err := o.Raise(ctx, in, boss, once.Request{}, render); err != nil {
		t.Fatal(err)
	}
	count := func(page store.Page[bureau.Problem], err error) int {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	if n := count(o.Supervised(ctx, boss, string(bureau.ProblemOpen), 10, "")); n != 1 {
		t.Errorf("%d open", n)
	}
	if n := count(o.Supervised(ctx, county, string(bureau.ProblemAssigned), 10, "")); n != 0 {
		t.Errorf("the county sees %d of the city's", n)
	}
	if n := count(o.Unit(ctx, "441500-RS", string(bureau.ProblemAssigned), 10, "")); n != 1 {
		t.Errorf("%d of the unit", n)
	}
	if _, err := o.Open(ctx, "pair", bureau.Opening{Source: bureau.SourceStaff, Title: "x", From: "440305", To: "441500", Region: "441500"}, boss); err != nil {
		t.Fatal(err)
	}
	if between, err := o.Between(ctx, "440300", 10); err != nil || len(between) != 1 {
		t.Errorf("%v, %v", between, err)
	}
}

// TestService_Reviewed: a bad review is a ticket of whom it is about, and neither silence nor praise is.
func TestService_Reviewed(t *testing.T) {
	t.Parallel()
	m := &model.Matter{Head: model.Head{ID: "KC1"}, From: "440300", To: "441500", ROrg: "440300-ZS", HOrg: "441500-RS", Item: model.MatterItem{Name: "事项"}}
	for name, c := range map[string]struct {
		review model.Review
		unit   string
	}{
		"the window":   {model.Review{Rating: model.Rating{Stars: 1, By: "ap1"}, Objects: []model.ReviewObject{model.ObjectR}}, "440300-ZS"},
		"the desk":     {model.Review{Rating: model.Rating{Stars: 2, By: "ap1"}, Objects: []model.ReviewObject{model.ObjectH}}, "441500-RS"},
		"the platform": {model.Review{Rating: model.Rating{Stars: 2, By: "ap1"}, Objects: []model.ReviewObject{model.ObjectPlatform}}, "441500-ZS"},
		"silence":      {model.Review{Rating: model.Rating{Stars: 1}, Defaulted: true, Objects: []model.ReviewObject{model.ObjectH}}, ""},
		"praise":       {model.Review{Rating: model.Rating{Stars: 5}}, ""},
	} {
		o := open(t)
		for range 2 {
			if err := o.Reviewed(t.Context(), m, &c.review); err != nil {
				t.Fatal(err)
			}
		}
		p, err := o.Peek(t.Context(), o.OfReview("KC1"))
		switch {
		case c.unit == "" && err == nil:
			t.Errorf("%s: %+v", name, p)
		case c.unit != "" && (err != nil || p.Unit != c.unit || p.ContactBy == ""):
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if c.unit == "441500-RS" {
			if _, err := o.Contact(t.Context(), unit, p.ID, "已致歉"); err != nil {
				t.Fatal(err)
			}
			o.run()
			if got := o.told.Take(); !strings.Contains(got, "ap1 review_contacted") {
				t.Error(got)
			}
		}
	}
}
