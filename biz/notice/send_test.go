package notice_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/wechat/standin"
	"kuacheng/model"
)

func TestService_Send(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "booking_confirmed", 1)
	id := w.give(t, "bk1#1", "booking_confirmed")
	w.mustSend(t, id)
	w.expect(t, id, model.DeliverySent, "")
	shown := w.wx.Messages("小明")
	if len(shown) != 1 || shown[0].Data["character_string4"] != "YY2611260042" || w.credits(t, "booking_confirmed") != 0 {
		t.Errorf("shown %+v, credits %d", shown, w.credits(t, "booking_confirmed"))
	}
	if d := w.delivery(t, id); d.Message == "" || d.Tries != 1 {
		t.Errorf("%+v", d)
	}
}

// Handlers run twice, and at once; the person sees one message.
func TestService_Send_twice_and_at_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "booking_confirmed", 5)
	id := w.give(t, "bk1#1", "booking_confirmed")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := w.send(t, id); err != nil {
				undelivered(t, err, false)
			}
		})
	}
	wg.Wait()
	w.mustSend(t, id)
	if n := len(w.wx.Messages("小明")); n != 1 || w.credits(t, "booking_confirmed") != 4 {
		t.Errorf("%d messages, credits %d", n, w.credits(t, "booking_confirmed"))
	}
	w.mustSend(t, "no such notice")
}

func TestService_Send_waits_out_the_night(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "matter_accepted", 1)
	w.allow(t, "booking_confirmed", 1)
	w.clock.Advance(11 * time.Hour) // 23:00
	held, urgent := w.give(t, "KC1#1", "matter_accepted"), w.give(t, "bk1#1", "booking_confirmed")
	w.mustSend(t, urgent)
	w.mustSend(t, held) // told to send all the same, it goes back to sleep
	w.expect(t, urgent, model.DeliverySent, "")
	w.expect(t, held, model.DeliveryWaiting, "")
	if err := w.Wake(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	n, err := w.notices.Get(t.Context(), held)
	if err != nil || n.Wake == nil || len(n.Outbox) != 0 {
		t.Fatalf("woken by night: %+v, %v", n, err)
	}
	w.clock.Advance(9*time.Hour + time.Minute) // 08:01
	if err := w.Wake(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	if n, err = w.notices.Get(t.Context(), held); err != nil || !n.Expired(*n.Wake) || len(n.Outbox) != 1 || n.Outbox[0].Kind != model.NoticeSend {
		t.Fatalf("in the morning: %+v, %v", n, err)
	}
	w.mustSend(t, held)
	w.expect(t, held, model.DeliverySent, "")
}

func TestService_Send_skips(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := func(d *model.NoticeDraft) { d.At = d.At.Add(-5 * time.Minute) }
	to := func(who string) func(*model.NoticeDraft) { return func(d *model.NoticeDraft) { d.Recipient = who } }
	w.allow(t, "supplement_requested", 3)
	w.states.Store(matter, "accepted")
	for name, c := range map[string]struct{ id, reason string }{
		"no identity at the mini-program":  {w.give(t, "KC1#1", "matter_accepted", to("ap_2")), model.ReasonNoAccount},
		"no account any more":              {w.give(t, "KC1#0", "matter_accepted", to("ap_9")), model.ReasonNoAccount},
		"no consent, and not important":    {w.give(t, "KC1#2", "matter_accepted"), model.ReasonNoCredit},
		"the matter has moved on":          {w.give(t, "KC1#3", "supplement_requested", old), model.ReasonStale},
		"its time is over":                 {w.give(t, "KC1#4", "supplement_due", func(d *model.NoticeDraft) { d.Expires = w.clock.Now() }), model.ReasonExpired},
		"a newer one of the kind is there": {w.give(t, "KC1#5", "formal_check_failed", old), model.ReasonMerged},
	} {
		if c.reason == model.ReasonMerged {
			w.give(t, "KC1#6", "formal_check_failed", func(d *model.NoticeDraft) { d.At = d.At.Add(-4 * time.Minute) })
			w.states.Store(matter, "draft")
		} else {
			w.states.Store(matter, "accepted")
		}
		w.mustSend(t, c.id)
		if d := w.delivery(t, c.id); d.State != model.DeliverySkipped || d.Reason != c.reason {
			t.Errorf("%s: %s %q, want %q", name, d.State, d.Reason, c.reason)
		}
	}
	if n := w.wx.Calls(sendPath); n != 0 {
		t.Errorf("WeChat was called %d times", n)
	}
}

func TestService_Send_tries_what_matters_without_a_known_consent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.wx.Accept("小明", "matter_refused"); err != nil { // only WeChat has heard of it
		t.Fatal(err)
	}
	id := w.give(t, "KC1#1", "matter_refused")
	w.mustSend(t, id)
	w.expect(t, id, model.DeliverySent, "")
}

func TestService_Send_refused_by_the_person(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "matter_refused", 2)
	if err := w.wx.Reject("小明", "matter_refused"); err != nil {
		t.Fatal(err)
	}
	id := w.give(t, "KC1#1", "matter_refused")
	w.mustSend(t, id)
	w.expect(t, id, model.DeliveryFailed, model.ReasonRefused)
	if w.credits(t, "matter_refused") != 0 {
		t.Error("credits are kept after 43101")
	}
}

func TestService_Send_of_an_app_openid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applicant(t, func(a *model.Applicant) { a.Identities[0].OpenID = w.wx.AppOpenID("小明") })
	id := w.give(t, "KC1#1", "matter_refused")
	w.mustSend(t, id)
	w.expect(t, id, model.DeliveryFailed, "wechat_40003")
}

// What is ours to mend stays in the queue for people, and goes out when they send it again.
func TestService_Send_archives_what_is_ours_to_mend(t *testing.T) {
	t.Parallel()
	for code, reason := range map[int64]string{47003: "wechat_47003 thing1", 45168: "wechat_45168 thing1", 48001: "wechat_48001 thing1"} {
		w := newWorld(t)
		w.allow(t, "matter_refused", 1)
		id := w.give(t, "KC1#1", "matter_refused")
		w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: code, ErrMsg: "argument invalid! data.thing1.value"})
		undelivered(t, w.send(t, id), true)
		w.expect(t, id, model.DeliveryFailed, reason)
		w.mustSend(t, id)
		w.expect(t, id, model.DeliverySent, "")
	}
}

func TestService_Send_leaves_a_refused_template_alone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "matter_refused", 3)
	w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 40037})
	undelivered(t, w.send(t, w.give(t, "KC1#1", "matter_refused")), true)
	next := w.give(t, "KC1#2", "matter_refused", func(d *model.NoticeDraft) { d.Ref.ID = "KC2" })
	w.mustSend(t, next)
	w.expect(t, next, model.DeliverySkipped, model.ReasonStopped)
	if n := w.wx.Calls(sendPath); n != 1 {
		t.Errorf("WeChat was called %d times", n)
	}
	w.clock.Advance(11 * time.Minute)
	later := w.give(t, "KC1#3", "matter_refused", func(d *model.NoticeDraft) { d.Ref.ID = "KC3" })
	w.mustSend(t, later)
	w.expect(t, later, model.DeliverySent, "")
}

func TestService_Send_retries_while_WeChat_is_down(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "matter_refused", 1)
	id := w.give(t, "KC1#1", "matter_refused")
	w.wx.Fail(sendPath, 3, standin.Fault{Status: 502})
	last := time.Duration(0)
	for range 3 {
		after := undelivered(t, w.send(t, id), false)
		if after <= last {
			t.Errorf("waits %v after %v", after, last)
		}
		last = after
		w.expect(t, id, model.DeliveryWaiting, "")
	}
	w.mustSend(t, id)
	w.expect(t, id, model.DeliverySent, "")

	w.allow(t, "matter_refused", 1)
	id = w.give(t, "KC2#1", "matter_refused", func(d *model.NoticeDraft) { d.Ref.ID = "KC2" })
	w.wx.Fail(sendPath, model.MaxTries, standin.Fault{ErrCode: -1})
	for i := range model.MaxTries {
		undelivered(t, w.send(t, id), i == model.MaxTries-1)
	}
	w.expect(t, id, model.DeliveryFailed, model.ReasonGivenUp)
}

func TestService_Send_waits_for_a_fresh_quota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "matter_refused", 1)
	id := w.give(t, "KC1#1", "matter_refused")
	w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 43108}) // the same message at once: a few seconds
	if after := undelivered(t, w.send(t, id), false); after != 5*time.Second {
		t.Errorf("waits %v", after)
	}
	w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 45009}) // the day's quota: tomorrow
	w.mustSend(t, id)
	n, err := w.notices.Get(t.Context(), id)
	if err != nil || n.Wake == nil || model.DateOf(*n.Wake) != model.DateOf(w.clock.Now()).Add(1) {
		t.Fatalf("%+v, %v", n, err)
	}
	w.clock.Advance(21 * time.Hour)
	if err := w.Wake(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.mustSend(t, id)
	w.expect(t, id, model.DeliverySent, "")
}

// Send has no idempotency key: a try of which no answer came is repeated once, and the answer to that one is
// read with the first in mind.
func TestService_Send_unknown_outcome(t *testing.T) {
	t.Parallel()
	w := newWorldWithin(t, time.Second)
	w.allow(t, "matter_refused", 1)
	id := w.give(t, "KC1#1", "matter_refused")
	w.wx.Fail(sendPath, 1, standin.Fault{Silent: true})
	undelivered(t, w.send(t, id), false)
	w.expect(t, id, model.DeliveryUnknown, "")
	w.mustSend(t, id)
	w.expect(t, id, model.DeliveryUnknown, model.ReasonLikelySent)
	w.mustSend(t, id)
	if n := len(w.wx.Messages("小明")); n != 1 || w.wx.Calls(sendPath) != 2 || w.credits(t, "matter_refused") != 0 {
		t.Errorf("%d messages, %d calls, credits %d", n, w.wx.Calls(sendPath), w.credits(t, "matter_refused"))
	}

	id = w.give(t, "KC2#1", "matter_refused", func(d *model.NoticeDraft) { d.Ref.ID = "KC2" })
	w.wx.Fail(sendPath, 2, standin.Fault{Silent: true})
	undelivered(t, w.send(t, id), false)
	w.mustSend(t, id)
	w.mustSend(t, id)
	w.expect(t, id, model.DeliveryUnknown, "")
	if n := w.wx.Calls(sendPath); n != 4 {
		t.Errorf("%d calls: a second unknown outcome is not the last", n)
	}
}

// A worker that dies between WeChat's answer and the write leaves "sending" behind.
func TestService_Send_after_a_killed_worker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "matter_refused", 1)
	id := w.give(t, "KC1#1", "matter_refused")
	if _, err := w.notices.Update(t.Context(), id, func(n *model.Notice) error {
		n.Claim(model.ChannelWeChat, w.clock.Now())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.wx.Reject("小明", "matter_refused"); err != nil { // its consent went with that try
		t.Fatal(err)
	}
	undelivered(t, w.send(t, id), false) // perhaps it is still at it
	if w.wx.Calls(sendPath) != 0 {
		t.Error("two workers send at once")
	}
	w.clock.Advance(time.Minute)
	w.mustSend(t, id)
	w.expect(t, id, model.DeliveryUnknown, model.ReasonLikelySent)
}

// The end of the worker's context does not leave the outcome unwritten.
func TestService_Send_when_the_worker_is_told_to_stop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, "matter_refused", 1)
	id := w.give(t, "KC1#1", "matter_refused")
	w.wx.Fail(sendPath, 1, standin.Fault{Silent: true})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Send(ctx, id, model.Event{}) }()
	for len(w.wx.Messages("小明")) == 0 {
		select {
		case err := <-done:
			t.Fatalf("came back early: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	w.expect(t, id, model.DeliveryUnknown, "")
}

// A notice goes when it has been kept a year, and not before.
func TestService_Wake_drops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.give(t, "KC1#1", "matter_submitted")
	w.clock.Advance(364 * 24 * time.Hour)
	if err := w.Wake(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.notices.Get(t.Context(), id); err != nil {
		t.Errorf("within the year: %v", err)
	}
	w.clock.Advance(2 * 24 * time.Hour)
	for range 2 {
		if err := w.Wake(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.notices.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after a year: %v", err)
	}
}
