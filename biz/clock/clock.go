// Package clock is where the verbs read the time. The real clock is the machine's; the sandbox's can be moved
// forward, so that a deadline of twenty working days can be watched in a minute.
//
// Every time it gives is UTC and whole milliseconds: MongoDB keeps no finer, and a document must read the same
// before and after it was stored.
package clock

import (
	"sync"
	"sync/atomic"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// Real is the machine's clock.
type Real struct{}

// Now is the present moment.
func (Real) Now() time.Time { return trim(time.Now()) }

// Movable is the machine's clock plus an offset, for the sandbox and for tests. The zero value stands at the
// present; it is safe for concurrent use.
type Movable struct {
	offset atomic.Int64 // nanoseconds
	mu     sync.Mutex   // guards moved, and one move against another
	moved  []func()
}

// Now is the present moment plus the offset.
func (m *Movable) Now() time.Time { return trim(time.Now().Add(m.Offset())) }

// Offset is how far the clock is ahead of the machine's.
func (m *Movable) Offset() time.Duration { return time.Duration(m.offset.Load()) }

// Advance moves the clock by d, on top of earlier moves, and then calls what OnMove was given.
func (m *Movable) Advance(d time.Duration) {
	m.shift(func(offset time.Duration) time.Duration { return offset + d })
}

// Reset sets the clock back to the machine's, and then calls what OnMove was given.
func (m *Movable) Reset() {
	m.shift(func(time.Duration) time.Duration { return 0 })
}

// OnMove registers f to be called after each move, in the mover's goroutine: the sweep looks for what has become
// due without waiting for its next turn. f may read the clock.
func (m *Movable) OnMove(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moved = append(m.moved, f)
}

func (m *Movable) shift(next func(time.Duration) time.Duration) {
	m.mu.Lock()
	m.offset.Store(int64(next(m.Offset())))
	moved := m.moved[:len(m.moved):len(m.moved)]
	m.mu.Unlock()
	for _, f := range moved {
		f()
	}
}

func trim(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
