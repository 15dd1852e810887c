package standin

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kuacheng/model"
)

// kuaidi100 plays the aggregator of that name.
type kuaidi100 struct{ s *Server }

var kuaidi100Companies = []string{
	"shunfeng", "ems", "youzhengguonei", "jd", "zhongtong", "yuantong", "shentong", "yunda", "jtexpress", "debangkuaidi",
	"huitongkuaidi", "zhaijisong", "youzhengguoji", "emsguoji",
}

func (k *kuaidi100) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	form, ok := postedForm(r)
	if !ok {
		k.answer(w, "700", "不能解析的请求")
		return
	}
	switch r.URL.Path {
	case "/poll":
		k.poll(w, form)
	case "/poll/query.do":
		k.query(w, form)
	default:
		http.NotFound(w, r)
	}
}

func (k *kuaidi100) answer(w http.ResponseWriter, code, message string) {
	_ = json.NewEncoder(w).Encode(map[string]any{"result": code == "200", "returnCode": code, "message": message})
}

// poll takes a subscription.
func (k *kuaidi100) poll(w http.ResponseWriter, form url.Values) {
	var param struct {
		Company, Number, From, To, Key string
		Parameters                     struct{ CallbackURL, Salt, Phone, ResultV2 string }
	}
	if form.Get("schema") != "json" || json.Unmarshal([]byte(form.Get("param")), &param) != nil {
		k.answer(w, "700", "提交的数据格式错误")
		return
	}
	callback, err := url.Parse(param.Parameters.CallbackURL)
	switch {
	case param.Key == "" || param.Key != k.s.cfg.Kuaidi100.Key:
		k.answer(w, "600", "您不是合法的订阅者")
	case !slices.Contains(kuaidi100Companies, param.Company):
		k.answer(w, "702", "识别不到该快递公司")
	case len(param.Number) < 6 || len(param.Number) > 32:
		k.answer(w, "700", "运单号长度应为6至32位")
	case model.WantsPhone(param.Company) && !fourDigits(param.Parameters.Phone):
		k.answer(w, "700", "该快递公司需要电话号码")
	case err != nil || (callback.Scheme != "http" && callback.Scheme != "https") || callback.Host == "":
		k.answer(w, "700", "回调地址错误")
	case !slices.Contains([]string{"", "0", "1", "4", "8"}, param.Parameters.ResultV2):
		k.answer(w, "700", "resultv2 错误")
	case !k.subscribe(param.Company, param.Number, param.From, param.To, param.Parameters.CallbackURL, param.Parameters.Salt):
		k.answer(w, "501", "重复订阅")
	default:
		k.answer(w, "200", "提交成功")
	}
}

// subscribe notes a watch with its own salt and address; false when there is one, whose salt and address stay.
func (k *kuaidi100) subscribe(company, number, from, to, callback, salt string) bool {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	p, err := k.s.find(model.CarrierKuaidi100, model.NormaliseWaybill(number))
	if err != nil || p.watched {
		return false
	}
	p.company, p.callback, p.salt, p.watched = company, callback, salt, true
	if city := model.CityOf(from); strings.HasSuffix(city, "市") {
		p.from = city
	}
	if city := model.CityOf(to); strings.HasSuffix(city, "市") {
		p.to = city
	}
	return true
}

// query answers with a parcel's way.
func (k *kuaidi100) query(w http.ResponseWriter, form url.Values) {
	cfg := k.s.cfg.Kuaidi100
	var param struct{ Com, Num, Phone, ResultV2, Show, Order string }
	switch {
	case form.Get("customer") == "" || form.Get("customer") != cfg.Customer, form.Get("sign") != md5Upper(form.Get("param")+cfg.Key+cfg.Customer):
		k.answer(w, "503", "验证签名失败")
	case json.Unmarshal([]byte(form.Get("param")), &param) != nil, !slices.Contains(kuaidi100Companies, param.Com), param.Num == "":
		k.answer(w, "400", "提交的数据不完整，或者贵公司没授权")
	case model.WantsPhone(param.Com) && !fourDigits(param.Phone):
		k.answer(w, "408", "验证码错误")
	default:
		k.s.mu.Lock()
		defer k.s.mu.Unlock()
		p, ok := k.s.parcels[model.ParcelID(model.CarrierKuaidi100, param.Num)]
		if !ok || p.company != param.Com || len(p.told()) == 0 {
			k.answer(w, "500", "查询无结果，请隔段时间再查")
			return
		}
		writeJSON(w, lastResult(p, p.company, p.told(), false))
	}
}

func md5Upper(s string) string {
	sum := md5.Sum([]byte(s))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

type kuaidi100Param struct {
	Status     string          `json:"status"`
	BillStatus string          `json:"billstatus"`
	Message    string          `json:"message"`
	AutoCheck  string          `json:"autoCheck"`
	ComOld     string          `json:"comOld"`
	ComNew     string          `json:"comNew"`
	LastResult kuaidi100Result `json:"lastResult"`
}

type kuaidi100Result struct {
	Message   string         `json:"message"`
	State     string         `json:"state"`
	Status    string         `json:"status"`
	Condition string         `json:"condition"`
	IsCheck   string         `json:"ischeck"`
	Com       string         `json:"com"`
	Nu        string         `json:"nu"`
	Data      []kuaidi100Row `json:"data"`
}

type kuaidi100Row struct {
	Time       string `json:"time"`
	FTime      string `json:"ftime"`
	Context    string `json:"context"`
	Status     string `json:"status,omitempty"`
	StatusCode string `json:"statusCode,omitempty"`
	AreaCode   string `json:"areaCode,omitempty"`
	AreaName   string `json:"areaName,omitempty"`
	Location   string `json:"location"`
}

// kuaidi100Code is how the vendor tells an event: the detailed code where it has one, and its name.
var kuaidi100Code = map[model.ParcelEvent][2]string{
	model.EventOrdered: {"101", "已下单"}, model.EventCollected: {"103", "已揽收"}, model.EventInTransit: {"1002", "干线"}, model.EventArrivedCity: {"1001", "到达派件城市"},
	model.EventOutForDelivery: {"5", "派件"}, model.EventAtPickupPoint: {"501", "投柜或驿站"}, model.EventDeliveryFailed: {"206", "无法联系"},
	model.EventDamaged: {"209", "破损"}, model.EventRejected: {"203", "拒收"}, model.EventReturning: {"6", "退回"},
	model.EventDelivered: {"301", "本人签收"}, model.EventDeliveredByOther: {"303", "代签"}, model.EventLost: {"2", "疑难"},
	model.EventReturned: {"4", "退签"}, model.EventCancelled: {"401", "已销单"},
}

// basicCode is the coarse code of a detailed one.
func basicCode(code string) string {
	if len(code) == 4 {
		return "0"
	}
	return code[:1]
}

// lastResult tells rows newest first and whole; coarse leaves the detailed codes out, as accounts without
// resultv2 have it.
func lastResult(p *parcel, company string, told []row, coarse bool) kuaidi100Result {
	res := kuaidi100Result{Message: "ok", Status: "200", Condition: "F00", IsCheck: "0", Com: company, Nu: p.waybill, Data: []kuaidi100Row{}}
	for _, r := range slices.Backward(told) {
		code := kuaidi100Code[r.event]
		at := r.at.In(model.Beijing).Format(time.DateTime)
		line := kuaidi100Row{Time: at, FTime: at, Context: r.words, Status: code[1], StatusCode: code[0], AreaCode: areaCodes[r.city], AreaName: "广东," + r.city, Location: r.city}
		if coarse {
			line.Status, line.StatusCode = "", ""
		}
		if len(res.Data) == 0 {
			res.State = basicCode(code[0])
		}
		if r.event.State() == model.ParcelDelivered {
			res.IsCheck = "1"
		}
		res.Data = append(res.Data, line)
	}
	return res
}

var areaCodes = map[string]string{"汕尾市": "CN441500000000", "深圳市": "CN440300000000", "广州市": "CN440100000000"}

func (k *kuaidi100) offers(f Fault) bool { return f != FaultDoctype }

func (k *kuaidi100) patience() []time.Duration {
	return []time.Duration{30 * time.Minute, 30 * time.Minute, 30 * time.Minute}
}

func (k *kuaidi100) accepted(status int, body []byte) bool {
	return status == http.StatusOK && string(body) == `{"result":true,"returnCode":"200","message":"成功"}`
}

// pushes are snapshots: every one tells all rows.
func (k *kuaidi100) pushes(p *parcel, fresh int, f Fault) []push {
	told := p.told()
	param := kuaidi100Param{Status: "polling", BillStatus: "sending", AutoCheck: "0", LastResult: lastResult(p, p.company, told, false)}
	if p.rows[len(p.rows)-1].event.State().End() {
		param.Status, param.BillStatus = "shutdown", "check"
		p.watched = false
	}
	switch f {
	case FaultAbort:
		param.Status, param.BillStatus, param.Message, p.watched = "abort", "", "3天查询无记录", false
		param.LastResult = kuaidi100Result{Message: "快递公司网络异常，请稍后查询。", State: "0", Status: "201", IsCheck: "0", Com: p.company, Nu: p.waybill, Data: []kuaidi100Row{}}
	case FaultOtherCarrier:
		other := "yuantong"
		if p.company == other {
			other = "zhongtong"
		}
		param.AutoCheck, param.ComOld, param.ComNew = "1", p.company, other
		param.LastResult = lastResult(p, other, told, false)
	case FaultReorder:
		older := param
		older.Status, older.LastResult = "polling", lastResult(p, p.company, told[:max(0, len(told)-fresh)], false)
		return []push{k.push(p, older, f), k.push(p, param, f)}
	case FaultRecode:
		coarse := param
		coarse.LastResult = lastResult(p, p.company, told, true)
		return []push{k.push(p, coarse, f), k.push(p, param, f)}
	}
	return []push{k.push(p, param, f)}
}

func (k *kuaidi100) push(p *parcel, param kuaidi100Param, f Fault) push {
	text := compact(param)
	one := always(message{url: p.callback, ctype: typeForm, body: kuaidi100Body(text, p.salt)})
	switch f {
	case FaultGBK:
		one.mangle = body(func([]byte) []byte { return kuaidi100Body(inGBK(text), p.salt) })
	case FaultDoubleField:
		one.mangle = body(func(b []byte) []byte { return append(b, "&param=%7B%7D"...) })
	}
	return one
}

func kuaidi100Body(param, salt string) []byte {
	return []byte("param=" + url.QueryEscape(param) + "&sign=" + md5Upper(param+salt))
}
