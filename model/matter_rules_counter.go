package model

import (
	"slices"

	"kuacheng/model/fault"
)

// What the receiving organisation does at its windows (收件).

// checked sorts the formal check: which materials that cannot be lacking were not looked at, and which were
// and failed.
func (m *Matter) checked(checks []MaterialCheck) (unseen, failed []string, err error) {
	seen := map[string]bool{}
	for _, c := range checks {
		mm := m.material(c.Material)
		if mm == nil {
			return nil, nil, fault.New("material_unknown").Field("checks").With("material", c.Material)
		}
		seen[c.Material] = true
		if !c.OK && mm.blocks() {
			failed = append(failed, c.Material)
		}
	}
	for _, mm := range m.Materials {
		if mm.blocks() && !seen[mm.Code] {
			unseen = append(unseen, mm.Code)
		}
	}
	return unseen, failed, nil
}

func identityFailed() error { return fault.New("identity_mismatch").Say("身份核验未通过") }

// checkTurnBack wants a reason to turn back and, as the notice is given once (一次性告知), all of them: a
// check of every required material. A person who is not who they say they are gets no check at all.
func checkTurnBack(m *Matter, s *Step, _ Env) error {
	unseen, failed, err := m.checked(s.Facts.Checks)
	switch {
	case err != nil:
		return err
	case !s.Facts.Identity.Matched:
		return nil
	case len(unseen) > 0:
		return fault.New("validation_failed").Field("checks").Say("请一次性核对全部必需材料").With("materials", unseen)
	case len(failed) == 0:
		return fault.New("validation_failed").Field("checks").Say("材料均合格，请直接收件")
	}
	return nil
}

func doTurnBack(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Counts.TurnBacks++
	for _, c := range s.Facts.Checks {
		m.material(c.Material).Note = c.Note
	}
}

func checkReceive(m *Matter, s *Step, _ Env) error {
	id := s.Facts.Identity
	unseen, failed, err := m.checked(s.Facts.Checks)
	switch {
	case !id.Matched:
		return identityFailed()
	case id.Agent && !id.Authorised && m.Agent == "":
		return fault.New("authorisation_required")
	case err != nil:
		return err
	case len(failed) > 0:
		return fault.New("formal_check_failed").With("materials", failed)
	case len(unseen) > 0:
		return fault.New("materials_missing").With("materials", unseen)
	}
	return nil
}

func doReceive(m *Matter, s *Step, _ Env, _ MatterState) {
	at := s.Now
	m.Times.Received = &at
	if m.Times.Submitted == nil {
		m.Times.Submitted = &at // handing in at the window is the submission
	}
	m.Hall, m.Duplicates = s.Actor.Hall, s.Facts.Twins
	var taken []string
	for _, c := range s.Facts.Checks {
		if c.OK {
			m.takePaper(c.Material, c.Note, c.Scan, s)
			taken = append(taken, c.Material)
		}
	}
	m.receiptFor(taken, s)
	m.supersede()
	m.movePapers(PapersReceiving, PapersApplicant, PapersLost)
}

func (m *Matter) takePaper(code, note string, scan *MatterFile, s *Step) {
	mm := m.material(code)
	at := s.Now
	mm.State, mm.OnPaper, mm.Note, mm.PutAt = MaterialVerified, true, note, &at
	if scan != nil {
		mm.File, mm.Licence = scan, nil
	}
	m.fillGap(code)
}

func (m *Matter) receiptFor(materials []string, s *Step) {
	m.Receipts = append(m.Receipts, Receipt{
		At: s.Now, Org: s.Actor.Org, Hall: s.Actor.Hall, Clerk: s.Actor.ID, Method: s.Facts.Identity.Method,
		ByAgent: s.Facts.Identity.Agent, Materials: materials,
	})
}

// supersede closes parcels that were given up as lost: what they carried has been handed in again.
func (m *Matter) supersede() {
	for i := range m.Parcels {
		if m.Parcels[i].Standing == ParcelGivenUp {
			m.Parcels[i].Standing = ParcelDone
		}
	}
}

func canReceiveMore(m *Matter, _ Actor) error {
	if m.parcel(ParcelMaterials, ParcelExpected) != nil {
		return fault.New("parcel_open") // it carries everything that was asked for
	}
	return nil
}

func checkReceiveMore(m *Matter, s *Step, _ Env) error {
	id := s.Facts.Identity
	switch {
	case !id.Matched:
		return identityFailed()
	case id.Agent && !id.Authorised && m.Agent == "":
		return fault.New("authorisation_required")
	case len(s.Facts.brought()) == 0:
		return fault.New("validation_failed").Field("materials")
	}
	for _, code := range s.Facts.brought() {
		if _, ok := m.Asked.ask(code); !ok {
			return fault.New("material_not_asked_for").With("material", code)
		}
	}
	for _, c := range s.Facts.Checks {
		if !c.OK {
			return fault.New("formal_check_failed").With("materials", []string{c.Material})
		}
	}
	return nil
}

// brought lists what a person brought to the window, as told by name or by the formal check.
func (f Facts) brought() []string {
	out := slices.Clone(f.Materials)
	for _, c := range f.Checks {
		if !slices.Contains(out, c.Material) {
			out = append(out, c.Material)
		}
	}
	return out
}

func doReceiveMore(m *Matter, s *Step, _ Env, _ MatterState) {
	scans := map[string]MaterialCheck{}
	for _, c := range s.Facts.Checks {
		scans[c.Material] = c
	}
	brought := s.Facts.brought()
	for _, code := range brought {
		m.takePaper(code, scans[code].Note, scans[code].Scan, s)
	}
	m.receiptFor(brought, s)
	m.supersede()
	m.movePapers(PapersReceiving, PapersLost)
	m.settleAsked(s)
}

func canForward(m *Matter, _ Actor) error {
	if m.parcel(ParcelMaterials, ParcelExpected) != nil {
		return fault.New("parcel_open")
	}
	if !m.holds(PapersReceiving) {
		return fault.New("papers_not_held")
	}
	return nil
}

func checkForwardMail(m *Matter, s *Step, _ Env) error {
	if open := m.unanswered(); len(open) > 0 {
		return fault.New("materials_missing").Say("补交材料尚未齐全，请一并寄出").With("materials", open)
	}
	return m.freshWaybill(s)
}

// freshWaybill: a label travels once. A parcel that the matter has named before, and that was lost, came back or
// arrived, is not the one that is being sent now.
func (m *Matter) freshWaybill(s *Step) error {
	if s.Facts.Parcel == "" && s.Facts.Objection != nil {
		return s.Facts.Objection // says why there is none
	}
	if s.Facts.Parcel == "" {
		return fault.New("waybill_invalid").Field("waybill")
	}
	if slices.ContainsFunc(m.Parcels, func(p MatterParcel) bool { return p.ID == s.Facts.Parcel }) {
		return fault.New("waybill_in_use").Field("waybill").Say("该运单号已用于本办件先前的邮件，请换新的运单")
	}
	return nil
}

func doForwardMail(m *Matter, s *Step, _ Env, _ MatterState) {
	at := s.Now
	m.Times.Forwarded = &at
	var codes []string
	for _, mm := range m.Materials {
		if _, asked := m.Asked.ask(mm.Code); mm.OnPaper && (m.Asked == nil || asked) {
			codes = append(codes, mm.Code)
		}
	}
	m.addParcel(MatterParcel{Direction: ParcelMaterials, Materials: codes}, s)
	m.movePapers(PapersCarrier, PapersReceiving)
}

// KindMatterParcel is emitted when a matter names a parcel for the first time, so that biz/parcel registers
// it; ref: parcel. Carrier and waybill stand on the matter.
const KindMatterParcel = "matter_parcel"

func (m *Matter) addParcel(p MatterParcel, s *Step) {
	p.ID, p.Carrier, p.Waybill, p.At = s.Facts.Parcel, s.Facts.Carrier, s.Facts.Waybill, s.Now
	if p.Standing == "" {
		p.Standing = ParcelExpected
	}
	m.Parcels = append(m.Parcels, p)
	m.Emit(KindMatterParcel, s.Now, map[string]string{"parcel": p.ID})
}

func canForwardNetwork(m *Matter, a Actor) error {
	if !m.Item.TakesCopies {
		return fault.New("copies_not_accepted")
	}
	if m.State == MatterMaterialsLost {
		return nil
	}
	return canForward(m, a)
}

func checkForwardNetwork(m *Matter, s *Step, _ Env) error {
	if open := m.unanswered(); len(open) > 0 {
		return fault.New("materials_missing").With("materials", open)
	}
	var unscanned []string
	for _, mm := range m.Materials {
		_, asked := m.Asked.ask(mm.Code)
		if mm.OnPaper && mm.File == nil && (m.Asked == nil || asked) {
			unscanned = append(unscanned, mm.Code)
		}
	}
	if len(unscanned) > 0 {
		return fault.New("materials_missing").Say("请先扫描全部纸质材料").With("unscanned", unscanned)
	}
	if m.State == MatterMaterialsLost && !s.Facts.Consent {
		return fault.New("validation_failed").Field("consent").Say("请先征得申请人同意以扫描件继续办理")
	}
	return nil
}

// The originals are handed back on the spot: what travels is the scan.
func doForwardNetwork(m *Matter, s *Step, _ Env, _ MatterState) {
	at := s.Now
	m.Times.Forwarded, m.Times.Arrived = &at, &at
	m.supersede()
	m.movePapers("", PapersReceiving, PapersLost)
	for i := range m.Materials {
		m.Materials[i].OnPaper = false
	}
}
