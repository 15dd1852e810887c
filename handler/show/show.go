// Package show turns documents into what callers see of them: masked, in +08:00, with the names of what is
// coded. It decides nothing and reads nothing but the documents it is given and the catalogue.
package show

import (
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/api/view"
	"kuacheng/model/bureau"
)

// Shower shows documents.
type Shower struct {
	Catalogue *catalogue.Catalogue
	QR        *token.QRSigner
	Public    string // what links begin with
	Now       func() time.Time
}

// Time writes a moment as RFC 3339 in +08:00; "" for none.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(model.Beijing).Truncate(time.Second).Format(time.RFC3339)
}

// When is Time for a moment that may be missing.
func When(t *time.Time) string {
	if t == nil {
		return ""
	}
	return Time(*t)
}

// org shows an organisation; nil for none.
func (s *Shower) org(id string) *view.Org {
	if id == "" {
		return nil
	}
	o, ok := s.Catalogue.Orgs().Get(id)
	if !ok {
		return &view.Org{ID: id, Name: id}
	}
	return &view.Org{ID: o.ID, Name: o.Name, Region: o.Region}
}

// Org shows an organisation.
func (s *Shower) Org(id string) *view.Org { return s.org(id) }

// Person shows who somebody is, masked.
func Person(a *model.Applicant) *view.Person {
	if a == nil {
		return nil
	}
	return &view.Person{
		ID: a.ID, Name: a.Person.NameMask, IDType: string(a.Person.IDType), IDNumber: a.Person.IDMask,
		Phone: a.Person.PhoneMask, IdentityLevel: int32(a.IdentityLevel),
	}
}

// qr shows a code.
func (s *Shower) qr(q token.QR, png string) *view.QR {
	t := s.QR.Make(q)
	return &view.QR{Token: t, URL: s.Public + "/q/" + t, PngURL: s.Public + png, ExpiresAt: Time(q.Expires)}
}

// Problem shows a problem ticket; whoever raised it is on none of its views.
func (s *Shower) Problem(p *bureau.Problem) *view.Problem {
	v := &view.Problem{
		ID: p.ID, Source: p.Source, SourceName: bureau.SourceName(p.Source), Title: p.Title, Text: p.Text, MatterNo: p.Matter,
		State: string(p.State), StateName: p.State.Name(), Unit: s.org(p.Unit), Urgent: p.Urgent, OpenedAt: Time(p.Opened), DueOn: string(p.Due),
		ContactBy: string(p.ContactBy), ContactedAt: When(p.Contacted), Late: int32(p.Late), Steps: make([]*view.ProblemStep, 0, len(p.Steps)),
	}
	for _, x := range p.Steps {
		v.Steps = append(v.Steps, &view.ProblemStep{At: Time(x.At), What: x.What, Org: s.org(x.Org), Text: x.Text})
	}
	return v
}

// Problems shows a page of tickets.
func (s *Shower) Problems(items []*bureau.Problem, next string) *view.ProblemPage {
	v := &view.ProblemPage{Items: make([]*view.Problem, 0, len(items)), NextCursor: next}
	for _, p := range items {
		v.Items = append(v.Items, s.Problem(p))
	}
	return v
}
