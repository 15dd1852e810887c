// Package counter answers the window clerks of the receiving place.
package counter

import (
	"context"
	"slices"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/biz/booking"
	"kuacheng/biz/matter"
	"kuacheng/biz/token"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/counter"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// Handler answers this door's requests.
type Handler struct {
	Accounts *account.Service
	Bookings *booking.Service
	Matters  *matter.Service
	Dossier  *dossier.Desk
	QR       *token.QRSigner
}

// Scan opens the appointment code that a person shows.
func (h *Handler) Scan(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.ScanRequest) (*counter.Visit, error) {
		q, err := h.QR.Read(token.FromScan(in.Qr))
		if err != nil {
			return nil, err
		}
		if q.Kind != token.QRAppointment {
			return nil, fault.New("qr_not_expected")
		}
		b, err := h.Bookings.Scanned(ctx, door.Who(c), q.ID, q.Version)
		return h.visit(ctx, c, b, err)
	})
}

// visit shows who has come and for what, with what to check.
func (h *Handler) visit(ctx context.Context, c *app.RequestContext, b *model.Booking, err error) (*counter.Visit, error) {
	if err != nil {
		return nil, err
	}
	who := door.Who(c)
	a, err := h.Accounts.Get(ctx, b.Applicant)
	if err != nil {
		return nil, err
	}
	v := &counter.Visit{Booking: h.Dossier.Show.BookingFor(b, a), Checks: []*counter.CheckPoint{}, Applicant: show.Person(a)}
	m, err := h.Matters.Get(ctx, who, b.Matter)
	if err != nil {
		return nil, err
	}
	if v.Matter, err = h.Dossier.Matter(ctx, m, who); err != nil {
		return nil, err
	}
	for _, mm := range m.Materials {
		if b.Purpose == model.PurposeSupplement && !m.Asks(mm.Code) {
			continue
		}
		points := slices.Clone(mm.Checks)
		if points == nil {
			points = []string{}
		}
		v.Checks = append(v.Checks, &counter.CheckPoint{
			MaterialCode: mm.Code, Name: mm.Name, Required: mm.Required, When: mm.When, Original: string(mm.Original),
			Originals: int32(mm.Originals), Copies: int32(mm.Copies), Points: points,
		})
	}
	return v, nil
}

// GetQueue lists today's bookings of the clerk's hall, in the order in which they are served.
func (h *Handler) GetQueue(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*counter.QueueList, error) {
		day, err := h.Bookings.Day(ctx, door.Who(c).Hall, h.Matters.Today())
		if err != nil {
			return nil, err
		}
		list := &counter.QueueList{Items: make([]*view.Booking, 0, len(day))}
		for _, b := range day {
			a, err := h.Accounts.Get(ctx, b.Applicant)
			if err != nil {
				return nil, err
			}
			list.Items = append(list.Items, h.Dossier.Show.BookingFor(b, a))
		}
		return list, nil
	})
}

// TakeTicket lets a person without an appointment wait.
func (h *Handler) TakeTicket(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *counter.TicketRequest) (*counter.Visit, error) {
		b, err := h.Bookings.TakeTicket(ctx, door.Who(c), in.MatterNo, model.Priority(in.Priority))
		return h.visit(ctx, c, b, err)
	})
}

// CheckIn notes that the person has come.
func (h *Handler) CheckIn(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.CheckInRequest) (*counter.Visit, error) {
		b, err := h.Bookings.CheckIn(ctx, door.Who(c), in.ID, model.Priority(in.Priority))
		return h.visit(ctx, c, b, err)
	})
}

// Call calls the person to a window.
func (h *Handler) Call(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.CallRequest) (*counter.Visit, error) {
		window, err := h.window(ctx, door.Who(c).ID, in.Window)
		if err != nil {
			return nil, err
		}
		b, err := h.Bookings.Call(ctx, door.Who(c), in.ID, window)
		return h.visit(ctx, c, b, err)
	})
}

// window is to which a clerk calls: one of those that are theirs, the first where they name none.
func (h *Handler) window(ctx context.Context, clerk, named string) (string, error) {
	x, err := h.Accounts.Members().Get(ctx, clerk)
	if err != nil || len(x.Windows) == 0 {
		return named, err
	}
	if named == "" {
		return x.Windows[0], nil
	}
	if !slices.Contains(x.Windows, named) {
		return "", fault.New("validation_failed").Field("window").Say("这不是您负责的窗口")
	}
	return named, nil
}

// Serve notes that the person stands at the window.
func (h *Handler) Serve(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*counter.Visit, error) {
		b, err := h.Bookings.Serve(ctx, door.Who(c), in.ID)
		return h.visit(ctx, c, b, err)
	})
}

// NoShow notes that the called person is not there.
func (h *Handler) NoShow(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*counter.Visit, error) {
		b, err := h.Bookings.NotThere(ctx, door.Who(c), in.ID)
		return h.visit(ctx, c, b, err)
	})
}

// act lets one event happen and shows the matter as it then is.
func (h *Handler) act(ctx context.Context, c *app.RequestContext, no string, step model.Step) (*view.Matter, error) {
	step.Actor, step.Why = door.Who(c), model.ScrubNumbers(step.Why)
	m, err := h.Matters.Act(ctx, no, step)
	return h.shown(ctx, c, m, err)
}

func (h *Handler) shown(ctx context.Context, c *app.RequestContext, m *model.Matter, err error) (*view.Matter, error) {
	if err != nil {
		return nil, err
	}
	return h.Dossier.Matter(ctx, m, door.Who(c))
}

// GetMatter shows a matter.
func (h *Handler) GetMatter(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*view.Matter, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		return h.shown(ctx, c, m, err)
	})
}

// PutMaterial keeps the scan of a paper.
func (h *Handler) PutMaterial(ctx context.Context, c *app.RequestContext) {
	door.PutMaterial(ctx, c, h.Matters, h.Dossier.Show)
}

// Receive takes the papers in, or turns the person back with all that is wrong told at once.
func (h *Handler) Receive(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.ReceiveRequest) (*view.Matter, error) {
		r := matter.Received{Identity: identity(in.Identity), Note: in.Note}
		for _, k := range in.Checks {
			r.Checks = append(r.Checks, model.MaterialCheck{Material: k.MaterialCode, OK: k.Ok, Note: model.ScrubNumbers(k.Note)})
		}
		m, err := h.Matters.Receive(ctx, door.Who(c), in.No, r)
		return h.shown(ctx, c, m, err)
	})
}

func identity(in *view.IdentityCheck) model.IdentityCheck {
	return model.IdentityCheck{Method: in.Method, Matched: in.Matched}
}

// Forward sends the papers to the handling place, by mail or as scans over the network.
func (h *Handler) Forward(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.ForwardRequest) (*view.Matter, error) {
		if in.By == "network" {
			return h.act(ctx, c, in.No, model.Step{Event: model.EvForwardNetwork, Facts: model.Facts{Consent: in.Consent}})
		}
		m, err := h.Matters.ForwardMail(ctx, door.Who(c), in.No, matter.Mailing{
			Carrier: in.Carrier, Company: in.Company, Waybill: in.Waybill, Phone: in.Phone,
		})
		return h.shown(ctx, c, m, err)
	})
}

// Bounce notes that the papers came back.
func (h *Handler) Bounce(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.NoteRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvBounce, Why: in.Note})
	})
}

// Lose notes that the carrier has confirmed a loss.
func (h *Handler) Lose(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.LoseRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvLose, Why: in.Note})
	})
}

// ReachHall notes that a result has come to the clerk's hall.
func (h *Handler) ReachHall(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.NoteRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvReachHall, Why: in.Note})
	})
}

// PickUp hands a result over.
func (h *Handler) PickUp(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.PickUpRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvPickUp, Facts: model.Facts{Identity: identity(in.Identity)}})
	})
}

// Withdraw withdraws a matter on the applicant's signed request.
func (h *Handler) Withdraw(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.WithdrawRequest) (*view.Matter, error) {
		return h.act(ctx, c, in.No, model.Step{Event: model.EvWithdraw, Why: in.Reason, Facts: model.Facts{SignedRequest: true}})
	})
}

// ReturnPapers gives the applicant's papers back.
func (h *Handler) ReturnPapers(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *counter.ReturnPapersRequest) (*view.Matter, error) {
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
	door.Answer(ctx, c, func(in *counter.CorrectWaybillRequest) (*view.Matter, error) {
		m, err := h.Matters.CorrectWaybill(ctx, door.Who(c), in.No, in.Waybill)
		return h.shown(ctx, c, m, err)
	})
}
