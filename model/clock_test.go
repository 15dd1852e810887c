package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
)

// moment reads 2006-01-02 or 2006-01-02 15:04 as Beijing time; a bare date is 10 o'clock.
func moment(t failer, s string) time.Time {
	t.Helper()
	if len(s) == len("2006-01-02") {
		s += " 10:00"
	}
	m, err := time.ParseInLocation("2006-01-02 15:04", s, model.Beijing)
	if err != nil {
		t.Fatalf("time %q: %v", s, err)
	}
	return m.UTC()
}

func pause(t failer, from, to string) model.Pause {
	t.Helper()
	end := moment(t, to)
	return model.Pause{Kind: model.PauseSupplement, From: moment(t, from), To: &end}
}

// The worked examples of the domain reference, §3.
func TestClockRun_WorkedExamples(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	for _, tt := range []struct {
		name   string
		start  string
		days   int
		extra  int
		pauses []model.Pause
		due    model.Date
	}{
		{"1 over the National Day", "2025-09-26", 5, 0, nil, "2025-10-10"},
		{"2 twenty days", "2025-09-30", 20, 0, nil, "2025-11-04"},
		{"2 extended by ten", "2025-09-30", 20, 10, nil, "2025-11-18"},
		{"3 day 0 is a working Saturday", "2025-10-11", 5, 0, nil, "2025-10-17"},
		{"4 submitted on a holiday night", "2025-10-02 22:30", 5, 0, nil, "2025-10-14"},
		{"4 deemed accepted, S from A's day 0", "2025-10-02 22:30", 20, 0, nil, "2025-11-04"},
		{"5 two working Saturdays", "2026-02-09", 10, 0, nil, "2026-02-28"},
		{"6 with a supplement", "2026-02-09", 10, 0, []model.Pause{pause(t, "2026-02-11", "2026-02-24")}, "2026-03-05"},
		{"7 unpaused", "2026-01-26", 20, 0, nil, "2026-02-28"},
		{"7 with testing", "2026-01-26", 20, 0, []model.Pause{pause(t, "2026-02-10", "2026-03-02")}, "2026-03-13"},
		{"8 instant on a working Saturday", "2026-02-14", 0, 0, nil, "2026-02-14"},
		{"8 instant on a holiday", "2026-02-17", 0, 0, nil, "2026-02-24"},
		{"9 delivery", "2026-09-18", 10, 0, nil, "2026-10-09"},
		{"10 across the year", "2025-12-29", 5, 0, nil, "2026-01-06"},
		{"11 correction", "2026-02-12", 10, 0, nil, "2026-03-04"},
		{"12 paused and resumed the same day", "2026-03-02", 5, 0, []model.Pause{pause(t, "2026-03-04 09:00", "2026-03-04 17:00")}, "2026-03-09"},
		{"12 paused over a weekend", "2026-03-02", 5, 0, []model.Pause{pause(t, "2026-03-06", "2026-03-08")}, "2026-03-09"},

		{"paused on its last day, resumed later: due the day it resumes", "2026-03-02", 5, 0, []model.Pause{pause(t, "2026-03-09", "2026-03-12")}, "2026-03-12"},
		{"the same, resumed on a Saturday", "2026-03-02", 5, 0, []model.Pause{pause(t, "2026-03-09", "2026-03-14")}, "2026-03-16"},
		{"paused when already over: stays over", "2026-03-02", 5, 0, []model.Pause{pause(t, "2026-03-10", "2026-03-20")}, "2026-03-09"},
		{"two pauses", "2026-03-02", 5, 0, []model.Pause{pause(t, "2026-03-03", "2026-03-05"), pause(t, "2026-03-06", "2026-03-10")}, "2026-03-13"},
		{"instant, paused on day 0", "2026-03-02", 0, 0, []model.Pause{pause(t, "2026-03-02 11:00", "2026-03-05")}, "2026-03-05"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := model.ClockRun{Clock: model.ClockPromised, Start: moment(t, tt.start), Days: tt.days, Extra: tt.extra, Pauses: tt.pauses}
			if due, ok := r.Due(c); !ok || due != tt.due {
				t.Errorf("due %s (%v), want %s", due, ok, tt.due)
			}
			if end := r.Deadline(c, r.Start).DueAt.In(model.Beijing).Format("15:04:05 -07:00"); end != "23:59:59 +08:00" {
				t.Errorf("ends at %s", end)
			}
		})
	}
}

func TestClockRun_Lights(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	type change struct {
		from  model.Date
		light model.Light
	}
	for _, tt := range []struct {
		name  string
		start string
		days  int
		extra int
		want  []change // each holds until the next
	}{
		{"1", "2025-09-26", 5, 0, []change{{"2025-09-26", "green"}, {"2025-09-30", "yellow"}, {"2025-10-10", "red"}, {"2025-10-11", "overdue"}}},
		{"2", "2025-09-30", 20, 0, []change{{"2025-09-30", "green"}, {"2025-10-27", "yellow"}, {"2025-11-04", "red"}, {"2025-11-05", "overdue"}}},
		{"2 extended: a third of thirty", "2025-09-30", 20, 10, []change{{"2025-09-30", "green"}, {"2025-11-04", "yellow"}, {"2025-11-18", "red"}, {"2025-11-19", "overdue"}}},
		{"9", "2026-09-18", 10, 0, []change{{"2026-09-18", "green"}, {"2026-09-29", "yellow"}, {"2026-10-09", "red"}, {"2026-10-10", "overdue"}}},
		{"one day: green on day 0, red on its day", "2026-03-02", 1, 0, []change{{"2026-03-02", "green"}, {"2026-03-03", "red"}, {"2026-03-04", "overdue"}}},
		{"two days", "2026-03-02", 2, 0, []change{{"2026-03-02", "green"}, {"2026-03-03", "yellow"}, {"2026-03-04", "red"}, {"2026-03-05", "overdue"}}},
		{"instant", "2026-03-02", 0, 0, []change{{"2026-03-02", "yellow"}, {"2026-03-03", "overdue"}}},
		{"instant begun on a holiday", "2026-02-17", 0, 0, []change{{"2026-02-17", "green"}, {"2026-02-18", "yellow"}, {"2026-02-25", "overdue"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := model.ClockRun{Start: moment(t, tt.start), Days: tt.days, Extra: tt.extra}
			i := 0
			for d := tt.want[0].from; d <= tt.want[len(tt.want)-1].from.Add(20); d = d.Add(1) {
				if i+1 < len(tt.want) && d == tt.want[i+1].from {
					i++
				}
				if got := r.LightOn(c, d); got != tt.want[i].light {
					t.Errorf("%s: %s, want %s", d, got, tt.want[i].light)
				}
			}
		})
	}
}

func TestClockRun_WhilePaused(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	r := model.ClockRun{Start: moment(t, "2026-03-02"), Days: 5, Pauses: []model.Pause{{Kind: "hearing", From: moment(t, "2026-03-05")}}}
	d := r.Deadline(c, moment(t, "2026-04-01"))
	if d.Due != "" || d.DueAt != nil || !d.Paused || d.Light != model.LightYellow || d.Used != 3 || d.PausedDays != 19 {
		t.Errorf("paused: %+v", d)
	}
	days := r.Explain(c, moment(t, "2026-03-10"))
	if last := days[len(days)-1]; last.Reason != model.ReasonPause || last.Text != "听证期间，暂停计时，不计入" {
		t.Errorf("the last explained day: %+v", last)
	}
}

func TestClockRun_Provisional(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	r := model.ClockRun{Start: moment(t, "2026-12-29"), Days: 5}
	d := r.Deadline(c, r.Start)
	if !d.Provisional || d.Due != "2027-01-06" {
		t.Errorf("into 2027: due %s, provisional %v", d.Due, d.Provisional)
	}
	if d := (model.ClockRun{Start: moment(t, "2026-03-02"), Days: 5}).Deadline(c, r.Start); d.Provisional {
		t.Error("within 2026: provisional")
	}
}

func TestClockRun_ExplainExample6(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	r := model.ClockRun{Start: moment(t, "2026-02-09"), Days: 10, Pauses: []model.Pause{pause(t, "2026-02-11", "2026-02-24")}}
	reasons := map[model.Date]string{
		"2026-02-09": "day_0", "2026-02-10": "weekday", "2026-02-11": "weekday", "2026-02-12": "pause", "2026-02-14": "pause",
		"2026-02-15": "holiday", "2026-02-24": "pause", "2026-02-25": "weekday", "2026-02-28": "make_up", "2026-03-01": "weekend",
	}
	for _, d := range r.Explain(c, moment(t, "2026-03-10")) {
		if want, ok := reasons[d.Date]; ok && d.Reason != want {
			t.Errorf("%s: %s (%s), want %s", d.Date, d.Reason, d.Text, want)
		}
		if d.Text == "" {
			t.Errorf("%s is not explained", d.Date)
		}
	}
}

// anyRun draws a run with pauses in order.
func anyRun(t *rapid.T) model.ClockRun {
	day := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
	start := time.Date(2023, 12, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(day("start", 700*24)) * time.Hour)
	r := model.ClockRun{Start: start, Days: day("days", 45), Extra: day("extra", 15)}
	last := start
	for range day("pauses", 3) {
		from := last.Add(time.Duration(day("gap", 20*24)) * time.Hour)
		to := from.Add(time.Duration(day("length", 30*24)) * time.Hour)
		r.Pauses = append(r.Pauses, model.Pause{Kind: "testing", From: from, To: &to})
		last = to
	}
	return r
}

// The rule as it is written, day by day: the due date is the n-th working day after day 0 that no pause
// (a, b] takes out. It has no say where nothing is left when a pause begins.
func dueByCounting(c *model.Calendar, r model.ClockRun) model.Date {
	n := 0
	for d := model.DateOf(r.Start).Add(1); ; d = d.Add(1) {
		out := false
		for _, p := range r.Pauses {
			out = out || d > model.DateOf(p.From) && d <= model.DateOf(*p.To)
		}
		if c.Workday(d) && !out {
			n++
		}
		if n == r.Length() {
			return d
		}
	}
}

func TestClockRun_Properties(t *testing.T) {
	t.Parallel()
	c := newCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		r := anyRun(t)
		due, ok := r.Due(c)
		if !ok {
			t.Fatalf("a run whose pauses have ended has no due date")
		}
		if !c.Workday(due) {
			t.Fatalf("due %s is no working day", due)
		}
		lastDayPause := false
		for _, p := range r.Pauses {
			lastDayPause = lastDayPause || model.DateOf(p.From) == dueByCountingUntil(c, r, p)
		}
		if r.Length() > 0 && !lastDayPause {
			if want := dueByCounting(c, r); due != want {
				t.Fatalf("due %s, by counting %s: %+v", due, want, r)
			}
		}
		checkExplained(t, c, r, due)
		checkLights(t, c, r, due)
	})
}

// dueByCountingUntil is the due date as it stood when a pause began.
func dueByCountingUntil(c *model.Calendar, r model.ClockRun, p model.Pause) model.Date {
	r.Pauses = r.Pauses[:indexOf(r.Pauses, p)]
	due, _ := r.Due(c)
	return due
}

func indexOf(pauses []model.Pause, p model.Pause) int {
	for i := range pauses {
		if pauses[i] == p {
			return i
		}
	}
	return len(pauses)
}

func checkExplained(t *rapid.T, c *model.Calendar, r model.ClockRun, due model.Date) {
	days := r.Explain(c, moment(t, string(due)))
	if days[0].Date != model.DateOf(r.Start) || days[len(days)-1].Date != max(due, days[0].Date) {
		t.Fatalf("explained from %s to %s, due %s", days[0].Date, days[len(days)-1].Date, due)
	}
	n := 0
	for i, d := range days {
		if i > 0 && d.Date != days[i-1].Date.Add(1) {
			t.Fatalf("%s follows %s", d.Date, days[i-1].Date)
		}
		if d.Number > 0 {
			n++
			if d.Number != n || !d.Counted {
				t.Fatalf("%s is number %d, want %d", d.Date, d.Number, n)
			}
		}
	}
	if n != r.Length() {
		t.Fatalf("%d days are explained as counted, want %d", n, r.Length())
	}
}

func checkLights(t *rapid.T, c *model.Calendar, r model.ClockRun, due model.Date) {
	last := model.LightNone
	for d := model.DateOf(r.Start); d <= due.Add(3); d = d.Add(1) {
		l := r.LightOn(c, d)
		if last.Worse(l) && r.Length() > 0 {
			t.Fatalf("%s: the light goes back from %s to %s", d, last, l)
		}
		if (l == model.LightOverdue) != (d > due) {
			t.Fatalf("%s: %s, due %s", d, l, due)
		}
		last = l
	}
}
