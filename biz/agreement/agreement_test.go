package agreement_test

import (
	"path/filepath"
	"testing"
	"time"

	"kuacheng/biz/agreement"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/notice/noticetest"
	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/accord"
	"kuacheng/model/fault"
)

var (
	boss     = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	county   = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "county", Org: "441502-ZS", Region: "441502"}
	shenzhen = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "sz", Org: "440300-ZS", Region: "440300"}
	huizhou  = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "hz", Org: "441300-ZS", Region: "441300"}
	window   = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk", Org: "440300-ZS", Region: "440300", Hall: "hall-440300-1"}
	lead     = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "lead", Org: "441500-RS", Region: "441500", Lead: true}
	reviewer = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "rev", Org: "441500-RS", Region: "441500"}
	police   = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "pol", Org: "441500-GA", Region: "441500", Lead: true}
)

type office struct {
	*agreement.Service
	t      *testing.T
	db     *store.DB
	clock  *clock.Movable
	told   *noticetest.Told
	keeper *seal.Keeper
}

func open(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, db: db, clock: &clock.Movable{}, told: &noticetest.Told{}}
	if o.keeper, err = seal.New(keys, make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	o.Service, err = agreement.New(t.Context(), agreement.Config{
		DB: db, Clock: o.clock, Catalogue: catalogue.New(d), Notices: o.told, Bureau: func(region string) string { return region + "-ZS" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// run carries out what the outboxes hold, twice over, and what is due.
func (o *office) run() {
	o.t.Helper()
	ctx := o.t.Context()
	due, err := o.db.Due(ctx, agreement.Collection, o.clock.Now(), 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, ref := range due {
		for range 2 {
			if err := o.Wake(ctx, ref.ID); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	for _, name := range []string{agreement.Collection, agreement.Proposals} {
		refs, err := o.db.Pending(ctx, name, o.clock.Now().Add(time.Hour), 100)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, ref := range refs {
			for _, e := range ref.Events {
				carry := o.Happened
				if name == agreement.Proposals {
					carry = o.Moved
				}
				for range 2 {
					if err := carry(ctx, ref.ID, e); err != nil {
						o.t.Fatal(err)
					}
				}
				if err := o.db.Settle(ctx, name, ref.ID, e.ID); err != nil {
					o.t.Fatal(err)
				}
			}
		}
	}
}

func (o *office) terms(from, days int) accord.Terms {
	today := model.DateOf(o.clock.Now())
	return accord.Terms{
		Modes: []model.Mode{model.ModeOnline}, ValidFrom: today.Add(from), ValidTo: today.Add(from + days),
		Contacts: []accord.Contact{{Org: "441500-ZS", Duty: "专班"}, {Org: "440300-ZS", Duty: "综合科"}},
	}
}

func plain(a *accord.Agreement) ([]byte, error)   { return []byte(a.ID), nil }
func proposal(p *accord.Proposal) ([]byte, error) { return []byte(p.ID), nil }

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func TestService_Conclude(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	good := o.terms(0, 100)
	odd, alien := good, good
	odd.Items = []string{"none"}
	alien.Contacts = []accord.Contact{{Org: "none", Duty: "x"}}
	for name, c := range map[string]struct {
		who   model.Actor
		city  string
		terms accord.Terms
		code  string
	}{
		"a county":                 {county, "440300", good, "forbidden"},
		"the other city":           {shenzhen, "440300", good, "forbidden"},
		"no city":                  {boss, "999999", good, "unknown_region"},
		"a district":               {boss, "440305", good, "validation_failed"},
		"with oneself":             {boss, "441500", good, "validation_failed"},
		"an item that is not":      {boss, "440300", odd, "validation_failed"},
		"a contact that is not":    {boss, "440300", alien, "validation_failed"},
		"over before it has begun": {boss, "440300", o.terms(5, -1), "validation_failed"},
	} {
		_, err := o.Conclude(ctx, c.who, c.city, "协议", c.terms, once.Request{}, plain)
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	request := once.New(o.keeper, "boss conclude k", "body")
	first, err := o.Conclude(ctx, boss, "440300", "协议", good, request, plain)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := o.Conclude(ctx, boss, "440300", "协议", good, request, plain); err != nil || string(again) != string(first) {
		t.Errorf("%s and %s, %v", first, again, err)
	}
	id := string(first)
	for who, code := range map[*model.Actor]string{&boss: "", &county: "", &shenzhen: "", &huizhou: "not_found"} {
		_, err := o.Get(ctx, *who, id)
		wants(t, err, code)
		page, err := o.List(ctx, *who, "", 10, "")
		if n := len(page.Items); err != nil || (n == 1) != (code == "") {
			t.Errorf("%s sees %d: %v", who.ID, n, err)
		}
	}
	_, err = o.Renew(ctx, shenzhen, id, o.terms(101, 100))
	wants(t, err, "forbidden")
	_, err = o.Renew(ctx, boss, id, odd)
	wants(t, err, "validation_failed")
	_, err = o.Renew(ctx, boss, "none", good)
	wants(t, err, "not_found")
}

// TestService_expiry: both sides hear a month and a week before the last day, and the day after; a renewal starts anew, and who gives an
// agreement up is heard at once.
func TestService_expiry(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	const both = "440300-ZS staff_agreement_expiring, 441500-ZS staff_agreement_expiring"
	const over = "440300-ZS staff_agreement_ended, 441500-ZS staff_agreement_ended"
	made, err := o.Conclude(ctx, boss, "440300", "协议", o.terms(0, 60), once.Request{}, plain)
	if err != nil {
		t.Fatal(err)
	}
	id := string(made)
	state := func() string {
		a, err := o.Get(ctx, boss, id)
		if err != nil {
			t.Fatal(err)
		}
		return a.State(model.DateOf(o.clock.Now()))
	}
	for _, step := range []struct {
		days        int
		told, state string
	}{{20, "", accord.Valid}, {11, both, accord.Expiring}, {5, "", accord.Expiring}, {18, both, accord.Expiring}, {8, over, accord.Expired}, {30, "", accord.Expired}} {
		o.clock.Advance(time.Duration(step.days) * 24 * time.Hour)
		o.run()
		if got := o.told.Take(); got != step.told || state() != step.state {
			t.Errorf("after %d more days: told %q, %s", step.days, got, state())
		}
	}
	if _, err := o.Renew(ctx, boss, id, o.terms(0, 365)); err != nil || state() != accord.Valid {
		t.Fatalf("%s, %v", state(), err)
	}
	o.run()
	if got := o.told.Take(); got != "" {
		t.Errorf("a renewal tells %q", got)
	}
	_, err = o.End(ctx, boss, id, "")
	wants(t, err, "reason_required")
	for range 2 {
		if _, err := o.End(ctx, boss, id, "并入新协议"); err != nil {
			t.Fatal(err)
		}
	}
	o.run()
	if got := o.told.Take(); got != over || state() != accord.Ended {
		t.Errorf("given up: %q, %s", got, state())
	}
	o.clock.Advance(400 * 24 * time.Hour)
	o.run()
	if got := o.told.Take(); got != "" {
		t.Errorf("told after the end: %q", got)
	}
	if err := o.Wake(ctx, "none"); err != nil {
		t.Error(err)
	}
}

func TestService_Propose(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	item := ""
	for _, it := range o.Catalogue.Items(model.ItemFilter{}) {
		if it.Department == "RS" {
			item = it.Code
			break
		}
	}
	propose := func(in accord.Proposal, city string) (string, error) {
		id, err := o.Propose(ctx, window, in, city, once.Request{}, proposal)
		return string(id), err
	}
	for name, c := range map[string]struct {
		in   accord.Proposal
		city string
	}{
		"no such item":    {accord.Proposal{Kind: accord.ProposeDays, Item: "none"}, "440300"},
		"no owner":        {accord.Proposal{Kind: accord.ProposeAdd, Name: "x"}, "440300"},
		"owner receives":  {accord.Proposal{Kind: accord.ProposeAdd, Name: "x", Owner: "441500-ZS"}, "440300"},
		"no city":         {accord.Proposal{Kind: accord.ProposeDays, Item: item}, "none"},
		"one's own city":  {accord.Proposal{Kind: accord.ProposeDays, Item: item}, "441502"},
		"item and adding": {accord.Proposal{Kind: accord.ProposeAdd, Item: item}, "440300"},
	} {
		if _, err := propose(c.in, c.city); fault.Code(err) != "validation_failed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	id, err := propose(accord.Proposal{Kind: accord.ProposeDays, Item: item, Text: "缩短至三日，联系13800000000"}, "440300")
	if err != nil {
		t.Fatal(err)
	}
	o.run()
	if got := o.told.Take(); got != "441500-RS staff_catalogue_consent" {
		t.Error(got)
	}
	_, err = o.Proposal(ctx, police, id)
	wants(t, err, "not_found")
	_, err = o.Decide(ctx, reviewer, id, true, "")
	wants(t, err, "approval_required")
	_, err = o.Consent(ctx, window, id, true, "")
	wants(t, err, "transition_not_allowed")
	if _, err = o.Decide(ctx, lead, id, true, ""); err != nil {
		t.Fatal(err)
	}
	_, err = o.Consent(ctx, lead, id, true, "")
	wants(t, err, "wrong_organisation")
	_, err = o.Published(ctx, boss, id, 2)
	wants(t, err, "transition_not_allowed")
	if _, err = o.Consent(ctx, window, id, true, ""); err != nil {
		t.Fatal(err)
	}
	_, err = o.Published(ctx, shenzhen, id, 2)
	wants(t, err, "forbidden")
	p, err := o.Published(ctx, boss, id, 2)
	if err != nil || p.State != accord.Published || p.Version != 2 || len(p.Steps) != 4 {
		t.Fatalf("%+v, %v", p, err)
	}
	o.run()
	const want = "440300-ZS staff_catalogue_consent, 440300-ZS staff_proposal_settled, 440300-ZS staff_proposal_settled, " +
		"441500-RS staff_proposal_settled, 441500-ZS staff_proposal_settled"
	if got := o.told.Take(); got != want {
		t.Errorf("told %s", got)
	}
	if id, err = propose(accord.Proposal{Kind: accord.ProposeDays, Item: item, Text: "x"}, "440300"); err != nil {
		t.Fatal(err)
	}
	_, err = o.Decide(ctx, lead, id, false, "")
	wants(t, err, "reason_required")
	if _, err = o.Decide(ctx, lead, id, false, "法定时限"); err != nil {
		t.Fatal(err)
	}
	if page, err := o.ListProposals(ctx, boss, string(accord.Declined), 10, ""); err != nil || len(page.Items) != 1 || page.Items[0].ID != id {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := o.ProposalsOf(ctx, "441500-RS", "owner", 10, ""); err != nil || len(page.Items) != 2 {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := o.ListProposals(ctx, huizhou, "", 10, ""); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}
