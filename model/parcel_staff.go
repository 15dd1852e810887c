package model

import (
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
