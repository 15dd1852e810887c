package accord_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
)

var (
	now      = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC) // 10:00 in Beijing
	boss     = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	lead     = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "lead", Org: "441500-RS", Region: "441500", Lead: true}
	neighbor = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "sz", Org: "440300-ZS", Region: "440300"}
	calendar = model.NewCalendar(nil)
)

func terms(from, to model.Date) accord.Terms {
	return accord.Terms{Modes: []model.Mode{model.ModeOnline}, Contacts: []accord.Contact{{Org: "441500-ZS", Duty: "专班"}}, ValidFrom: from, ValidTo: to}
}

func code(t *testing.T, err error, want string) {
	t.Helper()
	if got := fault.Code(err); got != want {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestAgreement(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]accord.Terms{
		"backwards":   terms("2026-12-02", "2026-12-01"),
		"for ever":    terms("2026-12-02", "2126-12-01"),
		"no modes":    {Contacts: terms("", "").Contacts, ValidFrom: "2026-12-01", ValidTo: "2026-12-02"},
		"no contacts": {Modes: terms("", "").Modes, ValidFrom: "2026-12-01", ValidTo: "2026-12-02"},
		"odd mode":    {Modes: []model.Mode{"pigeon"}, Contacts: terms("", "").Contacts, ValidFrom: "2026-12-01", ValidTo: "2026-12-02"},
	} {
		if _, err := accord.NewAgreement("a", "441500", "440300", "x", bad, boss, now); fault.Code(err) != "validation_failed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, err := accord.NewAgreement("a", "441500", "440300", "x", terms("2026-12-01", "2027-02-28"), boss, now)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[model.Date]string{
		"2026-11-30": accord.Pending, "2026-12-01": accord.Valid, "2027-01-28": accord.Valid, "2027-01-29": accord.Expiring,
		"2027-02-28": accord.Expiring, "2027-03-01": accord.Expired,
	} {
		if got := a.State(day); got != want {
			t.Errorf("on %s %s, want %s", day, got, want)
		}
	}
	if a.Remind(now) || a.Wake == nil || model.DateOf(*a.Wake) != "2027-01-29" {
		t.Errorf("wakes at %v", a.Wake)
	}
	at := *a.Wake
	if !a.Remind(at) || a.Remind(at) || a.Wake == nil || model.DateOf(*a.Wake) != "2027-02-21" || len(a.Outbox) != 1 {
		t.Errorf("reminded: %v %v", a.Wake, a.Outbox)
	}
	if err := a.Renew(terms("2027-03-01", "2028-02-28"), boss, at); err != nil || a.Wake == nil || a.State("2027-02-28") != accord.Valid {
		t.Errorf("renewed: %v, %v", err, a.Wake)
	}
	code(t, a.End("", at), "reason_required")
	if err := a.End("并入", at); err != nil || a.Wake != nil {
		t.Error(err, a.Wake)
	}
	code(t, a.Renew(terms("2028-03-01", "2029-02-28"), boss, at), "transition_not_allowed")
}

func TestProposal(t *testing.T) {
	t.Parallel()
	in := accord.Proposal{Kind: accord.ProposeDays, Item: "SW-RS-0001", Owner: lead.Org, Partner: neighbor.Org}
	fresh := func(change func(*accord.Proposal)) (*accord.Proposal, error) {
		p := in
		change(&p)
		return accord.NewProposal("p", p, neighbor, now, calendar)
	}
	for name, change := range map[string]func(*accord.Proposal){
		"no item":       func(p *accord.Proposal) { p.Item = "" },
		"new with item": func(p *accord.Proposal) { p.Kind = accord.ProposeAdd },
		"minor days":    func(p *accord.Proposal) { p.Minor = true },
		"one side":      func(p *accord.Proposal) { p.Partner = p.Owner },
	} {
		if _, err := fresh(change); fault.Code(err) != "validation_failed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, err := fresh(func(*accord.Proposal) {})
	if err != nil || p.Due != "2026-12-09" {
		t.Fatal(err, p.Due)
	}
	code(t, p.Decide(neighbor, true, "", now, calendar), "wrong_organisation")
	junior := lead
	junior.Lead = false
	code(t, p.Decide(junior, true, "", now, calendar), "approval_required")
	code(t, p.Decide(lead, false, "", now, calendar), "reason_required")
	code(t, p.Consent(neighbor, true, "", now), "transition_not_allowed")
	code(t, p.Publish(boss, 2, now), "transition_not_allowed")
	if err := p.Decide(lead, true, "", now, calendar); err != nil || p.State != accord.Agreed {
		t.Fatal(err, p.State)
	}
	code(t, p.Consent(lead, true, "", now), "wrong_organisation")
	if err := p.Consent(neighbor, true, "", now); err != nil || p.State != accord.Consented || p.Due != "" {
		t.Fatal(err, p.State)
	}
	if err := p.Publish(boss, 2, now); err != nil || p.Version != 2 || len(p.Steps) != 4 || len(p.Outbox) != 4 {
		t.Error(err, p.Steps)
	}
}

// However a proposal is answered, nothing is published that one side has not agreed to, unless it is minor.
func TestProposal_never_published_alone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := accord.Proposal{Kind: accord.ProposeMaterials, Item: "x", Owner: lead.Org, Partner: neighbor.Org, Minor: rapid.Bool().Draw(t, "minor")}
		p, err := accord.NewProposal("p", in, neighbor, now, calendar)
		if err != nil {
			t.Fatal(err)
		}
		decided, consented := false, false
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			yes := rapid.Bool().Draw(t, "yes")
			who := rapid.SampledFrom([]model.Actor{boss, lead, neighbor}).Draw(t, "who")
			switch rapid.SampledFrom([]string{"decide", "consent", "publish"}).Draw(t, "act") {
			case "decide":
				if p.Decide(who, yes, "x", now, calendar) == nil && yes {
					decided = true
				}
			case "consent":
				if p.Consent(who, yes, "x", now) == nil && yes {
					consented = true
				}
			case "publish":
				_ = p.Publish(who, 1, now)
			}
			if p.State == accord.Published && (!decided || !consented && !p.Minor) {
				t.Fatalf("published: decided %v, consented %v, minor %v", decided, consented, p.Minor)
			}
		}
	})
}

func TestMeeting(t *testing.T) {
	t.Parallel()
	in := accord.Meeting{Title: "季度会", Home: "441500", Cities: []string{"440300", "440100", "440300"}, StartsAt: now.Add(time.Hour)}
	late := in
	late.StartsAt = now.Add(-time.Hour)
	_, err := accord.NewMeeting("m", late, boss, now)
	code(t, err, "validation_failed")
	m, err := accord.NewMeeting("m", in, boss, now)
	if err != nil || len(m.Cities) != 2 {
		t.Fatal(err, m)
	}
	drawn := []accord.Point{{Problem: "a"}, {Problem: "b", Late: 2}, {Problem: "c", Late: 1}, {Problem: "d", Late: 3}}
	if err := m.DrawUp(drawn, []accord.Point{{Title: "own"}}); err != nil {
		t.Fatal(err)
	}
	order := ""
	for _, p := range m.Agenda {
		order += p.Problem + p.Title
	}
	if order != "bdcaown" {
		t.Errorf("agenda %s", order)
	}
	if err := m.DrawUp(drawn[:1], nil); err != nil || len(m.Agenda) != 2 || m.Agenda[1].Title != "own" {
		t.Errorf("redrawn: %v", m.Agenda)
	}
	who := []accord.Attendee{{Org: "441500-ZS", Duty: "局长"}}
	start := m.StartsAt
	code(t, m.Hold(who, "x", nil, now), "transition_not_allowed")
	code(t, m.Hold(nil, "x", nil, start), "validation_failed")
	code(t, m.Hold(who, "", nil, start), "validation_failed")
	decisions := []accord.Decision{{Text: "a", Unit: "u", Due: "2026-12-01"}, {Text: "b", Unit: "v", Due: "2026-12-02"}}
	if err := m.Hold(who, "纪要", decisions, start); err != nil || len(m.Decisions) != 2 || len(m.Outbox) != 3 {
		t.Fatal(err, m.Decisions, m.Outbox)
	}
	if !m.Followed(2, "pb1") || m.Followed(2, "pb1") || m.Followed(3, "pb1") || m.Decisions[1].Problem != "pb1" {
		t.Errorf("%+v", m.Decisions)
	}
	code(t, m.DrawUp(nil, nil), "transition_not_allowed")
	code(t, m.Hold(who, "again", nil, start), "transition_not_allowed")
	old := decisions
	old[0].Due = "2026-11-01"
	m, _ = accord.NewMeeting("m", in, boss, now)
	code(t, m.Hold(who, "x", old, start), "validation_failed")
}
