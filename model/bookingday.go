package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// Reschedule moves the booking to a slot whose seat is already taken: same id, new QR. From displaced it is a
// free choice; otherwise at most twice and only until 30 minutes before the start.
func (b *Booking) Reschedule(by Actor, st SlotTime, hallName string, r BookingRules, now time.Time) error {
	now = moment(now)
	if b.State == BookingBooked && b.Slot == st.ID {
		return nil // the place it has
	}
	if err := b.CanReschedule(by, now); err != nil {
		return err
	}
	if err := r.Bookable(st, now); err != nil {
		return err
	}
	old, oldHall := b.Slot, b.Hall
	if b.State == BookingBooked {
		b.Reschedules++
	}
	b.take(st, hallName, r, now)
	b.step(EventReschedule, BookingBooked, by, now, "", map[string]string{"old_slot": old, "old_hall": oldHall})
	return nil
}

// CanReschedule asks beforehand, so that no seat is taken in vain.
func (b *Booking) CanReschedule(by Actor, now time.Time) error {
	if _, err := b.to(EventReschedule, by); err != nil {
		return err
	}
	if b.State == BookingDisplaced {
		return nil
	}
	if now.After(b.ChangeUntil) {
		return fault.New("too_late_to_change").With("until", b.ChangeUntil.In(Beijing))
	}
	if b.Reschedules >= maxReschedules {
		return fault.New("reschedule_limit").With("limit", maxReschedules)
	}
	return nil
}

// Cancel ends the booking without a penalty and frees its seat. A citizen may until 30 minutes before the start;
// who comes to the counter, or has been displaced, at any time.
func (b *Booking) Cancel(by Actor, reason string, now time.Time) error {
	now = moment(now)
	if b.State == BookingCancelled && b.repeated(by, EventCancel) {
		return nil
	}
	to, err := b.to(EventCancel, by)
	if err != nil {
		return err
	}
	if slices.Contains(citizens, by.Door) && b.State == BookingBooked && now.After(b.ChangeUntil) {
		return fault.New("too_late_to_change").With("until", b.ChangeUntil.In(Beijing))
	}
	b.step(EventCancel, to, by, now, reason, nil)
	return nil
}

// Displace takes the place away because the hall cannot keep it. The person chooses another freely for seven
// days, and it counts against no limit.
func (b *Booking) Displace(by Actor, reason string, now time.Time) error {
	now = moment(now)
	if b.State == BookingDisplaced {
		return nil
	}
	to, err := b.to(EventDisplace, by)
	if err != nil {
		return err
	}
	free := now.AddDate(0, 0, freeChoiceDays)
	b.DisplacedAt, b.FreeUntil, b.Ticket, b.Calls = &now, &free, "", 0
	b.step(EventDisplace, to, by, now, reason, nil)
	return nil
}

// Offer is a place kept for a displaced person for a while.
type Offer struct {
	Slot   string    `json:"slot"`
	Hall   string    `json:"hall"`
	Starts time.Time `json:"starts_at"`
	Until  time.Time `json:"until"` // it is kept so long
}

// OfferTime is how long places are kept for a displaced person, and OffersMost how many (domain rule §4).
const (
	OfferTime  = 2 * time.Hour
	OffersMost = 3
)

// PutOffers notes the places that are kept; false when there are some already, or the person has chosen.
func (b *Booking) PutOffers(offers []Offer) bool {
	if b.State != BookingDisplaced || len(b.Offered) > 0 || len(offers) == 0 {
		return false
	}
	b.Offered = offers
	return true
}

// DisplacedFor is why the booking was displaced: a person's words, or a code of the system's.
func (b *Booking) DisplacedFor() string {
	for i := len(b.Steps) - 1; i >= 0; i-- {
		if b.Steps[i].Event == EventDisplace {
			return b.Steps[i].Note
		}
	}
	return ""
}

// Urgent reports that the displaced appointment was to begin within two hours, so that an SMS goes out too.
func (b *Booking) Urgent() bool {
	return b.DisplacedAt != nil && b.Starts.Sub(*b.DisplacedAt) <= 2*time.Hour
}

// CanCheckIn asks whether check-in would be accepted, so that no ticket is drawn in vain. again is true when
// the same caller has already done it: the answer is the present state.
func (b *Booking) CanCheckIn(by Actor, now time.Time) (again bool, err error) {
	now = moment(now)
	if b.CalledUp() && b.repeated(by, EventCheckIn, EventReturn) {
		return true, nil
	}
	today := DateOf(now)
	late := fault.New("too_late").With("closed_at", b.CheckInUntil.In(Beijing))
	switch {
	case b.State == BookingNoShow && b.Misses == 0 && b.Date == today && by.Hall == b.Hall:
		return false, late.With("ended", b.endDetails())
	case b.Ended():
		return false, fault.New("booking_ended").With("ended", b.endDetails())
	case by.Hall != b.Hall:
		return false, fault.New("wrong_hall").Say("预约的是"+b.HallName).With("hall", b.Hall).With("hall_name", b.HallName)
	case b.State == BookingDisplaced:
		_, err = b.to(EventCheckIn, by)
		return false, err
	case b.Date != today:
		return false, fault.New("wrong_day").Say("预约日期是"+string(b.Date)).With("date", b.Date)
	case b.State == BookingMissed:
		_, err = b.to(EventReturn, by)
		return false, err
	case b.State == BookingBooked && now.Before(b.CheckInFrom):
		return false, fault.New("too_early").With("opens_at", b.CheckInFrom.In(Beijing))
	case b.State == BookingBooked && now.After(b.CheckInUntil):
		return false, late
	}
	_, err = b.to(EventCheckIn, by)
	return false, err
}

// CalledUp reports that the person is in the hall: checked in, called or at the window.
func (b *Booking) CalledUp() bool {
	return b.State == BookingCheckedIn || b.State == BookingCalled || b.State == BookingServing
}

func (b *Booking) endDetails() map[string]any {
	d := map[string]any{"how": b.State}
	if b.EndedAt != nil {
		d["at"] = b.EndedAt.In(Beijing)
	}
	return d
}

// CheckIn notes that the person has come, and their queue ticket. After a missed call it is their one return.
func (b *Booking) CheckIn(by Actor, ticket string, p Priority, now time.Time) error {
	now = moment(now)
	again, err := b.CanCheckIn(by, now)
	if again || err != nil {
		return err
	}
	e := EventCheckIn
	if b.State == BookingMissed {
		e = EventReturn
	}
	b.Ticket, b.Priority, b.Calls, b.CalledAt, b.Window = ticket, p, 0, nil, ""
	b.step(e, BookingCheckedIn, by, now, "", nil)
	return nil
}

// Call calls the ticket to a window: at most three times, at least 30 seconds apart. The same caller again
// within them is a repetition and changes nothing.
func (b *Booking) Call(by Actor, window string, now time.Time) error {
	now = moment(now)
	if b.State == BookingServing && b.repeated(by, EventServe, EventCall) {
		return nil
	}
	to, err := b.atHall(EventCall, by)
	if err != nil {
		return err
	}
	again, err := callable(b.Calls, b.CalledAt, now, b.State == BookingCalled && b.repeated(by, EventCall))
	if again || err != nil {
		return err
	}
	b.Calls++
	b.CalledAt, b.Window = &now, window
	b.step(EventCall, to, by, now, "", nil)
	return nil
}

// callable is the rule of calls, for bookings and walk-ins alike.
func callable(calls int, last *time.Time, now time.Time, same bool) (again bool, err error) {
	if calls == 0 || last == nil {
		return false, nil
	}
	if wait := last.Add(callGap).Sub(now); wait > 0 {
		if same {
			return true, nil
		}
		return false, fault.New("call_too_soon").With("after", last.Add(callGap).In(Beijing))
	}
	if calls >= maxCalls {
		return false, fault.New("call_limit").With("limit", maxCalls)
	}
	return false, nil
}

// Serve notes that the person stands at the window. Only then does the clerk see whose matter it is.
func (b *Booking) Serve(by Actor, now time.Time) error {
	now = moment(now)
	if (b.State == BookingServing || b.State == BookingServed) && b.repeated(by, EventServe) {
		return nil
	}
	to, err := b.atHall(EventServe, by)
	if err != nil {
		return err
	}
	b.step(EventServe, to, by, now, "", nil)
	return nil
}

// NotThere is what POST …/no-show does: the first time the called person has missed their turn and may come
// back once the same day, the second time it is a no-show.
func (b *Booking) NotThere(by Actor, now time.Time) error {
	now = moment(now)
	if (b.State == BookingMissed || b.State == BookingNoShow) && b.repeated(by, EventMiss, EventNoShow) {
		return nil
	}
	e := EventMiss
	if b.Misses+1 >= maxMisses {
		e = EventNoShow
	}
	to, err := b.atHall(e, by)
	if err != nil {
		return err
	}
	b.Misses++
	b.step(e, to, by, now, "", nil)
	return nil
}

// Finish ends the service at the window.
func (b *Booking) Finish(by Actor, now time.Time) error {
	now = moment(now)
	if b.State == BookingServed {
		return nil
	}
	to, err := b.atHall(EventFinish, by)
	if err != nil {
		return err
	}
	b.step(EventFinish, to, by, now, "", nil)
	return nil
}

// atHall refuses a clerk of another hall before it asks the table.
func (b *Booking) atHall(e BookingEvent, by Actor) (BookingState, error) {
	if by.Door == DoorCounter && by.Hall != b.Hall {
		return "", fault.New("wrong_hall").Say("预约的是"+b.HallName).With("hall", b.Hall).With("hall_name", b.HallName)
	}
	return b.to(e, by)
}

// servedBy are the matter's events that can only happen with the person at the window.
var servedBy = []string{"receive", "receive_more", "turn_back", "pick_up"}

// MatterMoved follows the matter: an event at the window ends the service; one that ends the purpose cancels
// the booking without a penalty. state and mode are the matter's after the event. It reports whether the
// booking changed.
func (b *Booking) MatterMoved(event, state string, mode Mode, now time.Time) bool {
	now = moment(now)
	if b.Ended() {
		return false
	}
	if b.CalledUp() && slices.Contains(servedBy, event) {
		b.step(EventFinish, BookingServed, System, now, event, nil)
		return true
	}
	if p, err := PurposeOf(state, mode); err == nil && p == b.Purpose {
		return false
	}
	if b.State == BookingServing {
		b.step(EventFinish, BookingServed, System, now, event, nil)
		return true
	}
	b.step(EventCancel, BookingCancelled, System, now, "matter_"+event, nil)
	return true
}

// WaiveNoShow forgives a no-show: a supervisor with a reason, or the system when the person was served the same
// day as a walk-in.
func (b *Booking) WaiveNoShow(by Actor, reason string, now time.Time) error {
	now = moment(now)
	switch {
	case b.Waived != "":
		return nil
	case by.Door != DoorSupervise && by.Door != DoorSystem:
		return fault.New("forbidden")
	case b.State != BookingNoShow:
		return fault.New("transition_not_allowed").With("state", b.State).With("event", "waive")
	case reason == "":
		return fault.New("reason_required").Field("reason")
	}
	b.Waived = reason
	b.emit("waived", now, by, "", nil)
	return nil
}

// QRLive refuses a code that has been replaced, and one of a booking that is over.
func (b *Booking) QRLive(version int) error {
	if b.Ended() {
		return fault.New("booking_ended").With("ended", b.endDetails())
	}
	if version != b.QRVersion || b.State == BookingDisplaced {
		return fault.New("qr_revoked")
	}
	return nil
}

// QRExpires is when the appointment code ends: with the day, for who missed a call comes back the same day.
func (b *Booking) QRExpires() time.Time { return b.Date.End() }
