package standin_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/parcel/courier/standin"
	"kuacheng/biz/signature"
	"kuacheng/model"
)

const testSalt = "kcsalt00000000000000000000000001"

// house is the receiving side: the doors, with parcels in memory instead of a store.
type house struct {
	*httptest.Server
	clock   *clock.Movable
	standin *standin.Server
	office  *httptest.Server
	set     courier.Set

	mu       sync.Mutex
	down     bool
	seen     map[string]bool
	parcels  map[string]*model.Parcel
	parked   []model.ParcelRow
	statuses []int
	news     []courier.News
	alerts   []courier.Alert
}

func newHouse(t *testing.T, edit ...func(*standin.Config)) *house {
	t.Helper()
	h := &house{clock: &clock.Movable{}, seen: map[string]bool{}, parcels: map[string]*model.Parcel{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	door := func(c model.Carrier) string { return h.URL + "/callbacks/couriers/" + string(c) }
	keys, err := signature.ParseKeys("kc-2026a:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	if err != nil {
		t.Fatal(err)
	}
	cfg := standin.Config{
		Clock: h.clock, SlowPause: 20 * time.Millisecond,
		Kuaidi100: courier.Kuaidi100Config{
			Key: "KCTESTKEY001", Customer: "00000000000000000000000000KC0001", Salts: []string{testSalt}, CallbackURL: door(model.CarrierKuaidi100),
		},
		Kdniao:   courier.KdniaoConfig{ID: "1000001", Keys: []string{"kc-test-appkey-0001"}},
		SF:       courier.SFConfig{Partner: "KCTEST01", Checkwords: []string{"kcTestCheckword00000000000000001"}, CallbackURL: door(model.CarrierSF)},
		EMS:      courier.EMSConfig{Sender: "1100000000001", Authorization: "kc-test", Keys: []string{"S2NFbXNUZXN0S2V5MDAwMQ=="}, CallbackURL: door(model.CarrierEMS)},
		Standard: courier.StandardConfig{Keys: keys},
	}
	for _, e := range edit {
		e(&cfg)
	}
	var handler http.Handler
	h.office = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(h.office.Close)
	base, caller := h.office.URL+"/sandbox/standin/", courier.NewCaller()
	kuaidi100, kdniaoCfg, sfCfg, emsCfg := cfg.Kuaidi100, cfg.Kdniao, cfg.SF, cfg.EMS
	kuaidi100.APIURL, kdniaoCfg.APIURL, sfCfg.APIURL, emsCfg.APIURL = base+"kuaidi100", base+"kdniao", base+"sf/std/service", base+"ems/amp/api/open"
	k100, err := courier.NewKuaidi100(kuaidi100, caller)
	must(t, err)
	kdniao, err := courier.NewKdniao(kdniaoCfg, caller)
	must(t, err)
	sf, err := courier.NewSF(sfCfg, caller)
	must(t, err)
	ems, err := courier.NewEMS(emsCfg, caller)
	must(t, err)
	own, err := courier.NewStandard(cfg.Standard)
	must(t, err)
	h.set = courier.NewSet(k100, kdniao, sf, ems, own)
	cfg.Callbacks = map[model.Carrier]string{
		model.CarrierKuaidi100: door(model.CarrierKuaidi100) + "?token=secret", model.CarrierKdniao: door(model.CarrierKdniao),
		model.CarrierSF: sf.CallbackAddress(), model.CarrierEMS: ems.CallbackAddress(), model.CarrierStandard: door(model.CarrierStandard),
	}
	h.standin = standin.New(cfg)
	handler = http.StripPrefix("/sandbox/standin", h.standin)
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ServeHTTP does what the program's door does: verify, keep once, answer, work.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := h.set[model.Carrier(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])]
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(c.Limits().MaxBody)+1))
	if err != nil {
		return
	}
	req := courier.Request{
		Header: r.Header, Query: r.URL.Query(), ContentType: r.Header.Get("Content-Type"), Body: body,
		ReceivedAt: h.clock.Now(), Wall: time.Now(),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	refusal := courier.Receive(c, req)
	if refusal == nil && h.down {
		refusal = courier.RefusedUnavailable
	}
	verdict := courier.Verdict{Refusal: refusal, Now: h.clock.Now()}
	if refusal == nil {
		verdict.Results = h.work(c, req)
	}
	reply := c.Reply(req, verdict)
	h.statuses = append(h.statuses, reply.Status)
	w.Header().Set("Content-Type", reply.ContentType)
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body)
}

// work reads a message that is new, and answers event by event where the carrier is told so.
func (h *house) work(c courier.Carrier, req courier.Request) []courier.Result {
	if a, ok := c.(courier.Answering); ok {
		var results []courier.Result
		for _, e := range a.Events(req) {
			p := h.parcels[model.ParcelID(c.Name(), e.Row.Waybill)]
			if p == nil || !p.Owns(e.Row.ParcelRow) {
				h.parked = append(h.parked, e.Row.ParcelRow)
				results = append(results, e.Parked(p != nil))
				continue
			}
			ended := p.State.End()
			results = append(results, e.Absorbed(p.Absorb([]model.ParcelRow{e.Row.ParcelRow}, h.clock.Now()).Outcomes[0], ended))
		}
		return results
	}
	if id := model.CourierMessageID(c.Name(), req.Body); !h.seen[id] {
		h.seen[id] = true
		h.absorb(c.Name(), c.Read(req))
	}
	return nil
}

func (h *house) absorb(c model.Carrier, push courier.Push) {
	h.news = append(h.news, push.News...)
	h.alerts = append(h.alerts, push.Alerts...)
	for _, row := range push.Rows {
		p := h.parcels[model.ParcelID(c, row.Waybill)]
		if p == nil || p.Absorb([]model.ParcelRow{row.ParcelRow}, h.clock.Now()).Outcomes[0] == model.RowForeign {
			h.parked = append(h.parked, row.ParcelRow)
		}
	}
}

// bind registers a parcel as the counter does, and subscribes it.
func (h *house) bind(t *testing.T, c model.Carrier, company, waybill string) {
	t.Helper()
	p, err := model.OpenParcel(model.NewParcel{
		Carrier: c, Company: company, Waybill: waybill, Direction: model.ParcelMaterials, Contents: []model.ParcelContent{model.ContentMaterials},
		Sender: model.Party{City: "深圳市"}, Consignee: model.Party{City: "汕尾市"},
	}, h.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	h.parcels[p.ID] = p
	h.mu.Unlock()
	if c.Subscribes() {
		if answer, code := h.set[c].Subscribe(context.Background(), h.shipment(p)); answer != model.SubscribeTaken {
			t.Fatalf("subscribing %s: %s %s", waybill, answer, code)
		}
	}
}

func (h *house) shipment(p *model.Parcel) courier.Shipment {
	return courier.Shipment{Company: p.Company, Waybill: p.Waybill, PhoneTail: "0000", From: "广东省深圳市南山区", To: "广东省汕尾市城区"}
}

// parcel gives a parcel's state, and the number of its rows.
func (h *house) parcel(c model.Carrier, waybill string) (model.ParcelState, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.parcels[model.ParcelID(c, waybill)]
	if p == nil {
		return "", 0
	}
	return p.State, len(p.Rows)
}

// answers gives the statuses of all doors' answers since it was last asked.
func (h *house) answers() []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.statuses
	h.statuses = nil
	return all
}

func mustAdvance(t *testing.T, h *house, c model.Carrier, waybill, to string, f standin.Fault) standin.Advanced {
	t.Helper()
	a, err := h.standin.Advance(context.Background(), c, waybill, to, f)
	if err != nil {
		t.Fatalf("advancing %s to %q with %q: %v", waybill, to, f, err)
	}
	return a
}

func readVector(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// beijing is a moment of 16 September 2026.
func beijing(hour, minute, second int) time.Time {
	return time.Date(2026, 9, 16, hour, minute, second, 0, model.Beijing)
}

// numbers are waybills that each carrier could give out.
var numbers = map[model.Carrier]string{
	model.CarrierKuaidi100: "SF1400000000001", model.CarrierKdniao: "1140000000011", model.CarrierSF: "SF1400000000001",
	model.CarrierEMS: "1140000000011", model.CarrierStandard: "KD00000000012",
}

var companies = map[model.Carrier]string{model.CarrierKuaidi100: "shunfeng", model.CarrierKdniao: "ems", model.CarrierStandard: "local"}
