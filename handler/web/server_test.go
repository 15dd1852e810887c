package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/protocol/sse"
	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/handler/bind"
	"kuacheng/handler/web"
	"kuacheng/model/api/citizen"
	"kuacheng/model/fault"
)

// journal is a log that tests can read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

type running struct {
	url, addr string
	log       *journal
	metrics   *prometheus.Registry
}

// serve runs a server with a few routes on a real socket until the test ends.
func serve(t *testing.T) *running {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &running{addr: ln.Addr().String(), url: "http://" + ln.Addr().String(), log: &journal{}, metrics: prometheus.NewRegistry()}
	h := web.New(web.Config{
		Listener: ln, Registry: r.metrics, ExitWait: 5 * time.Second,
		Logger: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	routes(h)
	done := make(chan error, 1)
	go func() { done <- h.Run() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-done; err != nil && !errors.Is(err, net.ErrClosed) {
			t.Logf("run: %v", err)
		}
	})
	eventually(t, func() bool { return h.IsRunning() })
	return r
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal("it did not come to pass")
		case <-tick.C:
		}
	}
}

func routes(h *server.Hertz) {
	h.POST("/login", func(ctx context.Context, c *app.RequestContext) {
		req, err := bind.Request[citizen.LoginRequest](c)
		if err != nil {
			web.Fail(ctx, c, err)
			return
		}
		web.JSON(c, 201, map[string]int{"length": len(req.Code)})
	})
	h.PUT("/file/:no", func(ctx context.Context, c *app.RequestContext) {
		content, err := bind.File(c)
		if err != nil {
			web.Fail(ctx, c, err)
			return
		}
		web.JSON(c, 200, map[string]int{"length": len(content)})
	})
	h.POST("/refused", func(ctx context.Context, c *app.RequestContext) { web.Fail(ctx, c, fault.New("unauthenticated")) })
	h.GET("/healthz", func(_ context.Context, c *app.RequestContext) { web.JSON(c, 200, map[string]bool{"ok": true}) })
	h.GET("/panic", func(context.Context, *app.RequestContext) { panic("the store's password is hunter2") })
	h.GET("/broken", func(ctx context.Context, c *app.RequestContext) {
		web.Fail(ctx, c, fmt.Errorf("reading matter: %w", errors.New("disk full")))
	})
	h.GET("/wait/:no", func(ctx context.Context, c *app.RequestContext) {
		web.Fail(ctx, c, fault.New("too_many_requests").After(1500*time.Millisecond).With("next", []string{"a"}))
	})
	h.GET("/late", func(ctx context.Context, c *app.RequestContext) { web.Fail(ctx, c, context.DeadlineExceeded) })
	h.GET("/endless", func(ctx context.Context, c *app.RequestContext) {
		w := sse.NewWriter(c)
		w.WriteComment("hello") //nolint:errcheck // the test reads what arrived
		<-web.Closing(ctx)
		w.Close() //nolint:errcheck // the test reads what arrived
	})
	h.GET("/half", func(_ context.Context, c *app.RequestContext) {
		w := sse.NewWriter(c)
		w.WriteEvent("1", "notice", []byte(`{}`)) //nolint:errcheck // the test reads what arrived
		panic("half-way")
	})
	h.GET("/stream", func(_ context.Context, c *app.RequestContext) {
		w := sse.NewWriter(c)
		if err := w.WriteEvent("1", "notice", []byte(`{}`)); err == nil {
			w.Close() //nolint:errcheck // the test reads what arrived
		}
	})
}

type answer struct {
	status  int
	header  http.Header
	body    string
	failure struct {
		Code, Message string
		RequestID     string `json:"request_id"`
		Details       map[string]any
	}
}

func (r *running) do(t *testing.T, method, path, contentType string, body io.Reader, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(raw)}
	if res.StatusCode >= 400 {
		if err := json.Unmarshal(raw, &a.failure); err != nil {
			t.Fatalf("%s %s answered %d %q", method, path, res.StatusCode, raw)
		}
	}
	return a
}

// series lists what a metric has counted, label by label.
func (r *running) series(t *testing.T, name string) []string {
	t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var series []string
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				series = append(series, m.String())
			}
		}
	}
	return series
}

func TestServer_answers_every_failure_in_one_shape(t *testing.T) {
	t.Parallel()
	r := serve(t)
	for _, tc := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", "/nowhere", "", 404, "not_found"},
		{"GET", "/healthz/", "", 404, "not_found"},
		{"GET", "/a/../healthz", "", 404, "not_found"},
		{"DELETE", "/healthz", "", 405, "method_not_allowed"},
		{"BREW", "/healthz", "", 405, "method_not_allowed"},
		{"GET", "/panic", "", 500, "internal"},
		{"GET", "/broken", "", 500, "internal"},
		{"GET", "/late", "", 503, "unavailable"},
		{"GET", "/wait/KC1", "", 429, "too_many_requests"},
		{"POST", "/login", `{"code":1}`, 400, "bad_request"},
		{"POST", "/login", `{}`, 422, "validation_failed"},
		{"POST", "/login", `{"code":"` + strings.Repeat("x", bind.MaxJSON) + `"}`, 413, "payload_too_large"},
		{"POST", "/refused", `{"code":"x"}`, 401, "unauthenticated"},
	} {
		t.Run(tc.method+tc.path+tc.code, func(t *testing.T) {
			a := r.do(t, tc.method, tc.path, "application/json", strings.NewReader(tc.body))
			if a.status != tc.status || a.failure.Code != tc.code || a.failure.Message != fault.Message(tc.code) && tc.status != 400 && tc.status != 422 {
				t.Errorf("%d %+v", a.status, a.failure)
			}
			if a.failure.RequestID == "" || a.failure.RequestID != a.header.Get("X-Request-Id") {
				t.Errorf("request id %q, header %q", a.failure.RequestID, a.header.Get("X-Request-Id"))
			}
			if strings.Contains(a.body, "hunter2") || strings.Contains(a.body, "disk full") {
				t.Errorf("the cause is shown: %s", a.body)
			}
			if ct := a.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
				t.Errorf("content type %q", ct)
			}
			if a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Server") != "" {
				t.Errorf("headers %v", a.header)
			}
		})
	}
	if a := r.do(t, "GET", "/wait/KC1", "", nil); a.header.Get("Retry-After") != "2" || a.failure.Details["next"] == nil {
		t.Errorf("Retry-After %q, details %v", a.header.Get("Retry-After"), a.failure.Details)
	}
	if a := r.do(t, "GET", "/late", "", nil); a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	if a := r.do(t, "PUT", "/login", "", nil); a.header.Get("Allow") != "POST" {
		t.Errorf("Allow %q", a.header.Get("Allow"))
	}
	if a := r.do(t, "GET", "/file/a%2Fb", "", nil); a.header.Get("Allow") != "PUT" {
		t.Errorf("Allow %q", a.header.Get("Allow"))
	}
}

func TestServer_request_id(t *testing.T) {
	t.Parallel()
	r := serve(t)
	for given, kept := range map[string]bool{
		"abc-123_x.Y": true, "": false, "a b": false, "<script>": false, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
	} {
		a := r.do(t, "GET", "/healthz", "", nil, "X-Request-Id", given)
		got := a.header.Get("X-Request-Id")
		if kept != (got == given) || got == "" {
			t.Errorf("given %q, answered %q", given, got)
		}
	}
}

func TestServer_log_and_metrics_name_no_one(t *testing.T) {
	t.Parallel()
	r := serve(t)
	r.do(t, "GET", "/wait/KC4415002510090482136?token=secret-token", "", nil, "X-Request-Id", "rid-1")
	r.do(t, "GET", "/broken", "", nil)
	r.do(t, "GET", "/healthz", "", nil)
	r.do(t, "GET", "/no/such/13800000000", "", nil)
	r.do(t, "POST", "/login", "application/json", strings.NewReader(`{"code":13800000000}`))
	r.do(t, "SECRETMETHOD", "/login", "", nil)
	eventually(t, func() bool { return strings.Count(r.log.String(), "\n") >= 5 })
	log := r.log.String()
	for _, secret := range []string{"KC4415", "secret-token", "13800000000", "/no/such", "SECRETMETHOD"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	for _, want := range []string{
		`"msg":"request","method":"GET","route":"/wait/:no","status":429`, `"code":"too_many_requests","request_id":"rid-1"`,
		`"route":"none","status":404`, `"level":"ERROR"`, `"cause":"reading matter: disk full"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "/healthz") {
		t.Error("a healthy health check is logged")
	}
	if strings.Count(log, "rid-1") != 1 {
		t.Errorf("the request id stands %d times in the log", strings.Count(log, "rid-1"))
	}
	if series := r.series(t, "http_requests_total"); len(series) != 6 {
		t.Errorf("%d series: %v", len(series), series)
	}
}

// Bodies that are not read, or are too long, must neither be buffered nor spoil the connection.
func TestServer_bodies(t *testing.T) {
	t.Parallel()
	r := serve(t)
	t.Run("a file of 10 MiB", func(t *testing.T) {
		contentType, body := form(t, 10<<20)
		if a := r.do(t, "PUT", "/file/KC1", contentType, body); a.status != 200 || a.body != `{"length":10485760}` {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	for _, size := range []int{10<<20 + 1, 11 << 20, 24 << 20} {
		t.Run(fmt.Sprintf("a file of %d bytes", size), func(t *testing.T) {
			contentType, body := form(t, size)
			if a := r.do(t, "PUT", "/file/KC1", contentType, body); a.status != 413 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	t.Run("chunked", func(t *testing.T) {
		chunked := func(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) } // hides the length
		if a := r.do(t, "POST", "/login", "application/json", chunked(`{"code":"abc"}`)); a.status != 201 || a.body != `{"length":3}` {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := r.do(t, "POST", "/login", "application/json", chunked(`{"code":"`+strings.Repeat("x", 2<<20)+`"}`)); a.status != 413 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("one connection carries many", func(t *testing.T) {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // a TCP connection takes deadlines
		in := bufio.NewReader(c)
		big := `{"code":"` + strings.Repeat("x", 20000) + `"}`
		// The second and third are already in the pipe when the first is answered.
		request := func(path, body string) string {
			return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
		}
		go io.WriteString(c, request("/refused", big)+request("/login", `{"code":"abcd"}`)+request("/refused", "{}")+request("/login", `{"code":"abcde"}`)) //nolint:errcheck // what is read decides
		for i, want := range []int{401, 201, 401, 201} {
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("answer %d: %v", i, err)
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != want {
				t.Fatalf("answer %d: %d %s", i, res.StatusCode, body)
			}
		}
	})
	t.Run("an endless body ends with the connection", func(t *testing.T) {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))                                                 //nolint:errcheck // a TCP connection takes deadlines
		io.WriteString(c, "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 1099511627776\r\n\r\n") //nolint:errcheck // what is read decides
		piece := make([]byte, 1<<20)
		sent := 0
		for {
			n, err := c.Write(piece)
			if sent += n; err != nil {
				break
			}
			if sent > 256<<20 {
				t.Fatal("the server takes it all")
			}
		}
	})
	t.Run("expect 100-continue", func(t *testing.T) {
		if a := r.do(t, "POST", "/login", "application/json", strings.NewReader(`{"code":"abc"}`), "Expect", "100-continue"); a.status != 201 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

func form(t *testing.T, size int) (string, io.Reader) {
	t.Helper()
	const edge = "edge"
	head := "--" + edge + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n"
	return "multipart/form-data; boundary=" + edge, strings.NewReader(head + strings.Repeat("x", size) + "\r\n--" + edge + "--\r\n")
}

func TestServer_streams_events(t *testing.T) {
	t.Parallel()
	r := serve(t)
	a := r.do(t, "GET", "/stream", "", nil)
	if a.status != 200 || !strings.Contains(a.body, "event: notice") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		t.Errorf("%d %v %q", a.status, a.header, a.body)
	}
	if a := r.do(t, "GET", "/half", "", nil); strings.Contains(a.body, "internal") {
		t.Errorf("an error is written into the stream: %q", a.body)
	}
	eventually(t, func() bool {
		return strings.Contains(r.log.String(), "/stream") && strings.Contains(r.log.String(), "half-way")
	})
	if series := r.series(t, "http_request_seconds"); len(series) != 0 {
		t.Errorf("the time of a stream is counted as the time of a request: %v", series)
	}
}

func TestServer_shuts_down_without_waiting_for_the_idle(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := web.New(web.Config{Listener: ln, ExitWait: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	routes(h)
	arrived := make(chan struct{})
	h.GET("/slow", func(ctx context.Context, c *app.RequestContext) {
		close(arrived)
		<-web.Closing(ctx) // still at work when the shutdown begins
		web.JSON(c, 200, map[string]bool{"finished": true})
	})
	go h.Run() //nolint:errcheck // shut down below
	eventually(t, func() bool { return h.IsRunning() })
	send := func(path string) *bufio.Reader {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(20 * time.Second)) //nolint:errcheck // a TCP connection takes deadlines
		if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return bufio.NewReader(c)
	}
	idle, endless, slow := send("/healthz"), send("/endless"), send("/slow")
	for _, in := range []*bufio.Reader{idle, endless} {
		if _, err := in.Peek(1); err != nil {
			t.Fatal(err)
		}
	}
	<-arrived
	began := time.Now()
	if err := h.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	res, err := http.ReadResponse(slow, nil)
	if err != nil {
		t.Fatalf("what was begun was not finished: %v", err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), "finished") || !res.Close {
		t.Errorf("%s, close %v", body, res.Close)
	}
	if _, err := io.ReadAll(endless); err != nil {
		t.Errorf("the stream did not end: %v", err)
	}
}
