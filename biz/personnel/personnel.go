// Package personnel looks after the accounts of those who work here: it makes, moves, cuts off and brings back, within the scope of who
// asks, and sees that the work of a post that was left is somebody's again.
package personnel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"kuacheng/biz/account"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/personnel"
)

// Locks is the name of the collection of what only one may do at a time.
const Locks = "staff_locks"

// Matters is what this package needs of matters.
type Matters interface {
	Held(ctx context.Context, staff string, limit int, cursor string) (store.Page[model.Matter], error)
	CountHeld(ctx context.Context, staff string) (int, error)
	// HandOver gives a matter of one to another, "" to all of the organisation; what is done already is no error.
	HandOver(ctx context.Context, no, from, to string, by model.Actor, why string) error
}

// Bookings is what this package needs of bookings.
type Bookings interface {
	CalledBy(ctx context.Context, hall, clerk string) ([]*model.Booking, error)
	// Release puts those whom a clerk has called back in line.
	Release(ctx context.Context, hall, clerk string) error
}

// Notices is what this package needs of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Config says what the service stands on; every field is needed.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Accounts  *account.Service
	Matters   Matters
	Bookings  Bookings
	Notices   Notices
}

// Service is the staff accounts, as those who manage them see them.
type Service struct {
	Config
	staff *store.Collection[model.Staff]
	locks *store.Collection[lock]
}

// New opens what is this package's own.
func New(ctx context.Context, c Config) (*Service, error) {
	locks, err := store.Open(ctx, c.DB, store.Spec[lock]{Name: Locks})
	if err != nil {
		return nil, fmt.Errorf("personnel: %w", err)
	}
	return &Service{Config: c, staff: c.Accounts.Members(), locks: locks}, nil
}

// Filter chooses accounts of a list; zero fields choose all, but those that are disabled are never among the active.
type Filter struct {
	Org      string
	Role     string
	Disabled bool
	Limit    int
	Cursor   string
}

// List lists accounts that are the caller's to look at, by their user names.
func (s *Service) List(ctx context.Context, who model.Actor, f Filter) (store.Page[model.Staff], error) {
	q := store.Query{Index: "all", Limit: f.Limit, Cursor: f.Cursor}
	switch {
	case f.Org != "":
		if o, ok := s.Catalogue.Orgs().Get(f.Org); !ok || !personnel.Sees(who, o.Region, s.Catalogue.Regions) {
			return store.Page[model.Staff]{}, nil
		}
		q.Index, q.Eq = "org", []any{f.Org}
	case who.Role == model.RoleAdmin || strings.HasSuffix(who.Region, "0000"): // a province's is the whole
	case strings.HasSuffix(who.Region, "00"):
		q.Index, q.Eq = "city", []any{who.Region[:4]}
	default:
		q.Index, q.Eq = "region", []any{who.Region}
	}
	standing := account.StandingActive
	if f.Disabled {
		standing = account.StandingDisabled
	}
	q.Eq = append(q.Eq, standing)
	if f.Role != "" {
		q.Index, q.Eq = q.Index+"_role", append(q.Eq, f.Role)
	}
	page, err := s.staff.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("personnel: listing: %w", err)
	}
	return page, nil
}

// Get gives an account that is the caller's to look at, with its name in full.
func (s *Service) Get(ctx context.Context, who model.Actor, id string) (*model.Staff, string, error) {
	x, err := s.get(ctx, who, id)
	if err != nil {
		return nil, "", err
	}
	name, err := s.Accounts.MemberName(x)
	return x, name, err
}

func (s *Service) get(ctx context.Context, who model.Actor, id string) (*model.Staff, error) {
	x, err := s.staff.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !personnel.Sees(who, x.Region, s.Catalogue.Regions) {
		return nil, fault.New("not_found").Say("未找到该账号")
	}
	if err != nil {
		return nil, fmt.Errorf("personnel: reading: %w", err)
	}
	return x, nil
}

// manage gives an account that is the caller's to change: not their own, and of no rights like theirs.
func (s *Service) manage(ctx context.Context, who model.Actor, id string) (*model.Staff, error) {
	x, err := s.get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return x, s.mine(who, x)
}

func (s *Service) mine(who model.Actor, x *model.Staff) error {
	switch {
	case x.ID == who.ID:
		return fault.New("own_account")
	case !personnel.Manages(who, x.Role, x.Region, s.Catalogue.Regions):
		return fault.New("forbidden")
	}
	return nil
}

// Entry is a new account.
type Entry struct {
	Account, Name string
	Post          model.Post
}

// accountForm: an account stands on trails and in ids of events, so it is short, plain and without a separator.
var accountForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{2,31}$`)

// Create makes an account and gives its first password, which nobody is told again. A repeated request gets the first answer while that
// password has not been changed.
func (s *Service) Create(ctx context.Context, who model.Actor, in Entry, request once.Request,
	render func(x *model.Staff, name, password string) ([]byte, error)) ([]byte, error) {
	if !accountForm.MatchString(in.Account) || in.Account == model.System.ID {
		return nil, fault.New("validation_failed").Field("account").Say("账号为 3 至 32 位小写字母、数字、点、横线或下划线，以字母开头")
	}
	name, err := model.ParseName(in.Name)
	if err != nil {
		return nil, err
	}
	x := model.Staff{Head: model.Head{ID: in.Account}}
	if err := s.join(who, &x, in.Post); err != nil {
		return nil, err
	}
	password, now := oneTime(), s.Clock.Now()
	made := s.Accounts.Enrol(x, name, password)
	personnel.Create(made, who, now)
	answer, err := render(made, name, password)
	if err != nil {
		return nil, err
	}
	made.Origin = request.Origin(answer, now)
	if err := s.staff.Insert(ctx, made); !errors.Is(err, store.ErrDuplicate) {
		return answer, err
	}
	there, err := s.staff.Get(ctx, made.ID)
	if err != nil {
		return nil, fmt.Errorf("personnel: creating: %w", err)
	}
	repeated, err := request.Made(there.Origin)
	if err != nil {
		return nil, err
	}
	if !repeated {
		return nil, fault.New("account_taken").Field("account")
	}
	return request.Answer(there.Origin)
}

// join gives an account a post, if the post is the caller's to give.
func (s *Service) join(who model.Actor, x *model.Staff, p model.Post) error {
	org, hall, err := s.post(who, p)
	if err != nil {
		return err
	}
	return x.Join(p, org, hall)
}

func (s *Service) post(who model.Actor, p model.Post) (org model.Organisation, hall *model.Hall, err error) {
	org, ok := s.Catalogue.Orgs().Get(p.Org)
	if !ok {
		return org, nil, fault.New("validation_failed").Field("org").Say("没有这个单位")
	}
	if !personnel.Manages(who, p.Role, org.Region, s.Catalogue.Regions) {
		return org, nil, fault.New("forbidden")
	}
	hall, _ = s.Catalogue.Hall(p.Hall) // nil for none
	return org, hall, nil
}

// oneTime is a password that is read out or copied once: letters and digits that are not mistaken for one another, sixty bits of them.
func oneTime() string {
	part := func(of string) string {
		b := make([]byte, 5)
		for i := range b {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(of))))
			if err != nil {
				panic(err) // never: crypto/rand ends the program instead
			}
			b[i] = of[n.Int64()]
		}
		return string(b)
	}
	return part("ABCDEFGHJKLMNPQRSTUVWXYZ") + "-" + part("abcdefghjkmnpqrstuvwxyz") + "-" + part("23456789")
}

// change lets something happen to an account that is the caller's to change, as it is when it happens.
func (s *Service) change(ctx context.Context, who model.Actor, id string, do func(*model.Staff) error) (*model.Staff, error) {
	return s.staff.Update(ctx, id, func(x *model.Staff) error {
		if err := s.mine(who, x); err != nil {
			return err
		}
		once.Forget(&x.Head, s.Clock.Now())
		err := do(x)
		if errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		}
		return err
	})
}

// Reset gives an account a new first password.
func (s *Service) Reset(ctx context.Context, who model.Actor, id, why string) (x *model.Staff, password string, err error) {
	if _, err := s.manage(ctx, who, id); err != nil {
		return nil, "", err
	}
	password = oneTime()
	hash := account.HashPassword(password)
	x, err = s.change(ctx, who, id, func(x *model.Staff) error {
		return personnel.Reset(x, who, hash, model.ScrubNumbers(why), s.Clock.Now())
	})
	return x, password, err
}

// Shift is what is to change of a post; what is nil or empty stays.
type Shift struct {
	Role, Org, Hall string
	Windows         []string
	Lead            *bool
	Why, Successor  string
}

// after is the post that a shift leads to. A hall goes with its organisation, and windows with their hall.
func (f Shift) after(p model.Post) model.Post {
	if f.Role != "" {
		p.Role = model.Role(f.Role)
	}
	if f.Org != "" && f.Org != p.Org {
		p.Org, p.Hall, p.Windows = f.Org, "", nil
	}
	if p.Role != model.RoleClerk {
		p.Hall, p.Windows = "", nil
	}
	if f.Hall != "" && f.Hall != p.Hall {
		p.Hall, p.Windows = f.Hall, nil
	}
	if f.Windows != nil {
		p.Windows = f.Windows
	}
	if p.Role != model.RoleReviewer {
		p.Lead = false
	}
	if f.Lead != nil {
		p.Lead = *f.Lead
	}
	return p
}

// Move gives an account another post.
func (s *Service) Move(ctx context.Context, who model.Actor, id string, f Shift) (*model.Staff, error) {
	x, err := s.manage(ctx, who, id)
	if err != nil {
		return nil, err
	}
	next := f.after(x.Post())
	org, hall, err := s.post(who, next)
	if err != nil {
		return nil, err
	}
	o, err := s.order(ctx, who, x, f.Why, f.Successor)
	if err != nil {
		return nil, err
	}
	return s.keepingAdmins(ctx, x, next.Role != model.RoleAdmin, func() (*model.Staff, error) {
		return s.change(ctx, who, id, func(now *model.Staff) error {
			if now.Epoch != x.Epoch {
				return fault.New("transition_not_allowed").Say("该账号刚被他人更改，请刷新后重试").With("event", personnel.Moved)
			}
			return personnel.Move(now, next, org, hall, o)
		})
	})
}

// order looks at who is to go on with the work.
func (s *Service) order(ctx context.Context, who model.Actor, x *model.Staff, why, successor string) (personnel.Order, error) {
	o := personnel.Order{By: who, Why: model.ScrubNumbers(why), Successor: successor, Now: s.Clock.Now()}
	if successor != "" {
		next, err := s.staff.Get(ctx, successor)
		if errors.Is(err, store.ErrNotFound) {
			return o, fault.New("validation_failed").Field("successor").Say("没有这个接手人")
		}
		if err != nil {
			return o, fmt.Errorf("personnel: reading the successor: %w", err)
		}
		if err := personnel.Succeeds(next, x.ID, x.Post()); err != nil {
			return o, err
		}
	}
	var err error
	o.Matters, err = s.Matters.CountHeld(ctx, x.ID)
	return o, err
}

// Disable cuts an account off at once.
func (s *Service) Disable(ctx context.Context, who model.Actor, id, why, successor string) (*model.Staff, error) {
	x, err := s.manage(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if !x.Active {
		return x, nil // a second tap
	}
	o, err := s.order(ctx, who, x, why, successor)
	if err != nil {
		return nil, err
	}
	return s.keepingAdmins(ctx, x, true, func() (*model.Staff, error) {
		return s.change(ctx, who, id, func(x *model.Staff) error { return personnel.Disable(x, o) })
	})
}

// Enable lets somebody in again.
func (s *Service) Enable(ctx context.Context, who model.Actor, id, why string) (*model.Staff, error) {
	if _, err := s.manage(ctx, who, id); err != nil {
		return nil, err
	}
	return s.change(ctx, who, id, func(x *model.Staff) error {
		return personnel.Enable(x, who, model.ScrubNumbers(why), s.Clock.Now())
	})
}
