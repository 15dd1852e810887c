package courier_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

const kuaidi100Salt = "kcsalt00000000000000000000000001"

func newKuaidi100(t testing.TB, api string) *courier.Kuaidi100 {
	t.Helper()
	k, err := courier.NewKuaidi100(courier.Kuaidi100Config{
		Key: "KCTESTKEY001", Customer: "00000000000000000000000000KC0001",
		Salts: []string{kuaidi100Salt, "an older salt, still out there"}, APIURL: api,
		CallbackURL: "http://kc.example/callbacks/couriers/kuaidi100",
	}, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signKuaidi100(param, salt string) []byte {
	sum := md5.Sum([]byte(param + salt))
	return []byte("param=" + url.QueryEscape(param) + "&sign=" + strings.ToUpper(hex.EncodeToString(sum[:])))
}

// kuaidi100Param is a push of one waybill with the given rows.
func kuaidi100Param(state string, rows ...string) string {
	return `{"status":"polling","lastResult":{"state":"` + state + `","com":"shunfeng","nu":"SF1400000000001","data":[` + strings.Join(rows, ",") + `]}}`
}

func kuaidi100Row(code, words string) string {
	b, _ := json.Marshal(map[string]string{"ftime": "2026-09-16 10:00:00", "context": words, "statusCode": code})
	return string(b)
}

func TestKuaidi100_vector_K1(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	r := formPush(vector(t, "k1.body", "c5a74add0ec657d5b46886ecaceb51dc8891a93170c75838fb8fa76609e68dcb"))
	if got := refused(k, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	push := k.Read(r)
	if got, want := told(push.Rows), "delivered_by_other 09-16 10:12:31 汕尾市 other; out_for_delivery 09-16 08:40:02 汕尾市"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	if len(push.News) != 1 || !push.News[0].Over || push.News[0].Aborted || len(push.Alerts) != 0 {
		t.Errorf("news %+v, alerts %+v", push.News, push.Alerts)
	}
	reply := k.Reply(r, courier.Verdict{})
	if reply.Status != 200 || string(reply.Body) != `{"result":true,"returnCode":"200","message":"成功"}` || reply.ContentType != "application/json; charset=utf-8" {
		t.Errorf("reply %d %s", reply.Status, reply.Body)
	}
	row := push.Rows[0]
	if row.Words != "已签收，签收人：前台" || row.Text != "" || row.Company != "shunfeng" || row.Waybill != "SF1400000000001" || row.Code != "303" {
		t.Errorf("row %+v", row)
	}
	// With an empty salt the vendor still signs: anyone can make that.
	forged := formPush([]byte(strings.Replace(string(r.Body), "67272AD19CE1B0E0FA01940C04B82298", "E9A978118857589F6C3788A1BFCC2D4E", 1)))
	if got := refused(k, forged); got != 401 {
		t.Errorf("the sign of an empty salt: %d", got)
	}
}

func TestKuaidi100_vector_K2(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	r := formPush(vector(t, "k2.body", "e527367cd4ab9aff3759fa0aa6237bda6e8a650575e75a5a78d152db791730e9"))
	if got := refused(k, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	push := k.Read(r)
	want := courier.News{Company: "ems", Waybill: "1140000000011", Over: true, Aborted: true, Reason: "no_record"}
	if len(push.Rows) != 0 || len(push.News) != 1 || push.News[0] != want || len(push.Alerts) != 0 {
		t.Errorf("%+v", push)
	}
}

func TestKuaidi100_vector_K3_subscribe(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	k := newKuaidi100(t, o.URL)
	s := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "0000", From: "广东省深圳市南山区", To: "广东省汕尾市城区"}
	for _, c := range []struct {
		answer string
		want   model.SubscribeAnswer
	}{
		{`{"result":true,"returnCode":"200","message":"提交成功"}`, model.SubscribeTaken},
		{`{"result":"true","returnCode":200}`, model.SubscribeTaken},
		{`{"result":false,"returnCode":"501"}`, model.SubscribeTaken},
		{`{"result":false,"returnCode":"500"}`, model.SubscribeLater},
		{`{"result":false,"returnCode":"600"}`, model.SubscribeStopped},
		{`{"result":false,"returnCode":"601"}`, model.SubscribeStopped},
		{`{"result":false,"returnCode":"700"}`, model.SubscribeRefused},
		{`{"result":false,"returnCode":"701"}`, model.SubscribeRefused},
		{`{"result":false,"returnCode":"702"}`, model.SubscribeRefused},
		{`{"result":false,"returnCode":"999"}`, model.SubscribeLater},
		{`[]`, model.SubscribeLater},
	} {
		o.says(200, c.answer)
		if got, code := k.Subscribe(context.Background(), s); got != c.want {
			t.Errorf("%s: %s %s, want %s", c.answer, got, code, c.want)
		}
	}
	path, body := o.heard()
	if want := vector(t, "k3.body", "039cf24cc4b1d23e59658b4bb09e31182567b0229bcf0cac4dd2bd5cf4264f99"); path != "/poll" || body != string(want) {
		t.Errorf("%s %s\nwant %s", path, body, want)
	}
	s.Company = "yuantong"
	k.Subscribe(context.Background(), s)
	if _, body := o.heard(); strings.Contains(body, "phone") {
		t.Error("a company that asks for no phone was told one")
	}
}

func TestKuaidi100_vector_K4_query(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	k := newKuaidi100(t, o.URL)
	s := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "13800000000"}
	param := string(vector(t, "k1.param", ""))
	result := param[strings.Index(param, `"lastResult":`)+len(`"lastResult":`) : len(param)-1]
	o.says(200, result)
	push, err := k.Query(context.Background(), s, arrival)
	if err != nil {
		t.Fatal(err)
	}
	path, body := o.heard()
	if want := vector(t, "k4.body", "95b5d73255369b6b0ad024556d0da34059cafef32ddacf7580016a89e71bbb39"); path != "/poll/query.do" || body != string(want) {
		t.Errorf("%s %s\nwant %s", path, body, want)
	}
	// Pushed and asked for, the rows are the same.
	pushed := k.Read(formPush(vector(t, "k1.body", "")))
	if told(push.Rows) != told(pushed.Rows) || push.Rows[0].Key != pushed.Rows[0].Key || push.Rows[0].Key == push.Rows[1].Key {
		t.Errorf("asked: %s, pushed: %s", told(push.Rows), told(pushed.Rows))
	}
	for answer, want := range map[string]string{
		`{"result":false,"returnCode":"500","message":"x"}`: "",
		`{"message":"x","status":"201"}`:                    "",
		`{"result":false,"returnCode":"408"}`:               "refused 408",
		`{"result":false,"returnCode":"503"}`:               "stopped 503",
		`{"result":false,"returnCode":"502"}`:               "later 502",
		`{"status":"200","STATUS":"200"}`:                   "later answer",
	} {
		o.says(200, answer)
		push, err := k.Query(context.Background(), s, arrival)
		if callClass(err) != want || len(push.Rows) != 0 {
			t.Errorf("%s: %v, want %q", answer, err, want)
		}
	}
}

func TestKuaidi100_codes(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	// The vendor's table, column kuaidi100 of the common one.
	for event, codes := range map[model.ParcelEvent]string{
		model.EventOrdered: "101 102", model.EventCollected: "1 103", model.EventInTransit: "0 1002 1003 7 1009", model.EventArrivedCity: "1001",
		model.EventOutForDelivery: "5 502", model.EventAtPickupPoint: "501", model.EventDeliveryFailed: "2 204 205 206 207 208", model.EventDamaged: "209",
		model.EventRejected: "14 203", model.EventReturning: "6", model.EventDelivered: "3 301 302", model.EventDeliveredByOther: "303 304",
		model.EventReturned: "4", model.EventCancelled: "210 401", "": "201 202 8 10 11 12 13 99 abc 9999 <script>",
	} {
		for _, code := range strings.Fields(codes) {
			push := k.Read(formPush(signKuaidi100(kuaidi100Param("0", kuaidi100Row(code, "快件")), kuaidi100Salt)))
			if len(push.Rows) != 1 || push.Rows[0].Event != event {
				t.Errorf("%s means %v, want %s", code, push.Rows, event)
			}
			if strings.ContainsAny(push.Rows[0].Code+alerts(push), "<>") {
				t.Errorf("%s got through: %s", code, alerts(push))
			}
		}
	}
	for code, want := range map[string]string{"1009": "code_unknown:1009", "202": "code_without_state:202", "303": "", "99": "code_unknown:99"} {
		if got := alerts(k.Read(formPush(signKuaidi100(kuaidi100Param("0", kuaidi100Row(code, "快件")), kuaidi100Salt)))); got != want {
			t.Errorf("%s alerts %q, want %q", code, got, want)
		}
	}
}

func TestKuaidi100_signer(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	for _, c := range []struct {
		code, words string
		event       model.ParcelEvent
		signer      model.SignedBy
	}{
		{"3", "已签收", model.EventDelivered, model.SignedUnknown},
		{"3", "本人签收", model.EventDelivered, model.SignedSelf},
		{"3", "非本人签收，门卫", model.EventDeliveredByOther, model.SignedOther},
		{"3", "已存入丰巢快递柜", model.EventDeliveredByOther, model.SignedLocker},
		{"3", "【驿站】代收", model.EventDeliveredByOther, model.SignedLocker},
		{"302", "家人", model.EventDeliveredByOther, model.SignedOther},
		{"301", "前台", model.EventDelivered, model.SignedSelf}, // the code names the signer
		{"304", "本人", model.EventDeliveredByOther, model.SignedLocker},
	} {
		push := k.Read(formPush(signKuaidi100(kuaidi100Param("0", kuaidi100Row(c.code, c.words)), kuaidi100Salt)))
		if r := push.Rows[0]; r.Event != c.event || r.SignedBy != c.signer {
			t.Errorf("%s %s: %s by %s, want %s by %s", c.code, c.words, r.Event, r.SignedBy, c.event, c.signer)
		}
	}
}

func TestKuaidi100_rows_without_a_code(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	read := func(param string) []courier.Row {
		return k.Read(formPush(signKuaidi100(param, kuaidi100Salt))).Rows
	}
	rows := read(kuaidi100Param("5", `{"ftime":"2026-09-16 09:00:00","context":"派送"}`, `{"ftime":"2026-09-16 08:00:00","context":"到达"}`))
	if rows[0].Event != model.EventOutForDelivery || rows[1].Event != "" {
		t.Errorf("the newest takes the state, the others none: %s", told(rows))
	}
	rows = read(kuaidi100Param("5", `[]`, `{"ftime":"2026-09-16 08:00:00","context":"到达"}`))
	if len(rows) != 1 || rows[0].Event != "" {
		t.Errorf("where the newest cannot be read, none takes the state: %s", told(rows))
	}
	// The same row with a finer code later is the same row.
	again := read(kuaidi100Param("5", `{"ftime":"2026-09-16 09:00:00","context":"派送","statusCode":"501"}`))
	first := read(kuaidi100Param("5", `{"ftime":"2026-09-16 09:00:00","context":"派送"}`))
	if again[0].Key != first[0].Key || again[0].Grade <= first[0].Grade {
		t.Errorf("%+v\n%+v", first[0], again[0])
	}
}

// The table of hostile input, couriers.md §10, for this door.
func TestKuaidi100_hostile(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	good := kuaidi100Param("5", kuaidi100Row("5", "派送"))
	signed := func(param string) []byte { return signKuaidi100(param, kuaidi100Salt) }
	deep := strings.Repeat("[", 9) + strings.Repeat("]", 9)
	for _, c := range []struct {
		name   string
		body   []byte
		ctype  string
		status int
		rows   int
		alerts string
	}{
		{name: "good", body: signed(good), status: 200, rows: 1},
		{name: "an older salt", body: signKuaidi100(good, "an older salt, still out there"), status: 200, rows: 1},
		{name: "a sign in lower case", body: []byte(strings.ToLower(string(signed("{}")))), status: 200, alerts: "waybill"},
		{name: "a space and a charset in the type", body: signed(good), ctype: formType + " ;charset=UTF-8", status: 200, rows: 1},
		{name: "no sign", body: []byte("param=" + url.QueryEscape(good)), status: 401},
		{name: "no param", body: []byte("sign=00"), status: 401},
		{name: "an empty body", status: 401},
		{name: "a wrong sign", body: signKuaidi100(good, "some other salt of a stranger"), status: 401},
		{name: "an empty salt", body: signKuaidi100(good, ""), status: 401},
		{name: "one byte changed", body: []byte(strings.Replace(string(signed(good)), "10%3A00", "10%3A01", 1)), status: 401},
		{name: "too large", body: []byte("param=" + strings.Repeat("x", 1<<20)), status: 413},
		{name: "json", body: []byte(good), ctype: "application/json", status: 415},
		{name: "no type", body: signed(good), ctype: " ", status: 415},
		{name: "gbk by its label", body: signed(good), ctype: formType + "; charset=GBK", status: 415},
		{name: "gbk raw", body: []byte("param=\xc5\xc9\xcb\xcd&sign=00"), status: 400},
		{name: "gbk escaped", body: []byte("param=%C5%C9%CB%CD&sign=00"), status: 400},
		{name: "gbk signed", body: signed("{\"a\":\"\xc5\xc9\"}"), status: 400},
		{name: "param twice", body: append(signed(good), "&param=x"...), status: 400},
		{name: "a bare semicolon", body: append(signed(good), ";"...), status: 400},
		{name: "a key twice", body: signed(`{"lastResult":{"nu":"SF1400000000001","NU":"SF1400000000002"}}`), status: 400},
		{name: "a key twice by folding", body: signed(`{"status":"abort","ſtatus":"polling"}`), status: 400},
		{name: "a key twice by escapes", body: signed(`{"status":"abort","\u0073tatus":"polling"}`), status: 400},
		{name: "the same keys in different objects", body: signed(`{"status":"polling","lastResult":{"status":"a,{\"}[","nu":"SF1400000000001","data":[{"time":"a"},{"time":"b"}]}}`), status: 200, rows: 2},
		{name: "too deep", body: signed(`{"a":` + deep + `}`), status: 400},
		{name: "no json", body: signed("hello"), status: 400},
		{name: "json and more", body: signed("{}{}"), status: 400},
		{name: "json cut off", body: signed(`{"status":"polling"`), status: 400},
		{name: "an array where an object belongs", body: signed(`{"status":"polling","lastResult":[]}`), status: 200, alerts: "shape:param"},
		{name: "an object where a list belongs", body: signed(`{"status":"polling","lastResult":{"nu":"SF1400000000001","data":{}}}`), status: 200, alerts: "shape:data"},
		{name: "a bad row beside a good one", body: signed(kuaidi100Param("5", `7`, kuaidi100Row("5", "派送"), `{"context":{}}`)), status: 200, rows: 1, alerts: "shape:data"},
		{name: "a list on top", body: signed(`[]`), status: 200, alerts: "shape:param"},
		{name: "no waybill", body: signed(`{"status":"polling","lastResult":{"nu":""}}`), status: 200, alerts: "waybill"},
		{name: "an endless waybill", body: signed(`{"status":"polling","lastResult":{"nu":"` + strings.Repeat("9", 33) + `"}}`), status: 200, alerts: "waybill"},
		{name: "a waybill as a number", body: signed(`{"status":"polling","lastResult":{"nu":1140000000011,"com":"ems","data":[` + kuaidi100Row("5", "") + `]}}`), status: 200, rows: 1},
		{name: "an unknown status", body: signed(`{"status":"dancing","lastResult":{"nu":"SF1400000000001"}}`), status: 200, alerts: "shape:status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := formPush(c.body)
			if c.ctype != "" {
				r.ContentType = c.ctype
			}
			if got := refused(k, r); got != c.status {
				t.Fatalf("answered %d, want %d", got, c.status)
			}
			if c.status != 200 {
				return
			}
			push := k.Read(r)
			if len(push.Rows) != c.rows || alerts(push) != c.alerts {
				t.Errorf("%d rows, alerts %q; want %d, %q", len(push.Rows), alerts(push), c.rows, c.alerts)
			}
		})
	}
	refusal := k.Reply(courier.Request{}, courier.Verdict{Refusal: courier.RefusedUnavailable})
	if refusal.Status != 503 || string(refusal.Body) != `{"result":false,"returnCode":"500","message":"失败"}` {
		t.Errorf("refusal %d %s", refusal.Status, refusal.Body)
	}
}

func TestKuaidi100_bounds(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	var rows []string
	for i := range 600 {
		rows = append(rows, fmt.Sprintf(`{"ftime":"2026-09-%02d %02d:00:00","context":"%s%d","statusCode":"0"}`, 30-i/24, 23-i%24, strings.Repeat("长", 600), i))
	}
	push := k.Read(formPush(signKuaidi100(kuaidi100Param("0", rows...), kuaidi100Salt)))
	if len(push.Rows) != 500 || alerts(push) != "truncated:rows" {
		t.Fatalf("%d rows, %s", len(push.Rows), alerts(push))
	}
	newest := push.Rows[len(push.Rows)-1]
	if got := newest.At.In(model.Beijing).Format("01-02 15"); got != "09-30 23" || len([]rune(newest.Words)) != 500 {
		t.Errorf("the newest kept is of %s, %d runes", got, len([]rune(newest.Words)))
	}
}

func TestKuaidi100_times(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	for given, want := range map[string]string{
		"2026-09-16 10:12:31": "09-16 10:12:31", "2026/9/16 9:05:10": "09-16 09:05:10", "2026-09-16 10:12": "09-16 10:12:00", "2026-9-16": "09-16 00:00:00",
		"2026-09-16 24:00:00": "", "1999-09-16 10:00:00": "", "2028-01-01 00:00:00": "", "昨天": "", "": "",
	} {
		push := k.Read(formPush(signKuaidi100(kuaidi100Param("0", `{"ftime":"`+given+`","context":"x","statusCode":"0"}`), kuaidi100Salt)))
		r := push.Rows[0]
		unreadable := len(r.Flags) == 1 && r.Flags[0] == model.FlagTimeUnreadable
		if unreadable != (want == "") || (want != "" && r.At.In(model.Beijing).Format("01-02 15:04:05") != want) {
			t.Errorf("%q: %v %v, want %q", given, r.At, r.Flags, want)
		}
	}
}

func TestKuaidi100_other_company(t *testing.T) {
	t.Parallel()
	k := newKuaidi100(t, "")
	push := k.Read(formPush(signKuaidi100(`{"status":"polling","autoCheck":"1","comOld":"ems","comNew":"shunfeng","lastResult":{"com":"shunfeng","nu":"SF1400000000001","data":[]}}`, kuaidi100Salt)))
	if len(push.News) != 1 || push.News[0].NewCompany != "shunfeng" || push.News[0].Over {
		t.Errorf("%+v", push.News)
	}
}

func TestNewKuaidi100_refuses_short_salts(t *testing.T) {
	t.Parallel()
	for _, salts := range [][]string{nil, {""}, {"fifteen letters"}, {kuaidi100Salt, "short"}} {
		if _, err := courier.NewKuaidi100(courier.Kuaidi100Config{Salts: salts}, courier.NewCaller()); err == nil {
			t.Errorf("salts %q were taken", salts)
		}
	}
}

func TestKuaidi100_without_a_key_only_listens(t *testing.T) {
	t.Parallel()
	k, err := courier.NewKuaidi100(courier.Kuaidi100Config{Salts: []string{kuaidi100Salt}}, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	if answer, code := k.Subscribe(context.Background(), courier.Shipment{}); answer != model.SubscribeStopped || code != "not_configured" {
		t.Errorf("subscribing: %s %s", answer, code)
	}
	if _, err := k.Query(context.Background(), courier.Shipment{}, arrival); callClass(err) != "stopped not_configured" {
		t.Errorf("asking: %v", err)
	}
}
