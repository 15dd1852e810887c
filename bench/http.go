package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bytedance/sonic"

	"kuacheng/biz/matter"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

const (
	readers = 50 // own the stored matters, all alike
	few     = 1_000
	many    = 100_000
	page    = 20
)

// town is who lives in the measured server, and what they have.
type town struct {
	dir      string // the server's data
	bare     string // the bare server's folder
	starters []person
	readers  []person
	bodies   [][]byte // of requests that start
	pattern  *model.Matter
	numbers  []string // of stored matters; the i-th belongs to reader i modulo readers, the newest first
}

// overHTTP measures the start, the read and the page.
func overHTTP(ctx context.Context, b *bench) error {
	t := &town{dir: filepath.Join(b.dir, "http"), bare: filepath.Join(b.dir, "bare")}
	if err := t.settle(ctx, b); err != nil {
		return fmt.Errorf("preparing: %w", err)
	}
	if err := t.fill(ctx, few); err != nil {
		return fmt.Errorf("storing %d matters: %w", few, err)
	}
	var small, large []*pair
	err := t.both(ctx, b, func(ours, bare *process) (err error) {
		if small, err = t.reads(ctx, ours, bare, few); err != nil {
			return err
		}
		return t.start(ctx, b, ours, bare)
	})
	if err != nil {
		return err
	}
	if err := t.fill(ctx, many); err != nil {
		return fmt.Errorf("storing %d matters: %w", many, err)
	}
	if err := t.both(ctx, b, func(ours, bare *process) (err error) {
		large, err = t.reads(ctx, ours, bare, many)
		return err
	}); err != nil {
		return err
	}
	report(b, small, large)
	return nil
}

// settle lets people log in and start a matter each, and writes down the bytes that the bare server is given.
func (t *town) settle(ctx context.Context, b *bench) error {
	p, err := b.serve(ctx, t.dir)
	if err != nil {
		return err
	}
	if err := t.move(ctx, p); err != nil {
		return errors.Join(err, p.stop())
	}
	if err := p.stop(); err != nil {
		return err
	}
	return t.copyBytes(ctx)
}

func (t *town) move(ctx context.Context, p *process) error {
	for n := range clients + readers {
		who, err := enter(ctx, p.address, n)
		if err != nil {
			return err
		}
		if n < clients {
			t.starters = append(t.starters, who)
		} else {
			t.readers = append(t.readers, who)
		}
	}
	var err error
	t.bodies, err = starts(ctx, p.address, t.starters[0])
	return err
}

// copyBytes takes a stored matter as the pattern of all, and as what the bare server inserts.
func (t *town) copyBytes(ctx context.Context) error {
	return t.store(ctx, func(matters *store.Collection[model.Matter]) error {
		found, err := matters.Find(ctx, store.Query{Index: "applicant", Eq: []any{t.starters[0].id}, Limit: 1})
		if err != nil || len(found.Items) == 0 {
			return errors.Join(errors.New("no matter was stored"), err)
		}
		t.pattern = found.Items[0]
		doc, err := sonic.ConfigStd.Marshal(t.pattern)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(t.bare, 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(t.bare, bareDoc), doc, 0o600)
	})
}

// store opens the server's matters while it is down.
func (t *town) store(ctx context.Context, do func(*store.Collection[model.Matter]) error) error {
	db, err := sqlite.Open(ctx, filepath.Join(t.dir, "kuacheng.db"), store.Config{})
	if err != nil {
		return err
	}
	matters, _, err := matter.Open(ctx, db)
	if err == nil {
		err = do(matters)
	}
	return errors.Join(err, db.Close())
}

// fill stores matters like the pattern until there are n of them, the first the newest.
func (t *town) fill(ctx context.Context, n int) error {
	from := len(t.numbers)
	t.numbers = append(t.numbers, make([]string, n-from)...)
	return t.store(ctx, func(matters *store.Collection[model.Matter]) error {
		next := atomic.Int64{}
		next.Store(int64(from))
		var all sync.WaitGroup
		failed := make(chan error, 1)
		for range 256 {
			all.Go(func() {
				for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
					no, err := t.like(ctx, matters, i)
					if err != nil {
						select {
						case failed <- err:
						default:
						}
						return
					}
					t.numbers[i] = no
				}
			})
		}
		all.Wait()
		select {
		case err := <-failed:
			return err
		default:
			return nil
		}
	})
}

// like stores the i-th matter.
func (t *town) like(ctx context.Context, matters *store.Collection[model.Matter], i int) (string, error) {
	m := *t.pattern
	opened := t.pattern.Times.Opened.Add(-time.Duration(i+1) * time.Minute)
	m.Head = model.Head{Seq: t.pattern.Seq}
	m.Applicant, m.Times.Opened, m.Times.Changed = t.readers[i%readers].id, opened, opened
	for draw := uint64(i); ; draw += many {
		no, err := model.MakeMatterNo(m.To, opened, draw)
		if err != nil {
			return "", err
		}
		m.ID = no
		if err := matters.Insert(ctx, &m); !errors.Is(err, store.ErrDuplicate) {
			return no, err
		}
	}
}

// both runs the two servers beside each other.
func (t *town) both(ctx context.Context, b *bench, measure func(ours, bare *process) error) (err error) {
	ours, err := b.serve(ctx, t.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.stop()) }()
	if err := t.answers(ctx, ours); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(t.bare, "raw.db")); err != nil {
		return err
	}
	bare, err := launch(ctx, "/matter", self, "bare", "--dir", t.bare)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	return measure(ours, bare)
}

// answers asks the server what the bare one then answers from memory.
func (t *town) answers(ctx context.Context, ours *process) error {
	for name, request := range map[string][]byte{
		bareMatter: get("/api/v1/matters/"+t.numbers[0], t.readers[0].token),
		barePage:   get(fmt.Sprint("/api/v1/matters?limit=", page), t.readers[0].token),
		bareStart:  post("/api/v1/matters", t.starters[0].token, "answer", t.bodies[0]),
	} {
		status, body, err := exchange(ctx, ours.address, request)
		if err != nil || status >= 300 {
			return errors.Join(fmt.Errorf("%s: answered %d: %s", name, status, body), err)
		}
		if n := bytes.Count(body, []byte(`"pretty_no"`)); name == barePage && n != page {
			return fmt.Errorf("a page has %d matters, not %d", n, page)
		}
		if err := os.WriteFile(filepath.Join(t.bare, name), body, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (t *town) start(ctx context.Context, b *bench, ours, bare *process) error {
	o := &side{address: ours.address, want: http.StatusCreated, request: func(client, n int) []byte {
		return post("/api/v1/matters", t.starters[client].token, fmt.Sprint("start-", n), t.bodies[(client*7+n)%len(t.bodies)])
	}}
	r := &side{address: bare.address, want: http.StatusCreated, request: func(client, n int) []byte {
		return post("/start", t.starters[client].token, fmt.Sprint("start-", n), t.bodies[(client*7+n)%len(t.bodies)])
	}}
	before, written, err := ours.commits(ctx)
	if err != nil {
		return err
	}
	if err := compare(ctx, o, r); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	after, writtenAfter, err := ours.commits(ctx)
	if err != nil {
		return err
	}
	var rawCommits struct{ Commits int }
	if err := ask(ctx, bare.address, get("/commits", ""), &rawCommits); err != nil {
		return err
	}
	total := func(s *side) (n int) {
		for _, k := range s.sent {
			n += k
		}
		return n
	}
	b.table.add(line{
		what:  fmt.Sprintf("start of a matter, durable, %d clients", clients),
		ours:  fmt.Sprintf("%s, p99 %s", perSecond(o.rate()), millis(o.quantile(99))),
		raw:   fmt.Sprintf("%s, p99 %s", perSecond(r.rate()), millis(r.quantile(99))),
		ratio: times(o.rate() / r.rate()),
		writes: fmt.Sprintf("%d documents in %d commits for %d starts; raw %d for %d", writtenAfter-written, after-before, total(o),
			rawCommits.Commits, total(r)),
		target: "≥ 0.80×", met: o.rate() >= 0.8*r.rate(),
	})
	return nil
}

// pair is one comparison of reads.
type pair struct {
	what      string
	docs      int
	ours, raw *side
	bound     bool // has a target
}

func (p *pair) ratio() float64 { return p.ours.rate() / p.raw.rate() }

// reads compares the read of a matter and of a page. The same thousand matters and fifty people are asked for
// however many are stored; with many stored, also any matter of all, more than are remembered in memory.
func (t *town) reads(ctx context.Context, ours, bare *process, docs int) ([]*pair, error) {
	matterOf := func(among int) func(client, n int) []byte {
		return func(client, n int) []byte {
			i := (client*7919 + n*104729) % among
			return get("/api/v1/matters/"+t.numbers[i], t.readers[i%readers].token)
		}
	}
	pages := func(client, n int) []byte {
		return get(fmt.Sprint("/api/v1/matters?limit=", page), t.readers[(client+n)%readers].token)
	}
	raw := func(path string) *side {
		request := get(path, t.readers[0].token)
		return &side{address: bare.address, want: http.StatusOK, request: func(int, int) []byte { return request }}
	}
	mine := func(request func(client, n int) []byte) *side {
		return &side{address: ours.address, want: http.StatusOK, request: request}
	}
	pairs := []*pair{
		{"read of a matter", docs, mine(matterOf(few)), raw("/matter"), true},
		{fmt.Sprintf("page of %d of one's matters", page), docs, mine(pages), raw("/page"), true},
	}
	if docs > few {
		pairs = append(pairs, &pair{"read of any matter, more than memory holds", docs, mine(matterOf(docs)), raw("/matter"), false})
	}
	for _, p := range pairs {
		if err := compare(ctx, p.ours, p.raw); err != nil {
			return nil, fmt.Errorf("%s: %w", p.what, err)
		}
	}
	return pairs, nil
}

func report(b *bench, small, large []*pair) {
	for _, p := range append(small, large...) {
		l := line{
			what:  fmt.Sprintf("%s, %d stored", p.what, p.docs),
			ours:  fmt.Sprintf("%s, p99 %s", perSecond(p.ours.rate()), millis(p.ours.quantile(99))),
			raw:   fmt.Sprintf("%s, p99 %s", perSecond(p.raw.rate()), millis(p.raw.quantile(99))),
			ratio: times(p.ratio()),
		}
		if p.bound {
			l.target, l.met = "≥ 0.70×", p.ratio() >= 0.7
		}
		b.table.add(l)
	}
	for i, s := range small {
		cost := s.ratio() / large[i].ratio() // each against the bare server beside it, because the machine changes meanwhile
		b.table.add(line{
			what:  fmt.Sprintf("cost of the %s, %d stored", s.what, many),
			ours:  fmt.Sprintf("%.0f µs", 1e6/large[i].ours.rate()),
			raw:   fmt.Sprintf("%.0f µs with %d stored", 1e6/s.ours.rate(), few),
			ratio: times(cost), target: "≤ 1.20×", met: cost <= 1.2,
		})
	}
}
