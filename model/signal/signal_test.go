package signal_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/signal"
)

var (
	calendar = model.NewCalendar(nil)
	start    = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) // a Monday, 09:00 in Beijing
	boss     = model.Actor{ID: "supervisor", Role: model.RoleSupervisor}
)

// finding is one of a matter that was asked for papers n times.
func finding(n int, at time.Time) signal.Firing {
	f := book.Finding(signal.Repeated, "", signal.OfMatter, "KC1", "", strconv.Itoa(n), at, map[string]string{
		"org": "某局", "item": "某事项", "corrections": strconv.Itoa(n), "supplements": "0",
	})
	f.Figures.Numerator = int64(n)
	return f
}

func TestRules_are_whole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range signal.Rules {
		if seen[r.ID] || r.ID == "" || r.Name == "" || r.Measures == "" || r.Threshold <= 0 || r.Unit == "" || r.Minimum < 1 || r.Severity.Name() == "" {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
		if len(r.Sentences()) == 0 {
			t.Errorf("%s explains nothing", r.ID)
		}
		for _, text := range r.Sentences() {
			if !strings.HasSuffix(text, "。") {
				t.Errorf("%s: %s", r.ID, text)
			}
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d rules", len(seen))
	}
}

func TestSignal_is_one_for_a_period(t *testing.T) {
	t.Parallel()
	a, b := finding(2, start), finding(3, start.Add(time.Hour))
	if a.ID() != b.ID() {
		t.Fatal("two signals of one matter")
	}
	for name, change := range map[string]func(*signal.Firing){
		"rule":    func(f *signal.Firing) { f.Rule = signal.Overdue },
		"subject": func(f *signal.Firing) { f.Subject = "KC2" },
		"kind":    func(f *signal.Firing) { f.Kind = signal.OfOrg },
		"period":  func(f *signal.Firing) { f.Period = "2026-11" },
	} {
		other := a
		if change(&other); other.ID() == a.ID() {
			t.Errorf("another %s is the same signal", name)
		}
	}
}

// TestSignal_whatever_is_told_twice: however often and in whatever order findings are told, the signal counts each once, and says
// what the latest says.
func TestSignal_whatever_is_told_twice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "findings")
		var told []int
		for i := range n {
			told = append(told, i)
		}
		told = append(told, rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 20).Draw(t, "again")...)
		told = rapid.Permutation(told).Draw(t, "order")
		at := func(i int) time.Time { return start.Add(time.Duration(i/2) * time.Minute) } // some at the same moment
		s := signal.New(finding(told[0]+2, at(told[0])), "441500")
		fired := 0
		for k, i := range told {
			if s.Fire(finding(i+2, at(i)), start.Add(time.Duration(k)*time.Second)) {
				fired++
			}
		}
		if fired != n || s.Times != n || len(s.Occasions) != n {
			t.Fatalf("%d findings: fired %d, counted %d", n, fired, s.Times)
		}
		last := 0 // the latest moment, and of those at one moment the last in the order of occasions
		for i := range n {
			if at(i).After(at(last)) || at(i).Equal(at(last)) && strconv.Itoa(i+2) > strconv.Itoa(last+2) {
				last = i
			}
		}
		if s.Figures.Numerator != int64(last+2) || s.Text != finding(last+2, at(last)).Text() {
			t.Fatalf("says %d, the latest is %d", s.Figures.Numerator, last+2)
		}
		if !slices.Equal(s.Matters, []string{"KC1"}) || s.State != signal.Open {
			t.Fatalf("%+v", s)
		}
	})
}

func TestSignal_is_measured_again(t *testing.T) {
	t.Parallel()
	at := func(refused int64, when time.Time, no string) signal.Firing {
		return book.InRates("o", "441500", signal.ByDay{model.DateOf(start): {Matters: 20, Refused: refused}}, signal.Peers{}, when,
			map[string][]signal.Mark{signal.RefusalRate: {{Ref: no, At: start}}})[0]
	}
	s := signal.New(at(4, start, "KC1"), "441500")
	for i, x := range []struct {
		f    signal.Firing
		want bool
	}{
		{at(4, start, "KC1"), true}, {at(4, start, "KC1"), false}, {at(5, start.Add(time.Hour), "KC2"), true}, {at(4, start, "KC1"), false},
		{at(5, start.Add(2*time.Hour), "KC2"), false},
	} {
		if got := s.Fire(x.f, start); got != x.want {
			t.Errorf("%d: %v", i, got)
		}
	}
	if s.Figures.Numerator != 5 || s.Times != 1 || !slices.Equal(s.Matters, []string{"KC1", "KC2"}) {
		t.Errorf("%+v", s)
	}
}

func TestSignal_text(t *testing.T) {
	t.Parallel()
	if got := finding(2, start).Text(); got != "某局对办件 KC1「某事项」已要求补正 2 次、补充 0 次；依行政许可法第三十二条应当一次告知全部需要补正的内容。" {
		t.Error(got)
	}
	rates := signal.Rates{Matters: 20, Refused: 4}
	got := book.InRates("441500-RS", "441500", signal.ByDay{"2026-11-30": rates}, signal.Peers{}, model.Date("2026-11-30").At(600), nil)
	if len(got) != 1 || got[0].Text() != "441500-RS自2026年11月1日至2026年11月30日收到的 20 件办件中，4 件不予受理，占 20.0%，高于 15%。" {
		t.Errorf("%+v", got)
	}
}

func TestSignal_snooze(t *testing.T) {
	t.Parallel()
	fresh := func() *signal.Signal {
		s := signal.New(finding(2, start), "")
		s.Fire(finding(2, start), start)
		return s
	}
	day := 24 * time.Hour
	s := fresh()
	for _, until := range []time.Time{start, start.Add(-day), start.Add(91 * day)} {
		if err := s.Snooze(boss, until, start); fault.Code(err) != "validation_failed" {
			t.Errorf("until %s: %v", until, err)
		}
	}
	for range 2 {
		if err := s.Snooze(boss, start.Add(3*day), start); err != nil || len(s.Steps) != 2 {
			t.Fatalf("%v %+v", err, s.Steps)
		}
	}
	if s.Awake(true, start.Add(2*day)) || s.State != signal.Snoozed {
		t.Error("woke early")
	}
	t.Run("seen meanwhile", func(t *testing.T) {
		s := fresh()
		_ = s.Snooze(boss, start.Add(3*day), start)
		if s.Fire(finding(3, start.Add(day)), start.Add(day)); s.State != signal.Snoozed {
			t.Error("reopened before the snooze ended")
		}
		if !s.Awake(false, start.Add(3*day)) || s.State != signal.Open || s.Expired(start.Add(366*day)) || !s.Expired(start.Add(3*366*day)) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("seen after", func(t *testing.T) {
		s := fresh()
		_ = s.Snooze(boss, start.Add(3*day), start)
		if !s.Awake(false, start.Add(3*day)) || s.State != signal.Snoozed || s.Awake(false, start.Add(3*day)) {
			t.Errorf("%+v", s)
		}
		if s.Fire(finding(2, start), start.Add(4*day)); s.State != signal.Snoozed {
			t.Error("what is known already reopened it")
		}
		if s.Fire(finding(3, start.Add(4*day)), start.Add(4*day)); s.State != signal.Open {
			t.Error("stayed snoozed")
		}
	})
	t.Run("still stands", func(t *testing.T) {
		s := fresh()
		_ = s.Snooze(boss, start.Add(3*day), start)
		if !s.Awake(true, start.Add(3*day)) || s.State != signal.Open {
			t.Errorf("%+v", s)
		}
	})
}

func TestSignal_ends(t *testing.T) {
	t.Parallel()
	s := signal.New(finding(2, start), "")
	s.Fire(finding(2, start), start)
	if err := s.Dismiss(boss, " ", start); fault.Code(err) != "reason_required" {
		t.Error(err)
	}
	for range 2 {
		if err := s.Dismiss(boss, "已核实", start); err != nil {
			t.Error(err)
		}
	}
	if s.Fire(finding(3, start.Add(time.Hour)), start.Add(time.Hour)); s.State != signal.Dismissed || s.Times != 2 {
		t.Errorf("a dismissed signal: %+v", s)
	}
	if fault.Code(s.CanRaise()) != "transition_not_allowed" || fault.Code(s.Snooze(boss, start.Add(24*time.Hour), start)) != "transition_not_allowed" {
		t.Error("a dismissed signal goes on")
	}
	r := signal.New(finding(2, start), "")
	r.Fire(finding(2, start), start)
	if !r.Raise(boss, "pb1", start) || r.Raise(boss, "pb1", start) || r.Problem != "pb1" || r.CanRaise() != nil {
		t.Errorf("%+v", r)
	}
	if fault.Code(r.Dismiss(boss, "x", start)) != "transition_not_allowed" {
		t.Error("a raised signal is dismissed")
	}
}

func TestSignal_grave_ones_are_told(t *testing.T) {
	t.Parallel()
	f := book.Finding(signal.DeemedAccepted, "", signal.OfMatter, "KC1", "", "deemed", start, nil)
	s := signal.New(f, "")
	for range 2 {
		s.Fire(f, start)
	}
	if len(s.Outbox) != 1 || s.Outbox[0].Kind != signal.KindSignal {
		t.Errorf("%+v", s.Outbox)
	}
	mild := signal.New(finding(2, start), "")
	if mild.Fire(finding(2, start), start); len(mild.Outbox) != 0 {
		t.Errorf("%+v", mild.Outbox)
	}
}
