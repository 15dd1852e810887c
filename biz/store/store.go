// Package store is the document store: the port that every verb saves through, and what is common to its
// engines. One aggregate is one document, and one write of one document is the only atomic step there is; the
// same code is right on SQLite, on one MongoDB and on a sharded cluster.
//
// A document embeds model.Head. Its collection is declared once, as a Spec beside the verbs that own it, with
// the fields it is found by and the indexes that find it; every query names its index, so none can scan.
// Concurrent updates of one document combine: one load, every change in turn on its own copy, one write.
//
// What is per process (combining, the cache) is only ever an optimisation: correctness rests on rev.
package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"kuacheng/model"
)

var (
	// ErrNotFound says that no document has the id.
	ErrNotFound = errors.New("store: no such document")
	// ErrDuplicate says that a document with the id exists already.
	ErrDuplicate = errors.New("store: duplicate id")
	// ErrConflict says that the document was changed by others, again and again, for as long as Update tried.
	ErrConflict = errors.New("store: document changed by others")
	// ErrUnchanged is what a change returns to say that there is nothing to write. It is not an error to the caller.
	ErrUnchanged = errors.New("store: nothing to write")
	// ErrCursor says that a cursor is malformed or belongs to another query.
	ErrCursor = errors.New("store: cursor of another query")
	// ErrQuery says that a query does not fit the index it names. It is a mistake of the program, never of a caller.
	ErrQuery = errors.New("store: query does not fit its index")
	// ErrTooLarge says that a document is over the limit both engines keep.
	ErrTooLarge = errors.New("store: document too large")
	// ErrClosed says that the store has been closed.
	ErrClosed = errors.New("store: closed")
)

// Config tunes a DB. The zero value is right for one machine.
type Config struct {
	// CacheBytes bounds the cache of decoded documents and pages of an engine that this process alone writes;
	// 0 means 64 MiB, negative none. An engine that others write too has no cache.
	CacheBytes int64
}

// DB is a store with its collections.
type DB struct {
	engine Engine
	cache  *cache // nil when others write too

	mu    sync.RWMutex
	named map[string]registered
	hooks []func(collection, id string, events []model.Event)
}

// registered is a collection as DB sees it, whatever its document type.
type registered interface {
	waiting(ctx context.Context, index string, until time.Time, limit int, after []Ref) ([]Ref, error)
	changeHead(ctx context.Context, id string, change func(*model.Head) error) error
	head(ctx context.Context, id string) (model.Head, error)
	refield(ctx context.Context) error
}

// New makes a store of an engine, which it then owns.
func New(engine Engine, cfg Config) *DB {
	db := &DB{engine: engine, named: map[string]registered{}}
	if engine.Exclusive() && cfg.CacheBytes >= 0 {
		db.cache = newCache(cfg.CacheBytes)
	}
	return db
}

// Engine is the name of the engine: "sqlite" or "mongodb".
func (db *DB) Engine() string { return db.engine.Name() }

// Exclusive says that no other process can write while this one has the store open.
func (db *DB) Exclusive() bool { return db.engine.Exclusive() }

// Ping reports whether the engine answers.
func (db *DB) Ping(ctx context.Context) error { return db.engine.Ping(ctx) }

// Stats counts what the engine has written since it was opened.
func (db *DB) Stats() Stats { return db.engine.Stats() }

// Close ends the engine once what it has begun is written. Nothing may be called after it.
func (db *DB) Close() error { return db.engine.Close() }

// Collections lists the opened collections by name.
func (db *DB) Collections() []string {
	db.mu.RLock()
	defer db.mu.RUnlock()
	names := make([]string, 0, len(db.named))
	for name := range db.named {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// OnCommit registers hook to be told of events newly emitted, after the write that holds them is durable and
// before its caller is answered. The hook delays the caller, so it only hands over; what it drops the sweep finds.
func (db *DB) OnCommit(hook func(collection, id string, events []model.Event)) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.hooks = append(db.hooks, hook)
}

// Ref names a document that needs attention.
type Ref struct {
	Collection string
	ID         string
	At         time.Time     // its wake, or the time of its earliest pending event
	Events     []model.Event // for Pending: those older than asked; for Failed: those given up
}

// Due lists documents whose wake is at or before now, the longest overdue first. With after, a Ref of an earlier
// answer, it goes on behind it, so that many that cannot be served do not hide the rest.
func (db *DB) Due(ctx context.Context, collection string, now time.Time, limit int, after ...Ref) ([]Ref, error) {
	c, err := db.collection(collection)
	if err != nil {
		return nil, err
	}
	return c.waiting(ctx, indexWake, now.Add(time.Millisecond), limit, after)
}

// Pending lists documents with unfailed events that happened before the given moment, the oldest first, each with
// those events. With after it goes on behind an earlier answer, as Due does.
func (db *DB) Pending(ctx context.Context, collection string, before time.Time, limit int, after ...Ref) ([]Ref, error) {
	c, err := db.collection(collection)
	if err != nil {
		return nil, err
	}
	return c.waiting(ctx, indexPending, before, limit, after)
}

// Failed lists documents with events that were given up, the oldest first, each with those events. With after it
// goes on behind an earlier answer, as Due does.
func (db *DB) Failed(ctx context.Context, collection string, limit int, after ...Ref) ([]Ref, error) {
	c, err := db.collection(collection)
	if err != nil {
		return nil, err
	}
	return c.waiting(ctx, indexFailed, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), limit, after)
}

// Head reads a document's head, whatever the rest of it is.
func (db *DB) Head(ctx context.Context, collection, id string) (model.Head, error) {
	c, err := db.collection(collection)
	if err != nil {
		return model.Head{}, err
	}
	return c.head(ctx, id)
}

// Settle removes an event that has been carried out. An event that is not there (settled before) is no error.
func (db *DB) Settle(ctx context.Context, collection, id, eventID string) error {
	return db.changeHead(ctx, collection, id, func(h *model.Head) error {
		if !h.Settle(eventID) {
			return ErrUnchanged
		}
		return nil
	})
}

// Fail marks an event as given up, with the reason: it is no longer pending, and people decide. The reason is
// stored as it is and must hold nothing personal.
func (db *DB) Fail(ctx context.Context, collection, id, eventID, reason string) error {
	return db.mark(ctx, collection, id, eventID, reason)
}

// Unfail makes an event that was given up pending again.
func (db *DB) Unfail(ctx context.Context, collection, id, eventID string) error {
	return db.mark(ctx, collection, id, eventID, "")
}

func (db *DB) mark(ctx context.Context, collection, id, eventID, reason string) error {
	return db.changeHead(ctx, collection, id, func(h *model.Head) error {
		i := slices.IndexFunc(h.Outbox, func(e model.Event) bool { return e.ID == eventID })
		if i < 0 || h.Outbox[i].Failed == reason {
			return ErrUnchanged
		}
		h.Outbox[i].Failed = reason
		return nil
	})
}

func (db *DB) changeHead(ctx context.Context, collection, id string, change func(*model.Head) error) error {
	c, err := db.collection(collection)
	if err != nil {
		return err
	}
	return c.changeHead(ctx, id, change)
}

// Rebuild computes the fields of every document of a collection anew. Open does so when the declaration has
// changed; by hand it is for what an older version of the program wrote beside a newer one.
func (db *DB) Rebuild(ctx context.Context, collection string) error {
	c, err := db.collection(collection)
	if err != nil {
		return err
	}
	return c.refield(ctx)
}

func (db *DB) collection(name string) (registered, error) {
	db.mu.RLock()
	defer db.mu.RUnlock()
	c, ok := db.named[name]
	if !ok {
		return nil, fmt.Errorf("store: collection %q is not open", name)
	}
	return c, nil
}

func (db *DB) register(name string, c registered) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if _, taken := db.named[name]; taken {
		return fmt.Errorf("store: collection %q is open already", name)
	}
	db.named[name] = c
	return nil
}

func (db *DB) committed(collection, id string, events []model.Event) {
	if len(events) == 0 {
		return
	}
	db.mu.RLock()
	hooks := db.hooks
	db.mu.RUnlock()
	for _, hook := range hooks {
		hook(collection, id, events)
	}
}
