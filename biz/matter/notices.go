package matter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"kuacheng/model"
)

// tell gives the notices of one event: the applicant's, as the table of transitions lists them, and those of
// the organisation whose turn it now is.
func (s *Service) tell(ctx context.Context, m *model.Matter, e model.Event) error {
	seq, err := strconv.Atoi(e.Ref["seq"])
	if err != nil || seq < 1 || seq > len(m.Trail) {
		return fmt.Errorf("matter: event %s names no entry of the trail", e.ID)
	}
	entry := m.Trail[seq-1]
	row, _ := model.TransitionOf(model.MatterEvent(entry.Event), entry.From)
	for _, key := range row.Notices {
		if err := s.tellKey(ctx, m, entry, e, key); err != nil {
			return err
		}
	}
	return s.tellStaff(ctx, m, entry, e)
}

// Remind gives a notice that time brings about and no transition; the last of them is the silence that is
// recorded as a review.
func (s *Service) Remind(ctx context.Context, no string, e model.Event) error {
	m, err := s.matters.Get(ctx, no)
	if err != nil {
		return fmt.Errorf("matter: reading %s: %w", no, err)
	}
	if m.ReceivedByPeer() && !strings.HasPrefix(e.Ref["notice"], "staff_") {
		return nil // the receiving city tells and asks its own
	}
	if e.Ref["notice"] == model.ReviewDefault {
		return s.recordSilence(ctx, m)
	}
	return s.tellKey(ctx, m, model.TrailEntry{At: e.At, From: m.State, To: m.State}, e, e.Ref["notice"])
}

func (s *Service) tellKey(ctx context.Context, m *model.Matter, entry model.TrailEntry, e model.Event, key string) error {
	d := model.NoticeDraft{
		Event: e.ID, To: model.ToApplicant, Key: key, Ref: model.NoticeRef{Kind: "matter", ID: m.ID}, At: e.At,
		Vars: s.vars(m, entry),
	}
	to := owners(m)
	if strings.HasPrefix(key, "staff_") {
		d.To, to = model.ToStaff, []string{m.HOrg}
	}
	if m.ReceivedByPeer() && d.To == model.ToApplicant {
		return nil // the receiving city tells its own
	}
	for _, recipient := range to {
		d.Recipient = recipient
		_, err := s.Notices.Give(ctx, d)
		if entry.To != m.State && errors.Is(err, model.ErrNoticeIncomplete) {
			return nil // what it was to say is over
		}
		if err != nil {
			return fmt.Errorf("matter: telling %s of %s: %w", key, m.ID, err)
		}
	}
	return nil
}

// tellStaff tells an organisation that a matter has come to it. One that has gone on meanwhile needs nobody, and the
// receiving side of a matter that another city received is told there.
func (s *Service) tellStaff(ctx context.Context, m *model.Matter, entry model.TrailEntry, e model.Event) error {
	key, org := "", m.HOrg
	switch {
	case entry.From == entry.To:
	case entry.To == model.MatterAwaitingAcceptance:
		key = "staff_new_matter"
	case entry.To == model.MatterReceived:
		key, org = "staff_forward_due", m.ROrg
	case entry.To.Ended() && m.PapersOwed:
		key, org = "staff_papers_owed", m.OwedBy
	}
	if key == "" || org == "" || entry.To != m.State || m.ReceivedByPeer() && org == m.ROrg {
		return nil
	}
	_, err := s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: org, To: model.ToStaff, Key: key, Ref: model.NoticeRef{Kind: "matter", ID: m.ID}, At: e.At,
		Vars: s.vars(m, entry),
	})
	return err
}

// vars is everything that a notice about a matter may name. Nothing here names a person.
func (s *Service) vars(m *model.Matter, entry model.TrailEntry) map[string]string {
	at := model.NoticeTime(entry.At)
	v := map[string]string{
		"item": m.Item.Short, "matter_no": m.ID, "at": at, "parcel_id": entry.Data["parcel"],
		"receiving_org": s.orgName(m.ROrg), "handling_org": s.orgName(m.HOrg),
		"received_at": at, "forwarded_at": at, "decided_at": at, "dispatched_at": at, "delivered_at": at, "closed_at": at,
		"result": m.Item.ResultName, "outcome": outcome(m, entry),
		"reason": reason(m, entry), "days": entry.Data["days"],
	}
	if v["item"] == "" {
		v["item"] = m.Item.Name
	}
	if m.Times.Accepted != nil {
		v["accepted_at"] = model.NoticeTime(*m.Times.Accepted)
	}
	if by, ok := m.PromisedBy(s.Catalogue.Calendar); ok { // said also of a matter that has been decided meanwhile
		v["due_on"] = model.NoticeDate(by)
	}
	if due, ok := m.DueAt(s.Catalogue.Calendar); ok {
		v["due_on"], v["due"], v["until"] = model.NoticeDate(model.DateOf(due)), model.NoticeTime(due), model.NoticeDate(model.DateOf(due))
	}
	s.askVars(m, v)
	if entry.Event == string(model.EvTurnBack) {
		turnedBack(m, entry, v)
	}
	s.parcelVars(m, entry, v)
	if m.Pickup != nil {
		v["hall"] = m.Pickup.Hall.Name
		v["until"] = model.NoticeDate(model.DateOf(m.Pickup.Since).Add(pickupDays))
	}
	if m.Suspended != nil {
		v["procedure"] = model.ProcedureName(m.Suspended.Kind)
	}
	if m.PapersOwed {
		v["holder"] = s.orgName(m.OwedBy)
	}
	if m.State == model.MatterDraft {
		v["until"] = model.NoticeDate(model.DateOf(m.Times.Changed).Add(draftDays))
	}
	for k, x := range v {
		if x == "" {
			delete(v, k)
		}
	}
	return v
}

// How long a draft and a result at a hall are kept, in calendar days; the model's rules, here only to be named.
const (
	draftDays  = 30
	pickupDays = 180
)

// askVars names what the applicant is asked for.
func (s *Service) askVars(m *model.Matter, v map[string]string) {
	if m.Asked == nil {
		return
	}
	var names []string
	for _, a := range m.Asked.Materials {
		for _, mm := range m.Materials {
			if mm.Code == a.Code {
				names = append(names, mm.Name)
			}
		}
	}
	v["materials"], v["note"] = strings.Join(names, "、"), m.Asked.Note
	v["until"] = model.NoticeDate(m.Asked.Until)
}

// turnedBack names what the window found wanting; a person who was not matched has to bring their own card.
func turnedBack(m *model.Matter, entry model.TrailEntry, v map[string]string) {
	var names, notes []string
	for _, mm := range m.Materials {
		if mm.Note != "" {
			names, notes = append(names, mm.Name), append(notes, mm.Note)
		}
	}
	v["materials"] = cmp.Or(strings.Join(names, "、"), "本人有效身份证件及窗口告知的材料")
	v["note"] = cmp.Or(entry.Why, strings.Join(notes, "；"), "请按窗口告知的要求补齐")
}

// parcelVars names the parcel that an event speaks of, or the latest one.
func (s *Service) parcelVars(m *model.Matter, entry model.TrailEntry, v map[string]string) {
	for _, p := range m.Parcels {
		if p.ID == entry.Data["parcel"] || entry.Data["parcel"] == "" {
			v["waybill"], v["carrier"] = p.Waybill, model.CarrierName(model.Carrier(p.Carrier))
		}
	}
}

func outcome(m *model.Matter, entry model.TrailEntry) string {
	switch {
	case entry.To == model.MatterLapsed:
		return "申请已失效，可重新申请"
	case entry.From == model.MatterAwaitingSupplement:
		return "将按现有材料继续审查"
	case m.Decision != nil && m.Decision.Outcome == model.Granted:
		return "准予办理"
	case m.Decision != nil:
		return "不予办理"
	}
	return ""
}

func reason(m *model.Matter, entry model.TrailEntry) string {
	switch {
	case entry.Why != "":
		return entry.Why
	case m.Ending != nil && m.Ending.Reason != "":
		return model.ReasonName(m.Ending.Reason)
	case entry.Event == string(model.EvFailDelivery):
		return "快递未能投递或已退回" // what the courier said stands on the parcel
	}
	return ""
}

// Owners says who is told about a matter and how it is called, for notices about its parcels.
func (s *Service) Owners(ctx context.Context, no string) (owner []string, about map[string]string, err error) {
	m, err := s.matters.Get(ctx, no)
	if err != nil {
		return nil, nil, fmt.Errorf("matter: reading %s: %w", no, err)
	}
	if m.ReceivedByPeer() {
		return nil, s.vars(m, model.TrailEntry{At: s.now()}), nil
	}
	return owners(m), s.vars(m, model.TrailEntry{At: s.now()}), nil
}

// lightKeys are what an organisation is told when a light changes to the worse.
var lightKeys = map[model.Light]string{
	model.LightYellow: "staff_light_yellow", model.LightRed: "staff_light_red", model.LightOverdue: "staff_overdue",
}

// Lit tells the organisation that owes the next step of a light that it ought to see.
func (s *Service) Lit(ctx context.Context, no string, e model.Event) error {
	m, err := s.matters.Get(ctx, no)
	if err != nil {
		return fmt.Errorf("matter: reading %s: %w", no, err)
	}
	key := lightKeys[model.Light(e.Ref["light"])]
	if key == "" || m.OwedBy == "" {
		return nil
	}
	vars := s.vars(m, model.TrailEntry{At: e.At, From: m.State, To: m.State})
	vars["count"] = "1"
	if vars["due"] == "" {
		return nil // the clock has stopped since
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: m.OwedBy, To: model.ToStaff, Key: key, Ref: model.NoticeRef{Kind: "matter", ID: m.ID}, At: e.At, Vars: vars,
	})
	return err
}
