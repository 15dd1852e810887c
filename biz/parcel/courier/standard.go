package courier

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"kuacheng/biz/signature"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	maxEvents  = 100
	maxEventID = 64
	minKey     = 32 // bytes
)

// StandardConfig is what is agreed with couriers that have no format of their own.
type StandardConfig struct {
	Keys []signature.Key // several mean rotation

	// Fresh remembers a nonce of a key and says whether it is new; it may forget after the given time, and all at
	// once when its memory is wiped: a replay then meets the event ids. Default: the memory of this process.
	Fresh func(key, nonce string, until time.Time) bool
}

// Standard is the house format: signed JSON, increments, each event with an id that makes it idempotent
// (couriers.md §6).
type Standard struct{ cfg StandardConfig }

var standardKeyID = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// NewStandard refuses keys that are too short to be keys.
func NewStandard(cfg StandardConfig) (*Standard, error) {
	if len(cfg.Keys) == 0 {
		return nil, errors.New("COURIER_STANDARD_KEYS is not set")
	}
	for _, k := range cfg.Keys {
		if !standardKeyID.MatchString(k.ID) || len(k.Secret) < minKey {
			return nil, fmt.Errorf("COURIER_STANDARD_KEYS: key %q must have an id of a-z, 0-9 and hyphens and at least %d bytes", k.ID, minKey)
		}
	}
	if cfg.Fresh == nil {
		cfg.Fresh = (&nonces{seen: map[string]time.Time{}}).fresh
	}
	return &Standard{cfg}, nil
}

// nonces is the memory of one process. It is emptied of what has run out whenever it has doubled.
type nonces struct {
	mu   sync.Mutex
	seen map[string]time.Time
	next int
}

func (n *nonces) fresh(key, nonce string, until time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := until.Add(-2 * signature.Window)
	if len(n.seen) >= n.next {
		for k, end := range n.seen {
			if end.Before(now) {
				delete(n.seen, k)
			}
		}
		n.next = max(1024, 2*len(n.seen))
	}
	id := key + " " + nonce
	if end, ok := n.seen[id]; ok && !end.Before(now) {
		return false
	}
	n.seen[id] = until
	return true
}

// Name is standard.
func (s *Standard) Name() model.Carrier { return model.CarrierStandard }

// Limits allow JSON of 1 MiB.
func (s *Standard) Limits() Limits { return Limits{MaxBody: 1 << 20, Types: []string{typeJSON}} }

var (
	refusedKey   = &Refusal{Status: http.StatusUnauthorized, Kind: "signature", Code: "key_unknown"}
	refusedTime  = &Refusal{Status: http.StatusUnauthorized, Kind: "time", Code: "timestamp_out_of_range"}
	refusedNonce = &Refusal{Status: http.StatusConflict, Kind: "replay", Code: "nonce_replayed"}
	refusedMany  = &Refusal{Status: http.StatusUnprocessableEntity, Kind: "too_many_events", Code: "too_many_events"}
)

// Verify checks headers, key, signature, time and nonce, in this order, and then the body.
func (s *Standard) Verify(r Request) *Refusal {
	for _, name := range []string{signature.HeaderKey, signature.HeaderTimestamp, signature.HeaderNonce, signature.HeaderSignature} {
		switch len(r.Header.Values(name)) {
		case 0:
			return refusedSignature
		case 1:
		default:
			return refusedTwice
		}
	}
	nonce, err := signature.Verify(r.Header.Get, r.Body, s.cfg.Keys, r.Wall)
	switch {
	case errors.Is(err, signature.ErrUnknownKey):
		return refusedKey
	case errors.Is(err, signature.ErrTime):
		return refusedTime
	case err != nil:
		return refusedSignature
	case !s.cfg.Fresh(r.Header.Get(signature.HeaderKey), nonce, r.Wall.Add(2*signature.Window)):
		return refusedNonce
	}
	if refusal := wellFormed(r.Body); refusal != nil {
		return refusal
	}
	events, err := standardEvents(r.Body)
	switch {
	case err != nil || len(events) == 0:
		return refusedStructure
	case len(events) > maxEvents:
		return refusedMany
	}
	return nil
}

type standardEvent struct {
	ID         string `json:"id"`
	Waybill    string `json:"waybill"`
	Type       string `json:"type"`
	At         string `json:"at"`
	Seq        int64  `json:"seq"`
	Place      string `json:"place"`
	Text       string `json:"text"`
	SignedBy   string `json:"signed_by"`
	Reason     string `json:"reason"`
	NewWaybill string `json:"new_waybill"`
	Company    string `json:"company"`
}

// standardEvents reads a body strictly: a field that we do not know is one that the partner thinks we do.
func standardEvents(body []byte) ([]standardEvent, error) {
	var message struct {
		Events []standardEvent `json:"events"`
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(&message)
	return message.Events, err
}

// Event is one event of a push, in the order sent: a row to store, or the result that it has already.
type Event struct {
	ID      string
	Row     Row
	Refused *Result // not to be stored
}

// Events reads the events of a verified push.
func (s *Standard) Events(r Request) []Event {
	events, _ := standardEvents(r.Body)
	var out []Event
	for _, e := range events {
		out = append(out, e.read(r.ReceivedAt))
	}
	return out
}

func (e standardEvent) read(now time.Time) Event {
	waybill, returnAs := model.NormaliseWaybill(e.Waybill), model.NormaliseWaybill(e.NewWaybill)
	at, timeErr := time.Parse(time.RFC3339, e.At)
	at, timeOK := plausible(at, now)
	event := Event{ID: e.ID}
	refuse := func(code, message string) Event {
		event.Refused = &Result{ID: e.ID, Status: "rejected", Code: code, Message: message}
		return event
	}
	switch {
	case e.ID == "" || len(e.ID) > maxEventID || strings.ContainsFunc(e.ID, unprintable):
		event.ID = clip(e.ID)
		return refuse("id_malformed", "事件编号应为1至64个字符")
	case waybill == "":
		return refuse("waybill_missing", "缺少运单号")
	case !model.WaybillForm(waybill) || (returnAs != "" && !model.WaybillForm(returnAs)):
		return refuse("waybill_malformed", "运单号格式不正确")
	case timeErr != nil || !timeOK:
		return refuse("time_malformed", "时间格式不正确，应为带时区的 RFC 3339 时间")
	}
	row := Row{Words: cut(strings.TrimSpace(e.Text + " " + e.Reason))}
	row.Channel, row.Company, row.Waybill, row.ReceivedAt = model.CarrierStandard, companyOf(e.Company), waybill, now
	row.Key, row.Digest, row.Seq, row.At, row.Place = rowKey(row.Channel, e.ID), e.digest(), e.Seq, at, placeOf(e.Place)
	m := meaning{event: model.ParcelEvent(e.Type), signer: standardSigner[e.SignedBy]}
	if m.event == model.EventDeliveredByOther && m.signer == "" {
		m.signer = model.SignedOther
	}
	if !m.event.Public() {
		m = meaning{}
		row.Flags = []string{model.FlagCodeUnknown}
	}
	row.tell(m, clip(e.Type), model.GradeSpecific)
	if m.event.State() == model.ParcelReturning {
		row.NewWaybill = returnAs
	}
	event.Row = row
	return event
}

var standardSigner = map[string]model.SignedBy{
	"self": model.SignedSelf, "other": model.SignedOther, "locker": model.SignedLocker, "unknown": model.SignedUnknown,
}

// digest tells a retry from an id that was used for something else.
func (e standardEvent) digest() string {
	sum := sha256.New()
	for _, part := range []string{e.Waybill, e.Type, e.At, strconv.FormatInt(e.Seq, 10), e.Place, e.Text, e.SignedBy, e.Reason, e.NewWaybill, e.Company} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Absorbed is the answer for an event whose row was handed to its parcel; ended says that the parcel had come
// to its end before.
func (e Event) Absorbed(outcome model.RowOutcome, ended bool) Result {
	result := Result{ID: e.ID, Status: "applied"}
	switch {
	case outcome == model.RowConflict:
		result.Status, result.Code, result.Message = "rejected", "id_conflict", "该事件编号已用于其他内容"
	case outcome == model.RowDuplicate:
		result.Status = "duplicate"
	case e.Row.Event == "":
		result.Status, result.Code = "ignored", "type_unknown"
	case ended || outcome == model.RowRefused:
		result.Status, result.Code = "ignored", "parcel_ended"
	case e.Row.Ahead():
		result.Code = "time_clamped"
	}
	return result
}

// Parked is the answer for an event whose parcel nobody knows, or knows under another company.
func (e Event) Parked(mismatch bool) Result {
	code := "waybill_unknown"
	if mismatch {
		code = "waybill_of_another_carrier"
	}
	return Result{ID: e.ID, Status: "parked", Code: code}
}

// Read gives the rows that may be stored; a stored message is read again by it.
func (s *Standard) Read(r Request) Push {
	var push Push
	for _, e := range s.Events(r) {
		if e.Refused != nil {
			continue
		}
		if e.Row.Event == "" {
			push.alert("code_unknown", e.Row.Code)
		}
		push.Rows = append(push.Rows, e.Row)
	}
	return push
}

// Reply is one result an event, or an error in the form of the API.
func (s *Standard) Reply(_ Request, v Verdict) Reply {
	if v.Refusal != nil {
		code := cmp.Or(v.Refusal.Code, "bad_request")
		return jsonReply(v.Refusal.Status, compactJSON(struct {
			Code      string `json:"code"`
			Message   string `json:"message"`
			RequestID string `json:"request_id"`
		}{code, fault.Message(code), v.Request}))
	}
	results := v.Results
	if results == nil {
		results = []Result{}
	}
	return jsonReply(http.StatusOK, compactJSON(struct {
		Results []Result `json:"results"`
	}{results}))
}

// Subscribe has nothing to call: the partner pushes by agreement.
func (s *Standard) Subscribe(context.Context, Shipment) (model.SubscribeAnswer, string) {
	return model.SubscribeTaken, "by_agreement"
}

// Query has nobody to ask.
func (s *Standard) Query(context.Context, Shipment, time.Time) (Push, error) {
	return Push{}, &CallError{Answer: model.SubscribeRefused, Code: "not_offered"}
}
