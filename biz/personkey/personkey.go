// Package personkey keeps a key for each person, under which what is theirs alone is sealed: destroying it erases all of that at once,
// wherever copies of it are (crypto-shredding), and leaves trails, which hold no plain personal datum, as provable as they were.
package personkey

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"

	"kuacheng/biz/clock"
	"kuacheng/biz/reseal"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/trust"
)

// Collection is the name of the keys.
const Collection = "person_keys"

const (
	keysKnown = 10_000
	knownFor  = time.Minute // so long another process may still open what has been shredded
	patience  = 10 * time.Second
)

// Service is the keys of people: the seal.People of its keeper.
type Service struct {
	keeper *seal.Keeper
	clock  clock.Clock
	keys   *store.Collection[trust.PersonKey]
	known  *otter.Cache[string, cipher.AEAD]
}

// New opens the collection and gives the keeper its people.
func New(ctx context.Context, db *store.DB, keeper *seal.Keeper, clk clock.Clock) (*Service, error) {
	keys, err := store.Open(ctx, db, store.Spec[trust.PersonKey]{Name: Collection})
	if err != nil {
		return nil, fmt.Errorf("personkey: %w", err)
	}
	s := &Service{keeper: keeper, clock: clk, keys: keys}
	s.known = otter.Must(&otter.Options[string, cipher.AEAD]{MaximumSize: keysKnown, ExpiryCalculator: otter.ExpiryWriting[string, cipher.AEAD](knownFor)})
	keeper.UsePeople(s)
	return s, nil
}

func keyPlace(person string) string { return "person-key:" + person }

// KeyOf gives a person's key. It waits for the store by itself: sealing and opening know no request.
func (s *Service) KeyOf(person string, create bool) (cipher.AEAD, error) {
	if aead, ok := s.known.GetIfPresent(person); ok {
		return aead, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	k, err := s.keys.Get(ctx, person)
	if errors.Is(err, store.ErrNotFound) && create {
		k, err = s.create(ctx, person)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, seal.ErrOpen
	case err != nil:
		return nil, fmt.Errorf("personkey: %w", err)
	case k.ShreddedAt != nil:
		return nil, seal.ErrShredded
	}
	digits, err := s.keeper.Open(keyPlace(person), k.Key)
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(digits)
	if err != nil {
		return nil, seal.ErrOpen
	}
	aead, err := seal.AEAD(secret)
	if err != nil {
		return nil, seal.ErrOpen
	}
	s.known.Set(person, aead)
	return aead, nil
}

// create makes a key, or gives the one that another was quicker to make.
func (s *Service) create(ctx context.Context, person string) (*trust.PersonKey, error) {
	secret := make([]byte, 16)
	rand.Read(secret) // never fails: crypto/rand ends the program instead
	k := &trust.PersonKey{
		Head: model.Head{ID: person}, Key: s.keeper.Seal(keyPlace(person), hex.EncodeToString(secret)),
		MadeAt: s.clock.Now().UTC().Truncate(time.Millisecond),
	}
	err := s.keys.Insert(ctx, k)
	if errors.Is(err, store.ErrDuplicate) {
		return s.keys.Get(ctx, person)
	}
	return k, err
}

// Shred destroys the keys of a person, who may have had several accounts. It may be done again. A key that never was is made and
// destroyed, so that nothing is sealed under it later.
func (s *Service) Shred(ctx context.Context, people ...string) error {
	for _, person := range people {
		_, err := s.keys.Upsert(ctx, person, func() *trust.PersonKey { return &trust.PersonKey{Head: model.Head{ID: person}, MadeAt: s.clock.Now()} },
			func(k *trust.PersonKey) error {
				if !k.Shred(s.clock.Now()) {
					return store.ErrUnchanged
				}
				return nil
			})
		if err != nil {
			return fmt.Errorf("personkey: shredding: %w", err)
		}
		s.known.Invalidate(person)
	}
	return nil
}

// Shredded tells whether a person's key has been destroyed, and when.
func (s *Service) Shredded(ctx context.Context, person string) (at time.Time, ok bool, err error) {
	k, err := s.keys.Get(ctx, person)
	if errors.Is(err, store.ErrNotFound) || err == nil && k.ShreddedAt == nil {
		return at, false, nil
	}
	if err != nil {
		return at, false, fmt.Errorf("personkey: %w", err)
	}
	return *k.ShreddedAt, true, nil
}

// Sealed is what a rotation of keys seals anew: the keys, and so all that is sealed under them.
func (s *Service) Sealed() []reseal.Source {
	return []reseal.Source{reseal.Of(s.keys, func(k *trust.PersonKey) []reseal.Slot {
		return []reseal.Slot{{Place: keyPlace(k.ID), Value: &k.Key}}
	})}
}
