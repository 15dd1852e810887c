// Package signal answers supervisors who look at what the rules have found.
package signal

import (
	"context"
	"slices"

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

// ListRules shows what is watched for, and how that was changed.
func (h *Handler) ListRules(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.SignalRules, error) { return rules(h.Signals.Ruling(ctx)) })
}

// ChangeRule sets a rule anew.
func (h *Handler) ChangeRule(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ChangeRuleRequest) (*api.SignalRules, error) {
		return rules(h.Signals.ChangeRule(ctx, door.Who(c), in.Rule, func(to *signal.Setting) {
			if in.Threshold != nil {
				to.Threshold = *in.Threshold
			}
			if in.WindowDays != nil {
				to.Window = int(*in.WindowDays)
			}
			if in.Minimum != nil {
				to.Minimum = int(*in.Minimum)
			}
			if in.Severity != nil {
				to.Severity = signal.Severity(*in.Severity)
			}
			if in.Enabled != nil {
				to.Off = !*in.Enabled
			}
		}, in.Reason))
	})
}

func rules(g *signal.Ruling, err error) (*api.SignalRules, error) {
	if err != nil {
		return nil, err
	}
	v := &api.SignalRules{Items: make([]*api.SignalRule, 0, len(signal.Rules)), Changes: make([]*api.RuleChange, 0, len(g.Changes))}
	book := g.Book()
	for _, standard := range signal.Rules {
		r := book[standard.ID]
		v.Items = append(v.Items, &api.SignalRule{
			ID: r.ID, Name: r.Name, Measures: r.Measures, Threshold: r.Threshold, Unit: r.Unit, WindowDays: int32(r.Window), Minimum: int32(r.Minimum),
			Severity: string(r.Severity), SeverityName: r.Severity.Name(), Texts: r.Sentences(), Enabled: !r.Off, ThresholdFixed: r.Fixed,
			WindowFixed: !r.Movable, Standard: setting(standard.Setting()),
		})
	}
	for _, x := range slices.Backward(g.Changes) {
		v.Changes = append(v.Changes, &api.RuleChange{
			At: show.Time(x.At), By: x.By, Rule: x.Rule, Before: setting(x.From), After: setting(x.To), Reason: x.Reason,
		})
	}
	return v, nil
}

func setting(x signal.Setting) *api.RuleSetting {
	return &api.RuleSetting{
		Threshold: x.Threshold, WindowDays: int32(x.Window), Minimum: int32(x.Minimum), Severity: string(x.Severity), Enabled: !x.Off,
	}
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
