package store

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"

	"kuacheng/model"
)

// Spec declares a collection: its name, the fields that its documents are found by, and the indexes that find them.
type Spec[T any] struct {
	Name    string
	Fields  []Field[T]
	Indexes []Index
	// Version is raised when Of of a field computes something else than before; every document's fields are then
	// computed anew when the collection is next opened. Added fields need no new version.
	Version int
}

// Field is a value of the document that it can be found, sorted and tallied by.
type Field[T any] struct {
	Name string
	// Of computes the value: a string, an integer, a time.Time, a *time.Time, or nil where the document has none.
	// A document without the field is not in the indexes that name it. Of must not change the document.
	Of func(*T) any
}

// Index finds documents by equality on all of Eq, in the order of Sort and then _id.
type Index struct {
	Name string
	Eq   []string
	Sort string // optional
}

const (
	fieldWake, indexWake       = "wake", "wake"
	fieldPending, indexPending = "pending_at", "pending_at"
	fieldFailed, indexFailed   = "failed_at", "failed_at"
)

var (
	plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)
	reserved  = []string{"id", "rev", "doc", fieldWake, fieldPending, fieldFailed}
)

// schema checks a spec and adds what every collection has.
func (s Spec[T]) schema() (Schema, error) {
	out := Schema{Name: s.Name, Version: s.Version, Fields: []string{fieldWake, fieldPending, fieldFailed}}
	if !plainName.MatchString(s.Name) {
		return out, fmt.Errorf("store: %q is no name for a collection", s.Name)
	}
	if _, ok := any(new(T)).(headed); !ok {
		return out, fmt.Errorf("store: %s: documents must embed model.Head", s.Name)
	}
	for _, f := range s.Fields {
		if !plainName.MatchString(f.Name) || slices.Contains(reserved, f.Name) || slices.Contains(out.Fields, f.Name) || f.Of == nil {
			return out, fmt.Errorf("store: %s: field %q is misnamed, declared twice or not computed", s.Name, f.Name)
		}
		out.Fields = append(out.Fields, f.Name)
	}
	out.Indexes = []Index{{Name: indexWake, Sort: fieldWake}, {Name: indexPending, Sort: fieldPending}, {Name: indexFailed, Sort: fieldFailed}}
	for _, ix := range s.Indexes {
		taken := slices.ContainsFunc(out.Indexes, func(o Index) bool { return o.Name == ix.Name })
		if !plainName.MatchString(ix.Name) || taken {
			return out, fmt.Errorf("store: %s: index %q is misnamed or declared twice", s.Name, ix.Name)
		}
		for i, name := range ix.parts() {
			if !slices.Contains(out.Fields, name) || slices.Contains(ix.parts()[:i], name) {
				return out, fmt.Errorf("store: %s: index %s: field %q is not declared or named twice", s.Name, ix.Name, name)
			}
		}
		out.Indexes = append(out.Indexes, ix)
	}
	return out, nil
}

func (ix Index) parts() []string {
	parts := slices.Clone(ix.Eq)
	if ix.Sort != "" {
		parts = append(parts, ix.Sort)
	}
	return parts
}

// headed is what every document is by embedding model.Head.
type headed interface{ DocHead() *model.Head }

func headOf[T any](doc *T) *model.Head { return any(doc).(headed).DocHead() }

// value brings what a field or a query gives into the few kinds that engines compare alike.
func value(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return v, nil
	case int64:
		return v, nil
	case int:
		return int64(v), nil
	case time.Time:
		return moment(v), nil
	case *time.Time:
		if v == nil {
			return nil, nil
		}
		return moment(*v), nil
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(r.Uint()), nil
	default:
		return nil, fmt.Errorf("a %T cannot be compared", v)
	}
}

// moment is a time as engines keep it; MongoDB has no finer than milliseconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// pendingAt is the time of the earliest event that is neither carried out nor given up; nil when there is none.
func pendingAt(h *model.Head) any { return earliest(h, false) }

// failedAt is the time of the earliest event that was given up; nil when there is none.
func failedAt(h *model.Head) any { return earliest(h, true) }

func earliest(h *model.Head, failed bool) any {
	var first any
	for _, e := range h.Outbox {
		if at := moment(e.At); (e.Failed != "") == failed && (first == nil || at.Before(first.(time.Time))) {
			first = at
		}
	}
	return first
}
