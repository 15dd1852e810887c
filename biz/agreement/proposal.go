package agreement

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
)

// Propose puts a change of the catalogue before its owner. in holds kind, item, name, text and minor, and for a new item the owner
// department; city is the other side, which will have to consent.
func (s *Service) Propose(ctx context.Context, who model.Actor, in accord.Proposal, city string, request once.Request,
	render func(*accord.Proposal) ([]byte, error)) ([]byte, error) {
	if it, ok := s.Catalogue.Item(in.Item); ok {
		in.Owner = model.OrgID(s.home(), it.Department)
		in.Name = it.Name
	} else if in.Item != "" {
		return nil, fault.New("validation_failed").Field("item_code").Say("没有这个事项")
	}
	owner, ok := s.Catalogue.Orgs().Get(in.Owner)
	if !ok || !owner.Does(model.OrgDecides) {
		return nil, fault.New("validation_failed").Field("owner").Say("请指明主管部门")
	}
	partner, ok := s.Catalogue.Orgs().Receiver(city)
	if !ok || s.Catalogue.Regions.City(partner.Region) == s.home() {
		return nil, fault.New("validation_failed").Field("city").Say("请指明对方城市")
	}
	in.Partner, in.Name, in.Text = partner.ID, model.ScrubNumbers(in.Name), model.ScrubNumbers(in.Text)
	now := s.Clock.Now()
	p, err := accord.NewProposal(request.ID("pr"), in, who, now, s.Catalogue.Calendar)
	if err != nil {
		return nil, err
	}
	return once.Insert(ctx, s.proposals, request, p, now, render)
}

// Proposal gives a proposal to those whom it concerns.
func (s *Service) Proposal(ctx context.Context, who model.Actor, id string) (*accord.Proposal, error) {
	p, err := s.proposals.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.concerns(p, who) {
		return nil, fault.New("not_found").Say("未找到该提议")
	}
	if err != nil {
		return nil, fmt.Errorf("agreement: reading a proposal: %w", err)
	}
	return p, nil
}

func (s *Service) concerns(p *accord.Proposal, who model.Actor) bool {
	bureau := (who.Role == model.RoleSupervisor || who.Role == model.RoleAdmin) && who.Region == s.home()
	return bureau || who.Org != "" && (who.Org == p.Org || who.Org == p.Owner || who.Org == p.Partner)
}

// ListProposals lists all for the bureau, in one state or in any, the latest first.
func (s *Service) ListProposals(ctx context.Context, who model.Actor, state string, limit int, cursor string) (store.Page[accord.Proposal], error) {
	if who.Region != s.home() {
		return s.ProposalsOf(ctx, who.Org, "org", limit, cursor)
	}
	q := store.Query{Index: "home", Eq: []any{"home"}, Desc: true, Limit: limit, Cursor: cursor}
	if state != "" {
		q.Index, q.Eq = "state", []any{state}
	}
	return s.findProposals(ctx, q)
}

// ProposalsOf lists those that an organisation made (as "org"), decides ("owner") or consents to ("partner"), the latest first.
func (s *Service) ProposalsOf(ctx context.Context, org, as string, limit int, cursor string) (store.Page[accord.Proposal], error) {
	return s.findProposals(ctx, store.Query{Index: as, Eq: []any{org}, Desc: true, Limit: limit, Cursor: cursor})
}

func (s *Service) findProposals(ctx context.Context, q store.Query) (store.Page[accord.Proposal], error) {
	page, err := s.proposals.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("agreement: listing proposals: %w", err)
	}
	return page, nil
}

func (s *Service) changeProposal(ctx context.Context, who model.Actor, id string, do func(*accord.Proposal) error) (*accord.Proposal, error) {
	if _, err := s.Proposal(ctx, who, id); err != nil {
		return nil, err
	}
	return s.proposals.Update(ctx, id, func(p *accord.Proposal) error {
		once.Forget(&p.Head, s.Clock.Now())
		return do(p)
	})
}

// Decide is the owner department's answer.
func (s *Service) Decide(ctx context.Context, who model.Actor, id string, yes bool, note string) (*accord.Proposal, error) {
	return s.changeProposal(ctx, who, id, func(p *accord.Proposal) error {
		return p.Decide(who, yes, model.ScrubNumbers(note), s.Clock.Now(), s.Catalogue.Calendar)
	})
}

// Consent is the other city's answer.
func (s *Service) Consent(ctx context.Context, who model.Actor, id string, yes bool, note string) (*accord.Proposal, error) {
	return s.changeProposal(ctx, who, id, func(p *accord.Proposal) error {
		return p.Consent(who, yes, model.ScrubNumbers(note), s.Clock.Now())
	})
}

// Published notes the version of the catalogue in which a proposal came true. Only one that both sides agreed to can.
func (s *Service) Published(ctx context.Context, who model.Actor, id string, version int) (*accord.Proposal, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	return s.changeProposal(ctx, who, id, func(p *accord.Proposal) error { return p.Publish(who, version, s.Clock.Now()) })
}

// Moved tells whoever has to answer next: the outbox.Handler of accord.KindProposal.
func (s *Service) Moved(ctx context.Context, id string, e model.Event) error {
	p, err := s.proposals.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("agreement: reading a proposal: %w", err)
	}
	ref := model.NoticeRef{Kind: "proposal", ID: p.ID}
	ask := func(org string) error {
		vars := map[string]string{"item": p.Name}
		if p.Due != "" {
			vars["due"] = model.NoticeDate(p.Due)
		}
		return s.tell(ctx, e, org, "staff_catalogue_consent", ref, vars)
	}
	settled := func(what string, orgs ...string) error {
		for _, org := range orgs {
			if err := s.tell(ctx, e, org, "staff_proposal_settled", ref, map[string]string{"item": p.Name, "what": what}); err != nil {
				return err
			}
		}
		return nil
	}
	switch e.Ref["what"] {
	case "proposed":
		return ask(p.Owner)
	case "agreed":
		return ask(p.Partner)
	case "consented":
		return settled("双方已同意，待发布", s.Bureau(s.home()), p.Org)
	case "declined":
		return settled("主管部门不同意", p.Org)
	case "refused":
		return settled("对方城市不同意", p.Org, p.Owner)
	case "published":
		return settled("已发布", p.Org, p.Owner, p.Partner)
	}
	return nil
}
