package signal_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/audit"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/ledger"
	"kuacheng/biz/notice/noticetest"
	"kuacheng/biz/peer"
	"kuacheng/biz/problem"
	"kuacheng/biz/signal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	rules "kuacheng/model/signal"
)

var (
	boss   = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	county = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "county", Org: "441521-ZS", Region: "441521"}
	clerk  = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk", Org: "440300-ZS", Region: "440300"}
	noon   = time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC) // a Wednesday
)

// things are what the signals look at, in memory.
type things struct {
	matters  map[string]*model.Matter
	bookings map[string]*model.Booking
	parcels  map[string]*model.Parcel
	talks    []peer.Talk
	owed     map[string]map[string]int64
}

func (x *things) Peek(_ context.Context, no string) (*model.Matter, error) {
	if m := x.matters[no]; m != nil {
		return m, nil
	}
	return nil, fault.New("not_found")
}

func (x *things) Owed(_ context.Context, org string) (map[string]int64, *model.Matter, error) {
	for _, m := range x.matters {
		if m.OwedBy == org && x.owed[org] != nil {
			return x.owed[org], m, nil
		}
	}
	return nil, nil, nil
}

func (x *things) Talks(context.Context) ([]peer.Talk, error) { return x.talks, nil }

func (x *things) Handed(context.Context, string, model.Date, model.Date, int, string) (store.Page[model.Matter], error) {
	return store.Page[model.Matter]{}, nil
}

func (x *things) All(context.Context, int, string) (store.Page[model.Matter], error) {
	return store.Page[model.Matter]{}, nil
}

type bookings struct{ *things }

func (x bookings) Get(_ context.Context, _ model.Actor, id string) (*model.Booking, error) {
	if b := x.bookings[id]; b != nil {
		return b, nil
	}
	return nil, fault.New("not_found")
}

type parcels struct{ *things }

func (x parcels) Get(_ context.Context, id string) (*model.Parcel, error) {
	if p := x.parcels[id]; p != nil {
		return p, nil
	}
	return nil, fault.New("not_found")
}

type office struct {
	*signal.Service
	*things
	t        *testing.T
	db       *store.DB
	clock    *clock.Movable
	told     *noticetest.Told
	ledger   *ledger.Service
	audit    *audit.Service
	problems *problem.Service
}

func bureauOf(region string) string { return region + "-ZS" }

func open(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &office{t: t, db: db, clock: &clock.Movable{}, told: &noticetest.Told{}, things: &things{
		matters: map[string]*model.Matter{}, bookings: map[string]*model.Booking{}, parcels: map[string]*model.Parcel{}, owed: map[string]map[string]int64{},
	}}
	o.clock.Advance(noon.Sub(o.clock.Now()))
	c, ctx := catalogue.New(d), t.Context()
	if o.ledger, err = ledger.New(ctx, ledger.Config{DB: db, Clock: o.clock, Catalogue: c, Matters: o.things}); err != nil {
		t.Fatal(err)
	}
	if o.problems, err = problem.New(ctx, problem.Config{DB: db, Clock: o.clock, Catalogue: c, Notices: o.told, Bureau: bureauOf}); err != nil {
		t.Fatal(err)
	}
	if o.audit, err = audit.New(ctx, audit.Config{DB: db, Clock: o.clock, Problems: o.problems, Bureau: bureauOf}); err != nil {
		t.Fatal(err)
	}
	o.Service, err = signal.New(ctx, signal.Config{
		DB: db, Clock: o.clock, Catalogue: c, Matters: o.things, Ledger: o.ledger, Accesses: o.audit, Bookings: bookings{o.things},
		Parcels: parcels{o.things}, Peers: o.things, Problems: o.problems, Notices: o.told, Bureau: bureauOf,
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// handed is a matter as a region was handed it today.
func (o *office) handed(no, region string, change func(*model.Matter)) *model.Matter {
	o.t.Helper()
	at := o.clock.Now()
	m := &model.Matter{
		Head: model.Head{ID: no}, Mode: model.ModeOnline, From: "440300", To: region, ROrg: "440300-ZS", HOrg: region + "-RS", OwedBy: region + "-RS",
		State: model.MatterAccepted, Light: model.LightGreen, Item: model.MatterItem{Code: "SW-RS-0001", Name: "某事项", Department: "RS"},
		Times: model.MatterTimes{Opened: at, Changed: at, Submitted: &at},
	}
	o.matters[no] = m
	o.changed(m, change)
	return m
}

// changed changes a matter, and lets the ledger and the signals hear of it, twice.
func (o *office) changed(m *model.Matter, change func(*model.Matter)) {
	o.t.Helper()
	from := m.Counted
	if change != nil {
		change(m)
	}
	n := m.Counts.Corrections + m.Counts.Supplements
	to := &model.Counted{
		Day: model.DateOf(*m.Times.Submitted), From: m.From, To: m.To, Item: m.Item.Code, Dept: m.Item.Department, ROrg: m.ROrg, HOrg: m.HOrg,
		Mode: m.Mode, State: m.State, Light: m.Light, Asked: int64(min(n, 1)), Stars: int64(m.Stars),
	}
	if m.Counted != from { // the test says it
		to = m.Counted
	}
	m.Counted = to
	ref := map[string]string{}
	for name, x := range map[string]*model.Counted{"from": from, "to": to} {
		if x != nil {
			text, _ := json.Marshal(x)
			ref[name] = string(text)
		}
	}
	at := o.clock.Now()
	if n := len(m.Trail); n > 0 {
		at = m.Trail[n-1].At
	}
	e := m.Emit(model.KindMatterCounted, at, ref)
	for range 2 {
		o.ok(o.ledger.Counted(o.t.Context(), m.ID, e))
		o.ok(o.Counted(o.t.Context(), m.ID, e))
	}
}

// carry carries out what a collection's outbox holds, twice, and settles it.
func (o *office) carry(name string, carry func(context.Context, string, model.Event) error) {
	o.t.Helper()
	ctx := o.t.Context()
	refs, err := o.db.Pending(ctx, name, o.clock.Now().Add(time.Hour), 1000)
	o.ok(err)
	for _, ref := range refs {
		for _, e := range ref.Events {
			for range 2 {
				o.ok(carry(ctx, ref.ID, e))
			}
			o.ok(o.db.Settle(ctx, name, ref.ID, e.ID))
		}
	}
}

// pass lets time go by, and wakes what is due, twice.
func (o *office) pass(d time.Duration) {
	o.t.Helper()
	o.clock.Advance(d)
	ctx := o.t.Context()
	for name, wake := range map[string]func(context.Context, string) error{
		signal.Collection: o.Wake, signal.Watches: o.WakeWatch, signal.CarrierDays: o.WakeCarrierDay, signal.Mornings: o.WakeMorning,
	} {
		due, err := o.db.Due(ctx, name, o.clock.Now(), 1000)
		o.ok(err)
		for _, ref := range due {
			for range 2 {
				o.ok(wake(ctx, ref.ID))
			}
		}
	}
	o.carry(signal.Mornings, o.Morning)
}

// all lists the signals of a rule, in whatever state a filter names.
func (o *office) all(f signal.Filter) []*rules.Signal {
	o.t.Helper()
	page, err := o.List(o.t.Context(), boss, f)
	o.ok(err)
	return page.Items
}

// one is the only open signal of a rule, which says something, counts so often, and names these matters.
func (o *office) one(rule, text string, times int, matters ...string) *rules.Signal {
	o.t.Helper()
	list := o.all(signal.Filter{Rule: rule})
	if len(list) != 1 {
		o.t.Fatalf("%d signals %s", len(list), rule)
	}
	x := list[0]
	if !strings.Contains(x.Text, text) || strings.ContainsAny(x.Text, "{}") || x.Times != times || !slices.Equal(x.Matters, matters) {
		o.t.Fatalf("%s: %s, %d times, of %v", rule, x.Text, x.Times, x.Matters)
	}
	return x
}

func (o *office) none(rule string) {
	o.t.Helper()
	if list := o.all(signal.Filter{Rule: rule}); len(list) > 0 {
		o.t.Fatalf("%s: %s", rule, list[0].Text)
	}
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("%v, want %s", err, code)
	}
}
