package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/ledger"
	"kuacheng/biz/matter"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
)

const (
	fewRows   = 10_000
	manyRows  = 300_000
	spread    = 300 // days over which the matters were handed in
	owing     = 500 // of them are under way, with a red light
	asked     = 20  // times
	exported  = 100_000
	watchHeap = 50 * time.Millisecond
)

// overLedger measures what a supervisor asks of few and of many matters: it has to cost the same.
func overLedger(ctx context.Context, b *bench) error {
	small, err := b.ledgerOf(ctx, fewRows)
	if err != nil {
		return err
	}
	large, err := b.ledgerOf(ctx, manyRows)
	if err != nil {
		return err
	}
	for _, x := range []struct {
		what        string
		small, many time.Duration
	}{
		{"overview of a year", small.overview, large.overview}, {"page of 20 of the ledger", small.page, large.page},
		{"a change that signals look at", small.change, large.change}, {"page of 20 signals", small.signals, large.signals},
		{"a morning's digests and rates", small.morning, large.morning},
	} {
		ratio := float64(x.many) / float64(x.small)
		b.table.add(line{
			what: fmt.Sprintf("%s, %d matters", x.what, manyRows), ours: micros(x.many), raw: fmt.Sprintf("%s with %d", micros(x.small), fewRows),
			ratio: times(ratio), target: "flat (≤ 1.5×)", met: ratio <= 1.5,
		})
	}
	b.table.add(line{
		what: fmt.Sprintf("export of %d rows as XLSX", large.rows), ours: fmt.Sprintf("%s, heap at most +%d MiB", large.export.Round(time.Millisecond), large.heap),
		raw: fmt.Sprintf("%d rows: +%d MiB", small.rows, small.heap), target: "bounded: < 256 MiB", met: large.heap < 256,
	})
	return nil
}

func micros(d time.Duration) string { return fmt.Sprintf("%d µs", d.Microseconds()) }

// asksOf is what a ledger of some size costs.
type asksOf struct {
	overview, page, export   time.Duration
	change, signals, morning time.Duration // of the signals
	rows                     int
	heap                     uint64 // MiB above what it was
}

func (b *bench) ledgerOf(ctx context.Context, n int) (out asksOf, err error) {
	path := filepath.Join(b.dir, fmt.Sprintf("ledger%d.db", n))
	if err := fillLedger(ctx, path, n); err != nil {
		return out, fmt.Errorf("storing %d matters: %w", n, err)
	}
	db, err := sqlite.Open(ctx, path, store.Config{})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	data, err := dataset.Load()
	if err != nil {
		return out, err
	}
	matters, err := matter.New(ctx, matter.Config{DB: db, Clock: clock.Real{}, Catalogue: catalogue.New(data)})
	if err != nil {
		return out, err
	}
	books, err := ledger.New(ctx, ledger.Config{DB: db, Clock: clock.Real{}, Catalogue: matters.Catalogue, Matters: matters})
	if err != nil {
		return out, err
	}
	if _, err := books.Rebuild(ctx); err != nil {
		return out, err
	}
	if out, err = asks(ctx, books); err != nil {
		return out, err
	}
	err = watches(ctx, db, matters, books, n, &out)
	return out, err
}

// asks lets a supervisor ask, and takes the middle of the answers.
func asks(ctx context.Context, books *ledger.Service) (out asksOf, err error) {
	today := model.DateOf(time.Now())
	year := ledger.Scope{From: today.Add(1 - ledger.MaxDays), To: today}
	if out.overview, err = middle(func() error { _, err := books.Overview(ctx, year); return err }); err != nil {
		return out, err
	}
	if out.page, err = middle(func() error { _, err := books.Rows(ctx, year, page, ""); return err }); err != nil {
		return out, err
	}
	part := year // as many days as hold the rows
	part.From = today.Add(-spread * exported / manyRows)
	if err := books.Each(ctx, part, func([]any) error { out.rows++; return nil }); err != nil {
		return out, err
	}
	out.heap, err = heapOf(func() error {
		began := time.Now()
		defer func() { out.export = time.Since(began) }()
		return books.WriteXLSX(ctx, part, io.Discard)
	})
	return out, err
}

// middle is how long something takes, asked some times.
func middle(ask func() error) (time.Duration, error) {
	var took []time.Duration
	for range asked {
		began := time.Now()
		if err := ask(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return quantile(took, 50), nil
}

// heapOf is by how much the heap in use grows at most while something is done, in MiB.
func heapOf(do func() error) (grown uint64, err error) {
	read := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	runtime.GC()
	before, most := read(), atomic.Uint64{}
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(watchHeap)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if now := read(); now > most.Load() {
					most.Store(now)
				}
			}
		}
	})
	err = do()
	close(done)
	watch.Wait()
	return (max(most.Load(), before) - before) >> 20, err
}

// fillLedger stores matters of all cities, closed but for the same few in any store, spread over the days before today.
func fillLedger(ctx context.Context, path string, n int) (err error) {
	db, err := sqlite.Open(ctx, path, store.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	matters, _, err := matter.Open(ctx, db)
	if err != nil {
		return err
	}
	cities := []string{"440100", "440300", "441900", "441300", "442000"}
	handlers := []string{"441500", "441502", "441521", "441523", "441581"}
	var next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, 64)
	for w := range errs {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && errs[w] == nil; i = next.Add(1) - 1 {
				at := time.Now().UTC().Truncate(time.Second).Add(-time.Duration(i%spread) * 24 * time.Hour)
				to := handlers[i%5]
				m := &model.Matter{
					Head: model.Head{ID: fmt.Sprintf("KC%s%012d", to, i)}, Applicant: fmt.Sprint("a", i%5000), Mode: model.Modes[i%2], From: cities[i%5], To: to,
					ROrg: cities[i%5] + "-ZS", HOrg: to + "-RS", State: model.MatterClosed, Light: model.LightNone,
					Item:  model.MatterItem{Code: fmt.Sprintf("SW-RS-%04d", i%20+1), Name: "基本养老保险关系转移接续申请", Department: "RS", Visits: 2},
					Times: model.MatterTimes{Opened: at, Changed: at, Submitted: &at, Ended: &at},
				}
				m.Counted = &model.Counted{
					Day: model.DateOf(at), From: m.From, To: m.To, Item: m.Item.Code, Dept: "RS", ROrg: m.ROrg, HOrg: m.HOrg, Mode: m.Mode, State: m.State,
					Light: m.Light, Trips: 2, Kept: 1, Days: 3,
				}
				if i < owing {
					m.State, m.Light, m.OwedBy, m.Times.Ended = model.MatterAccepted, model.LightRed, m.HOrg, nil
					m.Counted.State, m.Counted.Light, m.Counted.Kept, m.Counted.Days = m.State, m.Light, 0, 0
				}
				errs[w] = matters.Insert(ctx, m)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
