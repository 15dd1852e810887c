package notice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// How far back a message is looked for, and through how many of the person's notices.
const (
	arrivedWithin = 7 * 24 * time.Hour
	arrivedAmong  = 500
)

// Arrived takes what WeChat says of a message: failure is "" when it arrived. A message that never counted gives
// its consent back, and what cannot wait goes by SMS. known is false when no notice has sent the message (yet).
func (s *Service) Arrived(ctx context.Context, applicant, template, msgID, failure string) (known bool, err error) {
	n, err := s.sentAs(ctx, applicant, template, msgID)
	if err != nil || n == nil {
		return false, err
	}
	lost := false
	_, err = s.notices.Update(ctx, n.ID, func(n *model.Notice) error {
		changed := false
		changed, lost = n.Reported(model.ChannelWeChat, msgID, failure, s.clock.Now())
		if !changed {
			return store.ErrUnchanged
		}
		s.fallBack(n)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("notice: what became of a message: %w", err)
	}
	if t, ok := s.wechat.Template(template); lost && ok && t.Kind == wechat.Once {
		return true, s.credits.Return(ctx, applicant, template)
	}
	return true, nil
}

// sentAs finds the notice that sent a message: by the message's id, or, when its answer never reached us, the
// last one of the template whose outcome nobody knows.
func (s *Service) sentAs(ctx context.Context, applicant, template, msgID string) (*model.Notice, error) {
	q := store.Query{Index: indexInbox, Eq: []any{applicant}, From: s.clock.Now().Add(-arrivedWithin), Desc: true, Limit: 100}
	var doubtful *model.Notice
	for seen := 0; seen < arrivedAmong; {
		page, err := s.notices.Find(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("notice: looking for a message: %w", err)
		}
		for _, n := range page.Items {
			d := n.Delivery(model.ChannelWeChat)
			switch {
			case d == nil || n.Template != template:
			case d.Message == msgID && msgID != "":
				return n, nil
			case d.Message == "" && d.State == model.DeliveryUnknown && doubtful == nil:
				doubtful = n
			}
		}
		seen += len(page.Items)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	return doubtful, nil
}
