// Package sandbox answers for WeChat, the couriers and time itself, where the configuration says sandbox.
package sandbox

import (
	"context"
	"time"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/clock"
	"kuacheng/biz/parcel/courier/standin"
	sms "kuacheng/biz/sms/standin"
	wechat "kuacheng/biz/wechat/standin"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/sandbox"
	"kuacheng/model/fault"
)

// Handler answers this door's requests.
type Handler struct {
	WeChat   *wechat.Server
	Couriers *standin.Server
	SMS      *sms.Server
	Clock    *clock.Movable
}

// WechatLogin gives a code as wx.login does.
func (h *Handler) WechatLogin(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *sandbox.WechatLoginRequest) (*sandbox.WechatLoginAnswer, error) {
		kind := wechat.MiniProgram
		switch in.Kind {
		case "app":
			kind = wechat.App
		case "phone":
			kind = wechat.PhoneNumber
		}
		h.WeChat.Bind(in.User, !in.Unbound)
		return &sandbox.WechatLoginAnswer{Code: h.WeChat.NewCode(in.User, kind)}, nil
	})
}

// ListWechatMessages shows what a user's WeChat has shown.
func (h *Handler) ListWechatMessages(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *sandbox.WechatMessagesRequest) (*sandbox.WechatMessages, error) {
		list := &sandbox.WechatMessages{Items: []*sandbox.WechatMessage{}}
		for _, m := range h.WeChat.Messages(in.User) {
			list.Items = append(list.Items, &sandbox.WechatMessage{Template: m.Template, Data: m.Data, Page: m.Page, At: show.Time(m.At)})
		}
		return list, nil
	})
}

// ListSMSMessages shows what a phone has shown.
func (h *Handler) ListSMSMessages(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *sandbox.SMSMessagesRequest) (*sandbox.SMSMessages, error) {
		list := &sandbox.SMSMessages{Items: []*sandbox.SMSMessage{}}
		for _, m := range h.SMS.Messages(in.Phone) {
			list.Items = append(list.Items, &sandbox.SMSMessage{Template: m.Template, Text: m.Text, At: show.Time(m.At)})
		}
		return list, nil
	})
}

// WechatSubscribe is a tap in WeChat's own dialog or settings.
func (h *Handler) WechatSubscribe(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *sandbox.WechatSubscribeRequest) (*sandbox.WechatSubscribeAnswer, error) {
		tap := h.WeChat.Reject
		switch in.Choice {
		case "accept":
			tap = h.WeChat.Accept
		case "switch_off":
			tap = h.WeChat.SwitchOff
		}
		if in.Fault != "" {
			h.WeChat.FailPush(wechat.PushFault(in.Fault))
		}
		if err := tap(in.User, in.Template); err != nil {
			return nil, fault.New("validation_failed").Field("template").Say("没有这个模板").Because(err)
		}
		return &sandbox.WechatSubscribeAnswer{Credits: int32(h.WeChat.Credits(in.User, in.Template))}, nil
	})
}

// AdvanceParcel moves a parcel of the stand-in's, which posts the carrier's signed callbacks to this server.
func (h *Handler) AdvanceParcel(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *sandbox.AdvanceRequest) (*sandbox.AdvanceAnswer, error) {
		a, err := h.Couriers.Advance(ctx, model.Carrier(in.Carrier), in.Waybill, in.To, standin.Fault(in.Fault))
		if err != nil {
			return nil, err
		}
		v := &sandbox.AdvanceAnswer{Waybill: a.Waybill, Step: a.Step, Posted: []*sandbox.AdvancePost{}}
		for _, p := range a.Posted {
			v.Posted = append(v.Posted, &sandbox.AdvancePost{URL: p.URL, Status: int32(p.Status), Body: p.Body})
		}
		return v, nil
	})
}

// SetClock moves the server's clock, or puts it back.
func (h *Handler) SetClock(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *sandbox.ClockRequest) (*sandbox.ClockAnswer, error) {
		if in.Reset {
			h.Clock.Reset()
		} else {
			d, err := time.ParseDuration(in.Advance)
			if err != nil || d < 0 || d > 10*366*24*time.Hour {
				return nil, fault.New("bad_request").Field("advance").Say("advance 应为时长，如 26h、90m，且不为负")
			}
			h.Clock.Advance(d)
		}
		now := h.Clock.Now()
		return &sandbox.ClockAnswer{Now: show.Time(now), Offset: h.Clock.Offset().Round(time.Second).String()}, nil
	})
}
