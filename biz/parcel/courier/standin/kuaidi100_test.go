package standin_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/parcel/courier/standin"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const k100 = model.CarrierKuaidi100

func TestKuaidi100_the_way_of_a_parcel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.bind(t, k100, "shunfeng", "SF1400000000001")
	for i, want := range []model.ParcelState{
		model.ParcelCollected, model.ParcelInTransit, model.ParcelInTransit, model.ParcelInTransit, model.ParcelOutForDelivery, model.ParcelDelivered,
	} {
		a := mustAdvance(t, h, k100, "SF1400000000001", "", "")
		if len(a.Posted) != 1 || a.Posted[0].Status != 200 || strings.Contains(a.Posted[0].URL, "?") {
			t.Fatalf("step %d posted %+v", i, a.Posted)
		}
		if state, rows := h.parcel(k100, "SF1400000000001"); state != want || rows != i+1 {
			t.Fatalf("step %d (%s): %s with %d rows, want %s", i, a.Step, state, rows, want)
		}
	}
	if len(h.news) != 1 || !h.news[0].Over || len(h.alerts) != 0 {
		t.Errorf("news %+v, alerts %+v", h.news, h.alerts)
	}
	if _, err := h.standin.Advance(context.Background(), k100, "SF1400000000001", "", ""); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("after the end: %v", err)
	}
	p := h.parcels["kuaidi100:SF1400000000001"]
	var way []string
	for _, e := range p.PublicEvents() {
		way = append(way, string(e.Event)+e.Place)
		if strings.ContainsAny(e.Text, "0123456789王李") {
			t.Errorf("the public reads the carrier's words: %s", e.Text)
		}
	}
	want := "collected深圳市 in_transit深圳市 in_transit广州市 arrived_city汕尾市 out_for_delivery汕尾市 delivered汕尾市"
	if got := strings.Join(way, " "); got != want {
		t.Errorf("public way %s, want %s", got, want)
	}
}

func TestKuaidi100_branches(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, c := range []struct {
		to    string
		state model.ParcelState
		rows  int
	}{
		{"delivered", model.ParcelDelivered, 6}, {"at_pickup_point", model.ParcelAtPickupPoint, 6}, {"delivered_by_other", model.ParcelDelivered, 7},
		{"delivery_failed", model.ParcelProblem, 6}, {"returned", model.ParcelReturned, 8}, {"rejected", model.ParcelReturning, 6},
		{"cancelled", model.ParcelCancelled, 1}, {"damaged", model.ParcelProblem, 3},
	} {
		waybill := "SF140000000010" + string(rune('0'+i))
		h.bind(t, k100, "shunfeng", waybill)
		mustAdvance(t, h, k100, waybill, c.to, "")
		if state, rows := h.parcel(k100, waybill); state != c.state || rows != c.rows {
			t.Errorf("to %s: %s with %d rows, want %s with %d", c.to, state, rows, c.state, c.rows)
		}
	}
	// A failed delivery is tried again, by itself.
	mustAdvance(t, h, k100, "SF1400000000103", "", "")
	mustAdvance(t, h, k100, "SF1400000000103", "delivered", "")
	if state, _ := h.parcel(k100, "SF1400000000103"); state != model.ParcelDelivered {
		t.Errorf("after a second try: %s", state)
	}
	// This vendor has no code for a loss: the words of a trouble say it.
	h.bind(t, k100, "shunfeng", "SF1400000000110")
	mustAdvance(t, h, k100, "SF1400000000110", "lost", "")
	if state, _ := h.parcel(k100, "SF1400000000110"); state != model.ParcelLost {
		t.Errorf("lost: %s", state)
	}
}

func TestKuaidi100_unknown_waybill_is_created(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := mustAdvance(t, h, k100, "sf1400000000009", "collected", "")
	if a.Waybill != "SF1400000000009" || a.Posted[0].Status != 200 || strings.Contains(a.Posted[0].URL, "secret") || len(h.parked) != 1 {
		t.Errorf("%+v, parked %d", a, len(h.parked))
	}
	for _, bad := range []struct{ carrier, waybill, to, fault, code string }{
		{"pigeon", "SF1400000000009", "", "", "not_found"}, {"kuaidi100", "", "", "", "waybill_invalid"},
		{"kuaidi100", "SF1400000000009", "teleported", "", "validation_failed"}, {"kuaidi100", "SF1400000000009", "at_centre", "", "validation_failed"},
		{"kuaidi100", "SF1400000000009", "", "fire", "validation_failed"}, {"kuaidi100", "SF1400000000009", "", "doctype", "validation_failed"},
	} {
		_, err := h.standin.Advance(context.Background(), model.Carrier(bad.carrier), bad.waybill, bad.to, standin.Fault(bad.fault))
		if fault.Code(err) != bad.code {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// Every fault is a row of the reference's table of hostile input: what the door answers, and what is true in
// the end, when the carrier has tried again.
func TestKuaidi100_faults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault   standin.Fault
		answers []int
		rows    int // after the fault
		healed  int // after the retries and one more step
	}{
		{standin.FaultDuplicate, []int{200, 200, 200, 200}, 2, 3},
		{standin.FaultReorder, []int{200, 200}, 2, 3},
		{standin.FaultLate, []int{200}, 1, 3},
		{standin.FaultTamper, []int{401}, 1, 3},
		{standin.FaultReplay, []int{200, 200}, 2, 3},
		{standin.FaultLostReply, []int{200, 200}, 2, 3},
		{standin.FaultSlow, []int{200}, 2, 3},
		{standin.FaultFuture, []int{200}, 2, 3},
		{standin.FaultGBK, []int{400}, 1, 3},
		{standin.FaultOversize, []int{413}, 1, 3},
		{standin.FaultDoubleField, []int{400}, 1, 3},
		{standin.FaultOtherCarrier, []int{200}, 1, 3},
		{standin.FaultAbort, []int{200}, 1, 3},
		{standin.FaultRecode, []int{200, 200}, 2, 3},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.bind(t, k100, "shunfeng", "SF1400000000001")
			mustAdvance(t, h, k100, "SF1400000000001", "", "")
			h.answers()
			a := mustAdvance(t, h, k100, "SF1400000000001", "", c.fault)
			if got := h.answers(); !slices.Equal(got, c.answers) {
				t.Errorf("answers %v, want %v", got, c.answers)
			}
			if len(a.Posted) != len(c.answers) {
				t.Errorf("posted %+v", a.Posted)
			}
			if _, rows := h.parcel(k100, "SF1400000000001"); rows != c.rows {
				t.Errorf("%d rows, want %d", rows, c.rows)
			}
			h.clock.Advance(30 * time.Minute)
			h.standin.Retry(context.Background())
			if c.fault == standin.FaultAbort {
				h.set[k100].Subscribe(context.Background(), h.shipment(h.parcels["kuaidi100:SF1400000000001"]))
			}
			mustAdvance(t, h, k100, "SF1400000000001", "", "")
			if state, rows := h.parcel(k100, "SF1400000000001"); rows != c.healed || state != model.ParcelInTransit {
				t.Errorf("healed to %s with %d rows, want %d", state, rows, c.healed)
			}
		})
	}
}

func TestKuaidi100_retries_until_heard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.bind(t, k100, "shunfeng", "SF1400000000001")
	h.down = true
	mustAdvance(t, h, k100, "SF1400000000001", "", "")
	for i := range 5 {
		if posted := h.standin.Retry(context.Background()); len(posted) != 0 {
			t.Fatalf("before its time: %+v", posted)
		}
		h.clock.Advance(30 * time.Minute)
		want := 1
		if i >= 3 {
			want = 0 // three retries and no more
		}
		if posted := h.standin.Retry(context.Background()); len(posted) != want {
			t.Fatalf("retry %d posted %+v", i, posted)
		}
	}
	if got := h.answers(); !slices.Equal(got, []int{503, 503, 503, 503}) {
		t.Errorf("answers %v", got)
	}
	h.mu.Lock()
	h.down = false
	h.mu.Unlock()
	mustAdvance(t, h, k100, "SF1400000000001", "", "")
	if state, rows := h.parcel(k100, "SF1400000000001"); state != model.ParcelInTransit || rows != 2 {
		t.Errorf("the next snapshot heals: %s with %d rows", state, rows)
	}
}

func TestKuaidi100_asked_instead_of_told(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.bind(t, k100, "shunfeng", "SF1400000000001")
	p := h.parcels["kuaidi100:SF1400000000001"]
	if push, err := h.set[k100].Query(context.Background(), h.shipment(p), h.clock.Now()); err != nil || len(push.Rows) != 0 {
		t.Errorf("before anything happened: %+v, %v", push, err)
	}
	mustAdvance(t, h, k100, "SF1400000000001", "delivered", "")
	push, err := h.set[k100].Query(context.Background(), h.shipment(p), h.clock.Now())
	if err != nil || len(push.Rows) != 6 {
		t.Fatalf("%+v, %v", push, err)
	}
	for _, r := range push.Rows {
		if got := p.Absorb([]model.ParcelRow{r.ParcelRow}, h.clock.Now()); got.Outcomes[0] != model.RowDuplicate {
			t.Errorf("asked for, a row is another: %+v", r)
		}
	}
}

// The office checks our requests as the vendor does.
func TestKuaidi100_office_is_strict(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	client := func(edit func(*courier.Kuaidi100Config)) *courier.Kuaidi100 {
		cfg := courier.Kuaidi100Config{Key: "KCTESTKEY001", Customer: "00000000000000000000000000KC0001", Salts: []string{testSalt},
			APIURL: h.office.URL + "/sandbox/standin/kuaidi100", CallbackURL: h.URL + "/callbacks/couriers/kuaidi100"}
		edit(&cfg)
		k, err := courier.NewKuaidi100(cfg, courier.NewCaller())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	good := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "0000"}
	with := func(edit func(*courier.Shipment)) courier.Shipment {
		s := good
		edit(&s)
		return s
	}
	same := func(*courier.Kuaidi100Config) {}
	for _, c := range []struct {
		name string
		cfg  func(*courier.Kuaidi100Config)
		s    courier.Shipment
		want string
	}{
		{"a wrong key", func(c *courier.Kuaidi100Config) { c.Key = "else" }, good, "600"},
		{"an unknown company", same, with(func(s *courier.Shipment) { s.Company = "pigeon" }), "702"},
		{"a short number", same, with(func(s *courier.Shipment) { s.Waybill = "SF1" }), "700"},
		{"no phone for shunfeng", same, with(func(s *courier.Shipment) { s.PhoneTail = "" }), "700"},
		{"no callback", func(c *courier.Kuaidi100Config) { c.CallbackURL = "/callbacks" }, good, "700"},
		{"good", same, good, "200"},
		{"a second time", same, good, "501"},
	} {
		if _, code := client(c.cfg).Subscribe(context.Background(), c.s); code != c.want {
			t.Errorf("%s: %s, want %s", c.name, code, c.want)
		}
	}
	for _, c := range []struct {
		name string
		cfg  func(*courier.Kuaidi100Config)
		s    courier.Shipment
		want string
	}{
		{"a wrong customer", func(c *courier.Kuaidi100Config) { c.Customer = "else" }, good, "503"},
		{"a wrong key", func(c *courier.Kuaidi100Config) { c.Key = "else" }, good, "503"},
		{"an unknown company", same, with(func(s *courier.Shipment) { s.Company = "pigeon" }), "400"},
		{"no phone for shunfeng", same, with(func(s *courier.Shipment) { s.PhoneTail = "" }), "408"},
	} {
		_, err := client(c.cfg).Query(context.Background(), c.s, time.Now())
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	resp, err := http.Post(h.office.URL+"/sandbox/standin/kuaidi100/poll", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); !strings.Contains(string(body), `"700"`) {
		t.Errorf("JSON instead of a form: %s", body)
	}
}

func TestKuaidi100_an_office_that_fails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "0000"}
	for how, want := range map[string]string{"500": "http_500", "429": "http_429", "cut": "network", "garbage": "answer"} {
		h.standin.Break(k100, how, 1)
		if answer, code := h.set[k100].Subscribe(context.Background(), s); answer != model.SubscribeLater || code != want {
			t.Errorf("%s: %s %s, want later %s", how, answer, code, want)
		}
	}
	if answer, _ := h.set[k100].Subscribe(context.Background(), s); answer != model.SubscribeTaken {
		t.Errorf("afterwards: %s", answer)
	}
}

// The office writes a push as the vendor does, byte for byte.
func TestKuaidi100_office_writes_vector_K1(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bodies := h.standin.Bodies(k100, "shunfeng", "SF1400000000001", "", []standin.Scan{
		{Event: model.EventOutForDelivery, At: beijing(8, 40, 2), City: "汕尾市", Words: "正在派送途中"},
		{Event: model.EventDeliveredByOther, At: beijing(10, 12, 31), City: "汕尾市", Words: "已签收，签收人：前台"},
	})
	if want := readVector(t, "k1.body"); len(bodies) != 1 || bodies[0] != want {
		t.Errorf("wrote  %v\nwant %s", bodies, want)
	}
	values, _ := url.ParseQuery(bodies[0])
	sum := md5.Sum([]byte(values.Get("param") + testSalt))
	if values.Get("sign") != strings.ToUpper(hex.EncodeToString(sum[:])) {
		t.Error("the sign")
	}
}
