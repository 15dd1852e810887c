package dataset_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"kuacheng/dataset"
	"kuacheng/model"
)

func load(t *testing.T) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSnapshot_is_current(t *testing.T) {
	t.Parallel()
	want, err := dataset.Snapshot(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("snapshot.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("snapshot.json is not what the files come to; run: go generate ./dataset")
	}
}

// The plan names 96 online items, 96 items at windows and 20 scenarios at kiosks.
func TestLoad_counts(t *testing.T) {
	t.Parallel()
	d := load(t)
	modes, county := map[model.Mode]int{}, map[model.Mode]int{}
	situations := 0
	for _, it := range d.Items {
		situations += len(it.Situations)
		for _, m := range it.Modes {
			modes[m]++
			if it.Level != "city" {
				county[m]++
			}
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"online items", modes[model.ModeOnline], 96}, {"window items", modes[model.ModeWindow], 96},
		{"kiosk items", modes[model.ModeKiosk], 20}, {"online items of counties", county[model.ModeOnline], 79},
		{"window items of counties", county[model.ModeWindow], 84}, {"items", len(d.Items), 128},
		{"situations", situations, 315}, {"materials", len(d.Materials), 100}, {"licences", len(d.Licences), 25},
		{"organisations", len(d.Organisations.All()), 113}, {"halls", len(d.Halls), 11}, {"regions", len(d.Regions.All()), 55},
		{"holidays", len(d.Holidays), 122}, {"templates", len(d.Templates), 16}, {"sandbox accounts", len(d.SandboxStaff), 5},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
	for _, ph := range d.Rollout.Phases() {
		for m, target := range ph.Targets {
			if modes[m] < target {
				t.Errorf("phase %d asks for %d %s items, the catalogue has %d", ph.Number, target, m, modes[m])
			}
		}
	}
}

func TestLoad_versions_stand_alone(t *testing.T) {
	t.Parallel()
	for _, it := range load(t).Items {
		for _, s := range it.Situations {
			for _, r := range s.Materials {
				if r.Name == "" || r.Original == "" || len(r.Forms) == 0 || r.MaxMiB == 0 {
					t.Errorf("%s: material %s was not filled in: %+v", s.Code, r.Code, r)
				}
			}
		}
	}
}

// What loads must be what the model's rules stand on: whoever receives never decides, and every pair of the
// home city has a receiver on both sides.
func TestLoad_every_region_has_a_receiver(t *testing.T) {
	t.Parallel()
	d := load(t)
	for _, code := range d.Regions.Below(d.Rollout.Home()) {
		if o, ok := d.Organisations.Receiver(code); !ok || o.Region != code {
			t.Errorf("region %s is received for by %q", code, o.ID)
		}
	}
	if o, ok := d.Organisations.Receiver("440303"); !ok || o.ID != "440300-ZS" {
		t.Errorf("罗湖 is received for by %q, want 深圳's", o.ID)
	}
	if o, ok := d.Organisations.Receiver("440200"); ok {
		t.Errorf("韶关 has no organisation here, got %q", o.ID)
	}
}

func TestLoadFS_refuses_contradictions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, old, new, says string }{
		{"unknown_field", "items.yaml", "    short: 职工养老", "    shrot: 职工养老", "shrot"},
		{"unknown_material", "items.yaml", "{code: M022, required: true", "{code: M999, required: true", "M999"},
		{"department_without_organisation", "items.yaml", `handling_regions: ["441500"`, `handling_regions: ["440300"`, "440300-"},
		{"promise_longer_than_law", "items.yaml", "promised_days: 15", "promised_days: 99", "promised"},
		{"rank_twice", "items.yaml", "hot: 34", "hot: 1", "rank"},
		{"situation_of_another_item", "items.yaml", "- code: SW-RS-0001-02", "- code: SW-RS-0009-02", "SW-RS-0009-02"},
		{"licence", "items.yaml", "licence: id_card", "licence: idcard", "idcard"},
		{"receives_and_decides", "halls.yaml", "roles: [decide]", "roles: [decide, receive]", "受审分离"},
		{"hours", "halls.yaml", `["09:00", "12:00"]`, `["09:00", "25:00"]`, "25:00"},
		{"hall_of_nobody", "halls.yaml", `organisation: "440300-ZS"`, `organisation: "440300-RS"`, "440300-RS"},
		{"schedule", "halls.yaml", "schedule: late", "schedule: later", "later"},
		{"region_twice", "regions.csv", "440200,韶关市", "440100,韶关市", "440100"},
		{"parent", "regions.csv", "441502,城区,county,441500", "441502,城区,county,449900", "449900"},
		{"phase_city", "phases.yaml", `cities: ["440100", "440300"`, `cities: ["440109", "440300"`, "440109"},
		{"material_code_twice", "materials.yaml", "code: M002", "code: M001", "twice"},
		{"worked_weekday", "holidays.csv", "2024-02-04,workday", "2024-02-05,workday", "weekend"},
		{"bureau", "phases.yaml", `bureau: "441500-ZS"`, `bureau: "441500-XX"`, "441500-XX"},
		{"staff_of_nowhere", "halls.yaml", `hall: hall-440300-1}`, `hall: hall-441500-1}`, "clerk"},
		{"reviewer_who_receives", "halls.yaml", `role: clerk, organisation: "440300-ZS"`, `role: reviewer, organisation: "440300-ZS"`, "decide"},
		{"holiday_columns", "holidays.csv", "date,kind,name", "date,name,kind", "columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := dataset.LoadFS(changed(t, c.file, c.old, c.new))
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), c.file) {
				t.Fatalf("got %v, want a word on %s about %q", err, c.file, c.says)
			}
		})
	}
	t.Run("as_it_is", func(t *testing.T) {
		t.Parallel()
		if _, err := dataset.LoadFS(changed(t, "regions.csv", "", "")); err != nil {
			t.Fatal(err)
		}
	})
}

// changed is the data with one thing replaced.
func changed(t *testing.T, file, from, to string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if n.IsDir() {
			continue
		}
		text, err := os.ReadFile(n.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n.Name() == "items.yaml" { // the first two are enough, and a hundred times faster
			text = bytes.Join(bytes.SplitN(text, []byte("\n  - code:"), 4)[:3], []byte("\n  - code:"))
		}
		if n.Name() == file {
			if !bytes.Contains(text, []byte(from)) {
				t.Fatalf("%s has no %q", file, from)
			}
			text = bytes.Replace(text, []byte(from), []byte(to), 1)
		}
		out[n.Name()] = &fstest.MapFile{Data: text}
	}
	return out
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := dataset.Load(); err != nil {
			b.Fatal(err)
		}
	}
}
