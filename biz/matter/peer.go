package matter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/trust"
)

// What biz/peer needs of matters: what a handling city is sent of a matter received here, and what another city's
// system tells of one. The rules are the model's; here is what they look up.

// Filing gathers what the handling city needs. It names people: it leaves this process in an envelope only.
func (s *Service) Filing(ctx context.Context, m *model.Matter, e model.PeerEvent) (model.Filing, error) {
	var none model.Filing
	person, err := s.filingPerson(ctx, m)
	if err != nil {
		return none, err
	}
	delivery, err := s.FilingDelivery(m)
	if err != nil {
		return none, err
	}
	return model.Filing{
		Item: m.Item.Code, Version: m.Item.Version, Situation: m.Situation.Code, Mode: m.Mode, From: m.From, To: m.To, ROrg: m.ROrg,
		State: m.Trail[e.Seq-1].To, Opened: m.Times.Opened, Carrier: e.Data.Carrier, Waybill: e.Data.Waybill,
		Applicant: person, Delivery: delivery, Materials: m.FilingMaterials(),
	}, nil
}

func (s *Service) filingPerson(ctx context.Context, m *model.Matter) (model.FilingPerson, error) {
	var p model.FilingPerson
	a, err := s.Accounts.Get(ctx, m.Applicant)
	if err != nil {
		return p, fmt.Errorf("matter: reading applicant: %w", err)
	}
	p.IDType, p.Level = a.Person.IDType, a.IdentityLevel
	for field, to := range map[string]*string{"name": &p.Name, "id_number": &p.IDNumber, "phone": &p.Phone} {
		if *to, err = s.Accounts.Reveal(a, field); err != nil {
			return p, fmt.Errorf("matter: opening applicant: %w", err)
		}
	}
	return p, nil
}

// FilingDelivery is how the result is wanted, in the clear.
func (s *Service) FilingDelivery(m *model.Matter) (model.FilingDelivery, error) {
	d := model.FilingDelivery{Method: m.Delivery.Method, Hall: m.Delivery.Hall}
	from := m.Delivery.Address
	if from == nil {
		return d, nil
	}
	d.Address = &model.FilingAddress{Region: from.Region}
	for _, x := range []struct {
		field  string
		sealed model.Sealed
		to     *string
	}{{"name", from.Name, &d.Address.Name}, {"phone", from.Phone, &d.Address.Phone}, {"detail", from.Detail, &d.Address.Detail}} {
		var err error
		if *x.to, err = s.Keeper.Open(addressPlace(m.Applicant, x.field), x.sealed); err != nil {
			return d, fmt.Errorf("matter: opening address: %w", err)
		}
	}
	return d, nil
}

// Content reads one of a matter's files for the program itself.
func (s *Service) Content(ctx context.Context, f *model.MatterFile) ([]byte, error) {
	return s.read(ctx, f)
}

// Disclose notes on the trail, and then in the person's own log, what was handed to another city's system (个人信息保护法 第二十三条); the same
// disclosure again is noted once.
func (s *Service) Disclose(ctx context.Context, no, peer, what, cause string) error {
	_, err := s.matters.Update(ctx, no, func(m *model.Matter) error {
		err := m.Record(model.Note{Kind: model.NoteReveal, Actor: model.System, At: s.now(), Cause: cause,
			Data: map[string]string{"to": peer, "fields": what}})
		if errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		}
		if err == nil {
			m.Emit(trust.KindDisclosed, s.now(), map[string]string{"to": peer, "what": what})
		}
		return err
	})
	return err
}

// KeepPeerFile keeps a file that a peer has sent, whose digest must be the one that was told.
func (s *Service) KeepPeerFile(ctx context.Context, folder, no, digest string, content []byte) (*model.MatterFile, error) {
	sum := sha256.Sum256(content)
	if hex.EncodeToString(sum[:]) != digest {
		return nil, fault.New("validation_failed").Field("data.sha256")
	}
	kind, err := sniff(content, model.MatterMaterial{})
	if err != nil {
		return nil, err
	}
	return s.keep(ctx, "", folder+"/"+no+"/peer", kind, content) // it may come before its matter does
}

// File makes the copy of a matter that a peer has received, for the department here that decides it.
func (s *Service) File(ctx context.Context, peer, applicant string, e *model.PeerEvent, f model.Filing, files map[string]*model.MatterFile) (*model.Matter, error) {
	if _, err := s.Catalogue.Regions.Lookup("receiving_region", f.From); err != nil {
		return nil, err
	}
	item, ok := s.Catalogue.Known(f.Item)
	if !ok {
		return nil, fault.New("item_not_offered").Field("item_code")
	}
	handler, err := s.Catalogue.Orgs().Decider(item, f.To)
	if err != nil {
		return nil, err
	}
	rOrg := f.ROrg
	if o, ok := s.Catalogue.Orgs().Get(rOrg); !ok || !model.Within(o.Region, peer) {
		receiver, _ := s.Catalogue.Orgs().Receiver(f.From)
		rOrg = receiver.ID
	}
	delivery, err := s.followDelivery(applicant, f.Delivery)
	if err != nil {
		return nil, err
	}
	m, err := model.OpenForwarded(model.ForwardedMatter{
		No: e.MatterNo, Peer: peer, Cause: model.PeerCause(peer, e.ID), At: model.FreshMoment(e.At, s.now()), Now: s.now(), Filing: f, Item: item,
		ROrg: rOrg, HOrg: handler.ID, Applicant: applicant, Delivery: delivery, Files: files, Parcel: s.followParcel(f),
	}, s.env())
	if err != nil {
		return nil, err
	}
	err = s.matters.Insert(ctx, m)
	if errors.Is(err, store.ErrDuplicate) {
		return nil, s.filedBefore(ctx, m.ID, model.PeerCause(peer, e.ID))
	}
	if err != nil {
		return nil, fmt.Errorf("matter: filing: %w", err)
	}
	return m, nil
}

// filedBefore tells a filing that comes twice at once from another matter under the same number.
func (s *Service) filedBefore(ctx context.Context, no, cause string) error {
	there, err := s.matters.Get(ctx, no)
	switch {
	case err != nil:
		return fmt.Errorf("matter: filing: %w", err)
	case there.HeardOf(cause):
		return model.ErrAlreadyApplied
	}
	return fault.New("number_taken")
}

// followParcel names the parcel of forwarded papers; the receiving city follows its way.
func (s *Service) followParcel(f model.Filing) string {
	if f.State != model.MatterInTransit {
		return ""
	}
	return model.ParcelID(model.Carrier(f.Carrier), f.Waybill)
}

func (s *Service) followDelivery(applicant string, d model.FilingDelivery) (model.MatterDelivery, error) {
	var a *Address
	if d.Address != nil {
		a = &Address{Name: d.Address.Name, Phone: d.Address.Phone, Region: d.Address.Region, Detail: d.Address.Detail}
	}
	out, err := s.sealDelivery(applicant, d.Method, a)
	out.Hall = d.Hall
	return out, err
}

// FollowSupplement takes what was handed in at a receiving peer.
func (s *Service) FollowSupplement(ctx context.Context, m *model.Matter, step model.Step, filed []model.FilingMaterial, files map[string]*model.MatterFile) (*model.Matter, error) {
	return s.matters.Update(ctx, m.ID, func(m *model.Matter) error { return m.FollowSupplement(step, filed, files, s.env()) })
}

// FollowDelivery takes a changed way of delivery.
func (s *Service) FollowDelivery(ctx context.Context, m *model.Matter, step model.Step, d model.FilingDelivery) (*model.Matter, error) {
	delivery, err := s.followDelivery(m.Applicant, d)
	if err != nil {
		return nil, err
	}
	step.Facts.Delivery = &delivery
	return s.Act(ctx, m.ID, step)
}

// Follow lets a peer's step happen, with what it must look up: halls, organisations, parcels.
func (s *Service) Follow(ctx context.Context, m *model.Matter, step model.Step, e *model.PeerEvent) (*model.Matter, error) {
	by := Mailing{Carrier: e.Data.Carrier, Waybill: e.Data.Waybill}
	switch step.Event {
	case model.EvDispatchMail, model.EvOfferPickup:
		if err := s.followHall(&step, e.Data.Hall); err != nil {
			return nil, err
		}
		if step.Event == model.EvDispatchMail {
			return s.mail(ctx, m.ID, step, by, s.toApplicant)
		}
	case model.EvForwardMail:
		step.Facts.Parcel, step.Facts.Carrier, step.Facts.Waybill = model.ParcelID(model.Carrier(by.Carrier), by.Waybill), by.Carrier, by.Waybill
	case model.EvReassign:
		if o, ok := s.Catalogue.Orgs().Get(e.Data.Org); ok {
			step.Facts.OrgRegion, step.Facts.OrgItem = o.Region, s.carries(o, m)
		}
	}
	return s.Act(ctx, m.ID, step)
}

func (s *Service) followHall(step *model.Step, id string) error {
	if id == "" {
		return nil
	}
	h, ok := s.Catalogue.Hall(id)
	if !ok {
		return fault.New("validation_failed").Field("data.hall")
	}
	step.Facts.Hall = &model.HallRef{ID: h.ID, Name: h.Name, Org: h.Organisation, Region: h.Region}
	return nil
}

// TakeResult puts the result document in place that a handling peer has sent; it reports whether it was new.
func (s *Service) TakeResult(ctx context.Context, peer, no, cause string, f model.MatterFile) (fresh bool, err error) {
	_, err = s.matters.Update(ctx, no, func(m *model.Matter) error {
		var err error
		if fresh, err = m.TakeResult(peer, f, cause, s.now()); err == nil && !fresh {
			return store.ErrUnchanged
		}
		return err
	})
	return fresh, err
}
