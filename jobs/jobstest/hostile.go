// Package jobstest makes the deliveries of package jobs as bad as they may become, for tests of handlers.
package jobstest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"kuacheng/biz/outbox"
	"kuacheng/model"
)

// ErrInjected is the failure that Hostile puts before and behind handlers.
var ErrInjected = errors.New("jobstest: injected failure")

// Hostility is how likely (0 to 1) each thing is to happen to a delivery.
type Hostility struct {
	Before float64 // it fails before the handler has begun
	After  float64 // it fails although the handler has done its work, so that the work is done again
	Twice  float64 // the handler runs twice in a row
	Beside float64 // the handler runs twice at once; the first error counts
}

// Hostile gives a wrapper for handlers (jobs.Config.Around, or by hand) that does such things at random, the same
// for the same seed as far as the order of deliveries is the same.
func Hostile(seed uint64, h Hostility) func(outbox.Handler) outbox.Handler {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, seed))
	happens := func(p float64) bool {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64() < p
	}
	return func(next outbox.Handler) outbox.Handler {
		return func(ctx context.Context, docID string, e model.Event) error {
			if happens(h.Before) {
				return ErrInjected
			}
			run := next
			if happens(h.Beside) {
				run = beside(next)
			}
			err := run(ctx, docID, e)
			if err == nil && happens(h.Twice) {
				err = run(ctx, docID, e)
			}
			if err == nil && happens(h.After) {
				return ErrInjected
			}
			return err
		}
	}
}

func beside(next outbox.Handler) outbox.Handler {
	return func(ctx context.Context, docID string, e model.Event) error {
		var wg sync.WaitGroup
		var other error
		wg.Go(func() { other = next(ctx, docID, e) })
		err := next(ctx, docID, e)
		wg.Wait()
		if err == nil {
			err = other
		}
		return err
	}
}
