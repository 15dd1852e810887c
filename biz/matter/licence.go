package matter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kuacheng/biz/licence"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// MyLicences lists a person's electronic licences. Faults: identity_required, licence_unavailable.
func (s *Service) MyLicences(ctx context.Context, who model.Actor) ([]licence.Line, error) {
	if s.Licences == nil {
		return nil, fault.New("licence_unavailable")
	}
	h, err := s.Holder(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	today := string(s.Today()) // once a day, however often the list is looked at
	if err := s.Ask(ctx, who, who.ID, "", "", "查询本人电子证照", "licences:"+who.ID+":"+today); err != nil {
		return nil, err
	}
	return s.Licences.List(ctx, h)
}

// PutLicence lets an electronic licence stand for a material. It is fetched for this matter, on the applicant's
// own word, and checked; reference and digest are kept.
func (s *Service) PutLicence(ctx context.Context, who model.Actor, number, code, id string) (*model.Matter, error) {
	m, err := s.substitutable(ctx, who, number, code)
	if err != nil {
		return nil, err
	}
	h, err := s.Holder(ctx, m.Applicant)
	if err != nil {
		return nil, err
	}
	if err := s.Ask(ctx, who, m.Applicant, m.ID, "", "引用电子证照，免交"+materialName(m, code), strings.Join([]string{"licence", m.ID, code, id, string(s.Today())}, ":")); err != nil {
		return nil, err
	}
	ref, err := s.Licences.Fetch(ctx, h, id, m.ID)
	if err != nil {
		return nil, err
	}
	return s.Act(ctx, m.ID, model.Step{Event: model.EvPutMaterial, Actor: who, Facts: model.Facts{Material: code, Licence: ref}})
}

// AskSharing lets the register be asked that knows what a material proves. The answer comes as a task's result;
// until then, and if the register is down, the person may upload instead.
func (s *Service) AskSharing(ctx context.Context, who model.Actor, number, code string) (*model.Matter, error) {
	m, err := s.substitutable(ctx, who, number, code)
	if err != nil {
		return nil, err
	}
	return s.Act(ctx, m.ID, model.Step{Event: model.EvPutMaterial, Actor: who, Facts: model.Facts{Material: code, Share: true}})
}

// substitutable refuses before anybody outside is asked.
func (s *Service) substitutable(ctx context.Context, who model.Actor, number, code string) (*model.Matter, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	switch {
	case s.Licences == nil:
		return nil, fault.New("licence_unavailable")
	case who.Role != model.RoleApplicant:
		return nil, fault.New("licence_consent_required")
	case !slices.ContainsFunc(m.Materials, func(mm model.MatterMaterial) bool { return mm.Code == code }):
		return nil, fault.New("material_unknown").Field("code")
	case !m.Allowed(model.EvPutMaterial, who):
		return s.Act(ctx, m.ID, model.Step{Event: model.EvPutMaterial, Actor: who, Facts: model.Facts{Material: code}})
	}
	return m, s.consented(ctx, who.ID)
}

// consented refuses to ask others about a person who has taken that consent back. Asking for it is the consent of who has not.
func (s *Service) consented(ctx context.Context, applicant string) error {
	if s.Consents == nil {
		return nil
	}
	refused, err := s.Consents.Refused(ctx, applicant, "licence_fetch")
	if err == nil && refused {
		return fault.New("licence_consent_required").Say("您已撤回引用电子证照的同意，可在“授权管理”中重新同意")
	}
	return err
}

// Holder opens who somebody is, for a service that has to know.
func (s *Service) Holder(ctx context.Context, applicant string) (h licence.Holder, err error) {
	a, err := s.Accounts.Get(ctx, applicant)
	if err != nil {
		return h, fmt.Errorf("matter: reading applicant: %w", err)
	}
	if !a.Verified() {
		return h, fault.New("identity_required")
	}
	h.IDType = string(a.Person.IDType)
	if h.Name, err = s.Accounts.Reveal(a, "name"); err == nil {
		h.IDNumber, err = s.Accounts.Reveal(a, "id_number")
	}
	return h, err
}

// Share asks the register, and is the handler of the outbox event. A register that is down is told at once: the
// person is waiting, may upload, and may ask again.
func (s *Service) Share(ctx context.Context, no string, e model.Event) error {
	m, err := s.load(ctx, no)
	if err != nil {
		return err
	}
	code := e.Ref["material"]
	i := slices.IndexFunc(m.Materials, func(mm model.MatterMaterial) bool { return mm.Code == code })
	if i < 0 || m.Materials[i].State != model.MaterialChecking {
		return nil
	}
	fact, err := s.ask(ctx, m, m.Materials[i], e.ID)
	if err != nil {
		return err
	}
	_, err = s.matters.Update(ctx, no, func(m *model.Matter) error {
		if err := m.Shared(code, fact, s.env()); errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		} else if err != nil {
			return err
		}
		return nil
	})
	return err
}

func (s *Service) ask(ctx context.Context, m *model.Matter, mm model.MatterMaterial, id string) (model.SharedFact, error) {
	source := mm.Source
	fact := model.SharedFact{Source: source, Result: "unavailable", At: s.now()}
	if s.Licences == nil {
		return fact, nil
	}
	h, err := s.Holder(ctx, m.Applicant)
	if err != nil {
		return fact, err
	}
	if err := s.Ask(ctx, model.System, m.Applicant, m.ID, source, "核验信息，免交"+mm.Name, id); err != nil {
		return fact, err
	}
	found, err := s.Licences.Check(ctx, h, source, m.ID)
	switch {
	case err != nil:
		s.Log.WarnContext(ctx, "a register cannot be asked", "matter", m.ID, "source", source, "error", err)
	case found.Found:
		fact.Result, fact.Serial = "found", found.Serial
	default:
		fact.Result = "not_found"
	}
	return fact, nil
}

func materialName(m *model.Matter, code string) string {
	for _, mm := range m.Materials {
		if mm.Code == code {
			return mm.Name
		}
	}
	return code
}
