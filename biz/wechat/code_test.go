package wechat_test

import (
	"bytes"
	"image/png"
	"testing"
	"time"

	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/standin"
)

const codePath, textPath = "/wxa/getwxacodeunlimit", "/wxa/msg_sec_check"

func TestClient_Code(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posters := wechat.NewPosters(w.Client)
	hall := wechat.Poster{Page: "pages/hall/detail", Scene: "h=hall-440300-1"}
	for range 3 {
		drawn, err := posters.PNG(t.Context(), hall)
		if err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(bytes.NewReader(drawn)); err != nil || img.Bounds().Dx() < 280 {
			t.Fatalf("%v", err)
		}
	}
	if n := w.wx.Calls(codePath); n != 1 {
		t.Errorf("drawn %d times", n)
	}
	for _, scene := range []string{"", "有", "a b", "x%20", string(bytes.Repeat([]byte("x"), 33))} {
		_, err := posters.PNG(t.Context(), wechat.Poster{Page: "p", Scene: scene})
		refused(t, err, wechat.ClassMistake)
	}
	item := wechat.Poster{Page: "pages/item/detail", Scene: "i=SW-RS-0001"}
	w.wx.Fail(codePath, 1, standin.Fault{ErrCode: 45009})
	_, err := posters.PNG(t.Context(), item)
	if e := refused(t, err, wechat.ClassLimit); e.RetryAfter != time.Minute {
		t.Errorf("waits %v", e.RetryAfter)
	}
	for _, f := range []standin.Fault{{Status: 502}, {Body: "<html>"}, {Body: "\xff\xd8\xff"}, {Body: "{"}} {
		w.wx.Fail(codePath, 1, f)
		_, err = posters.PNG(t.Context(), item)
		refused(t, err, wechat.ClassBusy)
	}
	w.wx.Fail(codePath, 1, standin.Fault{ErrCode: 40001}) // the token is renewed, as for any call
	if _, err := posters.PNG(t.Context(), item); err != nil {
		t.Error(err)
	}
}

func TestClient_CheckText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, _, err := w.Login(t.Context(), w.wx.NewCode("a", standin.MiniProgram)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]wechat.Suggestion{"很方便": wechat.SuggestPass, "有" + standin.RiskyWord: wechat.SuggestRisky, standin.DoubtWord: wechat.SuggestReview} {
		if got, label, err := w.CheckText(t.Context(), w.wx.OpenID("a"), text); err != nil || got != want || label == 0 {
			t.Errorf("%s: %s %d, %v", text, got, label, err)
		}
	}
	w.wx.Fail(textPath, 1, standin.Fault{Body: `{"errcode":0,"result":{"suggest":"new","label":1}}`})
	if got, _, err := w.CheckText(t.Context(), w.wx.OpenID("a"), "x"); err != nil || got != wechat.SuggestReview {
		t.Errorf("an advice that nobody knows: %s, %v", got, err)
	}
	_, _, err := w.CheckText(t.Context(), w.wx.AppOpenID("a"), "x")
	refused(t, err, wechat.ClassNobody)
	w.clock.Advance(3 * time.Hour)
	_, _, err = w.CheckText(t.Context(), w.wx.OpenID("a"), "x")
	refused(t, err, wechat.ClassHold)
}
