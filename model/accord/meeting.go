package accord

import (
	"slices"
	"strconv"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// States of a joint meeting.
const (
	MeetingPlanned = "planned"
	MeetingHeld    = "held"
)

const maxDecisions = 50

// Point is one point of an agenda: an open problem of the pair, or what a person put there.
type Point struct {
	Problem string `json:"problem,omitempty"`
	Title   string `json:"title"`
	Unit    string `json:"unit,omitempty"`
	Late    int    `json:"late,omitempty"` // how often the problem's term has passed
}

// Attendee is who took part: an organisation and an office, never a name.
type Attendee struct {
	Org  string `json:"org"`
	Duty string `json:"duty"`
}

// Decision is what a meeting settled, and who follows it up by when.
type Decision struct {
	N       int        `json:"n"`
	Text    string     `json:"text"`
	Unit    string     `json:"unit"`
	Due     model.Date `json:"due"`
	Problem string     `json:"problem,omitempty"` // the ticket that it became
}

// Meeting is a joint meeting (联席会议) of the home city with others.
type Meeting struct {
	model.Head `json:",inline"`
	Title      string     `json:"title"`
	Home       string     `json:"home"`
	Cities     []string   `json:"cities"` // with the home city, a pair each
	StartsAt   time.Time  `json:"starts_at"`
	Place      string     `json:"place"`
	Orgs       []string   `json:"orgs"` // invited
	State      string     `json:"state"`
	Agenda     []Point    `json:"agenda"`
	Attendees  []Attendee `json:"attendees,omitempty"`
	Minutes    string     `json:"minutes,omitempty"`
	Decisions  []Decision `json:"decisions,omitempty"`
	By         string     `json:"by"`
	HeldAt     *time.Time `json:"held_at,omitempty"`
}

// NewMeeting calls a meeting. m holds title, home, cities, time, place and the organisations invited.
func NewMeeting(id string, m Meeting, by model.Actor, now time.Time) (*Meeting, error) {
	m.Cities = slices.Compact(slices.Sorted(slices.Values(m.Cities)))
	switch {
	case len(m.Cities) == 0 || slices.Contains(m.Cities, m.Home):
		return nil, invalid("cities", "请选择参会的另一方城市")
	case m.StartsAt.Before(now):
		return nil, invalid("starts_at", "会议时间已过")
	}
	m.Head, m.State, m.By, m.StartsAt = model.Head{ID: id}, MeetingPlanned, by.ID, moment(m.StartsAt)
	m.Attendees, m.Minutes, m.Decisions, m.HeldAt = nil, "", nil, nil
	m.Emit(KindMeeting, moment(now), map[string]string{"what": "called"})
	return &m, nil
}

// DrawUp takes the pairs' open problems on the agenda: those late twice first. What people put there stays.
func (m *Meeting) DrawUp(problems, own []Point) error {
	if m.State != MeetingPlanned {
		return notAllowed(m.State, "draw_up")
	}
	drawn := slices.Clone(problems)
	slices.SortStableFunc(drawn, func(a, b Point) int { return min(b.Late, 2) - min(a.Late, 2) })
	if own == nil {
		own = slices.DeleteFunc(slices.Clone(m.Agenda), func(p Point) bool { return p.Problem != "" })
	}
	m.Agenda = append(drawn, own...)
	return nil
}

// Hold writes down what the meeting was: who came, what was said and what was decided. It is written once.
func (m *Meeting) Hold(who []Attendee, minutes string, decisions []Decision, now time.Time) error {
	switch {
	case m.State != MeetingPlanned:
		return notAllowed(m.State, "hold")
	case now.Before(m.StartsAt):
		return fault.New("transition_not_allowed").Say("会议还没有开始").With("state", m.State).With("event", "hold")
	case len(who) == 0:
		return invalid("attendees", "请填写参会单位")
	case minutes == "":
		return invalid("minutes", "请填写会议纪要")
	case len(decisions) > maxDecisions:
		return invalid("decisions", "议定事项过多")
	}
	if slices.ContainsFunc(decisions, func(d Decision) bool { return d.Text == "" || d.Unit == "" || d.Due < model.DateOf(now) }) {
		return invalid("decisions", "议定事项需写明内容、责任单位和不早于今日的期限")
	}
	at := moment(now)
	m.State, m.HeldAt, m.Attendees, m.Minutes = MeetingHeld, &at, who, minutes
	for i, d := range decisions {
		d.N, d.Problem = i+1, ""
		m.Decisions = append(m.Decisions, d)
		m.Emit(KindMeeting, at, map[string]string{"what": "decided", "n": strconv.Itoa(d.N)})
	}
	return nil
}

// Followed notes the ticket that a decision became; false when it was noted before, or there is no such decision.
func (m *Meeting) Followed(n int, problem string) bool {
	if n < 1 || n > len(m.Decisions) || m.Decisions[n-1].Problem == problem {
		return false
	}
	m.Decisions = slices.Clone(m.Decisions)
	m.Decisions[n-1].Problem = problem
	return true
}
