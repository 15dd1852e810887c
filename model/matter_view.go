package model

import (
	"slices"
	"strings"
	"time"

	"kuacheng/model/fault"
)

// VisibleTo reports whether a matter lies in a caller's scope; outside it is 404, whatever the event.
// Applicants and agents see their own; clerks what their hall's region receives and what waits at, or is on
// its way to, their hall; reviewers what their organisation (department and region) handles; supervisors
// their region and below on either side; a peer what its city handles.
func (m *Matter) VisibleTo(a Actor) bool {
	switch a.Role {
	case RoleApplicant:
		return a.ID != "" && a.ID == m.Applicant
	case RoleAgent:
		return a.ID != "" && a.ID == m.Agent
	case RoleClerk:
		return within(a.Region, m.From) || a.Hall != "" && m.atHall(a.Hall)
	case RoleReviewer:
		return a.Org != "" && a.Org == m.HOrg
	case RoleSupervisor:
		return within(m.From, a.Region) || within(m.To, a.Region)
	case RolePeer:
		return a.Region == m.To || m.ReceivedByPeer() && a.Region == m.From
	case RoleDevice:
		return m.Mode == ModeKiosk
	case RoleAdmin, RoleCourier, RoleSystem:
		return true
	}
	return false
}

// within reports whether a region is another or lies in it, by the form of the codes: a province's end in
// 0000, a city's in 00, and local codes of functional districts (4415X1) begin with their city's four.
func within(region, in string) bool {
	if region == "" || in == "" {
		return false
	}
	return region == in || strings.HasPrefix(region, strings.TrimSuffix(strings.TrimSuffix(in, "00"), "00")) && strings.HasSuffix(in, "00")
}

func (m *Matter) atHall(hall string) bool {
	if m.Pickup != nil && m.Pickup.Hall.ID == hall {
		return true
	}
	p := m.parcel(ParcelResult, ParcelExpected)
	return p != nil && p.ToHall == hall
}

// RoleOf is what an account is to this matter: applicant, agent, or "" for a stranger.
func (m *Matter) RoleOf(account string) Role {
	switch account {
	case "":
		return ""
	case m.Applicant:
		return RoleApplicant
	case m.Agent:
		return RoleAgent
	}
	return ""
}

// owedBy is the one organisation that answers for the matter now; "" for an END that owes nothing.
func (m *Matter) owedBy() string {
	switch m.State {
	case MatterDraft:
		if m.Mode == ModeWindow {
			return m.ROrg
		}
		return m.HOrg
	case MatterReceived, MatterInTransit, MatterMaterialsLost:
		return m.ROrg
	case MatterAwaitingCorrection, MatterAwaitingSupplement:
		if m.papersOut() {
			return m.ROrg
		}
		return m.HOrg
	case MatterReadyForPickup:
		if m.Pickup != nil {
			return m.Pickup.Hall.Org
		}
		return m.HOrg
	}
	if !m.State.Ended() {
		return m.HOrg
	}
	switch m.papersWith() {
	case PapersReceiving, PapersCarrier:
		return m.ROrg
	case PapersHandling:
		return m.HOrg
	}
	return ""
}

// SetBooking keeps the live booking of the matter, "" for none: a draft does not expire under one.
func (m *Matter) SetBooking(id string, now time.Time, env Env) error {
	if m.Booking == id {
		return ErrAlreadyApplied
	}
	m.Booking = id
	m.refresh(now, env)
	return nil
}

// SetReviewed notes that the applicant has rated the matter; stars are 0 where the rating does not count.
func (m *Matter) SetReviewed(stars int, now time.Time, env Env) error {
	if m.Reviewed && m.Stars == stars {
		return ErrAlreadyApplied
	}
	m.Reviewed, m.Stars = true, stars
	m.refresh(now, env)
	return nil
}

// resultStates are those in which H may put a document of its own in place of the rendered letter.
var resultStates = []MatterState{MatterAccepted, MatterDecided, MatterReadyForPickup, MatterDeliveryFailed}

// AttachResult puts H's own document in place as the electronic result, before it is served.
func (m *Matter) AttachResult(a Actor, file MatterFile, now time.Time) error {
	switch {
	case a.Door != DoorDesk || a.Role != RoleReviewer:
		return fault.New("forbidden")
	case !slices.Contains(resultStates, m.State):
		return fault.New("transition_not_allowed").With("state", string(m.State)).With("event", NoteResult).With("next", m.Next(a))
	}
	if _, err := m.stand(byReviewer[0], EvDecide, a); err != nil {
		return err
	}
	if m.Decision != nil && m.Decision.Automatic {
		return fault.New("decision_sent")
	}
	m.Result = &file
	m.tellPeer(now)
	return m.Record(Note{Kind: NoteResult, Actor: a, At: now, Data: map[string]string{"sha256": file.SHA256}})
}

// CorrectWaybill replaces a mistyped number while the courier has not collected the parcel; both stay on the
// trail. Whether it may still be corrected is the parcel's to say.
func (m *Matter) CorrectWaybill(a Actor, from, to, carrier, waybill string, now time.Time) error {
	for i := range m.Parcels {
		p := &m.Parcels[i]
		if p.ID == from && p.Standing == ParcelExpected {
			p.ID, p.Carrier, p.Waybill = to, carrier, waybill
			m.Emit(KindMatterParcel, now, map[string]string{"parcel": to})
			return m.Record(Note{Kind: NoteWaybill, Actor: a, At: now, Data: map[string]string{"from": from, "to": to}})
		}
	}
	return fault.New("parcel_mismatch").With("parcel", from)
}
