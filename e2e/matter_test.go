package e2e

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

// TestPlan_T7_window takes papers through everything that can go wrong with them at the window and on the way.
func TestPlan_T7_window(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	clerk, reviewer := s.staff(t, "clerk"), s.staff(t, "reviewer")
	m := c.start(t, "window", "mail")
	required := slices.DeleteFunc(slices.Clone(m.Materials), func(x material) bool { return !x.Required })
	part := inspect(m, required[0].Code)
	part["checks"] = part["checks"].([]map[string]any)[:1]
	clerk.call(t, "POST", "/api/v1/counter/matters/"+m.No+"/receive", part).refused(t, 422, "validation_failed") // 一次性告知
	got := clerk.counter(t, m.No, "receive", inspect(m, required[0].Code))
	if got.State != "draft" || got.PapersWith != "applicant" {
		t.Errorf("turned back: %s, papers with %s", got.State, got.PapersWith)
	}
	c.told(t, "supplement_requested", m.No)
	clerk.call(t, "POST", "/api/v1/counter/matters/"+m.No+"/forward", map[string]any{"by": "network"}).refused(t, 409, "transition_not_allowed")
	clerk.counter(t, m.No, "receive", inspect(m))
	clerk.call(t, "POST", "/api/v1/counter/matters/"+m.No+"/forward", map[string]any{"by": "mail", "carrier": "ems", "waybill": "EA123456789CN"}).refused(t, 422, "waybill_invalid")
	first := waybill()
	clerk.counter(t, m.No, "forward", with(mailed(first), "by", "mail"))

	// Lost on the way, handed in again, sent again.
	clerk.call(t, "POST", "/api/v1/counter/matters/"+m.No+"/lose", map[string]any{}).refused(t, 422, "validation_failed")
	if got = clerk.counter(t, m.No, "lose", map[string]any{"note": "快递公司确认遗失"}); got.State != "materials_lost" || got.PapersWith != "lost" {
		t.Fatalf("lost: %s, papers with %s", got.State, got.PapersWith)
	}
	c.told(t, "parcel_problem", m.No)
	if got = clerk.counter(t, m.No, "receive", inspect(m)); got.State != "received" {
		t.Fatalf("handed in again: %s", got.State)
	}
	second := waybill()
	clerk.counter(t, m.No, "forward", with(mailed(second), "by", "mail"))
	s.courier(t, second, "delivered")
	c.reaches(t, m.No, "awaiting_acceptance")

	// A correction that must come on paper cannot be supplied by phone.
	code := required[0].Code
	reviewer.desk(t, m.No, "request-supplement", map[string]any{"materials": []string{code}, "paper": []string{code}, "note": "请交原件"})
	c.call(t, "PUT", "/api/v1/matters/"+m.No+"/materials/"+code, scan()).refused(t, 409, "material_not_asked_for")
	c.call(t, "POST", "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}).refused(t, 409, "materials_missing")
	clerk.call(t, "POST", "/api/v1/counter/matters/"+m.No+"/forward", with(mailed(waybill()), "by", "mail")).refused(t, 409, "papers_not_held")
	clerk.counter(t, m.No, "receive", map[string]any{
		"identity": map[string]any{"method": "id_card", "matched": true}, "checks": []map[string]any{{"material_code": code, "ok": true}},
	})
	third := waybill()
	clerk.counter(t, m.No, "forward", with(mailed(third), "by", "mail"))
	s.courier(t, third, "delivered")
	c.reaches(t, m.No, "awaiting_acceptance")
	reviewer.desk(t, m.No, "accept", map[string]any{})

	var trail struct {
		Verified bool
		Items    []entry
	}
	reviewer.get(t, "/api/v1/matters/"+m.No+"/trail", &trail)
	var happened []string
	for _, e := range trail.Items {
		happened = append(happened, e.Event)
	}
	want := []string{"open", "turn_back", "receive", "forward_mail", "lose", "receive", "forward_mail", "arrive", "request_supplement",
		"receive_more", "forward_mail", "arrive", "accept"}
	if !trail.Verified || !slices.Equal(happened, want) {
		t.Errorf("verified %v, trail %v\nwant %v", trail.Verified, happened, want)
	}
}

// TestMatter_decision: deny, revoke, deny again, serve, and refuse another.
func TestMatter_decision(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	reviewer := s.staff(t, "reviewer")
	m := c.submitted(t, "electronic")
	path := "/api/v1/desk/matters/" + m.No
	reviewer.call(t, "POST", path+"/decide", map[string]any{"outcome": "granted"}).refused(t, 409, "transition_not_allowed")
	got := reviewer.desk(t, m.No, "accept", map[string]any{})
	if got.DueAt == "" || got.Light != "green" {
		t.Errorf("accepted: due %q, light %s", got.DueAt, got.Light)
	}
	var deadlines struct {
		Calendar string
		Clocks   []struct {
			Clock, Basis string
			DueOn        string `json:"due_on"`
			Length       int
			Days         []struct {
				Date, Why string
				Counted   bool
			}
		}
	}
	c.get(t, "/api/v1/matters/"+m.No+"/deadlines", &deadlines)
	for _, k := range deadlines.Clocks {
		counted := 0
		for _, d := range k.Days {
			if d.Why == "" {
				t.Errorf("%s: %s is not explained", k.Clock, d.Date)
			}
			if d.Counted {
				counted++
			}
		}
		if k.Clock == "promised" && (k.Length != 15 || counted != 15 || k.DueOn != got.DueAt[:10]) {
			t.Errorf("promised: %d days, %d counted, due on %s and at %s", k.Length, counted, k.DueOn, got.DueAt)
		}
	}
	reviewer.call(t, "POST", path+"/decide", map[string]any{"outcome": "denied"}).refused(t, 422, "reason_required")
	got = reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "denied", "reason": "缴费年限不足"})
	if got.Decision == nil || got.Decision.Remedies == "" || got.Decision.Law == "" {
		t.Errorf("a denial names law and remedies: %+v", got.Decision)
	}
	letter(t, reviewer, path+"/result")
	c.call(t, "GET", "/api/v1/matters/"+m.No+"/result", nil).refused(t, 409, "result_missing") // not served yet
	got = reviewer.desk(t, m.No, "revoke-decision", map[string]any{"reason": "漏看材料"})
	if got.State != "accepted" || got.Decision != nil || got.DueAt == "" {
		t.Errorf("revoked: %+v", got)
	}
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "denied", "reason": "缴费年限不足"})
	reviewer.desk(t, m.No, "dispatch", map[string]any{"method": "electronic"})
	reviewer.call(t, "POST", path+"/revoke-decision", map[string]any{"reason": "x"}).refused(t, 409, "transition_not_allowed")
	c.reaches(t, m.No, "closed")
	letter(t, c, "/api/v1/matters/"+m.No+"/result")

	m = c.submitted(t, "electronic")
	reviewer.call(t, "POST", "/api/v1/desk/matters/"+m.No+"/refuse", map[string]any{"reason": "not_competent", "law": "第三十二条"}).refused(t, 422, "reason_required")
	got = reviewer.desk(t, m.No, "refuse", map[string]any{"reason": "no_licence_needed", "law": "行政许可法第三十二条第一项"})
	if got.State != "refused" || got.Refusal == nil || got.Refusal.Remedies == "" {
		t.Errorf("a refusal names remedies: %+v", got.Refusal)
	}
	c.told(t, "matter_refused", m.No)
}

func letter(t *testing.T, c caller, path string) {
	t.Helper()
	a := c.call(t, "GET", path, nil)
	a.ok(t, nil)
	if !bytes.HasPrefix(a.body, []byte("%PDF")) || a.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%s: no letter: %.40q", path, a.body)
	}
}

// TestMatter_delivery: returned, sent again, taken by somebody else and disputed, and at last handed over at a hall.
func TestMatter_delivery(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	clerk, reviewer := s.staff(t, "clerk"), s.staff(t, "reviewer")
	m := c.submitted(t, "mail")
	reviewer.desk(t, m.No, "accept", map[string]any{})
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	send := func() string {
		t.Helper()
		number := waybill()
		reviewer.desk(t, m.No, "dispatch", with(mailed(number), "method", "mail"))
		return number
	}
	s.courier(t, send(), "returned")
	c.reaches(t, m.No, "delivery_failed")
	c.told(t, "parcel_problem", m.No)
	s.courier(t, send(), "delivered_by_other")
	c.reaches(t, m.No, "delivered")
	var got matter
	c.post(t, "/api/v1/matters/"+m.No+"/dispute-delivery", map[string]any{"reason": "前台没有"}, &got)
	if got.State != "delivery_failed" {
		t.Fatalf("disputed: %s", got.State)
	}
	got = reviewer.desk(t, m.No, "dispatch", map[string]any{"method": "pickup", "hall": hallHere})
	if got.State != "ready_for_pickup" {
		t.Fatalf("at the hall: %s", got.State)
	}
	c.told(t, "result_ready", m.No)
	id := map[string]any{"identity": map[string]any{"method": "id_card", "matched": true}}
	s.staff(t, "clerk-shanwei").call(t, "POST", "/api/v1/counter/matters/"+m.No+"/pick-up", id).refused(t, 404, "not_found")
	clerk.call(t, "POST", "/api/v1/counter/matters/"+m.No+"/pick-up", map[string]any{"identity": map[string]any{"method": "id_card", "matched": false}}).refused(t, 422, "identity_mismatch")
	clerk.counter(t, m.No, "pick-up", id)
	c.reaches(t, m.No, "closed")
}

// TestMatter_time lets time act: an acceptance that nobody gave, a correction that never came, a draft forgotten.
func TestMatter_time(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, user := s.citizen(t)
	waiting, asked, draft := c.submitted(t, "electronic"), c.submitted(t, "electronic"), c.start(t, "window", "pickup")
	code := asked.Materials[0].Code
	reviewer := s.staff(t, "reviewer")
	reviewer.desk(t, asked.No, "request-supplement", map[string]any{"materials": []string{code}, "note": "不清晰"})
	s.advance(t, 16*24*time.Hour) // five working days, whatever holiday lies between
	c = s.login(t, user)
	c.reaches(t, waiting.No, "accepted")
	c.told(t, "matter_accepted", waiting.No)
	reviewer = s.staff(t, "reviewer")
	reviewer.call(t, "POST", "/api/v1/desk/matters/"+waiting.No+"/refuse", map[string]any{"reason": "duplicate", "law": "x"}).refused(t, 409, "transition_not_allowed")
	s.advance(t, 20*24*time.Hour)
	c = s.login(t, user)
	c.reaches(t, asked.No, "lapsed")
	c.reaches(t, draft.No, "lapsed")
	c.told(t, "draft_expired", draft.No)
	c.call(t, "POST", "/api/v1/matters/"+asked.No+"/submit", nil).refused(t, 409, "transition_not_allowed")
}
