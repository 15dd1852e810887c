package privacy

import (
	"context"
	"slices"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/kiosk"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	api "kuacheng/model/api/privacy"
	"kuacheng/model/api/view"
	machines "kuacheng/model/kiosk"
)

// ListSessions shows where the caller is signed in, at machines too.
func (h *Handler) ListSessions(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.SessionList, error) {
		sessions, err := h.Accounts.Sessions(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		logins, err := h.Kiosks.SignedIn(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		v := &api.SessionList{Items: make([]*api.Session, 0, len(sessions)+len(logins))}
		for _, s := range sessions {
			device := s.Device
			if device == "" {
				device = "other"
			}
			v.Items = append(v.Items, &api.Session{
				ID: s.ID, Device: device, FirstSeen: show.Time(s.CreatedAt), LastSeen: show.Time(s.SeenAt), ExpiresAt: show.Time(s.ExpiresAt),
				Current: s.ID == door.Session(c),
			})
		}
		for _, l := range logins {
			v.Items = append(v.Items, &api.Session{
				ID: l.ID, Device: "kiosk", Place: l.Place, FirstSeen: show.Time(l.Made), LastSeen: show.Time(l.Used), ExpiresAt: show.Time(l.Made.Add(machines.MostOf)),
			})
		}
		// Of one form and one zone, so the later text is the later time.
		slices.SortStableFunc(v.Items, func(a, b *api.Session) int { return strings.Compare(b.FirstSeen, a.FirstSeen) })
		return v, nil
	})
}

// RevokeSession signs the caller off elsewhere, or here.
func (h *Handler) RevokeSession(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*view.Nothing, error) {
		if kiosk.IsLogin(in.ID) {
			return &view.Nothing{}, h.Kiosks.SignOff(ctx, door.Who(c).ID, in.ID)
		}
		return &view.Nothing{}, h.Accounts.Revoke(ctx, door.Who(c).ID, in.ID)
	})
}

// RevokeOthers signs the caller off everywhere but here.
func (h *Handler) RevokeOthers(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.RevokedAnswer, error) {
		n, err := h.Accounts.RevokeOthers(ctx, door.Who(c).ID, door.Session(c))
		if err != nil {
			return nil, err
		}
		at, err := h.Kiosks.SignOffAll(ctx, door.Who(c).ID)
		return &api.RevokedAnswer{Ended: int32(n + at)}, err
	})
}
