// Package parcel is what happens to parcels: a waybill is claimed for a matter, its news is asked for and taken
// in, and what it means is handed on to the matter and to the people who wait. How carriers write is biz/parcel/
// courier's affair; what their words mean for a parcel is model.Parcel's.
//
// Everything that comes from a carrier may come twice, late, in any order, forged, or before anyone knows the
// number. So a push is kept before it is answered, rows form a set, and each step here can be done again.
package parcel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/biz/clock"
	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
)

// Names of the collections.
const (
	Collection         = "parcels"
	CollectionParked   = "parked"
	CollectionMessages = "courier_messages"
	CollectionArchives = "parcel_archives"
	CollectionChannels = "courier_channels"
)

// Move is what a parcel's state means for one of its matters.
type Move struct {
	ParcelID string
	Carrier  string
	Event    string // the matter's event
	SignedBy model.SignedBy
	At       time.Time // when it happened, by the carrier
	Cause    string    // id of the parcel's event: the same cause comes again after a crash
}

// Subject is what notices about a matter may name, by the names of the catalogue's variables.
type Subject = map[string]string

// Matters is what parcels need of matters.
type Matters interface {
	// ParcelMoved lets a move act. What has been applied, or what the matter no longer waits for, is done: nil.
	ParcelMoved(ctx context.Context, no string, mv Move) error
	// Has says whether a matter names a parcel; a matter that does not exist names none.
	Has(ctx context.Context, no, parcelID string) (bool, error)
	// Owners are the applicants who are told about a matter, and how it is called.
	Owners(ctx context.Context, no string) ([]string, Subject, error)
}

// Notices is what parcels need of notices.
type Notices interface {
	// Give gives a notice; told again, it changes nothing.
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Problems is what parcels need of problem tickets.
type Problems interface {
	// Open opens a ticket; with the same key it is the same one.
	Open(ctx context.Context, key string, o bureau.Opening, by model.Actor) (string, error)
}

// Config says what the service stands on.
type Config struct {
	DB       *store.DB
	Clock    clock.Clock
	Keeper   *seal.Keeper
	Carriers courier.Set
	Matters  Matters // may be set on the service after New, before the first event is carried out
	Notices  Notices // the same
	// Problems takes what people must settle; set once it is made. nil: the sender is told alone.
	Problems Problems

	// Bureau is the organisation that supervises a region, "" for none; asked when a parcel has been silent for
	// ten days. nil: the sender is told alone.
	Bureau func(region string) string
	// Reused is told of a number that was typed though an older parcel has it; may be set on the service after New. nil: nobody is.
	Reused func(ctx context.Context, parcel string, n model.NewParcel) error
	// PollDaily is how many questions one channel may ask of its carrier in a day; 2000 by default.
	PollDaily int
	// Metrics takes the counters of alerts and refusals; nil leaves them out.
	Metrics prometheus.Registerer
	Log     *slog.Logger // slog.Default() by default
}

// Service is the parcels.
type Service struct {
	Config
	parcels  *store.Collection[model.Parcel]
	parked   *store.Collection[model.ParkedRows]
	messages *store.Collection[model.CourierMessage]
	archives *store.Collection[model.ParcelArchive]
	channels *store.Collection[model.CourierChannel]
	alerts   *alerts
	strikes  strikes
}

const defaultPollDaily = 2000

// New makes the service and opens its collections.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c}
	if s.PollDaily == 0 {
		s.PollDaily = defaultPollDaily
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	var err error
	if s.alerts, err = newAlerts(s.Log, c.Metrics); err != nil {
		return nil, fmt.Errorf("parcel: %w", err)
	}
	if err := s.open(ctx); err != nil {
		return nil, fmt.Errorf("parcel: %w", err)
	}
	return s, nil
}

func (s *Service) open(ctx context.Context) error {
	var errs [5]error
	s.parcels, errs[0] = store.Open(ctx, s.DB, parcelSpec)
	s.parked, errs[1] = store.Open(ctx, s.DB, store.Spec[model.ParkedRows]{Name: CollectionParked})
	s.messages, errs[2] = store.Open(ctx, s.DB, store.Spec[model.CourierMessage]{Name: CollectionMessages})
	s.archives, errs[3] = store.Open(ctx, s.DB, store.Spec[model.ParcelArchive]{Name: CollectionArchives})
	s.channels, errs[4] = store.Open(ctx, s.DB, store.Spec[model.CourierChannel]{Name: CollectionChannels})
	return errors.Join(errs[:]...)
}

// parcelSpec: a parcel is found by its id, which holds channel and waybill, from the matters that name it; only
// the number of a return leads to a parcel of another number.
var parcelSpec = store.Spec[model.Parcel]{
	Name: Collection,
	Fields: []store.Field[model.Parcel]{{Name: "returns_as", Of: func(p *model.Parcel) any {
		if p.ReturnWaybill == "" {
			return nil
		}
		return model.ParcelID(p.Carrier, p.ReturnWaybill)
	}}},
	Indexes: []store.Index{{Name: "returns_as", Eq: []string{"returns_as"}}},
}

// Handlers are what carries out the events of parcels and of couriers' messages, and the one by which a matter says
// that it names a parcel, by kind.
func (s *Service) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{
		model.CourierMessageReceived: s.readMessage,
		model.KindMatterParcel:       s.Named,
		model.ParcelWaybillBound:     s.unpark,
		model.ParcelBound:            s.subscribe,
		model.ParcelSubscribeDue:     s.subscribe,
		model.ParcelUnsubscribed:     s.unsubscribed,
		model.ParcelPollDue:          s.poll,
		model.ParcelStateChanged:     s.moved,
		model.ParcelSilent:           s.silent,
		model.ParcelTicketOpened:     s.ticket,
		model.ParcelRowsOverflown:    s.shed,
	}
}

// Wakes are what looks after documents whose time has come, by collection.
func (s *Service) Wakes() map[string]outbox.Wake {
	return map[string]outbox.Wake{Collection: s.wakeParcel, CollectionParked: s.wakeParked, CollectionMessages: s.wakeMessage}
}

func (s *Service) now() time.Time { return s.Clock.Now() }

func missing(err error) bool { return errors.Is(err, store.ErrNotFound) }
