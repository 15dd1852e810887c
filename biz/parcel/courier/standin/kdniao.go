package standin

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"kuacheng/model"
)

// kdniao plays the aggregator of that name. Its pushes are snapshots, oldest scan first; where they go is set in
// its console.
type kdniao struct{ s *Server }

type kdniaoAnswer struct {
	EBusinessID  string
	UpdateTime   string
	Success      bool
	Reason       string
	ShipperCode  string        `json:",omitempty"`
	LogisticCode string        `json:",omitempty"`
	State        string        `json:",omitempty"`
	StateEx      string        `json:",omitempty"`
	Traces       []kdniaoTrace `json:",omitempty"`
}

type kdniaoTrace struct {
	AcceptTime    string
	AcceptStation string
	Location      string
	Action        string
	Remark        string
}

type kdniaoItem struct {
	EBusinessID  string
	OrderCode    string
	ShipperCode  string
	LogisticCode string
	Success      bool
	Reason       string
	State        string
	StateEx      string
	Location     string
	CallBack     string
	Traces       []kdniaoTrace
}

type kdniaoPush struct {
	PushTime    string
	EBusinessID string
	Count       string
	Data        []kdniaoItem
}

func (k *kdniao) now() string { return k.s.cfg.Clock.Now().In(model.Beijing).Format(time.DateTime) }

func (k *kdniao) answer(w http.ResponseWriter, a kdniaoAnswer) {
	a.EBusinessID, a.UpdateTime = k.s.cfg.Kdniao.ID, k.now()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeJSON(w, a)
}

// kdniaoSign is Base64 over the hex text of an MD5.
func kdniaoSign(data, key string) string {
	sum := md5.Sum([]byte(data + key))
	return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum[:])))
}

func (k *kdniao) serve(w http.ResponseWriter, r *http.Request) {
	cfg := k.s.cfg.Kdniao
	form, ok := postedForm(r)
	data := form.Get("RequestData")
	var about struct{ ShipperCode, LogisticCode, CustomerName string }
	kinds := map[string][]string{"/api/dist": {"1008", "8008"}, "/Ebusiness/EbusinessOrderHandle.aspx": {"1002", "8001", "8002"}}[r.URL.Path]
	switch {
	case kinds == nil:
		http.NotFound(w, r)
	case !ok || form.Get("EBusinessID") != cfg.ID || form.Get("DataSign") != kdniaoSign(data, cfg.Keys[0]) || form.Get("DataType") != "2" ||
		!slices.Contains(kinds, form.Get("RequestType")) || json.Unmarshal([]byte(data), &about) != nil:
		k.answer(w, kdniaoAnswer{Reason: "非法参数"})
	case !k.carries(about.ShipperCode):
		k.answer(w, kdniaoAnswer{Reason: "快递公司编码错误"})
	case len(about.LogisticCode) < 6 || len(about.LogisticCode) > model.MaxWaybill,
		model.WantsPhone(model.CanonicalCompany(about.ShipperCode)) && !fourDigits(about.CustomerName):
		k.answer(w, kdniaoAnswer{Reason: "单号或电话号码错误"})
	case r.URL.Path == "/api/dist":
		k.subscribe(w, about.ShipperCode, about.LogisticCode)
	default:
		k.query(w, about.ShipperCode, about.LogisticCode)
	}
}

func (k *kdniao) carries(code string) bool {
	known, ok := model.KdniaoCompany(model.CanonicalCompany(code))
	return ok && known == code
}

func (k *kdniao) subscribe(w http.ResponseWriter, shipper, waybill string) {
	k.s.mu.Lock()
	p, err := k.s.find(model.CarrierKdniao, model.NormaliseWaybill(waybill))
	if err == nil {
		p.company, p.watched = model.CanonicalCompany(shipper), true
	}
	k.s.mu.Unlock()
	k.answer(w, kdniaoAnswer{Success: err == nil, ShipperCode: shipper, LogisticCode: waybill})
}

func (k *kdniao) query(w http.ResponseWriter, shipper, waybill string) {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	p, ok := k.s.parcels[model.ParcelID(model.CarrierKdniao, waybill)]
	if !ok || p.company != model.CanonicalCompany(shipper) || len(p.told()) == 0 {
		k.answer(w, kdniaoAnswer{Reason: "暂无轨迹信息", ShipperCode: shipper, LogisticCode: waybill, State: "0"})
		return
	}
	item := k.item(p, p.company, p.told(), false)
	k.answer(w, kdniaoAnswer{Success: true, ShipperCode: shipper, LogisticCode: waybill, State: item.State, StateEx: item.StateEx, Traces: item.Traces})
}

// kdniaoCode is how the vendor tells an event. For a loss it has no code.
var kdniaoCode = map[model.ParcelEvent]string{
	model.EventOrdered: "10", model.EventCollected: "1", model.EventInTransit: "204", model.EventArrivedCity: "201", model.EventOutForDelivery: "202",
	model.EventAtPickupPoint: "211", model.EventDeliveryFailed: "416", model.EventDamaged: "414", model.EventRejected: "404", model.EventReturning: "407",
	model.EventDelivered: "301", model.EventDeliveredByOther: "304", model.EventLost: "4", model.EventReturned: "406", model.EventCancelled: "415",
}

// item tells scans oldest first and whole; coarse has basic codes only.
func (k *kdniao) item(p *parcel, company string, told []row, coarse bool) kdniaoItem {
	shipper, _ := model.KdniaoCompany(company)
	item := kdniaoItem{EBusinessID: k.s.cfg.Kdniao.ID, ShipperCode: shipper, LogisticCode: p.waybill, Success: true, Traces: []kdniaoTrace{}}
	for _, r := range told {
		code := kdniaoCode[r.event]
		item.StateEx, item.State, item.Location = code, basicCode(code), r.city
		if code == "10" {
			item.State = "0"
		}
		if coarse {
			code = item.State
		}
		item.Traces = append(item.Traces, kdniaoTrace{AcceptTime: r.at.In(model.Beijing).Format(time.DateTime), AcceptStation: r.words, Location: r.city, Action: code})
	}
	return item
}

func (k *kdniao) offers(f Fault) bool { return f != FaultDoctype && f != FaultAbort }

func (k *kdniao) patience() []time.Duration {
	return []time.Duration{5 * time.Minute, 5 * time.Minute, 5 * time.Minute}
}

var kdniaoTaken = regexp.MustCompile(`^\{"EBusinessID":"[^"]+","UpdateTime":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d","Success":true,"Reason":""\}$`)

func (k *kdniao) accepted(status int, body []byte) bool {
	return status == http.StatusOK && kdniaoTaken.Match(body)
}

func (k *kdniao) pushes(p *parcel, fresh int, f Fault) []push {
	told := p.told()
	switch f {
	case FaultReorder:
		return []push{k.push(p, p.company, told[:max(0, len(told)-fresh)], f), k.push(p, p.company, told, f)}
	case FaultRecode:
		return []push{k.push(p, p.company, told, f), k.push(p, p.company, told, "")}
	case FaultOtherCarrier:
		return []push{k.push(p, otherCompany(p.company), told, f)}
	}
	return []push{k.push(p, p.company, told, f)}
}

// otherCompany is one that the parcel is not with.
func otherCompany(company string) string {
	if company == "yuantong" {
		return "zhongtong"
	}
	return "yuantong"
}

func (k *kdniao) push(p *parcel, company string, told []row, f Fault) push {
	data := compact(kdniaoPush{PushTime: k.now(), EBusinessID: k.s.cfg.Kdniao.ID, Count: "1", Data: []kdniaoItem{k.item(p, company, told, f == FaultRecode)}})
	one := always(message{url: p.callback, ctype: typeForm, body: k.body(data)})
	switch f {
	case FaultGBK:
		one.mangle = body(func([]byte) []byte { return k.body(inGBK(data)) })
	case FaultDoubleField:
		one.mangle = body(func(b []byte) []byte { return append(b, "&RequestType=101"...) })
	}
	return one
}

func (k *kdniao) body(data string) []byte {
	return []byte("RequestData=" + url.QueryEscape(data) + "&RequestType=102&DataSign=" + url.QueryEscape(kdniaoSign(data, k.s.cfg.Kdniao.Keys[0])))
}
