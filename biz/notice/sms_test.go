package notice_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/sms"
	phones "kuacheng/biz/sms/standin"
	"kuacheng/biz/wechat/standin"
	"kuacheng/model"
)

// directory is the applicants' phones.
type directory map[string]model.Phone

func (d directory) Phone(_ context.Context, applicant string) (model.Phone, error) {
	return d[applicant], nil
}

const number = "13800000000"

// withSMS gives a world an SMS provider, and the texts of all keys but those left out.
func withSMS(t *testing.T, w world, leftOut ...string) (world, *phones.Server) {
	t.Helper()
	ids := map[string]string{}
	var approved []phones.Template
	for _, key := range model.NoticeSMSKeys() {
		ids[key] = "id_" + key
		approved = append(approved, phones.Template{ID: "id_" + key, Key: key, Text: model.NoticeSMSForm(key)})
	}
	for _, key := range leftOut {
		delete(ids, key)
	}
	p := phones.New(phones.Config{SecretID: "id", SecretKey: "key", AppID: "1", Sign: "跨城通办", Templates: approved}, w.clock)
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	client, err := sms.NewTencent(sms.TencentConfig{SecretID: "id", SecretKey: "key", AppID: "1", Sign: "跨城通办", APIURL: srv.URL, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	w.UseSMS(&sms.Sender{Provider: client, Templates: ids}, directory{"ap_1": number, "ap_2": "+85200000000"})
	return w, p
}

func (w world) text(t *testing.T, id string) error {
	t.Helper()
	return w.SendSMS(t.Context(), id, model.Event{Kind: model.NoticeSendSMS})
}

func (w world) mustText(t *testing.T, id string) {
	t.Helper()
	if err := w.text(t, id); err != nil {
		t.Fatal(err)
	}
}

// channel holds the state and reason of a channel; state "" means that the notice does not use it.
func (w world) channel(t *testing.T, id string, c model.Channel, state model.DeliveryState, reason string) {
	t.Helper()
	n, err := w.notices.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	d := n.Delivery(c)
	switch {
	case d == nil && state != "":
		t.Errorf("%s has no %s, want %s %q", id, c, state, reason)
	case d != nil && (d.State != state || d.Reason != reason):
		t.Errorf("%s by %s: %s %q, want %s %q", id, c, d.State, d.Reason, state, reason)
	}
}

// pending are the kinds of the events that a notice waits for.
func (w world) pending(t *testing.T, id string) (kinds []string) {
	t.Helper()
	n, err := w.notices.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range n.Outbox {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestService_falls_back(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key    string
		before func(t *testing.T, w world)
		final  bool // what the queue is told of WeChat's channel
		wechat model.DeliveryState
		reason string
		sms    model.DeliveryState
	}{
		"without a credit, a window calls": {key: "queue_called", wechat: model.DeliveryFailed, reason: model.ReasonRefused, sms: model.DeliverySent},
		"without a credit, a supplement lapses": {key: "supplement_due", wechat: model.DeliveryFailed, reason: model.ReasonRefused,
			sms: model.DeliverySent},
		"without a credit, a parcel is in trouble": {key: "parcel_problem", wechat: model.DeliverySkipped, reason: model.ReasonNoCredit, sms: model.DeliverySent},
		"without a credit, what can wait stays":    {key: "matter_accepted", wechat: model.DeliverySkipped, reason: model.ReasonNoCredit},
		"the person refuses": {key: "matter_refused", wechat: model.DeliveryFailed, reason: model.ReasonRefused, sms: model.DeliverySent,
			before: func(t *testing.T, w world) {
				w.allow(t, "matter_refused", 1)
				if err := w.wx.Reject("小明", "matter_refused"); err != nil {
					t.Fatal(err)
				}
			}},
		"WeChat brings it": {key: "matter_refused", wechat: model.DeliverySent,
			before: func(t *testing.T, w world) { w.allow(t, "matter_refused", 1) }},
		"the template is barred": {key: "matter_refused", final: true, wechat: model.DeliveryFailed, reason: "wechat_43107", sms: model.DeliverySent,
			before: func(t *testing.T, w world) { w.allow(t, "matter_refused", 1); w.wx.Bar("matter_refused") }},
		"the day's quota is used up": {key: "matter_refused", wechat: model.DeliveryFailed, reason: "wechat_45009", sms: model.DeliverySent,
			before: func(t *testing.T, w world) {
				w.allow(t, "matter_refused", 1)
				w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 45009})
			}},
		"the day's quota is used up for what can wait": {key: "matter_accepted", wechat: model.DeliveryWaiting,
			before: func(t *testing.T, w world) {
				w.allow(t, "matter_accepted", 1)
				w.wx.Fail(sendPath, 1, standin.Fault{ErrCode: 45009})
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := withSMS(t, newWorld(t))
			if c.before != nil {
				c.before(t, w)
			}
			id := w.give(t, "e#1", c.key)
			if err := w.send(t, id); c.final {
				undelivered(t, err, true)
			} else if err != nil {
				t.Fatal(err)
			}
			w.channel(t, id, model.ChannelWeChat, c.wechat, c.reason)
			w.mustText(t, id)
			w.mustText(t, id) // run twice
			w.channel(t, id, model.ChannelSMS, c.sms, "")
			want := 0
			if c.sms == model.DeliverySent {
				want = 1
			}
			if got := p.Messages(number); len(got) != want || want == 1 && got[0].Template != c.key {
				t.Errorf("shown %+v", got)
			}
		})
	}
}

// What has no template at WeChat, or whose template the account lacks, goes to the phone at once.
func TestService_Give_without_a_template(t *testing.T) {
	t.Parallel()
	w, p := withSMS(t, newWorld(t), "result_unclaimed")
	id := w.give(t, "KC1#1", "supplement_lapsed")
	if kinds := w.pending(t, id); len(kinds) != 1 || kinds[0] != model.NoticeSendSMS {
		t.Fatalf("pending %v", kinds)
	}
	w.mustText(t, id)
	w.channel(t, id, model.ChannelSMS, model.DeliverySent, "")
	id = w.give(t, "KC1#2", "result_unclaimed") // the account has no text for it
	w.mustText(t, id)
	w.channel(t, id, model.ChannelSMS, "", "")
	id = w.give(t, "KC1#3", "matter_withdrawn") // not worth it
	w.mustText(t, id)
	w.channel(t, id, model.ChannelSMS, "", "")
	if n := len(p.Messages(number)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestService_SendSMS_waits_out_the_night(t *testing.T) {
	t.Parallel()
	w, p := withSMS(t, newWorld(t))
	w.clock.Advance(11 * time.Hour) // 23:00
	held, urgent := w.give(t, "KC1#1", "supplement_lapsed"), w.give(t, "bk1#1", "queue_called")
	w.mustSend(t, urgent)
	w.mustText(t, urgent)
	w.channel(t, urgent, model.ChannelSMS, model.DeliverySent, "")
	w.mustText(t, held) // told to send all the same, it goes back to sleep
	w.channel(t, held, model.ChannelSMS, model.DeliveryWaiting, "")
	w.clock.Advance(9*time.Hour + time.Minute)
	if err := w.Wake(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	if kinds := w.pending(t, held); len(kinds) != 1 || kinds[0] != model.NoticeSendSMS {
		t.Fatalf("pending %v", kinds)
	}
	w.mustText(t, held)
	w.channel(t, held, model.ChannelSMS, model.DeliverySent, "")
	if n := len(p.Messages(number)); n != 2 {
		t.Errorf("%d messages", n)
	}
}

// While WeChat is down what cannot wait is tried for ten minutes, then goes by SMS.
func TestService_falls_back_when_WeChat_stays_down(t *testing.T) {
	t.Parallel()
	w, _ := withSMS(t, newWorld(t))
	w.allow(t, "matter_refused", 1)
	id := w.give(t, "KC1#1", "matter_refused")
	w.wx.Fail(sendPath, 3, standin.Fault{Status: 502})
	undelivered(t, w.send(t, id), false)
	w.clock.Advance(9 * time.Minute)
	undelivered(t, w.send(t, id), false)
	w.channel(t, id, model.ChannelSMS, "", "")
	w.clock.Advance(2 * time.Minute)
	undelivered(t, w.send(t, id), true)
	w.channel(t, id, model.ChannelWeChat, model.DeliveryFailed, model.ReasonGivenUp)
	w.channel(t, id, model.ChannelSMS, model.DeliveryWaiting, "")
	// People send it again by WeChat before the SMS has gone: the person is not told twice.
	w.mustSend(t, id)
	w.channel(t, id, model.ChannelWeChat, model.DeliverySent, "")
	w.mustText(t, id)
	w.channel(t, id, model.ChannelSMS, model.DeliverySkipped, model.ReasonReached)
}

func TestService_SendSMS_failures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  phones.Fault
		to     string
		final  bool
		later  bool
		state  model.DeliveryState
		reason string
	}{
		"unsubscribed":      {fault: phones.Fault{Number: "FailedOperation.PhoneNumberInBlacklist"}, state: model.DeliveryFailed, reason: "sms_FailedOperation.PhoneNumberInBlacklist"},
		"a number abroad":   {to: "ap_2", state: model.DeliverySkipped, reason: model.ReasonNoPhone},
		"no number":         {to: "ap_3", state: model.DeliverySkipped, reason: model.ReasonNoPhone},
		"no money":          {fault: phones.Fault{Code: "FailedOperation.InsufficientBalanceInSmsPackage"}, final: true, state: model.DeliveryFailed, reason: "sms_FailedOperation.InsufficientBalanceInSmsPackage"},
		"down":              {fault: phones.Fault{Status: 503}, later: true, state: model.DeliveryWaiting},
		"nobody knows":      {fault: phones.Fault{Cut: true}, later: true, state: model.DeliveryUnknown},
		"too many at once":  {fault: phones.Fault{Number: "LimitExceeded.DeliveryFrequencyLimit"}, later: true, state: model.DeliveryWaiting},
		"a mistake of ours": {fault: phones.Fault{Code: "InvalidParameterValue.X"}, final: true, state: model.DeliveryFailed, reason: "sms_InvalidParameterValue.X"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := withSMS(t, newWorld(t))
			if c.fault != (phones.Fault{}) {
				p.Fail(1, c.fault)
			}
			id := w.give(t, "KC1#1", "supplement_lapsed", func(d *model.NoticeDraft) {
				if c.to != "" {
					d.Recipient = c.to
				}
			})
			err := w.text(t, id)
			if c.final || c.later {
				undelivered(t, err, c.final)
			} else if err != nil {
				t.Fatal(err)
			}
			w.channel(t, id, model.ChannelSMS, c.state, c.reason)
			if c.later {
				w.mustText(t, id)
				w.channel(t, id, model.ChannelSMS, model.DeliverySent, "")
			}
		})
	}
}

func TestService_SendSMS_at_once(t *testing.T) {
	t.Parallel()
	w, p := withSMS(t, newWorld(t))
	id := w.give(t, "KC1#1", "supplement_lapsed")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := w.text(t, id); err != nil {
				undelivered(t, err, false)
			}
		})
	}
	wg.Wait()
	if n := len(p.Messages(number)); n != 1 {
		t.Errorf("%d messages", n)
	}
	w.states.Store(matter, "accepted")
	stale := w.give(t, "KC1#2", "supplement_due", func(d *model.NoticeDraft) { d.At = d.At.Add(-5 * time.Minute) })
	w.mustSend(t, stale)
	w.channel(t, stale, model.ChannelWeChat, model.DeliverySkipped, model.ReasonStale)
	w.channel(t, stale, model.ChannelSMS, "", "")
}
