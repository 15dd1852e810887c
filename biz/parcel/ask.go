package parcel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/store"
	"kuacheng/model"
)

// subscribe asks a carrier for a parcel's news. A crash between the call and the save asks twice, which carriers
// answer with "watching already".
func (s *Service) subscribe(ctx context.Context, id string, e model.Event) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	if !p.Open() || answered(p, e) {
		return nil
	}
	answer, code, err := s.askToWatch(ctx, p)
	if err != nil {
		return err
	}
	if answer != model.SubscribeTaken {
		s.alerts.raise(s.now(), p.Carrier, "subscribe_"+string(answer), code)
	}
	_, err = s.parcels.Update(ctx, id, func(p *model.Parcel) error {
		if answered(p, e) {
			return store.ErrUnchanged
		}
		p.Subscribed(answer, code, s.now())
		return nil
	})
	if missing(err) {
		return nil
	}
	return refused(err)
}

// answered says that the subscription has moved on since the event asked for it.
func answered(p *model.Parcel, e model.Event) bool {
	at := p.Subscription.At
	return at != nil && !at.Before(e.At)
}

const codeStopped = "channel_stopped"

func (s *Service) askToWatch(ctx context.Context, p *model.Parcel) (model.SubscribeAnswer, string, error) {
	shipment, err := s.shipment(p)
	if err != nil {
		return "", "", err
	}
	c, ok := s.Carriers[p.Carrier]
	if !ok {
		return model.SubscribeStopped, "not_configured", nil
	}
	open, err := s.enter(ctx, p.Carrier)
	if err != nil || !open {
		return model.SubscribeStopped, codeStopped, err
	}
	answer, code := c.Subscribe(ctx, shipment)
	if err := ctx.Err(); err != nil {
		return "", "", err // the worker is stopping: not the carrier's fault
	}
	return answer, code, s.leave(ctx, p.Carrier, answer)
}

// shipment is what a carrier is told of a parcel: no name, no street, four digits of a phone.
func (s *Service) shipment(p *model.Parcel) (courier.Shipment, error) {
	tail, err := s.Keeper.Open(phonePlace(p.ID), p.PhoneTail)
	if err != nil {
		return courier.Shipment{}, outbox.Final(fmt.Errorf("parcel: phone of %s: %w", p.ID, err))
	}
	return courier.Shipment{Company: p.Company, Waybill: p.Waybill, PhoneTail: tail, From: p.Sender.Area, To: p.Consignee.Area, Order: p.ID}, nil
}

// enter says whether a channel may be called: not while the carrier refuses the account, but for one who tries
// for all once the rest is over.
func (s *Service) enter(ctx context.Context, carrier model.Carrier) (bool, error) {
	c, err := s.channels.Get(ctx, string(carrier))
	if missing(err) || (err == nil && c.StoppedUntil == nil) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("parcel: channel: %w", err)
	}
	now, probe := s.now(), false
	_, err = s.channels.Update(ctx, string(carrier), func(c *model.CourierChannel) error {
		if probe = c.Probe(now); !probe {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("parcel: channel: %w", err)
	}
	return probe, nil
}

// leave notes what an answer says of the account.
func (s *Service) leave(ctx context.Context, carrier model.Carrier, answer model.SubscribeAnswer) error {
	now := s.now()
	if answer == model.SubscribeLater {
		return nil // says nothing of the account
	}
	if answer != model.SubscribeStopped {
		c, err := s.channels.Get(ctx, string(carrier))
		if missing(err) || (err == nil && c.StoppedUntil == nil) {
			return nil
		}
	}
	_, err := s.channels.Upsert(ctx, string(carrier), func() *model.CourierChannel { return model.NewCourierChannel(carrier) },
		func(c *model.CourierChannel) error {
			if answer == model.SubscribeStopped {
				c.Stop(now)
			} else if !c.Go() {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("parcel: channel: %w", err)
	}
	return nil
}

// poll asks a carrier where a parcel is. It is a net below the pushes, so a failure is not tried again here: the
// parcel's wake asks later, and the carrier locks a number that is asked for too often.
func (s *Service) poll(ctx context.Context, id string, e model.Event) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	c, ok := s.Carriers[p.Carrier]
	if !ok || !p.Open() || s.now().Sub(e.At) > pollFresh {
		return nil
	}
	return s.ask(ctx, p, c)
}

// ask asks and takes the answer. A carrier that cannot answer now is noted, and no error.
func (s *Service) ask(ctx context.Context, p *model.Parcel, c courier.Carrier) error {
	shipment, err := s.shipment(p)
	if err != nil {
		return err
	}
	if ok, err := s.mayPoll(ctx, p.Carrier); err != nil || !ok {
		return err
	}
	push, err := c.Query(ctx, shipment, s.now())
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.pollFailed(ctx, p.Carrier, err)
	}
	if err := s.leave(ctx, p.Carrier, model.SubscribeTaken); err != nil {
		return err
	}
	for _, a := range push.Alerts {
		s.alerts.raise(s.now(), p.Carrier, a.Kind, a.Code)
	}
	return s.take(ctx, p.Carrier, push)
}

// pollFresh is how long a question is worth asking; a later wake asks anew.
const pollFresh = 2 * time.Hour

func (s *Service) mayPoll(ctx context.Context, carrier model.Carrier) (bool, error) {
	open, err := s.enter(ctx, carrier)
	if err != nil || !open {
		return false, err
	}
	now, taken := s.now(), false
	_, err = s.channels.Upsert(ctx, string(carrier), func() *model.CourierChannel { return model.NewCourierChannel(carrier) },
		func(c *model.CourierChannel) error {
			if taken = c.TakePoll(s.PollDaily, now); !taken {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return false, fmt.Errorf("parcel: channel: %w", err)
	}
	if !taken {
		s.alerts.raise(now, carrier, "poll_limit", "")
	}
	return taken, nil
}

func (s *Service) pollFailed(ctx context.Context, carrier model.Carrier, err error) error {
	answer, code := model.SubscribeLater, "error"
	var call *courier.CallError
	if errors.As(err, &call) {
		answer, code = call.Answer, call.Code
	}
	s.alerts.raise(s.now(), carrier, "poll_"+string(answer), code)
	return s.leave(ctx, carrier, answer)
}
