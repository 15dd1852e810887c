package jobs

import (
	"context"
	"errors"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// turn is who sweeps. It goes by the machine's clocks, which need to agree within seconds.
type turn struct {
	model.Head `json:",inline"`
	Holder     string    `json:"holder"`
	Until      time.Time `json:"until"`
}

var turnSpec = store.Spec[turn]{Name: "turns"}

const (
	sweepTurn = "sweep"
	// turnLength, in intervals: longer means fewer writes while idle, and a longer pause when the holder dies.
	turnLength = 6
)

// myTurn claims the sweep, or keeps it; it writes once in a few intervals. A store that this process has for
// itself needs no claim.
func (j *Jobs) myTurn(ctx context.Context) bool {
	if j.db.Exclusive() {
		return true
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	length := turnLength * j.cfg.SweepInterval
	mine := false
	fresh := func() *turn { return &turn{Head: model.Head{ID: sweepTurn}} }
	_, err := j.turns.Upsert(ctx, sweepTurn, fresh, func(t *turn) error {
		mine = t.Holder == j.name || !now.Before(t.Until)
		if !mine || t.Holder == j.name && t.Until.Sub(now) > length/2 {
			return store.ErrUnchanged
		}
		t.Holder, t.Until = j.name, now.Add(length)
		return nil
	})
	if err != nil {
		j.log.Warn("the turn to sweep cannot be claimed", "error", err)
		return false
	}
	return mine
}

// resign lets another process sweep at once.
func (j *Jobs) resign(ctx context.Context) error {
	if j.cfg.EnqueueOnly || j.db.Exclusive() {
		return nil
	}
	_, err := j.turns.Update(ctx, sweepTurn, func(t *turn) error {
		if t.Holder != j.name {
			return store.ErrUnchanged
		}
		t.Holder, t.Until = "", time.Time{}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
