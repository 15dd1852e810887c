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

// TestExports: whatever is done in whatever order, there is one copy at a time and one a day, each link is used once, none after its
// end, and what is not wiped yet has a wake.
func TestExports(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, at, asked := &trust.Exports{Head: model.Head{ID: "p"}}, now, 0
		var lastAsked time.Time
		used := map[string]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				living := 0
				for _, e := range x.Items {
					if e.State == trust.ExportBuilding || e.State == trust.ExportReady {
						living++
					}
				}
				if living > 1 || living == 1 && x.Wake == nil {
					t.Fatalf("%d copies, wake %v", living, x.Wake)
				}
			},
			"time": func(t *rapid.T) {
				at = at.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
				if x.Wake != nil && !at.Before(*x.Wake) {
					x.Expire(at)
				}
			},
			"ask": func(t *rapid.T) {
				failed := x.Last() != nil && x.Last().State == trust.ExportFailed
				asked++
				err := x.Ask("e"+strconv.Itoa(asked), at)
				if err == nil && !lastAsked.IsZero() && !failed && at.Sub(lastAsked) < 24*time.Hour {
					t.Fatal("twice in a day")
				}
				if err == nil {
					lastAsked = at
				}
			},
			"build": func(t *rapid.T) {
				if x.Last() == nil {
					return
				}
				id := x.Last().ID
				first, ok := x.Begin(id)
				second, again := x.Begin(id)
				if ok != again || ok && x.Finish(id, first, 1, 9, at) {
					t.Fatal("an attempt that was overtaken finished")
				}
				if ok && !x.Finish(id, second, 1, 9, at) || x.Finish(id, second, 1, 9, at) {
					t.Fatal("finished not once")
				}
			},
			"fail": func(t *rapid.T) {
				if x.Last() != nil {
					x.Fail(x.Last().ID)
				}
			},
			"take": func(t *rapid.T) {
				if x.Last() == nil {
					return
				}
				e := *x.Last()
				link := rapid.IntRange(0, 6).Draw(t, "link")
				if err := x.Claim(e.ID, link, at); err != nil {
					if fault.Code(err) == "internal" {
						t.Fatal(err)
					}
					return
				}
				key := e.ID + "/" + strconv.Itoa(link)
				if used[key] || !at.Before(*e.Until) || link != e.Link {
					t.Fatalf("%s was good", key)
				}
				used[key] = true
			},
			"relink": func(t *rapid.T) {
				if x.Last() == nil {
					return
				}
				before := x.Last().Link
				if _, err := x.Relink(x.Last().ID, at); err == nil && x.Last().Link > before+1 {
					t.Fatal("two links at once")
				}
			},
		})
	})
	x := &trust.Exports{}
	if err := x.Claim("none", 1, now); fault.Code(err) != "not_found" {
		t.Error(err)
	}
	if _, ok := x.Begin("none"); ok || x.Fail("none") {
		t.Error("a copy that is not there")
	}
}

// older is a hash of that time.
const older = "63efea5eaac5d55449cce1ad9b34c7fce16c1ed464d4361dc8769ee68cb3714e"

// TestAccess_older: entries of the time before there were kinds verify as they did.
func TestAccess_older(t *testing.T) {
	t.Parallel()
	d := trust.NewDay(trust.OfSubject, "p", "2026-11-25", nil)
	d.Note(trust.Access{ID: "v:reviewer:2026-11-25#1", At: now, Viewer: "reviewer", Role: model.RoleReviewer, Org: "441500-RS", Region: "441500", Subject: "p",
		Matter: "KC1", Field: "phone", Why: "核对"})
	if got := d.Entries[0].Hash; got != older {
		t.Errorf("the hash is %s", got)
	}
	d.Note(trust.Access{ID: "KC1#9", At: now, Subject: "p", Matter: "KC1", Field: "name,phone,address", Kind: trust.Disclosed, ToKind: trust.ToCourier, To: "顺丰速运"})
	if ok, _ := d.Verify(); !ok {
		t.Error("a disclosure breaks the chain")
	}
	for _, change := range []func(*trust.Access){
		func(a *trust.Access) { a.To = "邮政速递" },
		func(a *trust.Access) { a.Kind = "" },
		func(a *trust.Access) { a.ToKind, a.To = a.To, a.ToKind },
		func(a *trust.Access) { a.Kind, a.ToKind, a.To = "", "", "" },
	} {
		c := *d
		c.Entries = append([]trust.Access{}, d.Entries...)
		change(&c.Entries[1])
		if ok, bad := c.Verify(); ok || bad != 1 {
			t.Error("a change is not seen")
		}
	}
	if d.Over(now.AddDate(1, 1, 0)) || d.Wake == nil || !d.Over(now.AddDate(3, 0, 1)) {
		t.Error("a person's own log is kept three years")
	}
	if v := trust.NewDay(trust.OfViewer, "reviewer", "2026-11-25", nil); !v.Over(now.AddDate(1, 0, 2)) {
		t.Error("a viewer's is kept one")
	}
}
