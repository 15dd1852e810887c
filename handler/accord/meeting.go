package accord

import (
	"context"
	"time"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/accord"
	api "kuacheng/model/api/accord"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// ListMeetings lists meetings; how far their follow-ups have come is told by each.
func (h *Handler) ListMeetings(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*api.MeetingPage, error) {
		page, err := h.Meetings.List(ctx, door.Who(c), door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.MeetingPage{Items: make([]*api.Meeting, 0, len(page.Items)), NextCursor: page.Next}
		for _, m := range page.Items {
			v.Items = append(v.Items, h.meeting(m, nil))
		}
		return v, nil
	})
}

// CallMeeting calls a meeting.
func (h *Handler) CallMeeting(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.CallRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		at, err := time.Parse(time.RFC3339, in.StartsAt)
		if err != nil {
			return nil, fault.New("validation_failed").Field("starts_at").Say("时间格式不正确")
		}
		m := accord.Meeting{Title: in.Title, Cities: in.Cities, StartsAt: at, Place: in.Place, Orgs: in.Orgs}
		return h.Meetings.Call(ctx, door.Who(c), m, points(in.Points), request, func(m *accord.Meeting) ([]byte, error) {
			return door.Render(h.meeting(m, nil))
		})
	})
}

func points(titles []string) (out []accord.Point) {
	for _, t := range titles {
		out = append(out, accord.Point{Title: model.ScrubNumbers(t)})
	}
	return out
}

// GetMeeting gives one meeting, with how far its follow-ups have come.
func (h *Handler) GetMeeting(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Meeting, error) {
		m, err := h.Meetings.Get(ctx, door.Who(c), in.ID)
		return h.held(ctx, m, err)
	})
}

// RedrawAgenda draws the agenda anew.
func (h *Handler) RedrawAgenda(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AgendaRequest) (*api.Meeting, error) {
		m, err := h.Meetings.Redraw(ctx, door.Who(c), in.ID, points(in.Points))
		return h.held(ctx, m, err)
	})
}

// HoldMeeting writes down what a meeting was.
func (h *Handler) HoldMeeting(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.HoldRequest) (*api.Meeting, error) {
		var attendees []accord.Attendee
		for _, a := range in.Attendees {
			attendees = append(attendees, accord.Attendee{Org: a.OrgID, Duty: a.Duty})
		}
		var decisions []accord.Decision
		for _, d := range in.Decisions {
			decisions = append(decisions, accord.Decision{Text: d.Text, Unit: d.Unit, Due: model.Date(d.Due)})
		}
		m, err := h.Meetings.Hold(ctx, door.Who(c), in.ID, attendees, in.Minutes, decisions)
		return h.held(ctx, m, err)
	})
}

func (h *Handler) held(ctx context.Context, m *accord.Meeting, err error) (*api.Meeting, error) {
	if err != nil {
		return nil, err
	}
	states, err := h.Meetings.States(ctx, m)
	if err != nil {
		return nil, err
	}
	return h.meeting(m, states), nil
}

func (h *Handler) meeting(m *accord.Meeting, states map[int]string) *api.Meeting {
	v := &api.Meeting{
		ID: m.ID, Title: m.Title, Cities: m.Cities, StartsAt: show.Time(m.StartsAt), Place: m.Place, State: m.State, Orgs: []*view.Org{},
		Agenda: []*api.Point{}, Attendees: []*api.Attendee{}, Minutes: m.Minutes, Decisions: []*api.Decision{}, HeldAt: show.When(m.HeldAt),
	}
	for _, org := range m.Orgs {
		v.Orgs = append(v.Orgs, h.Show.Org(org))
	}
	for _, p := range m.Agenda {
		v.Agenda = append(v.Agenda, &api.Point{Title: p.Title, Problem: p.Problem, Unit: h.Show.Org(p.Unit), Late: int32(p.Late)})
	}
	for _, a := range m.Attendees {
		v.Attendees = append(v.Attendees, &api.Attendee{Org: h.Show.Org(a.Org), Duty: a.Duty})
	}
	for _, d := range m.Decisions {
		v.Decisions = append(v.Decisions, &api.Decision{
			N: int32(d.N), Text: d.Text, Unit: h.Show.Org(d.Unit), Due: string(d.Due), Problem: d.Problem, State: states[d.N],
		})
	}
	return v
}
