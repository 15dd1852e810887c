package notice

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/model"
)

const (
	// shortWait is what the queue waits out itself; longer waits go by the server's clock.
	shortWait = time.Minute
	// unknownWait lets a delivery of which we know nothing come to rest before it is tried again.
	unknownWait = 10 * time.Second
	// writeTime bounds writing down an outcome, which the end of the caller's context must not prevent.
	writeTime = 10 * time.Second
	// stopFor is how long a template is left alone that WeChat has refused as such.
	stopFor = 10 * time.Minute
)

// Send carries one notice out through WeChat: the outbox.Handler of model.NoticeSend. It may be run twice, late,
// and after having been killed half-way.
func (s *Service) Send(ctx context.Context, id string, _ model.Event) error {
	n, err := s.notices.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || !n.Delivery(model.ChannelWeChat).Open() {
		return err
	}
	now := s.clock.Now()
	if until, quiet := model.QuietUntil(now); quiet && !n.Urgent {
		return s.change(ctx, id, func(n *model.Notice) { n.Postponed(model.ChannelWeChat, until, now) })
	}
	to, reason, err := s.recipient(ctx, n, now)
	if err != nil {
		return err
	}
	if reason != "" {
		return s.change(ctx, id, func(n *model.Notice) { n.Dropped(model.ChannelWeChat, reason, now) })
	}
	switch claim, err := s.claim(ctx, id, model.ChannelWeChat, now); {
	case err != nil:
		return err
	case claim == model.ClaimDone:
		return nil
	case claim == model.ClaimBusy:
		return outbox.Later(errors.New("another worker is sending it"), unknownWait)
	}
	receipt, err := s.wechat.Send(ctx, wechat.Message{OpenID: to, Template: n.Template, Values: n.Values})
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer done()
	if err != nil {
		return s.failed(ctx, n, err)
	}
	return s.sent(ctx, n, receipt)
}

// untimely finds the reason why a notice makes no sense any more, in whatever channel.
func (s *Service) untimely(ctx context.Context, n *model.Notice, now time.Time) (reason string, err error) {
	state := ""
	if n.Depends() {
		if state, err = s.subjects.State(ctx, n.Ref); err != nil {
			return "", fmt.Errorf("state of %s %s: %w", n.Ref.Kind, n.Ref.ID, err)
		}
	}
	if reason = n.Stale(state, now); reason != "" {
		return reason, nil
	}
	if merged, err := s.merged(ctx, n); merged || err != nil {
		return model.ReasonMerged, err
	}
	return "", nil
}

// recipient finds the reason not to send by WeChat, or whom to send to.
func (s *Service) recipient(ctx context.Context, n *model.Notice, now time.Time) (to, reason string, err error) {
	if reason, err = s.untimely(ctx, n, now); reason != "" || err != nil {
		return "", reason, err
	}
	if until, ok := s.stopped.Load(n.Template); ok && now.Before(until.(time.Time)) {
		return "", model.ReasonStopped, nil
	}
	to, credits, err := s.credits.Contact(ctx, n.Recipient, n.Template)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("consents of %s: %w", n.Recipient, err)
	case to == "":
		return "", model.ReasonNoAccount, nil
	case credits == 0 && !n.Urgent && !n.Important && n.Delivery(model.ChannelWeChat).Unknowns == 0:
		// WeChat's count rules, not ours: what matters is tried all the same.
		return "", model.ReasonNoCredit, nil
	}
	return to, "", nil
}

// merged tells whether a newer notice of the same key and subject speaks for this one too.
func (s *Service) merged(ctx context.Context, n *model.Notice) (bool, error) {
	page, err := s.notices.Find(ctx, store.Query{
		Index: indexInbox, Eq: []any{n.Recipient}, From: n.At, To: n.At.Add(model.MergeWithin), Limit: 100,
	})
	if err != nil {
		return false, err
	}
	for _, other := range page.Items {
		if other.Supersedes(n) {
			return true, nil
		}
	}
	return false, nil
}

func (s *Service) claim(ctx context.Context, id string, c model.Channel, now time.Time) (claim model.Claim, err error) {
	_, err = s.notices.Update(ctx, id, func(n *model.Notice) error {
		before := n.Delivery(c).State
		claim = n.Claim(c, now)
		if claim != model.ClaimMine && n.Delivery(c).State == before {
			return store.ErrUnchanged
		}
		return nil
	})
	return claim, err
}

func (s *Service) sent(ctx context.Context, n *model.Notice, r wechat.Receipt) error {
	reason := ""
	if r.PageRefused {
		reason = model.ReasonPageRefused
	}
	err := s.change(ctx, n.ID, func(n *model.Notice) {
		n.Settled(model.ChannelWeChat, model.DeliverySent, reason, s.clock.Now())
		n.Delivery(model.ChannelWeChat).Message = strconv.FormatInt(r.MsgID, 10)
	})
	if t, _ := s.wechat.Template(n.Template); err != nil || t.Kind != wechat.Once {
		return err
	}
	return s.credits.Spend(ctx, n.Recipient, n.Template)
}

// failed writes down what an error means for the notice, and tells the queue what is left for it to do.
func (s *Service) failed(ctx context.Context, n *model.Notice, cause error) error {
	var e *wechat.Error
	if !errors.As(cause, &e) {
		e = &wechat.Error{Class: wechat.ClassBusy}
	}
	switch e.Class {
	case wechat.ClassChoice:
		return s.unwanted(ctx, n)
	case wechat.ClassNobody:
		return s.settle(ctx, n.ID, model.ChannelWeChat, model.DeliveryFailed, e.Reason())
	case wechat.ClassUnknown:
		return s.doubted(ctx, n.ID, model.ChannelWeChat, cause)
	case wechat.ClassLimit:
		if e.RetryAfter > shortWait {
			return s.postpone(ctx, n, e)
		}
		return s.again(ctx, n.ID, model.ChannelWeChat, e.RetryAfter, cause)
	case wechat.ClassBusy, wechat.ClassCancelled:
		return s.again(ctx, n.ID, model.ChannelWeChat, 0, cause)
	case wechat.ClassTemplate:
		s.stopped.Store(n.Template, s.clock.Now().Add(stopFor))
	}
	// Ours to mend: the queue keeps it until people send it again.
	if err := s.settle(ctx, n.ID, model.ChannelWeChat, model.DeliveryFailed, e.Reason()); err != nil {
		return err
	}
	return outbox.Final(cause)
}

// postpone waits for a fresh quota, or does not: what SMS may bring cannot wait so long.
func (s *Service) postpone(ctx context.Context, n *model.Notice, e *wechat.Error) error {
	if s.covers(n) {
		return s.settle(ctx, n.ID, model.ChannelWeChat, model.DeliveryFailed, e.Reason())
	}
	now := s.clock.Now()
	return s.change(ctx, n.ID, func(n *model.Notice) { n.Postponed(model.ChannelWeChat, now.Add(e.RetryAfter), now) })
}

// unwanted: the person has not allowed it. After a try of unknown outcome it rather means that the one consent
// was spent by that try.
func (s *Service) unwanted(ctx context.Context, n *model.Notice) error {
	err := s.change(ctx, n.ID, func(n *model.Notice) {
		state, reason := model.DeliveryFailed, model.ReasonRefused
		if n.Delivery(model.ChannelWeChat).Unknowns > 0 {
			state, reason = model.DeliveryUnknown, model.ReasonLikelySent
		}
		n.Settled(model.ChannelWeChat, state, reason, s.clock.Now())
	})
	if err != nil {
		return err
	}
	return s.credits.Clear(ctx, n.Recipient, n.Template)
}

func (s *Service) doubted(ctx context.Context, id string, c model.Channel, cause error) error {
	again := false
	err := s.change(ctx, id, func(n *model.Notice) { again = n.Doubted(c, s.clock.Now()) })
	if err != nil || !again {
		return err
	}
	return outbox.Later(cause, unknownWait)
}

// again puts the notice back for another try, after so long or after a backoff, unless it has had enough. What
// SMS may bring has had enough of WeChat sooner.
func (s *Service) again(ctx context.Context, id string, c model.Channel, after time.Duration, cause error) error {
	tries, enough := 0, false
	err := s.change(ctx, id, func(n *model.Notice) {
		d, now := n.Delivery(c), s.clock.Now()
		tries = d.Tries
		enough = tries >= model.MaxTries || c == model.ChannelWeChat && s.covers(n) && d.Since != nil && now.Sub(*d.Since) >= model.FallBackAfter
		if enough {
			n.Settled(c, model.DeliveryFailed, model.ReasonGivenUp, now)
			return
		}
		n.Settled(c, model.DeliveryWaiting, "", now)
	})
	switch {
	case err != nil:
		return err
	case enough:
		return outbox.Final(cause)
	case after == 0:
		after = min(time.Second<<min(tries, 10), 10*time.Minute)
	}
	return outbox.Later(cause, after)
}

func (s *Service) settle(ctx context.Context, id string, c model.Channel, state model.DeliveryState, reason string) error {
	return s.change(ctx, id, func(n *model.Notice) { n.Settled(c, state, reason, s.clock.Now()) })
}

// change writes down what became of a channel; where that means that WeChat does not bring what cannot wait, the
// same write puts it on its way by SMS.
func (s *Service) change(ctx context.Context, id string, f func(*model.Notice)) error {
	_, err := s.notices.Update(ctx, id, func(n *model.Notice) error {
		f(n)
		s.fallBack(n)
		return nil
	})
	return err
}
