package retention

import (
	"testing"
	"time"
)

func TestTerm_End(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		term        Term
		since, want string
	}{
		{Decided, "2026-11-25T01:02:03.004Z", "2036-11-25T01:02:03.004Z"},
		{Decided, "2024-02-29T03:00:00Z", "2034-02-28T03:00:00Z"},
		{DecidedLong, "2026-12-31T17:00:00Z", "2056-12-31T17:00:00Z"}, // the new year of Beijing
		{Draft, "2026-11-25T00:00:00Z", "2026-12-25T00:00:00Z"},
		{Parcel, "2027-11-25T00:00:00Z", "2028-11-24T00:00:00Z"},
	} {
		since, _ := time.Parse(time.RFC3339, x.since)
		if got := x.term.End(since).Format("2006-01-02T15:04:05.999Z07:00"); got != x.want {
			t.Errorf("%s from %s: %s, want %s", x.term.Key, x.since, got, x.want)
		}
	}
	keys := map[string]bool{}
	for _, x := range Terms {
		if keys[x.Key] || x.Name == "" || x.Why == "" || x.Since == "" || (x.Years == 0) == (x.Days == 0) {
			t.Errorf("%+v", x)
		}
		keys[x.Key] = true
	}
}
