// Package account knows who is who: applicants who come by WeChat, staff with passwords, and the sessions of
// both. It is the only place that seals and opens what names a person.
package account

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/oklog/ulid/v2"

	"kuacheng/biz/clock"
	"kuacheng/biz/identity"
	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/token"
	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// WeChat is what account needs of WeChat.
type WeChat interface {
	Login(ctx context.Context, code string) (openID, unionID string, err error)
	AppLogin(ctx context.Context, code string) (openID, unionID string, err error)
	Phone(ctx context.Context, code, openID string) (wechat.Phone, error)
}

// Checker compares a name with an id number.
type Checker interface {
	Match(ctx context.Context, q identity.Question) (bool, error)
}

// Config says what accounts stand on; every field is needed.
type Config struct {
	DB      *store.DB
	Keeper  *seal.Keeper
	Signer  *token.Signer
	Clock   clock.Clock
	WeChat  WeChat
	Checker Checker

	AppID    string // of the mini-program
	AppAppID string // of the app; an openid means nothing without the app that it is of
}

// Service is the accounts.
type Service struct {
	applicants *store.Collection[model.Applicant]
	bindings   *store.Collection[model.Binding]
	staff      *store.Collection[model.Staff]
	sessions   *store.Collection[model.Session]
	attempts   *store.Collection[model.Attempts]

	keeper  *seal.Keeper
	signer  *token.Signer
	clock   clock.Clock
	wechat  WeChat
	checker Checker
	appID   string
	appApp  string

	holders []Holder // of what must go, or stay, when an account is erased
	keys    Keys
	owners  []Owner  // of what is carried over when accounts are merged
	merged  sync.Map // ids of accounts that this process knows to have been

	known *otter.Cache[string, *model.Session] // nil where the store remembers them itself
}

// New opens the collections.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{keeper: c.Keeper, signer: c.Signer, clock: c.Clock, wechat: c.WeChat, checker: c.Checker,
		appID: c.AppID, appApp: c.AppAppID}
	if !c.DB.Exclusive() {
		s.known = otter.Must(&otter.Options[string, *model.Session]{
			MaximumSize: sessionsKnown, ExpiryCalculator: otter.ExpiryWriting[string, *model.Session](knownFor),
		})
	}
	var errs [5]error
	s.applicants, errs[0] = store.Open(ctx, c.DB, store.Spec[model.Applicant]{Name: Applicants})
	s.bindings, errs[1] = store.Open(ctx, c.DB, store.Spec[model.Binding]{Name: "bindings"})
	s.staff, errs[2] = store.Open(ctx, c.DB, staffSpec)
	s.sessions, errs[3] = store.Open(ctx, c.DB, store.Spec[model.Session]{
		Name: Sessions,
		Fields: []store.Field[model.Session]{
			{Name: "subject", Of: func(s *model.Session) any { return s.Subject }},
			{Name: "created", Of: func(s *model.Session) any { return s.CreatedAt }},
		},
		Indexes: []store.Index{{Name: "subject", Eq: []string{"subject"}, Sort: "created"}},
	})
	s.attempts, errs[4] = store.Open(ctx, c.DB, store.Spec[model.Attempts]{Name: "attempts"})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	return s, nil
}

// newID is a sortable random id; time is the server's.
func (s *Service) newID() string {
	return ulid.MustNew(ulid.Timestamp(s.clock.Now()), ulid.DefaultEntropy()).String()
}

// Get gives an applicant, or the one that it turned out to be; store.ErrNotFound if there is none.
func (s *Service) Get(ctx context.Context, id string) (*model.Applicant, error) {
	return s.resolve(ctx, id)
}

// Reveal opens one personal datum of an applicant: name, id_number or phone. The caller has written on a trail
// why it is looked at.
func (s *Service) Reveal(a *model.Applicant, field string) (string, error) {
	switch field {
	case "name":
		return s.keeper.Open(place(a.ID, field), a.Person.Name)
	case "id_number":
		return s.keeper.Open(place(a.ID, field), a.Person.IDNumber)
	case "phone":
		return s.keeper.Open(place(a.ID, field), a.Person.Phone)
	}
	return "", fmt.Errorf("account: no field %q", field)
}

// Phone opens an applicant's number; "" when they have given none or are no more.
func (s *Service) Phone(ctx context.Context, id string) (model.Phone, error) {
	a, err := s.resolve(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.Person.Phone == "" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, err := s.Reveal(a, "phone")
	return model.Phone(plain), err
}

func place(applicant, field string) string { return "applicant:" + applicant + ":" + field }

// Subscribe counts what a person answered to WeChat's prompt and gives the credits that result. A template
// refused has none. The same request again counts nothing.
func (s *Service) Subscribe(ctx context.Context, id string, accepted, rejected []string, request once.Request) (map[string]int, error) {
	a, err := s.applicants.Update(ctx, id, func(a *model.Applicant) error {
		if err := refuseMerged(a); err != nil {
			return err
		}
		made, err := request.Made(a.Subscribed)
		if err != nil {
			return err
		}
		if made {
			return store.ErrUnchanged
		}
		now := s.clock.Now()
		a.Accept(accepted, maxCredits, now)
		for _, t := range rejected {
			a.Refuse(t, now)
		}
		a.Subscribed = request.Origin(nil, now)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("account: counting credits: %w", err)
	}
	return a.Credits, nil
}

// ByOpenID gives the applicant of an openid at the mini-program; "" when there is none.
func (s *Service) ByOpenID(ctx context.Context, openID string) (applicant string, err error) {
	return s.bound(ctx, s.openKey(s.appID, openID))
}

// Tapped takes what WeChat itself says, in a push, that a person answered to its prompt or set in its settings.
func (s *Service) Tapped(ctx context.Context, id, template, push string, accepted bool, at time.Time) error {
	_, err := s.applicants.Update(ctx, id, func(a *model.Applicant) error {
		changed := false
		if accepted {
			changed = a.Heard(template, push, at, maxCredits)
		} else {
			changed = a.Refuse(template, at)
		}
		if !changed {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// maxCredits bounds what a client can claim for one template.
const maxCredits = 100

// WakeSession deletes the record of a login that has been kept as long as it may.
func (s *Service) WakeSession(ctx context.Context, id string) error {
	x, err := s.sessions.Get(ctx, id)
	switch {
	case err == nil && x.Expired(s.clock.Now()):
		err = s.sessions.Delete(ctx, id)
	case err == nil: // its use went on
		_, err = s.sessions.Update(ctx, id, func(x *model.Session) error { x.Rest(); return nil })
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("account: dropping a session: %w", err)
	}
	return nil
}

// EndSessions cuts all of a person's sessions, for a reason that stays on them.
func (s *Service) EndSessions(ctx context.Context, subject, why string) error {
	now := s.clock.Now()
	for cursor := ""; ; {
		page, err := s.sessions.Find(ctx, store.Query{Index: "subject", Eq: []any{subject}, Limit: 100, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("account: ending sessions: %w", err)
		}
		for _, se := range page.Items {
			if !se.Alive(now) {
				continue
			}
			ended, err := s.sessions.Update(ctx, se.ID, func(se *model.Session) error { se.End(why, now); return nil })
			if err != nil {
				return fmt.Errorf("account: ending session: %w", err)
			}
			s.remember(ended)
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// How long a citizen's tokens last.
const (
	accessLife  = 2 * time.Hour
	refreshLife = 30 * 24 * time.Hour
)

// Applicants is the collection of applicants, for what counts on their documents.
func (s *Service) Applicants() *store.Collection[model.Applicant] { return s.applicants }
