package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cloudwego/thriftgo/parser"
	"github.com/getkin/kin-openapi/openapi3"
)

// param kinds of a field, by annotation.
var paramKinds = []string{"path", "query", "header"}

// paramOf tells where a field comes from if not from the body.
func paramOf(f *parser.Field) (in, name string) {
	for _, in := range paramKinds {
		if v := f.Annotations.ILocValueByKey("api."+in, 0); v != "" {
			return in, v
		}
	}
	return "", ""
}

// resolve finds a struct by the name that one file uses for it.
func resolve(file *parser.Thrift, name string) (*parser.Thrift, *parser.StructLike, error) {
	if ref, local, ok := strings.Cut(name, "."); ok {
		inc, found := file.GetReference(ref)
		if !found {
			return nil, nil, fmt.Errorf("no include %s", ref)
		}
		file, name = inc, local
	}
	s, ok := file.GetStruct(name)
	if !ok {
		return nil, nil, fmt.Errorf("no struct %s", name)
	}
	return file, s, nil
}

// component is the name of a struct in the document: shared ones plain, a door's own with its door before.
func component(file *parser.Thrift, s *parser.StructLike) string {
	ns := file.GetNamespaceOrReferenceName("go")
	if ns == "view" {
		return s.Name
	}
	return ns + "." + s.Name
}

// ref is a reference to a struct, which is put into the document on first use. Structs of requests are closed:
// an unknown field is refused.
func (b *builder) ref(file *parser.Thrift, name string, request bool) (*openapi3.SchemaRef, error) {
	owner, s, err := resolve(file, name)
	if err != nil {
		return nil, err
	}
	key := component(owner, s)
	schemas := b.doc.Components.Schemas
	if _, ok := schemas[key]; !ok {
		schema := openapi3.NewObjectSchema()
		schema.Description = comment(s.ReservedComments)
		schema.Properties = openapi3.Schemas{}
		schemas[key] = openapi3.NewSchemaRef("", schema)
		if err := b.properties(schema, owner, s, request); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if request && schemas[key].Value.AdditionalProperties.Has == nil {
		closed := false
		schemas[key].Value.AdditionalProperties.Has = &closed
		for _, f := range s.Fields { // what it contains is closed too
			if in, _ := paramOf(f); in == "" {
				if _, err := b.typed(owner, f.Type, true); err != nil {
					return nil, err
				}
			}
		}
	}
	return openapi3.NewSchemaRef("#/components/schemas/"+key, nil), nil
}

func (b *builder) properties(schema *openapi3.Schema, file *parser.Thrift, s *parser.StructLike, request bool) error {
	for _, f := range s.Fields {
		if in, _ := paramOf(f); in != "" {
			continue
		}
		field, err := b.field(file, f, request)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		schema.Properties[f.Name] = field
		if f.Requiredness.IsRequired() {
			schema.Required = append(schema.Required, f.Name)
		}
	}
	return nil
}

// field is the schema of one field with its comment and rules.
func (b *builder) field(file *parser.Thrift, f *parser.Field, request bool) (*openapi3.SchemaRef, error) {
	ref, err := b.typed(file, f.Type, request)
	if err != nil {
		return nil, err
	}
	text := comment(f.ReservedComments)
	if ref.Ref != "" { // beside a $ref nothing else is read, so it is wrapped
		return openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{ref}, Description: text}), nil
	}
	ref.Value.Description = text
	if f.Annotations.ILocValueByKey("doc.free", 0) != "" {
		free := true
		ref.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &free}
	}
	return ref, rules(ref.Value, f.Annotations.ILocValueByKey("api.vd", 0))
}

func (b *builder) typed(file *parser.Thrift, t *parser.Type, request bool) (*openapi3.SchemaRef, error) {
	switch t.Name {
	case "string":
		return openapi3.NewSchemaRef("", openapi3.NewStringSchema()), nil
	case "bool":
		return openapi3.NewSchemaRef("", openapi3.NewBoolSchema()), nil
	case "i32":
		return openapi3.NewSchemaRef("", openapi3.NewInt32Schema()), nil
	case "i64":
		return openapi3.NewSchemaRef("", openapi3.NewInt64Schema()), nil
	case "double":
		return openapi3.NewSchemaRef("", openapi3.NewFloat64Schema()), nil
	case "list":
		elem, err := b.typed(file, t.ValueType, request)
		if err != nil {
			return nil, err
		}
		list := openapi3.NewArraySchema()
		list.Items = elem
		return openapi3.NewSchemaRef("", list), nil
	case "map":
		elem, err := b.typed(file, t.ValueType, request)
		if err != nil {
			return nil, err
		}
		object := openapi3.NewObjectSchema()
		object.AdditionalProperties = openapi3.AdditionalProperties{Schema: elem}
		return openapi3.NewSchemaRef("", object), nil
	}
	return b.ref(file, t.Name, request)
}

// rules turns what validator/v10 checks into what OpenAPI can say.
func rules(s *openapi3.Schema, vd string) error {
	for rule := range strings.SplitSeq(vd, ",") {
		name, param, _ := strings.Cut(rule, "=")
		switch name {
		case "", "omitempty", "required_without":
		case "required":
			if s.Type.Is("string") {
				s.MinLength = 1
			}
		case "dive":
			_, inner, _ := strings.Cut(vd, "dive,")
			if s.Items == nil || s.Items.Value == nil {
				return nil // structs carry their own rules
			}
			return rules(s.Items.Value, inner)
		case "oneof":
			for word := range strings.FieldsSeq(param) {
				s.Enum = append(s.Enum, word)
			}
		case "datetime":
			s.Format = "date"
		case "min", "max", "len":
			n, err := strconv.ParseUint(param, 10, 64)
			if err != nil {
				return fmt.Errorf("rule %s: %w", rule, err)
			}
			bound(s, name, n)
		default:
			return fmt.Errorf("rule %s: OpenAPI has no word for it; add one here", rule)
		}
	}
	return nil
}

func bound(s *openapi3.Schema, name string, n uint64) {
	low, high := name != "max", name != "min"
	switch {
	case s.Type.Is("string"):
		if low {
			s.MinLength = n
		}
		if high {
			s.MaxLength = &n
		}
	case s.Type.Is("array"):
		if low {
			s.MinItems = n
		}
		if high {
			s.MaxItems = &n
		}
	default:
		f := float64(n)
		if low {
			s.Min = &f
		}
		if high {
			s.Max = &f
		}
	}
}

// comment is the text of // comments, one sentence a line joined.
func comment(raw string) string {
	var lines []string
	for line := range strings.SplitSeq(raw, "\n") {
		if line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "/")); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
