package parcel_test

import (
	"slices"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

// doubting is a carrier whose pushed ends have to be asked for.
type doubting struct{ courier.Carrier }

func (doubting) Doubts(r courier.Row) bool { return r.Event.State().End() }

// An end that the carrier's own answer shows counts at once.
func TestService_a_pushed_end_is_confirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Carriers[k100] = doubting{w.Carriers[k100]}
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	w.advance(t, sf1, "delivered", "")
	w.run(t)
	p := w.parcel(t, id1)
	if p.State != model.ParcelDelivered || w.matters.moves(no1) != "arrive" {
		t.Fatalf("%s, the matter got %q", p.State, w.matters.moves(no1))
	}
	if unconfirmed(p) {
		t.Error("a confirmed row is flagged")
	}
}

// Without an answer it counts half an hour later, and is marked.
func TestService_a_pushed_end_is_not_confirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Carriers[k100] = doubting{w.Carriers[k100]}
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	w.standin.Break(k100, "500", 1000)
	w.advance(t, sf1, "delivered", "")
	w.run(t)
	if p := w.parcel(t, id1); p.State != model.ParcelOutForDelivery || w.matters.moves(no1) != "" {
		t.Fatalf("unconfirmed: %s, the matter got %q", p.State, w.matters.moves(no1))
	}
	w.clock.Advance(31 * time.Minute)
	w.run(t)
	p := w.parcel(t, id1)
	if p.State != model.ParcelDelivered || !unconfirmed(p) || w.matters.moves(no1) != "arrive" {
		t.Errorf("after half an hour: %s, flagged %v, the matter got %q", p.State, unconfirmed(p), w.matters.moves(no1))
	}
}

// A number that nobody knows cannot be asked for; its end is parked when its time is over.
func TestService_a_pushed_end_of_an_unknown_number(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Carriers[k100] = doubting{w.Carriers[k100]}
	w.mustPost(t, push("shunfeng", sf1, w.way()...))
	w.run(t)
	w.clock.Advance(31 * time.Minute)
	w.run(t)
	w.open(t, w.materials(sf1, no1))
	w.run(t)
	if p := w.parcel(t, id1); p.State != model.ParcelDelivered || !unconfirmed(p) {
		t.Errorf("%s, flagged %v", p.State, unconfirmed(p))
	}
}

func unconfirmed(p *model.Parcel) bool {
	return slices.ContainsFunc(p.Rows, func(r model.ParcelRow) bool { return slices.Contains(r.Flags, model.FlagUnconfirmed) })
}
