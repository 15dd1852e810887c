// Package citizen answers applicants, in the mini-program and the app.
package citizen

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/matter"
	"kuacheng/biz/notice"
	"kuacheng/biz/picture"
	"kuacheng/biz/problem"
	"kuacheng/biz/seal"
	"kuacheng/biz/token"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
)

// Handler answers this door's requests.
type Handler struct {
	Accounts  *account.Service
	Bookings  *booking.Service
	Catalogue *catalogue.Catalogue
	Matters   *matter.Service
	Notices   *notice.Service
	Dossier   *dossier.Desk
	Keeper    *seal.Keeper
	Drawer    *token.Drawer
	Pictures  *picture.Service
	Problems  *problem.Service
	Kiosks    *kiosk.Service

	// Tapped, in the sandbox, tells WeChat's stand-in what the person answered to its prompt. The real one knows.
	Tapped func(a *model.Applicant, accepted, rejected []string)
}

// LoginWechat signs in by the code of wx.login.
func (h *Handler) LoginWechat(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.LoginRequest) (*citizen.LoginAnswer, error) {
		return shownLogin(h.Accounts.LoginWechat(ctx, in.Code))
	})
}

// LoginApp signs in by the app's code.
func (h *Handler) LoginApp(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.LoginRequest) (*citizen.LoginAnswer, error) {
		return shownLogin(h.Accounts.LoginApp(ctx, in.Code))
	})
}

// Refresh exchanges a refresh token.
func (h *Handler) Refresh(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.RefreshRequest) (*citizen.LoginAnswer, error) {
		return shownLogin(h.Accounts.Refresh(ctx, in.RefreshToken))
	})
}

func shownLogin(l account.Login, err error) (*citizen.LoginAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &citizen.LoginAnswer{
		Token: l.Token, ExpiresAt: show.Time(l.Expires), RefreshToken: l.Refresh, Applicant: applicant(l.Applicant),
	}, nil
}

func applicant(a *model.Applicant) *citizen.Applicant {
	return &citizen.Applicant{
		ID: a.ID, Verified: a.Verified(), Name: a.Person.NameMask, Phone: a.Person.PhoneMask,
		IDType: string(a.Person.IDType), IDNumber: a.Person.IDMask, IdentityLevel: int32(a.IdentityLevel),
	}
}

// GetMe shows the person's own account, masked.
func (h *Handler) GetMe(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*citizen.MeAnswer, error) {
		a, err := h.Accounts.Get(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		return h.me(ctx, a)
	})
}

func (h *Handler) me(ctx context.Context, a *model.Applicant) (*citizen.MeAnswer, error) {
	blocked, err := h.Bookings.Blocked(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	return &citizen.MeAnswer{Applicant: applicant(a), Credits: credits(a.Credits), BookingBlockedUntil: show.Time(blocked)}, nil
}

func credits(in map[string]int) map[string]int32 {
	out := map[string]int32{}
	for k, n := range in {
		out[k] = int32(n)
	}
	return out
}

// VerifyIdentity matches name and number.
func (h *Handler) VerifyIdentity(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.IdentityRequest) (*citizen.MeAnswer, error) {
		a, err := h.Accounts.Verify(ctx, door.Who(c).ID, account.Claim{Name: in.Name, IDType: in.IDType, IDNumber: in.IDNumber, Phone: in.Phone})
		if err != nil {
			return nil, err
		}
		return h.me(ctx, a)
	})
}

// SetPhone keeps the number that the person has confirmed to WeChat.
func (h *Handler) SetPhone(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.PhoneRequest) (*citizen.MeAnswer, error) {
		a, err := h.Accounts.SetPhone(ctx, door.Who(c).ID, in.Code)
		if err != nil {
			return nil, err
		}
		return h.me(ctx, a)
	})
}

// Subscribe counts what the person answered to WeChat's prompt.
func (h *Handler) Subscribe(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.SubscribeRequest) (*citizen.SubscribeAnswer, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		left, err := h.Accounts.Subscribe(ctx, door.Who(c).ID, in.Accepted, in.Rejected, request)
		if err != nil {
			return nil, err
		}
		if h.Tapped != nil {
			if err := h.tapped(ctx, door.Who(c).ID, in); err != nil {
				return nil, err
			}
		}
		return &citizen.SubscribeAnswer{Credits: credits(left)}, nil
	})
}

func (h *Handler) tapped(ctx context.Context, id string, in *citizen.SubscribeRequest) error {
	a, err := h.Accounts.Get(ctx, id)
	if err == nil {
		h.Tapped(a, in.Accepted, in.Rejected)
	}
	return err
}
