package supervise

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/supervise"
	"kuacheng/model/api/view"
)

// ListPeers shows how the exchange with each other city's system goes.
func (h *Handler) ListPeers(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*supervise.PeerCities, error) { return h.peers(ctx) })
}

// ComparePeer asks for a comparison now.
func (h *Handler) ComparePeer(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *supervise.PeerRef) (*supervise.PeerCities, error) {
		if err := h.Peers.Compare(ctx, in.Region); err != nil {
			return nil, err
		}
		return h.peers(ctx)
	})
}

func (h *Handler) peers(ctx context.Context) (*supervise.PeerCities, error) {
	talks, err := h.Peers.Talks(ctx)
	if err != nil {
		return nil, err
	}
	list := &supervise.PeerCities{Items: []*supervise.PeerCity{}}
	for _, t := range talks {
		p := &supervise.PeerCity{
			Region: t.Region, Name: h.Peers.Name(t.Region), Linked: t.Linked, HeardAt: show.When(t.HeardAt), AnsweredAt: show.When(t.AnsweredAt),
			FailedAt: show.When(t.FailedAt), Failure: t.Failure,
		}
		if r := t.Report; r != nil {
			p.Report = &supervise.PeerReport{
				At: show.Time(r.At), Compared: int32(r.Compared), Equal: int32(r.Equal), Repaired: int32(r.Repaired), Open: int32(r.Open),
			}
		}
		list.Items = append(list.Items, p)
	}
	return list, nil
}

// ListPeerDifferences lists the matters on which this city and another do not agree.
func (h *Handler) ListPeerDifferences(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *supervise.PeerDifferencesRequest) (*supervise.PeerDiffersPage, error) {
		page, err := h.Peers.Differences(ctx, in.Region, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		list := &supervise.PeerDiffersPage{Items: []*supervise.PeerDiffers{}, NextCursor: page.Next}
		for _, l := range page.Items {
			d := l.Differs
			list.Items = append(list.Items, &supervise.PeerDiffers{
				MatterNo: l.ID, What: d.What, Text: model.DifferenceName(d.What), Detail: d.Detail, Ours: string(d.Ours), Theirs: string(d.Theirs),
				Since: show.Time(d.Since),
			})
		}
		return list, nil
	})
}
