package parcel_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/parcel"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestService_what_people_are_told(t *testing.T) {
	t.Parallel()
	hall := func(n *model.NewParcel) {
		n.Consignee = model.Party{Kind: model.PartyHall, ID: "hall-1", Region: "440305", City: "深圳市", Area: "广东省深圳市南山区"}
	}
	for _, c := range []struct {
		name   string
		result bool
		edit   func(*model.NewParcel)
		to     string
		moves  string
		owner  string
		sender string
	}{
		{name: "materials arrive", to: "delivered", moves: "arrive"},
		{name: "materials come back", to: "returned", moves: "bounce"},
		{name: "materials are called off", to: "cancelled", moves: "bounce"},
		{name: "materials fail to be delivered", to: "delivery_failed"},
		{name: "materials are damaged", to: "damaged", sender: "staff_parcel_problem"},
		{name: "result out for delivery", result: true, to: "out_for_delivery", owner: "parcel_out_for_delivery"},
		{name: "result signed by others", result: true, to: "delivered_by_other", moves: "deliver"},
		{name: "result fails to be delivered", result: true, to: "delivery_failed", owner: "parcel_problem"},
		{name: "result rejected", result: true, to: "rejected", owner: "parcel_problem"},
		{name: "result comes back", result: true, to: "returned", moves: "fail_delivery"},
		{name: "result damaged", result: true, to: "damaged", owner: "parcel_problem", sender: "staff_parcel_problem"},
		{name: "result at a pickup point", result: true, to: "at_pickup_point", owner: "parcel_at_pickup_point"},
		{name: "result reaches a hall", result: true, edit: hall, to: "delivered", moves: "reach_hall"},
		{name: "result out for delivery to a hall", result: true, edit: hall, to: "out_for_delivery"},
		{name: "result to a hall fails", result: true, edit: hall, to: "delivery_failed", owner: "parcel_problem"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n, sender := w.materials(sf1, no1), "440305-ZF"
			if c.result {
				n, sender = w.result(sf1, no1), "441500-RS"
			}
			if c.edit != nil {
				c.edit(&n)
			}
			w.open(t, n)
			w.run(t)
			w.advance(t, sf1, c.to, "")
			w.run(t)
			if got := w.matters.moves(no1); got != c.moves {
				t.Errorf("the matter got %q, want %q", got, c.moves)
			}
			if got := w.notices.to("ap-" + no1); got != c.owner {
				t.Errorf("the owner was told %q, want %q", got, c.owner)
			}
			if got := w.notices.to(sender); got != c.sender {
				t.Errorf("the sender was told %q, want %q", got, c.sender)
			}
			for _, n := range w.notices.told {
				if strings.ContainsAny(n.Text, "{}") || strings.Contains(n.Text, "王小明") || strings.Contains(n.Text, "与快件无关") {
					t.Error(n.Text)
				}
			}
		})
	}
}

func TestService_signer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.result(sf1, no1))
	at := w.hours(-0.5)
	w.mustPost(t, push("shunfeng", sf1, line{at, "304", "已存入丰巢快递柜", "深圳市"}))
	w.run(t)
	mv := w.matters.get(no1).moves[0]
	if mv.Event != "deliver" || mv.SignedBy != model.SignedLocker || mv.ParcelID != id1 || mv.Carrier != "kuaidi100" || !strings.HasPrefix(mv.Cause, id1+"#") ||
		mv.At.In(model.Beijing).Format(time.DateTime) != at {
		t.Errorf("%+v", mv)
	}
}

// One notice a state, for good, and one for a person with two matters in the envelope.
func TestService_one_notice_a_state(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.matters.all[no1] = &matter{owners: []string{"ap-1", "agent-1"}}
	w.matters.all[no2] = &matter{owners: []string{"ap-1"}}
	n := w.result(sf1, no1, no2)
	w.open(t, n)
	w.run(t)
	for _, to := range []string{"out_for_delivery", "delivery_failed", "out_for_delivery", "delivery_failed", "at_pickup_point"} {
		w.advance(t, sf1, to, "")
		w.run(t)
	}
	want := "parcel_at_pickup_point parcel_out_for_delivery parcel_problem"
	for _, who := range []string{"ap-1", "agent-1"} {
		if got := w.notices.to(who); got != want {
			t.Errorf("%s was told %q", who, got)
		}
	}
}

// A state that has passed when its turn comes is not told any more.
func TestService_stale_news(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.result(sf1, no1))
	w.mustPost(t, push("shunfeng", sf1, w.way()[:4]...))
	events := w.pending(t, model.ParcelStateChanged)
	w.mustPost(t, push("shunfeng", sf1, w.way()...))
	w.run(t)
	if got := w.notices.to("ap-" + no1); got != "" || len(events) != 1 {
		t.Errorf("told %q", got)
	}
	if got := w.matters.moves(no1); got != "deliver" {
		t.Errorf("the matter got %q", got)
	}
}

func TestService_silence(t *testing.T) {
	t.Parallel()
	const stalled, problem = "staff_parcel_stalled", "staff_parcel_problem"
	many := func(keys ...string) string { slices.Sort(keys); return strings.Join(keys, " ") }
	for _, c := range []struct {
		name          string
		to            string
		days          int
		owner, sender string
		bureau        string
	}{
		{"not collected", "", 1, "", "", ""},
		{"not collected after a day", "", 2, "", problem, ""},
		{"in transit", "arrived_city", 2, "", "", ""},
		{"in transit for four days", "arrived_city", 4, "parcel_stalled", stalled, ""},
		{"in transit for eleven days", "arrived_city", 11, "parcel_stalled", many(stalled, problem), problem},
		{"at the pickup point", "at_pickup_point", 2, many("parcel_at_pickup_point", "parcel_at_pickup_point"), "", ""},
		{"at the pickup point for three days", "at_pickup_point", 3,
			many("parcel_at_pickup_point", "parcel_at_pickup_point", "parcel_at_pickup_point"), stalled, ""},
		{"out for delivery for three days", "out_for_delivery", 3, many("parcel_out_for_delivery", "parcel_stalled"), stalled, ""},
		{"delivered", "delivered", 20, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.open(t, w.result(sf1, no1))
			w.run(t)
			if c.to != "" {
				w.advance(t, sf1, c.to, "")
				w.run(t)
			}
			w.pass(t, time.Duration(c.days)*24*time.Hour-time.Hour)
			for who, want := range map[string]string{"ap-" + no1: c.owner, "441500-RS": c.sender, "441500-ZS": c.bureau} {
				if got := w.notices.to(who); got != want {
					t.Errorf("%s was told %q, want %q", who, got, want)
				}
			}
		})
	}
}

func report(event model.ParcelEvent) parcel.Report {
	return parcel.Report{Event: event, Words: "电话核实"}
}

// A person settles what no carrier can.
func TestService_Report(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	clerk := model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "st1", Org: "441500-RS"}
	w.open(t, w.result(sf1, no1))
	w.mustPost(t, push("shunfeng", sf1, append(w.way(), line{w.hours(-0.05), "4", "退回签收", "汕尾市"})...))
	w.run(t)
	if p := w.parcel(t, id1); p.State != model.ParcelProblem || !p.Has(model.FlagContradiction) {
		t.Fatalf("%s, flags %v", p.State, p.Flags)
	}
	if got := w.notices.to("441500-RS"); got != "staff_parcel_problem" {
		t.Errorf("the sender was told %q", got)
	}
	if text := w.notices.text("ap-"+no1, "parcel_problem"); !strings.Contains(text, "正在核实") {
		t.Error(text)
	}
	p, err := w.Report(ctx, id1, clerk, report("delivered"))
	if err != nil || p.State != model.ParcelDelivered {
		t.Fatalf("%+v, %v", p, err)
	}
	w.run(t)
	if got := w.matters.moves(no1); got != "deliver" {
		t.Errorf("the matter got %q", got)
	}
	words, err := w.Words(ctx, w.parcel(t, id1))
	if err != nil || !slices.Contains(slices.Collect(maps.Values(words)), "电话核实") {
		t.Errorf("%v, %v", words, err)
	}
	for _, event := range []model.ParcelEvent{"ordered", "at_centre", "teleported"} {
		if _, err := w.Report(ctx, id1, clerk, report(event)); fault.Code(err) != "validation_failed" {
			t.Errorf("%s: %v", event, err)
		}
	}
	early := report("lost")
	early.At = w.clock.Now().Add(-100 * time.Hour)
	if _, err := w.Report(ctx, id1, clerk, early); fault.Code(err) != "validation_failed" {
		t.Errorf("before it was sent: %v", err)
	}
	if _, err := w.Report(ctx, "kuaidi100:nothing", clerk, report("lost")); fault.Code(err) != "not_found" {
		t.Errorf("no parcel: %v", err)
	}
}

// Losing an applicant's papers is for a person to say to the matter.
func TestService_lost(t *testing.T) {
	t.Parallel()
	for direction, want := range map[string]string{"materials": "", "result": "fail_delivery"} {
		w := newWorld(t)
		n := w.materials(sf1, no1)
		if direction == "result" {
			n = w.result(sf1, no1)
		}
		w.open(t, n)
		if _, err := w.Report(t.Context(), id1, model.Actor{ID: "st1"}, report("lost")); err != nil {
			t.Fatal(err)
		}
		w.run(t)
		if got := w.matters.moves(no1); got != want {
			t.Errorf("%s: the matter got %q", direction, got)
		}
		if got := w.notices.to(n.Sender.ID); got != "staff_parcel_problem" {
			t.Errorf("%s: the sender was told %q", direction, got)
		}
	}
}

func TestService_long_way_goes_to_the_archive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, w.materials(sf1, no1))
	const steps = model.MaxFullRows + 40
	lines := make([]line, steps)
	for i := range lines {
		lines[i] = line{w.hours(-20 + float64(i)/60), "1002", fmt.Sprintf("经过第%d站", i), "广州市"}
	}
	body := push("shunfeng", sf1, lines...)
	w.mustPost(t, body)
	w.run(t)
	check := func() {
		t.Helper()
		p := w.parcel(t, id1)
		archived := 0
		for _, r := range p.Rows {
			if r.Archived {
				archived++
			}
		}
		if len(p.Rows) != steps || archived != 40 || p.Rows[0].Archived {
			t.Errorf("%d rows, %d archived", len(p.Rows), archived)
		}
		words, err := w.Words(t.Context(), p)
		if err != nil || len(words) != steps {
			t.Errorf("%d words, %v", len(words), err)
		}
	}
	check()
	w.mustPost(t, body+"&pad=1") // the same rows in other bytes
	w.run(t)
	check()
	w.clock.Advance(time.Hour)
	w.mustPost(t, push("shunfeng", sf1, line{w.hours(-0.1), "301", "本人签收", "汕尾市"}))
	w.run(t)
	w.clock.Advance(366 * 24 * time.Hour)
	w.run(t)
	if _, err := w.Get(t.Context(), id1); fault.Code(err) != "not_found" {
		t.Error("kept for ever")
	}
	if err := w.db.Settle(t.Context(), "parcel_archives", model.ArchiveID(id1), ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("its archive is still there: %v", err)
	}
}
