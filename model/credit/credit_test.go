package credit

import (
	"errors"
	"testing"
	"time"

	"kuacheng/model"
)

var noon = time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC)

// What may be done with a fact, where it stands.
func TestFact(t *testing.T) {
	t.Parallel()
	boss := model.Actor{ID: "u1"}
	contest := func(by, text string) func(*Fact) error {
		return func(f *Fact) error { return f.Contest(by, text, noon) }
	}
	decide := func(strike bool, why string) func(*Fact) error {
		return func(f *Fact) error { return f.Decide(boss, strike, why, noon) }
	}
	for _, x := range []struct {
		name  string
		do    []func(*Fact) error
		state string
		holds bool
		ok    bool // the last of what is done
	}{
		{"noted", []func(*Fact) error{func(*Fact) error { return nil }}, Standing, true, true},
		{"contested", []func(*Fact) error{contest("p1", "材料是真的")}, Appealed, true, true},
		{"by another", []func(*Fact) error{contest("p2", "材料是真的")}, Standing, true, false},
		{"without a word", []func(*Fact) error{contest("p1", "")}, Standing, true, false},
		{"twice", []func(*Fact) error{contest("p1", "a"), contest("p1", "b")}, Appealed, true, false},
		{"decided unasked", []func(*Fact) error{decide(true, "误记")}, Standing, true, false},
		{"struck without a reason", []func(*Fact) error{contest("p1", "a"), decide(true, "")}, Appealed, true, false},
		{"struck", []func(*Fact) error{contest("p1", "a"), decide(true, "误记")}, Struck, false, true},
		{"upheld", []func(*Fact) error{contest("p1", "a"), decide(false, "核实无误")}, Standing, true, true},
		{"contested again", []func(*Fact) error{contest("p1", "a"), decide(false, "核实无误"), contest("p1", "b")}, Standing, true, false},
	} {
		f := New(FalseMaterials, "p1", "KC1", "o", noon)
		var err error
		for _, do := range x.do {
			err = do(f)
		}
		if (err == nil) != x.ok || f.State != x.state || f.Holds(noon) != x.holds {
			t.Errorf("%s: %v, %+v", x.name, err, f)
		}
		if f.Holds(noon.AddDate(2, 0, 0)) || f.Wake == nil || !f.Wake.Equal(noon.AddDate(2, 0, 0)) {
			t.Errorf("%s: outlives its time: %+v", x.name, f)
		}
	}
	f := New(FalseMaterials, "p1", "KC1", "o", noon)
	_ = f.Contest("p1", "a", noon)
	if err := f.Contest("p1", "a", noon); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Errorf("the second tap: %v", err)
	}
}
