package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The secrets of the courier reference: its vectors are signed with them, and a sandbox that is told them plays
// its couriers with them.
const (
	kuaidi100Salt = "kcsalt00000000000000000000000001"
	kdniaoKey     = "kc-test-appkey-0001"
	sfToken       = "78e58e177c658540703fd46ded87c478"
	emsToken      = "d426ffe562a4a40202f4cb991bcf9599"
	standardKey   = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
)

var courierSettings = []string{
	"--courier-kuaidi100-salt", kuaidi100Salt, "--courier-kdniao-id", "1000001", "--courier-kdniao-key", kdniaoKey,
	"--courier-sf-checkword", "kcTestCheckword00000000000000001", "--courier-ems-sender", "1100000000001",
	"--courier-ems-key", "S2NFbXNUZXN0S2V5MDAwMQ==", "--courier-standard-keys", "kc-2026a:" + standardKey,
}

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// carriers are the channels, each with a waybill that it can have given out.
var carriers = map[string]func() string{
	"kuaidi100": waybill,
	"kdniao":    func() string { return "1" + waybill()[3:] },
	"sf":        waybill,
	"ems":       func() string { return "9" + waybill()[3:] },
	"standard":  func() string { return "KD" + waybill()[2:] },
}

// sent is a parcel of papers on its way by a channel.
func (s *server) sent(t testing.TB, c, clerk caller, carrier, number string) matter {
	t.Helper()
	m := c.start(t, "window", "mail")
	clerk.counter(t, m.No, "receive", inspect(m))
	return clerk.counter(t, m.No, "forward", map[string]any{"by": "mail", "carrier": carrier, "waybill": number, "phone": "13800000000"})
}

// courierAt moves a stand-in's parcel and gives the answers to what it posted.
func (s *server) courierAt(t testing.TB, carrier, number, to, fault string) (statuses []int, bodies []string) {
	t.Helper()
	var a struct {
		Posted []struct {
			Status int
			Body   string
			URL    string
		}
	}
	s.nobody().post(t, "/sandbox/couriers/"+carrier+"/advance", map[string]string{"waybill": number, "to": to, "fault": fault}, &a)
	for _, p := range a.Posted {
		if strings.Contains(p.URL, "k=") {
			t.Errorf("%s: the address is told with its token: %s", carrier, p.URL)
		}
		statuses, bodies = append(statuses, p.Status), append(bodies, p.Body)
	}
	return statuses, bodies
}

// TestCourier_every: each carrier's own signed callback moves a parcel and its matter; one whose signature is wrong
// is answered 401 and moves nothing.
func TestCourier_every(t *testing.T) {
	t.Parallel()
	s := own(t, courierSettings...)
	clerk := s.staff(t, "clerk")
	for carrier, number := range carriers {
		t.Run(carrier, func(t *testing.T) {
			c, _ := s.citizen(t)
			n := number()
			m := s.sent(t, c, clerk, carrier, n)
			if m.Parcels[0].Waybill != n || m.Parcels[0].State != "created" {
				t.Fatalf("sent: %+v", m.Parcels)
			}
			if got, _ := s.courierAt(t, carrier, n, "collected", "tamper"); len(got) != 1 || got[0] != 401 {
				t.Fatalf("a wrong signature was answered %v", got)
			}
			if got, bodies := s.courierAt(t, carrier, n, "in_transit", ""); len(got) == 0 || got[0] != 200 {
				t.Fatalf("answered %v %v", got, bodies)
			}
			eventually(t, carrier+" in transit", func() bool { return c.matter(t, m.No).Parcels[0].State == "in_transit" })
			s.courierAt(t, carrier, n, "delivered", "duplicate")
			if got := c.reaches(t, m.No, "awaiting_acceptance"); got.Parcels[0].State != "delivered" {
				t.Errorf("the parcel is %s", got.Parcels[0].State)
			}
		})
	}
}

// TestCourier_lost: whichever way a carrier tells a loss, the parcel is lost. Papers are then the clerk's to report;
// a result has failed by itself.
func TestCourier_lost(t *testing.T) {
	t.Parallel()
	s := shared(t)
	clerk := s.staff(t, "clerk")
	for carrier, number := range carriers {
		t.Run(carrier, func(t *testing.T) {
			t.Parallel()
			c, _ := s.citizen(t)
			n := number()
			m := s.sent(t, c, clerk, carrier, n)
			s.courierAt(t, carrier, n, "lost", "")
			eventually(t, carrier+" lost", func() bool { return c.matter(t, m.No).Parcels[0].State == "lost" })
			if got := c.matter(t, m.No); got.State != "in_transit" {
				t.Errorf("a courier's word alone made the matter %s", got.State)
			}
			if got := clerk.counter(t, m.No, "lose", map[string]any{"note": "承运商确认遗失"}); got.State != "materials_lost" {
				t.Errorf("the clerk's word made it %s", got.State)
			}
		})
	}
}

// signedPush is a push of a carrier's with a right signature, whatever stands in it.
func signedPush(carrier, text string) (path string, in raw, header http.Header) {
	path, header = "/callbacks/couriers/"+carrier, http.Header{}
	md5hex := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	switch carrier {
	case "kuaidi100":
		in = raw{formType, []byte("param=" + url.QueryEscape(text) + "&sign=" + strings.ToUpper(md5hex(text+kuaidi100Salt)))}
	case "kdniao":
		sign := base64.StdEncoding.EncodeToString([]byte(md5hex(text + kdniaoKey)))
		in = raw{formType, []byte("RequestData=" + url.QueryEscape(text) + "&RequestType=102&DataSign=" + url.QueryEscape(sign))}
	case "sf":
		path, in = path+"?k="+sfToken, raw{jsonType, []byte(text)}
	case "sf form":
		path, in = "/callbacks/couriers/sf?k="+sfToken, raw{formType, []byte("content=" + url.QueryEscape(text))}
	case "ems":
		path, in = path+"?k="+emsToken, raw{jsonType, []byte(text)}
	case "standard":
		in = raw{jsonType, []byte(text)}
		at, nonce := strconv.FormatInt(time.Now().Unix(), 10), rand.Text()
		secret, _ := hex.DecodeString(standardKey)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(at + "\n" + nonce + "\n" + text))
		header.Set("X-Kuacheng-Key", "kc-2026a")
		header.Set("X-Kuacheng-Timestamp", at)
		header.Set("X-Kuacheng-Nonce", nonce)
		header.Set("X-Kuacheng-Signature", hex.EncodeToString(mac.Sum(nil)))
	}
	return path, in, header
}

// push posts a raw body with headers of its own.
func (s *server) push(t testing.TB, path string, in raw, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequest("POST", s.base+path, bytes.NewReader(in.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header.Clone()
	req.Header.Set("Content-Type", in.kind)
	a, err := receive(req)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestCourier_vectors: the reference's own pushes are answered as it says, to the byte.
func TestCourier_vectors(t *testing.T) {
	t.Parallel()
	s := own(t, courierSettings...)
	for _, v := range []struct{ file, path, kind, want string }{
		{"k1.body", "kuaidi100", formType, `^{"result":true,"returnCode":"200","message":"成功"}$`},
		{"n1.body", "kdniao", formType, `^{"EBusinessID":"1000001","UpdateTime":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d","Success":true,"Reason":""}$`},
		{"s1.body", "sf?k=" + sfToken, jsonType + " ;charset=UTF-8", `^{"return_code":"0000","return_msg":"成功"}$`},
		{"s2.body", "sf?k=" + sfToken, formType, `^<Response service="RoutePushService"><Head>OK</Head></Response>$`},
		{"e1.body", "ems?k=" + emsToken, jsonType, `^{"serialNo":"0000000000000000000000000000KC01","code":"00000","codeMessage":"成功","senderNo":"1100000000001"}$`},
	} {
		body, err := os.ReadFile(filepath.Join("..", "biz", "parcel", "courier", "testdata", v.file))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // again is answered alike
			a := s.push(t, "/callbacks/couriers/"+v.path, raw{v.kind, body}, http.Header{})
			if a.status != 200 || !regexp.MustCompile(v.want).Match(a.body) {
				t.Errorf("%s: %d %s", v.file, a.status, a.body)
			}
		}
		path, query, tokened := strings.Cut(v.path, "?")
		spoilt := bytes.Replace(body, []byte("0"), []byte("1"), 1)
		if tokened {
			query = "?" + query + "0"
		}
		if a := s.push(t, "/callbacks/couriers/"+path+query, raw{v.kind, spoilt}, http.Header{}); a.status != 401 {
			t.Errorf("%s spoilt: %d %s", v.file, a.status, a.body)
		}
	}
}

// hostile are texts that no courier sends.
func hostile() map[string]string {
	deep := strings.Repeat("[", 10_000)
	return map[string]string{
		"nothing": "", "null": "null", "a number": "5", "a text": `"x"`, "a list": "[]", "an object": "{}", "deep": deep, "cut off": `{"lastResult":{`,
		"lists for objects":  `{"status":[],"lastResult":[],"Data":{},"Body":[],"events":{},"logitcsInterface":[]}`,
		"objects for texts":  `{"status":{},"lastResult":{"nu":{},"com":[],"data":{"a":1}},"Data":[[],{"LogisticCode":{},"Traces":{}}],"Body":{"WaybillRoute":[[],5,{"mailno":{}}]},"events":[{"id":{}}]}`,
		"keys twice":         `{"lastResult":{"nu":"A","NU":"B"},"EBusinessID":"1000001","ebusinessid":"2","events":[],"EVENTS":[]}`,
		"GBK":                "{\"lastResult\":{\"nu\":\"SF1400000000001\",\"data\":[{\"context\":\"\xc5\xc9\xcb\xcd\"}]}}",
		"zeros":              "{\"a\":\"\x00\x00\"}\x00",
		"entities":           `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><Request><Body><WaybillRoute mailno="&a;"/></Body></Request>`,
		"a thousand laughs":  `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><Request><Body>&b;</Body></Request>`,
		"an attribute twice": `<Request><Body><WaybillRoute mailno="A" mailno="B"/></Body></Request>`,
		"a far clock":        `{"status":"polling","lastResult":{"com":"ems","nu":"1140000000011","state":"0","data":[{"ftime":"9999-12-31 24:00:00","context":"x"},{"ftime":"2099-01-01 00:00:00","context":"y"}]}}`,
		"a long number":      `{"status":"polling","lastResult":{"com":"ems","nu":"` + strings.Repeat("9", 5000) + `","data":[]}}`,
		"a null waybill":     `{"EBusinessID":"1000001","Data":[null,{"LogisticCode":null,"Traces":null}],"Body":{"WaybillRoute":[null]},"events":[null]}`,
	}
}

// TestCourier_hostile: whatever comes, signed or not, is answered by something that is no fault of ours, and what is
// good is taken afterwards.
func TestCourier_hostile(t *testing.T) {
	t.Parallel()
	s := own(t, courierSettings...)
	tries := func(name string, a answer) {
		t.Helper()
		if a.status >= 500 || a.status < 200 {
			t.Errorf("%s: %d %.200s", name, a.status, a.body)
		}
	}
	for _, carrier := range []string{"kuaidi100", "kdniao", "sf", "sf form", "ems", "standard"} {
		for name, text := range hostile() {
			path, in, header := signedPush(carrier, text)
			tries(carrier+" signed "+name, s.push(t, path, in, header))
			for _, kind := range []string{formType, jsonType, "text/xml", "application/json; charset=gbk", "multipart/form-data; boundary=x", "", "\xff/;="} {
				tries(carrier+" bare "+name+" as "+kind, s.push(t, path, raw{kind, []byte(text)}, http.Header{}))
			}
			twice := append(append(bytes.Clone(in.body), '&'), in.body...)
			tries(carrier+" twice "+name, s.push(t, path, raw{in.kind, twice}, header))
		}
		path, in, header := signedPush(carrier, "{}")
		for name, n := range map[string]int{"a MiB": 1<<20 + 1, "many": 3 << 20} {
			a := s.push(t, path, raw{in.kind, bytes.Repeat([]byte("a"), n)}, header)
			if a.status != 413 {
				t.Errorf("%s, %s: %d", carrier, name, a.status)
			}
		}
		header.Add("X-Kuacheng-Key", "again")
		tries(carrier+" two keys", s.push(t, path+"&k=1&k=2", in, header))
	}
	a := s.nobody().call(t, "POST", "/callbacks/couriers/none", nil)
	tries("no such courier", a)
	clerk := s.staff(t, "clerk")
	for carrier, number := range carriers {
		c, _ := s.citizen(t)
		n := number()
		m := s.sent(t, c, clerk, carrier, n)
		if got, bodies := s.courierAt(t, carrier, n, "delivered", ""); got[0] != 200 {
			t.Errorf("%s afterwards: %v %v", carrier, got, bodies)
		}
		c.reaches(t, m.No, "awaiting_acceptance")
	}
}

// TestCourier_standard: each event of a push is answered for itself; a bad one does not keep the good ones waiting,
// and what came before the number is known is there when it is.
func TestCourier_standard(t *testing.T) {
	t.Parallel()
	s := own(t, courierSettings...)
	c, _ := s.citizen(t)
	clerk := s.staff(t, "clerk")
	n := carriers["standard"]()
	at := func(d time.Duration) string { return time.Now().Add(d).In(beijing).Format(time.RFC3339) }
	event := func(id, number, kind, at string) string {
		return fmt.Sprintf(`{"id":%q,"waybill":%q,"type":%q,"at":%q}`, id, number, kind, at)
	}
	post := func(events ...string) string {
		t.Helper()
		path, in, header := signedPush("standard", `{"events":[`+strings.Join(events, ",")+`]}`)
		a := s.push(t, path, in, header)
		if a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if again := s.push(t, path, in, header); again.status != 409 || again.fault().Code != "nonce_replayed" {
			t.Errorf("the same request again: %d %s", again.status, again.body)
		}
		return string(a.body)
	}
	early := event("e1", n, "collected", at(-2*time.Minute))
	if got := post(early); got != `{"results":[{"id":"e1","status":"parked","code":"waybill_unknown"}]}` {
		t.Fatal(got)
	}
	m := s.sent(t, c, clerk, "standard", n)
	eventually(t, "what was parked is there", func() bool { return c.matter(t, m.No).Parcels[0].State == "collected" })
	got := post(early, event("e2", "", "in_transit", at(0)), event("e3", n, "x_weighed", at(0)), event("e4", n, "delivered", at(-time.Minute)))
	want := `{"results":[{"id":"e1","status":"duplicate"},{"id":"e2","status":"rejected","code":"waybill_missing","message":"缺少运单号"},` +
		`{"id":"e3","status":"ignored","code":"type_unknown"},{"id":"e4","status":"applied"}]}`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	c.reaches(t, m.No, "awaiting_acceptance")
}
