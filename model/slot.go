package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// SeatDoubt is how long a seat may stand without its booking having been seen. A booking is made in three
// writes (agenda, seat, booking); when the third never comes, the seat is given back after this.
const SeatDoubt = time.Minute

// Seat is one place taken in a slot.
type Seat struct {
	Booking    string     `json:"booking"`
	Applicant  string     `json:"applicant"`
	Department string     `json:"department"`
	At         time.Time  `json:"at"`
	Confirmed  bool       `json:"confirmed,omitempty"`  // its booking has been seen
	HeldUntil  *time.Time `json:"held_until,omitempty"` // offered to a displaced person, not taken yet
}

// Slot is the guard of one slot's capacity, as a document: it is made when the first seat is taken, and every
// seat is decided in one write of it. What a seat means is the booking's to say; the slot only never lets more
// in than fit.
type Slot struct {
	Head   `json:",inline"`
	Hall   string    `json:"hall"`
	Date   Date      `json:"date"`
	Starts time.Time `json:"starts_at"`
	Ends   time.Time `json:"ends_at"`
	Seats  []Seat    `json:"seats"`
}

// NewSlot is the document of a slot before its first seat.
func NewSlot(st SlotTime) *Slot {
	return &Slot{Head: Head{ID: st.ID}, Hall: st.Hall, Date: st.Date, Starts: st.Starts, Ends: st.Ends}
}

// taken counts the seats by department.
func (s *Slot) taken() map[string]int {
	n := map[string]int{}
	for _, seat := range s.Seats {
		n[seat.Department]++
	}
	return n
}

// Left is how many more seats of a department can be taken. A nil slot is one that nobody has booked.
func (s *Slot) Left(c Capacity, department string, now time.Time) int {
	if s == nil {
		return c.Total(department)
	}
	n := map[string]int{}
	for _, seat := range s.Seats {
		if !seat.lapsed(now) {
			n[seat.Department]++
		}
	}
	return c.Left(department, n)
}

func (s Seat) lapsed(now time.Time) bool { return s.HeldUntil != nil && !now.Before(*s.HeldUntil) }

// TakeSeat takes a place, or answers slot_full or already_booked. The same booking again has its seat already:
// no error and fresh is false. A place held for the booking becomes its seat.
func (s *Slot) TakeSeat(seat Seat, c Capacity, now time.Time) (fresh bool, err error) {
	now = moment(now)
	s.dropLapsed(now)
	seat.At, seat.Confirmed, seat.HeldUntil = now, false, nil
	if i := s.seat(seat.Booking); i >= 0 {
		if s.Seats[i].HeldUntil == nil {
			return false, nil
		}
		s.Seats[i] = seat
		s.rewake()
		return true, nil
	}
	for _, other := range s.Seats {
		if other.Applicant == seat.Applicant && other.HeldUntil == nil {
			return false, fault.New("already_booked").With("booking", other.Booking)
		}
	}
	if c.Left(seat.Department, s.taken()) <= 0 {
		return false, fault.New("slot_full").With("slot", s.ID)
	}
	s.Seats = append(s.Seats, seat)
	s.rewake()
	return true, nil
}

// Hold keeps a place for a displaced booking until a moment; slot_full when none is left.
func (s *Slot) Hold(seat Seat, c Capacity, until, now time.Time) error {
	now, until = moment(now), moment(until)
	s.dropLapsed(now)
	if s.seat(seat.Booking) >= 0 {
		return nil
	}
	if c.Left(seat.Department, s.taken()) <= 0 {
		return fault.New("slot_full").With("slot", s.ID)
	}
	seat.At, seat.Confirmed, seat.HeldUntil = now, false, &until
	s.Seats = append(s.Seats, seat)
	s.rewake()
	return nil
}

// FreeSeat gives a booking's place back; false when it had none.
func (s *Slot) FreeSeat(booking string) bool {
	i := s.seat(booking)
	if i < 0 {
		return false
	}
	s.Seats = slices.Delete(s.Seats, i, i+1)
	s.rewake()
	return true
}

// Confirm notes that the seat's booking exists. False means that the seat is gone (it was in doubt for too
// long): the caller takes one again or displaces the booking.
func (s *Slot) Confirm(booking string) bool {
	i := s.seat(booking)
	if i < 0 || s.Seats[i].HeldUntil != nil {
		return false
	}
	s.Seats[i].Confirmed = true
	s.rewake()
	return true
}

// Follow brings a booking's place in line with the booking, which is the truth: it confirms the seat of a live
// one and frees that of one that is gone from here. Of an appointment that is over the seat stays and tells who
// had it. A live one whose seat was given back meanwhile (it had been in doubt for too long) takes one again,
// in doubt once more; lost is true where none is left, and then the booking is to be displaced.
func (s *Slot) Follow(b *Booking, c Capacity, now time.Time) (changed, lost bool) {
	i := s.seat(b.ID)
	switch {
	case b.Slot != s.ID, b.State == BookingDisplaced, b.State == BookingCancelled:
		return s.FreeSeat(b.ID), false
	case i >= 0 && s.Seats[i].Confirmed, i < 0 && b.Ended():
		return false, false
	case s.Confirm(b.ID):
		return true, false
	}
	_, err := s.TakeSeat(Seat{Booking: b.ID, Applicant: b.Applicant, Department: b.Department}, c, now)
	return err == nil, err != nil
}

// Doubtful lists the seats whose booking has not been seen in time, and drops the held ones that lapsed. For
// each the caller looks the booking up and then calls Confirm (it holds this slot) or FreeSeat.
func (s *Slot) Doubtful(now time.Time) []Seat {
	s.dropLapsed(now)
	s.rewake()
	var out []Seat
	for _, seat := range s.Seats {
		if !seat.Confirmed && seat.HeldUntil == nil && !now.Before(seat.At.Add(SeatDoubt)) {
			out = append(out, seat)
		}
	}
	return out
}

// Excess lists the seats that no longer fit, latest booked first, for an explicit displacement after windows
// were closed. Held places go first of all.
func (s *Slot) Excess(c Capacity) []Seat {
	order := slices.Clone(s.Seats)
	slices.SortStableFunc(order, func(a, b Seat) int {
		if (a.HeldUntil == nil) != (b.HeldUntil == nil) {
			return boolOrder(a.HeldUntil == nil, b.HeldUntil == nil)
		}
		return b.At.Compare(a.At)
	})
	n, out := s.taken(), []Seat(nil)
	for _, seat := range order {
		before, total := c.fit(n), 0
		for _, k := range n {
			total += k
		}
		if before == total {
			break
		}
		n[seat.Department]--
		if c.fit(n) < before {
			n[seat.Department]++ // this one has a window: another of its neighbours has not
			continue
		}
		out = append(out, seat)
	}
	return out
}

// boolOrder sorts false before true.
func boolOrder(a, b bool) int {
	if a == b {
		return 0
	}
	if a {
		return 1
	}
	return -1
}

func (s *Slot) seat(booking string) int {
	return slices.IndexFunc(s.Seats, func(x Seat) bool { return x.Booking == booking })
}

func (s *Slot) dropLapsed(now time.Time) {
	s.Seats = slices.DeleteFunc(s.Seats, func(x Seat) bool { return x.lapsed(now) })
}

func (s *Slot) rewake() {
	var next time.Time
	for _, seat := range s.Seats {
		switch {
		case seat.HeldUntil != nil:
			next = earlier(next, *seat.HeldUntil)
		case !seat.Confirmed:
			next = earlier(next, seat.At.Add(SeatDoubt))
		}
	}
	s.WakeAt(next)
}
