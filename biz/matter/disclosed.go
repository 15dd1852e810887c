package matter

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"kuacheng/model"
	"kuacheng/model/trust"
)

// disclose writes into the applicant's log what of theirs goes outside the house; what cannot be written down is not given.
func (s *Service) disclose(ctx context.Context, a trust.Access) error {
	if s.Accesses == nil {
		return nil
	}
	a.Kind = trust.Disclosed
	return s.Accesses.Disclosed(ctx, a)
}

// entryOf is the trail entry of an event; nil when the event names none.
func entryOf(m *model.Matter, e model.Event) *model.TrailEntry {
	n, err := strconv.Atoi(e.Ref["seq"])
	if err != nil || n < 1 || n > len(m.Trail) {
		return nil
	}
	return &m.Trail[n-1]
}

// handed notes what a courier was given with a parcel to the applicant: what stands on its label (个人信息保护法 第二十三条), and the end of
// the phone number where an aggregator asks the company with it. The label of a parcel to an organisation or a hall names nobody.
func (s *Service) handed(ctx context.Context, m *model.Matter, e model.Event) error {
	entry := entryOf(m, e)
	switch model.MatterEvent(e.Ref["event"]) {
	case model.EvDispatchMail, model.EvReturnPapers:
	default:
		return nil
	}
	if entry == nil || entry.Data["waybill"] == "" || entry.Data["hall"] != "" || m.Delivery.Address == nil {
		return nil
	}
	carrier := model.Carrier(entry.Data["carrier"])
	company := cmp.Or(carrier.Company(), model.CompanyOf(entry.Data["waybill"]))
	a := trust.Access{
		ID: e.ID, At: e.At, Viewer: entry.By, Role: entry.Role, Org: entry.Org, Region: entry.Region, Subject: m.Applicant, Matter: m.ID,
		ToKind: trust.ToCourier, To: cmp.Or(model.CompanyName(company), model.CarrierName(carrier)), Field: "name,phone,address", Why: "寄送办理结果",
	}
	if model.MatterEvent(e.Ref["event"]) == model.EvReturnPapers {
		a.Why = "退还纸质材料"
	}
	if err := s.disclose(ctx, a); err != nil {
		return err
	}
	if carrier.Company() != "" || !model.WantsPhone(company) {
		return nil
	}
	a.ID, a.To, a.Field, a.Why = e.ID+"/tail", cmp.Or(aggregators[carrier], model.CarrierName(carrier)), "phone_tail", "查询物流轨迹"
	return s.disclose(ctx, a)
}

// aggregators ask couriers on this city's behalf.
var aggregators = map[model.Carrier]string{model.CarrierKuaidi100: "快递100", model.CarrierKdniao: "快递鸟"}

// met tells of an applicant whose card or face was read at a window.
func (s *Service) met(ctx context.Context, m *model.Matter, e model.Event) error {
	entry := entryOf(m, e)
	if s.Met == nil || entry == nil || entry.Door != model.DoorCounter || entry.Data["identity"] != "id_card" && entry.Data["identity"] != "face" {
		return nil
	}
	switch model.MatterEvent(e.Ref["event"]) {
	case model.EvReceive, model.EvReceiveMore:
		for _, r := range m.Receipts {
			if r.At.Equal(entry.At) && r.ByAgent {
				return nil
			}
		}
		return s.Met(ctx, m.Applicant)
	}
	return nil
}

// given are the data that an event to another city's system carries.
func given(m *model.Matter, what string) []string {
	fields := []string{"materials"}
	switch what {
	case model.PeerFiled:
		fields = []string{"name", "id_number", "phone", "materials"}
	case model.PeerDeliveryChanged:
		fields = nil
	}
	if m.Delivery.Address != nil && what != model.PeerSupplementSupplied && what != model.PeerMaterialsAdded {
		fields = append(fields, "address")
	}
	return fields
}

// Disclosed writes into the applicant's log what another city's system was given: the outbox.Handler of trust.KindDisclosed.
func (s *Service) Disclosed(ctx context.Context, no string, e model.Event) error {
	m, err := s.load(ctx, no)
	if err != nil {
		return err
	}
	fields := given(m, e.Ref["what"])
	if len(fields) == 0 {
		return nil
	}
	city := s.Catalogue.Regions.Name(e.Ref["to"])
	return s.disclose(ctx, trust.Access{
		ID: e.ID, At: e.At, Role: model.RoleSystem, Region: m.To, Subject: m.Applicant, Matter: m.ID, ToKind: trust.ToPeer, To: city + "政务服务系统",
		Field: strings.Join(fields, ","), Why: "办理地受理、审查所需",
	})
}

// Ask notes that the licence store, or a register, is asked about a person: name and number go there. id tells one question from another.
func (s *Service) Ask(ctx context.Context, who model.Actor, applicant, matter, register, why, id string) error {
	a := trust.Access{
		ID: id, At: s.now(), Viewer: who.ID, Role: who.Role, Org: who.Org, Region: who.Region, Subject: applicant, Matter: matter,
		ToKind: trust.ToRegister, To: register, Field: "name,id_number", Why: why,
	}
	if register == "" {
		a.ToKind, a.To = trust.ToLicence, "省电子证照库"
	}
	return s.disclose(ctx, a)
}
