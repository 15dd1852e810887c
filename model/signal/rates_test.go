package signal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/ledger"
	"kuacheng/model/signal"
)

var book = signal.Standard()

func rulesOf(found []signal.Firing) (ids []string) {
	for _, f := range found {
		ids = append(ids, f.Rule)
	}
	return ids
}

func TestInRates(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		rates signal.Rates
		want  []string
	}{
		{"nothing", signal.Rates{}, nil},
		{"too few", signal.Rates{Matters: 9, Overdue: 9, Refused: 9, Asked: 9, Rated: 9, Stars: 9}, nil},
		{"five in a hundred are borne", signal.Rates{Matters: 100, Overdue: 5}, nil},
		{"six in a hundred are not", signal.Rates{Matters: 100, Overdue: 6}, []string{signal.OverdueRate}},
		{"fifteen refused", signal.Rates{Matters: 100, Refused: 15}, nil},
		{"sixteen refused", signal.Rates{Matters: 100, Refused: 16}, []string{signal.RefusalRate}},
		{"thirty corrected", signal.Rates{Matters: 100, Asked: 30}, nil},
		{"thirty-one corrected", signal.Rates{Matters: 100, Asked: 31}, []string{signal.CorrectionRate}},
		{"four stars", signal.Rates{Matters: 10, Rated: 10, Stars: 40}, nil},
		{"less than four stars", signal.Rates{Matters: 10, Rated: 10, Stars: 39}, []string{signal.ReviewGap}},
		{"few reviews of many", signal.Rates{Matters: 100, Rated: 9, Stars: 9}, nil},
		{"all of it", signal.Rates{Matters: 10, Overdue: 10, Refused: 10, Asked: 10, Rated: 10, Stars: 10}, []string{signal.OverdueRate, signal.RefusalRate, signal.CorrectionRate, signal.ReviewGap}},
	} {
		if got := rulesOf(book.InRates("o", "441500", signal.ByDay{"2026-11-20": x.rates}, signal.Peers{}, start.Add(48*time.Hour), nil)); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
	day := func(d model.Date) signal.Firing {
		recent := map[string][]signal.Mark{signal.RefusalRate: {{Ref: "KC0", At: model.Date("2026-09-25").Start()}, {Ref: "KC1", At: model.Date("2026-11-25").Start()}}}
		return book.InRates("o", "441500", signal.ByDay{"2026-11-25": {Matters: 10, Refused: 10}}, signal.Peers{}, d.At(600), recent)[0]
	}
	a, b, next := day("2026-11-25"), day("2026-11-26"), day("2026-12-01")
	if a.ID() != b.ID() || a.Occasion == b.Occasion || a.ID() == next.ID() || !slices.Equal(a.Examples, []string{"KC1"}) {
		t.Errorf("%+v %+v %+v", a, b, next)
	}
}

func TestByDay(t *testing.T) {
	t.Parallel()
	d := signal.ByDay{}
	d.Add("2026-11-25", ledger.Cell{State: model.MatterAccepted, Light: model.LightOverdue}, ledger.Sums{Matters: 3, Broken: 1, Asked: 2})
	d.Add("2026-11-25", ledger.Cell{State: model.MatterClosed, Light: model.LightNone}, ledger.Sums{Matters: 5, Broken: 2, Rated: 2, Stars: 7})
	d.Add("2026-11-24", ledger.Cell{State: model.MatterRefused, Light: model.LightNone}, ledger.Sums{Matters: 4})
	if got, want := d.Since("2026-11-24"), (signal.Rates{Matters: 12, Overdue: 5, Refused: 4, Asked: 2, Rated: 2, Stars: 7}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := d.Since("2026-11-25"); got.Matters != 8 || got.Refused != 0 {
		t.Errorf("of one day: %+v", got)
	}
}

func TestRefusals_above_the_peers(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name         string
		own          signal.Rates
		peers        signal.Peers
		fires        bool
		variant, has string
	}{
		{"nobody beside", signal.Rates{Matters: 100, Refused: 10}, signal.Peers{}, false, "", ""},
		{"few beside", signal.Rates{Matters: 100, Refused: 10}, signal.Peers{Units: 1, Matters: 9}, false, "", ""},
		{"as the others", signal.Rates{Matters: 100, Refused: 10}, signal.Peers{Units: 2, Matters: 100, Refused: 10}, false, "", ""},
		{"twice the others", signal.Rates{Matters: 100, Refused: 10}, signal.Peers{Units: 2, Matters: 100, Refused: 5}, false, "", ""},
		{"more than twice", signal.Rates{Matters: 100, Refused: 11}, signal.Peers{Units: 2, Matters: 100, Refused: 5}, true, "", "其他 2 个单位 100 件中 5 件，占 5.0%，超过其 2 倍"},
		{"two refusals", signal.Rates{Matters: 100, Refused: 2}, signal.Peers{Units: 2, Matters: 1000}, false, "", ""},
		{"the others none", signal.Rates{Matters: 100, Refused: 3}, signal.Peers{Units: 2, Matters: 1000}, true, "none", "没有不予受理"},
	} {
		found := book.InRates("o", "441500", signal.ByDay{"2026-11-25": x.own}, x.peers, start.Add(48*time.Hour), nil)
		if got := len(found) > 0; got != x.fires {
			t.Errorf("%s: %+v", x.name, found)
		} else if got && (found[0].Rule != signal.RefusalPeers || found[0].Variant != x.variant || !strings.Contains(found[0].Text(), x.has)) {
			t.Errorf("%s: %s", x.name, found[0].Text())
		}
	}
	l := signal.NewLine("RS")
	l.Units = map[string]signal.Refusals{"a": {Matters: 10, Refused: 1}, "b": {Matters: 20}, "c": {}}
	if got := l.Beside("a"); got != (signal.Peers{Units: 1, Matters: 20}) {
		t.Errorf("beside a: %+v", got)
	}
}

func TestTouches(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name     string
		from, to *model.Counted
		want     []string
	}{
		{"gone", &model.Counted{}, nil, nil},
		{"new", nil, &model.Counted{State: model.MatterReceived}, nil},
		{"overdue", &model.Counted{Light: model.LightRed}, &model.Counted{Light: model.LightOverdue}, []string{signal.OverdueRate}},
		{"overdue still", &model.Counted{Light: model.LightOverdue}, &model.Counted{Light: model.LightOverdue}, nil},
		{"broken", &model.Counted{}, &model.Counted{Broken: 1}, []string{signal.OverdueRate}},
		{"refused", nil, &model.Counted{State: model.MatterRefused}, []string{signal.RefusalPeers, signal.RefusalRate}},
		{"asked", &model.Counted{}, &model.Counted{Asked: 1}, []string{signal.CorrectionRate}},
		{"asked again", &model.Counted{Asked: 1}, &model.Counted{Asked: 1, Again: 1}, nil},
		{"rated", &model.Counted{}, &model.Counted{Stars: 2}, []string{signal.ReviewGap}},
	} {
		if got := signal.Touches(x.from, x.to); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

func TestInDays(t *testing.T) {
	t.Parallel()
	m := &model.Matter{Decision: &model.Decision{At: start}, Counted: &model.Counted{}, HOrg: "o", To: "441500"}
	m.ID = "KC1"
	usual := ledger.Sums{Kept: 19, Broken: 1, Days: 20} // a day each
	for days, want := range map[int64]bool{1: false, 5: false, 6: true} {
		m.Counted.Days = days
		if f, got := book.InDays(m, usual); got != want || got && (f.Figures.Numerator != days || f.Org != "o") {
			t.Errorf("%d days: %v %+v", days, got, f)
		}
	}
	if _, got := book.InDays(m, ledger.Sums{Kept: 9, Days: 9}); got {
		t.Error("nine say nothing yet")
	}
	m.Counted.Days = 2
	if _, got := book.InDays(m, ledger.Sums{Kept: 100, Days: 1}); got {
		t.Error("two days are never slow")
	}
}

func TestInReveals(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		count  int
		before []int
		want   bool
	}{
		{10, nil, false}, {11, nil, true}, {11, []int{1, 1}, true}, {12, []int{4, 4}, false}, {13, []int{4, 4}, true}, {90, []int{30}, false}, {91, []int{30}, true},
	} {
		f, got := book.InReveals("clerk", "o", "440300", "2026-11-25", x.count, x.before)
		if got != x.want || got && f.Figures.Numerator != int64(x.count) {
			t.Errorf("%d after %v: %v", x.count, x.before, got)
		}
	}
}

func decision(i int, at time.Time) signal.Act {
	return signal.Act{Ref: fmt.Sprint("KC#", i), Matter: fmt.Sprint("KC", i), Event: model.EvDecide, At: at, By: "reviewer", Org: "o", Region: "441500", Decision: true}
}

// TestInDecisions: more than twenty within ten minutes, told in whatever order and however often.
func TestInDecisions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "decisions")
		gap := time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second
		var acts []signal.Act
		for i := range n {
			acts = append(acts, decision(i, start.Add(time.Duration(i)*gap)))
		}
		told := append(slices.Clone(acts), rapid.SliceOfN(rapid.SampledFrom(acts), 0, 20).Draw(t, "again")...)
		told = rapid.Permutation(told).Draw(t, "order")
		w := signal.NewWatch("w")
		for _, a := range told {
			w.Mark(signal.Mark{Ref: a.Ref, At: a.At}, signal.DecisionsKept)
		}
		if len(w.Marks) != n {
			t.Fatalf("%d marks of %d decisions", len(w.Marks), n)
		}
		most := min(n, int(10*time.Minute/gap)+1)
		f, fired := book.InDecisions(w, acts[0])
		if fired != (most > 20) || fired && f.Figures.Numerator != int64(most) {
			t.Fatalf("%d decisions, one in %s: %v %d", n, gap, fired, f.Figures.Numerator)
		}
	})
}

func TestInSeats(t *testing.T) {
	t.Parallel()
	w := signal.NewWatch("w")
	for i := range 11 {
		if _, fired := book.InSeats(w, "a", "o", "440300"); fired {
			t.Fatalf("fires after %d", i)
		}
		w.Mark(signal.Mark{Ref: fmt.Sprint(i), At: start.Add(time.Duration(i) * 24 * time.Hour)}, book.SeatsKept())
	}
	if f, fired := book.InSeats(w, "a", "o", "440300"); !fired || f.Figures.Numerator != 11 || f.Kind != signal.OfApplicant {
		t.Fatalf("%+v", f)
	}
	w.Mark(signal.Mark{Ref: "later", At: start.Add(33 * 24 * time.Hour)}, book.SeatsKept())
	if len(w.Marks) != 9 {
		t.Errorf("%d marks within thirty days", len(w.Marks))
	}
	if w.Mark(signal.Mark{Ref: "0", At: start}, book.SeatsKept()) {
		t.Error("what the window has left comes back")
	}
}

func TestInCarrier(t *testing.T) {
	t.Parallel()
	d := signal.NewCarrierDay("ems", "2026-11-25")
	for i := range 30 {
		for range 2 {
			d.Handed(fmt.Sprint("ems:", i), start)
		}
	}
	d.Failed("ems:1")
	other := signal.NewCarrierDay("ems", "2026-11-24")
	other.Parcels = 4
	days := []*signal.CarrierDay{d, other}
	if _, fired := book.InCarrier("ems", "441500", days, "2026-11-25"); fired { // 1 of 34
		t.Error("three in a hundred are borne")
	}
	for range 2 {
		d.Failed("ems:2")
	}
	f, fired := book.InCarrier("ems", "441500", days, "2026-11-25")
	if !fired || f.Figures.Numerator != 2 || f.Figures.Denominator != 34 {
		t.Errorf("%+v", f)
	}
}
