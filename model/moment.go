package model

import "time"

// moment is a time as documents keep it: UTC and whole milliseconds (BSON keeps no more).
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// earlier is the earlier of two moments; the zero time counts as none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
