package dataset

import (
	"fmt"
	"strconv"

	"kuacheng/model"
)

type hallsFile struct {
	Departments     []model.Department   `json:"departments"`
	Organisations   []model.Organisation `json:"organisations"`
	Schedules       []scheduleRow        `json:"schedules"`
	BookingDefaults model.BookingRules   `json:"booking_defaults"`
	Halls           []hallRow            `json:"halls"`
	SandboxStaff    []SandboxStaff       `json:"sandbox_staff"`
}

type scheduleRow struct {
	Code             string                `json:"code"`
	Name             string                `json:"name"`
	SlotMinutes      int                   `json:"slot_minutes"`
	Weekly           map[string][][]string `json:"weekly"` // mon: [["09:00", "12:00"], …]
	ClosedOnHolidays bool                  `json:"closed_on_holidays"`
	MakeUpAs         string                `json:"make_up_as"`
}

type hallRow struct {
	ID           string                 `json:"id"`
	Name         string                 `json:"name"`
	Region       string                 `json:"region"`
	Organisation string                 `json:"organisation"`
	Address      string                 `json:"address"`
	Schedule     string                 `json:"schedule"`
	Closures     []closureRow           `json:"closures"`
	Openings     []openingRow           `json:"openings"`
	Booking      *model.BookingOverride `json:"booking"`
	Windows      []model.Window         `json:"windows"`
}

type closureRow struct {
	Date   model.Date `json:"date"`
	Hours  []string   `json:"hours"` // ["09:00", "12:00"]; absent: the whole day
	Reason string     `json:"reason"`
}

type openingRow struct {
	Date   model.Date `json:"date"`
	Hours  [][]string `json:"hours"`
	Reason string     `json:"reason"`
}

// takeHalls turns the rows into schedules and halls.
func (d *Dataset) takeHalls(f hallsFile) error {
	for _, row := range f.Schedules {
		s := model.Schedule{
			Code: row.Code, Name: row.Name, SlotMinutes: row.SlotMinutes, Weekly: map[string][]model.Period{},
			ClosedOnHolidays: row.ClosedOnHolidays, MakeUpAs: row.MakeUpAs,
		}
		for day, hours := range row.Weekly {
			periods, err := periods(hours)
			if err != nil {
				return fmt.Errorf("schedule %s: %s: %w", row.Code, day, err)
			}
			s.Weekly[day] = periods
		}
		if err := s.Check(); err != nil {
			return err
		}
		if _, twice := d.Schedules[s.Code]; twice {
			return fmt.Errorf("schedule %s: given twice", s.Code)
		}
		d.Schedules[s.Code] = s
	}
	seen := map[string]bool{}
	for _, row := range f.Halls {
		h, err := d.hall(row)
		if err != nil {
			return fmt.Errorf("hall %s: %w", row.ID, err)
		}
		if seen[h.ID] {
			return fmt.Errorf("hall %s: given twice", h.ID)
		}
		seen[h.ID] = true
		d.Halls = append(d.Halls, h)
	}
	return nil
}

func (d *Dataset) hall(row hallRow) (*model.Hall, error) {
	h := &model.Hall{
		Head: model.Head{ID: row.ID}, Name: row.Name, Region: row.Region, Organisation: row.Organisation,
		Address: row.Address, Schedule: row.Schedule, Windows: row.Windows, Booking: row.Booking,
	}
	for _, c := range row.Closures {
		closure := model.Closure{Date: c.Date, Reason: c.Reason}
		if c.Hours != nil {
			p, err := period(c.Hours)
			if err != nil {
				return nil, err
			}
			closure.Period = &p
		}
		h.Closures = append(h.Closures, closure)
	}
	for _, o := range row.Openings {
		p, err := periods(o.Hours)
		if err != nil {
			return nil, err
		}
		h.Openings = append(h.Openings, model.Opening{Date: o.Date, Periods: p, Reason: o.Reason})
	}
	if _, ok := d.Schedules[h.Schedule]; !ok {
		return nil, fmt.Errorf("no schedule %q", h.Schedule)
	}
	org, ok := d.Organisations.Get(h.Organisation)
	if !ok {
		return nil, fmt.Errorf("no organisation %q", h.Organisation)
	}
	return h, h.Check(org)
}

func periods(hours [][]string) ([]model.Period, error) {
	out := make([]model.Period, 0, len(hours))
	for _, h := range hours {
		p, err := period(h)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func period(hours []string) (model.Period, error) {
	if len(hours) != 2 {
		return model.Period{}, fmt.Errorf("%q are not two times of day", hours)
	}
	from, err := timeOfDay(hours[0])
	if err != nil {
		return model.Period{}, err
	}
	until, err := timeOfDay(hours[1])
	return model.Period{From: from, Until: until}, err
}

// timeOfDay reads 09:00 as minutes after midnight; 24:00 is the end of the day.
func timeOfDay(s string) (int, error) {
	if len(s) == 5 && s[2] == ':' {
		hh, err1 := strconv.ParseUint(s[:2], 10, 8)
		mm, err2 := strconv.ParseUint(s[3:], 10, 8)
		if err1 == nil && err2 == nil && mm < 60 && hh*60+mm <= 24*60 {
			return int(hh*60 + mm), nil
		}
	}
	return 0, fmt.Errorf("%q is not a time of day", s)
}
