package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Blocker is why an account cannot be erased yet.
type Blocker struct {
	Kind string // matter, booking, booking_block
	ID   string
	Say  string // in Chinese
}

// Kept is what stays of a person although they leave, until when.
type Kept struct {
	Matter, Item string
	Until        time.Time
	Why          string // in Chinese
}

// Holder is a capability whose documents tell of applicants. One that may stand in the way is a Blocking too, and one that the law has
// keep something a Keeping.
type Holder interface {
	// Erase takes away what need not be kept. It may be told again, and be killed half-way.
	Erase(ctx context.Context, applicant string) error
}

// Blocking is a Holder of what is under way for people.
type Blocking interface {
	// Blocking is what must end first.
	Blocking(ctx context.Context, applicant string) ([]Blocker, error)
}

// Keeping is a Holder of what is kept for the archive.
type Keeping interface {
	Kept(ctx context.Context, applicant string) ([]Kept, error)
}

// Keys are the keys under which what is people's own is sealed.
type Keys interface {
	Shred(ctx context.Context, people ...string) error
}

// Erasing says who holds what of applicants, and who keeps their keys; before anything runs.
func (s *Service) Erasing(keys Keys, holders ...Holder) { s.keys, s.holders = keys, holders }

// Erasure is what the erasure of an account would mean.
type Erasure struct {
	Blockers []Blocker
	Kept     []Kept
	Erased   *time.Time // when it was; nil before
}

// Until is the last day of what stays; the zero time for nothing.
func (e *Erasure) Until() (until time.Time) {
	for _, k := range e.Kept {
		if k.Until.After(until) {
			until = k.Until
		}
	}
	return until
}

// Foresee says what stands in the way of an erasure, and what would stay.
func (s *Service) Foresee(ctx context.Context, id string) (*Erasure, error) {
	a, err := s.resolve(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("account: reading applicant: %w", err)
	}
	e := &Erasure{Erased: a.Erased}
	for _, h := range s.holders {
		if b, ok := h.(Blocking); ok {
			blockers, err := b.Blocking(ctx, a.ID)
			if err != nil {
				return nil, err
			}
			e.Blockers = append(e.Blockers, blockers...)
		}
		if k, ok := h.(Keeping); ok {
			kept, err := k.Kept(ctx, a.ID)
			if err != nil {
				return nil, err
			}
			e.Kept = append(e.Kept, kept...)
		}
	}
	return e, nil
}

// Erase ends a person's account at their wish (个人信息保护法 第47条): nobody can log into it any more, and what need not be kept is taken
// away. What must be kept is locked: supervisors alone may look at whose it is.
func (s *Service) Erase(ctx context.Context, id string) (*Erasure, error) {
	e, err := s.Foresee(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(e.Blockers) > 0 {
		return nil, fault.New("erasure_blocked").Say("暂不能注销：" + e.Blockers[0].Say)
	}
	a, err := s.applicants.Update(ctx, id, func(a *model.Applicant) error {
		if err := refuseMerged(a); err != nil {
			return err
		}
		if !a.Erase(s.bindingsOf(a), s.clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("account: erasing: %w", err)
	}
	e.Erased = a.Erased
	for _, event := range a.Outbox {
		if event.Kind == model.KindAccountErased { // who comes again at once finds no old account
			return e, s.unbind(ctx, a, event)
		}
	}
	return e, nil
}

// bindingsOf are the keys by which people come to an account.
func (s *Service) bindingsOf(a *model.Applicant) []string {
	var keys []string
	for _, w := range a.Identities {
		keys = append(keys, s.openKey(w.AppID, w.OpenID))
	}
	if a.UnionID != "" {
		keys = append(keys, s.keeper.Blind("unionid", a.UnionID))
	}
	if a.Person.IDNumber != "" {
		if number, err := s.Reveal(a, "id_number"); err == nil { // one that does not open binds nobody
			keys = append(keys, s.keeper.Blind("person:"+string(a.Person.IDType), number))
		}
	}
	return keys
}

// unbind ends all ways into an erased account.
func (s *Service) unbind(ctx context.Context, a *model.Applicant, e model.Event) error {
	mine := map[string]bool{a.ID: true}
	for _, id := range a.Absorbed {
		mine[id] = true
	}
	for _, key := range strings.Fields(e.Ref["bindings"]) {
		b, err := s.bindings.Get(ctx, key)
		if err == nil && mine[b.Applicant] { // and not one that they have made since
			err = s.bindings.Delete(ctx, key)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("account: unbinding: %w", err)
		}
	}
	return s.EndSessions(ctx, a.ID, "erased")
}

// Gone takes away what need not be kept of an erased account: the outbox.Handler of model.KindAccountErased.
func (s *Service) Gone(ctx context.Context, id string, e model.Event) error {
	a, err := s.applicants.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.Erased == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("account: erasing: %w", err)
	}
	if err := s.unbind(ctx, a, e); err != nil {
		return err
	}
	for _, other := range a.Absorbed {
		_, err := s.applicants.Update(ctx, other, func(a *model.Applicant) error {
			if !a.Strip() {
				return store.ErrUnchanged
			}
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("account: erasing: %w", err)
		}
	}
	for _, h := range s.holders {
		if err := h.Erase(ctx, id); err != nil {
			return err
		}
	}
	return s.rest(ctx, id)
}

// again is how long after what is kept should be gone it is looked for once more.
const again = 24 * time.Hour

// leaves tells whether an account goes with the last of what is kept: its person gave it up, or never had it but in the matters that
// another city's system sent.
func leaves(a *model.Applicant) bool { return a.Erased != nil || strings.HasPrefix(a.ID, peerMark) }

// rest takes what is left of a person who has left, and destroys their keys, when nothing of them has to be kept any more; else it is looked at again when that
// is over.
func (s *Service) rest(ctx context.Context, id string) error {
	a, err := s.applicants.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !leaves(a) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("account: erasing: %w", err)
	}
	e, err := s.Foresee(ctx, id)
	if err != nil {
		return err
	}
	until := e.Until()
	if until.IsZero() && len(e.Blockers) == 0 {
		if a.Erased != nil { // else another city may send their next matter this moment, and the key must go on
			if err := s.keys.Shred(ctx, append([]string{id}, a.Absorbed...)...); err != nil {
				return err
			}
		}
	} else if until = until.Add(again); until.Before(s.clock.Now()) {
		until = s.clock.Now().Add(again)
	}
	_, err = s.applicants.Update(ctx, id, func(a *model.Applicant) error { a.Rest(until.UTC().Truncate(time.Millisecond)); return nil })
	if err != nil {
		return fmt.Errorf("account: erasing: %w", err)
	}
	return nil
}
