package parcel_test

import (
	"strings"
	"testing"

	"kuacheng/model"
)

func TestService_a_result_goes_to_its_owner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t, w.result(sf1, no1))
	w.run(t)
	if got := w.parcel(t, p.ID).Subscription.State; got != model.SubscriptionActive {
		t.Fatalf("subscription %s", got)
	}
	for _, state := range []model.ParcelState{
		model.ParcelCollected, model.ParcelInTransit, model.ParcelInTransit, model.ParcelInTransit, model.ParcelOutForDelivery, model.ParcelDelivered,
	} {
		a := w.advance(t, sf1, "", "")
		if len(a.Posted) != 1 || a.Posted[0].Status != 200 {
			t.Fatalf("%s: %+v", a.Step, a.Posted)
		}
		w.run(t)
		if got := w.parcel(t, id1).State; got != state {
			t.Fatalf("after %s: %s, want %s", a.Step, got, state)
		}
	}
	if got := w.matters.moves(no1); got != "deliver" {
		t.Errorf("the matter got %q", got)
	}
	if got := w.notices.to("ap-" + no1); got != "parcel_out_for_delivery" {
		t.Errorf("the applicant was told %q", got)
	}
	p = w.parcel(t, id1)
	if p.Subscription.State != model.SubscriptionEnded || p.PhoneTail == "" {
		t.Errorf("subscription %s", p.Subscription.State)
	}
	words, err := w.Words(t.Context(), p)
	if err != nil || len(words) != 6 {
		t.Fatalf("words %v, %v", words, err)
	}
	for _, r := range p.Rows {
		if strings.Contains(string(r.Text), "快") || words[r.Key] == "" {
			t.Errorf("row %s: %q, opened %q", r.Key, r.Text, words[r.Key])
		}
	}
}
