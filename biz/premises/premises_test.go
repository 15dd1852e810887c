package premises_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/premises"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
)

var (
	bureau = model.Actor{ID: "u1", Role: model.RoleSupervisor, Region: "441500", Org: "441500-ZS"}
	county = model.Actor{ID: "u2", Role: model.RoleSupervisor, Region: "441521", Org: "441521-ZS"}
)

const hall = "hall-441521-1"

// booked counts two people on every day that is asked for.
type booked struct{}

func (booked) Shut(_ context.Context, _ *model.Hall, from, until model.Date) (int, error) {
	n := 0
	for d := from; d <= until; d = d.Add(1) {
		n += 2
	}
	return n, nil
}

func open(t testing.TB) *premises.Service {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "k.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk, c := &clock.Movable{}, catalogue.New(d)
	if err := c.Follow(t.Context(), db, clk); err != nil {
		t.Fatal(err)
	}
	return premises.New(premises.Config{Catalogue: c, Clock: clk, Bookings: booked{}})
}

func code(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// A county keeps its own halls; the city's bureau keeps all.
func TestMay(t *testing.T) {
	t.Parallel()
	s := open(t)
	mine, err := s.Halls(county, "")
	if err != nil || len(mine) == 0 || slices.ContainsFunc(mine, func(h *model.Hall) bool { return h.Region != county.Region }) {
		t.Errorf("%d halls, %v", len(mine), err)
	}
	if all, _ := s.Halls(bureau, ""); len(all) <= len(mine) {
		t.Errorf("the bureau sees %d of halls", len(all))
	}
	if _, err := s.Halls(bureau, "999999"); err == nil {
		t.Error("a region that is not")
	}
	if _, err := s.Hall(county, "hall-441500-1"); code(err) != "not_found" {
		t.Errorf("another's hall: %v", err)
	}
	if _, err := s.AddHall(t.Context(), county, premises.NewHall{Name: "厅", Region: "441523", Schedule: "standard", Reason: "新设"}); code(err) != "forbidden" {
		t.Errorf("a hall elsewhere: %v", err)
	}
	if err := s.PutSchedule(t.Context(), county, s.Schedules()[0], "调整"); code(err) != "forbidden" {
		t.Errorf("the city's schedule: %v", err)
	}
}

// A new hall takes the next number of its region, and has places once it has a window.
func TestAddHall(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, x := range []struct {
		in   premises.NewHall
		code string
	}{
		{premises.NewHall{Name: "厅", Region: "441521", Schedule: "standard", Address: "路 1 号", Reason: "新设"}, ""},
		{premises.NewHall{Name: "厅", Region: "441521", Schedule: "nights", Address: "路 1 号", Reason: "新设"}, "validation_failed"},
		{premises.NewHall{Name: "", Region: "441521", Schedule: "standard", Address: "路 1 号", Reason: "新设"}, "validation_failed"},
	} {
		h, err := s.AddHall(t.Context(), county, x.in)
		if code(err) != x.code || err == nil && h.ID != "hall-441521-2" {
			t.Errorf("%+v: %v", x.in, err)
		}
	}
	h, err := s.PutWindow(t.Context(), county, "hall-441521-2", model.Window{Number: "A01", Name: "专窗", CrossCity: true, Departments: []string{"*"}, Capacity: 3}, false, "新设")
	if err != nil || len(h.Windows) != 1 || h.Windows[0].ID != "hall-441521-2-A01" {
		t.Fatalf("%+v %v", h, err)
	}
	h, _ = s.PutWindow(t.Context(), county, "hall-441521-2", model.Window{Number: "A01", Name: "跨城专窗", CrossCity: true, Departments: []string{"*"}, Capacity: 4}, false, "增加")
	if len(h.Windows) != 1 || h.Windows[0].Capacity != 4 {
		t.Errorf("the same window: %+v", h.Windows)
	}
	tomorrow := model.DateOf(s.Clock.Now()).Add(1)
	for d := tomorrow; ; d = d.Add(1) { // the next day that is not a holiday
		if len(s.Catalogue.Slots(h, d)) > 0 {
			break
		}
		if d > tomorrow.Add(30) {
			t.Fatal("no places in a month")
		}
	}
}

// A preview says how many it would displace, and changes nothing; a closure may be taken back.
func TestClose(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := model.Closure{ID: "cl1", Date: model.DateOf(s.Clock.Now()).Add(3), Reason: "停电"}
	n, err := s.Close(t.Context(), county, hall, c, true)
	if h, _ := s.Hall(county, hall); err != nil || n != 2 || len(h.Closures) > 0 {
		t.Errorf("preview: %d %v", n, err)
	}
	if n, err = s.Close(t.Context(), county, hall, c, false); err != nil || n != 2 {
		t.Errorf("%d %v", n, err)
	}
	if h, _ := s.Hall(county, hall); len(h.Closures) != 1 {
		t.Error("not closed")
	}
	h, err := s.Reopen(t.Context(), county, hall, "cl1", "来电")
	if err != nil || len(h.Closures) > 0 {
		t.Errorf("%+v %v", h, err)
	}
	c.Date = c.Date.Add(-10)
	if _, err := s.Close(t.Context(), county, hall, c, false); err == nil {
		t.Error("a day that is over")
	}
}

// An organisation keeps the part that halls and items need it for.
func TestPutOrganisation(t *testing.T) {
	t.Parallel()
	s := open(t)
	home, _ := s.Catalogue.Orgs().Receiver("441521")
	for _, x := range []struct {
		name   string
		change func(*model.Organisation)
		code   string
	}{
		{"a name", func(o *model.Organisation) { o.Name = "海丰县政务服务局" }, ""},
		{"its halls need it", func(o *model.Organisation) { o.Roles = []string{model.OrgSupervises} }, "validation_failed"},
		{"a department that is not", func(o *model.Organisation) { o.Department = "XX" }, "validation_failed"},
		{"receives and decides", func(o *model.Organisation) { o.Roles = append(slices.Clone(o.Roles), model.OrgDecides) }, "validation_failed"},
	} {
		o := home
		x.change(&o)
		if _, err := s.PutOrganisation(t.Context(), bureau, o, "机构调整"); code(err) != x.code {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	if now, _ := s.Catalogue.Orgs().Receiver("441521"); now.Name != "海丰县政务服务局" {
		t.Errorf("%+v", now)
	}
	for _, it := range s.Catalogue.Items(model.ItemFilter{To: "441500"}) {
		o, err := s.Catalogue.Orgs().Decider(it, "441500")
		if err != nil || o.Does(model.OrgReceives) {
			continue
		}
		o.Roles = []string{model.OrgSupervises}
		if _, err := s.PutOrganisation(t.Context(), bureau, o, "机构调整"); code(err) != "validation_failed" {
			t.Errorf("%s decides %s no more: %v", o.ID, it.Code, err)
		}
		return
	}
	t.Error("nobody decides anything")
}

// A schedule that changes has the halls that follow it looked at again, each once.
func TestScheduleChanged(t *testing.T) {
	t.Parallel()
	s := open(t)
	h, _ := s.Hall(county, hall)
	i := slices.IndexFunc(s.Schedules(), func(x model.Schedule) bool { return x.Code == h.Schedule })
	x := s.Schedules()[i]
	x.SlotMinutes *= 2
	if err := s.PutSchedule(t.Context(), bureau, x, "延长时段"); err != nil {
		t.Fatal(err)
	}
	e := model.Event{ID: "e1", Ref: map[string]string{"schedule": x.Code}}
	for range 2 { // an event may come again
		if err := s.ScheduleChanged(t.Context(), "", e); err != nil {
			t.Fatal(err)
		}
	}
	h, _ = s.Hall(county, hall)
	if h.Wake == nil || len(h.Steps) != 1 || !slices.ContainsFunc(h.Outbox, func(e model.Event) bool { return e.Kind == model.KindHallChanged }) {
		t.Errorf("%+v", h)
	}
	x.SlotMinutes = 0
	if err := s.PutSchedule(t.Context(), bureau, x, "误填"); code(err) != "validation_failed" {
		t.Errorf("no slots at all: %v", err)
	}
}
