package bureau

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	api "kuacheng/model/api/bureau"
	"kuacheng/model/api/view"
	"kuacheng/model/kiosk"
)

// RegisterDevice makes a machine known; its key is on this answer and on no other.
func (h *Handler) RegisterDevice(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *api.RegisterDeviceRequest) (*api.DeviceLine, error) {
		d, key, err := h.Kiosks.Register(ctx, door.Who(c), in.Kind, in.Region, in.Place, in.Org)
		if err != nil {
			return nil, err
		}
		v := h.device(d)
		v.Key = key
		return v, nil
	})
}

func (h *Handler) device(d *kiosk.Device) *api.DeviceLine {
	v := &api.DeviceLine{
		ID: d.ID, Kind: d.Kind, Region: d.Region, Place: d.Place, Org: h.Show.Org(d.Org), Active: d.Active, Paper: d.Paper, Trouble: d.Trouble,
	}
	if !d.Seen.IsZero() {
		v.SeenAt = show.Time(d.Seen)
	}
	return v
}

// ListDevices lists the machines of the supervisor's region.
func (h *Handler) ListDevices(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*api.DevicePage, error) {
		page, err := h.Kiosks.List(ctx, door.Who(c), door.Limit(in.Limit), in.Cursor)
		v := &api.DevicePage{Items: make([]*api.DeviceLine, 0, len(page.Items)), NextCursor: page.Next}
		for _, d := range page.Items {
			v.Items = append(v.Items, h.device(d))
		}
		return v, err
	})
}

// SwitchDevice puts a machine out of use or back into it.
func (h *Handler) SwitchDevice(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.SwitchDeviceRequest) (*api.DeviceLine, error) {
		d, err := h.Kiosks.Switch(ctx, door.Who(c), in.ID, in.Active)
		if err != nil {
			return nil, err
		}
		return h.device(d), nil
	})
}
