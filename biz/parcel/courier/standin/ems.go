package standin

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kuacheng/biz/parcel/courier/internal/ecb"
	"kuacheng/model"
)

// ems plays China Post. Each push is one node, enciphered; a serial number counts them.
type ems struct {
	s      *Server
	serial int
}

const emsMark = "|$4|"

func (o *ems) key() []byte {
	key, _ := base64.StdEncoding.DecodeString(o.s.cfg.EMS.Keys[0]) // the client has checked it
	return key
}

type emsNode struct {
	WaybillNo     string `json:"waybillNo"`
	OrderNo       string `json:"orderNo"`
	OpTime        string `json:"opTime"`
	OpCode        string `json:"opCode"`
	OpName        string `json:"opName"`
	OpDesc        string `json:"opDesc"`
	OpOrgProvName string `json:"opOrgProvName"`
	OpOrgCity     string `json:"opOrgCity"`
	OpOrgCode     string `json:"opOrgCode"`
	OpOrgName     string `json:"opOrgName"`
	OperatorNo    string `json:"operatorNo"`
	OperatorName  string `json:"operatorName"`
}

func (o *ems) answer(w http.ResponseWriter, code, message, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeJSON(w, map[string]string{"serialNo": "0", "retCode": code, "retMsg": message, "retBody": body})
}

func (o *ems) serve(w http.ResponseWriter, r *http.Request) {
	cfg := o.s.cfg.EMS
	form, ok := postedForm(r)
	_, timeErr := time.Parse(time.DateTime, form.Get("timeStamp"))
	var about struct{ WaybillNo, Direction string }
	switch {
	case !strings.HasSuffix(r.URL.Path, "/open"):
		http.NotFound(w, r)
	case !ok || form.Get("apiCode") != "040001" || form.Get("msgType") != "0" || form.Get("version") != "V1.0.0" || timeErr != nil:
		o.answer(w, "B00001", "请求参数错误", "")
	case form.Get("senderNo") != cfg.Sender || form.Get("authorization") != cfg.Authorization:
		o.answer(w, "B00002", "未授权", "")
	case !o.open(form.Get("logitcsInterface"), &about) || about.WaybillNo == "" || about.Direction != "0":
		o.answer(w, "B00003", "报文解密失败", "")
	default:
		o.s.mu.Lock()
		defer o.s.mu.Unlock()
		items := []emsNode{}
		if p, ok := o.s.parcels[model.ParcelID(model.CarrierEMS, about.WaybillNo)]; ok {
			for _, r := range p.told() {
				items = append(items, o.node(p, r))
			}
		}
		o.answer(w, "00000", "成功", compact(map[string]any{"responseItems": items}))
	}
}

// open deciphers one of our calls, which must end with the key's own text.
func (o *ems) open(cipher string, v any) bool {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(cipher, emsMark))
	text, ok := ecb.Open(raw, o.key())
	suffix := []byte(o.s.cfg.EMS.Keys[0])
	return err == nil && ok && strings.HasPrefix(cipher, emsMark) && bytes.HasSuffix(text, suffix) && json.Unmarshal(bytes.TrimSuffix(text, suffix), v) == nil
}

// emsCode is how China Post tells an event; where it has no code, the name decides.
var emsCode = map[model.ParcelEvent][2]string{
	model.EventOrdered: {"101", "订单接入"}, model.EventCollected: {"203", "收寄计费信息"}, model.EventInTransit: {"389", "处理中心封车"}, model.EventArrivedCity: {"954", "邮件到达处理中心"},
	model.EventOutForDelivery: {"702", "投递邮件接收-下段"}, model.EventAtPickupPoint: {"748", "存入驿站待取"}, model.EventDeliveryFailed: {"705", "投递结果反馈-未妥投"},
	model.EventDamaged: {"747", "邮件破损"}, model.EventRejected: {"711", "收件人拒收"}, model.EventReturning: {"711", "邮件退回"},
	model.EventDelivered: {"704", "投递结果反馈-妥投"}, model.EventDeliveredByOther: {"704", "投递结果反馈-妥投"}, model.EventLost: {"747", "邮件遗失"},
	model.EventReturned: {"748", "退回妥投"}, model.EventCancelled: {"O_011", "撤单"},
}

var emsOffices = map[string]string{"汕尾市": "51660000", "深圳市": "51800000", "广州市": "51000000"}

func (o *ems) node(p *parcel, r row) emsNode {
	code := emsCode[r.event]
	return emsNode{
		WaybillNo: p.waybill, OrderNo: p.order, OpTime: r.at.In(model.Beijing).Format(time.DateTime), OpCode: code[0], OpName: code[1], OpDesc: r.words,
		OpOrgProvName: "广东省", OpOrgCity: r.city, OpOrgCode: emsOffices[r.city], OpOrgName: r.city + "揽投部",
	}
}

func (o *ems) offers(f Fault) bool {
	return f != FaultDoctype && f != FaultAbort && f != FaultRecode && f != FaultOtherCarrier
}

func (o *ems) patience() []time.Duration {
	return []time.Duration{10 * time.Minute, 10 * time.Minute, 10 * time.Minute}
}

// accepted looks for the whole answer; the serial number in it must be one of ours.
func (o *ems) accepted(status int, body []byte) bool {
	var a struct{ SerialNo, Code, CodeMessage, SenderNo string }
	if status != http.StatusOK || json.Unmarshal(body, &a) != nil {
		return false
	}
	return len(a.SerialNo) == 32 && a.Code == "00000" && a.CodeMessage == "成功" && a.SenderNo == o.s.cfg.EMS.Sender
}

func (o *ems) pushes(p *parcel, _ int, f Fault) []push {
	var pushes []push
	for _, r := range p.untold() {
		pushes = append(pushes, o.push(p, r, f))
	}
	return pushes
}

func (o *ems) push(p *parcel, r row, f Fault) push {
	o.serial++
	text := compact(o.node(p, r))
	envelope := func(text string) []byte {
		return []byte(compact(struct {
			Cipher    string `json:"logitcsInterface"`
			Method    string `json:"method"`
			MsgType   string `json:"msgType"`
			SenderNo  string `json:"senderNo"`
			SerialNo  string `json:"serialNo"`
			TimeStamp string `json:"timeStamp"`
			Version   string `json:"version"`
		}{
			emsMark + base64.StdEncoding.EncodeToString(ecb.Seal([]byte(text), o.key())), "040002", "0", o.s.cfg.EMS.Sender,
			fmt.Sprintf("%028dKC%02d", o.serial/100, o.serial%100), o.s.cfg.Clock.Now().In(model.Beijing).Format(time.DateTime), "v1.0.0",
		}))
	}
	one := always(message{url: p.callback, ctype: typeJSON, body: envelope(text)})
	switch f {
	case FaultTamper:
		one.mangle = spoilToken
	case FaultGBK:
		wrong := envelope(inGBK(text))
		one.mangle = body(func([]byte) []byte { return wrong })
	case FaultDoubleField:
		one.mangle = body(func(b []byte) []byte { return append([]byte(`{"SENDERNO":"0",`), b[1:]...) })
	}
	return one
}
