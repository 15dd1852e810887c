package store

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"time"
)

// Values are written down in one way, for cursors and for what a page is remembered by: a letter for the kind,
// then the value.

func appendPlace(buf []byte, index int) []byte { return binary.AppendUvarint(buf, uint64(index)) }

func appendValue(buf []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(append(buf, 's'), v)
	case int64:
		return binary.AppendVarint(append(buf, 'i'), v)
	case time.Time:
		return binary.AppendVarint(append(buf, 't'), v.UnixMilli())
	case nil:
		return append(buf, 'n')
	default:
		panic(fmt.Sprintf("store: a %T is no value", v)) // value() lets nothing else in
	}
}

func appendString(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

func takeValue(buf []byte) (v any, rest []byte, ok bool) {
	if len(buf) == 0 {
		return nil, nil, false
	}
	kind, buf := buf[0], buf[1:]
	switch kind {
	case 'n':
		return nil, buf, true
	case 's':
		return takeString(buf)
	case 'i', 't':
		i, n := binary.Varint(buf)
		if n <= 0 {
			return nil, nil, false
		}
		if kind == 't' {
			return time.UnixMilli(i).UTC(), buf[n:], true
		}
		return i, buf[n:], true
	default:
		return nil, nil, false
	}
}

func takeString(buf []byte) (v any, rest []byte, ok bool) {
	l, n := binary.Uvarint(buf)
	if n <= 0 || l > uint64(len(buf)-n) {
		return nil, nil, false
	}
	end := n + int(l)
	return string(buf[n:end]), buf[end:], true
}

func sameKind(a, b any) bool { return reflect.TypeOf(a) == reflect.TypeOf(b) }

// less compares values of the same kind.
func less(a, b any) bool {
	switch a := a.(type) {
	case string:
		return a < b.(string)
	case int64:
		return a < b.(int64)
	case time.Time:
		return a.Before(b.(time.Time))
	default:
		panic(fmt.Sprintf("store: a %T is no value", a))
	}
}
