package show

import (
	"time"

	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/api/view"
)

// About is what belongs to a matter's view and stands in other documents; nil and empty fields are left out.
type About struct {
	Parcels   []*model.Parcel
	Booking   *model.Booking
	Review    *model.Review
	Applicant *model.Applicant // staff only
	Credit    []string         // staff only: what holds of the applicant
}

// trackingLife is how long a tracking code can be scanned after it was drawn: longer than any matter lasts.
const trackingLife = 2 * 365 * 24 * time.Hour

// Tracking is the tracking code of a matter. Its expiry hangs on the day of opening, so that the code printed
// on a letter stays the same.
func Tracking(m *model.Matter) token.QR {
	return token.QR{Kind: token.QRTracking, ID: model.MatterDigits(m.ID), Expires: model.DateOf(m.Times.Opened).Start().Add(trackingLife).UTC()}
}

// TrackLink is the link in a matter's tracking code.
func (s *Shower) TrackLink(m *model.Matter) string { return s.Public + "/q/" + s.QR.Make(Tracking(m)) }

// Matter shows a matter to one caller.
func (s *Shower) Matter(m *model.Matter, who model.Actor, about About) *view.Matter {
	now, cal := s.Now(), s.Catalogue.Calendar
	lamp := m.Lamp(now, cal)
	v := &view.Matter{
		No: m.ID, PrettyNo: model.PrettyMatterNo(m.ID), State: string(m.State), StateName: m.State.Name(),
		Item: s.matterItem(m), Situation: &view.Coded{Code: m.Situation.Code, Name: m.Situation.Name},
		Mode: string(m.Mode), ReceivingRegion: m.From, HandlingRegion: m.To,
		ReceivingOrg: s.org(m.ROrg), HandlingOrg: s.org(m.HOrg), OwedBy: s.org(m.OwedBy),
		Light: string(lamp.Light), Paused: lamp.Paused, CalendarProvisional: m.Provisional,
		Next: m.Next(who), Materials: s.materials(m), Lacking: lacking(m), PapersWith: string(m.PapersWith),
		Delivery: delivery(m.Delivery), Trail: s.trail(m, who), Parcels: s.Parcels(about.Parcels),
		ResultAvailable: m.ResultFor(who), PossibleDuplicate: m.Duplicates, Applicant: Person(about.Applicant), CreditHints: about.Credit,
		Qr:          s.qr(Tracking(m), "/api/v1/matters/"+m.ID+"/qr.png"),
		SubmittedAt: When(m.Times.Submitted), ReceivedAt: When(m.Times.Received), AcceptedAt: When(m.Times.Accepted),
		EndedAt: When(m.Times.Ended), CreatedAt: Time(m.Times.Opened), UpdatedAt: Time(m.Times.Changed),
	}
	if due, ok := m.DueAt(cal); ok {
		v.DueAt = Time(due)
	}
	if about.Booking != nil {
		v.Booking = s.Booking(about.Booking)
	}
	if about.Review != nil {
		v.Review = Review(about.Review)
	}
	s.outcome(m, v)
	if n := int32(m.TripsSaved()); n > 0 {
		km := 2 * n * int32(s.Catalogue.Regions.Km(m.From, m.To))
		v.TripsSaved, v.KmSaved = &n, &km
	}
	return v
}

// outcome shows what is asked, suspended, decided or refused.
func (s *Shower) outcome(m *model.Matter, v *view.Matter) {
	if a := m.Asked; a != nil {
		v.Asked = &view.Asked{Materials: []string{}, Note: a.Note, Until: Time(a.Until.End())}
		for _, x := range a.Materials {
			v.Asked.Materials = append(v.Asked.Materials, x.Code)
			if x.Paper {
				v.Asked.Paper = append(v.Asked.Paper, x.Code)
			}
		}
	}
	if p := m.Suspended; p != nil {
		v.Suspension = &view.Suspension{Kind: p.Kind, KindName: model.ProcedureName(p.Kind), Basis: p.Law, Days: int32(p.Days), Since: Time(p.At)}
	}
	if d := m.Decision; d != nil {
		v.Decision = &view.Decision{Outcome: d.Outcome, At: Time(d.At), Note: d.Note, Reason: d.Reason, Law: d.Law, Remedies: d.Remedies}
	}
	if e := m.Ending; e != nil {
		v.DeliveryOutcome = e.Outcome
		if m.State == model.MatterRefused {
			v.Refusal = &view.Refusal{
				Reason: e.Reason, ReasonName: model.ReasonName(e.Reason), Law: e.Law, Remedies: e.Remedies, Competent: e.Organ, At: When(m.Times.Ended),
			}
		}
	}
}

// MatterLine shows a matter as a line of a list.
func (s *Shower) MatterLine(m *model.Matter, who model.Actor, applicant *model.Applicant) *view.MatterLine {
	now, cal := s.Now(), s.Catalogue.Calendar
	lamp := m.Lamp(now, cal)
	v := &view.MatterLine{
		No: m.ID, PrettyNo: model.PrettyMatterNo(m.ID), State: string(m.State), StateName: m.State.Name(),
		Item: s.matterItem(m), Situation: &view.Coded{Code: m.Situation.Code, Name: m.Situation.Name},
		Mode: string(m.Mode), ReceivingRegion: m.From, HandlingRegion: m.To,
		ReceivingOrg: s.org(m.ROrg), HandlingOrg: s.org(m.HOrg), OwedBy: s.org(m.OwedBy),
		Light: string(lamp.Light), Paused: lamp.Paused, Next: m.Next(who), Applicant: Person(applicant),
		CreatedAt: Time(m.Times.Opened), UpdatedAt: Time(m.Times.Changed),
	}
	if due, ok := m.DueAt(cal); ok {
		v.DueAt = Time(due)
	}
	return v
}

func (s *Shower) matterItem(m *model.Matter) *view.MatterItem {
	return &view.MatterItem{
		Code: m.Item.Code, Version: int32(m.Item.Version), Name: m.Item.Name,
		Department: m.Item.Department, DepartmentName: s.Catalogue.DepartmentName(m.Item.Department),
	}
}

func (s *Shower) materials(m *model.Matter) []*view.Material {
	out := make([]*view.Material, 0, len(m.Materials))
	for i := range m.Materials {
		out = append(out, s.Material(m, &m.Materials[i]))
	}
	return out
}

// Material shows one line of a matter's materials.
func (s *Shower) Material(m *model.Matter, mm *model.MatterMaterial) *view.Material {
	v := &view.Material{
		Code: mm.Code, Name: mm.Name, Required: mm.Required, State: materialState(mm), Original: string(mm.Original),
		Asked: m.Asks(mm.Code), Note: mm.Note,
	}
	switch {
	case mm.File != nil:
		v.File = &view.File{Type: mm.File.Type, Size: mm.File.Size, Digest: mm.File.SHA256, Source: "applicant", At: Time(mm.File.At)}
	case mm.Licence != nil:
		v.File = &view.File{Licence: mm.Licence.Kind, Source: "licence", At: When(mm.PutAt)}
	case mm.Shared != nil && mm.State == model.MaterialShared:
		v.File = &view.File{Source: "sharing", At: Time(mm.Shared.At)}
	case mm.Shared != nil && mm.State == model.MaterialMissing && mm.Note == "":
		v.Note = sharedNote[mm.Shared.Result]
	}
	return v
}

// sharedNote tells a person what to do when a register has not helped.
var sharedNote = map[string]string{
	"not_found":   "数据共享未查到，请上传文件",
	"unavailable": "数据共享暂时查不到，请上传文件或稍后再试",
}

// materialState: what a clerk has taken on paper is received, whatever was uploaded before.
func materialState(mm *model.MatterMaterial) string {
	if mm.OnPaper && mm.State == model.MaterialVerified {
		return "received"
	}
	if mm.State == model.MaterialVerified {
		return "checked"
	}
	return string(mm.State)
}

func lacking(m *model.Matter) []*view.Lacking {
	out := []*view.Lacking{}
	for _, l := range m.Lacking {
		name := l.Code
		for _, mm := range m.Materials {
			if mm.Code == l.Code {
				name = mm.Name
			}
		}
		out = append(out, &view.Lacking{Code: l.Code, Name: name, Until: string(l.Until)})
	}
	return out
}

// delivery shows where a result goes without saying to whom.
func delivery(d model.MatterDelivery) *view.Delivery {
	v := &view.Delivery{Method: string(d.Method)}
	if d.Address != nil {
		v.Address = &view.Address{Name: "*", Phone: "****", Region: d.Address.Region, Detail: d.Address.Masked}
	}
	return v
}

// trail shows what happened. Who did it and the hashes are for staff; the applicant sees organisations and roles.
func (s *Shower) trail(m *model.Matter, who model.Actor) []*view.TrailEntry {
	staff := who.Org != ""
	out := make([]*view.TrailEntry, 0, len(m.Trail))
	for i := range m.Trail {
		e := &m.Trail[i]
		if !staff && model.MatterEvent(e.Event).Name() == "" {
			continue // unmaskings and remarks are not the applicant's to read here
		}
		out = append(out, s.trailEntry(e, staff))
	}
	return out
}

func (s *Shower) trailEntry(e *model.TrailEntry, staff bool) *view.TrailEntry {
	v := &view.TrailEntry{
		Seq: int32(e.Seq), Event: e.Event, EventName: model.TrailName(e.Event), From: string(e.From), To: string(e.To),
		At: Time(e.At), Org: e.Org, Role: string(e.Role), Why: e.Why,
	}
	if o := s.org(e.Org); o != nil {
		v.OrgName = o.Name
	}
	if staff {
		v.By, v.Hash = e.By, e.Hash
	}
	return v
}

// Trail shows a matter's whole trail to staff.
func (s *Shower) Trail(m *model.Matter) []*view.TrailEntry {
	out := make([]*view.TrailEntry, 0, len(m.Trail))
	for i := range m.Trail {
		out = append(out, s.trailEntry(&m.Trail[i], true))
	}
	return out
}

// Review shows a review, its comment without what may be a person's number.
func Review(r *model.Review) *view.Review {
	tags := r.Rating.Tags
	if tags == nil {
		tags = []string{}
	}
	v := &view.Review{Stars: int32(r.Rating.Stars), Tags: tags, Comment: r.Rating.Text, At: Time(r.Rating.At)}
	if r.Check != nil {
		v.CommentCheck = r.Check.State
	}
	v.Answer = r.Answer
	if r.Second != nil {
		n := int32(r.Second.Stars)
		v.SecondStars = &n
	}
	return v
}

// ReviewPicture is a picture of a review as its author sees it.
func ReviewPicture(p *model.ReviewPicture) *view.ReviewPicture {
	return &view.ReviewPicture{N: int32(p.N), Type: p.File.Type, Size: p.File.Size, Check: p.Check.State, At: Time(p.File.At)}
}
