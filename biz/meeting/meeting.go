// Package meeting keeps the joint meetings (联席会议) of two cities: called with an agenda drawn from what is open between them, and
// turned into tickets with a unit and a term, so that what was decided is followed up like any other problem.
package meeting

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
)

// Collection is the name of the meetings.
const Collection = "meetings"

// FollowUp is a decision that is to become a ticket.
type FollowUp struct {
	Meeting, Title, Text string
	Unit                 string
	From, To             string // the pair
	Due                  model.Date
}

// Problems is what meetings need of the problem tickets.
type Problems interface {
	// Agenda gives the open problems between the home city and another, at most limit.
	Agenda(ctx context.Context, city string, limit int) ([]accord.Point, error)
	// Follow opens the ticket of a decision, the same one however often it is asked for.
	Follow(ctx context.Context, key string, f FollowUp) (id string, err error)
	// State is where a ticket is now.
	State(ctx context.Context, id string) (state string, err error)
}

// Notices is what this package needs of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Config says what the service stands on.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Problems  Problems
	Notices   Notices
}

// Service is the meetings.
type Service struct {
	Config
	meetings *store.Collection[accord.Meeting]
}

var spec = store.Spec[accord.Meeting]{
	Name: Collection,
	Fields: []store.Field[accord.Meeting]{
		{Name: "home", Of: func(*accord.Meeting) any { return "home" }},
		{Name: "starts_at", Of: func(m *accord.Meeting) any { return m.StartsAt }},
	},
	Indexes: []store.Index{{Name: "home", Eq: []string{"home"}, Sort: "starts_at"}},
}

// maxPoints bounds what is drawn on an agenda for each pair.
const maxPoints = 50

// New opens the collection.
func New(ctx context.Context, c Config) (*Service, error) {
	meetings, err := store.Open(ctx, c.DB, spec)
	if err != nil {
		return nil, fmt.Errorf("meeting: %w", err)
	}
	return &Service{Config: c, meetings: meetings}, nil
}

func (s *Service) home() string { return s.Catalogue.Rollout().Home() }

func (s *Service) bureau(who model.Actor) error {
	if who.Role != model.RoleSupervisor && who.Role != model.RoleAdmin || who.Region != s.home() {
		return fault.New("forbidden")
	}
	return nil
}

// Call calls a meeting, with what is open between the cities on its agenda.
func (s *Service) Call(ctx context.Context, who model.Actor, in accord.Meeting, own []accord.Point, request once.Request,
	render func(*accord.Meeting) ([]byte, error)) ([]byte, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	for _, city := range in.Cities {
		if _, err := s.Catalogue.Regions.Lookup("cities", city); err != nil {
			return nil, err
		}
		if s.Catalogue.Regions.City(city) != city {
			return nil, fault.New("validation_failed").Field("cities").Say("请选择地级以上市")
		}
	}
	if err := s.known("orgs", in.Orgs...); err != nil {
		return nil, err
	}
	in.Home = s.home()
	now := s.Clock.Now()
	m, err := accord.NewMeeting(request.ID("mt"), in, who, now)
	if err != nil {
		return nil, err
	}
	drawn, err := s.draw(ctx, m.Cities)
	if err != nil {
		return nil, err
	}
	if own == nil {
		own = []accord.Point{}
	}
	if err := m.DrawUp(drawn, own); err != nil {
		return nil, err
	}
	return once.Insert(ctx, s.meetings, request, m, now, render)
}

func (s *Service) known(field string, orgs ...string) error {
	for _, org := range orgs {
		if _, ok := s.Catalogue.Orgs().Get(org); !ok {
			return fault.New("validation_failed").Field(field).Say("没有单位 " + org)
		}
	}
	return nil
}

func (s *Service) draw(ctx context.Context, cities []string) ([]accord.Point, error) {
	var out []accord.Point
	for _, city := range cities {
		points, err := s.Problems.Agenda(ctx, city, maxPoints)
		if err != nil {
			return nil, fmt.Errorf("meeting: drawing up an agenda: %w", err)
		}
		out = append(out, points...)
	}
	return out, nil
}

// Redraw draws the agenda anew from what is open now; own nil leaves what people put there.
func (s *Service) Redraw(ctx context.Context, who model.Actor, id string, own []accord.Point) (*accord.Meeting, error) {
	m, err := s.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	drawn, err := s.draw(ctx, m.Cities)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, who, id, func(m *accord.Meeting) error { return m.DrawUp(drawn, own) })
}

// Hold writes down what a meeting was.
func (s *Service) Hold(ctx context.Context, who model.Actor, id string, attendees []accord.Attendee, minutes string, decisions []accord.Decision) (*accord.Meeting, error) {
	for _, a := range attendees {
		if err := s.known("attendees", a.Org); err != nil {
			return nil, err
		}
	}
	for i := range decisions {
		if err := s.known("decisions", decisions[i].Unit); err != nil {
			return nil, err
		}
		decisions[i].Text = model.ScrubNumbers(decisions[i].Text)
	}
	return s.change(ctx, who, id, func(m *accord.Meeting) error {
		return m.Hold(attendees, model.ScrubNumbers(minutes), decisions, s.Clock.Now())
	})
}

func (s *Service) change(ctx context.Context, who model.Actor, id string, do func(*accord.Meeting) error) (*accord.Meeting, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, who, id); err != nil {
		return nil, err
	}
	return s.meetings.Update(ctx, id, func(m *accord.Meeting) error {
		once.Forget(&m.Head, s.Clock.Now())
		return do(m)
	})
}

// Get gives a meeting to a supervisor of a city that takes part.
func (s *Service) Get(ctx context.Context, who model.Actor, id string) (*accord.Meeting, error) {
	m, err := s.meetings.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.visible(m, who) {
		return nil, fault.New("not_found").Say("未找到该会议")
	}
	if err != nil {
		return nil, fmt.Errorf("meeting: reading: %w", err)
	}
	return m, nil
}

func (s *Service) visible(m *accord.Meeting, who model.Actor) bool {
	own := s.Catalogue.Regions.City(who.Region)
	for _, city := range append([]string{m.Home}, m.Cities...) {
		if own == city {
			return true
		}
	}
	return false
}

// List lists meetings, the latest first; a city sees those in which it takes part, so a page may hold fewer than asked for.
func (s *Service) List(ctx context.Context, who model.Actor, limit int, cursor string) (store.Page[accord.Meeting], error) {
	page, err := s.meetings.Find(ctx, store.Query{Index: "home", Eq: []any{"home"}, Desc: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("meeting: listing: %w", err)
	}
	items := page.Items[:0]
	for _, m := range page.Items {
		if s.visible(m, who) {
			items = append(items, m)
		}
	}
	page.Items = items
	return page, nil
}

// States are where the follow-ups of a meeting are now, by number.
func (s *Service) States(ctx context.Context, m *accord.Meeting) (map[int]string, error) {
	out := map[int]string{}
	for _, d := range m.Decisions {
		if d.Problem == "" {
			continue // its event is on the way
		}
		state, err := s.Problems.State(ctx, d.Problem)
		if err != nil {
			return nil, fmt.Errorf("meeting: following up: %w", err)
		}
		out[d.N] = state
	}
	return out, nil
}

// Happened invites people, and makes a decision a ticket: the outbox.Handler of accord.KindMeeting.
func (s *Service) Happened(ctx context.Context, id string, e model.Event) error {
	m, err := s.meetings.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("meeting: reading: %w", err)
	}
	if e.Ref["what"] == "called" {
		return s.invite(ctx, m, e)
	}
	n, err := strconv.Atoi(e.Ref["n"])
	if err != nil || n < 1 || n > len(m.Decisions) {
		return nil
	}
	d := m.Decisions[n-1]
	ticket, err := s.Problems.Follow(ctx, "meeting:"+m.ID+":"+e.Ref["n"], FollowUp{
		Meeting: m.ID, Title: "联席会议议定：" + m.Title, Text: d.Text, Unit: d.Unit, From: m.Cities[0], To: m.Home, Due: d.Due,
	})
	if err != nil {
		return fmt.Errorf("meeting: following up: %w", err)
	}
	_, err = s.meetings.Update(ctx, id, func(m *accord.Meeting) error {
		if !m.Followed(n, ticket) {
			return store.ErrUnchanged
		}
		return nil
	})
	return err
}

func (s *Service) invite(ctx context.Context, m *accord.Meeting, e model.Event) error {
	for _, org := range m.Orgs {
		_, err := s.Notices.Give(ctx, model.NoticeDraft{
			Event: e.ID, Recipient: org, To: model.ToStaff, Key: "staff_meeting_called", Ref: model.NoticeRef{Kind: "meeting", ID: m.ID}, At: e.At,
			Vars: map[string]string{"what": m.Title, "starts_at": model.NoticeTime(m.StartsAt), "place": m.Place, "count": strconv.Itoa(len(m.Agenda))},
		})
		if err != nil {
			return fmt.Errorf("meeting: inviting: %w", err)
		}
	}
	return nil
}
