package policy_test

import (
	"testing"

	"kuacheng/model"
	rules "kuacheng/model/policy"
)

// TestService_marks: what is remembered of a person is gone once they say no, and holds nothing of health.
func TestService_marks(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	o.uses("ap1", o.item, "440305")
	o.uses("ap1", o.sick, "440305")
	_, err := o.Agree(ctx, "ap1", "2020-01")
	wants(t, err, "validation_failed") // other words than those of today
	o.agrees("ap1")
	size := func(r rules.Rule) int {
		t.Helper()
		n, _, err := o.Size(ctx, &rules.Policy{Rule: r})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for name, c := range map[string]struct {
		rule rules.Rule
		want int
	}{
		"by item":           {rules.Rule{Items: []string{o.item.Code}}, 1},
		"by department":     {rules.Rule{Departments: []string{"RS"}}, 1},
		"by city":           {rules.Rule{Regions: []string{"440300"}}, 1},
		"by another city":   {rules.Rule{Regions: []string{"441300"}}, 0},
		"by health":         {rules.Rule{Items: []string{o.sick.Code}}, 0},
		"companies only":    {rules.Rule{Items: []string{o.item.Code}, Subject: "legal"}, 0},
		"both and a region": {rules.Rule{Items: []string{o.item.Code}, Departments: []string{"RS"}, Regions: []string{"440300"}}, 1},
		"years ago":         {rules.Rule{Items: []string{o.item.Code}, UsedTo: "2020-01-01"}, 0},
	} {
		if got := size(c.rule); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if _, err := o.Decline(ctx, "ap1"); err != nil {
		t.Fatal(err)
	}
	if err := o.Said(ctx, "ap1", model.Event{}); err != nil || size(rules.Rule{Departments: []string{"RS"}}) != 0 {
		t.Errorf("not forgotten: %v", err)
	}
}

// TestService_Reown: two accounts of one person are told as one, also when the merge is done again after a crash, and a no is kept.
func TestService_Reown(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	o.uses("old", o.item, "440300")
	o.agrees("old")
	id := o.add(nil)
	if _, err := o.Push(ctx, boss, id); err != nil {
		t.Fatal(err)
	}
	if err := o.carry(id); err != nil || o.told.Take() != "old policy_push" {
		t.Fatalf("%v", err)
	}
	o.world.used["new"], o.world.used["old"], o.world.merged["old"] = o.world.used["old"], nil, "new"
	for _, m := range o.world.used["new"] {
		m.Applicant = "new"
	}
	old, err := o.Say(ctx, "old")
	if err != nil {
		t.Fatal(err)
	}
	to := &rules.Audience{}
	for range 3 { // a crash between the two writes
		to.Absorb(old, o.clock.Now())
	}
	if month := string(model.DateOf(o.clock.Now())[:7]); to.Months[month] != 1 {
		t.Errorf("told once, counted as %d", to.Months[month])
	}
	for range 2 {
		if err := o.Reown(ctx, "old", "new"); err != nil {
			t.Fatal(err)
		}
	}
	a, err := o.Say(ctx, "new")
	if err != nil || !a.On || len(a.Told) != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	if gone, err := o.Say(ctx, "old"); err != nil || len(gone.Consents) != 0 {
		t.Errorf("%+v, %v", gone, err)
	}
	again := o.add(nil)
	if _, err := o.Push(ctx, boss, again); err != nil {
		t.Fatal(err)
	}
	if err := o.carry(again); err != nil {
		t.Fatal(err)
	}
	if got := o.told.Take(); got != "new policy_push" {
		t.Error(got)
	}
}

// TestService_Counted follows those who have agreed, and nobody else.
func TestService_Counted(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	o.agrees("ap1")
	o.uses("ap1", o.item, "440300")
	o.uses("ap2", o.item, "440300")
	first := model.Event{Ref: map[string]string{"to": `{"day":"2026-11-25"}`}}
	for _, person := range []string{"ap1", "ap2"} {
		if err := o.Counted(ctx, o.world.used[person][0].ID, first); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Counted(ctx, "none", first); err != nil {
		t.Error(err)
	}
	if n, _, err := o.Size(ctx, &rules.Policy{Rule: rules.Rule{Items: []string{o.item.Code}}}); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	page, err := o.List(ctx, 10, "")
	if err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}
