package courier_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

// taken fuzzes one door with a push that is signed as it should be: whatever stands inside, the door answers with
// one of its statuses, and what it reads is bounded, whole and the same each time. Then it is put into a parcel.
func taken(t *testing.T, c courier.Carrier, r courier.Request) {
	t.Helper()
	status := 200
	if refusal := courier.Receive(c, r); refusal != nil {
		status = refusal.Status
	}
	switch status {
	case 200, 400, 401, 409, 413, 415, 422:
	default:
		t.Fatalf("answered %d", status)
	}
	if reply := c.Reply(r, courier.Verdict{Now: arrival}); reply.Status != 200 || !utf8.Valid(reply.Body) {
		t.Fatalf("reply %d %q", reply.Status, reply.Body)
	}
	// A stored message is read again without the door, so reading must bear what the door refuses, too.
	push := c.Read(r)
	if status == 200 {
		sound(t, c, push)
	}
	again := c.Read(r)
	if diff := cmp.Diff(push, again); diff != "" {
		t.Fatalf("read twice, it differs:\n%s", diff)
	}
}

func sound(t *testing.T, c courier.Carrier, push courier.Push) {
	t.Helper()
	perWaybill := map[string][]model.ParcelRow{}
	for _, r := range push.Rows {
		if r.Channel != c.Name() || !strings.HasPrefix(r.Key, string(c.Name())+":") || r.Waybill == "" || len(r.Waybill) > model.MaxWaybill || r.ReceivedAt != arrival {
			t.Fatalf("row %+v", r)
		}
		if utf8.RuneCountInString(r.Words) > 500 || !utf8.ValidString(r.Words) || utf8.RuneCountInString(r.Place) > 64 || len(r.Company) > 32 || len(r.Code) > 66 {
			t.Fatalf("row without bounds: %+v", r)
		}
		if r.Event != "" && r.Event.State() == "" {
			t.Fatalf("event %q", r.Event)
		}
		if r.Text != "" {
			t.Fatalf("words that are not sealed")
		}
		unreadable := len(r.Flags) > 0 && (r.Flags[0] == model.FlagTimeUnreadable || r.Flags[len(r.Flags)-1] == model.FlagTimeUnreadable)
		if r.At.IsZero() != unreadable || r.At.After(arrival.AddDate(1, 0, 0)) {
			t.Fatalf("time %v, flags %v", r.At, r.Flags)
		}
		if (r.Event.State() == model.ParcelDelivered) != (r.SignedBy != "") {
			t.Fatalf("%s by %q", r.Event, r.SignedBy)
		}
		perWaybill[r.Waybill] = append(perWaybill[r.Waybill], r.ParcelRow)
	}
	for _, a := range push.Alerts {
		if a.Kind == "" || strings.ContainsAny(a.Code, "<>\"'\n ") || len(a.Code) > 66 {
			t.Fatalf("alert %+v", a)
		}
	}
	for _, n := range push.News {
		if len(n.Company) > 32 || len(n.NewCompany) > 32 || (n.Over && n.Reason == "") {
			t.Fatalf("news %+v", n)
		}
	}
	for waybill, rows := range perWaybill {
		p := &model.Parcel{Head: model.Head{ID: model.ParcelID(c.Name(), waybill)}, Carrier: c.Name(), Waybill: waybill, State: model.ParcelCreated, SentAt: arrival.Add(-time.Hour)}
		p.Absorb(rows, arrival)
		if a := p.Absorb(rows, arrival); a.Changed {
			t.Fatal("absorbed twice, a push changes its parcel twice")
		}
	}
}

func seed(f *testing.F, texts ...string) {
	f.Helper()
	for _, text := range texts {
		f.Add([]byte(text))
	}
}

func FuzzKuaidi100(f *testing.F) {
	seed(f, string(vector(f, "k1.param", "")), kuaidi100Param("14", kuaidi100Row("", "拒收")), kuaidi100Param("x"), `{"status":"abort","message":"60天无变化","comNew":"ems"}`, `[]`)
	k := newKuaidi100(f, "")
	f.Fuzz(func(t *testing.T, param []byte) { taken(t, k, formPush(signKuaidi100(string(param), kuaidi100Salt))) })
}

func FuzzKdniao(f *testing.F) {
	seed(f, kdniaoData(`{"AcceptTime":"2026/9/16 9:5:1","AcceptStation":"签收","Action":"3"}`), kdniaoData(), `{"EBusinessID":1000001,"Data":{}}`, `{}`)
	k := newKdniao(f, "")
	f.Fuzz(func(t *testing.T, data []byte) { taken(t, k, formPush(signKdniao(string(data), kdniaoKey))) })
}

func FuzzSFJSON(f *testing.F) {
	seed(f, string(vector(f, "s1.body", "")), string(sfJSON(sfNode("opCode", "648", "remark", "新单号为: SF1400000000099")).Body), `{"Body":[]}`)
	s := newSF(f, "", "")
	f.Fuzz(func(t *testing.T, body []byte) { taken(t, s, sfPush("application/json", string(body))) })
}

func FuzzSFXML(f *testing.F) {
	seed(f, `<?xml version='1.0' encoding='UTF-8'?><Request service="RoutePushService"><Body><WaybillRoute mailno="SF1400000000001" opCode="80" acceptTime="2026-09-16 10:12:31" remark="已签收"/></Body></Request>`,
		`<!DOCTYPE a><a/>`, `<a><b><c><d><e/></d></c></b></a>`, `<WaybillRoute a="1" a="2"/>`)
	s := newSF(f, "", "")
	f.Fuzz(func(t *testing.T, xml []byte) { taken(t, s, sfPush(formType, "content="+url.QueryEscape(string(xml)))) })
}

func FuzzEMS(f *testing.F) {
	seed(f, string(vector(f, "e1.plain", "")), emsNode("opTime", "1789528805000"), emsNode("opCode", "747", "opDesc", "退回妥投"), `[{}]`, `{"waybillNo":[]}`)
	e := newEMS(f)
	f.Fuzz(func(t *testing.T, text []byte) { taken(t, e, emsPush(emsBody(encipher(t, string(text), emsKey)))) })
}

func FuzzStandard(f *testing.F) {
	seed(f, string(vector(f, "t1.body", "")), `{"events":[{}]}`, `{"events":[{"id":"1","waybill":"KD0001-22","type":"returning","new_waybill":"KD0001-23","at":"2026-09-16T10:00:00+08:00"}]}`, `{"events":{}}`)
	s := newStandard(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := signStandard(t, string(body))
		taken(t, s, r)
		for _, e := range s.Events(r) {
			if (e.Refused == nil) == (e.Row.Key == "") {
				t.Fatalf("neither refused nor a row: %+v", e)
			}
		}
	})
}

// FuzzDoor throws raw bodies of any type at every door, as strangers do.
func FuzzDoor(f *testing.F) {
	for _, name := range []string{"k1.body", "k2.body", "n1.body", "s1.body", "s2.body", "e1.body", "t1.body"} {
		f.Add("application/x-www-form-urlencoded", vector(f, name, ""))
		f.Add("application/json; charset=utf-8", vector(f, name, ""))
	}
	f.Add("", []byte("a=%zz&a=1;b"))
	doors := []courier.Carrier{newKuaidi100(f, ""), newKdniao(f, ""), newSF(f, "", ""), newEMS(f), newStandard(f)}
	f.Fuzz(func(t *testing.T, ctype string, body []byte) {
		for _, c := range doors {
			taken(t, c, courier.Request{ContentType: ctype, Body: body, Query: url.Values{"k": {sfToken}}, ReceivedAt: arrival, Wall: arrival})
		}
	})
}

func FuzzReadEMSMap(f *testing.F) {
	seed(f, courier.EMSMapDefault, "envelope: plain\nitems: /a/0\nfields: {waybill: [w], at: [t], code: [c]}\ntimes: [epoch_ms]\n")
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := courier.ReadEMSMap(text)
		if (m == nil) == (err == nil) {
			t.Fatalf("%v, %v", m, err)
		}
	})
}
