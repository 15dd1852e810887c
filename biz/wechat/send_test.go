package wechat_test

import (
	"errors"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/standin"
)

func libraryGet(address string) error {
	_, err := util.HTTPGet(address)
	return err
}

const sendPath = "/cgi-bin/message/subscribe/send"

var confirmed = map[string]string{
	"item": "职工养老保险关系转移接续", "starts_at": "2026年11月26日 09:30", "hall": "深圳市跨城通办服务大厅",
	"booking_no": "YY2611260042", "note": "请带齐材料，提前十五分钟到", "booking_id": "bk_1#2",
}

func (w world) message(user string) wechat.Message {
	return wechat.Message{OpenID: w.wx.OpenID(user), Template: "booking_confirmed", Values: confirmed}
}

func mustAccept(t *testing.T, w world, user string, keys ...string) {
	t.Helper()
	if err := w.wx.Accept(user, keys...); err != nil {
		t.Fatal(err)
	}
}

func TestClient_Send(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustAccept(t, w, "a", "booking_confirmed")
	r, err := w.Send(t.Context(), w.message("a"))
	if err != nil || r.MsgID <= 1<<53 || r.PageRefused {
		t.Fatalf("Send = %+v, %v", r, err)
	}
	shown := w.wx.Messages("a")
	if len(shown) != 1 || shown[0].ID != r.MsgID || shown[0].Template != "booking_confirmed" || shown[0].Page != "pages/booking/detail?id=bk_1%232" {
		t.Fatalf("shown %+v", shown)
	}
	if got := shown[0].Data["thing3"]; got != "深圳市跨城通办服务大厅" {
		t.Errorf("thing3 = %q", got)
	}
	_, err = w.Send(t.Context(), w.message("a")) // the one consent is spent
	refused(t, err, wechat.ClassChoice)
}

func TestClient_Send_refusals(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	m := w.message("a")
	m.OpenID = w.wx.AppOpenID("a")
	_, err := w.Send(ctx, m)
	refused(t, err, wechat.ClassNobody)

	m = w.message("a")
	m.Template = "no_such_template"
	_, err = w.Send(ctx, m)
	refused(t, err, wechat.ClassTemplate)

	m = w.message("a")
	m.Values = map[string]string{"item": "x"}
	_, err = w.Send(ctx, m)
	if e := refused(t, err, wechat.ClassMistake); e.Field != "time2" || w.wx.Calls(sendPath) != 1 {
		t.Errorf("a missing time: %v after %d calls", e, w.wx.Calls(sendPath))
	}

	w.wx.Bar("booking_confirmed")
	_, err = w.Send(ctx, w.message("a"))
	if e := refused(t, err, wechat.ClassTemplate); !e.Class.Final() || !e.Class.Alert() || e.Rid == "" {
		t.Errorf("barred: %+v", e)
	}
}

func TestClient_Send_goes_once_more_without_an_unpublished_page(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustAccept(t, w, "a", "booking_confirmed")
	w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 41030})
	r, err := w.Send(t.Context(), w.message("a"))
	if err != nil || !r.PageRefused || w.wx.Messages("a")[0].Page != "" {
		t.Fatalf("Send = %+v, %v", r, err)
	}
}

func TestClient_Send_unknown_outcome(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]standin.Fault{"silent": {Silent: true}, "cut": {Cut: true}} {
		w := newWorld(t, func(c *wechat.Config) { c.Timeout = time.Second })
		mustAccept(t, w, "a", "booking_confirmed")
		w.wx.Fail(sendPath, 1, f)
		_, err := w.Send(t.Context(), w.message("a"))
		if e := refused(t, err, wechat.ClassUnknown); e.Class.Final() {
			t.Errorf("%s: %v is final", name, e)
		}
		if len(w.wx.Messages("a")) != 1 {
			t.Errorf("%s: not delivered", name)
		}
	}
	// What was not written cannot have been delivered, nor what WeChat's front refused.
	w := newWorld(t)
	if _, err := w.Templates(t.Context()); err != nil { // so that a token is there
		t.Fatal(err)
	}
	w.wx.Fail(sendPath, 1, standin.Fault{Status: 502})
	_, err := w.Send(t.Context(), w.message("a"))
	refused(t, err, wechat.ClassBusy)
}

// TestClasses holds the table of wechat.md §3: what is to be done with every code.
func TestClasses(t *testing.T) {
	t.Parallel()
	send := func(w world) error { _, err := w.Send(t.Context(), w.message("a")); return err }
	login := func(w world) error { _, _, err := w.Login(t.Context(), "code"); return err }
	phone := func(w world) error { _, err := w.Phone(t.Context(), "code", ""); return err }
	list := func(w world) error { _, err := w.Templates(t.Context()); return err }
	const loginPath, phonePath, tokenPath, listPath = "/sns/jscode2session", "/wxa/business/getuserphonenumber", "/cgi-bin/stable_token", "/wxaapi/newtmpl/gettemplate"
	for _, c := range []struct {
		path  string
		call  func(world) error
		codes []int64
		class wechat.Class
		final bool
		alert bool
		after time.Duration
	}{
		{sendPath, send, []int64{-1}, wechat.ClassBusy, false, false, 0},
		{loginPath, login, []int64{-1}, wechat.ClassBusy, false, false, 0},
		{tokenPath, list, []int64{-1}, wechat.ClassBusy, false, false, 0},
		{sendPath, send, []int64{40001, 40014, 42001, 41001}, wechat.ClassToken, true, true, 0},
		{tokenPath, list, []int64{40001, 40125, 40013, 41002, 41004, 40164, 40243}, wechat.ClassConfig, true, true, 0},
		{loginPath, login, []int64{42007, 40029, 40163}, wechat.ClassLogin, true, false, 0},
		{loginPath, login, []int64{40013, 40125}, wechat.ClassConfig, true, true, 0},
		{phonePath, phone, []int64{40029, 40013}, wechat.ClassLogin, true, false, 0},
		{loginPath, login, []int64{40226}, wechat.ClassBlocked, true, false, 0},
		{loginPath, login, []int64{45011}, wechat.ClassLimit, false, false, time.Minute},
		{phonePath, phone, []int64{45011}, wechat.ClassLimit, false, false, time.Minute},
		{tokenPath, list, []int64{45011}, wechat.ClassLimit, false, false, time.Minute},
		{sendPath, send, []int64{43101}, wechat.ClassChoice, true, false, 0},
		{sendPath, send, []int64{43107, 40037}, wechat.ClassTemplate, true, true, 0},
		{sendPath, send, []int64{43108}, wechat.ClassLimit, false, false, 5 * time.Second},
		{sendPath, send, []int64{45168, 47003, 41030}, wechat.ClassMistake, true, true, 0},
		{sendPath, send, []int64{40003}, wechat.ClassNobody, true, false, 0},
		{listPath, list, []int64{48001}, wechat.ClassConfig, true, true, 0},
		{listPath, list, []int64{44990, 44991}, wechat.ClassLimit, false, false, time.Minute},
		{sendPath, send, []int64{99999}, wechat.ClassMistake, true, true, 0}, // a code that nobody knows yet
	} {
		for _, code := range c.codes {
			w := newWorld(t)
			w.wx.Fail(c.path, 2, standin.Fault{ErrCode: code, ErrMsg: "x rid: 6129ee10-272863a4-64d75414"})
			e := refused(t, c.call(w), c.class)
			if e.Code != code || e.Path != c.path || e.Rid != "6129ee10-272863a4-64d75414" || e.RetryAfter != c.after {
				t.Errorf("%s %d: %+v", c.path, code, e)
			}
			if e.Class.Final() != c.final || e.Class.Alert() != c.alert {
				t.Errorf("%s %d: final %v, alert %v", c.path, code, e.Class.Final(), e.Class.Alert())
			}
		}
	}
}

// TestClasses_of_calls_to_come holds the rows whose calls are not made yet but whose codes are in the table.
func TestClasses_of_calls_to_come(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path  string
		codes []int64
		class wechat.Class
	}{
		{"/wxa/getwxacodeunlimit", []int64{41030, 40129, 40169}, wechat.ClassMistake},
		{"/wxa/getwxacodeunlimit", []int64{45009}, wechat.ClassLimit},
		{"/wxa/generate_urllink", []int64{40165, 40212, 85401}, wechat.ClassMistake},
		{"/wxa/generatescheme", []int64{85407, 40002}, wechat.ClassConfig},
		{"/wxa/msg_sec_check", []int64{61010}, wechat.ClassHold},
		{"/wxa/msg_sec_check", []int64{43104, 40003}, wechat.ClassNobody},
		{"/wxa/msg_sec_check", []int64{40129}, wechat.ClassMistake},
		{"/wxa/media_check_async", []int64{44991}, wechat.ClassLimit},
		{"/wxa/checksession", []int64{87009}, wechat.ClassLogin},
	} {
		for _, code := range c.codes {
			if class := wechat.ClassOf(c.path, code); class != c.class {
				t.Errorf("%s %d: %s, want %s", c.path, code, class, c.class)
			}
		}
	}
}

func TestClient_Send_daily_quota_lasts_until_midnight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 45009})
	_, err := w.Send(t.Context(), w.message("a"))
	e := refused(t, err, wechat.ClassLimit)
	midnight := w.clock.Now().Add(e.RetryAfter).In(time.FixedZone("", 8*3600))
	if e.RetryAfter <= 0 || e.RetryAfter > 24*time.Hour || midnight.Hour() != 0 && midnight.Hour() != 23 {
		t.Errorf("RetryAfter %v, at %v", e.RetryAfter, midnight)
	}
}

func TestClient_Send_names_the_bad_field(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 47003, ErrMsg: "argument invalid! data.character_string13.value rid: 6129ee10-272863a4-64d75414"})
	_, err := w.Send(t.Context(), w.message("a"))
	if e := refused(t, err, wechat.ClassMistake); e.Field != "character_string13" {
		t.Errorf("field %q", e.Field)
	}
	var e *wechat.Error
	if errors.As(err, &e) && e.Error() != "wechat /cgi-bin/message/subscribe/send: mistake field=character_string13 rid=6129ee10-272863a4-64d75414 errcode=47003" {
		t.Errorf("%q", e.Error())
	}
}

func TestClient_Send_long_term_consent_lasts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustAccept(t, w, "a", "policy_push")
	m := wechat.Message{OpenID: w.wx.OpenID("a"), Template: "policy_push", Values: map[string]string{
		"title": "返乡创业一次性资助办法", "audience": "返乡创业人员", "publisher": "汕尾市人力资源和社会保障局", "until": "2026年12月31日",
	}}
	for range 3 {
		if _, err := w.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.wx.Reject("a", "policy_push"); err != nil {
		t.Fatal(err)
	}
	_, err := w.Send(t.Context(), m)
	refused(t, err, wechat.ClassChoice)
}
