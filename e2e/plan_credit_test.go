package e2e

import (
	"net/url"
	"strings"
	"testing"
)

// TestPlan_G3_credit: who handed in false papers is asked for the originals next time, knows of it, and is right when they contest it.
func TestPlan_G3_credit(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	m := c.submitted(t, "electronic")
	reviewer.post(t, "/api/v1/desk/matters/"+m.No+"/refuse", map[string]string{"reason": "false_materials", "law": "行政许可法第七十八条", "note": "印章与备案不符"}, nil)
	type fact struct{ ID, Kind, Name, Source, State, Answer string }
	var mine struct{ Items []fact }
	eventually(t, "the fact", func() bool {
		c.get(t, "/api/v1/me/credit", &mine)
		return len(mine.Items) == 1
	})
	f := mine.Items[0]
	if f.Kind != "false_materials" || f.Source != m.No || f.State != "standing" {
		t.Errorf("%+v", f)
	}
	next := c.submitted(t, "electronic")
	var view struct {
		Hints []string `json:"credit_hints"`
	}
	hints := func(who caller, path string) string {
		t.Helper()
		view.Hints = nil
		who.get(t, path+next.No, &view)
		return strings.Join(view.Hints, " ")
	}
	if got := hints(reviewer, "/api/v1/desk/matters/"); !strings.Contains(got, "请核验原件") {
		t.Errorf("the desk is told %q", got)
	}
	if got := hints(c, "/api/v1/matters/"); got != "" {
		t.Errorf("the matter of the person says %q", got)
	}
	stranger, _ := s.citizen(t)
	path := "/api/v1/me/credit/" + url.PathEscape(f.ID) + "/appeal"
	stranger.call(t, "POST", path, map[string]string{"text": "不是我"}).refused(t, 404, "not_found")
	c.post(t, path, map[string]string{"text": "印章刚换，已补备案"}, nil)
	c.post(t, path, map[string]string{"text": "印章刚换，已补备案"}, nil)
	var open struct{ Items []fact }
	boss.get(t, supervise+"/credit?limit=100", &open)
	if len(open.Items) == 0 || open.Items[0].ID != f.ID {
		t.Errorf("%+v", open)
	}
	boss.post(t, supervise+"/credit/"+url.PathEscape(f.ID)+"/answer", map[string]any{"strike": true, "reason": "新印章已备案"}, &f)
	if f.State != "struck" || f.Answer == "" {
		t.Errorf("%+v", f)
	}
	if got := hints(reviewer, "/api/v1/desk/matters/"); got != "" {
		t.Errorf("after it was struck: %q", got)
	}
}
