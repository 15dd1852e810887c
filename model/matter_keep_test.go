package model_test

import (
	"strings"
	"testing"
	"time"

	"kuacheng/model"
)

// How long a matter is kept follows from how it ended, and its person is looked for no more when that is over.
func TestMatter_KeptUntil(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2026-03-02")
	if !st.m.KeptUntil().IsZero() {
		t.Error("an open draft ends by its own rule")
	}
	st.do(model.EvWithdraw)
	if want := st.m.Times.Ended.Add(30 * 24 * time.Hour); !st.m.NeverHandedIn() || !st.m.KeptUntil().Equal(want) || st.m.Counted != nil {
		t.Errorf("a draft: until %s, counted %v", st.m.KeptUntil(), st.m.Counted)
	}
	st = startOn(t, model.ModeOnline, "2026-03-02")
	st.do(model.EvSubmit)
	st.do(model.EvWithdraw)
	if want := st.m.Times.Ended.AddDate(2, 0, 0); st.m.NeverHandedIn() || !st.m.KeptUntil().Equal(want) || st.m.Counted == nil {
		t.Errorf("withdrawn after it was handed in: until %s, counted %v", st.m.KeptUntil(), st.m.Counted)
	}
	for _, x := range []struct{ item, years int }{{0, 10}, {10, 10}, {30, 30}} {
		m := *st.m
		m.Decision, m.Item.RetentionYears = &model.Decision{Outcome: model.Granted}, x.item
		if want := m.Times.Ended.AddDate(x.years, 0, 0); !m.KeptUntil().Equal(want) {
			t.Errorf("%d years: until %s", x.item, m.KeptUntil())
		}
		m.PapersOwed = true
		if !m.KeptUntil().IsZero() {
			t.Error("papers are still to go back")
		}
	}
}

// Nothing of the person is left in a matter that is forgotten; what is counted stays, and so does the proof of its trail.
func TestMatter_Forget(t *testing.T) {
	t.Parallel()
	st := startOn(t, model.ModeOnline, "2026-03-02")
	st.m.Delivery.Address = &model.SealedAddress{Name: "s1", Phone: "s2", Region: "441500", Detail: "s3", Masked: "广东省****"}
	st.m.Agent = "01AGENT"
	st.do(model.EvSubmit)
	st.do(model.EvWithdraw)
	st.now = st.now.Add(31 * 24 * time.Hour)
	if changed, err := st.m.Tick(st.now, st.env); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if a := st.m.Delivery.Address; a == nil || a.Name+a.Phone+a.Detail != "" || a.Region != "441500" || strings.Contains(a.Masked, "*") {
		t.Errorf("thirty days after the end: %+v", a)
	}
	who, counted := st.m.Applicant, *st.m.Counted
	if st.m.Expired(st.now) {
		t.Error("after a month")
	}
	st.now = st.now.AddDate(2, 0, 0)
	if !st.m.Expired(st.now) || st.m.Wake == nil || st.m.Wake.After(st.now) {
		t.Errorf("nobody comes to forget it: %v", st.m.Wake)
	}
	trail := len(st.m.Trail)
	st.m.Forget(st.now)
	if ok, _ := model.VerifyTrail(st.m); !ok || len(st.m.Trail) != trail {
		t.Error("the trail does not hold")
	}
	if *st.m.Counted != counted || st.m.Applicant == who || st.m.Agent != "" || st.m.Wake != nil || st.m.Expired(st.now) || len(st.m.Files()) > 0 {
		t.Errorf("%+v", st.m)
	}
}
