package courier

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kuacheng/biz/parcel/courier/internal/ecb"
	"kuacheng/model"
)

// EMSConfig is the contract with China Post.
type EMSConfig struct {
	Sender        string   // our number
	Authorization string   // of calls
	Keys          []string // sign keys as given out, Base64 of 16 bytes (amp); the first signs calls and makes the token
	APIURL        string   // whole; default https://api.ems.com.cn/amp-prod-api/f/amp/api/open
	CallbackURL   string   // without the token
	Map           *EMSMap  // how this contract's messages read; default DefaultEMSMap
	NoToken       bool     // the contract forbids a query in the address: the cipher alone must then prove the sender

	// Now stamps calls; default the machine's clock.
	Now func() time.Time
}

// EMS is China Post's own channel: increments, enciphered in a way that keeps a secret but proves nothing, so its
// door asks for a token in the address, too (couriers.md §5).
type EMS struct {
	cfg    EMSConfig
	tokens []string
	keys   [][]byte
	caller *Caller
}

// NewEMS refuses a contract without a usable key.
func NewEMS(cfg EMSConfig, caller *Caller) (*EMS, error) {
	if cfg.Sender == "" || len(cfg.Keys) == 0 {
		return nil, errors.New("COURIER_EMS_SENDER and COURIER_EMS_KEY must be set")
	}
	if cfg.Map == nil {
		cfg.Map = DefaultEMSMap()
	}
	if cfg.NoToken && cfg.Map.Envelope == envelopePlain {
		return nil, errors.New("COURIER_EMS_TOKEN: a plain envelope has nothing but the token")
	}
	e := &EMS{cfg: cfg, caller: caller}
	for _, text := range cfg.Keys {
		if len(text) < minSalt {
			return nil, errors.New("COURIER_EMS_KEY: a key must have at least 16 characters")
		}
		key, err := base64.StdEncoding.DecodeString(text)
		if cfg.Map.Envelope == envelopeAmp && (err != nil || len(key) != emsKeySize) {
			return nil, errors.New("COURIER_EMS_KEY: a key must be the Base64 of 16 bytes")
		}
		e.keys = append(e.keys, key)
		e.tokens = append(e.tokens, addressToken(text, model.CarrierEMS))
	}
	e.cfg.APIURL = cmp.Or(cfg.APIURL, "https://api.ems.com.cn/amp-prod-api/f/amp/api/open")
	if e.cfg.Now == nil {
		e.cfg.Now = time.Now
	}
	return e, nil
}

// CallbackAddress is the address to give to China Post; doctor shows it.
func (e *EMS) CallbackAddress() string {
	if e.cfg.NoToken {
		return e.cfg.CallbackURL
	}
	return e.cfg.CallbackURL + "?k=" + e.tokens[0]
}

// Name is ems.
func (e *EMS) Name() model.Carrier { return model.CarrierEMS }

// Limits allow 256 KiB of JSON, or of a form in the older envelope.
func (e *EMS) Limits() Limits {
	types := []string{typeJSON}
	if e.cfg.Map.Envelope == envelopeTrace {
		types = []string{typeForm}
	}
	return Limits{MaxBody: 256 << 10, Types: types}
}

type emsEnvelope struct {
	Cipher   flex `json:"logitcsInterface"` // the misspelling is theirs
	SenderNo flex `json:"senderNo"`
	SerialNo flex `json:"serialNo"`
}

// Verify checks the token and whose message it is. Whether the text inside can be read is asked later: with a
// wrong key of ours it is kept and read again.
func (e *EMS) Verify(r Request) *Refusal {
	if !e.cfg.NoToken && !tokenHolds(r, e.tokens) {
		return refusedSignature
	}
	switch e.cfg.Map.Envelope {
	case envelopeTrace:
		fields, refusal := form(r.Body)
		if refusal != nil {
			return refusal
		}
		if !slices.ContainsFunc(e.cfg.Keys, func(key string) bool {
			return hmac.Equal([]byte(fields["dataDigest"]), []byte(base64HexMD5(fields["msgBody"]+key)))
		}) {
			return refusedSignature
		}
		return wellFormed([]byte(fields["msgBody"]))
	case envelopePlain:
		return wellFormed(r.Body)
	}
	if refusal := wellFormed(r.Body); refusal != nil {
		return refusal
	}
	var outer emsEnvelope
	if json.Unmarshal(r.Body, &outer) != nil || outer.SenderNo.String() != e.cfg.Sender {
		return refusedSignature
	}
	if e.cfg.NoToken && !e.proves(outer.Cipher.String()) {
		return refusedSignature
	}
	return nil
}

// proves says that a cipher text holds what only someone with the key could have written: every block deciphers,
// the padding is right, and the text is a node with its number, code and time.
func (e *EMS) proves(cipher string) bool {
	text, ok := e.open(cipher)
	if !ok || wellFormed(text) != nil {
		return false
	}
	nodes, _ := e.cfg.Map.nodes(text)
	for _, n := range nodes {
		if n.waybill == "" || n.code == "" || n.at == "" {
			return false
		}
	}
	return len(nodes) > 0
}

const (
	emsCipherMark = "|$4|"
	emsKeySize    = 16
)

// open deciphers SM4-ECB with any of the keys. Our own calls append the key's text to the message, and so may
// theirs: it is cut off.
func (e *EMS) open(cipher string) ([]byte, bool) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(cipher, emsCipherMark))
	if err != nil {
		return nil, false
	}
	for i, key := range e.keys {
		text, ok := ecb.Open(raw, key)
		if ok && utf8.Valid(text) {
			return bytes.TrimSuffix(text, []byte(e.cfg.Keys[i])), true
		}
	}
	return nil, false
}

// seal enciphers a call as the contract wants it, with the key's text appended.
func (e *EMS) seal(text string) string {
	return emsCipherMark + base64.StdEncoding.EncodeToString(ecb.Seal([]byte(text+e.cfg.Keys[0]), e.keys[0]))
}

// Read takes the nodes out of a push.
func (e *EMS) Read(r Request) Push {
	var push Push
	text := r.Body
	switch e.cfg.Map.Envelope {
	case envelopeTrace:
		fields, _ := form(r.Body)
		text = []byte(fields["msgBody"])
	case envelopeAmp:
		var outer emsEnvelope
		if json.Unmarshal(r.Body, &outer) != nil {
			push.alert("shape", "envelope")
			return push
		}
		inner, ok := e.open(outer.Cipher.String())
		if !ok {
			push.alert("undecipherable", "")
			return push
		}
		text = inner
	}
	if wellFormed(text) != nil {
		push.alert("shape", "text")
		return push
	}
	nodes, bad := e.cfg.Map.nodes(text)
	if bad > 0 || len(nodes) == 0 {
		push.alert("shape", "items")
	}
	e.take(&push, nodes, r.ReceivedAt)
	return push
}

// take makes rows of nodes.
func (e *EMS) take(push *Push, nodes []emsNode, now time.Time) {
	var rows []Row
	for _, n := range nodes {
		if waybill, ok := push.waybill(n.waybill); ok {
			rows = append(rows, e.row(push, n, waybill, now))
		}
	}
	push.addMixed(rows)
}

func (e *EMS) row(push *Push, n emsNode, waybill string, now time.Time) Row {
	row := Row{Words: cut(cmp.Or(n.text, n.name))}
	row.Channel, row.Company, row.Waybill, row.ReceivedAt = model.CarrierEMS, model.CarrierEMS.Company(), waybill, now
	row.Key = rowKey(row.Channel, waybill, n.code, n.at, n.officeCode, n.text)
	row.Place = placeOf(n.city)
	row.stamp(e.cfg.Map.time(n.at, now))
	event, known := e.cfg.Map.event(n)
	code := clip(n.code)
	if !known {
		push.alert("code_unknown", code)
		row.Flags = append(row.Flags, model.FlagCodeUnknown)
	}
	row.tell(meaning{event: event}, code, model.GradeSpecific)
	return row
}

var emsSerial = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// Reply repeats their serial number and ours; the older envelope has a form of its own.
func (e *EMS) Reply(r Request, v Verdict) Reply {
	status, failed := http.StatusOK, v.Refusal != nil
	if failed {
		status = v.Refusal.Status
	}
	if e.cfg.Map.Envelope == envelopeTrace {
		if failed {
			return jsonReply(status, `{"responseState":false,"errorDesc":"失败"}`)
		}
		return jsonReply(status, `{"responseState":true,"errorDesc":""}`)
	}
	var outer emsEnvelope
	if len(r.Body) <= e.Limits().MaxBody {
		_ = json.Unmarshal(r.Body, &outer) // what cannot be read has no serial number to repeat
	}
	answer := struct {
		SerialNo    string `json:"serialNo"`
		Code        string `json:"code"`
		CodeMessage string `json:"codeMessage"`
		SenderNo    string `json:"senderNo"`
	}{"", "00000", "成功", e.cfg.Sender}
	if emsSerial.MatchString(outer.SerialNo.String()) {
		answer.SerialNo = outer.SerialNo.String()
	}
	if failed {
		answer.Code, answer.CodeMessage = "S00001", "失败"
	}
	return jsonReply(status, compactJSON(answer))
}

// Subscribe has nothing to call: pushes come by contract.
func (e *EMS) Subscribe(context.Context, Shipment) (model.SubscribeAnswer, string) {
	return model.SubscribeTaken, "by_agreement"
}

// Query asks for a parcel's way now.
func (e *EMS) Query(ctx context.Context, s Shipment, now time.Time) (Push, error) {
	if e.cfg.Authorization == "" || e.cfg.Map.Envelope != envelopeAmp {
		return Push{}, &CallError{Answer: model.SubscribeStopped, Code: "not_configured"}
	}
	text := compactJSON(struct {
		WaybillNo string `json:"waybillNo"`
		Direction string `json:"direction"`
	}{s.Waybill, "0"})
	body := "apiCode=040001&senderNo=" + url.QueryEscape(e.cfg.Sender) + "&authorization=" + url.QueryEscape(e.cfg.Authorization) + "&msgType=0&timeStamp=" +
		url.QueryEscape(e.cfg.Now().In(model.Beijing).Format(time.DateTime)) + "&version=V1.0.0&logitcsInterface=" + url.QueryEscape(e.seal(text))
	answer, failed := e.caller.post(ctx, e.cfg.APIURL, typeForm, body)
	if failed != nil {
		return Push{}, failed
	}
	var outer struct {
		RetCode flex `json:"retCode"`
		RetBody flex `json:"retBody"`
	}
	if wellFormed(answer) != nil || json.Unmarshal(answer, &outer) != nil {
		return Push{}, later("answer")
	}
	if code := outer.RetCode.String(); code != "00000" {
		return Push{}, later(clip(code))
	}
	if wellFormed([]byte(outer.RetBody)) != nil {
		return Push{}, later("answer")
	}
	var push Push
	items := *e.cfg.Map
	items.Items = "/responseItems"
	nodes, _ := items.nodes([]byte(outer.RetBody))
	e.take(&push, slices.DeleteFunc(nodes, func(n emsNode) bool { return model.NormaliseWaybill(n.waybill) != s.Waybill }), now)
	return push, nil
}
