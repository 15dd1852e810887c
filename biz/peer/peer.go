// Package peer is the talk with other cities' own systems (业务通、系统通、数据通): what they tell of matters that
// they handle or have received, and what they are told.
//
// Each event of a shared matter happens in one city and is followed in the other; what is told is read back from
// the matter's trail, so nothing that has happened can be lost on the way, however long the line is down.
// docs/decisions/0006-peers.md has the reasons. Everything that comes may come twice, late, in any order, forged
// or contradicting the record.
package peer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/biz/clock"
	"kuacheng/biz/matter"
	"kuacheng/biz/outbox"
	"kuacheng/biz/seal"
	"kuacheng/biz/signature"
	"kuacheng/biz/store"
	"kuacheng/model"
)

// Names of the collections.
const (
	CollectionLedgers = "peer_ledgers"
	CollectionNonces  = "peer_nonces"
	CollectionFiles   = "peer_files"
	CollectionCities  = "peer_cities"
)

// City is one peer as it is configured.
type City struct {
	Region string          // its code, by which matters name it
	URL    *url.URL        // of its server; nil: it tells, and is told nothing
	Keys   []signature.Key // shared with it: the first signs, all verify
	Public *PublicKey      // what is sealed for it; nil where it is told nothing
}

// linked: it is told what happens, and speaks for its own side of a matter alone.
func (c *City) linked() bool { return c.URL != nil && c.Public != nil }

// Accounts is what peers need of accounts.
type Accounts interface {
	// Know keeps a person whom a peer has verified.
	Know(ctx context.Context, peer string, p model.FilingPerson) (id string, err error)
}

// Notices is what peers need of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Problems is what peers need of problem tickets.
type Problems interface {
	About(ctx context.Context, key string, m *model.Matter, source, title, text, unit string, by model.Actor) (string, error)
}

// Config says what the service stands on.
type Config struct {
	DB       *store.DB
	Clock    clock.Clock
	Keeper   *seal.Keeper
	Matters  *matter.Service // may be set after New, before the first event
	Problems Problems        // the same; nil: staff are told, and nobody keeps count
	Accounts Accounts
	Notices  Notices
	// Name is a region's name in Chinese.
	Name func(region string) string

	Self    string        // this city's region, by which peers know it
	Private []*PrivateKey // open what peers seal for this city; the first is the one they are to use
	Cities  []City

	HTTP    *http.Client // nil: one that waits 30 seconds and follows no redirect
	Metrics prometheus.Registerer
	Log     *slog.Logger
}

// Service is the peers.
type Service struct {
	Config
	cities  map[string]*City
	ledgers *store.Collection[model.PeerLedger]
	nonces  *store.Collection[model.PeerNonce]
	files   *store.Collection[model.PeerFile]
	talks   *store.Collection[model.PeerCity]

	events *prometheus.CounterVec
	lines  sync.Map // region → *line
}

// New opens the collections.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c, cities: map[string]*City{}}
	for i := range c.Cities {
		s.cities[c.Cities[i].Region] = &s.Cities[i]
	}
	if s.HTTP == nil {
		s.HTTP = &http.Client{
			Timeout:       30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	s.events = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "kuacheng_peer_events_total", Help: "Events exchanged with other cities' systems, by peer, direction and what became of them.",
	}, []string{"peer", "direction", "status"})
	if c.Metrics != nil {
		if err := c.Metrics.Register(s.events); err != nil {
			return nil, fmt.Errorf("peer: %w", err)
		}
	}
	var errs [4]error
	s.ledgers, errs[0] = store.Open(ctx, c.DB, ledgerSpec)
	s.nonces, errs[1] = store.Open(ctx, c.DB, store.Spec[model.PeerNonce]{Name: CollectionNonces})
	s.files, errs[2] = store.Open(ctx, c.DB, store.Spec[model.PeerFile]{Name: CollectionFiles})
	s.talks, errs[3] = store.Open(ctx, c.DB, store.Spec[model.PeerCity]{Name: CollectionCities})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	return s, s.schedule(ctx)
}

// ledgerSpec: a ledger is found by the matter's number; those that are still compared, and those that differ, by
// the peer.
var ledgerSpec = store.Spec[model.PeerLedger]{
	Name: CollectionLedgers,
	Fields: []store.Field[model.PeerLedger]{
		{Name: "live", Of: func(l *model.PeerLedger) any {
			if l.Closed {
				return nil
			}
			return l.Peer
		}},
		{Name: "differs", Of: func(l *model.PeerLedger) any {
			if l.Differs == nil {
				return nil
			}
			return l.Peer
		}},
	},
	Indexes: []store.Index{{Name: "live", Eq: []string{"live"}}, {Name: "differs", Eq: []string{"differs"}}},
}

// schedule makes the document of each linked peer, whose wake is the day's comparison.
func (s *Service) schedule(ctx context.Context) error {
	for _, c := range s.cities {
		if !c.linked() {
			continue
		}
		_, err := s.talks.Upsert(ctx, c.Region, func() *model.PeerCity { return &model.PeerCity{Head: model.Head{ID: c.Region}} },
			func(t *model.PeerCity) error {
				if t.Wake != nil {
					return store.ErrUnchanged
				}
				t.Schedule(s.now())
				return nil
			})
		if err != nil {
			return fmt.Errorf("peer: %w", err)
		}
	}
	return nil
}

// Handlers carry out the events of shared matters and of the exchange, by kind.
func (s *Service) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{
		model.KindMatterPeer:  s.Tell,
		model.KindPeerResend:  s.Tell,
		model.KindPeerDiffers: s.raise,
		model.KindPeerCompare: func(ctx context.Context, region string, _ model.Event) error { return s.compare(ctx, region) },
	}
}

// Wakes look after documents whose time has come, by collection.
func (s *Service) Wakes() map[string]outbox.Wake {
	return map[string]outbox.Wake{
		CollectionLedgers: s.wakeLedger, CollectionNonces: s.wakeNonce, CollectionFiles: s.wakeFile,
		CollectionCities: s.wakeCity,
	}
}

// Link says with which peer a matter that is handled in a region is shared: the region's own system, or its
// city's. nil: this server is the handling city's own, or its staff use the desk.
func (s *Service) Link(handling string) *model.MatterPeer {
	var found *City
	for _, c := range s.cities {
		if c.linked() && model.Within(handling, c.Region) && (found == nil || c.Region == handling) {
			found = c
		}
	}
	if found == nil || found.Region == s.Self {
		return nil
	}
	return &model.MatterPeer{Region: found.Region, Role: model.PeerHandles}
}

func (s *Service) now() time.Time { return s.Clock.Now() }

func missing(err error) bool { return errors.Is(err, store.ErrNotFound) }
