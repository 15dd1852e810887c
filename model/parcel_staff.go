package model

import (
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
