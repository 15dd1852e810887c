package peer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
)

// differ opens a difference about a matter for people.
func (s *Service) differ(ctx context.Context, no string, d model.PeerDifference) error {
	d.Since = s.now()
	_, err := s.ledgers.Update(ctx, no, func(l *model.PeerLedger) error { return changed(l.Differ(d)) })
	if missing(err) {
		return nil
	}
	return err
}

// raise is the handler of a new difference: the organisation that answers for the matter on this side has a problem.
func (s *Service) raise(ctx context.Context, no string, e model.Event) error {
	l, err := s.ledger(ctx, no)
	if err != nil || l == nil {
		return err
	}
	m, err := s.Matters.Peek(ctx, no)
	if fault.Code(err) == "not_found" {
		s.Log.WarnContext(ctx, "a peer has a matter that is not here", "matter", no, "peer", l.Peer)
		return nil
	}
	if err != nil {
		return err
	}
	org := m.HOrg
	if l.Role == model.PeerHandles {
		org = m.ROrg
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: org, To: model.ToStaff, Key: "staff_peer_conflict", Ref: model.NoticeRef{Kind: "matter", ID: no}, At: e.At,
		Vars: map[string]string{
			"matter_no": no, "item": cmp.Or(m.Item.Short, m.Item.Name), "org": s.Name(l.Peer),
			"what": model.DifferenceName(e.Ref["what"]),
		},
	})
	if err == nil && s.Problems != nil {
		title := "与" + s.Name(l.Peer) + "的业务系统不一致：" + model.DifferenceName(e.Ref["what"])
		_, err = s.Problems.About(ctx, e.ID, m, bureau.SourcePeer, title, "", org, model.System)
	}
	if err != nil {
		return fmt.Errorf("peer: telling of a difference: %w", err)
	}
	s.Log.WarnContext(ctx, "a matter differs between two cities", "matter", no, "peer", l.Peer, "what", e.Ref["what"])
	return nil
}

// Differences lists what is open with a peer.
func (s *Service) Differences(ctx context.Context, region string, limit int, cursor string) (store.Page[model.PeerLedger], error) {
	if _, ok := s.cities[region]; !ok {
		return store.Page[model.PeerLedger]{}, fault.New("peer_unknown")
	}
	return s.ledgers.Find(ctx, store.Query{Index: "differs", Eq: []any{region}, Limit: limit, Cursor: cursor})
}

// Talk is how the exchange with one peer goes.
type Talk struct {
	Region string
	Linked bool
	model.PeerCity
}

// Talks tells how the exchange with each peer goes.
func (s *Service) Talks(ctx context.Context) ([]Talk, error) {
	var out []Talk
	for region, c := range s.cities {
		t := Talk{Region: region, Linked: c.linked()}
		known, err := s.talks.Get(ctx, region)
		if err != nil && !missing(err) {
			return nil, fmt.Errorf("peer: %w", err)
		}
		if err == nil {
			t.PeerCity = *known
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Talk) int { return cmp.Compare(a.Region, b.Region) })
	return out, nil
}
