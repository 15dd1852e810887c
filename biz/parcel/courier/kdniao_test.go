package courier_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

const kdniaoKey = "kc-test-appkey-0001"

func newKdniao(t testing.TB, api string) *courier.Kdniao {
	t.Helper()
	k, err := courier.NewKdniao(courier.KdniaoConfig{ID: "1000001", Keys: []string{kdniaoKey, "the key before this one"}, APIURL: api}, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signKdniao(data, key string) []byte {
	sum := md5.Sum([]byte(data + key))
	sign := base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum[:])))
	return []byte("RequestData=" + url.QueryEscape(data) + "&RequestType=102&DataSign=" + url.QueryEscape(sign))
}

// kdniaoData is a push of one waybill of the post.
func kdniaoData(traces ...string) string {
	return `{"EBusinessID":"1000001","Count":1,"Data":[{"ShipperCode":"EMS","LogisticCode":"1140000000011","Success":true,"State":2,"StateEx":"202","Traces":[` + strings.Join(traces, ",") + `]}]}`
}

func TestKdniao_vector_N1(t *testing.T) {
	t.Parallel()
	k := newKdniao(t, "")
	r := formPush(vector(t, "n1.body", "889e986eac4ba73ebc1c8c71ad121caaa2652299634db787afe3719e19beef0c"))
	if got := refused(k, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	push := k.Read(r)
	if got, want := told(push.Rows), "collected 09-15 18:20:00 深圳市; out_for_delivery 09-16 09:05:10 汕尾市"; got != want || len(push.Alerts) != 0 {
		t.Errorf("told %q, want %q; alerts %v", got, want, push.Alerts)
	}
	now := time.Date(2026, 9, 16, 9, 31, 2, 0, model.Beijing)
	reply := k.Reply(r, courier.Verdict{Now: now})
	if want := `{"EBusinessID":"1000001","UpdateTime":"2026-09-16 09:31:02","Success":true,"Reason":""}`; reply.Status != 200 || string(reply.Body) != want {
		t.Errorf("reply %d %s", reply.Status, reply.Body)
	}
	reply = k.Reply(r, courier.Verdict{Now: now, Refusal: courier.RefusedUnavailable})
	if want := `{"EBusinessID":"1000001","UpdateTime":"2026-09-16 09:31:02","Success":false,"Reason":"失败"}`; reply.Status != 503 || string(reply.Body) != want {
		t.Errorf("reply %d %s", reply.Status, reply.Body)
	}
	twice := formPush([]byte(strings.Replace(string(r.Body), "MDg%3D", "MDg%253D", 1)))
	if got := refused(k, twice); got != 200 {
		t.Errorf("a sign encoded twice: %d", got)
	}
}

func TestKdniao_vector_N2_subscribe(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	k := newKdniao(t, o.URL)
	s := courier.Shipment{Company: "ems", Waybill: "1140000000011"}
	for _, c := range []struct {
		answer string
		want   model.SubscribeAnswer
		code   string
	}{
		{`{"Success":true,"Reason":""}`, model.SubscribeTaken, "success"},
		{`{"Success":"true"}`, model.SubscribeTaken, "success"},
		{`{"Success":false,"Reason":"非法参数"}`, model.SubscribeStopped, "illegal_parameter"},
		{`{"Success":false,"Reason":"没有可用套餐"}`, model.SubscribeStopped, "no_plan"},
		{`{"Success":false,"Reason":"快递公司编码错误"}`, model.SubscribeRefused, "company"},
		{`{"Success":false,"Reason":"系统忙"}`, model.SubscribeLater, "refused"},
		{`{}`, model.SubscribeLater, "answer"},
		{`[]`, model.SubscribeLater, "answer"},
	} {
		o.says(200, c.answer)
		if got, code := k.Subscribe(context.Background(), s); got != c.want || code != c.code {
			t.Errorf("%s: %s %s, want %s %s", c.answer, got, code, c.want, c.code)
		}
	}
	path, body := o.heard()
	if want := vector(t, "n2.body", "2427b37e5a28c027ce244882a8634361440d141f8fa180c03cee0adf4c17c849"); path != "/api/dist" || body != string(want) {
		t.Errorf("%s %s\nwant %s", path, body, want)
	}
	if answer, code := k.Subscribe(context.Background(), courier.Shipment{Company: "pigeon", Waybill: "1"}); answer != model.SubscribeRefused || code != "company" {
		t.Errorf("an unknown company: %s %s", answer, code)
	}
	s.Company, s.PhoneTail = "shunfeng", "1234"
	k.Subscribe(context.Background(), s)
	if _, body := o.heard(); !strings.Contains(body, "CustomerName%22%3A%221234") {
		t.Errorf("shunfeng wants the phone's last four: %s", body)
	}
}

func TestKdniao_query(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	k := newKdniao(t, o.URL)
	s := courier.Shipment{Company: "ems", Waybill: "1140000000011"}
	pushed := k.Read(formPush(vector(t, "n1.body", ""))).Rows
	o.says(200, `{"EBusinessID":"1000001","ShipperCode":"EMS","LogisticCode":"1140000000011","Success":true,"State":"2","StateEx":"202","Traces":[{"AcceptTime":"2026-09-15 18:20:00","AcceptStation":"【深圳市】已收寄","Location":"深圳市","Action":"1"},{"AcceptTime":"2026-09-16 09:05:10","AcceptStation":"【汕尾市】安排投递","Location":"汕尾市","Action":""}]}`)
	push, err := k.Query(context.Background(), s, arrival)
	if err != nil || told(push.Rows) != told(pushed) || push.Rows[1].Key != pushed[1].Key {
		t.Errorf("%s, %v", told(push.Rows), err)
	}
	if path, _ := o.heard(); path != "/Ebusiness/EbusinessOrderHandle.aspx" {
		t.Errorf("asked at %s", path)
	}
	for answer, want := range map[string]string{
		`{"Success":false,"Reason":"暂无轨迹信息"}`: "", `{"Success":false,"Reason":"没有可用套餐"}`: "stopped no_plan",
		`{"Success":false}`: "later refused", `x`: "later answer", `{"Success":true,"success":true}`: "later answer",
	} {
		o.says(200, answer)
		if push, err := k.Query(context.Background(), s, arrival); callClass(err) != want || len(push.Rows) != 0 {
			t.Errorf("%s: %v, want %q", answer, err, want)
		}
	}
}

func TestKdniao_codes(t *testing.T) {
	t.Parallel()
	k := newKdniao(t, "")
	for event, codes := range map[model.ParcelEvent]string{
		model.EventOrdered: "0 10", model.EventCollected: "1", model.EventInTransit: "2 204 205 206 5 299", model.EventArrivedCity: "201",
		model.EventOutForDelivery: "202 419", model.EventAtPickupPoint: "211", model.EventDeliveryFailed: "4 405 412 416 417 420 421 422 423",
		model.EventDamaged: "414", model.EventRejected: "404", model.EventReturning: "407 413", model.EventDelivered: "3 301 302",
		model.EventDeliveredByOther: "304 311", model.EventReturned: "406", model.EventCancelled: "415", "": "401 402 403 418 6 601 604 999 abc",
	} {
		for _, code := range strings.Fields(codes) {
			rows := k.Read(formPush(signKdniao(kdniaoData(`{"AcceptTime":"2026-09-16 09:00:00","AcceptStation":"x","Action":"`+code+`"}`), kdniaoKey))).Rows
			if len(rows) != 1 || rows[0].Event != event {
				t.Errorf("%s means %s, want %s", code, told(rows), event)
			}
		}
	}
}

func TestKdniao_rows(t *testing.T) {
	t.Parallel()
	k := newKdniao(t, "")
	read := func(traces ...string) string {
		return told(k.Read(formPush(signKdniao(kdniaoData(traces...), kdniaoKey))).Rows)
	}
	older, newer := `{"AcceptTime":"2026/9/16 8:00:00","AcceptStation":"a"}`, `{"AcceptTime":"2026/9/16 9:05:10","AcceptStation":"b"}`
	if got, want := read(older, newer), " 09-16 08:00:00; out_for_delivery 09-16 09:05:10"; got != want {
		t.Errorf("oldest first: %q", got)
	}
	if got, want := read(newer, older), "out_for_delivery 09-16 09:05:10;  09-16 08:00:00"; got != want {
		t.Errorf("newest first: %q", got)
	}
	if got, want := read(`{"AcceptTime":"2026-09-16 09:00:00","AcceptStation":"代签收","Action":"301"}`), "delivered_by_other 09-16 09:00:00 other"; got != want {
		t.Errorf("a normal signature by another: %q", got)
	}
}

func TestKdniao_hostile(t *testing.T) {
	t.Parallel()
	k := newKdniao(t, "")
	good := kdniaoData(`{"AcceptTime":"2026-09-16 09:00:00","AcceptStation":"x","Action":"1"}`)
	signed := func(data string) []byte { return signKdniao(data, kdniaoKey) }
	item := `{"ShipperCode":"EMS","LogisticCode":"%","Success":true,"Traces":[{"AcceptTime":"2026-09-16 09:00:00","AcceptStation":"x","Action":"1"}]}`
	many := strings.TrimSuffix(strings.Repeat(strings.Replace(item, "%", "1140000000011", 1)+",", 101), ",")
	for _, c := range []struct {
		name   string
		body   []byte
		status int
		rows   int
		alerts string
	}{
		{name: "good", body: signed(good), status: 200, rows: 1},
		{name: "the key before", body: signKdniao(good, "the key before this one"), status: 200, rows: 1},
		{name: "a stranger's key", body: signKdniao(good, "a key of somebody else"), status: 401},
		{name: "unsigned", body: []byte("RequestData=" + url.QueryEscape(good) + "&RequestType=102"), status: 401},
		{name: "another's account", body: signed(strings.Replace(good, "1000001", "1000002", 1)), status: 401},
		{name: "no account", body: signed(`{}`), status: 401},
		{name: "a field twice", body: append(signed(good), "&RequestType=101"...), status: 400},
		{name: "a key twice", body: signed(`{"EBusinessID":"1000001","ebusinessid":"1000001"}`), status: 400},
		{name: "no json", body: signed(`<xml/>`), status: 400},
		{name: "gbk", body: []byte("RequestData=%C5%C9"), status: 400},
		{name: "too large", body: []byte(strings.Repeat("x", 1<<20+1)), status: 413},
		{name: "cash on delivery", body: []byte(strings.Replace(string(signed(good)), "=102", "=107", 1)), status: 200},
		{name: "an unknown kind", body: []byte(strings.Replace(string(signed(good)), "=102", "=999", 1)), status: 200, rows: 1, alerts: "shape:RequestType"},
		{name: "a list on top", body: signed(`[]`), status: 200, alerts: "shape:RequestData"},
		{name: "no list of items", body: signed(`{"EBusinessID":"1000001","Data":{}}`), status: 200, alerts: "shape:Data"},
		{name: "bad items beside a good one", body: signed(`{"EBusinessID":1000001,"Data":[7,` + strings.Replace(item, "%", "1140000000011", 1) + `,` + strings.Replace(item, "%", "", 1) + `,` + strings.Replace(item, "%", strings.Repeat("1", 33), 1) + `]}`), status: 200, rows: 1, alerts: "shape:Data waybill"},
		{name: "bad rows beside a good one", body: signed(kdniaoData(`[]`, `{"AcceptTime":"2026-09-16 09:00:00","AcceptStation":"x"}`)), status: 200, rows: 1, alerts: "shape:Traces"},
		{name: "too many waybills", body: signed(`{"EBusinessID":"1000001","Data":[` + many + `]}`), status: 200, rows: 100, alerts: "truncated:waybills"},
		{name: "no data, says the vendor", body: signed(`{"EBusinessID":"1000001","Data":[{"ShipperCode":"EMS","LogisticCode":"1140000000011","Success":false,"Reason":"无轨迹","Traces":null}]}`), status: 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := formPush(c.body)
			if got := refused(k, r); got != c.status {
				t.Fatalf("answered %d, want %d", got, c.status)
			}
			if c.status != 200 {
				return
			}
			if push := k.Read(r); len(push.Rows) != c.rows || alerts(push) != c.alerts {
				t.Errorf("%d rows, alerts %q; want %d, %q", len(push.Rows), alerts(push), c.rows, c.alerts)
			}
		})
	}
	for _, cfg := range []courier.KdniaoConfig{{}, {ID: "1"}, {ID: "1", Keys: []string{"short"}}, {Keys: []string{kdniaoKey}}} {
		if _, err := courier.NewKdniao(cfg, courier.NewCaller()); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}
