// Package callbacks answers other systems that tell what happened. Nothing is believed before its signature.
package callbacks

import (
	"context"
	"net/http"
	"net/url"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/parcel"
	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/peer"
	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/push"
	"kuacheng/handler/bind"
	"kuacheng/handler/web"
	"kuacheng/model"
	"kuacheng/model/api/callbacks"
)

// maxPush is the most that any carrier may push; each carrier's own limit is smaller or equal.
const maxPush = 1 << 20

// Handler answers this door's requests.
type Handler struct {
	Parcels *parcel.Service
	Peers   *peer.Service
	WeChat  *push.Service
}

// WechatEcho proves to WeChat's console that the address is ours.
func (h *Handler) WechatEcho(_ context.Context, c *app.RequestContext) {
	tell(c, h.WeChat.Echo(query(c)))
}

// WechatPush takes what WeChat pushes.
func (h *Handler) WechatPush(ctx context.Context, c *app.RequestContext) {
	body, err := bind.Body(c, wechat.MaxPush)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	tell(c, h.WeChat.Receive(ctx, query(c), body))
}

// tell answers in plain text whatever was asked: an echo must not become a page.
func tell(c *app.RequestContext, r push.Reply) {
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(r.Status, "text/plain; charset=utf-8", []byte(r.Body))
}

// Courier takes a courier's push and answers in that courier's own words.
func (h *Handler) Courier(ctx context.Context, c *app.RequestContext) {
	in, err := bind.Params[callbacks.CourierRequest](c)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	body, err := bind.Body(c, maxPush)
	if err != nil {
		body = make([]byte, maxPush+1) // so that the carrier's own refusal of a long body is answered
	}
	reply := h.Parcels.Receive(ctx, model.Carrier(in.Carrier), courier.Request{
		Header: header(c), Query: query(c), ContentType: string(c.Request.Header.ContentType()), Body: body,
		From: c.ClientIP(), ID: web.RequestID(c),
	})
	c.Data(reply.Status, reply.ContentType, reply.Body)
}

func header(c *app.RequestContext) http.Header {
	h := http.Header{}
	c.Request.Header.VisitAll(func(k, v []byte) { h.Add(string(k), string(v)) })
	return h
}

func query(c *app.RequestContext) url.Values {
	q, err := url.ParseQuery(string(c.Request.URI().QueryString()))
	if err != nil {
		return url.Values{}
	}
	return q
}
