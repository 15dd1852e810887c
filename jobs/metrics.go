package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// scrapeTimeout bounds one reading of the metrics, and scrapeDocs how many documents of a collection it counts.
	scrapeTimeout = 3 * time.Second
	scrapeDocs    = 1000
)

// meters are what is measured where it happens; queues and outboxes are asked when somebody reads.
type meters struct {
	took   *prometheus.HistogramVec
	wait   *prometheus.HistogramVec
	unsent *prometheus.CounterVec
}

func newMeters(reg prometheus.Registerer, j *Jobs) (*meters, error) {
	m := &meters{
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kuacheng_job_duration_seconds", Help: "How long handlers took, by kind and outcome (done, temporary, later, final).",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 30, 60, 300},
		}, []string{"kind", "outcome"}),
		wait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kuacheng_job_wait_seconds", Help: "From an event to the first try of its handler, by queue.",
			Buckets: []float64{.01, .05, .1, .2, .3, .5, 1, 2, 5, 10, 60, 600},
		}, []string{"queue"}),
		unsent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kuacheng_outbox_unsent_total", Help: "Events that were not enqueued at their commit and left to the sweep, by reason (full, redis).",
		}, []string{"reason"}),
	}
	if reg == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.took, m.wait, m.unsent, state{j}} {
		errs = append(errs, reg.Register(c))
	}
	return m, errors.Join(errs...)
}

var (
	redisUp = prometheus.NewDesc("kuacheng_redis_up", "1 when Redis answered this reading.", nil, nil)
	tasks   = prometheus.NewDesc("kuacheng_queue_tasks", "Tasks of a queue by state.", []string{"queue", "state"}, nil)
	latency = prometheus.NewDesc("kuacheng_queue_latency_seconds", "How long the oldest pending task of a queue has waited.", []string{"queue"}, nil)
	paused  = prometheus.NewDesc("kuacheng_queue_paused", "1 when people have paused a queue.", []string{"queue"}, nil)
	pending = prometheus.NewDesc("kuacheng_outbox_pending_documents", "Documents with events not yet carried out, at most 1000.", []string{"collection"}, nil)
	oldest  = prometheus.NewDesc("kuacheng_outbox_oldest_seconds", "Age of the oldest event not yet carried out; 0 when there is none.", []string{"collection"}, nil)
)

// state reads queues and outboxes when somebody asks.
type state struct{ j *Jobs }

func (s state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{redisUp, tasks, latency, paused, pending, oldest} {
		ch <- d
	}
}

func (s state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	infos, err := s.j.queueInfos()
	gauge(redisUp, number01(err == nil))
	for _, info := range infos {
		for state, n := range map[string]int{
			"pending": info.Pending, "active": info.Active, "scheduled": info.Scheduled, "retry": info.Retry, "archived": info.Archived,
		} {
			gauge(tasks, float64(n), info.Queue, state)
		}
		gauge(latency, info.Latency.Seconds(), info.Queue)
		gauge(paused, number01(info.Paused), info.Queue)
	}
	s.outboxes(ctx, gauge)
}

func (s state) outboxes(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	now := s.j.cfg.Clock.Now()
	for _, name := range s.j.db.Collections() {
		refs, err := s.j.db.Pending(ctx, name, now, scrapeDocs)
		if err != nil {
			continue
		}
		age := 0.0
		if len(refs) > 0 {
			age = now.Sub(refs[0].At).Seconds()
		}
		gauge(pending, float64(len(refs)), name)
		gauge(oldest, age, name)
	}
}

func number01(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
