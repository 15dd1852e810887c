// Package staff answers what all who work here need: signing in, a matter's trail, one unmasked datum with its
// reason.
package staff

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/biz/matter"
	"kuacheng/biz/notice"
	"kuacheng/biz/problem"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/staff"
	"kuacheng/model/api/view"
)

// Handler answers this door's requests.
type Handler struct {
	Accounts *account.Service
	Matters  *matter.Service
	Notices  *notice.Service
	Dossier  *dossier.Desk
	Show     *show.Shower
	Problems *problem.Service
}

// Login signs a member of staff in.
func (h *Handler) Login(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.LoginRequest) (*staff.LoginAnswer, error) {
		s, err := h.Accounts.StaffLogin(ctx, in.Username, in.Password, c.ClientIP())
		if err != nil {
			return nil, err
		}
		return h.entered(s), nil
	})
}

func (h *Handler) entered(s account.StaffSession) *staff.LoginAnswer {
	return &staff.LoginAnswer{Token: s.Token, ExpiresAt: show.Time(s.Expires), Staff: h.member(s.Staff, s.Name), MustChange: s.Staff.OneTime}
}

// ChangePassword sets the caller's own password.
func (h *Handler) ChangePassword(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.ChangePasswordRequest) (*staff.LoginAnswer, error) {
		s, err := h.Accounts.ChangePassword(ctx, door.Who(c).ID, in.OldPassword, in.NewPassword, c.ClientIP())
		if err != nil {
			return nil, err
		}
		return h.entered(s), nil
	})
}

func (h *Handler) member(s *model.Staff, name string) *staff.Member {
	return &staff.Member{ID: s.ID, Name: name, Role: string(s.Role), Org: h.Show.Org(s.Org), Lead: s.Lead, Hall: h.Show.Hall(s.Hall), Windows: s.Windows}
}

// GetMe shows the caller's own account.
func (h *Handler) GetMe(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*staff.MeAnswer, error) {
		s, name, err := h.Accounts.Staff(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		return &staff.MeAnswer{Staff: h.member(s, name)}, nil
	})
}

// GetTrail shows a matter's trail and whether its hash chain holds.
func (h *Handler) GetTrail(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*staff.TrailAnswer, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		verified, _ := model.VerifyTrail(m)
		return &staff.TrailAnswer{Verified: verified, Items: h.Show.Trail(m)}, nil
	})
}

// Reveal shows one datum unmasked; who, what and why stand on the trail before it is answered.
func (h *Handler) Reveal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.RevealRequest) (*staff.RevealAnswer, error) {
		value, err := h.Matters.Reveal(ctx, door.Who(c), in.No, in.Field, in.Reason)
		if err != nil {
			return nil, err
		}
		return &staff.RevealAnswer{Field: in.Field, Value: value}, nil
	})
}
