package peer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/peer"
	"kuacheng/biz/signature"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const unknownNo = "KC4415002510090482136"

// foreign is a city with a matter of its own that 汕尾's own system tells about; it has no number of its messages
// and is told nothing.
func foreign(t testing.TB) (sz *city, no string) {
	t.Helper()
	sz = newCity(t, shenzhen)
	cfg := sz.Config
	cfg.Matters = sz.matters
	cfg.Cities = []peer.City{{Region: shanwei, Keys: []signature.Key{shared}}, {Region: "440100", Keys: []signature.Key{{ID: "gz", Secret: shared.Secret}}}}
	made, _, err := peer.NewKey("seal")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Private, err = peer.ParsePrivate(made); err != nil {
		t.Fatal(err)
	}
	s, err := peer.New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	sz.Service = s
	return sz, sz.submitted(t, sz.citizen(t))
}

// event is an event of now about a matter.
func (c *city) event(id, kind, no string, data map[string]any) map[string]any {
	return map[string]any{"id": id, "type": kind, "matter_no": no, "at": c.clock.Now().Format(time.RFC3339Nano), "data": data}
}

// statuses are the results in one line.
func statuses(results []peer.Result) string {
	var out []string
	for _, r := range results {
		s := r.Status
		if r.Code != "" {
			s += ":" + r.Code
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestReceive_authentic(t *testing.T) {
	t.Parallel()
	sz, no := foreign(t)
	body := events(sz.event("e1", model.PeerAccepted, no, nil))
	for name, x := range map[string]struct {
		region, code string
		change       func(http.Header)
	}{
		"no such peer":    {region: "440600", code: "key_unknown"},
		"another's key":   {region: "440100", code: "key_unknown"},
		"no signature":    {code: "signature_invalid", change: func(h http.Header) { h.Del(signature.HeaderSignature) }},
		"forged":          {code: "signature_invalid", change: func(h http.Header) { h.Set(signature.HeaderSignature, strings.Repeat("0", 64)) }},
		"another nonce":   {code: "signature_invalid", change: func(h http.Header) { h.Set(signature.HeaderNonce, strings.Repeat("n", 26)) }},
		"short nonce":     {code: "signature_invalid", change: func(h http.Header) { h.Set(signature.HeaderNonce, "n") }},
		"time of letters": {code: "signature_invalid", change: func(h http.Header) { h.Set(signature.HeaderTimestamp, "now") }},
		"too old":         {code: "timestamp_out_of_range", change: func(h http.Header) { signature.Sign(h, shared, body, time.Now().Add(-6*time.Minute)) }},
		"to come":         {code: "timestamp_out_of_range", change: func(h http.Header) { signature.Sign(h, shared, body, time.Now().Add(6*time.Minute)) }},
	} {
		h := sign(body)
		if x.change != nil {
			x.change(h)
		}
		if x.region == "" {
			x.region = shanwei
		}
		if _, err := sz.Receive(t.Context(), x.region, h.Get, body); fault.Code(err) != x.code {
			t.Errorf("%s: %v, want %s", name, err, x.code)
		}
	}
	h := sign(body)
	if _, err := sz.Receive(t.Context(), shanwei, h.Get, body); err != nil {
		t.Fatal(err)
	}
	if _, err := sz.Receive(t.Context(), shanwei, h.Get, body); fault.Code(err) != "nonce_replayed" {
		t.Errorf("a replay: %v", err)
	}
	sz.is(t, no, model.MatterAccepted)
}

func TestReceive_bodies(t *testing.T) {
	t.Parallel()
	sz, no := foreign(t)
	many := make([]map[string]any, 101)
	for i := range many {
		many[i] = sz.event("e"+strconv.Itoa(i), model.PeerAccepted, no, nil)
	}
	reflected, err := json.Marshal(map[string]any{"from": shenzhen, "events": many[:1]})
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ body, code string }{
		"empty": {"", "bad_request"}, "no JSON": {"{", "bad_request"}, "an array": {"[]", "bad_request"}, "no events": {`{"events":[]}`, "bad_request"},
		"events of another kind": {`{"events":{}}`, "bad_request"}, "an unknown field": {`{"events":[{}],"x":1}`, "bad_request"},
		"two bodies": {`{"events":[{}]}{}`, "bad_request"}, "too many": {string(events(many...)), "too_many_events"},
		"played back to its sender": {string(reflected), "bad_request"},
	} {
		body := []byte(x.body)
		if _, err := sz.Receive(t.Context(), shanwei, sign(body).Get, body); fault.Code(err) != x.code {
			t.Errorf("%s: %v, want %s", name, err, x.code)
		}
	}
}

// TestReceive_bad_beside_good puts every kind of nonsense around one good event.
func TestReceive_bad_beside_good(t *testing.T) {
	t.Parallel()
	sz, no := foreign(t)
	at := sz.clock.Now().Format(time.RFC3339Nano)
	good, err := json.Marshal(sz.event("good", model.PeerAccepted, no, nil))
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{
		`null`, `1`, `"x"`, `[]`, `{}`, `{"id":1}`, `{"id":"a","type":"accepted","matter_no":"` + no + `","at":"yesterday"}`,
		`{"id":"a b","type":"accepted","matter_no":"` + no + `","at":"` + at + `"}`,
		`{"id":"` + strings.Repeat("x", 300) + `","type":"accepted","matter_no":"` + no + `","at":"` + at + `"}`,
		`{"id":"b","type":"no_such","matter_no":"` + no + `","at":"` + at + `"}`,
		`{"id":"c","type":"accepted","matter_no":"KC1","at":"` + at + `"}`,
		`{"id":"d","type":"accepted","matter_no":"` + unknownNo + `","at":"` + at + `"}`,
		`{"id":"e","type":"accepted","matter_no":"` + no + `","at":"` + at + `","data":[]}`,
		`{"id":"f","type":"accepted","matter_no":"` + no + `","at":"` + at + `","data":{"lacking":{"code":"x"}}}`,
		`{"id":"g","type":"accepted","matter_no":"` + no + `","at":"` + at + `","data":{"lacking":[{"code":"nope","until":"2030-01-01"}]}}`,
		`{"id":"h","type":"accepted","matter_no":"` + no + `","at":"` + at + `","seq":-1}`,
		`{"id":"i","type":"accepted","matter_no":"` + no + `","at":"` + at + `","seq":2,"prev":2}`,
		`{"id":"j","type":"result_document","matter_no":"` + no + `","at":"` + at + `","data":{}}`,
		`{"id":"k","type":"matter_withdrawn","matter_no":"` + no + `","at":"` + at + `"}`,
		`{"id":"l","type":"manifest","at":"` + at + `","data":{"manifest":{"items":[{"no":"x"}]}}}`,
		`{"id":"m","type":"refused","matter_no":"` + no + `","at":"` + at + `","data":{"reason":"` + strings.Repeat("长", 100000) + `"}}`,
		`{"id":"n","type":"dispatched","matter_no":"` + no + `","at":"` + at + `","data":{"method":"pigeon"}}`,
	}
	body := []byte(`{"events":[` + strings.Join(bad, ",") + `,` + string(good) + `]}`)
	results := post(t, sz, shanwei, body)
	if len(results) != len(bad)+1 {
		t.Fatalf("%d results for %d events", len(results), len(bad)+1)
	}
	for i, r := range results[:len(bad)] {
		if r.Status != model.PeerRejected || r.Code == "" || r.Message == "" || len(r.ID) > 64 {
			t.Errorf("%.80s: %+v", bad[i], r)
		}
	}
	if last := results[len(bad)]; last.Status != model.PeerApplied || last.ID != "good" {
		t.Errorf("the good one: %+v", last)
	}
}

// TestReceive_order tells things before what they depend on, twice, late, and with other words.
func TestReceive_order(t *testing.T) {
	t.Parallel()
	sz, no := foreign(t)
	code := sz.matter(t, no).Materials[0].Code
	start := sz.clock.Now()
	tell := func(id, kind string, after time.Duration, data map[string]any) string {
		t.Helper()
		e := sz.event(id, kind, no, data)
		e["at"] = start.Add(after).Format(time.RFC3339Nano)
		return statuses(post(t, sz, shanwei, events(e)))
	}
	sz.clock.Advance(6 * time.Hour)
	ask := map[string]any{"materials": []map[string]any{{"code": code}}, "note": "请重新上传"}
	for i, x := range []struct {
		id, kind string
		after    time.Duration
		data     map[string]any
		want     string
		state    model.MatterState
	}{
		{"d", model.PeerDecided, 4 * time.Hour, map[string]any{"outcome": "granted"}, "parked", model.MatterAwaitingAcceptance},
		{"d", model.PeerDecided, 4 * time.Hour, map[string]any{"outcome": "granted"}, "parked", model.MatterAwaitingAcceptance},
		{"r", model.PeerResumed, 3 * time.Hour, map[string]any{"note": "完成"}, "parked", model.MatterAwaitingAcceptance},
		{"a", model.PeerAccepted, time.Hour, nil, "applied", model.MatterDecided},
		{"a", model.PeerAccepted, time.Hour, nil, "duplicate", model.MatterDecided},
		{"a", model.PeerAccepted, time.Hour, map[string]any{"note": "其他"}, "rejected:seq_conflict", model.MatterDecided},
		{"a2", model.PeerAccepted, time.Hour, nil, "ignored", model.MatterDecided},
		{"s", model.PeerSupplementRequested, 2 * time.Hour, ask, "ignored", model.MatterDecided},
		{"s2", model.PeerSupplementRequested, 5 * time.Hour, ask, "rejected:transition_not_allowed", model.MatterDecided},
		{"f", model.PeerRefused, 5 * time.Hour, map[string]any{"reason": "barred"}, "rejected:transition_not_allowed", model.MatterDecided},
		{"x", model.PeerDispatched, 5 * time.Hour, map[string]any{"method": "electronic"}, "rejected:result_missing", model.MatterDecided},
	} {
		if got := tell(x.id, x.kind, x.after, x.data); got != x.want {
			t.Errorf("%d: %s is %s, want %s", i, x.kind, got, x.want)
		}
		if m := sz.matter(t, no); m.State != x.state {
			t.Errorf("%d: after %s the matter is %s, want %s", i, x.kind, m.State, x.state)
		}
	}
	work(t, sz)
	if len(sz.notices.told("staff_peer_conflict")) == 0 {
		t.Error("nobody was told of what contradicts the record")
	}
	sz.is(t, no, model.MatterDecided)
}

// TestReceive_expired gives up what waits in vain, and tells people.
func TestReceive_expired(t *testing.T) {
	t.Parallel()
	sz, no := foreign(t)
	if got := statuses(post(t, sz, shanwei, events(sz.event("r", model.PeerResumed, no, map[string]any{"note": "完成"})))); got != "parked" {
		t.Fatal(got)
	}
	sz.clock.Advance(8 * 24 * time.Hour)
	if err := sz.Wakes()[peer.CollectionLedgers](t.Context(), no); err != nil {
		t.Fatal(err)
	}
	work(t, sz)
	told := sz.notices.told("staff_peer_conflict")
	if len(told) != 1 || told[0].Recipient != sz.matter(t, no).ROrg {
		t.Errorf("told %v", told)
	}
}

// TestReceive_strangers: a peer speaks for its own city only, and for its own side only.
func TestReceive_strangers(t *testing.T) {
	t.Parallel()
	sz, no := foreign(t)
	body := events(sz.event("e1", model.PeerAccepted, no, nil))
	h := http.Header{}
	signature.Sign(h, signature.Key{ID: "gz", Secret: shared.Secret}, body, time.Now())
	results, err := sz.Receive(t.Context(), "440100", h.Get, body)
	if err != nil || statuses(results) != "rejected:not_found" {
		t.Errorf("广州 of a matter of 汕尾's: %v, %v", statuses(results), err)
	}
	for _, kind := range []string{model.PeerWithdrawn, model.PeerParcel} {
		if got := statuses(post(t, sz, shanwei, events(sz.event("x-"+kind, kind, no, map[string]any{"event": "close"})))); got != "rejected:event_not_yours" {
			t.Errorf("汕尾 tells %s: %s", kind, got)
		}
	}
	sz.is(t, no, model.MatterAwaitingAcceptance)
}

// TestEnvelope opens in its own event and nowhere else.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	sz, no := foreign(t)
	public, err := peer.ParsePublic(sz.Private[0].Public())
	if err != nil {
		t.Fatal(err)
	}
	pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("x"), 100)...)
	const digest = "4b2ea2e2d3ca2a1b42ee9d0b11c5f0ad7a3e66e0b4be8b52bd6b4a1b6e6b2a11"
	e := model.PeerEvent{ID: "r1", Type: model.PeerResultDocument, MatterNo: no, At: sz.clock.Now(), Data: model.PeerData{SHA256: digest}}
	if e.Data.Sealed, err = public.Seal(&e, pdf); err != nil {
		t.Fatal(err)
	}
	tell := func(e model.PeerEvent) string {
		t.Helper()
		raw, err := json.Marshal(map[string]any{"events": []model.PeerEvent{e}})
		if err != nil {
			t.Fatal(err)
		}
		return statuses(post(t, sz, shanwei, raw))
	}
	if got := tell(e); got != "rejected:validation_failed" {
		t.Errorf("another digest: %s", got)
	}
	moved := e
	moved.ID = "r2"
	if got := tell(moved); got != "rejected:envelope_invalid" {
		t.Errorf("in another event: %s", got)
	}
	for name, v := range map[string]model.PeerEnvelope{
		"no base64": {KeyID: "seal", Key: "!", Body: "!"}, "empty": {KeyID: "seal"}, "unknown key": {KeyID: "x", Key: e.Data.Sealed.Key, Body: e.Data.Sealed.Body},
		"no body": {KeyID: "seal", Key: e.Data.Sealed.Key}, "a long key": {KeyID: "seal", Key: strings.Repeat("AAAA", 300), Body: e.Data.Sealed.Body},
		"garbage": {KeyID: "seal", Key: strings.Repeat("AAAA", 30), Body: e.Data.Sealed.Body},
	} {
		bad := e
		bad.Data.Sealed = &v
		if got := tell(bad); got != "rejected:envelope_invalid" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// FuzzReceive sends anything, well signed: there is an answer for each event, and never a failure of the server's.
func FuzzReceive(f *testing.F) {
	sz, no := foreign(f)
	at := sz.clock.Now().Format(time.RFC3339Nano)
	for _, kind := range model.PeerKinds() {
		f.Add([]byte(fmt.Sprintf(`{"events":[{"id":"e-%s","type":%q,"matter_no":%q,"at":%q,"data":{"note":"x","days":3,"kind":"hearing","outcome":"granted","method":"electronic"}}]}`, kind, kind, no, at)))
	}
	f.Add([]byte(`{"events":[{"id":"m","type":"manifest","at":"` + at + `","data":{"manifest":{"items":[{"no":"` + no + `","role":"handles","state":"accepted","last":3,"heard":1}]}}}]}`))
	f.Add([]byte(`{"from":"441500","events":[null,{"id":"a","type":"material","matter_no":"` + unknownNo + `","at":"` + at + `","data":{"sha256":"","sealed":{"kid":"seal","key":"","body":""}}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		results, err := sz.Receive(context.Background(), shanwei, sign(body).Get, body)
		if err != nil {
			if fault.Status(fault.Code(err)) >= 500 {
				t.Fatal(err)
			}
			return
		}
		for _, r := range results {
			if r.Status == "" || r.Status == model.PeerRejected && r.Code == "" {
				t.Fatalf("%+v", r)
			}
		}
		if ok, bad := model.VerifyTrail(sz.matter(t, no)); !ok {
			t.Fatalf("the trail does not hold at %d", bad)
		}
	})
}
