package model

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kuacheng/model/fault"
	"kuacheng/model/retention"
)

// Priority is why a person is served first; the clerk marks it at check-in.
type Priority string

const (
	PriorityNone     Priority = ""
	PriorityElderly  Priority = "elderly"  // 65 or older by the id number
	PriorityDisabled Priority = "disabled" // 残疾人
	PriorityPregnant Priority = "pregnant"
	PriorityInfant   Priority = "infant"  // with an infant in arms
	PrioritySoldier  Priority = "soldier" // 现役军人
)

// Valid reports whether p is one of the reasons, or none.
func (p Priority) Valid() bool {
	return slices.Contains([]Priority{PriorityNone, PriorityElderly, PriorityDisabled, PriorityPregnant, PriorityInfant, PrioritySoldier}, p)
}

// TicketKind is the letter of a queue ticket.
type TicketKind string

const (
	TicketBooked   TicketKind = "K"
	TicketWalkIn   TicketKind = "W"
	TicketPriority TicketKind = "P"
)

// TicketState is where a ticket stands.
type TicketState string

const (
	TicketWaiting TicketState = "waiting"
	TicketCalled  TicketState = "called"
	TicketServing TicketState = "serving"
	TicketMissed  TicketState = "missed"
	TicketDone    TicketState = "done"
	TicketGone    TicketState = "gone" // no-show, cancelled or displaced
)

const (
	walkInEvery   = 3 // after so many K in a row one W, if any waits
	returnedAfter = 3 // a missed ticket that comes back waits for so many others
	nearAt        = 3 // who has so many before them is told
)

// QueueEntry is one ticket. One with a booking follows it; a walk-in's own state is here.
type QueueEntry struct {
	Ticket     string      `json:"ticket"`
	Kind       TicketKind  `json:"kind"`
	Booking    string      `json:"booking,omitempty"`
	Matter     string      `json:"matter,omitempty"`
	Applicant  string      `json:"applicant,omitempty"`
	Priority   Priority    `json:"priority,omitempty"`
	SlotStarts time.Time   `json:"slot_starts,omitzero"`
	EnteredAt  time.Time   `json:"entered_at"`
	State      TicketState `json:"state"`
	Window     string      `json:"window,omitempty"`
	Calls      int         `json:"calls,omitempty"`
	CalledAt   *time.Time  `json:"called_at,omitempty"`
	CalledBy   string      `json:"called_by,omitempty"`
	Misses     int         `json:"misses,omitempty"`
	ReturnAt   int         `json:"return_at,omitempty"` // Turns at which a returned ticket is next
	ReturnNo   int         `json:"return_no,omitempty"` // who came back first among those whose turn is the same
	NearTold   bool        `json:"near_told,omitempty"`
}

// Queue is the waiting line of one hall on one day, as a document: it gives out the numbers and says who is
// next. Its id is QueueID.
type Queue struct {
	Head    `json:",inline"`
	Hall    string         `json:"hall"`
	Date    Date           `json:"date"`
	Numbers map[string]int `json:"numbers"` // the last number of each letter
	Turns   int            `json:"turns"`   // tickets called for the first time, or again after a return
	Run     int            `json:"run"`     // K called in a row
	Entries []QueueEntry   `json:"entries"`
}

// QueueID is hall:date.
func QueueID(hall string, d Date) string { return hall + ":" + string(d) }

// NewQueue is the empty line of a hall's day.
func NewQueue(hall string, d Date) *Queue {
	q := &Queue{Head: Head{ID: QueueID(hall, d)}, Hall: hall, Date: d, Numbers: map[string]int{}}
	q.WakeAt(q.keptUntil())
	return q
}

func (q *Queue) keptUntil() time.Time { return retention.Booking.End(q.Date.Start()).UTC() }

// Expired reports whether the line has been kept as long as it may.
func (q *Queue) Expired(now time.Time) bool { return !now.Before(q.keptUntil()) }

// QueueArrival is who takes a ticket: a booking, or a walk-in of a matter.
type QueueArrival struct {
	Booking    string
	Matter     string
	Applicant  string
	Priority   Priority
	SlotStarts time.Time
}

// Enter gives out a ticket. The same booking, or the same walk-in matter, has the ticket that it has; a missed
// one is put back in line behind the next three.
func (q *Queue) Enter(a QueueArrival, now time.Time) QueueEntry {
	now = moment(now)
	if i := q.find(a); i >= 0 {
		e := &q.Entries[i]
		if e.State == TicketMissed && e.Misses < maxMisses {
			e.State, e.Calls, e.CalledAt, e.Window = TicketWaiting, 0, nil, ""
			e.ReturnAt, e.ReturnNo = q.Turns+returnedAfter, q.nextReturn()
		}
		return *e
	}
	kind := TicketWalkIn
	switch {
	case a.Priority != PriorityNone:
		kind = TicketPriority
	case a.Booking != "":
		kind = TicketBooked
	}
	if q.Numbers == nil {
		q.Numbers = map[string]int{}
	}
	q.Numbers[string(kind)]++
	e := QueueEntry{
		Ticket: fmt.Sprintf("%s%03d", kind, q.Numbers[string(kind)]), Kind: kind, State: TicketWaiting,
		Booking: a.Booking, Matter: a.Matter, Applicant: a.Applicant, Priority: a.Priority,
		SlotStarts: a.SlotStarts, EnteredAt: now,
	}
	q.Entries = append(q.Entries, e)
	return e
}

// find is the live ticket of an arrival.
func (q *Queue) find(a QueueArrival) int {
	return slices.IndexFunc(q.Entries, func(e QueueEntry) bool {
		live := e.State != TicketDone && e.State != TicketGone
		return live && e.Booking == a.Booking && (a.Booking != "" || a.Matter != "" && e.Matter == a.Matter)
	})
}

// Get finds a ticket by its number.
func (q *Queue) Get(ticket string) (QueueEntry, bool) {
	if i := q.at(ticket); i >= 0 {
		return q.Entries[i], true
	}
	return QueueEntry{}, false
}

func (q *Queue) at(ticket string) int {
	return slices.IndexFunc(q.Entries, func(e QueueEntry) bool { return e.Ticket == ticket })
}

// Order lists who waits in the order in which they would be called if nobody else came: P first, then K by
// slot and arrival with one W after three K, then W; a ticket that missed its call comes after the next three.
func (q *Queue) Order() []QueueEntry {
	var lines [3][]QueueEntry // P, K, W
	var back []QueueEntry
	for _, e := range q.Entries {
		switch {
		case e.State != TicketWaiting:
		case e.ReturnAt > 0:
			back = append(back, e)
		case e.Kind == TicketPriority:
			lines[0] = append(lines[0], e)
		case e.Kind == TicketBooked:
			lines[1] = append(lines[1], e)
		default:
			lines[2] = append(lines[2], e)
		}
	}
	slices.SortStableFunc(lines[1], func(a, b QueueEntry) int {
		if c := a.SlotStarts.Compare(b.SlotStarts); c != 0 {
			return c
		}
		return a.EnteredAt.Compare(b.EnteredAt)
	})
	slices.SortFunc(back, func(a, b QueueEntry) int { return cmp.Or(a.ReturnAt-b.ReturnAt, a.ReturnNo-b.ReturnNo) })
	return merge(lines, back, q.Turns, q.Run)
}

// nextReturn numbers those who come back in their order.
func (q *Queue) nextReturn() int {
	last := 0
	for _, e := range q.Entries {
		last = max(last, e.ReturnNo)
	}
	return last + 1
}

func merge(lines [3][]QueueEntry, back []QueueEntry, turn, run int) []QueueEntry {
	var out []QueueEntry
	for ; ; turn++ {
		pick := -1
		switch {
		case len(back) > 0 && back[0].ReturnAt <= turn:
			out, back = append(out, back[0]), back[1:]
			continue
		case len(lines[0]) > 0:
			pick = 0
		case len(lines[1]) > 0 && (run < walkInEvery || len(lines[2]) == 0):
			pick = 1
		case len(lines[2]) > 0:
			pick = 2
		case len(back) > 0:
			return append(out, back...)
		default:
			return out
		}
		out, lines[pick] = append(out, lines[pick][0]), lines[pick][1:]
		run = runAfter(run, TicketKind("PKW"[pick:pick+1]))
	}
}

// runAfter counts K in a row; a P between them neither counts nor breaks the row.
func runAfter(run int, k TicketKind) int {
	switch k {
	case TicketBooked:
		return run + 1
	case TicketWalkIn:
		return 0
	}
	return run
}

// Ahead is how many wait before a ticket; -1 for one that does not wait.
func (q *Queue) Ahead(ticket string) int {
	return slices.IndexFunc(q.Order(), func(e QueueEntry) bool { return e.Ticket == ticket })
}

// Follow brings a booking's ticket in line with the booking, which is the truth of it.
func (q *Queue) Follow(b *Booking, now time.Time) {
	i := slices.IndexFunc(q.Entries, func(e QueueEntry) bool { return e.Ticket == b.Ticket && e.Booking == b.ID })
	if b.Ticket == "" { // displaced from the line
		i = q.find(QueueArrival{Booking: b.ID})
	}
	if i < 0 {
		return
	}
	e := &q.Entries[i]
	if b.State == BookingCheckedIn && e.State == TicketMissed {
		q.Enter(QueueArrival{Booking: b.ID}, now)
		return
	}
	state := ticketStates[b.State]
	if state == TicketCalled && e.State == TicketWaiting {
		q.turn(e)
	}
	e.State, e.Window, e.Calls, e.CalledAt, e.Misses = state, b.Window, b.Calls, b.CalledAt, b.Misses
	q.tellNear(moment(now))
}

var ticketStates = map[BookingState]TicketState{
	BookingCheckedIn: TicketWaiting, BookingCalled: TicketCalled, BookingServing: TicketServing, BookingMissed: TicketMissed,
	BookingServed: TicketDone, BookingBooked: TicketGone, BookingDisplaced: TicketGone, BookingCancelled: TicketGone, BookingNoShow: TicketGone,
}

// turn counts a ticket that is called, for the order of those who wait.
func (q *Queue) turn(e *QueueEntry) {
	q.Turns++
	if e.ReturnAt == 0 {
		q.Run = runAfter(q.Run, e.Kind)
	}
}

// tellNear emits booking_event "near" once for the ticket that has three before it, or fewer.
func (q *Queue) tellNear(now time.Time) {
	for i, e := range q.Order() {
		if i > nearAt {
			return
		}
		at := q.at(e.Ticket)
		if e.NearTold || e.Applicant == "" {
			continue
		}
		q.Entries[at].NearTold = true
		q.Emit(BookingEventKind, now, map[string]string{
			"event": "near", "booking": e.Booking, "matter": e.Matter, "applicant": e.Applicant, "hall": q.Hall, "ticket": e.Ticket,
		})
	}
}

// CallWalkIn, MissWalkIn, ServeWalkIn and FinishWalkIn are for tickets without a booking; one with a booking
// moves only through it. The rules are those of Booking.
func (q *Queue) CallWalkIn(by Actor, ticket, window string, now time.Time) error {
	now = moment(now)
	e, err := q.walkIn(by, ticket, EventCall, TicketWaiting, TicketCalled)
	if err != nil {
		return err
	}
	again, err := callable(e.Calls, e.CalledAt, now, e.CalledBy == by.ID)
	if again || err != nil {
		return err
	}
	if e.State == TicketWaiting {
		q.turn(e)
	}
	e.State, e.Window, e.CalledAt, e.CalledBy = TicketCalled, window, &now, by.ID
	e.Calls++
	if e.Applicant != "" && e.Calls == 1 {
		q.Emit(BookingEventKind, now, map[string]string{
			"event": "call", "matter": e.Matter, "applicant": e.Applicant, "hall": q.Hall, "ticket": e.Ticket, "window": window,
		})
	}
	q.tellNear(now)
	return nil
}

// MissWalkIn notes that the called person is not there: the first time they may return, the second they are out.
func (q *Queue) MissWalkIn(by Actor, ticket string) error {
	e, err := q.walkIn(by, ticket, EventMiss, TicketCalled)
	if err != nil {
		return err
	}
	e.Misses++
	e.State = TicketMissed
	if e.Misses >= maxMisses {
		e.State = TicketGone
	}
	return nil
}

// ServeWalkIn notes that the person stands at the window.
func (q *Queue) ServeWalkIn(by Actor, ticket string) error {
	e, err := q.walkIn(by, ticket, EventServe, TicketCalled, TicketServing)
	if err != nil {
		return err
	}
	e.State = TicketServing
	return nil
}

// FinishWalkIn ends the service at the window.
func (q *Queue) FinishWalkIn(by Actor, ticket string) error {
	e, err := q.walkIn(by, ticket, EventFinish, TicketServing, TicketDone)
	if err != nil {
		return err
	}
	e.State = TicketDone
	return nil
}

func (q *Queue) walkIn(by Actor, ticket string, event BookingEvent, from ...TicketState) (*QueueEntry, error) {
	i := q.at(ticket)
	if i < 0 || q.Entries[i].Booking != "" || by.Hall != q.Hall {
		return nil, fault.New("not_found")
	}
	e := &q.Entries[i]
	if !slices.Contains(from, e.State) {
		return nil, fault.New("transition_not_allowed").With("state", e.State).With("event", event)
	}
	return e, nil
}
