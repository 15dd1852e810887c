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
	Seen      int64     `json:"seen,omitempty"`      // in this revision

	// Move is a reschedule under way. Until it is known to have happened or not, the person is taken at both
	// times: either may turn out to be the booking's.
	Move *AgendaMove `json:"move,omitempty"`
}

// AgendaMove is the time that a booking is being moved to.
type AgendaMove struct {
	Starts time.Time `json:"starts_at"`
	Ends   time.Time `json:"ends_at"`
	At     time.Time `json:"at"`
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
// time overlaps), too_many_bookings. The same booking at another time is a reschedule, which is never refused
// for the number or for a block; while one is under way a second to yet another time is too_many_requests.
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
	if at >= 0 {
		return a.Live[at].move(e, now, a)
	}
	if limit := a.limit(); len(a.Live) >= limit {
		return fault.New("too_many_bookings").With("limit", limit)
	}
	e.At, e.Confirmed, e.Seen, e.Move = now, false, 0, nil
	a.Live = append(a.Live, e)
	a.rewake()
	return nil
}

// move notes that a reschedule is under way, be it to another hall at the same time.
func (e *AgendaEntry) move(to AgendaEntry, now time.Time, a *Agenda) error {
	same := func(starts, ends time.Time) bool { return starts.Equal(to.Starts) && ends.Equal(to.Ends) }
	switch {
	case e.Move != nil && !same(e.Move.Starts, e.Move.Ends):
		return fault.New("too_many_requests").Say("上一次改期正在处理，请稍后再试").After(SeatDoubt)
	case !e.Confirmed && same(e.Starts, e.Ends):
		return nil // the same request once more
	}
	e.Move = &AgendaMove{Starts: to.Starts, Ends: to.Ends, At: now}
	a.rewake()
	return nil
}

func (a *Agenda) limit() int {
	if a.Agent {
		return maxLiveAgentBookings
	}
	return maxLiveBookings
}

// overlaps: at neither of its times may a person be anywhere else.
func (e AgendaEntry) overlaps(o AgendaEntry) bool {
	for _, x := range e.spans() {
		for _, y := range o.spans() {
			if x[0].Before(y[1]) && y[0].Before(x[1]) {
				return true
			}
		}
	}
	return false
}

func (e AgendaEntry) spans() (out [][2]time.Time) {
	if !e.Starts.IsZero() {
		out = append(out, [2]time.Time{e.Starts, e.Ends})
	}
	if e.Move != nil {
		out = append(out, [2]time.Time{e.Move.Starts, e.Move.Ends})
	}
	return out
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
// Whoever follows may have read the booking a moment ago: an older revision than the one seen changes nothing,
// and an entry that was gone comes back in doubt, to be looked at again at once. A reschedule under way stays
// so until the booking has the new time, or until Abandon or Resolve.
func (a *Agenda) Follow(booking string, b *Booking) {
	if b == nil || b.Ended() {
		a.Drop(booking)
		return
	}
	e := AgendaEntry{Booking: booking, Matter: b.Matter, Starts: b.Starts, Ends: b.Ends, At: b.BookedAt, Seen: b.Rev}
	if b.State == BookingDisplaced {
		e.Starts, e.Ends = time.Time{}, time.Time{}
	}
	switch i := a.entry(booking); {
	case i < 0:
		a.Live = append(a.Live, e)
	case a.Live[i].Seen <= b.Rev:
		e.At, e.Confirmed, e.Move = a.Live[i].At, true, a.Live[i].Move
		if e.Move != nil && e.Move.Starts.Equal(e.Starts) && e.Move.Ends.Equal(e.Ends) {
			e.Move = nil
		}
		a.Live[i] = e
	}
	a.rewake()
}

// Abandon undoes Admit where nothing came of it: a reschedule that was refused stays where it was, a booking
// that was never made leaves.
func (a *Agenda) Abandon(booking string) {
	i := a.entry(booking)
	switch {
	case i < 0:
		return
	case a.Live[i].Move != nil:
		a.Live[i].Move = nil
	case a.Live[i].Seen == 0 && !a.Live[i].Confirmed:
		a.Live = slices.Delete(a.Live, i, i+1)
	}
	a.rewake()
}

// Resolve is Follow for the timer: it also ends a reschedule whose time is up.
func (a *Agenda) Resolve(booking string, b *Booking, now time.Time) {
	if i := a.entry(booking); i >= 0 && a.Live[i].Move != nil && !now.Before(a.Live[i].Move.At.Add(SeatDoubt)) {
		a.Live[i].Move = nil
	}
	a.Follow(booking, b)
}

// Doubtful lists the bookings whose entry or reschedule was not seen to be true in time; the caller looks each
// up and calls Resolve.
func (a *Agenda) Doubtful(now time.Time) []string {
	var out []string
	for _, e := range a.Live {
		if since := e.doubted(); !since.IsZero() && !now.Before(since.Add(SeatDoubt)) {
			out = append(out, e.Booking)
		}
	}
	return out
}

// doubted is since when an entry is to be looked at; zero for one that is certain.
func (e AgendaEntry) doubted() (since time.Time) {
	if !e.Confirmed {
		since = e.At
	}
	if e.Move != nil {
		since = earlier(since, e.Move.At)
	}
	return since
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
		if since := e.doubted(); !since.IsZero() {
			next = earlier(next, since.Add(SeatDoubt))
		}
	}
	a.WakeAt(next)
}
