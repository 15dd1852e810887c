// Package personnel answers those who look after the accounts of the people who work here.
package personnel

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/personnel"
	"kuacheng/biz/seal"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/personnel"
	"kuacheng/model/api/view"
	rules "kuacheng/model/personnel"
)

// Handler answers this door's requests.
type Handler struct {
	Personnel *personnel.Service
	Dossier   *dossier.Desk
	Show      *show.Shower
	Keeper    *seal.Keeper
}

// ListStaff lists the accounts that are the caller's to look at; names are masked.
func (h *Handler) ListStaff(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.StaffRequest) (*api.StaffPage, error) {
		page, err := h.Personnel.List(ctx, door.Who(c), personnel.Filter{
			Org: in.Org, Role: in.Role, Disabled: in.State == "disabled", Limit: door.Limit(in.Limit), Cursor: in.Cursor,
		})
		v := &api.StaffPage{Items: make([]*api.StaffLine, 0, len(page.Items)), NextCursor: page.Next}
		for _, x := range page.Items {
			v.Items = append(v.Items, h.line(x))
		}
		return v, err
	})
}

func (h *Handler) line(x *model.Staff) *api.StaffLine {
	return &api.StaffLine{
		ID: x.ID, Name: x.NameMask, Role: string(x.Role), Org: h.Show.Org(x.Org), Hall: h.Show.Hall(x.Hall), Windows: x.Windows, Lead: x.Lead,
		Active: x.Active, MustChange: x.OneTime, CreatedAt: show.Time(x.CreatedAt), PasswordAt: show.Time(x.PasswordAt),
	}
}

// whole is an account with what was done to it.
func (h *Handler) whole(x *model.Staff, err error) (*api.StaffLine, error) {
	if err != nil {
		return nil, err
	}
	v := h.line(x)
	for _, s := range x.Steps {
		v.History = append(v.History, &api.StaffStep{
			At: show.Time(s.At), By: s.By, Role: string(s.Role), What: s.What, WhatName: rules.Name(s.What), Reason: s.Why, Data: s.Data,
		})
	}
	v.Handovers = h.handovers(x)
	return v, nil
}

func (h *Handler) handovers(x *model.Staff) []*api.StaffHandover {
	out := make([]*api.StaffHandover, 0, len(x.Handovers))
	for _, o := range x.Handovers {
		out = append(out, &api.StaffHandover{
			At: show.Time(o.At), By: o.By.ID, Reason: o.Why, Org: h.Show.Org(o.Org), Successor: o.Successor, Matters: int32(o.Matters),
			Done: o.Done != nil, DoneAt: show.When(o.Done),
		})
	}
	return out
}

// CreateStaff makes an account; its first password is on this answer and on no other.
func (h *Handler) CreateStaff(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.CreateStaffRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		return h.Personnel.Create(ctx, door.Who(c), personnel.Entry{
			Account: in.Account, Name: in.Name,
			Post: model.Post{Role: model.Role(in.Role), Org: in.Org, Hall: in.Hall, Windows: in.Windows, Lead: in.Lead},
		}, request, func(x *model.Staff, name, password string) ([]byte, error) {
			v := h.line(x)
			v.Name = name
			return door.Render(&api.StaffPassword{Staff: v, Password: password})
		})
	})
}

// GetStaff shows an account with its name and history.
func (h *Handler) GetStaff(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.StaffLine, error) {
		x, name, err := h.Personnel.Get(ctx, door.Who(c), in.ID)
		v, err := h.whole(x, err)
		if err == nil {
			v.Name = name
		}
		return v, err
	})
}

// MoveStaff gives an account another post.
func (h *Handler) MoveStaff(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.MoveStaffRequest) (*api.StaffLine, error) {
		return h.whole(h.Personnel.Move(ctx, door.Who(c), in.ID, personnel.Shift{
			Role: in.Role, Org: in.Org, Hall: in.Hall, Windows: in.Windows, Lead: in.Lead, Why: in.Reason, Successor: in.Successor,
		}))
	})
}

// ResetPassword gives an account a new first password.
func (h *Handler) ResetPassword(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.StaffReasonRequest) (*api.StaffPassword, error) {
		x, password, err := h.Personnel.Reset(ctx, door.Who(c), in.ID, in.Reason)
		if err != nil {
			return nil, err
		}
		return &api.StaffPassword{Staff: h.line(x), Password: password}, nil
	})
}

// DisableStaff cuts an account off.
func (h *Handler) DisableStaff(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.DisableStaffRequest) (*api.StaffLine, error) {
		return h.whole(h.Personnel.Disable(ctx, door.Who(c), in.ID, in.Reason, in.Successor))
	})
}

// EnableStaff lets an account in again.
func (h *Handler) EnableStaff(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.StaffReasonRequest) (*api.StaffLine, error) {
		return h.whole(h.Personnel.Enable(ctx, door.Who(c), in.ID, in.Reason))
	})
}

// GetWork shows what an account holds, and how far its hand-overs are.
func (h *Handler) GetWork(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.WorkRequest) (*api.StaffWork, error) {
		w, err := h.Personnel.Work(ctx, door.Who(c), in.ID, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		lines, err := h.Dossier.Lines(ctx, w.Matters.Items, w.Matters.Next, door.Who(c))
		if err != nil {
			return nil, err
		}
		v := &api.StaffWork{
			Staff: h.line(w.Staff), Held: int32(w.Held), Items: lines.Items, NextCursor: lines.NextCursor,
			Tickets: make([]*api.HeldTicket, 0, len(w.Tickets)), Handovers: h.handovers(w.Staff),
		}
		for _, b := range w.Tickets {
			v.Tickets = append(v.Tickets, &api.HeldTicket{ID: b.ID, Ticket: b.Ticket, MatterNo: b.Matter, State: string(b.State), Window: b.Window})
		}
		return v, nil
	})
}
