// Package credit notes facts about people from what happens to their matters and bookings, tells them, and lets them contest it.
package credit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/credit"
	"kuacheng/model/fault"
)

// Collection is the name of the facts.
const Collection = "credit_facts"

// Counts is the name of the collection of results that waited in vain.
const Counts = "credit_unclaimed"

// Matters is what this package needs of matters.
type Matters interface {
	Peek(ctx context.Context, no string) (*model.Matter, error)
}

// Notices is what this package needs of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Config says what the service stands on; every field is needed.
type Config struct {
	DB      *store.DB
	Clock   clock.Clock
	Matters Matters
	Notices Notices
}

// Service is the facts.
type Service struct {
	Config
	facts  *store.Collection[credit.Fact]
	counts *store.Collection[count]
}

// count is which of a person's results have waited in vain, as long as a fact would be shown.
type count struct {
	model.Head `json:",inline"` // ID is the applicant
	Waited     []waited         `json:"waited"`
}

type waited struct {
	No    string    `json:"no"`
	Until time.Time `json:"until"`
}

// New opens the collections.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c}
	var errs [2]error
	s.facts, errs[0] = store.Open(ctx, c.DB, store.Spec[credit.Fact]{
		Name: Collection,
		Fields: []store.Field[credit.Fact]{
			{Name: "applicant", Of: func(f *credit.Fact) any { return f.Applicant }},
			{Name: "state", Of: func(f *credit.Fact) any { return f.State }},
			{Name: "at", Of: func(f *credit.Fact) any { return f.At }},
		},
		Indexes: []store.Index{{Name: "applicant", Eq: []string{"applicant"}, Sort: "at"}, {Name: "state", Eq: []string{"state"}, Sort: "at"}},
	})
	s.counts, errs[1] = store.Open(ctx, c.DB, store.Spec[count]{Name: Counts})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("credit: %w", err)
	}
	return s, nil
}

// Matter notes what a matter's event says of its applicant; it may be told again.
func (s *Service) Matter(ctx context.Context, no string, e model.Event) error {
	event := model.MatterEvent(e.Ref["event"])
	if event != model.EvRefuse && event != model.EvExpire {
		return nil
	}
	m, err := s.Matters.Peek(ctx, no)
	if err != nil || m == nil || m.Ending == nil || m.Applicant == model.Anonymous {
		return err
	}
	switch {
	case m.State == model.MatterRefused && m.Ending.Reason == "false_materials":
		return s.note(ctx, credit.New(credit.FalseMaterials, m.Applicant, m.ID, m.HOrg, e.At))
	case m.Ending.Outcome == "unclaimed":
		return s.unclaimed(ctx, m, e)
	}
	return nil
}

// unclaimed makes a fact of every third result that nobody came for.
func (s *Service) unclaimed(ctx context.Context, m *model.Matter, e model.Event) error {
	c, err := s.counts.Upsert(ctx, m.Applicant, func() *count { return &count{Head: model.Head{ID: m.Applicant}} }, func(c *count) error {
		if slices.ContainsFunc(c.Waited, func(w waited) bool { return w.No == m.ID }) {
			return store.ErrUnchanged
		}
		now := s.Clock.Now()
		c.Waited = slices.DeleteFunc(slices.Clone(c.Waited), func(w waited) bool { return !now.Before(w.Until) })
		c.Waited = append(c.Waited, waited{m.ID, credit.Until(e.At)})
		c.WakeAt(credit.Until(e.At))
		return nil
	})
	if err != nil {
		return fmt.Errorf("credit: counting: %w", err)
	}
	if n := len(c.Waited); n%credit.UnclaimedLimit != 0 || c.Waited[n-1].No != m.ID {
		return nil
	}
	return s.note(ctx, credit.New(credit.Unclaimed, m.Applicant, m.ID, m.HOrg, e.At))
}

// Booking notes a block of bookings; it may be told again.
func (s *Service) Booking(ctx context.Context, _ string, e model.Event) error {
	if e.Ref["event"] != "blocked" {
		return nil
	}
	return s.note(ctx, credit.New(credit.NoShows, e.Ref["applicant"], e.Ref["booking"], "", e.At))
}

func (s *Service) note(ctx context.Context, f *credit.Fact) error {
	if err := s.facts.Insert(ctx, f); err != nil && !errors.Is(err, store.ErrDuplicate) {
		return fmt.Errorf("credit: noting: %w", err)
	}
	return nil
}

// Happened tells the person of a fact: the outbox.Handler of credit.KindFact.
func (s *Service) Happened(ctx context.Context, id string, e model.Event) error {
	f, err := s.facts.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || e.Ref["what"] == "appealed" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("credit: reading: %w", err)
	}
	key, vars := "credit_noted", map[string]string{"what": credit.Name(f.Kind), "until": model.NoticeTime(f.Until)}
	if e.Ref["what"] != "noted" {
		key, vars["outcome"] = "credit_answered", map[string]string{"upheld": "维持记录", "struck": "撤销记录"}[e.Ref["what"]]
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: f.Applicant, To: model.ToApplicant, Key: key, Ref: model.NoticeRef{Kind: "credit", ID: f.ID}, At: e.At, Vars: vars,
	})
	if err != nil {
		return fmt.Errorf("credit: telling: %w", err)
	}
	return nil
}

// Of are the facts about a person, those that were struck too, the latest first.
func (s *Service) Of(ctx context.Context, applicant string) ([]*credit.Fact, error) {
	page, err := s.facts.Find(ctx, store.Query{Index: "applicant", Eq: []any{applicant}, Desc: true, Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("credit: listing: %w", err)
	}
	var out []*credit.Fact
	for _, f := range page.Items {
		if !f.Expired(s.Clock.Now()) {
			out = append(out, f)
		}
	}
	return out, nil
}

// Hints are what whoever handles a person's matter has to know: the facts that hold.
func (s *Service) Hints(ctx context.Context, applicant string) ([]string, error) {
	facts, err := s.Of(ctx, applicant)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range facts {
		if f.Holds(s.Clock.Now()) && f.Kind != credit.NoShows { // which concerns bookings alone
			out = append(out, credit.Name(f.Kind)+"（"+model.NoticeTime(f.At)+"）：请核验原件，不适用容缺受理")
		}
	}
	return out, nil
}

// List lists the facts of a state, the latest first.
func (s *Service) List(ctx context.Context, state string, limit int, cursor string) (store.Page[credit.Fact], error) {
	page, err := s.facts.Find(ctx, store.Query{Index: "state", Eq: []any{state}, Desc: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("credit: listing: %w", err)
	}
	return page, nil
}

// Contest is a person's appeal against a fact about them.
func (s *Service) Contest(ctx context.Context, who model.Actor, id, text string) (*credit.Fact, error) {
	return s.change(ctx, id, func(f *credit.Fact) error { return f.Contest(who.ID, model.ScrubNumbers(text), s.Clock.Now()) })
}

// Decide answers an appeal.
func (s *Service) Decide(ctx context.Context, who model.Actor, id string, strike bool, why string) (*credit.Fact, error) {
	return s.change(ctx, id, func(f *credit.Fact) error { return f.Decide(who, strike, model.ScrubNumbers(why), s.Clock.Now()) })
}

func (s *Service) change(ctx context.Context, id string, do func(*credit.Fact) error) (*credit.Fact, error) {
	f, err := s.facts.Update(ctx, id, func(f *credit.Fact) error {
		err := do(f)
		if errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found").Say("未找到该记录")
	}
	return f, err
}

// Wake deletes a fact that has run out.
func (s *Service) Wake(ctx context.Context, id string) error {
	f, err := s.facts.Get(ctx, id)
	if err == nil && f.Expired(s.Clock.Now()) {
		err = s.facts.Delete(ctx, id)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("credit: dropping: %w", err)
	}
	return nil
}

// WakeCount deletes a count of which nothing counts any more.
func (s *Service) WakeCount(ctx context.Context, id string) error {
	c, err := s.counts.Get(ctx, id)
	if err == nil && c.Wake != nil && !s.Clock.Now().Before(*c.Wake) {
		err = s.counts.Delete(ctx, id)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("credit: dropping: %w", err)
	}
	return nil
}

// Reown gives what is noted of one account to another that turned out to be the same person: an account.Owner.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	return s.each(ctx, from, func(f *credit.Fact) error {
		_, err := s.facts.Update(ctx, f.ID, func(f *credit.Fact) error { f.Applicant = to; return nil })
		return err
	})
}

// Erase forgets what was noted of a person: an account.Holder.
func (s *Service) Erase(ctx context.Context, applicant string) error {
	if err := s.counts.Delete(ctx, applicant); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("credit: erasing: %w", err)
	}
	return s.each(ctx, applicant, func(f *credit.Fact) error { return s.facts.Delete(ctx, f.ID) })
}

// each goes through a person's facts; what is done takes each away from them.
func (s *Service) each(ctx context.Context, applicant string, do func(*credit.Fact) error) error {
	for {
		page, err := s.facts.Find(ctx, store.Query{Index: "applicant", Eq: []any{applicant}, Limit: 100})
		if err != nil || len(page.Items) == 0 {
			return err
		}
		for _, f := range page.Items {
			if err := do(f); err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("credit: %w", err)
			}
		}
	}
}
