package supervise

import (
	"context"
	"errors"
	"time"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/wechat"
	"kuacheng/handler/door"
	"kuacheng/model/api/supervise"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// Where a poster's code leads: the page is told by the scene what to show.
const (
	hallPage = "pages/hall/detail"
	itemPage = "pages/item/detail"
)

// GetHallCode draws the mini-program code of a hall's poster.
func (h *Handler) GetHallCode(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *view.IDRef) (string, []byte, error) {
		hall, ok := h.Catalogue.Hall(in.ID)
		if !ok {
			return "", nil, fault.New("not_found")
		}
		return h.poster(ctx, wechat.Poster{Page: hallPage, Scene: "h=" + hall.ID})
	})
}

// GetItemCode draws the mini-program code of an item's poster.
func (h *Handler) GetItemCode(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *supervise.ItemCodeRequest) (string, []byte, error) {
		item, ok := h.Catalogue.Item(in.Code)
		if !ok {
			return "", nil, fault.New("not_found")
		}
		return h.poster(ctx, wechat.Poster{Page: itemPage, Scene: "i=" + item.Code})
	})
}

func (h *Handler) poster(ctx context.Context, p wechat.Poster) (string, []byte, error) {
	drawn, err := h.Posters.PNG(ctx, p)
	var e *wechat.Error
	switch {
	case errors.As(err, &e) && e.Class == wechat.ClassLimit:
		return "", nil, fault.New("too_many_requests").After(e.RetryAfter).Because(err)
	case err != nil:
		return "", nil, fault.New("unavailable").Say("微信暂时不可用，请稍后再试").After(10 * time.Second).Because(err)
	}
	return "image/png", drawn, nil
}
