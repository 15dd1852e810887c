package model

import (
	"slices"
	"time"
)

// Limits of a parcel document (couriers.md §8). Above MaxFullRows the words of middle rows move to the
// archive; their keys and events stay, so the set is whole and a snapshot sent again adds nothing. Above
// MaxRows nothing real is being told any more: rows are refused, the raw messages remain.
const (
	MaxFullRows = 200
	MaxRows     = 2000
)

// Flags that the fold raises, and the reasons of the tickets that it asks for.
const (
	FlagWaybillReused     = "waybill_reused"      // rows older than the parcel by more than a day: another parcel's
	FlagContradiction     = "contradiction"       // returning or returned after delivered
	FlagSignedAfterReturn = "signed_after_return" // a signature that may be the sender's
	FlagDamaged           = "damaged"
	FlagLost              = "lost"
	FlagRowsRefused       = "rows_refused" // a mark: the document is full
)

// ParcelStep is a row as the fold sees it: what it means at its place of the way, and the state after it.
type ParcelStep struct {
	Row   ParcelRow
	Event ParcelEvent // resolved; "" for history
	State ParcelState // after the row
	Moved bool        // the row changed the state
	Old   bool        // belongs to an earlier parcel of the same number
}

// folded is the value of the fold.
type folded struct {
	state         ParcelState
	at            time.Time
	event         ParcelEvent
	signedBy      SignedBy
	returnWaybill string
	flags         []string
	tickets       []string
	steps         []ParcelStep
}

// folder walks a parcel's rows in canonical order.
type folder struct {
	folded
	p         *Parcel
	transit   bool       // some transit row has passed
	inCity    *time.Time // when the consignee's city was reached
	returning bool       // a rejected or returning row has passed under the parcel's own number
	stuck     bool       // only people can say what is true now
}

// fold computes the state from the set of rows. It looks at nothing else that changes: not at arrival, not
// at the stored state.
func (p *Parcel) fold() folded {
	f := folder{p: p}
	f.state, f.at = ParcelCreated, p.SentAt
	for _, row := range p.Rows {
		f.take(row)
	}
	return f.folded
}

// Steps is the parcel's way, row by row, for those who may see it and for the public view.
func (p *Parcel) Steps() []ParcelStep { return p.fold().steps }

func (f *folder) take(row ParcelRow) {
	step := ParcelStep{Row: row, State: f.state}
	if row.At.Before(f.p.SentAt.Add(-24 * time.Hour)) {
		step.Old = true
		f.flag(FlagWaybillReused)
		f.steps = append(f.steps, step)
		return
	}
	if f.returnWaybill == "" && row.Waybill == f.p.Waybill {
		f.returnWaybill = row.NewWaybill
	}
	step.Event = f.resolve(row)
	if step.Event != "" && step.Event != EventOrdered {
		next, applies := f.next(row, step.Event)
		step.Moved = applies && next != f.state
		if step.Moved {
			f.state, f.at = next, row.At
		}
		if applies {
			f.event = step.Event
		}
		f.note(row, step.Event, applies)
	}
	step.State = f.state
	f.steps = append(f.steps, step)
}

// resolve gives the events that depend on the place of the way their meaning, and narrows those told under
// the number of a return, which move the parcel only as returning and returned.
func (f *folder) resolve(row ParcelRow) ParcelEvent {
	event := row.Event
	if row.Channel != CarrierStaff && row.Waybill != f.p.Waybill {
		switch event.State() {
		case "", ParcelCreated:
			return ""
		case ParcelDelivered, ParcelReturned:
			return EventReturned
		}
		return EventReturning
	}
	switch event {
	case EventToShop, EventAtShop:
		if !f.transit {
			return EventCollected
		}
		if event == EventToShop {
			return EventInTransit
		}
		return EventAtPickupPoint
	case EventAtCentre:
		first := f.inCity == nil || f.inCity.Equal(row.At) // two channels tell it alike
		if first && SameCity(row.Place, f.p.Consignee.City) {
			return EventArrivedCity
		}
		return EventInTransit
	}
	return event
}

// next decides whether a row moves the parcel, and whereto.
func (f *folder) next(row ParcelRow, event ParcelEvent) (ParcelState, bool) {
	target := event.State()
	if row.Channel == CarrierStaff {
		f.stuck = false
		return target, true
	}
	if f.stuck {
		return f.state, false
	}
	back := target == ParcelReturning || target == ParcelReturned
	switch f.state {
	case ParcelReturned, ParcelCancelled:
		return f.state, false
	case ParcelLost:
		return target, target == ParcelDelivered // found
	case ParcelDelivered:
		if !back || !row.At.After(f.at) {
			return f.state, target == ParcelDelivered
		}
		f.flag(FlagContradiction)
		f.ticket(FlagContradiction)
		f.stuck = true
		return ParcelProblem, true
	}
	if target == ParcelCollected {
		return target, f.state == ParcelCreated
	}
	if target == ParcelDelivered && f.returning {
		return f.signedAfterReturn(row)
	}
	return target, true
}

// signedAfterReturn judges a signature under a number that was already on its way back: a carrier writes
// "signed" when the sender takes it back, too. No matter is ever closed on it unread.
func (f *folder) signedAfterReturn(row ParcelRow) (ParcelState, bool) {
	fromSender := SameCity(row.Place, f.p.Sender.City)
	fromConsignee := SameCity(row.Place, f.p.Consignee.City)
	f.flag(FlagSignedAfterReturn)
	switch {
	case row.ToSender, fromSender && !fromConsignee:
		return ParcelReturned, true
	case fromConsignee && !fromSender:
		return ParcelDelivered, true
	}
	f.ticket(FlagSignedAfterReturn)
	f.stuck = true
	return ParcelProblem, true
}

// note remembers what later rows are judged by.
func (f *folder) note(row ParcelRow, event ParcelEvent, applies bool) {
	switch event {
	case EventInTransit, EventArrivedCity, EventOutForDelivery, EventAtPickupPoint:
		f.transit = true
		if event == EventArrivedCity && f.inCity == nil {
			f.inCity = &row.At
		}
	case EventRejected, EventReturning:
		f.returning = f.returning || row.Waybill == f.p.Waybill
	case EventDelivered, EventDeliveredByOther:
		if applies && f.state == ParcelDelivered && (f.signedBy == "" || f.signedBy == SignedUnknown) {
			f.signedBy = signer(row)
		}
	}
	if f.state != ParcelDelivered {
		f.signedBy = ""
	}
	// By the row's own event: what was lost or damaged on the way back is a problem, too.
	if trouble, ok := map[ParcelEvent]string{EventDamaged: FlagDamaged, EventLost: FlagLost}[row.Event]; ok && applies {
		f.flag(trouble)
		f.ticket(trouble)
	}
}

func signer(row ParcelRow) SignedBy {
	if row.SignedBy == "" {
		return SignedUnknown
	}
	return row.SignedBy
}

func (f *folder) flag(s string)   { f.flags, _ = addSorted(f.flags, s) }
func (f *folder) ticket(s string) { f.tickets, _ = addSorted(f.tickets, s) }

// RowOutcome is what became of one row handed to Absorb.
type RowOutcome string

const (
	RowApplied   RowOutcome = "applied"   // new to the set
	RowDuplicate RowOutcome = "duplicate" // was there; perhaps told in finer words now
	RowConflict  RowOutcome = "conflict"  // the key was there with another content, and keys may not be used twice
	RowForeign   RowOutcome = "foreign"   // not this parcel's: park it
	RowRefused   RowOutcome = "refused"   // the document is full
)

// Absorbed tells what Absorb did: one outcome a row, and whether anything changed that needs a write.
type Absorbed struct {
	Outcomes []RowOutcome
	Changed  bool
}

// Absorb joins rows to the parcel's set, folds it, and announces what follows: a parcel_event only when the
// folded state is another than before, a ticket once for each reason, the number of a return once. Any order
// and any repetition of the same rows give the same parcel.
func (p *Parcel) Absorb(rows []ParcelRow, now time.Time) Absorbed {
	now = moment(now)
	done := Absorbed{Outcomes: make([]RowOutcome, len(rows))}
	set := make(map[string]int, len(p.Rows)+len(rows))
	all := slices.Clone(p.Rows)
	for i, r := range all {
		set[r.Key] = i
	}
	for i, row := range rows {
		row = row.settle()
		at, known := set[row.Key]
		switch {
		case !p.owns(row, all):
			done.Outcomes[i] = RowForeign
		case known && all[at].Digest != "" && row.Digest != "" && all[at].Digest != row.Digest:
			done.Outcomes[i] = RowConflict
		case known:
			done.Outcomes[i] = RowDuplicate
			joined := all[at].join(row)
			done.Changed = done.Changed || !sameRow(all[at], joined)
			all[at] = joined
		case len(all) >= MaxRows:
			done.Outcomes[i] = RowRefused
			done.Changed = p.Mark(FlagRowsRefused) || done.Changed
		default:
			done.Outcomes[i] = RowApplied
			done.Changed = true
			set[row.Key] = len(all)
			all = append(all, row)
		}
	}
	if !done.Changed {
		return done
	}
	slices.SortFunc(all, compareRows)
	before := p.returnNumbers(p.Rows)
	p.Rows = all
	p.refold(now)
	for _, number := range p.returnNumbers(all) {
		if !slices.Contains(before, number) {
			p.Emit(ParcelWaybillBound, now, map[string]string{"waybill": number})
		}
	}
	return done
}

// refold brings the stored value of the fold up to date and announces the differences.
func (p *Parcel) refold(now time.Time) {
	f := p.fold()
	from := p.State
	p.State, p.StateAt, p.SignedBy, p.Flags = f.state, f.at, f.signedBy, f.flags
	p.ReturnWaybill = f.returnWaybill
	if from != f.state && p.ReplacedBy == "" {
		p.Emit(ParcelStateChanged, now, map[string]string{
			"from": string(from), "state": string(f.state), "event": string(f.event), "signed_by": string(f.signedBy),
		})
	}
	for _, reason := range f.tickets {
		var added bool
		if p.Tickets, added = addSorted(p.Tickets, reason); added {
			p.Emit(ParcelTicketOpened, now, map[string]string{"reason": reason})
		}
	}
	if len(p.Overflow()) > 0 && !slices.ContainsFunc(p.Outbox, func(e Event) bool { return e.Kind == ParcelRowsOverflown }) {
		p.Emit(ParcelRowsOverflown, now, nil)
	}
	p.rest(now)
}

// Overflow lists the rows whose words should move to the archive: the oldest middle rows above MaxFullRows.
// The first, the last and every row that changed the state keep theirs.
func (p *Parcel) Overflow() []ParcelRow {
	full := 0
	for _, r := range p.Rows {
		if !r.Archived {
			full++
		}
	}
	var over []ParcelRow
	if full <= MaxFullRows {
		return nil
	}
	steps := p.Steps()
	for i, s := range steps {
		if full <= MaxFullRows {
			break
		}
		if i == 0 || i == len(steps)-1 || s.Moved || s.Row.Archived {
			continue
		}
		over = append(over, s.Row)
		full--
	}
	return over
}

// Shed drops the words of rows that the archive now holds.
func (p *Parcel) Shed(archived []ParcelRow) {
	for _, a := range archived {
		for i := range p.Rows {
			if p.Rows[i].Key == a.Key {
				p.Rows[i].Text, p.Rows[i].Archived = "", true
			}
		}
	}
}
