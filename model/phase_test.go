package model_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
)

const someDay model.Date = "2026-11-24"

// everything is the facts of a pair that lacks nothing.
func everything() model.ZoneFacts {
	it := sampleItem(func(it *model.Item) { it.Modes = model.Modes })
	return model.ZoneFacts{Items: []*model.Item{it}, Hall: true, Device: true}
}

func TestRollout_opens_when_the_data_says(t *testing.T) {
	t.Parallel()
	ro := sampleData(t).Rollout
	for _, c := range []struct {
		from, to string
		mode     model.Mode
		phase    int
		opens    model.Date // "" = never
	}{
		{"440300", "441500", model.ModeOnline, 2, "2021-04-30"}, // 深圳
		{"440300", "441500", model.ModeKiosk, 2, "2021-06-30"},  // the kiosk comes with phase 3, for phase 2's cities too
		{"441500", "440300", model.ModeOnline, 2, "2021-04-30"}, // the other direction
		{"440303", "441521", model.ModeWindow, 2, "2021-04-30"}, // a county pairs as its city does
		{"4403X1", "4415X1", model.ModeWindow, 2, "2021-04-30"}, // and so does a functional district
		{"442000", "441500", model.ModeWindow, 3, "2021-06-30"}, // 中山
		{"441502", "440200", model.ModeKiosk, 4, "2021-12-31"},  // 韶关
		{"441502", "441521", model.ModeOnline, 1, "2021-03-31"}, // inside the home city
		{"441500", "441521", model.ModeWindow, 1, "2021-03-31"},
		{"441502", "441521", model.ModeKiosk, 1, ""}, // phase 1 has no kiosk
		{"440300", "440100", model.ModeOnline, 0, ""},
		{"440000", "441500", model.ModeOnline, 0, ""}, // a province is no side of a pair
		{"441500", "441500", model.ModeOnline, 0, ""},
	} {
		p := model.Pair{From: c.from, To: c.to}
		if got := ro.OpensOn(p, c.mode); got != c.opens {
			t.Errorf("%v %s opens on %q, want %q", p, c.mode, got, c.opens)
		}
		if got := ro.Phase(p); got != c.phase {
			t.Errorf("%v joins in phase %d, want %d", p, got, c.phase)
		}
		if c.opens != "" && (ro.Live(p, c.mode, c.opens.Add(-1)) || !ro.Live(p, c.mode, c.opens) || !ro.Live(p, c.mode, someDay)) {
			t.Errorf("%v %s is not live from its day on", p, c.mode)
		}
	}
}

// A city that opens earlier writes so into the data, and that is all.
func TestRollout_follows_changed_data(t *testing.T) {
	t.Parallel()
	d := sampleData(t)
	phases := d.Rollout.Phases()
	phases[1].LiveFrom = "2021-01-15"
	ro, err := model.NewRollout("441500", phases, d.Regions)
	if err != nil {
		t.Fatal(err)
	}
	if p := (model.Pair{From: "440300", To: "441500"}); !ro.Live(p, model.ModeOnline, "2021-01-15") || ro.Live(p, model.ModeKiosk, "2021-01-15") {
		t.Error("the earlier date is not followed")
	}
}

func TestRollout_regions_of_the_list(t *testing.T) {
	t.Parallel()
	ro := sampleData(t).Rollout
	for code, want := range map[string]int{"441500": 1, "441521": 1, "440300": 2, "440303": 2, "440600": 3, "445300": 4} {
		if phase, live := ro.RegionPhase(code, someDay); phase != want || !live {
			t.Errorf("%s: phase %d live %v, want %d", code, phase, live, want)
		}
	}
	if phase, live := ro.RegionPhase("445300", "2021-12-30"); phase != 4 || live {
		t.Errorf("云浮 the day before: %d %v", phase, live)
	}
}

func TestRollout_zone(t *testing.T) {
	t.Parallel()
	ro := sampleData(t).Rollout
	all := model.Modes
	for _, c := range []struct {
		name     string
		from, to string
		on       model.Date
		edit     func(*model.ZoneFacts)
		live     bool
		reason   string
		modes    []model.Mode
	}{
		{name: "open", from: "440300", to: "441500", live: true, modes: all},
		{name: "before_the_kiosk", from: "440300", to: "441500", on: "2021-05-01", live: true, modes: all[:2]},
		{name: "no_machine", from: "440300", to: "441500", edit: func(f *model.ZoneFacts) { f.Device = false }, live: true, modes: all[:2]},
		{name: "no_hall", from: "442000", to: "441500", edit: func(f *model.ZoneFacts) { f.Hall = false }, live: true, modes: []model.Mode{model.ModeOnline, model.ModeKiosk}},
		{name: "home", from: "441502", to: "441521", live: true, modes: all[:2]},
		{name: "phase_not_reached", from: "440200", to: "441500", on: "2021-12-30", reason: model.PhaseNotReached},
		{name: "not_covered", from: "440300", to: "440100", reason: model.NotCovered},
		{name: "paused", from: "440300", to: "441500", edit: func(f *model.ZoneFacts) { f.Paused = true }, reason: model.PairPaused},
		{name: "no_items", from: "441500", to: "440300", edit: func(f *model.ZoneFacts) { f.Items = nil }, reason: model.NoItems},
		{name: "window_items_without_a_window", from: "442000", to: "441500", reason: model.NoItems, edit: func(f *model.ZoneFacts) {
			f.Hall, f.Items[0].Modes = false, []model.Mode{model.ModeWindow}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := everything()
			if c.edit != nil {
				c.edit(&f)
			}
			if c.on == "" {
				c.on = someDay
			}
			z, err := ro.Zone(model.Pair{From: c.from, To: c.to}, c.on, f)
			if err != nil {
				t.Fatal(err)
			}
			if z.Live != c.live || z.Reason != c.reason || !slices.Equal(z.Modes, c.modes) || z.Modes == nil {
				t.Errorf("got %+v", z)
			}
			if z.Live != (z.ItemCount > 0) {
				t.Errorf("live %v with %d items", z.Live, z.ItemCount)
			}
			checkAdmit(t, z)
		})
	}
}

func checkAdmit(t *testing.T, z model.Zone) {
	t.Helper()
	for _, m := range model.Modes {
		want := ""
		switch {
		case !z.Live:
			want = "pair_not_live"
		case !slices.Contains(z.Modes, m):
			want = "mode_not_offered"
		}
		err := z.Admit(m)
		if fault.Code(err) != want {
			t.Errorf("a matter by %s: %v, want %q", m, err, want)
			continue
		}
		if want == "pair_not_live" {
			if d := fault.From(err).Details; d["reason"] != z.Reason || z.Phase > 0 && d["opens_on"] != z.OpensOn {
				t.Errorf("details %v do not say why", d)
			}
		}
	}
}

func TestRollout_zone_refuses_codes(t *testing.T) {
	t.Parallel()
	ro := sampleData(t).Rollout
	for _, c := range []struct{ from, to, code, field string }{
		{"440399", "441500", "unknown_region", "from"}, {"440300", "", "unknown_region", "to"},
		{"441500", "441500", "same_region", "to"}, {"440300", "440300", "same_region", "to"},
	} {
		_, err := ro.Zone(model.Pair{From: c.from, To: c.to}, someDay, everything())
		if f := fault.From(err); f.Code != c.code || f.Details["field"] != c.field {
			t.Errorf("%s → %s: %v %v, want %s in %s", c.from, c.to, f, f.Details, c.code, c.field)
		}
	}
}

// The pair is symmetric in everything but its items, and once open it stays open.
func TestRollout_properties(t *testing.T) {
	t.Parallel()
	d := sampleData(t)
	codes := d.Regions.Below("440000")
	rapid.Check(t, func(t *rapid.T) {
		p := model.Pair{From: rapid.SampledFrom(codes).Draw(t, "from"), To: rapid.SampledFrom(codes).Draw(t, "to")}
		m := rapid.SampledFrom(model.Modes).Draw(t, "mode")
		on := model.Date("2021-01-01").Add(rapid.IntRange(0, 400).Draw(t, "day"))
		back := model.Pair{From: p.To, To: p.From}
		if d.Rollout.Live(p, m, on) != d.Rollout.Live(back, m, on) {
			t.Fatalf("%v and back differ", p)
		}
		if d.Rollout.Live(p, m, on) && !d.Rollout.Live(p, m, on.Add(30)) {
			t.Fatalf("%v %s closes by itself after %s", p, m, on)
		}
		if home := d.Rollout.Home(); d.Rollout.Live(p, m, on) && d.Regions.City(p.From) != home && d.Regions.City(p.To) != home {
			t.Fatalf("%v is live without the home city", p)
		}
	})
}
