package courier

import (
	"cmp"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kuacheng/model"
)

// KdniaoConfig is the account at kdniao (快递鸟). The address of pushes is set in its console.
type KdniaoConfig struct {
	ID     string   // EBusinessID
	Keys   []string // AppKeys; the first signs calls, all are accepted under pushes
	APIURL string   // base of the addresses; default https://api.kdniao.com
}

// Kdniao is the channel of the aggregator kdniao: snapshots of up to a hundred waybills, oldest row first,
// signed with MD5 and the account's key (couriers.md §3).
type Kdniao struct {
	cfg    KdniaoConfig
	caller *Caller
}

// NewKdniao refuses an account whose pushes could be forged.
func NewKdniao(cfg KdniaoConfig, caller *Caller) (*Kdniao, error) {
	if cfg.ID == "" || len(cfg.Keys) == 0 {
		return nil, errors.New("COURIER_KDNIAO_ID and COURIER_KDNIAO_KEY must be set")
	}
	for _, key := range cfg.Keys {
		if len(key) < minSalt {
			return nil, errors.New("COURIER_KDNIAO_KEY: a key must have at least 16 characters")
		}
	}
	cfg.APIURL = strings.TrimSuffix(cmp.Or(cfg.APIURL, "https://api.kdniao.com"), "/")
	return &Kdniao{cfg: cfg, caller: caller}, nil
}

// Name is kdniao.
func (k *Kdniao) Name() model.Carrier { return model.CarrierKdniao }

// Limits allow a form of 1 MiB.
func (k *Kdniao) Limits() Limits { return Limits{MaxBody: 1 << 20, Types: []string{typeForm}} }

// Verify checks the sign over the decoded field's bytes, and that the push is for our account.
func (k *Kdniao) Verify(r Request) *Refusal {
	fields, refusal := form(r.Body)
	if refusal != nil {
		return refusal
	}
	data := fields["RequestData"]
	// Such a sign holds no % of its own: what still has one was encoded twice.
	sign := []byte(strings.ReplaceAll(fields["DataSign"], "%3D", "="))
	if !slices.ContainsFunc(k.cfg.Keys, func(key string) bool { return hmac.Equal(sign, []byte(base64HexMD5(data+key))) }) {
		return refusedSignature
	}
	if refusal := wellFormed([]byte(data)); refusal != nil {
		return refusal
	}
	var account struct {
		EBusinessID flex
	}
	if json.Unmarshal([]byte(data), &account) == nil && account.EBusinessID.String() != k.cfg.ID {
		return refusedSignature
	}
	return nil
}

type kdniaoPush struct {
	Data loose[kdniaoItem]
}

type kdniaoItem struct {
	ShipperCode  flex
	LogisticCode flex
	Success      flex
	Reason       flex
	State        flex
	StateEx      flex
	Traces       loose[kdniaoTrace]
}

type kdniaoTrace struct {
	AcceptTime    flex
	AcceptStation flex
	Location      flex
	Action        flex
}

// Read takes the rows of all waybills out of a push. An item without data is none of ours to worry about.
func (k *Kdniao) Read(r Request) Push {
	var push Push
	fields, refusal := form(r.Body)
	if refusal != nil {
		push.alert("shape", "RequestData")
		return push
	}
	switch kind := fields["RequestType"]; kind {
	case "101", "102":
	case "107": // cash on delivery: nothing of ours
		return push
	default:
		push.alert("shape", "RequestType")
	}
	var msg kdniaoPush
	if json.Unmarshal([]byte(fields["RequestData"]), &msg) != nil {
		push.alert("shape", "RequestData")
		return push
	}
	items := msg.Data.items
	if msg.Data.bad > 0 {
		push.alert("shape", "Data")
	}
	if len(items) > maxWaybills {
		items = items[:maxWaybills]
		push.alert("truncated", "waybills")
	}
	for _, item := range items {
		if waybill, ok := push.waybill(item.LogisticCode.String()); ok {
			item.rows(&push, companyOf(item.ShipperCode.String()), waybill, r.ReceivedAt)
		}
	}
	return push
}

// rows reads the lines of one waybill. They come whole, and oldest first unless somebody asked otherwise.
func (item kdniaoItem) rows(push *Push, company, waybill string, now time.Time) {
	if item.Traces.bad > 0 {
		push.alert("shape", "Traces")
	}
	rows := make([]Row, 0, len(item.Traces.items))
	for _, t := range item.Traces.items {
		row := Row{Words: cut(t.AcceptStation.String())}
		row.Channel, row.Company, row.Waybill, row.ReceivedAt = model.CarrierKdniao, company, waybill, now
		row.Key = rowKey(row.Channel, company, waybill, t.AcceptTime.String(), t.AcceptStation.String())
		row.Place = placeOf(t.Location.String())
		row.stamp(readTime(t.AcceptTime.String(), now))
		rows = append(rows, row)
	}
	newest := len(rows) - 1
	if newest > 0 && rows[0].At.After(rows[newest].At) {
		newest = 0
	}
	for i := range rows {
		code := item.Traces.items[i].Action.String()
		if code == "" && i == newest && item.Traces.bad == 0 {
			code = cmp.Or(item.StateEx.String(), item.State.String())
		}
		rows[i].code(push, code, kdniaoCodes, func(code string) string {
			if len(code) == 3 {
				return code[:1]
			}
			return ""
		})
	}
	push.add(rows)
}

// kdniaoCodes is the vendor's table of State, StateEx and Action (couriers.md §3, §7). 301 is 正常签收, which
// does not name the signer.
var kdniaoCodes = map[string]meaning{
	"0": {event: model.EventOrdered}, "10": {event: model.EventOrdered}, "1": {event: model.EventCollected},
	"2": {event: model.EventInTransit}, "204": {event: model.EventInTransit}, "205": {event: model.EventInTransit}, "206": {event: model.EventInTransit}, "5": {event: model.EventInTransit},
	"201": {event: model.EventArrivedCity}, "202": {event: model.EventOutForDelivery}, "419": {event: model.EventOutForDelivery},
	"211": {event: model.EventAtPickupPoint},
	"4":   {event: model.EventDeliveryFailed}, "405": {event: model.EventDeliveryFailed}, "412": {event: model.EventDeliveryFailed}, "416": {event: model.EventDeliveryFailed},
	"417": {event: model.EventDeliveryFailed}, "420": {event: model.EventDeliveryFailed}, "421": {event: model.EventDeliveryFailed},
	"422": {event: model.EventDeliveryFailed}, "423": {event: model.EventDeliveryFailed},
	"414": {event: model.EventDamaged}, "404": {event: model.EventRejected}, "407": {event: model.EventReturning}, "413": {event: model.EventReturning},
	"3": {event: model.EventDelivered}, "301": {event: model.EventDelivered}, "302": {event: model.EventDelivered},
	"304": {event: model.EventDelivered, signer: model.SignedOther}, "311": {event: model.EventDelivered, signer: model.SignedLocker},
	"406": {event: model.EventReturned}, "415": {event: model.EventCancelled},
	"401": {}, "402": {}, "403": {}, "418": {}, "6": {}, "601": {}, "602": {}, "603": {}, "604": {}, // remarks and customs
}

// Reply repeats the account's number; the time is the server's, in China's zone.
func (k *Kdniao) Reply(_ Request, v Verdict) Reply {
	status, success, reason := http.StatusOK, true, ""
	if v.Refusal != nil {
		status, success, reason = v.Refusal.Status, false, "失败"
	}
	return jsonReply(status, compactJSON(struct {
		EBusinessID string
		UpdateTime  string
		Success     bool
		Reason      string
	}{k.cfg.ID, v.Now.In(model.Beijing).Format(time.DateTime), success, reason}))
}

// call signs and sends one request about a shipment; the form's fields are in the order of the alphabet.
func (k *Kdniao) call(ctx context.Context, path, kind string, s Shipment) ([]byte, *CallError) {
	company, ok := model.KdniaoCompany(s.Company)
	if !ok {
		return nil, &CallError{Answer: model.SubscribeRefused, Code: "company"}
	}
	data := compactJSON(struct {
		ShipperCode  string
		LogisticCode string
		OrderCode    string
		CustomerName string
		Sort         int
	}{company, s.Waybill, "", phoneFor(s), 0})
	body := url.Values{
		"RequestData": {data}, "EBusinessID": {k.cfg.ID}, "RequestType": {kind}, "DataSign": {base64HexMD5(data + k.cfg.Keys[0])}, "DataType": {"2"},
	}
	return k.caller.post(ctx, k.cfg.APIURL+path, typeForm, body.Encode())
}

// Subscribe asks for pushes with details (8008).
func (k *Kdniao) Subscribe(ctx context.Context, s Shipment) (model.SubscribeAnswer, string) {
	answer, failed := k.call(ctx, "/api/dist", "8008", s)
	if failed != nil {
		return failed.Answer, failed.Code
	}
	var taken kdniaoItem
	if json.Unmarshal(answer, &taken) != nil || taken.Success == "" {
		return model.SubscribeLater, "answer"
	}
	if taken.Success == "true" {
		return model.SubscribeTaken, "success"
	}
	failed = kdniaoRefusal(taken.Reason.String())
	return failed.Answer, failed.Code
}

// kdniaoRefusal sorts the vendor's sentences, which are all that it gives, into what to do about them.
func kdniaoRefusal(reason string) *CallError {
	for _, known := range []struct {
		word   string
		answer model.SubscribeAnswer
		code   string
	}{
		{"非法参数", model.SubscribeStopped, "illegal_parameter"}, // our sign or number
		{"套餐", model.SubscribeStopped, "no_plan"},
		{"编码", model.SubscribeRefused, "company"},
		{"单号", model.SubscribeRefused, "waybill"},
	} {
		if strings.Contains(reason, known.word) {
			return &CallError{Answer: known.answer, Code: known.code}
		}
	}
	return later("refused")
}

// Query asks for a parcel's way now (8002).
func (k *Kdniao) Query(ctx context.Context, s Shipment, now time.Time) (Push, error) {
	answer, failed := k.call(ctx, "/Ebusiness/EbusinessOrderHandle.aspx", "8002", s)
	if failed != nil {
		return Push{}, failed
	}
	var item kdniaoItem
	if wellFormed(answer) != nil || json.Unmarshal(answer, &item) != nil || item.Success == "" {
		return Push{}, later("answer")
	}
	var push Push
	if item.Success != "true" && !strings.Contains(item.Reason.String(), "轨迹") { // no trace yet
		return push, kdniaoRefusal(item.Reason.String())
	}
	item.rows(&push, companyOf(s.Company), s.Waybill, now)
	return push, nil
}
