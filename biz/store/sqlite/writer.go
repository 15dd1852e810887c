package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"kuacheng/biz/store"
)

const (
	// foldOps and foldBytes bound a transaction, so that the first in it does not wait for too many behind it.
	foldOps   = 512
	foldBytes = 4 << 20
)

// writer is the only one who writes. It takes what is queued, does it in one transaction and answers each.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	ops   chan *op

	mu      sync.RWMutex // guards stopped, and sending on ops against closing it
	stopped bool
	done    chan struct{}

	commits, writes atomic.Int64
}

// op is one statement on one row. When it changes no row, missed is its outcome.
type op struct {
	ctx    context.Context
	sql    string
	args   []any
	missed error
	bytes  int
	err    error
	reply  chan struct{}
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, stmts: map[string]*sql.Stmt{}, ops: make(chan *op, foldOps), done: make(chan struct{})}
	go w.run()
	return w, nil
}

// do queues the statement and waits until it is durable, or known to have failed. A context that ends keeps it
// from being begun; once begun its true outcome is answered, which takes no longer than a commit.
func (w *writer) do(ctx context.Context, missed error, query string, args ...any) error {
	o := &op{ctx: ctx, sql: query, args: args, missed: missed, reply: make(chan struct{})}
	for _, a := range args {
		if b, ok := a.([]byte); ok {
			o.bytes += len(b)
		}
	}
	w.mu.RLock()
	if w.stopped {
		w.mu.RUnlock()
		return store.ErrClosed
	}
	select {
	case w.ops <- o:
		w.mu.RUnlock()
	case <-ctx.Done():
		w.mu.RUnlock()
		return ctx.Err()
	}
	<-o.reply
	return o.err
}

// stop lets the queue run dry and ends the writer.
func (w *writer) stop() {
	w.mu.Lock()
	if !w.stopped {
		w.stopped = true
		close(w.ops)
	}
	w.mu.Unlock()
	<-w.done
	w.conn.Close()
}

func (w *writer) run() {
	defer close(w.done)
	var batch []*op
	for first := range w.ops {
		runtime.Gosched() // those whom the last commit has woken get to queue up
		batch = w.gather(append(batch[:0], first))
		w.settle(batch)
		clear(batch)
	}
}

// settle does a batch and answers it.
func (w *writer) settle(batch []*op) {
	if err := w.commit(batch); err != nil {
		w.oneByOne(batch, err)
	}
	for _, o := range batch {
		close(o.reply)
	}
}

func (w *writer) gather(batch []*op) []*op {
	bytes := batch[0].bytes
	for len(batch) < foldOps && bytes < foldBytes {
		select {
		case o, ok := <-w.ops:
			if !ok {
				return batch
			}
			bytes += o.bytes
			batch = append(batch, o)
		default:
			return batch
		}
	}
	return batch
}

// oneByOne gives each of a batch that has failed as a whole a transaction of its own, so that only those fail
// that must.
func (w *writer) oneByOne(batch []*op, err error) {
	if len(batch) == 1 {
		batch[0].err = err
		return
	}
	for _, o := range batch {
		if err := w.commit([]*op{o}); err != nil {
			o.err = err
		}
	}
}

// commit does a batch in one transaction. Statements are conditional, so an op that finds its row changed or
// taken fails alone; any other failure fails the transaction. The writer's own context ends nothing half-way.
func (w *writer) commit(batch []*op) error {
	ctx := context.Background()
	if err := w.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("sqlite: beginning: %w", err)
	}
	var changed int64
	for _, o := range batch {
		n, err := w.apply(ctx, o)
		if err != nil {
			_ = w.exec(ctx, "ROLLBACK") // SQLite may have rolled back already
			return fmt.Errorf("sqlite: writing: %w", err)
		}
		changed += n
	}
	if changed == 0 { // nothing to pay for
		if err := w.exec(ctx, "ROLLBACK"); err != nil {
			return fmt.Errorf("sqlite: ending: %w", err)
		}
		return nil
	}
	if err := w.exec(ctx, "COMMIT"); err != nil {
		_ = w.exec(ctx, "ROLLBACK")
		return fmt.Errorf("sqlite: committing: %w", err)
	}
	w.commits.Add(1)
	w.writes.Add(changed)
	return nil
}

func (w *writer) apply(ctx context.Context, o *op) (int64, error) {
	if o.err = o.ctx.Err(); o.err != nil {
		return 0, nil
	}
	st, err := w.prepared(ctx, o.sql)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, o.args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		o.err = o.missed
	}
	return n, err
}

func (w *writer) exec(ctx context.Context, query string) error {
	st, err := w.prepared(ctx, query)
	if err == nil {
		_, err = st.ExecContext(ctx)
	}
	return err
}

func (w *writer) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := w.stmts[query]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = st
	return st, nil
}
