package store

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type leaf struct {
	Text string
	At   *time.Time
	Nums []int64
}

type tree struct {
	Name   string
	At     time.Time
	Leaf   leaf
	Leaves []leaf
	ByName map[string]leaf
	Plain  map[string]string
	Lists  map[string][]string
	Two    [2][]string
	Sub    *tree
	Subs   []*tree
	Bytes  []byte
	hidden int
}

func drawTree(depth int) *rapid.Generator[*tree] {
	return rapid.Custom(func(r *rapid.T) *tree {
		text := rapid.StringN(0, 4, 8)
		drawLeaf := rapid.Custom(func(r *rapid.T) leaf {
			l := leaf{Text: text.Draw(r, "text"), Nums: rapid.SliceOfN(rapid.Int64(), 0, 3).Draw(r, "nums")}
			if rapid.Bool().Draw(r, "at") {
				at := time.UnixMilli(rapid.Int64Range(0, 1e12).Draw(r, "ms"))
				l.At = &at
			}
			return l
		})
		t := &tree{
			Name: text.Draw(r, "name"), Leaf: drawLeaf.Draw(r, "leaf"),
			Leaves: rapid.SliceOfN(drawLeaf, 0, 3).Draw(r, "leaves"),
			ByName: rapid.MapOfN(text, drawLeaf, 0, 3).Draw(r, "by name"),
			Plain:  rapid.MapOfN(text, text, 0, 3).Draw(r, "plain"),
			Lists:  rapid.MapOfN(text, rapid.SliceOfN(text, 0, 2), 0, 2).Draw(r, "lists"),
			Bytes:  rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(r, "bytes"),
			hidden: 7,
		}
		t.Two[1] = rapid.SliceOfN(text, 0, 2).Draw(r, "two")
		if depth > 0 && rapid.Bool().Draw(r, "deeper") {
			t.Sub = drawTree(depth-1).Draw(r, "sub")
			t.Subs = []*tree{nil, drawTree(depth-1).Draw(r, "subs")}
		}
		return t
	})
}

// shared lists where two values use the same memory.
func shared(a, b reflect.Value, path string) []string {
	var out []string
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if a.IsNil() || a.Type() == reflect.TypeFor[*time.Location]() {
			return nil
		}
		if a.UnsafePointer() == b.UnsafePointer() && (a.Kind() != reflect.Slice || a.Cap() > 0 && b.Cap() > 0 && a.Len() > 0) {
			return []string{path}
		}
	}
	switch a.Kind() {
	case reflect.Pointer:
		return shared(a.Elem(), b.Elem(), path+".*")
	case reflect.Struct:
		for i := range a.NumField() {
			out = append(out, shared(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name)...)
		}
	case reflect.Slice, reflect.Array:
		for i := range a.Len() {
			out = append(out, shared(a.Index(i), b.Index(i), path+"[]")...)
		}
	case reflect.Map:
		for _, k := range a.MapKeys() {
			out = append(out, shared(a.MapIndex(k), b.MapIndex(k), path+"[key]")...)
		}
	}
	return out
}

func TestCloner_copies_all_and_shares_nothing(t *testing.T) {
	t.Parallel()
	c, ok := newCloner[tree]()
	if !ok {
		t.Fatal("a plain document cannot be cloned")
	}
	rapid.Check(t, func(r *rapid.T) {
		a := drawTree(2).Draw(r, "tree")
		b := c.clone(a)
		if !reflect.DeepEqual(a, b) {
			r.Fatalf("got %+v, want %+v", b, a)
		}
		if s := shared(reflect.ValueOf(a), reflect.ValueOf(b), ""); len(s) > 0 {
			r.Fatalf("shared: %v", s)
		}
	})
}

func TestCloner_refuses_what_it_cannot_copy(t *testing.T) {
	t.Parallel()
	type behind struct{ list []string }
	_ = behind{}.list
	type deep struct{ List []map[string]*behind }
	_, dynamic := newCloner[struct{ A any }]()
	_, code := newCloner[struct{ F func() }]()
	_, hidden := newCloner[deep]()
	if dynamic || code || hidden {
		t.Errorf("taken: interface %v, function %v, hidden reference %v", dynamic, code, hidden)
	}
	if _, flat := newCloner[struct{ A int }](); !flat {
		t.Error("a flat type was refused")
	}
}
