package model_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/model"
)

// said empties the outbox and gives what was said: kinds, and the rule of a silence.
func said(p *model.Parcel) string {
	var all []string
	for _, e := range p.Outbox {
		word := e.Kind
		if e.Ref["rule"] != "" {
			word = e.Ref["rule"]
		}
		if e.Ref["reason"] != "" {
			word += ":" + e.Ref["reason"]
		}
		all = append(all, word)
	}
	p.Outbox = nil
	return strings.Join(all, " ")
}

// sleep runs the parcel's timers as the sweep does, until the given moment, and lists what they said.
func sleep(t *testing.T, p *model.Parcel, until time.Time) string {
	t.Helper()
	var all []string
	for range 200 {
		if p.Wake == nil || p.Wake.After(until) {
			return strings.Join(all, " ")
		}
		wake := *p.Wake
		p.Tick(wake)
		if s := said(p); s != "" {
			all = append(all, s)
		}
		if p.Wake != nil && !p.Wake.After(wake) && !p.Expired(wake) {
			t.Fatalf("wakes at %v for ever", wake)
		}
		if p.Expired(wake) {
			return strings.Join(append(all, "expired"), " ")
		}
	}
	t.Fatalf("more than 200 timers before %v", until)
	return ""
}

func noPolls(s string) string {
	words := slices.DeleteFunc(strings.Fields(s), func(w string) bool { return w == model.ParcelPollDue })
	return strings.Join(words, " ")
}

func TestParcel_silence(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, c := range []struct {
		name  string
		rows  []model.ParcelRow
		after time.Duration
		want  string
	}{
		{"nothing yet", nil, 23 * time.Hour, ""},
		{"never collected", nil, day, "not_collected"},
		{"never collected, three days", nil, 3 * day, "not_collected stalled"},
		{"never collected, ten days", nil, 10 * day, "not_collected stalled ten_days"},
		{"under way", []model.ParcelRow{row(model.EventInTransit, 1)}, 3*day + time.Hour, ""},
		{"stalled", []model.ParcelRow{row(model.EventInTransit, 1)}, 3*day + 2*time.Hour, "stalled"},
		{"waits at the pickup point", []model.ParcelRow{row(model.EventAtPickupPoint, 1)}, day + 2*time.Hour, "pickup"},
		{"waits two days", []model.ParcelRow{row(model.EventAtPickupPoint, 1)}, 2*day + 2*time.Hour, "pickup waiting"},
		{"out for delivery for two days", []model.ParcelRow{row(model.EventOutForDelivery, 1)}, 2*day + 2*time.Hour, "waiting"},
		{"delivered", []model.ParcelRow{row(model.EventDelivered, 1)}, 100 * day, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newParcel(t)
			p.Absorb(c.rows, parcelNow.Add(time.Hour))
			said(p)
			if got := noPolls(sleep(t, p, parcelNow.Add(c.after))); got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
			p.Tick(parcelNow.Add(c.after))
			if got := noPolls(said(p)); got != "" {
				t.Errorf("said again: %q", got)
			}
		})
	}
}

func TestParcel_silence_counts_again_from_new_facts(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	p.Absorb([]model.ParcelRow{row(model.EventInTransit, 1)}, parcelNow)
	said(p)
	sleep(t, p, parcelNow.Add(80*time.Hour))
	p.Absorb([]model.ParcelRow{row(model.EventInTransit, 90)}, parcelNow.Add(90*time.Hour))
	if got := noPolls(sleep(t, p, parcelNow.Add(170*time.Hour))); got != "stalled" {
		t.Errorf("second silence: %q", got)
	}
}

func TestParcel_polls(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	p.Absorb([]model.ParcelRow{row(model.EventOutForDelivery, 1)}, parcelNow.Add(time.Hour))
	said(p)
	var polls []time.Time
	for p.Wake != nil && p.Wake.Before(parcelNow.Add(72*time.Hour)) {
		wake := *p.Wake
		p.Tick(wake)
		if strings.Contains(said(p), model.ParcelPollDue) {
			polls = append(polls, wake)
		}
	}
	if len(polls) < 5 {
		t.Fatalf("asked %d times in three days of silence", len(polls))
	}
	for i, at := range polls {
		if h := at.In(model.Beijing).Hour(); h < 7 || h >= 23 {
			t.Errorf("asked at night: %v", at.In(model.Beijing))
		}
		if i > 0 && at.Sub(polls[i-1]) < 2*time.Hour {
			t.Errorf("asked within two hours: %v, %v", polls[i-1], at)
		}
	}
	if p := newParcel(t, func(n *model.NewParcel) { n.Carrier = model.CarrierStandard }); strings.Contains(sleep(t, p, parcelNow.Add(240*time.Hour)), model.ParcelPollDue) {
		t.Error("the house format cannot be asked")
	}
}

func TestParcel_Poll_is_bounded(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	morning := model.Date("2026-09-16").At(7 * 60)
	asked := 0
	for minute := range 24 * 60 {
		said(p)
		p.Poll(morning.Add(time.Duration(minute) * time.Minute))
		if said(p) != "" {
			asked++
		}
	}
	// 07:00 to 23:00 of one day and not the next morning: six, two hours apart.
	if asked != 6 {
		t.Errorf("asked %d times on a day", asked)
	}
	// A server that was down all night asks in the morning, and does not spin until then.
	p.Absorb([]model.ParcelRow{row(model.EventOutForDelivery, 1)}, parcelNow)
	night := model.Date("2026-09-20").At(2 * 60)
	p.Tick(night)
	if p.Wake == nil || !p.Wake.After(night) {
		t.Errorf("after a tick at night it wakes at %v", p.Wake)
	}
}

func TestParcel_subscription(t *testing.T) {
	t.Parallel()
	p := newParcel(t)
	said(p)
	now := parcelNow
	for i, wait := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 12 * time.Hour} {
		p.Subscribed(model.SubscribeLater, "timeout", now)
		if s := p.Subscription; s.State != model.SubscriptionPending || !s.NextAt.Equal(now.Add(wait)) {
			t.Fatalf("try %d: %+v", i, s)
		}
		now = now.Add(wait)
		want := model.ParcelSubscribeDue
		if i == 5 {
			want = model.ParcelUnsubscribed + ":no_answer " + want
		}
		p.Tick(now)
		if got := said(p); !strings.HasPrefix(noPolls(got), want) && !strings.Contains(got, want) {
			t.Fatalf("try %d said %q, want %q", i, got, want)
		}
	}
	p.Subscribed(model.SubscribeTaken, "501", now)
	if p.Subscription.State != model.SubscriptionActive || p.Subscription.Tries != 0 {
		t.Errorf("taken: %+v", p.Subscription)
	}
	for _, wait := range []time.Duration{30 * time.Minute, 24 * time.Hour} {
		p.SubscriptionOver(true, "no_record", now)
		if s := p.Subscription; s.State != model.SubscriptionAborted || !s.NextAt.Equal(now.Add(wait)) {
			t.Errorf("aborted: %+v", s)
		}
		said(p)
		now = now.Add(wait)
		p.Tick(now)
		if got := said(p); !strings.Contains(got, model.ParcelSubscribeDue) {
			t.Errorf("after an abort it said %q", got)
		}
	}
	p.SubscriptionOver(true, "no_record", now)
	if got := said(p); got != model.ParcelUnsubscribed+":aborted" || p.Subscription.NextAt != nil {
		t.Errorf("the third abort said %q, %+v", got, p.Subscription)
	}
	p.Subscribed(model.SubscribeRefused, "700", now)
	if got := said(p); got != model.ParcelUnsubscribed+":refused" || p.Subscription.State != model.SubscriptionRefused {
		t.Errorf("a refusal said %q", got)
	}
	p.Subscribed(model.SubscribeStopped, "601", now)
	if s := p.Subscription; !s.NextAt.Equal(now.Add(time.Hour)) {
		t.Errorf("a stopped channel: %+v", s)
	}
	p.SubscriptionOver(false, "signed", now)
	p.SubscriptionOver(true, "late", now)
	if p.Subscription.State != model.SubscriptionEnded {
		t.Errorf("ended: %+v", p.Subscription)
	}
}

func TestParcel_after_its_end(t *testing.T) {
	t.Parallel()
	p := newParcel(t, func(n *model.NewParcel) { n.PhoneTail = "sealed" })
	p.Absorb([]model.ParcelRow{row(model.EventDelivered, 1)}, parcelNow.Add(time.Hour))
	said(p)
	sleep(t, p, parcelNow.Add(29*24*time.Hour))
	if p.PhoneTail == "" {
		t.Error("the phone's digits went too early")
	}
	sleep(t, p, parcelNow.Add(31*24*time.Hour))
	if p.PhoneTail != "" {
		t.Error("the phone's digits are still there after a month")
	}
	if got := sleep(t, p, parcelNow.Add(366*24*time.Hour)); got != "expired" {
		t.Errorf("after a year: %q", got)
	}
}

func TestParkedRows(t *testing.T) {
	t.Parallel()
	k := model.Park(model.CarrierKuaidi100, "SF1400000000001", parcelNow)
	if k.ID != "parked:kuaidi100:SF1400000000001" || !k.Wake.Equal(parcelNow.Add(7*24*time.Hour)) {
		t.Errorf("parked as %s until %v", k.ID, k.Wake)
	}
	if !k.Add([]model.ParcelRow{row(model.EventCollected, 1)}) || k.Add([]model.ParcelRow{row(model.EventCollected, 1)}) {
		t.Error("a row is added once")
	}
	var many []model.ParcelRow
	for i := range model.MaxParkedRows + 5 {
		many = append(many, row(model.EventInTransit, 2+float64(i)/100))
	}
	k.Add(many)
	if len(k.Rows) != model.MaxParkedRows || k.Rows[0].Event == model.EventCollected {
		t.Errorf("%d rows, the first is %s", len(k.Rows), k.Rows[0].Event)
	}
	if k.Expired(parcelNow.Add(6*24*time.Hour)) || !k.Expired(parcelNow.Add(7*24*time.Hour)) {
		t.Error("parked for a week")
	}
}

func TestCourierMessage(t *testing.T) {
	t.Parallel()
	id := model.CourierMessageID(model.CarrierSF, []byte("body"))
	// printf 'sf\nbody' | sha256sum
	if want := "fa60c4fb58994d52e7be351dbc56e3440474bc69263bfeea5c4a9c28f93fda16"; id != want || id == model.CourierMessageID(model.CarrierEMS, []byte("body")) {
		t.Errorf("id %s", id)
	}
	m := model.NewCourierMessage(id, model.CarrierSF, "application/json", "sealed", parcelNow)
	if len(m.Outbox) != 1 || m.Outbox[0].Kind != model.CourierMessageReceived || m.Wake == nil {
		t.Errorf("a new message: %+v", m)
	}
	m.Read([]string{"code_unknown:99"}, parcelNow)
	if m.ReadAt == nil || m.Expired(parcelNow.Add(364*24*time.Hour)) || !m.Expired(parcelNow.Add(365*24*time.Hour)) {
		t.Errorf("read: %+v", m)
	}
}
