package model

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Kinds of a calendar row.
const (
	HolidayOff  = "holiday" // off, by the State Council's yearly notice
	HolidayWork = "workday" // 调休: a Saturday or Sunday that is worked
	// HolidayStatutory is a statutory day (全国年节及纪念日放假办法) of a year whose notice is not out yet, where
	// it follows the moon or the sun: 春节, 清明, 端午, 中秋. Days fixed in the solar calendar need no row.
	HolidayStatutory = "statutory"
)

// Holiday is one row of the calendar's data.
type Holiday struct {
	Date Date   `json:"date"`
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// day counts days of Asia/Shanghai from 1970-01-01, so that walking over days costs nothing.
type day int

func dayOf(t time.Time) day {
	const offset, length = 8 * 60 * 60, 24 * 60 * 60
	s := t.Unix() + offset
	d := s / length
	if s%length < 0 {
		d--
	}
	return day(d)
}

func (d Date) day() day               { return dayOf(d.Start()) }
func (d day) date() Date              { return DateOf(d.start()) }
func (d day) start() time.Time        { return time.Unix(int64(d)*24*60*60-8*60*60, 0).UTC() }
func (d day) weekday() time.Weekday   { return time.Weekday(((int(d)+4)%7 + 7) % 7) }
func (d day) weekend() bool           { w := d.weekday(); return w == time.Saturday || w == time.Sunday }
func (d day) year() int               { return d.start().In(Beijing).Year() }
func (d day) monthDay() (string, int) { t := d.start().In(Beijing); return t.Format("01-02"), t.Year() }

// Calendar knows which days are worked. It is fixed after NewCalendar and safe for concurrent use. A nil
// calendar knows no notice at all: every year is provisional.
type Calendar struct {
	rows    map[day]Holiday
	noticed map[int]bool // years whose notice is in the rows

	// worked answers for the days around the notices at once: deadlines walk over many days, and are
	// computed whenever a matter is shown.
	worked []bool
	first  day
}

// CheckHolidays finds rows that NewCalendar would not understand; loaders call it.
func CheckHolidays(rows []Holiday) error {
	seen := map[Date]bool{}
	for i, r := range rows {
		d, ok := ParseDate(string(r.Date))
		if !ok {
			return fmt.Errorf("holiday %d: %q is not a date", i+1, r.Date)
		}
		if r.Kind != HolidayOff && r.Kind != HolidayWork && r.Kind != HolidayStatutory {
			return fmt.Errorf("holiday %s: unknown kind %q", d, r.Kind)
		}
		if r.Kind == HolidayWork && !d.day().weekend() {
			return fmt.Errorf("holiday %s: a made-up working day that is no weekend", d)
		}
		if seen[d] {
			return fmt.Errorf("holiday %s: given twice", d)
		}
		seen[d] = true
	}
	return nil
}

// NewCalendar builds a calendar from rows. Rows that CheckHolidays refuses are left out.
func NewCalendar(rows []Holiday) *Calendar {
	c := &Calendar{rows: map[day]Holiday{}, noticed: map[int]bool{}}
	for _, r := range rows {
		if _, ok := ParseDate(string(r.Date)); !ok {
			continue
		}
		c.rows[r.Date.day()] = r
		if r.Kind != HolidayStatutory {
			c.noticed[r.Date.Year()] = true
		}
	}
	c.lookAhead()
	return c
}

// lookAhead fills worked from the year before the first notice to two years after the last.
func (c *Calendar) lookAhead() {
	if len(c.noticed) == 0 {
		return
	}
	years := slices.Sorted(maps.Keys(c.noticed))
	c.first = dayOf(time.Date(years[0]-1, 1, 1, 0, 0, 0, 0, Beijing))
	last := dayOf(time.Date(years[len(years)-1]+3, 1, 1, 0, 0, 0, 0, Beijing))
	if last-c.first > 200*366 {
		return // a stray year; asking day by day is right too
	}
	for d := c.first; d < last; d++ {
		c.worked = append(c.worked, c.look(d).Work)
	}
}

// Provisional reports whether a year's notice is missing, so that days of it may still change.
func (c *Calendar) Provisional(year int) bool { return c == nil || !c.noticed[year] }

// What makes a day worked or not.
const (
	DayWeekday   = "weekday"
	DayMakeUp    = "make_up" // 调休上班
	DayWeekend   = "weekend"
	DayHoliday   = "holiday"
	DayStatutory = "statutory" // off by the standing rule, in a provisional year
)

// CalendarDay is one day as the calendar sees it.
type CalendarDay struct {
	Date        Date   `json:"date"`
	Work        bool   `json:"work"`
	Kind        string `json:"kind"`
	Name        string `json:"name,omitempty"` // of the holiday; for 调休 of the one it makes up for
	Provisional bool   `json:"provisional,omitempty"`
}

// solarStatutory are the statutory days with a fixed solar date (办法, 2024 text).
var solarStatutory = map[string]string{
	"01-01": "元旦", "05-01": "劳动节", "05-02": "劳动节", "10-01": "国庆节", "10-02": "国庆节", "10-03": "国庆节",
}

// Day tells about one day.
func (c *Calendar) Day(d Date) CalendarDay { return c.look(d.day()) }

func (c *Calendar) look(d day) CalendarDay {
	md, year := d.monthDay()
	out := CalendarDay{Date: d.date(), Provisional: c.Provisional(year)}
	if c != nil {
		if row, ok := c.rows[d]; ok {
			out.Name = row.Name
			switch row.Kind {
			case HolidayWork:
				out.Work, out.Kind = true, DayMakeUp
				return out
			case HolidayOff:
				out.Kind = DayHoliday
				return out
			}
			if out.Provisional {
				out.Kind = DayStatutory
				return out
			}
			out.Name = "" // the notice has the last word
		}
	}
	if name := solarStatutory[md]; name != "" && out.Provisional {
		out.Kind, out.Name = DayStatutory, name
		return out
	}
	if d.weekend() {
		out.Kind = DayWeekend
		return out
	}
	out.Work, out.Kind = true, DayWeekday
	return out
}

func (c *Calendar) works(d day) bool {
	if c != nil && d >= c.first && int(d-c.first) < len(c.worked) {
		return c.worked[d-c.first]
	}
	return c.look(d).Work
}

// Workday reports whether a date is a working day.
func (c *Calendar) Workday(d Date) bool { return c.works(d.day()) }

// AddWorkdays is the n-th working day after d; for n = 0, d itself or the next working day. Negative n goes
// back.
func (c *Calendar) AddWorkdays(d Date, n int) Date { return c.advance(d.day(), n).date() }

// WorkdaysBetween counts the working days w with after < w ≤ until.
func (c *Calendar) WorkdaysBetween(after, until Date) int { return c.between(after.day(), until.day()) }

// longestBreak bounds every search for a working day: no real calendar has so many days off in a row, and
// broken data must not hang the server.
const longestBreak = 400

func (c *Calendar) advance(d day, n int) day {
	if n == 0 {
		for i := 0; i < longestBreak && !c.works(d); i++ {
			d++
		}
		return d
	}
	step := day(1)
	if n < 0 {
		step, n = -1, -n
	}
	for ; n > 0; n-- {
		d += step
		for i := 0; i < longestBreak && !c.works(d); i++ {
			d += step
		}
	}
	return d
}

func (c *Calendar) between(after, until day) int {
	n := 0
	for d := after + 1; d <= until; d++ {
		if c.works(d) {
			n++
		}
	}
	return n
}

// Holiday reports whether a date is listed as off, or is off by the standing rule in a provisional year.
func (c *Calendar) Holiday(d Date) bool {
	k := c.Day(d).Kind
	return k == DayHoliday || k == DayStatutory
}

// MakeUp reports whether a Saturday or Sunday is worked for a holiday (调休).
func (c *Calendar) MakeUp(d Date) bool { return c.Day(d).Kind == DayMakeUp }
