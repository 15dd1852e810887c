package parcel

import (
	"context"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// wakeParcel lets the time that has passed act on a parcel: claims that nobody settled, silences, questions to the
// carrier, retention.
func (s *Service) wakeParcel(ctx context.Context, id string) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	if p.Expired(s.now()) {
		return s.forget(ctx, id)
	}
	if err := s.settle(ctx, p); err != nil {
		return err
	}
	_, err = s.parcels.Update(ctx, id, func(p *model.Parcel) error {
		now := s.now()
		if p.Wake == nil || p.Wake.After(now) {
			return store.ErrUnchanged
		}
		p.Tick(now)
		return nil
	})
	if missing(err) {
		return nil
	}
	return refused(err)
}

// settle looks after claims that have waited too long: the matter names the parcel, or whoever opened it for the
// matter has died before the matter was written.
func (s *Service) settle(ctx context.Context, p *model.Parcel) error {
	for no, claim := range p.DueClaims(s.now()) {
		known, err := s.namedAs(ctx, p, no)
		if err != nil {
			return err
		}
		_, err = s.parcels.Update(ctx, p.ID, func(p *model.Parcel) error {
			if known != "" {
				_, err := p.Named(no, s.now())
				return err
			}
			if !p.Lapse(no, claim, s.now()) {
				return store.ErrUnchanged
			}
			return nil
		})
		if err != nil && !missing(err) {
			return refused(err)
		}
	}
	return nil
}

// forget deletes a parcel with its archive; the archive first, since nothing else leads to it.
func (s *Service) forget(ctx context.Context, id string) error {
	if err := s.archives.Delete(ctx, model.ArchiveID(id)); err != nil && !missing(err) {
		return fmt.Errorf("parcel: %w", err)
	}
	return gone(s.parcels.Delete(ctx, id))
}

// wakeParked deletes rows whose number nobody has claimed.
func (s *Service) wakeParked(ctx context.Context, id string) error {
	k, err := s.parked.Get(ctx, id)
	if err != nil || !k.Expired(s.now()) {
		return gone(err)
	}
	return gone(s.parked.Delete(ctx, id))
}

// wakeMessage deletes a message that has been kept long enough.
func (s *Service) wakeMessage(ctx context.Context, id string) error {
	m, err := s.messages.Get(ctx, id)
	if err != nil || !m.Expired(s.now()) {
		return gone(err)
	}
	return gone(s.messages.Delete(ctx, id))
}

// gone takes a missing document as deleted.
func gone(err error) error {
	if err == nil || missing(err) {
		return nil
	}
	return fmt.Errorf("parcel: %w", err)
}
