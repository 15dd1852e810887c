package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/jobs"
	"kuacheng/model"
)

func wakeAt(id string, at time.Time) *note {
	n := newNote(id)
	n.WakeAt(at)
	return n
}

func TestJobs_wake(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		w := newWorld(t, r)
		w.clock.OnMove(w.jobs.Kick)
		w.jobs.OnWake("notes", func(ctx context.Context, id string) error {
			_, err := w.notes.Update(ctx, id, func(n *note) error {
				n.Woken++
				if n.Woken < 3 {
					n.WakeAt(n.Wake.Add(time.Hour))
				} else {
					n.WakeAt(time.Time{})
				}
				return nil
			})
			return err
		})
		w.start(t)
		w.insert(t, wakeAt("a", now().Add(30*time.Minute)))
		woken := func(times int) func() bool {
			return func() bool {
				n, err := w.notes.Get(t.Context(), "a")
				return err == nil && n.Woken == times
			}
		}
		check(t, w.jobs.Sweep(t.Context()))
		w.clock.Advance(29 * time.Minute)
		check(t, w.jobs.Sweep(t.Context()))
		if !woken(0)() {
			t.Error("woken before its time")
		}
		w.clock.Advance(2 * time.Minute)
		eventually(t, "woken once", woken(1))
		check(t, w.jobs.Sweep(t.Context()))
		w.clock.Advance(10 * time.Hour) // the second and the third wake have come
		eventually(t, "woken twice more", woken(3))
	})
}

// A wake that is looked after but does not move is an error that people see, not a loop.
func TestJobs_wake_that_stays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), func(c *jobs.Config) { c.MaxRetry = 1 })
	var calls atomic.Int64
	w.jobs.OnWake("notes", func(context.Context, string) error { calls.Add(1); return nil })
	w.start(t)
	due := now().Add(-time.Minute)
	w.insert(t, wakeAt("a", due))
	key := fmt.Sprintf("notes:a:wake-%d", due.UnixMilli())
	check(t, w.jobs.Sweep(t.Context()))
	eventually(t, "it is given up", func() bool { w.hurry(); return w.state(t, "default", key) == asynq.TaskStateArchived })
	check(t, w.jobs.Sweep(t.Context()))
	if calls.Load() != 2 {
		t.Errorf("%d tries, want 2", calls.Load())
	}
	page, err := w.jobs.Admin().Archived(t.Context(), "default", 20, "")
	check(t, err)
	if len(page.Items) != 1 || page.Items[0].Kind != "wake" || page.Items[0].Document != "a" {
		t.Errorf("archive: %+v", page)
	}
	_, err = w.jobs.Admin().Requeue(t.Context(), "default", key)
	check(t, err)
	eventually(t, "it is tried again", func() bool { w.hurry(); return calls.Load() == 4 })
}

func TestJobs_wake_for_nothing(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r, func(c *jobs.Config) { c.EnqueueOnly = true })
	calls := make(chan string, 9)
	handler := func(ctx context.Context, id string) error {
		calls <- id
		_, err := w.notes.Update(ctx, id, func(n *note) error { n.WakeAt(time.Time{}); return nil })
		return err
	}
	w.jobs.OnWake("notes", handler)
	w.start(t)
	w.insert(t, wakeAt("gone", now()), wakeAt("moved", now()), wakeAt("cleared", now()), wakeAt("due", now()))
	check(t, w.jobs.Sweep(t.Context()))
	check(t, w.notes.Delete(t.Context(), "gone"))
	for id, to := range map[string]time.Time{"moved": now().Add(time.Hour), "cleared": {}} {
		_, err := w.notes.Update(t.Context(), id, func(n *note) error { n.WakeAt(to); return nil })
		check(t, err)
	}
	db, _ := openShared(t, w.engine)
	worker := newJobs(t, &world{db: db, redis: r, clock: w.clock, log: w.log})
	worker.OnWake("notes", handler)
	start(t, worker)
	if id := <-calls; id != "due" {
		t.Errorf("%s was woken", id)
	}
	eventually(t, "asynq holds nothing", func() bool {
		info, err := jobs.Inspector(r).GetQueueInfo("default")
		return err == nil && info.Size == 0
	})
	if len(calls) != 0 {
		t.Errorf("%s was woken", <-calls)
	}
}

// A backup brings back a document that says pending while asynq has given the work up: people decide.
func TestJobs_sweep_marks_what_is_archived(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *jobs.Redis) {
		w := newWorld(t, r)
		w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { return errors.New("no") })
		w.start(t)
		w.insert(t, newNote("a", "push"))
		eventually(t, "it is put off", func() bool { return w.state(t, "urgent", "notes:a#1") == asynq.TaskStateRetry })
		check(t, jobs.Inspector(r).ArchiveTask("urgent", "notes:a#1"))
		check(t, w.jobs.Sweep(t.Context()))
		if got := w.outbox(t, "a"); len(got) != 1 || got[0].Failed != "temporary: internal" {
			t.Errorf("outbox %+v, want the event marked", got)
		}
		check(t, w.jobs.Sweep(t.Context()))
	})
}

// However many events wait in asynq, a sweep looks at some of them only, and at all of them in the end.
func TestJobs_sweep_in_portions(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r, func(c *jobs.Config) { c.EnqueueOnly = true })
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { return nil })
	w.start(t)
	const docs = 450
	for i := range docs {
		w.insert(t, newNote(fmt.Sprintf("%03d", i), "push"))
	}
	size := func() int {
		info, err := jobs.Inspector(r).GetQueueInfo("urgent")
		check(t, err)
		return info.Size
	}
	eventually(t, "all are enqueued", func() bool { return size() == docs })
	check(t, jobs.Inspector(r).DeleteTask("urgent", fmt.Sprintf("notes:%03d#1", docs-1)))
	for i, want := range []int{docs - 1, docs - 1, docs} {
		check(t, w.jobs.Sweep(t.Context()))
		if size() != want {
			t.Errorf("sweep %d: %d tasks, want %d", i+1, size(), want)
		}
	}
	check(t, r.Client().FlushDB(t.Context()).Err())
	check(t, w.jobs.Sweep(t.Context()))
	if size() != docs {
		t.Errorf("a sweep brought back %d of %d lost tasks", size(), docs)
	}
}

// A task in Redis makes no sense and blocks its id: the sweep says so and serves the others.
func TestJobs_sweep_passes_over_broken_tasks(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r, func(c *jobs.Config) { c.EnqueueOnly = true })
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { return nil })
	w.start(t)
	for i := range 3 {
		w.insert(t, newNote(fmt.Sprint(i), "push"))
	}
	key := func(i int) string { return fmt.Sprintf("notes:%d#1", i) }
	eventually(t, "all are enqueued", func() bool { return w.state(t, "urgent", key(2)) == asynq.TaskStatePending })
	for i := range 2 {
		check(t, r.Client().HSet(t.Context(), "asynq:{urgent}:t:"+key(i), "state", "nonsense").Err())
	}
	check(t, jobs.Inspector(r).DeleteTask("urgent", key(2)))
	for range 2 {
		if err := w.jobs.Sweep(t.Context()); err == nil {
			t.Error("a broken task went unnoticed")
		}
	}
	check(t, w.jobs.Sweep(t.Context()))
	if s := w.state(t, "urgent", key(2)); s != asynq.TaskStatePending {
		t.Errorf("the lost one is %v", s)
	}
}

// Events of a clock that was ahead, as the sandbox's may be, are found after a restart.
func TestJobs_sweep_at_start_finds_the_future(t *testing.T) {
	t.Parallel()
	w, rec := newWorld(t, embedded(t)), newReceiver()
	w.jobs.On("push", jobs.Urgent, rec.take)
	_, notes := openShared(t, w.engine) // commits that the jobs do not hear of
	n := newNote("a")
	n.Emit("push", now().AddDate(1, 0, 0), nil)
	check(t, notes.Insert(t.Context(), n))
	w.start(t)
	eventually(t, "it is done", w.settled(t, "a"))
}

func TestJobs_tell_of_wakes_that_nobody_looks_after(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t))
	w.start(t)
	w.insert(t, wakeAt("a", now()))
	check(t, w.jobs.Sweep(t.Context()))
	check(t, w.jobs.Sweep(t.Context()))
	if n := strings.Count(w.said(), "without a handler"); n != 1 {
		t.Errorf("told %d times: %s", n, w.said())
	}
}

// shared is an engine that others write too.
type shared struct{ store.Engine }

func (shared) Exclusive() bool { return false }

// Of several workers one sweeps; when it leaves, another takes over at once.
func TestJobs_turns(t *testing.T) {
	t.Parallel()
	engine, err := sqlite.OpenEngine(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, engine.Close()) })
	r := embedded(t)
	var workers []*jobs.Jobs
	rec := newReceiver()
	for range 3 {
		db, _ := openShared(t, engine)
		w := &world{db: db, redis: r, log: &spokenLog{}}
		j := newJobs(t, w, func(c *jobs.Config) { c.SweepInterval, c.Clock = 20*time.Millisecond, nil })
		j.On("push", jobs.Urgent, rec.take)
		check(t, j.Start())
		workers = append(workers, j)
	}
	for i, j := range workers {
		// Inserted past the hook of all workers: only a sweep finds it.
		_, notes := openShared(t, engine)
		check(t, notes.Insert(t.Context(), newNote(fmt.Sprint(i), "push")))
		eventually(t, "somebody sweeps", func() bool { return rec.times(fmt.Sprint(i)+"#1") > 0 })
		check(t, j.Shutdown(t.Context()))
	}
}

func openShared(t *testing.T, e store.Engine) (*store.DB, *store.Collection[note]) {
	t.Helper()
	db := store.New(shared{e}, store.Config{})
	c, err := store.Open(t.Context(), db, noteSpec)
	if err != nil {
		t.Fatal(err)
	}
	return db, c
}
