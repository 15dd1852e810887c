package parcel

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/store"
	"kuacheng/model"
)

// Receive is the door for a carrier's pushes: verified, kept, answered; read later. The answer depends on nothing
// else, so no carrier is made to repeat what we have. Only a carrier that is told what became of each event waits
// for that. The time of arrival is the service's clock.
func (s *Service) Receive(ctx context.Context, carrier model.Carrier, r courier.Request) courier.Reply {
	c, ok := s.Carriers[carrier]
	if !ok {
		return courier.Reply{Status: http.StatusNotFound, ContentType: "application/json; charset=utf-8", Body: []byte(`{"code":"not_found","message":"未开通该快递渠道"}`)}
	}
	r.ReceivedAt = s.now()
	if r.Wall.IsZero() {
		r.Wall = time.Now()
	}
	v := courier.Verdict{Now: r.ReceivedAt, Request: r.ID}
	if v.Refusal = courier.Receive(c, r); v.Refusal != nil {
		s.alerts.raise(r.ReceivedAt, carrier, "refused", v.Refusal.Kind)
		if v.Refusal.Status == http.StatusUnauthorized && s.strikes.out(r.From, time.Now()) {
			v.Refusal = courier.RefusedTooMany
		}
		return c.Reply(r, v)
	}
	var err error
	if a, ok := c.(courier.Answering); ok {
		v.Results, err = s.work(ctx, a, r)
	} else {
		err = s.keep(ctx, carrier, r)
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "a courier's push was not kept", "carrier", string(carrier), "error", err)
		v.Refusal = courier.RefusedUnavailable
	}
	return c.Reply(r, v)
}

// keep stores a push as it came. One that is there already was answered before: nothing more is to be done.
func (s *Service) keep(ctx context.Context, carrier model.Carrier, r courier.Request) error {
	id := model.CourierMessageID(carrier, r.Body)
	m := model.NewCourierMessage(id, carrier, r.ContentType, s.Keeper.Seal(bodyPlace(id), string(r.Body)), r.ReceivedAt)
	if err := s.messages.Insert(ctx, m); err != nil && !errors.Is(err, store.ErrDuplicate) {
		return err
	}
	return nil
}

// work brings the events of a push to their parcels at once, one write a waybill, and says of each what became of
// it. When it fails in between, the partner sends the same events again, and those that were taken are duplicates.
func (s *Service) work(ctx context.Context, c courier.Answering, r courier.Request) ([]courier.Result, error) {
	events := c.Events(r)
	results := make([]courier.Result, len(events))
	var rows []courier.Row
	var of []int // the event of each row
	for i, e := range events {
		if e.Refused != nil {
			results[i] = *e.Refused
			continue
		}
		if e.Row.Event == "" {
			s.alerts.raise(r.ReceivedAt, c.Name(), "code_unknown", e.Row.Code)
		}
		rows, of = append(rows, e.Row), append(of, i)
	}
	for _, group := range byWaybill(rows) {
		f, err := s.bring(ctx, c.Name(), rows[group[0]].Waybill, s.sealed(rows, group))
		if err != nil {
			return nil, err
		}
		for n, i := range group {
			results[of[i]] = f.result(events[of[i]], n)
		}
	}
	return results, nil
}

// result is what a partner is told of the n-th row of one waybill.
func (f fate) result(e courier.Event, n int) courier.Result {
	switch {
	case f.parcel == nil:
		return e.Parked(f.elsewhere)
	case f.outcomes[n] == model.RowForeign:
		return e.Parked(true)
	}
	return e.Absorbed(f.outcomes[n], f.ended)
}

func bodyPlace(messageID string) string { return "courier_message:" + messageID + ":body" }

var errNoChannel = errors.New("parcel: the channel is not configured any more")

// readMessage takes out of a kept push what it tells. Done again, after a crash or when a mapping has been
// corrected, it adds what was missing and nothing twice.
func (s *Service) readMessage(ctx context.Context, id string, _ model.Event) error {
	m, err := s.messages.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	c, ok := s.Carriers[m.Carrier]
	if !ok {
		return outbox.Final(errNoChannel)
	}
	body, err := s.Keeper.Open(bodyPlace(id), m.Body)
	if err != nil {
		return outbox.Final(fmt.Errorf("parcel: message %s: %w", id, err))
	}
	push := c.Read(courier.Request{ContentType: m.ContentType, Body: []byte(body), ReceivedAt: m.ReceivedAt})
	push, doubtful := doubt(c, push)
	if err := s.take(ctx, m.Carrier, push); err != nil {
		return err
	}
	if err := s.confirm(ctx, c, doubtful, m.ReceivedAt); err != nil {
		return err
	}
	for _, n := range push.News {
		if err := s.hear(ctx, m.Carrier, n, m.ReceivedAt); err != nil {
			return err
		}
	}
	return s.markRead(ctx, m, push.Alerts)
}

func (s *Service) markRead(ctx context.Context, m *model.CourierMessage, found []courier.Alert) error {
	now := s.now()
	words := make([]string, 0, len(found))
	for _, a := range found {
		s.alerts.raise(now, m.Carrier, a.Kind, a.Code)
		words = append(words, a.Kind+":"+a.Code)
	}
	_, err := s.messages.Update(ctx, m.ID, func(m *model.CourierMessage) error {
		m.Read(words, now)
		return nil
	})
	if missing(err) {
		return nil
	}
	return err
}

// hear takes what a push says of a subscription. Only news that is later than the subscription's last change
// counts: the same push may be read twice, and an abort may be of the subscription before.
func (s *Service) hear(ctx context.Context, carrier model.Carrier, n courier.News, at time.Time) error {
	id, err := s.find(ctx, carrier, n.Waybill)
	if err != nil || id == "" {
		return err
	}
	other := false
	p, err := s.parcels.Update(ctx, id, func(p *model.Parcel) error {
		other = n.NewCompany != "" && !p.SameCompany(n.NewCompany)
		marked := other && p.Mark(model.FlagCarrierMismatch)
		since := p.Subscription.At
		fresh := n.Over && p.SameCompany(n.Company) && (since == nil || since.Before(at))
		switch {
		case fresh && n.Aborted && other: // people must look: asking again would spend the quota on a wrong company
			p.Subscribed(model.SubscribeRefused, n.Reason, at)
		case fresh:
			p.SubscriptionOver(n.Aborted, n.Reason, at)
		case !marked:
			return store.ErrUnchanged
		}
		return nil
	})
	if missing(err) {
		return nil
	}
	if err != nil || !other {
		return err
	}
	return s.tellMismatch(ctx, p, at)
}
