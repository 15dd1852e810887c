package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

type note struct {
	model.Head `json:",inline"`
	Text       string `json:"text"`
}

func notes(t testing.TB, db *store.DB) *store.Collection[note] {
	t.Helper()
	c, err := store.Open(t.Context(), db, store.Spec[note]{Name: "notes"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, path string) *store.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestMain plays the other process in the tests below.
func TestMain(m *testing.M) {
	path := os.Getenv("KUACHENG_TEST_WRITER")
	if path == "" {
		os.Exit(m.Run())
	}
	if err := writeForEver(path); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// writeForEver prints the id of each document once it is stored.
func writeForEver(path string) error {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path, store.Config{})
	if err != nil {
		return err
	}
	c, err := store.Open(ctx, db, store.Spec[note]{Name: "notes"})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("n-%d-%d", w, i)
				if err := c.Insert(ctx, &note{Head: model.Head{ID: id}, Text: strings.Repeat("x", 500)}); err != nil {
					failed <- err
				}
				if _, err := c.Update(ctx, id, func(n *note) error { n.Text = "updated"; return nil }); err != nil {
					failed <- err
				}
				fmt.Println(id)
			}
		}()
	}
	return <-failed
}

// start runs the other process until kill, which waits for its end and returns the rest of what it printed.
func start(t *testing.T, path string) (line func() string, kill func() []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "KUACHENG_TEST_WRITER="+path)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line = func() string {
		s, err := lines.ReadString('\n')
		if err != nil {
			return "" // a line cut off by the kill was never said
		}
		return strings.TrimSpace(s)
	}
	var once sync.Once
	kill = func() (rest []string) {
		once.Do(func() {
			_ = cmd.Process.Kill()
			for s := line(); s != ""; s = line() {
				rest = append(rest, s)
			}
			_ = cmd.Wait()
		})
		return rest
	}
	t.Cleanup(func() { kill() })
	return line, kill
}

// What was answered survives kill -9, and the file opens at once.
func TestOpen_after_a_kill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "killed.db")
	line, kill := start(t, path)
	var said []string
	for range 200 {
		said = append(said, line())
	}
	said = append(said, kill()...)
	c := notes(t, open(t, path))
	for _, id := range said {
		got, err := c.Get(t.Context(), id)
		if err != nil || got.Text != "updated" {
			t.Fatalf("%q was answered and is lost: %v", id, err)
		}
	}
}

func TestOpen_refuses_a_file_in_use(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "er", "shared.db")
	db := open(t, path)
	if _, err := sqlite.Open(t.Context(), path, store.Config{}); err == nil || !strings.Contains(err.Error(), "open in another process") {
		t.Errorf("a second open in this process: %v", err)
	}
	line, _ := start(t, path)
	if got := line(); !strings.Contains(got, "open in another process") {
		t.Errorf("a second process said %q", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	line, _ = start(t, path)
	if got := line(); !strings.HasPrefix(got, "n-") {
		t.Errorf("after Close another process said %q", got)
	}
}

func TestOpenShared_goes_with_its_like_only(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shared.db")
	var open []*store.DB
	for range 2 {
		db, err := sqlite.OpenShared(t.Context(), path, store.Config{})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, db)
	}
	line, _ := start(t, path)
	if got := line(); !strings.Contains(got, "open in another process") {
		t.Errorf("a process that wants the file alone said %q", got)
	}
	for _, db := range open {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	line, _ = start(t, path)
	if got := line(); !strings.HasPrefix(got, "n-") {
		t.Errorf("after Close another process said %q", got)
	}
	if _, err := sqlite.OpenShared(t.Context(), path, store.Config{}); err == nil || !strings.Contains(err.Error(), "open in another process") {
		t.Errorf("beside one that has it alone: %v", err)
	}
}

func TestOpen_keeps_the_file_private(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "private.db")
	c := notes(t, open(t, path))
	if err := c.Insert(t.Context(), &note{Head: model.Head{ID: "a"}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + "-wal"} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v; want nothing for others", filepath.Base(p), info.Mode(), err)
		}
	}
}

func TestOpen_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	notADatabase := filepath.Join(dir, "text.db")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	under := filepath.Join(notADatabase, "x.db")
	for _, path := range []string{notADatabase, under} {
		db, err := sqlite.Open(t.Context(), path, store.Config{})
		if err == nil {
			db.Close()
			t.Errorf("%s was opened", path)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v does not name the file", path, err)
		}
	}
	if _, err := os.Stat(notADatabase + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is no database was given a journal: %v", err)
	}
}

// Many writers share few commits, and a duplicate in a transaction fails alone.
func TestWriter_folds(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "folded.db"))
	c := notes(t, db)
	before := db.Stats()
	const n = 300
	var all sync.WaitGroup
	var duplicates sync.Map
	for i := range n {
		all.Go(func() {
			id := fmt.Sprintf("n%d", i%(n-50)) // 50 ids come twice
			if err := c.Insert(t.Context(), &note{Head: model.Head{ID: id}}); errors.Is(err, store.ErrDuplicate) {
				duplicates.Store(i, true)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := 0
	duplicates.Range(func(any, any) bool { count++; return true })
	after := db.Stats()
	if writes := after.Writes - before.Writes; writes != n-50 || count != 50 {
		t.Errorf("%d writes and %d duplicates, want %d and 50", writes, count, n-50)
	}
	if commits := after.Commits - before.Commits; commits > n/3 {
		t.Errorf("%d inserts took %d commits", n, commits)
	}
}

func FuzzCursor(f *testing.F) {
	db := open(f, filepath.Join(f.TempDir(), "fuzz.db"))
	c, err := store.Open(f.Context(), db, store.Spec[note]{
		Name:    "fuzzed",
		Fields:  []store.Field[note]{{Name: "text", Of: func(n *note) any { return n.Text }}},
		Indexes: []store.Index{{Name: "text", Sort: "text"}},
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c"} {
		if err := c.Insert(f.Context(), &note{Head: model.Head{ID: id}, Text: id}); err != nil {
			f.Fatal(err)
		}
	}
	q := store.Query{Index: "text", Limit: 1}
	page, err := c.Find(f.Context(), q)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(page.Next)
	f.Add("AQ")
	f.Add("=")
	f.Fuzz(func(t *testing.T, cursor string) {
		q := q
		q.Cursor = cursor
		if _, err := c.Find(context.Background(), q); err != nil && !errors.Is(err, store.ErrCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	})
}

// Not parallel: it counts the goroutines of the process.
func TestClose_leaves_nothing_behind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	path := filepath.Join(t.TempDir(), "closed.db")
	db := open(t, path)
	c := notes(t, db)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := c.Upsert(t.Context(), "a", func() *note { return &note{} }, func(n *note) error { n.Text = fmt.Sprint(i); return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Update(t.Context(), "a", func(*note) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("update after Close: %v, want ErrClosed", err)
	}
	goleak.VerifyNone(t, before)
}
