package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"kuacheng/biz/store"
)

// table is a collection. Names come from the program and are checked by the store, so they stand in statements,
// in quotes; values never do.
type table struct {
	e      *Engine
	schema store.Schema

	insert, insertUnless, remove, get, refield string

	mu       sync.RWMutex
	shaped   map[shape]*sql.Stmt // reads
	replaces map[uint64]string   // by the fields that change
}

// maxTold is how many fields a mask of changed ones can tell apart; those beyond count as changed.
const maxTold = 63

func newTable(e *Engine, schema store.Schema) *table {
	name := quote(schema.Name)
	cols, sets, marks := "_id, rev, doc", "", "?, ?, ?"
	for _, f := range schema.Fields {
		cols += ", " + quote(f)
		sets += ", " + quote(f) + " = ?"
		marks += ", ?"
	}
	return &table{
		e: e, schema: schema, shaped: map[shape]*sql.Stmt{}, replaces: map[uint64]string{},
		insert: "INSERT INTO " + name + " (" + cols + ") VALUES (" + marks + ") ON CONFLICT (_id) DO NOTHING",
		insertUnless: "INSERT INTO " + name + " (" + cols + ") SELECT " + marks +
			" WHERE NOT EXISTS (SELECT 1 FROM " + name + " WHERE _id = ?) ON CONFLICT (_id) DO NOTHING",
		refield: "UPDATE " + name + " SET " + sets[2:] + " WHERE _id = ? AND rev = ?",
		remove:  "DELETE FROM " + name + " WHERE _id = ? AND rev = ?",
		get:     "SELECT _id, rev, doc FROM " + name + " WHERE _id = ?",
	}
}

func (t *table) Insert(ctx context.Context, row store.Row) error {
	args := append(make([]any, 0, 3+len(row.Fields)), row.ID, row.Rev, row.Body)
	args = columns(args, row.Fields)
	if row.Unless != "" {
		return t.e.w.do(ctx, store.ErrDuplicate, t.insertUnless, append(args, row.Unless)...)
	}
	return t.e.w.do(ctx, store.ErrDuplicate, t.insert, args...)
}

// Replace sets only the columns that change: SQLite would rewrite the index entries of all it is told.
func (t *table) Replace(ctx context.Context, row store.Row, rev int64) error {
	var mask uint64
	args := append(make([]any, 0, 4+len(row.Fields)), row.Rev, row.Body)
	for i, v := range row.Fields {
		if row.Was == nil || i >= maxTold || row.Was[i] != v {
			mask |= 1 << min(i, maxTold)
			args = append(args, column(v))
		}
	}
	return t.e.w.do(ctx, store.ErrConflict, t.replace(mask), append(args, row.ID, rev)...)
}

func (t *table) replace(mask uint64) string {
	t.mu.RLock()
	text := t.replaces[mask]
	t.mu.RUnlock()
	if text != "" {
		return text
	}
	text = "UPDATE " + quote(t.schema.Name) + " SET rev = ?, doc = ?"
	for i, f := range t.schema.Fields {
		if mask&(1<<min(i, maxTold)) != 0 {
			text += ", " + quote(f) + " = ?"
		}
	}
	text += " WHERE _id = ? AND rev = ?"
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replaces[mask] = text
	return text
}

func (t *table) Delete(ctx context.Context, id string, rev int64) error {
	return t.e.w.do(ctx, store.ErrConflict, t.remove, id, rev)
}

// Refield may find the row gone or changed: then it has the right fields already.
func (t *table) Refield(ctx context.Context, row store.Row) error {
	args := columns(make([]any, 0, 2+len(row.Fields)), row.Fields)
	return t.e.w.do(ctx, nil, t.refield, append(args, row.ID, row.Rev)...)
}

// Get takes microseconds, so a context that ends on the way is not worth the driver's watching it.
func (t *table) Get(ctx context.Context, id string) (store.Row, error) {
	if err := ctx.Err(); err != nil {
		return store.Row{}, err
	}
	st, err := t.stmt(shape{get: true})
	if err != nil {
		return store.Row{}, err
	}
	var row store.Row
	err = st.QueryRow(id).Scan(&row.ID, &row.Rev, &row.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Row{}, store.ErrNotFound
	}
	return row, err
}

// Find reads no more than its limit from an index, so it too runs to its end once begun.
func (t *table) Find(ctx context.Context, s store.Scan) ([]store.Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := t.stmt(shapeOf(s))
	if err != nil {
		return nil, err
	}
	rows, err := st.Query(append(filterArgs(s), s.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []store.Row
	for rows.Next() {
		var r store.Row
		if err := rows.Scan(&r.ID, &r.Rev, &r.Body); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

func (t *table) Tally(ctx context.Context, s store.Scan, by string) (map[string]int64, error) {
	sh := shapeOf(s)
	sh.tally = by
	st, err := t.stmt(sh)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, filterArgs(s)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tally := map[string]int64{}
	for rows.Next() {
		var v any
		var n int64
		if err := rows.Scan(&v, &n); err != nil {
			return nil, err
		}
		switch v := v.(type) {
		case nil:
			tally[""] += n
		case int64:
			tally[strconv.FormatInt(v, 10)] += n
		case string:
			tally[v] += n
		default:
			return nil, fmt.Errorf("sqlite: column %s holds a %T", by, v)
		}
	}
	return tally, rows.Err()
}

func (t *table) Explain(ctx context.Context, s store.Scan) (store.Plan, error) {
	rows, err := t.e.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+t.query(shapeOf(s)), append(filterArgs(s), s.Limit)...)
	if err != nil {
		return store.Plan{}, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return store.Plan{}, err
		}
		lines = append(lines, detail)
	}
	return t.plan(lines), rows.Err()
}

// plan reads SQLite's words: "SEARCH matters USING INDEX matters.hall (hall=?)". A walk along an index ("SCAN …
// USING INDEX …") is no scan: it ends at the limit.
func (t *table) plan(lines []string) store.Plan {
	p := store.Plan{Detail: strings.Join(lines, "; ")}
	for _, l := range lines {
		_, after, indexed := strings.Cut(l, " USING INDEX ")
		switch {
		case strings.HasPrefix(l, "USE TEMP B-TREE"):
			p.Sort = true
		case indexed:
			p.Index, _, _ = strings.Cut(strings.TrimPrefix(after, t.schema.Name+"."), " ")
		case strings.HasPrefix(l, "SCAN"):
			p.Scan = true
		}
	}
	return p
}

// shape is all that the text of a read depends on.
type shape struct {
	get, from, to, after, desc bool
	index, tally               string
}

// shapeOf drops the bound that After makes needless: it would compete with After for the index.
func shapeOf(s store.Scan) shape {
	after := s.After != nil
	return shape{
		index: s.Index.Name, desc: s.Desc, after: after,
		from: s.From != nil && (!after || s.Desc),
		to:   s.To != nil && (!after || !s.Desc),
	}
}

func (t *table) stmt(sh shape) (*sql.Stmt, error) {
	t.mu.RLock()
	st := t.shaped[sh]
	t.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if st := t.shaped[sh]; st != nil {
		return st, nil
	}
	st, err := t.e.read.Prepare(t.query(sh))
	if err == nil {
		t.shaped[sh] = st
	}
	return st, err
}

// query is the text of a read. INDEXED BY makes SQLite refuse it if the index cannot serve it, whatever its
// planner would have thought of.
func (t *table) query(sh shape) string {
	if sh.get {
		return t.get
	}
	var ix store.Index
	for _, has := range t.schema.Indexes {
		if has.Name == sh.index {
			ix = has
		}
	}
	from := " FROM " + quote(t.schema.Name)
	if len(indexed(ix)) > 0 {
		from += " INDEXED BY " + quote(t.schema.Name+"."+ix.Name)
	}
	from += where(ix, sh)
	if sh.tally != "" {
		return "SELECT " + quote(sh.tally) + ", COUNT(*)" + from + " GROUP BY 1"
	}
	way := ""
	if sh.desc {
		way = " DESC"
	}
	order := "_id" + way
	if ix.Sort != "" {
		order = quote(ix.Sort) + way + ", " + order
	}
	return "SELECT _id, rev, doc" + from + " ORDER BY " + order + " LIMIT ?"
}

func where(ix store.Index, sh shape) string {
	var terms []string
	for _, f := range ix.Eq {
		terms = append(terms, quote(f)+" = ?")
	}
	way := ">"
	if sh.desc {
		way = "<"
	}
	if ix.Sort == "" {
		if sh.after {
			terms = append(terms, "_id "+way+" ?")
		}
	} else {
		sort := quote(ix.Sort)
		terms = append(terms, sort+" IS NOT NULL")
		if sh.from {
			terms = append(terms, sort+" >= ?")
		}
		if sh.to {
			terms = append(terms, sort+" < ?")
		}
		if sh.after {
			terms = append(terms, "("+sort+", _id) "+way+" (?, ?)")
		}
	}
	if len(terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(terms, " AND ")
}

// filterArgs are the values for where, in its order.
func filterArgs(s store.Scan) []any {
	args := columns(make([]any, 0, len(s.Eq)+5), s.Eq)
	sh := shapeOf(s)
	if sh.from {
		args = append(args, column(s.From))
	}
	if sh.to {
		args = append(args, column(s.To))
	}
	if sh.after && s.Index.Sort != "" {
		args = append(args, column(s.After.Sort))
	}
	if sh.after {
		args = append(args, s.After.ID)
	}
	return args
}

func columns(args, values []any) []any {
	for _, v := range values {
		args = append(args, column(v))
	}
	return args
}

func quote(name string) string { return `"` + name + `"` }
