package model_test

import (
	"slices"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func sampleApplicant(t failer) *model.Applicant {
	t.Helper()
	return model.NewApplicant("ap-1", model.WechatIdentity{AppID: "mini", OpenID: "o-mini"}, "union", moment(t, "2026-11-24"))
}

func person(index string) model.Person {
	return model.Person{IDType: model.IDResident, Name: "sealed", NameMask: "张*", IDIndex: index, Phone: "sealed", PhoneMask: "138****0000"}
}

func TestApplicant_identities(t *testing.T) {
	t.Parallel()
	a, now := sampleApplicant(t), moment(t, "2026-11-25")
	if !a.Join(model.WechatIdentity{AppID: "app", OpenID: "o-app"}, "union", now) {
		t.Error("the same person in another app is joined")
	}
	if a.Join(model.WechatIdentity{AppID: "app", OpenID: "o-app"}, "union", now) || len(a.Identities) != 2 {
		t.Error("once")
	}
	for app, want := range map[string]string{"mini": "o-mini", "app": "o-app", "other": ""} {
		if got, ok := a.OpenID(app); got != want || ok != (want != "") {
			t.Errorf("openid in %s: %q", app, got)
		}
	}
}

func TestApplicant_verify(t *testing.T) {
	t.Parallel()
	a, now := sampleApplicant(t), moment(t, "2026-11-24")
	if err := a.RequireVerified(); fault.Code(err) != "identity_required" {
		t.Errorf("before: %v", err)
	}
	if err := a.Verify(person("idx-1"), model.IdentityMatched, now); err != nil || !a.Verified() || a.VerifiedAt == nil {
		t.Fatalf("verified: %v %+v", err, a)
	}
	if err := a.Verify(person("idx-2"), model.IdentityInPerson, now); fault.Code(err) != "identity_taken" {
		t.Errorf("another person on the account: %v", err)
	}
	again := person("idx-1")
	again.Name, again.PhoneMask = "other", "139****0000"
	if err := a.Verify(again, model.IdentityInPerson, now); err != nil {
		t.Fatal(err)
	}
	if a.Person.PhoneMask != "139****0000" || a.Person.Name != "sealed" || a.IdentityLevel != model.IdentityInPerson {
		t.Errorf("a phone may change, a name not: %+v", a)
	}
	if err := a.Verify(person("idx-1"), model.IdentityMatched, now); err != nil || a.IdentityLevel != model.IdentityInPerson {
		t.Errorf("a level is not lost: %d", a.IdentityLevel)
	}
}

func TestApplicant_credits(t *testing.T) {
	t.Parallel()
	a := sampleApplicant(t)
	if a.Spend("booking_confirmed") {
		t.Error("nothing was accepted")
	}
	for range 3 {
		a.Accept([]string{"booking_confirmed", "matter_accepted"}, 2, time.Now())
	}
	if a.Credits["booking_confirmed"] != 2 {
		t.Errorf("credits are capped: %v", a.Credits)
	}
	spent := []bool{a.Spend("booking_confirmed"), a.Spend("booking_confirmed"), a.Spend("booking_confirmed")}
	if !slices.Equal(spent, []bool{true, true, false}) {
		t.Error("one accepted template is one send")
	}
	a.Forfeit("matter_accepted")
	if a.Spend("matter_accepted") {
		t.Error("refused in WeChat, but spent")
	}
}

func TestApplicant_consents(t *testing.T) {
	t.Parallel()
	a, now := sampleApplicant(t), moment(t, "2026-11-24")
	a.Agree("privacy", "v1", now)
	a.Agree("privacy", "v1", now)
	a.Agree("push", "v1", now)
	a.Agree("privacy", "v2", now)
	if c, ok := a.Consent("privacy"); !ok || c.Version != "v2" || len(a.Consents) != 3 {
		t.Errorf("%+v of %+v", c, a.Consents)
	}
	a.WithdrawConsent("privacy", now)
	if _, ok := a.Consent("privacy"); ok {
		t.Error("withdrawn, but standing")
	}
	if _, ok := a.Consent("push"); !ok || len(a.Consents) != 3 {
		t.Error("the others stand, and all stay on record")
	}
	a.Agree("privacy", "v2", now)
	if _, ok := a.Consent("privacy"); !ok {
		t.Error("given anew")
	}
}

func TestStaff(t *testing.T) {
	t.Parallel()
	orgs := sampleData(t).Organisations
	zs, _ := orgs.Get("440300-ZS")
	rs, _ := orgs.Get("441500-RS")
	account := func(role model.Role, org model.Organisation, edit ...func(*model.Staff)) *model.Staff {
		s := &model.Staff{Head: model.Head{ID: "u"}, Role: role, Org: org.ID, Region: org.Region, Active: true}
		for _, e := range edit {
			e(s)
		}
		return s
	}
	hall := func(s *model.Staff) { s.Hall = "hall-440300-1" }
	leads := func(s *model.Staff) { s.Lead = true }
	for _, c := range []struct {
		name string
		s    *model.Staff
		org  model.Organisation
		ok   bool
	}{
		{"clerk", account(model.RoleClerk, zs, hall), zs, true},
		{"clerk_without_a_hall", account(model.RoleClerk, zs), zs, false},
		{"clerk_of_a_deciding_department", account(model.RoleClerk, rs, hall), rs, false},
		{"reviewer", account(model.RoleReviewer, rs, leads), rs, true},
		{"reviewer_of_a_receiving_organisation", account(model.RoleReviewer, zs), zs, false},
		{"lead_who_is_no_reviewer", account(model.RoleSupervisor, zs, leads), zs, false},
		{"supervisor", account(model.RoleSupervisor, zs), zs, true},
		{"applicant", account(model.RoleApplicant, zs), zs, false},
		{"another_organisation", account(model.RoleSupervisor, zs), rs, false},
	} {
		if err := c.s.Check(c.org); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if a := account(model.RoleClerk, zs, hall).Actor(); a.Door != model.DoorCounter || a.Hall != "hall-440300-1" || a.Region != "440300" || a.ID != "u" {
		t.Errorf("actor %+v", a)
	}
}

func TestStaff_passwords(t *testing.T) {
	t.Parallel()
	s := &model.Staff{Head: model.Head{ID: "u"}, Active: true}
	now := moment(t, "2026-11-24")
	for i, hash := range []string{"h0", "h1", "h2", "h3", "h4", "h5", "h6"} {
		s.SetPassword(hash, now)
		if s.Epoch != i {
			t.Errorf("after %s: epoch %d, want %d", hash, s.Epoch, i)
		}
	}
	if len(s.OldPasswords) != 5 || s.OldPasswords[0] != "h5" || s.OldPasswords[4] != "h1" {
		t.Errorf("the last five are kept: %v", s.OldPasswords)
	}
	s.Disable()
	if s.Active || s.Epoch != 7 {
		t.Error("a leaver's sessions are cut")
	}
}

func TestOrganisations(t *testing.T) {
	t.Parallel()
	d := sampleData(t)
	for region, want := range map[string]string{
		"441500": "441500-ZS", "441521": "441521-ZS", "4415X2": "4415X2-ZS", "440303": "440300-ZS", "4403X1": "440300-ZS", "440200": "", "999999": "",
	} {
		if o, ok := d.Organisations.Receiver(region); o.ID != want || ok != (want != "") {
			t.Errorf("%s is received for by %q, want %q", region, o.ID, want)
		}
	}
	it := d.Items[0]
	if o, err := d.Organisations.Decider(it, "441521"); err != nil || o.ID != "441521-RS" {
		t.Errorf("海丰 decides through %q, %v", o.ID, err)
	}
	for _, region := range []string{"440300", "441599", ""} {
		if _, err := d.Organisations.Decider(it, region); fault.Code(err) != "item_not_offered" {
			t.Errorf("%q: %v", region, err)
		}
	}
	county := *it
	county.HandlingRegions = []string{"441521"}
	if _, err := d.Organisations.Decider(&county, "441500"); fault.Code(err) != "item_not_offered" {
		t.Errorf("a county's item is not the city's: %v", err)
	}
	both := model.Organisation{ID: "441500-XX", Department: "XX", Region: "441500", Roles: []string{model.OrgReceives, model.OrgDecides}}
	if _, err := model.NewOrganisations([]model.Organisation{both}, d.Regions); err == nil {
		t.Error("nobody both receives and decides (受审分离)")
	}
}
