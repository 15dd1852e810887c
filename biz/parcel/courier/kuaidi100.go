package courier

import (
	"cmp"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"kuacheng/model"
)

// Kuaidi100Config is the account at kuaidi100 (快递100).
type Kuaidi100Config struct {
	Key         string   // authorises calls
	Customer    string   // signs queries
	Salts       []string // sign pushes; the first is given with new subscriptions, all are accepted
	APIURL      string   // base of the addresses; default https://poll.kuaidi100.com
	CallbackURL string   // where pushes shall come
}

// minSalt is the shortest salt that is taken. With an empty one the vendor still signs, with MD5 of the text
// alone, which anyone can make.
const minSalt = 16

// Kuaidi100 is the channel of the aggregator kuaidi100: snapshots, newest row first, signed with MD5 and a salt
// of ours (couriers.md §2).
type Kuaidi100 struct {
	cfg    Kuaidi100Config
	caller *Caller
}

// NewKuaidi100 refuses an account whose pushes could be forged.
func NewKuaidi100(cfg Kuaidi100Config, caller *Caller) (*Kuaidi100, error) {
	if len(cfg.Salts) == 0 {
		return nil, errors.New("COURIER_KUAIDI100_SALT is not set")
	}
	for _, salt := range cfg.Salts {
		if len(salt) < minSalt {
			return nil, errors.New("COURIER_KUAIDI100_SALT: a salt must have at least 16 characters")
		}
	}
	cfg.APIURL = strings.TrimSuffix(cmp.Or(cfg.APIURL, "https://poll.kuaidi100.com"), "/")
	return &Kuaidi100{cfg: cfg, caller: caller}, nil
}

// Name is kuaidi100.
func (k *Kuaidi100) Name() model.Carrier { return model.CarrierKuaidi100 }

// Limits allow a form of 1 MiB.
func (k *Kuaidi100) Limits() Limits { return Limits{MaxBody: 1 << 20, Types: []string{typeForm}} }

// Verify checks the sign over the decoded field's bytes.
func (k *Kuaidi100) Verify(r Request) *Refusal {
	fields, refusal := form(r.Body)
	if refusal != nil {
		return refusal
	}
	param, sign := fields["param"], []byte(strings.ToUpper(fields["sign"]))
	if !slices.ContainsFunc(k.cfg.Salts, func(salt string) bool { return hmac.Equal(sign, []byte(upperMD5(param+salt))) }) {
		return refusedSignature
	}
	return wellFormed([]byte(param))
}

type kuaidi100Push struct {
	Status     flex            `json:"status"`
	Message    flex            `json:"message"`
	ComNew     flex            `json:"comNew"`
	LastResult kuaidi100Result `json:"lastResult"`
}

type kuaidi100Result struct {
	Status     flex                `json:"status"`
	State      flex                `json:"state"`
	Com        flex                `json:"com"`
	Nu         flex                `json:"nu"`
	Data       loose[kuaidi100Row] `json:"data"`
	ReturnCode flex                `json:"returnCode"` // of a query that failed
}

type kuaidi100Row struct {
	Time       flex `json:"time"`
	FTime      flex `json:"ftime"`
	Context    flex `json:"context"`
	StatusCode flex `json:"statusCode"`
	AreaName   flex `json:"areaName"`
	Location   flex `json:"location"`
}

// Read takes rows and news of the subscription out of a push.
func (k *Kuaidi100) Read(r Request) Push {
	var push Push
	fields, refusal := form(r.Body)
	var msg kuaidi100Push
	if refusal != nil || json.Unmarshal([]byte(fields["param"]), &msg) != nil {
		push.alert("shape", "param")
		return push
	}
	waybill, ok := push.waybill(msg.LastResult.Nu.String())
	if !ok {
		return push
	}
	msg.LastResult.rows(&push, waybill, r.ReceivedAt)
	news := News{Company: companyOf(msg.LastResult.Com.String()), Waybill: waybill, NewCompany: companyOf(msg.ComNew.String())}
	switch msg.Status.String() {
	case "polling", "updateall":
	case "shutdown":
		news.Over, news.Reason = true, "signed"
	case "abort":
		news.Over, news.Aborted, news.Reason = true, true, abortReason(msg.Message.String())
	default:
		push.alert("shape", "status")
	}
	if news.Over || news.NewCompany != "" {
		push.News = append(push.News, news)
	}
	return push
}

func abortReason(message string) string {
	switch {
	case strings.Contains(message, "3天"):
		return "no_record"
	case strings.Contains(message, "60天"):
		return "no_change"
	}
	return "given_up"
}

// rows reads the lines of a result, pushed or asked for. They come newest first and whole.
func (res kuaidi100Result) rows(push *Push, waybill string, now time.Time) {
	if res.Data.bad > 0 {
		push.alert("shape", "data")
	}
	company := companyOf(res.Com.String())
	rows := make([]Row, 0, len(res.Data.items))
	for i, d := range res.Data.items {
		when := cmp.Or(d.FTime.String(), d.Time.String())
		row := Row{Words: cut(d.Context.String())}
		row.Channel, row.Company, row.Waybill, row.ReceivedAt = model.CarrierKuaidi100, company, waybill, now
		row.Key = rowKey(row.Channel, company, waybill, when, d.Context.String())
		row.Place = placeOf(cmp.Or(d.AreaName.String(), d.Location.String()))
		row.stamp(readTime(when, now))
		code := d.StatusCode.String()
		if code == "" && i == 0 && res.Data.headGood {
			code = res.State.String()
		}
		row.code(push, code, kuaidi100Codes, kuaidi100Basic)
		rows = append(rows, row)
	}
	push.add(rows)
}

// kuaidi100Codes is the vendor's table, basic codes and detailed ones (couriers.md §2, §7).
var kuaidi100Codes = map[string]meaning{
	"101": {event: model.EventOrdered}, "102": {event: model.EventOrdered},
	"1": {event: model.EventCollected}, "103": {event: model.EventCollected},
	"0": {event: model.EventInTransit}, "1002": {event: model.EventInTransit}, "1003": {event: model.EventInTransit}, "7": {event: model.EventInTransit},
	"1001": {event: model.EventArrivedCity},
	"5":    {event: model.EventOutForDelivery}, "501": {event: model.EventAtPickupPoint},
	"2": {event: model.EventDeliveryFailed}, "204": {event: model.EventDeliveryFailed}, "205": {event: model.EventDeliveryFailed},
	"206": {event: model.EventDeliveryFailed}, "207": {event: model.EventDeliveryFailed}, "208": {event: model.EventDeliveryFailed},
	"209": {event: model.EventDamaged},
	"14":  {event: model.EventRejected}, "203": {event: model.EventRejected}, "6": {event: model.EventReturning},
	"3": {event: model.EventDelivered}, "302": {event: model.EventDelivered},
	"301": {event: model.EventDelivered, signer: model.SignedSelf}, "303": {event: model.EventDelivered, signer: model.SignedOther},
	"304": {event: model.EventDelivered, signer: model.SignedLocker},
	"4":   {event: model.EventReturned},
	"210": {event: model.EventCancelled}, "401": {event: model.EventCancelled},
	"201": {}, "202": {}, "8": {}, "10": {}, "11": {}, "12": {}, "13": {}, // overdue remarks and customs
}

var (
	kuaidi100Transit = regexp.MustCompile(`^100\d$`)
	kuaidi100Detail  = regexp.MustCompile(`^\d{3}$`)
)

// kuaidi100Basic is the basic code that a detailed one belongs to, for those that the table lacks.
func kuaidi100Basic(code string) string {
	switch {
	case kuaidi100Transit.MatchString(code):
		return "0"
	case kuaidi100Detail.MatchString(code):
		return code[:1]
	}
	return ""
}

// Reply is the vendor's pair of answers.
func (k *Kuaidi100) Reply(_ Request, v Verdict) Reply {
	if v.Refusal != nil {
		return jsonReply(v.Refusal.Status, `{"result":false,"returnCode":"500","message":"失败"}`)
	}
	return jsonReply(http.StatusOK, `{"result":true,"returnCode":"200","message":"成功"}`)
}

// Subscribe asks for pushes; the key in the text is the credential, there is no signature.
func (k *Kuaidi100) Subscribe(ctx context.Context, s Shipment) (model.SubscribeAnswer, string) {
	if k.cfg.Key == "" {
		return model.SubscribeStopped, "not_configured"
	}
	type parameters struct {
		CallbackURL string `json:"callbackurl"`
		Salt        string `json:"salt"`
		Phone       string `json:"phone,omitempty"`
		ResultV2    string `json:"resultv2"`
	}
	param := compactJSON(struct {
		Company    string     `json:"company"`
		Number     string     `json:"number"`
		From       string     `json:"from"`
		To         string     `json:"to"`
		Key        string     `json:"key"`
		Parameters parameters `json:"parameters"`
	}{s.Company, s.Waybill, s.From, s.To, k.cfg.Key, parameters{k.cfg.CallbackURL, k.cfg.Salts[0], phoneFor(s), "4"}})
	answer, failed := k.caller.post(ctx, k.cfg.APIURL+"/poll", typeForm, "schema=json&param="+url.QueryEscape(param))
	if failed != nil {
		return failed.Answer, failed.Code
	}
	var taken struct {
		ReturnCode flex `json:"returnCode"`
	}
	if json.Unmarshal(answer, &taken) != nil {
		return model.SubscribeLater, "answer"
	}
	code := clip(taken.ReturnCode.String())
	switch code {
	case "200", "501": // 501: already watching, under the salt of then
		return model.SubscribeTaken, code
	case "600", "601":
		return model.SubscribeStopped, code
	case "700", "701", "702":
		return model.SubscribeRefused, code
	}
	return model.SubscribeLater, code
}

// Query asks for a parcel's way now.
func (k *Kuaidi100) Query(ctx context.Context, s Shipment, now time.Time) (Push, error) {
	if k.cfg.Key == "" || k.cfg.Customer == "" {
		return Push{}, &CallError{Answer: model.SubscribeStopped, Code: "not_configured"}
	}
	param := compactJSON(struct {
		Com      string `json:"com"`
		Num      string `json:"num"`
		Phone    string `json:"phone"`
		From     string `json:"from"`
		To       string `json:"to"`
		ResultV2 string `json:"resultv2"`
		Show     string `json:"show"`
		Order    string `json:"order"`
	}{s.Company, s.Waybill, phoneFor(s), "", "", "4", "0", "desc"})
	body := "customer=" + url.QueryEscape(k.cfg.Customer) + "&sign=" + upperMD5(param+k.cfg.Key+k.cfg.Customer) + "&param=" + url.QueryEscape(param)
	answer, failed := k.caller.post(ctx, k.cfg.APIURL+"/poll/query.do", typeForm, body)
	if failed != nil {
		return Push{}, failed
	}
	var res kuaidi100Result
	if wellFormed(answer) != nil || json.Unmarshal(answer, &res) != nil {
		return Push{}, later("answer")
	}
	var push Push
	switch code := cmp.Or(res.ReturnCode.String(), res.Status.String()); code {
	case "200":
		res.rows(&push, s.Waybill, now)
	case "500", "201": // nothing found yet
	case "400", "408":
		return push, &CallError{Answer: model.SubscribeRefused, Code: code}
	case "503", "601":
		return push, &CallError{Answer: model.SubscribeStopped, Code: code}
	default:
		return push, later(clip(code))
	}
	return push, nil
}
