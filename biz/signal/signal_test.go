package signal_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kuacheng/biz/audit"
	"kuacheng/biz/peer"
	"kuacheng/biz/signal"
	"kuacheng/model"
	"kuacheng/model/bureau"
	rules "kuacheng/model/signal"
)

func TestService_rates(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 20 { // the counties' offices refuse nobody
		o.handed(fmt.Sprintf("KCB%02d", i), "441521", nil)
	}
	var refused []string
	for i := range 20 {
		o.handed(fmt.Sprintf("KCA%02d", i), "441500", nil)
	}
	refuse := func(i int) {
		no := fmt.Sprintf("KCA%02d", i)
		refused = append(refused, no)
		o.changed(o.matters[no], func(m *model.Matter) { m.State = model.MatterRefused })
	}
	for i := range 3 {
		refuse(i)
	}
	o.none(rules.RefusalRate) // 15 in a hundred are borne
	refuse(3)
	o.one(rules.RefusalRate, "20 件办件中，4 件不予受理，占 20.0%，高于 15%", 1, refused...)
	o.none(rules.RefusalPeers) // nobody has added the line up
	o.pass(22 * time.Hour)     // the next morning
	x := o.one(rules.RefusalPeers, "4 件不予受理，占 20.0%；同条线其他 1 个单位 20 件中没有不予受理", 1, refused...)
	if x.Org != "441500-RS" || x.City != "441500" || x.Severity != rules.Warning {
		t.Errorf("%+v", x)
	}
	refuse(4)
	o.one(rules.RefusalRate, "5 件不予受理，占 25.0%", 2, refused...)
	for i, rule := range []string{rules.OverdueRate, rules.CorrectionRate, rules.ReviewGap} {
		o.none(rule)
		for n := range 12 {
			o.changed(o.matters[fmt.Sprintf("KCB%02d", n)], func(m *model.Matter) {
				switch i {
				case 0:
					m.Light = model.LightOverdue
				case 1:
					m.Counts.Corrections = 1
				case 2:
					m.Stars = 3
				}
			})
		}
		if list := o.all(signal.Filter{Rule: rule, Org: "441521-RS"}); len(list) != 1 || len(list[0].Matters) < 10 {
			t.Errorf("%s: %+v", rule, list)
		}
	}
	if page, err := o.List(t.Context(), county, signal.Filter{}); err != nil || len(page.Items) != 3 {
		t.Errorf("the county sees %d: %v", len(page.Items), err)
	}
	_, err := o.List(t.Context(), county, signal.Filter{Org: "441500-RS"})
	wants(t, err, "validation_failed")
	_, err = o.Get(t.Context(), county, x.ID)
	wants(t, err, "not_found")
}

func TestService_rules_are_set(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	threshold := func(x float64) func(*rules.Setting) { return func(s *rules.Setting) { s.Threshold = x } }
	_, err := o.ChangeRule(ctx, county, rules.Repeated, threshold(3), "r")
	wants(t, err, "forbidden")
	_, err = o.ChangeRule(ctx, boss, "nothing", threshold(3), "r")
	wants(t, err, "not_found")
	for range 2 {
		g, err := o.ChangeRule(ctx, boss, rules.Repeated, threshold(3), "试行三次")
		if err != nil || len(g.Changes) != 1 || g.Book()[rules.Repeated].Threshold != 3 {
			t.Fatalf("%+v %v", g, err)
		}
	}
	m := o.handed("KC1", "441500", func(m *model.Matter) { m.Counts.Corrections = 2 })
	o.none(rules.Repeated)
	o.changed(m, func(m *model.Matter) { m.Counts.Supplements = 1 })
	if x := o.one(rules.Repeated, "补正 2 次、补充 1 次", 1, "KC1"); x.Figures.Threshold != 3 {
		t.Errorf("%+v", x.Figures)
	}
	if _, err := o.ChangeRule(ctx, boss, rules.Repeated, func(s *rules.Setting) { s.Off = true }, "停用"); err != nil {
		t.Fatal(err)
	}
	o.handed("KC2", "441500", func(m *model.Matter) { m.Counts.Corrections = 9 })
	o.one(rules.Repeated, "KC1", 1, "KC1")
}

// TestService_matter: what one matter shows, by its events and by time alone.
func TestService_matter(t *testing.T) {
	t.Parallel()
	o := open(t)
	start := o.clock.Now()
	o.handed("KC1", "441500", func(m *model.Matter) { // promised in one day, by law in two
		m.Runs = []model.ClockRun{{Clock: model.ClockPromised, Start: start, Days: 1}, {Clock: model.ClockStatutory, Start: start, Days: 2}}
	})
	o.none(rules.Overdue)
	o.clock.Advance(37 * time.Hour) // Friday, one o'clock
	o.changed(o.matters["KC1"], func(m *model.Matter) { m.Light = model.LightOverdue })
	o.one(rules.Overdue, "于2026年11月26日届满", 1, "KC1")
	o.none(rules.LawBroken)
	o.pass(24 * time.Hour) // nothing is told of the second clock
	o.one(rules.LawBroken, "（行政许可法第四十二条）于2026年11月27日届满", 1, "KC1")
	o.carry(signal.Collection, o.Found)
	if got := o.told.Take(); got != "441500-ZS staff_signal" {
		t.Errorf("told %q", got)
	}
	at := o.clock.Now()
	o.handed("KC2", "441500", func(m *model.Matter) {
		m.State, m.Suspended = model.MatterSuspended, &model.Suspension{Kind: "expert_review", Days: 3, At: at}
	})
	o.pass(48 * time.Hour)
	o.none(rules.SuspensionLong)
	o.pass(96 * time.Hour)
	o.one(rules.SuspensionLong, "告知所需 3 个工作日", 1, "KC2")
	o.handed("KC3", "441500", func(m *model.Matter) { m.Ending = &model.Ending{Reason: rules.FalseMaterials} })
	o.one(rules.FalseMaterials, "虚假材料", 1, "KC3")
	o.handed("KC4", "441500", func(m *model.Matter) { m.Times.Deemed = true })
	o.one(rules.DeemedAccepted, "视为受理", 1, "KC4")
}

// act lets a reviewer act on a matter some time after it came to them.
func (o *office) act(no string, event model.MatterEvent, after time.Duration) {
	o.t.Helper()
	now := o.clock.Now()
	o.handed(no, "441500", func(m *model.Matter) {
		m.Trail = []model.TrailEntry{
			{Seq: 1, At: now.Add(-after), Event: string(model.EvArrive), From: model.MatterReceived, To: model.MatterAwaitingAcceptance, Door: model.DoorCitizen},
			{Seq: 2, At: now, By: "rev", Org: "441500-RS", Region: "441500", Door: model.DoorDesk, Event: string(event), From: model.MatterAwaitingAcceptance, To: model.MatterAccepted},
		}
	})
}

func TestService_acts(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.act("KC1", model.EvAccept, time.Minute)
	o.none(rules.TooFast)
	o.act("KC2", model.EvAccept, 59*time.Second)
	o.one(rules.TooFast, "距上一环节 59 秒，不足 60 秒", 1, "KC2")
	o.clock.Advance(10 * time.Hour) // 22:00
	o.act("KC3", model.EvAccept, time.Hour)
	o.none(rules.LateNight)
	o.act("KC4", model.EvDecide, time.Hour)
	o.one(rules.LateNight, "在七时至 22 时以外", 1, "KC4")
	for i := range 20 {
		o.none(rules.Bulk)
		o.clock.Advance(25 * time.Second)
		o.act(fmt.Sprint("KD", i), model.EvDecide, time.Hour)
	}
	o.one(rules.Bulk, "十分钟内作出 21 件决定", 1, "KD19")
	now := o.clock.Now()
	m := o.handed("KE1", "441500", func(m *model.Matter) {
		m.Trail = []model.TrailEntry{{Seq: 1, At: now, By: "clerk", Org: "440300-ZS", Region: "440300", Door: model.DoorCounter, Event: string(model.EvReceive)}}
	})
	o.bookings["bk1"] = &model.Booking{Matter: m.ID, Steps: []model.BookingStep{{Event: model.EventServe, At: now.Add(-20 * time.Second)}}}
	e := model.Event{ID: "e1", At: now.Add(time.Second), Ref: map[string]string{"event": string(model.EventFinish), "booking": "bk1"}}
	for range 2 {
		o.ok(o.Booked(t.Context(), "bk1", e))
	}
	if list := o.all(signal.Filter{Rule: rules.TooFast, Org: "440300-ZS"}); len(list) != 1 || list[0].Figures.Numerator != 20 {
		t.Errorf("%+v", list)
	}
}

func TestService_seats(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 11 {
		o.none(rules.NoShowAbuse)
		ref := map[string]string{"event": string(model.EventNoShow), "booking": fmt.Sprint("bk", i), "applicant": "ap1", "hall": "hall-440300-1"}
		if i%2 == 0 {
			ref["event"], ref["by"] = string(model.EventCancel), string(model.RoleApplicant)
		}
		for range 2 {
			o.ok(o.Booked(t.Context(), ref["booking"], model.Event{ID: fmt.Sprint("e", i), At: o.clock.Now(), Ref: ref}))
		}
		o.clock.Advance(24 * time.Hour)
	}
	if x := o.one(rules.NoShowAbuse, "取消或未到 11 次预约，超过 10 次", 1); x.Subject != "ap1" {
		t.Errorf("%+v", x)
	}
	o.ok(o.Booked(t.Context(), "bk", model.Event{ID: "x", At: o.clock.Now(), Ref: map[string]string{"event": string(model.EventCancel), "by": "clerk", "booking": "b", "applicant": "ap2"}}))
}

func TestService_looks(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.handed("KC1", "441500", nil)
	look := func(no string) {
		t.Helper()
		if _, err := o.audit.Look(t.Context(), clerk, "ap1", no, "name", "核对"); err != nil {
			t.Fatal(err)
		}
		o.carry(audit.Collection, o.Looked)
	}
	for range 10 {
		look("KC1")
	}
	o.none(rules.RevealSpike)
	look("KC1")
	o.one(rules.RevealSpike, "查看未脱敏信息 11 次", 1)
	o.clock.Advance(24 * time.Hour)
	ended := o.clock.Now().Add(-time.Hour)
	o.handed("KC2", "441500", func(m *model.Matter) { m.State, m.Times.Ended = model.MatterClosed, &ended })
	look("KC2")
	if list := o.all(signal.Filter{Rule: rules.RevealSpike}); len(list) != 2 || list[0].Matters[0] != "KC2" {
		t.Errorf("%+v", list)
	}
}

func TestService_parcels(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	parcel := func(c model.Carrier, waybill, matter string) *model.Parcel {
		p := &model.Parcel{
			Head: model.Head{ID: model.ParcelID(c, waybill)}, Carrier: c, Company: "ems", Waybill: waybill, Matters: []string{matter}, CreatedAt: o.clock.Now(),
			Sender: model.Party{ID: "441500-RS", Region: "441500"},
		}
		o.parcels[p.ID] = p
		for range 2 {
			o.ok(o.Service.Handed(ctx, p.ID, model.Event{ID: "h" + p.ID, Ref: map[string]string{"waybill": waybill}}))
		}
		return p
	}
	first := parcel(model.Carriers[0], "W1", "KC1")
	for range 2 {
		o.ok(o.Reused(ctx, first.ID, model.NewParcel{Matters: []string{"KC2"}, Sender: first.Sender}))
	}
	o.one(rules.WaybillReused, "运单号 W1", 1, "KC1", "KC2")
	o.clock.Advance(time.Hour)
	second := parcel(model.Carriers[1], "W1", "KC3")
	if list := o.all(signal.Filter{Rule: rules.WaybillReused}); len(list) != 2 || list[0].Subject != second.ID {
		t.Errorf("%d signals", len(list))
	}
	for i := range 28 {
		parcel(model.Carriers[0], fmt.Sprint("V", i), "KC4")
	}
	lost := model.Event{ID: "l", Ref: map[string]string{"state": string(model.ParcelLost)}}
	for range 2 {
		o.ok(o.Moved(ctx, first.ID, lost)) // 1 of 30 is over three in a hundred
	}
	if x := o.one(rules.ParcelTrouble, "30 件邮件中，1 件遗失或退回，占 3.3%，高于 3%", 1, "KC1"); x.Kind != rules.OfCarrier {
		t.Errorf("%+v", x)
	}
}

func TestService_told_by_others(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	m := o.handed("KC1", "441500", func(m *model.Matter) { m.Peer = &model.MatterPeer{Region: "440300"} })
	for range 2 {
		o.ok(o.Differs(ctx, m.ID, model.Event{ID: "d1", At: o.clock.Now(), Ref: map[string]string{"what": "state"}}))
	}
	o.one(rules.PeerSilent, "与深圳市的业务系统不一致", 1, "KC1")
	id, err := o.problems.Open(ctx, "k", bureau.Opening{Source: bureau.SourceReview, Title: "差评", Matter: "KC1", Region: "441500", Unit: "441500-RS"}, model.System)
	o.ok(err)
	for range 2 {
		o.ok(o.Ticket(ctx, id, model.Event{ID: "t1", At: o.clock.Now(), Ref: map[string]string{"what": "late", "unit": "441500-RS"}}))
	}
	o.one(rules.ReviewGap, "差评工单", 1, "KC1")
	heard := o.clock.Now()
	o.talks = []peer.Talk{{Region: "440100", Linked: true, PeerCity: model.PeerCity{HeardAt: &heard}}, {Region: "441900", Linked: true}}
	o.pass(48 * time.Hour) // Friday
	if list := o.all(signal.Filter{Rule: rules.PeerSilent}); len(list) != 2 || list[0].Subject != "440100" {
		t.Errorf("%d silent", len(list))
	}
}

func TestService_becomes_of_a_signal(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	m := o.handed("KC1", "441500", func(m *model.Matter) { m.Counts.Corrections = 2 })
	x := o.one(rules.Repeated, "", 1, "KC1")
	_, err := o.Snooze(ctx, boss, x.ID, "", 0)
	wants(t, err, "validation_failed")
	_, err = o.Snooze(ctx, county, x.ID, "", 3)
	wants(t, err, "not_found")
	if x, err = o.Snooze(ctx, boss, x.ID, "", 3); err != nil || x.State != rules.Snoozed {
		t.Fatalf("%+v %v", x, err)
	}
	o.changed(m, func(m *model.Matter) { m.Counts.Corrections = 3 })
	o.none(rules.Repeated)
	o.pass(72 * time.Hour)
	o.one(rules.Repeated, "补正 3 次", 2, "KC1")
	_, err = o.Dismiss(ctx, boss, x.ID, " ")
	wants(t, err, "reason_required")
	for range 2 {
		p, err := o.Raise(ctx, boss, x.ID)
		if err != nil || p.Matter != "KC1" || p.Unit != "441500-RS" || p.Source != bureau.SourceSignal {
			t.Fatalf("%+v %v", p, err)
		}
	}
	_, err = o.Dismiss(ctx, boss, x.ID, "已核实")
	wants(t, err, "transition_not_allowed")
	o.handed("KC2", "441500", func(m *model.Matter) { m.Counts.Corrections = 2 })
	y := o.one(rules.Repeated, "KC2", 1, "KC2")
	if _, err := o.Dismiss(ctx, boss, y.ID, "已核实"); err != nil {
		t.Fatal(err)
	}
	_, err = o.Raise(ctx, boss, y.ID)
	wants(t, err, "transition_not_allowed")
	if list := o.all(signal.Filter{State: string(rules.Dismissed)}); len(list) != 1 {
		t.Errorf("%d dismissed", len(list))
	}
}

func TestService_tells_what_is_owed(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	o.handed("KC1", "441521", nil)
	o.owed["441521-RS"] = map[string]int64{"yellow": 2, "red": 1}
	o.told.Fail("441521-RS", errors.New("cut off"))
	o.clock.Advance(22 * time.Hour)
	o.ok(o.WakeMorning(ctx, rules.MorningID))
	refs, err := o.db.Pending(ctx, signal.Mornings, o.clock.Now().Add(time.Hour), 10)
	if err != nil || len(refs) != 1 || o.Morning(ctx, refs[0].ID, refs[0].Events[0]) == nil {
		t.Fatalf("%+v %v", refs, err)
	}
	o.told.Fail("441521-RS", nil)
	o.carry(signal.Mornings, o.Morning)
	if got := o.told.Take(); got != "441521-RS staff_digest" {
		t.Errorf("told %q", got)
	}
	o.pass(48 * time.Hour) // a Saturday tells nobody
	if got := o.told.Take(); got != "" {
		t.Errorf("told %q", got)
	}
	for _, x := range []struct{ light, want string }{
		{"yellow", ""}, {"red", "441500-RS staff_escalated"}, {"overdue", "441500-RS staff_escalated, 441521-ZS staff_escalated"},
	} {
		for i := range 3 { // also when it turns so again
			o.ok(o.Lit(ctx, "KC1", model.Event{ID: fmt.Sprint(x.light, i), At: o.clock.Now(), Ref: map[string]string{"light": x.light}}))
		}
		if got := o.told.Take(); got != x.want {
			t.Errorf("%s: told %q", x.light, got)
		}
	}
}
