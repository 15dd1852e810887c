package bind

import (
	"bytes"
	"encoding/json"
	"strconv"

	"kuacheng/model/fault"
)

// match compares a body, already known to be valid JSON, with the shape that it should have. It exists
// because encoding/json takes names in any case and the last of two equal ones, and tells of an unknown
// field only its last name.
func (s *shape) match(body []byte) error {
	m := matcher{b: body}
	m.space()
	if m.b[m.i] != '{' {
		return badRequest("body").Say("请求内容应为 JSON 对象")
	}
	return m.value(s, "")
}

// matcher walks valid JSON. It recurses only as deep as the shape is, whatever the body's depth.
type matcher struct {
	b []byte
	i int
}

func (m *matcher) value(s *shape, path string) error {
	switch first := m.b[m.i]; {
	case first == 'n':
		m.literal() // null leaves the field empty, which its rules judge
		return nil
	case first == '"' && s.kind == isString:
		m.text()
		return nil
	case first == '{' && s.kind == isStruct:
		return m.object(s, path)
	case first == '{' && s.kind == isMap:
		return m.object(s, path)
	case first == '[' && s.kind == isList:
		return m.list(s, path)
	case (first == 't' || first == 'f') && s.kind == isBool:
		m.literal()
		return nil
	case first == '-' || first >= '0' && first <= '9':
		return m.number(s, path)
	}
	return wrongType(s, path)
}

func wrongType(s *shape, path string) error {
	return badRequest(path).Say(title(s.label, path) + "应为" + s.kind.String())
}

func (m *matcher) number(s *shape, path string) error {
	text := string(m.literal())
	var err error
	switch s.kind {
	case isInt:
		_, err = strconv.ParseInt(text, 10, s.bits)
	case isFloat:
		_, err = strconv.ParseFloat(text, s.bits)
	default:
		return wrongType(s, path)
	}
	if err != nil {
		return wrongType(s, path)
	}
	return nil
}

func (m *matcher) object(s *shape, path string) error {
	seen := make(map[string]bool, len(s.fields))
	m.i++ // {
	for m.space(); m.b[m.i] != '}'; m.space() {
		key := m.key()
		field := join(path, show(key))
		if seen[key] {
			return badRequest(field).Say("字段重复：" + field)
		}
		seen[key] = true
		inner := s.elem
		if s.kind == isStruct {
			if inner = s.fields[key]; inner == nil {
				return unknown(field)
			}
		}
		m.space()
		m.i++ // :
		m.space()
		if s.kind == isMap && m.b[m.i] == 'n' {
			return wrongType(inner, field)
		}
		if err := m.value(inner, field); err != nil {
			return err
		}
		m.comma()
	}
	m.i++ // }
	return nil
}

func unknown(field string) *fault.Error {
	return badRequest(field).Say("不认识的字段：" + field)
}

func (m *matcher) list(s *shape, path string) error {
	m.i++ // [
	for n := 0; ; n++ {
		m.space()
		if m.b[m.i] == ']' {
			m.i++
			return nil
		}
		field := path + "[" + strconv.Itoa(n) + "]"
		if m.b[m.i] == 'n' { // a null among structs would be a nil pointer
			return wrongType(s.elem, field)
		}
		if err := m.value(s.elem, field); err != nil {
			return err
		}
		m.comma()
	}
}

func (m *matcher) space() {
	for m.i < len(m.b) && (m.b[m.i] == ' ' || m.b[m.i] == '\t' || m.b[m.i] == '\n' || m.b[m.i] == '\r') {
		m.i++
	}
}

func (m *matcher) comma() {
	m.space()
	if m.b[m.i] == ',' {
		m.i++
	}
}

// literal passes a number, true, false or null.
func (m *matcher) literal() []byte {
	start := m.i
	for m.i < len(m.b) && bytes.IndexByte(literalEnds, m.b[m.i]) < 0 {
		m.i++
	}
	return m.b[start:m.i]
}

var literalEnds = []byte(" \t\r\n,]}")

// text passes a string and gives it with its quotes.
func (m *matcher) text() []byte {
	start := m.i
	m.i++
	for m.b[m.i] != '"' {
		if m.b[m.i] == '\\' {
			m.i++
		}
		m.i++
	}
	m.i++
	return m.b[start:m.i]
}

func (m *matcher) key() string {
	raw := m.text()
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var key string
	if json.Unmarshal(raw, &key) != nil {
		return string(raw)
	}
	return key
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// show lets through a name that looks like one; anything else could be data in the wrong place.
func show(key string) string {
	if key == "" || len(key) > 40 {
		return "?"
	}
	digits := 0
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '-':
		case c >= '0' && c <= '9':
			digits++
		default:
			return "?"
		}
	}
	if digits > 4 {
		return "?"
	}
	return key
}
