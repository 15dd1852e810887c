package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kuacheng/biz/store"
	"kuacheng/biz/store/mongo"
)

// onMongo counts the seats on the server that the tests use, where one is named.
func (h *hall) onMongo(ctx context.Context, b *bench) (err error) {
	named := cmp.Or(os.Getenv("KUACHENG_TEST_MONGO"), os.Getenv("KUACHENG_TEST_JONGODB"))
	if named == "" {
		fmt.Fprintln(os.Stderr, "  no Mongo: KUACHENG_TEST_MONGO or KUACHENG_TEST_JONGODB names none")
		return nil
	}
	if !strings.HasPrefix(named, "mongodb") {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		if named, err = jongodb(ctx, named); err != nil {
			return err
		}
	}
	u, err := url.Parse(named)
	if err != nil {
		return errors.New("the URI of Mongo cannot be read")
	}
	u.Path = "/kuacheng_bench_" + strings.ToLower(rand.Text()[:10])
	defer drop(named, u.Path[1:])
	db, err := mongo.Open(ctx, u.String(), store.Config{})
	if err != nil {
		return err
	}
	o, err := h.book(ctx, db)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	o.report(b, "Mongo", nil)
	return nil
}

// jongodb starts its binary, which ends with ctx, and gives its URI.
func jongodb(ctx context.Context, binary string) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.CommandContext(ctx, binary, "--host=127.0.0.1", fmt.Sprint("--port=", port))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	said := make(chan string, 1)
	go func() { // reads to the end, so that the server never waits for a reader
		for s := bufio.NewScanner(out); s.Scan(); {
			if uri, ok := strings.CutPrefix(s.Text(), "JONGODB_URI="); ok {
				said <- uri
			}
		}
		close(said)
		_ = cmd.Wait() // killed
	}()
	uri, ok := <-said
	if !ok {
		return "", errors.New("jongodb ended without saying where it listens")
	}
	return uri, nil
}

// drop removes the database again; a server that cannot forgets it when it ends.
func drop(uri, name string) {
	c, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return
	}
	_ = c.Database(name).Drop(context.Background())
	_ = c.Disconnect(context.Background())
}
