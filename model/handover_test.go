package model_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// TestMatter_HandOver: the work changes hands whatever is tried, the organisation that owes it stays, the chain holds, and nobody decides
// what they have received.
func TestMatter_HandOver(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	boss := model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	rapid.Check(t, func(t *rapid.T) {
		m := &model.Matter{Head: model.Head{ID: "KC1"}, HOrg: "441500-RS", ROrg: "440300-ZS", OwedBy: "441500-RS", Handler: "a"}
		if err := m.Record(model.Note{Kind: model.NoteReveal, Actor: boss, At: at}); err != nil {
			t.Fatal(err)
		}
		people := []string{"", "a", "b", "c"}
		for range rapid.IntRange(1, 12).Draw(t, "times") {
			from, to, before := rapid.SampledFrom(people).Draw(t, "from"), rapid.SampledFrom(people).Draw(t, "to"), m.Handler
			err := m.HandOver(from, to, boss, "调离", at)
			switch held := from != "" && from == before && from != to; {
			case held && (err != nil || m.Handler != to):
				t.Fatalf("from %s to %s: %s, %v", from, to, m.Handler, err)
			case !held && (!errors.Is(err, model.ErrAlreadyApplied) || m.Handler != before):
				t.Fatalf("%s had nothing: %v, %s", from, err, m.Handler)
			}
			if m.OwedBy != "441500-RS" {
				t.Fatal("owed by nobody")
			}
		}
		if ok, bad := model.VerifyTrail(m); !ok {
			t.Fatalf("entry %d does not hold", bad)
		}
	})
	ended := &model.Matter{State: model.MatterClosed, Handler: "a"}
	if err := ended.HandOver("a", "b", boss, "", at); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Errorf("an end: %v", err)
	}
	received := &model.Matter{State: model.MatterAccepted, Handler: "a", Trail: []model.TrailEntry{{By: "b", Side: model.SideR}}}
	if err := received.HandOver("a", "b", boss, "", at); err != nil || received.Handler != "" {
		t.Errorf("who received it decides it: %q, %v", received.Handler, err)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	clerk := model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk", Hall: "h"}
	b := &model.Booking{State: model.BookingCheckedIn, Hall: "h", Ticket: "K001"}
	if err := b.Call(clerk, "K01", at); err != nil || b.Caller() != "clerk" {
		t.Fatalf("%q, %v", b.Caller(), err)
	}
	if err := b.Release("another", at); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Fatalf("another's: %v", err)
	}
	if err := b.Release("clerk", at); err != nil || b.State != model.BookingCheckedIn || b.Window != "" || b.Calls != 0 || b.Caller() != "" {
		t.Fatalf("%+v, %v", b, err)
	}
	if err := b.Release("clerk", at); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Fatalf("again: %v", err)
	}
	second := clerk
	second.ID = "second"
	if err := b.Call(second, "K02", at); err != nil || b.Calls != 1 {
		t.Fatalf("called once more, at once: %v", err)
	}

	q := model.NewQueue("h", "2026-11-25")
	e := q.Enter(model.QueueArrival{Matter: "KC1"}, at)
	if err := q.CallWalkIn(clerk, e.Ticket, "K01", at); err != nil {
		t.Fatal(err)
	}
	if q.Release("second") || !q.Release("clerk") || q.Release("clerk") {
		t.Fatal("released not once")
	}
	if got, _ := q.Get(e.Ticket); got.State != model.TicketWaiting || got.CalledBy != "" {
		t.Errorf("%+v", got)
	}
}

func TestStaff_Join(t *testing.T) {
	t.Parallel()
	receives := model.Organisation{ID: "440300-ZS", Region: "440300", Name: "甲", Roles: []string{model.OrgReceives}}
	decides := model.Organisation{ID: "441500-RS", Region: "441500", Name: "乙", Roles: []string{model.OrgDecides}}
	hall := &model.Hall{Head: model.Head{ID: "h"}, Organisation: receives.ID, Windows: []model.Window{{ID: "h-1", Number: "K01"}}}
	other := &model.Hall{Head: model.Head{ID: "o"}, Organisation: decides.ID}
	for name, c := range map[string]struct {
		post  model.Post
		org   model.Organisation
		hall  *model.Hall
		field string
	}{
		"clerk":              {model.Post{Role: model.RoleClerk, Hall: "h", Windows: []string{"K01"}}, receives, hall, ""},
		"reviewer":           {model.Post{Role: model.RoleReviewer, Lead: true}, decides, nil, ""},
		"no hall":            {model.Post{Role: model.RoleClerk}, receives, nil, "hall"},
		"another's hall":     {model.Post{Role: model.RoleClerk, Hall: "o"}, receives, other, "hall"},
		"no such window":     {model.Post{Role: model.RoleClerk, Hall: "h", Windows: []string{"K09"}}, receives, hall, "windows"},
		"reviewer in a hall": {model.Post{Role: model.RoleReviewer, Hall: "h"}, decides, hall, "hall"},
		"reviewer receives":  {model.Post{Role: model.RoleReviewer}, receives, nil, "role"},
		"lead clerk":         {model.Post{Role: model.RoleClerk, Hall: "h", Lead: true}, receives, hall, "role"},
		"no role":            {model.Post{Role: "king"}, receives, nil, "role"},
	} {
		x := &model.Staff{Head: model.Head{ID: "x"}, Role: model.RoleSupervisor, Org: "441500-ZS", Region: "441500"}
		err := x.Join(c.post, c.org, c.hall)
		var f *fault.Error
		switch {
		case c.field == "" && (err != nil || x.Org != c.org.ID || x.Region != c.org.Region || x.Role != c.post.Role):
			t.Errorf("%s: %+v, %v", name, x, err)
		case c.field != "" && (!errors.As(err, &f) || f.Details["field"] != c.field || x.Org != "441500-ZS"):
			t.Errorf("%s: %v, %+v", name, err, x)
		}
	}
}
