package web

import (
	"strconv"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts requests by route: the pattern, never the path, which would make a series of every number.
type metrics struct {
	total    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
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
	m.total.WithLabelValues(method, route, strconv.Itoa(c.Response.StatusCode())).Inc()
	if c.Response.GetHijackWriter() != nil { // a stream lasts as long as its reader likes
		return
	}
	m.seconds.WithLabelValues(method, route).Observe(took.Seconds())
}
