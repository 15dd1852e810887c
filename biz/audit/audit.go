// Package audit keeps the access log: who has looked at which unmasked datum of whom, and to whom it was given, and why. A look is written down before it is
// answered, on the day of whoever looks; from there it comes into the log of the person concerned. No document is everybody's.
package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/trust"
)

// Collection is the name of the access log.
const Collection = "access_log"

// Problems is where looking too much is told.
type Problems interface {
	Open(ctx context.Context, key string, o bureau.Opening, by model.Actor) (string, error)
}

// Config says what the log stands on.
type Config struct {
	DB       *store.DB
	Clock    clock.Clock
	Problems Problems
	Bureau   func(region string) string // the organisation that supervises a region
}

// Service is the access log.
type Service struct {
	Config
	days *store.Collection[trust.AccessDay]
}

// New opens the collection.
func New(ctx context.Context, c Config) (*Service, error) {
	days, err := store.Open(ctx, c.DB, store.Spec[trust.AccessDay]{
		Name: Collection,
		Fields: []store.Field[trust.AccessDay]{
			{Name: "kind", Of: func(d *trust.AccessDay) any { return d.Kind }},
			{Name: "key", Of: func(d *trust.AccessDay) any { return d.Key }},
			{Name: "date", Of: func(d *trust.AccessDay) any { return string(d.Date) }},
		},
		Indexes: []store.Index{{Name: "key", Eq: []string{"kind", "key"}, Sort: "date"}, {Name: "all"}},
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return &Service{Config: c, days: days}, nil
}

// last is a person's latest day; nil for none.
func (s *Service) last(ctx context.Context, kind, key string) (*trust.AccessDay, error) {
	page, err := s.days.Find(ctx, store.Query{Index: "key", Eq: []any{kind, key}, Desc: true, Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("audit: reading: %w", err)
	}
	if len(page.Items) == 0 {
		return nil, nil
	}
	return page.Items[0], nil
}

// change changes a person's day, which begins behind the last one. The clock never goes back here: the sandbox's may.
func (s *Service) change(ctx context.Context, kind, key string, change func(*trust.AccessDay) error) error {
	last, err := s.last(ctx, kind, key)
	if err != nil {
		return err
	}
	today := model.DateOf(s.Clock.Now())
	if last != nil && last.Date >= today {
		_, err = s.days.Update(ctx, last.ID, change)
		return err
	}
	_, err = s.days.Upsert(ctx, trust.DayID(kind, key, today), func() *trust.AccessDay { return trust.NewDay(kind, key, today, last) }, change)
	return err
}

// Look writes down that somebody looks at a datum, before it is shown: what cannot be written down is not shown. The id that it
// gives names the look on the matter's trail. reveal_limit when it has been too much for a day.
func (s *Service) Look(ctx context.Context, who model.Actor, subject, matter, field, why string) (id string, err error) {
	err = s.change(ctx, trust.OfViewer, who.ID, func(d *trust.AccessDay) error {
		a, err := d.Look(trust.Access{
			At: s.Clock.Now(), Viewer: who.ID, Role: who.Role, Org: who.Org, Region: who.Region, Subject: subject, Matter: matter, Field: field,
			Why: model.ScrubNumbers(why),
		})
		id = a.ID
		return err
	})
	return id, err
}

// Noted brings a look into the log of the person concerned: the outbox.Handler of trust.KindAccess.
func (s *Service) Noted(ctx context.Context, day string, e model.Event) error {
	d, err := s.days.Get(ctx, day)
	if err != nil {
		return fmt.Errorf("audit: noting: %w", err)
	}
	n, err := strconv.Atoi(e.Ref["n"])
	if err != nil || n < 1 || n > len(d.Entries) {
		return fmt.Errorf("audit: %s names no entry", e.ID)
	}
	a := d.Entries[n-1]
	last, err := s.last(ctx, trust.OfSubject, a.Subject)
	if err != nil || last != nil && last.Has(a.ID) { // noted before midnight
		return err
	}
	return s.note(ctx, a)
}

// Disclosed writes into a person's log that something of theirs was given to somebody outside, or to themselves; once for each a.ID.
func (s *Service) Disclosed(ctx context.Context, a trust.Access) error {
	q := store.Query{Index: "key", Eq: []any{trust.OfSubject, a.Subject}, From: string(model.DateOf(a.At)), Limit: 100}
	for { // an event that is carried out late, and again, may find itself on an earlier day
		page, err := s.days.Find(ctx, q)
		if err != nil {
			return fmt.Errorf("audit: reading: %w", err)
		}
		for _, d := range page.Items {
			if d.Has(a.ID) {
				return nil
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	return s.note(ctx, a)
}

func (s *Service) note(ctx context.Context, a trust.Access) error {
	return s.change(ctx, trust.OfSubject, a.Subject, func(d *trust.AccessDay) error {
		if !d.Note(a) {
			return store.ErrUnchanged
		}
		return nil
	})
}

// Limit opens a ticket for whoever has looked as often as they may in a day: the outbox.Handler of trust.KindAccessLimit.
func (s *Service) Limit(ctx context.Context, day string, _ model.Event) error {
	d, err := s.days.Get(ctx, day)
	if err != nil {
		return fmt.Errorf("audit: telling: %w", err)
	}
	region := d.Entries[len(d.Entries)-1].Region
	_, err = s.Problems.Open(ctx, "access:"+day, bureau.Opening{
		Source: bureau.SourceSignal, Title: "一日内查看未脱敏信息达上限", Region: region, Unit: s.Bureau(region), Urgent: true,
		Text: fmt.Sprintf("工作人员 %s 在 %s 查看未脱敏信息达 %d 次，请核实是否办件所需。", d.Key, d.Date, len(d.Entries)),
	}, model.System)
	return err
}

// Of lists the days on which a person's data was looked at (trust.OfSubject), or on which one looked (trust.OfViewer), latest first.
func (s *Service) Of(ctx context.Context, kind, key string, limit int, cursor string) (store.Page[trust.AccessDay], error) {
	page, err := s.days.Find(ctx, store.Query{Index: "key", Eq: []any{kind, key}, Desc: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("audit: listing: %w", err)
	}
	return page, nil
}

// Wake drops a day that has been kept long enough.
func (s *Service) Wake(ctx context.Context, id string) error {
	over := false
	_, err := s.days.Update(ctx, id, func(d *trust.AccessDay) error {
		if over = d.Over(s.Clock.Now()); over {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !over {
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit: dropping: %w", err)
	}
	if err := s.days.Delete(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("audit: dropping: %w", err)
	}
	return nil
}

// Reown lets a person see who looked at their data under an account that turned out to be theirs too. Chains stay whose they are:
// each look is taken over at the end of the other's.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	cursor := ""
	for {
		page, err := s.days.Find(ctx, store.Query{Index: "key", Eq: []any{trust.OfSubject, from}, Limit: 50, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("audit: taking over: %w", err)
		}
		for _, d := range page.Items {
			err := s.change(ctx, trust.OfSubject, to, func(mine *trust.AccessDay) error {
				added := false
				for _, a := range d.Entries {
					added = mine.Note(a) || added
				}
				if !added {
					return store.ErrUnchanged
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("audit: taking over: %w", err)
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// Check verifies every chain, a page at a time: within each day, and from each day to the next of the same person.
func (s *Service) Check(ctx context.Context, wrong func(string)) (entries int, err error) {
	var last *trust.AccessDay
	cursor := ""
	for {
		page, err := s.days.Find(ctx, store.Query{Index: "all", Limit: 100, Cursor: cursor})
		if err != nil {
			return entries, fmt.Errorf("audit: checking: %w", err)
		}
		for _, d := range page.Items {
			entries += len(d.Entries)
			if ok, bad := d.Verify(); !ok {
				wrong(fmt.Sprintf("查看记录 %s：第 %d 条与散列链不符", d.ID, bad+1))
			}
			if last != nil && last.Kind == d.Kind && last.Key == d.Key && !d.Follows(last) {
				wrong(fmt.Sprintf("查看记录 %s 不接 %s：其间有缺失或改动", d.ID, last.ID))
			}
			last = d
		}
		if cursor = page.Next; cursor == "" {
			return entries, nil
		}
	}
}
