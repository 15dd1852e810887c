package model_test

import (
	"slices"
	"testing"

	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
)

func sampleData(t failer) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatalf("loading the data: %v", err)
	}
	return d
}

func TestRegions_tree(t *testing.T) {
	t.Parallel()
	rs := sampleData(t).Regions
	for code, city := range map[string]string{
		"441500": "441500", "441521": "441500", "4415X1": "441500", "440303": "440300", "4403X1": "440300",
		"441900": "441900", "440000": "", "999999": "", "": "",
	} {
		if got := rs.City(code); got != city {
			t.Errorf("City(%s) = %q, want %q", code, got, city)
		}
	}
	for _, c := range []struct {
		above, code string
		want        bool
	}{
		{"441500", "441500", true}, {"441500", "441521", true}, {"441500", "4415X2", true}, {"440000", "441521", true},
		{"441521", "441500", false}, {"440300", "441521", false}, {"441500", "999999", false}, {"", "441500", false},
	} {
		if got := rs.Covers(c.above, c.code); got != c.want {
			t.Errorf("Covers(%s, %s) = %v", c.above, c.code, got)
		}
	}
	below := rs.Below("441500")
	slices.Sort(below)
	if want := []string{"441500", "441502", "441521", "441523", "441581", "4415X1", "4415X2"}; !slices.Equal(below, want) {
		t.Errorf("below 汕尾: %v", below)
	}
	if got := rs.FullName("441521"); got != "汕尾市海丰县" {
		t.Errorf("full name: %s", got)
	}
	for code, digits := range map[string]string{"4415X1": "441500", "441521": "441521", "4403X2": "440300"} {
		if got := rs.Number(code); got != digits {
			t.Errorf("Number(%s) = %s, want %s", code, got, digits)
		}
	}
}

func TestRegions_listed(t *testing.T) {
	t.Parallel()
	rs := sampleData(t).Regions
	cities, home := 0, 0
	for _, r := range rs.Listed("441500") {
		switch {
		case r.Level == model.LevelCity:
			cities++
		case r.Parent == "441500":
			home++
		default:
			t.Errorf("%s %s is listed", r.Code, r.Name)
		}
	}
	if cities != 21 || home != 6 {
		t.Errorf("%d cities and %d of the home city, want 21 and 6", cities, home)
	}
	if _, err := rs.Lookup("to", "441599"); fault.Code(err) != "unknown_region" {
		t.Errorf("an unknown code: %v", err)
	}
}

func TestNewRegions_refuses(t *testing.T) {
	t.Parallel()
	row := func(code, parent string) model.Region {
		return model.Region{Code: code, Name: code, Level: model.LevelCity, Parent: parent}
	}
	for name, rows := range map[string][]model.Region{
		"twice":       {row("441500", ""), row("441500", "")},
		"no parent":   {row("441500", "440000")},
		"circle":      {row("441500", "441600"), row("441600", "441500")},
		"own parent":  {row("441500", "441500")},
		"short code":  {row("44150", "")},
		"letter":      {row("44150A", "")},
		"X elsewhere": {row("4X1501", "")},
	} {
		if _, err := model.NewRegions(rows); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
