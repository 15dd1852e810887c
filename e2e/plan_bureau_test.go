package e2e

import (
	"testing"
	"time"
)

// ticket is a problem ticket.
type ticket struct {
	ID, Source, State, Title string
	MatterNo                 string `json:"matter_no"`
	DueOn                    string `json:"due_on"`
	Late                     int
	Unit                     struct{ ID string }
	Steps                    []struct{ What, Text string }
}

// tickets waits until a list holds a ticket about a matter.
func (c caller) ticket(t testing.TB, path, no, source string) (found ticket) {
	t.Helper()
	eventually(t, source+" ticket of "+no+" in "+path, func() bool {
		var list struct{ Items []ticket }
		c.get(t, path, &list)
		for _, x := range list.Items {
			if x.MatterNo == no && x.Source == source {
				found = x
				return true
			}
		}
		return false
	})
	return found
}

// TestPlan_G3_review: a bad review is a ticket of the unit that it is about; the unit calls back and answers, the bureau closes, and the
// applicant rates once more. Nobody learns who rated.
func TestPlan_G3_review(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	reviewer, boss, clerk := s.staff(t, "reviewer"), s.staff(t, "supervisor"), s.staff(t, "clerk")
	m := c.submitted(t, "electronic")
	reviewer.desk(t, m.No, "accept", map[string]any{})
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	reviewer.desk(t, m.No, "dispatch", map[string]any{"method": "electronic"})
	c.reaches(t, m.No, "closed")
	again := map[string]any{"stars": 4}
	c.post(t, "/api/v1/matters/"+m.No+"/review", map[string]any{"stars": 1, "tags": []string{"slow"}, "comment": "太慢，电话13800000000"}, nil)
	c.call(t, "POST", "/api/v1/matters/"+m.No+"/review/again", again).refused(t, 409, "not_reviewable")

	x := reviewer.ticket(t, "/api/v1/staff/problems", m.No, "bad_review")
	if x.State != "assigned" || x.Unit.ID != "441500-RS" {
		t.Fatalf("%+v", x)
	}
	path := "/problems/" + x.ID
	clerk.call(t, "POST", "/api/v1/staff"+path+"/answer", map[string]any{"text": "x"}).refused(t, 404, "not_found")
	reviewer.post(t, "/api/v1/staff"+path+"/contact", map[string]any{"text": "已电话致歉"}, nil)
	c.told(t, "review_contacted", m.No)
	reviewer.call(t, "POST", "/api/v1/supervise"+path+"/close", map[string]any{"reason": "x"}).refused(t, 403, "forbidden")
	reviewer.post(t, "/api/v1/staff"+path+"/answer", map[string]any{"text": "已补充人手"}, nil)
	boss.post(t, "/api/v1/supervise"+path+"/send-back", map[string]any{"reason": "请说明何时见效"}, nil)
	reviewer.post(t, "/api/v1/staff"+path+"/answer", map[string]any{"text": "下周起两个窗口"}, nil)

	var list struct {
		Items []struct {
			MatterNo  string `json:"matter_no"`
			ProblemID string `json:"problem_id"`
			Objects   []string
			Review    struct{ Comment string }
		}
	}
	boss.get(t, "/api/v1/supervise/reviews?bad=true", &list)
	if len(list.Items) == 0 || list.Items[0].MatterNo != m.No || list.Items[0].ProblemID != x.ID || list.Items[0].Objects[0] != "H" || list.Items[0].Review.Comment == "" {
		t.Fatalf("bad reviews: %+v", list.Items)
	}
	follow := map[string]any{"outcome": "rectified", "answer": "下周起增开窗口"}
	for range 2 { // and a second tap
		boss.post(t, "/api/v1/supervise/reviews/"+m.No+"/follow-up", follow, nil)
	}
	c.told(t, "review_answered", m.No)
	var closed ticket
	boss.get(t, "/api/v1/supervise"+path, &closed)
	if closed.State != "closed" || len(closed.Steps) != 7 {
		t.Errorf("%+v", closed)
	}
	c.post(t, "/api/v1/matters/"+m.No+"/review/again", again, nil)
	c.call(t, "POST", "/api/v1/matters/"+m.No+"/review/again", again).refused(t, 409, "already_reviewed")
	var mine struct {
		Answer string
		Second int `json:"second_stars"`
	}
	c.get(t, "/api/v1/matters/"+m.No+"/review", &mine)
	if mine.Answer != "下周起增开窗口" || mine.Second != 4 {
		t.Errorf("%+v", mine)
	}
}

// TestPlan_A3_G1_problem: a citizen's problem goes to whoever owes the next step; a term that passes goes up, twice over to the city; the
// person is told of the answer.
func TestPlan_A3_G1_problem(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, user := s.citizen(t)
	stranger, _ := s.citizen(t)
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	m := c.submitted(t, "electronic")
	reviewer.desk(t, m.No, "accept", map[string]any{})
	raise := map[string]any{"title": "材料退回两次", "text": "理由不一样"}
	var x, other ticket
	c.call(t, "POST", "/api/v1/matters/"+m.No+"/problems", map[string]any{"text": "x"}).refused(t, 422, "validation_failed")
	c.post(t, "/api/v1/matters/"+m.No+"/problems", raise, &x)
	if x.State != "assigned" || x.Unit.ID != "441500-RS" || x.DueOn == "" {
		t.Fatalf("%+v", x)
	}
	stranger.call(t, "GET", "/api/v1/matters/"+m.No+"/problems", nil).refused(t, 404, "not_found")
	boss.post(t, "/api/v1/supervise/problems", map[string]any{"title": "两地材料要求不一致", "urgent": true}, &other)
	if other.State != "open" {
		t.Errorf("%+v", other)
	}
	boss.call(t, "POST", "/api/v1/supervise/problems/"+other.ID+"/assign", map[string]any{"unit": "nobody"}).refused(t, 422, "validation_failed")
	boss.post(t, "/api/v1/supervise/problems/"+other.ID+"/assign", map[string]any{"unit": "441500-RS", "note": "请核对"}, nil)

	for late := 1; late <= 2; late++ {
		s.advance(t, 240*time.Hour)
		boss = s.staff(t, "supervisor")
		eventually(t, "the term has passed", func() bool {
			boss.get(t, "/api/v1/supervise/problems/"+x.ID, &x)
			return x.Late >= late
		})
	}
	reviewer = s.staff(t, "reviewer")
	reviewer.post(t, "/api/v1/staff/problems/"+x.ID+"/answer", map[string]any{"text": "已统一口径"}, nil)
	s.login(t, user).told(t, "problem_answered", m.No)
	boss.post(t, "/api/v1/supervise/problems/"+x.ID+"/close", map[string]any{"reason": "属实，已整改"}, &x)
	if x.State != "closed" {
		t.Errorf("%+v", x)
	}
	reviewer.call(t, "POST", "/api/v1/staff/problems/"+x.ID+"/answer", map[string]any{"text": "再答"}).refused(t, 409, "transition_not_allowed")
}

// TestPlan_G1_lost_papers: papers that are lost on their way are somebody's ticket without anybody's writing one.
func TestPlan_G1_lost_papers(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	clerk := s.staff(t, "clerk")
	m := s.sent(t, c, clerk, "kuaidi100", waybill())
	clerk.counter(t, m.No, "lose", map[string]any{"note": "承运商电话确认遗失"})
	if x := clerk.ticket(t, "/api/v1/staff/problems", m.No, "lost_papers"); x.State != "assigned" || len(x.Steps) != 2 {
		t.Errorf("%+v", x)
	}
	number := waybill()
	m = s.sent(t, c, clerk, "kuaidi100", number)
	s.courierAt(t, "kuaidi100", number, "damaged", "")
	if x := clerk.ticket(t, "/api/v1/staff/problems", m.No, "parcel"); x.State != "assigned" || x.Unit.ID != "440300-ZS" {
		t.Errorf("%+v", x)
	}
}
