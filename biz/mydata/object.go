package mydata

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"kuacheng/model"
)

// object is a JSON object whose members stay in the order in which they were written; what is empty is left out.
type object []member

type member struct {
	key   string
	value any
}

// of makes an object of keys and values by turns.
func of(pairs ...any) object {
	o := make(object, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		v := pairs[i+1]
		if t, ok := v.(*time.Time); ok && t != nil {
			v = *t
		}
		if t, ok := v.(time.Time); ok {
			v = at(t)
		}
		if v == nil || reflect.ValueOf(v).IsZero() {
			continue
		}
		o = append(o, member{pairs[i].(string), v})
	}
	return o
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// at is a moment as it stands everywhere on the wire; "" for none.
func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(model.Beijing).Format(time.RFC3339)
}

func digits(n int) string { return strconv.Itoa(n) }
