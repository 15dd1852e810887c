package sqlite_test

import (
	"path/filepath"
	"testing"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/store/storetest"
)

func harness(cfg store.Config) storetest.Harness {
	return storetest.Harness{New: func(t *testing.T) func() *store.DB {
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
	storetest.Run(t, harness(store.Config{}))
}

func TestEngine_without_cache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(store.Config{CacheBytes: -1}))
}

// A cache that holds a few documents only is always evicting.
func TestEngine_with_tiny_cache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(store.Config{CacheBytes: 4096}))
}
