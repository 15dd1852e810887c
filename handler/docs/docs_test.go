package docs_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/route"
	"github.com/getkin/kin-openapi/openapi3"

	"kuacheng/handler/docs"
	"kuacheng/handler/router/accord"
	"kuacheng/handler/router/bureau"
	"kuacheng/handler/router/callbacks"
	"kuacheng/handler/router/citizen"
	"kuacheng/handler/router/counter"
	"kuacheng/handler/router/credit"
	"kuacheng/handler/router/desk"
	"kuacheng/handler/router/editor"
	"kuacheng/handler/router/kiosk"
	"kuacheng/handler/router/ledger"
	"kuacheng/handler/router/operations"
	"kuacheng/handler/router/organisation"
	"kuacheng/handler/router/personnel"
	"kuacheng/handler/router/plan"
	"kuacheng/handler/router/policy"
	"kuacheng/handler/router/privacy"
	"kuacheng/handler/router/public"
	"kuacheng/handler/router/sandbox"
	"kuacheng/handler/router/signal"
	"kuacheng/handler/router/staff"
	"kuacheng/handler/router/supervise"
	"kuacheng/handler/router/trust"
	"kuacheng/model/fault"
)

// everyRoute registers all doors, with handlers that are never called, and notes the names that the guard is given.
func everyRoute(t *testing.T) (route.RoutesInfo, []string) {
	t.Helper()
	e := route.NewEngine(config.NewOptions(nil))
	var names []string
	guard := func(name string, h app.HandlerFunc) []app.HandlerFunc {
		names = append(names, name)
		return []app.HandlerFunc{h}
	}
	callbacks.Register(e, struct{ callbacks.Handler }{}, guard)
	citizen.Register(e, struct{ citizen.Handler }{}, guard)
	counter.Register(e, struct{ counter.Handler }{}, guard)
	desk.Register(e, struct{ desk.Handler }{}, guard)
	organisation.Register(e, struct{ organisation.Handler }{}, guard)
	editor.Register(e, struct{ editor.Handler }{}, guard)
	accord.Register(e, struct{ accord.Handler }{}, guard)
	bureau.Register(e, struct{ bureau.Handler }{}, guard)
	kiosk.Register(e, struct{ kiosk.Handler }{}, guard)
	ledger.Register(e, struct{ ledger.Handler }{}, guard)
	plan.Register(e, struct{ plan.Handler }{}, guard)
	credit.Register(e, struct{ credit.Handler }{}, guard)
	policy.Register(e, struct{ policy.Handler }{}, guard)
	operations.Register(e, struct{ operations.Handler }{}, guard)
	personnel.Register(e, struct{ personnel.Handler }{}, guard)
	privacy.Register(e, struct{ privacy.Handler }{}, guard)
	trust.Register(e, struct{ trust.Handler }{}, guard)
	signal.Register(e, struct{ signal.Handler }{}, guard)
	public.Register(e, struct{ public.Handler }{}, guard)
	sandbox.Register(e, struct{ sandbox.Handler }{}, guard)
	staff.Register(e, struct{ staff.Handler }{}, guard)
	supervise.Register(e, struct{ supervise.Handler }{}, guard)
	return e.Routes(), names
}

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(docs.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPI_is_valid(t *testing.T) {
	t.Parallel()
	if err := document(t).Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenAPI_and_routes_are_the_same(t *testing.T) {
	t.Parallel()
	routes, names := everyRoute(t)
	var served, documented, ids []string
	for _, r := range routes {
		parts := strings.Split(r.Path, "/")
		for i, part := range parts {
			if part != "" && (part[0] == ':' || part[0] == '*') {
				parts[i] = "{" + part[1:] + "}"
			}
		}
		served = append(served, r.Method+" "+strings.Join(parts, "/"))
	}
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			documented = append(documented, method+" "+path)
			ids = append(ids, op.OperationID)
		}
	}
	same(t, "served", served, "documented", documented)
	same(t, "guarded", names, "documented", ids)
}

func same(t *testing.T, aName string, a []string, bName string, b []string) {
	t.Helper()
	for _, x := range a {
		if !slices.Contains(b, x) {
			t.Errorf("%s is %s but not %s", x, aName, bName)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			t.Errorf("%s is %s but not %s", x, bName, aName)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d are %s, %d are %s", len(a), aName, len(b), bName)
	}
}

func TestOpenAPI_says_what_every_operation_needs(t *testing.T) {
	t.Parallel()
	doc := document(t)
	open := map[string]bool{"callbacks": true, "operations": true, "public": true, "sandbox": true}
	free := []string{
		"citizen.LoginWechat", "citizen.LoginApp", "citizen.Refresh", "citizen.ListRegions", "citizen.GetZone",
		"citizen.ListItems", "citizen.GetItem", "citizen.ListHalls", "citizen.ListSlots", "staff.Login", "kiosk.Begin",
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			name := fmt.Sprintf("%s %s", method, path)
			if op.Summary == "" {
				t.Errorf("%s has no summary", name)
			}
			withoutToken := open[op.Tags[0]] || slices.Contains(free, op.OperationID)
			if (op.Security == nil) != withoutToken {
				t.Errorf("%s: asks for a token: %v, want %v", name, op.Security != nil, !withoutToken)
			}
			if op.Security != nil && (op.Responses.Value("401") == nil || op.Responses.Value("403") == nil) {
				t.Errorf("%s does not say 401 and 403", name)
			}
			if op.Responses.Value("default") == nil {
				t.Errorf("%s does not say what any error looks like", name)
			}
		}
	}
	for _, created := range []string{"/api/v1/matters", "/api/v1/bookings", "/api/v1/matters/{no}/review", "/api/v1/counter/tickets"} {
		op := doc.Paths.Value(created).Post
		if op.Responses.Value("201") == nil || op.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
			t.Errorf("POST %s creates: it answers 201 and takes an Idempotency-Key", created)
		}
	}
}

func TestOpenAPI_closes_request_bodies(t *testing.T) {
	t.Parallel()
	for name, s := range document(t).Components.Schemas {
		if !strings.HasSuffix(name, "Request") {
			continue
		}
		if has := s.Value.AdditionalProperties.Has; has == nil || *has {
			t.Errorf("%s admits unknown fields", name)
		}
		for field := range s.Value.Properties {
			if field == "no" || field == "id" || field == "idempotency_key" {
				t.Errorf("%s.%s comes from path or header and must not be in the body", name, field)
			}
		}
	}
}

func TestOpenAPI_describes_errors_as_they_are(t *testing.T) {
	t.Parallel()
	doc := document(t)
	e := doc.Components.Schemas["Error"].Value
	for _, field := range []string{"code", "message", "request_id"} {
		if !slices.Contains(e.Required, field) {
			t.Errorf("Error.%s is not required", field)
		}
	}
	book := doc.Paths.Value("/api/v1/bookings").Post.Responses.Value("409").Value
	if text := *book.Description; !strings.Contains(text, "slot_full") || !strings.Contains(text, fault.Message("slot_full")) {
		t.Errorf("booking's 409 is described as %q", text)
	}
}

func TestPage_loads_nothing_from_elsewhere(t *testing.T) {
	t.Parallel()
	page := httptest.NewRecorder()
	docs.Page("/docs", "/openapi.json").ServeHTTP(page, httptest.NewRequest("GET", "/docs", nil))
	html := page.Body.String()
	if page.Code != 200 || !strings.Contains(html, "/openapi.json") {
		t.Fatalf("status %d: %s", page.Code, html)
	}
	for _, attribute := range []string{`src="http`, `href="http`, `src="//`, `href="//`} {
		if strings.Contains(html, attribute) {
			t.Errorf("the page has %s", attribute)
		}
	}
}
