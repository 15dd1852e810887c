package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

const (
	maxLiveBookings      = 5  // of one applicant
	maxLiveAgentBookings = 10 // of one agent, for all principals
)

// AgendaEntry is a live booking as its person's agenda sees it. A displaced booking has no time.
type AgendaEntry struct {
	Booking   string    `json:"booking"`
	Matter    string    `json:"matter"`
	Starts    time.Time `json:"starts_at,omitzero"`
	Ends      time.Time `json:"ends_at,omitzero"`
	At        time.Time `json:"at"`
	Confirmed bool      `json:"confirmed,omitempty"` // its booking has been seen
}

// NoShow is one missed appointment that counts.
type NoShow struct {
	Booking string    `json:"booking"`
	At      time.Time `json:"at"`
}

// Agenda guards what one person may have booked at the same time, across halls. Its document id is the
// applicant's id, or AgentAgendaID of an agent's.
type Agenda struct {
	Head         `json:",inline"`
	Agent        bool          `json:"agent,omitempty"`
	Live         []AgendaEntry `json:"live"`
	NoShows      []NoShow      `json:"no_shows,omitempty"`
	BlockedUntil *time.Time    `json:"blocked_until,omitempty"`
}

// NewAgenda is the empty agenda of an applicant.
func NewAgenda(applicant string) *Agenda { return &Agenda{Head: Head{ID: applicant}} }

// AgentAgendaID is the id of the second agenda that a person has who books for others.
func AgentAgendaID(agent string) string { return "agent:" + agent }

// NewAgentAgenda is the empty agenda of what an agent has booked for others.
func NewAgentAgenda(agent string) *Agenda {
	return &Agenda{Head: Head{ID: AgentAgendaID(agent)}, Agent: true}
}

// Admit enters a booking, or refuses it: booking_blocked, already_booked (the matter has a live one, or the
// time overlaps), too_many_bookings. The same booking again moves its entry to the new time (a reschedule)
// and is never refused for the number or for a block.
func (a *Agenda) Admit(e AgendaEntry, now time.Time) error {
	now = moment(now)
	at := a.entry(e.Booking)
	if at < 0 && a.Blocked(now) {
		return fault.New("booking_blocked").With("until", a.BlockedUntil.In(Beijing))
	}
	for i, other := range a.Live {
		if i != at && (other.Matter == e.Matter || !a.Agent && other.overlaps(e)) {
			return fault.New("already_booked").With("booking", other.Booking)
		}
	}
	e.At, e.Confirmed = now, false
	if at >= 0 {
		a.Live[at] = e
		a.rewake()
		return nil
	}
	if limit := a.limit(); len(a.Live) >= limit {
		return fault.New("too_many_bookings").With("limit", limit)
	}
	a.Live = append(a.Live, e)
	a.rewake()
	return nil
}

func (a *Agenda) limit() int {
	if a.Agent {
		return maxLiveAgentBookings
	}
	return maxLiveBookings
}

func (e AgendaEntry) overlaps(o AgendaEntry) bool {
	return !e.Starts.IsZero() && !o.Starts.IsZero() && e.Starts.Before(o.Ends) && o.Starts.Before(e.Ends)
}

// Blocked reports whether no-shows keep the person from booking now.
func (a *Agenda) Blocked(now time.Time) bool {
	return a.BlockedUntil != nil && now.Before(*a.BlockedUntil)
}

// Drop takes a booking that is over off the agenda; false when it was not on it.
func (a *Agenda) Drop(booking string) bool {
	i := a.entry(booking)
	if i < 0 {
		return false
	}
	a.Live = slices.Delete(a.Live, i, i+1)
	a.rewake()
	return true
}

// Follow brings the entry in line with its booking, which is the truth: nil or an ended one leaves the agenda.
func (a *Agenda) Follow(booking string, b *Booking) {
	i := a.entry(booking)
	switch {
	case b == nil || b.Ended():
		a.Drop(booking)
		return
	case i < 0:
		a.Live = append(a.Live, AgendaEntry{})
		i = len(a.Live) - 1
	}
	e := AgendaEntry{Booking: booking, Matter: b.Matter, Starts: b.Starts, Ends: b.Ends, At: a.Live[i].At, Confirmed: true}
	if b.State == BookingDisplaced {
		e.Starts, e.Ends = time.Time{}, time.Time{}
	}
	a.Live[i] = e
	a.rewake()
}

// Doubtful lists the bookings entered but not seen in time; the caller looks each up and calls Follow.
func (a *Agenda) Doubtful(now time.Time) []string {
	var out []string
	for _, e := range a.Live {
		if !e.Confirmed && !now.Before(e.At.Add(SeatDoubt)) {
			out = append(out, e.Booking)
		}
	}
	return out
}

// CountNoShow notes a missed appointment once, and blocks the person when it makes the limit full within the
// rolling window. It emits booking_event "blocked" then.
func (a *Agenda) CountNoShow(booking string, at time.Time, r BookingRules) {
	if slices.ContainsFunc(a.NoShows, func(n NoShow) bool { return n.Booking == booking }) {
		return
	}
	at = moment(at)
	a.NoShows = append(a.NoShows, NoShow{Booking: booking, At: at})
	from := DateOf(at).Add(-r.NoShowWindowDays)
	a.NoShows = slices.DeleteFunc(a.NoShows, func(n NoShow) bool { return DateOf(n.At) <= from })
	if r.NoShowLimit <= 0 || len(a.NoShows) < r.NoShowLimit {
		return
	}
	until := moment(DateOf(at).Add(r.NoShowBlockDays).End())
	a.BlockedUntil = &until
	a.Emit(BookingEventKind, at, map[string]string{"event": "blocked", "applicant": a.ID, "booking": booking})
}

// WaiveNoShow forgives a missed appointment: the person was served the same day after all, or a supervisor
// says so. A block that it brought about ends.
func (a *Agenda) WaiveNoShow(booking string, r BookingRules) bool {
	i := slices.IndexFunc(a.NoShows, func(n NoShow) bool { return n.Booking == booking })
	if i < 0 {
		return false
	}
	a.NoShows = slices.Delete(a.NoShows, i, i+1)
	if len(a.NoShows) < r.NoShowLimit {
		a.BlockedUntil = nil
	}
	return true
}

func (a *Agenda) entry(booking string) int {
	return slices.IndexFunc(a.Live, func(e AgendaEntry) bool { return e.Booking == booking })
}

func (a *Agenda) rewake() {
	var next time.Time
	for _, e := range a.Live {
		if !e.Confirmed {
			next = earlier(next, e.At.Add(SeatDoubt))
		}
	}
	a.WakeAt(next)
}
