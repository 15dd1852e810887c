package parcel

import (
	"context"
	"errors"
	"slices"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

// A carrier whose pushes nobody signs may be set so that what ends a parcel's way is asked for before it counts
// (couriers.md §4). The push waits in its message for the carrier's own answer, and after half an hour without one
// it counts unconfirmed: a parcel must not hang on an account that may not ask.

const (
	confirmWithin = 30 * time.Minute
	confirmEvery  = 5 * time.Minute
)

var errUnconfirmed = errors.New("parcel: the carrier has not confirmed yet")

// doubt parts what is believed at once from what is not.
func doubt(c courier.Carrier, push courier.Push) (courier.Push, []courier.Row) {
	d, ok := c.(courier.Doubting)
	if !ok {
		return push, nil
	}
	var sure, doubtful []courier.Row
	for _, r := range push.Rows {
		if d.Doubts(r) {
			doubtful = append(doubtful, r)
		} else {
			sure = append(sure, r)
		}
	}
	push.Rows = sure
	return push, doubtful
}

// confirm takes doubtful rows once the carrier's own answer has shown them, or once the time is over.
func (s *Service) confirm(ctx context.Context, c courier.Carrier, doubtful []courier.Row, since time.Time) error {
	waits := false
	for _, group := range byWaybill(doubtful) {
		rows := make([]courier.Row, 0, len(group))
		for _, i := range group {
			rows = append(rows, doubtful[i])
		}
		shown, err := s.shown(ctx, c, rows)
		if err != nil {
			return err
		}
		switch over := !s.now().Before(since.Add(confirmWithin)); {
		case shown: // the answer was taken, and these rows with it
		case !over:
			waits = true
		default:
			for i := range rows {
				rows[i].Flags = append(slices.Clone(rows[i].Flags), model.FlagUnconfirmed)
			}
			if err := s.take(ctx, c.Name(), courier.Push{Rows: rows}); err != nil {
				return err
			}
		}
	}
	if waits {
		return outbox.Later(errUnconfirmed, confirmEvery)
	}
	return nil
}

// shown asks the carrier about the parcel of some rows and says whether it now has them all. A number that nobody
// knows yet cannot be asked for: the phone is the parcel's.
func (s *Service) shown(ctx context.Context, c courier.Carrier, rows []courier.Row) (bool, error) {
	id, err := s.find(ctx, c.Name(), rows[0].Waybill)
	if err != nil || id == "" {
		return false, err
	}
	p, err := s.parcels.Get(ctx, id)
	if err != nil || has(p, rows) {
		return err == nil, err
	}
	if err := s.ask(ctx, p, c); err != nil {
		return false, err
	}
	if p, err = s.parcels.Get(ctx, id); err != nil {
		return false, err
	}
	return has(p, rows), nil
}

// has says that every row is in the parcel's set.
func has(p *model.Parcel, rows []courier.Row) bool {
	for _, r := range rows {
		if !slices.ContainsFunc(p.Rows, func(known model.ParcelRow) bool { return known.Key == r.Key }) {
			return false
		}
	}
	return true
}
