package sqlite_test

import (
	"path/filepath"
	"testing"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/store/storetest"
)

func harness(cfg store.Config, slow bool) storetest.Harness {
	return storetest.Harness{Slow: slow, New: func(t *testing.T) func() *store.DB {
		path := filepath.Join(t.TempDir(), "test.db")
		return func() *store.DB {
			db, err := sqlite.Open(t.Context(), path, cfg)
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
	storetest.Run(t, harness(store.Config{}, false))
}

func TestEngine_without_cache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(store.Config{CacheBytes: -1}, true))
}

// A cache that holds a few documents only is always evicting.
func TestEngine_with_tiny_cache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(store.Config{CacheBytes: 4096}, true))
}
