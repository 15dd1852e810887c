package catalogue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/standard"
)

// The collections, in which events are found.
const (
	Records  = "items"
	Halls    = "halls"
	Settings = "catalogue"
)

// Shelves are what is stored over the built-in data. Those who edit it write here, and then call Reload.
type Shelves struct {
	Records  *store.Collection[standard.Record]
	Halls    *store.Collection[model.Hall]
	Settings *store.Collection[standard.Settings]
}

// Follow lays over the built-in data what is stored, and lets publications take effect on their day.
func (c *Catalogue) Follow(ctx context.Context, db *store.DB, clk clock.Clock) error {
	s, errs := &Shelves{}, [3]error{}
	s.Records, errs[0] = store.Open(ctx, db, store.Spec[standard.Record]{Name: Records})
	s.Halls, errs[1] = store.Open(ctx, db, store.Spec[model.Hall]{Name: Halls})
	s.Settings, errs[2] = store.Open(ctx, db, store.Spec[standard.Settings]{Name: Settings})
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	return c.FollowShelves(ctx, s, clk)
}

// FollowShelves is Follow for collections that are open already.
func (c *Catalogue) FollowShelves(ctx context.Context, s *Shelves, clk clock.Clock) error {
	c.shelves, c.clock = s, clk
	return c.Reload(ctx)
}

// Shelves is where changes are written; nil before Follow.
func (c *Catalogue) Shelves() *Shelves { return c.shelves }

// References is what a new version of an item is checked against.
func (c *Catalogue) References() model.References {
	refs := c.refs
	refs.Organisations = c.Orgs()
	return refs
}

// Record is an item with its versions as it stands in the store, or as it was built in.
func (c *Catalogue) Record(ctx context.Context, code string) (*standard.Record, error) {
	r, err := c.shelves.Records.Get(ctx, code)
	if errors.Is(err, store.ErrNotFound) {
		return standard.NewRecord(code, c.built(code)), nil
	}
	return r, err
}

// built is an item as the program was built with it; nil for one that it was not.
func (c *Catalogue) built(code string) *model.Item {
	for _, it := range c.now.Load().from.data.Items {
		if it.Code == code {
			return it
		}
	}
	return nil
}

// RecordsAfter lists the records of all items that are known or have a draft, in the order of their codes, those behind after.
func (c *Catalogue) RecordsAfter(after string) []*standard.Record {
	from := c.edition().from
	var out []*standard.Record
	for _, it := range from.data.Items {
		if _, stored := from.records[it.Code]; !stored && it.Code > after {
			out = append(out, standard.NewRecord(it.Code, it))
		}
	}
	for code, r := range from.records {
		if code > after {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *standard.Record) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// ChangeRecord changes an item's record in the store, which is made where the item is a built-in one or a new one.
func (c *Catalogue) ChangeRecord(ctx context.Context, code string, change func(*standard.Record) error) (*standard.Record, error) {
	r, err := c.shelves.Records.Upsert(ctx, code, func() *standard.Record { return standard.NewRecord(code, c.built(code)) }, change)
	if err != nil {
		return nil, err
	}
	return r, c.Reload(ctx)
}

// ChangeHall changes a hall in the store; fresh, where not nil, makes one that is new.
func (c *Catalogue) ChangeHall(ctx context.Context, id string, fresh func() *model.Hall, change func(*model.Hall) error) (*model.Hall, error) {
	if known, ok := c.Hall(id); ok {
		fresh = func() *model.Hall { own := *known; own.Head = model.Head{ID: id}; return &own }
	}
	if fresh == nil {
		return nil, store.ErrNotFound
	}
	h, err := c.shelves.Halls.Upsert(ctx, id, fresh, change)
	if err != nil {
		return nil, err
	}
	return h, c.Reload(ctx)
}

// ChangeSettings changes the bureau's settings. What does not fit the rest of the catalogue is refused before it is written.
func (c *Catalogue) ChangeSettings(ctx context.Context, change func(*standard.Settings) error) (*standard.Settings, error) {
	s, err := c.shelves.Settings.Upsert(ctx, standard.SettingsID, standard.NewSettings, func(s *standard.Settings) error {
		if err := change(s); err != nil {
			return err
		}
		from := c.now.Load().from
		from.settings = s
		_, err := build(from, model.DateOf(c.clock.Now()))
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, c.Reload(ctx)
}

// StoredSettings are the bureau's settings as they stand in the store.
func (c *Catalogue) StoredSettings(ctx context.Context) (*standard.Settings, error) {
	s, err := c.shelves.Settings.Get(ctx, standard.SettingsID)
	if errors.Is(err, store.ErrNotFound) {
		return standard.NewSettings(), nil
	}
	return s, err
}

// Reload reads everything that is stored and makes it today's edition.
func (c *Catalogue) Reload(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := kept{data: c.now.Load().from.data}
	var err error
	if from.settings, err = c.StoredSettings(ctx); err != nil {
		return fmt.Errorf("catalogue: reading settings: %w", err)
	}
	if from.records, err = all(ctx, c.shelves.Records); err != nil {
		return fmt.Errorf("catalogue: reading items: %w", err)
	}
	if from.halls, err = all(ctx, c.shelves.Halls); err != nil {
		return fmt.Errorf("catalogue: reading halls: %w", err)
	}
	return c.make(from, model.DateOf(c.clock.Now()))
}

// turn makes the edition of another day from what is in memory.
func (c *Catalogue) turn(today model.Date) *edition {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.now.Load()
	if e.holds(today) || c.make(e.from, today) != nil {
		return e
	}
	return c.now.Load()
}

// make puts a new edition in the old one's place; c.mu is held.
func (c *Catalogue) make(from kept, on model.Date) error {
	e, err := build(from, on)
	if err != nil {
		return err
	}
	e.number = c.now.Load().number + 1
	c.now.Store(e)
	return nil
}

// all reads a small collection whole.
func all[T any, P interface {
	*T
	DocHead() *model.Head
}](ctx context.Context, c *store.Collection[T]) (map[string]*T, error) {
	const page = 200
	out := map[string]*T{}
	for after := ""; ; {
		docs, err := c.Walk(ctx, after, page)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			after = P(d).DocHead().ID
			out[after] = d
		}
		if len(docs) < page {
			return out, nil
		}
	}
}

// Changed lets every process know that something was stored: the outbox.Handler of model.KindCatalogueChanged.
func (c *Catalogue) Changed(ctx context.Context, _ string, _ model.Event) error {
	_, err := c.ChangeSettings(ctx, func(s *standard.Settings) error { s.Edition++; return nil })
	return err
}

// lookEvery is how soon a process takes what another has stored.
const lookEvery = 2 * time.Second

// Watch takes over what other processes store, until ctx ends. A look is the read of one small document.
func (c *Catalogue) Watch(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s, err := c.StoredSettings(ctx)
		if err == nil && s.Rev != c.now.Load().from.settings.Rev {
			err = c.Reload(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("catalogue: looking for changes", "error", err)
		}
	}
}

// Materials lists the normalised materials in the order of their codes.
func (c *Catalogue) Materials() []model.Material {
	return slices.SortedFunc(maps.Values(c.refs.Materials), func(a, b model.Material) int { return cmp.Compare(a.Code, b.Code) })
}
