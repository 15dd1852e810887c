package model_test

import (
	"slices"
	"testing"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func codesOf(items []*model.Item) []string {
	out := make([]string, 0, len(items))
	for _, it := range items {
		out = append(out, it.Code)
	}
	return out
}

func TestItemFilter_find(t *testing.T) {
	t.Parallel()
	d := sampleData(t)
	find := func(f model.ItemFilter) []*model.Item { return f.Find(d.Items, d.Regions) }
	all := find(model.ItemFilter{})
	if len(all) != 128 || all[0].Hot != 1 {
		t.Fatalf("%d items, the first of rank %d", len(all), all[0].Hot)
	}
	if !slices.IsSortedFunc(all, func(a, b *model.Item) int { return a.Hot - b.Hot }) {
		t.Error("not by rank")
	}
	if n := len(find(model.ItemFilter{Mode: model.ModeKiosk})); n != 20 {
		t.Errorf("%d kiosk items", n)
	}
	if n := len(find(model.ItemFilter{To: "440300"})); n != 0 {
		t.Errorf("深圳 has no catalogue here, found %d", n)
	}
	city, county := find(model.ItemFilter{To: "441500"}), find(model.ItemFilter{To: "441521"})
	if len(city) != 128 || len(county) == 0 || len(county) >= len(city) {
		t.Errorf("汕尾 means it and all below: %d, 海丰 %d", len(city), len(county))
	}
	for _, it := range county {
		if !it.HandledIn("441521") {
			t.Errorf("%s is not 海丰's", it.Code)
		}
	}
	for _, it := range find(model.ItemFilter{Subject: model.SubjectLegal}) {
		if it.Subject == model.SubjectNatural {
			t.Errorf("%s is for persons only", it.Code)
		}
	}
	for _, it := range find(model.ItemFilter{Department: "GA", Mode: model.ModeWindow}) {
		if it.Department != "GA" || !it.Offers(model.ModeWindow) {
			t.Errorf("%s does not match", it.Code)
		}
	}
}

func TestItemFilter_words(t *testing.T) {
	t.Parallel()
	d := sampleData(t)
	for q, want := range map[string]string{
		"社保转移":         "SW-RS-0001", // an alias: no rule turns 社保 into 社会保险
		"养老 转移":        "SW-RS-0001", // every word
		"sw-rs-0001":   "SW-RS-0001",
		"ＳＷ－ＲＳ－０００１":   "SW-RS-0001", // full width
		"退役军人养老保险关系转入": "SW-RS-0001", // a situation
		"失业金":          "SW-RS-0004",
	} {
		if got := codesOf(model.ItemFilter{Q: q}.Find(d.Items, d.Regions)); !slices.Contains(got, want) {
			t.Errorf("%q finds %v, want %s among them", q, got, want)
		}
	}
	if got := (model.ItemFilter{Q: "养老 不存在的词"}).Find(d.Items, d.Regions); len(got) != 0 {
		t.Errorf("a word that is nowhere: %v", codesOf(got))
	}
	if got := (model.ItemFilter{Q: "  　"}).Find(d.Items, d.Regions); len(got) != 128 {
		t.Errorf("blanks find %d", len(got))
	}
}

func TestItem_settings_have_defaults(t *testing.T) {
	t.Parallel()
	it := sampleData(t).Items[0]
	if it.CorrectionDays() != 10 || it.SupplementPauses() != model.PausesBoth || it.ExtensionLimit() != 10 || it.RetentionYears() != 10 {
		t.Errorf("defaults: %d %s %d %d", it.CorrectionDays(), it.SupplementPauses(), it.ExtensionLimit(), it.RetentionYears())
	}
	if s := it.Settings; s.TwoStep || s.SingleLive || s.Joint {
		t.Errorf("settings: %+v", s)
	}
	if len(it.Procedures()) != 8 {
		t.Errorf("special procedures: %v", it.Procedures())
	}
	none := *it
	none.Settings.SpecialProcedures = []string{}
	if len(none.Procedures()) != 0 {
		t.Error("an empty list means none")
	}
	inst := *it
	inst.ItemType = model.ItemInstant
	if len(inst.Procedures()) != 0 {
		t.Error("an instant item has none")
	}
}

func TestItem_CheckMatter(t *testing.T) {
	t.Parallel()
	it := sampleData(t).Items[0]
	for _, c := range []struct {
		situation string
		mode      model.Mode
		region    string
		code      string
	}{
		{"SW-RS-0001-01", model.ModeWindow, "441500", ""},
		{"SW-RS-0001-03", model.ModeOnline, "4415X1", ""},
		{"SW-RS-0001-99", model.ModeWindow, "441500", "item_not_offered"},
		{"SW-RS-0001-01", model.ModeWindow, "440300", "item_not_offered"},
		{"SW-RS-0001-01", model.ModeKiosk, "441500", "mode_not_offered"},
		{"SW-RS-0001-01", "post", "441500", "mode_not_offered"},
	} {
		if _, err := it.CheckMatter(c.situation, c.mode, c.region); fault.Code(err) != c.code {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// The override of an original's fate is the situation's; everything else is the normalised material's.
func TestItem_resolved_requirements(t *testing.T) {
	t.Parallel()
	d := sampleData(t)
	materials := d.References().Materials
	overridden := 0
	for _, it := range d.Items {
		for _, s := range it.Situations {
			for _, r := range s.Materials {
				m := materials[r.Code]
				if r.Name != m.Name || r.MaxMiB != m.MaxMiB || !slices.Equal(r.Formats, m.Formats) {
					t.Errorf("%s %s: %+v", s.Code, r.Code, r)
				}
				if r.Original != m.Original {
					overridden++
				}
			}
			if len(s.Required()) == 0 {
				t.Errorf("%s requires nothing", s.Code)
			}
		}
	}
	if overridden == 0 {
		t.Error("the sample has situations that hand a kept original back")
	}
}
