// Package editor is how the bureau keeps the catalogue: drafts of items' standards, their publication, the workbook they travel in,
// and which pairs of cities are open.
package editor

import (
	"context"
	"fmt"
	"slices"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
	"kuacheng/model/standard"
)

// Proposals is what the editor needs of the proposals that two cities agree to.
type Proposals interface {
	Proposal(ctx context.Context, who model.Actor, id string) (*accord.Proposal, error)
	Published(ctx context.Context, who model.Actor, id string, version int) (*accord.Proposal, error)
}

// Config says what the service stands on; every field is needed.
type Config struct {
	Catalogue *catalogue.Catalogue
	Clock     clock.Clock
	Proposals Proposals
}

// Service is the editor.
type Service struct{ Config }

// New makes the editor of a catalogue that follows a store.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() model.Date { return model.DateOf(s.Clock.Now()) }

// bureau lets only the home city's supervisors and the admin on: the standard is one for all.
func (s *Service) bureau(who model.Actor) error {
	if who.Region != s.Catalogue.Rollout().Home() {
		return fault.New("forbidden").Say("事项标准由市级统一维护；县区可承接或退出办理")
	}
	return nil
}

// State is where an item stands.
type State string

const (
	StatePublished State = "published"
	StateWithdrawn State = "withdrawn"
	StateScheduled State = "scheduled" // its first version is to come
	StateDraft     State = "draft"     // there is nothing but a draft
)

// StateOf tells where a record stands on a date.
func StateOf(r *standard.Record, d model.Date) State {
	t, ok := r.On(d)
	switch {
	case ok && t.Withdrawn():
		return StateWithdrawn
	case ok:
		return StatePublished
	case len(r.Turns) > 0:
		return StateScheduled
	}
	return StateDraft
}

// View is a record with what an editor wants to know of its draft.
type View struct {
	Record  *standard.Record
	State   State
	Current *model.Item // on offer today
	Faults  []standard.Fault
	Changes []standard.Change
	Minor   bool
}

func (s *Service) view(r *standard.Record) *View {
	v := &View{Record: r, State: StateOf(r, s.today()), Faults: []standard.Fault{}, Changes: []standard.Change{}}
	v.Current, _ = r.Current(s.today())
	if r.Draft != nil {
		refs := s.Catalogue.References()
		v.Faults = standard.Check(r.Draft.Item, refs, s.places())
		v.Changes = standard.Diff(r.Base(), &r.Draft.Item, refs)
		v.Minor = standard.Minor(r.Base(), &r.Draft.Item, refs)
	}
	return v
}

func (s *Service) places() standard.Places {
	halls := s.Catalogue.Halls("")
	return standard.Places{Hall: func(department string) bool {
		return slices.ContainsFunc(halls, func(h *model.Hall) bool { return h.Serves(department) })
	}}
}

// List gives every item in the order of the codes, those after the code that cursor is; state "" is any.
func (s *Service) List(state State, department string, drafts bool, limit int, cursor string) (page []*View, next string) {
	for _, r := range s.Catalogue.RecordsAfter(cursor) {
		v := &View{Record: r, State: StateOf(r, s.today())}
		v.Current, _ = r.Current(s.today())
		if state != "" && v.State != state || drafts && r.Draft == nil || department != "" && r.ID[3:5] != department {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].Record.ID
		}
		page = append(page, v)
	}
	return page, ""
}

// Get gives an item with its versions and its draft, checked and compared.
func (s *Service) Get(ctx context.Context, code string) (*View, error) {
	r, err := s.Catalogue.Record(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("editor: reading %s: %w", code, err)
	}
	if len(r.Turns) == 0 && r.Draft == nil {
		return nil, fault.New("not_found").Say("没有这个事项")
	}
	return s.view(r), nil
}

func (s *Service) change(ctx context.Context, code string, do func(*standard.Record) error) (*View, error) {
	r, err := s.Catalogue.ChangeRecord(ctx, code, do)
	if err != nil {
		return nil, err
	}
	return s.view(r), nil
}

// PutDraft keeps a version in the making. A draft may be as unfinished as it likes, but for its code.
func (s *Service) PutDraft(ctx context.Context, who model.Actor, it model.Item) (*View, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if !standard.ValidCode(it.Code) {
		return nil, fault.New("validation_failed").Field("code").Say("事项编码应为 SW-条线-四位数字")
	}
	return s.change(ctx, it.Code, func(r *standard.Record) error { return r.PutDraft(it, who, s.Clock.Now()) })
}

// Add begins a new item with a draft: 409 transition_not_allowed where there is one by that code.
func (s *Service) Add(ctx context.Context, who model.Actor, it model.Item) (*View, error) {
	r, err := s.Catalogue.Record(ctx, it.Code)
	if err != nil {
		return nil, fmt.Errorf("editor: reading %s: %w", it.Code, err)
	}
	if len(r.Turns) > 0 || r.Draft != nil {
		return nil, fault.New("transition_not_allowed").Say("已有该事项，请改写它的草稿").With("code", it.Code)
	}
	return s.PutDraft(ctx, who, it)
}

// DropDraft gives a draft up.
func (s *Service) DropDraft(ctx context.Context, who model.Actor, code string) (*View, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	return s.change(ctx, code, func(r *standard.Record) error { return r.DropDraft() })
}

// Publish makes the draft a version. Where it names a proposal, that one has been agreed to by both sides, is of this item, and is
// noted as having come true.
func (s *Service) Publish(ctx context.Context, who model.Actor, code string, to standard.Release) (*View, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if to.Proposal != "" {
		p, err := s.Proposals.Proposal(ctx, who, to.Proposal)
		switch {
		case err != nil:
			return nil, err
		case p.Item != "" && p.Item != code:
			return nil, fault.New("validation_failed").Field("proposal_id").Say("该提议不是关于这个事项的")
		case p.State != accord.Consented:
			return nil, fault.New("consent_required").With("proposal_state", p.State)
		}
	}
	v, err := s.change(ctx, code, func(r *standard.Record) error {
		return r.Publish(s.Catalogue.References(), s.places(), to, who, s.Clock.Now())
	})
	if err != nil || to.Proposal == "" {
		return v, err
	}
	_, err = s.Proposals.Published(ctx, who, to.Proposal, v.Record.Base().Version)
	return v, err
}

// Withdraw stops new matters of an item from a day on.
func (s *Service) Withdraw(ctx context.Context, who model.Actor, code string, from model.Date, reason string) (*View, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	return s.change(ctx, code, func(r *standard.Record) error { return r.Withdraw(from, reason, who, s.Clock.Now()) })
}

// Recall takes the last change back that has not come into force.
func (s *Service) Recall(ctx context.Context, who model.Actor, code string) (*View, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	return s.change(ctx, code, func(r *standard.Record) error { return r.Recall(s.Clock.Now()) })
}

// SetRegion lets a county take an item on under the city's standard, or leave it (县区承接). The standard itself stays as it is; a county
// decides only for itself, the bureau for all.
func (s *Service) SetRegion(ctx context.Context, who model.Actor, code, region string, offered bool, from model.Date, reason string) (*View, error) {
	if _, err := s.Catalogue.Regions.Lookup("region", region); err != nil {
		return nil, err
	}
	if who.Region != region && s.bureau(who) != nil {
		return nil, fault.New("forbidden").Say("只能承接本地区的事项")
	}
	return s.change(ctx, code, func(r *standard.Record) error {
		return r.SetRegion(s.Catalogue.References(), s.places(), region, offered, from, reason, who, s.Clock.Now())
	})
}
