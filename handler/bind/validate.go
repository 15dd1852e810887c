package bind

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"kuacheng/model/fault"
)

// rules applies the vd tags, whose syntax is validator/v10's own.
var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.SetTagName("vd")
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		if _, name := paramOf(f); name != "" {
			return name
		}
		return jsonName(f)
	})
	return v
}

func (p *plan) check(req any, paramsOnly bool) error {
	if p.plain && p.fits(reflect.ValueOf(req).Elem()) {
		return nil
	}
	var err error
	if paramsOnly {
		err = rules.StructPartial(req, p.fieldsOf...)
	} else {
		err = rules.Struct(req)
	}
	if err == nil {
		return nil
	}
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) || len(broken) == 0 {
		return fault.From(err)
	}
	first := broken[0]
	_, path, _ := strings.Cut(first.Namespace(), ".")
	label := ""
	if s := p.at(path); s != nil {
		label = s.label
	}
	return fault.New("validation_failed").Field(path).Say(sentence(title(label, path), first))
}

// fits reports whether a request of short rules surely keeps them all. It is asked first because most requests do:
// the validator takes longer than reading a matter.
func (p *plan) fits(v reflect.Value) bool {
	for i := range p.from {
		if !p.from[i].rule.fits(v.Field(p.from[i].index)) {
			return false
		}
	}
	return true
}

// sentence says in Chinese which rule is broken; it never repeats the value.
func sentence(name string, e validator.FieldError) string {
	param := e.Param()
	unit := ""
	switch e.Kind() {
	case reflect.String:
		unit = "个字"
	case reflect.Slice, reflect.Map:
		unit = "项"
	}
	switch e.Tag() {
	case "required", "required_without":
		return "请填写" + name
	case "oneof":
		return name + "只能是 " + strings.Join(strings.Fields(param), "、")
	case "datetime":
		return name + "应为日期，如 2026-01-31"
	case "min":
		if unit == "" {
			return name + "不能小于 " + param
		}
		return name + "至少 " + param + " " + unit
	case "max":
		if unit == "" {
			return name + "不能大于 " + param
		}
		return name + "至多 " + param + " " + unit
	case "len":
		return name + "应为 " + param + " " + unit
	}
	return name + "不符合要求"
}
