package model_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	claimNo  = "KC4415002510090482136"
	claimNo2 = "KC4415002611240000010"
)

func claimed(t failer) *model.Parcel {
	t.Helper()
	p := newParcel(t)
	if err := p.Claim(claimNo, parcelNow); err != nil {
		t.Fatalf("claiming: %v", err)
	}
	return p
}

func TestParcel_Claim(t *testing.T) {
	t.Parallel()
	p := claimed(t)
	if c := p.Claims[claimNo]; c.Opens != 1 || p.Wake == nil || p.Wake.After(parcelNow.Add(10*time.Minute)) {
		t.Fatalf("%+v, wake %v", c, p.Wake)
	}
	if due := p.DueClaims(parcelNow.Add(10*time.Minute - 1)); len(due) != 0 {
		t.Errorf("due too early: %v", due)
	}
	due := p.DueClaims(parcelNow.Add(10 * time.Minute))
	if len(due) != 1 {
		t.Fatalf("due %v", due)
	}
	if err := p.Claim(claimNo, parcelNow.Add(9*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if p.Lapse(claimNo, due[claimNo], parcelNow.Add(11*time.Minute)) {
		t.Error("lapsed although it was claimed again")
	}
	if changed, err := p.Named(claimNo, parcelNow); !changed || err != nil || len(p.Claims) != 0 {
		t.Errorf("%v, %v, %v", changed, err, p.Claims)
	}
	if changed, err := p.Named(claimNo, parcelNow); changed || err != nil {
		t.Errorf("settled twice: %v, %v", changed, err)
	}
	if p.GiveUp(claimNo, parcelNow) || p.Lapse(claimNo, due[claimNo], parcelNow.Add(time.Hour)) || !slices.Equal(p.Matters, []string{claimNo}) {
		t.Errorf("a settled claim was taken back: %v", p.Matters)
	}
}

func TestParcel_Named_after_it_was_given_back(t *testing.T) {
	t.Parallel()
	p := claimed(t)
	p.GiveUp(claimNo, parcelNow)
	p.Absorb([]model.ParcelRow{row(model.EventInTransit, 1)}, parcelNow.Add(time.Hour))
	p.Outbox = nil
	if changed, err := p.Named(claimNo, parcelNow.Add(2*time.Hour)); !changed || err != nil || !slices.Equal(p.Matters, []string{claimNo}) {
		t.Fatalf("%v, %v, %v", changed, err, p.Matters)
	}
	if len(p.Outbox) != 1 || p.Outbox[0].Kind != model.ParcelStateChanged || p.Outbox[0].Ref["state"] != "in_transit" {
		t.Errorf("the matter does not hear what it has missed: %+v", p.Outbox)
	}
	if _, err := p.Named(claimNo2, parcelNow); fault.Code(err) != "waybill_in_use" {
		t.Errorf("another matter names a parcel on its way: %v", err)
	}
}

// A number that was given back keeps what couriers have told of it.
func TestParcel_Share_abandoned(t *testing.T) {
	t.Parallel()
	p := claimed(t)
	p.Subscribed(model.SubscribeTaken, "200", parcelNow)
	p.GiveUp(claimNo, parcelNow)
	p.Absorb([]model.ParcelRow{row(model.EventCollected, 1)}, parcelNow.Add(time.Hour))
	p.Tick(parcelNow.Add(48 * time.Hour))
	if len(p.Silence) != 0 || p.Open() {
		t.Fatalf("an abandoned parcel is watched: %v", p.Silence)
	}
	seq := p.Seq
	n := model.NewParcel{
		Carrier: p.Carrier, Company: p.Company, Waybill: p.Waybill, Direction: model.ParcelResult, Matters: []string{claimNo2},
		Contents: []model.ParcelContent{model.ContentResult},
	}
	if err := p.Share(n, parcelNow.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if p.State != model.ParcelCollected || p.Direction != model.ParcelResult || p.Subscription.State != model.SubscriptionActive || p.Seq <= seq {
		t.Errorf("%s %s, subscription %s, seq %d after %d", p.Direction, p.State, p.Subscription.State, p.Seq, seq)
	}
	ids := map[string]bool{}
	for _, e := range p.Outbox {
		if ids[e.ID] {
			t.Errorf("event id %s twice", e.ID)
		}
		ids[e.ID] = true
	}
}

// Whatever is claimed, given up, settled and lapsed in whatever order: a matter that is in the parcel without a
// claim was seen to name it, a claim's matter is in the parcel, and a wake is set as long as a claim is open.
func TestParcel_claims_hold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, now := newParcel(t, func(n *model.NewParcel) { n.Matters = nil }), parcelNow
		nos := []string{claimNo, claimNo2}
		named := map[string]bool{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			no := rapid.SampledFrom(nos).Draw(t, "no")
			now = now.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "minutes")) * time.Minute)
			switch rapid.SampledFrom([]string{"claim", "give up", "named", "lapse"}).Draw(t, "do") {
			case "claim":
				if named[no] {
					continue // Share sees to it
				}
				if err := p.Claim(no, now); err != nil {
					t.Fatalf("claim: %v", err)
				}
			case "give up":
				p.GiveUp(no, now)
			case "named":
				if _, err := p.Named(no, now); err != nil {
					t.Fatalf("named: %v", err)
				}
				named[no] = true
			case "lapse":
				for no, c := range p.DueClaims(now) {
					p.Lapse(no, c, now)
				}
			}
			for _, no := range nos {
				held := slices.Contains(p.Matters, no)
				_, open := p.Claims[no]
				if held != (named[no] || open) || (named[no] && open) {
					t.Fatalf("%s: held %t, named %t, claimed %t", no, held, named[no], open)
				}
			}
			if len(p.Claims) > 0 && p.Wake == nil {
				t.Fatalf("an open claim and no wake")
			}
		}
	})
}

func TestParcel_ConfirmCompany(t *testing.T) {
	t.Parallel()
	p := claimed(t)
	p.Subscribed(model.SubscribeRefused, "702", parcelNow)
	p.Mark(model.FlagCarrierMismatch)
	p.Outbox = nil
	if err := p.ConfirmCompany("YTO", parcelNow); err != nil || p.Company != "yuantong" || p.Has(model.FlagCarrierMismatch) {
		t.Fatalf("%v, %s, %v", err, p.Company, p.Marks)
	}
	if len(p.Outbox) != 2 || p.Subscription.State != model.SubscriptionPending {
		t.Errorf("%+v, %+v", p.Outbox, p.Subscription)
	}
	if err := p.ConfirmCompany("yuantong", parcelNow); err != nil || len(p.Outbox) != 2 {
		t.Errorf("the same again: %v, %d events", err, len(p.Outbox))
	}
	if err := p.ConfirmCompany(" ", parcelNow); fault.Code(err) != "validation_failed" {
		t.Errorf("none: %v", err)
	}
	own := newParcel(t, func(n *model.NewParcel) { n.Carrier = model.CarrierSF })
	if err := own.ConfirmCompany("ems", parcelNow); fault.Code(err) != "transition_not_allowed" {
		t.Errorf("a channel of one company: %v", err)
	}
}

func TestCourierChannel(t *testing.T) {
	t.Parallel()
	c, now := model.NewCourierChannel(model.CarrierKuaidi100), parcelNow
	if c.Stopped(now) || c.Probe(now) || c.Go() {
		t.Error("a channel that works is probed")
	}
	c.Stop(now)
	if !c.Stopped(now.Add(time.Hour-1)) || c.Probe(now.Add(time.Hour-1)) {
		t.Error("not left alone")
	}
	if !c.Probe(now.Add(time.Hour)) || c.Probe(now.Add(time.Hour)) {
		t.Error("one tries for all")
	}
	if !c.Go() || c.Stopped(now.Add(time.Hour)) {
		t.Error("not open again")
	}
	for i := range 3 {
		if got := c.TakePoll(2, now); got != (i < 2) {
			t.Errorf("question %d: %t", i, got)
		}
	}
	if !c.TakePoll(2, now.Add(24*time.Hour)) {
		t.Error("no questions the next day")
	}
}
