package model

import (
	"time"

	"kuacheng/model/retention"
)

// Anonymous is the applicant of a matter whose person has been forgotten.
const Anonymous = "anonymous"

// NeverHandedIn reports whether the matter ended as the draft that it was: nobody has worked on it, and it counts nowhere.
func (m *Matter) NeverHandedIn() bool {
	return (m.State == MatterWithdrawn || m.State == MatterLapsed) &&
		m.Times.Submitted == nil && m.Times.Received == nil && m.Times.Accepted == nil
}

// Term is how long the matter is kept after its end (§13).
func (m *Matter) Term() retention.Term {
	switch {
	case m.NeverHandedIn() || m.State == MatterDraft:
		return retention.Draft
	case m.Decision == nil:
		return retention.Undecided
	case m.Item.RetentionYears > retention.Decided.Years:
		return retention.DecidedLong
	}
	return retention.Decided
}

// KeptUntil is when the person of a matter is forgotten; the zero time while it is open, or papers are still to go back, and when they
// have been.
func (m *Matter) KeptUntil() time.Time {
	if !m.State.Ended() || m.Times.Ended == nil || m.Forgotten != nil || m.PapersOwed {
		return time.Time{}
	}
	return m.Term().End(*m.Times.Ended)
}

// Expired reports whether the matter has been kept as long as it may.
func (m *Matter) Expired(now time.Time) bool {
	until := m.KeptUntil()
	return !until.IsZero() && !now.Before(until)
}

// addressUntil is when the address goes: it has been of use. The zero time for none.
func (m *Matter) addressUntil() time.Time {
	a := m.Delivery.Address
	if a == nil || a.Detail == "" || !m.State.Ended() || m.Times.Ended == nil || m.PapersOwed {
		return time.Time{}
	}
	since := *m.Times.Ended
	if m.Times.Delivered != nil {
		since = *m.Times.Delivered
	}
	return retention.Address.End(since)
}

// dropAddress takes away whom and where something was sent to; the region stays.
func (m *Matter) dropAddress(now time.Time) {
	if until := m.addressUntil(); until.IsZero() || now.Before(until) {
		return
	}
	m.Delivery.Address = &SealedAddress{Region: m.Delivery.Address.Region, Masked: "（已清除）"}
}

// Files are all files that the matter names.
func (m *Matter) Files() []*MatterFile {
	var out []*MatterFile
	for i := range m.Materials {
		if f := m.Materials[i].File; f != nil {
			out = append(out, f)
		}
	}
	if m.Result != nil {
		out = append(out, m.Result)
	}
	return out
}

// Forget takes everything away that tells of a person. What remains is counted, and its trail is as provable as before: no entry of it
// holds a personal datum.
func (m *Matter) Forget(now time.Time) {
	at := moment(now)
	m.Forgotten, m.Applicant, m.Agent, m.Authorisation, m.Origin = &at, Anonymous, "", nil, nil
	materials := make([]MatterMaterial, len(m.Materials))
	for i, mm := range m.Materials {
		mm.File, mm.Licence, mm.Shared, mm.Note = nil, nil, nil, ""
		materials[i] = mm
	}
	m.Materials, m.Asked, m.Result, m.Receipts, m.Duplicates, m.Parcels, m.Booking = materials, nil, nil, nil, nil, nil, ""
	m.Delivery.Address = nil
	if d := m.Decision; d != nil {
		m.Decision = &Decision{Outcome: d.Outcome, Law: d.Law, By: d.By, Org: d.Org, At: d.At, Automatic: d.Automatic, Printed: d.Printed}
	}
	if e := m.Ending; e != nil {
		m.Ending = &Ending{Reason: e.Reason, Law: e.Law, Outcome: e.Outcome}
	}
	m.WakeAt(time.Time{})
}

// Forget takes away who wrote a review, and the words; stars and labels are counted.
func (r *Review) Forget() {
	r.Applicant, r.Answer, r.Origin = Anonymous, "", nil
	r.Rating.By, r.Rating.Comment, r.Rating.Text = Anonymous, "", ""
	if r.Second != nil {
		second := *r.Second
		second.By, second.Comment, second.Text = Anonymous, "", ""
		r.Second = &second
	}
}
