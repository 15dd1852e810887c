package mongo_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/store/mongo"
	"kuacheng/biz/store/storetest/ferret"
)

// silent accepts connections and never says a word, as a server behind a broken network does.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().String()
}

func TestOpen_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	addr := silent(t)
	for name, uri := range map[string]string{
		"no database":  "mongodb://root:hunter2@" + addr + "/",
		"not a URI":    "mongodb://root:hunter2@@:::/x",
		"other scheme": "postgres://root:hunter2@" + addr + "/x",
		"nobody there": "mongodb://root:hunter2@127.0.0.1:1/x?serverSelectionTimeoutMS=200",
		"silence":      "mongodb://root:hunter2@" + addr + "/x?serverSelectionTimeoutMS=200",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := mongo.Open(t.Context(), uri, store.Config{})
			if err == nil {
				db.Close()
				t.Fatal("it was opened")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestOpen_ends_with_its_context(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	began := time.Now()
	_, err := mongo.Open(ctx, "mongodb://"+silent(t)+"/x", store.Config{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the context's end", err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Two processes that start at once make the same collection.
func TestOpen_twice_at_once(t *testing.T) {
	t.Parallel()
	uri := ferret.Start(t)
	outcome := make(chan error)
	for range 4 {
		db := client(t, uri)
		go func() {
			_, err := store.Open(t.Context(), db, store.Spec[memo]{
				Name: "memos", Fields: []store.Field[memo]{{Name: "text", Of: func(m *memo) any { return m.Text }}},
				Indexes: []store.Index{{Name: "text", Eq: []string{"text"}}},
			})
			outcome <- err
		}()
	}
	for range 4 {
		if err := <-outcome; err != nil {
			t.Error(err)
		}
	}
}
