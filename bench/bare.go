package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	_ "modernc.org/sqlite" // the driver

	"kuacheng/model"
)

// What the bare server answers and stores lies in its folder under these names.
const (
	bareDoc    = "doc.json"    // a stored matter
	bareStart  = "start.json"  // the answer to a start
	bareMatter = "matter.json" // the answer to a read
	barePage   = "page.json"   // a page of 20
)

// bareCmd is what the server is measured against: Hertz with handlers that answer bytes from memory, and one that
// first inserts the bytes of a matter, with what a person's matters are found by, into SQLite.
type bareCmd struct {
	Listen string `required:""`
	Dir    string `required:"" help:"Folder with the bytes, and for the database."`
}

// Run serves until the process is told to stop.
func (c *bareCmd) Run(ctx context.Context) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	bytes := map[string][]byte{}
	for _, name := range []string{bareDoc, bareStart, bareMatter, barePage} {
		if bytes[name], err = os.ReadFile(filepath.Join(c.Dir, name)); err != nil {
			return err
		}
	}
	raw, err := openRaw(ctx, filepath.Join(c.Dir, "raw.db"))
	if err != nil {
		return err
	}
	defer raw.close()
	h := server.New(server.WithListener(l), server.WithDisablePrintRoute(true), server.WithExitWaitTime(time.Second))
	const kind = "application/json; charset=utf-8"
	const scatter = 387_420_489 // prime to the million numbers of a day, so that none comes twice
	var serial atomic.Int64
	h.POST("/start", func(_ context.Context, c *app.RequestContext) {
		n := serial.Add(1)
		no, err := model.MakeMatterNo("441500", time.Now(), uint64(n)*scatter) // as scattered in the index as ours
		if err != nil {
			c.Data(http.StatusInternalServerError, kind, []byte(`{}`))
			return
		}
		if err := raw.insert(no, fmt.Sprint("applicant", n%clients), time.Now().UnixMilli(), bytes[bareDoc]); err != nil {
			c.Data(http.StatusInternalServerError, kind, []byte(`{}`))
			return
		}
		c.Data(http.StatusCreated, kind, bytes[bareStart])
	})
	h.GET("/matter", func(_ context.Context, c *app.RequestContext) { c.Data(http.StatusOK, kind, bytes[bareMatter]) })
	h.GET("/page", func(_ context.Context, c *app.RequestContext) { c.Data(http.StatusOK, kind, bytes[barePage]) })
	h.GET("/commits", func(_ context.Context, c *app.RequestContext) {
		c.Data(http.StatusOK, kind, fmt.Appendf(nil, `{"commits":%d}`, raw.commits.Load()))
	})
	failed := make(chan error, 1)
	go func() { failed <- h.Run() }()
	select {
	case <-ctx.Done():
	case err := <-failed:
		return err
	}
	stop, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = h.Shutdown(stop) // clients that have not hung up are cut off
	return nil
}

// rawStore is SQLite by hand: the driver, one prepared statement, and a writer that folds what is queued into one
// transaction.
type rawStore struct {
	db      *sql.DB
	conn    *sql.Conn
	st      *sql.Stmt
	queue   chan *rawInsert
	stopped chan struct{}
	commits atomic.Int64
}

type rawInsert struct {
	args []any
	done chan error
}

func openRaw(ctx context.Context, path string) (*rawStore, error) {
	r := &rawStore{queue: make(chan *rawInsert, 512), stopped: make(chan struct{})}
	var err error
	if r.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-8192)&_pragma=wal_autocheckpoint(4000)"); err != nil {
		return nil, err
	}
	if r.conn, err = r.db.Conn(ctx); err != nil {
		return nil, err
	}
	if _, err := r.conn.ExecContext(ctx, `CREATE TABLE matters (_id TEXT PRIMARY KEY, applicant, opened, doc BLOB);
		CREATE INDEX by_applicant ON matters (applicant, opened, _id)`); err != nil {
		return nil, err
	}
	if r.st, err = r.conn.PrepareContext(ctx, "INSERT INTO matters VALUES (?, ?, ?, ?)"); err != nil {
		return nil, err
	}
	go r.run()
	return r, nil
}

func (r *rawStore) insert(args ...any) error {
	in := &rawInsert{args, make(chan error, 1)}
	r.queue <- in
	return <-in.done
}

func (r *rawStore) run() {
	defer close(r.stopped)
	ctx := context.Background()
	for first := range r.queue {
		batch := []*rawInsert{first}
		for more := true; more && len(batch) < 512; {
			select {
			case in, ok := <-r.queue:
				if more = ok; ok {
					batch = append(batch, in)
				}
			default:
				more = false
			}
		}
		_, err := r.conn.ExecContext(ctx, "BEGIN IMMEDIATE")
		for _, in := range batch {
			if err == nil {
				_, err = r.st.ExecContext(ctx, in.args...)
			}
		}
		if err == nil {
			_, err = r.conn.ExecContext(ctx, "COMMIT")
		}
		r.commits.Add(1)
		for _, in := range batch {
			in.done <- err
		}
	}
}

func (r *rawStore) close() {
	close(r.queue)
	<-r.stopped
	_ = r.db.Close() // the folder goes with it
}
