package model

import (
	"time"

	"kuacheng/model/fault"
)

// How a matter ends, and what is left to do after it.

// Terms in calendar days, and the day on which a printed sheet must be confirmed.
const (
	draftDays     = 30
	draftWarnDays = 7
	disputeDays   = 3
	unclaimedDays = 180
	reopenDays    = 30
	printWithin   = 24 * time.Hour
)

func checkClose(m *Matter, s *Step, _ Env) error {
	if s.Actor.Door == DoorSystem && m.disputable() && !over(*m.Times.Delivered, disputeDays, s.Now) {
		return fault.New("transition_not_allowed").Say("异议期限未满")
	}
	return nil
}

func doClose(m *Matter, _ *Step, _ Env, _ MatterState) { m.archive() }

// archive: papers that H has are filed with the decision.
func (m *Matter) archive() {
	if m.holds(PapersHandling) {
		m.movePapers(PapersKept, PapersHandling)
	}
}

func checkExpire(m *Matter, s *Step, env Env) error {
	if _, at, ok := m.nextStep(env.Calendar); !ok || s.Now.Before(at) {
		return fault.New("transition_not_allowed").Say("期限未满")
	}
	return nil
}

func doExpire(m *Matter, _ *Step, _ Env, _ MatterState) {
	if m.State == MatterClosed {
		m.Ending = &Ending{Outcome: "unclaimed"}
		m.archive()
	}
}

func canWithdraw(m *Matter, a Actor) error { return m.agentMay(ActWithdraw, a) }

func checkWithdraw(m *Matter, s *Step, _ Env) error {
	if s.Actor.Door == DoorCounter && !s.Facts.SignedRequest {
		return fault.New("authorisation_required").Say("请先取得申请人签字的撤回申请")
	}
	return m.agentStill(s)
}

func checkTerminate(_ *Matter, s *Step, _ Env) error {
	if _, ok := TerminationReasons[s.Facts.Reason]; !ok {
		return fault.New("reason_required").Field("reason").With("reasons", reasonCodes(TerminationReasons))
	}
	return nil
}

func doTerminate(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Ending = &Ending{Reason: s.Facts.Reason, Note: s.Facts.Note, Law: or(s.Facts.Law, TerminationReasons[s.Facts.Reason].Law)}
	m.handledBy(s)
}

func canReopen(m *Matter, _ Actor) error {
	if m.State != MatterLapsed {
		return nil
	}
	if e, _ := m.lastEvent(EvExpire); e.From != MatterAwaitingCorrection {
		return fault.New("transition_not_allowed").Say("未提交的草稿不能重新办理")
	}
	return nil
}

// checkReopen: a refusal is reopened when it was set aside on review, and the trail names that paper; a
// lapsed correction within thirty days, when everything is there after all.
func checkReopen(m *Matter, s *Step, env Env) error {
	if m.State == MatterRefused {
		return needReason(m, s, env)
	}
	if over(*m.Times.Ended, reopenDays, s.Now) {
		return fault.New("deadline_passed")
	}
	if open := m.unanswered(); len(open) > 0 {
		return fault.New("materials_missing").With("materials", open)
	}
	return nil
}

func doReopen(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Ending = nil
	m.handledBy(s)
}

func canReturnPapers(m *Matter, a Actor) error {
	if a.Door == DoorCounter && !m.holds(PapersReceiving) || a.Door == DoorDesk && !m.holds(PapersHandling) && !m.holds(PapersKept) {
		return fault.New("papers_not_held")
	}
	return nil
}

func checkReturnPapers(m *Matter, s *Step, _ Env) error {
	if s.Facts.HandedOver {
		return nil
	}
	if s.Facts.Parcel == "" && s.Facts.Objection == nil {
		return fault.New("validation_failed").Field("waybill").Say("请填写运单号，或确认已当面交还")
	}
	return m.freshWaybill(s)
}

func doReturnPapers(m *Matter, s *Step, _ Env, _ MatterState) {
	if s.Facts.Parcel != "" {
		m.addParcel(MatterParcel{Direction: ParcelResult, Back: true, Standing: ParcelDone}, s)
	}
	if s.Actor.Door == DoorCounter {
		m.movePapers(PapersReturned, PapersReceiving)
		return
	}
	m.movePapers(PapersReturned, PapersHandling, PapersKept)
}
