package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// BookingState is where a booking stands; served, cancelled and no_show are its ends.
type BookingState string

const (
	BookingBooked    BookingState = "booked"
	BookingCheckedIn BookingState = "checked_in"
	BookingCalled    BookingState = "called"
	BookingServing   BookingState = "serving"
	BookingMissed    BookingState = "missed"
	BookingDisplaced BookingState = "displaced"
	BookingServed    BookingState = "served"
	BookingCancelled BookingState = "cancelled"
	BookingNoShow    BookingState = "no_show"
)

// BookingEvent is what happens to a booking.
type BookingEvent string

const (
	EventBook       BookingEvent = "book"
	EventReschedule BookingEvent = "reschedule"
	EventCancel     BookingEvent = "cancel"
	EventDisplace   BookingEvent = "displace"
	EventExpire     BookingEvent = "expire"
	EventCheckIn    BookingEvent = "check_in"
	EventReturn     BookingEvent = "return" // check-in after a missed call
	EventCall       BookingEvent = "call"
	EventMiss       BookingEvent = "miss"
	EventServe      BookingEvent = "serve"
	EventFinish     BookingEvent = "finish"
	EventNoShow     BookingEvent = "no_show"
	EventRelease    BookingEvent = "release" // the clerk who called has left the window
)

// BookingEventKind is the kind of outbox event that every change of a booking emits. Its ref holds event,
// booking, matter, applicant, agent, hall, slot, state and, where they apply, old_slot, by, reason, ticket.
// Further values of ref.event are "reminder" (ref.lead day or hours), "blocked", "waived" and "near".
const BookingEventKind = "booking_event"

// BookingMove is one row of the table of transitions.
type BookingMove struct {
	Event BookingEvent
	From  []BookingState
	To    BookingState
	Doors []Door // who may; the system is named where only it does
}

var (
	citizens = []Door{DoorCitizen, DoorKiosk}
	counter  = []Door{DoorCounter}
	system   = []Door{DoorSystem}
)

// bookingMoves is the whole state machine of domain rule §4; everything else asks it.
var bookingMoves = []BookingMove{
	{EventReschedule, []BookingState{BookingBooked, BookingDisplaced}, BookingBooked, citizens},
	{EventCancel, []BookingState{BookingBooked, BookingDisplaced}, BookingCancelled, []Door{DoorCitizen, DoorKiosk, DoorCounter, DoorSystem}},
	// The matter moved on while the person was in the hall, or the hall shut before their turn: no penalty.
	{EventCancel, []BookingState{BookingCheckedIn, BookingCalled, BookingMissed}, BookingCancelled, system},
	{EventDisplace, []BookingState{BookingBooked, BookingCheckedIn}, BookingDisplaced, []Door{DoorSupervise, DoorSystem}},
	{EventExpire, []BookingState{BookingDisplaced}, BookingCancelled, system},
	{EventCheckIn, []BookingState{BookingBooked}, BookingCheckedIn, []Door{DoorCounter, DoorKiosk}},
	{EventReturn, []BookingState{BookingMissed}, BookingCheckedIn, []Door{DoorCounter, DoorKiosk}},
	{EventCall, []BookingState{BookingCheckedIn, BookingCalled}, BookingCalled, counter},
	{EventMiss, []BookingState{BookingCalled}, BookingMissed, counter},
	{EventServe, []BookingState{BookingCalled}, BookingServing, counter},
	{EventFinish, []BookingState{BookingServing}, BookingServed, []Door{DoorCounter, DoorSystem}},
	{EventFinish, []BookingState{BookingCheckedIn, BookingCalled}, BookingServed, system}, // received without the button "serve"
	{EventNoShow, []BookingState{BookingBooked, BookingMissed}, BookingNoShow, system},
	{EventNoShow, []BookingState{BookingCalled}, BookingNoShow, counter}, // the second miss
	{EventRelease, []BookingState{BookingCalled, BookingServing}, BookingCheckedIn, system},
}

// BookingMoves is the table of transitions, for documentation and tests.
func BookingMoves() []BookingMove { return slices.Clone(bookingMoves) }

// Ended reports whether a state is an end.
func (s BookingState) Ended() bool {
	return s == BookingServed || s == BookingCancelled || s == BookingNoShow
}

// Purpose is what a booking is for.
type Purpose string

const (
	PurposeHandIn     Purpose = "hand_in"
	PurposeSupplement Purpose = "supplement"
	PurposePickUp     Purpose = "pick_up"
)

// PurposeOf says what a matter in this state and mode can be booked for: 409 matter_not_bookable for none.
func PurposeOf(state string, mode Mode) (Purpose, error) {
	switch {
	case state == "draft" && mode == ModeWindow, state == "materials_lost":
		return PurposeHandIn, nil
	case state == "awaiting_correction", state == "awaiting_supplement":
		return PurposeSupplement, nil
	case state == "ready_for_pickup":
		return PurposePickUp, nil
	}
	return "", fault.New("matter_not_bookable").With("state", state)
}

// BookingStep is one entry of a booking's history.
type BookingStep struct {
	Event BookingEvent `json:"event"`
	From  BookingState `json:"from,omitempty"`
	To    BookingState `json:"to"`
	At    time.Time    `json:"at"`
	By    Actor        `json:"by"`
	Note  string       `json:"note,omitempty"`
}

// Booking is an applicant's place in a slot of a hall. It is an aggregate of its own and never a state of the
// matter. The hours that bind the person (until when a change, from and until when check-in) are kept as they
// were told at booking; later changes of the hall's rules move them only with a new slot.
type Booking struct {
	Head       `json:",inline"`
	Matter     string  `json:"matter"`
	Purpose    Purpose `json:"purpose"`
	Applicant  string  `json:"applicant"`
	Agent      string  `json:"agent,omitempty"`
	Item       string  `json:"item"`
	Department string  `json:"department"`

	Hall         string    `json:"hall"`
	HallName     string    `json:"hall_name"`
	Slot         string    `json:"slot"`
	Date         Date      `json:"date"`
	Starts       time.Time `json:"starts_at"`
	Ends         time.Time `json:"ends_at"`
	ChangeUntil  time.Time `json:"change_until"`
	CheckInFrom  time.Time `json:"check_in_from"`
	CheckInUntil time.Time `json:"check_in_until"`
	HallCloses   time.Time `json:"hall_closes"`

	State       BookingState  `json:"state"`
	BookedAt    time.Time     `json:"booked_at"` // of the present slot
	QRVersion   int           `json:"qr_version"`
	Reschedules int           `json:"reschedules,omitempty"`
	Steps       []BookingStep `json:"steps"`

	Ticket      string     `json:"ticket,omitempty"`
	Priority    Priority   `json:"priority,omitempty"`
	Window      string     `json:"window,omitempty"`
	Calls       int        `json:"calls,omitempty"` // since the last check-in
	CalledAt    *time.Time `json:"called_at,omitempty"`
	Misses      int        `json:"misses,omitempty"`
	DisplacedAt *time.Time `json:"displaced_at,omitempty"`
	FreeUntil   *time.Time `json:"free_until,omitempty"` // a displaced person chooses freely until then
	Offered     []Offer    `json:"offered,omitempty"`    // to a displaced person
	EndedAt     *time.Time `json:"ended_at,omitempty"`
	Waived      string     `json:"waived,omitempty"` // why the no-show does not count
	Reminded    []string   `json:"reminded,omitempty"`
}

const (
	maxReschedules = 2
	maxCalls       = 3
	callGap        = 30 * time.Second
	maxMisses      = 2
	freeChoiceDays = 7
	// closingGrace: a hall serves those who wait after it has shut its doors, so nothing is closed on the minute.
	closingGrace = time.Hour
)

// BookingPlan is what a booking is made from. The caller has checked that the hall serves (CheckHall) and that
// the matter can be booked (PurposeOf), and has taken the seat.
type BookingPlan struct {
	ID         string // BookingID of eight random bytes
	Matter     string
	Purpose    Purpose
	Applicant  string
	Agent      string
	Item       string
	Department string
	HallName   string
	Slot       SlotTime
	Rules      BookingRules
}

// Bookable refuses a slot that cannot be booked now: 404 not_found for one that is past or too far ahead (it
// is not on the list), 409 booking_closed in the last minutes before it starts.
func (r BookingRules) Bookable(st SlotTime, now time.Time) error {
	if !now.Before(st.Starts) || st.Date > DateOf(now).Add(r.AheadDays) {
		return fault.New("not_found").Say("该时段不存在或不可预约").With("slot", st.ID)
	}
	if closes := st.Starts.Add(-minutes(r.CutoffMinutes)); now.After(closes) {
		return fault.New("booking_closed").With("closed_at", closes.In(Beijing))
	}
	return nil
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// CheckHall refuses a hall that does not take this matter: it is not the receiving organisation's (or the
// holder of the result), or has no open cross-city window for the department.
func (h *Hall) CheckHall(organisation, department string) error {
	if h.Organisation != organisation || !h.Serves(department) {
		return fault.New("hall_not_serving").With("hall", h.ID)
	}
	return nil
}

// NewBooking makes a booking for a seat already taken.
func NewBooking(p BookingPlan, by Actor, now time.Time) (*Booking, error) {
	now = moment(now)
	if err := p.Rules.Bookable(p.Slot, now); err != nil {
		return nil, err
	}
	b := &Booking{
		Head: Head{ID: p.ID}, Matter: p.Matter, Purpose: p.Purpose, Applicant: p.Applicant, Agent: p.Agent,
		Item: p.Item, Department: p.Department,
	}
	b.take(p.Slot, p.HallName, p.Rules, now)
	b.step(EventBook, BookingBooked, by, now, "", nil)
	return b, nil
}

// take writes the slot and the hours that follow from it.
func (b *Booking) take(st SlotTime, hallName string, r BookingRules, now time.Time) {
	b.Hall, b.HallName, b.Slot, b.Date = st.Hall, hallName, st.ID, st.Date
	b.Starts, b.Ends, b.HallCloses = moment(st.Starts), moment(st.Ends), moment(st.Closes)
	b.ChangeUntil = b.Starts.Add(-minutes(r.CancelUntilMinutes))
	b.CheckInFrom = b.Starts.Add(-minutes(r.CheckInBefore))
	b.CheckInUntil = b.Starts.Add(minutes(r.CheckInAfter))
	b.BookedAt = now
	b.QRVersion++
	b.Reminded, b.FreeUntil, b.DisplacedAt, b.Offered = nil, nil, nil, nil
}

// Ended reports whether the booking is over.
func (b *Booking) Ended() bool { return b.State.Ended() }

// Next lists the events that a caller of this door may bring about now.
func (b *Booking) Next(door Door) []BookingEvent {
	var out []BookingEvent
	for _, m := range bookingMoves {
		if slices.Contains(m.From, b.State) && slices.Contains(m.Doors, door) && !slices.Contains(out, m.Event) {
			out = append(out, m.Event)
		}
	}
	return out
}

// to asks the table where an event leads, or refuses it: 409 transition_not_allowed.
func (b *Booking) to(e BookingEvent, by Actor) (BookingState, error) {
	for _, m := range bookingMoves {
		if m.Event == e && slices.Contains(m.From, b.State) && slices.Contains(m.Doors, by.Door) {
			return m.To, nil
		}
	}
	return "", fault.New("transition_not_allowed").
		With("state", b.State).With("event", e).With("next", b.Next(by.Door))
}

// step moves the booking, writes its history, emits the event and sets the next wake. extra joins the event's
// ref.
func (b *Booking) step(e BookingEvent, to BookingState, by Actor, now time.Time, note string, extra map[string]string) {
	b.Steps = append(b.Steps, BookingStep{Event: e, From: b.State, To: to, At: now, By: by, Note: note})
	b.State = to
	if to.Ended() {
		b.EndedAt = &now
	}
	b.emit(string(e), now, by, note, extra)
	b.rewake()
}

func (b *Booking) emit(event string, now time.Time, by Actor, note string, extra map[string]string) {
	ref := map[string]string{
		"event": event, "booking": b.ID, "matter": b.Matter, "applicant": b.Applicant,
		"hall": b.Hall, "slot": b.Slot, "state": string(b.State), "by": string(by.Role),
	}
	if by.Door != DoorSystem {
		note = "" // people's words stay in the document; the system's are codes
	}
	for k, v := range map[string]string{"agent": b.Agent, "ticket": b.Ticket, "window": b.Window, "reason": note} {
		if v != "" {
			ref[k] = v
		}
	}
	for k, v := range extra {
		ref[k] = v
	}
	b.Emit(BookingEventKind, now, ref)
}

// repeated reports that the same caller has already done this, and nothing has undone it since: the answer is
// the present state, not an error.
func (b *Booking) repeated(by Actor, events ...BookingEvent) bool {
	for i := len(b.Steps) - 1; i >= 0; i-- {
		s := b.Steps[i]
		if slices.Contains(events, s.Event) {
			return s.By.ID == by.ID && s.By.Door == by.Door
		}
		if s.Event == EventMiss || s.Event == EventReschedule || s.Event == EventDisplace || s.Event == EventRelease {
			return false
		}
	}
	return false
}

// BookingID is "YY" and thirteen characters of Crockford's base32 (no I, L, O, U): it is read over the phone
// and tells nothing of how many bookings there are.
func BookingID(random [8]byte) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var n uint64
	for _, c := range random {
		n = n<<8 | uint64(c)
	}
	out := [15]byte{'Y', 'Y'}
	for i := 14; i >= 2; i-- {
		out[i] = alphabet[n&31]
		n >>= 5
	}
	return string(out[:])
}

// NormalBookingID reads an id as people type it: lower case, I and L for 1, O for 0, spaces and hyphens. ok is
// false when it cannot be one.
func NormalBookingID(s string) (id string, ok bool) {
	b := make([]byte, 0, 15)
	for _, c := range []byte(halfWidth(s)) {
		switch {
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c == ' ' || c == '-':
			continue
		}
		if len(b) >= 2 {
			switch c {
			case 'I', 'L':
				c = '1'
			case 'O':
				c = '0'
			case 'U':
				return "", false
			}
		}
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return "", false
		}
		b = append(b, c)
	}
	return string(b), len(b) == 15 && b[0] == 'Y' && b[1] == 'Y' && b[2] <= 'F'
}
