package file

import (
	"context"
	"fmt"
	"io"
)

// partSize is how much of a long file is in memory at once.
const partSize = 4 << 20

// Parts writes a long file as a row of sealed ones, so that it never is in memory as a whole.
type Parts struct {
	store  *Store
	ctx    context.Context
	person string
	prefix string
	buffer []byte
	n      int
	size   int64
}

// WriteParts begins a long file under a prefix, sealed under the key of the person whose it is. Close writes its end.
func (s *Store) WriteParts(ctx context.Context, person, prefix string) *Parts {
	return &Parts{store: s, ctx: ctx, person: person, prefix: prefix, buffer: make([]byte, 0, partSize)}
}

// Write takes more of the file.
func (p *Parts) Write(b []byte) (int, error) {
	taken := 0
	for len(b) > 0 {
		n := min(len(b), partSize-len(p.buffer))
		p.buffer = append(p.buffer, b[:n]...)
		b, taken = b[n:], taken+n
		if len(p.buffer) == partSize {
			if err := p.flush(); err != nil {
				return taken, err
			}
		}
	}
	return taken, nil
}

func (p *Parts) flush() error {
	if _, err := p.store.PutFor(p.ctx, p.person, partKey(p.prefix, p.n), p.buffer); err != nil {
		return err
	}
	p.size += int64(len(p.buffer))
	p.n++
	p.buffer = p.buffer[:0]
	return nil
}

// Close writes what is left.
func (p *Parts) Close() error {
	if len(p.buffer) == 0 {
		return nil
	}
	return p.flush()
}

// Written is how many parts there are, and how long they are together.
func (p *Parts) Written() (parts int, size int64) { return p.n, p.size }

func partKey(prefix string, n int) string { return fmt.Sprintf("%s/%06d", prefix, n) }

type partReader struct {
	store  *Store
	ctx    context.Context
	prefix string
	n      int
	of     int
	rest   []byte
}

// ReadParts reads a long file of so many parts, one after the other.
func (s *Store) ReadParts(ctx context.Context, prefix string, parts int) io.Reader {
	return &partReader{store: s, ctx: ctx, prefix: prefix, of: parts}
}

func (r *partReader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.n >= r.of {
			return 0, io.EOF
		}
		var err error
		if r.rest, err = r.store.Get(r.ctx, partKey(r.prefix, r.n)); err != nil {
			return 0, err
		}
		r.n++
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
