package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"kuacheng/model"
)

const (
	// maxFold bounds the changes of one write, so that the last of a crowd does not wait for all before it.
	maxFold = 512
	// maxTries bounds how often a write is begun anew because another process was faster.
	maxTries = 200
	// writeTimeout bounds one write, which no single caller's context may end: it carries the changes of others.
	writeTimeout = 30 * time.Second
)

// Update loads a document, applies change and writes it if it is still the one that was loaded; else it begins
// anew. It returns the document as saved, a snapshot shared with other callers.
//
// Changes to one document by many callers combine into one write: each gets its own copy, which already holds
// the changes before it, and a change that fails (by an error or a panic) leaves no trace. So the saved document
// may hold later changes too. change may run more than once, in another goroutine, and never after Update has
// returned; it must only use the document it is given and what it can set again.
//
// When change returns ErrUnchanged, nothing is written for it and Update returns the current document. When ctx
// ends first, whether the change was written is not known.
func (c *Collection[T]) Update(ctx context.Context, id string, apply func(*T) error) (*T, error) {
	ch := c.submit(ctx, id, &change[T]{apply: apply})
	return ch.doc, ch.err
}

// Upsert is Update that begins with fresh() when there is no such document. apply may be nil.
func (c *Collection[T]) Upsert(ctx context.Context, id string, fresh func() *T, apply func(*T) error) (*T, error) {
	if apply == nil {
		apply = func(*T) error { return nil }
	}
	ch := c.submit(ctx, id, &change[T]{apply: apply, fresh: fresh})
	return ch.doc, ch.err
}

// change is one caller's wish in the line of a document.
type change[T any] struct {
	apply  func(*T) error
	fresh  func() *T // Upsert only
	remove bool      // Delete
	done   chan struct{}

	mu   sync.Mutex // held while apply runs
	gone bool       // the caller has left; apply must not run any more

	// The outcome, which is the caller's to read once done is closed.
	doc   *T
	err   error
	panic *panicked
}

// line is who waits for one document. It exists while one is served.
type line[T any] struct{ waiting []*change[T] }

// submit brings a change to its end. Who finds nobody in the line serves himself, in his own goroutine and under
// his own context; those who come meanwhile wait, and are then served together.
func (c *Collection[T]) submit(ctx context.Context, id string, ch *change[T]) *change[T] {
	if err := ctx.Err(); err != nil {
		return &change[T]{err: c.failed(id, err)}
	}
	ch.done = make(chan struct{})
	c.mu.Lock()
	l := c.lines[id]
	alone := l == nil
	if alone {
		l = &line[T]{}
		c.lines[id] = l
	} else {
		l.waiting = append(l.waiting, ch)
	}
	c.mu.Unlock()
	if alone {
		c.fold(ctx, id, l, []*change[T]{ch})
		c.leave(ctx, id, l)
	}
	select {
	case <-ch.done:
		if ch.panic != nil {
			panic(ch.panic)
		}
		return ch
	case <-ctx.Done():
		ch.mu.Lock()
		ch.gone = true
		ch.mu.Unlock()
		return &change[T]{err: c.failed(id, ctx.Err())}
	}
}

// leave closes a line that nobody waits in, or else has it served.
func (c *Collection[T]) leave(ctx context.Context, id string, l *line[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(l.waiting) == 0 {
		delete(c.lines, id)
		return
	}
	go c.serve(context.WithoutCancel(ctx), id, l)
}

// serve writes what the line holds, batch after batch, until it is empty.
func (c *Collection[T]) serve(ctx context.Context, id string, l *line[T]) {
	for {
		c.mu.Lock()
		n := min(len(l.waiting), maxFold)
		if n == 0 {
			delete(c.lines, id)
			c.mu.Unlock()
			return
		}
		batch := l.waiting[:n:n]
		l.waiting = l.waiting[n:]
		c.mu.Unlock()
		c.fold(ctx, id, l, batch)
	}
}

// fold brings one batch to its end and answers it, also when a declared field panics, or a change ends the
// goroutine (runtime.Goexit, as a failing test does) and another must serve the line.
func (c *Collection[T]) fold(ctx context.Context, id string, l *line[T], batch []*change[T]) {
	finished := false
	defer func() {
		if !finished {
			p := recover()
			for _, ch := range batch {
				ch.doc, ch.err, ch.panic = nil, c.failed(id, errors.New("a change ended its goroutine")), nil
				if p != nil {
					ch.panic = &panicked{p, debug.Stack()}
				}
			}
			if p == nil {
				c.leave(ctx, id, l)
			}
		}
		for _, ch := range batch {
			close(ch.done)
		}
	}()
	timed, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	for try := 1; !c.attempt(timed, id, batch, try); try++ {
		pause(timed, try)
	}
	finished = true
}

// pause lets other processes through before the next try, longer each time up to some 20 ms.
func pause(ctx context.Context, try int) {
	t := time.NewTimer(time.Duration(rand.Int64N(int64(min(try, 20)) * int64(time.Millisecond))))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// attempt loads, applies the batch and writes; it is false when another process was faster and the batch is to be
// begun anew.
func (c *Collection[T]) attempt(ctx context.Context, id string, batch []*change[T], try int) bool {
	seen := c.cache.seen(id)
	st, err := c.load(ctx, id, try == 1)
	if err != nil {
		for _, ch := range batch {
			ch.err = c.failed(id, err)
		}
		return true
	}
	for _, ch := range batch {
		c.apply(st, ch)
	}
	err = c.write(ctx, st)
	if errors.Is(err, ErrConflict) && try < maxTries {
		c.cache.drop(id)
		return false
	}
	if err == nil && st.first != nil {
		c.cache.wrote(seen, id, st.stored(), c.keys(st.oldFields), c.keys(st.row.Fields))
		c.db.committed(c.spec.Name, id, st.emitted())
	}
	c.answer(st, batch, err)
	return true
}

// state is the document as a batch has changed it so far.
type state[T any] struct {
	had       bool  // it was stored when the batch began,
	rev       int64 // with this rev,
	oldFields []any // these fields
	oldEvents []model.Event

	exists bool
	row    Row
	doc    *T         // what row holds; nobody changes it
	first  *change[T] // the first change to be written; nil while there is nothing to write
}

func (c *Collection[T]) load(ctx context.Context, id string, cached bool) (*state[T], error) {
	row, doc, err := c.cache.stored(id, c.decode)
	if doc == nil || !cached {
		if row, err = c.table.Get(ctx, id); errors.Is(err, ErrNotFound) {
			return &state[T]{row: Row{ID: id}}, nil
		}
		if err == nil {
			doc, err = c.decode(row)
		}
	}
	if err != nil {
		return nil, err
	}
	st := &state[T]{had: true, rev: row.Rev, exists: true, row: row, doc: doc, oldEvents: headOf(doc).Outbox}
	if c.cache != nil {
		st.oldFields, err = c.fields(doc)
	}
	return st, err
}

// apply runs one change on its own copy, and keeps the copy if the change succeeds.
func (c *Collection[T]) apply(st *state[T], ch *change[T]) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.doc, ch.err, ch.panic = nil, nil, nil
	if ch.gone {
		return
	}
	if !st.exists && ch.fresh == nil {
		ch.err = c.failed(st.row.ID, ErrNotFound)
		return
	}
	if ch.remove {
		st.exists, st.doc = false, nil
		st.wrote(ch)
		return
	}
	doc := c.copy(st, ch)
	if ch.panic == nil {
		ch.guard(func() { ch.err = ch.apply(doc) })
	}
	if ch.err != nil || ch.panic != nil {
		return
	}
	h := headOf(doc)
	h.ID, h.Rev = st.row.ID, st.rev+1
	row, err := c.row(doc)
	if err != nil {
		ch.err = c.failed(st.row.ID, err)
		return
	}
	st.exists, st.row, st.doc = true, row, doc
	st.wrote(ch)
}

// copy is the document for a change to work on.
func (c *Collection[T]) copy(st *state[T], ch *change[T]) (doc *T) {
	if st.exists {
		return c.cloner.clone(st.doc)
	}
	ch.guard(func() {
		doc = ch.fresh()
		h := headOf(doc)
		h.ID, h.Rev = st.row.ID, 0
	})
	return doc
}

func (c *Collection[T]) write(ctx context.Context, st *state[T]) error {
	switch {
	case st.first == nil, !st.had && !st.exists:
		return nil
	case !st.had:
		err := c.table.Insert(ctx, st.row)
		if errors.Is(err, ErrDuplicate) {
			return ErrConflict
		}
		return err
	case st.exists:
		st.row.Was = st.oldFields
		return c.table.Replace(ctx, st.row, st.rev)
	default:
		return c.table.Delete(ctx, st.row.ID, st.rev)
	}
}

// answer gives each change what has become of it. A refusal that came after a change which could not be written
// was judged on what never was, so it becomes the same failure.
func (c *Collection[T]) answer(st *state[T], batch []*change[T], failure error) {
	doomed := false
	for _, ch := range batch {
		doomed = doomed || ch == st.first
		switch {
		case failure != nil && doomed:
			ch.doc, ch.err, ch.panic = nil, c.failed(st.row.ID, failure), nil
		case ch.panic != nil, ch.err != nil && !errors.Is(ch.err, ErrUnchanged):
		case !ch.remove:
			ch.doc, ch.err = c.current(st)
		}
	}
}

// current is the document that a change without fault returns: as saved, or as it was found.
func (c *Collection[T]) current(st *state[T]) (*T, error) {
	if !st.exists {
		return nil, c.failed(st.row.ID, ErrNotFound)
	}
	return st.doc, nil
}

func (c *Collection[T]) failed(id string, err error) error {
	return fmt.Errorf("changing %s %s: %w", c.spec.Name, id, err)
}

func (st *state[T]) wrote(ch *change[T]) {
	if st.first == nil {
		st.first = ch
	}
}

// stored is the row that is now in the engine, nil for none.
func (st *state[T]) stored() *Row {
	if !st.exists {
		return nil
	}
	return &st.row
}

// emitted are the events that the written document holds and the loaded one did not.
func (st *state[T]) emitted() []model.Event {
	if !st.exists {
		return nil
	}
	var fresh []model.Event
	for _, e := range headOf(st.doc).Outbox {
		if !slices.ContainsFunc(st.oldEvents, func(o model.Event) bool { return o.ID == e.ID }) {
			fresh = append(fresh, e)
		}
	}
	return fresh
}

// guard runs f and keeps its panic for the caller's goroutine.
func (ch *change[T]) guard(f func()) {
	finished := false
	defer func() {
		if finished {
			return
		}
		if p := recover(); p != nil { // nil: the goroutine is ending, which fold sees to
			ch.panic = &panicked{p, debug.Stack()}
		}
	}()
	f()
	finished = true
}

// panicked carries a panic from the goroutine that serves a line to the caller whose change it was.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v\n\n%s", p.value, p.stack) }
