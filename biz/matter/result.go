package matter

import (
	"context"
	"fmt"

	"kuacheng/biz/letter"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// PutResult keeps the department's own result document, a PDF, until the result has been sent.
func (s *Service) PutResult(ctx context.Context, who model.Actor, number string, content []byte) (*model.Matter, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	kind, err := sniff(content, model.MatterMaterial{Formats: []string{"pdf"}})
	if err != nil {
		return nil, err
	}
	f, err := s.keep(ctx, m.Applicant, "result/"+m.ID, kind, content)
	if err != nil {
		return nil, err
	}
	return s.matters.Update(ctx, m.ID, func(m *model.Matter) error { return m.AttachResult(who, *f, s.now()) })
}

// Result gives the result document: to staff from the decision on, to the applicant once it has been served
// or is on its way.
func (s *Service) Result(ctx context.Context, who model.Actor, number string) (*model.MatterFile, []byte, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, nil, err
	}
	if !m.ResultFor(who) {
		return nil, nil, fault.New("result_missing")
	}
	f, err := s.ensureResult(ctx, m)
	if err != nil {
		return nil, nil, err
	}
	content, err := s.read(ctx, f)
	return f, content, err
}

// ensureResult gives the department's document, or renders the decision letter once and keeps it.
func (s *Service) ensureResult(ctx context.Context, m *model.Matter) (*model.MatterFile, error) {
	if m.Result != nil {
		return m.Result, nil
	}
	if m.Decision == nil {
		return nil, fault.New("result_missing")
	}
	l, err := s.decisionLetter(ctx, m)
	if err != nil {
		return nil, err
	}
	content, err := letter.Render(l)
	if err != nil {
		return nil, err
	}
	f, err := s.keep(ctx, m.Applicant, "result/"+m.ID, "application/pdf", content)
	if err != nil {
		return nil, err
	}
	after, err := s.matters.Update(ctx, m.ID, func(m *model.Matter) error {
		if m.Result == nil { // another request may have rendered it meanwhile
			m.Result = f
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("matter: keeping the decision letter: %w", err)
	}
	return after.Result, nil
}

// decisionLetter says in the organisation's words what was decided (行政许可法 第38条: a denial states its
// reasons and the remedies).
func (s *Service) decisionLetter(ctx context.Context, m *model.Matter) (letter.Letter, error) {
	a, err := s.Accounts.Get(ctx, m.Applicant)
	if err != nil {
		return letter.Letter{}, fmt.Errorf("matter: reading applicant: %w", err)
	}
	name, err := s.Accounts.Reveal(a, "name")
	if err != nil {
		return letter.Letter{}, err
	}
	d := m.Decision
	l := letter.Letter{
		Title:     "准予办理决定书",
		Number:    model.PrettyMatterNo(m.ID),
		Addressee: name,
		Signed:    s.orgName(d.Org),
		On:        model.DateOf(d.At),
		Remedies:  d.Remedies,
		Verify:    s.TrackLink(m),
		Facts: [][2]string{
			{"事项", m.Item.Name}, {"情形", m.Situation.Name}, {"办理结果", m.Item.ResultName}, {"收件单位", s.orgName(m.ROrg)},
			{"承办单位", s.orgName(m.HOrg)}, {"说明", d.Note},
		},
	}
	accepted := ""
	if m.Times.Accepted != nil {
		accepted = "于" + letter.ChineseDate(model.DateOf(*m.Times.Accepted)) + "受理，"
	}
	about := fmt.Sprintf("您申请的“%s”（%s），我单位%s经审查，", m.Item.Name, m.Situation.Name, accepted)
	if d.Outcome == model.Granted {
		l.Body = []string{about + "符合规定条件，决定准予办理。"}
		return l, nil
	}
	l.Title = "不予办理决定书"
	l.Body = []string{about + "决定不予办理。", "理由：" + d.Reason + "。", "依据：" + d.Law + "。"}
	return l, nil
}

func (s *Service) orgName(id string) string {
	if o, ok := s.Catalogue.Orgs().Get(id); ok {
		return o.Name
	}
	return id
}
