// Package policy pushes policies with precision (精准推送): to those whom a rule of the bureau's means and who have agreed to be told,
// a batch at a time through the queue, so that a push can be paused, goes on after a crash, and tells nobody twice.
package policy

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/matter"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/policy"
)

// The collections.
const (
	Collection = "policies"
	Audiences  = "audiences"
	Marks      = "audience_marks"
)

// Notices is what this package needs of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Matters is what this package needs of matters: what a person has used.
type Matters interface {
	Mine(ctx context.Context, applicant string, f matter.Filter) (store.Page[model.Matter], error)
	Peek(ctx context.Context, no string) (*model.Matter, error)
}

// People is what this package needs of accounts.
type People interface {
	Get(ctx context.Context, applicant string) (*model.Applicant, error)
	Survivor(ctx context.Context, applicant string) (string, error)
}

// Config says what the service stands on.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Notices   Notices
	Matters   Matters
	People    People
}

// Service is the policies.
type Service struct {
	Config
	policies  *store.Collection[policy.Policy]
	audiences *store.Collection[policy.Audience]
	marks     *store.Collection[policy.Mark]
}

var spec = store.Spec[policy.Policy]{
	Name: Collection,
	Fields: []store.Field[policy.Policy]{
		{Name: "home", Of: func(*policy.Policy) any { return "home" }},
		{Name: "made_at", Of: func(p *policy.Policy) any { return p.MadeAt }},
	},
	Indexes: []store.Index{{Name: "home", Eq: []string{"home"}, Sort: "made_at"}},
}

// The rules choose by these indexes; a push reads one of them from beginning to end, and nothing else.
var markSpec = store.Spec[policy.Mark]{
	Name: Marks,
	Fields: []store.Field[policy.Mark]{
		{Name: "person", Of: func(m *policy.Mark) any { return m.Person }},
		{Name: "item", Of: func(m *policy.Mark) any { return m.Item }},
		{Name: "department", Of: func(m *policy.Mark) any { return m.Department }},
		{Name: "region", Of: func(m *policy.Mark) any { return m.Region }},
	},
	Indexes: []store.Index{
		{Name: "person", Eq: []string{"person"}}, {Name: "item", Eq: []string{"item"}},
		{Name: "department", Eq: []string{"department"}}, {Name: "region", Eq: []string{"region"}},
	},
}

// New opens the collections.
func New(ctx context.Context, c Config) (_ *Service, err error) {
	s := &Service{Config: c}
	if s.policies, err = store.Open(ctx, c.DB, spec); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if s.audiences, err = store.Open(ctx, c.DB, store.Spec[policy.Audience]{Name: Audiences}); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if s.marks, err = store.Open(ctx, c.DB, markSpec); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return s, nil
}

func (s *Service) bureau(who model.Actor) error {
	if who.Role != model.RoleSupervisor && who.Role != model.RoleAdmin || who.Region != s.Catalogue.Rollout().Home() {
		return fault.New("forbidden")
	}
	return nil
}

// Add keeps a policy that nobody has been told of yet.
func (s *Service) Add(ctx context.Context, who model.Actor, p policy.Policy, request once.Request, render func(*policy.Policy) ([]byte, error)) ([]byte, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if _, ok := s.Catalogue.Orgs().Get(p.Publisher); !ok {
		return nil, fault.New("validation_failed").Field("publisher").Say("没有这个单位")
	}
	if err := s.checkRule(p.Rule); err != nil {
		return nil, err
	}
	if _, ok := s.Catalogue.Item(p.Item); p.Item != "" && !ok {
		return nil, fault.New("validation_failed").Field("item_code").Say("没有这个事项")
	}
	p.Title, p.Text = model.ScrubNumbers(p.Title), model.ScrubNumbers(p.Text)
	now := s.Clock.Now()
	made, err := policy.New(request.ID("po"), p, who, now)
	if err != nil {
		return nil, err
	}
	return once.Insert(ctx, s.policies, request, made, now, render)
}

func (s *Service) checkRule(r policy.Rule) error {
	for _, code := range r.Items {
		it, ok := s.Catalogue.Known(code)
		if !ok {
			return fault.New("validation_failed").Field("items").Say("没有事项 " + code)
		}
		if policy.Sensitive(it.Department) {
			return fault.New("validation_failed").Field("items").Say("不得以健康等敏感信息划定人群")
		}
	}
	for _, d := range r.Departments {
		if s.Catalogue.DepartmentName(d) == "" {
			return fault.New("validation_failed").Field("departments").Say("没有条线 " + d)
		}
	}
	for _, region := range r.Regions {
		if _, err := s.Catalogue.Regions.Lookup("regions", region); err != nil {
			return err
		}
	}
	return nil
}

// Get gives a policy to the bureau.
func (s *Service) Get(ctx context.Context, id string) (*policy.Policy, error) {
	p, err := s.policies.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found").Say("未找到该政策")
	}
	if err != nil {
		return nil, fmt.Errorf("policy: reading: %w", err)
	}
	return p, nil
}

// List lists policies, the latest first.
func (s *Service) List(ctx context.Context, limit int, cursor string) (store.Page[policy.Policy], error) {
	page, err := s.policies.Find(ctx, store.Query{Index: "home", Eq: []any{"home"}, Desc: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("policy: listing: %w", err)
	}
	return page, nil
}

func (s *Service) change(ctx context.Context, who model.Actor, id string, do func(*policy.Policy) error) (*policy.Policy, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	return s.policies.Update(ctx, id, func(p *policy.Policy) error {
		once.Forget(&p.Head, s.Clock.Now())
		return do(p)
	})
}

// Push begins to tell people.
func (s *Service) Push(ctx context.Context, who model.Actor, id string) (*policy.Policy, error) {
	return s.change(ctx, who, id, func(p *policy.Policy) error { return p.Start(s.Clock.Now()) })
}

// Resume goes on where a paused push stopped.
func (s *Service) Resume(ctx context.Context, who model.Actor, id string) (*policy.Policy, error) {
	return s.change(ctx, who, id, func(p *policy.Policy) error {
		if p.State == policy.Draft {
			return fault.New("transition_not_allowed").With("state", p.State).With("event", "resume")
		}
		return p.Start(s.Clock.Now())
	})
}

// Pause stops telling people.
func (s *Service) Pause(ctx context.Context, who model.Actor, id string) (*policy.Policy, error) {
	return s.change(ctx, who, id, func(p *policy.Policy) error { return p.Pause() })
}

// Size is how many people a rule means who have agreed to be told; nobody is told by asking. Beyond maxSized it says so.
func (s *Service) Size(ctx context.Context, p *policy.Policy) (size int, exact bool, err error) {
	people := map[string]bool{}
	for list, q := range s.lists(p.Rule) {
		for q.Limit = 500; ; {
			page, err := s.marks.Find(ctx, q)
			if err != nil {
				return 0, false, fmt.Errorf("policy: sizing list %d: %w", list, err)
			}
			for _, m := range page.Items {
				if p.Rule.Matches(m, s.Catalogue.Regions.Covers) {
					people[m.Person] = true
				}
			}
			if len(people) >= maxSized {
				return maxSized, false, nil
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
	}
	return len(people), true, nil
}

const maxSized = 100_000

// lists are the parts of the indexes that a rule reads, by what narrows most.
func (s *Service) lists(r policy.Rule) (out []store.Query) {
	index, keys := "region", []string(nil)
	switch {
	case len(r.Items) > 0:
		index, keys = "item", r.Items
	case len(r.Departments) > 0:
		index, keys = "department", r.Departments
	default:
		for _, region := range r.Regions {
			keys = append(keys, s.Catalogue.Regions.Below(region)...)
		}
	}
	for _, key := range keys {
		out = append(out, store.Query{Index: index, Eq: []any{key}})
	}
	return out
}
