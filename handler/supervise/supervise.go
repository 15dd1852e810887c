// Package supervise answers the city's data bureau and the county offices.
package supervise

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/matter"
	"kuacheng/biz/peer"
	"kuacheng/biz/wechat"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/api/supervise"
	"kuacheng/model/api/view"
)

// Handler answers this door's requests.
type Handler struct {
	Matters *matter.Service
	Dossier *dossier.Desk
	Queues  jobs.Admin
	Peers   *peer.Service

	Catalogue *catalogue.Catalogue
	Posters   *wechat.Posters
}

// ListMatters lists the matters that the supervisor's region answers for, the most urgent first.
func (h *Handler) ListMatters(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *supervise.MattersRequest) (*view.MatterPage, error) {
		f := matter.Filter{State: in.State, Light: in.Light, Limit: door.Limit(in.Limit), Cursor: in.Cursor}
		if in.Overdue {
			f.Light = string(model.LightOverdue)
		}
		who := door.Who(c)
		page, err := h.Matters.Region(ctx, who.Region, f)
		if err != nil {
			return nil, err
		}
		return h.Dossier.Lines(ctx, page.Items, page.Next, who)
	})
}

// GetMatter shows a matter.
func (h *Handler) GetMatter(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*view.Matter, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		return h.Dossier.Matter(ctx, m, door.Who(c))
	})
}

// Lose notes that the carrier has confirmed a loss.
func (h *Handler) Lose(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *supervise.LoseRequest) (*view.Matter, error) {
		m, err := h.Matters.Act(ctx, in.No, model.Step{Event: model.EvLose, Actor: door.Who(c), Why: model.ScrubNumbers(in.Note)})
		if err != nil {
			return nil, err
		}
		return h.Dossier.Matter(ctx, m, door.Who(c))
	})
}
