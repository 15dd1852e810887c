package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bytedance/sonic"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// file is a document of some 2 KB, as a matter is, with as many indexes.
type file struct {
	model.Head `json:",inline"`
	Owner      string            `json:"owner"`
	Org        string            `json:"org"`
	State      string            `json:"state"`
	At         time.Time         `json:"at"`
	Form       map[string]string `json:"form"`
	Trail      []step            `json:"trail"`
	Count      int               `json:"count"`
}

type step struct {
	Who  string    `json:"who"`
	When time.Time `json:"when"`
	From string    `json:"from"`
	To   string    `json:"to"`
	Hash string    `json:"hash"`
}

func files(b *testing.B, db *store.DB) *store.Collection[file] {
	b.Helper()
	c, err := store.Open(b.Context(), db, store.Spec[file]{
		Name: "files",
		Fields: []store.Field[file]{
			{Name: "owner", Of: func(f *file) any { return f.Owner }},
			{Name: "org", Of: func(f *file) any { return f.Org }},
			{Name: "state", Of: func(f *file) any { return f.State }},
			{Name: "at", Of: func(f *file) any { return f.At }},
		},
		Indexes: []store.Index{{Name: "owner", Eq: []string{"owner"}, Sort: "at"}, {Name: "org", Eq: []string{"org", "state"}, Sort: "at"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

var day = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func sample(i int) *file {
	f := &file{
		Head: model.Head{ID: idOf(i)}, Owner: fmt.Sprint("owner", i/25), Org: fmt.Sprint("org", i%40), State: "accepted",
		At: day.Add(time.Duration(i) * time.Second), Form: map[string]string{},
	}
	for k := range 8 {
		f.Form[fmt.Sprint("field", k)] = fmt.Sprintf("sealed value number %d of document %d, base64 text", k, i)
	}
	for range 7 {
		f.Trail = append(f.Trail, step{Who: "441500-RS-0001", When: f.At, From: "submitted", To: "accepted", Hash: fmt.Sprintf("%064x", i)})
	}
	return f
}

// raw is the same work by hand: the driver, prepared statements, the same columns and indexes, one writer that
// folds what is queued into a transaction.
type raw struct {
	db                     *sql.DB
	get, find              *sql.Stmt
	queue                  chan rawOp
	writer                 *sql.Conn
	insertHere, updateHere *sql.Stmt
	commits                atomic.Int64
	stopped                chan struct{}
}

type rawOp struct {
	update bool
	args   []any
	done   chan error
}

func openRaw(b *testing.B, path string) *raw {
	b.Helper()
	r := &raw{queue: make(chan rawOp, 512), stopped: make(chan struct{})}
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	var err error
	r.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=cache_size(-8192)")
	must(err)
	_, err = r.db.Exec(`CREATE TABLE f (_id TEXT PRIMARY KEY, rev INTEGER, owner, org, state, at, doc BLOB);
		CREATE INDEX f_owner ON f (owner, at, _id); CREATE INDEX f_org ON f (org, state, at, _id)`)
	must(err)
	prepare := func(on interface {
		PrepareContext(context.Context, string) (*sql.Stmt, error)
	}, q string) *sql.Stmt {
		st, err := on.PrepareContext(b.Context(), q)
		must(err)
		return st
	}
	const insert, update = "INSERT INTO f VALUES (?,?,?,?,?,?,?)", "UPDATE f SET rev=?, doc=? WHERE _id=? AND rev=?"
	r.writer, err = r.db.Conn(b.Context())
	must(err)
	r.insertHere, r.updateHere = prepare(r.writer, insert), prepare(r.writer, update)
	r.get = prepare(r.db, "SELECT rev, doc FROM f WHERE _id = ?")
	r.find = prepare(r.db, "SELECT _id, rev, doc FROM f WHERE owner = ? ORDER BY at, _id LIMIT ?")
	go r.run()
	b.Cleanup(func() {
		close(r.queue)
		<-r.stopped
		r.writer.Close()
		r.db.Close()
	})
	return r
}

func (r *raw) run() {
	defer close(r.stopped)
	ctx := context.Background()
	for first := range r.queue {
		batch := []rawOp{first}
		for more := true; more && len(batch) < 512; {
			select {
			case op, ok := <-r.queue:
				if more = ok; ok {
					batch = append(batch, op)
				}
			default:
				more = false
			}
		}
		_, err := r.writer.ExecContext(ctx, "BEGIN IMMEDIATE")
		for _, op := range batch {
			st := r.insertHere
			if op.update {
				st = r.updateHere
			}
			if err == nil {
				_, err = st.ExecContext(ctx, op.args...)
			}
		}
		if err == nil {
			_, err = r.writer.ExecContext(ctx, "COMMIT")
		}
		r.commits.Add(1)
		for _, op := range batch {
			op.done <- err
		}
	}
}

func (r *raw) do(b *testing.B, update bool, args ...any) {
	op := rawOp{update, args, make(chan error, 1)}
	r.queue <- op
	if err := <-op.done; err != nil {
		b.Error(err)
	}
}

func (r *raw) insertDoc(b *testing.B, f *file, body []byte) {
	r.do(b, false, f.ID, 1, f.Owner, f.Org, f.State, f.At.UnixMilli(), body)
}

// crowd runs n calls of f by so many goroutines and says how long they took.
func crowd(workers, n int, f func(i int)) time.Duration {
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range min(workers, n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// BenchmarkStore measures ours and the driver by hand in the same run. "of-raw" is our rate as a part of the raw
// one (1 is equal, more is faster); "commits/op" is what durability was paid.
func BenchmarkStore(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("docs=%d", size), func(b *testing.B) { benchmarkSize(b, size) })
	}
}

// compare takes turns, so that what else the machine does falls on both alike. A raw read takes a hundred times
// ours, so of those no more are run than tell.
func compare(b *testing.B, workers int, stats func() store.Stats, rawCommits *atomic.Int64, ours, theirs func(i int)) {
	const turns = 8
	before, rawBefore := stats().Commits, rawCommits.Load()
	rawN := min(b.N, 20_000)
	var took, rawTook time.Duration
	b.ResetTimer()
	for turn := range turns {
		from, to := b.N*turn/turns, b.N*(turn+1)/turns
		took += crowd(workers, to-from, func(i int) { ours(from + i) })
		b.StopTimer()
		from, to = rawN*turn/turns, rawN*(turn+1)/turns
		rawTook += crowd(workers, to-from, func(i int) { theirs(from + i) })
		b.StartTimer()
	}
	b.StopTimer()
	one, rawOne := took.Seconds()/float64(b.N), rawTook.Seconds()/float64(rawN)
	b.ReportMetric(rawOne/one, "of-raw")
	b.ReportMetric(rawOne*1e9, "raw-ns/op")
	b.ReportMetric(float64(stats().Commits-before)/float64(b.N), "commits/op")
	b.ReportMetric(float64(rawCommits.Load()-rawBefore)/float64(rawN), "raw-commits/op")
}

func benchmarkSize(b *testing.B, size int) {
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ours.db"), store.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	body, err := sonic.ConfigStd.Marshal(sample(0))
	if err != nil {
		b.Fatal(err)
	}
	y := yard{db: db, ours: files(b, db), raw: openRaw(b, filepath.Join(b.TempDir(), "raw.db")), size: size, body: body}
	crowd(256, size, func(i int) {
		y.insert(b, sample(i))
		y.raw.insertDoc(b, sample(i), body)
	})
	y.writes(b)
	y.reads(b)
}

// yard is where both stand side by side.
type yard struct {
	db   *store.DB
	ours *store.Collection[file]
	raw  *raw
	size int
	body []byte
}

func (y *yard) measure(b *testing.B, name string, workers int, ours, theirs func(i int)) {
	b.Run(name, func(b *testing.B) { compare(b, workers, y.db.Stats, &y.raw.commits, ours, theirs) })
}

func (y *yard) insert(b *testing.B, f *file) {
	if err := y.ours.Insert(b.Context(), f); err != nil {
		b.Error(err)
	}
}

// some goes through all documents, far from one to the next.
func (y *yard) some(i int) int { return i * 7919 % y.size }

func (y *yard) writes(b *testing.B) {
	var serial atomic.Int64
	serial.Store(int64(y.size))
	fresh := func() *file { return sample(int(serial.Add(1))) }
	revs := make([]atomic.Int64, y.size)
	for _, workers := range []int{1, 64} {
		y.measure(b, fmt.Sprintf("insert/by=%d", workers), workers,
			func(int) { y.insert(b, fresh()) },
			func(int) { y.raw.insertDoc(b, fresh(), y.body) })
		y.measure(b, fmt.Sprintf("update/by=%d", workers), workers,
			func(i int) {
				if _, err := y.ours.Update(b.Context(), idOf(y.some(i)), func(f *file) error { f.Count++; return nil }); err != nil {
					b.Error(err)
				}
			},
			func(i int) {
				rev := revs[y.some(i)].Add(1)
				y.raw.do(b, true, rev+1, y.body, idOf(y.some(i)), rev)
			})
	}
}

// reads are of the same document or page again and again, and of any.
func (y *yard) reads(b *testing.B) {
	get := func(i int) {
		if _, err := y.ours.Get(b.Context(), idOf(i)); err != nil {
			b.Error(err)
		}
	}
	page := func(owner string) {
		if _, err := y.ours.Find(b.Context(), store.Query{Index: "owner", Eq: []any{owner}}); err != nil {
			b.Error(err)
		}
	}
	owner := func(i int) string { return fmt.Sprint("owner", y.some(i)/25) }
	y.measure(b, "get/same", 1, func(int) { get(7) }, func(int) { y.raw.read(b, 7) })
	y.measure(b, "get/any", 1, func(i int) { get(y.some(i)) }, func(i int) { y.raw.read(b, y.some(i)) })
	y.measure(b, "find/same", 1, func(int) { page("owner3") }, func(int) { y.raw.page(b, "owner3") })
	y.measure(b, "find/any", 1, func(i int) { page(owner(i)) }, func(i int) { y.raw.page(b, owner(i)) })
}

func idOf(i int) string { return fmt.Sprintf("f%07d", i) }

func (r *raw) read(b *testing.B, i int) {
	var rev int64
	var doc []byte
	if err := r.get.QueryRow(idOf(i)).Scan(&rev, &doc); err != nil {
		b.Error(err)
	}
}

func (r *raw) page(b *testing.B, owner string) {
	rows, err := r.find.Query(owner, 20)
	if err != nil {
		b.Error(err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var rev int64
		var doc []byte
		if err := rows.Scan(&id, &rev, &doc); err != nil {
			b.Error(err)
		}
	}
}
