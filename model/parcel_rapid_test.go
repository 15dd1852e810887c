package model_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kuacheng/model"
)

// anyRow draws rows that are as awkward as carriers make them: the same key in different words, the same
// second, times ahead of ours, numbers of returns.
func anyRow(t *rapid.T) model.ParcelRow {
	events := []model.ParcelEvent{
		"", model.EventOrdered, model.EventCollected, model.EventInTransit, model.EventArrivedCity, model.EventOutForDelivery,
		model.EventAtPickupPoint, model.EventDeliveryFailed, model.EventDamaged, model.EventRejected, model.EventReturning,
		model.EventDelivered, model.EventDeliveredByOther, model.EventLost, model.EventReturned, model.EventCancelled,
		model.EventAtCentre, model.EventToShop, model.EventAtShop,
	}
	second := rapid.IntRange(0, 12).Draw(t, "second")
	arrival := parcelNow.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "arrival")) * time.Minute)
	r := model.ParcelRow{
		Key:     fmt.Sprintf("k%d-%d", second, rapid.IntRange(0, 3).Draw(t, "row")),
		Channel: rapid.SampledFrom([]model.Carrier{model.CarrierKuaidi100, model.CarrierSF, model.CarrierStaff}).Draw(t, "channel"),
		Company: "shunfeng", Waybill: "SF1400000000001",
		Event: rapid.SampledFrom(events).Draw(t, "event"),
		Grade: rapid.IntRange(0, 2).Draw(t, "grade"),
		// Equal keys mean equal times on the wire: the time is a part of them.
		At: parcelNow.Add(time.Duration(second-3) * 5 * time.Minute), ReceivedAt: arrival,
		Place:    rapid.SampledFrom([]string{"", "深圳市", "汕尾市"}).Draw(t, "place"),
		SignedBy: rapid.SampledFrom([]model.SignedBy{"", model.SignedSelf, model.SignedOther, model.SignedLocker}).Draw(t, "signer"),
		ToSender: rapid.Bool().Draw(t, "to sender"),
	}
	r.Code = string(r.Event)
	if r.Event == model.EventReturning && rapid.Bool().Draw(t, "new number") {
		r.NewWaybill = "SF1400000000099"
	}
	if second == 12 {
		r.At, r.Flags = time.Time{}, []string{model.FlagTimeUnreadable}
	}
	if rapid.IntRange(0, 5).Draw(t, "return") == 0 {
		r.Waybill, r.Key = "SF1400000000099", r.Key+"r"
	}
	// A key is of one channel.
	r.Key = string(r.Channel) + r.Key
	return r
}

// told is what must not depend on the order of arrival.
func told(p *model.Parcel) any {
	return struct {
		State         model.ParcelState
		At            time.Time
		SignedBy      model.SignedBy
		ReturnWaybill string
		Flags         []string
		Rows          []model.ParcelRow
		Effect        model.ParcelEffect
		Public        []model.PublicEvent
	}{p.State, p.StateAt, p.SignedBy, p.ReturnWaybill, p.Flags, p.Rows, p.MatterEvent(), p.PublicEvents()}
}

// deliver hands rows to a parcel in random portions, as pushes do, and parks what is not yet the parcel's.
func deliver(t *rapid.T, p *model.Parcel, rows []model.ParcelRow) {
	parked := model.Park(p.Carrier, "", parcelNow)
	for len(rows) > 0 {
		n := rapid.IntRange(1, len(rows)).Draw(t, "portion")
		portion := rows[:n]
		rows = rows[n:]
		before := p.State
		sent := len(p.Outbox)
		a := p.Absorb(portion, parcelNow)
		for i, o := range a.Outcomes {
			if o == model.RowForeign {
				parked.Add(portion[i : i+1])
			}
		}
		changed := slices.ContainsFunc(p.Outbox[sent:], func(e model.Event) bool { return e.Kind == model.ParcelStateChanged })
		if changed != (before != p.State) {
			t.Fatalf("%s → %s, announced: %v", before, p.State, changed)
		}
		p.Absorb(parked.Rows, parcelNow)
	}
}

func TestParcel_is_a_function_of_the_set_of_rows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(anyRow), 1, 14).Draw(t, "rows")
		shuffled := slices.Concat(rows, rapid.SliceOf(rapid.SampledFrom(rows)).Draw(t, "again"))
		shuffled = rapid.Permutation(shuffled).Draw(t, "order")
		oracle, p := newParcel(t), newParcel(t)
		// The number of a return is known only with the row that tells it; after it all rows are owned.
		oracle.Absorb(rows, parcelNow)
		oracle.Absorb(rows, parcelNow)
		deliver(t, p, shuffled)
		if diff := cmp.Diff(told(oracle), told(p)); diff != "" {
			t.Fatalf("another order gave another parcel (- all at once, + in portions):\n%s", diff)
		}
	})
}

// The way of a real parcel, told by two channels, in any order and any number of times.
func TestParcel_real_sequence_in_any_order(t *testing.T) {
	t.Parallel()
	way := []model.ParcelRow{
		row(model.EventCollected, 1, in("深圳市")), row(model.EventInTransit, 2, in("深圳市")), row(model.EventInTransit, 9, in("广州市")),
		row(model.EventAtCentre, 20, in("汕尾市")), row(model.EventOutForDelivery, 22, in("汕尾市")), row(model.EventDeliveryFailed, 24, in("汕尾市")),
		row(model.EventOutForDelivery, 40, in("汕尾市")), row(model.EventAtPickupPoint, 42, in("汕尾市")),
		row(model.EventDeliveredByOther, 50, in("汕尾市"), signed(model.SignedLocker)),
	}
	for _, r := range slices.Clone(way) {
		r.Channel, r.Key = model.CarrierSF, "sf"+r.Key
		way = append(way, r)
	}
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.Permutation(slices.Concat(way, rapid.SliceOf(rapid.SampledFrom(way)).Draw(t, "again"))).Draw(t, "order")
		p := newParcel(t)
		deliver(t, p, rows)
		if p.State != model.ParcelDelivered || p.SignedBy != model.SignedLocker || len(p.Rows) != len(way) || len(p.Tickets) != 0 {
			t.Fatalf("%s by %s, %d rows, tickets %v", p.State, p.SignedBy, len(p.Rows), p.Tickets)
		}
		if events := p.PublicEvents(); len(events) != len(way)/2 || events[3].Event != model.EventArrivedCity {
			t.Fatalf("public way: %+v", events)
		}
	})
}

// An end is never left by itself but for what people must look at.
func TestParcel_ends_hold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := newParcel(t)
		var ended model.ParcelState
		for _, r := range rapid.SliceOfN(rapid.Custom(anyRow), 1, 30).Draw(t, "rows") {
			if r.Channel == model.CarrierStaff {
				continue
			}
			// In order of time: each later than all before, and known to be.
			r.At = parcelNow.Add(time.Duration(len(p.Rows)) * time.Second)
			r.Flags, r.Key, r.ReceivedAt = nil, fmt.Sprint(len(p.Rows)), r.At
			p.Absorb([]model.ParcelRow{r}, parcelNow)
			switch {
			case ended == "" && p.State.End():
				ended = p.State
			case ended == model.ParcelDelivered && p.State == model.ParcelProblem:
				if !p.Has(model.FlagContradiction) {
					t.Fatalf("delivered was left without a word")
				}
			case ended == model.ParcelLost && p.State == model.ParcelDelivered:
				ended = model.ParcelDelivered
			case ended != "" && p.State != ended && !p.Has(model.FlagContradiction):
				t.Fatalf("%s became %s", ended, p.State)
			}
		}
	})
}
