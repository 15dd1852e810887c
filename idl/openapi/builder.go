package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudwego/thriftgo/parser"
	"github.com/getkin/kin-openapi/openapi3"

	"kuacheng/model/fault"
)

const about = `汕尾市“跨城通办”政务服务后端。

- 请求与响应均为 JSON（UTF-8）；请求中不认识的字段、类型不符的值一律拒绝（400），不合规则的值为 422，` + "`details.field`" + ` 指明字段。
- 身份凭据：` + "`Authorization: Bearer <token>`" + `。
- 时间为 RFC 3339，固定 ` + "`+08:00`" + `；日期为 ` + "`YYYY-MM-DD`" + `。
- 新建类请求可带 ` + "`Idempotency-Key`" + `：同一调用者以同一编号重复同样的请求，得到同样的应答，且只办一次。
- 列表以 ` + "`limit`、`cursor`" + ` 翻页；没有下一页时不出现 ` + "`next_cursor`" + `。
- 每个应答都带 ` + "`X-Request-Id`" + `，反馈问题时请提供。`

// callers are the words of doc.auth.
var callers = map[string]string{
	"citizen":    "申请人",
	"staff":      "工作人员",
	"clerk":      "窗口工作人员",
	"reviewer":   "审批人员",
	"supervisor": "监管或管理人员",
	"admin":      "管理人员",
	"kiosk":      "自助终端，或在终端扫码登录的申请人",
}

type builder struct {
	doc    *openapi3.T
	labels map[string]string
}

func newBuilder() *builder {
	return &builder{
		labels: map[string]string{},
		doc: &openapi3.T{
			OpenAPI: "3.0.3",
			Info:    &openapi3.Info{Title: "跨城通办", Version: "1", Description: about},
			Paths:   openapi3.NewPaths(),
			Components: &openapi3.Components{
				Schemas: openapi3.Schemas{},
				SecuritySchemes: openapi3.SecuritySchemes{"bearer": &openapi3.SecuritySchemeRef{
					Value: &openapi3.SecurityScheme{Type: "http", Scheme: "bearer", Description: "登录所得的访问令牌"},
				}},
			},
		},
	}
}

// door adds the services of one file.
func (b *builder) door(file *parser.Thrift) error {
	name := file.GetNamespaceOrReferenceName("go")
	for _, s := range file.Services {
		b.doc.Tags = append(b.doc.Tags, &openapi3.Tag{Name: name, Description: comment(s.ReservedComments)})
		for _, f := range s.Functions {
			if err := b.operation(file, s, f, name); err != nil {
				return fmt.Errorf("%s.%s: %w", name, f.Name, err)
			}
		}
	}
	return nil
}

func (b *builder) operation(file *parser.Thrift, s *parser.Service, f *parser.Function, door string) error {
	method, path, err := route(f)
	if err != nil {
		return err
	}
	text := comment(f.ReservedComments)
	if text == "" {
		return fmt.Errorf("has no comment: it would be undocumented")
	}
	op := openapi3.NewOperation()
	op.OperationID = door + "." + f.Name
	op.Tags = []string{door}
	op.Summary, op.Description = split(text)
	auth := s.Annotations.ILocValueByKey("doc.auth", 0)
	if own := f.Annotations.ILocValueByKey("doc.auth", 0); own != "" {
		auth = own
	}
	codes := faults(f)
	switch who, ok := callers[auth]; {
	case ok:
		op.Security = openapi3.NewSecurityRequirements().With(openapi3.NewSecurityRequirement().Authenticate("bearer"))
		op.Description = strings.TrimSpace(op.Description + "\n\n调用者：" + who)
		codes = append(codes, "unauthenticated", "forbidden")
	case auth != "none":
		return fmt.Errorf("doc.auth %q is unknown", auth)
	}
	more, err := b.request(op, file, f, method)
	if err != nil {
		return err
	}
	if err := b.responses(op, file, f, append(codes, more...)); err != nil {
		return err
	}
	item := b.doc.Paths.Value(path)
	if item == nil {
		item = &openapi3.PathItem{}
		b.doc.Paths.Set(path, item)
	}
	item.SetOperation(method, op)
	return nil
}

// route reads api.get="/x/:id" as GET /x/{id}.
func route(f *parser.Function) (method, path string, err error) {
	for _, m := range []string{"get", "post", "put", "patch", "delete"} {
		if p := f.Annotations.ILocValueByKey("api."+m, 0); p != "" {
			parts := strings.Split(p, "/")
			for i, part := range parts {
				if part != "" && (part[0] == ':' || part[0] == '*') {
					parts[i] = "{" + part[1:] + "}"
				}
			}
			return strings.ToUpper(m), strings.Join(parts, "/"), nil
		}
	}
	return "", "", fmt.Errorf("has no route")
}

// request adds parameters and body, and answers the faults that they can meet with.
func (b *builder) request(op *openapi3.Operation, file *parser.Thrift, f *parser.Function, method string) ([]string, error) {
	switch f.Annotations.ILocValueByKey("doc.body", 0) {
	case "raw":
		op.RequestBody = body(openapi3.NewContentWithSchema(openapi3.NewStringSchema(), []string{"*/*"}))
	case "":
	default:
		return nil, fmt.Errorf("doc.body is unknown")
	}
	var content openapi3.Content
	var codes []string
	if len(f.Arguments) == 1 {
		owner, s, err := resolve(file, f.Arguments[0].Type.Name)
		if err != nil {
			return nil, err
		}
		b.label(owner, s)
		for _, field := range s.Fields {
			if in, name := paramOf(field); in != "" {
				if err := b.parameter(op, owner, field, in, name); err != nil {
					return nil, err
				}
			} else if content == nil {
				content = openapi3.Content{}
			}
		}
		codes = append(codes, "bad_request", "validation_failed")
		if content != nil && method == http.MethodGet {
			return nil, fmt.Errorf("GET has a body field")
		}
		if content != nil {
			ref, err := b.ref(file, f.Arguments[0].Type.Name, true)
			if err != nil {
				return nil, err
			}
			content["application/json"] = openapi3.NewMediaType().WithSchemaRef(ref)
		}
	}
	if part := f.Annotations.ILocValueByKey("doc.multipart", 0); part != "" {
		if content == nil {
			content = openapi3.Content{}
		}
		form := openapi3.NewObjectSchema().WithProperty(part, openapi3.NewStringSchema().WithFormat("binary"))
		form.Required = []string{part}
		content["multipart/form-data"] = openapi3.NewMediaType().WithSchema(form)
	}
	if content != nil {
		op.RequestBody = body(content)
		if ref := content.Get("application/json"); ref != nil && ref.Schema.Ref != "" {
			key := strings.TrimPrefix(ref.Schema.Ref, "#/components/schemas/")
			op.RequestBody.Value.Required = len(b.doc.Components.Schemas[key].Value.Required) > 0
		}
		codes = append(codes, "unsupported_media_type", "payload_too_large")
	}
	return codes, nil
}

func body(content openapi3.Content) *openapi3.RequestBodyRef {
	return &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithContent(content)}
}

func (b *builder) parameter(op *openapi3.Operation, file *parser.Thrift, f *parser.Field, in, name string) error {
	schema, err := b.field(file, f, true)
	if err != nil {
		return err
	}
	p := &openapi3.Parameter{In: in, Name: name, Description: schema.Value.Description, Schema: schema}
	p.Required = in == "path" || f.Requiredness.IsRequired()
	schema.Value.Description = ""
	op.AddParameter(p)
	return nil
}

func (b *builder) responses(op *openapi3.Operation, file *parser.Thrift, f *parser.Function, codes []string) error {
	status := f.Annotations.ILocValueByKey("doc.status", 0)
	if status == "" {
		status = "200"
	}
	content := openapi3.Content{}
	for kind := range strings.FieldsSeq(f.Annotations.ILocValueByKey("doc.produces", 0)) {
		content[kind] = openapi3.NewMediaType().WithSchema(openapi3.NewStringSchema().WithFormat("binary"))
		if strings.HasPrefix(kind, "text/") {
			content[kind] = openapi3.NewMediaType().WithSchema(openapi3.NewStringSchema())
		}
	}
	if t := f.FunctionType; t.Name != "string" && t.Name != "binary" {
		ref, err := b.typed(file, t, false)
		if err != nil {
			return err
		}
		content["application/json"] = openapi3.NewMediaType().WithSchemaRef(ref)
	} else if len(content) == 0 {
		return fmt.Errorf("answers %s but doc.produces does not say as what", t.Name)
	}
	op.Responses = openapi3.NewResponsesWithCapacity(8)
	good := func(status, text string) {
		op.Responses.Set(status, &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription(text).WithContent(content)})
	}
	good(status, "成功")
	if also := f.Annotations.ILocValueByKey("doc.also", 0); also != "" {
		good(also, "未就绪")
	}
	return b.failures(op, file, codes)
}

// failures groups the faults by status; any request can also meet with the last one.
func (b *builder) failures(op *openapi3.Operation, file *parser.Thrift, codes []string) error {
	if _, ok := file.GetReference("view"); ok { // the first door that includes it brings it in for all
		if _, err := b.ref(file, "view.Error", false); err != nil {
			return err
		}
	}
	slices.Sort(codes)
	texts := map[string][]string{}
	for _, code := range slices.Compact(codes) {
		if fault.Message(code) == "" {
			return fmt.Errorf("fault %q is unknown", code)
		}
		status := strconv.Itoa(fault.Status(code))
		texts[status] = append(texts[status], "`"+code+"` "+fault.Message(code))
	}
	content := openapi3.NewContentWithJSONSchemaRef(openapi3.NewSchemaRef("#/components/schemas/Error", nil))
	for status, lines := range texts {
		op.Responses.Set(status, &openapi3.ResponseRef{
			Value: openapi3.NewResponse().WithDescription(strings.Join(lines, "\n\n")).WithContent(content),
		})
	}
	op.Responses.Set("default", &openapi3.ResponseRef{Value: openapi3.NewResponse().
		WithDescription("其他错误：`too_many_requests`、`internal`、`unavailable`").WithContent(content)})
	return nil
}

func faults(f *parser.Function) []string {
	return strings.Fields(f.Annotations.ILocValueByKey("doc.faults", 0))
}

// split takes the first sentence as summary; a short text is the summary alone.
func split(text string) (summary, description string) {
	if i := strings.IndexAny(text, "。；：（，\n"); i > 0 {
		return text[:i], text
	}
	return text, ""
}
