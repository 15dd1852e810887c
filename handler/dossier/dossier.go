// Package dossier puts together what a caller sees of a matter from the documents that it is spread over: the
// matter, its parcels, its live booking, its review and, for staff, the person.
package dossier

import (
	"context"
	"fmt"

	"kuacheng/biz/account"
	"kuacheng/biz/booking"
	"kuacheng/biz/credit"
	"kuacheng/biz/matter"
	"kuacheng/biz/parcel"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// Desk is where dossiers are put together.
type Desk struct {
	Show     *show.Shower
	Matters  *matter.Service
	Parcels  *parcel.Service
	Bookings *booking.Service
	Accounts *account.Service
	Credit   *credit.Service
	Memo     *Memo // nil remembers nothing
}

// Matter is the whole view of a matter for one caller.
func (d *Desk) Matter(ctx context.Context, m *model.Matter, who model.Actor) (*view.Matter, error) {
	about, err := d.about(ctx, m, who)
	if err != nil {
		return nil, err
	}
	return d.Show.Matter(m, who, about), nil
}

func (d *Desk) about(ctx context.Context, m *model.Matter, who model.Actor) (about show.About, err error) {
	if about.Parcels, err = d.ParcelsOf(ctx, m); err != nil {
		return about, err
	}
	if m.Mode == model.ModeWindow || m.Asked != nil || m.Pickup != nil {
		if about.Booking, err = d.Bookings.Live(ctx, m); err != nil {
			return about, err
		}
	}
	if m.Reviewed {
		if about.Review, err = d.Matters.Review(ctx, m.ID); err != nil {
			return about, err
		}
	}
	if who.Org != "" {
		if about.Applicant, err = d.Accounts.Get(ctx, m.Applicant); err == nil && !m.State.Ended() {
			about.Credit, err = d.Credit.Hints(ctx, m.Applicant)
		}
	}
	return about, err
}

// ParcelsOf are the parcels that a matter names, the latest last. Of a matter that another city received, the papers' parcel is
// followed there.
func (d *Desk) ParcelsOf(ctx context.Context, m *model.Matter) ([]*model.Parcel, error) {
	var out []*model.Parcel
	for _, ref := range m.Parcels {
		p, err := d.Parcels.Get(ctx, ref.ID)
		if fault.Code(err) == "not_found" && (m.ReceivedByPeer() || m.State.Ended()) {
			continue // a parcel is not kept as long as its matter
		}
		if err != nil {
			return nil, fmt.Errorf("dossier: parcel of %s: %w", m.ID, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// Lines shows a page of matters. People are looked up for staff only, each once.
func (d *Desk) Lines(ctx context.Context, matters []*model.Matter, next string, who model.Actor) (*view.MatterPage, error) {
	page := &view.MatterPage{Items: make([]*view.MatterLine, 0, len(matters)), NextCursor: next}
	people := map[string]*model.Applicant{}
	for _, m := range matters {
		var a *model.Applicant
		if who.Org != "" {
			var err error
			if a = people[m.Applicant]; a == nil {
				if a, err = d.Accounts.Get(ctx, m.Applicant); err != nil {
					return nil, fmt.Errorf("dossier: applicant of %s: %w", m.ID, err)
				}
				people[m.Applicant] = a
			}
		}
		page.Items = append(page.Items, d.Show.MatterLine(m, who, a))
	}
	return page, nil
}
