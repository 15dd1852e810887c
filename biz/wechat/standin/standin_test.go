package standin_test

import (
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/standin"
)

type world struct {
	*standin.Server
	clock *clock.Movable
}

func newWorld(t *testing.T) world {
	t.Helper()
	c := &clock.Movable{}
	return world{standin.New(standin.Config{
		AppID: "wx1", Secret: "s1", AppAppID: "wx2", AppSecret: "s2", DailySends: 3,
		Pages: []string{"pages/list"},
		Templates: []wechat.Template{
			{Key: "called", Title: "叫号提醒", Kind: wechat.Once, Fields: []wechat.Field{{Name: "thing1", Var: "a"}, {Name: "phrase2", Var: "b"}}},
			{Key: "policy", Title: "政策提醒", Kind: wechat.Long, Fields: []wechat.Field{{Name: "thing1", Var: "a"}}},
		},
	}, c), c}
}

// ask makes a call and gives the answer's fields and its errcode.
func (w world) ask(t *testing.T, method, target, body string) (map[string]any, int) {
	t.Helper()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(method, target, strings.NewReader(body)))
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != 200 {
		t.Fatalf("%s %s: %d %s", method, target, rec.Code, rec.Body)
	}
	code, _ := out["errcode"].(float64)
	if msg, _ := out["errmsg"].(string); code != 0 && !regexp.MustCompile(`rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`).MatchString(msg) {
		t.Errorf("errmsg %q has no rid", msg)
	}
	return out, int(code)
}

func (w world) stable(t *testing.T, force string) (token string, left int) {
	t.Helper()
	out, code := w.ask(t, "POST", "/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"wx1","secret":"s1","force_refresh":`+force+`}`)
	if code != 0 {
		t.Fatal(out)
	}
	return out["access_token"].(string), int(out["expires_in"].(float64))
}

// use gives the errcode that a token meets.
func (w world) use(t *testing.T, token string) int {
	t.Helper()
	_, code := w.ask(t, "GET", "/wxaapi/newtmpl/gettemplate?access_token="+token, "")
	return code
}

func TestStableToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, left := w.stable(t, "false")
	if left != 7200 || w.use(t, first) != 0 {
		t.Fatalf("first token: %d s, used %d", left, w.use(t, first))
	}
	w.clock.Advance(100 * time.Minute)
	if again, left := w.stable(t, "false"); again != first || left < 1190 || left > 1200 {
		t.Errorf("after 100 min: same %v, %d s left", again == first, left)
	}
	w.clock.Advance(16 * time.Minute)
	next, left := w.stable(t, "false")
	if next == first || left != 7200 || w.use(t, first) != 0 || w.use(t, next) != 0 {
		t.Errorf("in the last five minutes: same %v, %d s, old %d, new %d", next == first, left, w.use(t, first), w.use(t, next))
	}
	w.clock.Advance(5 * time.Minute)
	if w.use(t, first) != 42001 || w.use(t, next) != 0 {
		t.Errorf("old %d, new %d", w.use(t, first), w.use(t, next))
	}
	forced, _ := w.stable(t, "true")
	if forced == next || w.use(t, next) != 40001 || w.use(t, forced) != 0 {
		t.Errorf("force: same %v, old %d, new %d", forced == next, w.use(t, next), w.use(t, forced))
	}
	if soon, _ := w.stable(t, "true"); soon != forced {
		t.Error("a second force within 30 s was obeyed")
	}
}

func TestStableToken_is_forced_twenty_times_a_day(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Noon, so that the day does not change on the way.
	now := w.clock.Now()
	w.clock.Advance(time.Date(now.Year(), now.Month(), now.Day()+1, 4, 0, 0, 0, time.UTC).Sub(now))
	seen := map[string]bool{}
	for range 25 {
		token, _ := w.stable(t, "true")
		seen[token] = true
		w.clock.Advance(31 * time.Second)
	}
	if len(seen) != 20 {
		t.Errorf("%d tokens by force", len(seen))
	}
}

func TestPlainToken_is_apart_from_the_stable_one(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	get := func() string {
		out, _ := w.ask(t, "GET", "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s1", "")
		return out["access_token"].(string)
	}
	stable, _ := w.stable(t, "false")
	one, two := get(), get()
	if one == two || w.use(t, one) != 0 || w.use(t, two) != 0 || w.use(t, stable) != 0 {
		t.Error("a new token ends the old one at once, or the stable one")
	}
	w.clock.Advance(5 * time.Minute)
	if w.use(t, one) != 42001 || w.use(t, two) != 0 || w.use(t, stable) != 0 {
		t.Errorf("five minutes later: old %d, new %d, stable %d", w.use(t, one), w.use(t, two), w.use(t, stable))
	}
}

func TestTokens_refuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for body, want := range map[string]int{
		`{"grant_type":"client_credential","appid":"wx1","secret":"no"}`: 40125,
		`{"grant_type":"client_credential","appid":"wx9","secret":"s1"}`: 40013,
		`{"grant_type":"client_credential","secret":"s1"}`:               41002,
		`{"grant_type":"client_credential","appid":"wx1"}`:               41004,
		`{"grant_type":"x","appid":"wx1","secret":"s1"}`:                 40002,
		`{`: 47001,
	} {
		if _, code := w.ask(t, "POST", "/cgi-bin/stable_token", body); code != want {
			t.Errorf("%s: %d, want %d", body, code, want)
		}
	}
	if code := w.use(t, ""); code != 41001 {
		t.Errorf("no token: %d", code)
	}
	if code := w.use(t, "made-up"); code != 40001 {
		t.Errorf("a made-up token: %d", code)
	}
}

func TestSend_judges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, _ := w.stable(t, "false")
	send := func(body string) int {
		_, code := w.ask(t, "POST", "/cgi-bin/message/subscribe/send?access_token="+token, body)
		return code
	}
	to := `"touser":"` + w.OpenID("a") + `","template_id":"sandbox_called"`
	data := `,"data":{"thing1":{"value":"K012"},"phrase2":{"value":"请到窗口"}}`
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"not JSON":          {`{`, 47001},
		"nobody":            {`{"touser":"oNobody","template_id":"sandbox_called"` + data + `}`, 40003},
		"the app's openid":  {`{"touser":"` + w.AppOpenID("a") + `","template_id":"sandbox_called"` + data + `}`, 40003},
		"unknown template":  {`{"touser":"` + w.OpenID("a") + `","template_id":"x"` + data + `}`, 40037},
		"unpublished page":  {`{` + to + `,"page":"pages/new"` + data + `}`, 41030},
		"missing field":     {`{` + to + `,"data":{"thing1":{"value":"K012"}}}`, 47003},
		"empty field":       {`{` + to + `,"data":{"thing1":{"value":""},"phrase2":{"value":"请到窗口"}}}`, 47003},
		"latin in a phrase": {`{` + to + `,"data":{"thing1":{"value":"K012"},"phrase2":{"value":"OK"}}}`, 47003},
		"too long":          {`{` + to + `,"data":{"thing1":{"value":"` + strings.Repeat("长", 21) + `"},"phrase2":{"value":"请到窗口"}}}`, 47003},
		"line break":        {`{` + to + `,"data":{"thing1":{"value":"a\nb"},"phrase2":{"value":"请到窗口"}}}`, 47003},
		"foreign field":     {`{` + to + `,"data":{"thing1":{"value":"K012"},"phrase2":{"value":"请到窗口"},"thing9":{"value":"x"}}}`, 47003},
		"wrong state":       {`{` + to + `,"miniprogram_state":"beta"` + data + `}`, 47003},
		"no consent":        {`{` + to + data + `}`, 43101},
	} {
		if code := send(c.body); code != c.want {
			t.Errorf("%s: %d, want %d", name, code, c.want)
		}
	}
	for range 4 {
		if err := w.Accept("a", "called"); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		want := 0
		if i == 3 {
			want = 45009 // the account's daily quota is three here
		}
		if code := send(`{` + to + `,"page":"pages/list?x=1"` + data + `}`); code != want {
			t.Errorf("send %d: %d, want %d", i, code, want)
		}
	}
	if n := w.Credits("a", "called"); n != 1 || len(w.Messages(w.OpenID("a"))) != 3 || len(w.Messages("b")) != 0 {
		t.Errorf("%d consents left, %d messages", n, len(w.Messages("a")))
	}
	if w.Accept("a", "no such") == nil {
		t.Error("an unknown template is accepted")
	}
}

func TestOpenIDs_last_longer_than_a_run(t *testing.T) {
	t.Parallel()
	one, two := newWorld(t), newWorld(t)
	if one.OpenID("a") != two.OpenID("a") || one.OpenID("a") == one.OpenID("b") || one.OpenID("a") == one.AppOpenID("a") {
		t.Error("openids differ between runs, or agree between users or appids")
	}
	if id := one.OpenID("a"); len(id) != 28 || id[0] != 'o' {
		t.Errorf("openid %q", id)
	}
	if err := two.Accept(one.OpenID("a"), "policy"); err != nil || two.Credits("a", "policy") != 1 {
		t.Errorf("a consent by openid: %v", err)
	}
}
