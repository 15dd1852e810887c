// Package jobs brings about what happens later: it carries events from the outboxes of documents to their
// handlers, wakes documents whose time has come, and shows people what has failed.
//
// The documents are the only truth; asynq and its Redis carry work quickly and own nothing, so Redis may be wiped
// at any time. An event is enqueued after the commit that holds it and leaves the outbox when its handler has done
// its work. The sweep finds what was lost on the way. So every effect is brought about at least once, and the
// id of the event lets its receiver see a repetition.
package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/biz/clock"
	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
)

// Queue is how urgent work is. A kind of event belongs to one queue for ever: asynq's task ids are unique within
// a queue only, so a kind that moves can be carried out twice while old tasks are under way.
type Queue string

const (
	Urgent  Queue = "urgent"  // somebody is waiting for it: pushes
	Default Queue = "default" // follow-up work on documents, and all wakes
	Slow    Queue = "slow"    // what asks slow others: couriers, peers. It has workers of its own, so that an outage there delays nothing here
)

// queues lists the queues with how often each is looked at first, and how long one piece of work may take.
var queues = []struct {
	name    Queue
	weight  int
	timeout time.Duration
}{
	{Urgent, 3, 30 * time.Second},
	{Default, 1, time.Minute},
	{Slow, 1, 5 * time.Minute},
}

// Config says how work is done. DB and Redis are required.
type Config struct {
	DB    *store.DB
	Redis *Redis

	Clock clock.Clock  // by which documents wake; the machine's by default
	Log   *slog.Logger // slog.Default() by default

	// EnqueueOnly is for processes that answer requests while others work: what they commit is enqueued, and
	// nothing is carried out or swept here.
	EnqueueOnly bool
	// Concurrency is how many pieces of work are carried out at once; a quarter of it is for Slow. Default 16.
	Concurrency int
	// TaskCheckInterval is how often an idle worker looks for work; work waits for half of it on average and for
	// one and a half times at most. Default 200 ms.
	TaskCheckInterval time.Duration
	// SweepInterval is how often what is due or left behind is looked for. An event counts as left behind when it
	// is as old. Default 5 s.
	SweepInterval time.Duration
	// MaxRetry is how often work that fails is tried again before it is given up. Default 20, which with the
	// growing delays is about half a day.
	MaxRetry int
	// ShutdownTimeout is how long begun work may take when the process ends. Default 20 s.
	ShutdownTimeout time.Duration
	// Metrics is where the collectors are registered; nil for nowhere.
	Metrics prometheus.Registerer
	// Around, for tests, wraps every handler; see package jobstest.
	Around func(outbox.Handler) outbox.Handler
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Concurrency <= 0 {
		c.Concurrency = 16
	}
	if c.TaskCheckInterval <= 0 {
		c.TaskCheckInterval = 200 * time.Millisecond
	}
	if c.SweepInterval <= 0 {
		c.SweepInterval = 5 * time.Second
	}
	if c.MaxRetry <= 0 {
		c.MaxRetry = 20
	}
	if c.ShutdownTimeout <= 0 {
		c.ShutdownTimeout = 20 * time.Second
	}
	return c
}

// Jobs is the machinery of one process. Register with On and OnWake, then Start, and Shutdown at the end.
type Jobs struct {
	cfg   Config
	db    *store.DB
	log   *slog.Logger
	name  string // of this process among those that claim the sweep
	turns *store.Collection[turn]

	routes map[string]route // by kind of event
	wakes  map[string]outbox.Wake

	strangers sync.Map // kinds without a handler that were told of

	client    atomic.Pointer[asynq.Client] // made anew by each sweep: it remembers which queues Redis knows of
	inspector *asynq.Inspector
	servers   []*asynq.Server
	outgoing  sender
	sweeper   sweeper
	running   running
	settling  chan struct{} // a place for each done event that is being settled
	meters    *meters

	base   context.Context // of handlers; ends when Shutdown has waited long enough
	cancel context.CancelFunc
	state  atomic.Int32
}

const (
	stateNew = iota
	stateStarted
	stateClosed
)

type route struct {
	queue  Queue
	handle outbox.Handler
}

// New makes the machinery. From here on what db commits is enqueued once Start has been called; what is committed
// earlier is found by the sweep.
func New(ctx context.Context, cfg Config) (*Jobs, error) {
	cfg = cfg.withDefaults()
	if cfg.DB == nil || cfg.Redis == nil {
		return nil, errors.New("jobs: a store and a Redis are needed")
	}
	turns, err := store.Open(ctx, cfg.DB, turnSpec)
	if err != nil {
		return nil, err
	}
	j := &Jobs{
		cfg: cfg, db: cfg.DB, log: cfg.Log, name: rand.Text(), turns: turns,
		routes: map[string]route{}, wakes: map[string]outbox.Wake{},
		inspector: asynq.NewInspectorFromRedisClient(cfg.Redis.client),
		outgoing:  newSender(), sweeper: newSweeper(), settling: make(chan struct{}, settlingRoom),
	}
	j.base, j.cancel = context.WithCancel(context.Background())
	j.client.Store(asynq.NewClientFromRedisClient(cfg.Redis.client))
	if j.meters, err = newMeters(cfg.Metrics, j); err != nil {
		return nil, err
	}
	cfg.DB.OnCommit(j.committed)
	return j, nil
}

// On registers the handler of a kind of event, before Start. It panics when the kind has one already or has no
// proper name: that is a mistake of the program.
func (j *Jobs) On(kind string, q Queue, h outbox.Handler) {
	if _, taken := j.routes[kind]; taken || kind == "" || kind == wakeKind || h == nil || timeoutOf(q) == 0 {
		panic(fmt.Sprintf("jobs: kind %q on queue %q is registered twice, misnamed or has no handler", kind, q))
	}
	if j.cfg.Around != nil {
		h = j.cfg.Around(h)
	}
	j.routes[kind] = route{queue: q, handle: h}
}

// OnWake registers what looks after the documents of a collection whose wake has come, before Start.
func (j *Jobs) OnWake(collection string, h outbox.Wake) {
	if _, taken := j.wakes[collection]; taken || collection == "" || h == nil {
		panic(fmt.Sprintf("jobs: wakes of %q are registered twice or have no handler", collection))
	}
	j.wakes[collection] = h
}

func timeoutOf(q Queue) time.Duration {
	for _, known := range queues {
		if known.name == q {
			return known.timeout
		}
	}
	return 0
}

// Start begins to enqueue and, unless EnqueueOnly, to work and to sweep. It does not wait for Redis: without one,
// work waits in the documents.
func (j *Jobs) Start() error {
	if !j.state.CompareAndSwap(stateNew, stateStarted) {
		return errors.New("jobs: started twice, or after the end")
	}
	j.outgoing.start(j.send)
	if !j.cfg.EnqueueOnly {
		slow := max(1, j.cfg.Concurrency/4)
		j.servers = []*asynq.Server{j.server(max(1, j.cfg.Concurrency-slow), Urgent, Default), j.server(slow, Slow)}
	}
	for _, s := range j.servers {
		if err := s.Start(asynq.HandlerFunc(j.deliver)); err != nil {
			return fmt.Errorf("jobs: starting workers: %w", err)
		}
	}
	j.sweeper.start(j)
	return nil
}

func (j *Jobs) server(concurrency int, names ...Queue) *asynq.Server {
	weights := map[string]int{}
	for _, q := range queues {
		for _, name := range names {
			if q.name == name {
				weights[string(q.name)] = q.weight
			}
		}
	}
	return asynq.NewServerFromRedisClient(j.cfg.Redis.client, asynq.Config{
		Concurrency:       concurrency,
		BaseContext:       func() context.Context { return j.base },
		TaskCheckInterval: j.cfg.TaskCheckInterval,
		RetryDelayFunc:    retryDelay,
		IsFailure:         isFailure,
		Queues:            weights,
		Logger:            queueLog{j.log},
		LogLevel:          asynq.WarnLevel,
		ShutdownTimeout:   j.cfg.ShutdownTimeout,
		JanitorInterval:   10 * time.Minute, // it only removes completed tasks that were kept, and none are
	})
}

// Shutdown takes no new work, finishes what has begun, and enqueues what was committed meanwhile. Work that takes
// longer than ShutdownTimeout, or than ctx allows, is cut off by its context and is done again after the next
// start. Redis and the store must outlive Shutdown.
func (j *Jobs) Shutdown(ctx context.Context) error {
	if j.state.Swap(stateClosed) != stateStarted {
		return nil
	}
	j.sweeper.stop()
	var wg sync.WaitGroup
	for _, s := range j.servers {
		wg.Go(s.Shutdown)
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		j.settled()
		j.cancel()
		j.outgoing.stop()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		j.cancel()
		return fmt.Errorf("jobs: shutting down: %w", ctx.Err())
	}
	return j.resign(ctx)
}
