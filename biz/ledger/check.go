package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/ledger"
)

// Report is what a comparison of the sums with a full count found.
type Report struct {
	Matters int64
	Tallies int64
	Wrong   []string // tallies that differ, and open matters that nobody owes a step: in words
}

// count adds up all matters, one page in memory at a time. Changes that are on their way to the tallies are told apart.
func (s *Service) count(ctx context.Context, r *Report) (whole map[ledger.Place]*ledger.Tally, pending map[ledger.Place][]model.Event, err error) {
	whole, pending = map[ledger.Place]*ledger.Tally{}, map[ledger.Place][]model.Event{}
	cursor := ""
	for {
		page, err := s.Matters.All(ctx, batch, cursor)
		if err != nil {
			return nil, nil, err
		}
		for _, m := range page.Items {
			r.Matters++
			if m.State != model.MatterDraft && !m.State.Ended() && m.OwedBy == "" {
				r.Wrong = append(r.Wrong, "办件 "+m.ID+"（"+m.State.Name()+"）没有责任单位")
			}
			for p := range ledger.Places(m.Counted) {
				if whole[p] == nil {
					whole[p] = ledger.New(p)
				}
				whole[p].Move(m.ID, nil, m.Counted, s.Clock.Now())
			}
			for _, e := range m.Outbox {
				if e.Kind != model.KindMatterCounted {
					continue
				}
				from, to, err := model.CountedMove(e)
				if err != nil {
					return nil, nil, fmt.Errorf("ledger: %s: %w", e.ID, err)
				}
				for _, p := range places(from, to) {
					pending[p] = append(pending[p], e)
				}
			}
		}
		if page.Next == "" {
			return whole, pending, nil
		}
		cursor = page.Next
	}
}

// Check compares every tally with a full count of the matters, and every open matter with the rule that exactly one
// organisation owes the next step. What is on its way is taken into account.
func (s *Service) Check(ctx context.Context) (*Report, error) {
	r := &Report{}
	whole, pending, err := s.count(ctx, r)
	if err != nil {
		return nil, err
	}
	seen := map[ledger.Place]bool{}
	compare := func(t *ledger.Tally) error {
		p := ledger.Place{Kind: t.Kind, Period: t.Period, Key: t.Key}
		seen[p] = true
		r.Tallies++
		want := whole[p]
		if want == nil {
			want = ledger.New(p)
		}
		got := &ledger.Tally{Kind: t.Kind, Period: t.Period, Key: t.Key, Cells: maps.Clone(t.Cells), Taken: slices.Clone(t.Taken)}
		for _, e := range pending[p] {
			from, to, err := model.CountedMove(e)
			if err != nil {
				return err
			}
			got.Move(e.ID, from, to, e.At) // does nothing for what is counted already
		}
		if !maps.Equal(got.Cells, want.Cells) {
			r.Wrong = append(r.Wrong, fmt.Sprintf("台账 %s：记为 %v，实为 %v", p.ID(), got.Cells, want.Cells))
		}
		return nil
	}
	for _, kind := range []string{ledger.KindDay, ledger.KindItem, ledger.KindOrg, ledger.KindHall} {
		var failed error
		err := s.walk(ctx, store.Query{Index: "kind", Eq: []any{kind}}, func(t *ledger.Tally) {
			if failed == nil {
				failed = compare(t)
			}
		})
		if err != nil || failed != nil {
			return nil, fmt.Errorf("ledger: checking: %w", firstOf(err, failed))
		}
	}
	for p, want := range whole {
		if !seen[p] && len(want.Cells) > 0 {
			if err := compare(ledger.New(p)); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Rebuild writes every tally anew from a full count. Changes that are on their way count as taken. No other process may be
// changing matters meanwhile.
func (s *Service) Rebuild(ctx context.Context) (*Report, error) {
	r := &Report{}
	whole, pending, err := s.count(ctx, r)
	if err != nil {
		return nil, err
	}
	put := func(p ledger.Place, want *ledger.Tally) error {
		_, err := s.tallies.Upsert(ctx, p.ID(), func() *ledger.Tally { return ledger.New(p) }, func(t *ledger.Tally) error {
			t.Cells, t.Taken = want.Cells, nil
			for _, e := range pending[p] {
				t.Taken = append(t.Taken, ledger.Taken{Event: e.ID, At: s.Clock.Now()})
			}
			return nil
		})
		r.Tallies++
		return err
	}
	for p, want := range whole {
		if err := put(p, want); err != nil {
			return nil, err
		}
	}
	var stale []ledger.Place
	for _, kind := range []string{ledger.KindDay, ledger.KindItem, ledger.KindOrg, ledger.KindHall} {
		err := s.walk(ctx, store.Query{Index: "kind", Eq: []any{kind}}, func(t *ledger.Tally) {
			if p := (ledger.Place{Kind: t.Kind, Period: t.Period, Key: t.Key}); whole[p] == nil {
				stale = append(stale, p)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	for _, p := range stale {
		if err := put(p, ledger.New(p)); err != nil {
			return nil, err
		}
	}
	return r, nil
}
