package parcel_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestService_Open(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first := w.open(t, w.materials(sf1, no1))

	again, err := w.Open(ctx, w.materials(" sf1400000000001 ", no1))
	if err != nil || again.ID != first.ID || !slices.Equal(again.Matters, []string{no1}) {
		t.Fatalf("the same matter again: %+v, %v", again, err)
	}
	both, err := w.Open(ctx, w.materials(sf1, no2))
	if err != nil || !slices.Equal(both.Matters, []string{no1, no2}) {
		t.Fatalf("the same envelope: %+v, %v", both, err)
	}
	for name, edit := range map[string]func(*model.NewParcel){
		"another sender":    func(n *model.NewParcel) { n.Sender.ID = "440306-ZF" },
		"another consignee": func(n *model.NewParcel) { n.Consignee.ID = "441500-GA" },
		"a result":          func(n *model.NewParcel) { *n = w.result(sf1, "KC4415022603027319062") },
		"no organisation":   func(n *model.NewParcel) { n.Sender.ID = "" },
		"another company":   func(n *model.NewParcel) { n.Company = "yuantong" },
	} {
		n := w.materials(sf1, "KC4415022603027319062")
		edit(&n)
		if _, err := w.Open(ctx, n); fault.Code(err) != "waybill_in_use" {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.advance(t, sf1, "collected", "")
	w.run(t)
	if _, err := w.Open(ctx, w.materials(sf1, "KC4415022603027319062")); fault.Code(err) != "waybill_in_use" {
		t.Errorf("an envelope that is on its way: %v", err)
	}
	w.advance(t, sf1, "delivered", "")
	w.run(t)
	if _, err := w.Open(ctx, w.materials(sf1, no1)); fault.Code(err) != "waybill_in_use" {
		t.Errorf("a number that has arrived: %v", err)
	}
	if got := w.matters.moves(no1); got != "arrive" {
		t.Errorf("the first matter got %q", got)
	}
}

func TestService_Open_next_day_is_another_envelope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	w.pass(t, 16*time.Hour)
	if _, err := w.Open(t.Context(), w.materials(sf1, no2)); fault.Code(err) != "waybill_in_use" {
		t.Errorf("the next day: %v", err)
	}
}

func TestService_Open_reads_the_company_from_the_number(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for waybill, want := range map[string]string{"YT1234567890123": "yuantong", sf1: "shunfeng", "1140000000011": "ems"} {
		n := w.materials(waybill, no1)
		n.Company = ""
		if p, err := w.Open(t.Context(), n); err != nil || p.Company != want {
			t.Errorf("%s: %+v, %v", waybill, p, err)
		}
	}
	for waybill, code := range map[string]string{"123456789012": "validation_failed", "SF14": "waybill_invalid", "中文": "waybill_invalid"} {
		n := w.materials(waybill, no1)
		if code == "validation_failed" {
			n.Company = ""
		}
		if _, err := w.Open(t.Context(), n); fault.Code(err) != code {
			t.Errorf("%s: %v", waybill, err)
		}
	}
	if _, err := w.Open(t.Context(), w.materials(sf2)); err == nil {
		t.Error("a parcel without a matter")
	}
}

// Many halls type the same number at once: one has it.
func TestService_Open_beside_each_other(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	errs := make([]error, 32)
	for i := range errs {
		wg.Go(func() {
			n := w.materials(sf1, fmt.Sprintf("KC44150025100904821%02d", i))
			n.Sender.ID = fmt.Sprintf("4403%02d-ZF", i)
			_, errs[i] = w.Open(t.Context(), n)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if fault.Code(err) != "waybill_in_use" {
			t.Errorf("%v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d have the number", won)
	}
}

func TestService_Abandon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	open := func(n model.NewParcel) *model.Parcel {
		t.Helper()
		p, err := w.Open(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	abandon := func(no string) {
		t.Helper()
		if err := w.Abandon(ctx, id1, no); err != nil {
			t.Fatal(err)
		}
	}

	// Two requests for one matter: the one that fails gives up, and the other keeps the number.
	open(w.materials(sf1, no1))
	open(w.materials(sf1, no1))
	abandon(no1)
	if p := w.parcel(t, id1); !slices.Contains(p.Matters, no1) {
		t.Fatal("given up while another tries")
	}
	w.matters.name(no1, id1)
	abandon(no1)
	if p := w.parcel(t, id1); !slices.Contains(p.Matters, no1) {
		t.Fatal("given up under a matter that names it")
	}

	// A waybill that nobody came to use goes to the next, whoever that is.
	id1, sf1 := "kuaidi100:"+sf2, sf2
	abandon = func(no string) {
		if err := w.Abandon(ctx, id1, no); err != nil {
			t.Fatal(err)
		}
	}
	open(w.materials(sf1, no1))
	open(w.materials(sf1, no2))
	abandon(no1)
	if p := w.parcel(t, id1); !slices.Equal(p.Matters, []string{no2}) {
		t.Fatalf("matters %v", p.Matters)
	}
	abandon(no2)
	abandon(no2)
	p := w.parcel(t, id1)
	if !p.Abandoned() || p.Open() || p.PhoneTail != "" {
		t.Fatalf("not abandoned: %+v", p)
	}
	w.run(t)
	if got := w.parcel(t, id1).Subscription.State; got != model.SubscriptionPending {
		t.Errorf("an abandoned number is watched: %s", got)
	}
	w.open(t, w.result(sf1, no2))
	w.run(t)
	p = w.parcel(t, id1)
	if p.Direction != model.ParcelResult || !slices.Equal(p.Matters, []string{no2}) || p.Subscription.State != model.SubscriptionActive {
		t.Fatalf("taken over: %+v", p)
	}
	if err := w.Abandon(ctx, "kuaidi100:SF1400000000999", no1); err != nil {
		t.Errorf("a parcel that is not there: %v", err)
	}
}

// The process dies between the parcel's write and the matter's.
func TestService_claims_that_nobody_settles_lapse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	if _, err := w.Open(ctx, w.materials(sf1, no1)); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(9 * time.Minute)
	w.run(t)
	if _, err := w.Open(ctx, w.materials(sf1, no1)); err != nil { // the clerk tries again
		t.Fatal(err)
	}
	w.clock.Advance(9 * time.Minute)
	w.run(t)
	if p := w.parcel(t, id1); !slices.Contains(p.Matters, no1) || len(p.Claims) != 1 {
		t.Fatalf("lapsed under the second try: %+v", p.Claims)
	}
	w.clock.Advance(2 * time.Minute)
	w.run(t)
	if p := w.parcel(t, id1); !p.Abandoned() || len(p.Claims) != 0 {
		t.Fatalf("nobody uses it: %v, %v", p.Matters, p.Claims)
	}
	// The matter was written after all, very late: its own word wins.
	w.matters.name(no1, id1)
	if err := w.Named(ctx, no1, model.Event{Ref: map[string]string{"parcel": id1}}); err != nil {
		t.Fatal(err)
	}
	if p := w.parcel(t, id1); !slices.Equal(p.Matters, []string{no1}) {
		t.Fatalf("matters %v", p.Matters)
	}
	// A claim that the matter settles without an event is found by the wake.
	if _, err := w.Open(ctx, w.materials(sf2, no2)); err != nil {
		t.Fatal(err)
	}
	w.matters.name(no2, "kuaidi100:"+sf2)
	w.pass(t, time.Hour)
	if p := w.parcel(t, "kuaidi100:"+sf2); !slices.Equal(p.Matters, []string{no2}) || len(p.Claims) != 0 {
		t.Fatalf("matters %v, claims %v", p.Matters, p.Claims)
	}
	w.pass(t, 8*24*time.Hour)
	if p := w.parcel(t, id1); !slices.Equal(p.Matters, []string{no1}) {
		t.Error("a parcel in use went with the abandoned")
	}
}

func TestService_abandoned_number_is_forgotten_after_a_week(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Open(t.Context(), w.materials(sf1, no1)); err != nil {
		t.Fatal(err)
	}
	w.pass(t, 7*24*time.Hour+time.Hour)
	if _, err := w.Get(t.Context(), id1); fault.Code(err) != "not_found" {
		t.Errorf("%v", err)
	}
	if got := w.notices.to("440305-ZF"); got != "" {
		t.Errorf("told of a parcel that is none: %s", got)
	}
}

func TestService_Correct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	clerk := model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "st1", Org: "440305-ZF"}
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	w.advance(t, sf2, "collected", "") // scanned before anyone knew the right number
	w.run(t)

	right, err := w.Correct(ctx, id1, sf2, clerk)
	if err != nil || right.Waybill != sf2 || !slices.Equal(right.Matters, []string{no1}) {
		t.Fatalf("%+v, %v", right, err)
	}
	if again, err := w.Correct(ctx, id1, sf2, clerk); err != nil || again.ID != right.ID {
		t.Fatalf("the same correction again: %+v, %v", again, err)
	}
	w.matters.name(no1, right.ID)
	w.run(t)
	p := w.parcel(t, id1)
	if p.ID != right.ID || p.State != model.ParcelCollected || p.Subscription.State != model.SubscriptionActive {
		t.Fatalf("%s is %s, subscription %+v", p.ID, p.State, p.Subscription)
	}
	if _, err := w.Correct(ctx, right.ID, "SF1400000000003", clerk); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("after the courier has it: %v", err)
	}
	if _, err := w.Correct(ctx, "kuaidi100:SF1400000000999", sf2, clerk); fault.Code(err) != "not_found" {
		t.Errorf("no such parcel: %v", err)
	}
	w.open(t, w.materials("SF1400000000004", no2))
	if _, err := w.Correct(ctx, "kuaidi100:SF1400000000004", sf2, clerk); fault.Code(err) != "waybill_in_use" {
		t.Errorf("a number of someone else's: %v", err)
	}

	// The mistyped number belongs to someone.
	if _, err := w.Open(ctx, w.result(sf1, no2)); fault.Code(err) != "waybill_in_use" {
		t.Errorf("before the correction has settled: %v", err)
	}
	w.pass(t, 25*time.Hour)
	if p, err := w.Open(ctx, w.result(sf1, no2)); err != nil || p.ID != id1 || !slices.Equal(p.Matters, []string{no2}) || p.ReplacedBy != "" {
		t.Errorf("its owner: %+v, %v", p, err)
	}
}

// The process dies after the correction and before the matter hears of it.
func TestService_Correct_without_the_matter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	right, err := w.Correct(t.Context(), id1, sf2, model.Actor{ID: "st1"})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(t, time.Hour)
	if p := w.parcel(t, right.ID); !slices.Equal(p.Matters, []string{no1}) || len(p.Claims) != 0 {
		t.Fatalf("the right parcel was given up: %+v", p)
	}
	w.advance(t, sf2, "delivered", "")
	w.run(t)
	one := w.matters.get(no1)
	if len(one.moves) != 1 || one.moves[0].ParcelID != id1 || one.moves[0].Event != "arrive" {
		t.Errorf("moves %+v", one.moves)
	}
}
