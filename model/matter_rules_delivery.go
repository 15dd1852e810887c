package model

import (
	"slices"

	"kuacheng/model/fault"
)

// How the result reaches the applicant (送达).

// mostMailings is how often a result is sent before the applicant must choose another way.
const mostMailings = 3

func canDispatchMail(m *Matter, _ Actor) error {
	if m.parcel(ParcelResult, ParcelExpected) != nil {
		return fault.New("parcel_open")
	}
	if m.Counts.Mailings >= mostMailings {
		return fault.New("mailings_exhausted").With("limit", mostMailings)
	}
	return nil
}

func checkDispatchMail(m *Matter, s *Step, _ Env) error {
	if s.Facts.Hall == nil && !m.Delivery.Address.Complete() {
		return fault.New("address_incomplete")
	}
	if h := s.Facts.Hall; h != nil && !m.mayHold(h) {
		return fault.New("hall_not_serving").Field("hall")
	}
	return m.freshWaybill(s)
}

// mayHold: a result waits at a hall of H's or of R's region, or at H itself.
func (m *Matter) mayHold(h *HallRef) bool {
	return h.ID != "" && (h.Org == m.HOrg || h.Region == m.To || h.Region == m.From)
}

func doDispatchMail(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Counts.Mailings++
	m.sent(s)
	p := MatterParcel{Direction: ParcelResult}
	if h := s.Facts.Hall; h != nil {
		p.ToHall, p.HallOrg, p.HallRegion = h.ID, h.Org, h.Region
	}
	m.addParcel(p, s)
}

// sent notes the first time that anything was done to deliver the result.
func (m *Matter) sent(s *Step) {
	if m.Times.Dispatched == nil {
		at := s.Now
		m.Times.Dispatched = &at
	}
	m.Pickup = nil
	m.handledBy(s)
}

func canDispatchElectronic(m *Matter, a Actor) error {
	if a.Door == DoorSystem && (m.Decision == nil || !m.Decision.Automatic) {
		return fault.New("transition_not_allowed")
	}
	return nil
}

func checkDispatchElectronic(m *Matter, s *Step, _ Env) error {
	if m.Result == nil && s.Facts.Result == nil {
		return fault.New("result_missing")
	}
	if s.Actor.Door == DoorSystem && s.Now.Before(m.Decision.At.Add(printWithin)) {
		return fault.New("transition_not_allowed").Say("打印确认期限未满")
	}
	return nil
}

func doDispatchElectronic(m *Matter, s *Step, _ Env, _ MatterState) {
	if s.Facts.Result != nil {
		m.Result = s.Facts.Result
	}
	m.sent(s)
	m.deliveredTo(SignedSelf, s)
}

func checkOfferPickup(m *Matter, s *Step, _ Env) error {
	h := s.Facts.Hall
	if h == nil || h.ID == "" {
		return fault.New("validation_failed").Field("hall").Say("请指定领取大厅")
	}
	if !m.mayHold(h) {
		return fault.New("hall_not_serving").Field("hall")
	}
	return nil
}

func doOfferPickup(m *Matter, s *Step, _ Env, _ MatterState) {
	m.sent(s)
	m.Pickup = &PickupPlace{Hall: *s.Facts.Hall, Since: s.Now}
}

func canReachHall(m *Matter, a Actor) error {
	p := m.parcel(ParcelResult, ParcelExpected)
	switch {
	case p == nil || p.ToHall == "":
		return fault.New("parcel_mismatch").Say("该邮件不是寄往大厅的")
	case a.Door == DoorCounter && a.Hall != p.ToHall:
		return fault.New("not_your_hall")
	}
	return nil
}

// checkResultParcel: the news is of the parcel that is under way. People may leave the id out.
func checkResultParcel(m *Matter, s *Step, _ Env) error {
	p := m.parcel(ParcelResult, ParcelExpected)
	if p == nil || s.Facts.Parcel != "" && s.Facts.Parcel != p.ID {
		return fault.New("parcel_mismatch").With("parcel", s.Facts.Parcel)
	}
	return nil
}

func doReachHall(m *Matter, s *Step, _ Env, _ MatterState) {
	p := m.parcel(ParcelResult, ParcelExpected)
	p.Standing = ParcelDone
	m.Pickup = &PickupPlace{Hall: HallRef{ID: p.ToHall, Org: p.HallOrg, Region: p.HallRegion}, Since: s.Now}
}

// resultParcel is the parcel that a delivery can be of: the one under way, or, after it failed or was
// disputed, the last one (found again, or proven after all).
func (m *Matter) resultParcel() *MatterParcel {
	if m.State == MatterDispatched {
		return m.parcel(ParcelResult, ParcelExpected)
	}
	return m.parcel(ParcelResult, ParcelDone)
}

func canDeliver(m *Matter, _ Actor) error {
	if p := m.resultParcel(); p == nil || p.ToHall != "" {
		return fault.New("parcel_mismatch").Say("该邮件不是寄给申请人的")
	}
	return nil
}

// checkDeliver: a reviewer who reports a delivery by hand notes the proof.
func checkDeliver(m *Matter, s *Step, env Env) error {
	if id := s.Facts.Parcel; id != "" && id != m.resultParcel().ID {
		return fault.New("parcel_mismatch").With("parcel", id)
	}
	if s.Actor.Door == DoorDesk {
		return needReason(m, s, env)
	}
	return nil
}

// doDeliver: an unknown signature counts as the addressee's (assumed by domain reference §5).
func doDeliver(m *Matter, s *Step, _ Env, from MatterState) {
	if from == MatterDispatched {
		m.parcel(ParcelResult, ParcelExpected).Standing = ParcelDone
	}
	who := s.Facts.SignedBy
	if who == "" {
		who = SignedUnknown
	}
	m.deliveredTo(who, s)
}

func canPickUp(m *Matter, a Actor) error {
	if m.Pickup == nil {
		return fault.New("not_your_hall")
	}
	own := a.Hall != "" && a.Hall == m.Pickup.Hall.ID
	if a.Door == DoorDesk {
		own = a.Org == m.Pickup.Hall.Org
	}
	if !own {
		return fault.New("not_your_hall").With("hall", m.Pickup.Hall.ID)
	}
	return nil
}

func checkPickUp(m *Matter, s *Step, _ Env) error {
	id := s.Facts.Identity
	if !id.Matched {
		return identityFailed()
	}
	if id.Agent && !id.Authorised && (m.Authorisation == nil || !m.Authorisation.names(ActCollect)) {
		return fault.New("authorisation_required").With("act", ActCollect)
	}
	return nil
}

func doPickUp(m *Matter, s *Step, _ Env, _ MatterState) { m.deliveredTo(SignedSelf, s) }

func canFailDelivery(m *Matter, _ Actor) error {
	if m.parcel(ParcelResult, ParcelExpected) == nil {
		return fault.New("parcel_mismatch")
	}
	return nil
}

func doFailDelivery(m *Matter, _ *Step, _ Env, _ MatterState) {
	m.parcel(ParcelResult, ParcelExpected).Standing = ParcelDone
}

// disputable: a parcel that somebody else or a locker took.
func (m *Matter) disputable() bool {
	return slices.Contains([]SignedBy{SignedOther, SignedLocker}, m.Times.SignedBy)
}

func canDispute(m *Matter, _ Actor) error {
	if !m.disputable() {
		return fault.New("transition_not_allowed").Say("结果已由本人签收")
	}
	return nil
}

func checkDispute(m *Matter, s *Step, _ Env) error {
	if over(*m.Times.Delivered, disputeDays, s.Now) {
		return fault.New("deadline_passed")
	}
	return nil
}

func doDispute(m *Matter, _ *Step, _ Env, _ MatterState) {
	m.Times.Delivered, m.Times.SignedBy = nil, ""
}
