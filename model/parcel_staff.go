package model

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"kuacheng/model/fault"
)

// StaffRow is a line of a parcel's way that a person enters. Unlike a carrier's it moves the parcel from any
// state, so its time must not lie before what it is to settle: zero means now.
func StaffRow(p *Parcel, event ParcelEvent, by Actor, at, now time.Time) (ParcelRow, error) {
	now = moment(now)
	at = moment(at)
	switch {
	case at.IsZero():
		at = now
	case at.After(now), at.Before(p.SentAt):
		return ParcelRow{}, fault.New("validation_failed").Field("at").Say("时间应在寄出之后、现在之前")
	}
	if !event.Public() || event == EventOrdered {
		return ParcelRow{}, fault.New("validation_failed").Field("event").Say("不支持该快件状态")
	}
	return ParcelRow{
		Key:     string(CarrierStaff) + ":" + by.ID + ":" + string(event) + ":" + strconv.FormatInt(at.UnixMilli(), 10),
		Channel: CarrierStaff, Waybill: p.Waybill, Event: event, Grade: GradeSpecific, At: at, ReceivedAt: now, By: &by,
	}, nil
}

// Complaints are what an applicant may report of a parcel, with our words for it. They move nothing: people look.
var complaints = map[string]string{
	"not_received": "申请人反映未收到", "damaged": "申请人反映破损", "incomplete": "申请人反映内件缺少", "other": "申请人反映有问题",
}

// ComplaintKinds lists what may be reported.
func ComplaintKinds() []string { return slices.Sorted(maps.Keys(complaints)) }

// Complain opens a ticket for what an applicant reports; the same once a parcel. Their words go to the sender, who
// must answer for them.
func (p *Parcel) Complain(kind, words string, now time.Time) (changed bool, err error) {
	what, known := complaints[kind]
	if !known {
		return false, fault.New("validation_failed").Field("kind")
	}
	if p.Tickets, changed = addSorted(p.Tickets, "complaint_"+kind); !changed {
		return false, nil
	}
	if words != "" {
		what += "：" + words
	}
	p.Emit(ParcelTicketOpened, moment(now), map[string]string{"reason": "complaint_" + kind, "what": what})
	return true, nil
}

// Phone puts the last digits of the label's phone in, without which some companies tell nothing; news that was
// refused for want of them is asked for anew.
func (p *Parcel) Phone(tail Sealed, now time.Time) error {
	if !p.Open() {
		return fault.New("transition_not_allowed").Say("该邮件已结束")
	}
	p.PhoneTail = tail
	if p.Carrier.Subscribes() && p.Subscription.State != SubscriptionActive {
		p.Subscription = Subscription{State: SubscriptionPending}
		p.Emit(ParcelBound, moment(now), nil)
	}
	p.rest(moment(now))
	return nil
}

// ConfirmCompany settles a carrier_mismatch: a clerk has looked at the label. News is asked for anew under the
// right company, and what waits in the park joins.
func (p *Parcel) ConfirmCompany(company string, now time.Time) error {
	company = CanonicalCompany(company)
	switch {
	case !p.Open() || p.Carrier.Company() != "":
		return fault.New("transition_not_allowed").Say("该邮件的快递公司不能更改")
	case company == "":
		return fault.New("validation_failed").Field("company").Say("请选择快递公司")
	case company == p.Company:
		return nil
	}
	now = moment(now)
	p.Company = company
	p.Marks = slices.DeleteFunc(slices.Clone(p.Marks), func(m string) bool { return m == FlagCarrierMismatch })
	if p.Carrier.Subscribes() {
		p.Subscription = Subscription{State: SubscriptionPending}
		p.Emit(ParcelBound, now, nil)
	}
	p.Emit(ParcelWaybillBound, now, map[string]string{"waybill": p.Waybill})
	p.rest(now)
	return nil
}
