package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Applicants is the name of the collection, in which merges and their wakes are found.
const Applicants = "applicants"

// Sessions is the name of the logins, in which those are found that have been kept long enough.
const Sessions = "sessions"

// Owner is a capability whose documents belong to applicants. Reown gives all that is one account's to another. It
// may run twice, and be killed half-way.
type Owner interface {
	Reown(ctx context.Context, from, to string) error
}

// Carry says whose documents are carried over when two accounts turn out to be one. It is called before anything
// runs.
func (s *Service) Carry(owners ...Owner) { s.owners = owners }

// resolve follows an account to the one that it has been merged into.
func (s *Service) resolve(ctx context.Context, id string) (*model.Applicant, error) {
	if id == model.Anonymous {
		return &model.Applicant{Head: model.Head{ID: id}, Kind: model.SubjectNatural, Person: model.Person{NameMask: "（保管期满已清除）"}}, nil
	}
	for range 64 { // a merge of merges; never a circle, because a pair is decided once and the older goes on
		a, err := s.applicants.Get(ctx, id)
		if err != nil || a.MergedInto == "" {
			return a, err
		}
		id = a.MergedInto
	}
	return nil, fmt.Errorf("account: merges without an end at %s", id)
}

// Survivor is the account that goes on for an id; the id itself for one that is no more.
func (s *Service) Survivor(ctx context.Context, id string) (string, error) {
	a, err := s.resolve(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return id, nil
	}
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

// Stale tells whether this process knows that an account has been merged into another: its tokens are no good any
// more. Another process learns it only when the tokens are refreshed; what is done until then is carried over too.
func (s *Service) Stale(id string) bool {
	_, stale := s.merged.Load(id)
	return stale
}

// merge makes one of two accounts that WeChat calls one person, and gives the one that goes on. Accounts that are
// verified as different people stay apart: then it is the first.
func (s *Service) merge(ctx context.Context, one, other string) (string, error) {
	a, err := s.resolve(ctx, one)
	if err != nil {
		return "", fmt.Errorf("account: merging: %w", err)
	}
	b, err := s.resolve(ctx, other)
	if err != nil {
		return "", fmt.Errorf("account: merging: %w", err)
	}
	if a.ID == b.ID {
		return a.ID, nil
	}
	keep, drop, ok := model.Survivor(a, b)
	if !ok {
		return a.ID, nil
	}
	// Two processes that look at different moments must not decide differently: the first word stands.
	pair := []string{a.ID, b.ID}
	slices.Sort(pair)
	decided, err := s.bindOnce(ctx, s.keeper.Blind("merge", strings.Join(pair, "\x00")), keep.ID)
	if err != nil {
		return "", err
	}
	if decided != keep.ID {
		keep, drop = drop, keep
	}
	_, err = s.applicants.Update(ctx, drop.ID, func(a *model.Applicant) error {
		if !a.MergeInto(keep.ID, s.clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("account: merging: %w", err)
	}
	s.merged.Store(drop.ID, true)
	// What stands on the document is wanted at once; the rest is a job.
	to, err := s.absorb(ctx, drop.ID)
	if err != nil {
		return "", err
	}
	return to.ID, nil
}

// absorb carries over what stands on the document of a merged account, and gives the one that goes on. Nothing is
// written on a merged account any more, so once is enough.
func (s *Service) absorb(ctx context.Context, from string) (*model.Applicant, error) {
	old, err := s.applicants.Get(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("account: merging: %w", err)
	}
	to, err := s.resolve(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("account: merging: %w", err)
	}
	phone := model.Sealed("")
	if old.Person.Phone != "" {
		plain, err := s.Reveal(old, "phone")
		if err != nil {
			return nil, fmt.Errorf("account: merging: %w", err)
		}
		if phone, err = s.keeper.SealFor(to.ID, place(to.ID, "phone"), plain); err != nil {
			return nil, fmt.Errorf("account: merging: %w", err)
		}
	}
	to, err = s.applicants.Update(ctx, to.ID, func(a *model.Applicant) error {
		if a.MergedInto != "" {
			return errMoved
		}
		if !a.Absorb(old, phone) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("account: merging: %w", err)
	}
	return to, nil
}

// errMoved is a merge that another one has overtaken; the job does it again.
var errMoved = errors.New("account: merged meanwhile")

// Merged carries over what is the account's: the outbox.Handler of model.KindAccountMerged. Each step finds what is
// still the old account's, so it may be run again after any of them.
func (s *Service) Merged(ctx context.Context, id string, _ model.Event) error {
	old, err := s.applicants.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && old.MergedInto == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("account: merging: %w", err)
	}
	s.merged.Store(id, true)
	to, err := s.absorb(ctx, id)
	if err != nil {
		return err
	}
	if err := s.moveSessions(ctx, id, to); err != nil {
		return err
	}
	for _, o := range s.owners {
		if err := o.Reown(ctx, id, to.ID); err != nil {
			return err
		}
	}
	return nil
}

// moveSessions lets the old account's logins go on as the other's.
func (s *Service) moveSessions(ctx context.Context, from string, to *model.Applicant) error {
	for {
		page, err := s.sessions.Find(ctx, store.Query{Index: "subject", Eq: []any{from}, Limit: 100})
		if err != nil {
			return fmt.Errorf("account: moving sessions: %w", err)
		}
		if len(page.Items) == 0 {
			return nil
		}
		for _, x := range page.Items {
			_, err := s.sessions.Update(ctx, x.ID, func(x *model.Session) error {
				if x.Subject != from {
					return store.ErrUnchanged
				}
				x.Subject, x.Epoch = to.ID, to.Epoch
				return nil
			})
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("account: moving session: %w", err)
			}
		}
	}
}

// Wake looks once more for what was done under the old account while its tokens lived.
func (s *Service) Wake(ctx context.Context, id string) error {
	if err := s.Merged(ctx, id, model.Event{}); err != nil {
		return err
	}
	a, err := s.applicants.Get(ctx, id)
	if err == nil && a.Wake != nil && !a.Wake.After(s.clock.Now()) {
		if err := s.rest(ctx, id); err != nil {
			return err
		}
	}
	_, err = s.applicants.Update(ctx, id, func(a *model.Applicant) error {
		if a.Wake == nil || a.Wake.After(s.clock.Now()) {
			return store.ErrUnchanged
		}
		a.Wake = nil
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// refuseMerged keeps what is written on an account from being lost with it.
func refuseMerged(a *model.Applicant) error {
	if a.MergedInto != "" || a.Erased != nil {
		return fault.New("unauthenticated")
	}
	return nil
}
