package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// atRest measures the built server on an empty folder: how soon it answers, and what it takes while nobody asks.
func atRest(ctx context.Context, b *bench) (err error) {
	const tries = 3
	var slowest time.Duration
	for n := range tries {
		p, err := b.serve(ctx, filepath.Join(b.dir, fmt.Sprint("empty", n)))
		if err != nil {
			return err
		}
		slowest = max(slowest, p.ready)
		if n < tries-1 {
			if err := p.stop(); err != nil {
				return err
			}
			continue
		}
		if err := b.idle(ctx, p); err != nil {
			return errors.Join(err, p.stop())
		}
		if err := p.stop(); err != nil {
			return err
		}
	}
	b.table.add(line{
		what: fmt.Sprintf("first answer from an empty folder, slowest of %d", tries), ours: millis(slowest),
		target: "< 2 s", met: slowest < 2*time.Second,
	})
	return nil
}

// idle lets the server come to rest and watches it.
func (b *bench) idle(ctx context.Context, p *process) error {
	const settling, watched = 3 * time.Second, 10 * time.Second
	if err := pause(ctx, settling); err != nil {
		return err
	}
	before, err := p.busy()
	if err != nil {
		return err
	}
	commits, _, err := p.commits(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := pause(ctx, watched); err != nil {
		return err
	}
	after, err := p.busy()
	if err != nil {
		return err
	}
	share := 100 * (after - before).Seconds() / time.Since(began).Seconds()
	memory, err := p.resident()
	if err != nil {
		return err
	}
	later, _, err := p.commits(ctx)
	if err != nil {
		return err
	}
	b.table.add(line{what: "memory at rest (RSS)", ours: fmt.Sprintf("%.0f MiB", memory), target: "< 150 MiB", met: memory < 150})
	b.table.add(line{
		what: "processor at rest, of one core", ours: fmt.Sprintf("%.1f %%", share), writes: fmt.Sprintf("%d in %s", later-commits, watched),
		target: "near 0 %", met: share < 2,
	})
	return nil
}

// pause waits, unless the run ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
