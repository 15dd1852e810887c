package notice

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"kuacheng/biz/outbox"
	"kuacheng/biz/sms"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// SMS is the way to a phone: *sms.Sender.
type SMS interface {
	Covers(key string) bool
	Send(ctx context.Context, phone model.Phone, key string, params []string) (serial string, err error)
}

// Phones knows the applicants' numbers; "" when there is none.
type Phones interface {
	Phone(ctx context.Context, applicant string) (model.Phone, error)
}

// covers tells whether SMS may bring the notice, and can.
func (s *Service) covers(n *model.Notice) bool {
	return s.sms != nil && n.MayFallBack() && s.sms.Covers(n.Key)
}

func (s *Service) fallBack(n *model.Notice) {
	if s.covers(n) {
		n.FallBack(s.clock.Now())
	}
}

// SendSMS carries one notice out by SMS: the outbox.Handler of model.NoticeSendSMS. Like Send it may be run
// twice, late, and after having been killed half-way.
func (s *Service) SendSMS(ctx context.Context, id string, _ model.Event) error {
	n, err := s.notices.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || s.sms == nil || !n.Delivery(model.ChannelSMS).Open() {
		return err
	}
	now := s.clock.Now()
	if until, quiet := model.QuietUntil(now); quiet && !n.Urgent {
		return s.change(ctx, id, func(n *model.Notice) { n.Postponed(model.ChannelSMS, until, now) })
	}
	phone, reason, err := s.number(ctx, n)
	if err != nil {
		return err
	}
	if reason != "" {
		return s.change(ctx, id, func(n *model.Notice) { n.Dropped(model.ChannelSMS, reason, now) })
	}
	switch claim, err := s.claim(ctx, id, model.ChannelSMS, now); {
	case err != nil:
		return err
	case claim == model.ClaimDone:
		return nil
	case claim == model.ClaimBusy:
		return outbox.Later(errors.New("another worker is sending it"), unknownWait)
	}
	serial, err := s.sms.Send(ctx, phone, n.Key, fitted(n.SMS))
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer done()
	if err != nil {
		return s.failedSMS(ctx, id, err)
	}
	return s.change(ctx, id, func(n *model.Notice) {
		n.Settled(model.ChannelSMS, model.DeliverySent, "", s.clock.Now())
		n.Delivery(model.ChannelSMS).Message = serial
	})
}

// number finds the reason not to send by SMS, or where to.
func (s *Service) number(ctx context.Context, n *model.Notice) (phone model.Phone, reason string, err error) {
	if d := n.Delivery(model.ChannelWeChat); d != nil && d.State == model.DeliverySent {
		return "", model.ReasonReached, nil
	}
	if reason, err = s.untimely(ctx, n, s.clock.Now()); reason != "" || err != nil {
		return "", reason, err
	}
	phone, err = s.phones.Phone(ctx, n.Recipient)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("phone of %s: %w", n.Recipient, err)
	case !phone.TakesSMS():
		return "", model.ReasonNoPhone, nil
	}
	return phone, "", nil
}

// fitted cuts what is too long for a parameter, as it is cut for WeChat: a number or a code stays whole.
func fitted(params []string) []string {
	out := make([]string, len(params))
	for i, p := range params {
		if utf8.RuneCountInString(p) > sms.MaxParam {
			p, _ = wechat.Fit("thing", p) // fails for unknown types only
		}
		out[i] = p
	}
	return out
}

// failedSMS writes down what an error means, and tells the queue what is left for it to do.
func (s *Service) failedSMS(ctx context.Context, id string, cause error) error {
	var e *sms.Error
	if !errors.As(cause, &e) {
		e = &sms.Error{Class: sms.ClassBusy, Code: "internal"}
	}
	switch e.Class {
	case sms.ClassPerson:
		return s.settle(ctx, id, model.ChannelSMS, model.DeliveryFailed, e.Reason())
	case sms.ClassUnknown:
		return s.doubted(ctx, id, model.ChannelSMS, cause)
	case sms.ClassBusy, sms.ClassLimit:
		return s.again(ctx, id, model.ChannelSMS, e.RetryAfter, cause)
	}
	// Ours to mend: the queue keeps it until people send it again.
	if err := s.settle(ctx, id, model.ChannelSMS, model.DeliveryFailed, e.Reason()); err != nil {
		return err
	}
	return outbox.Final(cause)
}
