package e2e

import (
	"testing"
)

// member is a staff account as those who look after it see it.
type member struct {
	ID, Name, Role string
	Active         bool
	MustChange     bool `json:"must_change"`
	History        []struct{ What, By, Reason string }
	Handovers      []struct {
		Successor string
		Matters   int
		Done      bool
	}
}

// enrolled makes an account and signs its person in, with a password of their own.
func (s *server) enrolled(t testing.TB, boss caller, in map[string]any) caller {
	t.Helper()
	var made struct {
		Staff    member
		Password string
	}
	boss.post(t, "/api/v1/supervise/staff", in, &made)
	if made.Password == "" || !made.Staff.MustChange || !made.Staff.Active {
		t.Fatalf("%+v", made)
	}
	var first, then struct {
		Token      string
		MustChange bool `json:"must_change"`
	}
	s.nobody().post(t, "/api/v1/staff/login", map[string]any{"username": made.Staff.ID, "password": made.Password}, &first)
	c := caller{s: s, token: first.Token}
	if !first.MustChange {
		t.Error("the first sign-in does not ask for another password")
	}
	c.call(t, "GET", "/api/v1/staff/inbox", nil).refused(t, 403, "password_change_required")
	change := map[string]any{"old_password": made.Password, "new_password": "weak"}
	c.call(t, "POST", "/api/v1/staff/password", change).refused(t, 422, "password_weak")
	change["new_password"] = "Correct-Horse-9"
	c.post(t, "/api/v1/staff/password", change, &then)
	c.call(t, "GET", "/api/v1/staff/me", nil).refused(t, 401, "unauthenticated") // the first session ended with the first password
	if then.MustChange {
		t.Error("asked again")
	}
	return caller{s: s, token: then.Token}
}

// TestPlan_T8_staff: a reviewer joins a department, takes work on and leaves: they are out at once, and what they held goes to their
// successor, with a word on its trail.
func TestPlan_T8_staff(t *testing.T) {
	t.Parallel()
	s := shared(t)
	boss, admin := s.staff(t, "supervisor"), s.staff(t, "admin")
	const path = "/api/v1/supervise/staff"
	leaver := s.enrolled(t, boss, map[string]any{"account": "leaver", "name": "李伟", "role": "reviewer", "org": "441500-RS", "lead": true})
	heir := s.enrolled(t, boss, map[string]any{"account": "heir", "name": "王芳", "role": "reviewer", "org": "441500-RS"})
	c, _ := s.citizen(t)
	m := c.submitted(t, "electronic")
	leaver.desk(t, m.No, "accept", map[string]any{})

	var work struct {
		Held      int
		Items     []struct{ No string }
		Handovers []struct{ Done bool }
	}
	if boss.get(t, path+"/leaver/work", &work); work.Held != 1 || len(work.Items) != 1 || work.Items[0].No != m.No {
		t.Fatalf("%+v", work)
	}
	boss.call(t, "POST", path+"/leaver/disable", map[string]any{"reason": "离职", "successor": "clerk"}).refused(t, 422, "validation_failed")
	var x member
	boss.post(t, path+"/leaver/disable", map[string]any{"reason": "离职", "successor": "heir"}, &x)
	leaver.call(t, "GET", "/api/v1/desk/matters/"+m.No, nil).refused(t, 401, "unauthenticated")
	s.nobody().call(t, "POST", "/api/v1/staff/login", map[string]any{"username": "leaver", "password": "Correct-Horse-9"}).refused(t, 401, "login_failed")
	if x.Active || len(x.Handovers) != 1 || x.Handovers[0].Matters != 1 {
		t.Fatalf("%+v", x)
	}
	eventually(t, "the work is handed over", func() bool {
		boss.get(t, path+"/leaver/work", &work)
		return work.Held == 0 && work.Handovers[0].Done
	})
	if boss.get(t, path+"/heir/work", &work); work.Held != 1 || work.Items[0].No != m.No {
		t.Errorf("%+v", work)
	}
	var trail struct {
		Verified bool
		Items    []struct{ Event, Why, By string }
	}
	boss.get(t, "/api/v1/matters/"+m.No+"/trail", &trail)
	if last := trail.Items[len(trail.Items)-1]; !trail.Verified || last.Event != "hand_over" || last.Why != "离职" || last.By != "supervisor" {
		t.Errorf("%+v", trail)
	}
	heir.inboxHas(t, "staff_handover", "leaver")
	heir.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	if boss.get(t, path+"/leaver", &x); x.Name != "李伟" || len(x.History) != 4 || x.History[0].What != "created" || x.History[3].What != "handed_over" {
		t.Errorf("%+v", x)
	}

	staffScope(t, boss, admin)
	boss.post(t, path+"/leaver/enable", map[string]any{"reason": "返岗"}, &x)
	if !x.Active {
		t.Errorf("%+v", x)
	}
}

// staffScope: nobody acts on themselves, above themselves or elsewhere.
func staffScope(t *testing.T, boss, admin caller) {
	t.Helper()
	const path = "/api/v1/supervise/staff"
	why := map[string]any{"reason": "x"}
	admin.call(t, "POST", path+"/admin/disable", why).refused(t, 403, "own_account")
	admin.call(t, "POST", path+"/admin/move", map[string]any{"reason": "x", "role": "supervisor"}).refused(t, 403, "own_account")
	boss.call(t, "POST", path+"/admin/disable", why).refused(t, 403, "forbidden")
	boss.call(t, "POST", path+"/supervisor/move", map[string]any{"reason": "x", "role": "admin"}).refused(t, 403, "own_account")
	boss.call(t, "GET", path+"/clerk", nil).refused(t, 404, "not_found") // 深圳's
	boss.call(t, "POST", path+"/clerk/disable", why).refused(t, 404, "not_found")
	boss.call(t, "POST", path, map[string]any{"account": "foreign", "name": "李伟", "role": "clerk", "org": "440300-ZS", "hall": hallHere}).refused(t, 403, "forbidden")
	boss.call(t, "POST", path, map[string]any{"account": "mighty", "name": "李伟", "role": "admin", "org": "441500-ZS"}).refused(t, 403, "forbidden")
	boss.call(t, "POST", path, map[string]any{"account": "heir", "name": "李伟", "role": "reviewer", "org": "441500-RS"}).refused(t, 409, "account_taken")
	var list struct{ Items []member }
	boss.get(t, path+"?org=441500-RS&role=reviewer&limit=100", &list)
	for _, x := range list.Items {
		if x.ID == "leaver" || x.Name == "王芳" {
			t.Errorf("on the list of those in use: %+v", x)
		}
	}
	if len(list.Items) < 2 {
		t.Errorf("%+v", list)
	}
}
