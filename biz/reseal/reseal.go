// Package reseal carries out a rotation of keys: all that is sealed is opened and sealed anew under the first configured key, in
// steps, while people work; a rotation that was interrupted goes on where it was. At its end everything is looked at once more, so
// that an old key is taken out of the configuration only when nothing needs it.
package reseal

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/trust"
)

// batch is how many documents or files one step looks at.
const batch = 100

// Slot is one sealed value of a document, and the place that it was sealed for.
type Slot struct {
	Place string
	Value *model.Sealed
}

// Source is something that holds sealed values. Both go on behind a cursor of their own making.
type Source interface {
	Reseal(ctx context.Context, k *seal.Keeper, after string, limit int) (trust.Found, error)
	Prove(ctx context.Context, k *seal.Keeper, after string, limit int) (trust.Found, error)
}

type collection[T any] struct {
	documents *store.Collection[T]
	slots     func(*T) []Slot
}

// Of is a collection as a source. slots gives a document's sealed values; the answers to repeated requests that documents remember
// are found without it.
func Of[T any](c *store.Collection[T], slots func(*T) []Slot) Source {
	return collection[T]{c, slots}
}

// all are the sealed values of a document.
func (c collection[T]) all(doc *T) (slots []Slot) {
	if c.slots != nil {
		slots = c.slots(doc)
	}
	if o := headOf(doc).Origin; o != nil {
		slots = append(slots, OfOrigin(o))
	}
	return slots
}

func headOf(doc any) *model.Head { return doc.(interface{ DocHead() *model.Head }).DocHead() }

// OfOrigin is the answer that an origin remembers.
func OfOrigin(o *model.Origin) Slot { return Slot{once.Place(o.Key), (*model.Sealed)(&o.Answer)} }

func (c collection[T]) Reseal(ctx context.Context, k *seal.Keeper, after string, limit int) (trust.Found, error) {
	return c.walk(ctx, after, limit, func(id string, slots []Slot, f *trust.Found) error {
		stale := 0
		for _, s := range slots {
			if k.Stale(*s.Value) {
				stale++
			}
		}
		if stale == 0 {
			return nil
		}
		f.Resealed += stale
		_, err := c.documents.Update(ctx, id, func(doc *T) error {
			for _, s := range c.all(doc) {
				again, err := k.Reseal(s.Place, *s.Value)
				if err == nil { // what does not open is left alone, and told of by the proof
					*s.Value = again
				}
			}
			return nil
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
}

func (c collection[T]) Prove(ctx context.Context, k *seal.Keeper, after string, limit int) (trust.Found, error) {
	return c.walk(ctx, after, limit, func(_ string, slots []Slot, f *trust.Found) error {
		for _, s := range slots {
			if k.Stale(*s.Value) {
				f.Left = plus(f.Left, seal.KeyOf(*s.Value))
			}
			if _, err := k.Open(s.Place, *s.Value); err != nil && !errors.Is(err, seal.ErrShredded) {
				f.Lost++
			}
		}
		return nil
	})
}

func plus(m map[string]int, key string) map[string]int {
	if m == nil {
		m = map[string]int{}
	}
	m[key]++
	return m
}

func (c collection[T]) walk(ctx context.Context, after string, limit int, look func(id string, slots []Slot, f *trust.Found) error) (trust.Found, error) {
	var f trust.Found
	docs, err := c.documents.Walk(ctx, after, limit)
	if err != nil {
		return f, err
	}
	for _, doc := range docs {
		h, slots := headOf(doc), c.all(doc)
		f.Looked += len(slots)
		if err := look(h.ID, slots, &f); err != nil {
			return f, err
		}
		f.Next = h.ID
	}
	if len(docs) < limit {
		f.Next = ""
	}
	return f, nil
}

// Service carries out rotations.
type Service struct {
	keeper    *seal.Keeper
	clock     clock.Clock
	sources   []Source
	rotations *store.Collection[trust.Rotation]
}

// New opens the collection. The order of the sources is part of what is stored: new ones come last.
func New(ctx context.Context, db *store.DB, k *seal.Keeper, c clock.Clock, sources ...Source) (*Service, error) {
	rotations, err := store.Open(ctx, db, store.Spec[trust.Rotation]{Name: "rotations"})
	if err != nil {
		return nil, fmt.Errorf("reseal: %w", err)
	}
	return &Service{keeper: k, clock: c, sources: sources, rotations: rotations}, nil
}

// Begin starts a rotation to the first configured key; one that is under way goes on.
func (s *Service) Begin(ctx context.Context) (*trust.Rotation, error) {
	r, err := s.rotations.Upsert(ctx, trust.RotationID, func() *trust.Rotation { return &trust.Rotation{Head: model.Head{ID: trust.RotationID}} },
		func(r *trust.Rotation) error {
			if !r.Begin(s.keeper.Primary(), s.clock.Now()) {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("reseal: beginning: %w", err)
	}
	return r, nil
}

// Status is where the last rotation has come to; a zero one when there was none.
func (s *Service) Status(ctx context.Context) (*trust.Rotation, error) {
	r, err := s.rotations.Get(ctx, trust.RotationID)
	if errors.Is(err, store.ErrNotFound) {
		return &trust.Rotation{Key: s.keeper.Primary()}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reseal: reading: %w", err)
	}
	return r, nil
}

// Sources is how many holders of sealed values there are, for showing how far a rotation is.
func (s *Service) Sources() int { return len(s.sources) }

// Step carries out the step that an event asks for: the outbox.Handler of trust.KindRotationStep. A step that is done before does
// nothing.
func (s *Service) Step(ctx context.Context, id string, e model.Event) error {
	n, err := strconv.Atoi(e.Ref["n"])
	if err != nil {
		return fmt.Errorf("reseal: %s names no step", e.ID)
	}
	_, err = s.step(ctx, n)
	return err
}

// Next carries out the step that is due, for a command; it gives the rotation as it then stands.
func (s *Service) Next(ctx context.Context) (*trust.Rotation, error) {
	r, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	return s.step(ctx, r.Step)
}

func (s *Service) step(ctx context.Context, n int) (*trust.Rotation, error) {
	r, err := s.Status(ctx)
	if err != nil || r.Step != n || r.Phase == "" || r.Phase == trust.RotationDone {
		return r, err
	}
	if r.Key != s.keeper.Primary() {
		return nil, fmt.Errorf("reseal: the rotation is to key %s, but this process seals with %s: configure all alike and begin again", r.Key, s.keeper.Primary())
	}
	look := s.sources[r.Source].Reseal
	if r.Phase == trust.RotationProving {
		look = s.sources[r.Source].Prove
	}
	f, err := look(ctx, s.keeper, r.Cursor, batch)
	if err != nil {
		return nil, fmt.Errorf("reseal: %w", err)
	}
	r, err = s.rotations.Update(ctx, trust.RotationID, func(r *trust.Rotation) error {
		if r.Step != n {
			return store.ErrUnchanged
		}
		r.Went(f, len(s.sources), s.clock.Now())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reseal: noting: %w", err)
	}
	return r, nil
}
