package personnel_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/once"
	"kuacheng/biz/personnel"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	rs   = "441500-RS"
	ga   = "441500-GA"
	hall = "hall-440300-1"
)

func shown(x *model.Staff, _, password string) ([]byte, error) {
	return []byte(x.ID + " " + password), nil
}

func TestService_Create(t *testing.T) {
	t.Parallel()
	o := open(t)
	boss, admin := o.seat("boss", model.RoleSupervisor, "441500-ZS", ""), o.seat("admin", model.RoleAdmin, "441500-ZS", "")
	entry := personnel.Entry{Account: "li.wei", Name: "李伟", Post: model.Post{Role: model.RoleReviewer, Org: rs, Lead: true}}
	request := once.New(o.keeper, "boss create k1", "body")
	first, err := o.Create(t.Context(), boss, entry, request, shown)
	if err != nil {
		t.Fatal(err)
	}
	again, err := o.Create(t.Context(), boss, entry, request, shown)
	if err != nil || string(again) != string(first) {
		t.Errorf("a second tap: %s, %v", again, err)
	}
	_, err = o.Create(t.Context(), boss, entry, once.Request{}, shown)
	wants(t, err, "account_taken")
	_, password, _ := strings.Cut(string(first), " ")
	x := o.staff("li.wei")
	if name, err := o.accounts.MemberName(x); err != nil || name != "李伟" || x.NameMask == name || strings.Contains(string(x.Name), name) {
		t.Errorf("name %q, mask %q: %v", name, x.NameMask, err)
	}

	in, err := o.accounts.StaffLogin(t.Context(), "li.wei", password, "10.0.0.1")
	if err != nil || !in.Staff.OneTime {
		t.Fatalf("first sign-in: %v", err)
	}
	h, err := o.signer.Verify(in.Token)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, o.accounts.CheckStaff(t.Context(), h), "password_change_required")
	for next, code := range map[string]string{"short": "password_weak", password: "password_weak", "Li.Wei-2026-x": "password_weak"} {
		_, err = o.accounts.ChangePassword(t.Context(), "li.wei", password, next, "10.0.0.1")
		wants(t, err, code)
	}
	_, err = o.accounts.ChangePassword(t.Context(), "li.wei", "wrong", "Correct-Horse-9", "10.0.0.1")
	wants(t, err, "validation_failed")
	changed, err := o.accounts.ChangePassword(t.Context(), "li.wei", password, "Correct-Horse-9", "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, o.accounts.CheckStaff(t.Context(), h), "unauthenticated")
	if h, err = o.signer.Verify(changed.Token); err != nil {
		t.Fatal(err)
	}
	wants(t, o.accounts.CheckStaff(t.Context(), h), "")
	_, err = o.Create(t.Context(), boss, entry, request, shown) // the first password is told to nobody any more
	wants(t, err, "account_taken")

	for name, c := range map[string]struct {
		by    model.Actor
		entry personnel.Entry
		code  string
	}{
		"no account name":      {boss, personnel.Entry{Account: "甲", Name: "李伟", Post: entry.Post}, "validation_failed"},
		"the program's name":   {admin, personnel.Entry{Account: "system", Name: "李伟", Post: entry.Post}, "validation_failed"},
		"no name":              {boss, personnel.Entry{Account: "aaa", Name: "123", Post: entry.Post}, "name_invalid"},
		"no organisation":      {boss, personnel.Entry{Account: "aaa", Name: "李伟", Post: model.Post{Role: model.RoleReviewer, Org: "none"}}, "validation_failed"},
		"another city's":       {boss, personnel.Entry{Account: "aaa", Name: "李伟", Post: model.Post{Role: model.RoleClerk, Org: "440300-ZS", Hall: hall}}, "forbidden"},
		"the same rights":      {boss, personnel.Entry{Account: "aaa", Name: "李伟", Post: model.Post{Role: model.RoleSupervisor, Org: "441500-ZS"}}, "forbidden"},
		"more rights":          {boss, personnel.Entry{Account: "aaa", Name: "李伟", Post: model.Post{Role: model.RoleAdmin, Org: "441500-ZS"}}, "forbidden"},
		"who decides receives": {admin, personnel.Entry{Account: "aaa", Name: "李伟", Post: model.Post{Role: model.RoleClerk, Org: rs, Hall: hall}}, "validation_failed"},
		"no such window":       {admin, personnel.Entry{Account: "aaa", Name: "李伟", Post: model.Post{Role: model.RoleClerk, Org: "440300-ZS", Hall: hall, Windows: []string{"Z9"}}}, "validation_failed"},
	} {
		_, err := o.Create(t.Context(), c.by, c.entry, once.Request{}, shown)
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	for _, in := range []personnel.Entry{
		{Account: "county", Name: "王芳", Post: model.Post{Role: model.RoleSupervisor, Org: "441502-ZS"}},
		{Account: "clerk2", Name: "王芳", Post: model.Post{Role: model.RoleClerk, Org: "441500-ZS", Hall: "hall-441500-1"}},
	} {
		if _, err := o.Create(t.Context(), boss, in, once.Request{}, shown); err != nil {
			t.Errorf("%s: %v", in.Account, err)
		}
	}
}

// TestService_Reset: a password that waits too long is no good, and a reset cuts who had the old one.
func TestService_Reset(t *testing.T) {
	t.Parallel()
	o := open(t)
	boss := o.seat("boss", model.RoleSupervisor, "441500-ZS", "")
	o.seat("rev", model.RoleReviewer, rs, "")
	_, _, err := o.Reset(t.Context(), boss, "rev", "")
	wants(t, err, "reason_required")
	_, password, err := o.Reset(t.Context(), boss, "rev", "忘记密码")
	if err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(73 * time.Hour)
	_, err = o.accounts.StaffLogin(t.Context(), "rev", password, "10.0.0.1")
	wants(t, err, "login_failed")
	if _, password, err = o.Reset(t.Context(), boss, "rev", "忘记密码"); err != nil {
		t.Fatal(err)
	}
	if _, err = o.accounts.StaffLogin(t.Context(), "rev", password, "10.0.0.1"); err != nil {
		t.Error(err)
	}
	_, _, err = o.Reset(t.Context(), boss, "boss", "x")
	wants(t, err, "own_account")
}

func TestService_scope(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	admin, boss := o.seat("admin", model.RoleAdmin, "441500-ZS", ""), o.seat("boss", model.RoleSupervisor, "441500-ZS", "")
	county := o.seat("county", model.RoleSupervisor, "441502-ZS", "")
	o.seat("shenzhen", model.RoleClerk, "440300-ZS", hall)
	o.seat("rev", model.RoleReviewer, rs, "")
	o.seat("below", model.RoleReviewer, "441502-RS", "")
	for name, c := range map[string]struct {
		by       model.Actor
		id, code string
	}{
		"oneself":            {boss, "boss", "own_account"},
		"the administrator":  {boss, "admin", "forbidden"},
		"another city":       {boss, "shenzhen", "not_found"},
		"the city from here": {county, "rev", "not_found"},
		"nobody":             {admin, "none", "not_found"},
		"admin themselves":   {admin, "admin", "own_account"},
	} {
		_, err := o.Disable(ctx, c.by, c.id, "x", "")
		if fault.Code(err) != c.code {
			t.Errorf("disabling %s: %v", name, err)
		}
		_, err = o.Move(ctx, c.by, c.id, personnel.Shift{Why: "x", Org: ga})
		if fault.Code(err) != c.code {
			t.Errorf("moving %s: %v", name, err)
		}
		_, err = o.Enable(ctx, c.by, c.id, "x")
		if fault.Code(err) != c.code {
			t.Errorf("enabling %s: %v", name, err)
		}
	}
	_, err := o.Move(ctx, boss, "rev", personnel.Shift{Why: "x", Role: "supervisor", Org: "441500-ZS"})
	wants(t, err, "forbidden") // nobody is made one's equal
	_, err = o.Move(ctx, boss, "rev", personnel.Shift{Why: "x", Org: "440300-ZS", Role: "clerk", Hall: hall})
	wants(t, err, "forbidden")
	_, err = o.Move(ctx, boss, "rev", personnel.Shift{Why: "x"})
	wants(t, err, "validation_failed")
	_, err = o.Move(ctx, boss, "rev", personnel.Shift{Org: ga})
	wants(t, err, "reason_required")
	for by, want := range map[*model.Actor]string{&admin: "admin below boss county rev shenzhen", &boss: "admin below boss county rev", &county: "below county"} {
		page, err := o.List(ctx, *by, personnel.Filter{Limit: 10})
		var ids []string
		for _, x := range page.Items {
			ids = append(ids, x.ID)
		}
		if got := strings.Join(ids, " "); err != nil || got != want {
			t.Errorf("%s sees %q, want %q: %v", by.ID, got, want, err)
		}
	}
	page, err := o.List(ctx, boss, personnel.Filter{Role: "reviewer", Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err = o.List(ctx, boss, personnel.Filter{Role: "reviewer", Limit: 1, Cursor: page.Next}); err != nil || len(page.Items) != 1 || page.Items[0].ID != "rev" {
		t.Errorf("the second page: %+v, %v", page, err)
	}
	if page, err = o.List(ctx, county, personnel.Filter{Org: rs, Limit: 10}); err != nil || len(page.Items) != 0 {
		t.Errorf("another's organisation: %+v, %v", page, err)
	}
	if page, err = o.List(ctx, boss, personnel.Filter{Org: rs, Disabled: true, Limit: 10}); err != nil || len(page.Items) != 0 {
		t.Errorf("disabled: %+v, %v", page, err)
	}
	moved, err := o.Move(ctx, boss, "rev", personnel.Shift{Why: "轮岗", Org: ga})
	if err != nil || moved.Org != ga || moved.Epoch != 1 || len(moved.Steps) != 1 || moved.Steps[0].Data["from_org"] != rs || moved.Steps[0].By != "boss" {
		t.Errorf("%+v, %v", moved, err)
	}
}

// TestService_last_admin lets two administrators cut each other off at once: one of them stays.
func TestService_last_admin(t *testing.T) {
	t.Parallel()
	o := open(t)
	for round := range 5 {
		one, two := o.seat(fmt.Sprintf("one%d", round), model.RoleAdmin, "441500-ZS", ""), o.seat(fmt.Sprintf("two%d", round), model.RoleAdmin, "441500-ZS", "")
		var all sync.WaitGroup
		for _, pair := range [][2]model.Actor{{one, two}, {two, one}} {
			all.Go(func() {
				var err error
				if round%2 == 0 {
					_, err = o.Disable(t.Context(), pair[0], pair[1].ID, "x", "")
				} else {
					_, err = o.Move(t.Context(), pair[0], pair[1].ID, personnel.Shift{Why: "x", Role: "supervisor"})
				}
				if code := fault.Code(err); code != "" && code != "last_admin" && code != "too_many_requests" {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		page, err := o.List(t.Context(), one, personnel.Filter{Role: "admin", Limit: 100})
		if err != nil || len(page.Items) == 0 {
			t.Fatalf("nobody is left: %v", err)
		}
		last := page.Items[0].Actor()
		for _, x := range page.Items[1:] {
			if _, err := o.Disable(t.Context(), last, x.ID, "x", ""); err != nil {
				t.Fatal(err)
			}
		}
		other := last
		other.ID = "somebody" // who has been an administrator until a moment ago
		_, err = o.Disable(t.Context(), other, last.ID, "x", "")
		wants(t, err, "last_admin")
		if _, err := o.accounts.Members().Update(t.Context(), last.ID, func(x *model.Staff) error { x.Disable(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
}
