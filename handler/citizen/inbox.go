package citizen

import (
	"cmp"
	"context"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/protocol/sse"

	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/handler/web"
	"kuacheng/model"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
)

// ListInbox lists the person's notices, the newest first.
func (h *Handler) ListInbox(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*citizen.NoticePage, error) {
		page, err := h.Notices.Inbox(ctx, door.Who(c).ID, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &citizen.NoticePage{Items: []*citizen.Notice{}, NextCursor: page.Next}
		for _, n := range page.Items {
			v.Items = append(v.Items, shownNotice(n))
		}
		return v, nil
	})
}

func shownNotice(n *model.Notice) *citizen.Notice {
	v := &citizen.Notice{
		ID: n.ID, Template: cmp.Or(n.Template, n.Key), Title: n.Title, Text: n.Text, Ref: &citizen.NoticeRef{Kind: n.Ref.Kind, ID: n.Ref.ID},
		At: show.Time(n.At), ReadAt: show.When(n.ReadAt), Channels: []*citizen.NoticeChannel{},
	}
	for _, d := range n.Channels {
		v.Channels = append(v.Channels, &citizen.NoticeChannel{Channel: string(d.Channel), State: string(d.State), At: show.Time(d.At)})
	}
	return v
}

// ReadNotice notes that a notice has been read.
func (h *Handler) ReadNotice(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*citizen.Notice, error) {
		n, err := h.Notices.Read(ctx, door.Who(c).ID, in.ID)
		if err != nil {
			return nil, err
		}
		return shownNotice(n), nil
	})
}

// How often a stream looks for news, and how often it says that it is alive.
const (
	streamEvery = time.Second
	streamAlive = 20 * time.Second
)

// Stream tells the person's news as they come (Server-Sent Events): for each notice an event of what it is
// about (matter, booking, parcel) and then the notice. It goes on after Last-Event-ID.
func (h *Handler) Stream(ctx context.Context, c *app.RequestContext) {
	in, err := bind.Request[citizen.StreamRequest](c)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	follow, err := h.Notices.Follow(ctx, door.Who(c).ID, in.LastEventID)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	w := sse.NewWriter(c)
	defer w.Close()
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	for alive := time.Now(); ; {
		notices, err := follow.New(ctx)
		if err != nil {
			return // the client comes back with the last id
		}
		for _, n := range notices {
			if tellNotice(w, n) != nil {
				return
			}
			alive = time.Now()
		}
		if time.Since(alive) > streamAlive {
			if w.WriteKeepAlive() != nil {
				return
			}
			alive = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-web.Closing(ctx):
			return
		case <-tick.C:
		}
	}
}

func tellNotice(w *sse.Writer, n *model.Notice) error {
	if kind := n.Ref.Kind; kind == "matter" || kind == "booking" || kind == "parcel" {
		about, err := door.Render(map[string]string{"id": n.Ref.ID, "at": show.Time(n.At)})
		if err != nil {
			return err
		}
		if err := w.WriteEvent("", kind, about); err != nil {
			return err
		}
	}
	body, err := door.Render(shownNotice(n))
	if err != nil {
		return err
	}
	return w.WriteEvent(n.ID, "notice", body)
}
