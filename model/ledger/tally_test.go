package ledger_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/ledger"
)

// TestTally_equals_a_full_count: whatever happens to matters, and however often and late the tallies hear of it, they add up to
// what a count of all matters gives.
func TestTally_equals_a_full_count(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
		type move struct {
			id       string
			from, to *model.Counted
		}
		matters := map[int]*model.Counted{}
		var moves []move
		for n := range rapid.IntRange(0, 40).Draw(t, "moves") {
			i := rapid.IntRange(0, 6).Draw(t, "matter")
			var next *model.Counted
			if rapid.IntRange(0, 9).Draw(t, "leaves") > 0 {
				next = &model.Counted{
					Day: model.Date(draw("day", "2026-10-31", "2026-11-01")), From: draw("from", "440300", "441502"), To: draw("to", "441500", "4415X1"),
					Item: draw("item", "A", "B"), Dept: draw("dept", "RS", "GA"), HOrg: draw("org", "441500-RS", "441500-GA"), Hall: draw("hall", "", "h1"),
					Mode: model.Mode(draw("mode", "online", "window")), State: model.MatterState(draw("state", "accepted", "closed")),
					Light: model.Light(draw("light", "green", "red")), Trips: rapid.Int64Range(0, 3).Draw(t, "trips"), Stars: rapid.Int64Range(0, 5).Draw(t, "stars"),
				}
			}
			moves = append(moves, move{fmt.Sprint("e", n), matters[i], next})
			matters[i] = next
		}
		told := append(moves, rapid.SliceOfN(rapid.SampledFrom(append(moves, move{})), 0, 20).Draw(t, "again")...)
		told = rapid.Permutation(told).Draw(t, "order")
		got := map[string]*ledger.Tally{}
		for i, m := range told {
			if m.id == "" {
				continue
			}
			places := ledger.Places(m.from)
			if places == nil {
				places = map[ledger.Place]ledger.Cell{}
			}
			maps.Copy(places, ledger.Places(m.to))
			for p := range places {
				if got[p.ID()] == nil {
					got[p.ID()] = ledger.New(p)
				}
				got[p.ID()].Move(m.id, m.from, m.to, now.Add(time.Duration(i)*time.Second))
			}
		}
		want := map[string]*ledger.Tally{}
		for _, c := range matters {
			for p := range ledger.Places(c) {
				if want[p.ID()] == nil {
					want[p.ID()] = ledger.New(p)
				}
				want[p.ID()].Move(fmt.Sprintf("%p", c), nil, c, now)
			}
		}
		for id, g := range got {
			w := want[id]
			if w == nil {
				w = &ledger.Tally{}
			}
			if !maps.Equal(g.Cells, w.Cells) {
				t.Fatalf("%s: %v, a full count gives %v", id, g.Cells, w.Cells)
			}
		}
		for id := range want {
			if got[id] == nil {
				t.Fatalf("%s is missing", id)
			}
		}
	})
}

func TestParseCell(t *testing.T) {
	t.Parallel()
	if c := ledger.ParseCell("440300|RS|window|closed|none"); c != (ledger.Cell{From: "440300", Dept: "RS", Mode: "window", State: "closed", Light: "none"}) {
		t.Errorf("%+v", c)
	}
	if c := ledger.ParseCell("||online||"); c != (ledger.Cell{Mode: "online"}) {
		t.Errorf("%+v", c)
	}
}
