package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

const supervise = "/api/v1/supervise"

// inboxHas waits for a notice of a key in an organisation's inbox.
func (c caller) inboxHas(t testing.TB, key, id string) {
	t.Helper()
	eventually(t, "staff notice "+key+" of "+id, func() bool {
		var page struct {
			Items []struct {
				Key   string
				RefID string `json:"ref_id"`
			}
		}
		c.get(t, "/api/v1/staff/inbox?limit=100", &page)
		for _, n := range page.Items {
			if n.Key == key && n.RefID == id {
				return true
			}
		}
		return false
	})
}

func day(t time.Time) string { return t.In(beijing).Format(time.DateOnly) }

type agreement struct {
	ID, State string
	Versions  []struct {
		Version int
		Modes   []string
	}
}

// TestPlan_T1_agreement: two cities agree on items, modes, contacts and a time; versions stay; both are reminded before it ends.
func TestPlan_T1_agreement(t *testing.T) {
	t.Parallel()
	s := own(t)
	boss := s.staff(t, "supervisor")
	terms := func(from, to time.Time) map[string]any {
		return map[string]any{
			"city": shenzhen, "title": "汕尾深圳跨城通办合作协议", "modes": []string{"online", "window"}, "valid_from": day(from), "valid_to": day(to),
			"contacts": []map[string]string{{"org_id": "441500-ZS", "duty": "跨城通办专班"}, {"org_id": "440300-ZS", "duty": "综合窗口科"}},
		}
	}
	now := s.now(t)
	path := supervise + "/agreements"
	boss.call(t, "POST", path, terms(now, now.AddDate(0, 0, -1))).refused(t, 422, "validation_failed")
	var a, again agreement
	once := boss.with("agreement-1")
	once.post(t, path, terms(now, now.AddDate(0, 3, 0)), &a)
	once.post(t, path, terms(now, now.AddDate(0, 3, 0)), &again)
	if a.ID == "" || a.ID != again.ID || a.State != "valid" {
		t.Fatalf("%+v, %+v", a, again)
	}
	once.call(t, "POST", path, terms(now, now.AddDate(0, 4, 0))).refused(t, 409, "idempotency_conflict")

	s.advance(t, 65*24*time.Hour)
	boss = s.staff(t, "supervisor")
	boss.inboxHas(t, "staff_agreement_expiring", a.ID)
	s.staff(t, "clerk").inboxHas(t, "staff_agreement_expiring", a.ID) // 深圳's side
	boss.get(t, path+"/"+a.ID, &a)
	if a.State != "expiring" {
		t.Errorf("%+v", a)
	}
	next := terms(now.AddDate(0, 3, 1), now.AddDate(1, 3, 0))
	delete(next, "city")
	delete(next, "title")
	boss.post(t, path+"/"+a.ID+"/renew", next, &a)
	if a.State != "valid" || len(a.Versions) != 2 || a.Versions[1].Version != 2 {
		t.Errorf("%+v", a)
	}
	var list struct{ Items []agreement }
	boss.get(t, path+"?city="+shenzhen, &list)
	if len(list.Items) != 1 {
		t.Errorf("%+v", list)
	}
	boss.post(t, path+"/"+a.ID+"/end", map[string]any{"reason": "并入新协议"}, &a)
	boss.call(t, "POST", path+"/"+a.ID+"/renew", next).refused(t, 409, "transition_not_allowed")
}

// TestPlan_G2_proposal: either city proposes, the owner department decides, the other city consents, and only then it is published.
func TestPlan_G2_proposal(t *testing.T) {
	t.Parallel()
	s := shared(t)
	boss, clerk, lead := s.staff(t, "supervisor"), s.staff(t, "clerk"), s.staff(t, "reviewer")
	type proposal struct {
		ID, State, Due string
		Owner, Partner struct{ ID string }
		Steps          []struct{ What string }
	}
	path := "/api/v1/staff/proposals"
	in := map[string]any{"kind": "modes", "item_code": item, "city": shenzhen, "text": "增加一体机办理"}
	clerk.call(t, "POST", path, map[string]any{"kind": "add", "city": shenzhen, "text": "x"}).refused(t, 422, "validation_failed")
	var p proposal
	clerk.post(t, path, in, &p)
	if p.State != "proposed" || p.Owner.ID != "441500-RS" || p.Partner.ID != "440300-ZS" || p.Due == "" {
		t.Fatalf("%+v", p)
	}
	one := path + "/" + p.ID
	yes := map[string]any{"agree": true}
	lead.inboxHas(t, "staff_catalogue_consent", p.ID)
	s.staff(t, "clerk-shanwei").call(t, "GET", path+"/none", nil).refused(t, 404, "not_found")
	clerk.call(t, "POST", one+"/decide", yes).refused(t, 403, "wrong_organisation")
	clerk.call(t, "POST", one+"/consent", yes).refused(t, 409, "transition_not_allowed")
	lead.call(t, "POST", one+"/decide", map[string]any{"agree": false}).refused(t, 422, "reason_required")
	boss.call(t, "POST", supervise+"/proposals/"+p.ID+"/published", map[string]any{"version": 2}).refused(t, 409, "transition_not_allowed")
	lead.post(t, one+"/decide", yes, nil)
	clerk.inboxHas(t, "staff_catalogue_consent", p.ID)
	clerk.post(t, one+"/consent", yes, &p)
	if p.State != "consented" {
		t.Fatalf("%+v", p)
	}
	boss.inboxHas(t, "staff_proposal_settled", p.ID)
	boss.post(t, supervise+"/proposals/"+p.ID+"/published", map[string]any{"version": 2}, &p)
	if p.State != "published" || len(p.Steps) != 4 {
		t.Errorf("%+v", p)
	}
	var list struct{ Items []proposal }
	clerk.get(t, path+"?side=partner", &list)
	if len(list.Items) == 0 {
		t.Error("the partner sees no proposal")
	}
	in["kind"], in["minor"] = "materials", true
	clerk.post(t, path, in, &p)
	lead.post(t, path+"/"+p.ID+"/decide", yes, &p)
	if p.State != "consented" {
		t.Errorf("shortening materials waits for nobody: %+v", p)
	}
}

// TestPlan_T2_meeting: a meeting's agenda is what is open between the two cities; each decision is a ticket with its term.
func TestPlan_T2_meeting(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, _ := s.citizen(t)
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	m := c.submitted(t, "electronic")
	c.post(t, "/api/v1/matters/"+m.No+"/problems", map[string]any{"title": "两地说法不一", "text": "材料要求不同"}, nil)
	x := reviewer.ticket(t, "/api/v1/staff/problems", m.No, "citizen")
	now := s.now(t)
	call := map[string]any{
		"title": "第四季度联席会议", "cities": []string{shenzhen}, "starts_at": now.Add(time.Hour).Format(time.RFC3339), "place": "视频会议",
		"orgs": []string{"440300-ZS", "441500-RS"}, "points": []string{"统一材料清单"},
	}
	type meeting struct {
		ID, State string
		Agenda    []struct{ Title, Problem string }
		Decisions []struct{ Problem, State, Due string }
	}
	var mt meeting
	boss.call(t, "POST", supervise+"/meetings", map[string]any{
		"title": "x", "cities": []string{shanwei}, "starts_at": now.Add(time.Hour).Format(time.RFC3339), "place": "x",
	}).refused(t, 422, "validation_failed")
	boss.post(t, supervise+"/meetings", call, &mt)
	if len(mt.Agenda) != 2 || mt.Agenda[0].Problem != x.ID || mt.Agenda[1].Title != "统一材料清单" {
		t.Fatalf("%+v", mt)
	}
	s.staff(t, "clerk").inboxHas(t, "staff_meeting_called", mt.ID)
	due := day(now.AddDate(0, 0, 20))
	held := map[string]any{
		"attendees": []map[string]string{{"org_id": "441500-ZS", "duty": "副局长"}}, "minutes": "议定统一材料清单。",
		"decisions": []map[string]string{{"text": "人社局十日内统一材料清单", "unit": "441500-RS", "due": due}},
	}
	boss.call(t, "POST", supervise+"/meetings/"+mt.ID+"/hold", held).refused(t, 409, "transition_not_allowed")
	s.advance(t, 2*time.Hour)
	boss = s.staff(t, "supervisor")
	boss.post(t, supervise+"/meetings/"+mt.ID+"/hold", held, nil)
	boss.call(t, "POST", supervise+"/meetings/"+mt.ID+"/hold", held).refused(t, 409, "transition_not_allowed")
	eventually(t, "the decision is a ticket", func() bool {
		boss.get(t, supervise+"/meetings/"+mt.ID, &mt)
		return len(mt.Decisions) == 1 && mt.Decisions[0].State == "assigned"
	})
	var follow ticket
	reviewer = s.staff(t, "reviewer")
	boss.get(t, supervise+"/problems/"+mt.Decisions[0].Problem, &follow)
	if follow.Source != "meeting" || follow.DueOn != due || follow.Unit.ID != "441500-RS" {
		t.Errorf("%+v", follow)
	}
	reviewer.post(t, "/api/v1/staff/problems/"+follow.ID+"/answer", map[string]any{"text": "已统一"}, nil)
	boss.post(t, supervise+"/problems/"+follow.ID+"/close", map[string]any{"reason": "完成"}, nil)
	boss.get(t, supervise+"/meetings/"+mt.ID, &mt)
	if mt.Decisions[0].State != "closed" {
		t.Errorf("%+v", mt.Decisions)
	}
}

// TestPlan_T3_G1_G4_plan: duties have a unit and a term, are red when late and go up; counties are asked for reports and reminded; the
// progress report holds all of it, is approved by somebody else, and once issued is what it is.
func TestPlan_T3_G1_G4_plan(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, _ := s.citizen(t)
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	m := c.submitted(t, "electronic")
	reviewer.desk(t, m.No, "accept", map[string]any{})
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	now := s.now(t)

	type task struct {
		ID, State, Light string
		Escalated        int
		Evidence         []struct{ Text string }
	}
	var adopted struct{ Adopted int }
	boss.post(t, supervise+"/plan-tasks/adopt", map[string]any{"starts": day(now)}, &adopted)
	if adopted.Adopted != 22 {
		t.Errorf("adopted %d", adopted.Adopted)
	}
	boss.post(t, supervise+"/plan-tasks/adopt", map[string]any{"starts": day(now)}, &adopted)
	if adopted.Adopted != 0 {
		t.Errorf("adopted %d twice", adopted.Adopted)
	}
	var tk task
	boss.post(t, supervise+"/plan-tasks", map[string]any{"title": "梳理社保事项", "unit": "441500-RS", "due": day(now.AddDate(0, 0, 2)), "milestone": "一事项一标准"}, &tk)
	if tk.Light != "yellow" {
		t.Errorf("%+v", tk)
	}
	mine := "/api/v1/staff/plan-tasks/"
	reviewer.post(t, mine+tk.ID+"/evidence", map[string]any{"text": "已梳理十项"}, nil)
	reviewer.call(t, "POST", mine+tk.ID+"/evidence", map[string]any{"text": "完成", "done": true}).refused(t, 403, "forbidden")
	reviewer.call(t, "POST", mine+"tkS1/evidence", map[string]any{"text": "x"}).refused(t, 404, "not_found")

	type filing struct{ ID, State string }
	var asked struct{ Items []filing }
	in := map[string]any{"period": "2026-12", "title": "跨城通办月报", "due": day(now.AddDate(0, 0, 6)), "units": []string{"441500-RS", "441521-ZS"}}
	boss.call(t, "POST", supervise+"/reports", map[string]any{"period": "12月", "title": "x", "due": day(now)}).refused(t, 422, "validation_failed")
	boss.post(t, supervise+"/reports", in, &asked)
	if len(asked.Items) != 2 || asked.Items[0].State != "due" {
		t.Fatalf("%+v", asked)
	}
	boss.call(t, "POST", supervise+"/reports/"+asked.Items[0].ID+"/submit", map[string]any{"text": "x"}).refused(t, 403, "wrong_organisation")

	s.advance(t, 4*24*time.Hour) // two days before the reports are due, two after the task was
	reviewer = s.staff(t, "reviewer")
	reviewer.inboxHas(t, "staff_report_due", asked.Items[0].ID)
	reviewer.inboxHas(t, "staff_task_late", tk.ID)
	reviewer.post(t, "/api/v1/staff/reports/"+asked.Items[0].ID+"/submit", map[string]any{"text": "办理二十件", "results": "少跑四十趟"}, nil)
	s.advance(t, 11*24*time.Hour)
	reviewer, boss = s.staff(t, "reviewer"), s.staff(t, "supervisor")
	boss.inboxHas(t, "staff_report_due", asked.Items[1].ID) // 海丰 has not filed
	eventually(t, "the task has gone up twice", func() bool {
		var list struct{ Items []task }
		reviewer.get(t, "/api/v1/staff/plan-tasks", &list)
		tk = list.Items[0]
		return tk.Escalated == 2
	})
	if tk.Light != "red" || len(tk.Evidence) != 1 {
		t.Errorf("%+v", tk)
	}
	boss.get(t, supervise+"/reports?period=2026-12", &asked)
	if len(asked.Items) != 2 || asked.Items[0].State != "filed" || asked.Items[1].State != "late" {
		t.Errorf("%+v", asked)
	}
	s.progress(t, day(now.AddDate(0, 0, -1)), day(s.now(t)))
}

// progress drafts, approves and issues two progress reports, and reads the second as people would.
func (s *server) progress(t *testing.T, from, to string) {
	t.Helper()
	type report struct {
		ID, State, Number   string
		Total               sums
		Last                *sums
		TasksLate, NotFiled []string
		Criticism           []string
	}
	boss, admin := s.staff(t, "supervisor"), s.staff(t, "admin")
	var r report
	for n := 1; n <= 2; n++ {
		eventually(t, "the decision is in the figures", func() bool {
			boss.post(t, supervise+"/progress-reports", map[string]any{"title": fmt.Sprintf("第%d期进度通报", n), "from": from, "to": to, "period": "2026-12"}, &r)
			return r.Total.Matters == 1 && r.Total.OnTimeRate != nil
		})
		path := supervise + "/progress-reports/" + r.ID
		boss.call(t, "POST", path+"/issue", nil).refused(t, 409, "transition_not_allowed")
		boss.call(t, "POST", path+"/approve", nil).refused(t, 403, "forbidden")
		boss.post(t, path+"/edit", map[string]any{"notes": "下期重点：材料减免。"}, nil)
		admin.post(t, path+"/approve", nil, nil)
		boss.post(t, path+"/issue", nil, &r)
		boss.post(t, path+"/issue", nil, nil) // a second tap
		if want := fmt.Sprintf("〕%d号", n); r.State != "issued" || !strings.HasSuffix(r.Number, want) {
			t.Errorf("%+v", r)
		}
		boss.call(t, "POST", path+"/edit", map[string]any{"notes": "x"}).refused(t, 409, "transition_not_allowed")
	}
	var raw struct {
		Last      *sums
		TasksLate []string `json:"tasks_late"`
		NotFiled  []string `json:"not_filed"`
	}
	path := supervise + "/progress-reports/" + r.ID
	boss.get(t, path, &raw)
	if raw.Last == nil || raw.Last.Matters != 1 || len(raw.TasksLate) != 1 || len(raw.NotFiled) != 1 {
		t.Errorf("%+v", raw)
	}
	page := boss.call(t, "GET", path+"/report.html", nil)
	for _, words := range []string{"第2期进度通报", r.Number, "深圳市 → 汕尾市", "梳理社保事项", "未按期报送", "下期重点", "持平"} {
		if !strings.Contains(string(page.body), words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	book, err := excelize.OpenReader(bytes.NewReader(boss.call(t, "GET", path+"/report.xlsx", nil).body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if rows, err := book.GetRows("总体情况"); err != nil || rows[1][0] != "办件量（件）" || rows[1][1] != "1" || rows[1][3] != "持平" {
		t.Errorf("%v %v", err, rows)
	}
}
