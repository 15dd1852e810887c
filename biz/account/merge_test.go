package account_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/account"
	"kuacheng/biz/once"
	"kuacheng/model"
)

// owner is a capability with documents of applicants; it dies the first times that it is asked.
type owner struct {
	mu    sync.Mutex
	docs  map[string]string // document → applicant
	dying int
}

func (o *owner) Reown(_ context.Context, from, to string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for doc, whose := range o.docs {
		if o.dying > 0 {
			o.dying--
			return errors.New("killed")
		}
		if whose == from {
			o.docs[doc] = to
		}
	}
	return nil
}

func (f fixture) mini(t *testing.T, code string) account.Login {
	t.Helper()
	l, err := f.LoginWechat(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (f fixture) app(t *testing.T, code string) account.Login {
	t.Helper()
	l, err := f.LoginApp(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func claim(number string) account.Claim {
	return account.Claim{Name: "张三丰", IDType: "resident_id", IDNumber: number, Phone: "13800000000"}
}

// An account from before WeChat told us the unionid, and one by the app, are one once it does.
func TestLogin_merges(t *testing.T) {
	t.Parallel()
	for name, verified := range map[string]string{"the app's is verified": "app", "the mini-program's is": "mini", "neither is": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, ctx := open(t), t.Context()
			mini, app := f.mini(t, "zhang@unbound"), f.app(t, "zhang")
			if mini.Applicant.ID == app.Applicant.ID {
				t.Fatal("nothing to merge")
			}
			keep, drop := mini, app // the older, unless the other is verified
			if verified == "app" {
				keep, drop = app, mini
			}
			if verified != "" {
				if _, err := f.Verify(ctx, keep.Applicant.ID, claim("44000019900101001X")); err != nil {
					t.Fatal(err)
				}
			}
			for id, n := range map[string]int{keep.Applicant.ID: 1, drop.Applicant.ID: 2} {
				for range n {
					if _, err := f.Subscribe(ctx, id, []string{"matter_accepted"}, nil, once.Request{}); err != nil {
						t.Fatal(err)
					}
				}
			}
			docs := &owner{docs: map[string]string{"a": keep.Applicant.ID, "b": drop.Applicant.ID, "c": drop.Applicant.ID, "d": "else"}, dying: 2}
			f.Carry(docs)

			again := f.mini(t, "zhang")
			if again.Applicant.ID != keep.Applicant.ID {
				t.Fatalf("logged in as %s, want %s", again.Applicant.ID, keep.Applicant.ID)
			}
			for range 2 {
				if err := f.Merged(ctx, drop.Applicant.ID, model.Event{}); err == nil {
					t.Fatal("a killed step is taken for done")
				}
			}
			for range 2 { // and run twice
				if err := f.Merged(ctx, drop.Applicant.ID, model.Event{}); err != nil {
					t.Fatal(err)
				}
			}
			if docs.docs["b"] != keep.Applicant.ID || docs.docs["c"] != keep.Applicant.ID || docs.docs["d"] != "else" {
				t.Errorf("documents %v", docs.docs)
			}
			a, err := f.Get(ctx, drop.Applicant.ID) // the old id leads to the one that goes on
			if err != nil || a.ID != keep.Applicant.ID || a.Credits["matter_accepted"] != 3 || len(a.Identities) != 2 || a.UnionID != "union-zhang" {
				t.Errorf("%+v, %v", a, err)
			}
			if a.Verified() != (verified != "") {
				t.Error("the verified identity is lost")
			}
			// Sessions of both go on, as the one account; the old one's access token does not.
			for _, l := range []account.Login{keep, drop} {
				r, err := f.Refresh(ctx, l.Refresh)
				if err != nil || r.Applicant.ID != keep.Applicant.ID {
					t.Errorf("session of %s: %v", l.Applicant.ID, err)
				}
			}
			if !f.Stale(drop.Applicant.ID) || f.Stale(keep.Applicant.ID) {
				t.Error("which tokens are stale")
			}
			// Nothing is written on the old account any more; whatever was, under an old token, comes over later.
			_, err = f.Verify(ctx, drop.Applicant.ID, claim("441500199001010026"))
			wantCode(t, err, "unauthenticated")
			docs.docs["late"] = drop.Applicant.ID
			f.clock.Advance(4 * time.Hour)
			if err := f.Wake(ctx, drop.Applicant.ID); err != nil || docs.docs["late"] != keep.Applicant.ID {
				t.Errorf("late: %v, %v", docs.docs, err)
			}
			for _, l := range []account.Login{f.mini(t, "zhang"), f.app(t, "zhang"), f.mini(t, "zhang@unbound")} {
				if l.Applicant.ID != keep.Applicant.ID {
					t.Errorf("later logged in as %s", l.Applicant.ID)
				}
			}
		})
	}
}

// Two people who are verified as different stay two, whatever WeChat says: somebody has lent their phone.
func TestLogin_keeps_verified_people_apart(t *testing.T) {
	t.Parallel()
	f, ctx := open(t), t.Context()
	mini, app := f.mini(t, "zhang@unbound"), f.app(t, "zhang")
	for id, number := range map[string]string{mini.Applicant.ID: "44000019900101001X", app.Applicant.ID: "441500199001010026"} {
		if _, err := f.Verify(ctx, id, claim(number)); err != nil {
			t.Fatal(err)
		}
	}
	if l := f.mini(t, "zhang"); l.Applicant.ID != mini.Applicant.ID {
		t.Errorf("logged in as %s", l.Applicant.ID)
	}
	if l := f.app(t, "zhang"); l.Applicant.ID != app.Applicant.ID {
		t.Errorf("by the app as %s", l.Applicant.ID)
	}
}

// The merge is found by many logins at once.
func TestLogin_merges_once(t *testing.T) {
	t.Parallel()
	f := open(t)
	mini, app := f.mini(t, "zhang@unbound"), f.app(t, "zhang")
	var all sync.WaitGroup
	ids := make([]string, 12)
	for i := range ids {
		all.Go(func() {
			enter := f.LoginWechat
			if i%2 == 1 {
				enter = f.LoginApp
			}
			l, err := enter(t.Context(), "zhang")
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = l.Applicant.ID
		})
	}
	all.Wait()
	for _, id := range ids[:1] {
		if id != mini.Applicant.ID && id != app.Applicant.ID {
			t.Errorf("a third account %s", id)
		}
	}
	if a, b := f.mini(t, "zhang"), f.app(t, "zhang"); a.Applicant.ID != b.Applicant.ID {
		t.Error("two accounts are left")
	}
}

func TestSetPhone(t *testing.T) {
	t.Parallel()
	f, ctx := open(t), t.Context()
	id := f.mini(t, "zhang").Applicant.ID
	a, err := f.SetPhone(ctx, id, "zhang/13800000000")
	if err != nil || a.Person.PhoneMask != "138****0000" || a.Verified() {
		t.Fatalf("%+v, %v", a, err)
	}
	if phone, err := f.Phone(ctx, id); err != nil || phone != "13800000000" {
		t.Errorf("%q, %v", phone, err)
	}
	if a, err = f.SetPhone(ctx, id, "zhang/85291234567"); err != nil || a.Person.PhoneMask == "138****0000" {
		t.Errorf("a number of Hong Kong: %v", err)
	}
	for code, want := range map[string]string{"li/13900000000": "phone_code_invalid", "zhang": "phone_code_invalid", "down/1": "unavailable", "zhang/12345": "phone_invalid"} {
		_, err := f.SetPhone(ctx, id, code)
		wantCode(t, err, want)
	}
}
