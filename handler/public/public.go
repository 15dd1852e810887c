// Package public answers what anyone may see: what a QR code opens. Nothing here names a person.
package public

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/ledger"
	"kuacheng/biz/matter"
	"kuacheng/biz/picture"
	"kuacheng/biz/token"
	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/handler/web"
	"kuacheng/model"
	"kuacheng/model/api/public"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
	nouns "kuacheng/model/kiosk"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"when": when, "dated": dated}).Parse(pageText))

// when writes a time of the wire for people, of what happens now.
func when(s string) string { return written(s, "1月2日 15:04") }

// dated writes a time of the wire for people who may read it years later.
func dated(s string) string { return written(s, "2006年1月2日 15:04") }

func written(s, form string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return t.Format(form)
}

// Handler answers this door's requests.
type Handler struct {
	QR        *token.QRSigner
	Matters   *matter.Service
	Bookings  *booking.Service
	Dossier   *dossier.Desk
	Catalogue *catalogue.Catalogue
	Pictures  *picture.Service
	Ledger    *ledger.Service
	Kiosks    *kiosk.Service
}

// OpenQR shows what a code stands for, as a phone-sized page or as data.
func (h *Handler) OpenQR(ctx context.Context, c *app.RequestContext) {
	c.Header("Vary", "Accept")
	html := web.Prefers(c, "application/json", "text/html") == "text/html"
	in, err := bind.Params[public.QRRequest](c)
	var answer *public.QRAnswer
	if err == nil {
		answer, err = h.open(ctx, in.Token)
	}
	switch {
	case !html && err != nil:
		web.Fail(ctx, c, err)
	case !html:
		web.JSON(c, http.StatusOK, answer)
	default:
		h.page(ctx, c, answer, err)
	}
}

// GetPicture gives a review's picture to WeChat's check, which was told its address.
func (h *Handler) GetPicture(ctx context.Context, c *app.RequestContext) {
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
	door.File(ctx, c, func(in *public.QRRequest) (string, []byte, error) { return h.Pictures.OpenForCheck(ctx, in.Token) })
}

func (h *Handler) certificate(ctx context.Context, q token.QR) (*public.QRAnswer, error) {
	x, err := h.Kiosks.Verified(ctx, q)
	if err != nil {
		return nil, err
	}
	state := x.State(h.Matters.Today())
	v := &public.QRCertificate{
		No: x.ID, Name: x.Name, Issuer: x.Org, IssuedAt: show.Time(x.Issued), Until: string(x.Until), State: state, StateName: nouns.StateName(state),
		CheckCode: kiosk.CheckCode(x), NewerNo: x.NewerNo,
	}
	if o, ok := h.Catalogue.Orgs().Get(x.Org); ok {
		v.Issuer = o.Name
	}
	return &public.QRAnswer{Kind: "certificate", Certificate: v}, nil
}

// MatchCertificate tells whoever holds a certificate whether the name and number on it are the ones it was made for.
func (h *Handler) MatchCertificate(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *public.MatchRequest) (*public.MatchAnswer, error) {
		q, err := h.QR.Read(token.FromScan(in.Token))
		if err != nil {
			return nil, err
		}
		if q.Kind != token.QRCertificate {
			return nil, fault.New("qr_invalid")
		}
		x, err := h.Kiosks.Verified(ctx, q)
		if err != nil {
			return nil, err
		}
		return &public.MatchAnswer{Matched: h.Kiosks.Matches(x, in.Name, in.IDNumber)}, nil
	})
}

// GetFigures tells everybody what the last year of matters adds up to.
func (h *Handler) GetFigures(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*public.Figures, error) {
		o, err := h.Ledger.Year(ctx)
		if err != nil {
			return nil, err
		}
		t := o.Total
		return &public.Figures{
			From: string(o.Scope.From), To: string(o.Scope.To), Matters: t.Matters, ByMode: o.ByMode, TripsSaved: t.Trips, KmSaved: o.Km,
			OnTimeRate: t.OnTime(), SatisfactionRate: t.Satisfaction(),
		}, nil
	})
}

// page writes the same facts, or what is wrong with the code, for people.
func (h *Handler) page(ctx context.Context, c *app.RequestContext, answer *public.QRAnswer, err error) {
	status, message := http.StatusOK, ""
	if err != nil {
		f := fault.From(err)
		status, message = fault.Status(f.Code), f.Message
		if status == http.StatusInternalServerError {
			web.Fail(ctx, c, err)
			return
		}
	}
	var out bytes.Buffer
	if err := page.Execute(&out, map[string]any{"Answer": answer, "Message": message}); err != nil {
		web.Fail(ctx, c, fmt.Errorf("public: drawing the page: %w", err))
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Data(status, "text/html; charset=utf-8", out.Bytes())
}

func (h *Handler) open(ctx context.Context, tok string) (*public.QRAnswer, error) {
	q, err := h.QR.Read(token.FromScan(tok))
	if err != nil {
		return nil, err
	}
	switch q.Kind {
	case token.QRTracking:
		return h.tracking(ctx, q)
	case token.QRAppointment:
		return h.appointment(ctx, q)
	case token.QRCertificate:
		return h.certificate(ctx, q)
	}
	return nil, fault.New("qr_invalid")
}

func (h *Handler) tracking(ctx context.Context, q token.QR) (*public.QRAnswer, error) {
	m, err := h.Matters.Peek(ctx, model.MatterNoOf(q.ID))
	if fault.Code(err) == "not_found" {
		return nil, fault.New("qr_invalid")
	}
	if err != nil {
		return nil, err
	}
	parcels, err := h.Dossier.ParcelsOf(ctx, m)
	if err != nil {
		return nil, err
	}
	t := &public.QRTracking{
		ItemName: m.Item.Name, State: string(m.State), StateName: m.State.Name(), UpdatedAt: show.Time(m.Times.Changed),
		Parcels: []*public.QRParcel{},
	}
	for i := len(parcels) - 1; i >= 0; i-- {
		t.Parcels = append(t.Parcels, show.PublicParcel(parcels[i]))
	}
	return &public.QRAnswer{Kind: "tracking", Tracking: t}, nil
}

func (h *Handler) appointment(ctx context.Context, q token.QR) (*public.QRAnswer, error) {
	b, err := h.Bookings.Shown(ctx, q.ID, q.Version)
	if err != nil {
		return nil, err
	}
	a := &public.QRAppointment{StartsAt: show.Time(b.Starts), EndsAt: show.Time(b.Ends), Hall: b.HallName}
	if hall, ok := h.Catalogue.Hall(b.Hall); ok {
		a.Address = hall.Address
	}
	return &public.QRAnswer{Kind: "appointment", Appointment: a}, nil
}
