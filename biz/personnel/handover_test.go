package personnel_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/biz/personnel"
	"kuacheng/model"
	rules "kuacheng/model/personnel"
)

func TestService_Disable_hands_over(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	boss := o.seat("boss", model.RoleSupervisor, "441500-ZS", "")
	for _, id := range []string{"leaver", "heir"} {
		o.seat(id, model.RoleReviewer, rs, "")
	}
	o.seat("police", model.RoleReviewer, ga, "")
	const many = 250 // three pages
	for i := range many {
		o.works.add(fmt.Sprintf("KC%04d", i), rs, "leaver")
	}
	for successor, code := range map[string]string{"police": "validation_failed", "boss": "validation_failed", "leaver": "validation_failed", "none": "validation_failed"} {
		_, err := o.Disable(ctx, boss, "leaver", "离职", successor)
		wants(t, err, code)
	}
	_, err := o.Disable(ctx, boss, "leaver", "", "heir")
	wants(t, err, "reason_required")
	for range 2 { // and a second tap
		x, err := o.Disable(ctx, boss, "leaver", "离职", "heir")
		if err != nil || x.Active || len(x.Handovers) != 1 || x.Handovers[0].Matters != many {
			t.Fatalf("%+v, %v", x, err)
		}
	}
	o.works.dieIn = 120
	if err := o.carryOut("leaver"); !errors.Is(err, errDied) {
		t.Fatalf("it should have died: %v", err)
	}
	w, err := o.Work(ctx, boss, "leaver", 10, "")
	if err != nil || w.Held != many-119 || len(w.Matters.Items) != 10 || w.Staff.Handovers[0].Done != nil {
		t.Fatalf("in the middle: %d held, %v", w.Held, err)
	}
	if err := o.carryOut("leaver"); err != nil {
		t.Fatal(err)
	}
	if got := o.handlers(); got["heir"] != many || len(got) != 1 {
		t.Fatalf("%v", got)
	}
	if x := o.staff("leaver"); x.Handovers[0].Done == nil || x.Steps[len(x.Steps)-1].What != rules.HandedOver {
		t.Errorf("%+v", x)
	}
	trail := o.works.all["KC0000"].Trail
	if e := trail[len(trail)-1]; len(trail) != 1 || e.Event != model.NoteHandOver || e.By != "boss" || e.Why != "离职" || e.Data["to"] != "heir" {
		t.Errorf("%+v", trail)
	}

	// A request that was under way when its person was cut off is found by the wake.
	o.works.add("KC9999", rs, "leaver")
	if err := o.Wake(ctx, "leaver"); err != nil || o.works.all["KC9999"].Handler != "leaver" {
		t.Fatalf("too early: %v", err)
	}
	if astray, err := o.Astray(ctx, o.works.all["KC9999"]); err != nil || astray {
		t.Errorf("a hand-over is under way: %v", err)
	}
	o.clock.Advance(rules.Settle + time.Second)
	if err := o.Wake(ctx, "leaver"); err != nil || o.works.all["KC9999"].Handler != "heir" || o.staff("leaver").Wake != nil {
		t.Fatalf("%s, %v", o.works.all["KC9999"].Handler, err)
	}
	for handler, want := range map[string]bool{"": false, "heir": false, "leaver": true, "none": true, "police": true} {
		astray, err := o.Astray(ctx, &model.Matter{HOrg: rs, State: model.MatterAccepted, Handler: handler})
		if err != nil || astray != want {
			t.Errorf("in the name of %q: %v, %v", handler, astray, err)
		}
	}
}

// TestService_Move_leaves_work_behind: nobody named, and a successor who has left too, both give the work back to the department.
func TestService_Move_leaves_work_behind(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	boss, admin := o.seat("boss", model.RoleSupervisor, "441500-ZS", ""), o.seat("admin", model.RoleAdmin, "441500-ZS", "")
	o.seat("a", model.RoleReviewer, rs, "")
	o.seat("b", model.RoleReviewer, rs, "")
	o.seat("clerk", model.RoleClerk, "440300-ZS", hall)
	o.works.add("KC1", rs, "a")
	if _, err := o.Move(ctx, boss, "a", personnel.Shift{Why: "调离", Org: ga, Successor: "b"}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Disable(ctx, boss, "b", "离职", ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"b", "a"} {
		if err := o.carryOut(id); err != nil {
			t.Fatal(err)
		}
	}
	if got := o.handlers(); got["-"] != 1 {
		t.Errorf("%v", got)
	}
	o.works.add("KC2", ga, "a")
	if _, err := o.Move(ctx, boss, "a", personnel.Shift{Why: "任负责人", Lead: new(bool)}); err == nil {
		t.Error("nothing changed, and it was a move")
	}
	lead := true
	if x, err := o.Move(ctx, boss, "a", personnel.Shift{Why: "任负责人", Lead: &lead}); err != nil || len(x.Handovers) != 1 {
		t.Errorf("the same desk keeps its work: %+v, %v", x, err)
	}
	if err := o.carryOut("a"); err != nil || o.works.all["KC2"].Handler != "a" {
		t.Errorf("%v, %v", o.handlers(), err)
	}

	if _, err := o.Disable(ctx, admin, "clerk", "离职", ""); err != nil {
		t.Fatal(err)
	}
	if err := o.carryOut("clerk"); err != nil || len(o.works.release) != 1 || o.works.release[0] != hall+" clerk" {
		t.Errorf("released %v, %v", o.works.release, err)
	}
	x, err := o.Enable(ctx, admin, "clerk", "返岗")
	if err != nil || !x.Active || x.Epoch == 0 {
		t.Errorf("%+v, %v", x, err)
	}
	_, err = o.Enable(ctx, admin, "clerk", "")
	wants(t, err, "") // who is in use is in use
}

// TestNo_open_matter_is_owed_by_nobody does what may happen in any order, with hand-overs that die half-way, and looks where the work is
// once all is done: each open matter is its organisation's, and in the name of nobody who cannot act on it.
func TestNo_open_matter_is_owed_by_nobody(t *testing.T) {
	t.Parallel()
	o := open(t)
	admin := o.seat("admin", model.RoleAdmin, "441500-ZS", "")
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		o.works.all = map[string]*model.Matter{}
		orgs := []string{rs, ga}
		var people []string
		for i := range 4 {
			id := fmt.Sprintf("p%d-%d", round, i)
			people = append(people, id)
			o.seat(id, model.RoleReviewer, orgs[i%2], "")
		}
		for i := range 8 {
			o.works.add(fmt.Sprintf("KC%d", i), orgs[i%2], "")
		}
		for range rapid.IntRange(1, 25).Draw(t, "acts") {
			id, other := rapid.SampledFrom(people).Draw(t, "who"), rapid.SampledFrom(append(people, "")).Draw(t, "successor")
			switch rapid.IntRange(0, 4).Draw(t, "act") {
			case 0: // takes work on, as the guard lets them
				m := o.works.all[fmt.Sprintf("KC%d", rapid.IntRange(0, 7).Draw(t, "matter"))]
				if rules.Holds(o.staff(id), m) {
					m.Handler = id
				}
			case 1:
				_, _ = o.Disable(o.t.Context(), admin, id, "x", other) // refused for a wrong successor
			case 2:
				_, _ = o.Enable(o.t.Context(), admin, id, "x")
			case 3:
				_, _ = o.Move(o.t.Context(), admin, id, personnel.Shift{Why: "x", Org: rapid.SampledFrom(orgs).Draw(t, "org"), Successor: other})
			case 4:
				o.works.dieIn = rapid.IntRange(0, 2).Draw(t, "dies")
				_ = o.carryOut(id)
				o.works.dieIn = 0
			}
		}
		for _, id := range people {
			if err := o.carryOut(id); err != nil {
				t.Fatal(err)
			}
			for _, h := range o.staff(id).Handovers {
				if h.Done == nil {
					t.Fatalf("a hand-over of %s is not done", id)
				}
			}
		}
		for no, m := range o.works.all {
			if m.OwedBy != m.HOrg || m.HOrg == "" {
				t.Fatalf("%s is owed by %q", no, m.OwedBy)
			}
			if m.Handler != "" && !rules.Holds(o.staff(m.Handler), m) {
				t.Fatalf("%s is in the name of %s, who is not there", no, m.Handler)
			}
		}
	})
}
