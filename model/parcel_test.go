package model_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

var parcelNow = time.Date(2026, 9, 15, 9, 0, 0, 0, time.UTC) // 17:00 in Beijing

// failer is what testing.T and rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newParcel(t failer, edit ...func(*model.NewParcel)) *model.Parcel {
	t.Helper()
	n := model.NewParcel{
		Carrier: model.CarrierKuaidi100, Company: "shunfeng", Waybill: "SF1400000000001",
		Direction: model.ParcelMaterials, Contents: []model.ParcelContent{model.ContentMaterials},
		Matters:   []string{"KC4415002510090482136"},
		Sender:    model.Party{Kind: model.PartyHall, Region: "440305", City: "深圳市"},
		Consignee: model.Party{Kind: model.PartyOrg, Region: "441500", City: "汕尾市"},
	}
	for _, e := range edit {
		e(&n)
	}
	p, err := model.OpenParcel(n, parcelNow)
	if err != nil {
		t.Fatalf("opening a parcel: %v", err)
	}
	return p
}

func result(kind model.PartyKind) func(*model.NewParcel) {
	return func(n *model.NewParcel) {
		n.Direction, n.Contents = model.ParcelResult, []model.ParcelContent{model.ContentResult}
		n.Sender, n.Consignee = model.Party{Kind: model.PartyOrg, City: "汕尾市"}, model.Party{Kind: kind, City: "深圳市"}
	}
}

// row makes a row of the parcel of newParcel: its hour counts from the opening, its key from all it says.
func row(event model.ParcelEvent, hour float64, edit ...func(*model.ParcelRow)) model.ParcelRow {
	at := parcelNow.Add(time.Duration(hour * float64(time.Hour)))
	r := model.ParcelRow{
		Channel: model.CarrierKuaidi100, Company: "shunfeng", Waybill: "SF1400000000001", Event: event, Code: string(event),
		Grade: model.GradeBasic, At: at, ReceivedAt: at.Add(time.Minute), Text: "sealed",
	}
	for _, e := range edit {
		e(&r)
	}
	if r.Key == "" {
		r.Key = string(r.Channel) + string(event) + strconv.FormatFloat(hour, 'f', -1, 64) + r.Waybill + r.Place
	}
	return r
}

func in(place string) func(*model.ParcelRow) { return func(r *model.ParcelRow) { r.Place = place } }
func keyed(key string) func(*model.ParcelRow) {
	return func(r *model.ParcelRow) { r.Key = key }
}
func signed(by model.SignedBy) func(*model.ParcelRow) {
	return func(r *model.ParcelRow) { r.SignedBy = by }
}
func toSender(r *model.ParcelRow) { r.ToSender = true }
func newWaybill(w string) func(*model.ParcelRow) {
	return func(r *model.ParcelRow) { r.NewWaybill = w }
}
func under(w string) func(*model.ParcelRow) { return func(r *model.ParcelRow) { r.Waybill = w } }
func byStaff(r *model.ParcelRow)            { r.Channel = model.CarrierStaff }
func at(t time.Time) func(*model.ParcelRow) { return func(r *model.ParcelRow) { r.At = t } }
func received(t time.Time) func(*model.ParcelRow) {
	return func(r *model.ParcelRow) { r.ReceivedAt = t }
}
func flagged(f string) func(*model.ParcelRow) {
	return func(r *model.ParcelRow) { r.Flags = append(r.Flags, f) }
}

func TestParcel_Absorb_folds(t *testing.T) {
	t.Parallel()
	const ret = "SF1400000000099"
	for _, c := range []struct {
		name    string
		rows    []model.ParcelRow
		state   model.ParcelState
		signed  model.SignedBy
		flags   string
		tickets string
	}{
		{name: "nothing", state: model.ParcelCreated},
		{name: "history alone", rows: []model.ParcelRow{row("", 1), row(model.EventOrdered, 2)}, state: model.ParcelCreated},
		{name: "collected", rows: []model.ParcelRow{row(model.EventCollected, 1)}, state: model.ParcelCollected},
		{name: "collected does not go back", rows: []model.ParcelRow{row(model.EventInTransit, 1), row(model.EventCollected, 2)}, state: model.ParcelInTransit},
		{name: "the same second goes by rank", rows: []model.ParcelRow{row(model.EventOutForDelivery, 1), row(model.EventInTransit, 1)}, state: model.ParcelOutForDelivery},
		{name: "a problem is left", rows: []model.ParcelRow{row(model.EventDeliveryFailed, 1), row(model.EventInTransit, 2)}, state: model.ParcelInTransit},
		{name: "the pickup point is left", rows: []model.ParcelRow{row(model.EventAtPickupPoint, 1), row(model.EventOutForDelivery, 2)}, state: model.ParcelOutForDelivery},
		{name: "damage stays a ticket", rows: []model.ParcelRow{row(model.EventDamaged, 1), row(model.EventInTransit, 2)},
			state: model.ParcelInTransit, flags: "damaged", tickets: "damaged"},
		{name: "delivered to oneself", rows: []model.ParcelRow{row(model.EventDelivered, 3, signed(model.SignedSelf))}, state: model.ParcelDelivered, signed: model.SignedSelf},
		{name: "delivered, nobody says to whom", rows: []model.ParcelRow{row(model.EventDelivered, 3)}, state: model.ParcelDelivered, signed: model.SignedUnknown},
		{name: "a second channel names the signer", rows: []model.ParcelRow{row(model.EventDelivered, 3), row(model.EventDeliveredByOther, 3, signed(model.SignedLocker))},
			state: model.ParcelDelivered, signed: model.SignedLocker},
		{name: "after delivery all is history", rows: []model.ParcelRow{row(model.EventDelivered, 3, signed(model.SignedSelf)), row(model.EventInTransit, 4), row(model.EventLost, 5)},
			state: model.ParcelDelivered, signed: model.SignedSelf},
		{name: "returned after delivered is a contradiction", rows: []model.ParcelRow{row(model.EventDelivered, 3), row(model.EventReturned, 4)},
			state: model.ParcelProblem, flags: "contradiction", tickets: "contradiction"},
		{name: "a contradiction does not pass by itself", rows: []model.ParcelRow{row(model.EventDelivered, 3), row(model.EventReturning, 4), row(model.EventDelivered, 5)},
			state: model.ParcelProblem, flags: "contradiction", tickets: "contradiction"},
		{name: "people settle a contradiction", rows: []model.ParcelRow{row(model.EventDelivered, 3), row(model.EventReturning, 4), row(model.EventDelivered, 5, byStaff, signed(model.SignedSelf))},
			state: model.ParcelDelivered, signed: model.SignedSelf, flags: "contradiction", tickets: "contradiction"},
		{name: "returned in the second of delivery is none", rows: []model.ParcelRow{row(model.EventDelivered, 3), row(model.EventReturned, 3)}, state: model.ParcelDelivered, signed: model.SignedUnknown},
		{name: "returned", rows: []model.ParcelRow{row(model.EventRejected, 3), row(model.EventReturned, 5), row(model.EventInTransit, 6)}, state: model.ParcelReturned},
		{name: "cancelled", rows: []model.ParcelRow{row(model.EventCancelled, 3), row(model.EventCollected, 5)}, state: model.ParcelCancelled},
		{name: "lost", rows: []model.ParcelRow{row(model.EventLost, 3), row(model.EventInTransit, 4)}, state: model.ParcelLost, flags: "lost", tickets: "lost"},
		{name: "lost and found", rows: []model.ParcelRow{row(model.EventLost, 3), row(model.EventDelivered, 4)}, state: model.ParcelDelivered,
			signed: model.SignedUnknown, flags: "lost", tickets: "lost"},
		{name: "signed after returning in the sender's city", rows: []model.ParcelRow{row(model.EventRejected, 3), row(model.EventDelivered, 9, in("深圳市"))},
			state: model.ParcelReturned, flags: "signed_after_return"},
		{name: "signed after returning, the text says return", rows: []model.ParcelRow{row(model.EventReturning, 3), row(model.EventDelivered, 9, in("汕尾市"), toSender)},
			state: model.ParcelReturned, flags: "signed_after_return"},
		{name: "signed after returning in the consignee's city", rows: []model.ParcelRow{row(model.EventRejected, 3), row(model.EventDelivered, 9, in("汕尾"))},
			state: model.ParcelDelivered, signed: model.SignedUnknown, flags: "signed_after_return"},
		{name: "signed after returning nowhere", rows: []model.ParcelRow{row(model.EventRejected, 3), row(model.EventDelivered, 9)},
			state: model.ParcelProblem, flags: "signed_after_return", tickets: "signed_after_return"},
		{name: "a return under a new number", rows: []model.ParcelRow{row(model.EventReturning, 3, newWaybill(ret)), row(model.EventOutForDelivery, 8, under(ret)), row(model.EventDelivered, 9, under(ret))},
			state: model.ParcelReturned},
		{name: "on its way back under a new number", rows: []model.ParcelRow{row(model.EventReturning, 3, newWaybill(ret)), row(model.EventCollected, 4, under(ret))},
			state: model.ParcelReturning},
		{name: "lost on its way back", rows: []model.ParcelRow{row(model.EventReturning, 3, newWaybill(ret)), row(model.EventLost, 4, under(ret))},
			state: model.ParcelReturning, flags: "lost", tickets: "lost"},
		{name: "at the shop before any transit", rows: []model.ParcelRow{row(model.EventAtShop, 1)}, state: model.ParcelCollected},
		{name: "at the shop after transit", rows: []model.ParcelRow{row(model.EventInTransit, 1), row(model.EventAtShop, 2)}, state: model.ParcelAtPickupPoint},
		{name: "to the shop before any transit", rows: []model.ParcelRow{row(model.EventToShop, 1)}, state: model.ParcelCollected},
		{name: "to the shop after transit", rows: []model.ParcelRow{row(model.EventInTransit, 1), row(model.EventToShop, 2)}, state: model.ParcelInTransit},
		{name: "rows of an earlier parcel of this number", rows: []model.ParcelRow{row(model.EventDelivered, -25), row(model.EventCollected, -2)},
			state: model.ParcelCollected, flags: "waybill_reused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newParcel(t)
			p.Absorb(c.rows, parcelNow.Add(48*time.Hour))
			if p.State != c.state || p.SignedBy != c.signed {
				t.Errorf("state %s signed by %q, want %s by %q", p.State, p.SignedBy, c.state, c.signed)
			}
			if got := strings.Join(p.Flags, " "); got != c.flags {
				t.Errorf("flags %q, want %q", got, c.flags)
			}
			if got := strings.Join(p.Tickets, " "); got != c.tickets {
				t.Errorf("tickets %q, want %q", got, c.tickets)
			}
		})
	}
}

func TestParcel_Absorb_announces_only_what_changed(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	kinds := func() (all []string) {
		for _, e := range p.Outbox {
			all = append(all, e.Kind)
		}
		p.Outbox = nil
		return all
	}
	if got := kinds(); !slices.Equal(got, []string{model.ParcelBound, model.ParcelWaybillBound}) {
		t.Errorf("opening emits %v", got)
	}
	transit := row(model.EventInTransit, 2)
	a := p.Absorb([]model.ParcelRow{row(model.EventCollected, 1), transit}, parcelNow)
	if !a.Changed || !slices.Equal(a.Outcomes, []model.RowOutcome{model.RowApplied, model.RowApplied}) {
		t.Errorf("first rows: %+v", a)
	}
	if len(p.Outbox) != 1 || p.Outbox[0].Ref["from"] != "created" || p.Outbox[0].Ref["state"] != "in_transit" || p.Outbox[0].Ref["event"] != "in_transit" {
		t.Errorf("first rows emit %+v", p.Outbox)
	}
	kinds()
	if a := p.Absorb([]model.ParcelRow{transit}, parcelNow); a.Changed || a.Outcomes[0] != model.RowDuplicate || len(kinds()) != 0 {
		t.Errorf("a duplicate: %+v", a)
	}
	if a := p.Absorb([]model.ParcelRow{row(model.EventInTransit, 3)}, parcelNow); !a.Changed || len(kinds()) != 0 {
		t.Errorf("a new row that moves nothing: %+v", a)
	}
	if a := p.Absorb([]model.ParcelRow{row(model.EventCollected, 1.5)}, parcelNow); !a.Changed || len(kinds()) != 0 {
		t.Errorf("a late row that moves nothing: %+v", a)
	}
	p.Absorb([]model.ParcelRow{row(model.EventDamaged, 4), row(model.EventDamaged, 5)}, parcelNow)
	if got := kinds(); !slices.Equal(got, []string{model.ParcelStateChanged, model.ParcelTicketOpened}) {
		t.Errorf("damage emits %v", got)
	}
	p.Absorb([]model.ParcelRow{row(model.EventReturning, 6, newWaybill("SF1400000000099"))}, parcelNow)
	if got := kinds(); !slices.Equal(got, []string{model.ParcelStateChanged, model.ParcelWaybillBound}) || p.ReturnWaybill != "SF1400000000099" {
		t.Errorf("a return emits %v", got)
	}
	if a := p.Absorb([]model.ParcelRow{row(model.EventInTransit, 6, under("SF1400000000555"))}, parcelNow); a.Outcomes[0] != model.RowForeign || a.Changed {
		t.Errorf("a foreign row: %+v", a)
	}
	if a := p.Absorb([]model.ParcelRow{row(model.EventInTransit, 6, func(r *model.ParcelRow) { r.Company = "zhongtong" })}, parcelNow); a.Outcomes[0] != model.RowForeign {
		t.Errorf("another company's row: %+v", a)
	}
}

func TestParcel_Absorb_joins_tellings_of_one_row(t *testing.T) {
	t.Parallel()
	coarse := row(model.EventDelivered, 3, keyed("k"), signed(model.SignedUnknown), func(r *model.ParcelRow) { r.Code = "3" })
	fine := row(model.EventDeliveredByOther, 3, keyed("k"), in("汕尾市"), signed(model.SignedOther), func(r *model.ParcelRow) { r.Code, r.Grade = "303", model.GradeSpecific })
	bare := row("", 3, keyed("k"), func(r *model.ParcelRow) { r.Code, r.Grade = "", model.GradeNone })
	for _, order := range [][]model.ParcelRow{{coarse, fine, bare}, {bare, fine, coarse}, {fine, bare, coarse, fine}} {
		p := newParcel(t)
		for _, r := range order {
			p.Absorb([]model.ParcelRow{r}, parcelNow)
		}
		if len(p.Rows) != 1 || p.Rows[0].Code != "303" || p.SignedBy != model.SignedOther || p.Rows[0].Place != "汕尾市" {
			t.Errorf("joined to %+v, signed by %s", p.Rows, p.SignedBy)
		}
	}
}

func TestParcel_Absorb_conflict_where_keys_may_not_be_used_twice(t *testing.T) {
	t.Parallel()
	p := newParcel(t, func(n *model.NewParcel) { n.Carrier, n.Company, n.Waybill = model.CarrierStandard, "", "KD00000000012" })
	digest := func(d string) model.ParcelRow {
		return row(model.EventCollected, 1, keyed("ev-1"), under("KD00000000012"), func(r *model.ParcelRow) { r.Digest = d })
	}
	a := p.Absorb([]model.ParcelRow{digest("one"), digest("one"), digest("two")}, parcelNow)
	if want := []model.RowOutcome{model.RowApplied, model.RowDuplicate, model.RowConflict}; !slices.Equal(a.Outcomes, want) {
		t.Errorf("outcomes %v, want %v", a.Outcomes, want)
	}
}

func TestParcel_times_that_cannot_be_trusted(t *testing.T) {
	t.Parallel()
	arrival := parcelNow.Add(time.Hour)
	for _, c := range []struct {
		name    string
		rows    []model.ParcelRow
		at      time.Time
		flag    string
		claimed bool
	}{
		{name: "ten minutes ahead is a clock", rows: []model.ParcelRow{row(model.EventCollected, 0, at(arrival.Add(10*time.Minute)), received(arrival), keyed("k"))}, at: arrival.Add(10 * time.Minute)},
		{name: "more is not", rows: []model.ParcelRow{row(model.EventCollected, 0, at(arrival.Add(11*time.Minute)), received(arrival), keyed("k"))}, at: arrival, flag: model.FlagTimeFuture, claimed: true},
		{name: "the first arrival decides", rows: []model.ParcelRow{
			row(model.EventCollected, 0, at(arrival.Add(20*time.Minute)), received(arrival.Add(15*time.Minute)), keyed("k")),
			row(model.EventCollected, 0, at(arrival.Add(20*time.Minute)), received(arrival), keyed("k")),
		}, at: arrival, flag: model.FlagTimeFuture, claimed: true},
		{name: "an unreadable time is the first arrival", rows: []model.ParcelRow{
			row(model.EventCollected, 0, at(time.Time{}), received(arrival.Add(time.Hour)), keyed("k"), flagged(model.FlagTimeUnreadable)),
			row(model.EventCollected, 0, at(time.Time{}), received(arrival), keyed("k"), flagged(model.FlagTimeUnreadable)),
		}, at: arrival, flag: model.FlagTimeUnreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, q := newParcel(t), newParcel(t)
			p.Absorb(c.rows, arrival)
			slices.Reverse(c.rows)
			for _, r := range c.rows {
				q.Absorb([]model.ParcelRow{r}, arrival)
			}
			for _, p := range []*model.Parcel{p, q} {
				r := p.Rows[0]
				if !r.At.Equal(c.at) || strings.Join(r.Flags, " ") != c.flag || (r.ClaimedAt != nil) != c.claimed {
					t.Errorf("at %v, flags %v, claimed %v; want %v %q", r.At, r.Flags, r.ClaimedAt, c.at, c.flag)
				}
			}
		})
	}
}

func TestParcel_MatterEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		parcel func(*model.NewParcel)
		rows   []model.ParcelRow
		want   model.ParcelEffect
	}{
		{"on the way", func(*model.NewParcel) {}, []model.ParcelRow{row(model.EventInTransit, 1)}, model.ParcelEffect{}},
		{"materials arrive", func(*model.NewParcel) {}, []model.ParcelRow{row(model.EventDelivered, 1)}, model.ParcelEffect{Event: "arrive"}},
		{"materials come back", func(*model.NewParcel) {}, []model.ParcelRow{row(model.EventReturned, 1)}, model.ParcelEffect{Event: "bounce"}},
		{"materials never left", func(*model.NewParcel) {}, []model.ParcelRow{row(model.EventCancelled, 1)}, model.ParcelEffect{Event: "bounce"}},
		{"materials lost, a person confirms", func(*model.NewParcel) {}, []model.ParcelRow{row(model.EventLost, 1)}, model.ParcelEffect{Event: "lose", ByPerson: true}},
		{"result to the applicant", result(model.PartyApplicant), []model.ParcelRow{row(model.EventDelivered, 1)}, model.ParcelEffect{Event: "deliver"}},
		{"result to oneself", result(model.PartyApplicant), []model.ParcelRow{row(model.EventDelivered, 1, signed(model.SignedSelf))}, model.ParcelEffect{Event: "deliver"}},
		{"result to a neighbour", result(model.PartyApplicant), []model.ParcelRow{row(model.EventDeliveredByOther, 1, signed(model.SignedOther))}, model.ParcelEffect{Event: "deliver", CloseDays: 3}},
		{"result to a locker", result(model.PartyApplicant), []model.ParcelRow{row(model.EventDeliveredByOther, 1, signed(model.SignedLocker))}, model.ParcelEffect{Event: "deliver", CloseDays: 3}},
		{"result to a hall", result(model.PartyHall), []model.ParcelRow{row(model.EventDelivered, 1)}, model.ParcelEffect{Event: "reach_hall"}},
		{"result comes back", result(model.PartyApplicant), []model.ParcelRow{row(model.EventReturned, 1)}, model.ParcelEffect{Event: "fail_delivery"}},
		{"result cancelled", result(model.PartyApplicant), []model.ParcelRow{row(model.EventCancelled, 1)}, model.ParcelEffect{Event: "fail_delivery"}},
		{"result lost", result(model.PartyApplicant), []model.ParcelRow{row(model.EventLost, 1)}, model.ParcelEffect{Event: "fail_delivery"}},
		{"result refused, not yet back", result(model.PartyApplicant), []model.ParcelRow{row(model.EventRejected, 1)}, model.ParcelEffect{}},
		{"papers back move nothing", func(n *model.NewParcel) {
			result(model.PartyApplicant)(n)
			n.Contents = []model.ParcelContent{model.ContentPapersBack}
		}, []model.ParcelRow{row(model.EventDelivered, 1)}, model.ParcelEffect{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newParcel(t, c.parcel)
			p.Absorb(c.rows, parcelNow)
			if got := p.MatterEvent(); got != c.want {
				t.Errorf("%s means %+v, want %+v", p.State, got, c.want)
			}
		})
	}
}

func TestParcel_Correct(t *testing.T) {
	t.Parallel()
	clerk := model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk"}
	p := newParcel(t)
	right, err := p.Correct("sf1400000000002", clerk, parcelNow)
	if err != nil || right.Waybill != "SF1400000000002" || p.ReplacedBy != right.ID || p.Open() || len(right.Corrections) != 1 {
		t.Fatalf("corrected to %+v, %v", right, err)
	}
	if again, err := p.Correct("SF1400000000002", clerk, parcelNow); err != nil || again.ID != right.ID || len(p.Corrections) != 1 {
		t.Errorf("the same correction again: %v", err)
	}
	p.Outbox = nil
	p.Absorb([]model.ParcelRow{row(model.EventDelivered, 1)}, parcelNow)
	if len(p.Outbox) != 0 || p.MatterEvent() != (model.ParcelEffect{}) {
		t.Errorf("a replaced parcel still speaks: %v", p.Outbox)
	}
	if _, err := p.Correct("SF1400000000003", clerk, parcelNow); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("a replaced parcel is corrected again: %v", err)
	}
	q := newParcel(t)
	if _, err := q.Correct("SF1400000000001", clerk, parcelNow); fault.Code(err) != "waybill_invalid" {
		t.Errorf("the same number: %v", err)
	}
	q.Absorb([]model.ParcelRow{row(model.EventCollected, 1)}, parcelNow)
	if _, err := q.Correct("SF1400000000002", clerk, parcelNow); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("after collection: %v", err)
	}
}

func TestParcel_AddMatter(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	for range 2 {
		if err := p.AddMatter("KC4415002510090482137"); err != nil || len(p.Matters) != 2 {
			t.Errorf("into the same envelope: %v %v", p.Matters, err)
		}
	}
	p.Absorb([]model.ParcelRow{row(model.EventCollected, 1)}, parcelNow)
	if err := p.AddMatter("KC4415002510090482138"); fault.Code(err) != "waybill_in_use" {
		t.Errorf("after collection: %v", err)
	}
}

func TestParcel_size_is_bounded(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	var rows []model.ParcelRow
	for i := range model.MaxRows + 10 {
		rows = append(rows, row(model.EventInTransit, float64(i)/100))
	}
	rows[1000].Event = model.EventDeliveryFailed
	a := p.Absorb(rows, parcelNow)
	if len(p.Rows) != model.MaxRows || a.Outcomes[model.MaxRows] != model.RowRefused || !p.Has(model.FlagRowsRefused) {
		t.Fatalf("%d rows, last outcome %s", len(p.Rows), a.Outcomes[model.MaxRows])
	}
	archive := model.ParcelArchive{}
	over := p.Overflow()
	archive.Keep(over)
	archive.Keep(over)
	state := p.State
	p.Shed(over)
	full := slices.DeleteFunc(slices.Clone(p.Rows), func(r model.ParcelRow) bool { return r.Archived })
	if len(full) != model.MaxFullRows || len(archive.Rows) != model.MaxRows-model.MaxFullRows || len(p.Overflow()) != 0 {
		t.Errorf("%d rows in full, %d archived", len(full), len(archive.Rows))
	}
	if p.Rows[0].Archived || p.Rows[len(p.Rows)-1].Archived || p.Rows[1000].Archived || p.Rows[1001].Archived {
		t.Error("the first, the last or a row that moved the parcel was archived")
	}
	if a := p.Absorb(rows[:500], parcelNow); a.Changed || p.State != state {
		t.Error("a snapshot sent again brings archived rows back")
	}
}

func TestParcel_PublicEvents_hold_no_carrier_words(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	p.Absorb([]model.ParcelRow{
		row("", 0.5, in("李四 13800000000")), row(model.EventCollected, 1, in("广东,深圳市")),
		row(model.EventCollected, 1, in("深圳"), keyed("other channel")), row(model.EventInTransit, 1.5, in("李四 13800000000")), row(model.EventDelivered, 2, signed(model.SignedOther), in("汕尾市")),
	}, parcelNow)
	events := p.PublicEvents()
	if len(events) != 3 {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	if events[0].Text != "快递员已揽收" || events[0].Place != "深圳市" || events[1].Place != "" || events[2].Text != "快件已由他人代收" || events[2].State != model.ParcelDelivered {
		t.Errorf("%+v", events)
	}
}

func TestCityOf(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"": "", "汕尾市": "汕尾市", "广东,汕尾市": "汕尾市", "广东，汕尾市，城区": "汕尾市", "广东省汕尾市城区": "汕尾市", "汕尾": "汕尾",
		"广西壮族自治区南宁市": "南宁市", "北京,北京市": "北京市",
	} {
		if got := model.CityOf(place); got != want {
			t.Errorf("CityOf(%q) = %q, want %q", place, got, want)
		}
	}
	if !model.SameCity("汕尾", "广东省汕尾市") || model.SameCity("", "") || model.SameCity("汕尾市", "汕头市") {
		t.Error("SameCity")
	}
}
