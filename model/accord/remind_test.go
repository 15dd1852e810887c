package accord_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/accord"
)

func said(a *accord.Agreement) (what []string) {
	for _, e := range a.Outbox {
		what = append(what, e.Ref["what"])
	}
	return what
}

// TestAgreement_Remind: two reminders and the end, each once, and after an outage the last of them alone.
func TestAgreement_Remind(t *testing.T) {
	t.Parallel()
	fresh := func() *accord.Agreement {
		a, err := accord.NewAgreement("a", "441500", "440300", "x", terms("2026-12-01", "2027-02-28"), boss, now)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := fresh()
	for _, day := range []model.Date{"2027-01-29", "2027-02-21", "2027-03-01"} {
		if a.Wake == nil || model.DateOf(*a.Wake) != day || !a.Remind(*a.Wake) {
			t.Fatalf("wakes at %v, want %s", a.Wake, day)
		}
	}
	if got := said(a); a.Wake != nil || !slices.Equal(got, []string{"expiring", "expiring", "expired"}) {
		t.Errorf("said %v, wakes at %v", got, a.Wake)
	}
	late := fresh()
	if !late.Remind(time.Date(2027, 6, 1, 2, 0, 0, 0, time.UTC)) || late.Wake != nil || !slices.Equal(said(late), []string{"expired"}) {
		t.Errorf("after an outage: %v, wakes at %v", said(late), late.Wake)
	}
	if err := late.Renew(terms("2027-06-01", "2028-05-31"), boss, time.Date(2027, 6, 1, 2, 0, 0, 0, time.UTC)); err != nil || late.Wake == nil {
		t.Errorf("renewed: %v, %v", late.Wake, err)
	}
	ended := fresh()
	for range 2 {
		if err := ended.End("并入", now); err != nil {
			t.Fatal(err)
		}
	}
	if got := said(ended); ended.Wake != nil || !slices.Equal(got, []string{"ended"}) {
		t.Errorf("said %v", got)
	}
}

// TestAgreement_Remind_ends: whatever is renewed and whenever people look, a wake lies ahead or all has been said.
func TestAgreement_Remind_ends(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := now
		a, err := accord.NewAgreement("a", "441500", "440300", "x", terms("2026-12-01", model.Date("2026-12-01").Add(rapid.IntRange(0, 90).Draw(t, "days"))), boss, at)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "days")) * 24 * time.Hour)
			if rapid.IntRange(0, 6).Draw(t, "renew") == 0 {
				from := model.DateOf(at)
				if err := a.Renew(terms(from, from.Add(rapid.IntRange(0, 60).Draw(t, "more"))), boss, at); err != nil {
					t.Fatal(err)
				}
			}
			before := len(a.Outbox)
			for range 4 {
				a.Remind(at)
			}
			if told := len(a.Outbox) - before; told > 1 {
				t.Fatalf("%d reminders at one moment", told)
			}
			if over := a.State(model.DateOf(at)) == accord.Expired; a.Wake == nil != (over && a.Outbox[len(a.Outbox)-1].Ref["what"] == "expired") && model.DateOf(at) > a.LastDay().Add(1) {
				t.Fatalf("on %s with last day %s: wake %v, said %v", model.DateOf(at), a.LastDay(), a.Wake, said(a))
			}
			if a.Wake != nil && !a.Wake.After(at) {
				t.Fatalf("a wake stays: %v at %v", a.Wake, at)
			}
		}
	})
}
