package wechat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/silenceper/wechat/v2/util"

	"kuacheng/biz/wechat"
)

// WeChat's own examples of its documentation.
const (
	vectorApp   = "wxba5fad812f8e6fb9"
	vectorToken = "AAAAA"
	vectorBody  = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)

var vectorKey = strings.Repeat("A", 43)

func inlet(at int64) *wechat.Inlet {
	return &wechat.Inlet{AppID: vectorApp, Tokens: []string{vectorToken}, AESKeys: []string{vectorKey}, Now: func() time.Time { return time.Unix(at, 0) }}
}

func TestInlet_vectors(t *testing.T) {
	t.Parallel()
	p := inlet(1714036504)
	got, err := p.Echo(url.Values{"signature": {"f464b24fc39322e44b38aa78f5edd27bd1441696"}, "timestamp": {"1714036504"}, "nonce": {"1514711492"}, "echostr": {"4375120948345356249"}})
	if err != nil || got != "4375120948345356249" {
		t.Errorf("echo %q, %v", got, err)
	}
	p = inlet(1714112445)
	q := url.Values{"signature": {"6c5c811b55cc85e0e1b54100749188c20beb3f5d"}, "timestamp": {"1714112445"}, "nonce": {"415670741"},
		"openid": {"o9AgO5Kd5ggOC-bXrbNODIiE3bGY"}, "encrypt_type": {"aes"}, "msg_signature": {"046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"}}
	body, err := json.Marshal(map[string]string{"ToUserName": "gh_97417a04a28d", "Encrypt": vectorBody})
	if err != nil {
		t.Fatal(err)
	}
	e, err := p.Open(q, body)
	want := wechat.Pushed{From: "o9AgO5Kd5ggOC-bXrbNODIiE3bGY", Event: "debug_demo", At: time.Unix(1714112445, 0).UTC()}
	if diff := cmp.Diff(want, e); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

const now = 1764040000

// sealed is a body as WeChat posts it in secure mode, and its address.
func sealed(t testing.TB, body string, xml bool, at int64) (url.Values, []byte) {
	t.Helper()
	secret, err := util.EncryptMsg(bytes.Repeat([]byte("r"), 16), []byte(body), vectorApp, vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	ts := strconv.FormatInt(at, 10)
	q := url.Values{"timestamp": {ts}, "nonce": {"n"}, "signature": {util.Signature(vectorToken, ts, "n")}, "encrypt_type": {"aes"},
		"msg_signature": {util.Signature(vectorToken, ts, "n", string(secret))}}
	if xml {
		return q, []byte("<xml><Encrypt><![CDATA[" + string(secret) + "]]></Encrypt></xml>")
	}
	out, err := json.Marshal(map[string]string{"Encrypt": string(secret)})
	if err != nil {
		t.Fatal(err)
	}
	return q, out
}

func TestInlet_Open_forms(t *testing.T) {
	t.Parallel()
	entry := wechat.PushEntry{TemplateID: "T1", Status: "accept"}
	two := []wechat.PushEntry{entry, {TemplateID: "T2", Status: "reject"}}
	sent := []wechat.PushEntry{{TemplateID: "T1", Status: "success", MsgID: "2130424848127344640", ErrorCode: "0"}}
	at := time.Unix(now, 0).UTC()
	popup := func(l []wechat.PushEntry) wechat.Pushed {
		return wechat.Pushed{From: "o1", Event: "subscribe_msg_popup_event", At: at, List: l}
	}
	for name, c := range map[string]struct {
		body string
		want wechat.Pushed
	}{
		"one entry, bare": {`{"ToUserName":"gh","FromUserName":"o1","CreateTime":1764040000,"MsgType":"event","Event":"subscribe_msg_popup_event",
			"List":{"PopupScene":"0","SubscribeStatusString":"accept","TemplateId":"T1"}}`, popup(two[:1])},
		"two entries, the time as text": {`{"FromUserName":"o1","CreateTime":"1764040000","MsgType":"event","Event":"subscribe_msg_popup_event",
			"List":[{"PopupScene":0,"SubscribeStatusString":"accept","TemplateId":"T1"},{"SubscribeStatusString":"reject","TemplateId":"T2"}]}`, popup(two)},
		"xml": {`<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1764040000</CreateTime>
			<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>
			<List><TemplateId><![CDATA[T1]]></TemplateId><SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString><PopupScene>0</PopupScene></List>
			<List><TemplateId><![CDATA[T2]]></TemplateId><SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString></List></SubscribeMsgPopupEvent></xml>`, popup(two)},
		"sent": {`{"FromUserName":"o1","CreateTime":1764040000,"MsgType":"event","Event":"subscribe_msg_sent_event",
			"List":{"TemplateId":"T1","MsgID":2130424848127344640,"ErrorCode":0,"ErrorStatus":"success"}}`, wechat.Pushed{From: "o1", Event: "subscribe_msg_sent_event", At: at, List: sent}},
		"sent, xml": {`<xml><FromUserName>o1</FromUserName><CreateTime>1764040000</CreateTime><MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event>
			<SubscribeMsgSentEvent><List><TemplateId>T1</TemplateId><MsgID>2130424848127344640</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent></xml>`,
			wechat.Pushed{From: "o1", Event: "subscribe_msg_sent_event", At: at, List: sent}},
		"a verdict": {`{"FromUserName":"o1","CreateTime":1764040000,"MsgType":"event","Event":"wxa_media_check","appid":"wx","trace_id":"tr-1","version":2,
			"errcode":0,"errmsg":"ok","result":{"suggest":"risky","label":20002},"detail":[{"strategy":"content_model","errcode":0,"suggest":"risky","label":20002,"prob":90}]}`,
			wechat.Pushed{From: "o1", Event: "wxa_media_check", At: at, TraceID: "tr-1", Suggest: "risky", Label: 20002}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, body := sealed(t, c.body, strings.HasPrefix(c.body, "<"), now)
			got, err := inlet(now).Open(q, body)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

const fine = `{"FromUserName":"o1","CreateTime":1764040000,"MsgType":"event","Event":"subscribe_msg_popup_event","List":{"TemplateId":"T1","SubscribeStatusString":"accept"}}`

func TestInlet_Open_forged(t *testing.T) {
	t.Parallel()
	other := func(change func(p *wechat.Inlet)) *wechat.Inlet {
		p := inlet(now)
		change(p)
		return p
	}
	q, body := sealed(t, fine, false, now)
	with := func(name string, values ...string) url.Values {
		out := url.Values{}
		for k, v := range q {
			out[k] = v
		}
		out[name] = values
		return out
	}
	for name, c := range map[string]struct {
		p    *wechat.Inlet
		q    url.Values
		body []byte
	}{
		"a signature of another":          {inlet(now), with("msg_signature", strings.Repeat("0", 40)), body},
		"no signature":                    {inlet(now), with("msg_signature"), body},
		"the signature of the address":    {inlet(now), with("msg_signature", q.Get("signature")), body},
		"another token":                   {other(func(p *wechat.Inlet) { p.Tokens = []string{"B"} }), q, body},
		"no token is set":                 {other(func(p *wechat.Inlet) { p.Tokens = nil }), q, body},
		"an empty token is set":           {other(func(p *wechat.Inlet) { p.Tokens = []string{""} }), with("msg_signature", util.Signature("", q.Get("timestamp"), "n", vectorBody)), body},
		"another key":                     {other(func(p *wechat.Inlet) { p.AESKeys = []string{strings.Repeat("B", 43)} }), q, body},
		"for another app":                 {other(func(p *wechat.Inlet) { p.AppID = "wx0" }), q, body},
		"old":                             {inlet(now + 601), q, body},
		"from the future":                 {inlet(now - 601), q, body},
		"another time":                    {inlet(now), with("timestamp", strconv.Itoa(now-1)), body},
		"no time":                         {inlet(now), with("timestamp"), body},
		"another nonce":                   {inlet(now), with("nonce", "m"), body},
		"a plain body, encrypt_type gone": {inlet(now), with("encrypt_type"), []byte(fine)},
		"a plain body":                    {inlet(now), q, []byte(fine)},
		"a changed body":                  {inlet(now), q, bytes.Replace(body, []byte("A"), []byte("B"), 1)},
		"an empty body":                   {inlet(now), q, nil},
		"two envelopes":                   {inlet(now), q, append(append([]byte{}, body...), body...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := c.p.Open(c.q, c.body); !errors.Is(err, wechat.ErrForged) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	rotating := other(func(p *wechat.Inlet) {
		p.Tokens, p.AESKeys = []string{"new", vectorToken}, []string{strings.Repeat("B", 43), vectorKey}
	})
	if _, err := rotating.Open(q, body); err != nil {
		t.Errorf("while keys change: %v", err)
	}
}

func TestInlet_Open_plain(t *testing.T) {
	t.Parallel()
	p := inlet(now)
	p.AESKeys = nil
	ts := strconv.Itoa(now)
	q := url.Values{"timestamp": {ts}, "nonce": {"n"}, "signature": {util.Signature(vectorToken, ts, "n")}}
	if e, err := p.Open(q, []byte(fine)); err != nil || len(e.List) != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	q.Set("signature", "x")
	if _, err := p.Open(q, []byte(fine)); !errors.Is(err, wechat.ErrForged) {
		t.Errorf("%v", err)
	}
}

func TestInlet_Open_unreadable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `{`, `[]`, `"x"`, `null`, `{}`, `<xml>`, `<xml></xml>`, `<!DOCTYPE x [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>`,
		strings.Replace(fine, `"event"`, `"text"`, 1), strings.Replace(fine, `1764040000`, `"soon"`, 1), strings.Replace(fine, `1764040000`, `-1`, 1),
		strings.Replace(fine, `"o1"`, `"o 1"`, 1), strings.Replace(fine, `"o1"`, `["o1"]`, 1), strings.Replace(fine, `"T1"`, `"`+strings.Repeat("T", 129)+`"`, 1),
		strings.Replace(fine, `"List":{`, `"List":[[{`, 1), strings.Replace(fine, `{"TemplateId":"T1","SubscribeStatusString":"accept"}`, "["+strings.Repeat(`{},`, 100)+"{}]", 1),
		strings.Repeat("[", 100_000), strings.Repeat("<a>", 80_000),
	} {
		q, sealedBody := sealed(t, body, false, now)
		if e, err := inlet(now).Open(q, sealedBody); !errors.Is(err, wechat.ErrUnreadable) {
			t.Errorf("%.80q: %+v, %v", body, e, err)
		}
	}
}

// FuzzInlet opens whatever an authentic push may hold: nothing panics, what is read is bounded and can be written
// down.
func FuzzInlet(f *testing.F) {
	seeds, err := filepath.Glob("testdata/push/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, body string) {
		q, sealedBody := sealed(t, body, strings.HasPrefix(body, "<"), now)
		e, err := inlet(now).Open(q, sealedBody)
		if err != nil {
			if !errors.Is(err, wechat.ErrUnreadable) {
				t.Fatalf("%v", err)
			}
			return
		}
		words := []string{e.From, e.Event, e.TraceID, e.Suggest}
		for _, x := range e.List {
			words = append(words, x.TemplateID, x.Status, x.MsgID, x.ErrorCode)
		}
		for _, w := range words {
			if !utf8.ValidString(w) || len(w) > 4*64 || strings.ContainsAny(w, "\n\r\x00") {
				t.Fatalf("%q", w)
			}
		}
		if len(e.List) > 100 || e.At.Year() > 9999 {
			t.Fatalf("%+v", e)
		}
	})
}
