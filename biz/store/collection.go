package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"kuacheng/model"
)

// maxBody is the largest document that both engines take: MongoDB refuses 16 MiB, and a document that grows that
// far should long have been two.
const maxBody = 8 << 20

// Collection holds the documents of one type. It is safe for concurrent use.
type Collection[T any] struct {
	db     *DB
	spec   Spec[T]
	schema Schema
	table  Table
	codec  Codec
	eqAt   [][]int  // for each declared index, where its Eq fields stand in a row's fields
	cache  *view[T] // nil when others write too
	cloner *cloner[T]

	mu    sync.Mutex
	lines map[string]*line[T]
}

// Open declares a collection, makes it and its indexes where they are missing, and computes the fields of stored
// documents anew where the declaration has changed.
func Open[T any](ctx context.Context, db *DB, spec Spec[T]) (*Collection[T], error) {
	schema, err := spec.schema()
	if err != nil {
		return nil, err
	}
	cloner, ok := newCloner[T]()
	if !ok {
		return nil, fmt.Errorf("store: %s: documents must be plain data: no interfaces, functions, channels or hidden references", spec.Name)
	}
	table, stale, err := db.engine.Open(ctx, schema)
	if err != nil {
		return nil, fmt.Errorf("opening collection %s: %w", spec.Name, err)
	}
	c := &Collection[T]{db: db, spec: spec, schema: schema, table: table, codec: db.engine.Codec(), cloner: cloner, lines: map[string]*line[T]{}}
	if stale {
		if err := c.refield(ctx); err != nil {
			return nil, err
		}
	}
	for _, ix := range spec.Indexes {
		at := make([]int, len(ix.Eq))
		for i, name := range ix.Eq {
			at[i] = slices.Index(schema.Fields, name)
		}
		c.eqAt = append(c.eqAt, at)
	}
	if db.cache != nil {
		c.cache = newView[T](db.cache)
	}
	return c, db.register(spec.Name, c)
}

// Insert stores a new document and sets its rev. The document stays the caller's.
func (c *Collection[T]) Insert(ctx context.Context, doc *T) error {
	return c.InsertUnless(ctx, doc, "")
}

// InsertUnless is Insert that answers ErrDuplicate also where a document with another id exists, one that nobody
// inserts at the same time.
func (c *Collection[T]) InsertUnless(ctx context.Context, doc *T, other string) error {
	h := headOf(doc)
	if h.ID == "" {
		return fmt.Errorf("inserting into %s: %w: no id", c.spec.Name, ErrQuery)
	}
	before := h.Rev
	h.Rev = 1
	row, err := c.row(doc)
	row.Unless = other
	if err == nil {
		seen := c.cache.seen(h.ID)
		if err = c.table.Insert(ctx, row); err == nil {
			c.cache.wrote(seen, h.ID, &row, c.keys(row.Fields))
			c.db.committed(c.spec.Name, h.ID, slices.Clone(h.Outbox))
			return nil
		}
	}
	h.Rev = before
	return fmt.Errorf("inserting %s %s: %w", c.spec.Name, h.ID, err)
}

// Get reads a document. It is a snapshot shared with other readers: the caller never changes it.
func (c *Collection[T]) Get(ctx context.Context, id string) (*T, error) {
	if doc, err := c.cache.get(id, c.decode); doc != nil || err != nil {
		return doc, err
	}
	seen := c.cache.seen(id)
	row, err := c.table.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", c.spec.Name, id, err)
	}
	doc, err := c.decode(row)
	if err != nil {
		return nil, err
	}
	c.cache.fill(seen, row, doc)
	return doc, nil
}

// Walk gives documents in the order of their ids, those behind after: for what looks at everything. They are snapshots shared with
// other readers.
func (c *Collection[T]) Walk(ctx context.Context, after string, limit int) ([]*T, error) {
	s := Scan{Limit: limit}
	if after != "" {
		s.After = &Mark{ID: after}
	}
	rows, err := c.table.Find(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("walking %s: %w", c.spec.Name, err)
	}
	docs := make([]*T, 0, len(rows))
	for _, row := range rows {
		doc, err := c.decode(row)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// Delete removes a document, whatever its rev.
func (c *Collection[T]) Delete(ctx context.Context, id string) error {
	return c.submit(ctx, id, &change[T]{remove: true}).err
}

// row is a document in the engine's form.
func (c *Collection[T]) row(doc *T) (Row, error) {
	h := headOf(doc)
	fields, err := c.fields(doc)
	if err != nil {
		return Row{}, err
	}
	body, err := c.codec.Encode(doc)
	if err != nil {
		return Row{}, fmt.Errorf("encoding: %w", err)
	}
	if len(body) > maxBody {
		return Row{}, ErrTooLarge
	}
	return Row{ID: h.ID, Rev: h.Rev, Fields: fields, Body: body}, nil
}

func (c *Collection[T]) fields(doc *T) ([]any, error) {
	h := headOf(doc)
	fields := make([]any, 0, len(c.schema.Fields))
	wake, _ := value(h.Wake) // a *time.Time is always taken
	fields = append(fields, wake, pendingAt(h), failedAt(h))
	for _, f := range c.spec.Fields {
		v, err := value(f.Of(doc))
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		fields = append(fields, v)
	}
	return fields, nil
}

// decode reads a document. The columns are the truth about id and rev.
func (c *Collection[T]) decode(row Row) (*T, error) {
	doc := new(T)
	if err := c.codec.Decode(row.Body, doc); err != nil {
		// The decoder's own words may quote the document.
		return nil, fmt.Errorf("decoding %s %s: stored document does not fit its type (%T)", c.spec.Name, row.ID, err)
	}
	h := headOf(doc)
	h.ID, h.Rev = row.ID, row.Rev
	return doc, nil
}

// keys are the places of the declared indexes in which a document with these fields stands.
func (c *Collection[T]) keys(fields []any) []uint64 {
	if c.cache == nil || fields == nil {
		return nil
	}
	keys := make([]uint64, 0, len(c.spec.Indexes))
	buf := make([]byte, 0, 128)
	for i, eq := range c.eqAt {
		buf = appendPlace(buf[:0], i)
		for _, at := range eq {
			buf = appendValue(buf, fields[at])
		}
		keys = append(keys, c.cache.place(buf))
	}
	return keys
}

// waiting finds documents by one of the indexes that every collection has.
func (c *Collection[T]) waiting(ctx context.Context, index string, until time.Time, limit int, after []Ref) ([]Ref, error) {
	i := slices.IndexFunc(c.schema.Indexes, func(ix Index) bool { return ix.Name == index })
	s := Scan{Index: c.schema.Indexes[i], To: moment(until), Limit: limit}
	if len(after) > 0 {
		s.After = &Mark{Sort: moment(after[0].At), ID: after[0].ID}
	}
	rows, err := c.table.Find(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("finding %s by %s: %w", c.spec.Name, index, err)
	}
	refs := make([]Ref, 0, len(rows))
	for _, row := range rows {
		doc, err := c.decode(row)
		if err != nil {
			return nil, err
		}
		refs = append(refs, c.ref(index, headOf(doc), until))
	}
	return refs, nil
}

func (c *Collection[T]) ref(index string, h *model.Head, until time.Time) Ref {
	r := Ref{Collection: c.spec.Name, ID: h.ID}
	if index == indexWake {
		if h.Wake != nil {
			r.At = moment(*h.Wake)
		}
		return r
	}
	failed := index == indexFailed
	if at, ok := earliest(h, failed).(time.Time); ok {
		r.At = at
	}
	for _, e := range h.Outbox {
		if (e.Failed != "") == failed && e.At.Before(until) {
			r.Events = append(r.Events, e)
		}
	}
	return r
}

// head is a document's head, the caller's own.
func (c *Collection[T]) head(ctx context.Context, id string) (model.Head, error) {
	doc, err := c.Get(ctx, id)
	if err != nil {
		return model.Head{}, err
	}
	h := *headOf(doc)
	h.Outbox = slices.Clone(h.Outbox)
	return h, nil
}

func (c *Collection[T]) changeHead(ctx context.Context, id string, change func(*model.Head) error) error {
	_, err := c.Update(ctx, id, func(doc *T) error { return change(headOf(doc)) })
	return err
}

// refield computes the fields of every stored document anew. Others may write meanwhile: a row whose rev has moved
// on has the fields of whoever wrote it.
func (c *Collection[T]) refield(ctx context.Context) error {
	s := Scan{Limit: maxLimit}
	for {
		rows, err := c.table.Find(ctx, s)
		if err != nil {
			return fmt.Errorf("computing the fields of %s: %w", c.spec.Name, err)
		}
		for _, row := range rows {
			if err := c.refieldRow(ctx, row); err != nil {
				return fmt.Errorf("computing the fields of %s %s: %w", c.spec.Name, row.ID, err)
			}
		}
		if len(rows) < s.Limit {
			return c.table.Fresh(ctx)
		}
		s.After = &Mark{ID: rows[len(rows)-1].ID}
	}
}

func (c *Collection[T]) refieldRow(ctx context.Context, row Row) error {
	doc, err := c.decode(row)
	if err != nil {
		return err
	}
	if row.Fields, err = c.fields(doc); err != nil {
		return err
	}
	return c.table.Refield(ctx, row)
}
