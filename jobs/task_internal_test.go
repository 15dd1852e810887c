package jobs

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
)

func TestTask_is_read_from_its_key(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		collection := rapid.StringMatching(`[a-z][a-z0-9_]{0,9}`).Draw(t, "collection")
		h := model.Head{ID: rapid.StringMatching(`[A-Za-z0-9:#_.-]{1,30}`).Draw(t, "id"), Seq: rapid.Int64Range(0, 1<<40).Draw(t, "seq")}
		want := eventTask(collection, h.ID, h.Emit("x", time.Time{}, nil))
		if rapid.Bool().Draw(t, "wake") {
			want = wakeTask(collection, h.ID, time.UnixMilli(rapid.Int64Range(1, 1<<42).Draw(t, "at")))
		}
		got, ok := parseKey(want.key())
		if !ok || got != want {
			t.Fatalf("%q was read as %+v, want %+v", want.key(), got, want)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"", ":", "a:b#1", "a:b:wake-1", "a:#1", "a::wake-1", "a:b#01", "a:b#-1", "a:b:wake-+1", "a:b#1:wake-2", "a:b:wake-2#1", ":b#1", "a:b#99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		got, ok := parseKey(key)
		if !ok {
			return
		}
		if got.key() != key {
			t.Errorf("%q was read as %+v, whose key is %q", key, got, got.key())
		}
		if got.Collection == "" || got.ID == "" || (got.Event == "") == (got.Wake == 0) || strings.Contains(got.Collection, ":") {
			t.Errorf("%q was read as %+v", key, got)
		}
	})
}

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tried := rapid.IntRange(0, 1000).Draw(t, "tried")
		full := lastDelay
		if tried < 11 {
			full = firstDelay << tried
		}
		if d := retryDelay(tried, errPanic, nil); d > full || d <= full*3/4-1 {
			t.Fatalf("after %d tries: %v, want three quarters of %v to all of it", tried, d, full)
		}
	})
}
