// Package ledger keeps the work ledger (工作台账): sums that follow every change of a matter, so that an overview costs the same
// over a million matters as over a thousand; the list of matters behind them; and the proof that both agree.
package ledger

import (
	"context"
	"fmt"
	"slices"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/ledger"
)

// Collection is the name of the tallies.
const Collection = "tallies"

// Matters is the list that the sums are of.
type Matters interface {
	// Handed gives a page of the matters handed in within a time, the latest first; region "" is every region.
	Handed(ctx context.Context, region string, from, to model.Date, limit int, cursor string) (store.Page[model.Matter], error)
	// All gives a page of all matters in the order of their numbers.
	All(ctx context.Context, limit int, cursor string) (store.Page[model.Matter], error)
}

// Config says what the service stands on.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Matters   Matters
}

// Service is the ledger.
type Service struct {
	Config
	tallies *store.Collection[ledger.Tally]
}

var spec = store.Spec[ledger.Tally]{
	Name: Collection,
	Fields: []store.Field[ledger.Tally]{
		{Name: "kind", Of: func(t *ledger.Tally) any { return t.Kind }},
		{Name: "key", Of: func(t *ledger.Tally) any { return t.Key }},
		{Name: "period", Of: func(t *ledger.Tally) any { return t.Period }},
	},
	Indexes: []store.Index{
		{Name: "kind", Eq: []string{"kind"}, Sort: "period"},
		{Name: "key", Eq: []string{"kind", "key"}, Sort: "period"},
	},
}

// New opens the collection.
func New(ctx context.Context, c Config) (*Service, error) {
	tallies, err := store.Open(ctx, c.DB, spec)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return &Service{Config: c, tallies: tallies}, nil
}

// Counted takes a change of a matter into the tallies: the outbox.Handler of model.KindMatterCounted. Each tally takes it once,
// however often it is told.
func (s *Service) Counted(ctx context.Context, _ string, e model.Event) error {
	from, to, err := model.CountedMove(e)
	if err != nil {
		return fmt.Errorf("ledger: reading %s: %w", e.ID, err)
	}
	for _, p := range places(from, to) {
		_, err := s.tallies.Upsert(ctx, p.ID(), func() *ledger.Tally { return ledger.New(p) }, func(t *ledger.Tally) error {
			if !t.Move(e.ID, from, to, s.Clock.Now()) {
				return store.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("ledger: counting %s: %w", e.ID, err)
		}
	}
	return nil
}

// places are the tallies that a move touches.
func places(moves ...*model.Counted) (out []ledger.Place) {
	for _, c := range moves {
		for p := range ledger.Places(c) {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// Scope is what of the ledger somebody may see and asks for; empty fields choose all.
type Scope struct {
	Region   string // and what lies below it
	From, To model.Date
	Dept     string
	Receiver string // the receiving region, of a pair
	Mode     string
	State    string
	Light    string
}

// MaxDays is the longest period that is asked for at once.
const MaxDays = 366

// Within puts a supervisor's own region in place where none was asked for, and refuses one that is not theirs; the bureau of
// the home city sees every pair.
func (s *Service) Within(who model.Actor, sc Scope) (Scope, error) {
	home := s.Catalogue.Rollout().Home()
	if sc.Region != "" {
		if _, err := s.Catalogue.Regions.Lookup("region", sc.Region); err != nil {
			return sc, err
		}
	}
	switch {
	case who.Region == home:
	case sc.Region == "":
		sc.Region = who.Region
	case !s.Catalogue.Regions.Covers(who.Region, sc.Region):
		return sc, fault.New("forbidden")
	}
	return s.within(sc)
}

// within checks the period; without one it is the last thirty days.
func (s *Service) within(sc Scope) (Scope, error) {
	today := model.DateOf(s.Clock.Now())
	if sc.To == "" {
		sc.To = today
	}
	if sc.From == "" {
		sc.From = sc.To.Add(-29)
	}
	if sc.From > sc.To {
		return sc, fault.New("validation_failed").Field("from").Say("起始日期晚于截止日期")
	}
	if sc.From.Add(MaxDays) <= sc.To {
		return sc, fault.New("validation_failed").Field("from").Say("一次最多查询一年")
	}
	return sc, nil
}

// admits reports whether a cell is asked for.
func (sc Scope) admits(c ledger.Cell) bool {
	ask := func(want, have string) bool { return want == "" || want == have }
	return ask(sc.Dept, c.Dept) && ask(sc.Receiver, c.From) && ask(sc.Mode, string(c.Mode)) && ask(sc.State, string(c.State)) && ask(sc.Light, string(c.Light))
}

// each gives the daily tallies of a scope.
func (s *Service) each(ctx context.Context, sc Scope, f func(*ledger.Tally)) error {
	queries := []store.Query{{Index: "kind", Eq: []any{ledger.KindDay}}}
	if sc.Region != "" {
		queries = nil
		for _, region := range s.Catalogue.Regions.Below(sc.Region) {
			queries = append(queries, store.Query{Index: "key", Eq: []any{ledger.KindDay, region}})
		}
	}
	for _, q := range queries {
		q.From, q.To = string(sc.From), string(sc.To.Add(1))
		if err := s.walk(ctx, q, f); err != nil {
			return err
		}
	}
	return nil
}

// batch is how many documents are read at once.
const batch = 100

func (s *Service) walk(ctx context.Context, q store.Query, f func(*ledger.Tally)) error {
	q.Limit = batch
	for {
		page, err := s.tallies.Find(ctx, q)
		if err != nil {
			return fmt.Errorf("ledger: adding up: %w", err)
		}
		for _, t := range page.Items {
			f(t)
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
	}
}

// months gives the monthly tallies of a kind that a scope touches.
func (s *Service) months(ctx context.Context, kind string, sc Scope, f func(*ledger.Tally)) error {
	return s.walk(ctx, store.Query{Index: "kind", Eq: []any{kind}, From: string(sc.From[:7]), To: string(sc.To[:7]) + "~"}, f)
}
