package e2e

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// found is a signal as supervisors see it.
type found struct {
	ID, Rule, State, Text, Severity string
	Org                             struct{ ID string }
	Figures                         struct {
		Numerator, Denominator int
		Threshold              float64
	}
	Matters []string
	Problem string `json:"problem_id"`
	Steps   []struct{ What, Text string }
}

// signal waits for a rule's signal that names a matter.
func (c caller) signal(t testing.TB, rule, state, no string) (x found) {
	t.Helper()
	eventually(t, state+" signal "+rule+" of "+no, func() bool {
		var page struct{ Items []found }
		c.get(t, supervise+"/signals?"+url.Values{"rule": {rule}, "state": {state}}.Encode(), &page)
		i := slices.IndexFunc(page.Items, func(s found) bool { return slices.Contains(s.Matters, no) })
		if i >= 0 {
			x = page.Items[i]
		}
		return i >= 0
	})
	return x
}

// inbox counts an organisation's notices of a key; of one thing, or of all.
func (c caller) inbox(t testing.TB, key, id string) (n int) {
	t.Helper()
	var page struct {
		Items []struct {
			Key   string
			RefID string `json:"ref_id"`
		}
	}
	c.get(t, "/api/v1/staff/inbox?limit=100", &page)
	for _, x := range page.Items {
		if x.Key == key && (id == "" || x.RefID == id) {
			n++
		}
	}
	return n
}

// TestPlan_A3_A4_signals: rules that the bureau reads and sets find what supervisors ought to look at, with figures and matters to check;
// they put it off, dismiss it, or make a ticket of it. At half past eight each organisation hears what it owes, and who is above it of
// what it let run out, once.
func TestPlan_A3_A4_signals(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, _ := s.citizen(t)
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	var rules struct {
		Items []struct {
			ID        string
			Threshold float64
			Minimum   int
			Texts     []string
		}
		Changes []struct{ Rule, By, Reason string }
	}
	boss.get(t, supervise+"/signal-rules", &rules)
	if len(rules.Items) != 20 {
		t.Fatalf("%d rules", len(rules.Items))
	}
	for _, x := range rules.Items {
		if len(x.Texts) == 0 || x.Minimum < 1 {
			t.Errorf("%+v", x)
		}
	}
	set := map[string]any{"rule": "refusal_rate", "minimum": 2, "threshold": 40}
	boss.call(t, "POST", supervise+"/signal-rules", set).refused(t, 422, "validation_failed")
	set["reason"] = "试点初期件少"
	boss.post(t, supervise+"/signal-rules", set, &rules)
	if len(rules.Changes) != 1 || rules.Changes[0].Rule != "refusal_rate" || rules.Changes[0].By == "" {
		t.Fatalf("%+v", rules.Changes)
	}

	waiting, refused := c.submitted(t, "electronic"), c.submitted(t, "electronic")
	reviewer.desk(t, refused.No, "refuse", map[string]any{"reason": "false_materials", "law": "行政许可法第七十八条"})
	boss.signal(t, "false_materials", "open", refused.No)
	x := boss.signal(t, "refusal_rate", "open", refused.No)
	if x.Org.ID != "441500-RS" || x.Figures.Numerator != 1 || x.Figures.Denominator != 2 || x.Figures.Threshold != 40 ||
		!strings.Contains(x.Text, "2 件办件中，1 件不予受理，占 50.0%，高于 40%") {
		t.Errorf("%+v", x)
	}
	at := supervise + "/signals/" + x.ID
	boss.call(t, "POST", at+"/snooze", map[string]any{"days": 91}).refused(t, 422, "validation_failed")
	boss.post(t, at+"/snooze", map[string]any{"days": 3}, &x)
	if x.State != "snoozed" {
		t.Errorf("%+v", x)
	}
	fast := boss.signal(t, "too_fast", "open", refused.No) // nobody reads that fast
	boss.call(t, "POST", supervise+"/signals/"+fast.ID+"/dismiss", map[string]any{"reason": ""}).refused(t, 422, "validation_failed")
	boss.post(t, supervise+"/signals/"+fast.ID+"/dismiss", map[string]any{"reason": "演练"}, &fast)
	if fast.State != "dismissed" {
		t.Errorf("%+v", fast)
	}
	boss.call(t, "POST", supervise+"/signals/"+fast.ID+"/problem", nil).refused(t, 409, "transition_not_allowed")

	s.advance(t, 16*24*time.Hour) // five working days, whatever holiday lies between
	boss = s.staff(t, "supervisor")
	boss.signal(t, "refusal_rate", "open", refused.No) // it stands still
	deemed := boss.signal(t, "deemed_accepted", "open", waiting.No)
	boss.inboxHas(t, "staff_signal", deemed.ID)
	var first, again ticket
	boss.post(t, supervise+"/signals/"+deemed.ID+"/problem", nil, &first)
	boss.post(t, supervise+"/signals/"+deemed.ID+"/problem", nil, &again)
	if first.ID != again.ID || first.Source != "signal" || first.MatterNo != waiting.No || first.Unit.ID != "441500-RS" {
		t.Errorf("%+v %+v", first, again)
	}
	if x = boss.signal(t, "deemed_accepted", "raised", waiting.No); x.Problem != first.ID {
		t.Errorf("%+v", x)
	}
	morning := func() { // of a working day that is to come: a weekday on which a hall is open
		from := s.now(t)
		for {
			date, err := time.ParseInLocation(time.DateOnly, s.free(t, hallHere, from)[0].Date, beijing)
			if err != nil {
				t.Fatal(err)
			}
			if day := date.Weekday(); day != time.Saturday && day != time.Sunday {
				s.advanceTo(t, date.Add(9*time.Hour))
				return
			}
			from = from.Add(24 * time.Hour)
		}
	}
	s.advance(t, 10*24*time.Hour) // overdue by now
	morning()
	boss, reviewer = s.staff(t, "supervisor"), s.staff(t, "reviewer")
	boss.signal(t, "overdue", "open", waiting.No)
	eventually(t, "what the reviewers owe", func() bool { return reviewer.inbox(t, "staff_digest", "") > 0 })
	boss.inboxHas(t, "staff_escalated", waiting.No)
	told := boss.inbox(t, "staff_escalated", waiting.No)
	morning()
	boss, reviewer = s.staff(t, "supervisor"), s.staff(t, "reviewer")
	eventually(t, "the next morning's digest", func() bool { return reviewer.inbox(t, "staff_digest", "") > 1 })
	if n := boss.inbox(t, "staff_escalated", waiting.No); n != told || n > 2 {
		t.Errorf("escalated %d times, and then %d", told, n)
	}
}
