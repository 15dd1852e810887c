package jobs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"

	"kuacheng/model"
)

const (
	// senders enqueue side by side: one call waits for Redis's answer, and Redis is not what limits.
	senders = 4
	// outgoingRoom is how many events may wait to be enqueued. What finds no room is left to the sweep.
	outgoingRoom = 4096
	// sendTimeout bounds one call, and afterwards sendPause is how long none is tried: a Redis that is down must
	// not hold up what is committed.
	sendTimeout = 3 * time.Second
	sendPause   = time.Second
)

// sender carries tasks from the commit to Redis in the background.
type sender struct {
	room  chan outgoingTask
	ended chan struct{}
	wg    *sync.WaitGroup
	down  *atomic.Int64 // Unix nanoseconds until which nothing is tried
}

type outgoingTask struct {
	task task
	kind string
}

func newSender() sender {
	return sender{room: make(chan outgoingTask, outgoingRoom), ended: make(chan struct{}), wg: &sync.WaitGroup{}, down: &atomic.Int64{}}
}

func (s sender) start(send func(outgoingTask)) {
	for range senders {
		s.wg.Go(func() {
			for {
				select {
				case t := <-s.room:
					send(t)
				case <-s.ended:
					s.drain(send)
					return
				}
			}
		})
	}
}

func (s sender) drain(send func(outgoingTask)) {
	for {
		select {
		case t := <-s.room:
			send(t)
		default:
			return
		}
	}
}

// stop sends what waits and returns.
func (s sender) stop() {
	close(s.ended)
	s.wg.Wait()
}

// committed is told of every commit, in its caller's way: it hands over and never waits.
func (j *Jobs) committed(collection, id string, events []model.Event) {
	for _, e := range events {
		select {
		case j.outgoing.room <- outgoingTask{eventTask(collection, id, e), e.Kind}:
		default:
			j.meters.unsent.WithLabelValues("full").Inc()
		}
	}
}

func (j *Jobs) send(t outgoingTask) {
	if time.Now().UnixNano() < j.outgoing.down.Load() {
		j.meters.unsent.WithLabelValues("redis").Inc()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	if _, err := j.enqueue(ctx, t.task, t.kind); err != nil && !errors.Is(err, errNoRoute) {
		j.meters.unsent.WithLabelValues("redis").Inc()
		until := time.Now().Add(sendPause).UnixNano()
		if was := j.outgoing.down.Swap(until); was < until-int64(sendPause) { // one line a pause, not one a sender
			j.log.Warn("events cannot be enqueued; the sweep will", "error", err)
		}
	}
}

var errNoRoute = errors.New("jobs: nobody handles this kind of event")

// enqueue gives a task to asynq. It is false, without an error, when asynq has it already, in whatever state.
func (j *Jobs) enqueue(ctx context.Context, t task, kind string) (fresh bool, err error) {
	q, ok := j.queueOf(kind)
	if !ok {
		j.stranger(t.Collection, kind)
		return false, errNoRoute
	}
	_, err = j.client.Load().EnqueueContext(ctx, asynq.NewTask(kind, t.payload()),
		asynq.Queue(string(q)), asynq.TaskID(t.key()), asynq.Timeout(timeoutOf(q)),
		// One more than ours: the last failure is then ours to judge, and asynq does not archive a Later.
		asynq.MaxRetry(j.cfg.MaxRetry+1))
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return false, nil
	}
	return err == nil, err
}

// stranger tells, once, of a kind that nobody handles here. Perhaps a process of a newer version knows it, so its
// events stay where they are.
func (j *Jobs) stranger(collection, kind string) {
	if _, told := j.strangers.LoadOrStore(collection+" "+kind, true); !told {
		j.log.Error("events of a kind without a handler wait in their documents", "collection", collection, "kind", kind)
	}
}

func (j *Jobs) queueOf(kind string) (Queue, bool) {
	if kind == wakeKind {
		return Default, true
	}
	r, ok := j.routes[kind]
	return r.queue, ok
}
