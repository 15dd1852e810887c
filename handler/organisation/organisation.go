// Package organisation answers those who keep what stands in the city: organisations, halls, windows, hours.
package organisation

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/premises"
	"kuacheng/biz/seal"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/organisation"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// Handler answers this door's requests.
type Handler struct {
	Premises *premises.Service
	Show     *show.Shower
	Keeper   *seal.Keeper
}

// ListOrgs lists the organisations of a region and below.
func (h *Handler) ListOrgs(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.HallsRequest) (*api.Organisations, error) {
		regions := h.Premises.Catalogue.Regions
		if in.Region != "" {
			if _, err := regions.Lookup("region", in.Region); err != nil {
				return nil, err
			}
		}
		v := &api.Organisations{Items: []*api.Organisation{}}
		for _, o := range h.Premises.Catalogue.Orgs().All() {
			if in.Region == "" || regions.Covers(in.Region, o.Region) {
				v.Items = append(v.Items, organisation(o))
			}
		}
		return v, nil
	})
}

// PutOrg adds an organisation or changes one.
func (h *Handler) PutOrg(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PutOrgRequest) (*api.Organisation, error) {
		o, err := h.Premises.PutOrganisation(ctx, door.Who(c), model.Organisation{
			Name: in.Name, Short: in.Short, Region: in.Region, Department: in.Department, Roles: in.Roles, Parent: in.Parent,
		}, model.ScrubNumbers(in.Reason))
		if err != nil {
			return nil, err
		}
		return organisation(o), nil
	})
}

func organisation(o model.Organisation) *api.Organisation {
	return &api.Organisation{ID: o.ID, Name: o.Name, Short: o.Short, Region: o.Region, Department: o.Department, Roles: o.Roles, Parent: o.Parent}
}

// ListHalls lists halls, closed ones too.
func (h *Handler) ListHalls(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.HallsRequest) (*api.Halls, error) {
		halls, err := h.Premises.Halls(door.Who(c), in.Region)
		if err != nil {
			return nil, err
		}
		v := &api.Halls{Items: []*api.Hall{}}
		for _, x := range halls {
			v.Items = append(v.Items, h.hall(x))
		}
		return v, nil
	})
}

// GetHall gives a hall.
func (h *Handler) GetHall(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Hall, error) { return h.shown(h.Premises.Hall(door.Who(c), in.ID)) })
}

// AddHall opens a hall.
func (h *Handler) AddHall(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *api.AddHallRequest) (*api.Hall, error) {
		return h.shown(h.Premises.AddHall(ctx, door.Who(c), premises.NewHall{
			Name: in.Name, Region: in.Region, Address: in.Address, Schedule: in.Schedule, Reason: model.ScrubNumbers(in.Reason),
		}))
	})
}

// EditHall changes a hall itself.
func (h *Handler) EditHall(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.EditHallRequest) (*api.Hall, error) {
		e := model.HallEdit{Name: in.Name, Address: in.Address, Schedule: in.Schedule, Inactive: in.Inactive}
		if b := in.Booking; b != nil {
			e.Booking = &model.BookingOverride{
				AheadDays: wide(b.AheadDays), CutoffMinutes: wide(b.CutoffMinutes), CancelUntilMinutes: wide(b.CancelUntilMinutes),
				CheckInBefore: wide(b.CheckInBeforeMinutes), CheckInAfter: wide(b.CheckInAfterMinutes),
			}
		}
		return h.shown(h.Premises.EditHall(ctx, door.Who(c), in.ID, e, model.ScrubNumbers(in.Reason)))
	})
}

func wide(n *int32) *int {
	if n == nil {
		return nil
	}
	x := int(*n)
	return &x
}

func narrow(n *int) *int32 {
	if n == nil {
		return nil
	}
	x := int32(*n)
	return &x
}

// ListWindows lists a hall's windows.
func (h *Handler) ListWindows(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.HallIDRequest) (*api.Windows, error) {
		v, err := h.shown(h.Premises.Hall(door.Who(c), in.HallID))
		if err != nil {
			return nil, err
		}
		return &api.Windows{Items: v.Windows}, nil
	})
}

// PutWindow adds a window or changes one.
func (h *Handler) PutWindow(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PutWindowRequest) (*api.Hall, error) {
		w := model.Window{
			Number: in.Number, Name: in.Name, Floor: in.Floor, CrossCity: in.CrossCity, Departments: in.Departments,
			Capacity: int(in.Capacity), Closed: in.Closed,
		}
		return h.shown(h.Premises.PutWindow(ctx, door.Who(c), in.HallID, w, in.Displace, model.ScrubNumbers(in.Reason)))
	})
}

// ListClosures lists a hall's closures from today on.
func (h *Handler) ListClosures(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.HallIDRequest) (*api.Closures, error) {
		v, err := h.shown(h.Premises.Hall(door.Who(c), in.HallID))
		if err != nil {
			return nil, err
		}
		return &api.Closures{Items: v.Closures}, nil
	})
}

// Close shuts a hall on a date, or counts whom that would displace.
func (h *Handler) Close(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *api.CloseRequest) (*api.CloseAnswer, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		x := model.Closure{ID: request.ID("cl"), Date: model.Date(in.Date), Reason: model.ScrubNumbers(in.Reason)}
		if (in.From == "") != (in.Until == "") {
			return nil, fault.New("validation_failed").Field("until").Say("请同时填写起止时间，或都不填为全天")
		}
		if in.From != "" {
			x.Period = &model.Period{From: minutes(in.From), Until: minutes(in.Until)}
		}
		n, err := h.Premises.Close(ctx, door.Who(c), in.HallID, x, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &api.CloseAnswer{ID: x.ID, Displaced: int32(n), DryRun: in.DryRun}, nil
	})
}

// Reopen takes a closure back.
func (h *Handler) Reopen(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.LiftRequest) (*api.Hall, error) {
		return h.shown(h.Premises.Reopen(ctx, door.Who(c), in.HallID, in.ID, model.ScrubNumbers(in.Reason)))
	})
}

// OpenExtra adds hours on a date.
func (h *Handler) OpenExtra(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.OpenRequest) (*api.Hall, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		o := model.Opening{ID: request.ID("op"), Date: model.Date(in.Date), Periods: periods(in.Hours), Reason: model.ScrubNumbers(in.Reason)}
		return h.shown(h.Premises.OpenExtra(ctx, door.Who(c), in.HallID, o))
	})
}

// DropExtra takes extra hours back.
func (h *Handler) DropExtra(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.LiftRequest) (*api.Hall, error) {
		return h.shown(h.Premises.DropExtra(ctx, door.Who(c), in.HallID, in.ID, model.ScrubNumbers(in.Reason)))
	})
}

// ListSchedules lists the weekly schedules.
func (h *Handler) ListSchedules(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.Schedules, error) { return h.schedules(), nil })
}

// PutSchedule adds a weekly schedule or changes one.
func (h *Handler) PutSchedule(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PutScheduleRequest) (*api.Schedules, error) {
		x := model.Schedule{
			Code: in.Schedule.Code, Name: in.Schedule.Name, SlotMinutes: int(in.Schedule.SlotMinutes), Weekly: map[string][]model.Period{},
			ClosedOnHolidays: in.Schedule.ClosedOnHolidays, MakeUpAs: in.Schedule.MakeUpAs,
		}
		for day, hours := range in.Schedule.Weekly {
			x.Weekly[day] = periods(hours)
		}
		if err := h.Premises.PutSchedule(ctx, door.Who(c), x, model.ScrubNumbers(in.Reason)); err != nil {
			return nil, err
		}
		return h.schedules(), nil
	})
}
