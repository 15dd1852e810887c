package citizen

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model/api/citizen"
	"kuacheng/model/kiosk"
)

// GetKioskLogin shows the machine whose code was scanned.
func (h *Handler) GetKioskLogin(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.KioskLoginRef) (*citizen.KioskLogin, error) {
		return kioskLogin(h.Kiosks.Scanned(ctx, in.Token))
	})
}

// ConfirmKioskLogin lets that machine act for the caller, or refuses it.
func (h *Handler) ConfirmKioskLogin(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.KioskConfirmRequest) (*citizen.KioskLogin, error) {
		return kioskLogin(h.Kiosks.Answer(ctx, door.Who(c), in.Token, in.Accept == nil || *in.Accept))
	})
}

func kioskLogin(l *kiosk.Login, err error) (*citizen.KioskLogin, error) {
	if err != nil {
		return nil, err
	}
	return &citizen.KioskLogin{State: string(l.State), Place: l.Place, ExpiresAt: show.Time(l.Expires)}, nil
}
