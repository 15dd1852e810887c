// Package signal watches the work by rules (互联网+监管): it follows what changes, keeps what it needs to compare, and gives
// supervisors signals that they can check, put off, dismiss or make a ticket of. It also tells organisations what they owe. What it
// does for one change costs the same whatever else is stored: it reads the changed thing, and at most a month of daily sums.
package signal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/peer"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
	sums "kuacheng/model/ledger"
	"kuacheng/model/signal"
	"kuacheng/model/trust"
)

// Collections beside that of the signals.
const (
	Collection  = signal.Collection
	Watches     = "signal_watches"
	CarrierDays = "signal_carrier_days"
	Units       = "signal_units"
	Lines       = "signal_lines"
	Rulings     = "signal_rules"
	Mornings    = "signal_mornings"
)

// Matters is what signals need of matters.
type Matters interface {
	Peek(ctx context.Context, no string) (*model.Matter, error)
	// Owed counts what an organisation owes, by light, and gives the most urgent of it; nil for none.
	Owed(ctx context.Context, org string) (map[string]int64, *model.Matter, error)
}

// Ledger is what signals need of the sums.
type Ledger interface {
	// Cells gives the cells of one handling region, without what lies below it, day by day.
	Cells(ctx context.Context, region string, from, to model.Date, take func(model.Date, sums.Cell, sums.Sums)) error
	// Item adds an item's matters up over the months that a period touches.
	Item(ctx context.Context, code string, from, to model.Date) (sums.Sums, error)
}

// Accesses is what signals need of the access log.
type Accesses interface {
	Of(ctx context.Context, kind, key string, limit int, cursor string) (store.Page[trust.AccessDay], error)
}

// Bookings is what signals need of bookings.
type Bookings interface {
	Get(ctx context.Context, who model.Actor, id string) (*model.Booking, error)
}

// Parcels is what signals need of parcels.
type Parcels interface {
	Get(ctx context.Context, id string) (*model.Parcel, error)
}

// Peers is what signals need of other cities' systems.
type Peers interface {
	Talks(ctx context.Context) ([]peer.Talk, error)
}

// Problems is where a signal becomes a ticket.
type Problems interface {
	Open(ctx context.Context, key string, o bureau.Opening, by model.Actor) (string, error)
	Peek(ctx context.Context, id string) (*bureau.Problem, error)
}

// Notices is what signals need of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Config says what the service stands on; every field is needed.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Catalogue *catalogue.Catalogue
	Matters   Matters
	Ledger    Ledger
	Accesses  Accesses
	Bookings  Bookings
	Parcels   Parcels
	Peers     Peers
	Problems  Problems
	Notices   Notices
	Bureau    func(region string) string // the organisation that supervises a region
}

// Service is the signals.
type Service struct {
	Config
	signals  *store.Collection[signal.Signal]
	watches  *store.Collection[signal.Watch]
	carriers *store.Collection[signal.CarrierDay]
	units    *store.Collection[signal.Unit]
	lines    *store.Collection[signal.Line]
	rulings  *store.Collection[signal.Ruling]
	mornings *store.Collection[signal.Morning]
}

// spec: signals are listed for the home city, for another city, for a region and for an organisation; with a rule or without.
var spec = store.Spec[signal.Signal]{
	Name: Collection,
	Fields: []store.Field[signal.Signal]{
		{Name: "home", Of: func(*signal.Signal) any { return "home" }},
		{Name: "city", Of: func(s *signal.Signal) any { return s.City }},
		{Name: "region", Of: func(s *signal.Signal) any { return s.Region }},
		{Name: "org", Of: func(s *signal.Signal) any { return s.Org }},
		{Name: "state", Of: func(s *signal.Signal) any { return string(s.State) }},
		{Name: "rule", Of: func(s *signal.Signal) any { return s.Rule }},
		{Name: "last", Of: func(s *signal.Signal) any { return s.Last }},
	},
	Indexes: []store.Index{
		{Name: "home", Eq: []string{"home", "state"}, Sort: "last"},
		{Name: "home_rule", Eq: []string{"home", "state", "rule"}, Sort: "last"},
		{Name: "city", Eq: []string{"city", "state"}, Sort: "last"},
		{Name: "city_rule", Eq: []string{"city", "state", "rule"}, Sort: "last"},
		{Name: "region", Eq: []string{"region", "state"}, Sort: "last"},
		{Name: "region_rule", Eq: []string{"region", "state", "rule"}, Sort: "last"},
		{Name: "org", Eq: []string{"org", "state"}, Sort: "last"},
		{Name: "org_rule", Eq: []string{"org", "state", "rule"}, Sort: "last"},
	},
}

var carrierSpec = store.Spec[signal.CarrierDay]{
	Name: CarrierDays,
	Fields: []store.Field[signal.CarrierDay]{
		{Name: "company", Of: func(d *signal.CarrierDay) any { return d.Company }},
		{Name: "date", Of: func(d *signal.CarrierDay) any { return string(d.Date) }},
	},
	Indexes: []store.Index{{Name: "company", Eq: []string{"company"}, Sort: "date"}},
}

// New opens the collections, and sets the alarm for the next morning.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c}
	var errs [7]error
	s.signals, errs[0] = store.Open(ctx, c.DB, spec)
	s.watches, errs[1] = store.Open(ctx, c.DB, store.Spec[signal.Watch]{Name: Watches})
	s.carriers, errs[2] = store.Open(ctx, c.DB, carrierSpec)
	s.units, errs[3] = store.Open(ctx, c.DB, store.Spec[signal.Unit]{Name: Units})
	s.mornings, errs[4] = store.Open(ctx, c.DB, store.Spec[signal.Morning]{Name: Mornings})
	s.lines, errs[5] = store.Open(ctx, c.DB, store.Spec[signal.Line]{Name: Lines})
	s.rulings, errs[6] = store.Open(ctx, c.DB, store.Spec[signal.Ruling]{Name: Rulings})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("signal: %w", err)
	}
	if err := s.alarm(ctx); err != nil {
		return nil, fmt.Errorf("signal: %w", err)
	}
	return s, nil
}

// alarm sees to it that the next working day has its morning, also after the clock was put back.
func (s *Service) alarm(ctx context.Context) error {
	now, c := s.Clock.Now(), s.Catalogue.Calendar
	if m, err := s.mornings.Get(ctx, signal.MorningID); err == nil && !m.Astray(now, c) {
		return nil
	}
	_, err := s.mornings.Upsert(ctx, signal.MorningID, func() *signal.Morning { return signal.NewMorning(now, c) }, func(m *signal.Morning) error {
		if !m.Right(now, c) && m.Rev > 0 {
			return store.ErrUnchanged
		}
		return nil
	})
	return err
}

// fire lets a finding have happened, once.
func (s *Service) fire(ctx context.Context, f signal.Firing) error {
	if f.Off {
		return nil
	}
	id := f.ID()
	f.Vars = maps.Clone(f.Vars)
	if org := f.Vars["org"]; org != "" {
		f.Vars["org"] = s.orgName(org)
	}
	city := s.Catalogue.Regions.City(f.Region)
	_, err := s.signals.Upsert(ctx, id, func() *signal.Signal { return signal.New(f, city) }, func(x *signal.Signal) error {
		if !x.Fire(f, s.Clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("signal: %s of %s: %w", f.Rule, f.Subject, err)
	}
	return nil
}

func (s *Service) fireAll(ctx context.Context, all []signal.Firing) error {
	for _, f := range all {
		if err := s.fire(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) orgName(id string) string {
	if o, ok := s.Catalogue.Orgs().Get(id); ok {
		return o.Name
	}
	return id
}

// Filter chooses signals of a list; zero fields choose all, but for the state, which is open.
type Filter struct {
	State  string
	Rule   string
	Org    string
	Limit  int
	Cursor string
}

// List lists what a supervisor's region and what lies below it answers for, the latest first.
func (s *Service) List(ctx context.Context, who model.Actor, f Filter) (store.Page[signal.Signal], error) {
	q := store.Query{Eq: []any{"", cmp.Or(f.State, string(signal.Open))}, Desc: true, Limit: f.Limit, Cursor: f.Cursor}
	switch {
	case f.Org != "":
		o, ok := s.Catalogue.Orgs().Get(f.Org)
		if !ok || !s.covers(who, o.Region) {
			return store.Page[signal.Signal]{}, fault.New("validation_failed").Field("org").Say("没有这个单位")
		}
		q.Index, q.Eq[0] = "org", f.Org
	case who.Region == s.Catalogue.Rollout().Home():
		q.Index, q.Eq[0] = "home", "home"
	case s.Catalogue.Regions.City(who.Region) == who.Region:
		q.Index, q.Eq[0] = "city", who.Region
	default:
		q.Index, q.Eq[0] = "region", who.Region
	}
	if f.Rule != "" {
		q.Index, q.Eq = q.Index+"_rule", append(q.Eq, f.Rule)
	}
	page, err := s.signals.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("signal: listing: %w", err)
	}
	return page, nil
}

func (s *Service) covers(who model.Actor, region string) bool {
	return who.Region == s.Catalogue.Rollout().Home() || s.Catalogue.Regions.Covers(who.Region, region)
}

// Get gives a signal to a supervisor who may see it.
func (s *Service) Get(ctx context.Context, who model.Actor, id string) (*signal.Signal, error) {
	x, err := s.signals.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.covers(who, x.Region) {
		return nil, fault.New("not_found").Say("未找到该信号")
	}
	if err != nil {
		return nil, fmt.Errorf("signal: reading: %w", err)
	}
	return x, nil
}

func (s *Service) change(ctx context.Context, who model.Actor, id string, do func(*signal.Signal) error) (*signal.Signal, error) {
	if _, err := s.Get(ctx, who, id); err != nil {
		return nil, err
	}
	return s.signals.Update(ctx, id, do)
}

// Snooze puts a signal off: through a date, or for days.
func (s *Service) Snooze(ctx context.Context, who model.Actor, id string, through model.Date, days int) (*signal.Signal, error) {
	now := s.Clock.Now()
	if (through == "") == (days == 0) {
		return nil, fault.New("validation_failed").Field("until").Say("请选择日期或天数之一")
	}
	if through == "" {
		through = model.DateOf(now).Add(days - 1)
	}
	return s.change(ctx, who, id, func(x *signal.Signal) error { return x.Snooze(who, through.Add(1).Start(), now) })
}

// Dismiss ends a signal with a reason.
func (s *Service) Dismiss(ctx context.Context, who model.Actor, id, reason string) (*signal.Signal, error) {
	return s.change(ctx, who, id, func(x *signal.Signal) error { return x.Dismiss(who, model.ScrubNumbers(reason), s.Clock.Now()) })
}

// Raise makes a ticket of a signal; asked again, it is the same ticket.
func (s *Service) Raise(ctx context.Context, who model.Actor, id string) (*bureau.Problem, error) {
	x, err := s.Get(ctx, who, id)
	if err == nil {
		err = x.CanRaise()
	}
	if err != nil {
		return nil, err
	}
	r, _ := signal.RuleOf(x.Rule)
	o := bureau.Opening{
		Source: bureau.SourceSignal, Title: "监管信号：" + r.Name, Text: x.Text, Region: x.Region, Unit: cmp.Or(x.Org, s.Bureau(x.Region)),
		Urgent: x.Severity == signal.Grave,
	}
	if x.Kind == signal.OfMatter {
		m, err := s.Matters.Peek(ctx, x.Subject)
		if err != nil {
			return nil, err
		}
		o.Matter, o.From, o.To = m.ID, m.From, m.To
	}
	problem, err := s.Problems.Open(ctx, "signal:"+id, o, who)
	if err != nil {
		return nil, err
	}
	_, err = s.change(ctx, who, id, func(x *signal.Signal) error {
		if !x.Raise(who, problem, s.Clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Problems.Peek(ctx, problem)
}

// Wake ends a snooze whose time has come, and drops what has been kept for long enough.
func (s *Service) Wake(ctx context.Context, id string) error {
	x, err := s.signals.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("signal: waking: %w", err)
	}
	if x.Expired(s.Clock.Now()) {
		return dropped(s.signals.Delete(ctx, id))
	}
	stands := false
	switch x.Kind {
	case signal.OfMatter:
		m, err := s.Matters.Peek(ctx, x.Subject)
		if err != nil && fault.Code(err) != "not_found" {
			return err
		}
		stands = err == nil && !m.State.Ended()
	case signal.OfOrg:
		if stands, err = s.stands(ctx, x); err != nil {
			return err
		}
	}
	_, err = s.signals.Update(ctx, id, func(x *signal.Signal) error {
		if !x.Awake(stands, s.Clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	return err
}

// Found tells the supervisors of a new grave signal: the outbox.Handler of signal.KindSignal.
func (s *Service) Found(ctx context.Context, id string, e model.Event) error {
	x, err := s.signals.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("signal: telling: %w", err)
	}
	r, _ := signal.RuleOf(x.Rule)
	no := ""
	if len(x.Matters) > 0 {
		no = x.Matters[0]
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: "signal:" + id, Recipient: s.Bureau(x.Region), To: model.ToStaff, Key: "staff_signal", Ref: model.NoticeRef{Kind: "signal", ID: id}, At: e.At,
		Vars: map[string]string{"what": r.Name, "matter_no": no},
	})
	if err != nil {
		return fmt.Errorf("signal: telling: %w", err)
	}
	return nil
}
