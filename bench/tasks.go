package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/jobs"
	"kuacheng/model"
)

const (
	producers   = 32
	concurrency = 16
	batch       = 3000
	taskTurns   = 3
	samples     = 40
)

// errand is a document whose event is the task.
type errand struct {
	model.Head `json:",inline"`
}

func newErrand(id string) *errand {
	e := &errand{Head: model.Head{ID: id}}
	e.Emit("push", clock.Real{}.Now(), nil)
	return e
}

// tasks measures the way through a durable document, its outbox, asynq and the durable settling, beside bare asynq
// with the same settings, in turns on one Redis: the embedded one, and a real one where the machine has it.
func tasks(ctx context.Context, b *bench) error {
	embedded, err := jobs.OpenRedis(jobs.Embedded)
	if err != nil {
		return err
	}
	if err := errors.Join(tasksOn(ctx, b, embedded, "embedded Redis"), embedded.Close()); err != nil {
		return err
	}
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil
	}
	uri, stop, err := realRedis(ctx, program, b.dir)
	if err != nil {
		return err
	}
	defer stop()
	real, err := jobs.OpenRedis(uri)
	if err != nil {
		return err
	}
	return errors.Join(tasksOn(ctx, b, real, "Redis"), real.Close())
}

// realRedis starts a Redis that keeps nothing.
func realRedis(ctx context.Context, program, dir string) (uri string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	cmd := exec.CommandContext(ctx, program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir)
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	for range 400 {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			conn.Close()
			return "redis://127.0.0.1:" + port, stop, nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			stop()
			return "", nil, err
		}
	}
	stop()
	return "", nil, errors.New("redis-server does not answer")
}

func tasksOn(ctx context.Context, b *bench, r *jobs.Redis, where string) error {
	var ours, bare time.Duration
	var commits int64
	for n := range taskTurns {
		d, err := bareTasks(r)
		if err != nil {
			return err
		}
		bare += d
		d, c, err := ourTasks(ctx, r, filepath.Join(b.dir, fmt.Sprintf("tasks %s %d.db", where, n)))
		if err != nil {
			return err
		}
		ours, commits = ours+d, commits+c
	}
	rate := func(d time.Duration) float64 { return taskTurns * batch / d.Seconds() }
	b.table.add(line{
		what: "task through outbox and asynq and back, " + where, ours: perSecond(rate(ours)), raw: perSecond(rate(bare)),
		ratio: times(rate(ours) / rate(bare)), writes: fmt.Sprintf("%d commits for %d tasks", commits, taskTurns*batch),
		target: "≥ 0.80×", met: rate(ours) >= 0.8*rate(bare),
	})
	took, err := latency(ctx, r, filepath.Join(b.dir, fmt.Sprintf("latency %s.db", where)))
	if err != nil {
		return err
	}
	p95 := quantile(took, 95)
	b.table.add(line{
		what: "from commit to handler, " + where, ours: fmt.Sprintf("p95 %s, p50 %s", millis(p95), millis(quantile(took, 50))),
		target: "p95 < 500 ms", met: p95 < 500*time.Millisecond,
	})
	return nil
}

// produce does n things from many goroutines.
func produce(n int, do func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, producers)
	for p := range producers {
		wg.Go(func() {
			for i := p; i < n && errs[p] == nil; i += producers {
				errs[p] = do(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// counter tells when so many have come.
type counter struct {
	n    atomic.Int64
	want int64
	all  chan struct{}
}

func newCounter(want int64) *counter { return &counter{want: want, all: make(chan struct{})} }

func (c *counter) count() {
	if c.n.Add(1) == c.want {
		close(c.all)
	}
}

// bareTasks is asynq alone, with the queues, workers and intervals that package jobs uses.
func bareTasks(r *jobs.Redis) (time.Duration, error) {
	rdb := r.Client().(*redis.Client)
	done := newCounter(batch)
	for workers, queues := range map[int]map[string]int{concurrency * 3 / 4: {"urgent": 3, "default": 1}, concurrency / 4: {"slow": 1}} {
		s := asynq.NewServerFromRedisClient(rdb, asynq.Config{Concurrency: workers, Queues: queues, TaskCheckInterval: 200 * time.Millisecond, LogLevel: asynq.WarnLevel})
		if err := s.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { done.count(); return nil })); err != nil {
			return 0, err
		}
		defer s.Shutdown()
	}
	client := asynq.NewClientFromRedisClient(rdb)
	began := time.Now()
	err := produce(batch, func(i int) error {
		_, err := client.Enqueue(asynq.NewTask("push", []byte(`{"collection":"errands","id":"`+strconv.Itoa(i)+`"}`)),
			asynq.TaskID("errands:"+strconv.Itoa(i)), asynq.Queue("urgent"), asynq.Timeout(30*time.Second))
		return err
	})
	if err != nil {
		return 0, err
	}
	<-done.all
	return time.Since(began), nil
}

// work opens a store with errands and jobs that carry them out.
func work(ctx context.Context, r *jobs.Redis, path string, handle func()) (*store.DB, *store.Collection[errand], *jobs.Jobs, error) {
	db, err := sqlite.Open(ctx, path, store.Config{})
	if err != nil {
		return nil, nil, nil, err
	}
	errands, err := store.Open(ctx, db, store.Spec[errand]{Name: "errands"})
	if err != nil {
		return nil, nil, nil, errors.Join(err, db.Close())
	}
	j, err := jobs.New(ctx, jobs.Config{DB: db, Redis: r, Concurrency: concurrency, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		j.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { handle(); return nil })
		err = j.Start()
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, db.Close())
	}
	return db, errands, j, nil
}

func ourTasks(ctx context.Context, r *jobs.Redis, path string) (took time.Duration, commits int64, err error) {
	done := newCounter(batch)
	db, errands, j, err := work(ctx, r, path, done.count)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, j.Shutdown(context.WithoutCancel(ctx)), db.Close()) }()
	before := db.Stats().Commits
	began := time.Now()
	if err := produce(batch, func(i int) error { return errands.Insert(ctx, newErrand(strconv.Itoa(i))) }); err != nil {
		return 0, 0, err
	}
	select {
	case <-done.all:
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	for refs := []store.Ref{{}}; len(refs) > 0; { // the last ones are being settled
		if refs, err = db.Pending(ctx, "errands", time.Now().Add(time.Hour), 1); err != nil {
			return 0, 0, err
		}
	}
	return time.Since(began), db.Stats().Commits - before, nil
}

// latency is from a commit to its handler, with otherwise idle workers.
func latency(ctx context.Context, r *jobs.Redis, path string) (took []time.Duration, err error) {
	handled := make(chan time.Time, 1)
	db, errands, j, err := work(ctx, r, path, func() { handled <- time.Now() })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Shutdown(context.WithoutCancel(ctx)), db.Close()) }()
	for i := range samples {
		if err := pause(ctx, time.Duration(100+rand.IntN(200))*time.Millisecond); err != nil {
			return nil, err
		}
		if err := errands.Insert(ctx, newErrand(fmt.Sprint("one", i))); err != nil {
			return nil, err
		}
		committed := time.Now()
		select {
		case at := <-handled:
			took = append(took, at.Sub(committed))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return took, nil
}
