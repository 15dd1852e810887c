// Package ferret serves the MongoDB protocol from within a test: FerretDB on SQLite, behind a proxy that lets one
// command through at a time.
//
// Without the proxy FerretDB must not be used for any claim about concurrency: it reads, compares and writes in
// steps of its own, and many writers "win" the same rev. Behind the proxy each command is as atomic as MongoDB's
// is on one document, and what the engine makes of that is truly tested, from several clients. FerretDB knows no
// transactions, no change streams, no partial indexes, and scans for every query.
package ferret

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// maxMessage is the largest message that the protocol allows.
const maxMessage = 48_000_000

// Start serves an empty database until the test ends, and returns its URI.
func Start(t testing.TB) (uri string) {
	t.Helper()
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/",
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = f.Run(ctx) })
	p, err := newProxy(f)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	running.Go(p.serve)
	t.Cleanup(func() {
		p.close()
		stop()
		running.Wait()
	})
	return "mongodb://" + p.listener.Addr().String() + "/kuacheng"
}

// proxy forwards whole commands, one at a time.
type proxy struct {
	listener net.Listener
	backend  string
	command  sync.Mutex // held from a command to its reply

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]bool
	served sync.WaitGroup
}

func newProxy(f *ferretdb.FerretDB) (*proxy, error) {
	u, err := url.Parse(f.MongoDBURI())
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &proxy{listener: l, backend: u.Host, conns: map[net.Conn]bool{}}, nil
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if !p.track(client) {
			return
		}
		p.served.Go(func() {
			defer p.untrack(client)
			_ = p.pump(client) // ends with its client
		})
	}
}

// pump answers one client until it leaves.
func (p *proxy) pump(client net.Conn) error {
	server, err := net.Dial("tcp", p.backend)
	if err != nil {
		return err
	}
	if !p.track(server) {
		return net.ErrClosed
	}
	defer p.untrack(server)
	for {
		request, err := message(client)
		if err != nil {
			return err
		}
		reply, err := p.ask(server, request)
		if err != nil {
			return err
		}
		if _, err := client.Write(reply); err != nil {
			return err
		}
	}
}

func (p *proxy) ask(server net.Conn, request []byte) ([]byte, error) {
	p.command.Lock()
	defer p.command.Unlock()
	if _, err := server.Write(request); err != nil {
		return nil, err
	}
	return message(server)
}

// message reads one message of the protocol: its length comes first and counts itself.
func message(r io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n < 16 || n > maxMessage {
		return nil, errors.New("ferret: not a message of the MongoDB protocol")
	}
	m := make([]byte, n)
	copy(m, length[:])
	_, err := io.ReadFull(r, m[4:])
	return m, err
}

func (p *proxy) track(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.Close()
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) untrack(c net.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.served.Wait()
}
