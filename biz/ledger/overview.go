package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"kuacheng/model"
	"kuacheng/model/ledger"
)

// Overview is a scope added up.
type Overview struct {
	Scope   Scope
	Total   ledger.Sums
	Km      int64 // of road that the spared journeys would have taken
	ByMode  map[string]int64
	ByState map[string]int64
	ByLight map[string]int64
	Pairs   []Pair // the busiest first
	Days    []Day  // in their order, those without a matter too
}

// Pair is a receiving and a handling region.
type Pair struct {
	From, To string
	ledger.Sums
}

// Day is what was handed in on a day.
type Day struct {
	Date model.Date
	ledger.Sums
}

// Overview adds a scope up.
func (s *Service) Overview(ctx context.Context, sc Scope) (*Overview, error) {
	o := &Overview{Scope: sc, ByMode: map[string]int64{}, ByState: map[string]int64{}, ByLight: map[string]int64{}}
	pairs, days := map[[2]string]*Pair{}, map[string]*Day{}
	for d := sc.From; d <= sc.To; d = d.Add(1) {
		days[string(d)] = &Day{Date: d}
	}
	err := s.each(ctx, sc, func(t *ledger.Tally) {
		for key, sums := range t.Cells {
			c := ledger.ParseCell(key)
			if !sc.admits(c) {
				continue
			}
			o.Total.Add(sums, 1)
			o.ByMode[string(c.Mode)] += sums.Matters
			o.ByState[string(c.State)] += sums.Matters
			o.ByLight[string(c.Light)] += sums.Matters
			o.Km += s.Km(c.From, t.Key, sums.Trips)
			days[t.Period].Add(sums, 1)
			p := pairs[[2]string{c.From, t.Key}]
			if p == nil {
				p = &Pair{From: c.From, To: t.Key}
				pairs[[2]string{c.From, t.Key}] = p
			}
			p.Add(sums, 1)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		o.Pairs = append(o.Pairs, *p)
	}
	slices.SortFunc(o.Pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Matters, a.Matters), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for _, d := range slices.Sorted(maps.Keys(days)) {
		o.Days = append(o.Days, *days[d])
	}
	return o, nil
}

// Year adds up the last year of all regions.
func (s *Service) Year(ctx context.Context) (*Overview, error) {
	today := model.DateOf(s.Clock.Now())
	return s.Overview(ctx, Scope{From: today.Add(1 - MaxDays), To: today})
}

// Km is how far people would have travelled, there and back, for a number of trips.
func (s *Service) Km(from, to string, trips int64) int64 {
	return 2 * trips * int64(s.Catalogue.Regions.Km(from, to))
}

// Measure is what a group of matters is measured by (§8).
type Measure struct {
	Key string // item, organisation or hall
	ledger.Sums
}

// Measures adds up by item, organisation or hall, over the months that a period touches; the busiest first.
func (s *Service) Measures(ctx context.Context, kind string, sc Scope, keep func(key string) bool) ([]Measure, error) {
	sums := map[string]*Measure{}
	err := s.months(ctx, kind, sc, func(t *ledger.Tally) {
		if !keep(t.Key) {
			return
		}
		for key, x := range t.Cells {
			if sc.Mode != "" && sc.Mode != string(ledger.ParseCell(key).Mode) {
				continue
			}
			if sums[t.Key] == nil {
				sums[t.Key] = &Measure{Key: t.Key}
			}
			sums[t.Key].Add(x, 1)
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([]Measure, 0, len(sums))
	for _, m := range sums {
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Measure) int { return cmp.Or(cmp.Compare(b.Matters, a.Matters), cmp.Compare(a.Key, b.Key)) })
	return out, nil
}
