package e2e

import "testing"

type pushed struct {
	ID, State      string
	Sent, Declined int
	Limited        int
}

func (s *server) policy(t *testing.T, boss caller, title string, rate int) (p pushed) {
	t.Helper()
	boss.post(t, supervise+"/policies", map[string]any{
		"title": title, "text": "返乡创业可申领一次性资助。", "publisher": "441500-RS", "audience": "办过社保转移的人员", "until": day(s.now(t).AddDate(0, 1, 0)),
		"rule": map[string]any{"items": []string{item}, "regions": []string{shenzhen}}, "rate": rate,
	}, &p)
	return p
}

func (c caller) pushes(t *testing.T, id string, want string) (p pushed) {
	t.Helper()
	eventually(t, "policy "+id+" "+want, func() bool {
		c.get(t, supervise+"/policies/"+id, &p)
		return p.State == want
	})
	return p
}

// size is how many people a policy would be told to.
func (c caller) size(t *testing.T, id string) int {
	t.Helper()
	var a struct{ Size int }
	c.post(t, supervise+"/policies/"+id+"/push", map[string]any{"dry_run": true}, &a)
	return a.Size
}

// TestPlan_G4_policy: only who agreed and is meant is told, once, with the reason; a push can be paused, survives a power cut, and
// nobody is told after saying no, or a third time in a month.
func TestPlan_G4_policy(t *testing.T) {
	t.Parallel()
	s := own(t)
	boss := s.staff(t, "supervisor")
	agree := map[string]any{"version": "2026-01"}
	var people []caller
	for i := range 4 {
		c, _ := s.citizen(t)
		c.submitted(t, "electronic")
		if i < 3 { // the fourth never agrees
			c.call(t, "POST", "/api/v1/me/push/agree", map[string]any{"version": "old"}).refused(t, 422, "validation_failed")
			c.post(t, "/api/v1/me/push/agree", agree, nil)
		}
		people = append(people, c)
	}
	other, _ := s.citizen(t) // agrees, but is not meant
	other.post(t, "/api/v1/me/push/agree", agree, nil)

	for _, rule := range []map[string]any{{}, {"departments": []string{"WJ"}}, {"items": []string{"none"}}, {"regions": []string{"999999"}}} {
		a := boss.call(t, "POST", supervise+"/policies", map[string]any{
			"title": "x", "text": "x", "publisher": "441500-RS", "audience": "x", "until": day(s.now(t).AddDate(0, 1, 0)), "rule": rule,
		})
		if a.status != 422 {
			t.Errorf("rule %v: %d %s", rule, a.status, a.body)
		}
	}
	p := s.policy(t, boss, "返乡创业一次性资助", 12)
	eventually(t, "three people are meant", func() bool { return boss.size(t, p.ID) == 3 })
	people[0].call(t, "GET", "/api/v1/policies/"+p.ID, nil).refused(t, 404, "not_found") // not public yet
	boss.call(t, "POST", supervise+"/policies/"+p.ID+"/pause", nil).refused(t, 409, "transition_not_allowed")
	boss.post(t, supervise+"/policies/"+p.ID+"/push", map[string]any{}, nil)
	eventually(t, "somebody has been told", func() bool {
		boss.get(t, supervise+"/policies/"+p.ID, &p)
		return p.Sent > 0
	})
	boss.post(t, supervise+"/policies/"+p.ID+"/pause", nil, &p)
	count := func(id string) (told []int) {
		for _, c := range append(people, other) {
			told = append(told, c.notices(t, "policy_push", id))
		}
		return told
	}
	before := count(p.ID)
	no := -1 // who has not been told says no
	for i := range 3 {
		if before[i] == 0 {
			no = i
		}
	}
	if p.State != "paused" || no < 0 {
		t.Fatalf("%+v, told %v", p, before)
	}
	people[no].post(t, "/api/v1/policies/"+p.ID+"/opt-out", nil, nil)

	// The power goes while the push is on; it goes on where it was.
	boss.post(t, supervise+"/policies/"+p.ID+"/resume", nil, nil)
	s.kill()
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	p = boss.pushes(t, p.ID, "done")
	told := count(p.ID)
	for i, n := range told {
		want := 1
		if i == no || i > 2 {
			want = 0
		}
		if n != want {
			t.Errorf("person %d was told %d times (%v), want %d", i, n, told, want)
		}
	}
	if p.Sent != 2 {
		t.Errorf("%+v", p)
	}
	yes := (no + 1) % 3
	var view struct {
		Why    string
		PushOn bool   `json:"push_on"`
		OptOut string `json:"opt_out"`
	}
	people[yes].get(t, "/api/v1/policies/"+p.ID, &view)
	if view.Why == "" || !view.PushOn || view.OptOut != "/api/v1/policies/"+p.ID+"/opt-out" {
		t.Errorf("%+v", view)
	}
	boss.call(t, "POST", supervise+"/policies/"+p.ID+"/push", map[string]any{}).refused(t, 409, "transition_not_allowed")

	second, third := s.policy(t, boss, "社保补贴", 0), s.policy(t, boss, "技能补贴", 0)
	boss.post(t, supervise+"/policies/"+second.ID+"/push", map[string]any{}, nil)
	boss.pushes(t, second.ID, "done")
	boss.post(t, supervise+"/policies/"+third.ID+"/push", map[string]any{}, nil)
	if third = boss.pushes(t, third.ID, "done"); third.Limited != 2 || third.Sent != 0 {
		t.Errorf("a third policy in a month: %+v", third)
	}
	var said struct {
		On       bool
		Consents []struct {
			WithdrawnAt string `json:"withdrawn_at"`
		}
	}
	people[no].get(t, "/api/v1/me/push", &said)
	if said.On || len(said.Consents) != 1 || said.Consents[0].WithdrawnAt == "" {
		t.Errorf("%+v", said)
	}
}

// TestPlan_G4_consent: what a person answers on the page of their consents holds for pushes too, a refusal before it is answered.
func TestPlan_G4_consent(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	var list struct {
		Items []struct{ Purpose, Version string }
	}
	c.get(t, "/api/v1/me/consents", &list)
	version := ""
	for _, x := range list.Items {
		if x.Purpose == "push" {
			version = x.Version
		}
	}
	on := func() bool {
		var said struct{ On bool }
		c.get(t, "/api/v1/me/push", &said)
		return said.On
	}
	c.post(t, "/api/v1/me/consents", map[string]any{"purpose": "push", "granted": true, "version": version}, nil)
	eventually(t, "pushes are on", on)
	c.post(t, "/api/v1/me/consents", map[string]any{"purpose": "push", "granted": false}, nil)
	if on() {
		t.Error("a refusal was answered and does not hold")
	}
}
