package signal

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/ledger"
	"kuacheng/model/signal"
)

// touched remembers a matter that is behind a unit's figures, and measures the unit anew.
func (s *Service) touched(ctx context.Context, book signal.Book, m *model.Matter, day model.Date, rules []string) error {
	if len(rules) == 0 {
		return nil
	}
	_, err := s.units.Upsert(ctx, m.HOrg, func() *signal.Unit { return signal.NewUnit(m.HOrg) }, func(u *signal.Unit) error {
		if !u.Touch(rules, m.ID, day) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("signal: remembering: %w", err)
	}
	found, err := s.unit(ctx, book, m.HOrg)
	if err != nil {
		return err
	}
	return s.fireAll(ctx, found)
}

// unit measures one organisation.
func (s *Service) unit(ctx context.Context, book signal.Book, id string) ([]signal.Firing, error) {
	o, ok := s.Catalogue.Orgs().Get(id)
	if !ok {
		return nil, nil // another city's own
	}
	days, err := s.region(ctx, book, o.Region)
	if err != nil {
		return nil, err
	}
	return s.measured(ctx, book, o, days[o.Department])
}

// stands reports whether what a signal of an organisation says is still so.
func (s *Service) stands(ctx context.Context, x *signal.Signal) (bool, error) {
	book, err := s.book(ctx)
	if err != nil {
		return false, err
	}
	found, err := s.unit(ctx, book, x.Subject)
	if err != nil {
		return false, err
	}
	for _, f := range found {
		if f.Rule == x.Rule && !f.Off {
			return true, nil
		}
	}
	return false, nil
}

// region adds what a region was handed up, by department and day.
func (s *Service) region(ctx context.Context, book signal.Book, region string) (map[string]signal.ByDay, error) {
	to := model.DateOf(s.Clock.Now())
	out := map[string]signal.ByDay{}
	err := s.Ledger.Cells(ctx, region, to.Add(1-book.Reach()), to, func(day model.Date, c ledger.Cell, x ledger.Sums) {
		if out[c.Dept] == nil {
			out[c.Dept] = signal.ByDay{}
		}
		out[c.Dept].Add(day, c, x)
	})
	return out, err
}

// measured says what the rules find in a unit's days.
func (s *Service) measured(ctx context.Context, book signal.Book, o model.Organisation, d signal.ByDay) ([]signal.Firing, error) {
	u, err := s.units.Get(ctx, o.ID)
	if errors.Is(err, store.ErrNotFound) {
		u, err = signal.NewUnit(o.ID), nil
	}
	if err != nil {
		return nil, fmt.Errorf("signal: measuring: %w", err)
	}
	line, err := s.lines.Get(ctx, o.Department)
	if errors.Is(err, store.ErrNotFound) {
		line, err = signal.NewLine(o.Department), nil
	}
	if err != nil {
		return nil, fmt.Errorf("signal: measuring: %w", err)
	}
	return book.InRates(o.ID, o.Region, d, line.Beside(o.ID), s.Clock.Now(), u.Recent), nil
}

// measureAll measures every unit that decides: first what each line comes to, then each unit beside its line.
func (s *Service) measureAll(ctx context.Context, book signal.Book) error {
	today := model.DateOf(s.Clock.Now())
	first := book[signal.RefusalPeers].Begins(today)
	regions, lines := map[string]map[string]signal.ByDay{}, map[string]map[string]signal.Refusals{}
	var units []model.Organisation
	for _, o := range s.Catalogue.Orgs().All() {
		if !o.Does(model.OrgDecides) || o.Department == "" {
			continue
		}
		if _, ok := regions[o.Region]; !ok {
			r, err := s.region(ctx, book, o.Region)
			if err != nil {
				return err
			}
			regions[o.Region] = r
		}
		if lines[o.Department] == nil {
			lines[o.Department] = map[string]signal.Refusals{}
		}
		if r := regions[o.Region][o.Department].Since(first); r.Matters > 0 {
			lines[o.Department][o.ID] = signal.Refusals{Matters: r.Matters, Refused: r.Refused}
		}
		units = append(units, o)
	}
	for dept, sums := range lines {
		_, err := s.lines.Upsert(ctx, dept, func() *signal.Line { return signal.NewLine(dept) }, func(l *signal.Line) error {
			l.Units = sums
			return nil
		})
		if err != nil {
			return fmt.Errorf("signal: adding up a line: %w", err)
		}
	}
	for _, o := range units {
		found, err := s.measured(ctx, book, o, regions[o.Region][o.Department])
		if err != nil {
			return err
		}
		if err := s.fireAll(ctx, found); err != nil {
			return err
		}
	}
	return nil
}
