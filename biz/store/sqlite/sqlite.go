// Package sqlite keeps documents in one SQLite file: the engine for one machine. No C compiler is needed.
//
// A collection is a table: the document as JSON in one column, beside it a column for each declared field. One
// writer folds whatever is queued, of all collections, into one transaction, so that the price of durability
// (synchronous=FULL) is paid once for many; each is answered after the commit, with its own outcome. Readers have
// connections of their own and never wait for the writer.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"github.com/bytedance/sonic"
	_ "modernc.org/sqlite" // the driver

	"kuacheng/biz/store"
)

// Engine is an open database file.
type Engine struct {
	path   string
	shared bool
	lock   *sql.DB
	write  *sql.DB // one connection for the writer and one for the schema
	read   *sql.DB
	w      *writer

	close sync.Once
	err   error // of Close
}

// Open opens or makes the file at path, and its folder. It refuses a file that another process has open.
func Open(ctx context.Context, path string, cfg store.Config) (*store.DB, error) {
	return opened(cfg)(OpenEngine(ctx, path))
}

// OpenShared is Open for several processes of one machine: they take turns to write, and remember nothing between
// reads. It refuses a file that another process has opened for itself alone. A network file system will not do:
// SQLite's journal needs memory that all processes share.
func OpenShared(ctx context.Context, path string, cfg store.Config) (*store.DB, error) {
	return opened(cfg)(openEngine(ctx, path, true))
}

func opened(cfg store.Config) func(*Engine, error) (*store.DB, error) {
	return func(e *Engine, err error) (*store.DB, error) {
		if err != nil {
			return nil, err
		}
		return store.New(e, cfg), nil
	}
}

// OpenEngine is Open for those who want the engine itself.
func OpenEngine(ctx context.Context, path string) (*Engine, error) {
	return openEngine(ctx, path, false)
}

func openEngine(ctx context.Context, path string, shared bool) (*Engine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	for _, p := range []string{path, path + ".lock"} {
		if err := create(p); err != nil {
			return nil, fmt.Errorf("opening %s: %w", path, err)
		}
	}
	e := &Engine{path: path, shared: shared}
	if e.lock, err = lockFile(ctx, path, shared); err != nil {
		return nil, err
	}
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), e.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) error {
	readers := max(2, min(runtime.GOMAXPROCS(0), 8))
	var err error
	if e.write, err = connect(e.path, 2, "journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "cache_size(-8192)",
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)"); err != nil {
		return err
	}
	if e.read, err = connect(e.path, readers, "query_only(1)", "busy_timeout(10000)", "cache_size(-4096)"); err != nil {
		return err
	}
	if _, err := e.write.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS "_collections" (name TEXT PRIMARY KEY, form TEXT NOT NULL)`); err != nil {
		return err
	}
	e.w, err = newWriter(ctx, e.write)
	return err
}

// create makes the file where it is missing, for its owner alone: SQLite would make it readable to all. A file
// that is there is not even opened: closing it again would let go of every lock this process has on it.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens a pool of at most n connections that live as long as the pool.
func connect(path string, n int, pragmas ...string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// lockFile keeps other processes out, or those who want the file alone, for as long as the result is open, also
// when this one is killed: it holds SQLite's own lock on a small file beside the database, which works wherever
// SQLite does. The database itself cannot be held so, because its readers are connections like any other.
func lockFile(ctx context.Context, path string, shared bool) (*sql.DB, error) {
	pragmas, take := []string{"journal_mode(MEMORY)", "locking_mode(EXCLUSIVE)", "busy_timeout(0)"}, "BEGIN EXCLUSIVE"
	if shared { // in this locking mode the lock of a first read is kept
		take = "SELECT count(*) FROM sqlite_schema"
	}
	db, err := connect(path+".lock", 1, pragmas...)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if _, err = db.ExecContext(ctx, take); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s is open in another process (its .lock file is held): %w", path, err)
	}
	return db, nil
}

// Name is "sqlite".
func (e *Engine) Name() string { return "sqlite" }

// Exclusive says that the lock keeps every other process out.
func (e *Engine) Exclusive() bool { return !e.shared }

// Codec writes JSON.
func (e *Engine) Codec() store.Codec { return codec{} }

// Ping reads from the file.
func (e *Engine) Ping(ctx context.Context) error {
	var one int
	if err := e.read.QueryRowContext(ctx, "SELECT 1 FROM sqlite_schema LIMIT 1").Scan(&one); err != nil {
		return fmt.Errorf("reading %s: %w", e.path, err)
	}
	return nil
}

// Stats counts transactions and the documents written in them.
func (e *Engine) Stats() store.Stats {
	return store.Stats{Commits: e.w.commits.Load(), Writes: e.w.writes.Load()}
}

// Close writes what is queued, and then lets go of the file.
func (e *Engine) Close() error {
	e.close.Do(func() {
		if e.w != nil {
			e.w.stop()
		}
		for _, db := range []*sql.DB{e.read, e.write, e.lock} {
			if db != nil {
				e.err = errors.Join(e.err, db.Close())
			}
		}
	})
	return e.err
}

// codec is JSON. What it reads it wrote itself, so it does not check the text again, and the strings of a document
// are parts of its stored form, which nobody changes.
type codec struct{}

var (
	jsonOut = sonic.Config{SortMapKeys: true, ValidateString: true}.Froze()
	jsonIn  = sonic.Config{}.Froze()
)

func (codec) Encode(doc any) ([]byte, error) { return jsonOut.Marshal(doc) }

func (codec) Decode(data []byte, doc any) error {
	return jsonIn.UnmarshalFromString(unsafe.String(unsafe.SliceData(data), len(data)), doc)
}

// column is a value as SQLite keeps it; times as milliseconds compare in their order.
func column(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.UnixMilli()
	}
	return v
}
