package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/route"
	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/model/fault"
)

// Config says how a server is made. Zero values are useful; only a server that is run needs a Listener.
type Config struct {
	Listener net.Listener          // opened by the caller: Hertz would panic on an address in use
	ExitWait time.Duration         // how long begun requests may take on shutdown; 20 s unless told
	Logger   *slog.Logger          // slog.Default() unless told
	Registry prometheus.Registerer // where the metrics are; a registry of its own unless told
}

// New is a server without routes. Everything it answers by itself (unknown paths, wrong methods, panics) has
// the shape of an error of ours. Bodies are streamed: package bind reads them, each within its own limit,
// once the caller has been authorised. Run and Shutdown are the caller's.
func New(cfg Config) *server.Hertz {
	if cfg.ExitWait == 0 {
		cfg.ExitWait = 20 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if _, ok := cfg.Logger.Handler().(idHandler); !ok {
		cfg.Logger = slog.New(LogHandler(cfg.Logger.Handler()))
	}
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}
	options := []config.Option{
		server.WithExitWaitTime(cfg.ExitWait),
		server.WithHandleMethodNotAllowed(true),
		server.WithRedirectTrailingSlash(false),
		server.WithUseRawPath(true), // an escaped slash in a parameter is not a separator
		server.WithUnescapePathValues(true),
		server.WithStreamBody(true),
		server.WithDisablePreParseMultipartForm(true),
		server.WithMaxHeaderBytes(32 << 10),
		server.WithReadTimeout(time.Minute),
		server.WithIdleTimeout(idleTimeout), // 0 would cut requests that are pipelined
		server.WithDisablePrintRoute(true),
		config.Option{F: func(o *config.Options) { o.NoDefaultServerHeader = true }},
	}
	if cfg.Listener != nil {
		options = append(options, server.WithListener(cfg.Listener))
	}
	h := server.New(options...)
	conns := newConnections()
	h.OnShutdown = append(h.OnShutdown, conns.shut)
	h.Use(frame(cfg.Logger, newMetrics(cfg.Registry), conns))
	h.NoRoute(func(ctx context.Context, c *app.RequestContext) { Fail(ctx, c, fault.New("not_found")) })
	h.NoMethod(func(ctx context.Context, c *app.RequestContext) {
		c.Response.Header.Set("Allow", strings.Join(allowed(h.Routes(), string(c.Request.URI().PathOriginal())), ", "))
		Fail(ctx, c, fault.New("method_not_allowed"))
	})
	return h
}

// frame is around every request: its connection, its id, its panic, what is left of its body, its metrics and
// its log line.
func frame(logger *slog.Logger, m *metrics, conns *connections) app.HandlerFunc {
	return func(ctx context.Context, c *app.RequestContext) {
		started := time.Now()
		conns.busy(c.GetConn())
		defer func() { conns.rest(c.GetConn(), time.Now()) }()
		m.inFlight.Inc()
		defer m.inFlight.Dec()
		ctx = identify(ctx, c, conns.closing)
		c.Response.Header.Set("X-Content-Type-Options", "nosniff")
		guarded(ctx, c)
		discard(c)

		method, pattern := word(c.Request.Header.Method()), c.FullPath()
		if pattern == "" {
			pattern = "none"
		}
		took := time.Since(started)
		m.observe(method, pattern, c, took)
		log(ctx, logger, c, method, pattern, took)
	}
}

// guarded runs the handlers; a panic becomes an internal error and takes nothing else with it.
func guarded(ctx context.Context, c *app.RequestContext) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		if c.Response.GetHijackWriter() != nil { // half of an answer is out already: all that can be done is to end it
			c.Set(failedKey, fault.From(err))
			c.SetConnectionClose()
			return
		}
		c.Response.ResetBody()
		Fail(ctx, c, err)
	}()
	c.Next(ctx)
}

// drainable is how much of an unwanted body is read away, so that a client that is still sending comes to
// read our answer, before the connection is cut.
const drainable = 32 << 20

// discard ends with a body that no handler has read. Left alone, Hertz would read it to its end however long
// it is; dropped without closing, its rest would be taken for the next request.
func discard(c *app.RequestContext) {
	if !c.Request.IsBodyStream() {
		return
	}
	declared := c.Request.Header.ContentLength()
	if declared == 0 {
		return
	}
	limit := int64(drainable)
	if declared > 0 {
		limit = min(limit, int64(declared))
	}
	n, err := io.CopyN(io.Discard, c.Request.BodyStream(), limit)
	if err != nil && err != io.EOF || declared < 0 && err == nil || declared > 0 && n < int64(declared) {
		c.SetConnectionClose()
	}
	c.Request.SetBodyRaw(nil)
}

// word keeps label values few: whatever a client calls its method, only the known ones become a series.
func word(method []byte) string {
	switch m := string(method); m {
	case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS":
		return m
	}
	return "other"
}

// quiet routes are asked every few seconds by machines; their successes are logged at debug.
var quiet = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// log writes one line an outcome. The route's pattern stands for the path and the query is left out: tokens
// and numbers are in them.
func log(ctx context.Context, logger *slog.Logger, c *app.RequestContext, method, pattern string, took time.Duration) {
	status := c.Response.StatusCode()
	f, failed := c.Value(failedKey).(*fault.Error)
	ours := failed && fault.Status(f.Code) >= 500
	level := slog.LevelInfo
	switch {
	case ours:
		level = slog.LevelError
	case quiet[pattern] && status < 400:
		level = slog.LevelDebug
	}
	if ctx = context.WithoutCancel(ctx); !logger.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 6)
	attrs = append(attrs, slog.String("method", method), slog.String("route", pattern), slog.Int("status", status),
		slog.Int64("us", took.Microseconds()))
	if failed {
		attrs = append(attrs, slog.String("code", f.Code))
	}
	if ours && f.Unwrap() != nil {
		attrs = append(attrs, slog.String("cause", f.Unwrap().Error()))
	}
	logger.LogAttrs(ctx, level, "request", attrs...)
}

// allowed lists the methods of the routes that a path matches.
func allowed(routes route.RoutesInfo, path string) []string {
	var methods []string
	for _, r := range routes {
		if matches(r.Path, path) {
			methods = append(methods, r.Method)
		}
	}
	return methods
}

func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, part := range want {
		if strings.HasPrefix(part, "*") {
			return i < len(got)
		}
		if i >= len(got) || !strings.HasPrefix(part, ":") && part != got[i] || got[i] == "" && part != "" {
			return false
		}
	}
	return len(want) == len(got)
}
