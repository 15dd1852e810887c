// Package operations answers what keeps a server running: is it up, is it ready, its metrics, its contract.
package operations

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/common/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kuacheng/handler/docs"
	"kuacheng/handler/web"
	"kuacheng/model/api/operations"
)

// Probe asks one dependency whether it answers.
type Probe struct {
	Name string // store, queue
	Ask  func(context.Context) error
}

// patience is how long a dependency may take to answer before the server counts as not ready.
const patience = 2 * time.Second

// Handler answers the operations door.
type Handler struct {
	probes  []Probe
	metrics app.HandlerFunc
	page    app.HandlerFunc
}

// New makes the handler; metrics are those of the gatherer.
func New(metrics prometheus.Gatherer, probes ...Probe) *Handler {
	return &Handler{
		probes:  probes,
		metrics: adaptor.HertzHandler(promhttp.HandlerFor(metrics, promhttp.HandlerOpts{})),
		page:    adaptor.HertzHandler(docs.Page("/docs", "/openapi.json")),
	}
}

// Healthz says that the process is up.
func (h *Handler) Healthz(_ context.Context, c *app.RequestContext) {
	web.JSON(c, http.StatusOK, operations.Health{Status: "ok"})
}

// Readyz asks every dependency at once. Why one does not answer is for the log: errors name hosts and users.
func (h *Handler) Readyz(ctx context.Context, c *app.RequestContext) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := operations.Readiness{Ready: true, Checks: make([]*operations.Check, len(h.probes))}
	var wg sync.WaitGroup
	for i, p := range h.probes {
		wg.Go(func() { answer.Checks[i] = ask(ctx, p) })
	}
	wg.Wait()
	status := http.StatusOK
	for _, check := range answer.Checks {
		if !check.Ok {
			answer.Ready, status = false, http.StatusServiceUnavailable
		}
	}
	web.JSON(c, status, answer)
}

// ask gives up with the context even if the probe does not.
func ask(ctx context.Context, p Probe) *operations.Check {
	result := make(chan error, 1)
	go func() { result <- p.Ask(ctx) }()
	reason := "没有及时应答"
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-result:
		if err == nil {
			return &operations.Check{Name: p.Name, Ok: true}
		}
		if ctx.Err() == nil {
			reason = "不可用"
		}
	}
	slog.WarnContext(ctx, "not ready", "dependency", p.Name, "cause", err.Error())
	return &operations.Check{Name: p.Name, Reason: reason}
}

// Metrics gives them in Prometheus' text form.
func (h *Handler) Metrics(ctx context.Context, c *app.RequestContext) { h.metrics(ctx, c) }

// OpenAPI gives the contract.
func (h *Handler) OpenAPI(_ context.Context, c *app.RequestContext) {
	c.Data(http.StatusOK, "application/json; charset=utf-8", docs.OpenAPI)
}

// Docs shows the contract.
func (h *Handler) Docs(ctx context.Context, c *app.RequestContext) { h.page(ctx, c) }

// DocsFile gives what the page loads.
func (h *Handler) DocsFile(ctx context.Context, c *app.RequestContext) { h.page(ctx, c) }
