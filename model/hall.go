package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Period is opening hours within one day, in minutes after midnight.
type Period struct {
	From  int `json:"from"`
	Until int `json:"until"`
}

// Schedule is the weekly opening hours that halls refer to.
type Schedule struct {
	Code             string              `json:"code"`
	Name             string              `json:"name"`
	SlotMinutes      int                 `json:"slot_minutes"`
	Weekly           map[string][]Period `json:"weekly"` // mon … sun
	ClosedOnHolidays bool                `json:"closed_on_holidays"`
	MakeUpAs         string              `json:"make_up_as"` // the weekday whose hours a 调休 day takes; "" = closed
}

var weekdayKeys = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Check refuses a schedule that slots cannot be cut from.
func (s Schedule) Check() error {
	if s.SlotMinutes < 5 || s.SlotMinutes > 240 {
		return badRow("schedule %s: slot_minutes %d", s.Code, s.SlotMinutes)
	}
	if s.MakeUpAs != "" && !slices.Contains(weekdayKeys[:], s.MakeUpAs) {
		return badRow("schedule %s: make_up_as %q", s.Code, s.MakeUpAs)
	}
	for day, periods := range s.Weekly {
		if !slices.Contains(weekdayKeys[:], day) {
			return badRow("schedule %s: no day %q", s.Code, day)
		}
		last := 0
		for _, p := range periods {
			if p.From < last || p.Until <= p.From || p.Until > 24*60 {
				return badRow("schedule %s: %s: hours out of order", s.Code, day)
			}
			last = p.Until
		}
	}
	return nil
}

// Window is a counter of a hall.
type Window struct {
	ID          string   `json:"id"`
	Number      string   `json:"number"` // as shown in the hall
	Name        string   `json:"name"`
	Floor       string   `json:"floor,omitempty"`
	CrossCity   bool     `json:"cross_city"`  // 跨城通办专窗
	Departments []string `json:"departments"` // "*" = all
	Capacity    int      `json:"capacity"`    // people in one slot
	Closed      bool     `json:"closed,omitempty"`
}

// Serves reports whether the window takes matters of another city for a department now.
func (w Window) Serves(department string) bool {
	return w.CrossCity && !w.Closed && w.Capacity > 0 &&
		(slices.Contains(w.Departments, "*") || slices.Contains(w.Departments, department))
}

// Closure shuts a hall on a date, wholly or for a part of the day.
type Closure struct {
	ID     string  `json:"id,omitempty"` // "" for one of the built-in data
	Date   Date    `json:"date"`
	Period *Period `json:"period,omitempty"` // nil: the whole day
	Reason string  `json:"reason"`
}

// Opening is extra hours on a date, whatever the schedule and the calendar say.
type Opening struct {
	ID      string   `json:"id,omitempty"`
	Date    Date     `json:"date"`
	Periods []Period `json:"periods"`
	Reason  string   `json:"reason"`
}

// BookingRules is how a hall takes bookings (halls.yaml booking_defaults; no law fixes any of these).
type BookingRules struct {
	AheadDays          int `json:"ahead_days"`
	CutoffMinutes      int `json:"cutoff_minutes"`
	CancelUntilMinutes int `json:"cancel_until_minutes"`
	CheckInBefore      int `json:"check_in_before_minutes"`
	CheckInAfter       int `json:"check_in_after_minutes"`
	NoShowLimit        int `json:"no_show_limit"`
	NoShowWindowDays   int `json:"no_show_window_days"`
	NoShowBlockDays    int `json:"no_show_block_days"`
}

// DefaultBookingRules are the rules of a hall whose data says nothing.
var DefaultBookingRules = BookingRules{
	AheadDays: 14, CutoffMinutes: 30, CancelUntilMinutes: 30, CheckInBefore: 30, CheckInAfter: 15,
	NoShowLimit: 3, NoShowWindowDays: 90, NoShowBlockDays: 30,
}

// BookingOverride is what one hall does otherwise; nil keeps the default.
type BookingOverride struct {
	AheadDays          *int `json:"ahead_days,omitempty"`
	CutoffMinutes      *int `json:"cutoff_minutes,omitempty"`
	CancelUntilMinutes *int `json:"cancel_until_minutes,omitempty"`
	CheckInBefore      *int `json:"check_in_before_minutes,omitempty"`
	CheckInAfter       *int `json:"check_in_after_minutes,omitempty"`
	NoShowLimit        *int `json:"no_show_limit,omitempty"`
	NoShowWindowDays   *int `json:"no_show_window_days,omitempty"`
	NoShowBlockDays    *int `json:"no_show_block_days,omitempty"`
}

// Hall is a 政务服务大厅: a place with hours and windows, kept by one organisation.
type Hall struct {
	Head         `json:",inline"`
	Name         string           `json:"name"`
	Region       string           `json:"region"`
	Organisation string           `json:"organisation"`
	Address      string           `json:"address"`
	Schedule     string           `json:"schedule"`
	Closures     []Closure        `json:"closures,omitempty"`
	Openings     []Opening        `json:"openings,omitempty"`
	Windows      []Window         `json:"windows"`
	Booking      *BookingOverride `json:"booking,omitempty"`
	Inactive     bool             `json:"inactive,omitempty"`
	Steps        []HallStep       `json:"steps,omitempty"`
}

// Check refuses a hall that cannot work: not of a receiving organisation, or with windows that contradict
// each other.
func (h *Hall) Check(org Organisation) error {
	if h.ID == "" || strings.Contains(h.ID, ":") || h.Name == "" {
		return badRow("hall %q: needs a name, and an id without a colon", h.ID)
	}
	if org.ID != h.Organisation || org.Region != h.Region || !org.Does(OrgReceives) {
		return badRow("hall %s: %s is no receiving organisation of its region", h.ID, h.Organisation)
	}
	ids, numbers := map[string]bool{}, map[string]bool{}
	for _, w := range h.Windows {
		if w.ID == "" || w.Number == "" || ids[w.ID] || numbers[w.Number] {
			return badRow("hall %s: window %q has no id or number of its own", h.ID, w.ID)
		}
		if w.Capacity < 0 || len(w.Departments) == 0 {
			return badRow("hall %s: window %s serves nobody", h.ID, w.Number)
		}
		ids[w.ID], numbers[w.Number] = true, true
	}
	for _, c := range h.Closures {
		if _, ok := ParseDate(string(c.Date)); !ok || c.Period != nil && !c.Period.valid() {
			return badRow("hall %s: closure %q", h.ID, c.Date)
		}
	}
	for _, o := range h.Openings {
		if _, ok := ParseDate(string(o.Date)); !ok || slices.ContainsFunc(o.Periods, func(p Period) bool { return !p.valid() }) {
			return badRow("hall %s: opening %q", h.ID, o.Date)
		}
	}
	return nil
}

// Rules are the hall's booking rules: the defaults with what the hall does otherwise.
func (h *Hall) Rules(defaults BookingRules) BookingRules {
	r, o := defaults, h.Booking
	if o == nil {
		return r
	}
	for _, f := range []struct {
		to   *int
		from *int
	}{
		{&r.AheadDays, o.AheadDays}, {&r.CutoffMinutes, o.CutoffMinutes}, {&r.CancelUntilMinutes, o.CancelUntilMinutes},
		{&r.CheckInBefore, o.CheckInBefore}, {&r.CheckInAfter, o.CheckInAfter}, {&r.NoShowLimit, o.NoShowLimit},
		{&r.NoShowWindowDays, o.NoShowWindowDays}, {&r.NoShowBlockDays, o.NoShowBlockDays},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	return r
}

// Serves reports whether the hall has an open cross-city window for a department.
func (h *Hall) Serves(department string) bool {
	return !h.Inactive && slices.ContainsFunc(h.Windows, func(w Window) bool { return w.Serves(department) })
}

// OpenCrossCity reports whether the hall has any open cross-city window.
func (h *Hall) OpenCrossCity() bool {
	return !h.Inactive && slices.ContainsFunc(h.Windows, func(w Window) bool { return w.CrossCity && !w.Closed && w.Capacity > 0 })
}

// Window finds a window by id or by the number shown in the hall.
func (h *Hall) Window(id string) (Window, bool) {
	for _, w := range h.Windows {
		if w.ID == id || w.Number == id {
			return w, true
		}
	}
	return Window{}, false
}

// Hours are the hall's opening hours on a date as people read them: the weekly schedule through the calendar
// (a holiday shuts, a 调休 day takes the hours of make_up_as), the extra openings, less the dated closures.
func (h *Hall) Hours(s Schedule, cal *Calendar, d Date) []Period {
	if h.Inactive {
		return nil
	}
	hours := mergePeriods(append(regularHours(s, cal, d), h.extraHours(d)...))
	for _, c := range h.Closures {
		if c.Date == d {
			hours = cutPeriod(hours, c.Period)
		}
	}
	return hours
}

func regularHours(s Schedule, cal *Calendar, d Date) []Period {
	day := weekdayKeys[d.Weekday()]
	switch {
	case cal.MakeUp(d):
		day = s.MakeUpAs
	case cal.Holiday(d) && s.ClosedOnHolidays:
		return nil
	}
	return slices.Clone(s.Weekly[day])
}

func (h *Hall) extraHours(d Date) []Period {
	var out []Period
	for _, o := range h.Openings {
		if o.Date == d {
			out = append(out, o.Periods...)
		}
	}
	return out
}

// mergePeriods sorts and joins what overlaps or touches.
func mergePeriods(in []Period) []Period {
	slices.SortFunc(in, func(a, b Period) int { return a.From - b.From })
	var out []Period
	for _, p := range in {
		if n := len(out); n > 0 && p.From <= out[n-1].Until {
			out[n-1].Until = max(out[n-1].Until, p.Until)
			continue
		}
		out = append(out, p)
	}
	return out
}

// cutPeriod takes a closure out of the hours; nil shuts the whole day.
func cutPeriod(hours []Period, shut *Period) []Period {
	if shut == nil {
		return nil
	}
	var out []Period
	for _, p := range hours {
		if shut.Until <= p.From || shut.From >= p.Until {
			out = append(out, p)
			continue
		}
		if p.From < shut.From {
			out = append(out, Period{p.From, shut.From})
		}
		if shut.Until < p.Until {
			out = append(out, Period{shut.Until, p.Until})
		}
	}
	return out
}

func (p Period) valid() bool { return p.From >= 0 && p.From < p.Until && p.Until <= 24*60 }

func (p Period) overlaps(o Period) bool { return p.From < o.Until && o.From < p.Until }

// SlotTime is one bookable span of a hall.
type SlotTime struct {
	ID     string    `json:"id"`
	Hall   string    `json:"hall"`
	Date   Date      `json:"date"`
	Starts time.Time `json:"starts_at"`
	Ends   time.Time `json:"ends_at"`
	Closes time.Time `json:"closes_at"` // when the hall shuts that day
}

// Slots cuts the hours of a date into slots. A slot begins at its period's beginning or where the one before
// ended, and must end within the period. A closure removes the slots that it touches and moves none of the
// others: the ids of slots that people have booked stand.
func (h *Hall) Slots(s Schedule, cal *Calendar, d Date) []SlotTime {
	hours := h.Hours(s, cal, d)
	if len(hours) == 0 {
		return nil
	}
	closes := d.At(hours[len(hours)-1].Until).UTC()
	var out []SlotTime
	for _, p := range h.slotPeriods(s, cal, d) {
		out = append(out, SlotTime{
			ID: SlotID(h.ID, d, p.From), Hall: h.ID, Date: d,
			Starts: d.At(p.From).UTC(), Ends: d.At(p.Until).UTC(), Closes: closes,
		})
	}
	return out
}

// slotPeriods lists the slots of a date in order. Slots of extra openings that overlap a regular one are left out.
func (h *Hall) slotPeriods(s Schedule, cal *Calendar, d Date) []Period {
	var out []Period
	for _, p := range append(regularHours(s, cal, d), h.extraHours(d)...) {
		for m := p.From; m+s.SlotMinutes <= p.Until; m += s.SlotMinutes {
			slot := Period{m, m + s.SlotMinutes}
			if !slices.ContainsFunc(out, slot.overlaps) && !h.shut(d, slot) {
				out = append(out, slot)
			}
		}
	}
	slices.SortFunc(out, func(a, b Period) int { return a.From - b.From })
	return out
}

func (h *Hall) shut(d Date, p Period) bool {
	return slices.ContainsFunc(h.Closures, func(c Closure) bool {
		return c.Date == d && (c.Period == nil || p.overlaps(*c.Period))
	})
}

// Slot finds the slot of an id in the hall's hours; a slot of a closed day does not exist.
func (h *Hall) Slot(s Schedule, cal *Calendar, id string) (SlotTime, bool) {
	hall, d, _, ok := ParseSlotID(id)
	if !ok || hall != h.ID {
		return SlotTime{}, false
	}
	for _, st := range h.Slots(s, cal, d) {
		if st.ID == id {
			return st, true
		}
	}
	return SlotTime{}, false
}

// SlotID is hall:YYYY-MM-DD:HHMM.
func SlotID(hall string, d Date, minutes int) string {
	hh, mm := minutes/60, minutes%60
	return hall + ":" + string(d) + ":" + pad2(hh) + pad2(mm)
}

func pad2(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// ParseSlotID takes a slot id apart. It does not say that the slot exists.
func ParseSlotID(id string) (hall string, d Date, minutes int, ok bool) {
	parts := strings.Split(id, ":")
	if len(parts) != 3 || parts[0] == "" || len(parts[2]) != 4 {
		return "", "", 0, false
	}
	d, ok = ParseDate(parts[1])
	hh, err1 := strconv.ParseUint(parts[2][:2], 10, 8)
	mm, err2 := strconv.ParseUint(parts[2][2:], 10, 8)
	if !ok || err1 != nil || err2 != nil || hh > 23 || mm > 59 {
		return "", "", 0, false
	}
	return parts[0], d, int(hh*60 + mm), true
}
