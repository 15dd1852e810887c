package model_test

import (
	"encoding/csv"
	"os"
	"sync"
	"testing"
	"time"

	"kuacheng/model"
)

func holidays(t failer) []model.Holiday {
	t.Helper()
	f, err := os.Open("../dataset/holidays.csv")
	if err != nil {
		t.Fatalf("opening the holidays: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("reading the holidays: %v", err)
	}
	out := make([]model.Holiday, 0, len(rows))
	for _, r := range rows[1:] {
		out = append(out, model.Holiday{Date: model.Date(r[0]), Kind: r[1], Name: r[2]})
	}
	return out
}

var sampleCalendar sync.Map // one, shared: a calendar never changes

func newCalendar(t failer) *model.Calendar {
	t.Helper()
	if c, ok := sampleCalendar.Load("holidays.csv"); ok {
		return c.(*model.Calendar)
	}
	rows := holidays(t)
	if err := model.CheckHolidays(rows); err != nil {
		t.Fatalf("the sample's holidays: %v", err)
	}
	c := model.NewCalendar(rows)
	sampleCalendar.Store("holidays.csv", c)
	return c
}

func TestCalendar_WorkingDaysOfYears(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	for year, want := range map[string]int{"2024": 251, "2025": 248, "2026": 248} {
		first, _ := model.ParseDate(year + "-01-01")
		if got := c.WorkdaysBetween(first.Add(-1), model.Date(year+"-12-31")); got != want {
			t.Errorf("%s has %d working days, want %d", year, got, want)
		}
	}
}

func TestCalendar_Day(t *testing.T) {
	t.Parallel()
	rows := append(holidays(t), model.Holiday{Date: "2026-08-05", Kind: model.HolidayStatutory, Name: "从无此节"})
	c := model.NewCalendar(rows)
	for _, tt := range []struct {
		date model.Date
		want model.CalendarDay
	}{
		{"2026-02-13", model.CalendarDay{Work: true, Kind: model.DayWeekday}},
		{"2026-02-14", model.CalendarDay{Work: true, Kind: model.DayMakeUp, Name: "春节"}},
		{"2026-02-17", model.CalendarDay{Kind: model.DayHoliday, Name: "春节"}},
		{"2026-03-01", model.CalendarDay{Kind: model.DayWeekend}},
		{"2026-08-05", model.CalendarDay{Work: true, Kind: model.DayWeekday}}, // the notice has the last word
		{"2027-02-05", model.CalendarDay{Kind: model.DayStatutory, Name: "除夕", Provisional: true}},
		{"2027-02-06", model.CalendarDay{Kind: model.DayStatutory, Name: "春节", Provisional: true}},
		{"2027-02-09", model.CalendarDay{Work: true, Kind: model.DayWeekday, Provisional: true}},
		{"2028-10-03", model.CalendarDay{Kind: model.DayStatutory, Name: "中秋节", Provisional: true}},
		{"2027-05-01", model.CalendarDay{Kind: model.DayStatutory, Name: "劳动节", Provisional: true}},
		{"2027-10-03", model.CalendarDay{Kind: model.DayStatutory, Name: "国庆节", Provisional: true}},
		{"2027-10-04", model.CalendarDay{Work: true, Kind: model.DayWeekday, Provisional: true}},
	} {
		tt.want.Date = tt.date
		if got := c.Day(tt.date); got != tt.want {
			t.Errorf("Day(%s) = %+v, want %+v", tt.date, got, tt.want)
		}
		if got := c.Workday(tt.date); got != tt.want.Work {
			t.Errorf("Workday(%s) = %v", tt.date, got)
		}
	}
}

// What halls ask of the calendar.
func TestCalendar_HolidayAndMakeUp(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	for d, want := range map[model.Date][2]bool{
		"2026-02-17": {true, false}, "2026-02-14": {false, true}, "2026-02-13": {false, false}, "2026-03-01": {false, false},
		"2027-02-06": {true, false}, "2027-02-07": {true, false},
	} {
		if got := [2]bool{c.Holiday(d), c.MakeUp(d)}; got != want {
			t.Errorf("%s: holiday, make-up %v, want %v", d, got, want)
		}
	}
}

func TestCalendar_WithoutAnyNotice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*model.Calendar{"nil": nil, "no rows": model.NewCalendar(nil)} {
		if !c.Provisional(2026) {
			t.Errorf("%s: 2026 is not provisional", name)
		}
		if c.Workday("2026-10-01") || !c.Workday("2026-10-08") || c.Workday("2026-10-10") {
			t.Errorf("%s: not Mon–Fri less the fixed statutory days", name)
		}
	}
}

func TestCalendar_BrokenRowsDoNotHang(t *testing.T) {
	t.Parallel()
	rows := []model.Holiday{{Date: "2026-13-40", Kind: model.HolidayOff}}
	for d := model.Date("2025-12-31"); d < "2029-01-01"; d = d.Add(1) {
		rows = append(rows, model.Holiday{Date: d, Kind: model.HolidayOff, Name: "永假"})
	}
	done := make(chan model.Date)
	go func() { done <- model.NewCalendar(rows).AddWorkdays("2026-01-01", 5) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("searching a working day in a year without one does not end")
	}
}

func TestCheckHolidays(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string][]model.Holiday{
		"no date":            {{Date: "2026-02-30", Kind: model.HolidayOff}},
		"unknown kind":       {{Date: "2026-02-17", Kind: "rest"}},
		"made up on weekday": {{Date: "2026-02-13", Kind: model.HolidayWork}},
		"twice":              {{Date: "2026-02-17", Kind: model.HolidayOff}, {Date: "2026-02-17", Kind: model.HolidayOff}},
	} {
		if model.CheckHolidays(rows) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
