package model

import (
	"cmp"
	"slices"
	"time"
)

// ParcelState is where a parcel is.
type ParcelState string

const (
	ParcelCreated        ParcelState = "created"
	ParcelCollected      ParcelState = "collected"
	ParcelInTransit      ParcelState = "in_transit"
	ParcelOutForDelivery ParcelState = "out_for_delivery"
	ParcelAtPickupPoint  ParcelState = "at_pickup_point"
	ParcelProblem        ParcelState = "problem"
	ParcelReturning      ParcelState = "returning"
	ParcelDelivered      ParcelState = "delivered"
	ParcelLost           ParcelState = "lost"
	ParcelReturned       ParcelState = "returned"
	ParcelCancelled      ParcelState = "cancelled"
)

// End says that nothing more is to be expected. A lost parcel may still be found.
func (s ParcelState) End() bool {
	return s == ParcelDelivered || s == ParcelReturned || s == ParcelCancelled || s == ParcelLost
}

// rank orders what is told of one and the same second (couriers.md §7).
func (s ParcelState) rank() int {
	switch s {
	case ParcelCollected:
		return 1
	case ParcelInTransit:
		return 2
	case ParcelOutForDelivery:
		return 3
	case ParcelAtPickupPoint:
		return 4
	case ParcelProblem:
		return 5
	case ParcelReturning:
		return 6
	case ParcelDelivered:
		return 7
	case ParcelLost:
		return 8
	case ParcelReturned, ParcelCancelled:
		return 9
	}
	return 0
}

// ParcelEvent is what a row tells, in the one vocabulary of all carriers (couriers.md §7). The empty event
// is history: kept, and moves nothing.
type ParcelEvent string

const (
	EventOrdered          ParcelEvent = "ordered"
	EventCollected        ParcelEvent = "collected"
	EventInTransit        ParcelEvent = "in_transit"
	EventArrivedCity      ParcelEvent = "arrived_city"
	EventOutForDelivery   ParcelEvent = "out_for_delivery"
	EventAtPickupPoint    ParcelEvent = "at_pickup_point"
	EventDeliveryFailed   ParcelEvent = "delivery_failed"
	EventDamaged          ParcelEvent = "damaged"
	EventRejected         ParcelEvent = "rejected"
	EventReturning        ParcelEvent = "returning"
	EventDelivered        ParcelEvent = "delivered"
	EventDeliveredByOther ParcelEvent = "delivered_by_other"
	EventLost             ParcelEvent = "lost"
	EventReturned         ParcelEvent = "returned"
	EventCancelled        ParcelEvent = "cancelled"

	// The next three mean different things at different places of the way. A row keeps them as told; the
	// fold, which sees the whole way, resolves them.
	EventAtCentre ParcelEvent = "at_centre" // arrived_city when first in the consignee's city, else in_transit
	EventToShop   ParcelEvent = "to_shop"   // collected before any transit, in_transit after
	EventAtShop   ParcelEvent = "at_shop"   // collected before any transit, at_pickup_point after
)

// parcelStates says which state each event means.
var parcelStates = map[ParcelEvent]ParcelState{
	EventOrdered: ParcelCreated, EventCollected: ParcelCollected, EventToShop: ParcelCollected, EventAtShop: ParcelCollected,
	EventInTransit: ParcelInTransit, EventArrivedCity: ParcelInTransit, EventAtCentre: ParcelInTransit,
	EventOutForDelivery: ParcelOutForDelivery, EventAtPickupPoint: ParcelAtPickupPoint,
	EventDeliveryFailed: ParcelProblem, EventDamaged: ParcelProblem, EventRejected: ParcelReturning, EventReturning: ParcelReturning,
	EventDelivered: ParcelDelivered, EventDeliveredByOther: ParcelDelivered,
	EventLost: ParcelLost, EventReturned: ParcelReturned, EventCancelled: ParcelCancelled,
}

// State is the state that an event means; "" for history.
func (e ParcelEvent) State() ParcelState { return parcelStates[e] }

// Public says that an event is one of the vocabulary that the house format may send.
func (e ParcelEvent) Public() bool {
	return parcelStates[e] != "" && e != EventAtCentre && e != EventToShop && e != EventAtShop
}

// How much a code tells: a finer code of the same row replaces a coarser one.
const (
	GradeNone     = 0
	GradeBasic    = 1
	GradeSpecific = 2
)

// Flags of a row.
const (
	FlagTimeFuture     = "time_future"
	FlagTimeUnreadable = "time_unreadable"
	FlagCodeUnknown    = "code_unknown"
	FlagUnconfirmed    = "unconfirmed" // pushed by a carrier that signs nothing, and not shown by its own answer in time
)

// futureTolerance is how far a carrier's clock may run ahead of ours.
const futureTolerance = 10 * time.Minute

// ParcelRow is one line of a parcel's way. Rows form a set by Key: what comes again is joined to what is
// there, and the join is commutative, associative and idempotent, so no order of arrival shows.
type ParcelRow struct {
	Key        string      `json:"key"`
	Channel    Carrier     `json:"channel"`
	Company    string      `json:"company,omitempty"`
	Waybill    string      `json:"waybill"`
	Event      ParcelEvent `json:"event,omitempty"`
	Code       string      `json:"code,omitempty"` // the carrier's own
	Grade      int         `json:"grade,omitempty"`
	At         time.Time   `json:"at"`
	ClaimedAt  *time.Time  `json:"claimed_at,omitempty"` // the carrier's time, where At is the arrival instead
	ReceivedAt time.Time   `json:"received_at"`          // first arrival
	Seq        int64       `json:"seq,omitempty"`
	Place      string      `json:"place,omitempty"` // city
	SignedBy   SignedBy    `json:"signed_by,omitempty"`
	ToSender   bool        `json:"to_sender,omitempty"`   // the text speaks of a return or of the sender
	NewWaybill string      `json:"new_waybill,omitempty"` // the number under which a return travels
	Text       Sealed      `json:"text,omitempty"`        // the carrier's words: names and phone numbers are in them
	Digest     string      `json:"digest,omitempty"`      // of the content, where a key must not be used twice
	Flags      []string    `json:"flags,omitempty"`
	Archived   bool        `json:"archived,omitempty"` // Text has moved to the archive document
	By         *Actor      `json:"by,omitempty"`       // staff rows
}

// settle decides the time of a row from what the carrier claims and when it first came. A clock that runs
// ahead, or a time that cannot be read, must not order the parcel's way.
func (r ParcelRow) settle() ParcelRow {
	claim := r.At
	if r.ClaimedAt != nil {
		claim = *r.ClaimedAt
	}
	claim, r.ReceivedAt = moment(claim), moment(r.ReceivedAt)
	r.ClaimedAt = nil
	r.Flags = slices.DeleteFunc(slices.Clone(r.Flags), func(f string) bool { return f == FlagTimeFuture })
	slices.Sort(r.Flags)
	switch {
	case slices.Contains(r.Flags, FlagTimeUnreadable):
		r.At = r.ReceivedAt
	case claim.After(r.ReceivedAt.Add(futureTolerance)):
		r.At, r.ClaimedAt = r.ReceivedAt, &claim
		r.Flags, _ = addSorted(r.Flags, FlagTimeFuture)
	default:
		r.At = claim
	}
	if len(r.Flags) == 0 {
		r.Flags = nil
	}
	return r
}

// Ahead says that a carrier's clock is too far ahead for its time to count.
func (r ParcelRow) Ahead() bool { return r.At.After(r.ReceivedAt.Add(futureTolerance)) }

// join merges another telling of the same row into this one: the finer code with what follows from it, the
// earlier arrival, the fuller place.
func (r ParcelRow) join(o ParcelRow) ParcelRow {
	joined := r
	if compareTelling(o, r) > 0 {
		joined.Event, joined.Code, joined.Grade, joined.SignedBy = o.Event, o.Code, o.Grade, o.SignedBy
		joined.ToSender, joined.Flags = o.ToSender, o.Flags
	}
	if o.ReceivedAt.Before(joined.ReceivedAt) {
		joined.ReceivedAt = o.ReceivedAt
	}
	joined.Place = max(r.Place, o.Place)
	joined.NewWaybill = max(r.NewWaybill, o.NewWaybill)
	joined.Company = max(r.Company, o.Company)
	joined.Seq = max(r.Seq, o.Seq)
	joined.Digest = max(r.Digest, o.Digest)
	if !joined.Archived && joined.Text == "" {
		joined.Text = o.Text
	}
	return joined.settle()
}

// compareTelling orders two tellings of one row by how much they say; the further keys only make the order
// total.
func compareTelling(a, b ParcelRow) int {
	return cmp.Or(
		cmp.Compare(a.Grade, b.Grade),
		cmp.Compare(a.Event.State().rank(), b.Event.State().rank()),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Event, b.Event),
		cmp.Compare(a.SignedBy, b.SignedBy),
		cmpBool(a.ToSender, b.ToSender),
		slices.Compare(withoutTime(a.Flags), withoutTime(b.Flags)),
	)
}

func cmpBool(a, b bool) int {
	if a == b {
		return 0
	}
	if a {
		return 1
	}
	return -1
}

// withoutTime leaves out the flag that settle derives.
func withoutTime(flags []string) []string {
	return slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return f == FlagTimeFuture })
}

// compareRows is the order of the way: (at, seq, rank, key). Arrival is not in it.
func compareRows(a, b ParcelRow) int {
	return cmp.Or(
		a.At.Compare(b.At),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.Event.State().rank(), b.Event.State().rank()),
		cmp.Compare(a.Key, b.Key),
	)
}

// sameRow compares all that the store keeps, but for the ciphertext, which differs each time it is made.
func sameRow(a, b ParcelRow) bool {
	return a.Key == b.Key && a.Event == b.Event && a.Code == b.Code && a.Grade == b.Grade && a.At.Equal(b.At) &&
		a.ReceivedAt.Equal(b.ReceivedAt) && a.Seq == b.Seq && a.Place == b.Place && a.Company == b.Company &&
		a.SignedBy == b.SignedBy && a.ToSender == b.ToSender && a.NewWaybill == b.NewWaybill &&
		(a.Text == "") == (b.Text == "") && slices.Equal(a.Flags, b.Flags)
}
