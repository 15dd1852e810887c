// Package desk answers the reviewers of the deciding department.
package desk

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/kiosk"
	"kuacheng/biz/matter"
	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/desk"
	"kuacheng/model/api/view"
)

// Handler answers this door's requests.
type Handler struct {
	Kiosks  *kiosk.Service
	Matters *matter.Service
	Dossier *dossier.Desk
}

// act lets one event happen and shows the matter as it then is.
func (h *Handler) act(ctx context.Context, c *app.RequestContext, no string, step model.Step) (*view.Matter, error) {
	step.Actor = door.Who(c)
	step.Why = model.ScrubNumbers(step.Why)
	m, err := h.Matters.Act(ctx, no, step)
	return h.shown(ctx, c, m, err)
}

func (h *Handler) shown(ctx context.Context, c *app.RequestContext, m *model.Matter, err error) (*view.Matter, error) {
	if err != nil {
		return nil, err
	}
	return h.Dossier.Matter(ctx, m, door.Who(c))
}

// ListMatters lists the department's matters, the most urgent first.
func (h *Handler) ListMatters(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.MattersRequest) (*view.MatterPage, error) {
		who := door.Who(c)
		page, err := h.Matters.Desk(ctx, who.Org, matter.Filter{
			State: in.State, Light: in.Light, Limit: door.Limit(in.Limit), Cursor: in.Cursor,
		})
		if err != nil {
			return nil, err
		}
		return h.Dossier.Lines(ctx, page.Items, page.Next, who)
	})
}

// GetMatter shows a matter.
func (h *Handler) GetMatter(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*view.Matter, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		return h.shown(ctx, c, m, err)
	})
}

// GetMaterial gives a material's file.
func (h *Handler) GetMaterial(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *desk.MaterialRef) (string, []byte, error) {
		f, content, err := h.Matters.Material(ctx, door.Who(c), in.No, in.Code)
		if err != nil {
			return "", nil, err
		}
		return f.Type, content, nil
	})
}

// Arrive notes by hand that the papers have come.
func (h *Handler) Arrive(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.NoteRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvArrive, Why: in.Note})
	})
}

// Accept accepts the application (受理).
func (h *Handler) Accept(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.AcceptRequest) (*view.Matter, error) {
		var lacking []model.Lacking
		for _, l := range in.Lacking {
			lacking = append(lacking, model.Lacking{Code: l.MaterialCode, Until: model.Date(l.Until)})
		}
		return h.act(ctx, c, in.No, model.Step{Event: model.EvAccept, Why: in.Note, Facts: model.Facts{Lacking: lacking}})
	})
}

// Refuse refuses to handle the application (不予受理).
func (h *Handler) Refuse(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.RefuseRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvRefuse, Why: in.Note, Facts: model.Facts{
			Reason: in.Reason, Law: in.Law, Remedies: in.Remedies, Organ: in.Competent, Note: model.ScrubNumbers(in.Note),
		}})
	})
}

// Reassign hands the matter to another department.
func (h *Handler) Reassign(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.ReassignRequest) (*view.Matter, error) {
		m, err := h.Matters.Reassign(ctx, door.Who(c), in.No, in.Org, in.Reason)
		if err != nil {
			return nil, err
		}
		return h.Dossier.Matter(ctx, m, door.Who(c))
	})
}

// RequestSupplement asks at once for everything that is wanting (一次性告知).
func (h *Handler) RequestSupplement(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.SupplementRequest) (*view.Matter, error) {
		paper := map[string]bool{}
		for _, code := range in.Paper {
			paper[code] = true
		}
		var asks []model.Ask
		for _, code := range in.Materials {
			asks = append(asks, model.Ask{Code: code, Paper: paper[code]})
		}
		return h.act(ctx, c, in.No, model.Step{Event: model.EvRequestSupplement, Why: in.Reason, Facts: model.Facts{
			Asks: asks, Note: model.ScrubNumbers(in.Note),
		}})
	})
}

// Suspend begins a special procedure.
func (h *Handler) Suspend(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.SuspendRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvSuspend, Facts: model.Facts{Kind: in.Kind, Law: in.Basis, Days: int(in.Days)}})
	})
}

// Resume ends the special procedure.
func (h *Handler) Resume(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.ResumeRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvResume, Why: in.Outcome})
	})
}

// Extend extends the deadlines, once.
func (h *Handler) Extend(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.ExtendRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvExtend, Why: in.Reason, Facts: model.Facts{Days: int(in.Days)}})
	})
}

// Decide decides.
func (h *Handler) Decide(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.DecideRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvDecide, Facts: model.Facts{
			Outcome: in.Outcome, Note: model.ScrubNumbers(in.Note), Reason: in.Reason, Law: in.Law, Remedies: in.Remedies,
		}})
	})
}

// RevokeDecision takes back a decision that has not been sent.
func (h *Handler) RevokeDecision(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.ReasonRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvRevokeDecision, Why: in.Reason})
	})
}

// PutResult keeps the department's own result document.
func (h *Handler) PutResult(ctx context.Context, c *app.RequestContext) {
	door.Upload(ctx, c, func(in *view.MatterRef) (*view.Matter, error) {
		content, err := bind.File(c)
		if err != nil {
			return nil, err
		}
		m, err := h.Matters.PutResult(ctx, door.Who(c), in.No, content)
		return h.shown(ctx, c, m, err)
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

// Dispatch sends the result.
func (h *Handler) Dispatch(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.DispatchRequest) (*view.Matter, error) {
		m, err := h.Matters.Dispatch(ctx, door.Who(c), in.No, matter.Dispatched{
			Method: model.DeliveryMethod(in.Method), Hall: in.Hall,
			Mailing: matter.Mailing{Carrier: in.Carrier, Company: in.Company, Waybill: in.Waybill, Phone: in.Phone},
		})
		return h.shown(ctx, c, m, err)
	})
}

// Deliver notes by evidence that the result has been delivered.
func (h *Handler) Deliver(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.DeliverRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvDeliver, Why: in.Proof})
	})
}

// FailDelivery notes that the result could not be delivered.
func (h *Handler) FailDelivery(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.ReasonRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvFailDelivery, Why: in.Reason})
	})
}

// PickUp hands the result over in the department.
func (h *Handler) PickUp(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.PickUpRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvPickUp, Facts: model.Facts{
			Identity: model.IdentityCheck{Method: in.Identity.Method, Matched: in.Identity.Matched},
		}})
	})
}

// Terminate ends the handling.
func (h *Handler) Terminate(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.TerminateRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvTerminate, Why: in.Note, Facts: model.Facts{Reason: in.Reason, Note: model.ScrubNumbers(in.Note)}})
	})
}

// Reopen takes a refused or lapsed matter up again.
func (h *Handler) Reopen(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.ReasonRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvReopen, Why: in.Reason})
	})
}

// ReturnPapers gives the applicant's papers back.
func (h *Handler) ReturnPapers(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.ReturnPapersRequest) (*view.Matter, error) {
		var by *matter.Mailing
		if in.By == "mail" {
			by = &matter.Mailing{Carrier: in.Carrier, Company: in.Company, Waybill: in.Waybill}
		}
		m, err := h.Matters.ReturnPapers(ctx, door.Who(c), in.No, by)
		return h.shown(ctx, c, m, err)
	})
}

// CorrectWaybill replaces a mistyped number.
func (h *Handler) CorrectWaybill(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.CorrectWaybillRequest) (*view.Matter, error) {
		m, err := h.Matters.CorrectWaybill(ctx, door.Who(c), in.No, in.Waybill)
		return h.shown(ctx, c, m, err)
	})
}

// RevokeCertificate voids a certificate that was made in the department's name.
func (h *Handler) RevokeCertificate(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *desk.RevokeCertificateRequest) (*desk.RevokedCertificate, error) {
		x, err := h.Kiosks.Revoke(ctx, door.Who(c), in.No, in.Reason)
		if err != nil {
			return nil, err
		}
		return &desk.RevokedCertificate{No: x.ID, Name: x.Name, RevokedAt: show.Time(x.Revoked.At)}, nil
	})
}
