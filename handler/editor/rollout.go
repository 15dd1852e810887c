package editor

import (
	"context"
	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/editor"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/editor"
	"kuacheng/model/api/view"
	"kuacheng/model/standard"
)

// GetPhases gives the phases of the roll-out.
func (h *Handler) GetPhases(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.Phases, error) {
		return h.phases(h.Editor.Catalogue.Rollout().Phases(), nil, false), nil
	})
}

// PutPhases replaces the phases, or tells what would open when.
func (h *Handler) PutPhases(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PutPhasesRequest) (*api.Phases, error) {
		phases := make([]model.Phase, 0, len(in.Phases))
		for _, p := range in.Phases {
			x := model.Phase{
				Number: int(p.Number), Name: p.Name, Scope: p.Scope, Due: model.Date(p.Due), LiveFrom: model.Date(p.LiveFrom),
				Cities: p.Cities, Targets: map[model.Mode]int{},
			}
			for _, m := range p.Modes {
				x.Modes = append(x.Modes, model.Mode(m))
			}
			for m, n := range p.Targets {
				x.Targets[model.Mode(m)] = int(n)
			}
			phases = append(phases, x)
		}
		var openings []editor.Opening
		var err error
		if in.DryRun {
			openings, err = h.Editor.Preview(phases)
		} else {
			openings, err = h.Editor.PutPhases(ctx, door.Who(c), phases, model.ScrubNumbers(in.Reason), in.Closing)
		}
		if err != nil {
			return nil, err
		}
		return h.phases(phases, openings, in.DryRun), nil
	})
}

func (h *Handler) phases(phases []model.Phase, openings []editor.Opening, dry bool) *api.Phases {
	v := &api.Phases{Phases: []*api.Phase{}, Openings: []*api.Opening{}, DryRun: dry}
	for _, p := range phases {
		x := &api.Phase{
			Number: int32(p.Number), Name: p.Name, Scope: p.Scope, Due: string(p.Due), LiveFrom: string(p.LiveFrom), Cities: words(p.Cities),
			Modes: words(p.Modes), Targets: map[string]int32{},
		}
		for m, n := range p.Targets {
			x.Targets[string(m)] = int32(n)
		}
		v.Phases = append(v.Phases, x)
	}
	for _, o := range openings {
		v.Openings = append(v.Openings, &api.Opening{
			City: o.City, CityName: h.Editor.Catalogue.Regions.Name(o.City), Mode: string(o.Mode), Before: string(o.Before), After: string(o.After), Closes: o.Closes,
		})
	}
	return v
}

// ListPauses lists the paused pairs.
func (h *Handler) ListPauses(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PausesRequest) (*api.Pauses, error) {
		return h.pauses(h.Editor.Pauses(ctx, in.Past))
	})
}

// Pause stops new matters of a pair.
func (h *Handler) Pause(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *api.PauseRequest) (*api.Pauses, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		return h.pauses(h.Editor.Pause(ctx, door.Who(c), standard.Pause{
			ID: request.ID("pa"), From: in.From, To: in.To, Since: model.Date(in.Since), Until: model.Date(in.Until),
			Reason: model.ScrubNumbers(in.Reason), Meeting: in.MeetingID,
		}))
	})
}

// Resume lets a pair take new matters again.
func (h *Handler) Resume(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ResumeRequest) (*api.Pauses, error) {
		return h.pauses(h.Editor.Resume(ctx, door.Who(c), in.ID, model.ScrubNumbers(in.Reason)))
	})
}

func (h *Handler) pauses(list []standard.Pause, err error) (*api.Pauses, error) {
	if err != nil {
		return nil, err
	}
	rs, v := h.Editor.Catalogue.Regions, &api.Pauses{Items: []*api.Pause{}}
	for _, p := range list {
		v.Items = append(v.Items, &api.Pause{
			ID: p.ID, From: p.From, FromName: rs.Name(p.From), To: p.To, ToName: rs.Name(p.To), Since: string(p.Since), Until: string(p.Until),
			Reason: p.Reason, MeetingID: p.Meeting, At: show.Time(p.At),
		})
	}
	return v, nil
}

// ListChanges lists what was changed of phases, pauses, organisations and schedules.
func (h *Handler) ListChanges(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.Steps, error) {
		steps, err := h.Editor.History(ctx)
		if err != nil {
			return nil, err
		}
		v := &api.Steps{Items: []*api.Step{}}
		for _, s := range steps {
			v.Items = append(v.Items, &api.Step{At: show.Time(s.At), By: s.By.ID, What: s.What, Name: s.Name, Reason: s.Reason})
		}
		return v, nil
	})
}
