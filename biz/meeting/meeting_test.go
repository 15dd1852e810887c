package meeting_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/meeting"
	"kuacheng/biz/notice/noticetest"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
)

var (
	boss     = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	shenzhen = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "sz", Org: "440300-ZS", Region: "440300"}
	huizhou  = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "hz", Org: "441300-ZS", Region: "441300"}
)

var errDown = errors.New("down")

// tickets are the problem tickets: some open between the cities, and those that decisions become.
type tickets struct {
	open   []accord.Point
	follow map[string]meeting.FollowUp
	down   bool
}

func (x *tickets) Agenda(context.Context, string, int) ([]accord.Point, error) { return x.open, nil }

func (x *tickets) Follow(_ context.Context, key string, f meeting.FollowUp) (string, error) {
	if x.down {
		return "", errDown
	}
	x.follow[key] = f
	return "pb-" + key, nil
}

func (x *tickets) State(_ context.Context, id string) (string, error) {
	if x.down {
		return "", errDown
	}
	return "assigned " + id, nil
}

type office struct {
	*meeting.Service
	t       *testing.T
	db      *store.DB
	clock   *clock.Movable
	told    *noticetest.Told
	tickets *tickets
}

func open(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "m.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &office{t: t, db: db, clock: &clock.Movable{}, told: &noticetest.Told{}, tickets: &tickets{follow: map[string]meeting.FollowUp{}}}
	o.Service, err = meeting.New(t.Context(), meeting.Config{DB: db, Clock: o.clock, Catalogue: catalogue.New(d), Problems: o.tickets, Notices: o.told})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// run carries out what the outbox holds, twice over; it gives the last failure.
func (o *office) run() (failed error) {
	o.t.Helper()
	refs, err := o.db.Pending(o.t.Context(), meeting.Collection, o.clock.Now().Add(time.Hour), 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, ref := range refs {
		for _, e := range ref.Events {
			err := errors.Join(o.Happened(o.t.Context(), ref.ID, e), o.Happened(o.t.Context(), ref.ID, e))
			if err != nil {
				failed = err
				continue
			}
			if err := o.db.Settle(o.t.Context(), meeting.Collection, ref.ID, e.ID); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	return failed
}

func plain(m *accord.Meeting) ([]byte, error) { return []byte(m.ID), nil }

func TestService_Call(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	at := o.clock.Now().Add(24 * time.Hour)
	good := accord.Meeting{Title: "联席会议", Cities: []string{"440300"}, StartsAt: at, Place: "会议室", Orgs: []string{"440300-ZS"}}
	for name, c := range map[string]struct {
		who    model.Actor
		change func(*accord.Meeting)
		code   string
	}{
		"another city calls":       {shenzhen, func(*accord.Meeting) {}, "forbidden"},
		"no city":                  {boss, func(m *accord.Meeting) { m.Cities = nil }, "validation_failed"},
		"a city that is not":       {boss, func(m *accord.Meeting) { m.Cities = []string{"999999"} }, "unknown_region"},
		"a district":               {boss, func(m *accord.Meeting) { m.Cities = []string{"440305"} }, "validation_failed"},
		"with oneself":             {boss, func(m *accord.Meeting) { m.Cities = []string{"441500"} }, "validation_failed"},
		"yesterday":                {boss, func(m *accord.Meeting) { m.StartsAt = at.Add(-48 * time.Hour) }, "validation_failed"},
		"organisation that is not": {boss, func(m *accord.Meeting) { m.Orgs = []string{"none"} }, "validation_failed"},
	} {
		m := good
		c.change(&m)
		if _, err := o.Call(ctx, c.who, m, nil, once.Request{}, plain); fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.tickets.open = []accord.Point{{Problem: "pb1", Title: "一般"}, {Problem: "pb2", Title: "久拖", Late: 2}}
	id, err := o.Call(ctx, boss, good, []accord.Point{{Title: "口径统一"}}, once.Request{}, plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.run(); err != nil {
		t.Fatal(err)
	}
	if got := o.told.Take(); got != "440300-ZS staff_meeting_called" {
		t.Error(got)
	}
	agenda := func(m *accord.Meeting, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, p := range m.Agenda {
			titles = append(titles, p.Title)
		}
		return strings.Join(titles, " ")
	}
	if got := agenda(o.Get(ctx, shenzhen, string(id))); got != "久拖 一般 口径统一" {
		t.Error(got)
	}
	o.tickets.open = o.tickets.open[:1]
	if got := agenda(o.Redraw(ctx, boss, string(id), nil)); got != "一般 口径统一" {
		t.Error(got)
	}
	if _, err := o.Redraw(ctx, shenzhen, string(id), nil); fault.Code(err) != "forbidden" {
		t.Errorf("%v", err)
	}
	if _, err := o.Get(ctx, huizhou, string(id)); fault.Code(err) != "not_found" {
		t.Errorf("%v", err)
	}
	for who, want := range map[*model.Actor]int{&boss: 1, &shenzhen: 1, &huizhou: 0} {
		if page, err := o.List(ctx, *who, 10, ""); err != nil || len(page.Items) != want {
			t.Errorf("%s: %+v, %v", who.ID, page, err)
		}
	}
}

// TestService_Hold: what was decided is written once, whole or not at all, and each decision is one ticket however often it is tried.
func TestService_Hold(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	made, err := o.Call(ctx, boss, accord.Meeting{
		Title: "联席会议", Cities: []string{"440300"}, StartsAt: o.clock.Now().Add(time.Hour), Place: "会议室", Orgs: []string{"440300-ZS"},
	}, nil, once.Request{}, plain)
	if err != nil {
		t.Fatal(err)
	}
	id := string(made)
	who := []accord.Attendee{{Org: "440300-ZS", Duty: "处长"}}
	due := model.DateOf(o.clock.Now()).Add(10)
	decisions := func() []accord.Decision {
		return []accord.Decision{{Text: "统一材料清单，电话13800000000", Unit: "441500-RS", Due: due}, {Text: "建立专线", Unit: "440300-ZS", Due: due}}
	}
	hold := func(by model.Actor, who []accord.Attendee, minutes string, d []accord.Decision) error {
		_, err := o.Hold(ctx, by, id, who, minutes, d)
		return err
	}
	wants := func(err error, code string) {
		t.Helper()
		if fault.Code(err) != code {
			t.Errorf("got %v, want %q", err, code)
		}
	}
	wants(hold(boss, who, "纪要", decisions()), "transition_not_allowed") // not begun
	o.clock.Advance(2 * time.Hour)
	wants(hold(shenzhen, who, "纪要", decisions()), "forbidden")
	wants(hold(boss, nil, "纪要", decisions()), "validation_failed")
	wants(hold(boss, who, "", decisions()), "validation_failed")
	wants(hold(boss, []accord.Attendee{{Org: "none"}}, "纪要", decisions()), "validation_failed")
	bad := decisions()
	bad[1].Due = "2020-01-01"
	wants(hold(boss, who, "纪要", bad), "validation_failed")
	bad = decisions()
	bad[1].Unit = "none"
	wants(hold(boss, who, "纪要", bad), "validation_failed")
	if m, err := o.Get(ctx, boss, id); err != nil || m.State != accord.MeetingPlanned || len(m.Decisions) != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	wants(hold(boss, who, "纪要", decisions()), "")
	wants(hold(boss, who, "纪要", decisions()), "transition_not_allowed")

	o.tickets.down = true
	if err := o.run(); !errors.Is(err, errDown) {
		t.Fatalf("%v", err)
	}
	m, err := o.Get(ctx, boss, id)
	if err != nil {
		t.Fatal(err)
	}
	if states, err := o.States(ctx, m); err != nil || len(states) != 0 {
		t.Errorf("%v, %v", states, err)
	}
	o.tickets.down = false
	if err := o.run(); err != nil || len(o.tickets.follow) != 2 {
		t.Fatalf("%v, %v", o.tickets.follow, err)
	}
	f := o.tickets.follow["meeting:"+id+":1"]
	if f.Unit != "441500-RS" || f.From != "440300" || f.To != "441500" || f.Due != due || strings.Contains(f.Text, "138") {
		t.Errorf("%+v", f)
	}
	if m, err = o.Get(ctx, boss, id); err != nil {
		t.Fatal(err)
	}
	if states, err := o.States(ctx, m); err != nil || states[2] != "assigned pb-meeting:"+id+":2" {
		t.Errorf("%v, %v", states, err)
	}
	o.tickets.down = true
	if _, err := o.States(ctx, m); !errors.Is(err, errDown) {
		t.Errorf("%v", err)
	}
}
