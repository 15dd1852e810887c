package notice_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/notice"
	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/standin"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// subjects are the states of what notices are about.
type subjects struct{ sync.Map }

func (s *subjects) State(_ context.Context, ref model.NoticeRef) (string, error) {
	v, _ := s.Load(ref)
	state, _ := v.(string)
	return state, nil
}

type world struct {
	*notice.Service
	notices *store.Collection[model.Notice]
	wx      *standin.Server
	people  *store.Collection[model.Applicant]
	states  *subjects
	clock   *clock.Movable
}

// newWorld is a notice service over a store and the stand-in for WeChat, at noon.
func newWorld(t *testing.T) world { return newWorldWithin(t, 30*time.Second) }

// newWorldWithin is one whose client waits only so long for an answer.
func newWorldWithin(t *testing.T, timeout time.Duration) world {
	t.Helper()
	c := &clock.Movable{}
	c.Advance(model.DateOf(c.Now()).Add(1).At(12 * 60).Sub(c.Now()))
	data, err := os.ReadFile("../../dataset/templates.yaml")
	if err != nil {
		t.Fatal(err)
	}
	templates, err := wechat.ParseTemplates(data)
	if err != nil {
		t.Fatal(err)
	}
	wx := standin.New(standin.Config{AppID: "wx1", Secret: "s1", Templates: templates}, c)
	srv := httptest.NewServer(wx)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := wechat.New(wechat.Config{AppID: "wx1", Secret: "s1", APIURL: u, Templates: wx.Templates(), Timeout: timeout}, c)
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "notices.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	notices, err := store.Open(t.Context(), db, notice.Spec())
	if err != nil {
		t.Fatal(err)
	}
	people, err := store.Open(t.Context(), db, store.Spec[model.Applicant]{Name: "applicants"})
	if err != nil {
		t.Fatal(err)
	}
	ming := model.NewApplicant("ap_1", model.WechatIdentity{AppID: "wx1", OpenID: wx.OpenID("小明")}, "", c.Now())
	onlyApp := model.NewApplicant("ap_2", model.WechatIdentity{AppID: "wx2", OpenID: "o2"}, "", c.Now())
	for _, who := range []*model.Applicant{ming, onlyApp} {
		if err := people.Insert(t.Context(), who); err != nil {
			t.Fatal(err)
		}
	}
	states := &subjects{}
	return world{notice.New(notices, client, notice.NewApplicants(people, "wx1"), states, c), notices, wx, people, states, c}
}

// allow is the person's tap, as both sides hear of it.
func (w world) allow(t *testing.T, template string, n int) {
	t.Helper()
	for range n {
		if err := w.wx.Accept("小明", template); err != nil {
			t.Fatal(err)
		}
	}
	w.applicant(t, func(a *model.Applicant) {
		for range n {
			a.Accept([]string{template}, 99, w.clock.Now())
		}
	})
}

func (w world) applicant(t *testing.T, f func(*model.Applicant)) {
	t.Helper()
	if _, err := w.people.Update(t.Context(), "ap_1", func(a *model.Applicant) error { f(a); return nil }); err != nil {
		t.Fatal(err)
	}
}

func (w world) credits(t *testing.T, template string) int {
	t.Helper()
	a, err := w.people.Get(t.Context(), "ap_1")
	if err != nil {
		t.Fatal(err)
	}
	return a.Credits[template]
}

var vars = map[string]string{
	"item": "职工养老保险关系转移接续", "starts_at": "2026年11月26日 09:30", "hall": "深圳市跨城通办服务大厅", "booking_no": "YY2611260042",
	"matter_no": "KC4415202611260000427", "handling_org": "汕尾市人力资源和社会保障局", "accepted_at": "2026年11月30日 10:05",
	"due_on": "2026年12月21日", "materials": "社会保险参保缴费凭证", "until": "2026年12月7日", "reason": "材料不属于本机关", "at": "2026年11月30日 10:05",
	"ticket": "K012", "window": "二楼 K02 专窗", "called_at": "2026年11月26日 09:35", "waybill": "SF1357924680123", "outcome": "已按未补正处理",
	"title": "返乡创业资助", "audience": "返乡创业人员", "publisher": "汕尾市人力资源和社会保障局",
}

const sendPath = "/cgi-bin/message/subscribe/send"

var matter = model.NoticeRef{Kind: "matter", ID: "KC4415202611260000427"}

// give makes a notice and returns its id.
func (w world) give(t *testing.T, event, key string, change ...func(*model.NoticeDraft)) string {
	t.Helper()
	d := model.NoticeDraft{Event: event, Recipient: "ap_1", To: model.ToApplicant, Key: key, Ref: matter, At: w.clock.Now(), Vars: vars}
	for _, f := range change {
		f(&d)
	}
	if _, err := w.Give(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return model.NoticeID(event, d.Recipient)
}

func (w world) delivery(t *testing.T, id string) model.Delivery {
	t.Helper()
	n, err := w.notices.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return *n.Delivery(model.ChannelWeChat)
}

// expect holds the state and reason of a notice's channel.
func (w world) expect(t *testing.T, id string, state model.DeliveryState, reason string) {
	t.Helper()
	if d := w.delivery(t, id); d.State != state || d.Reason != reason {
		t.Errorf("%s: %s %q, want %s %q", id, d.State, d.Reason, state, reason)
	}
}

// undelivered asserts what the queue is told, and gives the wait.
func undelivered(t *testing.T, err error, final bool) time.Duration {
	t.Helper()
	want := outbox.Postponed
	if final {
		want = outbox.Impossible
	}
	class, after := outbox.Classify(err)
	if err == nil || class != want {
		t.Fatalf("%v is %s, want %s", err, class, want)
	}
	return after
}

// send is what the outbox does with the notice's event.
func (w world) send(t *testing.T, id string) error {
	t.Helper()
	return w.Send(t.Context(), id, model.Event{Kind: model.NoticeSend})
}

func (w world) mustSend(t *testing.T, id string) {
	t.Helper()
	if err := w.send(t, id); err != nil {
		t.Fatal(err)
	}
}

func TestService_Give_is_once_for_each_event_and_person(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := model.NoticeDraft{Event: "KC1#1", Recipient: "ap_1", To: model.ToApplicant, Key: "matter_accepted", Ref: matter, At: w.clock.Now(), Vars: vars}
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for range 8 {
		wg.Go(func() {
			created, err := w.Give(t.Context(), d)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if created {
				made++
			}
		})
	}
	wg.Wait()
	d.Recipient = "ap_2"
	if created, err := w.Give(t.Context(), d); !created || err != nil {
		t.Errorf("another person: %v, %v", created, err)
	}
	page, err := w.Inbox(t.Context(), "ap_1", 10, "")
	if err != nil || len(page.Items) != 1 || made != 1 {
		t.Errorf("%d in the inbox, %d made, %v", len(page.Items), made, err)
	}
	d.Vars = nil
	d.Event = "KC1#2"
	if _, err := w.Give(t.Context(), d); err == nil {
		t.Error("a notice without its variables is given")
	}
}

func TestService_Inbox_pages_from_the_newest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.clock.Now()
	for i := range 25 {
		w.give(t, fmt.Sprintf("KC1#%02d", i), "matter_withdrawn", func(d *model.NoticeDraft) { d.At = start.Add(time.Duration(i) * time.Second) })
	}
	w.give(t, "KC1#00", "matter_withdrawn", func(d *model.NoticeDraft) { d.Recipient = "ap_2" })
	var ids []string
	for cursor := ""; ; {
		page, err := w.Inbox(t.Context(), "ap_1", 10, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Items {
			ids = append(ids, n.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	plan, err := w.notices.Explain(t.Context(), store.Query{Index: "inbox", Eq: []any{"ap_1"}, Desc: true, Limit: 10})
	if err != nil || plan.Scan || plan.Sort {
		t.Errorf("plan %+v, %v", plan, err)
	}
	if len(ids) != 25 || ids[0] != "KC1.24:ap_1" || ids[24] != "KC1.00:ap_1" {
		t.Errorf("%d: %v", len(ids), ids)
	}
}

func TestService_Read(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.give(t, "KC1#1", "matter_withdrawn")
	n, err := w.Read(t.Context(), "ap_1", id)
	if err != nil || n.ReadAt == nil {
		t.Fatalf("%+v, %v", n, err)
	}
	first := *n.ReadAt
	w.clock.Advance(time.Hour)
	if n, err = w.Read(t.Context(), "ap_1", id); err != nil || !n.ReadAt.Equal(first) {
		t.Errorf("read again: %v, %v", n.ReadAt, err)
	}
	for _, c := range []struct{ who, id string }{{"ap_2", id}, {"ap_1", "no such"}} {
		if _, err := w.Read(t.Context(), c.who, c.id); fault.Code(err) != "not_found" {
			t.Errorf("%s reads %s: %v", c.who, c.id, err)
		}
	}
}
