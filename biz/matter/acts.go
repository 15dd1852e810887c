package matter

import (
	"context"
	"slices"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Submit hands in what is due: the file from a draft, what was asked for while a correction or supplement is
// awaited.
func (s *Service) Submit(ctx context.Context, who model.Actor, number string, declared bool) (*model.Matter, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	step := model.Step{Event: model.EvSubmit, Actor: who, Facts: model.Facts{Declared: declared}}
	if m.State == model.MatterAwaitingCorrection || m.State == model.MatterAwaitingSupplement {
		step.Event = model.EvSupply
	}
	if step.Facts.Twins, err = s.twinsNow(ctx, m); err != nil {
		return nil, err
	}
	return s.Act(ctx, m.ID, step)
}

// Received is a clerk's formal check and identity check in one.
type Received struct {
	Identity model.IdentityCheck
	Checks   []model.MaterialCheck
	Note     string
}

// Receive takes the papers in when everything is in order, and otherwise turns the person back with all that
// is wrong told at once (一次性告知). While a correction or supplement is awaited it takes what was asked for.
func (s *Service) Receive(ctx context.Context, who model.Actor, number string, in Received) (*model.Matter, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	step := model.Step{Event: model.EvReceive, Actor: who, Why: model.ScrubNumbers(in.Note),
		Facts: model.Facts{Identity: in.Identity, Checks: in.Checks, Note: model.ScrubNumbers(in.Note)}}
	if step.Facts.Twins, err = s.twinsNow(ctx, m); err != nil {
		return nil, err
	}
	failed := slices.ContainsFunc(in.Checks, func(c model.MaterialCheck) bool { return !c.OK })
	switch {
	case m.State == model.MatterAwaitingCorrection || m.State == model.MatterAwaitingSupplement:
		step.Event = model.EvReceiveMore
		for _, c := range in.Checks {
			if c.OK {
				step.Facts.Materials = append(step.Facts.Materials, c.Material)
			}
		}
	case failed || !in.Identity.Matched:
		step.Event = model.EvTurnBack
	}
	m, err = s.Act(ctx, m.ID, step)
	if err != nil {
		return nil, err
	}
	// The person at the window is done: their booking ends now, and not only when the event is carried out.
	return m, s.Bookings.MatterMoved(ctx, m)
}

// Mailing is a parcel that someone sends for a matter.
type Mailing struct {
	Carrier, Company, Waybill string
	Phone                     string // on the label; some companies answer only with its last digits
}

// ForwardMail sends the papers to the handling place.
func (s *Service) ForwardMail(ctx context.Context, who model.Actor, number string, by Mailing) (*model.Matter, error) {
	return s.mail(ctx, number, model.Step{Event: model.EvForwardMail, Actor: who}, by, s.toHandling)
}

// toHandling plans the parcel of a matter's papers to the organisation that decides.
func (s *Service) toHandling(m *model.Matter, by Mailing, _ *model.HallRef) model.NewParcel {
	return model.NewParcel{
		Carrier: model.Carrier(by.Carrier), Company: by.Company, Waybill: by.Waybill,
		PhoneTail: s.Parcels.PhoneTail(model.Carrier(by.Carrier), by.Waybill, by.Phone),
		Direction: model.ParcelMaterials, Contents: []model.ParcelContent{model.ContentMaterials}, Matters: []string{m.ID},
		Sender: s.party(model.PartyOrg, m.ROrg, m.From), Consignee: s.party(model.PartyOrg, m.HOrg, m.To),
	}
}

// toApplicant plans the parcel of a result, to the applicant's address or to a hall.
func (s *Service) toApplicant(m *model.Matter, by Mailing, hall *model.HallRef) model.NewParcel {
	p := model.NewParcel{
		Carrier: model.Carrier(by.Carrier), Company: by.Company, Waybill: by.Waybill,
		PhoneTail: s.Parcels.PhoneTail(model.Carrier(by.Carrier), by.Waybill, by.Phone),
		Direction: model.ParcelResult, Contents: []model.ParcelContent{model.ContentResult}, Matters: []string{m.ID},
		Sender: s.party(model.PartyOrg, m.HOrg, m.To), Consignee: s.party(model.PartyApplicant, "", m.From),
	}
	switch {
	case hall != nil:
		p.Consignee = s.party(model.PartyHall, hall.ID, hall.Region)
	case m.Delivery.Address != nil:
		p.Consignee = s.party(model.PartyApplicant, "", m.Delivery.Address.Region)
	}
	return p
}

func (s *Service) party(kind model.PartyKind, id, region string) model.Party {
	rs := s.Catalogue.Regions
	return model.Party{Kind: kind, ID: id, Region: region, City: rs.Name(rs.City(region)), Area: rs.FullName(region)}
}

// mail claims the waybill, then lets the event happen; a waybill that no event came to use is given back. The
// refusals keep their order: what the table says comes before what is wrong with the waybill.
func (s *Service) mail(ctx context.Context, number string, step model.Step, by Mailing,
	plan func(*model.Matter, Mailing, *model.HallRef) model.NewParcel) (*model.Matter, error) {
	m, err := s.Get(ctx, step.Actor, number)
	if err != nil {
		return nil, err
	}
	if !m.Allowed(step.Event, step.Actor) {
		return s.Act(ctx, m.ID, step)
	}
	if by.Phone == "" && step.Event != model.EvForwardMail && m.Delivery.Address != nil { // it goes to the applicant
		if by.Phone, err = s.Keeper.Open(addressPlace(m.Applicant, "phone"), m.Delivery.Address.Phone); err != nil {
			return nil, err
		}
	}
	parcel, err := s.Parcels.Open(ctx, plan(m, by, step.Facts.Hall))
	if err != nil {
		if fault.Code(err) == "internal" {
			return nil, err
		}
		step.Facts.Objection = err
	} else {
		step.Facts.Parcel, step.Facts.Carrier, step.Facts.Waybill = parcel.ID, string(parcel.Carrier), parcel.Waybill
	}
	after, err := s.Act(ctx, m.ID, step)
	if err != nil && parcel != nil {
		if err := s.Parcels.Abandon(ctx, parcel.ID, m.ID); err != nil {
			s.Log.WarnContext(ctx, "waybill not given back", "matter", m.ID, "error", err) // its own timer does
		}
	}
	return after, err
}

// Dispatched is how a result leaves.
type Dispatched struct {
	Method  model.DeliveryMethod
	Mailing Mailing
	Hall    string
}

// Dispatch sends the result by mail, electronically, or to a hall.
func (s *Service) Dispatch(ctx context.Context, who model.Actor, number string, in Dispatched) (*model.Matter, error) {
	var hall *model.HallRef
	if in.Hall != "" {
		h, ok := s.Catalogue.Hall(in.Hall)
		if !ok {
			return nil, fault.New("validation_failed").Field("hall").Say("没有这个大厅")
		}
		hall = &model.HallRef{ID: h.ID, Name: h.Name, Org: h.Organisation, Region: h.Region}
	}
	step := model.Step{Actor: who, Facts: model.Facts{Hall: hall}}
	switch in.Method {
	case model.DeliverMail:
		step.Event = model.EvDispatchMail
		return s.mail(ctx, number, step, in.Mailing, s.toApplicant)
	case model.DeliverPickup:
		step.Event = model.EvOfferPickup
		return s.Act(ctx, number, step)
	}
	step.Event = model.EvDispatchElectronic
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	if m.Allowed(step.Event, who) {
		if step.Facts.Result, err = s.ensureResult(ctx, m); err != nil {
			return nil, err
		}
	}
	return s.Act(ctx, m.ID, step)
}

// ReturnPapers gives the applicant's papers back, by hand or by mail.
func (s *Service) ReturnPapers(ctx context.Context, who model.Actor, number string, by *Mailing) (*model.Matter, error) {
	step := model.Step{Event: model.EvReturnPapers, Actor: who}
	if by == nil {
		step.Facts.HandedOver = true
		return s.Act(ctx, number, step)
	}
	return s.mail(ctx, number, step, *by, func(m *model.Matter, by Mailing, _ *model.HallRef) model.NewParcel {
		p := s.toApplicant(m, by, nil)
		p.Contents, p.Sender = []model.ParcelContent{model.ContentPapersBack}, s.party(model.PartyOrg, who.Org, who.Region)
		return p
	})
}

// Reassign hands a matter to another department of the handling city that carries the item.
func (s *Service) Reassign(ctx context.Context, who model.Actor, number, org, why string) (*model.Matter, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	step := model.Step{Event: model.EvReassign, Actor: who, Why: model.ScrubNumbers(why), Facts: model.Facts{Org: org}}
	if o, ok := s.Catalogue.Orgs().Get(org); ok {
		step.Facts.OrgRegion, step.Facts.OrgItem = o.Region, s.carries(o, m)
	}
	return s.Act(ctx, m.ID, step)
}

// carries reports whether an organisation may decide a matter's item: the same department at another level or in another county of
// those that the item names, or, of an item that several departments do together, any of the same region.
func (s *Service) carries(o model.Organisation, m *model.Matter) bool {
	item, known := s.Catalogue.Known(m.Item.Code)
	if !known || !o.Does(model.OrgDecides) {
		return false
	}
	return o.Department == item.Department && item.HandledIn(o.Region) || item.Settings.Joint && o.Region == m.To
}

// CorrectWaybill replaces the mistyped number of the parcel that the caller's organisation has sent and the
// courier has not collected yet. Both numbers stay on the trail.
func (s *Service) CorrectWaybill(ctx context.Context, who model.Actor, number, waybill string) (*model.Matter, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	org := map[model.ParcelDirection]string{model.ParcelMaterials: m.ROrg, model.ParcelResult: m.HOrg}
	for i := len(m.Parcels) - 1; i >= 0; i-- {
		p := m.Parcels[i]
		if p.Standing != model.ParcelExpected || org[p.Direction] != who.Org {
			continue
		}
		right, err := s.Parcels.Correct(ctx, p.ID, waybill, who)
		if err != nil {
			return nil, err
		}
		return s.matters.Update(ctx, m.ID, func(m *model.Matter) error {
			return m.CorrectWaybill(who, p.ID, right.ID, string(right.Carrier), right.Waybill, s.now())
		})
	}
	return nil, fault.New("parcel_mismatch").Say("没有可以更正的邮件")
}
