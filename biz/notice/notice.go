// Package notice tells people what has happened: exactly once for each event and person into the inbox, and from
// there out through WeChat where the person has allowed it; what cannot wait and does not get through goes by SMS.
// The inbox never depends on what lies beyond it.
package notice

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Collection is the name of the stored notices.
const Collection = "notices"

const indexInbox = "inbox"

// Spec declares the collection of notices.
func Spec() store.Spec[model.Notice] {
	return store.Spec[model.Notice]{
		Name: Collection,
		Fields: []store.Field[model.Notice]{
			{Name: "recipient", Of: func(n *model.Notice) any { return n.Recipient }},
			{Name: "at", Of: func(n *model.Notice) any { return n.At }},
		},
		Indexes: []store.Index{{Name: indexInbox, Eq: []string{"recipient"}, Sort: "at"}},
	}
}

// WeChat is the way out: *wechat.Client.
type WeChat interface {
	Template(key string) (wechat.Template, bool)
	Send(ctx context.Context, m wechat.Message) (wechat.Receipt, error)
}

// Credits are the applicants' consents to subscription messages, by key of the template. They are hints: WeChat
// counts for itself, and what it says wins.
type Credits interface {
	// Contact gives the applicant's openid at the mini-program, "" when there is none, and the consents left.
	Contact(ctx context.Context, applicant, template string) (openID string, credits int, err error)
	// Spend takes one consent away after a message was sent by it.
	Spend(ctx context.Context, applicant, template string) error
	// Return gives one back: WeChat says that a message never counted.
	Return(ctx context.Context, applicant, template string) error
	// Clear takes all away, once WeChat has said that there are none.
	Clear(ctx context.Context, applicant, template string) error
}

// People knows which account goes on for one that turned out to be another: *account.Service.
type People interface {
	Survivor(ctx context.Context, applicant string) (string, error)
}

// Subjects knows in which state a matter, a booking or a parcel is now; "" when it has none.
type Subjects interface {
	State(ctx context.Context, ref model.NoticeRef) (string, error)
}

// Service is the verbs of notices.
type Service struct {
	notices  *store.Collection[model.Notice]
	wechat   WeChat
	credits  Credits
	subjects Subjects
	clock    clock.Clock

	sms    SMS    // nil: there is none
	phones Phones // beside it
	people People // nil: accounts are never merged

	stopped sync.Map // key of a template that WeChat has refused as such → time.Time until which it is left alone
}

// New makes the service.
func New(notices *store.Collection[model.Notice], wx WeChat, credits Credits, subjects Subjects, c clock.Clock) *Service {
	return &Service{notices: notices, wechat: wx, credits: credits, subjects: subjects, clock: c}
}

// UseSMS lets what cannot wait go by SMS. It is called before anything runs.
func (s *Service) UseSMS(sms SMS, phones Phones) { s.sms, s.phones = sms, phones }

// UsePeople lets notices follow accounts that are merged. It is called before anything runs.
func (s *Service) UsePeople(people People) { s.people = people }

// Give tells one person of one event. Told again, it changes nothing: created is false then.
func (s *Service) Give(ctx context.Context, d model.NoticeDraft) (created bool, err error) {
	version := ""
	if kind, ok := model.NoticeKindOf(d.Key); ok && kind.Template != "" {
		t, _ := s.wechat.Template(kind.Template)
		version = t.Version()
	}
	n, err := model.NewNotice(d, version, s.clock.Now())
	if err != nil {
		return false, fmt.Errorf("composing a notice for %s: %w", d.Event, err)
	}
	if s.people != nil && d.To == model.ToApplicant {
		if n.Recipient, err = s.people.Survivor(ctx, d.Recipient); err != nil {
			return false, fmt.Errorf("whom to tell of %s: %w", d.Event, err)
		}
	}
	s.fallBack(n)
	err = s.notices.Insert(ctx, n)
	if errors.Is(err, store.ErrDuplicate) {
		return false, nil
	}
	return err == nil, err
}

// Inbox lists a person's notices, the newest first.
func (s *Service) Inbox(ctx context.Context, recipient string, limit int, cursor string) (store.Page[model.Notice], error) {
	return s.notices.Find(ctx, store.Query{Index: indexInbox, Eq: []any{recipient}, Desc: true, Limit: limit, Cursor: cursor})
}

// Count counts a person's notices.
func (s *Service) Count(ctx context.Context, recipient string) (int64, error) {
	n, err := s.notices.Tally(ctx, store.Query{Index: indexInbox, Eq: []any{recipient}}, "recipient")
	if err != nil {
		return 0, fmt.Errorf("counting the notices of %s: %w", recipient, err)
	}
	return n[recipient], nil
}

// Read notes that a person has read one of their notices. Another person's is not found.
func (s *Service) Read(ctx context.Context, recipient, id string) (*model.Notice, error) {
	n, err := s.notices.Update(ctx, id, func(n *model.Notice) error {
		if n.Recipient != recipient {
			return fault.New("not_found")
		}
		if n.ReadAt != nil {
			return store.ErrUnchanged
		}
		n.MarkRead(s.clock.Now())
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found")
	}
	return n, err
}

// Wake puts a notice whose waiting is over on its way: the quiet hours have passed, or a quota is fresh again.
func (s *Service) Wake(ctx context.Context, id string) error {
	n, err := s.notices.Get(ctx, id)
	if err == nil && n.Expired(s.clock.Now()) {
		if err := s.notices.Delete(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("notice: dropping: %w", err)
		}
		return nil
	}
	_, err = s.notices.Update(ctx, id, func(n *model.Notice) error {
		if !n.Woken(s.clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
