package matter

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Address is a postal address in the clear, on its way from the applicant to the sealed form.
type Address struct{ Name, Phone, Region, Detail string }

// Start is what an applicant says when starting a matter.
type Start struct {
	Item, Situation string
	Mode            model.Mode
	From, To        string
	Method          model.DeliveryMethod
	Address         *Address
}

// Begin starts a matter as a draft. render makes the answer that the request is given, now and when it comes
// again: on a repeated request Begin gives that first answer and no matter.
func (s *Service) Begin(ctx context.Context, who model.Actor, in Start, request once.Request, render func(*model.Matter) ([]byte, error)) (*model.Matter, []byte, error) {
	opening, err := s.opening(ctx, who, in)
	if err != nil { // of a repeated request's matter it is no longer asked whether it may be started
		if answer, before := s.madeBefore(ctx, in, request); answer != nil || before != nil {
			return nil, answer, before
		}
		return nil, nil, err
	}
	yesterday := ""
	if request.Keyed() {
		if yesterday, err = s.number(in.To, request, 0, s.now().Add(-24*time.Hour)); err != nil {
			return nil, nil, err
		}
	}
	for attempt := range 8 { // a number is taken once in a million by chance
		opening.No, err = s.number(in.To, request, attempt, s.now())
		if err != nil {
			return nil, nil, err
		}
		m, err := model.OpenMatter(opening, s.env())
		if err != nil {
			return nil, nil, err
		}
		answer, err := render(m)
		if err != nil {
			return nil, nil, err
		}
		m.Origin = request.Origin(answer, s.now())
		err = s.matters.InsertUnless(ctx, m, yesterday)
		if err == nil {
			return m, answer, nil
		}
		if !errors.Is(err, store.ErrDuplicate) {
			return nil, nil, fmt.Errorf("matter: starting: %w", err)
		}
		if answer, err := s.madeBefore(ctx, in, request); answer != nil || err != nil {
			return nil, answer, err // by the first tap, which may have been before midnight
		}
		yesterday = "" // somebody else's
	}
	return nil, nil, errors.New("matter: eight numbers in a row were taken")
}

// madeBefore looks for what the same request made: its number holds the date, so it is today's or yesterday's.
func (s *Service) madeBefore(ctx context.Context, in Start, request once.Request) ([]byte, error) {
	if !request.Keyed() {
		return nil, nil
	}
	for _, day := range []time.Time{s.now(), s.now().Add(-24 * time.Hour)} {
		no, err := s.number(in.To, request, 0, day)
		if err != nil {
			return nil, nil // no such region: refused in its place
		}
		if answer, err := s.answerOf(ctx, no, request); answer != nil || err != nil {
			return answer, err
		}
	}
	return nil, nil
}

func (s *Service) answerOf(ctx context.Context, no string, request once.Request) ([]byte, error) {
	m, err := s.matters.Get(ctx, no)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("matter: reading %s: %w", no, err)
	}
	if made, err := request.Made(m.Origin); !made || err != nil {
		return nil, err
	}
	return request.Answer(m.Origin)
}

// number draws a matter number for a day.
func (s *Service) number(region string, request once.Request, attempt int, on time.Time) (string, error) {
	b := request.Draw(attempt)
	return model.MakeMatterNo(region, on, binary.BigEndian.Uint64(b[:]))
}

// opening gathers what it takes to start a matter; the rules are OpenMatter's.
func (s *Service) opening(ctx context.Context, who model.Actor, in Start) (model.MatterOpening, error) {
	var none model.MatterOpening
	zone, err := s.Catalogue.Zone(model.Pair{From: in.From, To: in.To}, s.Today())
	if err != nil {
		return none, err
	}
	if err := zone.Admit(in.Mode); err != nil {
		return none, err
	}
	item, ok := s.Catalogue.Item(in.Item)
	if !ok {
		return none, fault.New("item_not_offered").Field("item_code")
	}
	handler, err := s.Catalogue.Orgs().Decider(item, in.To)
	if err != nil {
		return none, err
	}
	receiver, _ := s.Catalogue.Orgs().Receiver(in.From)
	applicant, err := s.Accounts.Get(ctx, who.ID)
	if err != nil {
		return none, fmt.Errorf("matter: reading applicant: %w", err)
	}
	delivery, err := s.sealDelivery(who.ID, in.Method, in.Address)
	if err != nil {
		return none, err
	}
	twins, err := s.twins(ctx, who.ID, in.Item, in.Situation)
	if err != nil {
		return none, err
	}
	var link *model.MatterPeer
	if s.Link != nil {
		link = s.Link(in.To)
	}
	return model.MatterOpening{
		Peer: link, Actor: who, Now: s.now(), Applicant: who.ID, Verified: applicant.Verified(), Zone: zone, Item: item,
		Situation: in.Situation, Mode: in.Mode, From: in.From, To: in.To, ROrg: receiver.ID, HOrg: handler.ID,
		Delivery: delivery, Duplicates: twins,
	}, nil
}

const (
	// liveAtOnce is more than a person has under way; what is remembered of them is then good for every kind.
	liveAtOnce = 20
	// twinsShown is how many live matters of one kind are named to their applicant and the desk; more say no more.
	twinsShown = 5
)

// twins are an applicant's live matters for one item and situation.
func (s *Service) twins(ctx context.Context, applicant, item, situation string) ([]string, error) {
	q := store.Query{Index: "live", Eq: []any{applicant}, Limit: liveAtOnce}
	page, err := s.matters.Find(ctx, q)
	if err == nil && page.Next != "" { // an agency: ask for this kind alone
		q.From, q.To = kind(item, situation), kind(item, situation)+"\x00"
		page, err = s.matters.Find(ctx, q)
	}
	if err != nil {
		return nil, fmt.Errorf("matter: looking for duplicates: %w", err)
	}
	var twins []string
	for _, m := range page.Items {
		if m.Item.Code == item && m.Situation.Code == situation && len(twins) < twinsShown {
			twins = append(twins, m.ID)
		}
	}
	return twins, nil
}

// twinsNow are the twins of a draft that is about to be handed in: others may have been since it was started.
func (s *Service) twinsNow(ctx context.Context, m *model.Matter) ([]string, error) {
	if m.State != model.MatterDraft {
		return nil, nil
	}
	return s.twins(ctx, m.Applicant, m.Item.Code, m.Situation.Code)
}

// sealDelivery checks an address and seals what names a person.
func (s *Service) sealDelivery(applicant string, method model.DeliveryMethod, a *Address) (model.MatterDelivery, error) {
	d := model.MatterDelivery{Method: method}
	if a == nil {
		return d, nil
	}
	phone, err := model.ParsePhone(a.Phone)
	if err != nil {
		return d, fault.From(err).Field("delivery.address.phone")
	}
	if _, err := s.Catalogue.Regions.Lookup("delivery.address.region", a.Region); err != nil {
		return d, err
	}
	full := s.Catalogue.Regions.FullName(a.Region)
	d.Address = &model.SealedAddress{Region: a.Region, Masked: model.MaskAddress(full)}
	for _, x := range []struct {
		to    *model.Sealed
		field string
		plain string
	}{{&d.Address.Name, "name", a.Name}, {&d.Address.Phone, "phone", string(phone)}, {&d.Address.Detail, "detail", a.Detail}} {
		if *x.to, err = s.Keeper.SealFor(applicant, addressPlace(applicant, x.field), x.plain); err != nil {
			return d, fmt.Errorf("matter: sealing an address: %w", err)
		}
	}
	return d, nil
}

func addressPlace(applicant, field string) string { return "address:" + applicant + ":" + field }

// ChangeDelivery changes how the applicant wants the result, until it is on its way.
func (s *Service) ChangeDelivery(ctx context.Context, who model.Actor, no string, method model.DeliveryMethod, a *Address) (*model.Matter, error) {
	d, err := s.sealDelivery(who.ID, method, a)
	if err != nil {
		return nil, err
	}
	return s.Act(ctx, no, model.Step{Event: model.EvChangeDelivery, Actor: who, Facts: model.Facts{Delivery: &d}})
}
