package dataset_test

import (
	"testing"

	"kuacheng/dataset"
	"kuacheng/model"
)

func mustLoad(t testing.TB) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLoad_counts_of_the_plan(t *testing.T) {
	t.Parallel()
	d := mustLoad(t)
	n := map[model.Mode]int{}
	for _, it := range d.Items {
		for _, m := range it.Modes {
			n[m]++
		}
	}
	if n[model.ModeOnline] != 96 || n[model.ModeWindow] != 96 || n[model.ModeKiosk] != 20 {
		t.Errorf("the plan asks for 96 online, 96 window, 20 kiosk; there are %v", n)
	}
	if len(d.Regions.All()) != 55 || len(d.Rollout.Phases()) != 4 || len(d.Organisations.All()) != 113 || len(d.Halls) != 11 {
		t.Error("rows were lost in loading")
	}
}

func TestLoad_holds_together(t *testing.T) {
	t.Parallel()
	d := mustLoad(t)
	if err := model.CheckHolidays(d.Holidays); err != nil {
		t.Error(err)
	}
	for _, it := range d.Items {
		if it.PromisedDays > it.StatutoryDays {
			t.Errorf("%s promises more days than the law allows", it.Code)
		}
		for _, region := range it.HandlingRegions {
			if _, err := d.Organisations.Decider(it, region); err != nil {
				t.Errorf("%s in %s: %v", it.Code, region, err)
			}
		}
	}
	for _, x := range d.SandboxStaff {
		org, ok := d.Organisations.Get(x.Organisation)
		if !ok {
			t.Fatalf("%s: no organisation", x.Username)
		}
		if err := x.Account(org).Check(org); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		mustLoad(b)
	}
}
