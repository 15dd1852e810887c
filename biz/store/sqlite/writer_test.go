package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"kuacheng/biz/store"
)

// A statement that SQLite refuses outright (a full disk would be another) undoes nothing of those it was folded
// with; nor does a context that ended in the queue, or a row that was taken.
func TestWriter_settle_fails_only_those_that_must(t *testing.T) {
	t.Parallel()
	e, err := OpenEngine(t.Context(), filepath.Join(t.TempDir(), "batch.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	notes, _, err := e.Open(t.Context(), store.Schema{Name: "notes", Fields: []string{"wake"}})
	if err != nil {
		t.Fatal(err)
	}
	insert := notes.(*table).insert
	over, stop := context.WithCancel(t.Context())
	stop()
	put := func(ctx context.Context, sql string, args ...any) *op {
		return &op{ctx: ctx, sql: sql, args: args, missed: store.ErrDuplicate, reply: make(chan struct{})}
	}
	batch := []*op{
		put(t.Context(), insert, "a", 1, []byte("{}"), nil),
		put(t.Context(), "INSERT INTO nowhere VALUES (1)"),
		put(over, insert, "late", 1, []byte("{}"), nil),
		put(t.Context(), insert, "a", 1, []byte("{}"), nil),
		put(t.Context(), insert, "b", 1, []byte("{}"), nil),
		put(t.Context(), insert, nil, 1, []byte("{}"), nil), // violates NOT NULL
	}
	e.w.settle(batch)
	for i, want := range []func(error) bool{
		func(err error) bool { return err == nil },
		func(err error) bool { return err != nil && !errors.Is(err, store.ErrDuplicate) },
		func(err error) bool { return errors.Is(err, context.Canceled) },
		func(err error) bool { return errors.Is(err, store.ErrDuplicate) },
		func(err error) bool { return err == nil },
		func(err error) bool { return err != nil && !errors.Is(err, store.ErrDuplicate) },
	} {
		if err := batch[i].err; !want(err) {
			t.Errorf("op %d: %v", i, err)
		}
	}
	for id, want := range map[string]error{"a": nil, "b": nil, "late": store.ErrNotFound} {
		if _, err := notes.Get(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", id, err, want)
		}
	}
	if got := e.Stats(); got.Writes != 2 {
		t.Errorf("%d writes were counted, want 2", got.Writes)
	}
}
