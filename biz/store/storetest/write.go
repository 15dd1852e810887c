package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

func insert(t *testing.T, h Harness) {
	_, c := one(t, h)
	d := make1("a", "heart", 3)
	mustInsert(t, c, d)
	if d.Rev != 1 {
		t.Errorf("rev after insert: %d, want 1", d.Rev)
	}
	again := make1("a", "spade", 9)
	if err := c.Insert(t.Context(), again); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("second insert: %v, want ErrDuplicate", err)
	}
	if again.Rev != 0 {
		t.Errorf("rev after a refused insert: %d, want 0", again.Rev)
	}
	if got := mustGet(t, c, "a"); got.Suit != "heart" {
		t.Errorf("the refused insert was stored: %q", got.Suit)
	}
	if err := c.Insert(t.Context(), &card{}); err == nil {
		t.Error("a document without an id was taken")
	}
	if err := c.InsertUnless(t.Context(), make1("b", "club", 1), "a"); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("insert unless there is one: %v, want ErrDuplicate", err)
	}
	if _, err := c.Get(t.Context(), "b"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it was stored: %v", err)
	}
	if err := c.InsertUnless(t.Context(), make1("b", "club", 1), "z"); err != nil {
		t.Errorf("insert unless there is none: %v", err)
	}
	if got := mustGet(t, c, "b"); got.Suit != "club" || got.Rev != 1 {
		t.Errorf("stored %+v", got)
	}
	d.Suit = "changed by its owner"
	if got := mustGet(t, c, "a"); got.Suit != "heart" {
		t.Error("the inserted document is shared with its readers")
	}
}

func get(t *testing.T, h Harness) {
	_, c := one(t, h)
	if _, err := c.Get(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("absent: %v, want ErrNotFound", err)
	}
	at := epoch.Add(time.Hour)
	want := make1("a", "heart", 3)
	want.Played, want.Marks, want.Notes = &at, []string{"x", "y"}, map[string]string{"k": "v", "": "w"}
	want.WakeAt(at)
	want.Emit("drawn", epoch, map[string]string{"to": "b"})
	want.Origin = &model.Origin{Key: "k", Body: "b", Answer: "s", At: epoch}
	mustInsert(t, c, want)
	for range 2 { // perhaps from the engine, perhaps remembered
		if got := mustGet(t, c, "a"); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func update(t *testing.T, h Harness) {
	_, c := one(t, h)
	mustInsert(t, c, make1("a", "heart", 3))
	got := mustUpdate(t, c, "a", func(d *card) { d.Rank = 4 })
	if got.Rank != 4 || got.Rev != 2 {
		t.Errorf("saved: rank %d rev %d, want 4 and 2", got.Rank, got.Rev)
	}
	if got := mustGet(t, c, "a"); got.Rank != 4 || got.Rev != 2 {
		t.Errorf("read back: rank %d rev %d, want 4 and 2", got.Rank, got.Rev)
	}
	refusal := errors.New("no")
	if _, err := c.Update(t.Context(), "a", func(d *card) error { d.Rank = 99; return refusal }); err != refusal {
		t.Errorf("a refusal came back as %v, want itself", err)
	}
	same, err := c.Update(t.Context(), "a", func(d *card) error { d.Rank = 99; return store.ErrUnchanged })
	if err != nil || same.Rank != 4 || same.Rev != 2 {
		t.Errorf("unchanged: %+v, %v; want the document as stored", same, err)
	}
	if got := mustGet(t, c, "a"); got.Rank != 4 || got.Rev != 2 {
		t.Errorf("a change that was not to be written was: rank %d rev %d", got.Rank, got.Rev)
	}
	if _, err := c.Update(t.Context(), "b", func(*card) error { return nil }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("absent: %v, want ErrNotFound", err)
	}
	got = mustUpdate(t, c, "a", func(d *card) { d.ID, d.Rev = "other", 77 })
	if got.ID != "a" || got.Rev != 3 {
		t.Errorf("id and rev are the store's: %s %d", got.ID, got.Rev)
	}
}

func upsert(t *testing.T, h Harness) {
	_, c := one(t, h)
	fresh := func() *card { return make1("ignored", "club", 1) }
	add := func(d *card) error { d.Sum++; return nil }
	for want := 1; want <= 3; want++ {
		got, err := c.Upsert(t.Context(), "u", fresh, add)
		if err != nil || got.ID != "u" || got.Sum != want || got.Rev != int64(want) {
			t.Fatalf("upsert %d: %+v, %v", want, got, err)
		}
	}
	refusal := errors.New("no")
	if _, err := c.Upsert(t.Context(), "v", fresh, func(*card) error { return refusal }); err != refusal {
		t.Errorf("a refusal came back as %v", err)
	}
	if _, err := c.Get(t.Context(), "v"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a refused upsert left %v", err)
	}
	if got, err := c.Upsert(t.Context(), "w", fresh, nil); err != nil || got.Rev != 1 {
		t.Errorf("upsert without a change: %+v, %v", got, err)
	}
	if _, err := c.Upsert(t.Context(), "x", fresh, func(*card) error { return store.ErrUnchanged }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an upsert that writes nothing: %v, want ErrNotFound", err)
	}
}

func remove(t *testing.T, h Harness) {
	_, c := one(t, h)
	mustInsert(t, c, make1("a", "heart", 3), make1("b", "heart", 4))
	mustGet(t, c, "a")
	q := store.Query{Index: "suit_rank", Eq: []any{"heart"}}
	mustFind(t, c, q)
	if err := c.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after delete: %v, want ErrNotFound", err)
	}
	if got := ids(mustFind(t, c, q).Items); !reflect.DeepEqual(got, []string{"b"}) {
		t.Errorf("found after delete: %v", got)
	}
	if err := c.Delete(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("second delete: %v, want ErrNotFound", err)
	}
	mustInsert(t, c, make1("a", "spade", 5))
	if got := mustGet(t, c, "a"); got.Suit != "spade" || got.Rev != 1 {
		t.Errorf("inserted again: %+v", got)
	}
}

// types holds that the kinds of values documents are made of survive the engine unchanged.
func types(t *testing.T, h Harness) {
	type inner struct {
		S string         `json:"s"`
		L []int64        `json:"l"`
		M map[string]int `json:"m,omitempty"`
		P *time.Time     `json:"p,omitempty"`
		F float64        `json:"f"`
	}
	type rich struct {
		model.Head `json:",inline"`
		Text       string           `json:"text"`
		Date       model.Date       `json:"date"`
		Big        int64            `json:"big"`
		Small      int              `json:"small"`
		Yes        bool             `json:"yes"`
		At         time.Time        `json:"at"`
		Inner      inner            `json:"inner"`
		List       []inner          `json:"list"`
		ByName     map[string]inner `json:"by_name"`
		Pointer    *inner           `json:"pointer"`
		Skip       string           `json:"-"`
	}
	c, err := store.Open(t.Context(), h.New(t)(), store.Spec[rich]{Name: "rich"})
	if err != nil {
		t.Fatal(err)
	}
	in := inner{S: "跨城通办 <&> \u2028 \x01", L: []int64{1, -1}, M: map[string]int{"甲": 1}, P: &epoch, F: 0.1}
	if !h.PlainKeys {
		in.M["a.b"], in.M["$c"] = 1, 2
	}
	want := &rich{
		Head: model.Head{ID: "r"}, Text: "", Date: "2026-10-01", Big: 1<<62 + 1, Small: -7, Yes: true, At: epoch.Add(999 * time.Millisecond),
		Inner: in, List: []inner{in, {L: []int64{}}}, ByName: map[string]inner{"a": in}, Pointer: &in,
	}
	if err := c.Insert(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := c.Get(t.Context(), "r")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
}
