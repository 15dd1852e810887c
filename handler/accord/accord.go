// Package accord answers those who settle things between two cities: the bureaus, and the departments whose items they are.
package accord

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/agreement"
	"kuacheng/biz/meeting"
	"kuacheng/biz/seal"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/accord"
	api "kuacheng/model/api/accord"
	"kuacheng/model/api/view"
)

// Handler answers this door's requests.
type Handler struct {
	Agreements *agreement.Service
	Meetings   *meeting.Service
	Show       *show.Shower
	Keeper     *seal.Keeper
}

// ListAgreements lists agreements.
func (h *Handler) ListAgreements(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AgreementsRequest) (*api.AgreementPage, error) {
		page, err := h.Agreements.List(ctx, door.Who(c), in.City, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.AgreementPage{Items: make([]*api.Agreement, 0, len(page.Items)), NextCursor: page.Next}
		for _, a := range page.Items {
			v.Items = append(v.Items, h.agreement(a))
		}
		return v, nil
	})
}

// Conclude keeps a new agreement.
func (h *Handler) Conclude(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.ConcludeRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		t := terms(in.Items, in.Modes, in.Contacts, in.ValidFrom, in.ValidTo, in.Note)
		return h.Agreements.Conclude(ctx, door.Who(c), in.City, in.Title, t, request, func(a *accord.Agreement) ([]byte, error) {
			return door.Render(h.agreement(a))
		})
	})
}

func terms(items, modes []string, contacts []*api.Contact, from, to, note string) accord.Terms {
	t := accord.Terms{Items: items, ValidFrom: model.Date(from), ValidTo: model.Date(to), Note: note}
	for _, m := range modes {
		t.Modes = append(t.Modes, model.Mode(m))
	}
	for _, x := range contacts {
		t.Contacts = append(t.Contacts, accord.Contact{Org: x.OrgID, Duty: x.Duty, Phone: x.Phone})
	}
	return t
}

// GetAgreement gives one agreement.
func (h *Handler) GetAgreement(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.Agreement, error) {
		return h.shown(h.Agreements.Get(ctx, door.Who(c), in.ID))
	})
}

// Renew adds a version.
func (h *Handler) Renew(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.RenewRequest) (*api.Agreement, error) {
		t := terms(in.Items, in.Modes, in.Contacts, in.ValidFrom, in.ValidTo, in.Note)
		return h.shown(h.Agreements.Renew(ctx, door.Who(c), in.ID, t))
	})
}

// EndAgreement gives an agreement up.
func (h *Handler) EndAgreement(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ReasonRequest) (*api.Agreement, error) {
		return h.shown(h.Agreements.End(ctx, door.Who(c), in.ID, in.Reason))
	})
}

func (h *Handler) shown(a *accord.Agreement, err error) (*api.Agreement, error) {
	if err != nil {
		return nil, err
	}
	return h.agreement(a), nil
}

// effects say what follows from where an agreement stands. A pair is opened and shut by the roll-out and by nothing else, so that no
// day of itself shuts a window before which people stand.
var effects = map[string]string{
	accord.Pending:  "尚未生效；城市对的开通以推广阶段为准",
	accord.Valid:    "有效",
	accord.Expiring: "将到期，请及时续签；到期前七日双方再收到提醒",
	accord.Expired:  "已到期：在办的办件继续办完；城市对不自动关闭，请续签，或由推广阶段暂停",
	accord.Ended:    "已终止：在办的办件继续办完；城市对不自动关闭，请另行签订，或由推广阶段暂停",
}

func (h *Handler) agreement(a *accord.Agreement) *api.Agreement {
	v := &api.Agreement{
		ID: a.ID, Title: a.Title, Home: a.Home, City: a.City, CityName: h.Show.Catalogue.Regions.Name(a.City),
		State: a.State(model.DateOf(h.Show.Now())), Versions: []*api.Terms{}, EndedAt: show.When(a.EndedAt), EndReason: a.EndReason,
		LastDay: string(a.LastDay()),
	}
	today := model.DateOf(h.Show.Now())
	v.Effect = effects[v.State]
	if a.EndedAt == nil && today < a.LastDay() {
		v.DaysLeft = int32(a.LastDay().Start().Sub(today.Start()).Hours() / 24)
	}
	for _, t := range a.Versions {
		x := &api.Terms{
			Version: int32(t.No), Items: append([]string{}, t.Items...), Modes: []string{}, Contacts: []*api.ContactView{},
			ValidFrom: string(t.ValidFrom), ValidTo: string(t.ValidTo), Note: t.Note, SignedAt: show.Time(t.At),
		}
		for _, m := range t.Modes {
			x.Modes = append(x.Modes, string(m))
		}
		for _, k := range t.Contacts {
			x.Contacts = append(x.Contacts, &api.ContactView{Org: h.Show.Org(k.Org), Duty: k.Duty, Phone: k.Phone})
		}
		v.Versions = append(v.Versions, x)
	}
	return v
}
