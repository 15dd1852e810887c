package editor_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/editor"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
	"kuacheng/model/standard"
)

var (
	bureau = model.Actor{ID: "u1", Role: model.RoleSupervisor, Region: "441500", Org: "441500-ZS"}
	county = model.Actor{ID: "u2", Role: model.RoleSupervisor, Region: "441521", Org: "441521-ZS"}
)

// proposals holds one that both sides agreed to.
type proposals struct{ is accord.Proposal }

func (p *proposals) Proposal(context.Context, model.Actor, string) (*accord.Proposal, error) {
	return &p.is, nil
}

func (p *proposals) Published(_ context.Context, _ model.Actor, _ string, version int) (*accord.Proposal, error) {
	p.is.State, p.is.Version = accord.Published, version
	return &p.is, nil
}

func open(t testing.TB) (*editor.Service, *proposals) {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "k.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk, c, p := &clock.Movable{}, catalogue.New(d), &proposals{}
	if err := c.Follow(t.Context(), db, clk); err != nil {
		t.Fatal(err)
	}
	return editor.New(editor.Config{Catalogue: c, Clock: clk, Proposals: p}), p
}

func workbook(t testing.TB, s *editor.Service, edit func(*excelize.File)) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Export(false, &b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	edit(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What was exported says the same when it comes back.
func TestImport_same(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	got, err := s.Import(t.Context(), bureau, workbook(t, s, func(*excelize.File) {}), false)
	if err != nil || len(got.Problems) > 0 || len(got.Changed)+len(got.Added) > 0 || got.Unchanged != got.Items || got.Items == 0 {
		t.Errorf("%+v %v", got, err)
	}
}

// What is wrong is shown where it stands, and nothing is changed by a workbook with a problem.
func TestImport_problems(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	content := workbook(t, s, func(f *excelize.File) {
		for cell, v := range map[string]any{"M2": 999, "L3": "多", "N4": "飞鸽传书", "C5": ""} {
			f.SetCellValue("事项", cell, v)
		}
		f.SetCellValue("情形", "A2", "SW-XX-9999")
		f.SetCellValue("材料要求", "B3", "M999")
		f.SetCellValue("材料要求", "D4", "maybe")
	})
	for _, dry := range []bool{true, false} {
		got, err := s.Import(t.Context(), bureau, content, dry)
		if err != nil || got.Drafts > 0 {
			t.Fatalf("%+v %v", got, err)
		}
		for _, want := range []editor.Problem{
			{Sheet: "事项", Row: 2, Column: "M", Name: "承诺时限"}, {Sheet: "事项", Row: 3, Column: "L", Name: "法定时限"},
			{Sheet: "事项", Row: 4, Column: "N", Name: "办理方式"}, {Sheet: "事项", Row: 5, Column: "C", Name: "简称"},
			{Sheet: "情形", Row: 2, Column: "A", Name: "事项编码"}, {Sheet: "材料要求", Row: 4, Column: "D", Name: "必需"},
		} {
			if !slices.ContainsFunc(got.Problems, func(p editor.Problem) bool {
				text := p.Text
				p.Text = ""
				return p == want && text != ""
			}) {
				t.Errorf("no %+v in %+v", want, got.Problems)
			}
		}
	}
	if page, _ := s.List("", "", true, 10, ""); len(page) > 0 {
		t.Error("drafts of a workbook with problems")
	}
	if _, err := s.Import(t.Context(), bureau, []byte("PK\x03\x04 not a workbook"), true); fault.Code(err) != "file_type_not_allowed" {
		t.Errorf("no workbook: %v", err)
	}
}

// A changed cell becomes a draft, which is published from a day on.
func TestImport_publish(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	content := workbook(t, s, func(f *excelize.File) { f.SetCellValue("事项", "C2", "新简称") })
	dry, err := s.Import(t.Context(), bureau, content, true)
	if err != nil || len(dry.Changed) != 1 || dry.Drafts != 0 {
		t.Fatalf("%+v %v", dry, err)
	}
	if _, err := s.Import(t.Context(), county, content, false); fault.Code(err) != "forbidden" {
		t.Errorf("a county edits the city's standard: %v", err)
	}
	done, err := s.Import(t.Context(), bureau, content, false)
	if err != nil || done.Drafts != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	code, today := done.Changed[0], model.DateOf(s.Clock.Now())
	v, err := s.Get(t.Context(), code)
	if err != nil || len(v.Changes) != 1 || v.Changes[0].Where != "short" || !v.Minor || len(v.Faults) > 0 {
		t.Fatalf("%+v %v", v, err)
	}
	if v, err = s.Publish(t.Context(), bureau, code, standard.Release{From: today, Reason: "统一简称"}); err != nil || v.Current.Short != "新简称" {
		t.Fatalf("%+v %v", v, err)
	}
	if it, _ := s.Catalogue.Item(code); it.Short != "新简称" {
		t.Error("published, yet not on offer")
	}
}

// What asks more of people needs the other side's consent, and the proposal is then noted as having come true.
func TestPublish_proposal(t *testing.T) {
	t.Parallel()
	s, p := open(t)
	page, _ := s.List(editor.StatePublished, "RS", false, 1, "")
	code, today := page[0].Record.ID, model.DateOf(s.Clock.Now())
	it := *page[0].Current
	it.StatutoryDays++
	if _, err := s.PutDraft(t.Context(), bureau, it); err != nil {
		t.Fatal(err)
	}
	publish := func(proposal string) error {
		_, err := s.Publish(t.Context(), bureau, code, standard.Release{From: today, Reason: "延长", Proposal: proposal})
		return err
	}
	if err := publish(""); fault.Code(err) != "consent_required" {
		t.Errorf("without consent: %v", err)
	}
	p.is = accord.Proposal{Item: code, State: accord.Agreed}
	if err := publish("pr1"); fault.Code(err) != "consent_required" {
		t.Errorf("one side only: %v", err)
	}
	p.is.State = accord.Consented
	if err := publish("pr1"); err != nil || p.is.State != accord.Published || p.is.Version != it.Version+1 {
		t.Errorf("%v %+v", err, p.is)
	}
}

func TestPhases(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	phases := s.Catalogue.Rollout().Phases()
	if got, err := s.Preview(phases); err != nil || len(got) > 0 {
		t.Errorf("nothing changes: %v %v", got, err)
	}
	later := slices.Clone(phases)
	later[3].LiveFrom = "2099-01-01"
	if _, err := s.PutPhases(t.Context(), bureau, slices.Clone(later), "推迟", false); fault.Code(err) != "pairs_would_close" {
		t.Errorf("open pairs close unasked: %v", err)
	}
	got, err := s.PutPhases(t.Context(), bureau, slices.Clone(later), "推迟", true)
	if err != nil || !slices.ContainsFunc(got, func(o editor.Opening) bool { return o.City == "445100" && o.Closes && o.After == "2099-01-01" }) {
		t.Fatalf("%v %v", got, err)
	}
	if slices.ContainsFunc(got, func(o editor.Opening) bool { return o.City == "440300" }) {
		t.Errorf("深圳 opened in an earlier phase: %v", got)
	}
	if z, _ := s.Catalogue.Zone(model.Pair{From: "445100", To: "441500"}, model.DateOf(s.Clock.Now())); z.Live || z.Reason != model.PhaseNotReached {
		t.Errorf("%+v", z)
	}
	later[0].Cities = []string{"999999"}
	if _, err := s.Preview(later); fault.Code(err) != "validation_failed" {
		t.Errorf("no such city: %v", err)
	}
	steps, err := s.History(t.Context())
	if err != nil || len(steps) != 1 || steps[0].What != "phases" || steps[0].By.ID != bureau.ID {
		t.Errorf("%+v %v", steps, err)
	}
}

// Whatever a workbook says, reading it ends in problems or in drafts, never in a fall.
func FuzzImport(f *testing.F) {
	s, _ := open(f)
	f.Add("M2", "-1", "B2", "M999")
	f.Add("A2", "SW-RS-0001", "A2", "SW-RS-0001-01")
	f.Add("A3", "", "B3", strings.Repeat("长", 300))
	f.Fuzz(func(t *testing.T, cell, value, cell2, value2 string) {
		content := workbook(t, s, func(f *excelize.File) {
			_ = f.SetCellValue("事项", cell, value)
			_ = f.SetCellValue("材料要求", cell2, value2)
		})
		if _, err := s.Import(t.Context(), bureau, content, true); err != nil {
			t.Fatal(err)
		}
	})
}
