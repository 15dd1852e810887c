package parcel_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/bureau"
)

// tickets keeps the problem tickets that were opened, by key.
type tickets struct {
	mu   sync.Mutex
	open map[string]bureau.Opening
}

func (x *tickets) Open(_ context.Context, key string, o bureau.Opening, _ model.Actor) (string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, there := x.open[key]; !there {
		x.open[key] = o
	}
	return key, nil
}

// TestService_trouble_is_a_ticket: what no carrier settles is one ticket a parcel, of who sent it; ordinary news is none.
func TestService_trouble_is_a_ticket(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		result bool
		to     string
		wait   time.Duration
		unit   string
	}{
		"materials damaged":       {to: "damaged", unit: "440305-ZF"},
		"result damaged":          {result: true, to: "damaged", unit: "441500-RS"},
		"silent for ten days":     {result: true, wait: 11 * 24 * time.Hour, unit: "441500-RS"},
		"damaged and then silent": {to: "damaged", wait: 11 * 24 * time.Hour, unit: "440305-ZF"},
		"result lost":             {result: true, to: "lost", unit: "441500-RS"},
		"materials lost":          {to: "lost"}, // the matter's own ticket
		"delivered":               {result: true, to: "delivered"},
		"fails once":              {result: true, to: "delivery_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := &tickets{open: map[string]bureau.Opening{}}
			w.Problems = x
			n := w.materials(sf1, no1)
			if c.result {
				n = w.result(sf1, no1)
			}
			w.open(t, n)
			w.run(t)
			if c.to != "" {
				w.advance(t, sf1, c.to, "")
				w.run(t)
			}
			w.pass(t, c.wait)
			if c.unit == "" {
				if len(x.open) != 0 {
					t.Errorf("%+v", x.open)
				}
				return
			}
			o, ok := x.open["parcel:"+id1]
			if !ok || len(x.open) != 1 || o.Unit != c.unit || o.Source != bureau.SourceParcel || o.Matter != no1 || o.From != "440305" || o.To != "441500" || o.Region != o.To {
				t.Errorf("%+v", x.open)
			}
		})
	}
}
