package storetest

import (
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

func refIDs(refs []store.Ref) []string {
	out := []string{}
	for _, r := range refs {
		out = append(out, r.ID)
	}
	return out
}

func wakes(t *testing.T, h Harness) {
	db, c := one(t, h)
	for i := range 6 {
		d := make1(name(i), "heart", int64(i))
		if i != 3 {
			d.WakeAt(epoch.Add(time.Duration(6-i) * time.Minute))
		}
		mustInsert(t, c, d)
	}
	due := func(at time.Duration, limit int, after ...store.Ref) []store.Ref {
		t.Helper()
		refs, err := db.Due(t.Context(), "cards", epoch.Add(at), limit, after...)
		if err != nil {
			t.Fatal(err)
		}
		return refs
	}
	check := func(refs []store.Ref, want ...string) {
		t.Helper()
		if got := refIDs(refs); !slices.Equal(got, want) {
			t.Errorf("due: %v, want %v", got, want)
		}
	}
	check(due(0, 10))
	check(due(time.Minute-time.Millisecond, 10))
	check(due(time.Minute, 10), name(5)) // at its moment, not after it
	check(due(time.Hour, 10), name(5), name(4), name(2), name(1), name(0))
	two := due(time.Hour, 2)
	check(two, name(5), name(4))
	if !two[1].At.Equal(epoch.Add(2*time.Minute)) || two[1].Collection != "cards" {
		t.Errorf("ref: %+v", two[1])
	}
	check(due(time.Hour, 2, two[1]), name(2), name(1))
	mustUpdate(t, c, name(5), func(d *card) { d.WakeAt(time.Time{}) })
	mustUpdate(t, c, name(3), func(d *card) { d.WakeAt(epoch) })
	check(due(2*time.Minute, 10), name(3), name(4))
	if _, err := db.Due(t.Context(), "none", epoch, 1); err == nil {
		t.Error("an unopened collection was asked")
	}
}

func outbox(t *testing.T, h Harness) {
	db, c := one(t, h)
	late, early, both := make1("late", "heart", 1), make1("early", "heart", 2), make1("both", "heart", 3)
	late.Emit("drawn", epoch.Add(time.Hour), nil)
	early.Emit("drawn", epoch, map[string]string{"to": "x"})
	first := both.Emit("drawn", epoch.Add(time.Minute), nil)
	second := both.Emit("played", epoch.Add(2*time.Hour), nil)
	mustInsert(t, c, late, early, both, make1("none", "heart", 4))
	pending := func(at time.Duration, after ...store.Ref) []store.Ref {
		t.Helper()
		refs, err := db.Pending(t.Context(), "cards", epoch.Add(at), 10, after...)
		if err != nil {
			t.Fatal(err)
		}
		return refs
	}
	check := func(refs []store.Ref, want ...string) {
		t.Helper()
		if got := refIDs(refs); !slices.Equal(got, want) {
			t.Errorf("pending: %v, want %v", got, want)
		}
	}
	check(pending(0)) // older than, not at
	check(pending(time.Millisecond), "early")
	refs := pending(90 * time.Minute)
	check(refs, "early", "both", "late")
	check(pending(90*time.Minute, refs[0]), "both", "late")
	if got := refs[1].Events; len(got) != 1 || !reflect.DeepEqual(got[0], first) {
		t.Errorf("events of both: %+v, want the older only", got)
	}

	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	do(db.Settle(t.Context(), "cards", "early", "early#1"))
	do(db.Settle(t.Context(), "cards", "early", "early#1")) // twice is once
	do(db.Fail(t.Context(), "cards", "both", first.ID, "gave up"))
	check(pending(90*time.Minute), "late")
	check(pending(3*time.Hour), "late", "both")
	failed := func(after ...store.Ref) []store.Ref {
		t.Helper()
		refs, err := db.Failed(t.Context(), "cards", 10, after...)
		if err != nil {
			t.Fatal(err)
		}
		return refs
	}
	check(failed(), "both")
	if got := failed()[0]; len(got.Events) != 1 || got.Events[0].ID != first.ID || !got.At.Equal(first.At) {
		t.Errorf("failed of both: %+v, want the one given up only", got)
	}
	check(failed(failed()[0]))
	head, err := db.Head(t.Context(), "cards", "both")
	if err != nil || head.ID != "both" || len(head.Outbox) != 2 {
		t.Errorf("head of both: %+v, %v", head, err)
	}
	if _, err := db.Head(t.Context(), "cards", "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("head of nobody: %v", err)
	}
	if got := mustGet(t, c, "both").Outbox[0].Failed; got != "gave up" {
		t.Errorf("reason on the document: %q", got)
	}
	do(db.Fail(t.Context(), "cards", "both", second.ID, "too"))
	check(pending(3*time.Hour), "late")
	do(db.Unfail(t.Context(), "cards", "both", first.ID))
	check(pending(3*time.Hour), "both", "late")
	check(failed(), "both")
	do(db.Unfail(t.Context(), "cards", "both", second.ID))
	check(failed())
	do(db.Unfail(t.Context(), "cards", "both", "no such event"))
	if rev := mustGet(t, c, "early").Rev; rev != 2 {
		t.Errorf("rev of early: %d, want 2: settling what is settled writes nothing", rev)
	}
	if err := db.Settle(t.Context(), "cards", "nobody", "x"); err == nil {
		t.Error("an absent document was settled")
	}
	if got := db.Collections(); !slices.Equal(got, []string{"cards"}) {
		t.Errorf("collections: %v", got)
	}
}

// commits holds that hooks hear of each new event once, after the write and before its caller.
func commits(t *testing.T, h Harness) {
	db, c := one(t, h)
	var mu sync.Mutex
	var heard []string
	db.OnCommit(func(collection, id string, events []model.Event) {
		stored, err := c.Get(t.Context(), id)
		mu.Lock()
		defer mu.Unlock()
		for _, e := range events {
			heard = append(heard, collection+"/"+e.ID)
			if err != nil || !slices.ContainsFunc(stored.Outbox, func(s model.Event) bool { return s.ID == e.ID }) {
				t.Errorf("%s was announced before it was stored", e.ID)
			}
		}
	})
	check := func(want ...string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(heard, want) {
			t.Errorf("heard %v, want %v", heard, want)
		}
		heard = nil
	}
	d := make1("a", "heart", 1)
	d.Emit("drawn", epoch, nil)
	mustInsert(t, c, d)
	check("cards/a#1")
	mustUpdate(t, c, "a", func(d *card) { d.Rank++ })
	check()
	mustUpdate(t, c, "a", func(d *card) { d.Emit("x", epoch, nil); d.Emit("y", epoch, nil) })
	check("cards/a#2", "cards/a#3")
	if err := db.Settle(t.Context(), "cards", "a", "a#1"); err != nil {
		t.Fatal(err)
	}
	check()
	_, _ = c.Update(t.Context(), "a", func(d *card) error { d.Emit("z", epoch, nil); return store.ErrUnchanged })
	check()
	if _, err := c.Upsert(t.Context(), "b", func() *card { return make1("b", "heart", 1) }, func(d *card) error { d.Emit("x", epoch, nil); return nil }); err != nil {
		t.Fatal(err)
	}
	check("cards/b#1")
	if err := c.Insert(t.Context(), d); err == nil {
		t.Fatal("duplicate was taken")
	}
	check()
}
