package parcel_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel/courier/standin"
	"kuacheng/model"
)

const taken, failed = `{"result":true,"returnCode":"200","message":"成功"}`, `{"result":false,"returnCode":"500","message":"失败"}`

// line is one row of a push.
type line struct{ at, code, words, city string }

// push makes a body of kuaidi100's, newest row first.
func push(company, waybill string, lines ...line) string {
	var rows []string
	for _, l := range lines {
		rows = append([]string{fmt.Sprintf(`{"ftime":%q,"context":%q,"statusCode":%q,"areaName":"广东,%s"}`, l.at, l.words, l.code, l.city)}, rows...)
	}
	return signed(fmt.Sprintf(`{"status":"polling","lastResult":{"status":"200","com":%q,"nu":%q,"data":[%s]}}`, company, waybill, strings.Join(rows, ",")))
}

func signed(param string) string {
	sum := md5.Sum([]byte(param + salt))
	return "param=" + url.QueryEscape(param) + "&sign=" + strings.ToUpper(hex.EncodeToString(sum[:]))
}

// post puts a body through the door.
func (w *world) post(t *testing.T, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(w.door.URL+"/callbacks/couriers/kuaidi100", "application/x-www-form-urlencoded", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer)
}

func (w *world) mustPost(t *testing.T, body string) {
	t.Helper()
	if status, answer := w.post(t, body); status != http.StatusOK || answer != taken {
		t.Fatalf("%d %s", status, answer)
	}
}

// hours writes a time so many hours from now as carriers do.
func (w *world) hours(h float64) string {
	return w.clock.Now().Add(time.Duration(h * float64(time.Hour))).In(model.Beijing).Format(time.DateTime)
}

// way is the whole way of a delivered parcel, in the past hour.
func (w *world) way() []line {
	return []line{
		{w.hours(-0.9), "103", "已揽收", "深圳市"}, {w.hours(-0.7), "1002", "运输中", "广州市"}, {w.hours(-0.5), "1001", "到达", "汕尾市"},
		{w.hours(-0.3), "5", "派送中", "汕尾市"}, {w.hours(-0.1), "301", "本人签收", "汕尾市"},
	}
}

func TestService_Receive_faults_of_the_wire(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault   standin.Fault
		answers []int
		rows    int // after the fault
	}{
		{standin.FaultDuplicate, []int{200, 200, 200, 200}, 2},
		{standin.FaultReorder, []int{200, 200}, 2},
		{standin.FaultLate, []int{200}, 1},
		{standin.FaultTamper, []int{401}, 1},
		{standin.FaultReplay, []int{200, 200}, 2},
		{standin.FaultLostReply, []int{200, 200}, 2},
		{standin.FaultFuture, []int{200}, 2},
		{standin.FaultGBK, []int{400}, 1},
		{standin.FaultOversize, []int{413}, 1},
		{standin.FaultDoubleField, []int{400}, 1},
		{standin.FaultRecode, []int{200, 200}, 2},
		{standin.FaultOtherCarrier, []int{200}, 1},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.open(t, w.materials(sf1, no1))
			w.run(t)
			w.advance(t, sf1, "collected", "")
			w.run(t)
			var answers []int
			for _, p := range w.advance(t, sf1, "", c.fault).Posted {
				answers = append(answers, p.Status)
				if want := map[bool]string{true: taken, false: failed}[p.Status == 200]; p.Body != want {
					t.Errorf("answer %s", p.Body)
				}
			}
			if fmt.Sprint(answers) != fmt.Sprint(c.answers) {
				t.Errorf("answers %v, want %v", answers, c.answers)
			}
			w.run(t)
			if got := len(w.parcel(t, id1).Rows); got != c.rows {
				t.Errorf("%d rows, want %d", got, c.rows)
			}
			w.clock.Advance(31 * time.Minute)
			w.standin.Retry(t.Context())
			w.advance(t, sf1, "delivered", "")
			w.run(t)
			if p := w.parcel(t, id1); p.State != model.ParcelDelivered || len(p.Rows) != 6 || len(p.Tickets) != 0 {
				t.Errorf("in the end %s, %d rows, tickets %v", p.State, len(p.Rows), p.Tickets)
			}
			if got := w.matters.moves(no1); got != "arrive" {
				t.Errorf("the matter got %q", got)
			}
		})
	}
}

func TestService_Receive_keeps_before_it_answers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	w.breakStore(true)
	a := w.advance(t, sf1, "collected", "")
	if a.Posted[0].Status != http.StatusServiceUnavailable || a.Posted[0].Body != failed {
		t.Fatalf("%+v", a.Posted)
	}
	w.breakStore(false)
	w.clock.Advance(31 * time.Minute)
	if again := w.standin.Retry(t.Context()); len(again) != 1 || again[0].Status != 200 {
		t.Fatalf("%+v", again)
	}
	w.run(t)
	if p := w.parcel(t, id1); p.State != model.ParcelCollected {
		t.Errorf("%s", p.State)
	}
}

func TestService_Receive_forged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	good := push("shunfeng", sf1, w.way()...)
	param, _, _ := strings.Cut(good, "&sign=")
	bare := md5.Sum([]byte(strings.TrimPrefix(param, "param=")))
	for name, body := range map[string]string{
		"no sign": param, "empty sign": param + "&sign=", "of an empty salt": param + "&sign=" + strings.ToUpper(hex.EncodeToString(bare[:])),
		"of another text": strings.Replace(good, "301", "303", 1),
	} {
		if status, answer := w.post(t, body); status != http.StatusUnauthorized || answer != failed {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	w.run(t)
	if p := w.parcel(t, id1); len(p.Rows) != 0 {
		t.Errorf("a forgery was taken: %+v", p.Rows)
	}
	limited := 0
	for range 70 { // at least one whole minute's measure, whenever the minute turns
		if status, _ := w.post(t, param+"&sign=0"); status == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited == 0 {
		t.Error("bad signatures are not limited")
	}
	w.mustPost(t, good)
	if resp, err := http.Post(w.door.URL+"/callbacks/couriers/pigeon", "text/plain", nil); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("a carrier that is not there: %v, %v", resp, err)
	}
}

// The same bytes are one message, a minute or a year later.
func TestService_Receive_same_bytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.result(sf1, no1))
	body := push("shunfeng", sf1, w.way()[:4]...)
	for range 3 {
		w.mustPost(t, body)
		w.run(t)
	}
	before := w.parcel(t, id1).Rev
	w.pass(t, 3*time.Hour)
	w.mustPost(t, body)
	if refs, err := w.db.Pending(t.Context(), "courier_messages", w.clock.Now().Add(time.Hour), 10); err != nil || len(refs) != 0 {
		t.Errorf("a replay is work: %v, %v", refs, err)
	}
	w.run(t)
	if p := w.parcel(t, id1); p.Rev != before || len(p.Rows) != 4 {
		t.Errorf("rev %d after %d, %d rows", p.Rev, before, len(p.Rows))
	}
	if got := w.notices.to("ap-" + no1); got != "parcel_out_for_delivery" {
		t.Errorf("told %q", got)
	}
}

// Whatever the order of pushes and of the work on them, the parcel is the same in the end.
func TestService_order_does_not_matter(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := rand.New(rand.NewPCG(seed, 1))
			var bodies []string
			for _, l := range w.way() { // each told alone, and twice
				bodies = append(bodies, push("shunfeng", sf1, l), push("shunfeng", sf1, l))
			}
			r.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })
			bound := r.IntN(len(bodies))
			for i, body := range bodies {
				if i == bound {
					w.open(t, w.materials(sf1, no1))
				}
				w.mustPost(t, body)
				if r.IntN(2) == 0 {
					w.run(t)
				}
			}
			w.run(t)
			p := w.parcel(t, id1)
			if p.State != model.ParcelDelivered || p.SignedBy != model.SignedSelf || len(p.Rows) != 5 || len(p.Flags) != 0 {
				t.Errorf("%s by %s, %d rows, flags %v", p.State, p.SignedBy, len(p.Rows), p.Flags)
			}
			if got := w.matters.moves(no1); got != "arrive" {
				t.Errorf("the matter got %q", got)
			}
		})
	}
}

func TestService_unknown_waybill_waits_to_be_bound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustPost(t, push("shunfeng", sf1, w.way()...))
	w.run(t)
	w.pass(t, 6*24*time.Hour)

	// The parcel has arrived before the matter is even written: the move waits for it.
	n := w.materials(sf1, no1)
	n.SentAt = w.clock.Now().Add(-6*24*time.Hour - 2*time.Hour)
	if _, err := w.Open(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	w.run(t)
	if p := w.parcel(t, id1); p.State != model.ParcelDelivered || len(p.Rows) != 5 {
		t.Fatalf("%s, %d rows", p.State, len(p.Rows))
	}
	if got := w.matters.moves(no1); got != "" {
		t.Fatalf("a matter that does not name the parcel got %q", got)
	}
	refs, err := w.db.Pending(t.Context(), "parcels", w.clock.Now().Add(time.Hour), 10)
	if err != nil || len(refs) != 1 || refs[0].Events[0].Kind != model.ParcelStateChanged {
		t.Fatalf("what waits: %+v, %v", refs, err)
	}
	if class, delay := outbox.Classify(w.Handlers()[model.ParcelStateChanged](t.Context(), id1, refs[0].Events[0])); class != outbox.Postponed || delay > 10*time.Second {
		t.Errorf("%s, %v", class, delay)
	}
	w.matters.name(no1, id1)
	w.run(t)
	if got := w.matters.moves(no1); got != "arrive" {
		t.Errorf("the matter got %q", got)
	}
	if refs, err := w.db.Due(t.Context(), "parked", w.clock.Now().AddDate(1, 0, 0), 10); err != nil || len(refs) != 0 {
		t.Errorf("still parked: %v, %v", refs, err)
	}
}

func TestService_nobody_claims_a_number(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustPost(t, push("shunfeng", sf1, w.way()...))
	w.run(t)
	w.pass(t, 7*24*time.Hour+time.Minute)
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	if p := w.parcel(t, id1); len(p.Rows) != 0 {
		t.Errorf("%d rows came back", len(p.Rows))
	}
}

// Pushes and the registration of their number beside each other: no row is lost.
func TestService_binding_beside_pushes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const pushes = 40
	handle := w.Handlers()[model.CourierMessageReceived]
	bodies := make([]string, pushes)
	for i := range bodies {
		bodies[i] = push("shunfeng", sf1, line{w.hours(-1 + float64(i)/60), "1002", fmt.Sprintf("第%d站", i), "广州市"})
	}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for _, body := range bodies {
		wg.Go(func() {
			<-start
			w.mustPost(t, body)
			if err := handle(t.Context(), model.CourierMessageID(k100, []byte(body)), model.Event{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		<-start
		p, err := w.Open(t.Context(), w.materials(sf1, no1))
		if err != nil {
			t.Error(err)
			return
		}
		e := model.Event{Ref: map[string]string{"waybill": sf1}}
		if err := w.Handlers()[model.ParcelWaybillBound](t.Context(), p.ID, e); err != nil {
			t.Error(err)
		}
	})
	close(start)
	wg.Wait()
	if p := w.parcel(t, id1); len(p.Rows) != pushes {
		t.Errorf("%d rows of %d", len(p.Rows), pushes)
	}
	w.run(t)
	if refs, err := w.db.Due(t.Context(), "parked", w.clock.Now().AddDate(1, 0, 0), 10); err != nil || len(refs) != 0 {
		t.Errorf("still parked: %v, %v", refs, err)
	}
}

// A handler that fails in the middle is carried out again: each matter is moved once.
func TestService_killed_half_way(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1, no2))
	w.mustPost(t, push("shunfeng", sf1, w.way()...))
	w.matters.fail = 1
	refs := w.pending(t, model.ParcelStateChanged)
	handle := w.Handlers()[model.ParcelStateChanged]
	if err := handle(t.Context(), id1, refs[0]); err == nil {
		t.Fatal("a matter that failed is forgotten")
	}
	if w.matters.moves(no1) != "" || w.matters.moves(no2) != "arrive" {
		t.Errorf("one failure keeps the other waiting: %q, %q", w.matters.moves(no1), w.matters.moves(no2))
	}
	w.run(t)
	if w.matters.moves(no1) != "arrive" || w.matters.moves(no2) != "arrive" {
		t.Errorf("%q, %q", w.matters.moves(no1), w.matters.moves(no2))
	}
}

// pending carries out everything but events of one kind, and gives those.
func (w *world) pending(t *testing.T, kind string) []model.Event {
	t.Helper()
	w.skip = kind
	w.run(t)
	w.skip = ""
	var events []model.Event
	refs, err := w.db.Pending(t.Context(), "parcels", w.clock.Now().Add(time.Hour), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		events = append(events, ref.Events...)
	}
	return events
}

func TestService_messages_and_parcels_are_not_kept_for_ever(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	body := push("shunfeng", sf1, w.way()...)
	w.mustPost(t, body)
	w.run(t)
	w.clock.Advance(31 * 24 * time.Hour)
	w.run(t)
	if p := w.parcel(t, id1); p.PhoneTail != "" {
		t.Error("the phone is still there after a month")
	}
	w.clock.Advance(335 * 24 * time.Hour)
	w.run(t)
	for _, name := range []string{"parcels", "courier_messages", "parked"} {
		if refs, err := w.db.Due(t.Context(), name, w.clock.Now().AddDate(9, 0, 0), 10); err != nil || len(refs) != 0 {
			t.Errorf("%s: %v, %v", name, refs, err)
		}
	}
	// The courier gives the number out again.
	w.open(t, w.materials(sf1, no2))
	w.mustPost(t, body)
	w.run(t)
	if p := w.parcel(t, id1); p.State != model.ParcelCreated || !p.Has(model.FlagWaybillReused) {
		t.Errorf("%s, flags %v", p.State, p.Flags)
	}
}
