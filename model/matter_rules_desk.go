package model

import (
	"slices"
	"strings"

	"kuacheng/model/fault"
)

// What the handling organisation does before and with its decision (受理、审查、决定).

func checkAccept(m *Matter, s *Step, _ Env) error {
	listed := map[string]bool{}
	for _, l := range s.Facts.Lacking {
		mm := m.material(l.Code)
		if mm == nil {
			return fault.New("material_unknown").Field("lacking").With("material", l.Code)
		}
		if _, ok := ParseDate(string(l.Until)); !ok || l.Until < DateOf(s.Now) {
			return fault.New("validation_failed").Field("lacking").Say("请填写容缺材料的补交日期")
		}
		listed[l.Code] = mm.Lackable
	}
	var open []string
	for _, code := range m.missing() {
		if !listed[code] {
			open = append(open, code)
		}
	}
	if len(open) > 0 {
		return fault.New("materials_missing").With("materials", open)
	}
	return nil
}

func doAccept(m *Matter, s *Step, _ Env, _ MatterState) {
	at := s.Now
	m.Times.Accepted, m.Times.Deemed = &at, false
	for _, l := range s.Facts.Lacking {
		if !m.material(l.Code).Present() {
			m.Lacking = append(m.Lacking, l)
		}
	}
	m.handledBy(s)
}

// handledBy notes the reviewer who answers for the matter inside the department.
func (m *Matter) handledBy(s *Step) {
	if s.Actor.Door == DoorDesk {
		m.Handler = s.Actor.ID
	}
}

func checkDeemAccept(m *Matter, s *Step, env Env) error {
	if r := m.running(ClockAcceptance); r == nil || !r.Over(env.Calendar, s.Now) {
		return fault.New("transition_not_allowed").Say("受理期限未满")
	}
	return nil
}

func doDeemAccept(m *Matter, _ *Step, _ Env, _ MatterState) {
	day0 := m.lastRun(ClockAcceptance).Start
	m.Times.Accepted, m.Times.Deemed = &day0, true
}

func checkRefuse(_ *Matter, s *Step, _ Env) error {
	if _, ok := RefusalReasons[s.Facts.Reason]; !ok {
		return fault.New("reason_required").Field("reason").With("reasons", reasonCodes(RefusalReasons))
	}
	if s.Facts.Reason == "not_competent" && strings.TrimSpace(s.Facts.Organ) == "" {
		return fault.New("reason_required").Field("competent_organ").Say("请告知申请人应当向哪个机关申请")
	}
	return nil
}

func doRefuse(m *Matter, s *Step, _ Env, _ MatterState) {
	f := s.Facts
	m.Ending = &Ending{
		Reason: f.Reason, Note: f.Note, Law: or(f.Law, RefusalReasons[f.Reason].Law),
		Remedies: or(f.Remedies, Remedies("", "")), Organ: f.Organ,
	}
	m.handledBy(s)
}

func or(a, b string) string {
	if strings.TrimSpace(a) == "" {
		return b
	}
	return a
}

func checkReassign(m *Matter, s *Step, _ Env) error {
	f := s.Facts
	switch {
	case f.Org == "" || f.Org == m.HOrg:
		return fault.New("validation_failed").Field("org")
	case f.Org == m.ROrg:
		return fault.New("separation_of_duties")
	case !sameCity(f.OrgRegion, m.To) || !f.OrgItem:
		return fault.New("item_not_offered").Say("该部门不办理此事项")
	}
	return nil
}

// doReassign may take the matter to another level or county of the city: the number keeps the region that it was opened for.
func doReassign(m *Matter, s *Step, _ Env, _ MatterState) {
	m.HOrg, m.To, m.Handler = s.Facts.Org, s.Facts.OrgRegion, ""
}

// sameCity: a county's code, and a functional district's, begins with its city's four characters.
func sameCity(a, b string) bool { return len(a) == 6 && len(b) == 6 && a[:4] == b[:4] }

// canRequestSupplement: asking a second time in the same state needs approval, for the first notice must name
// everything (行政许可法 第三十二条第四项).
func canRequestSupplement(m *Matter, a Actor) error {
	if m.askedBefore() && a.Door == DoorDesk && !a.Lead {
		return fault.New("approval_required")
	}
	return nil
}

func (m *Matter) askedBefore() bool {
	if m.State == MatterAwaitingAcceptance {
		return m.Counts.Corrections > 0
	}
	return m.Counts.Supplements > 0
}

func checkRequestSupplement(m *Matter, s *Step, env Env) error {
	if len(s.Facts.Asks) == 0 {
		return fault.New("reason_required").Field("materials").Say("请列明需要补交的材料")
	}
	if strings.TrimSpace(s.Facts.Note) == "" {
		return fault.New("reason_required").Field("note").Say("请说明需要补交的内容")
	}
	seen := map[string]bool{}
	for _, a := range s.Facts.Asks {
		// Nothing beyond the published list may be asked for (行政许可法 第三十一条).
		if m.material(a.Code) == nil {
			return fault.New("material_unknown").Field("materials").With("material", a.Code)
		}
		if seen[a.Code] {
			return fault.New("validation_failed").Field("materials").With("material", a.Code)
		}
		seen[a.Code] = true
	}
	if m.askedBefore() && s.Actor.Door == DoorDesk {
		return needReason(m, s, env)
	}
	return nil
}

func doRequestSupplement(m *Matter, s *Step, env Env, from MatterState) {
	if from == MatterAwaitingAcceptance {
		m.Counts.Corrections++
	} else {
		m.Counts.Supplements++
	}
	m.Asked = &Asked{Materials: slices.Clone(s.Facts.Asks), Note: s.Facts.Note, At: s.Now, By: s.Actor.ID}
	for _, a := range s.Facts.Asks {
		mm := m.material(a.Code)
		if mm.State != MaterialMissing {
			mm.State = MaterialRejected
		}
		mm.OnPaper, mm.Note = false, a.Note
	}
	m.tellUntil(env)
	m.handledBy(s)
}

func canSuspend(m *Matter, _ Actor) error {
	if len(m.Item.Procedures) == 0 {
		return fault.New("special_procedure_invalid")
	}
	return nil
}

func checkSuspend(m *Matter, s *Step, _ Env) error {
	if !slices.Contains(m.Item.Procedures, s.Facts.Kind) {
		return fault.New("special_procedure_invalid").Field("kind").With("kinds", m.Item.Procedures)
	}
	if s.Facts.Days <= 0 {
		return fault.New("reason_required").Field("days").Say("请告知申请人所需时间（第四十五条）")
	}
	return nil
}

func doSuspend(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Suspended = &Suspension{Kind: s.Facts.Kind, Law: or(s.Facts.Law, lawProcedures), Days: s.Facts.Days, At: s.Now}
	m.handledBy(s)
}

// checkResume wants the outcome of the procedure on the trail.
func checkResume(_ *Matter, s *Step, _ Env) error {
	if strings.TrimSpace(s.Facts.Note+s.Why) == "" {
		return fault.New("reason_required").Field("note").Say("请填写特别程序的结果")
	}
	return nil
}

func doResume(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Suspended = nil
	m.handledBy(s)
}

func canExtend(m *Matter, _ Actor) error {
	if m.Counts.Extension > 0 {
		return fault.New("extension_used")
	}
	return nil
}

func checkExtend(m *Matter, s *Step, env Env) error {
	limit := 10
	if m.Item.Joint {
		limit = 15
	}
	if s.Facts.Days < 1 || s.Facts.Days > limit {
		return fault.New("extension_too_long").Field("days").With("limit", limit)
	}
	if r := m.running(ClockStatutory); r == nil || r.Over(env.Calendar, s.Now) {
		return fault.New("deadline_passed")
	}
	return needReason(m, s, env)
}

func doExtend(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Counts.Extension = s.Facts.Days
	m.handledBy(s)
}

func canDecide(m *Matter, a Actor) error {
	if m.Item.TwoStep && a.Door == DoorDesk && !a.Lead {
		return fault.New("approval_required")
	}
	return nil
}

func checkDecide(m *Matter, s *Step, _ Env) error {
	switch s.Facts.Outcome {
	case Granted:
		if len(m.Lacking) > 0 {
			codes := make([]string, 0, len(m.Lacking))
			for _, l := range m.Lacking {
				codes = append(codes, l.Code)
			}
			return fault.New("lacking_outstanding").With("materials", codes)
		}
	case Denied:
		if strings.TrimSpace(s.Facts.Reason+s.Facts.Note) == "" {
			return fault.New("reason_required").Field("note").Say("不予决定应当说明理由（行政许可法第三十八条）")
		}
	default:
		return fault.New("validation_failed").Field("outcome")
	}
	return nil
}

func doDecide(m *Matter, s *Step, _ Env, _ MatterState) {
	f, at := s.Facts, s.Now
	m.Times.Decided = &at
	m.Decision = &Decision{Outcome: f.Outcome, Note: f.Note, By: s.Actor.ID, Org: m.HOrg, At: at}
	if f.Outcome == Denied {
		m.Decision.Reason = or(f.Reason, f.Note)
		m.Decision.Law = or(f.Law, lawDenial)
		m.Decision.Remedies = or(f.Remedies, Remedies("", ""))
	}
	if f.Result != nil {
		m.Result = f.Result
	}
	m.handledBy(s)
}

func canRevoke(m *Matter, _ Actor) error {
	if m.Decision == nil || m.Decision.Automatic || m.Times.Dispatched != nil {
		return fault.New("decision_sent")
	}
	return nil
}

func doRevoke(m *Matter, s *Step, _ Env, _ MatterState) {
	m.Decision, m.Result, m.Times.Decided = nil, nil, nil
	m.handledBy(s)
}
