package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"kuacheng/biz/outbox"
	"kuacheng/jobs"
	"kuacheng/jobs/jobstest"
	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestJobs_carry_out_what_is_committed(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		w, rec := newWorld(t, r), newReceiver()
		for q, kind := range map[jobs.Queue]string{jobs.Urgent: "push", jobs.Default: "project", jobs.Slow: "ask"} {
			w.jobs.On(kind, q, rec.take)
		}
		w.start(t)
		w.insert(t, newNote("a", "push", "project", "ask"))
		eventually(t, "the outbox is empty", w.settled(t, "a"))
		_, err := w.notes.Update(t.Context(), "a", func(n *note) error { n.Emit("push", now(), nil); return nil })
		check(t, err)
		eventually(t, "the later event is carried out", func() bool { return rec.times("a#4") == 1 })
		eventually(t, "the outbox is empty again", w.settled(t, "a"))
		if rec.distinct() != 4 {
			t.Errorf("%d events, want 4", rec.distinct())
		}
		for _, q := range []string{"urgent", "default", "slow"} {
			eventually(t, "asynq holds nothing", func() bool {
				info, err := jobs.Inspector(r).GetQueueInfo(q)
				return err == nil && info.Size == 0
			})
		}
	})
}

// Redis is wiped again and again while 200 events are carried out.
func TestJobs_survive_wiped_redis(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		const events = 200
		w, rec := newWorld(t, r), newReceiver()
		gate := make(chan struct{}, events)
		w.jobs.On("push", jobs.Urgent, func(ctx context.Context, id string, e model.Event) error {
			<-gate
			return rec.take(ctx, id, e)
		})
		w.start(t)
		for i := range events {
			w.insert(t, newNote(fmt.Sprint(i), "push"))
			if i%20 == 19 {
				for range 10 { // half of what was inserted so far is done, some of the rest has begun
					gate <- struct{}{}
				}
				check(t, r.Client().FlushDB(t.Context()).Err())
				check(t, w.jobs.Sweep(t.Context()))
			}
		}
		close(gate)
		eventually(t, "all is done", func() bool {
			check(t, w.jobs.Sweep(t.Context()))
			refs, err := w.db.Pending(t.Context(), "notes", now().Add(time.Hour), events)
			return err == nil && len(refs) == 0
		})
		if rec.distinct() != events {
			t.Errorf("%d of %d events reached the receiver", rec.distinct(), events)
		}
		for id, n := range rec.seen {
			if n != 1 {
				t.Errorf("event %s came %d times", id, n)
			}
		}
	})
}

func TestJobs_hostile_deliveries(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		const events = 60
		hostile := jobstest.Hostile(7, jobstest.Hostility{Before: .2, After: .2, Twice: .2, Beside: .2})
		w, rec := newWorld(t, r, func(c *jobs.Config) { c.Around = hostile }), newReceiver()
		w.jobs.On("push", jobs.Default, rec.take)
		w.start(t)
		for i := range events {
			w.insert(t, newNote(fmt.Sprint(i), "push"))
		}
		eventually(t, "all is done", func() bool {
			w.hurry()
			refs, err := w.db.Pending(t.Context(), "notes", now().Add(time.Hour), events)
			return err == nil && len(refs) == 0
		})
		if rec.distinct() != events {
			t.Errorf("%d of %d events reached the receiver", rec.distinct(), events)
		}
	})
}

func TestJobs_give_up_and_requeue(t *testing.T) {
	const secret = "张三 13800138000"
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		for _, wiped := range []bool{false, true} {
			w, rec := newWorld(t, r), newReceiver()
			var mended atomic.Bool
			w.jobs.On("push", jobs.Urgent, func(ctx context.Context, id string, e model.Event) error {
				if !mended.Load() {
					return outbox.Final(fault.New("forbidden").Because(errors.New(secret)))
				}
				return rec.take(ctx, id, e)
			})
			if err := w.jobs.Start(); err != nil {
				t.Fatal(err)
			}
			w.insert(t, newNote("a", "push"))
			eventually(t, "asynq has archived it", func() bool { return w.state(t, "urgent", "notes:a#1") == asynq.TaskStateArchived })
			if got := w.outbox(t, "a"); len(got) != 1 || got[0].Failed != "final: forbidden" {
				t.Errorf("outbox %+v, want the event marked", got)
			}
			if dump := dump(t, r); strings.Contains(dump, "张三") || strings.Contains(dump, "138001") {
				t.Error("the cause of a failure lies in Redis")
			}
			if wiped {
				check(t, r.Client().FlushDB(t.Context()).Err())
				check(t, w.jobs.Sweep(t.Context()))
				if s := w.state(t, "urgent", "notes:a#1"); s != 0 {
					t.Errorf("the sweep brought back what people should decide: %v", s)
				}
			}
			page, err := w.jobs.Admin().Archived(t.Context(), "urgent", 20, "")
			check(t, err)
			if len(page.Items) != 1 || page.Next != "" {
				t.Fatalf("archive: %+v", page)
			}
			got := page.Items[0]
			if got.ID != "notes:a#1" || got.Kind != "push" || got.Collection != "notes" || got.Document != "a" || got.Reason != "final: forbidden" || got.FailedAt.IsZero() != wiped {
				t.Errorf("archived: %+v", got)
			}
			mended.Store(true)
			again, err := w.jobs.Admin().Requeue(t.Context(), "urgent", got.ID)
			check(t, err)
			if again.ID != got.ID || again.Kind != "push" {
				t.Errorf("requeued: %+v", again)
			}
			eventually(t, "it is done", w.settled(t, "a"))
			if rec.times("a#1") != 1 {
				t.Errorf("it reached the receiver %d times", rec.times("a#1"))
			}
			_, err = w.jobs.Admin().Requeue(t.Context(), "urgent", got.ID)
			if fault.Code(err) != "not_found" {
				t.Errorf("what is done was requeued: %v", err)
			}
			check(t, w.jobs.Shutdown(t.Context()))
		}
	})
}

// dump is everything that lies in a Redis.
func dump(t *testing.T, r *jobs.Redis) string {
	t.Helper()
	var b strings.Builder
	keys, err := r.Client().Keys(t.Context(), "*").Result()
	check(t, err)
	for _, k := range keys {
		fmt.Fprintln(&b, k)
		kind, err := r.Client().Type(t.Context(), k).Result()
		check(t, err)
		var v any
		switch kind {
		case "hash":
			v, err = r.Client().HGetAll(t.Context(), k).Result()
		case "list":
			v, err = r.Client().LRange(t.Context(), k, 0, -1).Result()
		case "zset":
			v, err = r.Client().ZRange(t.Context(), k, 0, -1).Result()
		case "set":
			v, err = r.Client().SMembers(t.Context(), k).Result()
		case "string":
			v, err = r.Client().Get(t.Context(), k).Result()
		}
		_ = err // it may have gone meanwhile
		fmt.Fprintln(&b, v)
	}
	return b.String()
}

func TestJobs_retry(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		w := newWorld(t, r, func(c *jobs.Config) { c.MaxRetry = 2 })
		var failing, postponed, panicking atomic.Int64
		w.jobs.On("fails", jobs.Default, func(context.Context, string, model.Event) error {
			failing.Add(1)
			return errors.New("440301199001011234")
		})
		w.jobs.On("waits", jobs.Default, func(context.Context, string, model.Event) error {
			if postponed.Add(1) < 6 {
				return outbox.Later(errors.New("440301199001011234"), time.Hour)
			}
			return nil
		})
		w.jobs.On("panics", jobs.Default, func(_ context.Context, _ string, e model.Event) error {
			if panicking.Add(1) == 1 {
				panic("440301199001011234")
			}
			none := []int{}
			none[len(e.ID)]++
			return nil
		})
		w.start(t)
		w.insert(t, newNote("a", "fails"), newNote("b", "waits"), newNote("c", "panics"))
		archived := func(id string) func() bool {
			return func() bool { w.hurry(); return w.state(t, "default", id) == asynq.TaskStateArchived }
		}
		eventually(t, "the failing one is given up", archived("notes:a#1"))
		eventually(t, "the panicking one is given up", archived("notes:c#1"))
		eventually(t, "the postponed one is done", func() bool { w.hurry(); return w.settled(t, "b")() })
		if failing.Load() != 3 || panicking.Load() != 3 || postponed.Load() != 6 {
			t.Errorf("tries: failing %d, panicking %d, postponed %d; want 3, 3, 6", failing.Load(), panicking.Load(), postponed.Load())
		}
		for _, id := range []string{"a", "c"} {
			if got := w.outbox(t, id); len(got) != 1 || got[0].Failed != "temporary: internal" {
				t.Errorf("outbox of %s: %+v", id, got)
			}
		}
		if strings.Contains(dump(t, r), "440301") {
			t.Error("the text of an error or a panic lies in Redis")
		}
	})
}

// A commit neither fails nor waits when Redis is down, and the event is carried out when it is back.
func TestJobs_redis_down_at_commit(t *testing.T) {
	t.Parallel()
	down := func(t *testing.T, r *jobs.Redis, stop, restart func()) {
		w, rec := newWorld(t, r, func(c *jobs.Config) { c.SweepInterval = 50 * time.Millisecond }), newReceiver()
		w.jobs.On("push", jobs.Urgent, rec.take)
		w.start(t)
		stop()
		began := time.Now()
		for i := range 50 {
			w.insert(t, newNote(fmt.Sprint(i), "push"))
		}
		if took := time.Since(began); took > time.Minute { // each would wait three seconds for Redis
			t.Errorf("50 commits without Redis took %v", took)
		}
		if rec.distinct() != 0 {
			t.Error("something was carried out without Redis")
		}
		restart()
		eventually(t, "all is done", func() bool { return rec.distinct() == 50 })
	}
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		r := embedded(t)
		down(t, r, func() { jobs.Break(r, true) }, func() { jobs.Break(r, false) })
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.start(t)
		down(t, open(t, s.address()), s.stop, func() { s.start(t) })
	})
}

func TestJobs_start_without_redis(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w, rec := newWorld(t, open(t, s.address()), func(c *jobs.Config) { c.SweepInterval = 50 * time.Millisecond }), newReceiver()
	w.jobs.On("push", jobs.Urgent, rec.take)
	w.start(t)
	w.insert(t, newNote("a", "push"))
	s.start(t)
	eventually(t, "it is done", w.settled(t, "a"))
}

func TestJobs_Shutdown_finishes_what_has_begun(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		w := newWorld(t, r)
		begun, finish := make(chan struct{}), make(chan struct{})
		w.jobs.On("push", jobs.Urgent, func(ctx context.Context, id string, e model.Event) error {
			close(begun)
			<-finish
			// What a handler commits while the process ends is enqueued still.
			_, err := w.notes.Update(ctx, "b", func(n *note) error { n.Emit("project", now(), nil); return nil })
			return err
		})
		w.jobs.On("project", jobs.Default, func(context.Context, string, model.Event) error { return nil })
		check(t, w.jobs.Start())
		w.insert(t, newNote("b"), newNote("a", "push"))
		<-begun
		ended := make(chan error, 1)
		go func() { ended <- w.jobs.Shutdown(t.Context()) }()
		select {
		case <-ended:
			t.Fatal("Shutdown did not wait for the handler")
		case <-time.After(50 * time.Millisecond):
		}
		close(finish)
		check(t, <-ended)
		if !w.settled(t, "a")() {
			t.Error("the finished event is still in the outbox")
		}
		if s := w.state(t, "default", "notes:b#1"); s != asynq.TaskStatePending {
			t.Errorf("the event committed by the handler is %v in asynq, want pending", s)
		}
		check(t, w.jobs.Shutdown(t.Context())) // again is no harm
	})
}

func TestJobs_Shutdown_cuts_off_what_takes_too_long(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), func(c *jobs.Config) { c.ShutdownTimeout = 100 * time.Millisecond })
	begun, cut := make(chan struct{}), make(chan struct{})
	w.jobs.On("push", jobs.Urgent, func(ctx context.Context, _ string, _ model.Event) error {
		close(begun)
		<-ctx.Done()
		close(cut)
		return ctx.Err()
	})
	check(t, w.jobs.Start())
	w.insert(t, newNote("a", "push"))
	<-begun
	check(t, w.jobs.Shutdown(t.Context()))
	<-cut
	if w.settled(t, "a")() {
		t.Error("what was cut off counts as done")
	}
}

// The same event never runs twice at once in one process, whatever Redis says.
func TestJobs_one_at_a_time(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r)
	begun, finish := make(chan struct{}, 9), make(chan struct{})
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error {
		begun <- struct{}{}
		<-finish
		return nil
	})
	w.start(t)
	w.insert(t, newNote("a", "push"))
	<-begun
	check(t, r.Client().FlushDB(t.Context()).Err())
	check(t, w.jobs.Sweep(t.Context()))
	eventually(t, "the second delivery is put off", func() bool { return w.state(t, "urgent", "notes:a#1") == asynq.TaskStateRetry })
	close(finish)
	eventually(t, "it is done", w.settled(t, "a"))
	w.hurry()
	eventually(t, "the second delivery has seen so", func() bool { return w.state(t, "urgent", "notes:a#1") == 0 })
	if len(begun) != 0 {
		t.Error("the handler ran twice")
	}
}

func TestJobs_EnqueueOnly(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r, func(c *jobs.Config) { c.EnqueueOnly = true })
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { panic("carried out where nothing should be") })
	w.start(t)
	w.insert(t, newNote("a", "push"))
	eventually(t, "it is enqueued", func() bool { return w.state(t, "urgent", "notes:a#1") == asynq.TaskStatePending })
}

func TestJobs_registration_mistakes_panic(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t))
	h := func(context.Context, string, model.Event) error { return nil }
	wake := func(context.Context, string) error { return nil }
	w.jobs.On("push", jobs.Urgent, h)
	w.jobs.OnWake("notes", wake)
	for name, f := range map[string]func(){
		"twice":         func() { w.jobs.On("push", jobs.Slow, h) },
		"no kind":       func() { w.jobs.On("", jobs.Slow, h) },
		"wake":          func() { w.jobs.On("wake", jobs.Slow, h) },
		"no handler":    func() { w.jobs.On("x", jobs.Slow, nil) },
		"unknown queue": func() { w.jobs.On("y", "fast", h) },
		"wakes twice":   func() { w.jobs.OnWake("notes", wake) },
		"no wake":       func() { w.jobs.OnWake("others", nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f()
		}()
	}
}

// Events whose kind nobody knows stay where they are and hide nobody else's.
func TestJobs_unknown_kind(t *testing.T) {
	t.Parallel()
	w, rec := newWorld(t, embedded(t)), newReceiver()
	w.jobs.On("push", jobs.Urgent, rec.take)
	w.start(t)
	for i := range 5 {
		w.insert(t, newNote(fmt.Sprint("old", i), "of_another_version"))
	}
	w.insert(t, newNote("a", "push"))
	check(t, w.jobs.Sweep(t.Context()))
	eventually(t, "the known one is done", w.settled(t, "a"))
	if got := w.outbox(t, "old1"); len(got) != 1 || got[0].Failed != "" {
		t.Errorf("outbox of the unknown: %+v", got)
	}
}

// What others put into our queues is archived and shown, and nothing is done about it.
func TestJobs_foreign_task(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r)
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { panic("a foreign task was carried out") })
	w.start(t)
	_, err := asynq.NewClientFromRedisClient(r.Client()).Enqueue(asynq.NewTask("push", []byte(`{"id":"a"}`)), asynq.Queue("urgent"), asynq.TaskID("foreign"))
	check(t, err)
	eventually(t, "it is archived", func() bool { return w.state(t, "urgent", "foreign") == asynq.TaskStateArchived })
	page, err := w.jobs.Admin().Archived(t.Context(), "urgent", 20, "")
	check(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != "foreign" || page.Items[0].Reason != "final: unknown" {
		t.Errorf("archive: %+v", page)
	}
}

func TestJobs_crowd(t *testing.T) {
	t.Parallel()
	w, rec := newWorld(t, embedded(t)), newReceiver()
	w.jobs.On("push", jobs.Urgent, rec.take)
	w.start(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 25 {
				check(t, w.notes.Insert(t.Context(), newNote(fmt.Sprint(g, "-", i), "push", "push")))
			}
		})
	}
	wg.Wait()
	eventually(t, "all is done", func() bool { return rec.distinct() == 400 })
}
