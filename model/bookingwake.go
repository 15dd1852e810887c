package model

import (
	"slices"
	"time"

	"kuacheng/model/retention"
)

// Reminders go out at 18:00 the day before and two hours before.
const (
	remindDay   = "day"
	remindHours = "hours"
)

type reminder struct {
	lead string
	at   time.Time
}

// reminders lists those still to be given. One whose moment was over when the booking was made is not given:
// the confirmation has just said the same.
func (b *Booking) reminders() []reminder {
	var out []reminder
	for _, r := range []reminder{
		{remindDay, moment(b.Date.Add(-1).At(18 * 60))},
		{remindHours, b.Starts.Add(-2 * time.Hour)},
	} {
		if r.at.After(b.BookedAt) && !slices.Contains(b.Reminded, r.lead) {
			out = append(out, r)
		}
	}
	return out
}

// Tick does what is due by now; it reports whether anything was. Run late or twice it does the same.
func (b *Booking) Tick(now time.Time) bool {
	now = moment(now)
	done := false
	for b.tick(now) {
		done = true
	}
	b.rewake()
	return done
}

func (b *Booking) tick(now time.Time) bool {
	due := func(t time.Time) bool { return !now.Before(t) }
	closed := due(b.HallCloses.Add(closingGrace))
	switch b.State {
	case BookingBooked:
		if now.After(b.CheckInUntil) {
			b.step(EventNoShow, BookingNoShow, System, now, "not_checked_in", nil)
			return true
		}
		return b.remind(now)
	case BookingDisplaced:
		if b.FreeUntil != nil && due(*b.FreeUntil) {
			b.step(EventExpire, BookingCancelled, System, now, "no_new_slot_chosen", nil)
			return true
		}
	case BookingMissed:
		if closed {
			b.step(EventNoShow, BookingNoShow, System, now, "did_not_return", nil)
			return true
		}
	case BookingServing:
		if closed {
			b.step(EventFinish, BookingServed, System, now, "hall_closed", nil)
			return true
		}
	case BookingCheckedIn, BookingCalled:
		if closed { // they came and were not served: no penalty
			b.step(EventCancel, BookingCancelled, System, now, "hall_closed", nil)
			return true
		}
	}
	return false
}

// remind gives a due reminder; one that comes too late to be of use is only ticked off.
func (b *Booking) remind(now time.Time) bool {
	for _, r := range b.reminders() {
		if now.Before(r.at) {
			continue
		}
		b.Reminded = append(b.Reminded, r.lead)
		if now.Before(b.Starts) {
			b.emit("reminder", now, System, "", map[string]string{"lead": r.lead})
		}
		return true
	}
	return false
}

// rewake sets the next moment at which Tick has something to do.
func (b *Booking) rewake() {
	var next time.Time
	switch b.State {
	case BookingBooked:
		next = b.CheckInUntil.Add(time.Millisecond) // the last moment of check-in is still in time
		for _, r := range b.reminders() {
			next = earlier(next, r.at)
		}
	case BookingDisplaced:
		if b.FreeUntil != nil {
			next = *b.FreeUntil
		}
	case BookingCheckedIn, BookingCalled, BookingMissed, BookingServing:
		next = b.HallCloses.Add(closingGrace)
	}
	if b.Ended() {
		next = b.keptUntil()
	}
	b.WakeAt(next)
}

func (b *Booking) keptUntil() time.Time { return retention.Booking.End(b.Date.Start()).UTC() }

// Expired reports whether a booking that is over has been kept as long as it may.
func (b *Booking) Expired(now time.Time) bool { return b.Ended() && !now.Before(b.keptUntil()) }
