package model

import (
	"slices"

	"kuacheng/model/fault"
)

// What becomes of the papers on their way to H. The parcel's own life is model/parcel.go's; a matter hears of
// its end only.

// materialsParcel is the parcel that an event means: the one under way, or one given up that has been found.
// People may leave the id out.
func (m *Matter) materialsParcel(id string) *MatterParcel {
	if p := m.parcel(ParcelMaterials, ParcelExpected); p != nil && (id == "" || id == p.ID) {
		return p
	}
	if p := m.parcel(ParcelMaterials, ParcelGivenUp); p != nil && (id == "" || id == p.ID) {
		return p
	}
	return nil
}

func canFinishMaterials(m *Matter, _ Actor) error {
	if m.materialsParcel("") == nil {
		return fault.New("parcel_mismatch").Say("没有在途的材料邮件")
	}
	return nil
}

func checkMaterialsParcel(m *Matter, s *Step, _ Env) error {
	if m.materialsParcel(s.Facts.Parcel) == nil {
		return fault.New("parcel_mismatch").With("parcel", s.Facts.Parcel)
	}
	return nil
}

func checkArrive(m *Matter, s *Step, env Env) error {
	if err := checkMaterialsParcel(m, s, env); err != nil {
		return err
	}
	if !m.State.awaiting() {
		return nil
	}
	inside := m.materialsParcel(s.Facts.Parcel).Materials
	open := slices.DeleteFunc(m.unanswered(), func(code string) bool { return slices.Contains(inside, code) })
	if len(open) > 0 {
		return fault.New("materials_missing").With("materials", open)
	}
	return nil
}

func doArrive(m *Matter, s *Step, _ Env, _ MatterState) {
	at := s.Now
	m.Times.Arrived = &at
	m.finishMaterials(s)
	m.movePapers(PapersHandling, PapersCarrier, PapersLost)
}

// finishMaterials closes the parcel; what was given up with it is there again.
func (m *Matter) finishMaterials(s *Step) {
	p := m.materialsParcel(s.Facts.Parcel)
	if p.Standing == ParcelGivenUp {
		for _, code := range p.Materials {
			if mm := m.material(code); mm != nil {
				mm.State, mm.OnPaper = MaterialVerified, true
			}
		}
	}
	p.Standing = ParcelDone
}

func doBounce(m *Matter, s *Step, _ Env, _ MatterState) {
	m.finishMaterials(s)
	m.movePapers(PapersReceiving, PapersCarrier, PapersLost)
	m.settleAsked(s)
}

func canLose(m *Matter, _ Actor) error {
	if m.parcel(ParcelMaterials, ParcelExpected) == nil {
		return fault.New("parcel_mismatch").Say("没有在途的材料邮件")
	}
	return nil
}

// checkLose wants to know how the loss is known: a courier's report, or ten days of silence and the
// carrier's word.
func checkLose(m *Matter, s *Step, env Env) error {
	if p := m.parcel(ParcelMaterials, ParcelExpected); s.Facts.Parcel != "" && s.Facts.Parcel != p.ID {
		return fault.New("parcel_mismatch").With("parcel", s.Facts.Parcel)
	}
	return needReason(m, s, env)
}

func doLose(m *Matter, _ *Step, env Env, _ MatterState) {
	p := m.parcel(ParcelMaterials, ParcelExpected)
	p.Standing = ParcelGivenUp
	m.movePapers(PapersLost, PapersCarrier)
	if !m.State.awaiting() {
		return
	}
	for _, code := range p.Materials {
		if mm := m.material(code); mm != nil {
			mm.State, mm.OnPaper = MaterialMissing, false
		}
	}
	m.tellUntil(env)
}

// tellUntil notes the last day on which the applicant can answer, as they are told it.
func (m *Matter) tellUntil(env Env) {
	if r := m.running(ClockCorrection); r != nil && m.Asked != nil {
		m.Asked.Until, _ = r.Due(env.Calendar)
	}
}
