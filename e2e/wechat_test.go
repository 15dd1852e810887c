package e2e

import (
	"os"
	"strings"
	"testing"
	"time"
)

// daytime moves the clock to a time at which what can wait is sent.
func (s *server) daytime(t testing.TB) {
	t.Helper()
	local := s.now(t).In(beijing)
	if local.Hour() >= 8 && local.Hour() < 20 {
		return
	}
	next := time.Date(local.Year(), local.Month(), local.Day(), 9, 0, 0, 0, beijing)
	if next.Before(local) {
		next = next.AddDate(0, 0, 1)
	}
	s.advanceTo(t, next)
}

// channels are how the notice of a template about something went out.
func (c caller) channels(t testing.TB, template, id string) map[string]string {
	t.Helper()
	var list struct {
		Items []struct {
			Template string
			Ref      struct{ ID string }
			Channels []struct{ Channel, State string }
		}
	}
	c.get(t, "/api/v1/inbox?limit=100", &list)
	out := map[string]string{}
	for _, n := range list.Items {
		if n.Template == template && n.Ref.ID == id {
			for _, ch := range n.Channels {
				out[ch.Channel] = ch.State
			}
		}
	}
	return out
}

// texts are the SMS that a phone has shown.
func (s *server) texts(t testing.TB, phone string) (texts []string) {
	t.Helper()
	var list struct{ Items []struct{ Text string } }
	s.nobody().get(t, "/sandbox/sms/messages?phone="+phone, &list)
	for _, m := range list.Items {
		texts = append(texts, m.Text)
	}
	return texts
}

// Without a credit what cannot wait goes by SMS, once; with one it does not. No phone stands in the log.
func TestNotice_falls_back_to_SMS(t *testing.T) {
	t.Parallel()
	s := own(t)
	s.daytime(t)
	who := someone()
	c := s.login(t, newUser())
	c.post(t, "/api/v1/me/identity", who, nil)
	reviewer := s.staff(t, "reviewer")
	ask := func() matter {
		m := c.submitted(t, "electronic")
		reviewer.desk(t, m.No, "accept", map[string]any{})
		return reviewer.desk(t, m.No, "request-supplement", map[string]any{"materials": []string{m.Materials[0].Code}, "note": "请补一页"})
	}
	m := ask()
	eventually(t, "an SMS", func() bool { return len(s.texts(t, who["phone"])) == 1 })
	if text := s.texts(t, who["phone"])[0]; !strings.Contains(text, m.No) || !strings.HasPrefix(text, "【跨城通办】") {
		t.Errorf("text %q", text)
	}
	eventually(t, "the channels", func() bool {
		ch := c.channels(t, "supplement_requested", m.No)
		return ch["wechat"] == "failed" && ch["sms"] == "sent"
	})
	c.post(t, "/api/v1/subscriptions", map[string]any{"accepted": []string{"supplement_requested"}}, nil)
	m = ask()
	eventually(t, "WeChat", func() bool { return c.channels(t, "supplement_requested", m.No)["wechat"] == "sent" })
	if n := len(s.texts(t, who["phone"])); n != 1 {
		t.Errorf("%d texts though WeChat brought the second", n)
	}
	if log, err := os.ReadFile(s.log); err != nil || strings.Contains(string(log), who["phone"]) {
		t.Errorf("a phone stands in the log: %v", err)
	}
}

// credits are what the server believes to have of a template.
func (c caller) credits(t testing.TB, template string) int {
	t.Helper()
	var me struct{ Credits map[string]int }
	c.get(t, "/api/v1/me", &me)
	return me.Credits[template]
}

// WeChat's own word, pushed and signed, counts, once with the mini-program's; a refusal in WeChat's settings takes
// it away, a forged push nothing.
func TestWechat_pushes(t *testing.T) {
	t.Parallel()
	s := shared(t)
	user := newUser()
	c := s.login(t, user)
	tap := func(choice, fault string) {
		s.nobody().post(t, "/sandbox/wechat/subscribe", map[string]string{"user": user, "template": "matter_accepted", "choice": choice, "fault": fault}, nil)
	}
	tap("accept", "duplicate")
	eventually(t, "a credit that only WeChat told of", func() bool { return c.credits(t, "matter_accepted") == 1 })
	tap("accept", "tamper")
	c.post(t, "/api/v1/subscriptions", map[string]any{"accepted": []string{"matter_accepted", "matter_decided"}}, nil)
	if n := c.credits(t, "matter_accepted"); n != 1 {
		t.Errorf("the mini-program's word for WeChat's tap makes it %d", n)
	}
	eventually(t, "the push of the second tap", func() bool { return c.credits(t, "matter_accepted") == 2 })
	tap("switch_off", "replay")
	eventually(t, "the switch", func() bool { return c.credits(t, "matter_accepted") == 0 })
	if n := c.credits(t, "matter_decided"); n != 1 {
		t.Errorf("another template has %d credits", n)
	}
	for _, path := range []string{"/callbacks/wechat", "/callbacks/wechat?signature=x&timestamp=1&nonce=n&echostr=<b>"} {
		if a := s.nobody().call(t, "GET", path, nil); a.status != 403 || strings.Contains(string(a.body), "<") {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
		if a := s.nobody().call(t, "POST", path, raw{kind: "text/xml", body: []byte("<xml><Encrypt>x</Encrypt></xml>")}); a.status != 403 {
			t.Errorf("POST %s: %d %s", path, a.status, a.body)
		}
	}
	if a := s.nobody().call(t, "POST", "/callbacks/wechat", raw{kind: "text/xml", body: make([]byte, 1<<20)}); a.status != 413 {
		t.Errorf("a long body: %d", a.status)
	}
}
