package courier

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"kuacheng/model"
)

// Envelopes of the messages of China Post.
const (
	envelopeAmp   = "amp"   // JSON around a cipher text: the present platform
	envelopeTrace = "trace" // a form with a digest: the older one
	envelopePlain = "plain" // JSON; nothing but the token proves the sender
)

// EMSMap says how the messages of one contract read. China Post settles codes and fields by contract, so an
// operator can correct them without a new version of this program (COURIER_EMS_MAP).
type EMSMap struct {
	Envelope string              `yaml:"envelope"`
	Items    string              `yaml:"items"` // JSON pointer to the list of nodes; "" = the object itself
	Fields   map[string][]string `yaml:"fields"`
	Times    []string            `yaml:"times"`
	Codes    map[string]string   `yaml:"codes"`
	Text     []struct {
		Match string `yaml:"match"`
		Event string `yaml:"event"`
	} `yaml:"text"`

	rules []emsRule
}

type emsRule struct {
	match *regexp.Regexp
	event model.ParcelEvent
}

// EMSMapDefault is the built-in mapping: the present platform with the codes that were seen in live data. An
// unnamed code is decided by its words, 未妥投 before 妥投, which it contains.
const EMSMapDefault = `envelope: amp                       # amp | trace | plain (JSON, token only)
items: ""                           # JSON pointer to the list; "" = the object itself
fields:
  waybill: [waybillNo, traceNo]
  at: [opTime]
  code: [opCode]
  name: [opName]
  text: [opDesc]
  city: [opOrgCity]
  office: [opOrgName]
  office_code: [opOrgCode]
  order: [orderNo]
times: ["2006-1-2 15:4:5", "2006-1-2 15:4", epoch_ms]
codes:                              # at_centre: arrived_city when it is the first in the consignee's city
  {"203": collected, "303": in_transit, "305": in_transit, "306": at_centre, "345": in_transit, "389": in_transit,
   "405": in_transit, "457": in_transit, "912": in_transit, "954": at_centre, "989": in_transit,
   "702": out_for_delivery, "704": delivered, "705": delivery_failed}
text:                               # for codes not above, on name and text; the first match wins
  - {match: "未妥投", event: delivery_failed}
  - {match: "破损", event: damaged}
  - {match: "^[^未没防避免如若]*(遗失|丢失)", event: lost}
  - {match: "拒收|拒签", event: rejected}
  - {match: "退回.*(妥投|签收)", event: returned}
  - {match: "退回|退件", event: returning}
  - {match: "撤单|取消寄", event: cancelled}
  - {match: "存入.*(柜|驿站|代投点)|待取|自提", event: at_pickup_point}
  - {match: "妥投", event: delivered}
`

// DefaultEMSMap is the built-in mapping, read.
func DefaultEMSMap() *EMSMap {
	m, err := ReadEMSMap([]byte(EMSMapDefault))
	if err != nil {
		panic("courier: the built-in EMS mapping: " + err.Error())
	}
	return m
}

var emsFields = []string{"waybill", "at", "code", "name", "text", "city", "office", "office_code", "order"}

// ReadEMSMap reads a mapping and refuses one with a mistake in it: it is read at start, not when a parcel is lost.
func ReadEMSMap(text []byte) (*EMSMap, error) {
	m, err := decodeEMSMap(text)
	if err != nil {
		return nil, fmt.Errorf("reading the EMS mapping: %w", err)
	}
	if !slices.Contains([]string{envelopeAmp, envelopeTrace, envelopePlain}, m.Envelope) {
		return nil, errors.New("EMS mapping: envelope must be amp, trace or plain")
	}
	if m.Items != "" && !strings.HasPrefix(m.Items, "/") {
		return nil, errors.New("EMS mapping: items must be a JSON pointer, such as /traces")
	}
	for name := range m.Fields {
		if !slices.Contains(emsFields, name) {
			return nil, fmt.Errorf("EMS mapping: unknown field %q", name)
		}
	}
	for _, name := range []string{"waybill", "at", "code"} {
		if len(m.Fields[name]) == 0 {
			return nil, fmt.Errorf("EMS mapping: field %q is missing", name)
		}
	}
	if len(m.Times) == 0 {
		return nil, errors.New("EMS mapping: times is empty")
	}
	for code, event := range m.Codes {
		if !emsEvent(event) {
			return nil, fmt.Errorf("EMS mapping: code %q means %q, which is no event", code, event)
		}
	}
	for _, t := range m.Text {
		match, err := regexp.Compile(t.Match)
		if err != nil || t.Match == "" || !emsEvent(t.Event) {
			return nil, fmt.Errorf("EMS mapping: text %q means %q: not a pattern and an event", t.Match, t.Event)
		}
		m.rules = append(m.rules, emsRule{match, model.ParcelEvent(t.Event)})
	}
	return m, nil
}

// decodeEMSMap reads YAML. The library panics on some broken files; to an operator that is one more mistake.
func decodeEMSMap(text []byte) (m *EMSMap, err error) {
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("not a mapping: %v", r)
		}
	}()
	m = &EMSMap{}
	return m, yaml.UnmarshalWithOptions(text, m, yaml.Strict())
}

func emsEvent(name string) bool {
	e := model.ParcelEvent(name)
	return e.Public() || e == model.EventAtCentre
}

// emsNode is one node, by our names.
type emsNode struct{ waybill, at, code, name, text, city, officeCode string }

// nodes reads the nodes of a text; bad counts those that are none.
func (m *EMSMap) nodes(text []byte) (nodes []emsNode, bad int) {
	var document any
	if json.Unmarshal(text, &document) != nil {
		return nil, 1
	}
	list := []any{document}
	if m.Items != "" {
		found, ok := pointed(document, m.Items).([]any)
		if !ok {
			return nil, 1
		}
		list = found
	}
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			bad++
			continue
		}
		field := func(name string) string { return scalar(object, m.Fields[name]) }
		nodes = append(nodes, emsNode{
			waybill: field("waybill"), at: field("at"), code: field("code"), name: field("name"), text: field("text"),
			city: field("city"), officeCode: field("office_code"),
		})
	}
	return nodes, bad
}

// pointed follows a JSON pointer (RFC 6901) through objects and lists.
func pointed(v any, pointer string) any {
	for _, part := range strings.Split(pointer, "/")[1:] {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// scalar is the text of the first of the named fields that has one.
func scalar(object map[string]any, names []string) string {
	for _, name := range names {
		switch v := object[name].(type) {
		case string:
			if s := strings.TrimSpace(v); s != "" {
				return s
			}
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return ""
}

// event reads a node by its code, else by its words; known is false when neither says anything.
func (m *EMSMap) event(n emsNode) (model.ParcelEvent, bool) {
	if event, ok := m.Codes[n.code]; ok {
		return model.ParcelEvent(event), true
	}
	words := n.name + " " + n.text
	for _, rule := range m.rules {
		if rule.match.MatchString(words) {
			return rule.event, true
		}
	}
	return "", false
}

func (m *EMSMap) time(s string, now time.Time) (time.Time, bool) {
	for _, form := range m.Times {
		if form == "epoch_ms" {
			if t, ok := readEpoch(s, now); ok {
				return t, true
			}
			continue
		}
		if t, err := time.ParseInLocation(form, strings.ReplaceAll(s, "/", "-"), model.Beijing); err == nil {
			return plausible(t, now)
		}
	}
	return time.Time{}, false
}
