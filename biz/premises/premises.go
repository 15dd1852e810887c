// Package premises is how the bureau keeps what stands in the city: organisations, halls, their windows and hours. What it takes away
// from people who have booked, package booking puts right.
package premises

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/standard"
)

// Bookings is what this package needs of bookings.
type Bookings interface {
	// Shut counts the people whose places a hall's days would not have.
	Shut(ctx context.Context, hall *model.Hall, from, until model.Date) (int, error)
}

// Config says what the service stands on; every field is needed.
type Config struct {
	Catalogue *catalogue.Catalogue
	Clock     clock.Clock
	Bookings  Bookings
}

// Service is the premises.
type Service struct{ Config }

// New makes the service for a catalogue that follows a store.
func New(c Config) *Service { return &Service{c} }

// may lets the home city's bureau on everywhere, and others in their own region and below.
func (s *Service) may(who model.Actor, region string) error {
	if who.Region == s.Catalogue.Rollout().Home() || s.Catalogue.Regions.Covers(who.Region, region) {
		return nil
	}
	return fault.New("forbidden").Say("不在您的辖区").With("region", region)
}

// Halls lists the halls of a region and below, closed ones too; "" is the caller's own region, or all for the bureau.
func (s *Service) Halls(who model.Actor, region string) ([]*model.Hall, error) {
	if region != "" {
		if _, err := s.Catalogue.Regions.Lookup("region", region); err != nil {
			return nil, err
		}
	}
	var out []*model.Hall
	for _, h := range s.Catalogue.EveryHall() {
		if s.may(who, h.Region) == nil && (region == "" || s.Catalogue.Regions.Covers(region, h.Region)) {
			out = append(out, h)
		}
	}
	return out, nil
}

// Hall gives a hall that the caller may keep.
func (s *Service) Hall(who model.Actor, id string) (*model.Hall, error) {
	h, ok := s.Catalogue.Hall(id)
	if !ok || s.may(who, h.Region) != nil {
		return nil, fault.New("not_found").Say("没有这个大厅")
	}
	return h, nil
}

// NewHall is a hall to be opened. It has no windows yet, so nobody can book there.
type NewHall struct {
	Name, Region, Address, Schedule, Reason string
}

// AddHall opens a hall of the organisation that receives for a region.
func (s *Service) AddHall(ctx context.Context, who model.Actor, in NewHall) (*model.Hall, error) {
	if _, err := s.Catalogue.Regions.Lookup("region", in.Region); err != nil {
		return nil, err
	}
	if err := s.may(who, in.Region); err != nil {
		return nil, err
	}
	org, ok := s.Catalogue.Orgs().Receiver(in.Region)
	if !ok || org.Region != in.Region {
		return nil, fault.New("validation_failed").Field("region").Say("该地区没有承担收件的单位，请先设置单位")
	}
	if err := s.schedule(in.Schedule); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	h := &model.Hall{Head: model.Head{ID: s.freeID(in.Region)}, Name: in.Name, Region: in.Region, Organisation: org.ID, Address: in.Address, Schedule: in.Schedule}
	if err := h.Check(org); err != nil {
		return nil, fault.New("validation_failed").Field("name").Say("大厅信息有误").Because(err)
	}
	return s.Catalogue.ChangeHall(ctx, h.ID, func() *model.Hall { return h }, func(h *model.Hall) error {
		if len(h.Steps) > 0 {
			return fault.New("transition_not_allowed").Say("编号刚被占用，请重试")
		}
		h.Added(in.Reason, who, now)
		return nil
	})
}

// freeID is the next number of a region's halls.
func (s *Service) freeID(region string) string {
	for n := 1; ; n++ {
		id := fmt.Sprintf("hall-%s-%d", region, n)
		if _, taken := s.Catalogue.Hall(id); !taken {
			return id
		}
	}
}

func (s *Service) schedule(code string) error {
	if _, ok := s.Catalogue.Schedules()[code]; !ok {
		return fault.New("validation_failed").Field("schedule").Say("没有时段模板 " + code)
	}
	return nil
}

// change changes a hall that the caller may keep.
func (s *Service) change(ctx context.Context, who model.Actor, id string, do func(*model.Hall) error) (*model.Hall, error) {
	if _, err := s.Hall(who, id); err != nil {
		return nil, err
	}
	return s.Catalogue.ChangeHall(ctx, id, nil, do)
}

// EditHall changes a hall itself: its name, its weekly schedule, whether it is in use.
func (s *Service) EditHall(ctx context.Context, who model.Actor, id string, e model.HallEdit, reason string) (*model.Hall, error) {
	if e.Schedule != nil {
		if err := s.schedule(*e.Schedule); err != nil {
			return nil, err
		}
	}
	return s.change(ctx, who, id, func(h *model.Hall) error { h.Edit(e, reason, who, s.Clock.Now()); return nil })
}

// PutWindow adds a window, or changes the one with its number.
func (s *Service) PutWindow(ctx context.Context, who model.Actor, hall string, w model.Window, displace bool, reason string) (*model.Hall, error) {
	return s.change(ctx, who, hall, func(h *model.Hall) error {
		w.ID = hall + "-" + w.Number
		if old, ok := h.Window(w.Number); ok {
			w.ID = old.ID
		}
		return h.PutWindow(w, displace, reason, who, s.Clock.Now())
	})
}

// Close shuts a hall on a date; a dry run only counts whom it displaces.
func (s *Service) Close(ctx context.Context, who model.Actor, hall string, c model.Closure, dry bool) (displaced int, err error) {
	h, err := s.Hall(who, hall)
	if err != nil {
		return 0, err
	}
	then := *h
	if err := then.Close(c, who, s.Clock.Now()); err != nil {
		return 0, err
	}
	if displaced, err = s.Bookings.Shut(ctx, &then, c.Date, c.Date); err != nil || dry {
		return displaced, err
	}
	_, err = s.change(ctx, who, hall, func(h *model.Hall) error { return h.Close(c, who, s.Clock.Now()) })
	return displaced, err
}

// Reopen takes a closure back.
func (s *Service) Reopen(ctx context.Context, who model.Actor, hall, id, reason string) (*model.Hall, error) {
	return s.change(ctx, who, hall, func(h *model.Hall) error { return h.Reopen(id, reason, who, s.Clock.Now()) })
}

// OpenExtra adds hours on a date.
func (s *Service) OpenExtra(ctx context.Context, who model.Actor, hall string, o model.Opening) (*model.Hall, error) {
	return s.change(ctx, who, hall, func(h *model.Hall) error { return h.OpenExtra(o, who, s.Clock.Now()) })
}

// DropExtra takes extra hours back.
func (s *Service) DropExtra(ctx context.Context, who model.Actor, hall, id, reason string) (*model.Hall, error) {
	return s.change(ctx, who, hall, func(h *model.Hall) error { return h.DropExtra(id, reason, who, s.Clock.Now()) })
}

// Schedules lists the weekly schedules (时段模板) in the order of their codes.
func (s *Service) Schedules() []model.Schedule {
	var out []model.Schedule
	for _, x := range s.Catalogue.Schedules() {
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b model.Schedule) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// PutSchedule adds a weekly schedule or changes one; whoever is booked in hours that are no more is displaced.
func (s *Service) PutSchedule(ctx context.Context, who model.Actor, x model.Schedule, reason string) error {
	if err := s.bureau(who); err != nil {
		return err
	}
	if err := x.Check(); err != nil {
		return fault.New("validation_failed").Field("weekly").Say("时段模板有误：" + err.Error()).Because(err)
	}
	_, err := s.Catalogue.ChangeSettings(ctx, func(set *standard.Settings) error { set.PutSchedule(x, reason, who, s.Clock.Now()); return nil })
	return err
}

// ScheduleChanged has the places in the halls that follow a schedule looked at again: the outbox.Handler of standard.KindSchedule.
func (s *Service) ScheduleChanged(ctx context.Context, _ string, e model.Event) error {
	if err := s.Catalogue.Reload(ctx); err != nil { // this process may not have looked since
		return err
	}
	for _, h := range s.Catalogue.EveryHall() {
		if h.Schedule != e.Ref["schedule"] {
			continue
		}
		_, err := s.Catalogue.ChangeHall(ctx, h.ID, nil, func(h *model.Hall) error {
			if !h.Rescheduled(e.ID, s.Clock.Now()) {
				return store.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) bureau(who model.Actor) error {
	if who.Region != s.Catalogue.Rollout().Home() {
		return fault.New("forbidden").Say("由市级统一维护")
	}
	return nil
}

// PutOrganisation adds an organisation or changes one. One that items or halls depend on keeps its part.
func (s *Service) PutOrganisation(ctx context.Context, who model.Actor, o model.Organisation, reason string) (model.Organisation, error) {
	if err := s.bureau(who); err != nil {
		return o, err
	}
	if _, err := s.Catalogue.Regions.Lookup("region", o.Region); err != nil {
		return o, err
	}
	if s.Catalogue.DepartmentName(o.Department) == "" {
		return o, fault.New("validation_failed").Field("department").Say("没有条线 " + o.Department)
	}
	o.ID = model.OrgID(o.Region, o.Department)
	then, err := s.Catalogue.Orgs().With(o)
	if err != nil {
		return o, fault.New("validation_failed").Say("单位设置有误：收件与审批须分设，上级须存在").Because(err)
	}
	if err := s.dependents(o, then); err != nil {
		return o, err
	}
	_, err = s.Catalogue.ChangeSettings(ctx, func(set *standard.Settings) error { set.PutOrganisation(o, reason, who, s.Clock.Now()); return nil })
	return o, err
}

// dependents refuses to take from an organisation what items on offer or its halls need it for.
func (s *Service) dependents(o model.Organisation, then *model.Organisations) error {
	if !o.Does(model.OrgReceives) {
		for _, h := range s.Catalogue.EveryHall() {
			if h.Organisation == o.ID && !h.Inactive {
				return fault.New("validation_failed").Field("roles").Say("该单位还有在用的大厅，不能取消收件").With("hall", h.ID)
			}
		}
	}
	for _, it := range s.Catalogue.Items(model.ItemFilter{To: o.Region, Department: o.Department}) {
		if !it.HandledIn(o.Region) {
			continue
		}
		if _, err := then.Decider(it, o.Region); err != nil {
			return fault.New("validation_failed").Field("roles").Say("该单位还办理着事项，请先下架或退出承接").With("item_code", it.Code)
		}
	}
	return nil
}
