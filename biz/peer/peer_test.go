package peer_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/matter"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// TestTwoCities takes a matter through both cities: received in one, decided in the other, known in both.
func TestTwoCities(t *testing.T) {
	t.Parallel()
	sz, sw := pair(t)
	who := sz.citizen(t)
	no := sz.submitted(t, who)
	work(t, sz, sw)
	m := sw.is(t, no, model.MatterAwaitingAcceptance)
	if m.From != shenzhen || m.HOrg != "441500-RS" || m.Applicant == who.ID {
		t.Errorf("the copy: %+v", m)
	}
	for _, mm := range m.Materials {
		if mm.Required && (mm.File == nil || !mm.Present()) {
			t.Errorf("material %s did not come", mm.Code)
		}
	}
	a, err := sw.accounts.Get(t.Context(), m.Applicant)
	if err != nil {
		t.Fatal(err)
	}
	if name, err := sw.accounts.Reveal(a, "name"); err != nil || name != "测试人" {
		t.Errorf("the applicant is %q, %v", name, err)
	}
	if _, err := sz.matters.Act(t.Context(), no, model.Step{Event: model.EvAccept, Actor: lead}); fault.Code(err) != "peer_owns" {
		t.Errorf("the receiving city's desk accepts: %v", err)
	}

	sw.act(t, lead, no, model.EvAccept, model.Facts{})
	work(t, sw, sz)
	sz.is(t, no, model.MatterAccepted)
	code := m.Materials[0].Code
	sw.act(t, lead, no, model.EvRequestSupplement, model.Facts{Asks: []model.Ask{{Code: code}}, Note: "照片不清晰"})
	work(t, sw, sz)
	m = sz.is(t, no, model.MatterAwaitingSupplement)
	if m.Asked == nil || m.Asked.Note != "照片不清晰" || m.Asked.Materials[0].Code != code {
		t.Errorf("asked for: %+v", m.Asked)
	}
	if _, err := sz.matters.PutMaterial(t.Context(), who, no, code, picture()); err != nil {
		t.Fatal(err)
	}
	if _, err := sz.matters.Submit(t.Context(), who, no, true); err != nil {
		t.Fatal(err)
	}
	work(t, sz, sw)
	m = sw.is(t, no, model.MatterAccepted)
	if here := sz.matter(t, no); m.Materials[0].File.SHA256 != here.Materials[0].File.SHA256 {
		t.Error("the supplement's file is not the one that was handed in")
	}
	sw.act(t, lead, no, model.EvDecide, model.Facts{Outcome: model.Granted})
	if _, err := sw.matters.Dispatch(t.Context(), lead, no, matter.Dispatched{Method: model.DeliverElectronic}); err != nil {
		t.Fatal(err)
	}
	work(t, sw, sz)
	there, here := sw.is(t, no, model.MatterClosed), sz.is(t, no, model.MatterClosed)
	if here.Result == nil || here.Result.SHA256 != there.Result.SHA256 {
		t.Errorf("the result: %+v, there %+v", here.Result, there.Result)
	}
	if n := sw.notices.told("matter_accepted"); len(n) > 0 {
		t.Error("the handling city told the applicant of the receiving one")
	}
	if n := sw.notices.told("staff_new_matter"); len(n) != 1 || n[0].Recipient != "441500-RS" {
		t.Errorf("the department was told %v", n)
	}
	agree(t, sz, sw, 0)
}

// agree compares the cities, both ways, and wants so many differences left open on each side.
func agree(t *testing.T, sz, sw *city, open int) {
	t.Helper()
	for range 2 {
		for _, c := range []struct{ here, there *city }{{sz, sw}, {sw, sz}} {
			if err := c.here.Compare(t.Context(), c.there.region); err != nil {
				t.Fatal(err)
			}
			work(t, sz, sw)
		}
	}
	for _, c := range []struct{ here, there *city }{{sz, sw}, {sw, sz}} {
		page, err := c.here.Differences(t.Context(), c.there.region, 100, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) != open {
			t.Errorf("%s finds %d differences, want %d", c.here.region, len(page.Items), open)
			for _, l := range page.Items {
				t.Logf("%s: %s %+v sent %d heard %d refused %v", c.here.region, l.ID, *l.Differs, l.Sent, l.Heard, l.Refused)
			}
		}
	}
}

// heal lets the rest after a failure pass: it is of this process, by the real clock.
func heal(t *testing.T, cities ...*city) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		work(t, cities...)
		waiting := false
		for _, c := range cities {
			waiting = waiting || c.waits(t)
		}
		if !waiting {
			return
		}
		<-tick.C
	}
	t.Fatal("news wait in vain")
}

func (c *city) waits(t *testing.T) bool {
	t.Helper()
	for _, name := range c.db.Collections() {
		refs, err := c.db.Pending(context.Background(), name, time.Now().AddDate(9, 0, 0), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(refs) > 0 {
			return true
		}
	}
	return false
}

// TestCut cuts the line between the cities, lets both go on, and joins it again.
func TestCut(t *testing.T) {
	t.Parallel()
	sz, sw := pair(t)
	who := sz.citizen(t)
	decided, supplied, withdrawn := sz.submitted(t, who), sz.submitted(t, who), sz.submitted(t, who)
	work(t, sz, sw)
	for _, no := range []string{decided, supplied, withdrawn} {
		sw.act(t, lead, no, model.EvAccept, model.Facts{})
	}
	work(t, sz, sw)
	sz.cut.Store(true)
	sw.cut.Store(true)
	sw.act(t, lead, decided, model.EvDecide, model.Facts{Outcome: model.Denied, Note: "不符合条件"})
	code := sw.matter(t, supplied).Materials[0].Code
	sw.act(t, lead, supplied, model.EvSuspend, model.Facts{Kind: procedure(t, sw, supplied), Days: 5})
	sz.act(t, who, withdrawn, model.EvWithdraw, model.Facts{})
	filed := sz.submitted(t, who)
	work(t, sz, sw)
	sw.act(t, lead, supplied, model.EvResume, model.Facts{Note: "检测合格"})
	sw.act(t, lead, supplied, model.EvRequestSupplement, model.Facts{Asks: []model.Ask{{Code: code}}, Note: "请补充"})
	work(t, sz, sw)
	sz.is(t, decided, model.MatterAccepted)
	sw.is(t, withdrawn, model.MatterAccepted)

	// A day later both have given up, loudly.
	for _, c := range []*city{sz, sw} {
		c.clock.Advance(25 * time.Hour)
		heal(t, c)
		if len(c.notices.told("staff_peer_conflict")) == 0 {
			t.Errorf("%s gave up in silence", c.region)
		}
	}
	sz.cut.Store(false)
	sw.cut.Store(false)
	for _, c := range []struct{ here, there *city }{{sz, sw}, {sw, sz}} {
		if err := c.here.Compare(t.Context(), c.there.region); err != nil {
			t.Fatal(err)
		}
	}
	heal(t, sz, sw)
	for no, want := range map[string]model.MatterState{
		decided: model.MatterDecided, supplied: model.MatterAwaitingSupplement, withdrawn: model.MatterWithdrawn,
		filed: model.MatterAwaitingAcceptance,
	} {
		sz.is(t, no, want)
		sw.is(t, no, want)
	}
	agree(t, sz, sw, 0)
}

func procedure(t *testing.T, c *city, no string) string {
	t.Helper()
	kinds := c.matter(t, no).Item.Procedures
	if len(kinds) == 0 {
		t.Fatal("the sample item has no special procedure")
	}
	return kinds[0]
}

// TestConflict withdraws in one city while the other decides: nobody is overwritten, both have a problem, and once
// the lead has revoked the decision the record shows who is right.
func TestConflict(t *testing.T) {
	t.Parallel()
	sz, sw := pair(t)
	who := sz.citizen(t)
	no := sz.submitted(t, who)
	work(t, sz, sw)
	sw.act(t, lead, no, model.EvAccept, model.Facts{})
	work(t, sz, sw)
	sz.act(t, who, no, model.EvWithdraw, model.Facts{})
	sw.act(t, lead, no, model.EvDecide, model.Facts{Outcome: model.Granted})
	work(t, sz, sw)
	sz.is(t, no, model.MatterWithdrawn)
	sw.is(t, no, model.MatterDecided)
	for _, c := range []*city{sz, sw} {
		told := c.notices.told("staff_peer_conflict")
		if len(told) == 0 || told[0].Vars["matter_no"] != no {
			t.Errorf("%s told nobody", c.region)
		}
	}
	agree(t, sz, sw, 1)
	before := len(sw.notices.told("staff_peer_conflict"))
	agree(t, sz, sw, 1)
	if after := len(sw.notices.told("staff_peer_conflict")); after != before {
		t.Errorf("the same difference is told of %d times", after)
	}
	sw.act(t, lead, no, model.EvRevokeDecision, model.Facts{})
	work(t, sz, sw)
	agree(t, sz, sw, 0)
	sw.is(t, no, model.MatterWithdrawn)
}

// TestLostAnswers loses every answer on the way: what was taken is told again, and is a duplicate.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	sz, sw := pair(t)
	no := sz.submitted(t, sz.citizen(t))
	sw.garble.Store(true)
	sz.once(t)
	sz.once(t)
	sw.garble.Store(false)
	heal(t, sz, sw)
	m := sw.is(t, no, model.MatterAwaitingAcceptance)
	n := 0
	for _, e := range m.Trail {
		if e.Event == string(model.EvSubmit) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the copy was handed in %d times", n)
	}
	agree(t, sz, sw, 0)
}

// TestSealed looks for what names a person in all that goes over the line.
func TestSealed(t *testing.T) {
	t.Parallel()
	sz, sw := pair(t)
	var bodies strings.Builder
	sw.door.Config.Handler = recording{sw, &bodies}
	sz.submitted(t, sz.citizen(t))
	work(t, sz, sw)
	for _, secret := range []string{"测试人", "13612345678", "4415001950"} {
		if strings.Contains(bodies.String(), secret) {
			t.Errorf("%s went over the line in the clear", secret)
		}
	}
	if !strings.Contains(bodies.String(), model.PeerFiled) {
		t.Error("nothing was recorded")
	}
}
