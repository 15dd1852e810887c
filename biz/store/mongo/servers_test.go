package mongo_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kuacheng/biz/store"
	"kuacheng/biz/store/storetest"
)

const commandNotFound = 59

// TestEngine_on_mongodb runs against the server at KUACHENG_TEST_MONGO, in databases of its own that it drops.
func TestEngine_on_mongodb(t *testing.T) {
	t.Parallel()
	uri := os.Getenv("KUACHENG_TEST_MONGO")
	if uri == "" {
		t.Skip("KUACHENG_TEST_MONGO names no server")
	}
	storetest.Run(t, storetest.Harness{Shared: true, New: databases(uri)})
}

// TestEngine_on_jongodb runs against jongodb: KUACHENG_TEST_JONGODB is the URI of a running one, or the path of
// its binary.
func TestEngine_on_jongodb(t *testing.T) {
	t.Parallel()
	uri := os.Getenv("KUACHENG_TEST_JONGODB")
	if uri == "" {
		t.Skip("KUACHENG_TEST_JONGODB names neither server nor binary")
	}
	if !strings.HasPrefix(uri, "mongodb://") {
		uri = jongodb(t, uri)
	}
	storetest.Run(t, storetest.Harness{Shared: true, Slow: true, New: databases(uri)})
}

// jongodb starts the binary and returns its URI.
func jongodb(t *testing.T, binary string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "--host=127.0.0.1", fmt.Sprintf("--port=%d", port))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		stop()
		t.Fatal(err)
	}
	lines := make(chan string)
	go func() { // reads to the end, so that the server never waits for a reader
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			if uri, ok := strings.CutPrefix(s.Text(), "JONGODB_URI="); ok {
				lines <- uri
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		for range lines {
		}
		_ = cmd.Wait() // killed
	})
	uri, ok := <-lines
	if !ok {
		t.Fatal("jongodb ended without saying where it listens")
	}
	return uri
}

// databases makes an empty database a test on the server at uri.
func databases(uri string) func(*testing.T) func() *store.DB {
	return func(t *testing.T) func() *store.DB {
		t.Helper()
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		name := "kuacheng_test_" + strings.ToLower(rand.Text()[:10])
		u.Path = "/" + name
		t.Cleanup(func() {
			c, err := driver.Connect(options.Client().ApplyURI(uri))
			if err != nil {
				t.Error(err)
				return
			}
			var server driver.ServerError
			err = c.Database(name).Drop(context.Background())
			if errors.As(err, &server) && server.HasErrorCode(commandNotFound) {
				err = nil // jongodb forgets everything when it ends
			}
			if err != nil {
				t.Error(err)
			}
			if err := c.Disconnect(context.Background()); err != nil {
				t.Error(err)
			}
		})
		return func() *store.DB { return client(t, u.String()) }
	}
}
