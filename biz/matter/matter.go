// Package matter is what people do with a matter (办件): start it, hand it in, receive, forward, accept, decide,
// send the result. The rules are model.Matter's; this package loads a matter, lets it decide, saves it, and
// brings about what follows elsewhere.
package matter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/licence"
	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/trust"
)

// Collection is the name of the collection, in which wakes and events of matters are found.
const Collection = "matters"

// Accounts is what matters need of applicants.
type Accounts interface {
	Get(ctx context.Context, id string) (*model.Applicant, error)
	Reveal(a *model.Applicant, field string) (string, error)
}

// Parcels is what matters need of parcels.
type Parcels interface {
	// Open claims a waybill for a matter: waybill_invalid, waybill_in_use. The same matter again has it already.
	Open(ctx context.Context, plan model.NewParcel) (*model.Parcel, error)
	// Abandon gives a waybill back that no matter came to use.
	Abandon(ctx context.Context, parcel, matter string) error
	// Correct replaces a mistyped number, until the carrier has collected.
	Correct(ctx context.Context, parcel, waybill string, by model.Actor) (*model.Parcel, error)
	// PhoneTail seals what a carrier wants of a phone with a waybill.
	PhoneTail(c model.Carrier, waybill, phone string) model.Sealed
}

// Notices is what matters need of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Bookings is what matters need of bookings.
type Bookings interface {
	// MatterMoved brings a matter's live booking in line with what the matter has come to.
	MatterMoved(ctx context.Context, m *model.Matter) error
}

// Problems is what matters need of problem tickets; what is opened twice is one.
type Problems interface {
	Reviewed(ctx context.Context, m *model.Matter, r *model.Review) error
	About(ctx context.Context, key string, m *model.Matter, source, title, text, unit string, by model.Actor) (string, error)
}

// Licences is what matters need of the province's services (证照通、数据通).
type Licences interface {
	List(ctx context.Context, h licence.Holder) ([]licence.Line, error)
	Fetch(ctx context.Context, h licence.Holder, id, purpose string) (*model.LicenceRef, error)
	Check(ctx context.Context, h licence.Holder, source, purpose string) (licence.Fact, error)
}

// Accesses is what matters need of the access log.
type Accesses interface {
	// Look writes down that somebody looks at a datum before it is shown: reveal_limit.
	Look(ctx context.Context, who model.Actor, subject, matter, field, why string) (id string, err error)
	// Disclosed writes into a person's log what of theirs was given to somebody outside; once for each id.
	Disclosed(ctx context.Context, a trust.Access) error
}

// Consents is what matters need of consents.
type Consents interface {
	Refused(ctx context.Context, applicant, purpose string) (bool, error)
}

// Config says what the service stands on; every field is needed unless it says otherwise.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Keeper    *seal.Keeper
	Files     *file.Store
	Catalogue *catalogue.Catalogue
	Accounts  Accounts
	Parcels   Parcels
	Notices   Notices
	Bookings  Bookings
	Licences  Licences // nil: no such service is configured
	Texts     Texts    // nil: comments wait for a person
	AppID     string   // of the mini-program, to whose users Texts speaks
	Log       *slog.Logger

	// Link says with which other city's system a matter that is handled in a region is shared; nil for none.
	Link func(handling string) *model.MatterPeer

	// Problems takes what somebody has to answer for; set once it is made.
	Problems Problems

	// Accesses is the log of who looked at whom; set once it is made.
	Accesses Accesses
	// Consents says what people have taken back; set once it is made.
	Consents Consents
	// Met is told of an applicant whose document was read at a window: nil tells nobody.
	Met func(ctx context.Context, applicant string) error

	// Remains are what hangs on a matter elsewhere, and goes with its person; set once they are made.
	Remains []Remains

	// TrackLink gives the link of a matter's tracking code, printed on letters.
	TrackLink func(*model.Matter) string
}

// Service is the matters.
type Service struct {
	Config
	matters *store.Collection[model.Matter]
	reviews *store.Collection[model.Review]
}

// Open opens the collections.
func Open(ctx context.Context, db *store.DB) (*store.Collection[model.Matter], *store.Collection[model.Review], error) {
	matters, err := store.Open(ctx, db, spec)
	if err != nil {
		return nil, nil, fmt.Errorf("matter: %w", err)
	}
	reviews, err := store.Open(ctx, db, reviewSpec)
	if err != nil {
		return nil, nil, fmt.Errorf("matter: %w", err)
	}
	return matters, reviews, nil
}

// New makes the service.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c}
	var err error
	s.matters, s.reviews, err = Open(ctx, c.DB)
	return s, err
}

// spec declares what matters are found by. Drafts are the applicant's own affair: they stand in no list of an
// organisation, and cost none of its indexes.
var spec = store.Spec[model.Matter]{
	Name: Collection,
	Fields: []store.Field[model.Matter]{
		{Name: "applicant", Of: func(m *model.Matter) any { return m.Applicant }},
		{Name: "agent", Of: func(m *model.Matter) any { return present(m.Agent) }},
		{Name: "live", Of: live(func(m *model.Matter) any { return m.Applicant })},
		{Name: "kind", Of: live(func(m *model.Matter) any { return kind(m.Item.Code, m.Situation.Code) })},
		{Name: "handler", Of: live(func(m *model.Matter) any { return present(m.Handler) })},
		{Name: "opened", Of: func(m *model.Matter) any { return m.Times.Opened }},
		{Name: "org", Of: handed(func(m *model.Matter) any { return m.HOrg })},
		{Name: "region", Of: handed(func(m *model.Matter) any { return m.To })},
		{Name: "home", Of: handed(func(*model.Matter) any { return "home" })},
		{Name: "state", Of: handed(func(m *model.Matter) any { return string(m.State) })},
		{Name: "light", Of: handed(func(m *model.Matter) any { return string(m.Light) })},
		{Name: "owed", Of: live(owed)},
		{Name: "urgency", Of: handed(func(m *model.Matter) any { return urgency(m) })},
		{Name: "handed", Of: handed(func(m *model.Matter) any { return m.Handed() })},
	},
	Indexes: []store.Index{
		{Name: "applicant", Eq: []string{"applicant"}, Sort: "opened"},
		{Name: "agent", Eq: []string{"agent"}, Sort: "opened"},
		{Name: "live", Eq: []string{"live"}, Sort: "kind"},
		{Name: "handler", Eq: []string{"handler"}, Sort: "urgency"},
		{Name: "org", Eq: []string{"org"}, Sort: "urgency"},
		{Name: "org_state", Eq: []string{"org", "state"}, Sort: "urgency"},
		{Name: "org_light", Eq: []string{"org", "light"}, Sort: "urgency"},
		{Name: "region", Eq: []string{"region"}, Sort: "urgency"},
		{Name: "region_state", Eq: []string{"region", "state"}, Sort: "urgency"},
		{Name: "region_light", Eq: []string{"region", "light"}, Sort: "urgency"},
		{Name: "home", Eq: []string{"home"}, Sort: "urgency"},
		{Name: "home_state", Eq: []string{"home", "state"}, Sort: "urgency"},
		{Name: "home_light", Eq: []string{"home", "light"}, Sort: "urgency"},
		{Name: "home_handed", Eq: []string{"home"}, Sort: "handed"},
		{Name: "region_handed", Eq: []string{"region"}, Sort: "handed"},
		{Name: "owed", Eq: []string{"owed"}, Sort: "urgency"},
		{Name: "all"},
	},
}

// live gives a field only to a matter that has been handed in and has not ended.
func live(of func(*model.Matter) any) func(*model.Matter) any {
	return func(m *model.Matter) any {
		if m.State == model.MatterDraft || m.State.Ended() {
			return nil
		}
		return of(m)
	}
}

// kind is what makes two live matters of a person one too many, perhaps.
func kind(item, situation string) string { return item + " " + situation }

func present(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// handed gives a field only to a matter that has been handed in.
func handed(of func(*model.Matter) any) func(*model.Matter) any {
	return func(m *model.Matter) any {
		if m.State == model.MatterDraft || m.NeverHandedIn() {
			return nil
		}
		return of(m)
	}
}

// urgency sorts what is due first to the front; what runs against no deadline comes after, ended last.
func urgency(m *model.Matter) string {
	if m.State.Ended() {
		return "9 " + string(model.DateOf(m.Times.Changed))
	}
	first := model.Date("9999-12-31")
	for _, d := range m.Dues {
		first = min(first, d)
	}
	return "1 " + string(first)
}

// Get gives a matter to someone who may see it. What does not exist and what is somebody else's are answered
// alike: not_found.
func (s *Service) Get(ctx context.Context, who model.Actor, number string) (*model.Matter, error) {
	no, err := model.ParseMatterNo(number)
	if err != nil {
		return nil, err
	}
	m, err := s.load(ctx, no)
	if err != nil {
		return nil, err
	}
	if !m.VisibleTo(who) {
		return nil, notFound()
	}
	return m, nil
}

// Peek gives a matter to the program itself.
func (s *Service) Peek(ctx context.Context, no string) (*model.Matter, error) { return s.load(ctx, no) }

func (s *Service) load(ctx context.Context, no string) (*model.Matter, error) {
	m, err := s.matters.Get(ctx, no)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("matter: reading %s: %w", no, err)
	}
	return m, nil
}

func notFound() error { return fault.New("not_found").Say("未找到该办件") }

// env is what the rules need beside the matter.
func (s *Service) env() model.Env { return model.Env{Calendar: s.Catalogue.Calendar} }

// Act lets one event happen to a matter on behalf of someone, and gives the matter as it then is. A step whose
// cause has acted before changes nothing and is no error.
func (s *Service) Act(ctx context.Context, number string, step model.Step) (*model.Matter, error) {
	no, err := model.ParseMatterNo(number)
	if err != nil {
		return nil, err
	}
	if step.Now.IsZero() {
		step.Now = s.Clock.Now()
	}
	m, err := s.matters.Update(ctx, no, func(m *model.Matter) error {
		if !m.VisibleTo(step.Actor) {
			return notFound()
		}
		once.Forget(&m.Head, step.Now)
		err := m.Do(step, s.env())
		if errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound()
	}
	return m, err
}

// Filter chooses matters of a list; zero fields choose all.
type Filter struct {
	State  string
	Light  string
	Limit  int
	Cursor string
}

// Mine lists an applicant's own matters, newest first.
func (s *Service) Mine(ctx context.Context, applicant string, f Filter) (store.Page[model.Matter], error) {
	q := store.Query{Index: "applicant", Eq: []any{applicant}, Desc: true, Limit: f.Limit, Cursor: f.Cursor}
	return s.list(ctx, q, func(m *model.Matter) bool { return f.State == "" || string(m.State) == f.State })
}

// Desk lists what a department has to do, the most urgent first.
func (s *Service) Desk(ctx context.Context, org string, f Filter) (store.Page[model.Matter], error) {
	return s.worklist(ctx, "org", org, f)
}

// Region lists the matters that a supervisor answers for: those of a county that handles them, or all for the
// home city.
func (s *Service) Region(ctx context.Context, region string, f Filter) (store.Page[model.Matter], error) {
	if region == s.Catalogue.Rollout().Home() {
		return s.worklist(ctx, "home", "home", f)
	}
	return s.worklist(ctx, "region", region, f)
}

// Handed gives a page of the matters that were handed in from one date to another, the latest first; region "" is every region.
func (s *Service) Handed(ctx context.Context, region string, from, to model.Date, limit int, cursor string) (store.Page[model.Matter], error) {
	q := store.Query{Index: "home_handed", Eq: []any{"home"}, From: from.Start(), To: to.Add(1).Start(), Desc: true, Limit: limit, Cursor: cursor}
	if region != "" {
		q.Index, q.Eq = "region_handed", []any{region}
	}
	page, err := s.matters.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("matter: listing: %w", err)
	}
	return page, nil
}

// All gives a page of all matters in the order of their numbers.
func (s *Service) All(ctx context.Context, limit int, cursor string) (store.Page[model.Matter], error) {
	page, err := s.matters.Find(ctx, store.Query{Index: "all", Limit: limit, Cursor: cursor})
	if err != nil {
		return page, fmt.Errorf("matter: listing: %w", err)
	}
	return page, nil
}

func (s *Service) worklist(ctx context.Context, by, value string, f Filter) (store.Page[model.Matter], error) {
	q := store.Query{Index: by, Eq: []any{value}, Limit: f.Limit, Cursor: f.Cursor}
	switch {
	case f.Light != "":
		q.Index, q.Eq = by+"_light", []any{value, f.Light}
	case f.State != "":
		q.Index, q.Eq = by+"_state", []any{value, f.State}
	}
	return s.list(ctx, q, func(m *model.Matter) bool { return f.State == "" || string(m.State) == f.State })
}

// list fills a page of what an index gives and a condition keeps. The indexes leave little to the condition.
func (s *Service) list(ctx context.Context, q store.Query, keep func(*model.Matter) bool) (store.Page[model.Matter], error) {
	var out store.Page[model.Matter]
	want := q.Limit
	for {
		q.Limit = want - len(out.Items)
		page, err := s.matters.Find(ctx, q)
		if err != nil {
			return out, fmt.Errorf("matter: listing: %w", err)
		}
		for _, m := range page.Items {
			if keep(m) {
				out.Items = append(out.Items, m)
			}
		}
		out.Next = page.Next
		if page.Next == "" || len(out.Items) >= want {
			return out, nil
		}
		q.Cursor = page.Next
	}
}

// Today is the civil date of the server's clock.
func (s *Service) Today() model.Date { return model.DateOf(s.Clock.Now()) }

// now is the server's time.
func (s *Service) now() time.Time { return s.Clock.Now() }
