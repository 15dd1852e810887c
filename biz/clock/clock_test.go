package clock_test

import (
	"testing"
	"time"

	"kuacheng/biz/clock"
)

func TestClocks_are_utc_and_whole_milliseconds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]clock.Clock{"real": clock.Real{}, "movable": &clock.Movable{}} {
		before := time.Now().Truncate(time.Millisecond)
		now := c.Now()
		if now.Before(before) || now.After(time.Now()) {
			t.Errorf("%s: %v is not the present", name, now)
		}
		if now.Location() != time.UTC || now.Nanosecond()%int(time.Millisecond) != 0 {
			t.Errorf("%s: %v is not UTC in whole milliseconds", name, now)
		}
	}
}

func TestMovable(t *testing.T) {
	t.Parallel()
	var c clock.Movable
	var seen []time.Duration
	c.OnMove(func() { seen = append(seen, time.Until(c.Now()).Round(time.Minute)) })
	c.Advance(time.Hour)
	c.Advance(30 * time.Minute)
	c.Reset()
	want := []time.Duration{time.Hour, 90 * time.Minute, 0}
	if len(seen) != len(want) {
		t.Fatalf("moves seen: %v, want %v", seen, want)
	}
	for i := range want {
		if seen[i] != want[i] {
			t.Errorf("move %d: %v ahead, want %v", i, seen[i], want[i])
		}
	}
}
