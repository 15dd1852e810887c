package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// HandOver lets another reviewer of the organisation answer for the matter in place of one who has left, or all of
// them ("") again. Nobody decides what they have received (受审分离): such a successor is passed over. Whoever does not
// hold the matter has nothing to hand over: ErrAlreadyApplied.
func (m *Matter) HandOver(from, to string, by Actor, why string, now time.Time) error {
	if from == "" || from == to || m.Handler != from || m.State.Ended() {
		return ErrAlreadyApplied
	}
	if to != "" && m.sideOf(to) == SideR {
		to = ""
	}
	m.Handler = to
	return m.Record(Note{Kind: NoteHandOver, Actor: by, At: now, Why: why, Data: map[string]string{"from": from, "to": to}})
}

// Caller is the clerk whose call or service the booking is in; "" when it is in none.
func (b *Booking) Caller() string {
	if b.State != BookingCalled && b.State != BookingServing {
		return ""
	}
	for _, s := range slices.Backward(b.Steps) {
		if s.Event == EventCall || s.Event == EventServe {
			return s.By.ID
		}
	}
	return ""
}

// Release puts a person back in line whose clerk has left the window: they have missed nothing.
func (b *Booking) Release(clerk string, now time.Time) error {
	if clerk == "" || b.Caller() != clerk {
		return ErrAlreadyApplied
	}
	to, err := b.to(EventRelease, System)
	if err != nil {
		return err
	}
	b.Calls, b.CalledAt, b.Window = 0, nil, ""
	b.step(EventRelease, to, System, moment(now), "clerk_left", nil)
	return nil
}

// Release puts a clerk's walk-ins back in line; it reports whether there were any. Tickets with a booking follow it.
func (q *Queue) Release(clerk string) bool {
	released := false
	for i := range q.Entries {
		e := &q.Entries[i]
		if e.Booking == "" && e.CalledBy == clerk && (e.State == TicketCalled || e.State == TicketServing) {
			e.State, e.Window, e.Calls, e.CalledAt, e.CalledBy = TicketWaiting, "", 0, nil, ""
			released = true
		}
	}
	return released
}

// Join refuses an account for which its new post has no place, and gives it the post.
func (s *Staff) Join(p Post, org Organisation, hall *Hall) error {
	next := *s
	next.Role, next.Org, next.Region, next.Hall, next.Windows, next.Lead = p.Role, org.ID, org.Region, p.Hall, p.Windows, p.Lead
	if p.Role != RoleClerk && (p.Hall != "" || len(p.Windows) > 0) {
		return fault.New("validation_failed").Field("hall").Say("只有窗口人员需要填写大厅和窗口")
	}
	if p.Role == RoleClerk {
		if hall == nil || hall.Organisation != org.ID {
			return fault.New("validation_failed").Field("hall").Say("请选择本单位的大厅")
		}
		next.Windows = nil
		for _, given := range p.Windows {
			w, ok := hall.Window(given)
			if !ok {
				return fault.New("validation_failed").Field("windows").Say("大厅没有窗口 " + given)
			}
			next.Windows = append(next.Windows, w.Number)
		}
	}
	if err := next.Check(org); err != nil {
		return fault.New("validation_failed").Field("role").Say(unfit(p, org)).Because(err)
	}
	*s = next
	return nil
}

// unfit says why an organisation has no such post.
func unfit(p Post, org Organisation) string {
	switch {
	case p.Lead && p.Role != RoleReviewer:
		return "只有审批人员可以是科室负责人"
	case p.Role == RoleClerk:
		return org.Name + "不是收件单位，没有窗口人员"
	case p.Role == RoleReviewer:
		return org.Name + "不是审批单位，没有审批人员"
	}
	return "没有这种角色"
}

// Post is what an account is: its role, and where.
type Post struct {
	Role    Role
	Org     string
	Hall    string
	Windows []string
	Lead    bool
}

// Post is the account's present one.
func (s *Staff) Post() Post {
	return Post{Role: s.Role, Org: s.Org, Hall: s.Hall, Windows: s.Windows, Lead: s.Lead}
}
