package peer

import (
	"context"
	"encoding/json"
	"fmt"

	"kuacheng/model"
)

func parkedPlace(no, id string) string { return "peer_parked:" + no + ":" + id }

// sealParked is an event as it waits: what it says may name people.
func (s *Service) sealParked(e *model.PeerEvent) (model.ParkedEvent, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return model.ParkedEvent{}, fmt.Errorf("peer: %w", err)
	}
	return model.ParkedEvent{
		ID: e.ID, Seq: e.Seq, Prev: e.Prev, At: e.At, Since: s.now(),
		Event: s.Keeper.Seal(parkedPlace(e.MatterNo, e.ID), string(raw)),
	}, nil
}

// unpark lets what waits of a matter happen, so far as its turn has come. Each event that does may be what the next
// one waits for.
func (s *Service) unpark(ctx context.Context, c *City, no string) error {
	for {
		l, err := s.ledger(ctx, no)
		if err != nil || l == nil {
			return err
		}
		moved := false
		for _, p := range l.Parked {
			if moved, err = s.again(ctx, c, l, p); err != nil {
				return err
			}
			if moved {
				break
			}
		}
		if !moved {
			return nil
		}
	}
}

// again looks at one parked event; it reports whether it waits no longer. The sender was told that it is kept, so
// one that turns out to contradict the record is for people.
func (s *Service) again(ctx context.Context, c *City, l *model.PeerLedger, p model.ParkedEvent) (bool, error) {
	raw, err := s.Keeper.Open(parkedPlace(l.ID, p.ID), p.Event)
	if err != nil {
		return false, fmt.Errorf("peer: parked event of %s: %w", l.ID, err)
	}
	var e model.PeerEvent
	if err := json.Unmarshal([]byte(raw), &e); err != nil {
		return false, fmt.Errorf("peer: parked event of %s: %w", l.ID, err)
	}
	o, _, err := s.attempt(ctx, c, &e, l)
	if err != nil || o.status == model.PeerParked {
		return false, err
	}
	_, err = s.ledgers.Update(ctx, l.ID, func(l *model.PeerLedger) error {
		l.Unpark(e.ID)
		if o.status == model.PeerRejected {
			l.Heard = max(l.Heard, e.Seq)
			l.Differ(model.PeerDifference{What: model.DiffersExpired, Detail: o.code, Since: s.now()})
			return nil
		}
		l.Answer(e.ID, digestOf(&e), e.Seq)
		return nil
	})
	s.events.WithLabelValues(c.Region, "in", "unparked").Inc()
	return err == nil, err
}

// wakeLedger gives up what has waited in vain, and stops comparing what ended long ago.
func (s *Service) wakeLedger(ctx context.Context, no string) error {
	now := s.now()
	_, err := s.ledgers.Update(ctx, no, func(l *model.PeerLedger) error {
		if gone := l.Expire(now); len(gone) > 0 {
			l.Differ(model.PeerDifference{What: model.DiffersExpired, Detail: "parked", Since: now})
		}
		return nil
	})
	if missing(err) {
		return nil
	}
	return err
}
