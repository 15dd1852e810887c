// Package mydata gives people what is held of them (个人信息保护法 第四十五条): a list of it, with why and until when each thing is kept, and
// a copy of all of it, unmasked, to take along.
package mydata

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"kuacheng/biz/account"
	"kuacheng/biz/audit"
	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/consent"
	"kuacheng/biz/file"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/matter"
	"kuacheng/biz/notice"
	"kuacheng/biz/parcel"
	"kuacheng/biz/picture"
	"kuacheng/biz/policy"
	"kuacheng/biz/problem"
	"kuacheng/biz/reseal"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model/trust"
)

// Collection is the name of the copies that people have asked for.
const Collection = "exports"

// Config says what the service stands on: all that holds something of people.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Keeper    *seal.Keeper
	Files     *file.Store
	Catalogue *catalogue.Catalogue
	Accounts  *account.Service
	Matters   *matter.Service
	Bookings  *booking.Service
	Parcels   *parcel.Service
	Notices   *notice.Service
	Consents  *consent.Service
	Audit     *audit.Service
	Policies  *policy.Service
	Kiosks    *kiosk.Service
	Problems  *problem.Service
	Pictures  *picture.Service
	Log       *slog.Logger
}

// Service is what is held of people.
type Service struct {
	Config
	exports *store.Collection[trust.Exports]
	kinds   []kind
}

// New opens the collection.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c}
	var err error
	if s.exports, err = store.Open(ctx, c.DB, store.Spec[trust.Exports]{Name: Collection}); err != nil {
		return nil, fmt.Errorf("mydata: %w", err)
	}
	s.kinds = s.allKinds()
	return s, nil
}

// Sealed is what the copies hold that a rotation of keys seals anew: the answers to repeated requests.
func (s *Service) Sealed() []reseal.Source { return []reseal.Source{reseal.Of(s.exports, nil)} }

// Reown ends the copies of an account that turned out to be another's of the same person, who may ask for one of all.
func (s *Service) Reown(ctx context.Context, from, _ string) error { return s.Forget(ctx, from) }

// Erase wipes a person's copies, and signs them off at machines: an account.Holder.
func (s *Service) Erase(ctx context.Context, person string) error {
	if _, err := s.Kiosks.SignOffAll(ctx, person); err != nil {
		return err
	}
	return s.Forget(ctx, person)
}

// Forget wipes all copies of a person's, whatever state they are in. It may be done again.
func (s *Service) Forget(ctx context.Context, person string) error {
	x, err := s.exports.Get(ctx, person)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mydata: reading copies: %w", err)
	}
	// The document goes first: an attempt at building that goes on finds nothing to finish, and wipes what it has written.
	if err := s.exports.Delete(ctx, person); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("mydata: forgetting copies: %w", err)
	}
	for _, e := range x.Items {
		if err := s.Files.DeleteFolder(ctx, folder(e.ID)); err != nil {
			return err
		}
	}
	return nil
}

func folder(export string) string { return "export/" + export }
