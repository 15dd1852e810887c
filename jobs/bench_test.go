package jobs_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/jobs"
	"kuacheng/model"
)

const (
	benchProducers   = 32
	benchConcurrency = 16
	benchTasks       = 1000
)

func benchRedis(b *testing.B, bench func(b *testing.B, r *jobs.Redis)) {
	b.Run("embedded", func(b *testing.B) {
		r, err := jobs.OpenRedis(jobs.Embedded)
		if err != nil {
			b.Fatal(err)
		}
		defer r.Close()
		bench(b, r)
	})
	b.Run("server", func(b *testing.B) {
		s := newServer(b)
		s.start(b)
		r, err := jobs.OpenRedis(s.address())
		if err != nil {
			b.Fatal(err)
		}
		defer r.Close()
		bench(b, r)
	})
}

// BenchmarkThroughput compares bare asynq with the way through a durable document, its outbox, asynq and the
// durable settling, in turns on the same Redis, so that what else the machine does meets both. The work is nothing.
func BenchmarkThroughput(b *testing.B) {
	benchRedis(b, func(b *testing.B, r *jobs.Redis) {
		var bare, ours time.Duration
		var commits int64
		for b.Loop() {
			bare += benchBare(b, r)
			d, c := benchOurs(b, r)
			ours, commits = ours+d, commits+c
		}
		rate := func(d time.Duration) float64 { return float64(b.N*benchTasks) / d.Seconds() }
		b.ReportMetric(rate(bare), "bare/s")
		b.ReportMetric(rate(ours), "ours/s")
		b.ReportMetric(rate(ours)/rate(bare), "ratio")
		b.ReportMetric(float64(commits)/float64(b.N*benchTasks), "commits/task")
	})
}

// produce does n things from many goroutines.
func produce(b *testing.B, do func(i int) error) {
	b.Helper()
	var wg sync.WaitGroup
	for p := range benchProducers {
		wg.Go(func() {
			for i := p; i < benchTasks; i += benchProducers {
				if err := do(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func benchBare(b *testing.B, r *jobs.Redis) time.Duration {
	rdb := r.Client().(*redis.Client)
	var done atomic.Int64
	all := make(chan struct{})
	serve := func(concurrency int, queues map[string]int) *asynq.Server {
		s := asynq.NewServerFromRedisClient(rdb, asynq.Config{Concurrency: concurrency, Queues: queues, TaskCheckInterval: 200 * time.Millisecond, LogLevel: asynq.WarnLevel})
		if err := s.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
			if done.Add(1) == benchTasks {
				close(all)
			}
			return nil
		})); err != nil {
			b.Fatal(err)
		}
		return s
	}
	fast := serve(benchConcurrency*3/4, map[string]int{"urgent": 3, "default": 1})
	slow := serve(benchConcurrency/4, map[string]int{"slow": 1})
	client := asynq.NewClientFromRedisClient(rdb)
	start := time.Now()
	produce(b, func(i int) error {
		_, err := client.Enqueue(asynq.NewTask("push", []byte(`{"collection":"notes","id":"`+strconv.Itoa(i)+`"}`)), asynq.TaskID("notes:"+strconv.Itoa(i)), asynq.Queue("urgent"), asynq.Timeout(30*time.Second))
		return err
	})
	<-all
	took := time.Since(start)
	fast.Shutdown()
	slow.Shutdown()
	return took
}

func benchOurs(b *testing.B, r *jobs.Redis) (time.Duration, int64) {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "bench.db"), store.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	notes, err := store.Open(ctx, db, noteSpec)
	if err != nil {
		b.Fatal(err)
	}
	j, err := jobs.New(ctx, jobs.Config{DB: db, Redis: r, Concurrency: benchConcurrency, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	var done atomic.Int64
	all := make(chan struct{})
	j.On("push", jobs.Urgent, func(context.Context, string, model.Event) error {
		if done.Add(1) == benchTasks {
			close(all)
		}
		return nil
	})
	if err := j.Start(); err != nil {
		b.Fatal(err)
	}
	before := db.Stats().Commits
	start := time.Now()
	produce(b, func(i int) error { return notes.Insert(ctx, newNote(strconv.Itoa(i), "push")) })
	<-all
	for refs := []store.Ref{{}}; len(refs) > 0; { // the last ones are being settled
		if refs, err = db.Pending(ctx, "notes", now().Add(time.Hour), 1); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(start)
	commits := db.Stats().Commits - before
	if err := j.Shutdown(ctx); err != nil {
		b.Fatal(err)
	}
	return took, commits
}

// BenchmarkLatency is the time from a commit to its handler with the default settings and otherwise idle workers.
func BenchmarkLatency(b *testing.B) {
	const samples = 60
	benchRedis(b, func(b *testing.B, r *jobs.Redis) {
		ctx := context.Background()
		db, notes := benchStore(b, 1)
		j, err := jobs.New(ctx, jobs.Config{DB: db, Redis: r})
		if err != nil {
			b.Fatal(err)
		}
		handled := make(chan time.Time, 1)
		j.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { handled <- time.Now(); return nil })
		if err := j.Start(); err != nil {
			b.Fatal(err)
		}
		var took []time.Duration
		for b.Loop() {
			for i := range samples {
				wait(time.Duration(100+rand.IntN(200)) * time.Millisecond)
				if err := notes.Insert(ctx, newNote(fmt.Sprint(len(took), "-", i), "push")); err != nil {
					b.Fatal(err)
				}
				committed := time.Now()
				took = append(took, (<-handled).Sub(committed))
			}
		}
		if err := j.Shutdown(ctx); err != nil {
			b.Fatal(err)
		}
		slices.Sort(took)
		for _, p := range []int{50, 95, 99} {
			b.ReportMetric(float64(took[min(len(took)*p/100, len(took)-1)].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
		}
	})
}

// BenchmarkIdle is the share of one core that workers and sweeps of fifteen collections take while nothing happens.
func BenchmarkIdle(b *testing.B) {
	const period = 10 * time.Second
	benchRedis(b, func(b *testing.B, r *jobs.Redis) {
		ctx := context.Background()
		db, _ := benchStore(b, 15)
		j, err := jobs.New(ctx, jobs.Config{DB: db, Redis: r})
		if err != nil {
			b.Fatal(err)
		}
		if err := j.Start(); err != nil {
			b.Fatal(err)
		}
		wait(time.Second)
		var used, passed time.Duration
		for b.Loop() {
			cpu, start := cpuTime(b), time.Now()
			wait(period)
			used, passed = used+cpuTime(b)-cpu, passed+time.Since(start)
		}
		if err := j.Shutdown(ctx); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(100*used.Seconds()/passed.Seconds(), "cpu-%")
	})
}

func benchStore(b *testing.B, collections int) (*store.DB, *store.Collection[note]) {
	b.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "bench.db"), store.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	var first *store.Collection[note]
	for i := range collections {
		c, err := store.Open(context.Background(), db, store.Spec[note]{Name: fmt.Sprint("notes", i)})
		if err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			first = c
		}
	}
	return db, first
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
