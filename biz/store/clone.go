package store

import (
	"reflect"
	"time"
)

// cloner makes a deep copy of a document in a small part of the time that encoding and decoding it takes. Every
// change works on a copy of its own, also the hundreds that are refused.
type cloner[T any] struct{ fix fix }

// fix replaces in v, a flat copy, whatever it shares with its original. A nil fix has nothing to do.
type fix func(v reflect.Value)

// newCloner is false when T holds what cannot be copied by its type alone: interfaces, functions, channels, or
// references behind unexported fields. The two engines would not give back the same of those either.
func newCloner[T any]() (*cloner[T], bool) {
	f, ok := fixes{}.of(reflect.TypeFor[T]())
	return &cloner[T]{f}, ok
}

func (c *cloner[T]) clone(doc *T) *T {
	out := new(T)
	*out = *doc
	if c.fix != nil {
		c.fix(reflect.ValueOf(out).Elem())
	}
	return out
}

// fixes holds what has been made of each type so far; a type that contains itself finds its own entry.
type fixes map[reflect.Type]*fix

var timeType = reflect.TypeFor[time.Time]()

func (m fixes) of(t reflect.Type) (fix, bool) {
	if t == timeType || t.Kind() <= reflect.Complex128 || t.Kind() == reflect.String {
		return nil, true
	}
	if f, begun := m[t]; begun {
		return func(v reflect.Value) { (*f)(v) }, true
	}
	f := new(fix)
	m[t] = f
	ok := false
	switch t.Kind() {
	case reflect.Struct:
		*f, ok = m.structure(t)
	case reflect.Pointer:
		*f, ok = m.pointer(t)
	case reflect.Slice:
		*f, ok = m.slice(t)
	case reflect.Array:
		*f, ok = m.array(t)
	case reflect.Map:
		*f, ok = m.mapping(t)
	}
	if *f == nil {
		delete(m, t) // nothing to do, or nothing to be done
	}
	return *f, ok
}

func (m fixes) structure(t reflect.Type) (fix, bool) {
	type field struct {
		at  int
		fix fix
	}
	var fields []field
	for i := range t.NumField() {
		f, ok := m.of(t.Field(i).Type)
		if !ok || f != nil && !t.Field(i).IsExported() {
			return nil, false
		}
		if f != nil {
			fields = append(fields, field{i, f})
		}
	}
	if len(fields) == 0 {
		return nil, true
	}
	return func(v reflect.Value) {
		for _, f := range fields {
			f.fix(v.Field(f.at))
		}
	}, true
}

func (m fixes) pointer(t reflect.Type) (fix, bool) {
	inner, ok := m.of(t.Elem())
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		n := reflect.New(t.Elem())
		n.Elem().Set(v.Elem())
		if inner != nil {
			inner(n.Elem())
		}
		v.Set(n)
	}, ok
}

func (m fixes) slice(t reflect.Type) (fix, bool) {
	inner, ok := m.of(t.Elem())
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		n := reflect.MakeSlice(t, v.Len(), v.Len())
		reflect.Copy(n, v)
		if inner != nil {
			for i := range n.Len() {
				inner(n.Index(i))
			}
		}
		v.Set(n)
	}, ok
}

func (m fixes) array(t reflect.Type) (fix, bool) {
	inner, ok := m.of(t.Elem())
	if inner == nil {
		return nil, ok
	}
	return func(v reflect.Value) {
		for i := range v.Len() {
			inner(v.Index(i))
		}
	}, ok
}

func (m fixes) mapping(t reflect.Type) (fix, bool) {
	if key, ok := m.of(t.Key()); key != nil || !ok {
		return nil, false
	}
	inner, ok := m.of(t.Elem())
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		n := reflect.MakeMapWithSize(t, v.Len())
		item := reflect.New(t.Elem()).Elem()
		for all := v.MapRange(); all.Next(); {
			item.Set(all.Value())
			if inner != nil {
				inner(item)
			}
			n.SetMapIndex(all.Key(), item)
		}
		v.Set(n)
	}, ok
}
