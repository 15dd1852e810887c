package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/model"
)

const (
	// firstDelay doubles with each failure up to lastDelay.
	firstDelay = 2 * time.Second
	lastDelay  = time.Hour
	// aloneDelay is when a task is tried again whose work is still being done here.
	aloneDelay = 5 * time.Second
	// recordTimeout bounds what is written after a handler, whose own time may be over.
	recordTimeout = 10 * time.Second
	// settlingRoom is how many events may be waiting to leave their documents before workers wait for them.
	settlingRoom = 256
	// settleEvery is the beat on which done events leave their documents, so that those of one beat share a commit.
	settleEvery = 10 * time.Millisecond
)

// verdict is a failure as asynq is told it. Its text is stored in Redis and shown to people, so it holds class
// and code only; the log has the cause.
type verdict struct {
	text  string
	class outbox.Class
	delay time.Duration
}

func (v *verdict) Error() string { return v.text }

// Is makes asynq archive what is given up.
func (v *verdict) Is(target error) bool {
	return target == asynq.SkipRetry && v.class == outbox.Impossible
}

func isFailure(err error) bool {
	var v *verdict
	return !errors.As(err, &v) || v.class != outbox.Postponed
}

func retryDelay(tried int, err error, _ *asynq.Task) time.Duration {
	var v *verdict
	if errors.As(err, &v) && v.class == outbox.Postponed {
		return v.delay
	}
	d := lastDelay
	if tried < 16 {
		d = min(firstDelay<<tried, lastDelay)
	}
	return d - time.Duration(rand.Int64N(int64(d)/4)) // so that what failed together does not come back together
}

// running knows what is being carried out in this process. asynq hands out a task again when its time is over or
// Redis was wiped, while the first handler may still be at work; two at once is what idempotent handlers bear least.
type running struct {
	mu  sync.Mutex
	set map[string]bool
}

func (r *running) enter(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set[key] {
		return false
	}
	if r.set == nil {
		r.set = map[string]bool{}
	}
	r.set[key] = true
	return true
}

func (r *running) leave(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.set, key)
}

// deliver carries out one task and judges the outcome.
func (j *Jobs) deliver(ctx context.Context, at *asynq.Task) error {
	key, _ := asynq.GetTaskID(ctx)
	t, ok := parseKey(key)
	if !ok {
		j.log.Error("task is none of ours", "kind", at.Type())
		return &verdict{text: "final: unknown", class: outbox.Impossible}
	}
	if !j.running.enter(key) {
		return &verdict{text: "later: running", class: outbox.Postponed, delay: aloneDelay}
	}
	started := time.Now()
	var carried bool
	var err error
	if t.Event != "" {
		carried, err = j.carryOut(ctx, t)
	} else {
		err = j.wake(ctx, t)
	}
	if carried {
		j.settle(t, key)
	} else {
		j.running.leave(key)
	}
	return j.judge(ctx, t, at.Type(), err, time.Since(started))
}

// carryOut does the work of an event that is still in its document's outbox; one that is not was done before.
// An event that was given up is done too: it comes here only when people have sent its task again, or when
// the process ended before asynq was told.
func (j *Jobs) carryOut(ctx context.Context, t task) (carried bool, err error) {
	head, err := j.db.Head(ctx, t.Collection, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	e, ok := find(head, t.Event)
	if !ok {
		return false, nil
	}
	r, ok := j.routes[e.Kind]
	if !ok {
		return false, errNoRoute
	}
	if tried, _ := asynq.GetRetryCount(ctx); tried == 0 {
		j.meters.wait.WithLabelValues(string(r.queue)).Observe(j.cfg.Clock.Now().Sub(e.At).Seconds())
	}
	err = j.guarded(func() error { return r.handle(ctx, t.ID, e) })
	return err == nil, err
}

// settle takes a done event out of its document, beside the workers: one that waited for the disk would carry out
// nothing meanwhile, and on a common beat, so that what is settled together is one commit. Until then the event counts as being carried out
// here. One that stays behind is brought again by the sweep, as after a crash.
func (j *Jobs) settle(t task, key string) {
	j.settling <- struct{}{}
	go func() {
		defer func() { <-j.settling; j.running.leave(key) }()
		now := time.Now()
		time.Sleep(now.Truncate(settleEvery).Add(settleEvery).Sub(now))
		ctx, cancel := context.WithTimeout(context.Background(), recordTimeout)
		defer cancel()
		if err := j.db.Settle(ctx, t.Collection, t.ID, t.Event); err != nil && !errors.Is(err, store.ErrNotFound) {
			j.log.Warn("a done event stays in its document; the sweep will bring it again", "collection", t.Collection, "id", t.ID, "event", t.Event, "error", err)
		}
	}()
}

// settled waits until nothing is being settled.
func (j *Jobs) settled() {
	for range cap(j.settling) {
		j.settling <- struct{}{}
	}
	for range cap(j.settling) {
		<-j.settling
	}
}

func find(h model.Head, eventID string) (model.Event, bool) {
	for _, e := range h.Outbox {
		if e.ID == eventID {
			return e, true
		}
	}
	return model.Event{}, false
}

var errWakeStays = errors.New("jobs: the wake was looked after but has not moved")

// wake looks after a document whose wake is still the one that the task was made for.
func (j *Jobs) wake(ctx context.Context, t task) error {
	h, ok := j.wakes[t.Collection]
	if !ok {
		return errNoRoute
	}
	due, at, err := j.due(ctx, t)
	if err != nil || !due || at != t.Wake {
		return err
	}
	if err := j.guarded(func() error { return h(ctx, t.ID) }); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	due, at, err = j.due(ctx, t)
	switch {
	case err != nil || !due:
		return err
	case at == t.Wake:
		return errWakeStays // else the sweep would bring it again and again, and nobody would see
	}
	// The next wake has come as well, as when the clock was moved far: do not wait for the sweep.
	t.Wake = at
	if _, err := j.enqueue(ctx, t, wakeKind); err != nil {
		j.log.Warn("the next wake cannot be enqueued; the sweep will", "collection", t.Collection, "error", err)
	}
	return nil
}

// due reads a document's wake, in Unix milliseconds, and whether it has come.
func (j *Jobs) due(ctx context.Context, t task) (bool, int64, error) {
	head, err := j.db.Head(ctx, t.Collection, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, 0, nil
	}
	if err != nil || head.Wake == nil {
		return false, 0, err
	}
	return !head.Wake.After(j.cfg.Clock.Now()), head.Wake.UnixMilli(), nil
}

var errPanic = errors.New("jobs: a handler panicked")

// guarded turns a panic into an error. The value may quote anything, so only what the runtime says is logged;
// asynq would store it.
func (j *Jobs) guarded(f func() error) (err error) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case runtime.Error:
			j.log.Error("a handler panicked", "panic", x.Error(), "stack", string(debug.Stack()))
			err = errPanic
		default:
			j.log.Error("a handler panicked", "panic", fmt.Sprintf("%T", x), "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return f()
}

// judge logs and counts the outcome, and marks the document when the work is given up. The document is marked
// first: when the process ends between the two, the task comes back and is tried once more.
func (j *Jobs) judge(ctx context.Context, t task, kind string, err error, took time.Duration) error {
	if err == nil {
		j.meters.took.WithLabelValues(kind, "done").Observe(took.Seconds())
		return nil
	}
	class, delay := outbox.Classify(err)
	tried, _ := asynq.GetRetryCount(ctx)
	if class == outbox.Temporary && tried >= j.cfg.MaxRetry {
		class = outbox.Impossible
	}
	v := &verdict{text: outbox.Reason(err), class: class, delay: delay}
	log := j.log.With("collection", t.Collection, "id", t.ID, "event", t.Event, "kind", kind, "tried", tried, "class", string(class), "error", err)
	j.meters.took.WithLabelValues(kind, string(class)).Observe(took.Seconds())
	if class != outbox.Impossible {
		log.Warn("work will be tried again")
		return v
	}
	if err := j.giveUp(ctx, t, v.text); err != nil {
		log.Error("work is given up, but its document cannot be marked", "mark", err)
		return &verdict{text: "temporary: store", class: outbox.Temporary}
	}
	log.Error("work is given up; people decide")
	return v
}

func (j *Jobs) giveUp(ctx context.Context, t task, reason string) error {
	if t.Event == "" {
		return nil // a wake is not marked: whatever changes it makes a new task
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := j.db.Fail(ctx, t.Collection, t.ID, t.Event, reason)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
