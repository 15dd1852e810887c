package parcel

import (
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/model"
)

// alerts counts what people should look at, and logs each kind once a day: one bad mapping must not bury the
// log under a line for every push.
type alerts struct {
	log   *slog.Logger
	count *prometheus.CounterVec

	mu   sync.Mutex
	day  model.Date
	seen map[string]bool
}

// maxAlerts bounds what is remembered of a day; codes come from outside.
const maxAlerts = 1000

func newAlerts(log *slog.Logger, reg prometheus.Registerer) (*alerts, error) {
	a := &alerts{log: log, seen: map[string]bool{}, count: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "kuacheng_courier_alerts_total", Help: "What couriers sent or answered that people should look at, by channel and kind.",
	}, []string{"carrier", "kind"})}
	if reg == nil {
		return a, nil
	}
	return a, reg.Register(a.count)
}

func (a *alerts) raise(now time.Time, c model.Carrier, kind, code string) {
	a.count.WithLabelValues(string(c), kind).Inc()
	key := string(c) + "/" + kind + "/" + code
	a.mu.Lock()
	if day := model.DateOf(now); a.day != day {
		a.day, a.seen = day, map[string]bool{}
	}
	known := a.seen[key] || len(a.seen) >= maxAlerts
	if !known {
		a.seen[key] = true
	}
	a.mu.Unlock()
	if !known {
		a.log.Warn("a courier's channel needs a look", "carrier", string(c), "alert", kind, "code", code)
	}
}

// strikes counts bad signatures by address. A good one is never counted, and never refused for the bad.
type strikes struct {
	mu     sync.Mutex
	minute time.Time
	count  map[string]int
}

const (
	maxStrikes   = 30 // in a minute (couriers.md §1)
	maxAddresses = 10_000
)

// out notes a bad signature and says whether the address has had too many in this minute of the machine's own
// clock.
func (s *strikes) out(address string, wall time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if minute := wall.Truncate(time.Minute); s.count == nil || !s.minute.Equal(minute) {
		s.minute, s.count = minute, map[string]int{}
	}
	if _, known := s.count[address]; !known && len(s.count) >= maxAddresses {
		return false
	}
	s.count[address]++
	return s.count[address] > maxStrikes
}
