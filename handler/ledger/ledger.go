// Package ledger answers those who watch over the work: the bureau and the county offices.
package ledger

import (
	"context"
	"io"
	"os"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/ledger"
	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/handler/web"
	"kuacheng/model"
	api "kuacheng/model/api/ledger"
	"kuacheng/model/api/view"
	sums "kuacheng/model/ledger"
)

// Handler answers this door's requests.
type Handler struct {
	Ledger    *ledger.Service
	Catalogue *catalogue.Catalogue
}

// GetOverview adds up what the supervisor's region answers for.
func (h *Handler) GetOverview(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.Scope) (*api.Overview, error) {
		sc, err := h.scope(c, in)
		if err != nil {
			return nil, err
		}
		o, err := h.Ledger.Overview(ctx, sc)
		if err != nil {
			return nil, err
		}
		return h.overview(o), nil
	})
}

func (h *Handler) scope(c *app.RequestContext, in *api.Scope) (ledger.Scope, error) {
	return h.Ledger.Within(door.Who(c), ledger.Scope{
		Region: in.Region, From: model.Date(in.From), To: model.Date(in.To), Dept: in.Department, Receiver: in.Receiver,
		Mode: in.Mode, State: in.State, Light: in.Light,
	})
}

func (h *Handler) overview(o *ledger.Overview) *api.Overview {
	v := &api.Overview{
		From: string(o.Scope.From), To: string(o.Scope.To), Total: total(o.Total), KmSaved: o.Km,
		ByMode: o.ByMode, ByState: o.ByState, ByLight: o.ByLight, Pairs: []*api.PairSums{}, Days: []*api.DaySums{},
	}
	for _, p := range o.Pairs {
		v.Pairs = append(v.Pairs, &api.PairSums{
			From: p.From, FromName: h.Catalogue.Regions.Name(p.From), To: p.To, ToName: h.Catalogue.Regions.Name(p.To), Sums: total(p.Sums),
		})
	}
	for _, d := range o.Days {
		v.Days = append(v.Days, &api.DaySums{Date: string(d.Date), Sums: total(d.Sums)})
	}
	return v
}

// total shows sums with the rates that follow from them; a rate of nothing is left out.
func total(s sums.Sums) *api.Sums {
	return &api.Sums{
		Matters: s.Matters, TripsSaved: s.Trips, Kept: s.Kept, Broken: s.Broken, Asked: s.Asked, Rated: s.Rated, Satisfied: s.Good,
		OnTimeRate: s.OnTime(), SatisfactionRate: s.Satisfaction(), MeanDays: s.MeanDays(),
	}
}

// ListRows lists the matters of a scope.
func (h *Handler) ListRows(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.RowsRequest) (*api.RowPage, error) {
		sc, err := h.scope(c, &api.Scope{
			Region: in.Region, From: in.From, To: in.To, Department: in.Department, Receiver: in.Receiver, Mode: in.Mode, State: in.State, Light: in.Light,
		})
		if err != nil {
			return nil, err
		}
		page, err := h.Ledger.Rows(ctx, sc, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.RowPage{Items: make([]*api.Row, 0, len(page.Rows)), NextCursor: page.Next}
		for _, r := range page.Rows {
			v.Items = append(v.Items, h.row(r))
		}
		return v, nil
	})
}

func (h *Handler) row(r ledger.Row) *api.Row {
	m := r.Matter
	v := &api.Row{
		No: m.ID, ItemCode: m.Item.Code, ItemName: m.Item.Name, Department: m.Item.Department, Mode: string(m.Mode), From: m.From, To: m.To,
		ReceivingOrg: h.org(m.ROrg), HandlingOrg: h.org(m.HOrg), OwedBy: h.org(m.OwedBy), State: string(m.State), StateName: m.State.Name(),
		Light: string(m.Light), DueOn: r.Due, HandedAt: show.Time(m.Handed()), AcceptedAt: show.When(m.Times.Accepted), Deemed: m.Times.Deemed,
		DecidedAt: show.When(m.Times.Decided), EndedAt: show.When(m.Times.Ended), Corrections: int32(m.Counts.Corrections),
		Supplements: int32(m.Counts.Supplements), PapersOwed: m.PapersOwed,
	}
	if m.Decision != nil {
		v.Outcome = m.Decision.Outcome
	}
	if n := int32(m.Stars); n > 0 {
		v.Stars = &n
	}
	if x := m.Counted; x != nil {
		v.PromiseBroken = x.Broken > 0
		if n := int32(x.Days); x.Kept+x.Broken > 0 {
			v.UsedDays = &n
		}
	}
	return v
}

func (h *Handler) org(id string) *view.Org {
	if id == "" {
		return nil
	}
	o, ok := h.Catalogue.Orgs().Get(id)
	if !ok {
		return &view.Org{ID: id, Name: id}
	}
	return &view.Org{ID: o.ID, Name: o.Name, Region: o.Region}
}

// ExportXLSX gives a scope as a workbook.
func (h *Handler) ExportXLSX(ctx context.Context, c *app.RequestContext) {
	h.export(ctx, c, "ledger.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", h.Ledger.WriteXLSX)
}

// ExportCSV gives a scope as CSV.
func (h *Handler) ExportCSV(ctx context.Context, c *app.RequestContext) {
	h.export(ctx, c, "ledger.csv", "text/csv; charset=utf-8", h.Ledger.WriteCSV)
}

func (h *Handler) export(ctx context.Context, c *app.RequestContext, name, kind string, write func(context.Context, ledger.Scope, io.Writer) error) {
	f, size, err := h.file(ctx, c, write)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	c.Header("Content-Type", kind)
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Header("Cache-Control", "no-store")
	c.SetBodyStream(f, int(size)) // closes it
}

func (h *Handler) file(ctx context.Context, c *app.RequestContext, write func(context.Context, ledger.Scope, io.Writer) error) (*os.File, int64, error) {
	in, err := bind.Params[api.Scope](c)
	if err != nil {
		return nil, 0, err
	}
	sc, err := h.scope(c, in)
	if err != nil {
		return nil, 0, err
	}
	return ledger.Export(func(w io.Writer) error { return write(ctx, sc, w) })
}

// GetMeasures measures items, organisations or halls.
func (h *Handler) GetMeasures(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.MeasuresRequest) (*api.Measures, error) {
		sc, err := h.scope(c, &api.Scope{From: in.From, To: in.To, Mode: in.Mode})
		if err != nil {
			return nil, err
		}
		measures, err := h.Ledger.Measures(ctx, in.By, sc, func(key string) bool { return h.theirs(sc, in.By, key) })
		if err != nil {
			return nil, err
		}
		v := &api.Measures{Items: make([]*api.Measure, 0, len(measures))}
		for _, m := range measures {
			v.Items = append(v.Items, &api.Measure{Key: m.Key, Name: h.name(in.By, m.Key), Sums: total(m.Sums)})
		}
		return v, nil
	})
}

// theirs: a county sees its own organisations and halls; items are the same everywhere.
func (h *Handler) theirs(sc ledger.Scope, by, key string) bool {
	region := ""
	switch by {
	case sums.KindOrg:
		o, _ := h.Catalogue.Orgs().Get(key)
		region = o.Region
	case sums.KindHall:
		if hall, ok := h.Catalogue.Hall(key); ok {
			o, _ := h.Catalogue.Orgs().Get(hall.Organisation)
			region = o.Region
		}
	}
	return sc.Region == "" || region == "" || h.Catalogue.Regions.Covers(sc.Region, region)
}

func (h *Handler) name(by, key string) string {
	switch by {
	case sums.KindItem:
		if it, ok := h.Catalogue.Known(key); ok {
			return it.Name
		}
	case sums.KindOrg:
		if o, ok := h.Catalogue.Orgs().Get(key); ok {
			return o.Name
		}
	case sums.KindHall:
		if hall, ok := h.Catalogue.Hall(key); ok {
			return hall.Name
		}
	}
	return key
}
