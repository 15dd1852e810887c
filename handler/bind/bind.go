// Package bind reads requests into the types generated from idl/, strictly: an unknown field, a field
// written in another case or twice, or a value of the wrong type is refused with the field's name; a field
// of the body is never taken from the query; and no error ever quotes what was sent, because identity
// numbers are in there. Hertz's own binding does none of this.
package bind

import (
	"encoding/json"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/bytedance/sonic"
	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/model/fault"
)

// MaxJSON is the largest JSON body that is read.
const MaxJSON = 1 << 20

// Request reads path, query, header and JSON body into a T and applies the rules of its vd tags. Faults:
// bad_request (with details.field), unsupported_media_type, payload_too_large, validation_failed (with
// details.field). The body is read here, after the caller has been authorised, and stays at c.Request.Body().
func Request[T any](c *app.RequestContext) (*T, error) {
	p := planOf(reflect.TypeFor[T]())
	req := new(T)
	if err := p.params(c, reflect.ValueOf(req).Elem()); err != nil {
		return nil, err
	}
	if hasBody(c) {
		if err := p.body(c, req); err != nil {
			return nil, err
		}
	}
	if err := p.check(req, false); err != nil {
		return nil, err
	}
	return req, nil
}

// Params reads path, query and header only: for uploads and callbacks, whose body is not JSON of ours.
func Params[T any](c *app.RequestContext) (*T, error) {
	p := planOf(reflect.TypeFor[T]())
	req := new(T)
	if err := p.params(c, reflect.ValueOf(req).Elem()); err != nil {
		return nil, err
	}
	if err := p.check(req, true); err != nil {
		return nil, err
	}
	return req, nil
}

func (p *plan) params(c *app.RequestContext, v reflect.Value) error {
	for i := range p.from {
		f := &p.from[i]
		text := f.read(c)
		if text == "" {
			continue
		}
		if !utf8.ValidString(text) {
			return badRequest(f.name).Say(f.title() + "不是合法的文字")
		}
		if err := f.set(v.Field(f.index), text); err != nil {
			return err
		}
	}
	return nil
}

// read copies the raw value: the request's memory is used again once the handler has returned.
func (f *param) read(c *app.RequestContext) string {
	switch f.source {
	case "path":
		return c.Param(f.name)
	case "query":
		return string(c.QueryArgs().Peek(f.name))
	default:
		return string(c.Request.Header.Peek(f.name))
	}
}

func (f *param) set(v reflect.Value, text string) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch f.shape.kind {
	case isInt:
		n, err := strconv.ParseInt(text, 10, f.shape.bits)
		if err != nil {
			return f.wrongType()
		}
		v.SetInt(n)
	case isFloat:
		n, err := strconv.ParseFloat(text, f.shape.bits)
		if err != nil {
			return f.wrongType()
		}
		v.SetFloat(n)
	case isBool:
		switch text {
		case "true", "1":
			v.SetBool(true)
		case "false", "0":
			v.SetBool(false)
		default:
			return f.wrongType()
		}
	default:
		v.SetString(text)
	}
	return nil
}

func (f *param) title() string { return title(f.shape.label, f.name) }

func (f *param) wrongType() error {
	return badRequest(f.name).Say(f.title() + "应为" + f.shape.kind.String())
}

func (p *plan) body(c *app.RequestContext, req any) error {
	body, err := Body(c, MaxJSON)
	if err != nil {
		return err
	}
	if len(body) == 0 { // a POST without a body means {}
		return nil
	}
	if !isJSON(c.Request.Header.ContentType()) {
		return fault.New("unsupported_media_type").Say("请求内容应为 application/json")
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return badRequest("body").Say("请求内容不是合法的 JSON")
	}
	if err := p.root.match(body); err != nil {
		return err
	}
	if err := sonic.ConfigStd.Unmarshal(body, req); err != nil {
		// match has checked every name and type, so this is a bug of ours; the error may quote the body.
		return badRequest("body").Say("请求内容不符合要求")
	}
	return nil
}

func badRequest(field string) *fault.Error { return fault.New("bad_request").Field(field) }

// title is how a message names a field: in Chinese if the idl says how, and as the program spells it.
func title(label, path string) string {
	if label == "" {
		return path
	}
	return label + "（" + path + "）"
}
