package model

import "slices"

// CarrierName is a channel's name for people; it fits WeChat's phrase (five characters).
func CarrierName(c Carrier) string {
	if name, ok := carrierNames[c]; ok {
		return name
	}
	return string(c)
}

var carrierNames = map[Carrier]string{
	CarrierKuaidi100: "快递", CarrierKdniao: "快递", CarrierSF: "顺丰速运", CarrierEMS: "邮政速递", CarrierStandard: "快递",
}

// CompanyName is a courier company's name for people, "" for one that is not known here.
func CompanyName(company string) string { return courierNames[CanonicalCompany(company)] }

var courierNames = map[string]string{
	"shunfeng": "顺丰速运", "ems": "邮政速递", "youzhengguonei": "邮政快递", "jd": "京东快递", "zhongtong": "中通快递",
	"yuantong": "圆通速递", "shentong": "申通快递", "yunda": "韵达快递", "jtexpress": "极兔速递", "debangkuaidi": "德邦快递",
}

// Courier is who carries the parcel, for people: the company where it is known, else the channel.
func (p *Parcel) Courier() string {
	if name := CompanyName(p.Company); name != "" {
		return name
	}
	return CarrierName(p.Carrier)
}

// ReasonName is the ground of a refusal or termination in Chinese.
func ReasonName(code string) string {
	if r, ok := RefusalReasons[code]; ok {
		return r.Name
	}
	return TerminationReasons[code].Name
}

var noteNames = map[string]string{
	NoteReveal: "查看未脱敏信息", NoteNotice: "告知记录", NoteRecalculated: "期限重新计算", NoteResult: "上传结果文件", NoteShared: "数据共享核验", NoteWaybill: "更正运单号",
	NoteHandOver: "在办移交",
}

// TrailName is the event of a trail entry in Chinese.
func TrailName(event string) string {
	if name := MatterEvent(event).Name(); name != "" {
		return name
	}
	return noteNames[event]
}

var bookingStateNames = map[BookingState]string{
	BookingBooked: "已预约", BookingCheckedIn: "已签到", BookingCalled: "已叫号", BookingServing: "办理中", BookingMissed: "已过号",
	BookingDisplaced: "待改期", BookingServed: "已办理", BookingCancelled: "已取消", BookingNoShow: "未到场",
}

// Name is the state in Chinese.
func (s BookingState) Name() string { return bookingStateNames[s] }

// ReschedulesLeft is how often the person may still choose another slot.
func (b *Booking) ReschedulesLeft() int { return max(0, maxReschedules-b.Reschedules) }

// Asks reports whether a material is being asked for now.
func (m *Matter) Asks(code string) bool {
	_, asked := m.Asked.ask(code)
	return asked
}

// ResultFor reports whether a caller may have the result document: staff of H from the decision on, everybody
// else once it has been served or is on its way.
func (m *Matter) ResultFor(a Actor) bool {
	if m.Decision == nil {
		return false
	}
	if a.Org != "" && a.Org == m.HOrg {
		return true
	}
	served := []MatterState{MatterDispatched, MatterReadyForPickup, MatterDeliveryFailed, MatterDelivered, MatterClosed}
	return slices.Contains(served, m.State)
}

// bookingReasons are the system's codes in words.
var bookingReasons = map[string]string{
	"hall_closed": "大厅已结束服务", "no_new_slot_chosen": "逾期未另选时段", "matter_withdraw": "办件已撤回",
	"matter_expire": "办件已失效", "matter_receive": "材料已收件", "matter_supply": "材料已在网上补交",
}

// BookingReason says why a booking was cancelled or displaced: the system's codes in words, a person's words as they are.
func BookingReason(note string) string {
	if words, ok := bookingReasons[note]; ok {
		return words
	}
	return note
}
