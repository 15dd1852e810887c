// Package agreement keeps what two cities have agreed: the agreements under which they work together, and the proposals by which
// they change what they offer each other.
package agreement

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
)

// The collections.
const (
	Collection = "agreements"
	Proposals  = "proposals"
)

// Notices is what this package needs of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Config says what the service stands on.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Notices   Notices
	Bureau    func(region string) string // the organisation that supervises a region
}

// Service is agreements and proposals.
type Service struct {
	Config
	agreements *store.Collection[accord.Agreement]
	proposals  *store.Collection[accord.Proposal]
}

var spec = store.Spec[accord.Agreement]{
	Name: Collection,
	Fields: []store.Field[accord.Agreement]{
		{Name: "home", Of: func(*accord.Agreement) any { return "home" }},
		{Name: "city", Of: func(a *accord.Agreement) any { return a.City }},
	},
	Indexes: []store.Index{{Name: "home", Eq: []string{"home"}, Sort: "city"}, {Name: "city", Eq: []string{"city"}}},
}

var proposalSpec = store.Spec[accord.Proposal]{
	Name: Proposals,
	Fields: []store.Field[accord.Proposal]{
		{Name: "home", Of: func(*accord.Proposal) any { return "home" }},
		{Name: "state", Of: func(p *accord.Proposal) any { return string(p.State) }},
		{Name: "org", Of: func(p *accord.Proposal) any { return p.Org }},
		{Name: "owner", Of: func(p *accord.Proposal) any { return p.Owner }},
		{Name: "partner", Of: func(p *accord.Proposal) any { return p.Partner }},
		{Name: "at", Of: func(p *accord.Proposal) any { return p.Steps[0].At }},
	},
	Indexes: []store.Index{
		{Name: "home", Eq: []string{"home"}, Sort: "at"},
		{Name: "state", Eq: []string{"state"}, Sort: "at"},
		{Name: "org", Eq: []string{"org"}, Sort: "at"},
		{Name: "owner", Eq: []string{"owner"}, Sort: "at"},
		{Name: "partner", Eq: []string{"partner"}, Sort: "at"},
	},
}

// New opens the collections.
func New(ctx context.Context, c Config) (*Service, error) {
	agreements, err := store.Open(ctx, c.DB, spec)
	if err != nil {
		return nil, fmt.Errorf("agreement: %w", err)
	}
	proposals, err := store.Open(ctx, c.DB, proposalSpec)
	if err != nil {
		return nil, fmt.Errorf("agreement: %w", err)
	}
	return &Service{Config: c, agreements: agreements, proposals: proposals}, nil
}

func (s *Service) home() string { return s.Catalogue.Rollout().Home() }

// bureau refuses everybody but the home city's supervisors, who conclude agreements.
func (s *Service) bureau(who model.Actor) error {
	if who.Role != model.RoleSupervisor && who.Role != model.RoleAdmin || who.Region != s.home() {
		return fault.New("forbidden")
	}
	return nil
}

func (s *Service) checkTerms(t accord.Terms) error {
	for _, code := range t.Items {
		if _, ok := s.Catalogue.Item(code); !ok {
			return fault.New("validation_failed").Field("items").Say("没有事项 " + code)
		}
	}
	for _, c := range t.Contacts {
		if _, ok := s.Catalogue.Orgs().Get(c.Org); !ok {
			return fault.New("validation_failed").Field("contacts").Say("没有单位 " + c.Org)
		}
	}
	return nil
}

// Conclude keeps a new agreement with another city.
func (s *Service) Conclude(ctx context.Context, who model.Actor, city, title string, t accord.Terms, request once.Request,
	render func(*accord.Agreement) ([]byte, error)) ([]byte, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if _, err := s.Catalogue.Regions.Lookup("city", city); err != nil {
		return nil, err
	}
	if s.Catalogue.Regions.City(city) != city || city == s.home() {
		return nil, fault.New("validation_failed").Field("city").Say("请选择另一方地级以上市")
	}
	if err := s.checkTerms(t); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	a, err := accord.NewAgreement(request.ID("ag"), s.home(), city, title, t, who, now)
	if err != nil {
		return nil, err
	}
	return once.Insert(ctx, s.agreements, request, a, now, render)
}

// Get gives an agreement to a supervisor of either side.
func (s *Service) Get(ctx context.Context, who model.Actor, id string) (*accord.Agreement, error) {
	a, err := s.agreements.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.theirs(who, a.City) {
		return nil, fault.New("not_found").Say("未找到该协议")
	}
	if err != nil {
		return nil, fmt.Errorf("agreement: reading: %w", err)
	}
	return a, nil
}

// theirs: either city's own people, counties included.
func (s *Service) theirs(who model.Actor, city string) bool {
	own := s.Catalogue.Regions.City(who.Region)
	return own == s.home() || own == city
}

// List lists agreements, of one city or of all.
func (s *Service) List(ctx context.Context, who model.Actor, city string, limit int, cursor string) (store.Page[accord.Agreement], error) {
	if own := s.Catalogue.Regions.City(who.Region); own != s.home() {
		city = own
	}
	q := store.Query{Index: "home", Eq: []any{"home"}, Limit: limit, Cursor: cursor}
	if city != "" {
		q.Index, q.Eq = "city", []any{city}
	}
	page, err := s.agreements.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("agreement: listing: %w", err)
	}
	return page, nil
}

func (s *Service) change(ctx context.Context, who model.Actor, id string, do func(*accord.Agreement) error) (*accord.Agreement, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, who, id); err != nil {
		return nil, err
	}
	return s.agreements.Update(ctx, id, func(a *accord.Agreement) error {
		once.Forget(&a.Head, s.Clock.Now())
		return do(a)
	})
}

// Renew adds a version.
func (s *Service) Renew(ctx context.Context, who model.Actor, id string, t accord.Terms) (*accord.Agreement, error) {
	if err := s.checkTerms(t); err != nil {
		return nil, err
	}
	return s.change(ctx, who, id, func(a *accord.Agreement) error { return a.Renew(t, who, s.Clock.Now()) })
}

// End gives an agreement up.
func (s *Service) End(ctx context.Context, who model.Actor, id, why string) (*accord.Agreement, error) {
	return s.change(ctx, who, id, func(a *accord.Agreement) error { return a.End(why, s.Clock.Now()) })
}

// Wake reminds of an agreement whose last day nears, or is over.
func (s *Service) Wake(ctx context.Context, id string) error {
	_, err := s.agreements.Update(ctx, id, func(a *accord.Agreement) error {
		if !a.Remind(s.Clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// happened says by which notice, and in which words, people learn what becomes of an agreement.
func happened(a *accord.Agreement, what string) (key string, vars map[string]string) {
	switch what {
	case "expired":
		return "staff_agreement_ended", map[string]string{"what": a.Title, "reason": "已到期"}
	case "ended":
		return "staff_agreement_ended", map[string]string{"what": a.Title, "reason": "已终止"}
	}
	return "staff_agreement_expiring", map[string]string{"what": a.Title, "until": model.NoticeDate(a.Told)}
}

// Happened tells both sides that an agreement ends, or has: the outbox.Handler of accord.KindAgreement.
func (s *Service) Happened(ctx context.Context, id string, e model.Event) error {
	a, err := s.agreements.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("agreement: reading: %w", err)
	}
	orgs := map[string]bool{s.Bureau(s.home()): true}
	for _, c := range a.Latest().Contacts {
		orgs[c.Org] = true
	}
	key, vars := happened(a, e.Ref["what"])
	for org := range orgs {
		if err := s.tell(ctx, e, org, key, model.NoticeRef{Kind: "agreement", ID: a.ID}, vars); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tell(ctx context.Context, e model.Event, org, key string, ref model.NoticeRef, vars map[string]string) error {
	_, err := s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: org, To: model.ToStaff, Key: key, Ref: ref, At: e.At, Vars: vars,
	})
	if err != nil {
		return fmt.Errorf("agreement: telling %s: %w", key, err)
	}
	return nil
}
