package standin

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

// sf plays SF Express's open platform. Its pushes are increments of at most ten nodes, signed by nobody.
type sf struct{ s *Server }

const sfNodes = 10

type sfNode struct {
	MailNo        string `json:"mailno" xml:"mailno,attr"`
	AcceptAddress string `json:"acceptAddress" xml:"acceptAddress,attr"`
	ReasonName    string `json:"reasonName" xml:"reasonName,attr"`
	OrderID       string `json:"orderid" xml:"orderid,attr"`
	AcceptTime    string `json:"acceptTime" xml:"acceptTime,attr"`
	Remark        string `json:"remark" xml:"remark,attr"`
	OpCode        string `json:"opCode" xml:"opCode,attr"`
	ID            string `json:"id" xml:"id,attr"`
	ReasonCode    string `json:"reasonCode" xml:"reasonCode,attr"`
}

func (o *sf) answer(w http.ResponseWriter, code, data string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeJSON(w, struct {
		APIErrorMsg   string `json:"apiErrorMsg"`
		APIResponseID string `json:"apiResponseID"`
		APIResultCode string `json:"apiResultCode"`
		APIResultData string `json:"apiResultData"`
	}{"", "00016000000000000000000000000001", code, data})
}

// digest is SF's, by the account's mode; Java's escaping leaves the asterisk and takes the tilde.
func (o *sf) digest(data, timestamp string) string {
	text := data + timestamp + o.s.cfg.SF.Checkwords[0]
	switch o.s.cfg.SF.Digest {
	case courier.SFDigestSM3:
		sum := sm3.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	case courier.SFDigestSimple:
	default:
		text = strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(text), "%2A", "*"), "~", "%7E")
	}
	sum := md5.Sum([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (o *sf) serve(w http.ResponseWriter, r *http.Request) {
	form, ok := postedForm(r)
	data, timestamp := form.Get("msgData"), form.Get("timestamp")
	_, err := strconv.ParseInt(timestamp, 10, 64)
	switch {
	case r.URL.Path != "/std/service":
		http.NotFound(w, r)
	case !ok || data == "" || form.Get("requestID") == "" || len(timestamp) != 13 || err != nil:
		o.answer(w, "A1001", "")
	case form.Get("partnerID") != o.s.cfg.SF.Partner:
		o.answer(w, "A1004", "")
	case form.Get("msgDigest") != o.digest(data, timestamp):
		o.answer(w, "A1006", "")
	case form.Get("serviceCode") == "EXP_RECE_REGISTER_ROUTE":
		o.register(w, data)
	case form.Get("serviceCode") == "EXP_RECE_SEARCH_ROUTES":
		o.search(w, data)
	default:
		o.answer(w, "A1004", "")
	}
}

func (o *sf) register(w http.ResponseWriter, data string) {
	var about struct{ Language, TrackingType, TrackingNumber, CallbackURL string }
	callback := &url.URL{}
	err := json.Unmarshal([]byte(data), &about)
	if err == nil {
		callback, err = url.Parse(about.CallbackURL)
	}
	if err != nil || about.TrackingType != "1" || callback.Host == "" {
		o.answer(w, "A1000", `{"success":false,"errorCode":"20001"}`)
		return
	}
	if _, err := model.CheckWaybill(model.CarrierSF, about.TrackingNumber); err != nil {
		o.answer(w, "A1000", `{"success":false,"errorCode":"20018"}`)
		return
	}
	o.s.mu.Lock()
	p, err := o.s.find(model.CarrierSF, about.TrackingNumber)
	if err == nil {
		p.callback, p.watched = about.CallbackURL, true
	}
	o.s.mu.Unlock()
	if err != nil {
		o.answer(w, "A1099", "")
		return
	}
	o.answer(w, "A1000", `{"success":true,"errorCode":"S0000","errorMsg":null,"msgData":null}`)
}

func (o *sf) search(w http.ResponseWriter, data string) {
	var about struct {
		TrackingType   string
		TrackingNumber []string
		CheckPhoneNo   string
	}
	if json.Unmarshal([]byte(data), &about) != nil || about.TrackingType != "1" || len(about.TrackingNumber) == 0 || len(about.TrackingNumber) > sfNodes || !fourDigits(about.CheckPhoneNo) {
		o.answer(w, "A1000", `{"success":false,"errorCode":"20001"}`)
		return
	}
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	type found struct {
		MailNo string   `json:"mailNo"`
		Routes []sfNode `json:"routes"`
	}
	all := []found{}
	for _, waybill := range about.TrackingNumber {
		one := found{waybill, []sfNode{}}
		if p, ok := o.s.parcels[model.ParcelID(model.CarrierSF, waybill)]; ok {
			one.Routes = append(one.Routes, o.nodes(p, p.told())...)
		}
		all = append(all, one)
	}
	o.answer(w, "A1000", compact(map[string]any{"success": true, "errorCode": "S0000", "errorMsg": nil, "msgData": map[string]any{"routeResps": all}}))
}

// sfCode is how SF tells an event: operation and reason.
var sfCode = map[model.ParcelEvent][2]string{
	model.EventOrdered: {"8000", ""}, model.EventCollected: {"50", ""}, model.EventInTransit: {"30", ""}, model.EventArrivedCity: {"31", ""},
	model.EventOutForDelivery: {"44", ""}, model.EventAtPickupPoint: {"678", ""}, model.EventDeliveryFailed: {"33", ""}, model.EventDamaged: {"33", ""},
	model.EventRejected: {"33", ""}, model.EventReturning: {"99", "2"}, model.EventDelivered: {"80", ""}, model.EventDeliveredByOther: {"80", ""},
	model.EventLost: {"8000", "6"}, model.EventReturned: {"80", ""}, model.EventCancelled: {"70", "46"},
}

func (o *sf) nodes(p *parcel, rows []row) []sfNode {
	nodes := make([]sfNode, 0, len(rows))
	for _, r := range rows {
		n := 1
		for n <= len(p.rows) && p.rows[n-1].at.Before(r.at) {
			n++
		}
		code := sfCode[r.event]
		nodes = append(nodes, sfNode{
			MailNo: p.waybill, AcceptAddress: r.city, OrderID: p.order, AcceptTime: r.at.In(model.Beijing).Format(time.DateTime),
			Remark: r.words, OpCode: code[0], ReasonCode: code[1], ID: fmt.Sprintf("178946%09d", n),
		})
	}
	return nodes
}

func (o *sf) offers(f Fault) bool {
	return f != FaultAbort && f != FaultRecode && f != FaultOtherCarrier && (f != FaultDoctype || o.s.cfg.SFForm)
}

func (o *sf) patience() []time.Duration {
	return []time.Duration{10 * time.Minute, 10 * time.Minute, 10 * time.Minute}
}

func (o *sf) accepted(status int, body []byte) bool {
	return status == http.StatusOK && (string(body) == `{"return_code":"0000","return_msg":"成功"}` ||
		string(body) == `<Response service="RoutePushService"><Head>OK</Head></Response>`)
}

func (o *sf) pushes(p *parcel, _ int, f Fault) []push {
	nodes := o.nodes(p, p.untold())
	if f == FaultReorder && len(nodes) > 0 {
		// Ten are one message; to come in the wrong order they must be two.
		last := len(nodes) - 1
		return []push{o.push(p, nodes[:last], ""), o.push(p, nodes[last:], "")}
	}
	var pushes []push
	for len(nodes) > 0 {
		n := min(len(nodes), sfNodes)
		pushes = append(pushes, o.push(p, nodes[:n], f))
		nodes = nodes[n:]
	}
	return pushes
}

func (o *sf) push(p *parcel, nodes []sfNode, f Fault) push {
	m := message{url: p.callback, ctype: typeJSON}
	if o.s.cfg.SFForm {
		m.ctype, m.body = typeForm, sfForm(nodes)
	} else {
		m.body = []byte(compact(map[string]any{"Body": map[string]any{"WaybillRoute": nodes}}))
	}
	one := always(m)
	switch f {
	case FaultTamper:
		one.mangle = spoilToken
	case FaultGBK:
		one.mangle = body(func(b []byte) []byte { return bytes.Replace(b, []byte("【"), []byte(inGBK("【")), 1) })
		if o.s.cfg.SFForm {
			one.mangle = body(func(b []byte) []byte { return bytes.Replace(b, []byte(url.QueryEscape("【")), []byte("%C5%C9"), 1) })
		}
	case FaultDoctype:
		one.mangle = body(func(b []byte) []byte {
			return bytes.Replace(b, []byte("%3CRequest+"), []byte(url.QueryEscape(`<!DOCTYPE Request SYSTEM "file:///etc/passwd">`)+"%3CRequest+"), 1)
		})
	case FaultDoubleField:
		one.mangle = body(func(b []byte) []byte {
			if o.s.cfg.SFForm {
				return append(b, "&content=%3Ca%2F%3E"...)
			}
			return append([]byte(`{"body":{},`), b[1:]...)
		})
	}
	return one
}

// sfForm writes nodes as a form with XML inside, by hand: SF's declaration has single quotes, its elements no end.
func sfForm(nodes []sfNode) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version='1.0' encoding='UTF-8'?><Request service="RoutePushService" lang="zh-CN"><Body>`)
	for _, n := range nodes {
		b.WriteString("<WaybillRoute")
		for _, a := range [][2]string{
			{"mailno", n.MailNo}, {"acceptAddress", n.AcceptAddress}, {"reasonName", n.ReasonName}, {"orderid", n.OrderID}, {"acceptTime", n.AcceptTime},
			{"remark", n.Remark}, {"opCode", n.OpCode}, {"id", n.ID}, {"reasonCode", n.ReasonCode},
		} {
			b.WriteString(" " + a[0] + `="`)
			_ = xml.EscapeText(&b, []byte(a[1])) // a Builder does not fail
			b.WriteString(`"`)
		}
		b.WriteString("/>")
	}
	b.WriteString("</Body></Request>")
	return []byte("content=" + url.QueryEscape(b.String()))
}

// spoilToken changes the token of an address: where nothing is signed, it is what can be wrong.
func spoilToken(m message) message {
	m.url = strings.Replace(m.url, "?k=", "?k=0", 1)
	return m
}
