package model

import (
	"slices"

	"kuacheng/model/fault"
)

// What the applicant, an agent or a machine does.

func canPutMaterial(m *Matter, _ Actor) error {
	if m.State == MatterAccepted && len(m.Lacking) == 0 {
		return fault.New("material_not_asked_for")
	}
	return nil
}

func checkPutMaterial(m *Matter, s *Step, _ Env) error {
	mm := m.material(s.Facts.Material)
	if mm == nil {
		return fault.New("material_unknown").Field("code")
	}
	switch m.State {
	case MatterAwaitingCorrection, MatterAwaitingSupplement:
		ask, ok := m.Asked.ask(mm.Code)
		if !ok {
			return fault.New("material_not_asked_for")
		}
		if ask.Paper && s.Actor.Door != DoorCounter {
			return fault.New("material_not_asked_for").Say("该材料须提交原件，请预约后到窗口补交").With("paper", true)
		}
	case MatterAccepted:
		if !slices.ContainsFunc(m.Lacking, func(l Lacking) bool { return l.Code == mm.Code }) {
			return fault.New("material_not_asked_for")
		}
	}
	if s.Facts.File != nil && (s.Facts.Licence != nil || s.Facts.Share) || s.Facts.File == nil && (s.Facts.Licence == nil) != s.Facts.Share {
		return fault.New("validation_failed").Field("file")
	}
	return mm.substitute(s)
}

// substitute checks what comes in place of a paper: it is the applicant's own, of the right kind, and given by
// themselves.
func (mm *MatterMaterial) substitute(s *Step) error {
	switch l := s.Facts.Licence; {
	case l == nil && !s.Facts.Share:
		return nil
	case s.Actor.Role != RoleApplicant:
		return fault.New("licence_consent_required")
	case l != nil && (mm.Kind == "" || l.Kind != mm.Kind || !mm.OfApplicant()):
		return fault.New("validation_failed").Field("licence").Say("该材料不能用此电子证照代替")
	case s.Facts.Share && (mm.Source == "" || !mm.OfApplicant()):
		return fault.New("validation_failed").Field("sharing").Say("该材料不能以数据共享代替")
	}
	return nil
}

func doPutMaterial(m *Matter, s *Step, _ Env, _ MatterState) {
	mm := m.material(s.Facts.Material)
	mm.State, mm.File, mm.Licence, mm.Shared = MaterialUploaded, s.Facts.File, s.Facts.Licence, nil
	switch {
	case s.Facts.Licence != nil:
		mm.State = MaterialLicence
	case s.Facts.Share:
		mm.State = MaterialChecking
		m.Emit(KindMatterShare, s.Now, map[string]string{"material": mm.Code})
	}
	if s.Actor.Door == DoorCounter && (mm.OnPaper || m.State == MatterReceived) {
		mm.State = MaterialVerified // the scan of a paper that the clerk has seen
	}
	at := s.Now
	mm.PutAt = &at
	if s.Facts.Share {
		return // nothing is there yet
	}
	m.fillGap(mm.Code)
	m.settleAsked(s)
}

// KindMatterShare asks a register for what a material proves; ref: material.
const KindMatterShare = "matter_share"

// Shared takes what a register has said of a material. A person who has put something there meanwhile did not wait
// for it: ErrAlreadyApplied. What the register does not know, or cannot tell now, is missing as before.
func (m *Matter) Shared(code string, fact SharedFact, env Env) error {
	mm := m.material(code)
	if mm == nil || mm.State != MaterialChecking {
		return ErrAlreadyApplied
	}
	mm.State, mm.Shared = MaterialMissing, &fact
	if fact.Result == "found" {
		mm.State = MaterialShared
		m.fillGap(code)
		m.settleAsked(&Step{Event: EvPutMaterial, Actor: System, Now: fact.At})
	}
	err := m.Record(Note{Kind: NoteShared, Actor: System, At: fact.At, Data: map[string]string{
		"material": code, "source": fact.Source, "result": fact.Result, "serial": fact.Serial,
	}})
	m.Times.Changed = fact.At
	m.refresh(fact.At, env)
	return err
}

// fillGap takes a material off the list of what is still to follow.
func (m *Matter) fillGap(code string) {
	m.Lacking = slices.DeleteFunc(m.Lacking, func(l Lacking) bool { return l.Code == code })
}

// settleAsked: once everything that was asked for is there and R holds papers of it, the applicant has done
// their part (C met) and R's to forward begins (F).
func (m *Matter) settleAsked(s *Step) {
	if !m.State.awaiting() || !m.holds(PapersReceiving) || len(m.unanswered()) > 0 {
		return
	}
	m.stopClock(ClockCorrection, s)
	if m.running(ClockForwarding) == nil {
		m.startClock(ClockForwarding, s.Now, s)
	}
}

func checkChangeDelivery(m *Matter, s *Step, _ Env) error {
	if m.parcel(ParcelResult, ParcelExpected) != nil {
		return fault.New("parcel_open")
	}
	if s.Facts.Delivery == nil {
		return fault.New("validation_failed").Field("delivery")
	}
	return m.Item.checkDelivery(*s.Facts.Delivery)
}

// checkDelivery refuses a way of delivery that the item does not offer or that cannot reach anyone.
func (it *MatterItem) checkDelivery(d MatterDelivery) error {
	if !slices.Contains(it.Deliveries, d.Method) {
		return fault.New("delivery_not_offered").Field("delivery.method").With("deliveries", it.Deliveries)
	}
	if d.Method == DeliverMail && !d.Address.Complete() {
		return fault.New("address_incomplete").Field("delivery.address")
	}
	return nil
}

func doChangeDelivery(m *Matter, s *Step, _ Env, _ MatterState) { m.Delivery = *s.Facts.Delivery }

func canSubmit(m *Matter, a Actor) error {
	if m.Mode == ModeKiosk && m.Item.Automatic {
		return fault.New("transition_not_allowed") // issued at a machine only
	}
	return m.agentMay(ActSubmit, a)
}

func checkSubmit(m *Matter, s *Step, _ Env) error {
	if err := m.agentStill(s); err != nil {
		return err
	}
	var open []string
	for _, mm := range m.Materials {
		if mm.blocks() && !mm.Present() {
			open = append(open, mm.Code)
		}
	}
	if len(open) > 0 {
		return fault.New("materials_missing").With("materials", open)
	}
	if !s.Facts.Declared {
		return fault.New("declaration_required").Field("declared")
	}
	if m.Item.SingleLive && len(s.Facts.Twins) > 0 {
		return fault.New("transition_not_allowed").Say("您已有同一事项正在办理").With("duplicates", s.Facts.Twins)
	}
	return nil
}

func doSubmit(m *Matter, s *Step, _ Env, _ MatterState) {
	at := s.Now
	m.Times.Submitted = &at
	m.Duplicates = s.Facts.Twins
	m.movePapers("", PapersApplicant)
}

func canIssue(m *Matter, _ Actor) error {
	if !m.Item.Automatic {
		return fault.New("mode_not_offered").Say("该事项不能在自助终端即时办结")
	}
	return nil
}

func checkIssue(m *Matter, s *Step, _ Env) error {
	switch f := s.Facts; {
	case !f.Proven:
		return fault.New("identity_required").Say("请在终端上核验身份证和人脸")
	case !f.SourceFound:
		return fault.New("materials_missing").Say("未查到可用于出证的登记信息")
	case f.Serial == "":
		return fault.New("validation_failed").Field("serial")
	case f.Result == nil:
		return fault.New("result_missing")
	}
	return nil
}

func doIssue(m *Matter, s *Step, _ Env, _ MatterState) {
	at := s.Now
	m.Times.Submitted, m.Times.Accepted, m.Times.Decided = &at, &at, &at
	m.Decision = &Decision{
		Outcome: Granted, By: System.ID, Org: m.HOrg, At: at, Automatic: true, Serial: s.Facts.Serial,
	}
	m.Result = s.Facts.Result
	m.movePapers("", PapersApplicant)
}

func canConfirmPrint(m *Matter, _ Actor) error {
	if m.Decision == nil || !m.Decision.Automatic {
		return fault.New("transition_not_allowed")
	}
	return nil
}

func checkConfirmPrint(m *Matter, s *Step, _ Env) error {
	if s.Facts.Serial != m.Decision.Serial {
		return fault.New("validation_failed").Field("serial").Say("打印编号与本办件不符")
	}
	return nil
}

func doConfirmPrint(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Decision.Printed = true
	m.deliveredTo(SignedSelf, s)
}

// deliveredTo notes who has the result, and since when.
func (m *Matter) deliveredTo(who SignedBy, s *Step) {
	at := s.Now
	m.Times.Delivered, m.Times.SignedBy = &at, who
}

func canSupply(m *Matter, a Actor) error { return m.agentMay(ActSupply, a) }

func checkSupply(m *Matter, s *Step, _ Env) error {
	if err := m.agentStill(s); err != nil {
		return err
	}
	if m.papersOut() {
		return fault.New("parcel_open").Say("补交的纸质材料在收件窗口或寄送途中，送达后自动提交")
	}
	if open := m.unanswered(); len(open) > 0 {
		return fault.New("materials_missing").With("materials", open)
	}
	return nil
}
