// Package problem keeps problem tickets (问题工单): each has one unit that owes an answer, a term, and a supervisor who closes it.
package problem

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/oklog/ulid/v2"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
)

// Collection is the name of the tickets.
const Collection = "problems"

// Notices is what problems need of notices.
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

// Service is the problems.
type Service struct {
	Config
	problems *store.Collection[bureau.Problem]
}

var spec = store.Spec[bureau.Problem]{
	Name: Collection,
	Fields: []store.Field[bureau.Problem]{
		{Name: "home", Of: func(*bureau.Problem) any { return "home" }},
		{Name: "region", Of: func(p *bureau.Problem) any { return p.Region }},
		{Name: "unit", Of: func(p *bureau.Problem) any { return present(p.Unit) }},
		{Name: "matter", Of: func(p *bureau.Problem) any { return present(p.Matter) }},
		{Name: "state", Of: func(p *bureau.Problem) any { return string(p.State) }},
		{Name: "due", Of: func(p *bureau.Problem) any { return string(p.Due) }},
		{Name: "opened", Of: func(p *bureau.Problem) any { return p.Opened }},
		{Name: "raiser", Of: func(p *bureau.Problem) any { return present(p.Raiser) }},
		{Name: "city", Of: func(p *bureau.Problem) any { return present(p.City) }},
		{Name: "late", Of: func(p *bureau.Problem) any { return punctual[p.Late > 0] }},
	},
	Indexes: []store.Index{
		{Name: "home", Eq: []string{"home", "state"}, Sort: "due"},
		{Name: "region", Eq: []string{"region", "state"}, Sort: "due"},
		{Name: "unit", Eq: []string{"unit", "state"}, Sort: "due"},
		{Name: "matter", Eq: []string{"matter"}, Sort: "opened"},
		{Name: "raiser", Eq: []string{"raiser"}, Sort: "opened"},
		{Name: "city", Eq: []string{"city", "state"}, Sort: "opened"},
	},
}

func present(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// New opens the collection.
func New(ctx context.Context, c Config) (*Service, error) {
	problems, err := store.Open(ctx, c.DB, spec)
	if err != nil {
		return nil, fmt.Errorf("problem: %w", err)
	}
	return &Service{Config: c, problems: problems}, nil
}

// Open opens a ticket. With a key it is the same ticket however often it is opened: a bad review has one.
func (s *Service) Open(ctx context.Context, key string, o bureau.Opening, by model.Actor) (string, error) {
	id := "pb" + strings.ToLower(ulid.Make().String())
	if key != "" {
		sum := sha256.Sum256([]byte(key))
		id = "pb" + hex.EncodeToString(sum[:13])
	}
	o = s.complete(o)
	err := s.problems.Insert(ctx, bureau.NewProblem(id, o, by, s.Clock.Now(), s.Catalogue.Calendar))
	if err != nil && !errors.Is(err, store.ErrDuplicate) {
		return "", fmt.Errorf("problem: opening: %w", err)
	}
	return id, nil
}

// complete takes numbers out of what people write, and says which city besides ours a problem is about.
func (s *Service) complete(o bureau.Opening) bureau.Opening {
	o.Title, o.Text = model.ScrubNumbers(o.Title), model.ScrubNumbers(o.Text)
	for _, region := range []string{o.From, o.To} {
		if city := s.Catalogue.Regions.City(region); city != "" && city != s.Catalogue.Rollout().Home() {
			o.City = city
		}
	}
	return o
}

// Raise opens a ticket that somebody writes; a repeated request gets the first answer.
func (s *Service) Raise(ctx context.Context, o bureau.Opening, by model.Actor, request once.Request, render func(*bureau.Problem) ([]byte, error)) ([]byte, error) {
	if o.Unit != "" {
		if _, ok := s.Catalogue.Orgs().Get(o.Unit); !ok {
			return nil, fault.New("validation_failed").Field("unit").Say("没有这个单位")
		}
	}
	o = s.complete(o)
	draw, now := request.Draw(0), s.Clock.Now()
	p := bureau.NewProblem("pb"+hex.EncodeToString(draw[:]), o, by, now, s.Catalogue.Calendar)
	answer, err := render(p)
	if err != nil {
		return nil, err
	}
	p.Origin = request.Origin(answer, now)
	err = s.problems.Insert(ctx, p)
	if !errors.Is(err, store.ErrDuplicate) {
		return answer, err
	}
	there, err := s.problems.Get(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("problem: opening: %w", err)
	}
	if _, err := request.Made(there.Origin); err != nil {
		return nil, err
	}
	return request.Answer(there.Origin)
}

// Owner is what a ticket about a matter says of it; its raiser is told of the answer.
func Owner(m *model.Matter, o bureau.Opening, by model.Actor) bureau.Opening {
	o.Matter, o.From, o.To, o.Region = m.ID, m.From, m.To, m.To
	if by.Role == model.RoleApplicant || by.Role == model.RoleAgent {
		o.Raiser = by.ID
	}
	return o
}

// About opens a ticket about a matter.
func (s *Service) About(ctx context.Context, key string, m *model.Matter, source, title, text, unit string, by model.Actor) (string, error) {
	return s.Open(ctx, source+":"+key, Owner(m, bureau.Opening{Source: source, Title: title, Text: text, Unit: unit}, by), by)
}

// Reviewed opens the ticket of a bad review, for the first unit that it is about.
func (s *Service) Reviewed(ctx context.Context, m *model.Matter, r *model.Review) error {
	if !r.Rating.Bad() || r.Defaulted {
		return nil
	}
	unit := s.Bureau(m.To)
	switch r.Objects[0] {
	case model.ObjectR:
		unit = m.ROrg
	case model.ObjectH:
		unit = m.HOrg
	}
	_, err := s.Open(ctx, reviewKey(m.ID), bureau.Opening{
		Source: bureau.SourceReview, Title: fmt.Sprintf("%s：%s", model.StarsName(r.Rating.Stars), m.Item.Name), Text: r.Rating.Text,
		Matter: m.ID, From: m.From, To: m.To, Region: m.To, Unit: unit, Raiser: r.Rating.By,
	}, model.System)
	return err
}

func reviewKey(no string) string { return "review:" + no }

// OfReview is the id of a bad review's ticket.
func (s *Service) OfReview(no string) string {
	sum := sha256.Sum256([]byte(reviewKey(no)))
	return "pb" + hex.EncodeToString(sum[:13])
}

// Get gives a ticket to someone who may see it.
func (s *Service) Get(ctx context.Context, who model.Actor, id string) (*bureau.Problem, error) {
	p, err := s.problems.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.visible(p, who) {
		return nil, fault.New("not_found").Say("未找到该工单")
	}
	if err != nil {
		return nil, fmt.Errorf("problem: reading: %w", err)
	}
	return p, nil
}

func (s *Service) visible(p *bureau.Problem, who model.Actor) bool {
	switch who.Role {
	case model.RoleSupervisor, model.RoleAdmin:
		return who.Region == s.Catalogue.Rollout().Home() || s.Catalogue.Regions.Covers(who.Region, p.Region) || p.Unit == who.Org
	case model.RoleClerk, model.RoleReviewer:
		return p.Unit == who.Org
	case model.RoleApplicant, model.RoleAgent:
		return p.Raiser == who.ID && p.Raiser != ""
	}
	return false
}

// Supervised lists what a supervisor's region answers for in one state, the most urgent first.
func (s *Service) Supervised(ctx context.Context, who model.Actor, state string, limit int, cursor string) (store.Page[bureau.Problem], error) {
	q := store.Query{Index: "region", Eq: []any{who.Region, state}, Limit: limit, Cursor: cursor}
	if who.Region == s.Catalogue.Rollout().Home() {
		q.Index, q.Eq = "home", []any{"home", state}
	}
	return s.find(ctx, q)
}

// Unit lists what a unit has to answer, or has answered, the most urgent first.
func (s *Service) Unit(ctx context.Context, org, state string, limit int, cursor string) (store.Page[bureau.Problem], error) {
	return s.find(ctx, store.Query{Index: "unit", Eq: []any{org, state}, Limit: limit, Cursor: cursor})
}

// OfMatter lists a matter's tickets that the caller may see, the latest first.
func (s *Service) OfMatter(ctx context.Context, who model.Actor, no string) ([]*bureau.Problem, error) {
	page, err := s.find(ctx, store.Query{Index: "matter", Eq: []any{no}, Desc: true, Limit: 100})
	var out []*bureau.Problem
	for _, p := range page.Items {
		if s.visible(p, who) {
			out = append(out, p)
		}
	}
	return out, err
}

// Raised lists what a person has raised, the latest first.
func (s *Service) Raised(ctx context.Context, raiser string, limit int, cursor string) (store.Page[bureau.Problem], error) {
	return s.find(ctx, store.Query{Index: "raiser", Eq: []any{raiser}, Desc: true, Limit: limit, Cursor: cursor})
}

// CountRaised counts it.
func (s *Service) CountRaised(ctx context.Context, raiser string) (int64, error) {
	n, err := s.problems.Tally(ctx, store.Query{Index: "raiser", Eq: []any{raiser}}, "raiser")
	if err != nil {
		return 0, fmt.Errorf("problem: counting: %w", err)
	}
	return n[raiser], nil
}

func (s *Service) find(ctx context.Context, q store.Query) (store.Page[bureau.Problem], error) {
	page, err := s.problems.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("problem: listing: %w", err)
	}
	return page, nil
}

func (s *Service) change(ctx context.Context, who model.Actor, id string, do func(*bureau.Problem) error) (*bureau.Problem, error) {
	if _, err := s.Get(ctx, who, id); err != nil {
		return nil, err
	}
	return s.problems.Update(ctx, id, do)
}

// Assign hands a ticket to a unit.
func (s *Service) Assign(ctx context.Context, who model.Actor, id, unit, note string) (*bureau.Problem, error) {
	if _, ok := s.Catalogue.Orgs().Get(unit); !ok {
		return nil, fault.New("validation_failed").Field("unit").Say("没有这个单位")
	}
	return s.change(ctx, who, id, func(p *bureau.Problem) error {
		return p.Assign(who, unit, model.ScrubNumbers(note), s.Clock.Now(), s.Catalogue.Calendar)
	})
}

// Contact notes that the unit has spoken with the person.
func (s *Service) Contact(ctx context.Context, who model.Actor, id, note string) (*bureau.Problem, error) {
	return s.change(ctx, who, id, func(p *bureau.Problem) error { return p.Contact(who, model.ScrubNumbers(note), s.Clock.Now()) })
}

// Answer is the unit's answer.
func (s *Service) Answer(ctx context.Context, who model.Actor, id, text string) (*bureau.Problem, error) {
	return s.change(ctx, who, id, func(p *bureau.Problem) error { return p.Answer(who, model.ScrubNumbers(text), s.Clock.Now()) })
}

// SendBack returns an answer.
func (s *Service) SendBack(ctx context.Context, who model.Actor, id, why string) (*bureau.Problem, error) {
	return s.change(ctx, who, id, func(p *bureau.Problem) error {
		return p.SendBack(who, model.ScrubNumbers(why), s.Clock.Now(), s.Catalogue.Calendar)
	})
}

// Extend gives a complex case its longer term.
func (s *Service) Extend(ctx context.Context, who model.Actor, id, why string) (*bureau.Problem, error) {
	return s.change(ctx, who, id, func(p *bureau.Problem) error {
		return p.Extend(who, model.ScrubNumbers(why), s.Clock.Now(), s.Catalogue.Calendar)
	})
}

// Close ends a ticket.
func (s *Service) Close(ctx context.Context, who model.Actor, id, why string) (*bureau.Problem, error) {
	return s.change(ctx, who, id, func(p *bureau.Problem) error { return p.Close(who, model.ScrubNumbers(why), s.Clock.Now()) })
}

// Wake lets a term pass.
func (s *Service) Wake(ctx context.Context, id string) error {
	_, err := s.problems.Update(ctx, id, func(p *bureau.Problem) error {
		if !p.Overdue(s.Clock.Now(), s.Catalogue.Calendar) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Happened tells people what became of a ticket: the outbox.Handler of bureau.KindProblem.
func (s *Service) Happened(ctx context.Context, id string, e model.Event) error {
	p, err := s.problems.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("problem: reading: %w", err)
	}
	staff := func(key string, orgs ...string) error {
		for _, org := range orgs {
			if org == "" {
				continue
			}
			if err := s.give(ctx, p, e, model.ToStaff, org, key); err != nil {
				return err
			}
		}
		return nil
	}
	switch e.Ref["what"] {
	case "assigned":
		return staff("staff_problem_assigned", e.Ref["unit"])
	case "late":
		return staff("staff_problem_late", distinct(e.Ref["unit"], s.above(p))...)
	case "contacted":
		return s.raiser(ctx, p, e, "review_contacted")
	case "answered":
		if p.Source == bureau.SourceReview {
			return nil // the bureau looks first, and then answers for all
		}
		return s.raiser(ctx, p, e, "problem_answered")
	}
	return nil
}

// above is who a late ticket goes up to: the supervisors of its region, and after the second time those of the city.
func (s *Service) above(p *bureau.Problem) string {
	if p.Late >= 2 {
		return s.Bureau(s.Catalogue.Rollout().Home())
	}
	return s.Bureau(p.Region)
}

func distinct(orgs ...string) (out []string) {
	for _, o := range orgs {
		if len(out) == 0 || out[len(out)-1] != o {
			out = append(out, o)
		}
	}
	return out
}

func (s *Service) raiser(ctx context.Context, p *bureau.Problem, e model.Event, key string) error {
	if p.Raiser == "" {
		return nil
	}
	return s.give(ctx, p, e, model.ToApplicant, p.Raiser, key)
}

func (s *Service) give(ctx context.Context, p *bureau.Problem, e model.Event, to model.RecipientKind, recipient, key string) error {
	ref := model.NoticeRef{Kind: "problem", ID: p.ID}
	if to == model.ToApplicant && p.Matter != "" {
		ref = model.NoticeRef{Kind: "matter", ID: p.Matter}
	}
	o, _ := s.Catalogue.Orgs().Get(p.Unit)
	_, err := s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: recipient, To: to, Key: key, Ref: ref, At: e.At,
		Vars: map[string]string{"what": p.Title, "matter_no": p.Matter, "due": model.NoticeDate(p.Due), "org": o.Name},
	})
	if err != nil {
		return fmt.Errorf("problem: telling %s: %w", key, err)
	}
	return nil
}
