package wechat_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/standin"
)

const (
	appID, secret       = "wx0000000000000001", "secret-of-the-mini-program"
	appAppID, appSecret = "wx0000000000000002", "secret-of-the-mobile-app"
)

// world is a client, the stand-in that it talks to over a socket, and their clock. Each test has its own: many
// clients live in one process, although the library has one HTTP client for all.
type world struct {
	*wechat.Client
	wx    *standin.Server
	clock *clock.Movable
	url   *url.URL
}

func newWorld(t *testing.T, change ...func(*wechat.Config)) world {
	t.Helper()
	c := &clock.Movable{}
	wx := standin.New(standin.Config{
		AppID: appID, Secret: secret, AppAppID: appAppID, AppSecret: appSecret, Templates: templates(t),
	}, c)
	srv := httptest.NewServer(wx)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := wechat.Config{
		AppID: appID, Secret: secret, AppAppID: appAppID, AppSecret: appSecret,
		APIURL: u, Templates: wx.Templates(), Timeout: 30 * time.Second,
	}
	for _, f := range change {
		f(&cfg)
	}
	return world{Client: wechat.New(cfg, c), wx: wx, clock: c, url: u}
}

func templates(t *testing.T) []wechat.Template {
	t.Helper()
	data, err := os.ReadFile("../../dataset/templates.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list, err := wechat.ParseTemplates(data)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// refused asserts an error of a class, and gives it.
func refused(t *testing.T, err error, class wechat.Class) *wechat.Error {
	t.Helper()
	var e *wechat.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no *wechat.Error", err)
	}
	if e.Class != class {
		t.Fatalf("class %s, want %s (%v)", e.Class, class, e)
	}
	return e
}

func TestClient_Login(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	code := w.wx.NewCode("小明", standin.MiniProgram)
	openID, unionID, err := w.Login(ctx, code)
	if err != nil || openID != w.wx.OpenID("小明") || unionID == "" {
		t.Fatalf("Login = %q, %q, %v", openID, unionID, err)
	}
	appOpenID, appUnionID, err := w.AppLogin(ctx, w.wx.NewCode("小明", standin.App))
	if err != nil || appUnionID != unionID || appOpenID == openID {
		t.Fatalf("AppLogin = %q, %q, %v", appOpenID, appUnionID, err)
	}
	w.wx.Unbind("小红")
	if _, union, err := w.Login(ctx, w.wx.NewCode("小红", standin.MiniProgram)); err != nil || union != "" {
		t.Fatalf("an unbound user has the unionid %q, %v", union, err)
	}
}

func TestClient_Login_refuses_codes(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	old := w.wx.NewCode("a", standin.MiniProgram)
	w.clock.Advance(5 * time.Minute)
	used := w.wx.NewCode("a", standin.MiniProgram)
	if _, _, err := w.Login(ctx, used); err != nil {
		t.Fatal(err)
	}
	w.wx.Block("b")
	for _, c := range []struct {
		name, code string
		class      wechat.Class
		errcode    int64
	}{
		{"used", used, wechat.ClassLogin, 40163},
		{"expired", old, wechat.ClassLogin, 40029},
		{"of the app", w.wx.NewCode("a", standin.App), wechat.ClassLogin, 40029},
		{"unknown", strings.Repeat("x", 32), wechat.ClassLogin, 40029},
		{"blocked", w.wx.NewCode("b", standin.MiniProgram), wechat.ClassBlocked, 40226},
		{"empty", "", wechat.ClassLogin, 40029},
		{"smuggled parameters", "A&appid=evil#f", wechat.ClassLogin, 40029},
		{"too long", strings.Repeat("x", 129), wechat.ClassLogin, 40029},
	} {
		_, _, err := w.Login(ctx, c.code)
		if e := refused(t, err, c.class); e.Code != c.errcode {
			t.Errorf("%s: errcode %d, want %d", c.name, e.Code, c.errcode)
		}
	}
	if _, _, err := w.AppLogin(ctx, w.wx.NewCode("a", standin.MiniProgram)); err == nil {
		t.Error("a mini-program code logs in at the app")
	}
}

func TestClient_Login_is_limited_per_person(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	var err error
	for range 101 {
		_, _, err = w.Login(ctx, w.wx.NewCode("busy", standin.MiniProgram))
	}
	if e := refused(t, err, wechat.ClassLimit); e.RetryAfter != time.Minute {
		t.Errorf("RetryAfter %v", e.RetryAfter)
	}
	w.clock.Advance(time.Minute)
	if _, _, err = w.Login(ctx, w.wx.NewCode("busy", standin.MiniProgram)); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestClient_Phone(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	w.wx.SetPhone("a", "86", "13800000000")
	w.wx.SetPhone("b", "852", "60000000")
	if p, err := w.Phone(ctx, w.wx.NewCode("a", standin.PhoneNumber), w.wx.OpenID("a")); err != nil || p != (wechat.Phone{Number: "13800000000", CountryCode: "86"}) {
		t.Fatalf("Phone = %+v, %v", p, err)
	}
	if p, err := w.Phone(ctx, w.wx.NewCode("b", standin.PhoneNumber), ""); err != nil || p != (wechat.Phone{Number: "60000000", CountryCode: "852"}) {
		t.Fatalf("Phone = %+v, %v", p, err)
	}
	code := w.wx.NewCode("a", standin.PhoneNumber)
	if _, err := w.Phone(ctx, code, w.wx.OpenID("b")); err == nil {
		t.Error("b reads a's number")
	}
	if _, err := w.Phone(ctx, code, w.wx.OpenID("a")); err != nil {
		t.Errorf("the refused try spent the code: %v", err)
	}
	_, err := w.Phone(ctx, code, w.wx.OpenID("a"))
	refused(t, err, wechat.ClassLogin)
	_, err = w.Phone(ctx, w.wx.NewCode("a", standin.MiniProgram), "")
	refused(t, err, wechat.ClassLogin)
}

func TestClient_Phone_takes_a_number_as_country_code(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.wx.Fail("/wxa/business/getuserphonenumber", 1, standin.Fault{
		Body: `{"errcode":0,"phone_info":{"phoneNumber":"13800000000","purePhoneNumber":"13800000000","countryCode":86}}`,
	})
	p, err := w.Phone(t.Context(), "anything", "")
	if err != nil || p.CountryCode != "86" {
		t.Fatalf("Phone = %+v, %v", p, err)
	}
}

func TestClient_wrong_account(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*wechat.Config)
		errcode int64
	}{
		"appid":  {func(c *wechat.Config) { c.AppID = "wx9" }, 40013},
		"secret": {func(c *wechat.Config) { c.Secret = "no" }, 40125},
	} {
		w := newWorld(t, c.change)
		_, _, err := w.Login(t.Context(), w.wx.NewCode("a", standin.MiniProgram))
		if e := refused(t, err, wechat.ClassConfig); e.Code != c.errcode {
			t.Errorf("login with a wrong %s: %d", name, e.Code)
		}
		_, err = w.Templates(t.Context())
		if e := refused(t, err, wechat.ClassConfig); e.Code != c.errcode || e.Path != "/cgi-bin/stable_token" {
			t.Errorf("token with a wrong %s: %v", name, e)
		}
	}
	w := newWorld(t, func(c *wechat.Config) { c.AppAppID = "" })
	_, _, err := w.AppLogin(t.Context(), "code")
	refused(t, err, wechat.ClassConfig)
}

func TestErrors_hold_no_secret(t *testing.T) {
	t.Parallel()
	code := "0123456789abcdefLOGINCODE"
	for name, f := range map[string]standin.Fault{
		"HTML":     {Status: 502},
		"cut JSON": {Cut: true},
		"silence":  {Silent: true},
		"noise":    {Body: "secret=" + secret},
		"refusal":  {ErrCode: 40029, ErrMsg: "js_code " + code + " secret " + secret},
	} {
		w := newWorld(t, func(c *wechat.Config) { c.Timeout = 200 * time.Millisecond })
		w.wx.Fail("/sns/jscode2session", 1, f)
		w.wx.Fail("/sns/oauth2/access_token", 1, f)
		w.wx.Fail("/cgi-bin/stable_token", 1, f)
		_, _, mini := w.Login(t.Context(), code)
		_, _, app := w.AppLogin(t.Context(), code)
		_, token := w.Templates(t.Context())
		for _, err := range []error{mini, app, token} {
			checkHarmless(t, name, err, code, w.url.Host)
		}
	}
	gone := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	w := newWorld(t, func(c *wechat.Config) { c.APIURL = gone })
	_, _, err := w.Login(t.Context(), code)
	checkHarmless(t, "refused connection", err, code, gone.Host)
}

func checkHarmless(t *testing.T, name string, err error, more ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, bad := range append(more, secret, appSecret, appID, "http://", "https://", "access_token=") {
			if strings.Contains(e.Error(), bad) {
				t.Errorf("%s: the error %q holds %q", name, e, bad)
			}
		}
	}
}

func TestClient_tells_a_timeout_from_a_cancelled_caller(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *wechat.Config) { c.Timeout = 100 * time.Millisecond })
	w.wx.Fail("/sns/jscode2session", 2, standin.Fault{Silent: true})
	_, _, err := w.Login(t.Context(), "code")
	refused(t, err, wechat.ClassBusy)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is no deadline", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = w.Login(ctx, "code")
	refused(t, err, wechat.ClassCancelled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not cancelled", err)
	}
}

func TestTokens_are_shared_and_renewed_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Templates(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Another process forces a new token: ours is dead, and fifty callers find out at once.
	other := wechat.New(wechat.Config{AppID: appID, Secret: secret, APIURL: w.url}, w.clock)
	w.wx.Fail("/wxaapi/newtmpl/gettemplate", 1, standin.Fault{ErrCode: 40001})
	if _, err := other.Templates(t.Context()); err != nil {
		t.Fatalf("a token that WeChat refuses and still hands out: %v", err)
	}
	before := w.wx.Calls("/cgi-bin/stable_token")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := w.Templates(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.wx.Calls("/cgi-bin/stable_token") - before; n != 1 {
		t.Errorf("%d questions for one token", n)
	}
}

func TestTokens_age_by_the_given_clock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, step := range []time.Duration{0, 114 * time.Minute, 2 * time.Minute, 3 * time.Hour} {
		w.clock.Advance(step)
		if _, err := w.Templates(t.Context()); err != nil {
			t.Fatalf("after %v: %v", step, err)
		}
	}
	if n := w.wx.Calls("/cgi-bin/stable_token"); n != 3 {
		t.Errorf("%d questions, want one at the start, one near the end, one after it", n)
	}
}

func TestTokens_refused_for_good(t *testing.T) {
	t.Parallel()
	for _, code := range []int64{40001, 40014, 42001, 41001} {
		w := newWorld(t)
		w.wx.Fail("/wxaapi/newtmpl/gettemplate", 2, standin.Fault{ErrCode: code})
		_, err := w.Templates(t.Context())
		refused(t, err, wechat.ClassToken)
		if n := w.wx.Calls("/wxaapi/newtmpl/gettemplate"); n != 2 {
			t.Errorf("%d: %d tries, want two", code, n)
		}
	}
}

func TestTokens_waiters_keep_their_deadlines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.wx.Fail("/cgi-bin/stable_token", 1, standin.Fault{Delay: 2 * time.Second})
	first := make(chan error, 1)
	go func() { _, err := w.Templates(t.Context()); first <- err }()
	for w.wx.Calls("/cgi-bin/stable_token") == 0 {
		select {
		case err := <-first:
			t.Fatalf("the first caller came back early: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := w.Templates(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
		t.Errorf("a waiter with a deadline of 20 ms came back after %v with %v", time.Since(start), err)
	}
	if err := <-first; err != nil {
		t.Errorf("the first caller: %v", err)
	}
}

func TestClient_CheckTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if problems, err := w.CheckTemplates(t.Context()); err != nil || len(problems) != 0 {
		t.Fatalf("problems %v, %v", problems, err)
	}
	w = newWorld(t, func(c *wechat.Config) {
		c.Templates[0].ID = ""
		c.Templates[1].ID = "of-another-account"
		c.Templates[2].Kind = wechat.Long
		c.Templates[3].Fields = c.Templates[3].Fields[1:]
	})
	problems, err := w.CheckTemplates(t.Context())
	if err != nil || len(problems) != 4 {
		t.Fatalf("problems %q, %v", problems, err)
	}
}

func TestNew_refuses_other_hosts(t *testing.T) {
	t.Parallel()
	// A process of ours never reaches another host through the library's client, nor without a Client.
	newWorld(t)
	if err := libraryGet("https://example.com/"); err == nil {
		t.Error("the library reached another host")
	}
	if err := libraryGet("https://api.weixin.qq.com/cgi-bin/token"); err == nil {
		t.Error("the library reached WeChat on its own")
	}
}
