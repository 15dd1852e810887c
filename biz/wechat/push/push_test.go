package push_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/biz/clock"
	"kuacheng/biz/notice"
	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/push"
	"kuacheng/biz/wechat/standin"
	"kuacheng/model"
)

const (
	appID = "wx1"
	token = "token"
)

var aesKey = "c2FuZGJveC13ZWNoYXQtcHVzaC1hZXMta2V5LTAwMDE"

// accounts are the applicants, found by openid.
type accounts struct {
	people *store.Collection[model.Applicant]
	ids    map[string]string
}

func (a accounts) ByOpenID(_ context.Context, openID string) (string, error) {
	return a.ids[openID], nil
}

func (a accounts) Tapped(ctx context.Context, id, template, push string, accepted bool, at time.Time) error {
	_, err := a.people.Update(ctx, id, func(who *model.Applicant) error {
		if accepted && !who.Heard(template, push, at, 100) || !accepted && !who.Refuse(template, at) {
			return store.ErrUnchanged
		}
		return nil
	})
	return err
}

type subjects struct{}

func (subjects) State(context.Context, model.NoticeRef) (string, error) { return "", nil }

// world is the service behind a socket, the stand-in that posts to it, and what the pushes act on.
type world struct {
	*push.Service
	wx      *standin.Server
	clock   *clock.Movable
	people  *store.Collection[model.Applicant]
	notices *notice.Service
	down    *atomic.Int32 // how many posts find the store down
	forged  *atomic.Int32 // how many posts were answered 403
	posts   *atomic.Int32
	client  *wechat.Client
}

func newWorld(t *testing.T, change ...func(*standin.Push)) world {
	t.Helper()
	c := &clock.Movable{}
	c.Advance(model.DateOf(c.Now()).Add(1).At(12 * 60).Sub(c.Now()))
	data, err := os.ReadFile("../../../dataset/templates.yaml")
	if err != nil {
		t.Fatal(err)
	}
	templates, err := wechat.ParseTemplates(data)
	if err != nil {
		t.Fatal(err)
	}
	w := world{clock: c, down: &atomic.Int32{}, forged: &atomic.Int32{}, posts: &atomic.Int32{}}
	door := httptest.NewServer(http.HandlerFunc(w.serve(&w.Service)))
	t.Cleanup(door.Close)
	p := standin.Push{URL: door.URL, Token: token, AESKey: aesKey}
	for _, f := range change {
		f(&p)
	}
	w.wx = standin.New(standin.Config{AppID: appID, Secret: "s", Templates: templates, Push: p}, c)
	api := httptest.NewServer(w.wx)
	t.Cleanup(api.Close)
	u, err := url.Parse(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.client = wechat.New(wechat.Config{AppID: appID, Secret: "s", APIURL: u, Templates: w.wx.Templates()}, c)
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "push.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	notices, err := store.Open(t.Context(), db, notice.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if w.people, err = store.Open(t.Context(), db, store.Spec[model.Applicant]{Name: "applicants"}); err != nil {
		t.Fatal(err)
	}
	open := w.wx.OpenID("小明")
	if err := w.people.Insert(t.Context(), model.NewApplicant("ap_1", model.WechatIdentity{AppID: appID, OpenID: open}, "", c.Now())); err != nil {
		t.Fatal(err)
	}
	w.notices = notice.New(notices, w.client, notice.NewApplicants(w.people, appID), subjects{}, c)
	inlet := &wechat.Inlet{AppID: appID, Tokens: []string{token}, AESKeys: []string{aesKey}, Now: time.Now}
	if p.AESKey == "" {
		inlet.AESKeys = nil
	}
	w.Service, err = push.New(t.Context(), push.Config{
		DB: db, Clock: c, Inlet: inlet, Templates: w.wx.Templates(), Accounts: accounts{w.people, map[string]string{open: "ap_1"}},
		Notices: w.notices, Metrics: prometheus.NewRegistry(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	// Jobs, in short: what a commit leaves in an outbox is worked at, twice.
	db.OnCommit(func(collection, id string, events []model.Event) {
		if collection == push.Collection {
			for _, e := range events {
				go w.work(t, db, id, e)
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.wx.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return w
}

func (w world) serve(s **push.Service) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		w.posts.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil || w.down.Add(-1) >= 0 {
			http.Error(rw, "down", http.StatusInternalServerError)
			return
		}
		reply := (*s).Receive(r.Context(), r.URL.Query(), body)
		if reply.Status == http.StatusForbidden {
			w.forged.Add(1)
		}
		rw.WriteHeader(reply.Status)
		_, _ = io.WriteString(rw, reply.Body)
	}
}

func (w world) work(t *testing.T, db *store.DB, id string, e model.Event) {
	for done := 0; done < 2 && t.Context().Err() == nil; {
		err := w.Happened(t.Context(), id, e)
		if class, _ := outbox.Classify(err); err != nil && class == outbox.Postponed {
			select { // as the queue would, only sooner
			case <-t.Context().Done():
			case <-time.After(10 * time.Millisecond):
			}
			continue
		}
		if err != nil && t.Context().Err() == nil {
			t.Errorf("%s: %v", id, err)
			return
		}
		done++
	}
	_ = db.Settle(t.Context(), push.Collection, id, e.ID)
}

func (w world) credits(t *testing.T, template string) int {
	t.Helper()
	a, err := w.people.Get(t.Context(), "ap_1")
	if err != nil {
		t.Fatal(err)
	}
	return a.Credits[template]
}

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !check() {
		select {
		case <-deadline:
			t.Fatal("waited in vain: " + what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever form WeChat is set to, and whatever goes wrong on the way, each tap counts once.
func TestService_counts_taps(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*standin.Push){
		"json": func(p *standin.Push) { p.Format = "json" }, "xml": func(p *standin.Push) { p.Format = "xml" },
		"both": func(*standin.Push) {}, "plaintext": func(p *standin.Push) { p.AESKey = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, form)
			must(t, w.wx.Accept("小明", "matter_accepted", "matter_refused"))
			eventually(t, "two templates", func() bool { return w.credits(t, "matter_accepted") == 1 && w.credits(t, "matter_refused") == 1 })
			w.clock.Advance(2 * time.Second)
			w.wx.FailPush(standin.PushTwice)
			must(t, w.wx.Accept("小明", "matter_accepted"))
			eventually(t, "the second tap", func() bool { return w.credits(t, "matter_accepted") == 2 })
			w.clock.Advance(2 * time.Second)
			w.down.Store(1) // the store is down: WeChat comes again
			must(t, w.wx.Reject("小明", "matter_refused"))
			eventually(t, "the refusal", func() bool { return w.credits(t, "matter_refused") == 0 })
			w.clock.Advance(2 * time.Second)
			w.wx.FailPush(standin.PushReplay)
			must(t, w.wx.SwitchOff("小明", "matter_accepted"))
			eventually(t, "the switch", func() bool { return w.credits(t, "matter_accepted") == 0 })
		})
	}
}

// What WeChat has not signed changes nothing, and what it has is not lost beside it.
func TestService_refuses_forgeries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.wx.FailPush(standin.PushForge)
	must(t, w.wx.Accept("小明", "matter_accepted"))
	eventually(t, "the forged one", func() bool { return w.forged.Load() == 1 })
	w.wx.FailPush(standin.PushPlain) // a forger turns the refusal into an acceptance
	must(t, w.wx.Reject("小明", "matter_refused"))
	w.clock.Advance(2 * time.Second)
	must(t, w.wx.Accept("小明", "matter_decided"))
	eventually(t, "the true one", func() bool { return w.credits(t, "matter_decided") == 1 })
	if w.credits(t, "matter_accepted") != 0 || w.credits(t, "matter_refused") != 0 || w.forged.Load() != 2 {
		t.Errorf("credits %d %d, forged %d", w.credits(t, "matter_accepted"), w.credits(t, "matter_refused"), w.forged.Load())
	}
}

// The mini-program's word and WeChat's are about the same taps.
func TestService_and_the_mini_programs_word(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.people.Update(t.Context(), "ap_1", func(a *model.Applicant) error {
		a.Accept([]string{"matter_accepted"}, 100, w.clock.Now())
		return nil
	})
	must(t, err)
	must(t, w.wx.Accept("小明", "matter_accepted", "matter_decided"))
	eventually(t, "both", func() bool { return w.credits(t, "matter_decided") == 1 })
	eventually(t, "the push", func() bool {
		a, err := w.people.Get(t.Context(), "ap_1")
		return err == nil && a.Taps["matter_accepted"].Heard == 1
	})
	if n := w.credits(t, "matter_accepted"); n != 1 {
		t.Errorf("one tap gave %d credits", n)
	}
}

var vars = map[string]string{
	"item": "职工养老保险关系转移接续", "matter_no": "KC4415202611260000427", "reason": "材料不属于本机关", "at": "2026年11月30日 10:05",
}

func (w world) give(t *testing.T, event string) string {
	t.Helper()
	_, err := w.notices.Give(t.Context(), model.NoticeDraft{
		Event: event, Recipient: "ap_1", To: model.ToApplicant, Key: "matter_refused", Ref: model.NoticeRef{Kind: "matter", ID: event}, At: w.clock.Now(), Vars: vars,
	})
	must(t, err)
	return model.NoticeID(event, "ap_1")
}

func (w world) delivery(t *testing.T, id string) model.Delivery {
	t.Helper()
	page, err := w.notices.Inbox(t.Context(), "ap_1", 50, "")
	must(t, err)
	for _, n := range page.Items {
		if n.ID == id {
			return *n.Delivery(model.ChannelWeChat)
		}
	}
	t.Fatalf("no notice %s", id)
	return model.Delivery{}
}

func TestService_hears_what_arrived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.wx.Accept("小明", "matter_refused"))
	eventually(t, "the credit", func() bool { return w.credits(t, "matter_refused") == 1 })

	// Taken and never shown: the consent comes back, and the notice knows.
	w.wx.LoseSend()
	lost := w.give(t, "KC1#1")
	must(t, w.notices.Send(t.Context(), lost, model.Event{}))
	eventually(t, "the failure", func() bool {
		d := w.delivery(t, lost)
		return d.State == model.DeliveryFailed && d.Reason == "wechat_undelivered"
	})
	eventually(t, "the credit's return", func() bool { return w.credits(t, "matter_refused") == 1 })

	// Shown, though its answer never came: the push settles what nobody knew.
	w.wx.Fail("/cgi-bin/message/subscribe/send", 1, standin.Fault{Cut: true})
	unsure := w.give(t, "KC2#1")
	if err := w.notices.Send(t.Context(), unsure, model.Event{}); err == nil {
		t.Fatal("half an answer is taken for one")
	}
	eventually(t, "the arrival", func() bool { d := w.delivery(t, unsure); return d.State == model.DeliverySent && d.Message != "" })
	must(t, w.notices.Send(t.Context(), unsure, model.Event{})) // the second try has nothing left to do
	if n := len(w.wx.Messages("小明")); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// Strangers, templates of others and events that nobody works at are answered and forgotten.
func TestService_ignores(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.wx.Accept("路人", "matter_refused"))
	must(t, w.wx.Accept("小明", "matter_decided"))
	eventually(t, "the next", func() bool { return w.credits(t, "matter_decided") == 1 })
	if w.forged.Load() != 0 || w.posts.Load() != 2 {
		t.Errorf("%d posts, %d forged", w.posts.Load(), w.forged.Load())
	}
}
