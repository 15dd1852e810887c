package standard_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/standard"
)

func sample(t testing.TB) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(d model.Date) time.Time { return d.At(10 * 60) }

var everywhere = standard.Places{Hall: func(string) bool { return true }}

// own is an item whose lists a test may change.
func own(it *model.Item) model.Item {
	x := *it
	x.Modes, x.HandlingRegions, x.Deliveries = slices.Clone(x.Modes), slices.Clone(x.HandlingRegions), slices.Clone(x.Deliveries)
	x.Situations = slices.Clone(x.Situations)
	for i := range x.Situations {
		x.Situations[i].Materials = slices.Clone(x.Situations[i].Materials)
	}
	return x
}

func TestCheck_built(t *testing.T) {
	t.Parallel()
	d := sample(t)
	for _, it := range d.Items {
		if faults := standard.Check(*it, d.References(), everywhere); len(faults) > 0 {
			t.Errorf("%s: %v", it.Code, faults)
		}
	}
}

func TestCheck_all(t *testing.T) {
	t.Parallel()
	d := sample(t)
	byCode := func(code string) *model.Item {
		return d.Items[slices.IndexFunc(d.Items, func(it *model.Item) bool { return it.Code == code })]
	}
	kiosk := d.Items[slices.IndexFunc(d.Items, func(it *model.Item) bool { return it.Offers(model.ModeKiosk) })]
	paper := d.Materials[slices.IndexFunc(d.Materials, func(m model.Material) bool { return m.Category != "form" })]
	for _, c := range []struct {
		name, where, code string
		of                *model.Item
		edit              func(*model.Item)
		places            standard.Places
	}{
		{"no situations", "situations", "no_situation", nil, func(it *model.Item) { it.Situations = nil }, everywhere},
		{"no materials", "situations[0].materials", "no_material", nil, func(it *model.Item) { it.Situations[0].Materials = nil }, everywhere},
		{"no rule", "situations[0].materials[0].code", "no_rule", nil, func(it *model.Item) { it.Situations[0].Materials[0].Code = "M999" }, everywhere},
		{"over the law", "promised_days", "over_statutory", nil, func(it *model.Item) { it.PromisedDays = it.StatutoryDays + 1 }, everywhere},
		{"no hall", "modes", "no_hall", nil, func(*model.Item) {}, standard.Places{Hall: func(string) bool { return false }}},
		{"no mode", "modes", "no_mode", nil, func(it *model.Item) { it.Modes = nil }, everywhere},
		{"mode twice", "modes[1]", "twice", nil, func(it *model.Item) { it.Modes = []model.Mode{model.ModeWindow, model.ModeWindow} }, everywhere},
		{"nobody decides", "handling_regions[0]", "no_decider", nil, func(it *model.Item) { it.HandlingRegions = []string{"440300"} }, everywhere},
		{"kiosk", "situations[0].materials[0].code", "kiosk_cannot_get", kiosk, func(it *model.Item) {
			it.Situations[0].Materials = []model.Requirement{{Code: paper.Code, Required: true}}
		}, everywhere},
		{"short", "short", "bad_short", nil, func(it *model.Item) { it.Short = "" }, everywhere},
		{"period", "result.validity", "bad_validity", nil, func(it *model.Item) { it.Result.Validity = "5 years" }, everywhere},
		{"fee", "fee_note", "fee_unexplained", nil, func(it *model.Item) { it.FeeFen, it.FeeNote = 500, "" }, everywhere},
	} {
		if c.of == nil {
			c.of = byCode("SW-RS-0001")
		}
		it := own(c.of)
		c.edit(&it)
		faults := standard.Check(it, d.References(), c.places)
		if !slices.ContainsFunc(faults, func(f standard.Fault) bool { return f.Where == c.where && f.Code == c.code && f.Text != "" }) {
			t.Errorf("%s: %v", c.name, faults)
		}
	}
	broken := own(byCode("SW-RS-0001"))
	broken.Name, broken.PromisedDays, broken.Situations = "", 999, nil
	if got := standard.Check(broken, d.References(), everywhere); len(got) != 3 {
		t.Errorf("every fault is named, not only the first: %v", got)
	}
}

// Whatever passes the check can be resolved: no editor meets a complaint that the check had kept from them.
func TestCheck_complete(t *testing.T) {
	t.Parallel()
	d := sample(t)
	edits := []func(*rapid.T, *model.Item){
		func(r *rapid.T, it *model.Item) { it.PromisedDays = rapid.IntRange(-1, 60).Draw(r, "promised") },
		func(r *rapid.T, it *model.Item) { it.StatutoryDays = rapid.IntRange(-1, 60).Draw(r, "statutory") },
		func(r *rapid.T, it *model.Item) {
			it.ItemType = rapid.SampledFrom([]string{"instant", "promised", "x"}).Draw(r, "type")
		},
		func(r *rapid.T, it *model.Item) {
			it.Modes = rapid.SliceOfN(rapid.SampledFrom(append([]model.Mode{"x"}, model.Modes...)), 0, 3).Draw(r, "modes")
		},
		func(r *rapid.T, it *model.Item) {
			it.Deliveries = rapid.SliceOfN(rapid.SampledFrom([]model.DeliveryMethod{"mail", "electronic", "pickup", "x"}), 0, 3).Draw(r, "deliveries")
		},
		func(r *rapid.T, it *model.Item) { it.Short = rapid.StringN(0, 22, -1).Draw(r, "short") },
		func(r *rapid.T, it *model.Item) { it.FeeFen = rapid.Int64Range(-1, 100).Draw(r, "fee") },
		func(r *rapid.T, it *model.Item) { it.Hot = rapid.IntRange(0, 3).Draw(r, "hot") },
		func(r *rapid.T, it *model.Item) {
			it.Result.Validity = rapid.SampledFrom([]string{"P", "P5Y", "none", "permanent", "", "P1M2D", "P1D1M"}).Draw(r, "validity")
		},
		func(r *rapid.T, it *model.Item) {
			it.Settings.CorrectionDays = rapid.IntRange(0, 31).Draw(r, "correction")
		},
		func(r *rapid.T, it *model.Item) { it.Settings.RetentionYears = rapid.IntRange(0, 12).Draw(r, "years") },
		func(r *rapid.T, it *model.Item) {
			s := &it.Situations[rapid.IntRange(0, len(it.Situations)-1).Draw(r, "s")]
			s.Code = it.Code + rapid.SampledFrom([]string{"-01", "-02", "-00", "-1", "-001"}).Draw(r, "code")
		},
		func(r *rapid.T, it *model.Item) {
			s := &it.Situations[rapid.IntRange(0, len(it.Situations)-1).Draw(r, "s")]
			m := rapid.SampledFrom(d.Materials).Draw(r, "material")
			s.Materials = append(s.Materials, model.Requirement{
				Code: m.Code, Required: rapid.Bool().Draw(r, "required"), Originals: rapid.IntRange(-1, 2).Draw(r, "originals"),
				Original: rapid.SampledFrom([]model.Original{"", "shown", "kept"}).Draw(r, "original"),
			})
		},
		func(_ *rapid.T, it *model.Item) { it.Situations = it.Situations[:len(it.Situations)-1] },
	}
	rapid.Check(t, func(r *rapid.T) {
		it := own(rapid.SampledFrom(d.Items).Draw(r, "item"))
		for range rapid.IntRange(0, 3).Draw(r, "edits") {
			if len(it.Situations) > 0 {
				rapid.SampledFrom(edits).Draw(r, "edit")(r, &it)
			}
		}
		faults := standard.Check(it, d.References(), everywhere)
		if err := it.Resolve(d.References()); err != nil && len(faults) == 0 {
			r.Fatalf("passed the check, and then: %v", err)
		} else if err == nil && len(faults) > 0 {
			r.Fatalf("can be resolved, but: %v", faults)
		}
	})
}

func TestRecord_turns(t *testing.T) {
	t.Parallel()
	d := sample(t)
	refs := d.References()
	first := d.Items[0]
	r := standard.NewRecord(first.Code, first)
	now, by := at("2026-11-24"), model.Actor{ID: "u1"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	publish := func(from model.Date, reason string) error {
		return r.Publish(refs, everywhere, standard.Release{From: from, Reason: reason}, by, now)
	}
	if err := publish("2026-11-24", "x"); fault.Code(err) != "not_found" {
		t.Errorf("nothing to publish: %v", err)
	}
	shorter := own(first)
	shorter.PromisedDays--
	must(r.PutDraft(shorter, by, now))
	if err := publish("2026-11-23", "缩短时限"); fault.Code(err) != "validation_failed" {
		t.Errorf("valid in the past: %v", err)
	}
	if err := publish("2026-12-01", ""); fault.Code(err) != "reason_required" {
		t.Errorf("without reason: %v", err)
	}
	must(publish("2026-12-01", "缩短时限"))
	for day, want := range map[model.Date]int{"2026-11-30": first.Version, "2026-12-01": first.Version + 1} {
		if it, ok := r.Current(day); !ok || it.Version != want {
			t.Errorf("%s: %+v", day, it)
		}
	}
	must(r.Withdraw("2027-01-01", "事项取消", by, now))
	if _, ok := r.Current("2027-01-01"); ok {
		t.Error("withdrawn, but matters can be started")
	}
	if it, ok := r.Latest("2027-01-01"); !ok || it.Version != first.Version+1 {
		t.Error("matters in flight have their version still")
	}
	if err := r.Withdraw("2027-02-01", "again", by, now); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("withdrawn twice: %v", err)
	}
	must(r.Recall(now))
	if _, ok := r.Current("2027-01-01"); !ok {
		t.Error("the withdrawal was taken back")
	}
	must(r.Recall(now))
	if it, _ := r.Current("2026-12-01"); it.Version != first.Version || r.Draft == nil {
		t.Error("the version was taken back and is the draft again")
	}
	if err := r.Recall(now); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("what holds is not taken back: %v", err)
	}
	longer := own(first)
	longer.Situations[0].Materials = append(longer.Situations[0].Materials, model.Requirement{Code: unused(d, longer.Situations[0]), Required: true})
	must(r.PutDraft(longer, by, now))
	if err := publish("2026-11-24", "加材料"); fault.Code(err) != "consent_required" {
		t.Errorf("more is asked of people without consent: %v", err)
	}
	must(r.Publish(refs, everywhere, standard.Release{From: "2026-11-24", Reason: "加材料", Basis: "两市纪要〔2026〕3号"}, by, now))
	wrong := own(first)
	wrong.PromisedDays = 999
	must(r.PutDraft(wrong, by, now))
	if err := publish("2026-11-24", "x"); fault.Code(err) != "validation_failed" || r.Draft == nil {
		t.Errorf("a draft that breaks the law: %v", err)
	}
}

func unused(d *dataset.Dataset, s model.Situation) string {
	for _, m := range d.Materials {
		if _, has := s.Material(m.Code); !has && m.Category == "form" {
			return m.Code
		}
	}
	panic("no material left")
}

func TestSetRegion(t *testing.T) {
	t.Parallel()
	d := sample(t)
	it := d.Items[slices.IndexFunc(d.Items, func(it *model.Item) bool { return len(it.HandlingRegions) > 2 })]
	r := standard.NewRecord(it.Code, it)
	now, county := at("2026-11-24"), it.HandlingRegions[1]
	set := func(offered bool) error {
		return r.SetRegion(d.References(), everywhere, county, offered, "2026-11-24", "调整", model.Actor{}, now)
	}
	if err := set(true); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("it does already: %v", err)
	}
	if err := set(false); err != nil {
		t.Fatal(err)
	}
	if is, _ := r.Current("2026-11-24"); is.HandledIn(county) || is.PromisedDays != it.PromisedDays || is.Version != it.Version+1 {
		t.Errorf("left: %+v", is)
	}
	if err := set(true); err != nil {
		t.Fatal(err)
	}
	if is, _ := r.Current("2026-11-24"); !slices.Equal(is.HandlingRegions, slices.Sorted(slices.Values(it.HandlingRegions))) {
		t.Errorf("back: %v", is.HandlingRegions)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	d := sample(t)
	refs, base := d.References(), d.Items[0]
	if got := standard.Diff(base, base, refs); len(got) > 0 {
		t.Errorf("the same: %v", got)
	}
	draft := own(base)
	draft.PromisedDays--
	dropped := draft.Situations[0].Materials[0].Code
	draft.Situations[0].Materials = draft.Situations[0].Materials[1:]
	got := standard.Diff(base, &draft, refs)
	if len(got) != 2 || got[0].Where != "promised_days" || got[1].Where != "situations["+draft.Situations[0].Code+"].materials["+dropped+"]" || got[1].After != "" {
		t.Errorf("%+v", got)
	}
	if !standard.Minor(base, &draft, refs) {
		t.Error("less is asked: no consent is needed")
	}
	draft.Modes = append(draft.Modes, model.ModeKiosk)
	if standard.Minor(base, &draft, refs) || standard.Minor(nil, base, refs) {
		t.Error("another way, or a new item, is agreed on by both")
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	s, now, by := standard.NewSettings(), at("2026-11-24"), model.Actor{ID: "u1"}
	p := standard.Pause{ID: "p1", From: "440300", To: "441500", Since: "2026-11-24", Reason: "系统切换", By: by}
	if err := s.Pause(p, now); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(p, now); err != nil || len(s.Pauses) != 1 {
		t.Errorf("the second tap: %v", err)
	}
	p.ID, p.Since, p.Until = "p2", "2026-12-01", "2026-12-02"
	if err := s.Pause(p, now); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("paused already: %v", err)
	}
	if err := s.Resume("p1", "恢复", by, at("2026-11-26")); err != nil {
		t.Fatal(err)
	}
	if s.Pauses[0].On("2026-11-26") || !s.Pauses[0].On("2026-11-25") {
		t.Errorf("%+v", s.Pauses[0])
	}
	if err := s.Pause(p, at("2026-11-26")); err != nil {
		t.Errorf("after it: %v", err)
	}
	if err := s.Resume("p2", "不停了", by, at("2026-11-26")); err != nil || len(s.Pauses) != 1 {
		t.Errorf("it never begins: %v %v", err, s.Pauses)
	}
}
