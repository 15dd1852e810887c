package e2e

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

type itemRecord struct {
	Code, State string
	Version     int
	Standard    map[string]any
	Versions    []struct {
		Version   int
		Withdrawn bool
		ValidFrom string `json:"valid_from"`
	}
	Draft *struct {
		Version  int
		Minor    bool
		Standard map[string]any
		Faults   []struct{ Where, Code, Text string }
		Changes  []struct{ Where, Before, After string }
	}
}

type offered struct {
	Version      int
	PromisedDays int `json:"promised_days"`
}

// TestPlan_A6_catalogue: an item is changed while the system runs: draft, check, comparison, consent, publication from a day on,
// withdrawal; matters keep the version that they were started under.
func TestPlan_A6_catalogue(t *testing.T) {
	t.Parallel()
	s := own(t)
	boss, path := s.staff(t, "supervisor"), supervise+"/items/"+item
	person, user := s.citizen(t)
	before := person.start(t, "online", "electronic")

	var r itemRecord
	boss.get(t, path, &r)
	if r.State != "published" || r.Draft != nil || r.Standard == nil {
		t.Fatalf("%+v", r)
	}
	standard := r.Standard
	put := func(edit func(map[string]any)) {
		t.Helper()
		edit(standard)
		boss.put(t, path+"/draft", map[string]any{"standard": standard}, &r)
	}
	put(func(x map[string]any) { x["promised_days"], x["situations"], x["modes"] = 99, []any{}, []string{} })
	var codes []string
	for _, f := range r.Draft.Faults {
		codes = append(codes, f.Code)
	}
	if !slices.Contains(codes, "over_statutory") || !slices.Contains(codes, "no_situation") || !slices.Contains(codes, "no_mode") {
		t.Errorf("every fault is named: %v", codes)
	}
	today := s.now(t)
	publish := func(from time.Time, more map[string]any) answer {
		in := map[string]any{"valid_from": day(from), "reason": "缩短承诺时限"}
		for k, v := range more {
			in[k] = v
		}
		return boss.call(t, "POST", path+"/publish", in)
	}
	publish(today, nil).refused(t, 422, "validation_failed")

	boss.get(t, path, &r)
	standard = r.Standard
	put(func(x map[string]any) { x["promised_days"] = 9 })
	if len(r.Draft.Faults) > 0 || !r.Draft.Minor || len(r.Draft.Changes) != 1 || r.Draft.Changes[0].Where != "promised_days" {
		t.Fatalf("%+v", r.Draft)
	}
	publish(today, nil).ok(t, &r)
	var seen offered
	s.nobody().get(t, "/api/v1/items/"+item, &seen)
	if seen.Version != 2 || seen.PromisedDays != 9 {
		t.Errorf("published today: %+v", seen)
	}

	put(func(x map[string]any) { x["statutory_days"] = 50 })
	publish(today.AddDate(0, 0, 3), nil).refused(t, 409, "consent_required")
	publish(today.AddDate(0, 0, 3), map[string]any{"basis": "深汕联席会议纪要〔2026〕3号"}).ok(t, &r)
	s.nobody().get(t, "/api/v1/items/"+item, &seen)
	if seen.Version != 2 {
		t.Errorf("before its day: %+v", seen)
	}
	s.advance(t, 3*24*time.Hour)
	s.nobody().get(t, "/api/v1/items/"+item, &seen)
	if seen.Version != 3 {
		t.Errorf("on its day: %+v", seen)
	}

	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	boss = s.staff(t, "supervisor")
	now := s.now(t)
	if day(now) < day(today.AddDate(0, 0, 3)) { // the sandbox's clock begins anew
		now = s.advance(t, 3*24*time.Hour)
	}
	boss = s.staff(t, "supervisor")
	boss.get(t, path, &r)
	if r.Version != 3 || len(r.Versions) != 3 {
		t.Errorf("after a restart: %+v", r)
	}
	boss.post(t, path+"/withdraw", map[string]any{"valid_from": day(now), "reason": "并入其他事项"}, &r)
	if r.State != "withdrawn" {
		t.Errorf("%+v", r)
	}
	later, _ := s.citizen(t)
	later.call(t, "POST", "/api/v1/matters", startBody("online", "electronic")).refused(t, 409, "item_not_offered")
	if f := s.nobody().call(t, "GET", "/api/v1/items/"+item, nil).refused(t, 404, "not_found"); !strings.Contains(f.Message, "停止受理") {
		t.Errorf("%+v", f)
	}
	var kept struct {
		Item offered `json:"item"`
	}
	person = s.login(t, user)
	person.get(t, "/api/v1/matters/"+before.No, &kept)
	if kept.Item.Version != 1 {
		t.Errorf("the matter's own version: %+v", kept)
	}
	for _, x := range before.Materials {
		if x.Required {
			person.put(t, "/api/v1/matters/"+before.No+"/materials/"+x.Code, scan(), nil)
		}
	}
	var m matter
	person.post(t, "/api/v1/matters/"+before.No+"/submit", map[string]any{"declared": true}, &m)
	if m.State != "awaiting_acceptance" {
		t.Errorf("what was begun goes on: %+v", m.State)
	}
}

// TestPlan_A6_workbook: the catalogue travels as a workbook; what is wrong in it is shown by sheet, row and column, and nothing is
// written before it is right.
func TestPlan_A6_workbook(t *testing.T) {
	t.Parallel()
	s := own(t)
	boss := s.staff(t, "supervisor")
	content := boss.call(t, "GET", supervise+"/items.xlsx", nil)
	content.ok(t, nil)
	type imported struct {
		Problems []struct {
			Sheet, Column, Name, Text string
			Row                       int
		}
		Items, Unchanged int
		Drafts           int
		Changed          []string
	}
	send := func(dry string, edit func(*excelize.File)) (got imported) {
		t.Helper()
		f, err := excelize.OpenReader(bytes.NewReader(content.body))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		edit(f)
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		boss.post(t, supervise+"/items/import?dry_run="+dry, upload{name: "items.xlsx", content: b.Bytes()}, &got)
		return got
	}
	if got := send("true", func(*excelize.File) {}); got.Items < 90 || got.Unchanged != got.Items || len(got.Problems) > 0 {
		t.Errorf("as it was exported: %+v", got)
	}
	wrong := func(f *excelize.File) {
		_ = f.SetCellValue("事项", "M3", 999)
		_ = f.SetCellValue("材料要求", "F7", "两份")
	}
	for _, dry := range []string{"true", "false"} {
		got := send(dry, wrong)
		if len(got.Problems) != 2 || got.Drafts != 0 || got.Problems[0].Sheet != "材料要求" || got.Problems[0].Row != 7 || got.Problems[0].Column != "F" ||
			got.Problems[1].Sheet != "事项" || got.Problems[1].Row != 3 || got.Problems[1].Column != "M" {
			t.Errorf("%+v", got)
		}
	}
	right := func(f *excelize.File) { _ = f.SetCellValue("事项", "B3", "改过的名称") }
	if got := send("true", right); len(got.Changed) != 1 || got.Drafts != 0 {
		t.Errorf("%+v", got)
	}
	got := send("false", right)
	if got.Drafts != 1 {
		t.Fatalf("%+v", got)
	}
	var r itemRecord
	boss.get(t, supervise+"/items/"+got.Changed[0], &r)
	if r.Draft == nil || len(r.Draft.Changes) != 1 || r.Draft.Changes[0].After != "改过的名称" {
		t.Errorf("%+v", r.Draft)
	}
	var list struct{ Items []itemRecord }
	boss.get(t, supervise+"/items?drafts=true", &list)
	if len(list.Items) != 1 {
		t.Errorf("%+v", list)
	}
	boss.call(t, "POST", supervise+"/items/import", upload{name: "x.xlsx", content: []byte("not a workbook")}).refused(t, 415, "file_type_not_allowed")
}

// TestPlan_A1_phases: the bureau sees what would open when before it moves a phase, and stops a pair for a while.
func TestPlan_A1_phases(t *testing.T) {
	t.Parallel()
	s := own(t)
	boss := s.staff(t, "supervisor")
	var now struct {
		Phases   []map[string]any
		Openings []struct {
			City, Mode, Before, After string
			Closes                    bool
		}
	}
	boss.get(t, supervise+"/phases", &now)
	later := day(s.now(t).AddDate(0, 0, 10))
	now.Phases[3]["live_from"] = later
	body := map[string]any{"phases": now.Phases, "reason": "系统切换，推迟第四阶段"}
	boss.put(t, supervise+"/phases?dry_run=true", body, &now)
	if len(now.Openings) == 0 || !now.Openings[0].Closes || now.Openings[0].After != later {
		t.Errorf("%+v", now.Openings)
	}
	var z struct {
		Live   bool
		Reason string
	}
	zone := func(from string) {
		t.Helper()
		s.nobody().get(t, "/api/v1/zone?"+url.Values{"from": {from}, "to": {shanwei}}.Encode(), &z)
	}
	if zone("445100"); !z.Live {
		t.Errorf("a preview changes nothing: %+v", z)
	}
	boss.call(t, "PUT", supervise+"/phases", body).refused(t, 409, "pairs_would_close")
	body["closing"] = true
	boss.put(t, supervise+"/phases", body, nil)
	if zone("445100"); z.Live || z.Reason != "phase_not_reached" {
		t.Errorf("潮州: %+v", z)
	}
	if zone(shenzhen); !z.Live {
		t.Errorf("深圳: %+v", z)
	}
	var pauses struct{ Items []struct{ ID, Reason string } }
	boss.post(t, supervise+"/pauses", map[string]any{"from": shenzhen, "to": shanwei, "reason": "专线检修"}, &pauses)
	if zone(shenzhen); z.Live || z.Reason != "paused" || len(pauses.Items) != 1 {
		t.Errorf("%+v %+v", z, pauses)
	}
	person, _ := s.citizen(t)
	person.call(t, "POST", "/api/v1/matters", startBody("online", "electronic")).refused(t, 409, "pair_not_live")
	boss.post(t, supervise+"/pauses/"+pauses.Items[0].ID+"/resume", map[string]any{"reason": "检修完成"}, &pauses)
	if zone(shenzhen); !z.Live || len(pauses.Items) != 0 {
		t.Errorf("%+v %+v", z, pauses)
	}
	var changes struct {
		Items []struct{ What, Reason string }
	}
	boss.get(t, supervise+"/catalogue/changes", &changes)
	if len(changes.Items) != 3 || changes.Items[0].What != "resume" || changes.Items[2].What != "phases" {
		t.Errorf("%+v", changes)
	}
}
