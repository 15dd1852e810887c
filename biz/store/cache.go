package store

import (
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

const (
	defaultCacheBytes = 64 << 20
	// stripes is how many counters tell readers that something was written. Two things that share one only cost
	// each other a read.
	stripes = 1 << 14
)

// cache remembers documents and pages of an engine that only this process writes. What it must never do is to
// give out a document older than one whose write has been answered.
//
// A counter stands for each document and each place of an index (a set of Eq values). A reader notes the counter
// before it asks the engine, and what it then keeps is good only while the counter stands. A writer, after its
// commit and before it answers, first raises the counters of all places that the document was and is in, then
// that of the document.
type cache struct {
	entries *otter.Cache[cacheKey, any]
	seed    maphash.Seed
	views   atomic.Uint32
	counter [stripes]atomic.Uint64
}

type cacheKey struct {
	view uint32
	name string // id of a document, or what a page was asked by
}

type weighed interface{ weight() int }

func newCache(bytes int64) *cache {
	if bytes == 0 {
		bytes = defaultCacheBytes
	}
	return &cache{
		seed: maphash.MakeSeed(),
		entries: otter.Must(&otter.Options[cacheKey, any]{
			MaximumWeight: uint64(bytes),
			Weigher: func(k cacheKey, v any) uint32 {
				return uint32(min(len(k.name)+v.(weighed).weight(), math.MaxUint32))
			},
		}),
	}
}

// view is the cache of one collection. A nil view remembers nothing.
type view[T any] struct {
	*cache
	docs, pages uint32
}

func newView[T any](c *cache) *view[T] {
	return &view[T]{cache: c, docs: c.views.Add(1), pages: c.views.Add(1)}
}

// docEntry is a stored document. It is decoded when it is first read, never taken from a writer's hands: a
// document that a caller may still hold cannot be shared.
type docEntry[T any] struct {
	row Row
	doc atomic.Pointer[T]
}

// weight counts both forms, as they were measured for a document of 2 KB (with SQLite's codec they share strings).
func (e *docEntry[T]) weight() int { return 256 + 7*len(e.row.Body)/4 }

// pageEntry is a page as it was when the counter of its place stood at count. Its documents are mostly in the
// cache themselves.
type pageEntry[T any] struct {
	count uint64
	page  Page[T]
	bytes int
}

func (e *pageEntry[T]) weight() int { return 256 + 32*len(e.page.Items) + e.bytes }

type tallyEntry struct {
	count uint64
	tally map[string]int64
}

func (e *tallyEntry) weight() int { return 256 + 64*len(e.tally) }

// seen is the counter of a document, to be noted before the engine is asked.
func (v *view[T]) seen(id string) uint64 {
	if v == nil {
		return 0
	}
	return v.of(id).Load()
}

func (v *view[T]) of(id string) *atomic.Uint64 {
	return &v.counter[(maphash.String(v.seed, id)+uint64(v.docs))%stripes]
}

// get is the document, nil when it is not remembered.
func (v *view[T]) get(id string, decode func(Row) (*T, error)) (*T, error) {
	_, doc, err := v.stored(id, decode)
	return doc, err
}

// stored is the document with its stored form; the document is nil when it is not remembered.
func (v *view[T]) stored(id string, decode func(Row) (*T, error)) (Row, *T, error) {
	if v == nil {
		return Row{}, nil, nil
	}
	e, ok := v.entries.GetIfPresent(cacheKey{v.docs, id})
	if !ok {
		return Row{}, nil, nil
	}
	entry := e.(*docEntry[T])
	if doc := entry.doc.Load(); doc != nil {
		return entry.row, doc, nil
	}
	doc, err := decode(entry.row)
	if err == nil && !entry.doc.CompareAndSwap(nil, doc) {
		doc = entry.doc.Load()
	}
	return entry.row, doc, err
}

// fill remembers a document that was read, unless it has been written since.
func (v *view[T]) fill(seen uint64, row Row, doc *T) {
	if v == nil {
		return
	}
	count := v.of(row.ID)
	v.keep(row, doc, func() bool { return count.Load() == seen })
}

func (v *view[T]) keep(row Row, doc *T, still func() bool) {
	entry := &docEntry[T]{row: row}
	entry.doc.Store(doc)
	v.entries.Compute(cacheKey{v.docs, row.ID}, func(any, bool) (any, otter.ComputeOp) {
		if !still() {
			return nil, otter.CancelOp
		}
		return entry, otter.WriteOp
	})
}

// wrote remembers what was committed: row, nil when it was deleted. places are those the document has left and
// those it is in. When another writer came between, nobody knows here which of the two was last, and the
// document is forgotten.
func (v *view[T]) wrote(seen uint64, id string, row *Row, places ...[]uint64) {
	if v == nil {
		return
	}
	for _, keys := range places {
		for _, k := range keys {
			v.counter[k].Add(1)
		}
	}
	count := v.of(id)
	v.entries.Compute(cacheKey{v.docs, id}, func(any, bool) (any, otter.ComputeOp) {
		if !count.CompareAndSwap(seen, seen+1) {
			count.Add(1)
			return nil, otter.InvalidateOp
		}
		if row == nil {
			return nil, otter.InvalidateOp
		}
		return &docEntry[T]{row: Row{ID: row.ID, Rev: row.Rev, Body: row.Body}}, otter.WriteOp
	})
}

// drop forgets a document.
func (v *view[T]) drop(id string) {
	if v != nil {
		v.entries.Invalidate(cacheKey{v.docs, id})
	}
}

// place is the counter of a set of Eq values of an index.
func (v *view[T]) place(of []byte) uint64 {
	return (maphash.Bytes(v.seed, of) + uint64(v.pages)) % stripes
}

func (v *view[T]) page(asked string, place uint64) (Page[T], bool) {
	e, ok := v.entries.GetIfPresent(cacheKey{v.pages, asked})
	if !ok {
		return Page[T]{}, false
	}
	entry, ok := e.(*pageEntry[T])
	if !ok || entry.count != v.counter[place].Load() {
		return Page[T]{}, false
	}
	return Page[T]{Items: slices.Clone(entry.page.Items), Next: entry.page.Next}, true
}

func (v *view[T]) tally(asked string, place uint64) (map[string]int64, bool) {
	e, ok := v.entries.GetIfPresent(cacheKey{v.pages, asked})
	if !ok {
		return nil, false
	}
	entry, ok := e.(*tallyEntry)
	if !ok || entry.count != v.counter[place].Load() {
		return nil, false
	}
	return maps.Clone(entry.tally), true
}

func (v *view[T]) set(asked string, entry any) { v.entries.Set(cacheKey{v.pages, asked}, entry) }
