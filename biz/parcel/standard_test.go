package parcel_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/signature"
	"kuacheng/model"
)

const (
	kd    = "KD00000000012"
	idKD  = "standard:" + kd
	keyKD = "kc-2026a:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
)

// withStandard adds the house format to a world.
func withStandard(t *testing.T, w *world) {
	t.Helper()
	keys, err := signature.ParseKeys(keyKD)
	if err != nil {
		t.Fatal(err)
	}
	s, err := courier.NewStandard(courier.StandardConfig{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	w.Carriers[model.CarrierStandard] = s
}

func (w *world) county(nos ...string) model.NewParcel {
	n := w.materials(kd, nos...)
	n.Carrier, n.Company, n.PhoneTail = model.CarrierStandard, "", ""
	return n
}

// event writes one event of the house format, so many hours from now.
func (w *world) event(id, waybill, kind string, h float64, more string) string {
	return fmt.Sprintf(`{"id":%q,"waybill":%q,"type":%q,"at":%q%s}`, id, waybill, kind, w.clock.Now().Add(time.Duration(h*float64(time.Hour))).In(model.Beijing).Format(time.RFC3339), more)
}

// send posts events as a partner does, and gives the answer's results as "id status code".
func (w *world) send(t *testing.T, events ...string) (int, []string) {
	t.Helper()
	body := []byte(`{"events":[` + strings.Join(events, ",") + `]}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.door.URL+"/callbacks/couriers/standard", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := signature.ParseKeys(keyKD)
	signature.Sign(req.Header, keys[0], body, time.Now())
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	var answer struct{ Results []courier.Result }
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	var results []string
	for _, r := range answer.Results {
		results = append(results, strings.TrimSpace(r.ID+" "+r.Status+" "+r.Code))
	}
	return resp.StatusCode, results
}

func (w *world) mustSend(t *testing.T, want string, events ...string) {
	t.Helper()
	status, results := w.send(t, events...)
	if got := strings.Join(results, ", "); status != http.StatusOK || got != want {
		t.Fatalf("%d %s\nwant %s", status, got, want)
	}
}

func TestService_house_format(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	withStandard(t, w)
	w.open(t, w.county(no1))
	before := w.event("ev-1000", kd, "out_for_delivery", -2, "")
	w.mustSend(t, "ev-1000 applied", before)
	w.mustSend(t, "ev-1001 applied, ev-1000 duplicate, ev-2001 parked waybill_unknown, ev-1002 ignored type_unknown, ev-1003 rejected waybill_missing",
		w.event("ev-1001", kd, "delivered", -1, `,"signed_by":"other"`), before, w.event("ev-2001", "KD99999999999", "collected", -1, ""),
		w.event("ev-1002", kd, "x_weighed", -3, ""), w.event("ev-1003", "", "in_transit", -3, ""))
	w.mustSend(t, "ev-1000 rejected id_conflict, ev-1004 ignored parcel_ended, ev-1005 ignored parcel_ended",
		w.event("ev-1000", kd, "collected", -2, ""), w.event("ev-1004", kd, "in_transit", -1.5, ""), w.event("ev-1005", kd, "in_transit", 5, ""))
	w.run(t)
	if p := w.parcel(t, idKD); p.State != model.ParcelDelivered || p.SignedBy != model.SignedOther {
		t.Errorf("%s by %s", p.State, p.SignedBy)
	}
	if got := w.matters.moves(no1); got != "arrive" {
		t.Errorf("the matter got %q", got)
	}
	n := w.county(no2)
	n.Waybill = "KD99999999999"
	w.open(t, n)
	w.run(t)
	if p := w.parcel(t, "standard:KD99999999999"); p.State != model.ParcelCollected {
		t.Errorf("what was parked: %s", p.State)
	}
}

func TestService_house_format_when_the_store_is_down(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	withStandard(t, w)
	w.open(t, w.county(no1))
	e := w.event("ev-1", kd, "collected", -1, "")
	w.breakStore(true)
	if status, _ := w.send(t, e); status != http.StatusServiceUnavailable {
		t.Fatalf("%d", status)
	}
	w.breakStore(false)
	w.mustSend(t, "ev-1 applied", e)
}

// The number of a return: its news may come before the return is told, and after.
func TestService_return_under_a_new_number(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	withStandard(t, w)
	w.open(t, w.county(no1))
	const back = "KD00000000077"
	w.mustSend(t, "r1 parked waybill_unknown", w.event("r1", back, "collected", -1, ""))
	w.mustSend(t, "e1 applied, e2 applied", w.event("e1", kd, "out_for_delivery", -3, ""), w.event("e2", kd, "returning", -2, `,"new_waybill":"`+back+`"`))
	w.run(t)
	if p := w.parcel(t, idKD); p.State != model.ParcelReturning || len(p.Rows) != 3 || p.ReturnWaybill != back {
		t.Fatalf("%s, %d rows, returns as %s", p.State, len(p.Rows), p.ReturnWaybill)
	}
	w.mustSend(t, "r2 applied", w.event("r2", back, "delivered", -0.5, `,"place":"深圳市"`))
	w.run(t)
	if p := w.parcel(t, idKD); p.State != model.ParcelReturned {
		t.Errorf("%s", p.State)
	}
	if got := w.matters.moves(no1); got != "bounce" {
		t.Errorf("the matter got %q", got)
	}
}

// News of a number that was registered with another channel or another company waits, and a clerk is told once.
func TestService_another_carrier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	withStandard(t, w)
	w.open(t, w.materials(sf1, no1))
	w.mustSend(t, "e1 parked waybill_of_another_carrier", w.event("e1", sf1, "collected", -1, ""))
	w.mustSend(t, "e1 parked waybill_of_another_carrier, e2 parked waybill_of_another_carrier",
		w.event("e1", sf1, "collected", -1, ""), w.event("e2", sf1, "in_transit", -0.5, ""))
	if got := w.notices.to("440305-ZF"); got != "staff_parcel_problem" {
		t.Errorf("the sender was told %q", got)
	}
	n := w.county(no2)
	n.Company = "local"
	w.open(t, n)
	w.mustSend(t, "e3 parked waybill_of_another_carrier, e4 applied", w.event("e3", kd, "collected", -1, `,"company":"yuantong"`), w.event("e4", kd, "collected", -1, `,"company":"local"`))
	if p := w.parcel(t, idKD); len(p.Rows) != 1 || !p.Has(model.FlagCarrierMismatch) {
		t.Errorf("%d rows, marks %v", len(p.Rows), p.Marks)
	}
}

func TestService_no_scan_for_a_return(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if plan, err := w.PlanReturns(t.Context()); err != nil || plan.Scan || plan.Sort {
		t.Errorf("%+v, %v", plan, err)
	}
}
