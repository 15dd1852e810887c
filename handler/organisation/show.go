package organisation

import (
	"fmt"
	"time"

	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/organisation"
)

func (h *Handler) shown(x *model.Hall, err error) (*api.Hall, error) {
	if err != nil {
		return nil, err
	}
	return h.hall(x), nil
}

// hall shows a hall with what is still to come of its closures and openings.
func (h *Handler) hall(x *model.Hall) *api.Hall {
	today := model.DateOf(h.Show.Now())
	v := &api.Hall{
		ID: x.ID, Name: x.Name, Region: x.Region, Org: h.Show.Org(x.Organisation), Address: x.Address, Schedule: x.Schedule,
		Inactive: x.Inactive, Windows: []*api.Window{}, Closures: []*api.Closure{}, Openings: []*api.ExtraHours{}, Steps: []*api.Step{},
	}
	for _, w := range x.Windows {
		v.Windows = append(v.Windows, &api.Window{
			ID: w.ID, Number: w.Number, Name: w.Name, Floor: w.Floor, CrossCity: w.CrossCity, Departments: w.Departments,
			Capacity: int32(w.Capacity), Closed: w.Closed,
		})
	}
	for _, c := range x.Closures {
		if c.Date < today {
			continue
		}
		y := &api.Closure{ID: c.ID, Date: string(c.Date), Reason: c.Reason}
		if c.Period != nil {
			y.From, y.Until = clock(c.Period.From), clock(c.Period.Until)
		}
		v.Closures = append(v.Closures, y)
	}
	for _, o := range x.Openings {
		if o.Date >= today {
			v.Openings = append(v.Openings, &api.ExtraHours{ID: o.ID, Date: string(o.Date), Hours: spans(o.Periods), Reason: o.Reason})
		}
	}
	if b := x.Booking; b != nil {
		v.Booking = &api.BookingRules{
			AheadDays: narrow(b.AheadDays), CutoffMinutes: narrow(b.CutoffMinutes), CancelUntilMinutes: narrow(b.CancelUntilMinutes),
			CheckInBeforeMinutes: narrow(b.CheckInBefore), CheckInAfterMinutes: narrow(b.CheckInAfter),
		}
	}
	for i := len(x.Steps) - 1; i >= 0; i-- {
		s := x.Steps[i]
		v.Steps = append(v.Steps, &api.Step{At: show.Time(s.At), By: s.By.ID, What: s.What, Name: s.Name, Reason: s.Reason})
	}
	return v
}

func (h *Handler) schedules() *api.Schedules {
	v := &api.Schedules{Items: []*api.Schedule{}}
	for _, s := range h.Premises.Schedules() {
		x := &api.Schedule{
			Code: s.Code, Name: s.Name, SlotMinutes: int32(s.SlotMinutes), Weekly: map[string][]*api.Span{},
			ClosedOnHolidays: s.ClosedOnHolidays, MakeUpAs: s.MakeUpAs,
		}
		for day, hours := range s.Weekly {
			x.Weekly[day] = spans(hours)
		}
		v.Items = append(v.Items, x)
	}
	return v
}

// minutes reads "09:30", whose form the binder has checked.
func minutes(s string) int {
	t, _ := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute()
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func periods(spans []*api.Span) []model.Period {
	var out []model.Period
	for _, s := range spans {
		out = append(out, model.Period{From: minutes(s.From), Until: minutes(s.Until)})
	}
	return out
}

func spans(list []model.Period) []*api.Span {
	out := make([]*api.Span, 0, len(list))
	for _, p := range list {
		out = append(out, &api.Span{From: clock(p.From), Until: clock(p.Until)})
	}
	return out
}
