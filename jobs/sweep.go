package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/model"
)

const (
	sweepPage = 100
	// sweepKnown is how many tasks that asynq has already one sweep of a collection looks up before it leaves the
	// rest to the next: when a thousand pushes wait for WeChat to come back, sweeping must not cost more than they.
	sweepKnown = 200
)

// sweeper finds what was lost on the way and what is due. Sweeping twice at once, here or elsewhere, does no harm,
// because the same work has the same task id; turns only save the effort.
type sweeper struct {
	kick  chan struct{}
	ended chan struct{}
	wg    *sync.WaitGroup

	mu     *sync.Mutex
	places map[place]store.Ref // where the next sweep goes on; absent at the beginning
}

type place struct {
	collection string
	due        bool
}

func newSweeper() sweeper {
	return sweeper{kick: make(chan struct{}, 1), ended: make(chan struct{}), wg: &sync.WaitGroup{}, mu: &sync.Mutex{}, places: map[place]store.Ref{}}
}

func (s sweeper) start(j *Jobs) {
	ctx, cancel := context.WithCancel(j.base)
	s.wg.Go(func() {
		<-s.ended
		cancel()
	})
	s.wg.Go(func() {
		var tick <-chan time.Time
		if !j.cfg.EnqueueOnly {
			ticker := time.NewTicker(j.cfg.SweepInterval)
			defer ticker.Stop()
			tick = ticker.C
			j.sweepNow(ctx, true)
		}
		for {
			select {
			case <-tick:
				if j.myTurn(ctx) {
					j.sweepNow(ctx, false)
				}
			case <-s.kick:
				j.sweepNow(ctx, true)
			case <-ctx.Done():
				return
			}
		}
	})
}

func (s sweeper) stop() {
	close(s.ended)
	s.wg.Wait()
}

// Kick asks for a sweep now, as after the sandbox's clock was moved. It returns at once.
func (j *Jobs) Kick() {
	select {
	case j.sweeper.kick <- struct{}{}:
	default:
	}
}

// Sweep enqueues what is due and every pending event, however young, and returns when it has.
func (j *Jobs) Sweep(ctx context.Context) error { return j.sweep(ctx, true) }

func (j *Jobs) sweepNow(ctx context.Context, young bool) {
	if err := j.sweep(ctx, young); err != nil && ctx.Err() == nil {
		j.log.Warn("sweep failed; the next goes on", "error", err)
	}
}

func (j *Jobs) sweep(ctx context.Context, young bool) error {
	j.sweeper.mu.Lock()
	defer j.sweeper.mu.Unlock()
	if err := j.reachRedis(ctx); err != nil {
		return err
	}
	j.client.Store(asynq.NewClientFromRedisClient(j.cfg.Redis.client))
	now := j.cfg.Clock.Now()
	before := now.Add(-j.cfg.SweepInterval)
	if young {
		before = now.AddDate(100, 0, 0) // the sandbox's clock may have been ahead when they happened
	}
	var errs []error
	for _, name := range j.db.Collections() {
		errs = append(errs, j.sweepPending(ctx, name, before))
		errs = append(errs, j.sweepDue(ctx, name, now))
	}
	return errors.Join(errs...)
}

// reachRedis spares a sweep the wait for a Redis that is down, once a collection.
func (j *Jobs) reachRedis(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return j.cfg.Redis.Ping(ctx)
}

func (j *Jobs) sweepPending(ctx context.Context, collection string, before time.Time) error {
	find := func(after ...store.Ref) ([]store.Ref, error) {
		return j.db.Pending(ctx, collection, before, sweepPage, after...)
	}
	return j.sweepPages(place{collection: collection}, find, func(r store.Ref) (known int, err error) {
		for _, e := range r.Events {
			n, err := j.resend(ctx, eventTask(r.Collection, r.ID, e), e)
			if err != nil {
				return known, err
			}
			known += n
		}
		return known, nil
	})
}

func (j *Jobs) sweepDue(ctx context.Context, collection string, now time.Time) error {
	find := func(after ...store.Ref) ([]store.Ref, error) {
		return j.db.Due(ctx, collection, now, sweepPage, after...)
	}
	return j.sweepPages(place{collection: collection, due: true}, find, func(r store.Ref) (known int, err error) {
		if _, ok := j.wakes[collection]; !ok {
			j.stranger(collection, wakeKind)
			return 1, nil
		}
		fresh, err := j.enqueue(ctx, wakeTask(r.Collection, r.ID, r.At), wakeKind)
		if err != nil || fresh {
			return 0, err
		}
		return 1, nil
	})
}

// sweepPages goes through what find gives, page by page, from where the last sweep stopped. What was lost is all
// brought back in one go; what is known already is looked at in portions. What cannot be handled ends the sweep and
// is passed over by the next, so that one broken task hides no others.
func (j *Jobs) sweepPages(p place, find func(after ...store.Ref) ([]store.Ref, error), handle func(store.Ref) (known int, err error)) error {
	var after []store.Ref
	if last, ok := j.sweeper.places[p]; ok {
		after = []store.Ref{last}
	}
	delete(j.sweeper.places, p)
	for known := 0; ; {
		refs, err := find(after...)
		if err != nil {
			return err
		}
		for _, r := range refs {
			n, err := handle(r)
			known += n
			r.Events = nil
			after = []store.Ref{r}
			if err != nil || known >= sweepKnown {
				j.sweeper.places[p] = r
				return err
			}
		}
		if len(refs) < sweepPage {
			return nil
		}
	}
}

// resend enqueues a pending event unless asynq has it. When asynq has archived it, the document only has not
// heard: people decide. It answers 1 for an event that was known.
func (j *Jobs) resend(ctx context.Context, t task, e model.Event) (known int, err error) {
	q, ok := j.queueOf(e.Kind)
	if !ok {
		j.stranger(t.Collection, e.Kind)
		return 1, nil
	}
	info, err := j.inspector.GetTaskInfo(string(q), t.key())
	switch {
	case err == nil && info.State == asynq.TaskStateArchived:
		j.log.Warn("event is pending, but its task was given up; people decide", "collection", t.Collection, "id", t.ID, "event", t.Event, "kind", e.Kind)
		return 1, j.giveUp(ctx, t, archivedReason(info))
	case err == nil:
		return 1, nil
	case errors.Is(err, asynq.ErrTaskNotFound) || errors.Is(err, asynq.ErrQueueNotFound):
		fresh, err := j.enqueue(ctx, t, e.Kind)
		if err != nil || fresh {
			return 0, err
		}
		return 1, nil
	default:
		return 0, err
	}
}

// archivedReason is why a task was given up: our own words or asynq's, which quote nothing.
func archivedReason(info *asynq.TaskInfo) string {
	if info.LastErr == "" {
		return string(outbox.Impossible) + ": archived"
	}
	return info.LastErr
}
