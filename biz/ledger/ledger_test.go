package ledger_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/ledger"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	sums "kuacheng/model/ledger"
)

var (
	boss   = model.Actor{Role: model.RoleSupervisor, ID: "boss", Region: "441500"}
	county = model.Actor{Role: model.RoleSupervisor, ID: "county", Region: "441502"}
	noon   = time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC)
)

// matters are the list that the sums are of.
type matters map[string]*model.Matter

func (x matters) page(keep func(*model.Matter) bool, limit int, cursor string) store.Page[model.Matter] {
	var page store.Page[model.Matter]
	for _, no := range slices.Sorted(maps.Keys(x)) {
		if no <= cursor || !keep(x[no]) {
			continue
		}
		if len(page.Items) == limit {
			page.Next = page.Items[limit-1].ID
			break
		}
		page.Items = append(page.Items, x[no])
	}
	return page
}

func (x matters) Handed(_ context.Context, region string, from, to model.Date, limit int, cursor string) (store.Page[model.Matter], error) {
	return x.page(func(m *model.Matter) bool {
		day := model.DateOf(m.Handed())
		return (region == "" || m.To == region) && from <= day && day <= to
	}, limit, cursor), nil
}

func (x matters) All(_ context.Context, limit int, cursor string) (store.Page[model.Matter], error) {
	return x.page(func(*model.Matter) bool { return true }, limit, cursor), nil
}

type office struct {
	*ledger.Service
	matters matters
	clock   *clock.Movable
}

func open(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "l.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &office{matters: matters{}, clock: &clock.Movable{}}
	o.clock.Advance(noon.Sub(o.clock.Now()))
	if o.Service, err = ledger.New(t.Context(), ledger.Config{DB: db, Clock: o.clock, Catalogue: catalogue.New(d), Matters: o.matters}); err != nil {
		t.Fatal(err)
	}
	return o
}

// move lets what is counted of a matter change, with the event of it in the matter's outbox.
func (o *office) move(no string, to *model.Counted) model.Event {
	m := o.matters[no]
	if m == nil {
		m = &model.Matter{Head: model.Head{ID: no}, State: model.MatterAccepted, OwedBy: "441500-RS", HOrg: "441500-RS"}
		o.matters[no] = m
	}
	ref := map[string]string{}
	for name, x := range map[string]*model.Counted{"from": m.Counted, "to": to} {
		if x != nil {
			text, _ := json.Marshal(x)
			ref[name] = string(text)
		}
	}
	m.Counted, m.State, m.Light = to, to.State, to.Light
	m.From, m.To, m.Mode, m.Item.Department, m.Item.Code = to.From, to.To, to.Mode, to.Dept, to.Item
	at := to.Day.At(9 * 60).UTC()
	m.Times.Submitted = &at
	return m.Emit(model.KindMatterCounted, noon, ref)
}

func counted(day model.Date, state model.MatterState) *model.Counted {
	return &model.Counted{
		Day: day, From: "440300", To: "441500", Item: "SW-RS-0001", Dept: "RS", ROrg: "440300-ZS", HOrg: "441500-RS", Mode: model.ModeOnline, State: state, Light: model.LightGreen,
	}
}

// TestService_sums: after any changes, told in any order, twice, or not yet, the sums are those of a full count; a rebuild makes them so
// again after damage, and what was on its way then counts once.
func TestService_sums(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		clear(o.matters)
		if _, err := o.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		waiting := map[string][]model.Event{}
		tell := func(no string, n int) {
			for _, e := range waiting[no][:n] {
				for range rapid.IntRange(1, 2).Draw(t, "times") {
					if err := o.Counted(ctx, no, e); err != nil {
						t.Fatal(err)
					}
				}
				o.matters[no].Settle(e.ID)
			}
			waiting[no] = waiting[no][n:]
		}
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			no := fmt.Sprintf("KC%d", rapid.IntRange(0, 4).Draw(t, "matter"))
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0, 1:
				c := counted(model.Date("2026-11-01").Add(rapid.IntRange(0, 2).Draw(t, "day")),
					rapid.SampledFrom([]model.MatterState{model.MatterAccepted, model.MatterDecided, model.MatterClosed}).Draw(t, "state"))
				c.To = rapid.SampledFrom([]string{"441500", "441502"}).Draw(t, "to")
				c.Hall = rapid.SampledFrom([]string{"", "hall-440300-1"}).Draw(t, "hall")
				c.Stars, c.Trips, c.Kept = rapid.Int64Range(0, 5).Draw(t, "stars"), rapid.Int64Range(0, 2).Draw(t, "trips"), rapid.Int64Range(0, 1).Draw(t, "kept")
				waiting[no] = append(waiting[no], o.move(no, c))
			case 2:
				tell(no, rapid.IntRange(0, len(waiting[no])).Draw(t, "some"))
			case 3:
				if _, err := o.Rebuild(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if r, err := o.Check(ctx); err != nil || len(r.Wrong) != 0 {
				t.Fatalf("%v, %v", r.Wrong, err)
			}
		}
		for no := range o.matters {
			tell(no, len(waiting[no]))
		}
		r, err := o.Check(ctx)
		if err != nil || len(r.Wrong) != 0 || r.Matters != int64(len(o.matters)) {
			t.Fatalf("%+v, %v", r, err)
		}
		over, err := o.Overview(ctx, ledger.Scope{From: "2026-11-01", To: "2026-11-03"})
		if err != nil || over.Total.Matters != int64(len(o.matters)) {
			t.Fatalf("%d counted, %d there: %v", over.Total.Matters, len(o.matters), err)
		}
	})
}

// TestService_damage: sums that are off, and a matter that nobody owes a step, are found, and a rebuild mends the sums.
func TestService_damage(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	e := o.move("KC1", counted("2026-11-20", model.MatterAccepted))
	if err := o.Counted(ctx, "KC1", e); err != nil {
		t.Fatal(err)
	}
	o.matters["KC1"].Settle(e.ID)
	o.matters["KC1"].Counted = counted("2026-11-21", model.MatterAccepted) // without telling anybody
	o.matters["KC1"].OwedBy = ""
	r, err := o.Check(ctx)
	if err != nil || len(r.Wrong) < 3 || !slices.ContainsFunc(r.Wrong, func(s string) bool { return strings.Contains(s, "没有责任单位") }) {
		t.Fatalf("%v, %v", r.Wrong, err)
	}
	o.matters["KC1"].OwedBy = "441500-RS"
	if _, err := o.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err = o.Check(ctx); err != nil || len(r.Wrong) != 0 {
		t.Errorf("%v, %v", r.Wrong, err)
	}
}

func TestService_Within(t *testing.T) {
	t.Parallel()
	o := open(t)
	for name, c := range map[string]struct {
		who        model.Actor
		in         ledger.Scope
		region     string
		from, code string
	}{
		"the bureau, all":           {boss, ledger.Scope{}, "", "2026-10-27", ""},
		"the bureau, a county":      {boss, ledger.Scope{Region: "441502"}, "441502", "2026-10-27", ""},
		"a county, its own":         {county, ledger.Scope{}, "441502", "2026-10-27", ""},
		"a county, another's":       {county, ledger.Scope{Region: "441521"}, "", "", "forbidden"},
		"no such region":            {boss, ledger.Scope{Region: "999999"}, "", "", "unknown_region"},
		"backwards":                 {boss, ledger.Scope{From: "2026-11-26"}, "", "", "validation_failed"},
		"longer than a year":        {boss, ledger.Scope{From: "2025-11-24"}, "", "", "validation_failed"},
		"a year and not a day more": {boss, ledger.Scope{From: "2025-11-25"}, "", "2025-11-25", ""},
	} {
		got, err := o.Within(c.who, c.in)
		if fault.Code(err) != c.code || err == nil && (got.Region != c.region || string(got.From) != c.from || got.To != "2026-11-25") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestService_Overview_and_measures(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	for i := range 6 {
		c := counted(model.Date("2026-11-18").Add(i), model.MatterClosed)
		c.Trips, c.Kept, c.Stars = 2, 1, 5
		if i%2 == 0 {
			c.From, c.Mode, c.Hall, c.HOrg = "441300", model.ModeWindow, "hall-441300-1", "441500-GA"
		}
		no := fmt.Sprintf("KC%d", i)
		if err := o.Counted(ctx, no, o.move(no, c)); err != nil {
			t.Fatal(err)
		}
	}
	sc := ledger.Scope{From: "2026-11-18", To: "2026-11-22"}
	x, err := o.Overview(ctx, sc)
	if err != nil || x.Total.Matters != 5 || x.Total.Trips != 10 || len(x.Days) != 5 || len(x.Pairs) != 2 || x.Pairs[0].From != "441300" || x.ByMode["window"] != 3 {
		t.Fatalf("%+v, %v", x, err)
	}
	if km := o.Km("441300", "441500", 6) + o.Km("440300", "441500", 4); x.Km != km || km == 0 {
		t.Errorf("%d km, want %d", x.Km, km)
	}
	sc.Mode = string(model.ModeOnline)
	if x, err = o.Overview(ctx, sc); err != nil || x.Total.Matters != 2 {
		t.Errorf("%+v, %v", x.Total, err)
	}
	sc.Mode, sc.Region = "", "441502"
	if x, err = o.Overview(ctx, sc); err != nil || x.Total.Matters != 0 {
		t.Errorf("%+v, %v", x.Total, err)
	}
	all := func(string) bool { return true }
	for kind, want := range map[string]string{sums.KindOrg: "441500-GA 441500-RS", sums.KindHall: "hall-441300-1", sums.KindItem: "SW-RS-0001"} {
		list, err := o.Measures(ctx, kind, ledger.Scope{From: "2026-11-01", To: "2026-11-30"}, all)
		var keys []string
		for _, m := range list {
			keys = append(keys, m.Key)
		}
		if got := strings.Join(keys, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", kind, got, err)
		}
	}
	if list, err := o.Measures(ctx, sums.KindOrg, ledger.Scope{From: "2026-11-01", To: "2026-11-30"}, func(key string) bool { return key == "441500-RS" }); err != nil || len(list) != 1 || list[0].Matters != 3 {
		t.Errorf("%+v, %v", list, err)
	}
	if x, err = o.Year(ctx); err != nil || x.Total.Matters != 6 || len(x.Days) != ledger.MaxDays {
		t.Errorf("%+v, %d days, %v", x.Total, len(x.Days), err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestService_Rows_and_exports(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	for i := range 250 {
		c := counted("2026-11-20", model.MatterClosed)
		if i%50 == 0 {
			c.Dept = "GA"
		}
		no := fmt.Sprintf("KC%04d", i)
		o.move(no, c)
		o.matters[no].Item.Name = "=cmd|' /C calc'!A0"
	}
	sc := ledger.Scope{From: "2026-11-01", To: "2026-11-25", Region: "441500"}
	seen := map[string]bool{}
	for cursor := ""; ; {
		page, err := o.Rows(ctx, sc, 40, cursor)
		if err != nil || len(page.Rows) > 40 {
			t.Fatalf("%d rows, %v", len(page.Rows), err)
		}
		for _, r := range page.Rows {
			if seen[r.Matter.ID] {
				t.Fatalf("%s twice", r.Matter.ID)
			}
			seen[r.Matter.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d rows", len(seen))
	}
	sc.Dept = "GA"
	if page, err := o.Rows(ctx, sc, 40, ""); err != nil || len(page.Rows) != 5 || page.Next != "" {
		t.Errorf("%d rows, next %q, %v", len(page.Rows), page.Next, err)
	}
	sc.Dept = ""

	var text bytes.Buffer
	if err := o.WriteCSV(ctx, sc, &text); err != nil {
		t.Fatal(err)
	}
	body, ok := strings.CutPrefix(text.String(), "\ufeff")
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || !ok || len(lines) != 251 || !slices.Equal(lines[0], ledger.Header()) || lines[1][2][0] != '\'' {
		t.Errorf("%d lines, %v, %q", len(lines), err, lines[1][2])
	}
	f, size, err := ledger.Export(func(w io.Writer) error { return o.WriteXLSX(ctx, sc, w) })
	if err != nil || size == 0 {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows(book.GetSheetName(0))
	if formula, _ := book.GetCellFormula(book.GetSheetName(0), "C2"); err != nil || len(rows) != 251 || rows[1][0] != "KC0000" || formula != "" {
		t.Errorf("%d rows, formula %q, %v", len(rows), formula, err)
	}
	if err := errors.Join(book.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	if err := o.WriteCSV(ctx, sc, full{}); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	if err := o.WriteXLSX(ctx, sc, full{}); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	if _, _, err := ledger.Export(func(io.Writer) error { return errFull }); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}
