package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// wire is one keep-alive connection. It does as little as a client can, because whatever it costs is shared by
// both sides of a comparison and makes them look alike.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(ctx context.Context, address string) (*wire, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}, nil
}

// do sends a whole request and reads a whole answer; the body is good until the next call.
func (w *wire) do(request []byte) (status int, body []byte, err error) {
	if _, err := w.conn.Write(request); err != nil {
		return 0, nil, err
	}
	length := -1
	for first := true; ; first = false {
		l, err := w.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		l = bytes.TrimRight(l, "\r\n")
		if first {
			if len(l) < 12 {
				return 0, nil, errors.New("no HTTP answer")
			}
			if status, err = strconv.Atoi(string(l[9:12])); err != nil {
				return 0, nil, err
			}
			continue
		}
		if len(l) == 0 {
			break
		}
		if name, value, ok := bytes.Cut(l, []byte(":")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, nil, err
			}
		}
	}
	if length < 0 {
		return 0, nil, errors.New("an answer without Content-Length")
	}
	w.body = slices.Grow(w.body[:0], length)[:length]
	_, err = io.ReadFull(w.in, w.body)
	return status, w.body, err
}

// side is one of the two servers that are compared, with what it is asked.
type side struct {
	address string
	want    int                        // the status of a success
	request func(client, n int) []byte // the n-th request of a client

	wires []*wire
	sent  []int
	done  int
	spent time.Duration
	took  []time.Duration // of every request
}

// open connects the clients.
func (s *side) open(ctx context.Context, clients int) error {
	for range clients {
		w, err := dial(ctx, s.address)
		if err != nil {
			return err
		}
		s.wires = append(s.wires, w)
	}
	s.sent = make([]int, clients)
	return nil
}

func (s *side) close() {
	for _, w := range s.wires {
		w.conn.Close()
	}
}

// turn lets all clients ask, each its next when the last is answered, for about d.
func (s *side) turn(d time.Duration, count bool) error {
	var (
		mu    sync.Mutex
		errs  []error
		took  []time.Duration
		all   sync.WaitGroup
		began = time.Now()
	)
	for i, w := range s.wires {
		all.Go(func() {
			var mine []time.Duration
			var err error
			for asked := began; err == nil && asked.Sub(began) < d; {
				var status int
				var body []byte
				status, body, err = w.do(s.request(i, s.sent[i]))
				if err == nil && status != s.want {
					err = fmt.Errorf("answered %d: %s", status, body)
				}
				s.sent[i]++
				now := time.Now()
				mine, asked = append(mine, now.Sub(asked)), now
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if err != nil {
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	if count {
		s.done, s.spent, s.took = s.done+len(took), s.spent+time.Since(began), append(s.took, took...)
	}
	return errors.Join(errs[:min(len(errs), 3)]...)
}

func (s *side) rate() float64 { return float64(s.done) / s.spent.Seconds() }

func (s *side) quantile(q int) time.Duration { return quantile(s.took, q) }

// quantile sorts what it is given.
func quantile(took []time.Duration, percent int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)*percent/100, len(took)-1)]
}

const (
	clients  = 64
	turnLong = 700 * time.Millisecond
	turnsOf  = 4
)

// compare warms both sides up and then lets them take turns, so that what else the machine does falls on both
// alike.
func compare(ctx context.Context, ours, raw *side) error {
	for _, s := range []*side{ours, raw} {
		if err := s.open(ctx, clients); err != nil {
			return err
		}
		defer s.close()
	}
	for n := range turnsOf + 1 {
		for _, s := range []*side{ours, raw} {
			if err := errors.Join(ctx.Err(), s.turn(turnLong, n > 0)); err != nil {
				return err
			}
		}
	}
	return nil
}
