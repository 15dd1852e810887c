package courier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/signature"
	"kuacheng/model"
)

const standardKeys = "kc-2026b:ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,kc-2026a:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func newStandard(t testing.TB) *courier.Standard {
	t.Helper()
	keys, err := signature.ParseKeys(standardKeys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := courier.NewStandard(courier.StandardConfig{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signStandard makes a push as a partner does.
func signStandard(t testing.TB, body string) courier.Request {
	t.Helper()
	keys, err := signature.ParseKeys(standardKeys)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	signature.Sign(h, keys[1], []byte(body), arrival)
	return courier.Request{Header: h, ContentType: "application/json", Body: []byte(body), ReceivedAt: arrival, Wall: arrival}
}

// answer works a push as the service does, on one bound parcel.
func answer(s *courier.Standard, r courier.Request, p *model.Parcel) courier.Reply {
	var results []courier.Result
	for _, e := range s.Events(r) {
		switch {
		case e.Refused != nil:
			results = append(results, *e.Refused)
		case e.Row.Waybill != p.Waybill:
			results = append(results, e.Parked(false))
		case !p.Owns(e.Row.ParcelRow):
			results = append(results, e.Parked(true))
		default:
			ended := p.State.End()
			a := p.Absorb([]model.ParcelRow{e.Row.ParcelRow}, r.ReceivedAt)
			results = append(results, e.Absorbed(a.Outcomes[0], ended))
		}
	}
	return s.Reply(r, courier.Verdict{Results: results})
}

func boundStandard(t testing.TB) *model.Parcel {
	t.Helper()
	p, err := model.OpenParcel(model.NewParcel{
		Carrier: model.CarrierStandard, Waybill: "KD00000000012", Company: "local", Direction: model.ParcelMaterials,
		Contents: []model.ParcelContent{model.ContentMaterials}, SentAt: arrival.Add(-24 * time.Hour),
	}, arrival)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStandard_vector_T1(t *testing.T) {
	t.Parallel()
	s := newStandard(t)
	body := vector(t, "t1.body", "d847aaaeedee8adb8f9c6a09eb05c008b34850e267b565dd59aacb2e89dbe1b8")
	signedAt := time.Unix(1789524900, 0)
	r := courier.Request{Header: http.Header{}, ContentType: "application/json", Body: body, ReceivedAt: signedAt, Wall: signedAt}
	r.Header.Set("X-Kuacheng-Key", "kc-2026a")
	r.Header.Set("X-Kuacheng-Timestamp", "1789524900")
	r.Header.Set("X-Kuacheng-Nonce", "9f1c2d3e4b5a69788796a5b4c3d2e1f0")
	r.Header.Set("X-Kuacheng-Signature", "99011cf1f42f593e86e91ea1e66c12b88c9f7605bb935e741a6a2e50de2491e2")
	if got := refused(s, r); got != 200 {
		t.Fatalf("answered %d", got)
	}
	if refusal := courier.Receive(s, r); refusal == nil || refusal.Status != 409 || refusal.Code != "nonce_replayed" {
		t.Errorf("the same nonce again: %v", refusal)
	}
	p := boundStandard(t)
	before := strings.Index(string(body), `{"id":"ev-1000"`)
	end := strings.Index(string(body), `,{"id":"ev-2001"`)
	answer(s, courier.Request{Body: []byte(`{"events":[` + string(body[before:end]) + `]}`), ReceivedAt: signedAt}, p)
	reply := answer(s, r, p)
	if want := vector(t, "t1.answer", ""); string(reply.Body) != string(want) {
		t.Errorf("answered %s\nwant     %s", reply.Body, want)
	}
	if p.State != model.ParcelDelivered || p.SignedBy != model.SignedOther || len(p.Rows) != 3 {
		t.Errorf("%s by %s with %d rows", p.State, p.SignedBy, len(p.Rows))
	}
	// Everything again under a new nonce: each event that was taken is a duplicate.
	again := answer(s, r, p)
	if got := strings.Count(string(again.Body), `"duplicate"`); got != 3 {
		t.Errorf("again: %s", again.Body)
	}
}

func TestStandard_results(t *testing.T) {
	t.Parallel()
	s := newStandard(t)
	event := func(fields ...string) string {
		e := map[string]any{"id": "ev-1", "waybill": "KD00000000012", "type": "collected", "at": "2026-09-16T10:00:00+08:00"}
		for i := 0; i < len(fields); i += 2 {
			e[fields[i]] = fields[i+1]
		}
		b, _ := json.Marshal(e)
		return string(b)
	}
	for _, c := range []struct {
		name, first, second, want string // want: status and code of the last
	}{
		{"applied", "", event(), "applied"},
		{"duplicate", event(), event(), "duplicate"},
		{"another content", event(), event("place", "汕尾市"), "rejected id_conflict"},
		{"parked", "", event("waybill", "KD99999999999"), "parked waybill_unknown"},
		{"another company's", "", event("company", "yuantong"), "parked waybill_of_another_carrier"},
		{"its own company's", "", event("company", "LOCAL"), "applied"},
		{"an unknown type", "", event("type", "x_weighed"), "ignored type_unknown"},
		{"a type of ours", "", event("type", "at_centre"), "ignored type_unknown"},
		{"after the end", event("type", "delivered"), event("id", "ev-2", "at", "2026-09-16T11:00:00+08:00"), "ignored parcel_ended"},
		{"a clock ahead", "", event("at", "2026-09-16T12:00:00+08:00"), "applied time_clamped"},
		{"no waybill", "", event("waybill", " "), "rejected waybill_missing"},
		{"no waybill form", "", event("waybill", "运单"), "rejected waybill_malformed"},
		{"no return waybill form", "", event("type", "returning", "new_waybill", "x"), "rejected waybill_malformed"},
		{"no offset", "", event("at", "2026-09-16T10:00:00"), "rejected time_malformed"},
		{"no time", "", event("at", ""), "rejected time_malformed"},
		{"year one", "", event("at", "0001-01-01T00:00:00Z"), "rejected time_malformed"},
		{"no id", "", event("id", ""), "rejected id_malformed"},
		{"a long id", "", event("id", strings.Repeat("x", 65)), "rejected id_malformed"},
		{"an id that breaks lines", "", event("id", "a\nb"), "rejected id_malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := boundStandard(t)
			if c.first != "" {
				answer(s, courier.Request{Body: []byte(`{"events":[` + c.first + `]}`), ReceivedAt: arrival}, p)
			}
			r := signStandard(t, `{"events":[`+c.second+`]}`)
			if got := refused(s, r); got != 200 {
				t.Fatalf("refused with %d", got)
			}
			var got struct{ Results []courier.Result }
			if err := json.Unmarshal(answer(s, r, p).Body, &got); err != nil || len(got.Results) != 1 {
				t.Fatalf("%+v, %v", got, err)
			}
			if word := strings.TrimSpace(got.Results[0].Status + " " + got.Results[0].Code); word != c.want {
				t.Errorf("%s, want %s", word, c.want)
			}
			if c.want != "rejected id_conflict" && strings.HasPrefix(c.want, "rejected") && len(s.Read(r).Rows) != 0 {
				t.Error("a rejected event is stored")
			}
		})
	}
}

func TestStandard_rows(t *testing.T) {
	t.Parallel()
	s := newStandard(t)
	rows := s.Read(signStandard(t, `{"events":[
		{"id":"1","waybill":"kd 0001-22","type":"delivered","at":"2026-09-16T10:00:00+08:00","text":"放在驿站"},
		{"id":"2","waybill":"KD0001-22","type":"delivered_by_other","at":"2026-09-16T10:00:00+08:00"},
		{"id":"3","waybill":"KD0001-22","type":"delivered","at":"2026-09-16T10:00:00+08:00","text":"前台","signed_by":"self"},
		{"id":"4","waybill":"KD0001-22","type":"returning","at":"2026-09-16T10:00:00+08:00","new_waybill":"kd0001-23","reason":"拒收","place":"广东省汕尾市"},
		{"id":"5","waybill":"KD0001-22","type":"in_transit","at":"2026-09-16T10:00:00+08:00","new_waybill":"KD0001-24","seq":9}]}`)).Rows
	want := "delivered_by_other 09-16 10:00:00 locker; delivered_by_other 09-16 10:00:00 other; delivered 09-16 10:00:00 self; returning 09-16 10:00:00 汕尾市; in_transit 09-16 10:00:00"
	if got := told(rows); got != want {
		t.Errorf("told %s\nwant %s", got, want)
	}
	if rows[3].NewWaybill != "KD0001-23" || rows[3].Words != "拒收" || rows[4].NewWaybill != "" || rows[4].Seq != 9 || rows[0].Waybill != "KD0001-22" {
		t.Errorf("%+v", rows[3:])
	}
}

func TestStandard_hostile(t *testing.T) {
	t.Parallel()
	s := newStandard(t)
	good := `{"events":[{"id":"ev-1","waybill":"KD00000000012","type":"collected","at":"2026-09-16T10:00:00+08:00"}]}`
	many := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`{"id":"ev-%d","waybill":"KD00000000012","type":"collected","at":"2026-09-16T10:00:00+08:00"}`, i))
		}
		return `{"events":[` + strings.Join(all, ",") + `]}`
	}
	for _, c := range []struct {
		name   string
		body   string
		edit   func(*courier.Request)
		status int
		code   string
	}{
		{name: "good", body: good, status: 200},
		{name: "a hundred", body: many(100), status: 200},
		{name: "five minutes late", body: good, edit: func(r *courier.Request) { r.Wall = arrival.Add(300 * time.Second) }, status: 200},
		{name: "a second more", body: good, edit: func(r *courier.Request) { r.Wall = arrival.Add(301 * time.Second) }, status: 401, code: "timestamp_out_of_range"},
		{name: "the sandbox's clock does not count", body: good, edit: func(r *courier.Request) { r.ReceivedAt = arrival.Add(90 * 24 * time.Hour) }, status: 200},
		{name: "another body", body: good, edit: func(r *courier.Request) { r.Body = []byte(many(1)) }, status: 401, code: "signature_invalid"},
		{name: "an unknown key", body: good, edit: func(r *courier.Request) { r.Header.Set("X-Kuacheng-Key", "kc-2025z") }, status: 401, code: "key_unknown"},
		{name: "another's key", body: good, edit: func(r *courier.Request) { r.Header.Set("X-Kuacheng-Key", "kc-2026b") }, status: 401, code: "signature_invalid"},
		{name: "no header", body: good, edit: func(r *courier.Request) { r.Header.Del("X-Kuacheng-Nonce") }, status: 401, code: "signature_invalid"},
		{name: "a header twice", body: good, edit: func(r *courier.Request) { r.Header.Add("X-Kuacheng-Nonce", "9f1c2d3e4b5a69788796a5b4c3d2e1f0") }, status: 400, code: "bad_request"},
		{name: "a short nonce", body: good, edit: func(r *courier.Request) { r.Header.Set("X-Kuacheng-Nonce", "short") }, status: 401, code: "signature_invalid"},
		{name: "none", body: `{"events":[]}`, status: 400, code: "bad_request"},
		{name: "too many", body: many(101), status: 422, code: "too_many_events"},
		{name: "an unknown field", body: strings.Replace(good, `"id"`, `"colour":1,"id"`, 1), status: 400, code: "bad_request"},
		{name: "a key twice", body: strings.Replace(good, `"id"`, `"ID":"ev-0","id"`, 1), status: 400, code: "bad_request"},
		{name: "a number for a text", body: strings.Replace(good, `"ev-1"`, `1`, 1), status: 400, code: "bad_request"},
		{name: "too deep", body: strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9), status: 400, code: "bad_request"},
		{name: "broken utf-8", body: "{\"events\":[\"\xc5\xc9\"]}", status: 400, code: "bad_request"},
		{name: "a form", body: good, edit: func(r *courier.Request) { r.ContentType = formType }, status: 415, code: "unsupported_media_type"},
		{name: "too large", body: good + strings.Repeat(" ", 1<<20), status: 413, code: "payload_too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := signStandard(t, c.body)
			if c.edit != nil {
				c.edit(&r)
			}
			refusal := courier.Receive(s, r)
			if refusal == nil {
				if c.status != 200 {
					t.Fatalf("taken, want %d %s", c.status, c.code)
				}
				return
			}
			reply := s.Reply(r, courier.Verdict{Refusal: refusal, Request: "req-1"})
			var got struct {
				Code, Message string
				RequestID     string `json:"request_id"`
			}
			if err := json.Unmarshal(reply.Body, &got); err != nil || reply.Status != c.status || got.Code != c.code || got.Message == "" || got.RequestID != "req-1" {
				t.Errorf("%d %s, want %d %s", reply.Status, reply.Body, c.status, c.code)
			}
		})
	}
	// Who has no key is told the same, whatever is wrong.
	unknown, wrong := signStandard(t, good), signStandard(t, good)
	unknown.Header.Set("X-Kuacheng-Key", "nobody")
	wrong.Body = []byte("{}")
	say := func(r courier.Request) string {
		var got struct{ Message string }
		_ = json.Unmarshal(s.Reply(r, courier.Verdict{Refusal: courier.Receive(s, r)}).Body, &got)
		return got.Message
	}
	if say(unknown) != say(wrong) || say(wrong) == "" {
		t.Errorf("%q, %q", say(unknown), say(wrong))
	}
}

func TestNewStandard_refuses_weak_keys(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{"kc:" + strings.Repeat("00", 31), "KC-2026:" + strings.Repeat("00", 32), strings.Repeat("k", 33) + ":" + strings.Repeat("00", 32)} {
		parsed, err := signature.ParseKeys(keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := courier.NewStandard(courier.StandardConfig{Keys: parsed}); err == nil || strings.Contains(err.Error(), "0000") {
			t.Errorf("%s: %v", keys[:8], err)
		}
	}
	if _, err := courier.NewStandard(courier.StandardConfig{}); err == nil {
		t.Error("no key at all")
	}
	s := newStandard(t)
	if a, _ := s.Subscribe(context.Background(), courier.Shipment{}); a != model.SubscribeTaken {
		t.Errorf("subscribing: %s", a)
	}
	if _, err := s.Query(context.Background(), courier.Shipment{}, arrival); callClass(err) != "refused not_offered" {
		t.Errorf("asking: %v", err)
	}
}
