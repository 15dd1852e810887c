package bind

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

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
	return m.value(s)
}

// matcher walks valid JSON. It recurses only as deep as the shape is, whatever the body's depth.
type matcher struct {
	b    []byte
	i    int
	path []step
}

// step is one step from the root to where the matcher is: a name, or the index of a list's element.
type step struct {
	name  []byte // as written, between the quotes
	index int    // used when name is nil
}

// where is the path as an error names it: "checks[1].note".
func (m *matcher) where() string {
	var out strings.Builder
	for i, at := range m.path {
		if at.name == nil {
			out.WriteString("[" + strconv.Itoa(at.index) + "]")
			continue
		}
		if i > 0 {
			out.WriteByte('.')
		}
		out.WriteString(show(at.name))
	}
	return out.String()
}

func (m *matcher) value(s *shape) error {
	switch first := m.b[m.i]; {
	case first == 'n':
		m.literal() // null leaves the field empty, which its rules judge
		return nil
	case first == '"' && s.kind == isString:
		m.text()
		return nil
	case first == '{' && s.kind == isStruct:
		return m.object(s)
	case first == '{' && s.kind == isMap:
		return m.mapping(s)
	case first == '[' && s.kind == isList:
		return m.list(s)
	case (first == 't' || first == 'f') && s.kind == isBool:
		m.literal()
		return nil
	case first == '-' || first >= '0' && first <= '9':
		return m.number(s)
	}
	return m.wrongType(s)
}

func (m *matcher) wrongType(s *shape) error {
	path := m.where()
	return badRequest(path).Say(title(s.label, path) + "应为" + s.kind.String())
}

func (m *matcher) number(s *shape) error {
	var err error
	switch text := string(m.literal()); s.kind {
	case isInt:
		_, err = strconv.ParseInt(text, 10, s.bits)
	case isFloat:
		_, err = strconv.ParseFloat(text, s.bits)
	default:
		return m.wrongType(s)
	}
	if err != nil {
		return m.wrongType(s)
	}
	return nil
}

func (m *matcher) object(s *shape) error {
	var seen uint64
	return m.members(func(name []byte) error {
		field := s.fields[string(name)]
		if field == nil {
			return unknown(m.where())
		}
		if seen&(1<<field.ordinal) != 0 {
			return m.twice()
		}
		seen |= 1 << field.ordinal
		return m.value(field)
	})
}

func (m *matcher) mapping(s *shape) error {
	seen := map[string]bool{}
	return m.members(func(name []byte) error {
		if seen[string(name)] {
			return m.twice()
		}
		seen[string(name)] = true
		return m.element(s.elem)
	})
}

// element is a value of a list or map, where a null would be a nil pointer to whoever reads it.
func (m *matcher) element(s *shape) error {
	if m.b[m.i] == 'n' {
		return m.wrongType(s)
	}
	return m.value(s)
}

func (m *matcher) twice() error {
	path := m.where()
	return badRequest(path).Say("字段重复：" + path)
}

func unknown(path string) *fault.Error {
	return badRequest(path).Say("不认识的字段：" + path)
}

// members walks an object; each is told a member's name when its value is next.
func (m *matcher) members(each func(name []byte) error) error {
	m.i++ // {
	for m.space(); m.b[m.i] != '}'; m.space() {
		name := m.name()
		m.space()
		m.i++ // :
		m.space()
		m.path = append(m.path, step{name: name})
		if err := each(name); err != nil {
			return err
		}
		m.path = m.path[:len(m.path)-1]
		m.comma()
	}
	m.i++ // }
	return nil
}

func (m *matcher) list(s *shape) error {
	m.i++ // [
	for n := 0; ; n++ {
		m.space()
		if m.b[m.i] == ']' {
			m.i++
			return nil
		}
		m.path = append(m.path, step{index: n})
		if err := m.element(s.elem); err != nil {
			return err
		}
		m.path = m.path[:len(m.path)-1]
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

// name passes a member's name and gives it without quotes and escapes; never nil.
func (m *matcher) name() []byte {
	raw := m.text()
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var plain string
	if json.Unmarshal(raw, &plain) != nil {
		return inner
	}
	return append([]byte{}, plain...)
}

// show lets through a name that looks like one; anything else could be data in the wrong place.
func show(name []byte) string {
	if len(name) == 0 || len(name) > 40 {
		return "?"
	}
	digits := 0
	for _, c := range name {
		switch {
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
	return string(name)
}
