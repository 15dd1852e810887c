package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// filesOf counts what lies on disk of a matter.
func (s *server) filesOf(t testing.TB, no string) (n int) {
	t.Helper()
	err := filepath.WalkDir(s.data, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "matter") && strings.Contains(path, no) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPlan_A3_erasure: a person gives up their account. What is under way stands in the way; drafts go at once, what was handed in is
// locked until its term is over, and then it is nobody's, with a trail that still holds. The person may come back as somebody new.
func TestPlan_A3_erasure(t *testing.T) {
	t.Parallel()
	s := own(t)
	user, identity := newUser(), someone()
	c := s.login(t, user)
	c.post(t, "/api/v1/me/identity", identity, nil)
	draft, m := c.start(t, "online", "electronic"), c.submitted(t, "electronic")
	c.put(t, "/api/v1/matters/"+draft.No+"/materials/"+draft.Materials[0].Code, scan(), nil)
	type erasure struct {
		Blockers []struct{ Kind, ID, Say string }
		Kept     []struct {
			No    string `json:"matter_no"`
			Until time.Time
			Why   string
		}
		Erased string `json:"erased_at"`
		Terms  []struct{ Key string }
	}
	var e erasure
	c.get(t, "/api/v1/me/erasure", &e)
	if len(e.Blockers) != 1 || e.Blockers[0].Kind != "matter" || !strings.HasPrefix(e.Blockers[0].Say, "办件") || len(e.Terms) < 8 {
		t.Errorf("%+v", e)
	}
	yes := map[string]bool{"confirm": true}
	c.call(t, "POST", "/api/v1/me/erasure", yes).refused(t, 409, "erasure_blocked")
	c.post(t, "/api/v1/matters/"+m.No+"/withdraw", map[string]string{"reason": "不办了"}, nil)
	c.call(t, "POST", "/api/v1/me/erasure", map[string]bool{"confirm": false}).refused(t, 422, "validation_failed")
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	if s.filesOf(t, draft.No) == 0 || s.filesOf(t, m.No) == 0 {
		t.Fatal("no files to lose")
	}
	c.post(t, "/api/v1/me/erasure", yes, &e)
	if len(e.Kept) != 1 || e.Erased == "" || !strings.Contains(e.Kept[0].Why, "诉讼") {
		t.Errorf("%+v", e)
	}
	c.call(t, "GET", "/api/v1/me", nil).refused(t, 401, "unauthenticated")
	eventually(t, "the draft's files go", func() bool { return s.filesOf(t, draft.No) == 0 })
	if s.filesOf(t, m.No) == 0 {
		t.Error("what must be kept has gone too")
	}
	look := map[string]string{"field": "name", "reason": "电话核实材料"}
	reviewer.call(t, "POST", "/api/v1/matters/"+m.No+"/reveal", look).refused(t, 409, "account_erased")
	boss.call(t, "POST", "/api/v1/matters/"+m.No+"/reveal", look).ok(t, nil)

	back := s.login(t, user)
	var list struct{ Items []struct{ No string } }
	back.get(t, "/api/v1/matters", &list)
	if len(list.Items) != 0 {
		t.Errorf("somebody new has %+v", list.Items)
	}
	back.post(t, "/api/v1/me/identity", identity, nil)

	s.advanceTo(t, e.Kept[0].Until.Add(time.Minute))
	eventually(t, "nobody's any more", func() bool { return s.filesOf(t, m.No) == 0 })
	boss = s.staff(t, "supervisor")
	var trail struct {
		Verified bool
		Items    []struct{ Event string }
	}
	boss.get(t, "/api/v1/matters/"+m.No+"/trail", &trail)
	if !trail.Verified || len(trail.Items) < 3 {
		t.Errorf("%+v", trail)
	}
	var now struct {
		Applicant struct{ Name string }
	}
	boss.get(t, supervise+"/matters/"+m.No, &now)
	if strings.Contains(now.Applicant.Name, "*") || now.Applicant.Name == "" {
		t.Errorf("%+v", now)
	}
}
