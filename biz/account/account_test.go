package account_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/account"
	"kuacheng/biz/clock"
	"kuacheng/biz/identity"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	wx "kuacheng/biz/wechat"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// wechat knows everybody: a code is the person, in the mini-program and in the app. A mini-program that is not
// bound to the open platform tells no unionid.
type wechat struct{}

func (wechat) Login(_ context.Context, code string) (openID, unionID string, err error) {
	if who, unbound := strings.CutSuffix(code, "@unbound"); unbound {
		return "mini-" + who, "", nil
	}
	return "mini-" + code, "union-" + code, nil
}

func (wechat) Phone(_ context.Context, code, openID string) (wx.Phone, error) {
	switch who, number, _ := strings.Cut(code, "/"); {
	case who == "down":
		return wx.Phone{}, &wx.Error{Class: wx.ClassBusy}
	case openID != "" && openID != "mini-"+who:
		return wx.Phone{}, &wx.Error{Class: wx.ClassMistake, Code: 40003}
	case number == "":
		return wx.Phone{}, &wx.Error{Class: wx.ClassLogin, Code: 40029}
	case strings.HasPrefix(number, "852"):
		return wx.Phone{Number: number[3:], CountryCode: "852"}, nil
	default:
		return wx.Phone{Number: number, CountryCode: "86"}, nil
	}
}

func (wechat) AppLogin(_ context.Context, code string) (openID, unionID string, err error) {
	return "app-" + code, "union-" + code, nil
}

type checker struct{}

func (checker) Match(context.Context, identity.Question) (bool, error) { return true, nil }

type fixture struct {
	*account.Service
	clock  *clock.Movable
	signer *token.Signer
}

func open(t *testing.T) fixture {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock.Movable{}
	signer, err := token.NewSigner([]token.Key{{ID: "k", Secret: make([]byte, 32)}}, c)
	if err != nil {
		t.Fatal(err)
	}
	s, err := account.New(t.Context(), account.Config{
		DB: db, Keeper: keeper, Signer: signer, Clock: c, WeChat: wechat{}, Checker: checker{}, AppID: "mini", AppAppID: "app",
	})
	if err != nil {
		t.Fatal(err)
	}
	return fixture{s, c, signer}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// TestLogin_race lets one person log in for the first time sixteen times at once, half of them by the app.
func TestLogin_race(t *testing.T) {
	t.Parallel()
	f := open(t)
	const taps = 16
	ids, errs := make([]string, taps), make([]error, taps)
	var all sync.WaitGroup
	for i := range taps {
		all.Go(func() {
			enter := f.LoginWechat
			if i%2 == 1 {
				enter = f.LoginApp
			}
			l, err := enter(t.Context(), "zhang")
			if errs[i] = err; err == nil {
				ids[i] = l.Applicant.ID
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("two accounts for one person: %s and %s", id, ids[0])
		}
	}
	if l, err := f.LoginWechat(t.Context(), "li"); err != nil || l.Applicant.ID == ids[0] {
		t.Errorf("another person: %v", err)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	f := open(t)
	first, err := f.LoginWechat(t.Context(), "zhang")
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.Refresh(t.Context(), first.Refresh)
	if err != nil || second.Refresh == first.Refresh || second.Applicant.ID != first.Applicant.ID {
		t.Fatalf("refreshed: %v", err)
	}
	// Whoever shows the used one ends the family, the newest token with it; another login lives on.
	elsewhere, err := f.LoginWechat(t.Context(), "zhang")
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Refresh(t.Context(), first.Refresh)
	wantCode(t, err, "unauthenticated")
	_, err = f.Refresh(t.Context(), second.Refresh)
	wantCode(t, err, "unauthenticated")
	if elsewhere, err = f.Refresh(t.Context(), elsewhere.Refresh); err != nil {
		t.Errorf("another login of the same person: %v", err)
	}
	for _, forged := range []string{"", "a.b", "a.0.b", "..", elsewhere.Refresh + "x", "x" + elsewhere.Refresh} {
		_, err := f.Refresh(t.Context(), forged)
		wantCode(t, err, "unauthenticated")
	}
	if elsewhere, err = f.Refresh(t.Context(), elsewhere.Refresh); err != nil {
		t.Errorf("guesses must not end a family: %v", err)
	}
	f.clock.Advance(30*24*time.Hour + time.Second)
	_, err = f.Refresh(t.Context(), elsewhere.Refresh)
	wantCode(t, err, "unauthenticated")
}

func TestVerify_taken(t *testing.T) {
	t.Parallel()
	f := open(t)
	claim := account.Claim{Name: "张三丰", IDType: "resident_id", IDNumber: "44000019900101001X", Phone: "13800000000"}
	var ids [2]string
	for i, code := range []string{"zhang", "li"} {
		l, err := f.LoginWechat(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = l.Applicant.ID
	}
	a, err := f.Verify(t.Context(), ids[0], claim)
	if err != nil || !a.Verified() {
		t.Fatalf("verified: %v", err)
	}
	if name, err := f.Reveal(a, "name"); err != nil || name != claim.Name {
		t.Errorf("revealed %q, %v", name, err)
	}
	_, err = f.Verify(t.Context(), ids[1], claim)
	wantCode(t, err, "identity_taken")
}

const password = "Correct-Horse-9"

// clerk makes an account.
func (f fixture) clerk(t *testing.T, id string) {
	t.Helper()
	x := model.Staff{Head: model.Head{ID: id}, Role: model.RoleClerk, Org: "440300-ZS", Region: "440300", Hall: "hall-440300-1"}
	if err := f.AddStaff(t.Context(), x, "陈晓敏", password); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) enter(t *testing.T, id string) token.Holder {
	t.Helper()
	in, err := f.StaffLogin(t.Context(), id, password, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	h, err := f.signer.Verify(in.Token)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestStaffLogin_throttled(t *testing.T) {
	t.Parallel()
	f := open(t)
	f.clerk(t, "clerk")
	for _, name := range []string{"clerk", "nobody"} {
		for range model.LoginFailures {
			_, err := f.StaffLogin(t.Context(), name, "wrong", "10.0.0.9")
			wantCode(t, err, "login_failed")
		}
		_, err := f.StaffLogin(t.Context(), name, password, "10.0.0.9")
		wantCode(t, err, "login_locked")
	}
	f.enter(t, "clerk") // from another address: a stranger locks nobody out
	f.clock.Advance(model.LoginLock + time.Second)
	if _, err := f.StaffLogin(t.Context(), "clerk", password, "10.0.0.9"); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	f.clerk(t, "second")
	if err := f.AddStaff(t.Context(), model.Staff{Head: model.Head{ID: "second"}, Role: model.RoleClerk}, "甲", password); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("the same name twice: %v", err)
	}
}

func TestCheckStaff_expiry(t *testing.T) {
	t.Parallel()
	f := open(t)
	f.clerk(t, "clerk")
	busy, idle := f.enter(t, "clerk"), f.enter(t, "clerk")
	for range 3 { // at work every twenty minutes
		f.clock.Advance(20 * time.Minute)
		if err := f.CheckStaff(t.Context(), busy); err != nil {
			t.Fatalf("at work: %v", err)
		}
	}
	wantCode(t, f.CheckStaff(t.Context(), idle), "unauthenticated")
	for range 33 {
		f.clock.Advance(20 * time.Minute)
		if err := f.CheckStaff(t.Context(), busy); err != nil {
			break
		}
	}
	wantCode(t, f.CheckStaff(t.Context(), busy), "unauthenticated") // twelve hours are enough
}

func TestCheckStaff_cut(t *testing.T) {
	t.Parallel()
	f := open(t)
	f.clerk(t, "clerk")
	h := f.enter(t, "clerk")
	if err := f.CheckStaff(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	forged := h
	forged.Lead = true
	wantCode(t, f.CheckStaff(t.Context(), forged), "unauthenticated")
	if err := f.EndSessions(t.Context(), "clerk", "logout"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.CheckStaff(t.Context(), h), "unauthenticated")
}

// TestCheckStaff_disabled: who has left, or has another role now, is out with the next request.
func TestCheckStaff_disabled(t *testing.T) {
	t.Parallel()
	f := open(t)
	for id, change := range map[string]func(*model.Staff){
		"leaver": func(x *model.Staff) { x.Disable() },
		"moved":  func(x *model.Staff) { x.Hall = "hall-441500-1" },
		"reset":  func(x *model.Staff) { x.SetPassword(account.HashPassword("Another-Horse-9"), time.Now()) },
	} {
		f.clerk(t, id)
		h := f.enter(t, id)
		if err := f.CheckStaff(t.Context(), h); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Members().Update(t.Context(), id, func(x *model.Staff) error { change(x); return nil }); err != nil {
			t.Fatal(err)
		}
		if code := fault.Code(f.CheckStaff(t.Context(), h)); code != "unauthenticated" {
			t.Errorf("%s: %q", id, code)
		}
	}
	_, err := f.StaffLogin(t.Context(), "leaver", password, "10.0.0.1")
	wantCode(t, err, "login_failed")
}

// The record of a login goes a year after it ran out.
func TestWakeSession(t *testing.T) {
	t.Parallel()
	f := open(t)
	l, err := f.LoginWechat(t.Context(), "zhang")
	if err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(l.Refresh, ".")
	wake := func(want int) {
		t.Helper()
		if err := f.WakeSession(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := f.Logins(t, l.Applicant.ID); got != want {
			t.Errorf("%d records, want %d", got, want)
		}
	}
	f.clock.Advance(366 * 24 * time.Hour)
	wake(1)
	f.clock.Advance(60 * 24 * time.Hour)
	wake(0)
	wake(0)
}
