package bind_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/common/ut"
	"github.com/cloudwego/hertz/pkg/route"

	"kuacheng/handler/bind"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/counter"
	"kuacheng/model/api/desk"
	"kuacheng/model/api/sandbox"
	"kuacheng/model/api/supervise"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// call is one request as a client would send it.
type call struct {
	method, path, contentType string
	body                      string
	headers                   map[string]string
}

const jsonType = "application/json"

// do serves a call at a route and gives what bind made of it.
func do[T any](t *testing.T, pattern string, read func(*app.RequestContext) (*T, error), r call) (*T, error) {
	t.Helper()
	options := config.NewOptions(nil)
	options.UseRawPath, options.UnescapePathValues = true, true
	e := route.NewEngine(options)
	var got *T
	err := error(nil)
	served := false
	e.Any(pattern, func(_ context.Context, c *app.RequestContext) {
		served = true
		got, err = read(c)
	})
	var headers []ut.Header
	if r.contentType != "" {
		headers = append(headers, ut.Header{Key: "Content-Type", Value: r.contentType})
	}
	for k, v := range r.headers {
		headers = append(headers, ut.Header{Key: k, Value: v})
	}
	ut.PerformRequest(e, r.method, r.path, &ut.Body{Body: strings.NewReader(r.body), Len: len(r.body)}, headers...)
	if !served {
		t.Fatalf("%s %s met no route", r.method, r.path)
	}
	return got, err
}

func post(body string) call { return call{"POST", "/x", jsonType, body, nil} }

const start = `{"item_code":"SW-RS-0001","situation_code":"SW-RS-0001-01","mode":"window","receiving_region":"440300",
	"handling_region":"441500","delivery":{"method":"mail","address":{"name":"张三丰","phone":"13800000000","region":"440300","detail":"深南大道1号"}}}`

// with replaces one piece of the good body.
func with(old, replacement string) call {
	if !strings.Contains(start, old) {
		panic("no " + old)
	}
	return post(strings.Replace(start, old, replacement, 1))
}

func TestRequest_body(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for name, tc := range map[string]struct {
		call
		code, field, says string
	}{
		"good":                             {call: post(start)},
		"charset utf-8 is the same":        {call: call{"POST", "/x", "application/json; charset=UTF-8", start, nil}},
		"explicit null address is none":    {call: with(`"address":{"name":"张三丰","phone":"13800000000","region":"440300","detail":"深南大道1号"}`, `"address":null`)},
		"escaped name is the same name":    {call: with(`"mode"`, `"\u006dode"`)},
		"unknown field":                    {with(`"mode"`, `"mood":1,"mode"`), "bad_request", "mood", "不认识的字段：mood"},
		"unknown inner field":              {with(`"phone":`, `"fax":"1","phone":`), "bad_request", "delivery.address.fax", "不认识"},
		"field in another case":            {with(`"mode"`, `"MODE"`), "bad_request", "MODE", "不认识"},
		"field twice":                      {with(`"mode":"window"`, `"mode":"online","mode":"window"`), "bad_request", "mode", "重复"},
		"field twice, escaped":             {with(`"mode":"window"`, `"mode":"online","mod\u0065":"window"`), "bad_request", "mode", "重复"},
		"field twice in two cases":         {with(`"mode":"window"`, `"mode":"online","Mode":"window"`), "bad_request", "Mode", "不认识"},
		"number for text":                  {with(`"window"`, `5`), "bad_request", "mode", "办理方式（mode）应为文字"},
		"list for text":                    {with(`"window"`, `["window"]`), "bad_request", "mode", "应为文字"},
		"object for text":                  {with(`"window"`, `{"a":{}}`), "bad_request", "mode", "应为文字"},
		"deep nonsense for text":           {with(`"window"`, deep), "bad_request", "mode", "应为文字"},
		"text for object":                  {with(`"delivery":{`, `"x":{`), "bad_request", "x", "不认识"},
		"bool for inner text":              {with(`"13800000000"`, `true`), "bad_request", "delivery.address.phone", "联系电话（delivery.address.phone）应为文字"},
		"two documents":                    {post(start + start), "bad_request", "body", "不是合法的 JSON"},
		"something after it":               {post(start + "x"), "bad_request", "body", ""},
		"broken":                           {post(start[:100]), "bad_request", "body", ""},
		"not UTF-8":                        {with("张三丰", "\xff\xfe"), "bad_request", "body", ""},
		"a list":                           {post(`[]`), "bad_request", "body", "JSON 对象"},
		"null":                             {post(`null`), "bad_request", "body", "JSON 对象"},
		"a form":                           {call{"POST", "/x", "application/x-www-form-urlencoded", "item_code=1", nil}, "unsupported_media_type", "", "application/json"},
		"no content type":                  {call{"POST", "/x", "", start, nil}, "unsupported_media_type", "", ""},
		"another charset":                  {call{"POST", "/x", "application/json; charset=gbk", start, nil}, "unsupported_media_type", "", ""},
		"nothing":                          {call{"POST", "/x", "", "", nil}, "validation_failed", "item_code", "请填写事项编码（item_code）"},
		"empty object":                     {post(`{}`), "validation_failed", "item_code", ""},
		"null for a required text":         {with(`"SW-RS-0001"`, `null`), "validation_failed", "item_code", ""},
		"empty required text":              {with(`"SW-RS-0001"`, `""`), "validation_failed", "item_code", "请填写"},
		"required object missing":          {post(`{"item_code":"a","situation_code":"b","mode":"online","receiving_region":"1","handling_region":"2"}`), "validation_failed", "delivery", "请填写送达方式"},
		"word outside the list":            {with(`"window"`, `"post"`), "validation_failed", "mode", "只能是 online、window、kiosk"},
		"inner word outside the list":      {with(`"mail"`, `"pigeon"`), "validation_failed", "delivery.method", ""},
		"inner required text empty":        {with(`"深南大道1号"`, `""`), "validation_failed", "delivery.address.detail", "街道、门牌"},
		"too long, in characters":          {with(`"SW-RS-0001"`, `"`+strings.Repeat("字", 41)+`"`), "validation_failed", "item_code", "至多 40 个字"},
		"as long as may be, in characters": {call: with(`"SW-RS-0001"`, `"`+strings.Repeat("字", 40)+`"`)},
		"a name that could be data":        {with(`"mode"`, `"44000019900101001X":1,"mode"`), "bad_request", "?", "不认识"},
		"a name in Chinese":                {with(`"mode"`, `"张三丰":1,"mode"`), "bad_request", "?", ""},
		"too large":                        {post(`{"item_code":"` + strings.Repeat("a", bind.MaxJSON) + `"}`), "payload_too_large", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := do(t, "/x", bind.Request[citizen.StartMatterRequest], tc.call)
			refused(t, err, tc.code, tc.field, tc.says)
			if err == nil && (got.SituationCode != "SW-RS-0001-01" || got.Delivery == nil || got.Mode != "window") {
				t.Errorf("bound %+v", got)
			}
		})
	}
}

// refused checks what a caller is told, and that nothing of what was sent is in it.
func refused(t *testing.T, err error, code, field, says string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Fatalf("err = %v, want %q", err, code)
	}
	if err == nil {
		return
	}
	f := fault.From(err)
	if got, _ := f.Details["field"].(string); got != field {
		t.Errorf("field = %q, want %q", got, field)
	}
	if !strings.Contains(f.Message, says) {
		t.Errorf("message = %q, want %q in it", f.Message, says)
	}
	for _, secret := range []string{"13800000000", "张三", "深南大道", "4400001990", "pigeon"} {
		if strings.Contains(f.Error()+f.Message, secret) {
			t.Errorf("the error quotes the request: %s %s", f.Error(), f.Message)
		}
	}
}

func TestRequest_sources_stay_apart(t *testing.T) {
	t.Parallel()
	t.Run("body fields never come from the query", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/x", bind.Request[citizen.LoginRequest], call{"POST", "/x?code=abc&Code=abc", jsonType, `{}`, nil})
		refused(t, err, "validation_failed", "code", "")
	})
	t.Run("path fields never come from the body", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/m/:no", bind.Request[citizen.WithdrawRequest], call{"POST", "/m/KC1", jsonType, `{"no":"KC2"}`, nil})
		refused(t, err, "bad_request", "no", "")
	})
	t.Run("header fields never come from the body", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/x", bind.Request[citizen.BookRequest], post(`{"matter_no":"a","slot_id":"b","idempotency_key":"c"}`))
		refused(t, err, "bad_request", "idempotency_key", "")
	})
	t.Run("all three are bound together", func(t *testing.T) {
		t.Parallel()
		got, err := do(t, "/b/:id", bind.Request[citizen.RescheduleRequest], call{"POST", "/b/B1?id=B2", jsonType, `{"slot_id":"S"}`, nil})
		if err != nil || got.ID != "B1" || got.SlotID != "S" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("header", func(t *testing.T) {
		t.Parallel()
		r := post(`{"matter_no":"a","slot_id":"b"}`)
		r.headers = map[string]string{"Idempotency-Key": "k-1"}
		got, err := do(t, "/x", bind.Request[citizen.BookRequest], r)
		if err != nil || got.IdempotencyKey != "k-1" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a POST without fields takes no fields", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/m/:no", bind.Request[view.MatterRef], call{"POST", "/m/KC1", jsonType, `{"x":1}`, nil})
		refused(t, err, "bad_request", "x", "")
		got, err := do(t, "/m/:no", bind.Request[view.MatterRef], call{"POST", "/m/KC1", "", ``, nil})
		if err != nil || got.No != "KC1" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a GET's body means nothing", func(t *testing.T) {
		t.Parallel()
		got, err := do(t, "/m/:no", bind.Request[view.MatterRef], call{"GET", "/m/KC1", "text/plain", `{"x`, nil})
		if err != nil || got.No != "KC1" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestRequest_params(t *testing.T) {
	t.Parallel()
	get := func(query string) call { return call{"GET", "/x?" + query, "", "", nil} }
	for name, tc := range map[string]struct {
		query, code, field, says string
		want                     supervise.MattersRequest
	}{
		"all":             {query: "light=red&state=accepted&overdue=true&limit=5&cursor=c", want: supervise.MattersRequest{Light: "red", State: "accepted", Overdue: true, Limit: 5, Cursor: "c"}},
		"none":            {},
		"unknown":         {query: "utm_source=x&limit=1", want: supervise.MattersRequest{Limit: 1}},
		"empty is absent": {query: "limit=&overdue=&light="},
		"first of two":    {query: "limit=1&limit=2", want: supervise.MattersRequest{Limit: 1}},
		"other case":      {query: "LIMIT=7"},
		"escaped":         {query: "state=a%20b", want: supervise.MattersRequest{State: "a b"}},
		"0 and 1":         {query: "overdue=1", want: supervise.MattersRequest{Overdue: true}},
		"bad number":      {query: "limit=abc", code: "bad_request", field: "limit", says: "每页条数（limit）应为整数"},
		"too big":         {query: "limit=99999999999", code: "bad_request", field: "limit"},
		"fraction":        {query: "limit=1.5", code: "bad_request", field: "limit"},
		"negative":        {query: "limit=-1", code: "validation_failed", field: "limit", says: "不能小于 1"},
		"bad bool":        {query: "overdue=yes", code: "bad_request", field: "overdue", says: "true 或 false"},
		"bad word":        {query: "light=blue", code: "validation_failed", field: "light", says: "灯（light）只能是"},
		"not UTF-8":       {query: "state=%ff", code: "bad_request", field: "state"},
		"too long":        {query: "cursor=" + strings.Repeat("c", 513), code: "validation_failed", field: "cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := do(t, "/x", bind.Request[supervise.MattersRequest], get(tc.query))
			refused(t, err, tc.code, tc.field, tc.says)
			if err == nil && *got != tc.want {
				t.Errorf("got %+v, want %+v", *got, tc.want)
			}
		})
	}
	t.Run("an escaped slash stays in its parameter", func(t *testing.T) {
		t.Parallel()
		got, err := do(t, "/q/:name/archived/:id", bind.Request[supervise.TaskRef], call{"GET", "/q/notice/archived/KC1%231%2F2", "", "", nil})
		if err != nil || got.ID != "KC1#1/2" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a required parameter is missed by name", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/x", bind.Request[citizen.ZoneRequest], get("from=440300"))
		refused(t, err, "validation_failed", "to", "请填写办理地区划代码（to）")
	})
	t.Run("a date", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/h/:id", bind.Request[citizen.SlotsRequest], call{"GET", "/h/h1?date=2026-02-30", "", "", nil})
		refused(t, err, "validation_failed", "date", "应为日期")
	})
}

func TestRequest_lists_and_numbers(t *testing.T) {
	t.Parallel()
	receive := func(checks string) call {
		return call{"POST", "/m/KC1", jsonType, `{"identity":{"method":"id_card","matched":true},"checks":` + checks + `}`, nil}
	}
	for name, tc := range map[string]struct {
		checks, code, field string
	}{
		"two":               {checks: `[{"material_code":"M001","ok":true},{"material_code":"M002","ok":false,"note":"模糊"}]`},
		"none":              {checks: `[]`},
		"null list":         {checks: `null`},
		"null element":      {`[null]`, "bad_request", "checks[0]"},
		"text element":      {`["a"]`, "bad_request", "checks[0]"},
		"unknown in second": {`[{"material_code":"M001","ok":true},{"materialcode":"M002"}]`, "bad_request", "checks[1].materialcode"},
		"text for bool":     {`[{"material_code":"M001","ok":"true"}]`, "bad_request", "checks[0].ok"},
		"rule in second":    {`[{"material_code":"M001","ok":true},{"ok":true}]`, "validation_failed", "checks[1].material_code"},
		"object for list":   {`{}`, "bad_request", "checks"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := do(t, "/m/:no", bind.Request[counter.ReceiveRequest], receive(tc.checks))
			refused(t, err, tc.code, tc.field, "")
		})
	}
	for body, want := range map[string][2]string{
		`{"stars":5}`:              {},
		`{"stars":5.0}`:            {"bad_request", "stars"},
		`{"stars":1e2}`:            {"bad_request", "stars"},
		`{"stars":"5"}`:            {"bad_request", "stars"},
		`{"stars":5000000000}`:     {"bad_request", "stars"},
		`{"stars":6}`:              {"validation_failed", "stars"},
		`{"stars":0}`:              {"validation_failed", "stars"},
		`{"stars":-3}`:             {"validation_failed", "stars"},
		`{}`:                       {"validation_failed", "stars"},
		`{"stars":5,"tags":["x"]}`: {"validation_failed", "tags[0]"},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			_, err := do(t, "/m/:no", bind.Request[citizen.ReviewRequest], call{"POST", "/m/KC1", jsonType, body, nil})
			refused(t, err, want[0], want[1], "")
		})
	}
	t.Run("an element is named by its list", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/m/:no", bind.Request[desk.SupplementRequest], call{"POST", "/m/KC1", jsonType, `{"materials":["M001",""],"note":"补"}`, nil})
		refused(t, err, "validation_failed", "materials[1]", "请填写材料编码（materials[1]）")
		_, err = do(t, "/m/:no", bind.Request[desk.SupplementRequest], call{"POST", "/m/KC1", jsonType, `{"materials":[],"note":"补"}`, nil})
		refused(t, err, "validation_failed", "materials", "")
	})
	t.Run("one of two is required", func(t *testing.T) {
		t.Parallel()
		_, err := do(t, "/x", bind.Request[sandbox.ClockRequest], post(`{}`))
		refused(t, err, "validation_failed", "advance", "")
		got, err := do(t, "/x", bind.Request[sandbox.ClockRequest], post(`{"reset":true}`))
		if err != nil || !got.Reset {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("an optional bool tells false from absent", func(t *testing.T) {
		t.Parallel()
		for body, want := range map[string]string{`{}`: "nil", `{"declared":false}`: "false", `{"declared":true}`: "true"} {
			got, err := do(t, "/m/:no", bind.Request[citizen.SubmitRequest], call{"POST", "/m/KC1", jsonType, body, nil})
			said := "nil"
			if err == nil && got.Declared != nil {
				said = map[bool]string{true: "true", false: "false"}[*got.Declared]
			}
			if err != nil || said != want {
				t.Errorf("%s: %s, %v", body, said, err)
			}
		}
	})
}

func TestParams_leaves_the_body_alone(t *testing.T) {
	t.Parallel()
	got, err := do(t, "/m/:no/:code", bind.Params[citizen.PutMaterialRequest], call{"PUT", "/m/KC1/M001", "multipart/form-data; boundary=x", "anything", nil})
	if err != nil || got.No != "KC1" || got.Code != "M001" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = do(t, "/m/:no/:code", bind.Params[citizen.PutMaterialRequest], call{"PUT", "/m/KC1/" + strings.Repeat("M", 41), "", "", nil})
	refused(t, err, "validation_failed", "code", "")
}

func TestBody(t *testing.T) {
	t.Parallel()
	read := func(c *app.RequestContext) (*string, error) {
		first, err := bind.Body(c, 10)
		if err != nil {
			return nil, err
		}
		again, err := bind.Body(c, 10)
		if !bytes.Equal(first, again) || !bytes.Equal(first, c.Request.Body()) {
			t.Error("the body is not there a second time")
		}
		s := string(first)
		return &s, err
	}
	got, err := do(t, "/x", read, call{"POST", "/x", "", "0123456789", nil})
	if err != nil || *got != "0123456789" {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = do(t, "/x", read, call{"POST", "/x", "", "01234567890", nil})
	refused(t, err, "payload_too_large", "", "")
}
