package backup_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kuacheng/biz/backup"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// doc names a file that was on disk before it.
type doc struct {
	model.Head `json:",inline"`
	File       string `json:"file"`
}

var spec = store.Spec[doc]{Name: "docs", Indexes: []store.Index{{Name: "all"}}}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// data is a server's folder with some documents and their files.
func data(t *testing.T) (folder string, c *store.Collection[doc]) {
	t.Helper()
	folder = t.TempDir()
	db, err := sqlite.Open(t.Context(), filepath.Join(folder, backup.Database), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if c, err = store.Open(t.Context(), db, spec); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "files", "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := add(t.Context(), folder, c, i); err != nil {
			t.Fatal(err)
		}
	}
	return folder, c
}

func add(ctx context.Context, folder string, c *store.Collection[doc], i int) error {
	name := fmt.Sprintf("files/a/%d", i)
	if err := os.WriteFile(filepath.Join(folder, name), fmt.Appendf(nil, "content %d", i), 0o600); err != nil {
		return err
	}
	return c.Insert(ctx, &doc{Head: model.Head{ID: fmt.Sprint(i)}, File: name})
}

// TestMake_and_Restore copies while people write: what is restored is whole, with every file that a document names.
func TestMake_and_Restore(t *testing.T) {
	t.Parallel()
	from, c := data(t)
	to, back := filepath.Join(t.TempDir(), "backup"), t.TempDir()
	var writing sync.WaitGroup
	stop := make(chan struct{})
	writing.Go(func() {
		for i := 5; ; i++ {
			select {
			case <-stop:
				return
			default:
				if err := add(t.Context(), from, c, i); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	m, err := backup.Make(t.Context(), from, "", to)
	close(stop)
	writing.Wait()
	if err != nil || len(m.Digests) < 6 {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, err := backup.Make(t.Context(), from, "", to); err == nil {
		t.Error("a backup is written over")
	}
	if _, err := backup.Restore(t.Context(), to, back); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), to, back); err == nil {
		t.Error("a database is written over")
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(back, backup.Database), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	docs, err := store.Open(t.Context(), db, spec)
	if err != nil {
		t.Fatal(err)
	}
	page, err := docs.Find(t.Context(), store.Query{Index: "all", Limit: 1000})
	if err != nil || len(page.Items) < 5 {
		t.Fatalf("%d documents, %v", len(page.Items), err)
	}
	for _, d := range page.Items {
		content, err := os.ReadFile(filepath.Join(back, d.File))
		if err != nil || string(content) != "content "+d.ID {
			t.Errorf("%s: %q, %v", d.File, content, err)
		}
	}
	for _, path := range []string{backup.Database, "files/a/0"} {
		if info, err := os.Stat(filepath.Join(back, path)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// TestRestore_hostile: what is not as it was written, names what lies elsewhere, or is no finished backup restores nothing.
func TestRestore_hostile(t *testing.T) {
	t.Parallel()
	from, _ := data(t)
	for name, spoil := range map[string]func(t *testing.T, folder string, m map[string]string){
		"no manifest": func(t *testing.T, folder string, _ map[string]string) { remove(t, folder, "manifest.json") },
		"no JSON": func(t *testing.T, folder string, _ map[string]string) {
			put(t, filepath.Join(folder, "manifest.json"), "{")
		},
		"nothing named":    func(_ *testing.T, _ string, m map[string]string) { clear(m) },
		"database unnamed": func(_ *testing.T, _ string, m map[string]string) { delete(m, backup.Database) },
		"database changed": func(t *testing.T, folder string, _ map[string]string) {
			put(t, filepath.Join(folder, backup.Database), "x")
		},
		"a file changed": func(t *testing.T, folder string, _ map[string]string) {
			put(t, filepath.Join(folder, "files/a/1"), "x")
		},
		"a file gone":       func(t *testing.T, folder string, _ map[string]string) { remove(t, folder, "files/a/1") },
		"a way out":         func(_ *testing.T, _ string, m map[string]string) { m["../../etc/passwd"] = "x" },
		"an absolute place": func(_ *testing.T, _ string, m map[string]string) { m["/etc/passwd"] = "x" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder, back := filepath.Join(t.TempDir(), "backup"), t.TempDir()
			m, err := backup.Make(t.Context(), from, filepath.Join(from, "files"), folder)
			if err != nil {
				t.Fatal(err)
			}
			had := len(m.Digests)
			spoil(t, folder, m.Digests)
			if len(m.Digests) != had {
				text, err := json.Marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				put(t, filepath.Join(folder, "manifest.json"), string(text))
			}
			if _, err := backup.Restore(t.Context(), folder, back); err == nil || !strings.HasPrefix(err.Error(), "backup: ") {
				t.Errorf("%v", err)
			}
			if entries, err := os.ReadDir(back); err != nil || len(entries) != 0 {
				t.Errorf("restored in part: %v, %v", entries, err)
			}
		})
	}
}

func remove(t *testing.T, folder, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(folder, name)); err != nil {
		t.Fatal(err)
	}
}

// TestMake_without_files: a server to which nobody has uploaded anything has a backup too, and one that is not there has none.
func TestMake_without_files(t *testing.T) {
	t.Parallel()
	from, _ := data(t)
	if err := os.RemoveAll(filepath.Join(from, "files")); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backup")
	if m, err := backup.Make(t.Context(), from, "", to); err != nil || len(m.Digests) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := backup.Restore(t.Context(), to, t.TempDir()); err != nil {
		t.Error(err)
	}
	if _, err := backup.Make(t.Context(), t.TempDir(), "", filepath.Join(t.TempDir(), "b")); err == nil {
		t.Error("a backup of nothing")
	}
}
