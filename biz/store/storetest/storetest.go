// Package storetest is the specification of the document store, as tests. Every engine runs it, against every
// server it can be had with.
package storetest

import (
	"fmt"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Harness says how to get at the engine under test.
type Harness struct {
	// New makes an empty database and returns a function that opens a client of it. Clients and database are
	// gone when the test ends.
	New func(t *testing.T) (open func() *store.DB)
	// Shared says that several clients may have the database open.
	Shared bool
	// Slow keeps figures small: for a stand-in that scans or serialises, or for a further run of the same engine.
	Slow bool
	// PlainKeys says that the server refuses map keys with a dot or a leading $, which MongoDB takes since 5.0.
	PlainKeys bool
}

// pick is the figure for a real engine or for a slow stand-in.
func (h Harness) pick(fast, slow int) int {
	if h.Slow {
		return slow
	}
	return fast
}

// Run holds the engine to its specification.
func Run(t *testing.T, h Harness) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"insert", insert}, {"get", get}, {"update", update}, {"upsert", upsert}, {"delete", remove},
		{"combine", combine}, {"panic", panics}, {"goexit", goexit}, {"cancel", cancel}, {"contend", contend},
		{"find", find}, {"absent", absent}, {"page", pages}, {"cursor", cursors}, {"tally", tallies}, {"plan", plans}, {"query", queries},
		{"wake", wakes}, {"outbox", outbox}, {"commit", commits}, {"failed", failed},
		{"types", types}, {"snapshot", snapshots}, {"fresh", fresh}, {"reopen", reopen}, {"refield", refield}, {"history", histories},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(t, h)
		})
	}
}

// card is the document that the suite stores.
type card struct {
	model.Head `json:",inline"`
	Suit       string            `json:"suit"`
	Hand       string            `json:"hand,omitempty"`
	Rank       int64             `json:"rank"`
	Drawn      time.Time         `json:"drawn"`
	Played     *time.Time        `json:"played,omitempty"`
	Marks      []string          `json:"marks,omitempty"`
	Notes      map[string]string `json:"notes,omitempty"`
	Sum        int               `json:"sum"`
}

func spec() store.Spec[card] {
	return store.Spec[card]{
		Name: "cards",
		Fields: []store.Field[card]{
			{Name: "suit", Of: func(c *card) any { return c.Suit }},
			{Name: "rank", Of: func(c *card) any { return c.Rank }},
			{Name: "drawn", Of: func(c *card) any { return c.Drawn }},
			{Name: "played", Of: func(c *card) any { return c.Played }},
			{Name: "hand", Of: func(c *card) any {
				if c.Hand == "" {
					return nil
				}
				return c.Hand
			}},
		},
		Indexes: []store.Index{
			{Name: "suit_rank", Eq: []string{"suit"}, Sort: "rank"},
			{Name: "suit_drawn", Eq: []string{"suit"}, Sort: "drawn"},
			{Name: "hand_suit", Eq: []string{"hand", "suit"}},
			{Name: "rank_hand", Eq: []string{"rank"}, Sort: "hand"},
			{Name: "all_drawn", Sort: "drawn"},
			{Name: "played", Eq: []string{"suit"}, Sort: "played"},
			{Name: "every"},
		},
	}
}

var epoch = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

func cards(t *testing.T, db *store.DB) *store.Collection[card] {
	t.Helper()
	c, err := store.Open(t.Context(), db, spec())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func one(t *testing.T, h Harness) (*store.DB, *store.Collection[card]) {
	t.Helper()
	db := h.New(t)()
	return db, cards(t, db)
}

func make1(id, suit string, rank int64) *card {
	return &card{Head: model.Head{ID: id}, Suit: suit, Rank: rank, Drawn: epoch.Add(time.Duration(rank) * time.Minute)}
}

func mustInsert(t *testing.T, c *store.Collection[card], docs ...*card) {
	t.Helper()
	for _, d := range docs {
		if err := c.Insert(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
}

func mustGet(t *testing.T, c *store.Collection[card], id string) *card {
	t.Helper()
	d, err := c.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustUpdate(t *testing.T, c *store.Collection[card], id string, change func(*card)) *card {
	t.Helper()
	d, err := c.Update(t.Context(), id, func(d *card) error { change(d); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustFind(t *testing.T, c *store.Collection[card], q store.Query) store.Page[card] {
	t.Helper()
	p, err := c.Find(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return p
}

func ids(docs []*card) []string {
	out := make([]string, len(docs))
	for i, d := range docs {
		out[i] = d.ID
	}
	return out
}

func name(i int) string { return fmt.Sprintf("c%04d", i) }
