package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"go.uber.org/goleak"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/jobs"
	"kuacheng/model"
)

func TestMain(m *testing.M) {
	if os.Getenv(childMode) != "" {
		child()
		return
	}
	// go-redis tries once more to reach a server that was down, up to a second after its pool was closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// note is a document that emits events and wakes.
type note struct {
	model.Head `json:",inline"`
	Woken      int `json:"woken,omitempty"`
}

var noteSpec = store.Spec[note]{Name: "notes"}

func newNote(id string, kinds ...string) *note {
	n := &note{Head: model.Head{ID: id}}
	for _, k := range kinds {
		n.Emit(k, now(), nil)
	}
	return n
}

func now() time.Time { return clock.Real{}.Now() }

// receiver is the world outside: it sees the id of each event that reaches it, and tells repetitions by it.
type receiver struct {
	mu   sync.Mutex
	seen map[string]int
}

func newReceiver() *receiver { return &receiver{seen: map[string]int{}} }

func (r *receiver) take(_ context.Context, _ string, e model.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[e.ID]++
	return nil
}

func (r *receiver) times(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[id]
}

func (r *receiver) distinct() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// world is a store and a Redis with jobs in between.
type world struct {
	engine store.Engine
	db     *store.DB
	notes  *store.Collection[note]
	redis  *jobs.Redis
	clock  *clock.Movable
	log    *spokenLog
	jobs   *jobs.Jobs
}

type option func(*jobs.Config)

// newWorld makes jobs that are quick to look and slow to sweep by themselves, so that a test says when.
func newWorld(t *testing.T, r *jobs.Redis, options ...option) *world {
	t.Helper()
	w := &world{redis: r, clock: &clock.Movable{}, log: &spokenLog{}}
	var err error
	if w.engine, err = sqlite.OpenEngine(t.Context(), filepath.Join(t.TempDir(), "test.db")); err != nil {
		t.Fatal(err)
	}
	w.db = store.New(w.engine, store.Config{})
	t.Cleanup(func() { check(t, w.db.Close()) })
	if w.notes, err = store.Open(t.Context(), w.db, noteSpec); err != nil {
		t.Fatal(err)
	}
	w.jobs = newJobs(t, w, options...)
	return w
}

func newJobs(t *testing.T, w *world, options ...option) *jobs.Jobs {
	t.Helper()
	cfg := jobs.Config{
		DB: w.db, Redis: w.redis, Clock: w.clock, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		TaskCheckInterval: 5 * time.Millisecond, SweepInterval: time.Hour, ShutdownTimeout: 5 * time.Second,
	}
	for _, o := range options {
		o(&cfg)
	}
	j, err := jobs.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// spokenLog keeps what was logged.
type spokenLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *spokenLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (w *world) said() string {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return w.log.text.String()
}

func (w *world) start(t *testing.T) {
	t.Helper()
	start(t, w.jobs)
}

func start(t *testing.T, j *jobs.Jobs) {
	t.Helper()
	if err := j.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, j.Shutdown(context.Background())) })
}

func (w *world) insert(t *testing.T, notes ...*note) {
	t.Helper()
	for _, n := range notes {
		if err := w.notes.Insert(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) outbox(t *testing.T, id string) []model.Event {
	t.Helper()
	h, err := w.db.Head(t.Context(), "notes", id)
	if err != nil {
		t.Fatal(err)
	}
	return h.Outbox
}

func (w *world) settled(t *testing.T, id string) func() bool {
	return func() bool { return len(w.outbox(t, id)) == 0 }
}

// hurry makes asynq try at once what it has put off.
func (w *world) hurry() {
	in := jobs.Inspector(w.redis)
	for _, q := range []string{"urgent", "default", "slow"} {
		_, _ = in.RunAllRetryTasks(q) // a queue that does not exist yet has none
	}
}

func (w *world) state(t *testing.T, queue, id string) asynq.TaskState {
	t.Helper()
	info, err := jobs.Inspector(w.redis).GetTaskInfo(queue, id)
	if errors.Is(err, asynq.ErrTaskNotFound) || errors.Is(err, asynq.ErrQueueNotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return info.State
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// eventually waits until it holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		wait(2 * time.Millisecond)
	}
}

// wait lets others run between two looks at a condition.
func wait(d time.Duration) { <-time.After(d) }

func embedded(t *testing.T) *jobs.Redis {
	t.Helper()
	return open(t, jobs.Embedded)
}

func open(t *testing.T, address string) *jobs.Redis {
	t.Helper()
	r, err := jobs.OpenRedis(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, r.Close()) })
	return r
}

// eachRedis runs a test on the embedded Redis, on a redis-server of its own where the program is installed, and
// on the database that KUACHENG_TEST_REDIS names, which is emptied.
func eachRedis(t *testing.T, test func(t *testing.T, r *jobs.Redis)) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, embedded(t))
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.start(t)
		test(t, open(t, s.address()))
	})
	if address := os.Getenv("KUACHENG_TEST_REDIS"); address != "" {
		t.Run("given", func(t *testing.T) { // one after the other: they share a database
			r := open(t, address)
			check(t, r.Client().FlushDB(t.Context()).Err())
			test(t, r)
		})
	}
}

// server is a redis-server of a test's own, which can die and come back.
type server struct {
	port int
	cmd  *exec.Cmd
	args []string
}

func newServer(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return &server{port: l.Addr().(*net.TCPAddr).Port, args: args}
}

func (s *server) address() string { return "redis://127.0.0.1:" + strconv.Itoa(s.port) }

func (s *server) start(t testing.TB) {
	t.Helper()
	args := append([]string{"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()}, s.args...)
	s.cmd = exec.Command("redis-server", args...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	r, err := jobs.OpenRedis(s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	eventually(t, "redis-server answers", func() bool { return r.Ping(t.Context()) == nil })
}

func (s *server) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}
