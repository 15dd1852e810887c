package personnel_test

import (
	"errors"
	"testing"
	"time"

	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/personnel"
)

var noon = time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC)

func TestManages(t *testing.T) {
	t.Parallel()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	who := func(role model.Role, region string) model.Actor { return model.Actor{Role: role, Region: region} }
	for name, c := range map[string]struct {
		by     model.Actor
		role   model.Role
		region string
		want   bool
	}{
		"an administrator, another's":       {who(model.RoleAdmin, "441500"), model.RoleAdmin, "440300", true},
		"a supervisor, a clerk":             {who(model.RoleSupervisor, "441500"), model.RoleClerk, "441500", true},
		"a supervisor, a county's":          {who(model.RoleSupervisor, "441500"), model.RoleReviewer, "441502", true},
		"a supervisor, their equal":         {who(model.RoleSupervisor, "441500"), model.RoleSupervisor, "441500", false},
		"a supervisor, one below":           {who(model.RoleSupervisor, "441500"), model.RoleSupervisor, "441502", true},
		"a supervisor, an administrator":    {who(model.RoleSupervisor, "441500"), model.RoleAdmin, "441502", false},
		"a supervisor, another city's":      {who(model.RoleSupervisor, "441500"), model.RoleClerk, "440300", false},
		"a county's, the city's":            {who(model.RoleSupervisor, "441502"), model.RoleClerk, "441500", false},
		"a county's, the one beside":        {who(model.RoleSupervisor, "441502"), model.RoleClerk, "441521", false},
		"a reviewer, anybody":               {who(model.RoleReviewer, "441500"), model.RoleClerk, "441500", false},
		"a role that is none":               {who(model.RoleSupervisor, "441500"), "king", "441500", false},
		"a functional district's of a city": {who(model.RoleSupervisor, "441500"), model.RoleClerk, "4415X1", true},
	} {
		if got := personnel.Manages(c.by, c.role, c.region, d.Regions); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestDisable_Enable: each act stands once on the record, and cuts who is signed in.
func TestDisable_Enable(t *testing.T) {
	t.Parallel()
	by := model.Actor{Role: model.RoleSupervisor, ID: "boss"}
	x := &model.Staff{Head: model.Head{ID: "x"}, Role: model.RoleReviewer, Org: "441500-RS", Active: true}
	if err := personnel.Disable(x, personnel.Order{By: by, Now: noon}); fault.Code(err) != "reason_required" || !x.Active || len(x.Steps) != 0 {
		t.Fatalf("%v", err)
	}
	if err := personnel.Disable(x, personnel.Order{By: by, Why: "离职", Now: noon}); err != nil || x.Active || x.Epoch != 1 || len(x.Outbox) != 1 || x.Wake == nil {
		t.Fatalf("%+v, %v", x, err)
	}
	if err := personnel.Disable(x, personnel.Order{By: by, Why: "离职", Now: noon}); !errors.Is(err, model.ErrAlreadyApplied) || len(x.Handovers) != 1 {
		t.Errorf("%v", err)
	}
	if err := personnel.Reset(x, by, "hash", "x", noon); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("%v", err)
	}
	if err := personnel.Move(x, model.Post{}, model.Organisation{}, nil, personnel.Order{By: by, Why: "x", Now: noon}); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("%v", err)
	}
	for _, n := range []int{0, 2} {
		if err := personnel.Finish(x, n, noon); !errors.Is(err, model.ErrAlreadyApplied) {
			t.Errorf("%d: %v", n, err)
		}
	}
	if err := personnel.Finish(x, 1, noon); err != nil || x.Handovers[0].Done == nil {
		t.Errorf("%v", err)
	}
	if err := personnel.Enable(x, by, "返岗", noon); err != nil || !x.Active || x.Epoch != 1 {
		t.Errorf("%+v, %v", x, err)
	}
	for _, s := range x.Steps {
		if personnel.Name(s.What) == "" || s.By == "" || !s.At.Equal(noon) {
			t.Errorf("%+v", s)
		}
	}
	if len(x.Steps) != 3 {
		t.Errorf("%+v", x.Steps)
	}
}
