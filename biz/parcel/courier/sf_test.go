package courier_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

const (
	sfCheckword = "kcTestCheckword00000000000000001"
	sfToken     = "78e58e177c658540703fd46ded87c478"
)

func newSF(t testing.TB, api, digest string) *courier.SF {
	t.Helper()
	s, err := courier.NewSF(courier.SFConfig{
		Partner: "KCTEST01", Checkwords: []string{sfCheckword, "the checkword of last year"}, Digest: digest, APIURL: api,
		CallbackURL: "https://kc.example/callbacks/couriers/sf",
		Now:         func() time.Time { return time.UnixMilli(1789526400000) },
		RequestID:   func() string { return "kc-req-0001" },
	}, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sfPush(ctype, body string) courier.Request {
	return courier.Request{Query: url.Values{"k": {sfToken}}, ContentType: ctype, Body: []byte(body), ReceivedAt: arrival, Wall: arrival}
}

func sfJSON(nodes ...map[string]string) courier.Request {
	b, _ := json.Marshal(map[string]any{"Body": map[string]any{"WaybillRoute": nodes}})
	return sfPush("application/json ;charset=UTF-8", string(b))
}

func sfNode(fields ...string) map[string]string {
	n := map[string]string{"mailno": "SF1400000000001", "acceptAddress": "汕尾市", "acceptTime": "2026-09-16 10:00:00", "remark": "快件", "opCode": "31"}
	for i := 0; i < len(fields); i += 2 {
		n[fields[i]] = fields[i+1]
	}
	return n
}

func TestSF_vector_S1(t *testing.T) {
	t.Parallel()
	s := newSF(t, "", "")
	if got, want := s.CallbackAddress(), "https://kc.example/callbacks/couriers/sf?k="+sfToken; got != want {
		t.Errorf("address %s, want %s", got, want)
	}
	r := sfPush("application/json", string(vector(t, "s1.body", "1b8b77ad7469b0022b775141d97886e5ea6664ced792844b1a1250b04abd4695")))
	if got := refused(s, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	push := s.Read(r)
	if got, want := told(push.Rows), "collected 09-15 17:02:11 深圳市; out_for_delivery 09-16 08:40:02 汕尾市"; got != want || len(push.Alerts) != 0 {
		t.Errorf("told %q, want %q; alerts %v", got, want, push.Alerts)
	}
	if reply := s.Reply(r, courier.Verdict{}); string(reply.Body) != `{"return_code":"0000","return_msg":"成功"}` || reply.ContentType != "application/json; charset=utf-8" {
		t.Errorf("reply %s", reply.Body)
	}
	for _, k := range [][]string{{"78e58e177c658540703fd46ded87c479"}, {""}, nil, {sfToken, sfToken}} {
		r.Query = url.Values{"k": k}
		refusal := courier.Receive(s, r)
		if refusal == nil || refusal.Status != 401 {
			t.Errorf("token %q: %v", k, refusal)
			continue
		}
		if reply := s.Reply(r, courier.Verdict{Refusal: refusal}); string(reply.Body) != `{"return_code":"1000","return_msg":"系统异常"}` || reply.Status != 401 {
			t.Errorf("reply %d %s", reply.Status, reply.Body)
		}
	}
}

func TestSF_vector_S2(t *testing.T) {
	t.Parallel()
	s := newSF(t, "", "")
	body := string(vector(t, "s2.body", "098ee9f1521d7e5577eb9b44aa3dfb0848d2cd7bede236ffa121fd2435267423"))
	r := sfPush(formType, body)
	if got := refused(s, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	if got, want := told(s.Read(r).Rows), "delivered 09-16 10:12:31 汕尾市 unknown"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	reply := s.Reply(r, courier.Verdict{})
	if string(reply.Body) != `<Response service="RoutePushService"><Head>OK</Head></Response>` || reply.ContentType != "text/xml; charset=utf-8" {
		t.Errorf("reply %s", reply.Body)
	}
	reply = s.Reply(r, courier.Verdict{Refusal: courier.RefusedUnavailable})
	if want := `<Response service="RoutePushService"><Head>ERR</Head><ERROR code="4001">系统发生数据错误或运行时异常</ERROR></Response>`; string(reply.Body) != want || reply.Status != 503 {
		t.Errorf("reply %d %s", reply.Status, reply.Body)
	}
	if got := refused(s, sfPush(formType, body+"&verifyCode="+url.QueryEscape("zf9yRsYcZ0Rbg/smBYNwPA=="))); got != 200 {
		t.Errorf("a right verifyCode: %d", got)
	}
	if got := refused(s, sfPush(formType, body+"&verifyCode=AAAA")); got != 401 {
		t.Errorf("a wrong verifyCode: %d", got)
	}
}

func TestSF_vectors_S3_S4_digests(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.says(200, `{"apiErrorMsg":"","apiResponseID":"1","apiResultCode":"A1000","apiResultData":"{\"success\":true,\"errorCode\":\"S0000\",\"errorMsg\":null,\"msgData\":{\"routeResps\":[{\"mailNo\":\"SF1400000000001\",\"routes\":[{\"acceptTime\":\"2026-09-15 17:02:11\",\"acceptAddress\":\"深圳市\",\"remark\":\"顺丰速运 已收取快件\",\"opCode\":\"50\"}]},{\"mailNo\":\"SF1400000000002\",\"routes\":[{\"opCode\":\"80\"}]}]}}"}`)
	p := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "0000"}
	standard := newSF(t, o.URL, "")
	push, err := standard.Query(context.Background(), p, arrival)
	if err != nil {
		t.Fatal(err)
	}
	if _, body := o.heard(); body != string(vector(t, "s3.body", "127877d9551dbbf39479c58ae039da91477089e91f822bf4c21f85bcf965f5c0")) {
		t.Errorf("sent %s", body)
	}
	// Pushed and asked for, a node is the same row; another number's is left alone.
	pushed := standard.Read(sfPush("application/json", string(vector(t, "s1.body", "")))).Rows
	if len(push.Rows) != 1 || push.Rows[0].Key != pushed[0].Key {
		t.Errorf("asked for: %s", told(push.Rows))
	}
	for digest, want := range map[string]string{
		courier.SFDigestSimple: "+QptRUjOePrZLV7J2Y+HnA==", courier.SFDigestSM3: "04adf0e92c65dbd1d6146cf7f7117bbb7323a7951119fa99c5bbdfb9088c8fdd",
	} {
		if _, err := newSF(t, o.URL, digest).Query(context.Background(), p, arrival); err != nil {
			t.Fatal(err)
		}
		_, body := o.heard()
		if values, _ := url.ParseQuery(body); values.Get("msgDigest") != want {
			t.Errorf("%s: %s, want %s", digest, values.Get("msgDigest"), want)
		}
	}
	for _, c := range []struct{ data, timestamp, checkword, digest, want string }{
		{`{"n":"中 *~+"}`, "1", "test", courier.SFDigestStandard, "e23zTlWNw5H6stiPMB2KUQ=="},
		{`{"language":"zh-CN","orderId":"QIAO-20200618-004"}`, "12312334453453", "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci", courier.SFDigestStandard, "IIKJtuLVzoFTu4kHI8M8vA=="},
	} {
		if got := courier.SFDigest(c.data, c.timestamp, c.checkword, c.digest); got != c.want {
			t.Errorf("digest of %s: %s, want %s", c.data, got, c.want)
		}
	}
	sm3 := courier.SFDigest(`{"language":"zh-CN","orderId":"QIAO-20200618-004"}`, "12312334453453", "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci", courier.SFDigestSM3)
	if !strings.HasPrefix(sm3, "b05d2112") || !strings.HasSuffix(sm3, "02bda9081f") {
		t.Errorf("SM3 of the published sample: %s", sm3)
	}
}

func TestSF_calls_answered_badly(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := newSF(t, o.URL, "")
	p := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "0000"}
	for answer, want := range map[string]string{
		`{"apiResultCode":"A1001"}`: "refused A1001", `{"apiResultCode":"A1006"}`: "stopped A1006", `{"apiResultCode":"A1005"}`: "later A1005",
		`{"apiResultCode":"A1000","apiResultData":"x"}`: "later answer", `{"apiResultCode":"A1000","apiResultData":"{\"success\":false,\"errorCode\":\"20001\"}"}`: "refused 20001",
		`[]`: "later answer", `{"apiResultCode":"A1000","APIRESULTCODE":"A1000"}`: "later answer",
		`{"apiResultCode":"A1000","apiResultData":"{\"success\":true,\"msgData\":{\"routeResps\":[]}}"}`: "",
	} {
		o.says(200, answer)
		if push, err := s.Query(context.Background(), p, arrival); callClass(err) != want || len(push.Rows) != 0 {
			t.Errorf("%s: %v, want %q", answer, err, want)
		}
	}
	for answer, want := range map[string]model.SubscribeAnswer{
		`{"apiResultCode":"A1000","apiResultData":"{\"success\":true,\"errorCode\":\"S0000\"}"}`: model.SubscribeTaken,
		`{"apiResultCode":"A1000","apiResultData":"{\"success\":false,\"errorCode\":\"x\"}"}`:    model.SubscribeRefused,
		`{"apiResultCode":"A1006"}`: model.SubscribeStopped, `{"apiResultCode":"A1000","apiResultData":"x"}`: model.SubscribeLater,
	} {
		o.says(200, answer)
		if got, code := s.Subscribe(context.Background(), p); got != want {
			t.Errorf("%s: %s %s, want %s", answer, got, code, want)
		}
	}
	if _, body := o.heard(); !strings.Contains(body, "EXP_RECE_REGISTER_ROUTE") || !strings.Contains(body, sfToken) {
		t.Errorf("registered %s", body)
	}
}

func TestSF_codes(t *testing.T) {
	t.Parallel()
	s := newSF(t, "", "")
	for event, codes := range map[model.ParcelEvent]string{
		model.EventCollected: "50 54", model.EventAtCentre: "31", model.EventInTransit: "30 36 3036 302 304 10 11 105 106 41 43 46 407 126 99",
		model.EventToShop: "123", model.EventAtShop: "130 607", model.EventOutForDelivery: "44 204 34 47 634 630 933",
		model.EventAtPickupPoint: "125 642 678 33+83 70+85", model.EventDeliveryFailed: "33 70 66 77 833 72 870 611",
		model.EventReturning: "648 631 99+2", model.EventDelivered: "80 935", model.EventDeliveredByOther: "128 679",
		model.EventLost: "8000+6 8000+2", model.EventCancelled: "70+46", "": "8000 51 9999",
	} {
		for _, code := range strings.Fields(codes) {
			op, reason, _ := strings.Cut(code, "+")
			rows := s.Read(sfJSON(sfNode("opCode", op, "reasonCode", reason))).Rows
			if len(rows) != 1 || rows[0].Event != event {
				t.Errorf("%s means %s, want %s", code, told(rows), event)
			}
		}
	}
	for _, c := range []struct {
		node map[string]string
		want string
	}{
		{sfNode("opCode", "33", "remark", "客户拒收"), "rejected 09-16 10:00:00 汕尾市"},
		{sfNode("opCode", "70", "reasonName", "客户拒签"), "rejected 09-16 10:00:00 汕尾市"},
		{sfNode("opCode", "33", "remark", "外包装破损"), "damaged 09-16 10:00:00 汕尾市"},
		{sfNode("opCode", "80", "remark", "已签收,代签:家人"), "delivered_by_other 09-16 10:00:00 汕尾市 other"},
		{sfNode("opCode", "9999", "firstStatusCode", "3"), "out_for_delivery 09-16 10:00:00 汕尾市"},
		{sfNode("opCode", "607", "firstStatusCode", "1"), "collected 09-16 10:00:00 汕尾市"},
		{sfNode("opCode", "128", "firstStatusCode", "4"), "delivered_by_other 09-16 10:00:00 汕尾市 locker"},
		{sfNode("opCode", "31", "firstStatusCode", "2"), "at_centre 09-16 10:00:00 汕尾市"},
		{sfNode("opCode", "80", "firstStatusCode", "13"), "delivery_failed 09-16 10:00:00 汕尾市"},
	} {
		if got := told(s.Read(sfJSON(c.node)).Rows); got != c.want {
			t.Errorf("%v: %s, want %s", c.node, got, c.want)
		}
	}
	for remark, want := range map[string]string{
		"快件已退回/转寄,新单号为: SF1400000000099": "SF1400000000099", "新单号为：140000000099": "140000000099", "新单号为 SF1": "", "已退回": "",
	} {
		if rows := s.Read(sfJSON(sfNode("opCode", "648", "remark", remark))).Rows; rows[0].NewWaybill != want {
			t.Errorf("%s: %q, want %q", remark, rows[0].NewWaybill, want)
		}
	}
}

func TestSF_hostile(t *testing.T) {
	t.Parallel()
	s := newSF(t, "", "")
	form := func(xml string) courier.Request { return sfPush(formType, "content="+url.QueryEscape(xml)) }
	node := `<WaybillRoute mailno="SF1400000000001" opCode="50" acceptTime="2026-09-16 10:00:00"/>`
	wrap := func(in string) string {
		return `<Request service="RoutePushService"><Body>` + in + `</Body></Request>`
	}
	for _, c := range []struct {
		name   string
		r      courier.Request
		status int
		rows   int
		alerts string
	}{
		{name: "good xml", r: form(wrap(node)), status: 200, rows: 1},
		{name: "a document type", r: form(`<!DOCTYPE r [<!ENTITY x "y">]>` + wrap(node)), status: 400},
		{name: "an entity", r: form(wrap(`<WaybillRoute mailno="&x;"/>`)), status: 400},
		{name: "an attribute twice", r: form(wrap(`<WaybillRoute mailno="SF1400000000001" mailno="SF1400000000002"/>`)), status: 400},
		{name: "gbk by its own words", r: form(`<?xml version="1.0" encoding="GBK"?>` + wrap(node)), status: 400},
		{name: "too deep", r: form(wrap(`<a><b><c/></b></a>`)), status: 400},
		{name: "too many nodes", r: form(wrap(strings.Repeat(node, 101))), status: 400},
		{name: "a hundred nodes", r: form(wrap(strings.Repeat(node, 100))), status: 200, rows: 100},
		{name: "cut off", r: form(`<Request><Body>`), status: 400},
		{name: "no xml", r: form(`hello`), status: 400},
		{name: "nothing", r: form(``), status: 400},
		{name: "no nodes", r: form(wrap("")), status: 200, alerts: "shape:content"},
		{name: "content twice", r: sfPush(formType, "content=%3Ca%2F%3E&content=%3Ca%2F%3E"), status: 400},
		{name: "an unknown code", r: form(wrap(strings.Replace(node, `"50"`, `"9999"`, 1))), status: 200, rows: 1, alerts: "code_unknown:9999"},
		{name: "good json", r: sfJSON(sfNode()), status: 200, rows: 1},
		{name: "a bad node beside a good one", r: sfPush("application/json", `{"Body":{"WaybillRoute":[7,{"mailno":"SF1400000000001","opCode":50}]}}`), status: 200, rows: 1, alerts: "shape:WaybillRoute"},
		{name: "a node without a waybill beside a good one", r: sfJSON(sfNode("mailno", ""), sfNode()), status: 200, rows: 1, alerts: "waybill"},
		{name: "an array where an object belongs", r: sfPush("application/json", `{"Body":[]}`), status: 200, alerts: "shape:Body"},
		{name: "a key twice", r: sfPush("application/json", `{"Body":{},"body":{}}`), status: 400},
		{name: "too large", r: sfPush("application/json", `"`+strings.Repeat("x", 256<<10)+`"`), status: 413},
		{name: "xml as its type", r: sfPush("text/xml", wrap(node)), status: 415},
		{name: "broken utf-8", r: sfPush("application/json", "\"\xc5\xc9\""), status: 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := refused(s, c.r); got != c.status {
				t.Fatalf("answered %d, want %d", got, c.status)
			}
			if c.status != 200 {
				return
			}
			if push := s.Read(c.r); len(push.Rows) != c.rows || alerts(push) != c.alerts {
				t.Errorf("%d rows, alerts %q; want %d, %q", len(push.Rows), alerts(push), c.rows, c.alerts)
			}
		})
	}
	for _, cfg := range []courier.SFConfig{
		{}, {Partner: "p"}, {Partner: "p", Checkwords: []string{"short"}}, {Partner: "p", Checkwords: []string{sfCheckword}, Digest: "md5"},
	} {
		if _, err := courier.NewSF(cfg, courier.NewCaller()); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}

// A list of addresses is asked for beside the token, never instead of it.
func TestSF_allow(t *testing.T) {
	t.Parallel()
	s, err := courier.NewSF(courier.SFConfig{
		Partner: "KCTEST01", Checkwords: []string{sfCheckword}, Allow: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
	}, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]bool{"203.0.113.9": true, "::ffff:203.0.113.9": true, "198.51.100.1": false, "": false, "x": false} {
		r := sfJSON(sfNode("opCode", "50"))
		r.From = from
		if got := courier.Receive(s, r) == nil; got != want {
			t.Errorf("from %q: %v", from, got)
		}
		r.Query = nil
		if courier.Receive(s, r) == nil {
			t.Errorf("from %q without a token", from)
		}
	}
}

func TestSF_doubts(t *testing.T) {
	t.Parallel()
	s, err := courier.NewSF(courier.SFConfig{Partner: "KCTEST01", Checkwords: []string{sfCheckword}, Confirm: true}, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]bool{"50": false, "30": false, "44": false, "80": true, "99": false, "648": true} {
		if got := s.Doubts(s.Read(sfJSON(sfNode("opCode", code))).Rows[0]); got != want {
			t.Errorf("operation %s: %v", code, got)
		}
	}
}
