package model_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
)

// schedule opens 9–12 and 14–17:30 on weekdays and 9–12 on Saturdays.
func schedule(edit ...func(*model.Schedule)) model.Schedule {
	day := []model.Period{{From: 9 * 60, Until: 12 * 60}, {From: 14 * 60, Until: 17*60 + 30}}
	s := model.Schedule{
		Code: "standard", SlotMinutes: 30, ClosedOnHolidays: true, MakeUpAs: "mon",
		Weekly: map[string][]model.Period{"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day[:1]},
	}
	for _, e := range edit {
		e(&s)
	}
	return s
}

// window is a cross-city window of two places for every department.
func window(id string, edit ...func(*model.Window)) model.Window {
	w := model.Window{ID: id, Number: id, CrossCity: true, Departments: []string{"*"}, Capacity: 2}
	for _, e := range edit {
		e(&w)
	}
	return w
}

func serving(departments ...string) func(*model.Window) {
	return func(w *model.Window) { w.Departments = departments }
}

func places(n int) func(*model.Window) { return func(w *model.Window) { w.Capacity = n } }

func sampleHall(edit ...func(*model.Hall)) *model.Hall {
	h := &model.Hall{
		Head: model.Head{ID: "hall-440300-1"}, Name: "深圳市跨城通办服务大厅", Region: "440300", Organisation: "440300-ZS",
		Schedule: "standard", Windows: []model.Window{window("K01"), window("K02")},
	}
	for _, e := range edit {
		e(h)
	}
	return h
}

func hours(periods []model.Period) string {
	out := ""
	for _, p := range periods {
		out += fmt.Sprintf("%02d:%02d-%02d:%02d ", p.From/60, p.From%60, p.Until/60, p.Until%60)
	}
	return out
}

func TestHall_hours(t *testing.T) {
	t.Parallel()
	const usual = "09:00-12:00 14:00-17:30 "
	closed := func(d model.Date, p *model.Period) func(*model.Hall) {
		return func(h *model.Hall) {
			h.Closures = append(h.Closures, model.Closure{Date: d, Period: p, Reason: "检修"})
		}
	}
	opened := func(d model.Date, p ...model.Period) func(*model.Hall) {
		return func(h *model.Hall) { h.Openings = append(h.Openings, model.Opening{Date: d, Periods: p}) }
	}
	for _, c := range []struct {
		name string
		date model.Date
		hall func(*model.Hall)
		want string
	}{
		{name: "weekday", date: "2026-11-24", want: usual},
		{name: "saturday", date: "2026-11-28", want: "09:00-12:00 "},
		{name: "sunday", date: "2026-11-29"},
		{name: "holiday_on_a_weekday", date: "2026-10-01"},
		{name: "holiday_on_a_saturday_that_is_open", date: "2026-10-03"},
		{name: "made_up_sunday", date: "2026-09-20", want: usual},
		{name: "made_up_saturday_takes_a_whole_day", date: "2026-10-10", want: usual},
		{name: "closed", date: "2026-11-24", hall: closed("2026-11-24", nil)},
		{name: "closed_another_day", date: "2026-11-25", hall: closed("2026-11-24", nil), want: usual},
		{name: "closed_in_part", date: "2026-11-24", hall: closed("2026-11-24", &model.Period{From: 10 * 60, Until: 15 * 60}), want: "09:00-10:00 15:00-17:30 "},
		{name: "opened_on_a_holiday", date: "2026-10-01", hall: opened("2026-10-01", model.Period{From: 600, Until: 660}), want: "10:00-11:00 "},
		{name: "opened_longer", date: "2026-11-24", hall: opened("2026-11-24", model.Period{From: 17*60 + 30, Until: 19 * 60}), want: "09:00-12:00 14:00-19:00 "},
		{name: "closure_beats_opening", date: "2026-11-29", want: "", hall: func(h *model.Hall) {
			opened("2026-11-29", model.Period{From: 600, Until: 660})(h)
			closed("2026-11-29", nil)(h)
		}},
		{name: "inactive", date: "2026-11-24", hall: func(h *model.Hall) { h.Inactive = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := sampleHall()
			if c.hall != nil {
				c.hall(h)
			}
			if got := hours(h.Hours(schedule(), newCalendar(t), c.date)); got != c.want {
				t.Errorf("%s: %q, want %q", c.date, got, c.want)
			}
			if slots := h.Slots(schedule(), newCalendar(t), c.date); (len(slots) == 0) != (c.want == "") {
				t.Errorf("%d slots in %q", len(slots), c.want)
			}
		})
	}
}

func TestHall_slots(t *testing.T) {
	t.Parallel()
	h, s, cal := sampleHall(), schedule(), newCalendar(t)
	slots := h.Slots(s, cal, "2026-11-24")
	if len(slots) != 6+7 {
		t.Fatalf("%d slots", len(slots))
	}
	first, last := slots[0], slots[len(slots)-1]
	if first.ID != "hall-440300-1:2026-11-24:0900" || !first.Starts.Equal(moment(t, "2026-11-24 09:00")) || !first.Ends.Equal(moment(t, "2026-11-24 09:30")) {
		t.Errorf("first: %+v", first)
	}
	if last.ID != "hall-440300-1:2026-11-24:1700" || !last.Closes.Equal(moment(t, "2026-11-24 17:30")) || !first.Closes.Equal(last.Closes) {
		t.Errorf("last: %+v", last)
	}
	for _, st := range slots {
		if got, ok := h.Slot(s, cal, st.ID); !ok || got != st {
			t.Errorf("%s is not found by its id", st.ID)
		}
	}
	for _, id := range []string{
		"", "x", "hall-440300-1:2026-11-24:1200", "hall-440300-1:2026-11-24:0915", "hall-440300-1:2026-11-29:0900", "hall-441500-1:2026-11-24:0900",
		"hall-440300-1:2026-11-24:9:00", "hall-440300-1:2026-13-24:0900", "hall-440300-1:2026-11-24:2460", "hall-440300-1:2026-11-24:-900",
		"hall-440300-1:2026-11-24:0900:", "hall-440300-1:2026-11-24: 900", "hall-440300-1:2026-11-24:+900",
	} {
		if st, ok := h.Slot(s, cal, id); ok {
			t.Errorf("%q is a slot: %+v", id, st)
		}
	}
}

// The ids of booked slots stand whatever is closed or opened around them.
func TestHall_closures_do_not_move_slots(t *testing.T) {
	t.Parallel()
	cal := newCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		period := func(label string) model.Period {
			from := rapid.IntRange(0, 24*60-1).Draw(t, label+" from")
			return model.Period{From: from, Until: rapid.IntRange(from+1, 24*60).Draw(t, label+" until")}
		}
		day := model.Date("2024-01-01").Add(rapid.IntRange(0, 3*365).Draw(t, "day"))
		before := sampleHall().Slots(schedule(), cal, day)
		shut, extra := period("shut"), period("extra")
		h := sampleHall(func(h *model.Hall) {
			h.Closures = []model.Closure{{Date: day, Period: &shut}}
			h.Openings = []model.Opening{{Date: day, Periods: []model.Period{extra}}}
		})
		after := h.Slots(schedule(), cal, day)
		overlaps := func(a, b model.SlotTime) bool { return a.Starts.Before(b.Ends) && b.Starts.Before(a.Ends) }
		for i, a := range after {
			if i > 0 && overlaps(a, after[i-1]) {
				t.Fatalf("%s and %s overlap", after[i-1].ID, a.ID)
			}
			if a.Starts.Before(day.At(shut.Until)) && day.At(shut.From).Before(a.Ends) {
				t.Fatalf("%s lies in the closure %v", a.ID, shut)
			}
		}
		for _, b := range before {
			closed := b.Starts.Before(day.At(shut.Until)) && day.At(shut.From).Before(b.Ends)
			if found := slices.ContainsFunc(after, func(a model.SlotTime) bool { return a.ID == b.ID }); found == closed {
				t.Fatalf("%s: closed %v, there %v", b.ID, closed, found)
			}
		}
	})
}

// Every date of the calendar: slots exactly on the days that are open, in order, whole, within the hours.
func TestHall_slots_of_all_dates(t *testing.T) {
	t.Parallel()
	cal, d := newCalendar(t), sampleData(t)
	halls := map[string]*model.Hall{} // one for each schedule
	for _, h := range d.Halls {
		halls[h.Schedule] = h
	}
	for _, h := range halls {
		s := d.Schedules[h.Schedule]
		open := 0
		for day := model.Date("2024-01-01"); day <= "2026-12-31"; day = day.Add(1) {
			slots := h.Slots(s, cal, day)
			saturday := day.Weekday() == time.Saturday && h.Schedule == "late" && !cal.Holiday(day)
			if (len(slots) > 0) != (cal.Workday(day) || saturday) {
				t.Fatalf("%s on %s (%s): %d slots", h.ID, day, cal.Day(day).Kind, len(slots))
			}
			if len(slots) > 0 {
				open++
			}
			for i, st := range slots {
				if st.Ends.Sub(st.Starts) != 30*time.Minute || model.DateOf(st.Starts) != day || st.Ends.After(st.Closes) {
					t.Fatalf("%+v", st)
				}
				if i > 0 && st.Starts.Before(slots[i-1].Ends) {
					t.Fatalf("%s before %s ended", st.ID, slots[i-1].ID)
				}
			}
		}
		if want := 251 + 248 + 248; h.Schedule != "late" && open != want {
			t.Errorf("%s was open on %d days of three years, want the %d working days", h.ID, open, want)
		}
	}
}

func TestSchedule_Check(t *testing.T) {
	t.Parallel()
	if err := schedule().Check(); err != nil {
		t.Error(err)
	}
	for name, edit := range map[string]func(*model.Schedule){
		"no length":   func(s *model.Schedule) { s.SlotMinutes = 0 },
		"no such day": func(s *model.Schedule) { s.Weekly["monday"] = nil },
		"backwards":   func(s *model.Schedule) { s.Weekly["mon"] = []model.Period{{From: 600, Until: 540}} },
		"overlapping": func(s *model.Schedule) {
			s.Weekly["mon"] = []model.Period{{From: 500, Until: 600}, {From: 590, Until: 700}}
		},
		"past midnight":   func(s *model.Schedule) { s.Weekly["mon"] = []model.Period{{From: 1200, Until: 1500}} },
		"make up as what": func(s *model.Schedule) { s.MakeUpAs = "holiday" },
	} {
		if err := schedule(edit).Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestHall_rules(t *testing.T) {
	t.Parallel()
	zero, week := 0, 7
	h := sampleHall(func(h *model.Hall) { h.Booking = &model.BookingOverride{AheadDays: &week, CutoffMinutes: &zero} })
	r := h.Rules(model.DefaultBookingRules)
	if r.AheadDays != 7 || r.CutoffMinutes != 0 || r.CheckInAfter != 15 {
		t.Errorf("%+v", r)
	}
	if got := sampleData(t).BookingRules; got != model.DefaultBookingRules {
		t.Errorf("the data's defaults are %+v", got)
	}
}

func TestCapacity_left(t *testing.T) {
	t.Parallel()
	mixed := model.Capacity{window("A", serving("RS", "YB")), window("B"), window("C", serving("GA"), places(3))}
	for _, c := range []struct {
		name       string
		capacity   model.Capacity
		department string
		taken      map[string]int
		want       int
	}{
		{"nobody", mixed, "RS", nil, 4},
		{"another_department_takes_the_common_window", mixed, "RS", map[string]int{"SC": 2}, 2},
		{"its_own_window_first", mixed, "GA", map[string]int{"RS": 2}, 5},
		{"moved_to_make_room", mixed, "SC", map[string]int{"RS": 2, "GA": 3}, 2},
		{"full", mixed, "RS", map[string]int{"RS": 4}, 0},
		{"full_through_others", mixed, "RS", map[string]int{"RS": 2, "SC": 2}, 0},
		{"overbooked_elsewhere_takes_nothing", mixed, "GA", map[string]int{"SC": 9}, 3},
		{"overbooked", mixed, "SC", map[string]int{"SC": 9}, 0},
		{"no_window_for_it", model.Capacity{window("A", serving("RS"))}, "GA", nil, 0},
		{"uniform", model.Capacity{window("A"), window("B")}, "RS", map[string]int{"GA": 3}, 1},
		{"uniform_overbooked", model.Capacity{window("A")}, "RS", map[string]int{"GA": 3}, 0},
		{"nothing_open", nil, "RS", nil, 0},
	} {
		if got := c.capacity.Left(c.department, c.taken); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	h := sampleHall(func(h *model.Hall) {
		h.Windows = append(h.Windows, window("B01", func(w *model.Window) { w.CrossCity = false }), window("K03", func(w *model.Window) { w.Closed = true }))
	})
	if got := h.Capacity().Total("RS"); got != 4 {
		t.Errorf("only open cross-city windows count: %d", got)
	}
}

// bestFit tries every way of placing the seats, as a second opinion on small cases.
func bestFit(windows []model.Window, free []int, seats []string) int {
	if len(seats) == 0 {
		return 0
	}
	best := bestFit(windows, free, seats[1:])
	for i, w := range windows {
		if free[i] > 0 && w.Serves(seats[0]) {
			free[i]--
			best = max(best, 1+bestFit(windows, free, seats[1:]))
			free[i]++
		}
	}
	return best
}

func TestCapacity_agrees_with_every_placing(t *testing.T) {
	t.Parallel()
	departments := []string{"RS", "GA", "SC"}
	rapid.Check(t, func(t *rapid.T) {
		var c model.Capacity
		for i := range rapid.IntRange(1, 3).Draw(t, "windows") {
			serves := rapid.SliceOfNDistinct(rapid.SampledFrom(append(departments, "*")), 1, 3, rapid.ID).Draw(t, "serves")
			c = append(c, window(fmt.Sprint(i), serving(serves...), places(rapid.IntRange(0, 2).Draw(t, "places"))))
		}
		free := make([]int, len(c))
		for i := range c {
			free[i] = c[i].Capacity
		}
		seats := rapid.SliceOfN(rapid.SampledFrom(departments), 0, 5).Draw(t, "seats")
		taken := map[string]int{}
		for _, d := range seats {
			taken[d]++
		}
		d := rapid.SampledFrom(departments).Draw(t, "department")
		before, more := bestFit(c, free, seats), seats
		for range c.Total(d) {
			more = append(more, d)
		}
		if got, want := c.Left(d, taken), bestFit(c, free, more)-before; got != want && before == len(seats) {
			t.Fatalf("Left = %d, want %d", got, want)
		}
		if got := c.Left(d, taken); got < 0 || got > c.Total(d) {
			t.Fatalf("Left = %d of %d", got, c.Total(d))
		}
	})
}
