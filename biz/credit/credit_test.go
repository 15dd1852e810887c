package credit_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/credit"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
	facts "kuacheng/model/credit"
	"kuacheng/model/fault"
)

type matters map[string]*model.Matter

func (m matters) Peek(_ context.Context, no string) (*model.Matter, error) { return m[no], nil }

type notices struct{ told []string }

func (n *notices) Give(_ context.Context, d model.NoticeDraft) (bool, error) {
	if _, _, _, err := model.Compose(d.Key, d.Vars); err != nil {
		return false, err
	}
	n.told = append(n.told, d.Key+" "+d.Recipient)
	return true, nil
}

func open(t *testing.T) (*credit.Service, matters, *notices, *clock.Movable) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "k.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	m, n, c := matters{}, &notices{}, &clock.Movable{}
	s, err := credit.New(t.Context(), credit.Config{DB: db, Clock: c, Matters: m, Notices: n})
	if err != nil {
		t.Fatal(err)
	}
	return s, m, n, c
}

// What is noted of whom, by what has happened.
func TestMatter(t *testing.T) {
	t.Parallel()
	s, m, _, c := open(t)
	m["KC1"] = &model.Matter{Applicant: "p1", State: model.MatterRefused, Ending: &model.Ending{Reason: "false_materials"}}
	m["KC2"] = &model.Matter{Applicant: "p2", State: model.MatterRefused, Ending: &model.Ending{Reason: "duplicate"}}
	m["KC3"] = &model.Matter{Applicant: "p2", State: model.MatterLapsed, Ending: &model.Ending{}}
	for i := range 7 {
		m[fmt.Sprintf("KC1%d", i)] = &model.Matter{Applicant: "p3", State: model.MatterClosed, Ending: &model.Ending{Outcome: "unclaimed"}}
	}
	for no, x := range m {
		x.ID = no
	}
	event := map[string]model.MatterEvent{"KC1": model.EvRefuse, "KC2": model.EvRefuse}
	for range 2 { // an event may come again
		for _, no := range []string{"KC1", "KC2", "KC3", "KC10", "KC11"} {
			e := model.Event{ID: no, At: c.Now(), Ref: map[string]string{"event": string(model.EvExpire)}}
			if ev, ok := event[no]; ok {
				e.Ref["event"] = string(ev)
			}
			if err := s.Matter(t.Context(), no, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func(p string) int {
		t.Helper()
		list, err := s.Of(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if a, b, c := count("p1"), count("p2"), count("p3"); a != 1 || b != 0 || c != 0 {
		t.Errorf("%d %d %d", a, b, c)
	}
	unclaimed := func(no string) {
		t.Helper()
		if err := s.Matter(t.Context(), no, model.Event{ID: no, At: c.Now(), Ref: map[string]string{"event": string(model.EvExpire)}}); err != nil {
			t.Fatal(err)
		}
	}
	unclaimed("KC12")
	unclaimed("KC12")
	if count("p3") != 1 {
		t.Errorf("the third in vain: %d", count("p3"))
	}
	hints, err := s.Hints(t.Context(), "p3")
	if err != nil || len(hints) != 1 {
		t.Errorf("%v %v", hints, err)
	}
	c.Advance(3 * 365 * 24 * time.Hour) // nothing of that counts any more
	unclaimed("KC13")
	unclaimed("KC14")
	if count("p3") != 0 {
		t.Errorf("two in vain, years on: %d", count("p3"))
	}
	if err := s.Wake(t.Context(), facts.ID(facts.FalseMaterials, "KC1")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Contest(t.Context(), model.Actor{ID: "p1"}, facts.ID(facts.FalseMaterials, "KC1"), "x"); fault.Code(err) != "not_found" {
		t.Errorf("after it ran out: %v", err)
	}
}

// A block of bookings is noted, told, contested and struck; nobody contests what is another's.
func TestContest(t *testing.T) {
	t.Parallel()
	s, _, n, c := open(t)
	e := model.Event{ID: "e1", At: c.Now(), Ref: map[string]string{"event": "blocked", "applicant": "p1", "booking": "YY1"}}
	for range 2 {
		if err := s.Booking(t.Context(), "a", e); err != nil {
			t.Fatal(err)
		}
	}
	e.Ref["event"] = "book"
	if err := s.Booking(t.Context(), "a", e); err != nil {
		t.Fatal(err)
	}
	list, err := s.Of(t.Context(), "p1")
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	id := list[0].ID
	if hints, _ := s.Hints(t.Context(), "p1"); len(hints) > 0 {
		t.Errorf("no-shows concern bookings alone: %v", hints)
	}
	tell := func() {
		t.Helper()
		f, _ := s.Of(t.Context(), "p1")
		last := f[0].Outbox[len(f[0].Outbox)-1]
		if err := s.Happened(t.Context(), id, last); err != nil {
			t.Fatal(err)
		}
	}
	tell()
	if _, err := s.Contest(t.Context(), model.Actor{ID: "p2"}, id, "不是我"); fault.Code(err) != "not_found" {
		t.Errorf("another's: %v", err)
	}
	for range 2 {
		if f, err := s.Contest(t.Context(), model.Actor{ID: "p1"}, id, "窗口停电"); err != nil || f.State != facts.Appealed {
			t.Fatal(err)
		}
	}
	tell()
	page, err := s.List(t.Context(), facts.Appealed, 10, "")
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%v %v", page, err)
	}
	if f, err := s.Decide(t.Context(), model.Actor{ID: "u1"}, id, true, "属实"); err != nil || f.State != facts.Struck {
		t.Fatal(err)
	}
	tell()
	if len(n.told) != 2 || n.told[0] != "credit_noted p1" || n.told[1] != "credit_answered p1" {
		t.Errorf("told %v", n.told)
	}
	if err := s.Reown(t.Context(), "p1", "p2"); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.Of(t.Context(), "p2"); len(list) != 1 {
		t.Errorf("%v", list)
	}
	if err := s.Erase(t.Context(), "p2"); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.Of(t.Context(), "p2"); len(list) != 0 {
		t.Errorf("%v", list)
	}
}
