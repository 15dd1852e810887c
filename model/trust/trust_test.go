package trust_test

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/trust"
)

var now = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)

// TestAccessDay: whatever is looked at, the chain holds from day to day, and no entry can be changed, dropped or moved unseen.
func TestAccessDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var days []*trust.AccessDay
		var last *trust.AccessDay
		for n := range rapid.IntRange(1, 4).Draw(t, "days") {
			d := trust.NewDay(trust.OfViewer, "reviewer", model.DateOf(now).Add(n), last)
			for i := range rapid.IntRange(1, 6).Draw(t, "looks") {
				if _, err := d.Look(trust.Access{At: now, Viewer: "reviewer", Subject: strconv.Itoa(i), Field: "phone", Why: rapid.String().Draw(t, "why")}); err != nil {
					t.Fatal(err)
				}
			}
			if last != nil && !d.Follows(last) {
				t.Fatal("the next day does not follow")
			}
			days, last = append(days, d), d
		}
		for _, d := range days {
			if ok, bad := d.Verify(); !ok {
				t.Fatalf("%s breaks at %d", d.ID, bad)
			}
		}
		d := rapid.SampledFrom(days).Draw(t, "day")
		i := rapid.IntRange(0, len(d.Entries)-1).Draw(t, "entry")
		switch rapid.IntRange(0, 3).Draw(t, "deed") {
		case 0:
			d.Entries[i].Viewer = "somebody"
		case 1:
			d.Entries[i].Why += "x"
		case 2:
			d.Entries[i].At = d.Entries[i].At.Add(time.Millisecond)
		case 3:
			d.ID = trust.DayID(trust.OfViewer, "other", d.Date)
			i = 0
		}
		if ok, bad := d.Verify(); ok || bad != i {
			t.Fatalf("a change at %d is seen at %d", i, bad)
		}
	})
}

func TestAccessDay_limit(t *testing.T) {
	t.Parallel()
	d := trust.NewDay(trust.OfViewer, "reviewer", model.DateOf(now), nil)
	for range trust.MostReveals {
		if _, err := d.Look(trust.Access{At: now, Viewer: "reviewer"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Look(trust.Access{At: now, Viewer: "reviewer"}); fault.Code(err) != "reveal_limit" {
		t.Errorf("one too many: %v", err)
	}
	if last := d.Outbox[len(d.Outbox)-1]; last.Kind != trust.KindAccessLimit || len(d.Entries) != trust.MostReveals {
		t.Errorf("%d entries, and last %+v", len(d.Entries), last)
	}
}

func TestAccessDay_Note(t *testing.T) {
	t.Parallel()
	viewer := trust.NewDay(trust.OfViewer, "reviewer", model.DateOf(now), nil)
	a, err := viewer.Look(trust.Access{At: now, Viewer: "reviewer", Subject: "p"})
	if err != nil {
		t.Fatal(err)
	}
	d := trust.NewDay(trust.OfSubject, "p", model.DateOf(now), nil)
	if !d.Note(a) || d.Note(a) || len(d.Entries) != 1 {
		t.Errorf("noted twice: %+v", d.Entries)
	}
	if ok, _ := d.Verify(); !ok || d.Entries[0].Hash == a.Hash {
		t.Error("an entry's hash is of the day it stands in")
	}
}

// TestConsents: the latest answer stands, nothing that was answered goes, and a yes is to the words of today.
func TestConsents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, want := &trust.Consents{}, map[string]bool{}
		at, seen := now, 0
		for range rapid.IntRange(0, 20).Draw(t, "answers") {
			p := rapid.SampledFrom(trust.Purposes).Draw(t, "purpose")
			yes := rapid.Bool().Draw(t, "yes")
			at = at.Add(time.Minute)
			said, err := c.Say(p.Key, p.Version, yes, "", at)
			if p.Needed && !yes {
				if fault.Code(err) != "consent_needed" {
					t.Fatalf("%s taken back: %v", p.Key, err)
				}
				continue
			}
			if err != nil || said != (want[p.Key] != yes) {
				t.Fatalf("%s %v: said %v, %v", p.Key, yes, said, err)
			}
			if said {
				seen++
			}
			want[p.Key] = yes
			if c.Granted(p.Key) != yes || len(c.Steps) != seen {
				t.Fatalf("%s stands %v after %d steps of %d", p.Key, !yes, len(c.Steps), seen)
			}
		}
		other := &trust.Consents{}
		other.Absorb(c)
		if other.Absorb(c) || len(other.Steps) != seen {
			t.Fatal("absorbed twice")
		}
	})
	c := &trust.Consents{}
	if _, err := c.Say("push", "2020-01", true, "", now); fault.Code(err) != "consent_outdated" {
		t.Errorf("old words: %v", err)
	}
	if _, err := c.Say("weather", "1", true, "", now); fault.Code(err) != "validation_failed" {
		t.Errorf("no such purpose: %v", err)
	}
}
