package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/jobs"
	"kuacheng/model"
)

// The test binary runs itself as a server that is killed: childMode says what it does, childDir where its store and
// the receiver's list of effects lie.
const (
	childMode  = "KUACHENG_TEST_CHILD"
	childDir   = "KUACHENG_TEST_CHILD_DIR"
	childRedis = "KUACHENG_TEST_CHILD_REDIS"
)

const childEvents = 20

// child is the killed server. "commit" stores documents and enqueues nothing; "hang" brings about effects but
// never returns from the handler; "work" does its work.
func child() {
	fatal := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	ctx, dir, mode := context.Background(), os.Getenv(childDir), os.Getenv(childMode)
	db, err := sqlite.Open(ctx, filepath.Join(dir, "child.db"), store.Config{})
	fatal(err)
	notes, err := store.Open(ctx, db, noteSpec)
	fatal(err)
	if mode == "commit" {
		for i := range childEvents {
			fatal(notes.Insert(ctx, newNote(strconv.Itoa(i), "push")))
		}
		fmt.Println("committed")
		select {}
	}
	redis, err := jobs.OpenRedis(os.Getenv(childRedis))
	fatal(err)
	j, err := jobs.New(ctx, jobs.Config{DB: db, Redis: redis, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), TaskCheckInterval: 10 * time.Millisecond, SweepInterval: time.Second})
	fatal(err)
	effects, err := os.OpenFile(filepath.Join(dir, "effects"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	fatal(err)
	j.On("push", jobs.Urgent, func(_ context.Context, _ string, e model.Event) error {
		_, err := fmt.Fprintln(effects, e.ID)
		fatal(err)
		if mode == "hang" {
			fmt.Println("begun")
			select {}
		}
		return nil
	})
	fatal(j.Start())
	for {
		refs, err := db.Pending(ctx, "notes", time.Now().Add(time.Hour), 1)
		fatal(err)
		if len(refs) == 0 {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	fatal(j.Shutdown(ctx))
	fatal(redis.Close())
	fatal(db.Close())
	fmt.Println("done")
}

type life struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func live(t *testing.T, dir, mode, redis string) *life {
	t.Helper()
	l := &life{cmd: exec.Command(os.Args[0])}
	l.cmd.Env = append(os.Environ(), childMode+"="+mode, childDir+"="+dir, childRedis+"="+redis)
	l.cmd.Stderr = os.Stderr
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	l.out = bufio.NewScanner(out)
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.kill)
	return l
}

// says waits for a line of the child's.
func (l *life) says(t *testing.T, line string) {
	t.Helper()
	if !l.out.Scan() || l.out.Text() != line {
		t.Fatalf("the child said %q, not %q", l.out.Text(), line)
	}
}

// kill is SIGKILL: nothing in the child gets to run.
func (l *life) kill() {
	if l.cmd.ProcessState == nil {
		_ = l.cmd.Process.Kill()
		_ = l.cmd.Wait()
	}
}

func effects(t *testing.T, dir string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "effects"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, id := range strings.Fields(string(b)) {
		seen[id]++
	}
	return seen
}

// A server is killed between commit and enqueue, its successor inside handlers; the third brings about the rest.
// The receiver sees every event, and those that were cut off once more under the same id.
func TestJobs_survive_kill(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		survive(t, jobs.Embedded, func() {})
	})
	t.Run("server, wiped", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.start(t)
		r := open(t, s.address())
		survive(t, s.address(), func() { check(t, r.Client().FlushDB(t.Context()).Err()) })
	})
	// Without a wipe the killed worker's tasks wait for their lease, up to two minutes.
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		if os.Getenv("KUACHENG_TEST_SLOW") == "" {
			t.Skip("takes two minutes: set KUACHENG_TEST_SLOW")
		}
		s := newServer(t)
		s.start(t)
		survive(t, s.address(), func() {})
	})
}

func survive(t *testing.T, redis string, between func()) {
	dir := t.TempDir()
	first := live(t, dir, "commit", redis)
	first.says(t, "committed")
	first.kill()

	second := live(t, dir, "hang", redis)
	second.says(t, "begun")
	second.says(t, "begun")
	second.kill()
	between()
	cut := effects(t, dir)

	third := live(t, dir, "work", redis)
	third.says(t, "done")
	if err := third.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	seen := effects(t, dir)
	if len(seen) != childEvents {
		t.Errorf("%d of %d events reached the receiver", len(seen), childEvents)
	}
	for id, n := range seen {
		if n != 1+cut[id] {
			t.Errorf("event %s came %d times, of which %d were cut off", id, n, cut[id])
		}
	}
}
