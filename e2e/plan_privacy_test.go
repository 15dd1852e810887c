package e2e

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestPlan_A3_sessions: a person sees where they are signed in and signs off elsewhere, at once; refresh tokens go with it.
func TestPlan_A3_sessions(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, user := s.citizen(t)
	var code struct{ Code string }
	var other struct {
		Token   string
		Refresh string `json:"refresh_token"`
	}
	s.nobody().post(t, "/sandbox/wechat/login", map[string]string{"user": user}, &code)
	s.nobody().post(t, "/api/v1/login/wechat", map[string]string{"code": code.Code}, &other)
	elsewhere := caller{s: s, token: other.Token}
	third := s.login(t, user)
	stranger, _ := s.citizen(t)
	type session struct {
		ID, Device string
		Current    bool
		FirstSeen  string `json:"first_seen"`
		LastSeen   string `json:"last_seen"`
	}
	var list struct{ Items []session }
	elsewhere.get(t, "/api/v1/me/sessions", &list)
	if len(list.Items) != 3 || list.Items[0].Current || !list.Items[1].Current || list.Items[1].Device != "mini_program" || list.Items[1].LastSeen == "" {
		t.Fatalf("sessions: %+v", list.Items)
	}
	mine := list.Items[1].ID
	stranger.call(t, "DELETE", "/api/v1/me/sessions/"+mine, nil).refused(t, 404, "not_found")
	c.call(t, "DELETE", "/api/v1/me/sessions/none", nil).refused(t, 404, "not_found")
	elsewhere.get(t, "/api/v1/me", nil)
	c.call(t, "DELETE", "/api/v1/me/sessions/"+mine, nil).ok(t, nil)
	elsewhere.call(t, "GET", "/api/v1/me", nil).refused(t, 401, "unauthenticated")
	s.nobody().call(t, "POST", "/api/v1/login/refresh", map[string]string{"refresh_token": other.Refresh}).refused(t, 401, "unauthenticated")
	c.call(t, "DELETE", "/api/v1/me/sessions/"+mine, nil).ok(t, nil)
	var ended struct{ Ended int }
	c.post(t, "/api/v1/me/sessions/revoke-others", nil, &ended)
	if ended.Ended != 1 {
		t.Errorf("ended %d others", ended.Ended)
	}
	third.call(t, "GET", "/api/v1/me", nil).refused(t, 401, "unauthenticated")
	c.get(t, "/api/v1/me/sessions", &list)
	if len(list.Items) != 1 || !list.Items[0].Current {
		t.Errorf("left: %+v", list.Items)
	}
}

// TestPlan_A3_access: whoever looks at a datum unmasked stands in the log of the person concerned, in the supervisors', and on the
// matter's trail; nobody looks more than a hundred times a day, and who tries to is told of.
func TestPlan_A3_access(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, _ := s.citizen(t)
	m := c.submitted(t, "electronic")
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	reveal := func(field string) answer {
		return reviewer.call(t, "POST", "/api/v1/matters/"+m.No+"/reveal", map[string]string{"field": field, "reason": "电话核实材料"})
	}
	reveal("phone").ok(t, nil)
	reveal("name").ok(t, nil)
	type line struct {
		Viewer, Field, Reason, Subject string
		Org                            struct{ ID string }
		Matter                         string `json:"matter_no"`
	}
	var mine, audit struct {
		Items    []line
		Verified bool
	}
	eventually(t, "two looks in the person's log", func() bool {
		c.get(t, "/api/v1/me/access", &mine)
		return len(mine.Items) == 2
	})
	if got := mine.Items[0]; got.Field != "name" || got.Viewer != "reviewer" || got.Matter != m.No || got.Reason != "电话核实材料" || got.Org.ID == "" || !mine.Verified {
		t.Errorf("the latest look: %+v", got)
	}
	for _, q := range []string{"subject=" + m.No, "viewer=reviewer"} {
		boss.get(t, "/api/v1/supervise/audit?"+q, &audit)
		if len(audit.Items) != 2 || !audit.Verified || audit.Items[1].Field != "phone" {
			t.Errorf("%s: %+v", q, audit)
		}
	}
	boss.get(t, "/api/v1/supervise/audit?subject="+url.QueryEscape(audit.Items[0].Subject), &audit)
	if len(audit.Items) != 2 {
		t.Errorf("by the person's id: %+v", audit)
	}
	boss.call(t, "GET", "/api/v1/supervise/audit", nil).refused(t, 400, "bad_request")
	boss.call(t, "GET", "/api/v1/supervise/audit?subject=a&viewer=b", nil).refused(t, 400, "bad_request")
	var trail struct {
		Verified bool
		Items    []struct{ Event string }
	}
	reviewer.get(t, "/api/v1/matters/"+m.No+"/trail", &trail)
	if n := len(trail.Items); !trail.Verified || trail.Items[n-1].Event != "reveal" {
		t.Errorf("the trail: %+v", trail)
	}

	for range 98 {
		reveal("phone").ok(t, nil)
	}
	reveal("phone").refused(t, 429, "reveal_limit")
	eventually(t, "a ticket about it", func() bool {
		var list struct {
			Items []struct{ Title, Source string }
		}
		boss.get(t, "/api/v1/supervise/problems", &list)
		return len(list.Items) == 1 && list.Items[0].Source == "signal"
	})
	s.advance(t, 24*time.Hour)
	s.staff(t, "reviewer").post(t, "/api/v1/matters/"+m.No+"/reveal", map[string]string{"field": "phone", "reason": "次日再核"}, nil)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if out, err := runProgram("verify", "--sandbox", "--data", s.data); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
}

// TestPlan_A3_consents: people see what they are asked for and in which words, agree, take it back, and the record of it stays.
func TestPlan_A3_consents(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	type consent struct {
		Purpose, Version, Text, Title string
		Needed, Granted, Outdated     bool
		History                       []struct{ Granted bool }
	}
	var list struct{ Items []consent }
	c.get(t, "/api/v1/me/consents", &list)
	if len(list.Items) != 5 || list.Items[0].Purpose != "privacy" || list.Items[0].Granted || list.Items[0].Text == "" {
		t.Fatalf("asked for: %+v", list.Items)
	}
	version := list.Items[3].Version
	say := func(purpose string, granted bool, version string) answer {
		return c.call(t, "POST", "/api/v1/me/consents", map[string]any{"purpose": purpose, "granted": granted, "version": version})
	}
	say("push", true, "1999-01").refused(t, 409, "consent_outdated")
	say("weather", true, version).refused(t, 422, "validation_failed")
	say("privacy", false, "").refused(t, 409, "consent_needed")
	say("privacy", true, version).ok(t, nil)
	say("push", true, version).ok(t, nil)
	say("push", true, version).ok(t, nil)
	var now consent
	say("push", false, "").ok(t, &now)
	if now.Granted || len(now.History) != 2 || !now.History[0].Granted || now.History[1].Granted {
		t.Errorf("taken back: %+v", now)
	}
	say("licence_fetch", true, version).ok(t, nil)
	say("licence_fetch", false, "").ok(t, nil)
}

// TestPlan_A3_rotation: all that is sealed is sealed anew under a new first key while the server works, or by a command that is stopped
// and goes on; then the old key is not needed any more.
func TestPlan_A3_rotation(t *testing.T) {
	t.Parallel()
	const first, second, third = "a1:000102030405060708090a0b0c0d0e0f", "b2:101112131415161718191a1b1c1d1e1f", "c3:202122232425262728292a2b2c2d2e2f"
	s := own(t, "--seal-keys", first)
	c, user := s.citizen(t)
	m := c.submitted(t, "electronic")
	mailed := c.start(t, "online", "mail")
	again := func(keys string) {
		t.Helper()
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		s.args = []string{"--seal-keys", keys}
		if err := s.begin(); err != nil {
			t.Fatal(err)
		}
	}
	again(second + "," + first)
	boss := s.staff(t, "admin")
	var r struct {
		Phase    string
		Proven   bool
		Resealed int
		Lost     int
		Left     map[string]int
	}
	s.staff(t, "supervisor").call(t, "POST", "/api/v1/supervise/keys/reseal", nil).refused(t, 403, "forbidden")
	boss.post(t, "/api/v1/supervise/keys/reseal", nil, &r)
	eventually(t, "everything under the new key", func() bool {
		boss.get(t, "/api/v1/supervise/keys", &r)
		return r.Phase == "done"
	})
	if !r.Proven || r.Resealed < 6 || r.Lost != 0 || len(r.Left) != 0 {
		t.Errorf("the rotation: %+v", r)
	}
	again(second)
	c = s.login(t, user)
	reviewer := s.staff(t, "reviewer")
	var shown struct{ Value string }
	reviewer.post(t, "/api/v1/matters/"+m.No+"/reveal", map[string]string{"field": "name", "reason": "核对"}, &shown)
	if shown.Value != "测试人" {
		t.Errorf("the name after the rotation: %q", shown.Value)
	}
	c.call(t, "GET", "/api/v1/matters/"+m.No+"/materials/"+m.Materials[0].Code, nil).ok(t, nil)
	c.get(t, "/api/v1/matters/"+mailed.No, nil)

	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.args = []string{"--seal-keys", third}
	out, err := runProgram("keys", "reseal", "--sandbox", "--data", s.data, "--seal-keys", third+","+second)
	if err != nil || !strings.Contains(out, "no other key is needed any more") {
		t.Errorf("by command: %v\n%s", err, out)
	}
	if out, err := runProgram("keys", "status", "--sandbox", "--data", s.data, "--seal-keys", third); err != nil || !strings.Contains(out, "under c3") {
		t.Errorf("the status: %v\n%s", err, out)
	}
	if out, err := runProgram("verify", "--sandbox", "--data", s.data, "--seal-keys", third); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
}
