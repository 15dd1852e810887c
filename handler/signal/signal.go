// Package signal answers supervisors who look at what the rules have found.
package signal

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	signals "kuacheng/biz/signal"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/signal"
	"kuacheng/model/api/view"
	"kuacheng/model/signal"
)

// Handler answers this door's requests.
type Handler struct {
	Signals *signals.Service
	Show    *show.Shower
}

// ListRules shows what is watched for.
func (h *Handler) ListRules(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.SignalRules, error) {
		v := &api.SignalRules{Items: make([]*api.SignalRule, 0, len(signal.Rules))}
		for _, r := range signal.Rules {
			x := &api.SignalRule{
				ID: r.ID, Name: r.Name, Measures: r.Measures, Threshold: r.Threshold, Unit: r.Unit, WindowDays: int32(r.Window), Minimum: int32(r.Minimum),
				Severity: string(r.Severity), SeverityName: r.Severity.Name(), Texts: r.Sentences(),
			}
			v.Items = append(v.Items, x)
		}
		return v, nil
	})
}

// ListSignals lists the signals that the supervisor's region answers for.
func (h *Handler) ListSignals(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.SignalsRequest) (*api.SignalPage, error) {
		page, err := h.Signals.List(ctx, door.Who(c), signals.Filter{State: in.State, Rule: in.Rule, Org: in.Org, Limit: door.Limit(in.Limit), Cursor: in.Cursor})
		v := &api.SignalPage{Items: make([]*api.Signal, 0, len(page.Items)), NextCursor: page.Next}
		for _, x := range page.Items {
			v.Items = append(v.Items, h.signal(x))
		}
		return v, err
	})
}

// GetSignal shows a signal.
func (h *Handler) GetSignal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Signal, error) { return h.shown(h.Signals.Get(ctx, door.Who(c), in.ID)) })
}

// SnoozeSignal puts a signal off.
func (h *Handler) SnoozeSignal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.SnoozeRequest) (*api.Signal, error) {
		return h.shown(h.Signals.Snooze(ctx, door.Who(c), in.ID, model.Date(in.Until), int(in.Days)))
	})
}

// DismissSignal ends a signal.
func (h *Handler) DismissSignal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.DismissRequest) (*api.Signal, error) {
		return h.shown(h.Signals.Dismiss(ctx, door.Who(c), in.ID, in.Reason))
	})
}

// RaiseSignal makes a ticket of a signal.
func (h *Handler) RaiseSignal(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *view.IDRef) (*view.Problem, error) {
		p, err := h.Signals.Raise(ctx, door.Who(c), in.ID)
		if err != nil {
			return nil, err
		}
		return h.Show.Problem(p), nil
	})
}

func (h *Handler) shown(x *signal.Signal, err error) (*api.Signal, error) {
	if err != nil {
		return nil, err
	}
	return h.signal(x), nil
}

func (h *Handler) signal(x *signal.Signal) *api.Signal {
	r, _ := signal.RuleOf(x.Rule)
	v := &api.Signal{
		ID: x.ID, Rule: x.Rule, RuleName: r.Name, Severity: string(x.Severity), SeverityName: x.Severity.Name(),
		Subject: &api.SignalSubject{Kind: string(x.Kind), ID: x.Subject, Name: h.name(x)}, Region: x.Region, Period: x.Period, Text: x.Text,
		Figures: &api.SignalFigures{
			Numerator: x.Figures.Numerator, Denominator: x.Figures.Denominator, Threshold: x.Figures.Threshold, Unit: x.Figures.Unit,
			WindowDays: int32(x.Figures.Window),
		},
		Matters: append([]string{}, x.Matters...), State: string(x.State), StateName: x.State.Name(), SnoozedUntil: show.When(x.Until),
		ProblemID: x.Problem, FirstSeen: show.Time(x.First), LastSeen: show.Time(x.Last), Times: int32(x.Times),
		Steps: make([]*api.SignalStep, 0, len(x.Steps)),
	}
	if x.Org != "" {
		v.Org = h.Show.Org(x.Org)
	}
	for _, s := range x.Steps {
		v.Steps = append(v.Steps, &api.SignalStep{At: show.Time(s.At), By: s.By, What: s.What, Text: s.Text})
	}
	return v
}

// name is what people call the subject.
func (h *Handler) name(x *signal.Signal) string {
	switch x.Kind {
	case signal.OfOrg:
		return h.Show.Org(x.Subject).Name
	case signal.OfPeer:
		return h.Show.Catalogue.Regions.Name(x.Subject)
	case signal.OfCarrier:
		if name := model.CompanyName(x.Subject); name != "" {
			return name
		}
	}
	return x.Subject
}
