package web

import (
	"strconv"
	"sync"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts requests by route: the pattern, never the path, which would make a series of every number.
type metrics struct {
	total    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	known    sync.Map // outcome → *series: finding a series by its labels costs more than counting in it
}

// outcome is what a request is counted under.
type outcome struct {
	method, route string
	status        int
}

type series struct {
	total   prometheus.Counter
	seconds prometheus.Observer
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by method, route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_seconds", Help: "Seconds from the request's headers to its answer, by method and route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_requests_in_flight", Help: "Requests being answered now.",
		}),
	}
	r.MustRegister(m.total, m.seconds, m.inFlight)
	return m
}

func (m *metrics) observe(method, route string, c *app.RequestContext, took time.Duration) {
	if c.Response.GetHijackWriter() != nil { // a stream lasts as long as its reader likes: it has no seconds
		m.total.WithLabelValues(method, route, strconv.Itoa(c.Response.StatusCode())).Inc()
		return
	}
	s := m.of(outcome{method, route, c.Response.StatusCode()})
	s.total.Inc()
	s.seconds.Observe(took.Seconds())
}

func (m *metrics) of(o outcome) *series {
	if s, ok := m.known.Load(o); ok {
		return s.(*series)
	}
	s, _ := m.known.LoadOrStore(o, &series{
		total:   m.total.WithLabelValues(o.method, o.route, strconv.Itoa(o.status)),
		seconds: m.seconds.WithLabelValues(o.method, o.route),
	})
	return s.(*series)
}
