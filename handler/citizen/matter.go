package citizen

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/matter"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
)

// StartMatter starts a matter.
func (h *Handler) StartMatter(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *citizen.StartMatterRequest) ([]byte, error) {
		who := door.Who(c)
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		_, answer, err := h.Matters.Begin(ctx, who, matter.Start{
			Item: in.ItemCode, Situation: in.SituationCode, Mode: model.Mode(in.Mode), From: in.ReceivingRegion, To: in.HandlingRegion,
			Method: model.DeliveryMethod(in.Delivery.Method), Address: address(in.Delivery.Address),
		}, request, func(m *model.Matter) ([]byte, error) {
			return door.Render(h.Dossier.Show.Matter(m, who, show.About{}))
		})
		return answer, err
	})
}

func address(a *view.Address) *matter.Address {
	if a == nil {
		return nil
	}
	return &matter.Address{Name: a.Name, Phone: a.Phone, Region: a.Region, Detail: a.Detail}
}

// ListMatters lists the person's own matters.
func (h *Handler) ListMatters(ctx context.Context, c *app.RequestContext) {
	door.Rendered(ctx, c, func(in *citizen.MattersRequest) ([]byte, error) {
		who := door.Who(c)
		page, err := h.Matters.Mine(ctx, who.ID, matter.Filter{State: in.State, Limit: door.Limit(in.Limit), Cursor: in.Cursor})
		if err != nil {
			return nil, err
		}
		return h.Dossier.PageAnswer(ctx, page.Items, page.Next, who)
	})
}

// shown answers with the matter as it now is.
func (h *Handler) shown(ctx context.Context, c *app.RequestContext, m *model.Matter, err error) (*view.Matter, error) {
	if err != nil {
		return nil, err
	}
	return h.Dossier.Matter(ctx, m, door.Who(c))
}

// GetMatter shows a matter.
func (h *Handler) GetMatter(ctx context.Context, c *app.RequestContext) {
	door.Rendered(ctx, c, func(in *view.MatterRef) ([]byte, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		return h.Dossier.MatterAnswer(ctx, m, door.Who(c))
	})
}

// ListLicences lists the person's electronic licences.
func (h *Handler) ListLicences(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*struct{}) (*citizen.LicenceList, error) {
		lines, err := h.Matters.MyLicences(ctx, door.Who(c))
		if err != nil {
			return nil, err
		}
		out := &citizen.LicenceList{Items: make([]*citizen.Licence, 0, len(lines))}
		for _, l := range lines {
			out.Items = append(out.Items, &citizen.Licence{
				ID: l.ID, Kind: l.Kind, Name: h.Catalogue.LicenceName(l.Kind), Issuer: l.Issuer, Status: l.Status, ValidTo: string(l.ValidTo),
			})
		}
		return out, nil
	})
}

// PutMaterial keeps a file for a material.
func (h *Handler) PutMaterial(ctx context.Context, c *app.RequestContext) {
	door.PutMaterial(ctx, c, h.Matters, h.Dossier.Show)
}

// GetMaterial gives the file of a material back to its owner.
func (h *Handler) GetMaterial(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *citizen.MaterialRef) (string, []byte, error) {
		f, content, err := h.Matters.Material(ctx, door.Who(c), in.No, in.Code)
		if err != nil {
			return "", nil, err
		}
		return f.Type, content, nil
	})
}

// Submit hands in what is due.
func (h *Handler) Submit(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.SubmitRequest) (*view.Matter, error) {
		declared := in.Declared == nil || *in.Declared
		m, err := h.Matters.Submit(ctx, door.Who(c), in.No, declared)
		return h.shown(ctx, c, m, err)
	})
}

// act lets one event happen and shows the matter as it then is.
func (h *Handler) act(ctx context.Context, c *app.RequestContext, no string, step model.Step) (*view.Matter, error) {
	step.Actor, step.Why = door.Who(c), model.ScrubNumbers(step.Why)
	m, err := h.Matters.Act(ctx, no, step)
	return h.shown(ctx, c, m, err)
}

// Withdraw withdraws the matter.
func (h *Handler) Withdraw(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.WithdrawRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvWithdraw, Why: in.Reason})
	})
}

// ChangeDelivery changes how the result comes.
func (h *Handler) ChangeDelivery(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.ChangeDeliveryRequest) (*view.Matter, error) {
		m, err := h.Matters.ChangeDelivery(ctx, door.Who(c), in.No, model.DeliveryMethod(in.Method), address(in.Address))
		return h.shown(ctx, c, m, err)
	})
}

// ConfirmReceipt confirms that the result has come.
func (h *Handler) ConfirmReceipt(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvClose})
	})
}

// DisputeDelivery says that the result has not come.
func (h *Handler) DisputeDelivery(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.DisputeDeliveryRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvDisputeDelivery, Why: in.Reason})
	})
}

// GetResult gives the result document.
func (h *Handler) GetResult(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *view.MatterRef) (string, []byte, error) {
		f, content, err := h.Matters.Result(ctx, door.Who(c), in.No)
		if err != nil {
			return "", nil, err
		}
		return f.Type, content, nil
	})
}

// GetDeadlines explains every deadline of the matter, day by day.
func (h *Handler) GetDeadlines(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*citizen.DeadlinesAnswer, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		return h.Dossier.Show.Deadlines(m), nil
	})
}

// ListParcels shows the matter's parcels.
func (h *Handler) ListParcels(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*citizen.ParcelList, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		parcels, err := h.Dossier.ParcelsOf(ctx, m)
		if err != nil {
			return nil, err
		}
		items, err := h.Dossier.ParcelsInFull(ctx, parcels)
		return &citizen.ParcelList{Items: items}, err
	})
}

// ReportParcel tells the sender of a parcel what the applicant has to say of it.
func (h *Handler) ReportParcel(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.ReportParcelRequest) (*view.Parcel, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		p, err := h.Dossier.ParcelOf(ctx, m, in.ID)
		if err != nil {
			return nil, err
		}
		if p, err = h.Dossier.Parcels.Complain(ctx, p.ID, in.Kind, model.ScrubNumbers(in.Note)); err != nil {
			return nil, err
		}
		return show.Parcel(p), nil
	})
}

// GetMatterQR draws the tracking code.
func (h *Handler) GetMatterQR(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *citizen.MatterQRRequest) (string, []byte, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return "", nil, err
		}
		png, err := h.Drawer.PNG(h.Dossier.Show.TrackLink(m), int(in.Size))
		return "image/png", png, err
	})
}
