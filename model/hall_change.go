package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// KindCatalogueChanged is the event that a change of the catalogue emits; every process then reads it anew.
const KindCatalogueChanged = "catalogue_changed"

// KindHallChanged is the event of a change that may take places away from people. Its ref holds from and until (the days that it
// touches) and, where those who no longer fit are to be displaced too, excess.
const KindHallChanged = "hall_changed"

// hallSettles is when a hall is looked at again after a change: by then whoever began to book before it has ended.
const hallSettles = time.Minute

const maxHallSteps = 200

// HallStep is one entry of a hall's history.
type HallStep struct {
	At     time.Time `json:"at"`
	By     Actor     `json:"by"`
	What   string    `json:"what"` // added, edited, window, closed, reopened, opened, dropped
	Name   string    `json:"name,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// HallEdit is what may be changed of a hall itself; nil leaves a field as it is.
type HallEdit struct {
	Name, Address, Schedule *string
	Inactive                *bool
	Booking                 *BookingOverride
}

// Edit changes a hall. One that is closed for good, or whose hours change, displaces those who are booked.
func (h *Hall) Edit(e HallEdit, reason string, by Actor, now time.Time) {
	touches := e.Inactive != nil && *e.Inactive != h.Inactive || e.Schedule != nil && *e.Schedule != h.Schedule
	for _, f := range []struct{ to, from *string }{{&h.Name, e.Name}, {&h.Address, e.Address}, {&h.Schedule, e.Schedule}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if e.Inactive != nil {
		h.Inactive = *e.Inactive
	}
	if e.Booking != nil {
		h.Booking = e.Booking
	}
	h.changed(HallStep{By: by, What: "edited", Reason: reason}, now)
	if touches {
		h.touch(DateOf(now), "", false, now)
	}
}

// PutWindow adds a window or changes one. Fewer places than are booked leave the bookings as they are, unless displace says that those
// who no longer fit, the latest booked first, are to choose anew (domain rule §4).
func (h *Hall) PutWindow(w Window, displace bool, reason string, by Actor, now time.Time) error {
	h.Windows = slices.Clone(h.Windows)
	if i := slices.IndexFunc(h.Windows, func(x Window) bool { return x.ID == w.ID }); i >= 0 {
		h.Windows[i] = w
	} else {
		h.Windows = append(h.Windows, w)
	}
	for _, x := range h.Windows {
		if x.ID != w.ID && x.Number == w.Number {
			return fault.New("validation_failed").Field("number").Say("窗口号 " + w.Number + " 已在使用")
		}
	}
	if len(w.Departments) == 0 || w.Capacity < 0 {
		return fault.New("validation_failed").Field("departments").Say("请填写窗口受理的条线")
	}
	h.changed(HallStep{By: by, What: "window", Name: w.Number, Reason: reason}, now)
	if displace {
		h.touch(DateOf(now), "", true, now)
	}
	return nil
}

// Close shuts the hall on a date, wholly or for a part of the day. The second tap is the first one.
func (h *Hall) Close(c Closure, by Actor, now time.Time) error {
	if slices.ContainsFunc(h.Closures, func(x Closure) bool { return x.ID == c.ID }) {
		return nil
	}
	switch {
	case c.Reason == "":
		return fault.New("reason_required").Field("reason")
	case c.Date < DateOf(now):
		return fault.New("validation_failed").Field("date").Say("不能关闭过去的日期")
	case c.Period != nil && !c.Period.valid():
		return fault.New("validation_failed").Field("from").Say("关闭时段有误")
	}
	h.Closures = append(slices.Clone(h.Closures), c)
	h.changed(HallStep{By: by, What: "closed", Name: string(c.Date), Reason: c.Reason}, now)
	h.touch(c.Date, c.Date, false, now)
	return nil
}

// Reopen takes a closure back. Whoever was displaced meanwhile may choose the same time again.
func (h *Hall) Reopen(id, reason string, by Actor, now time.Time) error {
	i := slices.IndexFunc(h.Closures, func(c Closure) bool { return c.ID == id && id != "" })
	if i < 0 {
		return fault.New("not_found").Say("没有这一关闭安排")
	}
	date := h.Closures[i].Date
	h.Closures = slices.Delete(slices.Clone(h.Closures), i, i+1)
	h.changed(HallStep{By: by, What: "reopened", Name: string(date), Reason: reason}, now)
	return nil
}

// OpenExtra adds hours on a date.
func (h *Hall) OpenExtra(o Opening, by Actor, now time.Time) error {
	if slices.ContainsFunc(h.Openings, func(x Opening) bool { return x.ID == o.ID }) {
		return nil
	}
	bad := slices.ContainsFunc(o.Periods, func(p Period) bool { return !p.valid() })
	if o.Date < DateOf(now) || len(o.Periods) == 0 || bad {
		return fault.New("validation_failed").Field("date").Say("加开的日期或时段有误")
	}
	h.Openings = append(slices.Clone(h.Openings), o)
	h.changed(HallStep{By: by, What: "opened", Name: string(o.Date), Reason: o.Reason}, now)
	return nil
}

// DropExtra takes extra hours back; who was booked in them is displaced.
func (h *Hall) DropExtra(id, reason string, by Actor, now time.Time) error {
	i := slices.IndexFunc(h.Openings, func(o Opening) bool { return o.ID == id && id != "" })
	if i < 0 {
		return fault.New("not_found").Say("没有这一加开安排")
	}
	date := h.Openings[i].Date
	h.Openings = slices.Delete(slices.Clone(h.Openings), i, i+1)
	h.changed(HallStep{By: by, What: "dropped", Name: string(date), Reason: reason}, now)
	h.touch(date, date, false, now)
	return nil
}

// Added notes that the hall is new.
func (h *Hall) Added(reason string, by Actor, now time.Time) {
	h.changed(HallStep{By: by, What: "added", Reason: reason}, now)
}

// Rescheduled has everybody's place looked at again, once for each change of the schedule that the hall refers to; it says whether
// this is the first time.
func (h *Hall) Rescheduled(change string, now time.Time) bool {
	if slices.ContainsFunc(h.Steps, func(s HallStep) bool { return s.Name == change }) {
		return false
	}
	h.changed(HallStep{By: System, What: "rescheduled", Name: change, Reason: "时段模板调整"}, now)
	h.touch(DateOf(now), "", false, now)
	return true
}

func (h *Hall) changed(s HallStep, now time.Time) {
	s.At = moment(now)
	h.Steps = append(slices.Clone(h.Steps), s)
	if n := len(h.Steps); n > maxHallSteps {
		h.Steps = h.Steps[n-maxHallSteps:]
	}
	h.Emit(KindCatalogueChanged, s.At, nil)
}

// touch lets the bookings of the days be looked at now, and once more when nobody who began before can still be booking.
func (h *Hall) touch(from, until Date, excess bool, now time.Time) {
	ref := map[string]string{"from": string(from)}
	if until != "" {
		ref["until"] = string(until)
	}
	if excess {
		ref["excess"] = "yes"
	}
	h.Emit(KindHallChanged, moment(now), ref)
	h.WakeAt(moment(now).Add(hallSettles))
}

// Why is why a slot is not there (any more), as people are told: the closure's reason where one shuts it.
func (h *Hall) Why(d Date, minutes int) string {
	for _, c := range h.Closures {
		if c.Date == d && (c.Period == nil || c.Period.From <= minutes && minutes < c.Period.Until) {
			return c.Reason
		}
	}
	if h.Inactive {
		return "大厅停止服务"
	}
	return "大厅服务时间调整"
}
