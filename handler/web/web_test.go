package web_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/common/hlog"
	"github.com/cloudwego/hertz/pkg/common/ut"
	"github.com/cloudwego/hertz/pkg/route"

	"kuacheng/handler/web"
	"kuacheng/model/fault"
)

func TestPrefers(t *testing.T) {
	t.Parallel()
	const html, json = "text/html", "application/json"
	for accept, want := range map[string]string{
		"":                 html,
		"*/*":              html,
		html:               html,
		json:               json,
		"Application/JSON": json,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": html,
		"application/json;q=0.9, text/html;q=0.5":                         json,
		"application/*":                   json,
		"text/*;q=0.1, application/*":     json,
		"image/png":                       html,
		"text/html;q=0, */*":              json,
		"*/*;q=0.5, text/html;q=0.4":      json,
		"application/json; q=x":           json,
		"application/json;q=0.9, */*;q=1": html,
	} {
		c := app.NewContext(0)
		c.Request.Header.Set("Accept", accept)
		if got := web.Prefers(c, html, json); got != want {
			t.Errorf("Accept %q: %s, want %s", accept, got, want)
		}
	}
}

// idempotency is what a server makes of one request.
func idempotency(t *testing.T, path, caller, key, body string) (string, string, error) {
	t.Helper()
	e := route.NewEngine(config.NewOptions(nil))
	var k, b string
	err := errors.New("not served")
	h := func(_ context.Context, c *app.RequestContext) { k, b, err = web.Idempotency(c, caller) }
	e.POST("/matters", h)
	e.POST("/matters/:no/review", h)
	ut.PerformRequest(e, "POST", path, &ut.Body{Body: strings.NewReader(body), Len: len(body)}, ut.Header{Key: "Idempotency-Key", Value: key})
	return k, b, err
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	key, body, err := idempotency(t, "/matters", "A1", "k1", "{}")
	if err != nil || len(key) != 64 || len(body) != 64 {
		t.Fatalf("%q %q %v", key, body, err)
	}
	type outcome struct{ sameKey, sameBody bool }
	for name, tc := range map[string]struct {
		path, caller, key, body string
		want                    outcome
	}{
		"the same":          {"/matters", "A1", "k1", "{}", outcome{true, true}},
		"another body":      {"/matters", "A1", "k1", "{ }", outcome{true, false}},
		"another caller":    {"/matters", "A2", "k1", "{}", outcome{false, true}},
		"another key":       {"/matters", "A1", "k2", "{}", outcome{false, true}},
		"another route":     {"/matters/KC1/review", "A1", "k1", "{}", outcome{false, false}},
		"parts moved about": {"/matters", "A", "1k1", "{}", outcome{false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, b, err := idempotency(t, tc.path, tc.caller, tc.key, tc.body)
			if got := (outcome{k == key, b == body}); err != nil || got != tc.want {
				t.Errorf("%+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
	k1, b1, _ := idempotency(t, "/matters/KC1/review", "A1", "k1", "{}")
	k2, b2, _ := idempotency(t, "/matters/KC2/review", "A1", "k1", "{}")
	if k1 != k2 || b1 == b2 {
		t.Error("the same key for another matter must be a conflict")
	}
	if k, b, err := idempotency(t, "/matters", "A1", "", "{}"); k != "" || b != "" || err != nil {
		t.Errorf("without a key: %q %q %v", k, b, err)
	}
	for _, bad := range []string{"a b", "密钥", strings.Repeat("k", 129)} {
		if _, _, err := idempotency(t, "/matters", "A1", bad, "{}"); fault.Code(err) != "bad_request" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestLogThrough(t *testing.T) { // not parallel: the logger is a global of Hertz's
	var out bytes.Buffer
	web.LogThrough(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo})))
	hlog.Info("plain", 1)
	hlog.Warnf("of %d", 2)
	hlog.CtxErrorf(context.Background(), "with %s", "context")
	hlog.Debug("unheard")
	hlog.SystemLogger().Noticef("from %s", "within")
	for _, want := range []string{
		`level=INFO msg=hertz text="plain1"`, `level=WARN msg=hertz text="of 2"`, `level=ERROR msg=hertz text="with context"`, `level=INFO msg=hertz text="HERTZ: from within"`,
	} {
		if !strings.Contains(strings.ReplaceAll(out.String(), "text=plain1", `text="plain1"`), want) {
			t.Errorf("the log lacks %s:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "unheard") {
		t.Error("debug is logged")
	}
}

func TestLogHandler_keeps_attributes_and_groups(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(web.LogHandler(slog.NewTextHandler(&out, nil))).With("a", 1).WithGroup("g")
	log.InfoContext(t.Context(), "m", "b", 2)
	if got := out.String(); !strings.Contains(got, "a=1 g.b=2") || strings.Contains(got, "request_id") {
		t.Error(got)
	}
}
