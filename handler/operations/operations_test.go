package operations_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/handler/operations"
	router "kuacheng/handler/router/operations"
	"kuacheng/handler/web"
)

// get asks a server on a real socket: what net/http handlers write goes straight to the connection.
func get(t *testing.T, path string, probes ...operations.Probe) (int, string, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	h := web.New(web.Config{Listener: ln, Registry: registry, Logger: slog.New(slog.DiscardHandler)})
	router.Register(h.Engine, operations.New(registry, probes...), func(_ string, h app.HandlerFunc) []app.HandlerFunc {
		return []app.HandlerFunc{h}
	})
	go h.Run() //nolint:errcheck // shut down below
	for !h.IsRunning() {
		runtime.Gosched()
	}
	defer h.Shutdown(context.Background()) //nolint:errcheck // the answer is what counts
	client := http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://" + ln.Addr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Type"), string(body)
}

func TestHandler_pages(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ contentType, holds string }{
		"/healthz":                   {"application/json", `"ok"`},
		"/metrics":                   {"text/plain", "http_requests_in_flight 1"},
		"/openapi.json":              {"application/json", `"openapi": "3.0.3"`},
		"/docs":                      {"text/html", "/openapi.json"},
		"/docs/swagger-ui-bundle.js": {"javascript", "SwaggerUI"},
	} {
		status, contentType, body := get(t, path)
		if status != 200 || !strings.Contains(contentType, want.contentType) || !strings.Contains(body, want.holds) {
			t.Errorf("%s: %d %s, %d bytes", path, status, contentType, len(body))
		}
	}
}

func TestHandler_Readyz(t *testing.T) {
	t.Parallel()
	well := operations.Probe{Name: "store", Ask: func(context.Context) error { return nil }}
	ill := operations.Probe{Name: "queue", Ask: func(context.Context) error { return errors.New("dial redis://secret@host") }}
	stuck := operations.Probe{Name: "queue", Ask: func(context.Context) error { select {} }}
	for name, tc := range map[string]struct {
		probes []operations.Probe
		status int
		holds  []string
	}{
		"all well":       {[]operations.Probe{well}, 200, []string{`"ready":true`, `"name":"store","ok":true`}},
		"nothing to ask": {nil, 200, []string{`"ready":true`, `"checks":[]`}},
		"one ill":        {[]operations.Probe{well, ill}, 503, []string{`"ready":false`, `"name":"store","ok":true`, `"ok":false,"reason":"不可用"`}},
		"one stuck":      {[]operations.Probe{well, stuck}, 503, []string{`"ready":false`, `"reason":"没有及时应答"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, _, body := get(t, "/readyz", tc.probes...)
			if status != tc.status || strings.Contains(body, "secret") {
				t.Errorf("%d %s", status, body)
			}
			for _, want := range tc.holds {
				if !strings.Contains(body, want) {
					t.Errorf("%s lacks %s", body, want)
				}
			}
		})
	}
}
