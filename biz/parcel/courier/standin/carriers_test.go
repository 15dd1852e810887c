package standin_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/parcel/courier/standin"
	"kuacheng/model"
)

// onForm lets SF push forms with XML.
func onForm(c *standin.Config) { c.SFForm = true }

func TestEveryCarrier_the_way_of_a_parcel(t *testing.T) {
	t.Parallel()
	for _, c := range model.Carriers {
		for name, edit := range map[string]func(*standin.Config){"json": func(*standin.Config) {}, "form": onForm} {
			if name == "form" && c != model.CarrierSF {
				continue
			}
			t.Run(string(c)+" "+name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, edit)
				h.bind(t, c, companies[c], numbers[c])
				for i, want := range []model.ParcelState{
					model.ParcelCollected, model.ParcelInTransit, model.ParcelInTransit, model.ParcelInTransit, model.ParcelOutForDelivery, model.ParcelDelivered,
				} {
					a := mustAdvance(t, h, c, numbers[c], "", "")
					if len(a.Posted) != 1 || a.Posted[0].Status != 200 || strings.Contains(a.Posted[0].URL, "?") {
						t.Fatalf("step %d posted %+v", i, a.Posted)
					}
					if state, rows := h.parcel(c, numbers[c]); state != want || rows != i+1 {
						t.Fatalf("step %d (%s): %s with %d rows, want %s", i, a.Step, state, rows, want)
					}
				}
				if len(h.alerts) != 0 || len(h.standin.Retry(context.Background())) != 0 {
					t.Errorf("alerts %+v", h.alerts)
				}
				p := h.parcels[model.ParcelID(c, numbers[c])]
				var way []string
				for _, e := range p.PublicEvents() {
					way = append(way, string(e.Event)+e.Place)
				}
				want := "collected深圳市 in_transit深圳市 in_transit广州市 arrived_city汕尾市 out_for_delivery汕尾市 delivered汕尾市"
				if got := strings.Join(way, " "); got != want || p.SignedBy != model.SignedSelf {
					t.Errorf("public way %s by %s, want %s", got, p.SignedBy, want)
				}
			})
		}
	}
}

func TestEveryCarrier_branches(t *testing.T) {
	t.Parallel()
	want := map[string]model.ParcelState{
		"at_pickup_point": model.ParcelAtPickupPoint, "delivered_by_other": model.ParcelDelivered, "delivery_failed": model.ParcelProblem,
		"damaged": model.ParcelProblem, "rejected": model.ParcelReturning, "returned": model.ParcelReturned, "cancelled": model.ParcelCancelled,
		"lost": model.ParcelLost,
	}
	for _, c := range model.Carriers {
		t.Run(string(c), func(t *testing.T) {
			t.Parallel()
			for to, state := range want {
				h := newHouse(t)
				h.bind(t, c, companies[c], numbers[c])
				mustAdvance(t, h, c, numbers[c], to, "")
				if got, _ := h.parcel(c, numbers[c]); got != state {
					t.Errorf("to %s: %s, want %s", to, got, state)
				}
				if p := h.parcels[model.ParcelID(c, numbers[c])]; to == "delivered_by_other" && p.SignedBy != model.SignedOther {
					t.Errorf("signed by %s", p.SignedBy)
				}
			}
		})
	}
}

// What each fault meets at each door, and how many of three scans are known in the end: after the carrier has
// tried again, and after the poll where only that can heal.
func TestEveryCarrier_faults(t *testing.T) {
	t.Parallel()
	s := func(all ...int) []int { return all }
	for _, c := range []struct {
		carrier model.Carrier
		edit    func(*standin.Config)
		fault   standin.Fault
		answers []int
		rows    int // after the fault; one scan was told before
		healed  int // after retries, and another scan
	}{
		{model.CarrierKdniao, nil, standin.FaultDuplicate, s(200, 200, 200, 200), 2, 3},
		{model.CarrierKdniao, nil, standin.FaultReorder, s(200, 200), 2, 3},
		{model.CarrierKdniao, nil, standin.FaultLate, s(200), 1, 3},
		{model.CarrierKdniao, nil, standin.FaultTamper, s(401), 1, 3},
		{model.CarrierKdniao, nil, standin.FaultReplay, s(200, 200), 2, 3},
		{model.CarrierKdniao, nil, standin.FaultLostReply, s(200, 200), 2, 3},
		{model.CarrierKdniao, nil, standin.FaultSlow, s(200), 2, 3},
		{model.CarrierKdniao, nil, standin.FaultFuture, s(200), 2, 3},
		{model.CarrierKdniao, nil, standin.FaultGBK, s(400), 1, 3},
		{model.CarrierKdniao, nil, standin.FaultOversize, s(413), 1, 3},
		{model.CarrierKdniao, nil, standin.FaultDoubleField, s(400), 1, 3},
		{model.CarrierKdniao, nil, standin.FaultOtherCarrier, s(200), 1, 3},
		{model.CarrierKdniao, nil, standin.FaultRecode, s(200, 200), 2, 3},

		{model.CarrierSF, nil, standin.FaultDuplicate, s(200, 200, 200, 200), 2, 3},
		{model.CarrierSF, nil, standin.FaultReorder, s(200, 200), 2, 3},
		{model.CarrierSF, nil, standin.FaultLate, nil, 1, 3},
		{model.CarrierSF, nil, standin.FaultTamper, s(401), 1, 3},
		{model.CarrierSF, nil, standin.FaultReplay, s(200, 200), 2, 3},
		{model.CarrierSF, nil, standin.FaultLostReply, s(200, 200), 2, 3},
		{model.CarrierSF, nil, standin.FaultFuture, s(200), 2, 3},
		{model.CarrierSF, nil, standin.FaultGBK, s(400), 1, 3},
		{model.CarrierSF, nil, standin.FaultOversize, s(413), 1, 3},
		{model.CarrierSF, nil, standin.FaultDoubleField, s(400), 1, 3},
		{model.CarrierSF, onForm, standin.FaultDoctype, s(400), 1, 3},
		{model.CarrierSF, onForm, standin.FaultGBK, s(400), 1, 3},
		{model.CarrierSF, onForm, standin.FaultDoubleField, s(400), 1, 3},
		{model.CarrierSF, onForm, standin.FaultTamper, s(401), 1, 3},

		{model.CarrierEMS, nil, standin.FaultDuplicate, s(200, 200, 200, 200), 2, 3},
		{model.CarrierEMS, nil, standin.FaultLate, nil, 1, 3},
		{model.CarrierEMS, nil, standin.FaultTamper, s(401), 1, 3},
		{model.CarrierEMS, nil, standin.FaultReplay, s(200, 200), 2, 3},
		{model.CarrierEMS, nil, standin.FaultLostReply, s(200, 200), 2, 3},
		{model.CarrierEMS, nil, standin.FaultFuture, s(200), 2, 3},
		{model.CarrierEMS, nil, standin.FaultGBK, s(200), 1, 3}, // kept with an alert: the poll brings the scan
		{model.CarrierEMS, nil, standin.FaultOversize, s(413), 1, 3},
		{model.CarrierEMS, nil, standin.FaultDoubleField, s(400), 1, 3},

		{model.CarrierStandard, nil, standin.FaultDuplicate, s(200, 200, 200, 200), 2, 3},
		{model.CarrierStandard, nil, standin.FaultReorder, s(200), 2, 3},
		{model.CarrierStandard, nil, standin.FaultLate, nil, 1, 3},
		{model.CarrierStandard, nil, standin.FaultTamper, s(401), 1, 3},
		{model.CarrierStandard, nil, standin.FaultReplay, s(200, 409), 2, 3},
		{model.CarrierStandard, nil, standin.FaultLostReply, s(200, 200), 2, 3},
		{model.CarrierStandard, nil, standin.FaultFuture, s(200), 2, 3},
		{model.CarrierStandard, nil, standin.FaultGBK, s(400), 1, 3},
		{model.CarrierStandard, nil, standin.FaultOversize, s(413), 1, 3},
		{model.CarrierStandard, nil, standin.FaultDoubleField, s(400), 1, 3},
		{model.CarrierStandard, nil, standin.FaultOtherCarrier, s(200), 1, 2}, // parked until a clerk has looked
	} {
		name := string(c.carrier) + " " + string(c.fault)
		if c.edit != nil {
			name += " form"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			if c.edit != nil {
				h = newHouse(t, c.edit)
			}
			number := numbers[c.carrier]
			h.bind(t, c.carrier, companies[c.carrier], number)
			mustAdvance(t, h, c.carrier, number, "", "")
			h.answers()
			mustAdvance(t, h, c.carrier, number, "", c.fault)
			if got := h.answers(); !slices.Equal(got, c.answers) {
				t.Errorf("answers %v, want %v", got, c.answers)
			}
			if _, rows := h.parcel(c.carrier, number); rows != c.rows {
				t.Errorf("%d rows, want %d", rows, c.rows)
			}
			h.clock.Advance(30 * time.Minute)
			h.standin.Retry(context.Background())
			mustAdvance(t, h, c.carrier, number, "", "")
			p := h.parcels[model.ParcelID(c.carrier, number)]
			if c.carrier == model.CarrierEMS {
				push, err := h.set[c.carrier].Query(context.Background(), h.shipment(p), h.clock.Now())
				must(t, err)
				h.mu.Lock()
				h.absorb(c.carrier, push)
				h.mu.Unlock()
			}
			if state, rows := h.parcel(c.carrier, number); rows != c.healed || state != model.ParcelInTransit {
				t.Errorf("healed to %s with %d rows, want %d", state, rows, c.healed)
			}
		})
	}
}

func TestEveryCarrier_asked_instead_of_told(t *testing.T) {
	t.Parallel()
	for _, c := range []model.Carrier{model.CarrierKdniao, model.CarrierSF, model.CarrierEMS} {
		h := newHouse(t)
		h.bind(t, c, companies[c], numbers[c])
		p := h.parcels[model.ParcelID(c, numbers[c])]
		if push, err := h.set[c].Query(context.Background(), h.shipment(p), h.clock.Now()); err != nil || len(push.Rows) != 0 {
			t.Errorf("%s, before anything happened: %+v, %v", c, push, err)
		}
		mustAdvance(t, h, c, numbers[c], "delivered", "")
		push, err := h.set[c].Query(context.Background(), h.shipment(p), h.clock.Now())
		if err != nil || len(push.Rows) != 6 {
			t.Fatalf("%s: %d rows, %v", c, len(push.Rows), err)
		}
		for _, r := range push.Rows {
			if got := p.Absorb([]model.ParcelRow{r.ParcelRow}, h.clock.Now()); got.Outcomes[0] != model.RowDuplicate {
				t.Errorf("%s: asked for, a row is another: %+v", c, r)
			}
		}
	}
}

func TestEveryCarrier_retries_until_heard(t *testing.T) {
	t.Parallel()
	for c, waits := range map[model.Carrier][]time.Duration{
		model.CarrierKdniao: {5 * time.Minute, 5 * time.Minute, 5 * time.Minute}, model.CarrierSF: {10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		model.CarrierEMS:      {10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		model.CarrierStandard: {time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour},
	} {
		h := newHouse(t)
		h.bind(t, c, companies[c], numbers[c])
		h.down = true
		mustAdvance(t, h, c, numbers[c], "", "")
		for i, wait := range waits {
			h.mu.Lock()
			h.down = i < len(waits)-1
			h.mu.Unlock()
			h.clock.Advance(wait - time.Second)
			if posted := h.standin.Retry(context.Background()); len(posted) != 0 {
				t.Errorf("%s: before its time: %+v", c, posted)
			}
			h.clock.Advance(time.Second)
			if posted := h.standin.Retry(context.Background()); len(posted) != 1 {
				t.Errorf("%s: retry %d posted %+v", c, i, posted)
			}
		}
		if state, _ := h.parcel(c, numbers[c]); state != model.ParcelCollected || len(h.standin.Retry(context.Background())) != 0 {
			t.Errorf("%s: in the end %s", c, state)
		}
	}
}

// The offices check our requests as the carriers do.
func TestEveryCarrier_office_is_strict(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	base, caller := h.office.URL+"/sandbox/standin/", courier.NewCaller()
	kdniao := func(id, key string) courier.Carrier {
		k, err := courier.NewKdniao(courier.KdniaoConfig{ID: id, Keys: []string{key}, APIURL: base + "kdniao"}, caller)
		must(t, err)
		return k
	}
	sf := func(partner, word, digest, callback string) courier.Carrier {
		k, err := courier.NewSF(courier.SFConfig{Partner: partner, Checkwords: []string{word}, Digest: digest, APIURL: base + "sf/std/service", CallbackURL: callback}, caller)
		must(t, err)
		return k
	}
	ems := func(authorization, key string) courier.Carrier {
		k, err := courier.NewEMS(courier.EMSConfig{Sender: "1100000000001", Authorization: authorization, Keys: []string{key}, APIURL: base + "ems/amp/api/open"}, caller)
		must(t, err)
		return k
	}
	post := courier.Shipment{Company: "ems", Waybill: "1140000000011"}
	shunfeng := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "0000"}
	word := "kcTestCheckword00000000000000001"
	for _, c := range []struct {
		name string
		c    courier.Carrier
		s    courier.Shipment
		sub  string // "" = not asked
		ask  string
	}{
		{"kdniao", kdniao("1000001", "kc-test-appkey-0001"), post, "success", ""},
		{"kdniao, another key", kdniao("1000001", "kc-test-appkey-0002"), post, "illegal_parameter", "illegal_parameter"},
		{"kdniao, another account", kdniao("1000002", "kc-test-appkey-0001"), post, "illegal_parameter", "illegal_parameter"},
		{"kdniao, no phone", kdniao("1000001", "kc-test-appkey-0001"), courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001"}, "waybill", "waybill"},
		{"sf", sf("KCTEST01", word, "", "http://kc.example/x"), shunfeng, "S0000", ""},
		{"sf, another checkword", sf("KCTEST01", "kcTestCheckword00000000000000002", "", "http://kc.example/x"), shunfeng, "A1006", "A1006"},
		{"sf, another digest", sf("KCTEST01", word, courier.SFDigestSM3, "http://kc.example/x"), shunfeng, "A1006", "A1006"},
		{"sf, another partner", sf("KCTEST02", word, "", "http://kc.example/x"), shunfeng, "A1004", "A1004"},
		{"sf, no callback", sf("KCTEST01", word, "", ""), shunfeng, "20001", ""},
		{"sf, no phone", sf("KCTEST01", word, "", "http://kc.example/x"), courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000002"}, "", "20001"},
		{"ems", ems("kc-test", "S2NFbXNUZXN0S2V5MDAwMQ=="), post, "", ""},
		{"ems, another authorisation", ems("else", "S2NFbXNUZXN0S2V5MDAwMQ=="), post, "", "B00002"},
		{"ems, another key", ems("kc-test", "S2NFbXNUZXN0S2V5MDAwMg=="), post, "", "B00003"},
	} {
		if c.sub != "" {
			if _, code := c.c.Subscribe(context.Background(), c.s); code != c.sub {
				t.Errorf("%s: subscribing: %s, want %s", c.name, code, c.sub)
			}
		}
		_, err := c.c.Query(context.Background(), c.s, time.Now())
		got := ""
		if err != nil {
			got = err.Error()[strings.LastIndex(err.Error(), " ")+1:]
		}
		if got != c.ask {
			t.Errorf("%s: asking: %q, want %q", c.name, got, c.ask)
		}
	}
	for _, digest := range []string{courier.SFDigestSimple, courier.SFDigestSM3} {
		g := newHouse(t, func(c *standin.Config) { c.SF.Digest = digest })
		if answer, code := g.set[model.CarrierSF].Subscribe(context.Background(), shunfeng); answer != model.SubscribeTaken {
			t.Errorf("%s: %s %s", digest, answer, code)
		}
	}
}

// fixed is a clock that stands.
type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

// The offices write their pushes as the carriers do, byte for byte.
func TestEveryCarrier_office_writes_its_vector(t *testing.T) {
	t.Parallel()
	at := func(now time.Time, edit ...func(*standin.Config)) *standin.Server {
		h := newHouse(t, append(edit, func(c *standin.Config) { c.Clock = fixed(now) })...)
		return h.standin
	}
	for _, c := range []struct {
		vector  string
		standin *standin.Server
		carrier model.Carrier
		company string
		waybill string
		order   string
		scans   []standin.Scan
	}{
		{"n1.body", at(beijing(9, 31, 0)), model.CarrierKdniao, "ems", "1140000000011", "", []standin.Scan{
			{Event: model.EventCollected, At: beijing(18, 20, 0).AddDate(0, 0, -1), City: "深圳市", Words: "【深圳市】已收寄"},
			{Event: model.EventOutForDelivery, At: beijing(9, 5, 10), City: "汕尾市", Words: "【汕尾市】安排投递"},
		}},
		{"s1.body", at(beijing(9, 0, 0)), model.CarrierSF, "shunfeng", "SF1400000000001", "KC-P-0001", []standin.Scan{
			{Event: model.EventCollected, At: beijing(17, 2, 11).AddDate(0, 0, -1), City: "深圳市", Words: "顺丰速运 已收取快件"},
			{Event: model.EventOutForDelivery, At: beijing(8, 40, 2), City: "汕尾市", Words: "快件交给派件员，正在派送途中"},
		}},
		{"e1.body", at(beijing(11, 20, 9)), model.CarrierEMS, "ems", "1140000000011", "KC-P-0002", []standin.Scan{
			{Event: model.EventDeliveredByOther, At: beijing(11, 20, 5), City: "汕尾市", Words: "您的邮件已代签收【收发室】"},
		}},
	} {
		want := readVector(t, c.vector)
		if got := c.standin.Bodies(c.carrier, c.company, c.waybill, c.order, c.scans); len(got) != 1 || got[0] != want {
			t.Errorf("%s: wrote %v\nwant %s", c.vector, got, want)
		}
	}
	// The XML form differs from its vector in the node's number only.
	got := at(beijing(10, 20, 0), onForm).Bodies(model.CarrierSF, "shunfeng", "SF1400000000001", "KC-P-0001", []standin.Scan{
		{Event: model.EventDelivered, At: beijing(10, 12, 31), City: "汕尾市", Words: "已签收,感谢使用顺丰,期待再次为您服务"},
	})
	if want := strings.Replace(readVector(t, "s2.body"), "178946000000003", "178946000000001", 1); got[0] != want {
		t.Errorf("s2.body: wrote %s\nwant %s", got[0], want)
	}
}
