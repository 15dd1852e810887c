package bind

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// kind is what JSON value a field takes.
type kind uint8

const (
	isString kind = iota
	isInt
	isFloat
	isBool
	isList
	isMap
	isStruct
)

func (k kind) String() string {
	return [...]string{"文字", "整数", "数字", "true 或 false", "列表", "对象", "对象"}[k]
}

// shape is a type as JSON sees it.
type shape struct {
	kind    kind
	bits    int               // of a number
	label   string            // Chinese name of the field, from the idl
	ordinal int               // of a field among its struct's
	elem    *shape            // of a list or map
	fields  map[string]*shape // of a struct, by exact JSON name
}

// name labels a field, and with it the elements of a list or map.
func (s *shape) name(label string) {
	for ; s != nil && s.label == ""; s = s.elem {
		s.label = label
	}
}

// param is a field that comes from path, query or header.
type param struct {
	index  int
	source string
	name   string
	shape  *shape
	rule   rule
	short  bool // the rule says all that the tag does
}

// plan is how one request type is read; made once a type.
type plan struct {
	plain     bool // all of it is params whose rules are short
	root      *shape
	from      []param
	fieldsOf  []string          // Go names of the param fields, for partial validation
	paramName map[string]*shape // by wire name
}

var plans sync.Map // reflect.Type → *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, newPlan(t))
	return p.(*plan)
}

func newPlan(t reflect.Type) *plan {
	p := &plan{root: shapeOf(t), paramName: map[string]*shape{}}
	for i := range t.NumField() {
		f := t.Field(i)
		source, name := paramOf(f)
		if source == "" {
			continue
		}
		s := shapeOf(f.Type)
		s.name(labels[t.String()+"."+snake(f)])
		p.from = append(p.from, param{index: i, source: source, name: name, shape: s})
		p.fieldsOf = append(p.fieldsOf, f.Name)
		p.paramName[name] = s
	}
	p.plain = len(p.from) == t.NumField()
	for i := range p.from {
		f := &p.from[i]
		f.rule, f.short = shortRule(t.Field(f.index))
		p.plain = p.plain && f.short
	}
	return p
}

// rule is what most parameters are held to: texts of a length, numbers from a least one on.
type rule struct {
	required bool
	most     int   // bytes of a text: never more characters than that
	least    int64 // of a number
}

// shortRule reads a vd tag that says no more than a rule can.
func shortRule(f reflect.StructField) (r rule, ok bool) {
	r.most, r.least = -1, math.MinInt64
	for part := range strings.SplitSeq(f.Tag.Get("vd"), ",") {
		name, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		switch {
		case name == "" || name == "omitempty":
		case name == "required":
			r.required = true
		case name == "max" && f.Type.Kind() == reflect.String && err == nil:
			r.most = n
		case name == "min" && f.Type.Kind() == reflect.Int32 && err == nil:
			r.least = int64(n)
		default:
			return r, false
		}
	}
	return r, f.Type.Kind() == reflect.String || f.Type.Kind() == reflect.Int32
}

// fits reports whether a value surely keeps the rule.
func (r rule) fits(v reflect.Value) bool {
	if v.IsZero() {
		return !r.required
	}
	if v.Kind() == reflect.String {
		return r.most < 0 || v.Len() <= r.most
	}
	return v.Int() >= r.least
}

// paramOf tells where a field comes from if not from the body.
func paramOf(f reflect.StructField) (source, name string) {
	for _, source := range []string{"path", "query", "header"} {
		if tag, ok := f.Tag.Lookup(source); ok {
			name, _, _ := strings.Cut(tag, ",")
			return source, name
		}
	}
	return "", ""
}

// snake is the field's name in the idl: the first word of its thrift tag.
func snake(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("thrift"), ",")
	return name
}

func shapeOf(t reflect.Type) *shape {
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.Bool:
		return &shape{kind: isBool}
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		return &shape{kind: isInt, bits: t.Bits()}
	case reflect.Float32, reflect.Float64:
		return &shape{kind: isFloat, bits: t.Bits()}
	case reflect.Slice:
		return &shape{kind: isList, elem: shapeOf(t.Elem())}
	case reflect.Map:
		return &shape{kind: isMap, elem: shapeOf(t.Elem())}
	case reflect.Struct:
		s := &shape{kind: isStruct, fields: map[string]*shape{}}
		for i := range t.NumField() {
			f := t.Field(i)
			name := jsonName(f)
			if name == "" {
				continue
			}
			field := shapeOf(f.Type)
			field.name(labels[t.String()+"."+snake(f)])
			field.ordinal = len(s.fields)
			s.fields[name] = field
		}
		if len(s.fields) > 64 {
			panic("bind: " + t.String() + " has more fields than are told apart")
		}
		return s
	case reflect.String:
		return &shape{kind: isString}
	default:
		panic("bind: a request cannot hold a " + t.String())
	}
}

// jsonName is "" for a field that the body does not fill.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// at follows a path like "checks[1].note" to the shape it names; nil if there is none.
func (p *plan) at(path string) *shape {
	if s, ok := p.paramName[path]; ok {
		return s
	}
	s := p.root
	for part := range strings.SplitSeq(path, ".") {
		name, indexes, _ := strings.Cut(part, "[")
		if s = s.fields[name]; s == nil {
			return nil
		}
		for range strings.Count(indexes, "]") {
			if s = s.elem; s == nil {
				return nil
			}
		}
	}
	return s
}
