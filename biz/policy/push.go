package policy

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/policy"
)

// errMore is why a push is looked at again.
var errMore = errors.New("policy: more people to tell")

// Carry carries a push on by one batch: the outbox.Handler of policy.KindPush. It asks for itself again after a beat, until everybody
// has been told or the push is paused; a batch that was cut off is done again and tells the same people by the same notices.
func (s *Service) Carry(ctx context.Context, id string, e model.Event) error {
	p, err := s.policies.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("policy: reading: %w", err)
	}
	if !p.Runs(e.Ref["run"]) {
		return nil // paused, done, or an earlier run
	}
	r, err := s.batch(ctx, p)
	if err != nil {
		return err
	}
	p, err = s.policies.Update(ctx, id, func(now *policy.Policy) error {
		if !now.Advance(p.Batch, r, s.Clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("policy: noting a batch: %w", err)
	}
	if !p.Runs(e.Ref["run"]) {
		return nil
	}
	return outbox.Later(errMore, policy.Beat)
}

// batch tells the next people, and says where the one after it begins.
func (s *Service) batch(ctx context.Context, p *policy.Policy) (policy.Result, error) {
	lists := s.lists(p.Rule)
	r := policy.Result{List: p.List, Cursor: p.Cursor}
	if p.List >= len(lists) || model.DateOf(s.Clock.Now()) > p.Until {
		r.Over = true
		return r, nil
	}
	limit := p.BatchSize()
	if room := p.Room(); room >= 0 {
		limit = min(limit, room)
	}
	q := lists[p.List]
	q.Limit, q.Cursor = max(limit, 1), p.Cursor
	page, err := s.marks.Find(ctx, q)
	if err != nil {
		return r, fmt.Errorf("policy: reading the audience: %w", err)
	}
	done := map[string]bool{}
	for _, m := range page.Items {
		if done[m.Person] || !p.Rule.Matches(m, s.Catalogue.Regions.Covers) {
			continue
		}
		done[m.Person] = true
		verdict, err := s.tell(ctx, p, m)
		if err != nil {
			return r, err
		}
		switch verdict {
		case policy.Tell, policy.Again:
			r.Sent++
		case policy.No:
			r.Off++
		case policy.Limited:
			r.Limited++
		}
	}
	if r.Cursor = page.Next; r.Cursor == "" {
		r.List++
		r.Over = r.List >= len(lists)
	}
	return r, nil
}

// tell tells one person. What they have said is asked in the write that remembers it: a no counts from the moment it is said.
func (s *Service) tell(ctx context.Context, p *policy.Policy, m *policy.Mark) (verdict string, err error) {
	person, err := s.People.Survivor(ctx, m.Person)
	if err != nil {
		return "", fmt.Errorf("policy: whom to tell: %w", err)
	}
	_, err = s.audiences.Update(ctx, person, func(a *policy.Audience) error {
		if verdict = a.Admit(p.ID, m.Item, p.Batch, s.Clock.Now()); verdict == policy.Tell {
			return nil
		}
		return store.ErrUnchanged
	})
	if errors.Is(err, store.ErrNotFound) {
		return policy.No, nil
	}
	if err != nil {
		return "", fmt.Errorf("policy: asking whether to tell: %w", err)
	}
	if verdict != policy.Tell && verdict != policy.Again {
		return verdict, nil
	}
	publisher, _ := s.Catalogue.Orgs().Get(p.Publisher)
	key := "policy_push"
	if p.Item != "" {
		key = "item_suggested"
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: "policy:" + p.ID, Recipient: person, To: model.ToApplicant, Key: key, Ref: model.NoticeRef{Kind: "policy", ID: p.ID},
		At: s.Clock.Now(), Expires: p.Until.End(),
		Vars: map[string]string{
			"publisher": publisher.Name, "title": p.Title, "audience": p.Audience, "until": model.NoticeDate(p.Until), "why": s.why(m.Item),
			"policy_id": p.ID,
		},
	})
	if err != nil {
		return "", fmt.Errorf("policy: telling: %w", err)
	}
	return verdict, nil
}

// why is the reason that a person is given.
func (s *Service) why(item string) string {
	name := item
	if it, ok := s.Catalogue.Known(item); ok {
		name = it.Name
	}
	return "您曾办理「" + name + "」"
}

// For gives a policy that is public by now, and why the caller was told of it; "" for who was not.
func (s *Service) For(ctx context.Context, applicant, id string) (p *policy.Policy, why string, on bool, err error) {
	if p, err = s.Get(ctx, id); err != nil {
		return nil, "", false, err
	}
	if p.State == policy.Draft {
		return nil, "", false, fault.New("not_found").Say("未找到该政策")
	}
	a, err := s.Say(ctx, applicant)
	if err != nil {
		return nil, "", false, err
	}
	if t, told := a.Told[id]; told {
		why = s.why(t.Item)
	}
	return p, why, a.On, nil
}
