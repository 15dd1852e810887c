package e2e

import (
	"bytes"
	"encoding/csv"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// sums are what an overview, a pair, a day or a measure adds up to.
type sums struct {
	Matters          int
	TripsSaved       int      `json:"trips_saved"`
	Kept             int      `json:"kept"`
	Rated            int      `json:"rated"`
	OnTimeRate       *float64 `json:"on_time_rate"`
	SatisfactionRate *float64 `json:"satisfaction_rate"`
}

type overview struct {
	Total   sums
	KmSaved int            `json:"km_saved"`
	ByMode  map[string]int `json:"by_mode"`
	ByState map[string]int `json:"by_state"`
	ByLight map[string]int `json:"by_light"`
	Pairs   []struct {
		From, To string
		Sums     sums
	}
	Days []struct {
		Date string
		Sums sums
	}
}

// TestPlan_A4_T3_G3_G4_ledger: the bureau sees all work added up and line by line, takes it home as a workbook, and can prove that
// the sums are right; a county sees its own.
func TestPlan_A4_T3_G3_G4_ledger(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, _ := s.citizen(t)
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	done := c.submitted(t, "electronic")
	reviewer.desk(t, done.No, "accept", map[string]any{})
	reviewer.desk(t, done.No, "decide", map[string]any{"outcome": "granted"})
	reviewer.desk(t, done.No, "dispatch", map[string]any{"method": "electronic"})
	c.reaches(t, done.No, "closed")
	c.post(t, "/api/v1/matters/"+done.No+"/review", map[string]any{"stars": 2}, nil)
	open := c.submitted(t, "electronic")
	reviewer.desk(t, open.No, "accept", map[string]any{})
	clerk := s.staff(t, "clerk")
	atWindow := c.start(t, "window", "mail")
	clerk.counter(t, atWindow.No, "receive", inspect(atWindow))
	c.start(t, "online", "electronic") // a draft is nobody's work yet

	var o overview
	eventually(t, "three matters in the overview", func() bool {
		o = overview{}
		boss.get(t, "/api/v1/supervise/overview", &o)
		return o.Total.Matters == 3 && o.Total.Rated == 1 && o.ByState["accepted"] == 1 && o.ByState["received"] == 1 && o.ByState["closed"] == 1
	})
	if o.ByMode["online"] != 2 || o.ByMode["window"] != 1 || o.ByState["closed"] != 1 || o.ByState["accepted"] != 1 || o.ByState["received"] != 1 {
		t.Errorf("by mode %v, by state %v", o.ByMode, o.ByState)
	}
	if o.Total.Kept != 1 || o.Total.OnTimeRate == nil || *o.Total.OnTimeRate != 1 || *o.Total.SatisfactionRate != 0 {
		t.Errorf("rates: %+v", o.Total)
	}
	if len(o.Pairs) != 1 || o.Pairs[0].From != shenzhen || o.Pairs[0].To != shanwei || o.Pairs[0].Sums.Matters != 3 {
		t.Errorf("pairs: %+v", o.Pairs)
	}
	if n := len(o.Days); n != 30 || o.Days[n-1].Sums.Matters != 3 || o.Days[n-1].Date != string(s.now(t).In(beijing).Format(time.DateOnly)) {
		t.Errorf("%d days: %+v", n, o.Days[n-1])
	}
	var mine struct {
		Trips int `json:"trips_saved"`
		Km    int `json:"km_saved"`
	}
	c.get(t, "/api/v1/matters/"+done.No, &mine)
	if mine.Trips == 0 || mine.Km < 2*mine.Trips*130 || mine.Km > 2*mine.Trips*230 || o.Total.TripsSaved != mine.Trips || o.KmSaved != mine.Km {
		t.Errorf("spared the citizen %d trips and %d km, in all %d and %d", mine.Trips, mine.Km, o.Total.TripsSaved, o.KmSaved)
	}

	var narrow overview
	boss.get(t, "/api/v1/supervise/overview?mode=window&receiver="+shenzhen+"&department=RS&region="+shanwei, &narrow)
	if narrow.Total.Matters != 1 {
		t.Errorf("by window: %+v", narrow.Total)
	}
	boss.get(t, "/api/v1/supervise/overview?department=GA", &narrow)
	if narrow.Total.Matters != 0 {
		t.Errorf("of another department: %+v", narrow.Total)
	}
	boss.call(t, "GET", "/api/v1/supervise/overview?from=2026-02-01&to=2026-01-01", nil).refused(t, 422, "validation_failed")
	boss.call(t, "GET", "/api/v1/supervise/overview?from=2024-01-01&to=2026-01-01", nil).refused(t, 422, "validation_failed")
	boss.call(t, "GET", "/api/v1/supervise/overview?region=999999", nil).refused(t, 422, "unknown_region")

	var rows struct {
		Items []struct {
			No, State string
			Stars     int
		}
		Next string `json:"next_cursor"`
	}
	boss.get(t, "/api/v1/supervise/ledger?limit=2", &rows)
	if len(rows.Items) != 2 || rows.Next == "" || rows.Items[0].No != atWindow.No {
		t.Fatalf("the first page: %+v", rows)
	}
	boss.get(t, "/api/v1/supervise/ledger?limit=2&cursor="+rows.Next, &rows)
	if len(rows.Items) != 1 || rows.Items[0].No != done.No || rows.Items[0].Stars != 2 {
		t.Errorf("the second page: %+v", rows)
	}
	boss.get(t, "/api/v1/supervise/ledger?state=accepted", &rows)
	if len(rows.Items) != 1 || rows.Items[0].No != open.No {
		t.Errorf("accepted: %+v", rows)
	}
	exported(t, boss, done.No)

	var measures struct {
		Items []struct {
			Key, Name string
			Sums      sums
		}
	}
	for by, want := range map[string]int{"item": 1, "org": 1, "hall": 1} {
		eventually(t, "measures by "+by, func() bool {
			boss.get(t, "/api/v1/supervise/measures?by="+by, &measures)
			return len(measures.Items) == want
		})
		if measures.Items[0].Name == measures.Items[0].Key || measures.Items[0].Name == "" {
			t.Errorf("by %s: %+v", by, measures.Items)
		}
	}
	if a := s.nobody().call(t, "GET", "/api/v1/figures", nil); a.status != 200 || !strings.Contains(string(a.body), `"matters":3`) {
		t.Errorf("the public figures: %d %s", a.status, a.body)
	}

	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"check", "rebuild", "check"} {
		out, err := exec.Command(program, "ledger", what, "--sandbox", "--data", s.data).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "4 matters, 4 tallies, 0 wrong") {
			t.Errorf("ledger %s: %v\n%s", what, err, out)
		}
	}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
}

// exported reads the ledger as a spreadsheet program would.
func exported(t *testing.T, boss caller, no string) {
	t.Helper()
	a := boss.call(t, "GET", "/api/v1/supervise/ledger.csv", nil)
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(a.body, []byte("\ufeff")))).ReadAll()
	if err != nil || len(lines) != 4 || lines[0][0] != "办件编号" || lines[3][0] != no {
		t.Errorf("CSV: %v %q", err, lines)
	}
	a = boss.call(t, "GET", "/api/v1/supervise/ledger.xlsx", nil)
	book, err := excelize.OpenReader(bytes.NewReader(a.body))
	if err != nil {
		t.Fatalf("XLSX: %d %v", a.status, err)
	}
	defer book.Close()
	sheet, err := book.GetRows("工作台账")
	if err != nil || len(sheet) != 4 || sheet[0][0] != "办件编号" || sheet[3][0] != no {
		t.Errorf("XLSX: %v %q", err, sheet)
	}
	for _, secret := range []string{"13800000000", "测试"} {
		if strings.Contains(string(a.body), secret) || strings.Contains(strings.Join(sheet[3], "|"), secret) {
			t.Errorf("the workbook names a person: %s", secret)
		}
	}
}
