package wechat

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Kind says how long one consent lasts.
type Kind string

const (
	Once Kind = "once" // 一次性订阅: one accepted prompt pays for one message
	Long Kind = "long" // 长期订阅: one accepted prompt holds until it is refused
)

// Template is one subscription message as the account has it.
type Template struct {
	Key    string  `yaml:"key"` // ours
	ID     string  `yaml:"id"`  // WeChat's, different in every account; "" means that the account has none
	Title  string  `yaml:"title"`
	Kind   Kind    `yaml:"kind"`
	Page   string  `yaml:"page"` // {var} is a variable
	Fields []Field `yaml:"fields"`
}

// Field is one keyword of a template.
type Field struct {
	Name    string `yaml:"name"` // WeChat's: type and number, "thing1"
	Label   string `yaml:"label"`
	Var     string `yaml:"var"` // our variable
	Example string `yaml:"example"`
}

// Type is the field's type, its name without the number.
func (f Field) Type() string { return strings.TrimRight(f.Name, "0123456789") }

// ParseTemplates reads templates.yaml.
func ParseTemplates(data []byte) ([]Template, error) {
	var file struct {
		Templates []Template `yaml:"templates"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("wechat templates: %w", err)
	}
	seen := map[string]bool{}
	for _, t := range file.Templates {
		if err := t.check(); err != nil {
			return nil, err
		}
		// WeChat drops a second template with the same title from one prompt.
		for _, id := range []string{"key " + t.Key, "title " + t.Title} {
			if seen[id] {
				return nil, fmt.Errorf("wechat templates: %s twice", id)
			}
			seen[id] = true
		}
	}
	return file.Templates, nil
}

func (t Template) check() error {
	switch {
	case t.Key == "" || t.Title == "":
		return fmt.Errorf("wechat templates: %q has no key or no title", t.Key+t.Title)
	case t.Kind != Once && t.Kind != Long:
		return fmt.Errorf("wechat template %s: kind %q is neither once nor long", t.Key, t.Kind)
	case len(t.Fields) < 1 || len(t.Fields) > 5:
		return fmt.Errorf("wechat template %s: %d fields, WeChat takes 1 to 5", t.Key, len(t.Fields))
	}
	names := map[string]bool{}
	for _, f := range t.Fields {
		if !knownType(f.Type()) || f.Type() == f.Name {
			return fmt.Errorf("wechat template %s: field %q has no type that is known", t.Key, f.Name)
		}
		if f.Var == "" || names[f.Name] {
			return fmt.Errorf("wechat template %s: field %q has no variable or stands twice", t.Key, f.Name)
		}
		names[f.Name] = true
	}
	return nil
}

var setting = regexp.MustCompile(`^([a-z_]+)=([A-Za-z0-9_-]+)((?:/[a-z_]+[0-9]+:[a-z_]+)*)$`)

// Configure gives templates what the account calls them, from a setting of the form
//
//	booking_confirmed=<template id>, matter_accepted=<template id>/thing3:item/time12:accepted_at
//
// The parts after the id say which of our variables fills which of the account's keywords, where these differ
// from templates.yaml (WeChat numbers them when a template is added). Templates that the setting does not name
// keep their id.
func Configure(templates []Template, settings string) ([]Template, error) {
	out := slices.Clone(templates)
	for _, entry := range strings.FieldsFunc(settings, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		m := setting.FindStringSubmatch(entry)
		if m == nil {
			key, _, _ := strings.Cut(entry, "=")
			return nil, fmt.Errorf("wechat templates: the setting of %q is not key=id or key=id/field:variable", key)
		}
		i := slices.IndexFunc(out, func(t Template) bool { return t.Key == m[1] })
		if i < 0 {
			return nil, fmt.Errorf("wechat templates: unknown key %q", m[1])
		}
		out[i].ID = m[2]
		if m[3] != "" {
			out[i].Fields = remap(out[i], m[3])
		}
		if err := out[i].check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func remap(t Template, pairs string) []Field {
	var fields []Field
	for _, pair := range strings.Split(pairs[1:], "/") {
		name, variable, _ := strings.Cut(pair, ":")
		f := Field{Name: name, Var: variable}
		if i := slices.IndexFunc(t.Fields, func(old Field) bool { return old.Var == variable }); i >= 0 {
			f.Label, f.Example = t.Fields[i].Label, t.Fields[i].Example
		}
		fields = append(fields, f)
	}
	return fields
}

// Version names this form of the template: what a notice keeps to say what it was made from.
func (t Template) Version() string {
	if t.ID == "" {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s|%s|%s|%s", t.ID, t.Title, t.Kind, t.Page)
	for _, f := range t.Fields {
		fmt.Fprintf(h, "|%s=%s", f.Name, f.Var)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Render fills the template's fields within WeChat's limits, and its page.
func (t Template) Render(values map[string]string) (data map[string]string, page string, err error) {
	data = make(map[string]string, len(t.Fields))
	for _, f := range t.Fields {
		v, err := Fit(f.Type(), values[f.Var])
		if err != nil {
			return nil, "", &Error{Class: ClassMistake, Path: pathSend, Field: f.Name, Note: err.Error()}
		}
		data[f.Name] = v
	}
	return data, t.page(values), nil
}

// fallbackPage is opened when a template's own page lacks a variable: a result that went electronically has
// no parcel to show.
const fallbackPage = "pages/matter/detail?no={matter_no}"

var pageVar = regexp.MustCompile(`\{([a-z_]+)\}`)

func (t Template) page(values map[string]string) string {
	for _, pattern := range []string{t.Page, fallbackPage} {
		whole := true
		page := pageVar.ReplaceAllStringFunc(pattern, func(v string) string {
			value := values[v[1:len(v)-1]]
			whole = whole && value != ""
			return url.QueryEscape(value)
		})
		if whole {
			return page
		}
	}
	return ""
}
