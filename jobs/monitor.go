package jobs

import (
	"net/http"
	"path"
	"strings"

	"github.com/hibiken/asynqmon"
)

// Monitor is asynq's web page about queues. It has no login of its own: whoever mounts it protects it.
type Monitor struct {
	pages *asynqmon.HTTPHandler
	serve http.Handler
}

// MonitorOptions say where the page is mounted and what it may do.
type MonitorOptions struct {
	Root  string // path it is mounted at, "/admin/queues"
	Write bool   // may pause queues, run, archive and delete tasks; else it only shows
}

// NewMonitor makes the page. Close ends its connections.
func NewMonitor(r *Redis, o MonitorOptions) *Monitor {
	pages := asynqmon.New(asynqmon.Options{RootPath: o.Root, RedisConnOpt: r.opt, ReadOnly: !o.Write})
	m := &Monitor{pages: pages}
	// A browser adds the admin's basic auth to requests that other sites make it send.
	m.serve = http.NewCrossOriginProtection().Handler(http.HandlerFunc(m.page))
	return m
}

// ServeHTTP implements http.Handler.
func (m *Monitor) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.serve.ServeHTTP(w, r) }

// Close ends the page's connections to Redis.
func (m *Monitor) Close() error { return m.pages.Close() }

// page sets what asynqmon leaves out: its index has no Content-Type and would be shown as text.
func (m *Monitor) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Frame-Options", "DENY")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	below := strings.TrimPrefix(r.URL.Path, m.pages.RootPath())
	if !strings.HasPrefix(below, "/api/") && !strings.HasPrefix(below, "/static/") && path.Ext(below) == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	m.pages.ServeHTTP(w, r)
}
