package standin

import (
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// parcel is what a courier knows of one.
type parcel struct {
	carrier  model.Carrier
	company  string
	waybill  string
	from, to string // cities
	callback string
	salt     string // of kuaidi100: fixed by the subscription
	watched  bool   // subscribed, and not yet over
	rows     []row
	order    string   // our number of the parcel, where the carrier was told one
	last     *message // what was posted last, for a replay
}

// row is one scan.
type row struct {
	event model.ParcelEvent
	at    time.Time
	city  string
	words string
	held  bool // not told yet: the fault "late"
	sent  bool // told, by a carrier that tells each scan once
}

// script is the way of a parcel that nothing happens to.
var script = []model.ParcelEvent{
	model.EventCollected, model.EventInTransit, model.EventInTransit, model.EventArrivedCity, model.EventOutForDelivery, model.EventDelivered,
}

// after says what must have happened before an event off the script.
var after = map[model.ParcelEvent]model.ParcelEvent{
	model.EventOrdered: "", model.EventCancelled: "", model.EventLost: model.EventInTransit, model.EventDamaged: model.EventInTransit,
	model.EventDeliveryFailed: model.EventOutForDelivery, model.EventAtPickupPoint: model.EventOutForDelivery,
	model.EventDeliveredByOther: model.EventAtPickupPoint,
	model.EventRejected:         model.EventOutForDelivery, model.EventReturning: model.EventRejected, model.EventReturned: model.EventReturning,
}

// onward says what follows an event off the script when nobody says whereto.
var onward = map[model.ParcelEvent]model.ParcelEvent{
	model.EventOrdered: model.EventCollected, model.EventDamaged: model.EventInTransit, model.EventDeliveryFailed: model.EventOutForDelivery,
	model.EventAtPickupPoint: model.EventDeliveredByOther, model.EventRejected: model.EventReturning, model.EventReturning: model.EventReturned,
}

// way lists the events from here to the named one, or the next one.
func (p *parcel) way(to string) ([]model.ParcelEvent, error) {
	if to != "" {
		event := model.ParcelEvent(to)
		if !event.Public() {
			return nil, fault.New("validation_failed").Field("to").Say("没有这种快递事件")
		}
		return p.wayTo(event), nil
	}
	if len(p.rows) > 0 {
		last := p.rows[len(p.rows)-1].event
		if next, ok := onward[last]; ok {
			return []model.ParcelEvent{next}, nil
		}
		if last.State().End() {
			return nil, fault.New("transition_not_allowed").Say("该快件已结束")
		}
	}
	return []model.ParcelEvent{script[min(p.done(), len(script)-1)]}, nil
}

func (p *parcel) wayTo(event model.ParcelEvent) []model.ParcelEvent {
	done := p.done()
	if i := slices.Index(script[done:], event); i >= 0 {
		return script[done : done+i+1]
	}
	before, off := after[event]
	if !off || before == "" || p.passed(before) {
		return []model.ParcelEvent{event}
	}
	return append(slices.Clone(p.wayTo(before)), event)
}

// done counts the steps of the script that lie behind.
func (p *parcel) done() int {
	n := 0
	for _, r := range p.rows {
		if n < len(script) && script[n] == r.event {
			n++
		}
	}
	return n
}

func (p *parcel) passed(event model.ParcelEvent) bool {
	return slices.ContainsFunc(p.rows, func(r row) bool { return r.event == event })
}

// move adds one scan. Scans are a second apart at least, as every carrier's clock has whole seconds.
func (p *parcel) move(event model.ParcelEvent, now time.Time, f Fault) {
	at := now.Truncate(time.Second)
	if n := len(p.rows); n > 0 && !at.After(p.rows[n-1].at) {
		at = p.rows[n-1].at.Add(time.Second)
	}
	if f == FaultFuture {
		at = at.Add(2 * time.Hour)
	}
	city := p.to
	switch {
	case event == model.EventInTransit && p.passed(model.EventInTransit) && !p.passed(model.EventArrivedCity):
		city = "广州市"
	case !p.passed(model.EventArrivedCity) && event != model.EventArrivedCity, event == model.EventReturned:
		city = p.from
	}
	p.rows = append(p.rows, row{event: event, at: at, city: city, words: words(event, city)})
}

// words are written as couriers write them: with names and numbers that no public page may show.
func words(event model.ParcelEvent, city string) string {
	text := map[model.ParcelEvent]string{
		model.EventOrdered: "商家已下单", model.EventCollected: "快递员 王小明（13800000000）已揽收", model.EventInTransit: "快件离开转运中心，发往下一站",
		model.EventArrivedCity: "快件到达营业部", model.EventOutForDelivery: "快递员 李小红（13900000000）正在为您派件",
		model.EventAtPickupPoint: "快件已存放至菜鸟驿站，取件码 8-2-1024", model.EventDeliveryFailed: "派件不成功，电话无人接听，将再次派送",
		model.EventDamaged: "快件外包装破损", model.EventRejected: "收件人拒收", model.EventReturning: "快件退回中",
		model.EventDelivered: "已签收，签收人：本人签收", model.EventDeliveredByOther: "已签收，签收人：前台",
		model.EventLost: "快件遗失", model.EventReturned: "快件已退回，寄件人已签收", model.EventCancelled: "已取消寄件",
	}[event]
	return "【" + city + "】" + text
}

// told are the rows that the carrier tells, oldest first.
func (p *parcel) told() []row {
	return slices.DeleteFunc(slices.Clone(p.rows), func(r row) bool { return r.held })
}

// untold takes the scans that a carrier of increments has not told yet.
func (p *parcel) untold() []row {
	var rows []row
	for i := range p.rows {
		if r := &p.rows[i]; !r.held && !r.sent {
			r.sent = true
			rows = append(rows, *r)
		}
	}
	return rows
}
