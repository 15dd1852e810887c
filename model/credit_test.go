package model_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each tap is told of by the mini-program, by WeChat, or by both, in whatever order and however often; it counts
// once as long as one of the two tells of all.
func TestApplicant_taps_count_once(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, now := sampleApplicant(t), time.Unix(1764040000, 0)
		taps := rapid.IntRange(0, 8).Draw(t, "taps") // as many as are told apart
		whole := rapid.Bool().Draw(t, "the mini-program tells of all")
		type word struct {
			tap int
			by  string
		}
		var words []word
		for i := range taps {
			at := rapid.SampledFrom([][]string{{"said", "heard"}, {"said", "heard", "heard"}, nil}).Draw(t, "told by")
			if at == nil {
				at = []string{"heard"}
				if whole {
					at = []string{"said"}
				}
			}
			for _, by := range at {
				words = append(words, word{i, by})
			}
		}
		if len(words) > 0 {
			words = rapid.Permutation(words).Draw(t, "order")
		}
		for _, w := range words {
			if w.by == "said" {
				a.Accept([]string{"x"}, 100, now)
			} else {
				a.Heard("x", fmt.Sprint("push", w.tap), now, 100)
			}
		}
		if a.Credits["x"] != taps {
			t.Fatalf("%d taps gave %d credits: %v", taps, a.Credits["x"], words)
		}
	})
}

func TestApplicant_refusals_in_time(t *testing.T) {
	t.Parallel()
	a, now := sampleApplicant(t), time.Unix(1764040000, 0)
	a.Accept([]string{"x"}, 100, now)
	if !a.Refuse("x", now.Add(2*time.Second)) || a.Credits["x"] != 0 {
		t.Error("a refusal leaves credits")
	}
	if a.Heard("x", "p1", now, 100) || a.Credits["x"] != 0 {
		t.Error("a tap from before the refusal counts")
	}
	a.Accept([]string{"x"}, 100, now.Add(5*time.Second))
	if a.Refuse("x", now.Add(2*time.Second)) || a.Refuse("x", now.Add(time.Second)) || a.Credits["x"] != 1 {
		t.Error("an old refusal takes a new credit")
	}
	if !a.Heard("x", "p2", now.Add(5*time.Second), 100) || a.Credits["x"] != 1 || a.Heard("x", "p2", now.Add(5*time.Second), 100) {
		t.Error("one tap counts twice")
	}
	if !a.Return("x") || a.Credits["x"] != 2 {
		t.Error("a credit does not come back")
	}
}
