package privacy

import (
	"context"
	"io"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/handler/web"
	api "kuacheng/model/api/privacy"
	"kuacheng/model/api/view"
	"kuacheng/model/trust"
)

// GetData lists what is held of the caller.
func (h *Handler) GetData(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.DataAnswer, error) {
		held, err := h.Data.List(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		v := &api.DataAnswer{Items: make([]*api.Holding, 0, len(held.Kinds)), Locked: make([]*api.Lock, 0, len(held.Locked))}
		for _, k := range held.Kinds {
			v.Items = append(v.Items, &api.Holding{Kind: k.Key, Title: k.Title, Count: k.Count, Why: k.Why, Kept: k.Kept, Locked: int32(k.Locked)})
		}
		for _, l := range held.Locked {
			v.Locked = append(v.Locked, &api.Lock{MatterNo: l.Matter, Item: l.Item, State: l.State, Why: l.Why, Until: show.Time(l.Until)})
		}
		last, err := h.Data.Last(ctx, door.Who(c).ID)
		if err == nil && last != nil {
			v.Export = h.export(last)
		}
		return v, err
	})
}

// AskExport begins a copy of all that is held of the caller.
func (h *Handler) AskExport(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(*api.AskExportRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		return h.Data.Ask(ctx, door.Who(c).ID, request, func(e *trust.Export) ([]byte, error) { return door.Render(h.export(e)) })
	})
}

// GetExport shows one of the caller's copies.
func (h *Handler) GetExport(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Export, error) {
		e, err := h.Data.Get(ctx, door.Who(c).ID, in.ID)
		if err != nil {
			return nil, err
		}
		return h.export(e), nil
	})
}

// RenewExportLink gives a copy a new link after the last one was used.
func (h *Handler) RenewExportLink(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Export, error) {
		e, err := h.Data.Renew(ctx, door.Who(c).ID, in.ID)
		if err != nil {
			return nil, err
		}
		return h.export(e), nil
	})
}

// GetExportFile gives a copy, once for each link.
func (h *Handler) GetExportFile(ctx context.Context, c *app.RequestContext) {
	in, err := bind.Params[api.ExportFileRequest](c)
	var content io.Reader
	var size int64
	if err == nil {
		content, size, err = h.Data.Open(ctx, door.Who(c).ID, in.ID, in.Ticket)
	}
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	c.Header("Content-Type", "application/zip")
	c.Header("Content-Disposition", `attachment; filename="my-data.zip"`)
	c.Header("Cache-Control", "private, no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.SetBodyStream(content, int(size))
}

func (h *Handler) export(e *trust.Export) *api.Export {
	v := &api.Export{
		ID: e.ID, State: string(e.State), StateName: e.State.Name(), AskedAt: show.Time(e.Asked), ReadyAt: show.When(e.Ready), Until: show.When(e.Until),
		Size: e.Size, FetchedAt: []string{},
	}
	if ticket := h.Data.Ticket(e); ticket != "" {
		v.URL = "/api/v1/me/data/exports/" + e.ID + "/file?ticket=" + ticket
	}
	for _, at := range e.Fetched {
		v.FetchedAt = append(v.FetchedAt, show.Time(at))
	}
	return v
}
