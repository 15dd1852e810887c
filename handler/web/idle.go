package web

import (
	"context"
	"sync"
	"time"

	"github.com/cloudwego/hertz/pkg/network"
)

const (
	// idleTimeout is longer than the minute for which proxies usually keep a connection: the side that sends
	// requests should be the one that closes.
	idleTimeout = 75 * time.Second
	// settled is how long a connection has been idle when its last answer is surely written.
	settled = 200 * time.Millisecond
)

// connections knows which keep-alive connections wait for a next request. Hertz counts them as work to be
// finished, so that one idle client would hold up a shutdown to its very end; here they are closed instead.
type connections struct {
	mu      sync.Mutex
	idle    map[network.Conn]time.Time
	pruned  time.Time
	closing chan struct{}
}

func newConnections() *connections {
	return &connections{idle: map[network.Conn]time.Time{}, closing: make(chan struct{})}
}

func (cs *connections) busy(c network.Conn) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.idle, c)
}

// rest notes that a request has been answered. Connections that have since been closed are forgotten in time.
func (cs *connections) rest(c network.Conn, now time.Time) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.idle[c] = now
	if now.Sub(cs.pruned) < idleTimeout {
		return
	}
	cs.pruned = now
	for c, since := range cs.idle {
		if now.Sub(since) > 2*idleTimeout {
			delete(cs.idle, c)
		}
	}
}

// shut tells the streams to end and closes what is idle, until nothing is or the context is over.
func (cs *connections) shut(ctx context.Context) {
	close(cs.closing)
	tick := time.NewTicker(settled / 4)
	defer tick.Stop()
	for !cs.closeSettled(time.Now()) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (cs *connections) closeSettled(now time.Time) (none bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for c, since := range cs.idle {
		if now.Sub(since) >= settled {
			c.Close() //nolint:errcheck // it may be closed already
			delete(cs.idle, c)
		}
	}
	return len(cs.idle) == 0
}

// Closing is closed when the server begins to shut down. A handler that streams ends then; any other ought to
// finish what it has begun. It is nil, and so never ready, outside a server of this package.
func Closing(ctx context.Context) <-chan struct{} {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r.closing
	}
	return nil
}
