package signal_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/signal"
)

func TestRuling_Change(t *testing.T) {
	t.Parallel()
	g := signal.NewRuling()
	of := func(id string) signal.Setting { return g.Book()[id].Setting() }
	for _, x := range []struct {
		name, rule string
		change     func(*signal.Setting)
		reason     string
		code       string
	}{
		{"an unknown rule", "nothing", func(*signal.Setting) {}, "r", "not_found"},
		{"no reason", signal.OverdueRate, func(s *signal.Setting) { s.Threshold = 8 }, " ", "reason_required"},
		{"over all", signal.OverdueRate, func(s *signal.Setting) { s.Threshold = 101 }, "r", "validation_failed"},
		{"below nothing", signal.OverdueRate, func(s *signal.Setting) { s.Threshold = -1 }, "r", "validation_failed"},
		{"no number", signal.OverdueRate, func(s *signal.Setting) { s.Threshold = math.NaN() }, "r", "validation_failed"},
		{"the law's own", signal.LawBroken, func(s *signal.Setting) { s.Threshold = 2 }, "r", "validation_failed"},
		{"a window that is a day's", signal.TooFast, func(s *signal.Setting) { s.Window = 7 }, "r", "validation_failed"},
		{"a window too short", signal.OverdueRate, func(s *signal.Setting) { s.Window = 6 }, "r", "validation_failed"},
		{"a window too long", signal.OverdueRate, func(s *signal.Setting) { s.Window = 91 }, "r", "validation_failed"},
		{"a minimum of none", signal.OverdueRate, func(s *signal.Setting) { s.Minimum = 0 }, "r", "validation_failed"},
		{"a severity that is none", signal.OverdueRate, func(s *signal.Setting) { s.Severity = "loud" }, "r", "validation_failed"},
	} {
		to := of(x.rule)
		x.change(&to)
		if changed, err := g.Change(boss, x.rule, to, x.reason, start); changed || fault.Code(err) != x.code {
			t.Errorf("%s: %v %v", x.name, changed, err)
		}
	}
	to := signal.Setting{Threshold: 8, Window: 60, Minimum: 20, Severity: signal.Grave, Off: true}
	for _, want := range []bool{true, false} {
		if changed, err := g.Change(boss, signal.OverdueRate, to, "试行", start); changed != want || err != nil {
			t.Fatalf("%v %v", changed, err)
		}
	}
	if of(signal.OverdueRate) != to || len(g.Changes) != 1 || g.Changes[0].By != boss.ID || g.Changes[0].From.Threshold != 5 {
		t.Errorf("%+v", g)
	}
	if r := g.Book()[signal.OverdueRate]; r.Name == "" || len(r.Texts) == 0 || signal.Standard()[signal.OverdueRate].Threshold != 5 {
		t.Errorf("%+v", r)
	}
}

// TestRuling_whatever_is_set: what the bureau sets decides what fires, and a finding says by which figures it was found.
func TestRuling_whatever_is_set(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		to := signal.Setting{
			Threshold: float64(rapid.IntRange(0, 100).Draw(t, "threshold")), Window: rapid.IntRange(7, 90).Draw(t, "window"),
			Minimum: rapid.IntRange(1, 40).Draw(t, "minimum"), Severity: signal.Warning, Off: rapid.Bool().Draw(t, "off"),
		}
		g := signal.NewRuling()
		if _, err := g.Change(boss, signal.RefusalRate, to, "r", start); err != nil {
			t.Fatal(err)
		}
		today, d := model.DateOf(start), signal.ByDay{}
		var all, refused int64
		for ago, n := range rapid.SliceOfN(rapid.IntRange(0, 4), 1, 100).Draw(t, "a day") {
			bad := int64(rapid.IntRange(0, n).Draw(t, "refused"))
			d[today.Add(-ago)] = signal.Rates{Matters: int64(n), Refused: bad}
			if ago < to.Window {
				all, refused = all+int64(n), refused+bad
			}
		}
		want := all >= int64(to.Minimum) && all > 0 && float64(refused)*100 > to.Threshold*float64(all)
		var found []signal.Firing
		for _, f := range g.Book().InRates("o", "441500", d, signal.Peers{}, start, nil) {
			if f.Rule == signal.RefusalRate {
				found = append(found, f)
			}
		}
		if (len(found) > 0) != want {
			t.Fatalf("%d of %d, %+v: %+v", refused, all, to, found)
		}
		if want && (found[0].Figures.Numerator != refused || found[0].Figures.Denominator != all || found[0].Figures.Threshold != to.Threshold ||
			found[0].Figures.Window != to.Window || found[0].Off != to.Off) {
			t.Fatalf("%+v", found[0])
		}
	})
}

func TestWatch_Count(t *testing.T) {
	t.Parallel()
	w := signal.NewWatch(signal.LooksID("clerk"))
	for _, x := range []struct {
		day  model.Date
		n    int
		want bool
	}{{"2026-11-25", 2, true}, {"2026-11-25", 1, false}, {"2026-11-25", 2, false}, {"2026-11-25", 3, true}, {"2026-11-24", 5, true}, {"2026-07-01", 9, true}} {
		if got := w.Count(x.day, x.n); got != x.want {
			t.Errorf("%s %d: %v", x.day, x.n, got)
		}
	}
	w.Count("2026-11-26", 1)
	if before := w.Before("2026-11-25", 30); len(before) != 1 || before[0] != 5 || len(w.Counts) != 3 {
		t.Errorf("%v of %v", before, w.Counts)
	}
}

func TestInTalk(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 27, 9, 0, 0, 0, model.Beijing)
	for _, x := range []struct {
		name  string
		heard time.Time
		now   time.Time
		want  int64 // hours; 0 for nothing
	}{
		{"never heard", time.Time{}, friday, 0},
		{"an hour before a day", friday.Add(-23 * time.Hour), friday, 0},
		{"a day", friday.Add(-24 * time.Hour), friday, 24},
		{"over a weekend", friday, friday.Add(71 * time.Hour), 0}, // Monday, 08:00
		{"a day and a weekend", friday, friday.Add(72 * time.Hour), 24},
	} {
		f, ok := book.InTalk("440300", x.heard, x.now, calendar)
		if ok != (x.want > 0) || ok && f.Figures.Numerator != x.want {
			t.Errorf("%s: %v %+v", x.name, ok, f.Figures)
		}
	}
}

func TestMorning(t *testing.T) {
	t.Parallel()
	at := func(day model.Date, minutes int) time.Time { return day.At(minutes).UTC() }
	m := signal.NewMorning(at("2026-11-27", 600), calendar) // a Friday, ten o'clock
	if !m.Wake.Equal(at("2026-11-30", 510)) || m.Begin(at("2026-11-30", 509), calendar) {
		t.Fatalf("wakes %s", m.Wake)
	}
	for i, want := range []bool{true, false} {
		if got := m.Begin(at("2026-11-30", 510), calendar); got != want {
			t.Errorf("%d: %v", i, got)
		}
	}
	if len(m.Outbox) != 1 || m.Outbox[0].Ref["date"] != "2026-11-30" || !m.Wake.Equal(at("2026-12-01", 510)) {
		t.Errorf("%+v", m)
	}
	if m.Begin(at("2026-12-03", 700), calendar); len(m.Outbox) != 2 || m.Last != "2026-12-03" {
		t.Errorf("after days asleep: %+v", m)
	}
	if back := at("2026-11-20", 0); !m.Right(back, calendar) || m.Right(back, calendar) || !m.Wake.Equal(at("2026-11-20", 510)) {
		t.Errorf("after the clock was put back: %s", m.Wake)
	}
}
