package parcel_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel/courier/standin"
	"kuacheng/model"
)

func TestService_subscribe_comes_again_when_the_carrier_is_down(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.standin.Break(k100, "500", 2)
	w.open(t, w.materials(sf1, no1))
	for i, wait := range []time.Duration{0, time.Minute, 5 * time.Minute} {
		w.clock.Advance(wait)
		w.run(t)
		s := w.parcel(t, id1).Subscription
		if want := map[bool]model.SubscriptionState{true: model.SubscriptionPending, false: model.SubscriptionActive}[i < 2]; s.State != want {
			t.Fatalf("try %d: %+v", i, s)
		}
	}
}

// Done twice, as after a crash between call and save, it is one try.
func TestService_subscribe_twice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t, w.materials(sf1, no1))
	handle := w.Handlers()[model.ParcelBound]
	e := p.Outbox[0]
	w.standin.Break(k100, "cut", 1)
	for range 3 {
		if err := handle(t.Context(), id1, e); err != nil {
			t.Fatal(err)
		}
	}
	if s := w.parcel(t, id1).Subscription; s.Tries != 1 || s.State != model.SubscriptionPending {
		t.Errorf("%+v", s)
	}
}

func TestService_subscribe_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.materials(sf1, no1)
	n.PhoneTail = "" // the company wants one
	w.open(t, n)
	w.run(t)
	if s := w.parcel(t, id1).Subscription; s.State != model.SubscriptionRefused || s.Code != "700" {
		t.Errorf("%+v", s)
	}
	if got := w.notices.to("440305-ZF"); got != "staff_parcel_problem" {
		t.Errorf("the sender was told %q", got)
	}
	if text := w.notices.text("440305-ZF", "staff_parcel_problem"); !strings.Contains(text, no1) || !strings.Contains(text, sf1) {
		t.Error(text)
	}
}

// The account is refused: the channel rests, one parcel tries every hour for all, and all come back.
func TestService_channel_stops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuseAccount("600")
	ids := make([]string, 10)
	for i := range ids {
		ids[i] = w.open(t, w.materials(fmt.Sprintf("SF14000000000%02d", i), no1)).ID
	}
	w.run(t)
	codes := func() map[string]int {
		count := map[string]int{}
		for _, id := range ids {
			s := w.parcel(t, id).Subscription
			count[string(s.State)+s.Code]++
		}
		return count
	}
	if got := codes(); got["pending600"] != 1 || got["pendingchannel_stopped"] != 9 {
		t.Fatalf("at first: %v", got)
	}
	w.pass(t, time.Hour)
	if got := codes(); got["pending600"] != 1 || got["pendingchannel_stopped"] != 9 {
		t.Fatalf("an hour later: %v", got)
	}
	w.refuseAccount("")
	w.pass(t, 3*time.Hour)
	if got := codes(); got["active200"] != 10 {
		t.Errorf("the account works again: %v", got)
	}
}

func TestService_abort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	w.advance(t, sf1, "ordered", standin.FaultAbort)
	w.run(t)
	s := w.parcel(t, id1).Subscription
	if s.State != model.SubscriptionAborted || s.Code != "no_record" || s.NextAt == nil || s.Renewed != 1 {
		t.Fatalf("read twice, one abort: %+v", s)
	}
	w.clock.Advance(31 * time.Minute)
	w.run(t)
	if s := w.parcel(t, id1).Subscription; s.State != model.SubscriptionActive {
		t.Errorf("not asked again: %+v", s)
	}
	// The abort comes once more, late: it was of the subscription before.
	if got := w.parcel(t, id1).State; got != model.ParcelCreated {
		t.Errorf("an abort moved the parcel: %s", got)
	}
}

func TestService_abort_with_another_company(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	w.clock.Advance(time.Minute)
	w.mustPost(t, signed(`{"status":"abort","message":"3天查询无记录","autoCheck":"0","comOld":"","comNew":"yuantong","lastResult":{"com":"shunfeng","nu":"`+sf1+`","data":[]}}`))
	w.run(t)
	p := w.parcel(t, id1)
	if p.Subscription.State != model.SubscriptionRefused || p.Subscription.NextAt != nil || !p.Has(model.FlagCarrierMismatch) {
		t.Fatalf("%+v, marks %v", p.Subscription, p.Marks)
	}
	if got := w.notices.to("440305-ZF"); got != "staff_parcel_problem staff_parcel_problem" {
		t.Errorf("the sender was told %q", got)
	}
	w.mustPost(t, push("yuantong", sf1, w.way()[:2]...))
	w.run(t)
	if p := w.parcel(t, id1); len(p.Rows) != 0 {
		t.Fatal("rows of another company were taken")
	}
	if got := w.notices.to("440305-ZF"); got != "staff_parcel_problem staff_parcel_problem" {
		t.Errorf("told again: %q", got)
	}
	// A clerk looks at the label.
	if _, err := w.ConfirmCompany(t.Context(), id1, "YTO"); err != nil {
		t.Fatal(err)
	}
	w.run(t)
	p = w.parcel(t, id1)
	if p.State != model.ParcelInTransit || p.Company != "yuantong" || p.Subscription.State != model.SubscriptionActive || p.Has(model.FlagCarrierMismatch) {
		t.Errorf("%s of %s, subscription %+v, marks %v", p.State, p.Company, p.Subscription, p.Marks)
	}
}

// Every push is lost; the parcel is asked about.
func TestService_poll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	w.breakStore(true)
	w.advance(t, sf1, "arrived_city", "")
	w.breakStore(false)
	w.pass(t, 26*time.Hour)
	p := w.parcel(t, id1)
	if p.State != model.ParcelInTransit || len(p.Rows) != 4 || p.Polls.Count != 1 {
		t.Fatalf("%s, %d rows, polls %+v", p.State, len(p.Rows), p.Polls)
	}
	// The push comes after all: the same rows.
	if posted := w.standin.Retry(t.Context()); len(posted) != 1 || posted[0].Status != 200 {
		t.Fatalf("%+v", posted)
	}
	w.run(t)
	if got := len(w.parcel(t, id1).Rows); got != 4 {
		t.Errorf("%d rows", got)
	}
}

func TestService_poll_is_not_insistent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.PollDaily = 4 // two questions: each is carried out twice here
	for i := range 3 {
		w.open(t, w.materials(fmt.Sprintf("SF140000000000%d", i), no1))
	}
	w.run(t)
	w.standin.Break(k100, "500", 4)
	for i := range 3 {
		w.breakStore(true)
		w.advance(t, fmt.Sprintf("SF140000000000%d", i), "collected", "")
		w.breakStore(false)
	}
	w.pass(t, 26*time.Hour)
	asked, known := 0, 0
	for i := range 3 {
		p := w.parcel(t, fmt.Sprintf("kuaidi100:SF140000000000%d", i))
		asked += p.Polls.Count
		known += len(p.Rows)
	}
	if asked != 3 || known != 0 {
		t.Errorf("%d were due, %d rows known: two questions failed and a third was over the limit", asked, known)
	}
	w.pass(t, 26*time.Hour)
	for i := range 3 {
		known += len(w.parcel(t, fmt.Sprintf("kuaidi100:SF140000000000%d", i)).Rows)
	}
	if known != 2 {
		t.Errorf("%d rows the next day", known)
	}
}

// What only people can mend is given up at once, and can be sent again when it is mended.
func TestService_work_that_cannot_be_done(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.materials(sf1, no1)
	n.PhoneTail = w.PhoneTail(k100, sf2, phone) // sealed for another parcel
	p := w.open(t, n)
	body := push("shunfeng", sf1, w.way()...)
	w.mustPost(t, body)
	k := w.Carriers[k100]
	delete(w.Carriers, k100)
	handlers := w.Handlers()
	message := model.CourierMessageID(k100, []byte(body))
	for kind, id := range map[string]string{model.CourierMessageReceived: message, model.ParcelBound: p.ID} {
		if class, _ := outbox.Classify(handlers[kind](t.Context(), id, p.Outbox[0])); class != outbox.Impossible {
			t.Errorf("%s: %s", kind, class)
		}
	}
	w.Carriers[k100] = k
	if err := handlers[model.CourierMessageReceived](t.Context(), message, model.Event{}); err != nil || len(w.parcel(t, id1).Rows) != 5 {
		t.Errorf("sent again: %v", err)
	}
}

func TestService_channel_is_not_configured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.Carriers[k100]
	delete(w.Carriers, k100)
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	if s := w.parcel(t, id1).Subscription; s.State != model.SubscriptionPending || s.Code != "not_configured" {
		t.Fatalf("%+v", s)
	}
	w.Carriers[k100] = k
	w.pass(t, time.Hour)
	if s := w.parcel(t, id1).Subscription; s.State != model.SubscriptionActive {
		t.Errorf("%+v", s)
	}
}

// A handler of a document that has gone meanwhile has nothing to do.
func TestService_nothing_there(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for kind, handle := range w.Handlers() {
		if err := handle(t.Context(), "nothing", model.Event{Kind: kind, Ref: map[string]string{"parcel": "nothing", "waybill": sf1}}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for name, wake := range w.Wakes() {
		if err := wake(t.Context(), "nothing"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
