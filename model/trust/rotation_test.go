package trust_test

import (
	"testing"

	"pgregory.net/rapid"

	"kuacheng/model/trust"
)

// TestRotation: whatever the steps find, there is one event for the next until everything has been looked at twice, and what is left
// under another key, or does not open, is never called proven.
func TestRotation(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sources := rapid.IntRange(1, 5).Draw(t, "sources")
		r := &trust.Rotation{}
		if !r.Begin("k2", now) || r.Begin("k2", now) {
			t.Fatal("begun twice")
		}
		bad, passes := false, 0
		for r.Phase != trust.RotationDone {
			if len(r.Outbox) != 1 || r.Outbox[0].Kind != trust.KindRotationStep {
				t.Fatalf("waiting events: %+v", r.Outbox)
			}
			f := trust.Found{Looked: 1}
			if rapid.IntRange(0, 3).Draw(t, "more") == 0 && passes < 40 {
				f.Next = "x"
			}
			if r.Phase == trust.RotationProving && rapid.IntRange(0, 9).Draw(t, "trouble") == 0 {
				f.Left, bad = map[string]int{"k1": 1}, true
			}
			passes++
			r.Went(f, sources, now)
		}
		if len(r.Outbox) != 0 || r.Proven() == bad || passes < 2*sources || r.Ended == nil {
			t.Fatalf("ended after %d steps over %d sources, proven %v: %+v", passes, sources, r.Proven(), r)
		}
		if !r.Begin("k2", now) || r.Phase != trust.RotationResealing || r.Left != nil {
			t.Fatal("it cannot be begun again")
		}
	})
}
