package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"kuacheng/biz/store"
)

// failed holds that an error says what was done and to which document, and nothing of what is in it.
func failed(t *testing.T, h Harness) {
	_, c := one(t, h)
	d := make1("a", "secret-suit", 1)
	mustInsert(t, c, d)
	big := strings.Repeat("secret-", 1<<20+1<<18)
	_, tooLarge := c.Update(t.Context(), "a", func(d *card) error { d.Suit = big; return nil })
	if !errors.Is(tooLarge, store.ErrTooLarge) {
		t.Errorf("a document of %d bytes: %.100v, want ErrTooLarge", len(big), tooLarge)
	}
	for what, err := range map[string]error{"duplicate": c.Insert(t.Context(), d), "too large": tooLarge} {
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "cards") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// snapshots holds that what a reader was given never changes under him.
func snapshots(t *testing.T, h Harness) {
	_, c := one(t, h)
	d := make1("a", "heart", 1)
	d.Marks = []string{"one"}
	mustInsert(t, c, d)
	q := store.Query{Index: "suit_rank", Eq: []any{"heart"}}
	got, page := mustGet(t, c, "a"), mustFind(t, c, q)
	saved := mustUpdate(t, c, "a", func(d *card) { d.Marks[0] = "two"; d.Marks = append(d.Marks, "three") })
	_, _ = c.Update(t.Context(), "a", func(d *card) error { d.Marks[0] = "refused"; return errors.New("no") })
	if got.Marks[0] != "one" || page.Items[0].Marks[0] != "one" {
		t.Errorf("a snapshot changed: %v, %v", got.Marks, page.Items[0].Marks)
	}
	if saved.Marks[0] != "two" || mustGet(t, c, "a").Marks[0] != "two" {
		t.Errorf("saved %v, stored %v", saved.Marks, mustGet(t, c, "a").Marks)
	}
	page.Items[0] = nil // the slice is the caller's
	if mustFind(t, c, q).Items[0] == nil {
		t.Error("the slice of a page is shared")
	}
}

// fresh holds that whoever was answered a write finds it by every way at once, while others read and write the
// same.
func fresh(t *testing.T, h Harness) {
	open := h.New(t)
	writer := cards(t, open())
	reader := writer
	if h.Shared {
		reader = cards(t, open())
	}
	var stop atomic.Bool
	var noise sync.WaitGroup
	for range 2 {
		noise.Go(func() {
			for !stop.Load() {
				_, _ = reader.Find(t.Context(), store.Query{Index: "suit_rank", Eq: []any{"heart"}})
				_, _ = reader.Get(t.Context(), "a")
				_, _ = reader.Tally(t.Context(), store.Query{Index: "suit_rank", Eq: []any{"heart"}}, "rank")
			}
		})
	}
	for i := range h.pick(60, 12) {
		rank := int64(i)
		if i == 0 {
			mustInsert(t, writer, make1("a", "heart", rank))
		} else if i%10 == 9 {
			if err := writer.Delete(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			if got, err := reader.Get(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
				t.Fatalf("deleted, but read: %+v, %v", got, err)
			}
			mustInsert(t, writer, make1("a", "heart", rank))
		} else {
			mustUpdate(t, writer, "a", func(d *card) { d.Rank = rank })
		}
		if got := mustGet(t, reader, "a"); got.Rank != rank {
			t.Fatalf("get: rank %d after %d was answered", got.Rank, rank)
		}
		if got := mustFind(t, reader, store.Query{Index: "suit_rank", Eq: []any{"heart"}}).Items; len(got) != 1 || got[0].Rank != rank {
			t.Fatalf("find: %d documents after rank %d was answered", len(got), rank)
		}
		tally, err := reader.Tally(t.Context(), store.Query{Index: "suit_rank", Eq: []any{"heart"}}, "rank")
		if err != nil || tally[fmt.Sprint(rank)] != 1 {
			t.Fatalf("tally: %v, %v after rank %d was answered", tally, err, rank)
		}
	}
	stop.Store(true)
	noise.Wait()
}

// reopen holds that what was answered is there for the next process.
func reopen(t *testing.T, h Harness) {
	open := h.New(t)
	db := open()
	c := cards(t, db)
	all := deal(t, c, 20)
	mustUpdate(t, c, all[0].ID, func(d *card) { d.Sum = 42 })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Insert(context.Background(), make1("late", "heart", 1)); err == nil {
		t.Error("a closed store took a document")
	}
	db = open()
	c = cards(t, db)
	if got := mustGet(t, c, all[0].ID); got.Sum != 42 || got.Rev != 2 {
		t.Errorf("after reopening: %+v", got)
	}
	if got := mustFind(t, c, store.Query{Index: "every", Limit: 100}); len(got.Items) != 20 {
		t.Errorf("after reopening: %d documents", len(got.Items))
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// refield holds that documents stored under an older declaration are found by a newer one.
func refield(t *testing.T, h Harness) {
	open := h.New(t)
	db := open()
	old := spec()
	old.Fields, old.Indexes = old.Fields[:1], []store.Index{{Name: "suit", Eq: []string{"suit"}}}
	c, err := store.Open(t.Context(), db, old)
	if err != nil {
		t.Fatal(err)
	}
	all := deal(t, c, 15)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	db = open()
	c = cards(t, db)
	for _, s := range searches() {
		s.q.Limit = 1000
		if got, want := walk(t, c, s.q, func() {}), s.want(all); !slices.Equal(got, want) {
			t.Errorf("%+v\ngot  %v\nwant %v", s.q, got, want)
		}
	}
	if got := mustGet(t, c, all[0].ID); got.Rev != 1 {
		t.Errorf("computing fields raised rev to %d", got.Rev)
	}
	if err := db.Rebuild(t.Context(), "cards"); err != nil {
		t.Error(err)
	}
}

// histories holds the engine against a map: whatever is done, in any order, all ways of reading agree with it.
func histories(t *testing.T, h Harness) {
	if h.Slow && h.Shared {
		t.Skip("each check reads everything, and nothing is remembered that could be wrong")
	}
	db := h.New(t)()
	c := cards(t, db)
	stored := map[string]*card{}
	check := func(r *rapid.T) {
		var all []*card
		for _, d := range stored {
			all = append(all, d)
		}
		s := rapid.SampledFrom(searches()).Draw(r, "search")
		s.q.Limit = rapid.IntRange(1, 9).Draw(r, "limit")
		if got, want := walk(t, c, s.q, func() {}), s.want(all); !slices.Equal(got, want) {
			r.Fatalf("%+v\ngot  %v\nwant %v", s.q, got, want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		id := name(rapid.IntRange(0, 9).Draw(r, "id"))
		suit, rank := rapid.SampledFrom(suits).Draw(r, "suit"), rapid.Int64Range(0, 4).Draw(r, "rank")
		has := stored[id]
		switch rapid.IntRange(0, 3).Draw(r, "verb") {
		case 0:
			d := make1(id, suit, rank)
			if err := c.Insert(context.Background(), d); (err == nil) != (has == nil) {
				r.Fatalf("insert: %v", err)
			} else if err == nil {
				stored[id] = d
			}
		case 1:
			d, err := c.Update(context.Background(), id, func(d *card) error { d.Suit, d.Rank = suit, rank; return nil })
			if (err == nil) != (has != nil) {
				r.Fatalf("update: %v", err)
			} else if err == nil {
				stored[id] = d
			}
		case 2:
			if err := c.Delete(context.Background(), id); (err == nil) != (has != nil) {
				r.Fatalf("delete: %v", err)
			}
			delete(stored, id)
		default:
			if d, err := c.Get(context.Background(), id); (err == nil) != (has != nil) || err == nil && d.Rev != has.Rev {
				r.Fatalf("get: %+v, %v, want %+v", d, err, has)
			}
		}
		check(r)
	})
}
