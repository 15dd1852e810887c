package courier_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm4"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

const (
	emsKey   = "S2NFbXNUZXN0S2V5MDAwMQ=="
	emsToken = "d426ffe562a4a40202f4cb991bcf9599"
)

func newEMS(t testing.TB, edit ...func(*courier.EMSConfig)) *courier.EMS {
	t.Helper()
	cfg := courier.EMSConfig{
		Sender: "1100000000001", Authorization: "kc-test-authorization", Keys: []string{emsKey, "S2NFbXNUZXN0S2V5MDAwMg=="},
		CallbackURL: "https://kc.example/callbacks/couriers/ems",
		Now:         func() time.Time { return time.Date(2026, 9, 16, 11, 30, 0, 0, model.Beijing) },
	}
	for _, e := range edit {
		e(&cfg)
	}
	e, err := courier.NewEMS(cfg, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// encipher writes a cipher text as China Post does, with a second implementation of the mode.
func encipher(t testing.TB, text, key string) string {
	t.Helper()
	raw, _ := base64.StdEncoding.DecodeString(key)
	block, err := sm4.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	pad := 16 - len(text)%16
	in := []byte(text + strings.Repeat(string(rune(pad)), pad))
	var out bytes.Buffer
	for len(in) > 0 {
		var b [16]byte
		block.Encrypt(b[:], in[:16])
		out.Write(b[:])
		in = in[16:]
	}
	return "|$4|" + base64.StdEncoding.EncodeToString(out.Bytes())
}

func emsPush(body string) courier.Request {
	return courier.Request{Query: url.Values{"k": {emsToken}}, ContentType: "application/json", Body: []byte(body), ReceivedAt: arrival, Wall: arrival}
}

func emsBody(cipher string) string {
	b, _ := json.Marshal(map[string]string{"logitcsInterface": cipher, "senderNo": "1100000000001", "serialNo": "KC01"})
	return string(b)
}

func emsNode(fields ...string) string {
	n := map[string]string{"waybillNo": "1140000000011", "opTime": "2026-09-16 11:20:05", "opCode": "303", "opOrgCity": "汕尾市", "opOrgCode": "51660000"}
	for i := 0; i < len(fields); i += 2 {
		n[fields[i]] = fields[i+1]
	}
	b, _ := json.Marshal(n)
	return string(b)
}

func TestEMS_vector_E1(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	if got, want := e.CallbackAddress(), "https://kc.example/callbacks/couriers/ems?k="+emsToken; got != want {
		t.Errorf("address %s, want %s", got, want)
	}
	r := emsPush(string(vector(t, "e1.body", "76237ea1ac8a60e6acad000b52ef497213aedc973d80a046e11ab7cdf414c4cc")))
	if got := refused(e, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	push := e.Read(r)
	if got, want := told(push.Rows), "delivered_by_other 09-16 11:20:05 汕尾市 other"; got != want || len(push.Alerts) != 0 {
		t.Errorf("told %q, want %q; alerts %v", got, want, push.Alerts)
	}
	if got := encipher(t, string(vector(t, "e1.plain", "")), emsKey); !strings.Contains(string(r.Body), got) {
		t.Error("the vector's cipher text is another")
	}
	reply := e.Reply(r, courier.Verdict{})
	if want := `{"serialNo":"0000000000000000000000000000KC01","code":"00000","codeMessage":"成功","senderNo":"1100000000001"}`; string(reply.Body) != want {
		t.Errorf("reply %s", reply.Body)
	}
	reply = e.Reply(r, courier.Verdict{Refusal: courier.RefusedUnavailable})
	if want := `{"serialNo":"0000000000000000000000000000KC01","code":"S00001","codeMessage":"失败","senderNo":"1100000000001"}`; string(reply.Body) != want || reply.Status != 503 {
		t.Errorf("reply %d %s", reply.Status, reply.Body)
	}
}

func TestEMS_vector_E2_query(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	e := newEMS(t, func(c *courier.EMSConfig) { c.APIURL = o.URL + "/amp/api/open" })
	s := courier.Shipment{Company: "ems", Waybill: "1140000000011"}
	body, _ := json.Marshal(map[string]string{"retCode": "00000", "retBody": `{"responseItems":[` + string(vector(t, "e1.plain", "")) + `,` + emsNode("waybillNo", "1140000000022") + `]}`})
	o.says(200, string(body))
	push, err := e.Query(context.Background(), s, arrival)
	if err != nil {
		t.Fatal(err)
	}
	if path, sent := o.heard(); path != "/amp/api/open" || sent != string(vector(t, "e2.body", "7d42afcbad905399bfa6f13b5df53ef7bf4ef9bea874275b5922b787e929885a")) {
		t.Errorf("sent %s %s", path, sent)
	}
	pushed := e.Read(emsPush(string(vector(t, "e1.body", "")))).Rows
	if len(push.Rows) != 1 || push.Rows[0].Key != pushed[0].Key || told(push.Rows) != told(pushed) {
		t.Errorf("asked for: %s", told(push.Rows))
	}
	for answer, want := range map[string]string{
		`{"retCode":"00000","retBody":"{}"}`: "", `{"retCode":"00000","retBody":"{\"responseItems\":[]}"}`: "",
		`{"retCode":"B00010"}`: "later B00010", `[]`: "later answer", `{"retCode":"00000","retBody":"x"}`: "later answer",
	} {
		o.says(200, answer)
		if push, err := e.Query(context.Background(), s, arrival); callClass(err) != want || len(push.Rows) != 0 {
			t.Errorf("%s: %v, want %q", answer, err, want)
		}
	}
	if _, err := newEMS(t, func(c *courier.EMSConfig) { c.Authorization = "" }).Query(context.Background(), s, arrival); callClass(err) != "stopped not_configured" {
		t.Errorf("without an authorisation: %v", err)
	}
	if a, _ := e.Subscribe(context.Background(), s); a != model.SubscribeTaken {
		t.Errorf("subscribing: %s", a)
	}
}

func TestEMS_vector_E3_trace(t *testing.T) {
	t.Parallel()
	m, err := courier.ReadEMSMap([]byte(strings.NewReplacer("envelope: amp", "envelope: trace", `items: ""`, "items: /traces").Replace(courier.EMSMapDefault)))
	if err != nil {
		t.Fatal(err)
	}
	const key = "KCTESTTRACEKEY01"
	e := newEMS(t, func(c *courier.EMSConfig) { c.Map, c.Keys, c.NoToken = m, []string{key}, true })
	text := string(vector(t, "e3.text", ""))
	push := func(text, digest string) courier.Request {
		return courier.Request{ContentType: formType, ReceivedAt: arrival, Body: []byte("msgBody=" + url.QueryEscape(text) + "&dataDigest=" + url.QueryEscape(digest) + "&serialNo=1")}
	}
	r := push(text, "MTY4MDU0ZmE0Zjk0YzFjOTY0NTI0OTc0NGY1Yzk2YzM=")
	if got := refused(e, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	if got, want := told(e.Read(r).Rows), "delivered 09-16 11:20:05 汕尾 self"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	if reply := e.Reply(r, courier.Verdict{}); string(reply.Body) != `{"responseState":true,"errorDesc":""}` {
		t.Errorf("reply %s", reply.Body)
	}
	if got := refused(e, push(text+" ", "MTY4MDU0ZmE0Zjk0YzFjOTY0NTI0OTc0NGY1Yzk2YzM=")); got != 401 {
		t.Errorf("another text: %d", got)
	}
	sum := md5.Sum([]byte("[" + key))
	if got := refused(e, push("[", base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum[:]))))); got != 400 {
		t.Errorf("no JSON: %d", got)
	}
	if reply := e.Reply(r, courier.Verdict{Refusal: courier.RefusedUnavailable}); string(reply.Body) != `{"responseState":false,"errorDesc":"失败"}` {
		t.Errorf("reply %s", reply.Body)
	}
}

func TestEMS_codes(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	for _, c := range []struct{ code, name, text, want string }{
		{"203", "收寄计费信息", "", "collected"}, {"306", "揽投解车", "", "at_centre"}, {"954", "邮件到达处理中心", "", "at_centre"}, {"389", "", "", "in_transit"}, {"457", "", "", "in_transit"},
		{"702", "投递邮件接收-下段", "", "out_for_delivery"}, {"705", "投递结果反馈-未妥投", "收件人拒收", "delivery_failed"},
		{"704", "", "本人签收", "delivered self"}, {"704", "", "您的邮件已代签收【家人】", "delivered_by_other other"}, {"704", "", "已存入智能柜", "delivered_by_other locker"},
		{"748", "妥投", "", "delivered unknown"}, {"711", "未妥投", "", "delivery_failed"}, {"516", "", "邮件已存入驿站，待取", "at_pickup_point"},
		{"747", "", "收件人拒收", "rejected"}, {"747", "", "退回妥投", "returned"}, {"747", "退回", "", "returning"}, {"O_011", "", "撤单", "cancelled"}, {"747", "", "外包装破损", "damaged"},
		{"747", "", "", ""},
	} {
		push := e.Read(emsPush(emsBody(encipher(t, emsNode("opCode", c.code, "opName", c.name, "opDesc", c.text), emsKey))))
		got := strings.TrimSpace(string(push.Rows[0].Event) + " " + string(push.Rows[0].SignedBy))
		if got != c.want {
			t.Errorf("%s %s %s: %q, want %q", c.code, c.name, c.text, got, c.want)
		}
		if unknown := alerts(push) == "code_unknown:"+c.code; unknown != (c.want == "") {
			t.Errorf("%s: alerts %q", c.code, alerts(push))
		}
	}
}

func TestEMS_times(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	for given, want := range map[string]string{
		"2026-09-16 11:20:05": "09-16 11:20:05", "2026-9-16 11:20": "09-16 11:20:00", "2026/9/16 11:20": "09-16 11:20:00", "1789528805000": "09-16 11:20:05",
		"2026-09-16": "", "178952880500": "", "x": "",
	} {
		r := e.Read(emsPush(emsBody(encipher(t, emsNode("opTime", given), emsKey)))).Rows[0]
		if unreadable := len(r.Flags) > 0; unreadable != (want == "") || (want != "" && r.At.In(model.Beijing).Format("01-02 15:04:05") != want) {
			t.Errorf("%q: %v %v, want %q", given, r.At, r.Flags, want)
		}
	}
}

func TestEMS_hostile(t *testing.T) {
	t.Parallel()
	e, strict := newEMS(t), newEMS(t, func(c *courier.EMSConfig) { c.NoToken = true })
	good := emsBody(encipher(t, emsNode(), emsKey))
	cipher := strings.TrimPrefix(encipher(t, emsNode(), emsKey), "|$4|")
	raw, _ := base64.StdEncoding.DecodeString(cipher)
	swapped := append(append(append([]byte{}, raw[16:32]...), raw[:16]...), raw[32:]...)
	for _, c := range []struct {
		name   string
		body   string
		query  url.Values
		status int // with the token
		alone  int // where the cipher alone must prove the sender
		rows   int
		alerts string
	}{
		{name: "good", body: good, status: 200, alone: 200, rows: 1},
		{name: "with the key's text behind", body: emsBody(encipher(t, emsNode()+emsKey, emsKey)), status: 200, alone: 200, rows: 1},
		{name: "the key before", body: emsBody(encipher(t, emsNode(), "S2NFbXNUZXN0S2V5MDAwMg==")), status: 200, alone: 200, rows: 1},
		{name: "no token", body: good, query: url.Values{}, status: 401, alone: 200, rows: 1},
		{name: "another's message", body: strings.Replace(good, "1100000000001", "1100000000002", 1), status: 401, alone: 401},
		{name: "a stranger's key", body: emsBody(encipher(t, emsNode(), "AAAAAAAAAAAAAAAAAAAAAA==")), status: 200, alone: 401, alerts: "undecipherable"},
		{name: "blocks swapped", body: emsBody("|$4|" + base64.StdEncoding.EncodeToString(swapped)), status: 200, alone: 401, alerts: "shape:text"},
		{name: "a block cut", body: emsBody("|$4|" + base64.StdEncoding.EncodeToString(raw[:len(raw)-16])), status: 200, alone: 401, alerts: "undecipherable"},
		{name: "no blocks", body: emsBody("|$4|AAAA"), status: 200, alone: 401, alerts: "undecipherable"},
		{name: "no base64", body: emsBody("|$4|***"), status: 200, alone: 401, alerts: "undecipherable"},
		{name: "no cipher", body: emsBody(""), status: 200, alone: 401, alerts: "undecipherable"},
		{name: "gbk inside", body: emsBody(encipher(t, "{\"waybillNo\":\"\xc5\xc9\"}", emsKey)), status: 200, alone: 401, alerts: "undecipherable"},
		{name: "a list inside", body: emsBody(encipher(t, "[1]", emsKey)), status: 200, alone: 401, alerts: "shape:items"},
		{name: "a key twice inside", body: emsBody(encipher(t, `{"waybillNo":"1","WAYBILLNO":"2"}`, emsKey)), status: 200, alone: 401, alerts: "shape:text"},
		{name: "no waybill", body: emsBody(encipher(t, emsNode("waybillNo", ""), emsKey)), status: 200, alone: 401, alerts: "waybill"},
		{name: "numbers for texts", body: emsBody(encipher(t, `{"waybillNo":1140000000011,"opCode":704,"opTime":1789528805000}`, emsKey)), status: 200, alone: 200, rows: 1},
		{name: "a key twice outside", body: `{"senderNo":"1100000000001","SenderNo":"1100000000001"}`, status: 400, alone: 400},
		{name: "no json outside", body: `hello`, status: 400, alone: 400},
		{name: "an array where an object belongs", body: `[]`, status: 401, alone: 401},
		{name: "broken utf-8 outside", body: "\"\xc5\xc9\"", status: 400, alone: 400},
		{name: "too large", body: `"` + strings.Repeat("x", 256<<10) + `"`, status: 413, alone: 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := emsPush(c.body)
			if c.query != nil {
				r.Query = c.query
			}
			if got := refused(e, r); got != c.status {
				t.Errorf("answered %d, want %d", got, c.status)
			}
			if got := refused(strict, r); got != c.alone {
				t.Errorf("without a token answered %d, want %d", got, c.alone)
			}
			if c.status != 200 {
				return
			}
			if push := e.Read(r); len(push.Rows) != c.rows || alerts(push) != c.alerts {
				t.Errorf("%d rows, alerts %q; want %d, %q", len(push.Rows), alerts(push), c.rows, c.alerts)
			}
		})
	}
	odd := emsPush(`{"serialNo":"<script>"}`)
	if reply := e.Reply(odd, courier.Verdict{Refusal: courier.Receive(e, odd)}); strings.Contains(string(reply.Body), "<") {
		t.Errorf("a stranger's words come back: %s", reply.Body)
	}
}

func TestReadEMSMap_refuses_mistakes(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string][2]string{
		"an unknown envelope": {"envelope: amp", "envelope: soap"}, "no pointer": {`items: ""`, "items: traces"}, "an unknown field": {"office_code:", "colour:"},
		"no waybill": {"waybill: [waybillNo, traceNo]", "waybill: []"}, "no event": {"out_for_delivery,", "flying,"}, "no pattern": {`"破损"`, `"("`},
		"an unknown setting": {"times:", "zones: []\ntimes:"}, "no times": {`times: ["2006-1-2 15:4:5", "2006-1-2 15:4", epoch_ms]`, "times: []"}, "no yaml": {"envelope: amp", "\t:"},
	} {
		text := strings.Replace(courier.EMSMapDefault, edit[0], edit[1], 1)
		if text == courier.EMSMapDefault {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := courier.ReadEMSMap([]byte(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	plain, err := courier.ReadEMSMap([]byte(strings.NewReplacer("envelope: amp", "envelope: plain", `items: ""`, "items: /list/0/nodes").Replace(courier.EMSMapDefault)))
	if err != nil {
		t.Fatal(err)
	}
	e := newEMS(t, func(c *courier.EMSConfig) { c.Map = plain })
	r := emsPush(`{"list":[{"nodes":[` + emsNode() + `,7]}]}`)
	if got := refused(e, r); got != 200 {
		t.Errorf("plain: %d", got)
	}
	if push := e.Read(r); len(push.Rows) != 1 || alerts(push) != "shape:items" {
		t.Errorf("plain: %s, %s", told(push.Rows), alerts(push))
	}
	for name, cfg := range map[string]courier.EMSConfig{
		"no sender": {Keys: []string{emsKey}}, "no key": {Sender: "1"}, "a key that is none": {Sender: "1", Keys: []string{"sixteen letters!"}},
		"a short key": {Sender: "1", Keys: []string{"AAAA"}}, "plain without a token": {Sender: "1", Keys: []string{emsKey}, Map: plain, NoToken: true},
	} {
		if _, err := courier.NewEMS(cfg, courier.NewCaller()); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
