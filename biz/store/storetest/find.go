package storetest

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

var suits = []string{"club", "heart", "spade"}

// deal stores n cards with many equal sort values, so that order falls to the id.
func deal(t *testing.T, c *store.Collection[card], n int) []*card {
	t.Helper()
	var all []*card
	for i := range n {
		d := make1(name((i*7919)%n), suits[i%3], int64(i%5))
		d.Hand = []string{"", "left", "right"}[(i/3)%3]
		if i%4 == 0 {
			at := epoch.Add(time.Duration(i/8) * time.Second)
			d.Played = &at
		}
		mustInsert(t, c, d)
		all = append(all, d)
	}
	return all
}

// search is a query with its meaning in plain Go.
type search struct {
	q    store.Query
	has  func(*card) bool
	sort func(a, b *card) int // before the id
}

func byRank(a, b *card) int   { return cmp.Compare(a.Rank, b.Rank) }
func byDrawn(a, b *card) int  { return a.Drawn.Compare(b.Drawn) }
func byHand(a, b *card) int   { return cmp.Compare(a.Hand, b.Hand) }
func byPlayed(a, b *card) int { return a.Played.Compare(*b.Played) }
func byID(a, b *card) int     { return 0 }

func searches() []search {
	heart := func(d *card) bool { return d.Suit == "heart" }
	m := func(i int) time.Time { return epoch.Add(time.Duration(i) * time.Minute) }
	all := []search{
		{store.Query{Index: "suit_rank", Eq: []any{"heart"}}, heart, byRank},
		{store.Query{Index: "suit_rank", Eq: []any{"heart"}, From: 1, To: 4}, func(d *card) bool { return heart(d) && d.Rank >= 1 && d.Rank < 4 }, byRank},
		{store.Query{Index: "suit_rank", Eq: []any{"heart"}, From: 2}, func(d *card) bool { return heart(d) && d.Rank >= 2 }, byRank},
		{store.Query{Index: "suit_rank", Eq: []any{"heart"}, To: 2}, func(d *card) bool { return heart(d) && d.Rank < 2 }, byRank},
		{store.Query{Index: "suit_rank", Eq: []any{"none"}}, func(*card) bool { return false }, byRank},
		{store.Query{Index: "suit_drawn", Eq: []any{"club"}, From: m(1), To: m(3)}, func(d *card) bool { return d.Suit == "club" && !d.Drawn.Before(m(1)) && d.Drawn.Before(m(3)) }, byDrawn},
		{store.Query{Index: "hand_suit", Eq: []any{"left", "spade"}}, func(d *card) bool { return d.Hand == "left" && d.Suit == "spade" }, byID},
		{store.Query{Index: "rank_hand", Eq: []any{3}, From: "m"}, func(d *card) bool { return d.Rank == 3 && d.Hand >= "m" }, byHand},
		{store.Query{Index: "rank_hand", Eq: []any{3}}, func(d *card) bool { return d.Rank == 3 && d.Hand != "" }, byHand},
		{store.Query{Index: "all_drawn"}, func(*card) bool { return true }, byDrawn},
		{store.Query{Index: "all_drawn", From: m(2)}, func(d *card) bool { return !d.Drawn.Before(m(2)) }, byDrawn},
		{store.Query{Index: "played", Eq: []any{"heart"}}, func(d *card) bool { return heart(d) && d.Played != nil }, byPlayed},
		{store.Query{Index: "every"}, func(*card) bool { return true }, byID},
	}
	for _, s := range all[:len(all):len(all)] {
		s.q.Desc = true
		all = append(all, s)
	}
	return all
}

// want is what the search finds among all, in order.
func (s search) want(all []*card) []string {
	var found []*card
	for _, d := range all {
		if s.has(d) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b *card) int {
		n := cmp.Or(s.sort(a, b), cmp.Compare(a.ID, b.ID))
		if s.q.Desc {
			return -n
		}
		return n
	})
	return ids(found)
}

// walk follows a query from page to page.
func walk(t *testing.T, c *store.Collection[card], q store.Query, between func()) []string {
	t.Helper()
	got := []string{}
	for {
		p := mustFind(t, c, q)
		got = append(got, ids(p.Items)...)
		if p.Next == "" {
			return got
		}
		if len(p.Items) != q.Limit {
			t.Fatalf("%s: a page of %d that is not the last, limit %d", q.Index, len(p.Items), q.Limit)
		}
		q.Cursor = p.Next
		between()
	}
}

func find(t *testing.T, h Harness) {
	_, c := one(t, h)
	all := deal(t, c, h.pick(120, 30))
	for _, s := range searches() {
		want := s.want(all)
		for _, limit := range []int{1, 7, 1000} {
			if limit == 1 && len(want) > 15 || limit != 7 && h.Slow {
				continue
			}
			s.q.Limit = limit
			if got := walk(t, c, s.q, func() {}); !slices.Equal(got, want) {
				t.Errorf("%+v\ngot  %v\nwant %v", s.q, got, want)
			}
		}
	}
	if n := len(mustFind(t, c, store.Query{Index: "every"}).Items); n != 20 {
		t.Errorf("without a limit %d were found, want 20", n)
	}
}

// absent holds that a document is in an index when it gets the field, and out when it loses it.
func absent(t *testing.T, h Harness) {
	_, c := one(t, h)
	mustInsert(t, c, make1("a", "heart", 3))
	q := store.Query{Index: "rank_hand", Eq: []any{3}}
	check := func(want int) {
		t.Helper()
		if got := len(mustFind(t, c, q).Items); got != want {
			t.Errorf("found %d, want %d", got, want)
		}
	}
	check(0)
	mustUpdate(t, c, "a", func(d *card) { d.Hand = "left" })
	check(1)
	mustUpdate(t, c, "a", func(d *card) { d.Rank = 4 })
	check(0)
	mustUpdate(t, c, "a", func(d *card) { d.Rank = 3 })
	check(1)
	mustUpdate(t, c, "a", func(d *card) { d.Hand = "" })
	check(0)
}

// pages holds that paging neither skips nor repeats while documents come in, before and behind the cursor.
func pages(t *testing.T, h Harness) {
	_, c := one(t, h)
	all := deal(t, c, h.pick(60, 30))
	for i, s := range searches() {
		if h.Slow && i%3 != 0 {
			continue
		}
		s.q.Limit = 5
		n := 0
		got := walk(t, c, s.q, func() {
			if n++; n > h.pick(5, 2) {
				return
			}
			for _, rank := range []int64{0, 4} {
				d := make1(fmt.Sprintf("%s-%d-%d-%d", name(n*37%60), i, n, rank), suits[n%3], rank)
				d.Hand = "left"
				mustInsert(t, c, d)
			}
		})
		seen := map[string]int{}
		for _, id := range got {
			if seen[id]++; seen[id] > 1 {
				t.Errorf("%s desc=%v: %s came twice", s.q.Index, s.q.Desc, id)
			}
		}
		for _, id := range s.want(all) {
			if seen[id] == 0 {
				t.Errorf("%s desc=%v: %s was skipped", s.q.Index, s.q.Desc, id)
			}
		}
	}

	// The same while others write at the same time.
	var stop atomic.Bool
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := 0; !stop.Load() && i < h.pick(200, 20); i++ {
				d := make1(fmt.Sprintf("%s-w%d-%d", name(i%60), w, i), "heart", int64(i%5))
				if err := c.Insert(t.Context(), d); err != nil {
					t.Errorf("insert beside paging: %v", err)
				}
			}
		})
	}
	s := search{store.Query{Index: "suit_rank", Eq: []any{"heart"}, Limit: 4}, func(d *card) bool { return d.Suit == "heart" }, byRank}
	got := walk(t, c, s.q, func() {})
	stop.Store(true)
	writers.Wait()
	slices.Sort(got)
	if len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Error("a document came twice while others were inserted")
	}
	for _, id := range s.want(all) {
		if !slices.Contains(got, id) {
			t.Errorf("%s was skipped while others were inserted", id)
		}
	}
}

func cursors(t *testing.T, h Harness) {
	_, c := one(t, h)
	deal(t, c, 12)
	q := store.Query{Index: "suit_rank", Eq: []any{"heart"}, From: 0, To: 9, Limit: 2}
	q.Cursor = mustFind(t, c, q).Next
	if q.Cursor == "" {
		t.Fatal("no second page")
	}
	mustFind(t, c, q)
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil {
		t.Fatalf("cursor %q is not base64url", q.Cursor)
	}
	foreign := map[string]store.Query{}
	with := func(what string, change func(*store.Query)) {
		f := q
		change(&f)
		foreign[what] = f
	}
	with("other index", func(f *store.Query) { f.Index, f.From, f.To = "suit_drawn", nil, nil })
	with("other value", func(f *store.Query) { f.Eq = []any{"club"} })
	with("other way", func(f *store.Query) { f.Desc = true })
	with("other bound", func(f *store.Query) { f.To = 8 })
	with("nonsense", func(f *store.Query) { f.Cursor = "!?" })
	with("empty", func(f *store.Query) { f.Cursor = "AA" })
	with("cut", func(f *store.Query) { f.Cursor = base64.RawURLEncoding.EncodeToString(raw[:len(raw)-1]) })
	with("longer", func(f *store.Query) { f.Cursor = base64.RawURLEncoding.EncodeToString(append(raw, 0)) })
	with("out of bounds", func(f *store.Query) {
		far := slices.Clone(raw)
		far[10] = 0x7e // the sort value, 0 or 1, becomes 63
		f.Cursor = base64.RawURLEncoding.EncodeToString(far)
	})
	for what, f := range foreign {
		if _, err := c.Find(t.Context(), f); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%s: %v, want ErrCursor", what, err)
		}
	}
}

func tallies(t *testing.T, h Harness) {
	_, c := one(t, h)
	all := deal(t, c, 20)
	count := func(has func(*card) bool, by func(*card) string) map[string]int64 {
		m := map[string]int64{}
		for _, d := range all {
			if has(d) {
				m[by(d)]++
			}
		}
		return m
	}
	check := func(q store.Query, by string, want map[string]int64) {
		t.Helper()
		if got, err := c.Tally(t.Context(), q, by); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s by %s: %v, %v; want %v", q.Index, by, got, err, want)
		}
	}
	everyone := func(*card) bool { return true }
	check(store.Query{Index: "every"}, "suit", count(everyone, func(d *card) string { return d.Suit }))
	check(store.Query{Index: "every"}, "hand", count(everyone, func(d *card) string { return d.Hand }))
	check(store.Query{Index: "suit_rank", Eq: []any{"heart"}, From: 1, To: 4}, "rank",
		count(func(d *card) bool { return d.Suit == "heart" && d.Rank >= 1 && d.Rank < 4 }, func(d *card) string { return fmt.Sprint(d.Rank) }))
	hearts := func() map[string]int64 {
		return count(func(d *card) bool { return d.Suit == "heart" }, func(d *card) string { return d.Hand })
	}
	q := store.Query{Index: "suit_rank", Eq: []any{"heart"}}
	check(q, "hand", hearts())
	extra := make1("extra", "heart", 2)
	extra.Hand = "third"
	mustInsert(t, c, extra)
	all = append(all, extra)
	check(q, "hand", hearts())
	check(store.Query{Index: "suit_rank", Eq: []any{"none"}}, "hand", map[string]int64{})
}

// plans holds that the engine serves every declared query from its index, in its order.
func plans(t *testing.T, h Harness) {
	_, c := one(t, h)
	deal(t, c, 15)
	for _, s := range searches() {
		s.q.Limit = 2
		for _, cursor := range []string{"", mustFind(t, c, s.q).Next} {
			s.q.Cursor = cursor
			p, err := c.Explain(t.Context(), s.q)
			if err != nil {
				t.Fatal(err)
			}
			if p.Sort || p.Scan && s.q.Index != "every" || p.Index != s.q.Index && s.q.Index != "every" {
				t.Errorf("%+v: %+v", s.q, p)
			}
		}
	}
}

// queries holds that a query which does not fit its index is refused, not served slowly.
func queries(t *testing.T, h Harness) {
	db, c := one(t, h)
	for _, q := range []store.Query{
		{}, {Index: "none"}, {Index: "suit_rank"}, {Index: "suit_rank", Eq: []any{"a", "b"}}, {Index: "suit_rank", Eq: []any{nil}},
		{Index: "suit_rank", Eq: []any{[]string{"a"}}}, {Index: "hand_suit", Eq: []any{"a", "b"}, From: 1}, {Index: "all_drawn", To: 1.5},
		{Index: "wake"},
	} {
		if _, err := c.Find(t.Context(), q); !errors.Is(err, store.ErrQuery) {
			t.Errorf("%+v: %v, want ErrQuery", q, err)
		}
	}
	if _, err := c.Tally(t.Context(), store.Query{Index: "every"}, "none"); !errors.Is(err, store.ErrQuery) {
		t.Errorf("tally by no field: %v, want ErrQuery", err)
	}
	bad := map[string]store.Spec[card]{
		"name":      {Name: "Cards"},
		"injection": {Name: `x" (a); --`},
		"field":     {Name: "x", Fields: []store.Field[card]{{Name: "rev", Of: func(*card) any { return nil }}}},
		"no value":  {Name: "x", Fields: []store.Field[card]{{Name: "f"}}},
		"index":     {Name: "x", Indexes: []store.Index{{Name: "i", Eq: []string{"f"}}}},
		"again":     {Name: "cards"},
	}
	for what, s := range bad {
		if _, err := store.Open(t.Context(), db, s); err == nil {
			t.Errorf("%s: a wrong declaration was taken", what)
		}
	}
	type bare struct{ A string }
	if _, err := store.Open(t.Context(), db, store.Spec[bare]{Name: "bare"}); err == nil {
		t.Error("a document without a head was taken")
	}
	type loose struct {
		model.Head `json:",inline"`
		Anything   any `json:"anything"`
	}
	if _, err := store.Open(t.Context(), db, store.Spec[loose]{Name: "loose"}); err == nil {
		t.Error("a document that the engines would read differently was taken")
	}
	wrong, err := store.Open(t.Context(), db, store.Spec[card]{Name: "wrong", Fields: []store.Field[card]{{Name: "f", Of: func(*card) any { return 1.5 }}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := wrong.Insert(t.Context(), &card{Head: model.Head{ID: "a"}}); err == nil {
		t.Error("a field that cannot be compared was taken")
	}
}
