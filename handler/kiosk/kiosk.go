// Package kiosk answers self-service machines, and people who have signed in at one.
package kiosk

import (
	"cmp"
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/matter"
	"kuacheng/biz/seal"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/kiosk"
	"kuacheng/model/api/view"
	nouns "kuacheng/model/kiosk"
)

// Handler answers this door's requests.
type Handler struct {
	Kiosks    *kiosk.Service
	Accounts  *account.Service
	Matters   *matter.Service
	Catalogue *catalogue.Catalogue
	Dossier   *dossier.Desk
	Keeper    *seal.Keeper
}

// Begin starts a machine's session.
func (h *Handler) Begin(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.SessionRequest) (*api.SessionAnswer, error) {
		d, token, expires, err := h.Kiosks.Begin(ctx, in.DeviceID, in.Timestamp, in.Nonce, in.Signature)
		if err != nil {
			return nil, err
		}
		return &api.SessionAnswer{
			Token: token, ExpiresAt: show.Time(expires), Device: &api.Device{ID: d.ID, Kind: d.Kind, Region: d.Region, Place: d.Place},
		}, nil
	})
}

// Report notes how the machine is.
func (h *Handler) Report(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.StatusRequest) (*api.StatusAnswer, error) {
		d, err := h.Kiosks.Report(ctx, door.Who(c).ID, in.Paper)
		if err != nil {
			return nil, err
		}
		return &api.StatusAnswer{SeenAt: show.Time(d.Seen)}, nil
	})
}

// ListItems lists the scenarios of the machine's pair.
func (h *Handler) ListItems(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ItemsRequest) (*api.ScenarioList, error) {
		pair := model.Pair{From: door.Who(c).Region, To: cmp.Or(in.To, h.Catalogue.Rollout().Home())}
		zone, err := h.Catalogue.Zone(pair, h.Matters.Today())
		if err != nil {
			return nil, err
		}
		v := &api.ScenarioList{Live: zone.Admit(model.ModeKiosk) == nil, Reason: zone.Reason, OpensOn: string(zone.OpensOn), Items: []*api.Scenario{}}
		if !v.Live {
			return v, nil
		}
		for _, it := range h.Catalogue.Items(model.ItemFilter{To: pair.To, Mode: model.ModeKiosk}) {
			x := &api.Scenario{
				Code: it.Code, Name: it.Name, DepartmentName: h.Catalogue.DepartmentName(it.Department), Instant: it.Instant(), Situations: []*view.Coded{},
			}
			for _, s := range it.Situations {
				x.Situations = append(x.Situations, &view.Coded{Code: s.Code, Name: s.Name})
			}
			v.Items = append(v.Items, x)
		}
		return v, nil
	})
}

// StartLogin draws a code for a phone to scan.
func (h *Handler) StartLogin(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(*view.Nothing) (*api.LoginAnswer, error) {
		l, code, err := h.Kiosks.StartLogin(ctx, door.Who(c))
		if err != nil {
			return nil, err
		}
		v := login(l)
		v.Qr = &view.QR{Token: code, URL: h.Kiosks.Public + "/q/" + code, ExpiresAt: show.Time(l.Expires)}
		return v, nil
	})
}

func login(l *nouns.Login) *api.LoginAnswer {
	return &api.LoginAnswer{ID: l.ID, State: string(l.State), ExpiresAt: show.Time(l.Expires)}
}

// GetLogin tells the machine what became of its code.
func (h *Handler) GetLogin(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*api.LoginAnswer, error) {
		l, token, expires, err := h.Kiosks.Poll(ctx, door.Who(c), in.ID)
		if err != nil {
			return nil, err
		}
		v := login(l)
		if token != "" {
			a, err := h.Accounts.Get(ctx, l.Person)
			if err != nil {
				return nil, err
			}
			v.Token, v.TokenExpiresAt, v.Person = token, show.Time(expires), show.Person(a)
		}
		return v, nil
	})
}

// Logout signs the person off.
func (h *Handler) Logout(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.LoginAnswer, error) {
		return &api.LoginAnswer{ID: door.Session(c), State: string(nouns.LoginEnded)}, h.Kiosks.EndLogin(ctx, door.Session(c))
	})
}

// Certify makes a certificate on the spot, or prints today's again.
func (h *Handler) Certify(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *api.CertificateRequest) (*api.CertificateAnswer, error) {
		device, err := h.Kiosks.At(ctx, door.Session(c))
		if err != nil {
			return nil, err
		}
		x, err := h.Kiosks.Certify(ctx, door.Who(c), device, kiosk.Wanted{Item: in.ItemCode, Situation: in.SituationCode, Handling: in.HandlingRegion})
		if err != nil {
			return nil, err
		}
		m, err := h.Matters.Peek(ctx, x.Matter)
		if err != nil {
			return nil, err
		}
		return &api.CertificateAnswer{No: m.ID, State: string(m.State), Certificate: h.certificate(x)}, nil
	})
}

func (h *Handler) certificate(x *nouns.Certificate) *api.Certificate {
	path := "/api/v1/kiosk/certificates/" + x.ID + "/paper.pdf"
	return &api.Certificate{
		No: x.ID, Name: x.Name, State: x.State(h.Matters.Today()), IssuedAt: show.Time(x.Issued), Until: string(x.Until), CheckCode: kiosk.CheckCode(x),
		PdfURL: path, SlipURL: path + "?page=58mm", VerifyURL: h.Kiosks.VerifyURL(x), Prints: int32(x.Prints),
	}
}

// GetPaper gives a certificate's PDF.
func (h *Handler) GetPaper(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *api.PaperRequest) (string, []byte, error) {
		content, err := h.Kiosks.Paper(ctx, door.Who(c), in.No, in.Page == "58mm")
		return "application/pdf", content, err
	})
}

// StartMatter starts a matter at the machine.
func (h *Handler) StartMatter(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *api.StartRequest) ([]byte, error) {
		who := door.Who(c)
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		_, answer, err := h.Matters.Begin(ctx, who, matter.Start{
			Item: in.ItemCode, Situation: in.SituationCode, Mode: model.ModeKiosk, From: who.Region,
			To: cmp.Or(in.HandlingRegion, h.Catalogue.Rollout().Home()), Method: model.DeliveryMethod(in.DeliveryMethod),
		}, request, func(m *model.Matter) ([]byte, error) { return door.Render(h.Dossier.Show.Matter(m, who, show.About{})) })
		return answer, err
	})
}

// GetMatter shows one of the person's matters.
func (h *Handler) GetMatter(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*view.Matter, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		return h.Dossier.Matter(ctx, m, door.Who(c))
	})
}

// PutMaterial keeps a scan.
func (h *Handler) PutMaterial(ctx context.Context, c *app.RequestContext) {
	door.PutMaterial(ctx, c, h.Matters, h.Dossier.Show)
}

// Submit hands the matter in.
func (h *Handler) Submit(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.SubmitRequest) (*view.Matter, error) {
		m, err := h.Matters.Submit(ctx, door.Who(c), in.No, in.Declared)
		if err != nil {
			return nil, err
		}
		return h.Dossier.Matter(ctx, m, door.Who(c))
	})
}

// GetReceipt gives the slip of a matter.
func (h *Handler) GetReceipt(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *view.MatterRef) (string, []byte, error) {
		content, err := h.Kiosks.Receipt(ctx, door.Who(c), in.No)
		return "application/pdf", content, err
	})
}
