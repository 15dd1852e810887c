package callbacks

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/protocol/consts"

	"kuacheng/biz/peer"
	"kuacheng/biz/signature"
	"kuacheng/handler/bind"
	"kuacheng/handler/web"
	"kuacheng/model/api/callbacks"
	"kuacheng/model/fault"
)

// Peer takes the events of another city's system and says of each what became of it. A body is not read before its
// headers name a key of that city.
func (h *Handler) Peer(ctx context.Context, c *app.RequestContext) {
	in, err := bind.Params[callbacks.PeerRequest](c)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	get := func(name string) string { return string(c.Request.Header.Peek(name)) }
	if !h.Peers.Admits(in.Region, get(signature.HeaderKey)) {
		web.Fail(ctx, c, fault.New("key_unknown"))
		return
	}
	body, err := bind.Body(c, peer.MaxBody)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	results, err := h.Peers.Receive(ctx, in.Region, get, body)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	c.JSON(consts.StatusOK, map[string]any{"results": results})
}
