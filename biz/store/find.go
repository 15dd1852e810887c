package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
)

const (
	defaultLimit = 20
	maxLimit     = 1000
)

// Query asks for documents by one declared index.
type Query struct {
	Index string
	Eq    []any // a value for each of the index's Eq fields
	// From and To bound the index's Sort field: From ≤ x < To; nil is open.
	From, To any
	Desc     bool
	Limit    int    // 0 means 20; more than 1000 is 1000
	Cursor   string // Next of the page before
}

// Page is a part of what a query finds. Its documents are snapshots shared with other readers; the slice is the
// caller's.
type Page[T any] struct {
	Items []*T
	Next  string // the cursor of the next page, "" when this is the last
}

// Find answers a page. Following Next neither skips nor repeats a document whose place in the index does not
// change meanwhile, whatever is inserted. A document that lacks a field of the index is not found by it.
func (c *Collection[T]) Find(ctx context.Context, q Query) (Page[T], error) {
	a, err := c.ask(q, "")
	if err != nil {
		return Page[T]{}, err
	}
	if c.cache != nil {
		if page, ok := c.cache.page(a.key, a.place); ok {
			return page, nil
		}
	}
	s, err := c.scan(a, q)
	if err != nil {
		return Page[T]{}, err
	}
	limit := s.Limit
	s.Limit++
	count := c.count(a)
	rows, err := c.table.Find(ctx, s)
	if err != nil {
		return Page[T]{}, fmt.Errorf("finding %s by %s: %w", c.spec.Name, q.Index, err)
	}
	return c.page(a, q, rows, limit, count)
}

func (c *Collection[T]) page(a asked, q Query, rows []Row, limit int, count uint64) (Page[T], error) {
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	page, bytes := Page[T]{Items: make([]*T, 0, len(rows))}, 0
	for _, row := range rows {
		doc, err := c.known(row, a.place, count)
		if err != nil {
			return Page[T]{}, err
		}
		page.Items = append(page.Items, doc)
		bytes += len(row.Body)
	}
	if more {
		next, err := c.cursor(a, q, page.Items[len(page.Items)-1])
		if err != nil {
			return Page[T]{}, err
		}
		page.Next = next
	}
	if c.cache != nil {
		kept := Page[T]{Items: slices.Clone(page.Items), Next: page.Next}
		c.cache.set(a.key, &pageEntry[T]{count: count, page: kept, bytes: bytes})
	}
	return page, nil
}

// known is the document of a row, decoded once for all readers where it can be remembered. A write of any
// document in the place raises the place's counter before it touches the document's entry, so that an unchanged
// counter says that the row is the latest.
func (c *Collection[T]) known(row Row, place, count uint64) (*T, error) {
	if c.cache == nil {
		return c.decode(row)
	}
	if has, doc, err := c.cache.stored(row.ID, c.decode); doc != nil && err == nil && has.Rev == row.Rev {
		return doc, nil
	}
	doc, err := c.decode(row)
	if err != nil {
		return nil, err
	}
	c.cache.keep(row, doc, func() bool { return c.cache.counter[place].Load() == count })
	return doc, nil
}

// Tally counts what a query finds (Limit, Cursor and Desc aside) by the values of one declared field: strings as
// they are, integers in decimal, times as Unix milliseconds, "" for documents without the field.
func (c *Collection[T]) Tally(ctx context.Context, q Query, by string) (map[string]int64, error) {
	q.Limit, q.Cursor, q.Desc = 0, "", false
	if !slices.Contains(c.schema.Fields, by) {
		return nil, fmt.Errorf("%w: %s has no field %s", ErrQuery, c.spec.Name, by)
	}
	a, err := c.ask(q, by)
	if err != nil {
		return nil, err
	}
	if c.cache != nil {
		if tally, ok := c.cache.tally(a.key, a.place); ok {
			return tally, nil
		}
	}
	s, err := c.scan(a, q)
	if err != nil {
		return nil, err
	}
	count := c.count(a)
	tally, err := c.table.Tally(ctx, s, by)
	if err != nil {
		return nil, fmt.Errorf("tallying %s by %s: %w", c.spec.Name, by, err)
	}
	if c.cache != nil {
		c.cache.set(a.key, &tallyEntry{count: count, tally: maps.Clone(tally)})
	}
	return tally, nil
}

// Explain tells how the engine would carry out the query. No declared query may scan.
func (c *Collection[T]) Explain(ctx context.Context, q Query) (Plan, error) {
	a, err := c.ask(q, "")
	if err != nil {
		return Plan{}, err
	}
	s, err := c.scan(a, q)
	if err != nil {
		return Plan{}, err
	}
	plan, err := c.table.Explain(ctx, s)
	if err != nil {
		return Plan{}, fmt.Errorf("explaining %s by %s: %w", c.spec.Name, q.Index, err)
	}
	return plan, nil
}

// asked is a query with its values brought into the kinds that engines compare.
type asked struct {
	index    Index
	eq       []any
	from, to any
	key      string // all that the answer depends on
	place    uint64 // the counter of index and eq
}

func (c *Collection[T]) ask(q Query, tally string) (asked, error) {
	i := slices.IndexFunc(c.spec.Indexes, func(ix Index) bool { return ix.Name == q.Index })
	if i < 0 {
		return asked{}, fmt.Errorf("%w: %s has no index %q", ErrQuery, c.spec.Name, q.Index)
	}
	a := asked{index: c.spec.Indexes[i], eq: make([]any, len(q.Eq))}
	if len(q.Eq) != len(a.index.Eq) {
		return asked{}, fmt.Errorf("%w: index %s wants %d values, not %d", ErrQuery, q.Index, len(a.index.Eq), len(q.Eq))
	}
	if a.index.Sort == "" && (q.From != nil || q.To != nil) {
		return asked{}, fmt.Errorf("%w: index %s has no sort field to bound", ErrQuery, q.Index)
	}
	var err error
	buf := appendPlace(make([]byte, 0, 128), i)
	for j, v := range q.Eq {
		if a.eq[j], err = value(v); err != nil || a.eq[j] == nil {
			return asked{}, fmt.Errorf("%w: index %s, field %s: %T", ErrQuery, q.Index, a.index.Eq[j], v)
		}
		buf = appendValue(buf, a.eq[j])
	}
	if c.cache != nil {
		a.place = c.cache.place(buf)
	}
	if a.from, err = value(q.From); err != nil {
		return asked{}, fmt.Errorf("%w: From: %T", ErrQuery, q.From)
	}
	if a.to, err = value(q.To); err != nil {
		return asked{}, fmt.Errorf("%w: To: %T", ErrQuery, q.To)
	}
	if c.cache != nil {
		a.key = string(q.appendRest(buf, a, tally))
	}
	return a, nil
}

func (q Query) appendRest(buf []byte, a asked, tally string) []byte {
	buf = appendValue(appendValue(buf, a.from), a.to)
	buf = append(buf, flag(q.Desc))
	buf = binary.AppendVarint(buf, int64(q.limit()))
	return appendString(appendString(buf, q.Cursor), tally)
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return defaultLimit
	}
	return min(q.Limit, maxLimit)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (c *Collection[T]) count(a asked) uint64 {
	if c.cache == nil {
		return 0
	}
	return c.cache.counter[a.place].Load()
}

func (c *Collection[T]) scan(a asked, q Query) (Scan, error) {
	s := Scan{Index: a.index, Eq: a.eq, From: a.from, To: a.to, Desc: q.Desc, Limit: q.limit()}
	if q.Cursor == "" {
		return s, nil
	}
	mark, err := c.mark(a, q)
	s.After = mark
	return s, err
}

const cursorForm = 1 // the first byte of every cursor

// cursor says where the next page begins: behind the last document of this one. It names its query, so that it
// cannot be used with another.
func (c *Collection[T]) cursor(a asked, q Query, last *T) (string, error) {
	var sort any
	if a.index.Sort != "" {
		fields, err := c.fields(last)
		if err != nil {
			return "", err
		}
		sort = fields[slices.Index(c.schema.Fields, a.index.Sort)]
	}
	buf := binary.BigEndian.AppendUint64([]byte{cursorForm}, c.fingerprint(a, q))
	buf = appendString(appendValue(buf, sort), headOf(last).ID)
	return base64.RawURLEncoding.EncodeToString(buf), nil
}

func (c *Collection[T]) mark(a asked, q Query) (*Mark, error) {
	buf, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
	if err != nil || len(buf) < 9 || buf[0] != cursorForm || binary.BigEndian.Uint64(buf[1:]) != c.fingerprint(a, q) {
		return nil, ErrCursor
	}
	sort, rest, ok := takeValue(buf[9:])
	if !ok || (sort == nil) != (a.index.Sort == "") {
		return nil, ErrCursor
	}
	if sort != nil && !within(sort, a.from, a.to) {
		return nil, ErrCursor
	}
	id, rest, ok := takeString(rest)
	if !ok || len(rest) > 0 {
		return nil, ErrCursor
	}
	return &Mark{Sort: sort, ID: id.(string)}, nil
}

// within keeps a forged cursor inside the bounds of its query.
func within(v, from, to any) bool {
	return (from == nil || sameKind(v, from) && !less(v, from)) && (to == nil || sameKind(v, to) && less(v, to))
}

// fingerprint is the same in every process: a cursor may come back to another one.
func (c *Collection[T]) fingerprint(a asked, q Query) uint64 {
	buf := appendString(appendString(nil, c.spec.Name), a.index.Name)
	for _, v := range a.eq {
		buf = appendValue(buf, v)
	}
	buf = append(appendValue(appendValue(buf, a.from), a.to), flag(q.Desc))
	h := fnv.New64a()
	h.Write(buf)
	return h.Sum64()
}
