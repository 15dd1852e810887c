package e2e

import (
	"bytes"
	"os"
	"slices"
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
	s := own(t) // faults are the whole stand-in's
	user := newUser()
	c := s.login(t, user)
	tap := func(choice, fault string) {
		s.advance(t, 2*time.Second) // WeChat tells seconds: two taps within one are one
		s.nobody().post(t, "/sandbox/wechat/subscribe", map[string]string{"user": user, "template": "matter_accepted", "choice": choice, "fault": fault}, nil)
	}
	tap("accept", "duplicate")
	eventually(t, "a credit that only WeChat told of", func() bool { return c.credits(t, "matter_accepted") == 1 })
	tap("accept", "tamper")
	s.advance(t, 2*time.Second)
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

// signIn logs a user in by the mini-program or the app; unbound is a mini-program that WeChat tells no unionid of.
func (s *server) signIn(t testing.TB, user, kind string, unbound bool) (c caller, refresh, id string) {
	t.Helper()
	var code struct{ Code string }
	s.nobody().post(t, "/sandbox/wechat/login", map[string]any{"user": user, "kind": kind, "unbound": unbound}, &code)
	door := map[string]string{"miniprogram": "wechat", "app": "app"}[kind]
	var in struct {
		Token     string
		Refresh   string `json:"refresh_token"`
		Applicant struct{ ID string }
	}
	s.nobody().post(t, "/api/v1/login/"+door, map[string]string{"code": code.Code}, &in)
	return caller{s: s, token: in.Token}, in.Refresh, in.Applicant.ID
}

// Two accounts that turn out to be one person's lose nothing: matters, bookings, notices, credits, sessions.
func TestWechat_one_person(t *testing.T) {
	t.Parallel()
	s := shared(t)
	user := newUser()
	mini, refresh, miniID := s.signIn(t, user, "miniprogram", true)
	app, _, appID := s.signIn(t, user, "app", false)
	if miniID == appID {
		t.Fatal("nothing to merge")
	}
	mini.post(t, "/api/v1/subscriptions", map[string]any{"accepted": []string{"matter_decided"}}, nil)
	app.post(t, "/api/v1/me/identity", someone(), nil) // the app's goes on, the older one is carried over
	inApp := app.start(t, "window", "mail")
	again, _, id := s.signIn(t, user, "miniprogram", false)
	if id != appID {
		t.Fatalf("logged in as %s, want the verified %s", id, appID)
	}
	if a := mini.call(t, "GET", "/api/v1/me", nil); a.status != 401 {
		t.Errorf("the old token: %d", a.status)
	}
	if got := again.matter(t, inApp.No); got.No != inApp.No {
		t.Errorf("the matter: %+v", got)
	}
	if n := again.credits(t, "matter_decided"); n != 1 {
		t.Errorf("%d credits", n)
	}
	var in struct {
		Token     string
		Applicant struct{ ID string }
	}
	s.nobody().post(t, "/api/v1/login/refresh", map[string]string{"refresh_token": refresh}, &in)
	if in.Applicant.ID != appID {
		t.Errorf("the old session goes on as %s", in.Applicant.ID)
	}
}

// With both sides used before WeChat says that they are one, the older account goes on with everything.
func TestWechat_one_person_with_matters(t *testing.T) {
	t.Parallel()
	s := own(t)
	user := newUser()
	app, _, _ := s.signIn(t, user, "app", false) // older, never verified
	app.post(t, "/api/v1/subscriptions", map[string]any{"accepted": []string{"matter_decided"}}, nil)
	mini, _, miniID := s.signIn(t, user, "miniprogram", true)
	mini.post(t, "/api/v1/me/identity", someone(), nil)
	m := mini.start(t, "window", "mail")
	b := mini.book(t, m.No, s.free(t, hallHere, s.now(t))[0])
	mini.told(t, "booking_confirmed", b.ID)
	joined, _, id := s.signIn(t, user, "miniprogram", false)
	if id != miniID {
		t.Fatalf("the verified account is %s, logged in as %s", miniID, id)
	}
	if a := app.call(t, "GET", "/api/v1/me", nil); a.status != 401 {
		t.Errorf("the app's old token: %d", a.status)
	}
	if app, _, id = s.signIn(t, user, "app", false); id != miniID {
		t.Fatalf("by the app as %s", id)
	}
	for name, c := range map[string]caller{"app": app, "mini-program": joined} {
		var list struct{ Items []booking }
		c.get(t, "/api/v1/bookings", &list)
		if len(list.Items) != 1 || c.matter(t, m.No).No != m.No || c.notices(t, "booking_confirmed", b.ID) != 1 || c.credits(t, "matter_decided") != 1 {
			t.Errorf("by the %s: bookings %+v, credits %d", name, list.Items, c.credits(t, "matter_decided"))
		}
	}
}

func TestWechat_phone(t *testing.T) {
	t.Parallel()
	s := shared(t)
	user := newUser()
	c := s.login(t, user)
	code := func(user, kind string) string {
		var code struct{ Code string }
		s.nobody().post(t, "/sandbox/wechat/login", map[string]string{"user": user, "kind": kind}, &code)
		return code.Code
	}
	var me struct{ Applicant struct{ Phone string } }
	good := code(user, "phone")
	c.post(t, "/api/v1/me/phone", map[string]string{"code": good}, &me)
	if !strings.HasPrefix(me.Applicant.Phone, "138****") {
		t.Errorf("phone %q", me.Applicant.Phone)
	}
	for name, bad := range map[string]string{"used": good, "a login code": code(user, "miniprogram"), "another person's": code(newUser(), "phone"), "made up": "x&y"} {
		if f := c.call(t, "POST", "/api/v1/me/phone", map[string]string{"code": bad}).refused(t, 422, "phone_code_invalid"); f.Message == "" {
			t.Errorf("%s: no sentence", name)
		}
	}
}

// A comment is checked by a job: what passes may be shown, what is risky its author is told of.
func TestWechat_checks_comments(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	reviewer := s.staff(t, "reviewer")
	for comment, want := range map[string]string{"很方便": "passed", "有违规内容": "risky", "疑似内容": "held"} {
		m := c.submitted(t, "electronic")
		reviewer.desk(t, m.No, "accept", map[string]any{})
		reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
		reviewer.desk(t, m.No, "dispatch", map[string]any{"method": "electronic"})
		c.reaches(t, m.No, "closed")
		c.post(t, "/api/v1/matters/"+m.No+"/review", map[string]any{"stars": 4, "comment": comment}, nil)
		eventually(t, comment+" "+want, func() bool {
			var v struct {
				Review struct {
					Check string `json:"comment_check"`
				}
			}
			c.get(t, "/api/v1/matters/"+m.No, &v)
			return v.Review.Check == want
		})
		if want == "risky" {
			c.told(t, "review_held", m.No)
		}
	}
}

// A picture of a review is fetched by WeChat's check, and nobody else may have it until it has passed.
func TestWechat_checks_pictures(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	stranger, _ := s.citizen(t)
	reviewer := s.staff(t, "reviewer")
	m := c.submitted(t, "electronic")
	path := "/api/v1/matters/" + m.No + "/review"
	picture := func(words string) upload {
		return upload{name: "x.png", kind: "image/png", content: append(slices.Clone(scan().content), words...)}
	}
	c.call(t, "GET", path, nil).refused(t, 404, "not_found")
	c.call(t, "POST", path+"/pictures", picture("")).refused(t, 409, "not_reviewable")
	reviewer.desk(t, m.No, "accept", map[string]any{})
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	reviewer.desk(t, m.No, "dispatch", map[string]any{"method": "electronic"})
	c.reaches(t, m.No, "closed")
	c.call(t, "POST", path+"/pictures", picture("")).refused(t, 409, "not_reviewable") // rated first
	c.post(t, path, map[string]any{"stars": 5}, nil)

	c.call(t, "POST", path+"/pictures", upload{name: "x.png", kind: "image/png", content: []byte("%PDF-1.7")}).refused(t, 415, "file_type_not_allowed")
	for n, words := range []string{"", "有违规内容", "疑似内容", ""} { // the last is the first again
		a := c.call(t, "POST", path+"/pictures", picture(words))
		var got struct{ N int }
		if a.read(t, &got); a.status != 201 || got.N != n%3+1 {
			t.Fatalf("picture %d: %d %s", n, a.status, a.body)
		}
	}
	c.call(t, "POST", path+"/pictures", picture("又一张")).refused(t, 409, "too_many_pictures")
	eventually(t, "the verdicts", func() bool {
		var v struct{ Pictures []struct{ Check string } }
		c.get(t, path, &v)
		return len(v.Pictures) == 3 && v.Pictures[0].Check == "passed" && v.Pictures[1].Check == "risky" && v.Pictures[2].Check == "held"
	})
	if a := c.call(t, "GET", path+"/pictures/2", nil); a.status != 200 || !bytes.Equal(a.body, picture("有违规内容").content) {
		t.Errorf("its author is given it back: %d", a.status)
	}
	stranger.call(t, "GET", path+"/pictures/1", nil).refused(t, 404, "not_found")
	c.call(t, "GET", path+"/pictures/4", nil).refused(t, 422, "validation_failed")
	s.nobody().call(t, "GET", "/p/"+m.No, nil).refused(t, 404, "qr_invalid")
}

func TestWechat_posters(t *testing.T) {
	t.Parallel()
	s := shared(t)
	boss := s.staff(t, "supervisor")
	for _, path := range []string{"/api/v1/supervise/halls/" + hallHere, "/api/v1/supervise/items/" + item} {
		a := boss.call(t, "GET", path+"/wxacode.png", nil)
		if a.status != 200 || a.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(string(a.body), "\x89PNG") {
			t.Errorf("%s: %d %s", path, a.status, a.header.Get("Content-Type"))
		}
		boss.call(t, "GET", path+"x/wxacode.png", nil).refused(t, 404, "not_found")
	}
}
