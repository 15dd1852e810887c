package notice

import (
	"context"
	"errors"
	"slices"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// overlap is how far behind the last one Since looks again: notices are ordered by when their event happened,
// and one may be written a little after another that happened later.
const overlap = 30 * time.Second

// Follow tells what is new in an inbox, again and again.
type Follow struct {
	s         *Service
	recipient string
	from      time.Time
	seen      map[string]time.Time
}

// Follow begins after a notice that the person has had, or now if there is none.
func (s *Service) Follow(ctx context.Context, recipient, after string) (*Follow, error) {
	f := &Follow{s: s, recipient: recipient, from: s.clock.Now(), seen: map[string]time.Time{}}
	if after == "" {
		return f, nil
	}
	n, err := s.notices.Get(ctx, after)
	if errors.Is(err, store.ErrNotFound) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	if n.Recipient == recipient {
		f.from = n.At
		f.seen[n.ID] = n.At
	}
	return f, nil
}

// New lists what has come since the last call, oldest first.
func (f *Follow) New(ctx context.Context) ([]*model.Notice, error) {
	q := store.Query{Index: indexInbox, Eq: []any{f.recipient}, From: f.from, Limit: 100}
	var out []*model.Notice
	for {
		page, err := f.s.notices.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, n := range page.Items {
			if _, had := f.seen[n.ID]; !had {
				f.seen[n.ID] = n.At
				out = append(out, n)
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	slices.SortFunc(out, func(a, b *model.Notice) int { return a.At.Compare(b.At) })
	f.forget()
	return out, nil
}

// forget moves the window on, so that a connection that stays open for days remembers little.
func (f *Follow) forget() {
	from := f.s.clock.Now().Add(-overlap)
	if !from.After(f.from) {
		return
	}
	f.from = from
	for id, at := range f.seen {
		if at.Before(from) {
			delete(f.seen, id)
		}
	}
}
