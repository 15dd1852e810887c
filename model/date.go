package model

import "time"

// Beijing is the zone of every civil date here. It is fixed and not read from tzdata: China has had no
// daylight saving time since 1991.
var Beijing = time.FixedZone("CST", 8*60*60)

// Date is a civil date of Asia/Shanghai in the form 2006-01-02. Dates compare as strings.
type Date string

const dateForm = "2006-01-02"

// DateOf is the civil date of a moment.
func DateOf(t time.Time) Date { return Date(t.In(Beijing).Format(dateForm)) }

// ParseDate reads 2006-01-02 and reports whether it is a real date.
func ParseDate(s string) (Date, bool) {
	t, err := time.ParseInLocation(dateForm, s, Beijing)
	if err != nil || t.Format(dateForm) != s {
		return "", false
	}
	return Date(s), true
}

// Start is 00:00:00 of the date; the zero time for an empty or malformed date.
func (d Date) Start() time.Time {
	t, err := time.ParseInLocation(dateForm, string(d), Beijing)
	if err != nil {
		return time.Time{}
	}
	return t
}

// End is 23:59:59 of the date, the moment until which a term that ends on it runs (民法典 第203条).
func (d Date) End() time.Time { return d.Start().Add(24*time.Hour - time.Second) }

// At is the given time of day, in minutes after midnight.
func (d Date) At(minutes int) time.Time { return d.Start().Add(time.Duration(minutes) * time.Minute) }

// Add moves by calendar days.
func (d Date) Add(days int) Date { return DateOf(d.Start().AddDate(0, 0, days)) }

// Weekday is the day of the week of the date.
func (d Date) Weekday() time.Weekday { return d.Start().Weekday() }

// Year is the calendar year.
func (d Date) Year() int { return d.Start().Year() }
