package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/store/storetest"
)

type opener func(context.Context, string, store.Config) (*store.DB, error)

func harness(open opener, cfg store.Config, slow bool) storetest.Harness {
	return storetest.Harness{Slow: slow, New: func(t *testing.T) func() *store.DB {
		path := filepath.Join(t.TempDir(), "test.db")
		return func() *store.DB {
			db, err := open(t.Context(), path, cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			return db
		}
	}}
}

func TestEngine(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(sqlite.Open, store.Config{}, false))
}

func TestEngine_without_cache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(sqlite.Open, store.Config{CacheBytes: -1}, true))
}

// A cache that holds a few documents only is always evicting.
func TestEngine_with_tiny_cache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(sqlite.Open, store.Config{CacheBytes: 4096}, true))
}

// Several clients have the file open, as several processes would.
func TestEngine_shared(t *testing.T) {
	t.Parallel()
	h := harness(sqlite.OpenShared, store.Config{}, true)
	h.Shared = true
	storetest.Run(t, h)
}
