package policy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/policy"
)

var (
	now  = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	boss = model.Actor{Role: model.RoleSupervisor, ID: "boss"}
)

func code(t *testing.T, err error, want string) {
	t.Helper()
	if got := fault.Code(err); got != want {
		t.Errorf("%v, want %q", err, want)
	}
}

func covers(above, region string) bool {
	return above == region || above == "441500" && region == "441521"
}

func TestRule(t *testing.T) {
	t.Parallel()
	m := &policy.Mark{Item: "i", Department: "RS", Region: "441521", Subject: "natural", At: now}
	for name, c := range map[string]struct {
		rule policy.Rule
		want bool
	}{
		"item":       {policy.Rule{Items: []string{"h", "i"}}, true},
		"other item": {policy.Rule{Items: []string{"h"}}, false},
		"department": {policy.Rule{Departments: []string{"RS"}}, true},
		"above":      {policy.Rule{Regions: []string{"441500"}}, true},
		"elsewhere":  {policy.Rule{Items: []string{"i"}, Regions: []string{"440300"}}, false},
		"legal":      {policy.Rule{Items: []string{"i"}, Subject: "legal"}, false},
		"on the day": {policy.Rule{Items: []string{"i"}, UsedFrom: "2026-11-25", UsedTo: "2026-11-25"}, true},
		"before":     {policy.Rule{Items: []string{"i"}, UsedFrom: "2026-11-26"}, false},
		"after":      {policy.Rule{Items: []string{"i"}, UsedTo: "2026-11-24"}, false},
	} {
		if got := c.rule.Matches(m, covers); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	m.Department = "WJ"
	if (policy.Rule{Items: []string{"i"}}).Matches(m, covers) {
		t.Error("somebody is picked out by their health")
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	in := policy.Policy{Title: "x", Until: "2026-12-31", Rule: policy.Rule{Items: []string{"i"}}}
	for name, change := range map[string]func(*policy.Policy){
		"everybody": func(p *policy.Policy) { p.Rule = policy.Rule{Subject: "natural"} },
		"health":    func(p *policy.Policy) { p.Rule.Departments = []string{"CL"} },
		"backwards": func(p *policy.Policy) { p.Rule.UsedFrom, p.Rule.UsedTo = "2026-02-01", "2026-01-01" },
		"past":      func(p *policy.Policy) { p.Until = "2026-11-24" },
		"flood":     func(p *policy.Policy) { p.Rate = policy.MaxRate + 1 },
	} {
		bad := in
		change(&bad)
		if _, err := policy.New("p", bad, boss, now); fault.Code(err) != "validation_failed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, err := policy.New("p", in, boss, now)
	if err != nil || p.BatchSize() != 50 {
		t.Fatal(err, p)
	}
	code(t, p.Pause(), "transition_not_allowed")
	for range 2 {
		if err := p.Start(now); err != nil || p.Run != 1 || len(p.Outbox) != 1 {
			t.Fatal(err, p)
		}
	}
	if !p.Advance(0, policy.Result{Sent: 2, Cursor: "c"}, now) || p.Advance(0, policy.Result{Sent: 2}, now) || p.Sent != 2 || p.Cursor != "c" {
		t.Errorf("a batch counts once: %+v", p)
	}
	if err := p.Pause(); err != nil || p.Runs("1") {
		t.Error(err)
	}
	if err := p.Start(now); err != nil || p.Runs("1") || !p.Runs("2") {
		t.Error(err)
	}
	if p.Advance(1, policy.Result{Over: true}, now); p.State != policy.Done {
		t.Error(p.State)
	}
	code(t, p.Start(now), "transition_not_allowed")

	in.Cap = 3
	p, _ = policy.New("p", in, boss, now)
	_ = p.Start(now)
	if p.Advance(0, policy.Result{Sent: 3, Cursor: "more"}, now); p.State != policy.Done {
		t.Error("a push goes on beyond its cap")
	}
}

// Whatever a person says and however often batches are repeated, they are told of a policy in one batch only, never while they say no,
// and never of more than two in a month.
func TestAudience(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := &policy.Audience{}
		at := now
		told := map[string]int{} // policy → batch
		month := map[model.Date]int{}
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			switch rapid.IntRange(0, 4).Draw(t, "act") {
			case 0:
				a.Agree(policy.Version, at)
			case 1:
				a.Decline(at)
			case 2:
				at = at.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(t, "hours")) * time.Hour)
			default:
				id, batch := rapid.SampledFrom([]string{"p", "q", "r", "s"}).Draw(t, "policy"), rapid.IntRange(0, 2).Draw(t, "batch")
				switch a.Admit(id, "i", batch, at) {
				case policy.Tell:
					if _, twice := told[id]; twice || !a.On {
						t.Fatalf("told twice or against their will: %s", id)
					}
					told[id] = batch
					if month[model.DateOf(at)[:7]]++; month[model.DateOf(at)[:7]] > policy.MonthlyLimit {
						t.Fatal("told too often")
					}
				case policy.Again:
					if told[id] != batch || !a.On {
						t.Fatal("told again in another batch")
					}
				}
			}
		}
	})
}

func TestAudience_absorb(t *testing.T) {
	t.Parallel()
	yes, no := func() *policy.Audience { a := &policy.Audience{}; a.Agree(policy.Version, now); return a }, func() *policy.Audience {
		a := &policy.Audience{}
		a.Agree(policy.Version, now)
		a.Decline(now)
		return a
	}
	none := func() *policy.Audience { return &policy.Audience{} }
	for name, c := range map[string]struct {
		one, other *policy.Audience
		want       bool
	}{
		"yes, yes": {yes(), yes(), true}, "yes, no": {yes(), no(), false}, "no, yes": {no(), yes(), false},
		"nothing, yes": {none(), yes(), true}, "nothing, no": {none(), no(), false}, "yes, nothing": {yes(), none(), true},
	} {
		c.other.Admit("p", "i", 0, now)
		c.one.Absorb(c.other, now)
		if c.one.On != c.want {
			t.Errorf("%s: %v", name, c.one.On)
		}
		if _, told := c.other.Told["p"]; told && c.one.Admit("p", "i", 1, now) != policy.Before {
			t.Errorf("%s: told again by the other account", name)
		}
	}
}
