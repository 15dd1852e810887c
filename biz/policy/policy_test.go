package policy_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/matter"
	"kuacheng/biz/notice/noticetest"
	"kuacheng/biz/once"
	"kuacheng/biz/outbox"
	"kuacheng/biz/policy"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	rules "kuacheng/model/policy"
)

var (
	boss     = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	shenzhen = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "sz", Org: "440300-ZS", Region: "440300"}
)

var errDown = errors.New("down")

// world is what people have used, and who is who.
type world struct {
	used   map[string][]*model.Matter
	merged map[string]string
}

func (w *world) Mine(_ context.Context, applicant string, _ matter.Filter) (store.Page[model.Matter], error) {
	return store.Page[model.Matter]{Items: w.used[applicant]}, nil
}

func (w *world) Peek(_ context.Context, no string) (*model.Matter, error) {
	for _, list := range w.used {
		for _, m := range list {
			if m.ID == no {
				return m, nil
			}
		}
	}
	return nil, fault.New("not_found")
}

func (w *world) Get(_ context.Context, id string) (*model.Applicant, error) {
	return &model.Applicant{Head: model.Head{ID: id}, Kind: model.SubjectNatural}, nil
}

func (w *world) Survivor(_ context.Context, id string) (string, error) {
	if to := w.merged[id]; to != "" {
		return to, nil
	}
	return id, nil
}

type office struct {
	*policy.Service
	t     *testing.T
	clock *clock.Movable
	told  *noticetest.Told
	world *world
	item  *model.Item
	sick  *model.Item
}

func open(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "p.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &office{t: t, clock: &clock.Movable{}, told: &noticetest.Told{}, world: &world{used: map[string][]*model.Matter{}, merged: map[string]string{}}}
	c := catalogue.New(d)
	for _, it := range c.Items(model.ItemFilter{}) {
		switch it.Department {
		case "RS":
			o.item = it
		case "WJ", "CL":
			o.sick = it
		}
	}
	if o.item == nil || o.sick == nil {
		t.Fatal("the catalogue lacks what the test is about")
	}
	o.Service, err = policy.New(t.Context(), policy.Config{DB: db, Clock: o.clock, Catalogue: c, Notices: o.told, Matters: o.world, People: o.world})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// uses lets somebody have used an item.
func (o *office) uses(person string, it *model.Item, from string) {
	at := o.clock.Now().UTC()
	no := fmt.Sprintf("KC-%s-%d", person, len(o.world.used[person]))
	o.world.used[person] = append(o.world.used[person], &model.Matter{
		Head: model.Head{ID: no}, Applicant: person, Item: model.MatterItem{Code: it.Code, Department: it.Department}, From: from, To: "441500",
		State: model.MatterAccepted, Times: model.MatterTimes{Submitted: &at},
	})
}

// agrees lets somebody be told things, and gathers what they have used.
func (o *office) agrees(person string) {
	o.t.Helper()
	if _, err := o.Agree(o.t.Context(), person, rules.Version); err != nil {
		o.t.Fatal(err)
	}
	if err := o.Said(o.t.Context(), person, model.Event{}); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) add(change func(*rules.Policy)) string {
	o.t.Helper()
	p := rules.Policy{
		Title: "返乡创业资助", Text: "办法", Publisher: "441500-RS", Audience: "返乡人员", Until: model.DateOf(o.clock.Now()).Add(30),
		Rule: rules.Rule{Items: []string{o.item.Code}}, Rate: 120,
	}
	if change != nil {
		change(&p)
	}
	id, err := o.Add(o.t.Context(), boss, p, once.Request{}, func(p *rules.Policy) ([]byte, error) { return []byte(p.ID), nil })
	if err != nil {
		o.t.Fatal(err)
	}
	return string(id)
}

func (o *office) get(id string) *rules.Policy {
	o.t.Helper()
	p, err := o.Get(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// carry does what the queue would until the push is over, paused or fails.
func (o *office) carry(id string) error {
	o.t.Helper()
	for range 1000 {
		p := o.get(id)
		err := o.Carry(o.t.Context(), id, model.Event{Ref: map[string]string{"run": fmt.Sprint(p.Run)}})
		if class, _ := outbox.Classify(err); err == nil || class != outbox.Postponed {
			return err
		}
	}
	o.t.Fatal("a push without an end")
	return nil
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func TestService_Add(t *testing.T) {
	t.Parallel()
	o := open(t)
	good := rules.Policy{Title: "x", Publisher: "441500-RS", Until: model.DateOf(o.clock.Now()), Rule: rules.Rule{Items: []string{o.item.Code}}}
	for name, c := range map[string]struct {
		who    model.Actor
		change func(*rules.Policy)
		code   string
	}{
		"another city":       {shenzhen, func(*rules.Policy) {}, "forbidden"},
		"nobody publishes":   {boss, func(p *rules.Policy) { p.Publisher = "none" }, "validation_failed"},
		"everybody":          {boss, func(p *rules.Policy) { p.Rule = rules.Rule{} }, "validation_failed"},
		"no such item":       {boss, func(p *rules.Policy) { p.Rule.Items = []string{"none"} }, "validation_failed"},
		"the sick":           {boss, func(p *rules.Policy) { p.Rule.Items = []string{o.sick.Code} }, "validation_failed"},
		"their department":   {boss, func(p *rules.Policy) { p.Rule.Departments = []string{o.sick.Department} }, "validation_failed"},
		"no such region":     {boss, func(p *rules.Policy) { p.Rule.Regions = []string{"999999"} }, "unknown_region"},
		"no such hint":       {boss, func(p *rules.Policy) { p.Item = "none" }, "validation_failed"},
		"over":               {boss, func(p *rules.Policy) { p.Until = "2020-01-01" }, "validation_failed"},
		"faster than may be": {boss, func(p *rules.Policy) { p.Rate = rules.MaxRate + 1 }, "validation_failed"},
	} {
		p := good
		c.change(&p)
		_, err := o.Add(t.Context(), c.who, p, once.Request{}, func(*rules.Policy) ([]byte, error) { return nil, nil })
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.Get(t.Context(), "none"); fault.Code(err) != "not_found" {
		t.Errorf("%v", err)
	}
}

// TestService_Push tells forty people at ten a batch, with an outage and a pause between: everybody once, nobody who has not agreed.
func TestService_Push(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	const many = 40
	for i := range many {
		person := fmt.Sprintf("ap%02d", i)
		o.uses(person, o.item, "440300")
		o.agrees(person)
	}
	o.uses("silent", o.item, "440300") // has never been asked
	o.uses("no", o.item, "440300")
	o.agrees("no")
	if _, err := o.Decline(ctx, "no"); err != nil { // its event is still on the way: the mark is there
		t.Fatal(err)
	}
	id := o.add(nil)
	if n, exact, err := o.Size(ctx, o.get(id)); err != nil || !exact || n != many+1 {
		t.Errorf("%d, %v, %v", n, exact, err)
	}
	if o.told.Count() != 0 {
		t.Fatal("asking for the size has told somebody")
	}
	_, err := o.Resume(ctx, boss, id)
	wants(t, err, "transition_not_allowed")
	_, err = o.Pause(ctx, boss, id)
	wants(t, err, "transition_not_allowed")
	_, err = o.Push(ctx, shenzhen, id)
	wants(t, err, "forbidden")
	for range 2 {
		if _, err = o.Push(ctx, boss, id); err != nil {
			t.Fatal(err)
		}
	}
	o.told.Fail("ap25", errDown)
	if err := o.carry(id); !errors.Is(err, errDown) {
		t.Fatalf("%v", err)
	}
	before := o.told.Count()
	if before == 0 || before >= many {
		t.Fatalf("%d told before the outage", before)
	}
	for range 2 {
		if _, err = o.Pause(ctx, boss, id); err != nil {
			t.Fatal(err)
		}
	}
	o.told.Fail("ap25", nil)
	if err := o.carry(id); err != nil || o.told.Count() != before {
		t.Fatalf("told while paused: %v", err)
	}
	stale := model.Event{Ref: map[string]string{"run": "1"}}
	if _, err = o.Resume(ctx, boss, id); err != nil {
		t.Fatal(err)
	}
	if err := o.Carry(ctx, id, stale); err != nil || o.told.Count() != before {
		t.Fatalf("an earlier run goes on: %v", err)
	}
	if err := o.carry(id); err != nil {
		t.Fatal(err)
	}
	p := o.get(id)
	if p.State != rules.Done || p.Sent != many || p.Off != 1 || o.told.Count() != many {
		t.Errorf("%+v; %d told", p, o.told.Count())
	}
	_, err = o.Push(ctx, boss, id)
	wants(t, err, "transition_not_allowed")
	_, why, on, err := o.For(ctx, "ap03", id)
	if err != nil || !on || why != "您曾办理「"+o.item.Name+"」" {
		t.Errorf("%q, %v, %v", why, on, err)
	}
	if _, why, on, err = o.For(ctx, "silent", id); err != nil || on || why != "" {
		t.Errorf("%q, %v, %v", why, on, err)
	}
	_, _, _, err = o.For(ctx, "ap03", o.add(nil))
	wants(t, err, "not_found") // a draft is nobody's to read
}

// TestService_limits: a cap, and no more than two in a month for one person.
func TestService_limits(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 12 {
		person := fmt.Sprintf("ap%02d", i)
		o.uses(person, o.item, "440300")
		o.agrees(person)
	}
	push := func(change func(*rules.Policy)) *rules.Policy {
		t.Helper()
		id := o.add(change)
		if _, err := o.Push(t.Context(), boss, id); err != nil {
			t.Fatal(err)
		}
		if err := o.carry(id); err != nil {
			t.Fatal(err)
		}
		return o.get(id)
	}
	if p := push(func(p *rules.Policy) { p.Cap = 5 }); p.Sent != 5 || p.State != rules.Done {
		t.Errorf("capped: %+v", p)
	}
	if p := push(nil); p.Sent != 12 {
		t.Errorf("the second: %+v", p)
	}
	if p := push(nil); p.Sent != 7 || p.Limited != 5 {
		t.Errorf("the third of the month: %+v", p)
	}
	o.clock.Advance(32 * 24 * time.Hour)
	if p := push(nil); p.Sent != 12 {
		t.Errorf("the next month: %+v", p)
	}
	id := o.add(func(p *rules.Policy) { p.Until = model.DateOf(o.clock.Now()) })
	if _, err := o.Push(t.Context(), boss, id); err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(48 * time.Hour)
	if err := o.carry(id); err != nil || o.get(id).State != rules.Done || o.get(id).Sent != 0 {
		t.Errorf("over: %+v, %v", o.get(id), err)
	}
}
