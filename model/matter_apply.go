package model

import (
	"slices"
	"strconv"
	"time"

	"kuacheng/model/fault"
)

// KindMatterEvent is the outbox event of every applied step; ref: event, seq (of the trail entry), parcel.
const KindMatterEvent = "matter_event"

// rule is what one event asks for and does beyond the table's columns.
type rule struct {
	// can refuses what no facts could make right in the present state of the matter; Next asks it too.
	can func(m *Matter, a Actor) error
	// check refuses facts. Neither may change the matter.
	check func(m *Matter, s *Step, env Env) error
	// do changes the matter, after the state has moved and the clocks have run.
	do func(m *Matter, s *Step, env Env, from MatterState)
}

// Apply lets one event happen, or says why not, in the order of "Rules that the table leans on": door and
// role (forbidden), state and mode (transition_not_allowed), organisation (wrong_organisation,
// separation_of_duties), preconditions. Scope (404) comes before it and is VisibleTo's. A refused step leaves
// the matter as it was.
func (m *Matter) Apply(s Step, env Env) error {
	if m.caused(string(s.Event), s.Cause) {
		return ErrAlreadyApplied
	}
	s.Now = s.Now.UTC().Truncate(time.Millisecond)
	t, side, err := m.admit(s.Event, s.Actor)
	if err == nil {
		err = m.consider(&s, env)
	}
	if err != nil {
		return m.explainRefusal(err, s.Event, s.Actor)
	}
	from := m.State
	m.State = t.Target(from)
	m.runClocks(t, &s, from)
	if do := rules[s.Event].do; do != nil {
		do(m, &s, env, from)
	}
	m.Times.Changed = s.Now
	if m.State != from {
		m.enter(from, s.Now)
	}
	m.witness(&s, side, from)
	m.refresh(s.Now, env)
	return nil
}

// consider asks the event's own rules and the caller's objection.
func (m *Matter) consider(s *Step, env Env) error {
	r := rules[s.Event]
	if m.believes(s) {
		return s.Facts.Objection
	}
	if r.can != nil {
		if err := r.can(m, s.Actor); err != nil {
			return err
		}
	}
	if r.check != nil {
		if err := r.check(m, s, env); err != nil {
			return err
		}
	}
	return s.Facts.Objection
}

// admit asks the table: may this caller send this event now? It returns the row and the side acted for.
func (m *Matter) admit(e MatterEvent, a Actor) (*Transition, Side, error) {
	follow, follows := m.follows(e, a)
	if !knows(e, a) && !follows {
		return nil, "", fault.New("forbidden")
	}
	t := byState[e][m.State]
	if t == nil || t.Modes != nil && !slices.Contains(t.Modes, m.Mode) {
		return nil, "", fault.New("transition_not_allowed")
	}
	if follows {
		side, err := m.stand(follow, e, a)
		return t, side, err
	}
	i := slices.IndexFunc(t.Who, func(c Caller) bool { return c.Door == a.Door && c.Role == a.Role })
	if i < 0 {
		return nil, "", fault.New("transition_not_allowed") // the event, but not here: 已收件 is the clerk's alone
	}
	side, err := m.stand(t.Who[i], e, a)
	return t, side, err
}

// knows reports whether any row of the event has a caller of this door and role.
func knows(e MatterEvent, a Actor) bool { return known[knock{e, a.Door, a.Role}] }

// stand checks that the caller stands where the row wants them: organisation, separation, approval.
func (m *Matter) stand(c Caller, e MatterEvent, a Actor) (Side, error) {
	side := c.Side
	switch c.Side {
	case SideOwner:
		if a.Role == RoleApplicant && a.ID != m.Applicant || a.Role == RoleAgent && (m.Agent == "" || a.ID != m.Agent) {
			return "", fault.New("not_found")
		}
	case SideR:
		if a.Org != m.ROrg {
			return "", fault.New("wrong_organisation").With("organisation", m.ROrg)
		}
	case SideH:
		if a.Org != m.HOrg {
			return "", fault.New("wrong_organisation").With("organisation", m.HOrg)
		}
	case SidePeer:
		if a.Region != m.To {
			return "", fault.New("wrong_organisation").With("region", m.To)
		}
	case SideHall:
		if a.Org == m.ROrg {
			side = SideR
		}
	}
	if acted := m.sideOf(a.ID); side == SideR && acted == SideH || side == SideH && acted == SideR {
		return "", fault.New("separation_of_duties")
	}
	if m.elsewhere(e, a) {
		return "", fault.New("peer_owns")
	}
	if c.Lead && !a.Lead {
		return "", fault.New("approval_required")
	}
	return side, nil
}

// explainRefusal gives a refused transition what a program needs to go on, and a sentence that tells people
// where to turn.
func (m *Matter) explainRefusal(err error, e MatterEvent, a Actor) error {
	if fault.Code(err) != "transition_not_allowed" {
		return err
	}
	f := fault.From(err).With("state", string(m.State)).With("event", string(e)).With("next", m.Next(a))
	if e == EvSubmit && m.State == MatterDraft {
		switch {
		case m.Mode == ModeWindow:
			return f.Say("本办件为窗口办理，请预约后到窗口提交")
		case m.Item.Automatic:
			return f.Say("请到自助终端办理")
		}
	}
	return f
}

// Allowed reports whether the table and the matter let a caller send an event now, whatever the facts.
func (m *Matter) Allowed(e MatterEvent, a Actor) bool {
	if _, _, err := m.admit(e, a); err != nil {
		return false
	}
	can := rules[e].can
	return can == nil || can(m, a) == nil
}

// Next lists the events that this caller may send now. Timers and couriers never ask: theirs are not listed.
func (m *Matter) Next(a Actor) []string {
	next := []string{}
	if a.Door == DoorSystem || a.Door == DoorCourier {
		return next
	}
	for _, e := range offered[visit{m.State, a.Door, a.Role}] {
		if m.Allowed(e, a) {
			next = append(next, string(e))
		}
	}
	return next
}

// enter notes that a new state has begun.
func (m *Matter) enter(from MatterState, now time.Time) {
	m.Times.Entered, m.Reminded = now, nil
	switch {
	case m.State.Ended():
		m.Times.Ended = &now
	case from.Ended():
		m.Times.Ended = nil
	}
	if !m.State.awaiting() && m.State != MatterLapsed {
		m.Asked = nil
	}
	if m.State == MatterAwaitingAcceptance || m.State == MatterAccepted {
		// The file goes on with what is there.
		m.movePapers("", PapersLost, PapersApplicant, PapersReturned)
	}
}

// witness writes the trail entry and the outbox event of a step.
func (m *Matter) witness(s *Step, side Side, from MatterState) {
	a := s.Actor
	e := m.record(TrailEntry{
		At: s.Now, By: a.ID, Role: a.Role, Door: a.Door, Org: a.Org, Region: a.Region, Side: side,
		Event: string(s.Event), From: from, To: m.State, Why: s.Why, Cause: s.Cause, Data: s.data(),
	})
	ref := map[string]string{"event": string(s.Event), "seq": strconv.Itoa(e.Seq)}
	if s.Facts.Parcel != "" {
		ref["parcel"] = s.Facts.Parcel
	}
	m.Emit(KindMatterEvent, s.Now, ref)
	m.tellPeer(s.Now)
}
