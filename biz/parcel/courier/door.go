package courier

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of all doors (couriers.md §1).
const (
	maxDepth    = 8   // of JSON
	maxWaybills = 100 // of one push
	maxRows     = 500 // of one waybill and push; the newest stay
	maxText     = 500 // runes of a row's text
)

// Limits are what a door lets through to a carrier.
type Limits struct {
	MaxBody int
	Types   []string // media types
}

// Refusal says why a push was not taken. Its kind is for counting and alerts; the carrier's answer never
// tells it.
type Refusal struct {
	Status int
	Kind   string // signature, structure, duplicate_field, encoding, content_type, too_large, unavailable, …
	Code   string // of the house format
}

func (r *Refusal) Error() string { return "courier: refused: " + r.Kind }

var (
	refusedSignature   = &Refusal{Status: http.StatusUnauthorized, Kind: "signature", Code: "signature_invalid"}
	refusedStructure   = &Refusal{Status: http.StatusBadRequest, Kind: "structure", Code: "bad_request"}
	refusedTwice       = &Refusal{Status: http.StatusBadRequest, Kind: "duplicate_field", Code: "bad_request"}
	refusedEncoding    = &Refusal{Status: http.StatusBadRequest, Kind: "encoding", Code: "bad_request"}
	refusedContentType = &Refusal{Status: http.StatusUnsupportedMediaType, Kind: "content_type", Code: "unsupported_media_type"}
	refusedSize        = &Refusal{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Code: "payload_too_large"}

	// RefusedUnavailable is for the service: the store did not take the message, the carrier should come again.
	RefusedUnavailable = &Refusal{Status: http.StatusServiceUnavailable, Kind: "unavailable", Code: "unavailable"}

	// RefusedTooMany is for the service: too many bad signatures from one address. A good one is never refused.
	RefusedTooMany = &Refusal{Status: http.StatusTooManyRequests, Kind: "too_many", Code: "too_many_requests"}
)

// Receive takes a push to the point where it may be stored: bounded, of the right type, in UTF-8, signed.
func Receive(c Carrier, r Request) *Refusal {
	limits := c.Limits()
	if len(r.Body) > limits.MaxBody {
		return refusedSize
	}
	media, params, err := mime.ParseMediaType(r.ContentType)
	if err != nil {
		return refusedContentType
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") && !strings.EqualFold(cs, "utf8") {
		return refusedContentType
	}
	known := false
	for _, t := range limits.Types {
		known = known || t == media
	}
	if !known {
		return refusedContentType
	}
	if !utf8.Valid(r.Body) {
		return refusedEncoding
	}
	return c.Verify(r)
}

const (
	typeForm = "application/x-www-form-urlencoded"
	typeJSON = "application/json"
)

// mediaType is the type of a request that Receive has let through.
func mediaType(r Request) string {
	media, _, _ := mime.ParseMediaType(r.ContentType)
	return media
}

// form decodes a form body. Every field may occur once, and its bytes must be UTF-8 after decoding, too.
func form(body []byte) (map[string]string, *Refusal) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refusedStructure
	}
	fields := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) != 1 {
			return nil, refusedTwice
		}
		if !utf8.ValidString(name) || !utf8.ValidString(all[0]) {
			return nil, refusedEncoding
		}
		fields[name] = all[0]
	}
	return fields, nil
}

// wellFormed says whether a JSON text is one value, bounded in depth, with no key twice in one object after case
// folding: encoding/json would let the last spelling win.
func wellFormed(text []byte) *Refusal {
	switch {
	case !utf8.Valid(text):
		return refusedEncoding
	case !json.Valid(text):
		return refusedStructure
	}
	var open []map[string]bool // the keys of each open object; nil for a list
	wantKey := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if len(open) == maxDepth {
				return refusedStructure
			}
			var keys map[string]bool
			if wantKey = text[i] == '{'; wantKey {
				keys = map[string]bool{}
			}
			open = append(open, keys)
		case '}', ']':
			open, wantKey = open[:len(open)-1], false
		case ',':
			wantKey = open[len(open)-1] != nil
		case '"':
			end := stringEnd(text, i)
			if wantKey {
				key := foldKey(text[i : end+1])
				if open[len(open)-1][key] {
					return refusedTwice
				}
				open[len(open)-1][key] = true
				wantKey = false
			}
			i = end
		}
	}
	return nil
}

// stringEnd is the closing quote of the string that opens at i, in a valid text.
func stringEnd(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// foldKey reads a key and folds it as encoding/json does when it looks for a field, so that "ſtate", "STATE" and
// "\u0073tate" are one.
func foldKey(quoted []byte) string {
	key := string(quoted[1 : len(quoted)-1])
	if bytes.IndexByte(quoted, '\\') >= 0 {
		_ = json.Unmarshal(quoted, &key) // the text is valid
	}
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, key)
}

// flex reads what carriers write as a string, a number or a bool: "3", 3 and true are texts here.
type flex string

// UnmarshalJSON takes any scalar; null is empty, and an object or array is an error.
func (f *flex) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) == 0, string(b) == "null":
		*f = ""
		return nil
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*f = flex(s)
		return nil
	case b[0] == '{', b[0] == '[':
		return errors.New("a scalar is expected")
	}
	*f = flex(b)
	return nil
}

func (f flex) String() string { return strings.TrimSpace(string(f)) }

// loose is a list whose bad elements are told apart from the good: one row of the wrong shape must not lose
// the others.
type loose[T any] struct {
	items    []T
	bad      int
	headGood bool // the first element is the first of items
}

// UnmarshalJSON reads an array element by element; anything but an array counts as one bad element.
func (l *loose[T]) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if string(b) == "null" {
		return nil
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		l.bad++
		return nil
	}
	for i, r := range raw {
		var item T
		if err := json.Unmarshal(r, &item); err != nil {
			l.bad++
			continue
		}
		l.headGood = l.headGood || i == 0
		l.items = append(l.items, item)
	}
	return nil
}

// RedactURL drops the query of an address: two carriers authenticate by a token in it.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	return u.String()
}
