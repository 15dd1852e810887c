package courier

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"kuacheng/model"
)

// How an account at SF signs calls.
const (
	SFDigestStandard = "standard" // Base64 of MD5 over the escaped text
	SFDigestSimple   = "simple"   // Base64 of MD5 over the text
	SFDigestSM3      = "sm3"      // hex of SM3 over the text
)

// SFConfig is the account at SF's open platform (顺丰 丰桥).
type SFConfig struct {
	Partner     string
	Checkwords  []string       // the first signs calls and makes the token of the address; the tokens of all are accepted
	Digest      string         // default standard
	APIURL      string         // whole; default https://bspgw.sf-express.com/std/service
	CallbackURL string         // without the token: it is registered for numbers that we have not ordered ourselves
	Allow       []netip.Prefix // where pushes come from; an addition to the token, never instead of it. Empty: anywhere
	Confirm     bool           // pushed ends count only when our own question shows them (Confirming)

	// Now and RequestID are what calls are stamped with; default the machine's clock and random digits. SF compares
	// the time with its own, so the sandbox's clock is not asked.
	Now       func() time.Time
	RequestID func() string
}

// SF is SF Express's own channel: increments without any signature, so its door asks for a token in the address
// (couriers.md §4).
type SF struct {
	cfg    SFConfig
	tokens []string
	caller *Caller
}

// NewSF refuses an account without a secret: its pushes could not be told from anyone's.
func NewSF(cfg SFConfig, caller *Caller) (*SF, error) {
	if cfg.Partner == "" || len(cfg.Checkwords) == 0 {
		return nil, errors.New("COURIER_SF_PARTNER and COURIER_SF_CHECKWORD must be set")
	}
	s := &SF{cfg: cfg, caller: caller}
	for _, word := range cfg.Checkwords {
		if len(word) < minSalt {
			return nil, errors.New("COURIER_SF_CHECKWORD: a checkword must have at least 16 characters")
		}
		s.tokens = append(s.tokens, addressToken(word, model.CarrierSF))
	}
	s.cfg.Digest = cmp.Or(cfg.Digest, SFDigestStandard)
	if !slices.Contains([]string{SFDigestStandard, SFDigestSimple, SFDigestSM3}, s.cfg.Digest) {
		return nil, errors.New("COURIER_SF_DIGEST must be standard, simple or sm3")
	}
	s.cfg.APIURL = cmp.Or(cfg.APIURL, "https://bspgw.sf-express.com/std/service")
	if s.cfg.Now == nil {
		s.cfg.Now = time.Now
	}
	if s.cfg.RequestID == nil {
		s.cfg.RequestID = rand.Text
	}
	return s, nil
}

// addressToken is what stands in the address of a door whose carrier signs nothing. It is made from the account's
// secret, so it needs no setting of its own and changes with it.
func addressToken(secret string, c model.Carrier) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("kuacheng/callbacks/couriers/" + string(c)))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

// tokenHolds compares the token of an address, which must be there once, with all that are in use.
func tokenHolds(r Request, tokens []string) bool {
	given := r.Query["k"]
	return len(given) == 1 && slices.ContainsFunc(tokens, func(t string) bool { return hmac.Equal([]byte(given[0]), []byte(t)) })
}

// CallbackAddress is the address to register with SF; doctor shows it.
func (s *SF) CallbackAddress() string { return s.cfg.CallbackURL + "?k=" + s.tokens[0] }

// Name is sf.
func (s *SF) Name() model.Carrier { return model.CarrierSF }

// Limits allow a form or JSON of 256 KiB, as the account has chosen.
func (s *SF) Limits() Limits { return Limits{MaxBody: 256 << 10, Types: []string{typeForm, typeJSON}} }

// Verify checks the token, then the structure. A verifyCode, where a form has one, must be right; it does not
// replace the token.
func (s *SF) Verify(r Request) *Refusal {
	if !tokenHolds(r, s.tokens) || !s.allows(r.From) {
		return refusedSignature
	}
	if mediaType(r) == typeJSON {
		return wellFormed(r.Body)
	}
	fields, refusal := form(r.Body)
	if refusal != nil {
		return refusal
	}
	content := fields["content"]
	if code, ok := fields["verifyCode"]; ok && !slices.ContainsFunc(s.cfg.Checkwords, func(word string) bool {
		return hmac.Equal([]byte(code), []byte(base64MD5(content+word)))
	}) {
		return refusedSignature
	}
	_, refusal = sfXML(content)
	return refusal
}

// allows says whether pushes come from an address.
func (s *SF) allows(from string) bool {
	if len(s.cfg.Allow) == 0 {
		return true
	}
	a, err := netip.ParseAddr(from)
	return err == nil && slices.ContainsFunc(s.cfg.Allow, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// Doubts says that a pushed row is not to be believed before a question of ours has shown it: what ends a parcel's
// way, where the account is set so.
func (s *SF) Doubts(r Row) bool {
	state := r.Event.State()
	return s.cfg.Confirm && (state.End() || state == model.ParcelReturning)
}

// sfRoute is one node, in a push or in the answer to a query.
type sfRoute struct {
	MailNo          flex `json:"mailno"`
	AcceptTime      flex `json:"acceptTime"`
	AcceptAddress   flex `json:"acceptAddress"`
	Remark          flex `json:"remark"`
	OpCode          flex `json:"opCode"`
	ReasonCode      flex `json:"reasonCode"`
	ReasonName      flex `json:"reasonName"`
	FirstStatusCode flex `json:"firstStatusCode"`
}

// Read takes the nodes out of a push, in either form.
func (s *SF) Read(r Request) Push {
	var push Push
	var rows []Row
	for _, route := range s.routes(&push, r) {
		if waybill, ok := push.waybill(route.MailNo.String()); ok {
			rows = append(rows, route.row(&push, waybill, r.ReceivedAt))
		}
	}
	push.addMixed(rows)
	return push
}

func (s *SF) routes(push *Push, r Request) []sfRoute {
	if mediaType(r) == typeJSON {
		var msg struct {
			Body struct{ WaybillRoute loose[sfRoute] }
		}
		if json.Unmarshal(r.Body, &msg) != nil {
			push.alert("shape", "Body")
		}
		if msg.Body.WaybillRoute.bad > 0 {
			push.alert("shape", "WaybillRoute")
		}
		return msg.Body.WaybillRoute.items
	}
	fields, _ := form(r.Body)
	routes, refusal := sfXML(fields["content"])
	if refusal != nil || len(routes) == 0 {
		push.alert("shape", "content")
	}
	return routes
}

// row reads a node. The key leaves out the node's own id: the answer to a query has none, and pushed and asked
// for it must be the same row.
func (n sfRoute) row(push *Push, waybill string, now time.Time) Row {
	row := Row{Words: cut(n.Remark.String())}
	row.Channel, row.Company, row.Waybill, row.ReceivedAt = model.CarrierSF, model.CarrierSF.Company(), waybill, now
	row.Key = rowKey(row.Channel, waybill, n.OpCode.String(), n.AcceptTime.String(), n.Remark.String())
	row.Place = placeOf(n.AcceptAddress.String())
	row.stamp(readTime(n.AcceptTime.String(), now))
	m, known := n.meaning()
	code := clip(n.OpCode.String())
	if reason := n.ReasonCode.String(); reason != "" {
		code += "+" + clip(reason)
	}
	switch {
	case !known:
		push.alert("code_unknown", code)
		row.Flags = append(row.Flags, model.FlagCodeUnknown)
	case m.event == "":
		push.alert("code_without_state", code)
	}
	row.tell(m, code, model.GradeSpecific)
	if found := sfNewWaybill.FindStringSubmatch(n.Remark.String()); found != nil && row.Event.State() == model.ParcelReturning {
		row.NewWaybill = found[1]
	}
	return row
}

// sfNewWaybill finds the number under which a return travels.
var sfNewWaybill = regexp.MustCompile(`新单号为[:：]?\s*(SF\d{13}|\d{12})`)

// javaEscape escapes as Java's URLEncoder does, which differs from Go's in two characters; SF signs its text.
func javaEscape(s string) string {
	return strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(s))
}

// digest signs a call by the account's mode.
func (s *SF) digest(data, timestamp string) string {
	text := data + timestamp + s.cfg.Checkwords[0]
	switch s.cfg.Digest {
	case SFDigestSimple:
		return base64MD5(text)
	case SFDigestSM3:
		sum := sm3.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	return base64MD5(javaEscape(text))
}

// call sends one request and gives the text inside the answer's envelope.
func (s *SF) call(ctx context.Context, service string, message any) ([]byte, *CallError) {
	data, timestamp := compactJSON(message), strconv.FormatInt(s.cfg.Now().UnixMilli(), 10)
	body := "partnerID=" + url.QueryEscape(s.cfg.Partner) + "&requestID=" + url.QueryEscape(s.cfg.RequestID()) + "&serviceCode=" + service +
		"&timestamp=" + timestamp + "&msgDigest=" + url.QueryEscape(s.digest(data, timestamp)) + "&msgData=" + url.QueryEscape(data)
	answer, failed := s.caller.post(ctx, s.cfg.APIURL, typeForm, body)
	if failed != nil {
		return nil, failed
	}
	var envelope struct {
		APIResultCode flex `json:"apiResultCode"`
		APIResultData flex `json:"apiResultData"`
	}
	if wellFormed(answer) != nil || json.Unmarshal(answer, &envelope) != nil {
		return nil, later("answer")
	}
	switch code := envelope.APIResultCode.String(); code {
	case "A1000":
		return []byte(envelope.APIResultData), nil
	case "A1001":
		return nil, &CallError{Answer: model.SubscribeRefused, Code: code}
	case "A1003", "A1004", "A1006", "A1011":
		return nil, &CallError{Answer: model.SubscribeStopped, Code: code}
	default: // A1005 is the rate, A1099 their fault
		return nil, later(clip(code))
	}
}

// sfAnswer is what stands inside an answer's envelope.
type sfAnswer struct {
	Success   flex `json:"success"`
	ErrorCode flex `json:"errorCode"`
	MsgData   struct {
		RouteResps loose[struct {
			MailNo flex           `json:"mailNo"`
			Routes loose[sfRoute] `json:"routes"`
		}] `json:"routeResps"`
	} `json:"msgData"`
}

// Subscribe registers a number that was not ordered through us: only our own orders are pushed unasked.
func (s *SF) Subscribe(ctx context.Context, p Shipment) (model.SubscribeAnswer, string) {
	text, failed := s.call(ctx, "EXP_RECE_REGISTER_ROUTE", struct {
		Language       string `json:"language"`
		TrackingType   string `json:"trackingType"`
		TrackingNumber string `json:"trackingNumber"`
		CallbackURL    string `json:"callbackUrl"`
	}{"zh-CN", "1", p.Waybill, s.CallbackAddress()})
	if failed != nil {
		return failed.Answer, failed.Code
	}
	var answer struct {
		Success   flex `json:"success"`
		ErrorCode flex `json:"errorCode"`
	}
	if json.Unmarshal(text, &answer) != nil {
		return model.SubscribeLater, "answer"
	}
	code := clip(answer.ErrorCode.String())
	if answer.Success != "true" {
		return model.SubscribeRefused, code
	}
	return model.SubscribeTaken, code
}

// Query asks for a parcel's way now.
func (s *SF) Query(ctx context.Context, p Shipment, now time.Time) (Push, error) {
	text, failed := s.call(ctx, "EXP_RECE_SEARCH_ROUTES", struct {
		Language       string   `json:"language"`
		TrackingType   string   `json:"trackingType"`
		TrackingNumber []string `json:"trackingNumber"`
		MethodType     string   `json:"methodType"`
		CheckPhoneNo   string   `json:"checkPhoneNo"`
	}{"zh-CN", "1", []string{p.Waybill}, "1", phoneFor(p)})
	if failed != nil {
		return Push{}, failed
	}
	var answer sfAnswer
	if wellFormed(text) != nil || json.Unmarshal(text, &answer) != nil {
		return Push{}, later("answer")
	}
	if answer.Success != "true" {
		return Push{}, &CallError{Answer: model.SubscribeRefused, Code: clip(answer.ErrorCode.String())}
	}
	var push Push
	var rows []Row
	for _, found := range answer.MsgData.RouteResps.items {
		if model.NormaliseWaybill(found.MailNo.String()) != p.Waybill {
			continue
		}
		for _, n := range found.Routes.items {
			rows = append(rows, n.row(&push, p.Waybill, now))
		}
	}
	push.add(rows)
	return push, nil
}

// Reply is a pair of answers in the form of the request.
func (s *SF) Reply(r Request, v Verdict) Reply {
	status, failed := http.StatusOK, v.Refusal != nil
	if failed {
		status = v.Refusal.Status
	}
	if mediaType(r) != typeForm {
		if failed {
			return jsonReply(status, `{"return_code":"1000","return_msg":"系统异常"}`)
		}
		return jsonReply(status, `{"return_code":"0000","return_msg":"成功"}`)
	}
	body := `<Response service="RoutePushService"><Head>OK</Head></Response>`
	if failed {
		body = `<Response service="RoutePushService"><Head>ERR</Head><ERROR code="4001">系统发生数据错误或运行时异常</ERROR></Response>`
	}
	return Reply{Status: status, ContentType: "text/xml; charset=utf-8", Body: []byte(body)}
}
