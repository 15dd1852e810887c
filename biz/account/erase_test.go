package account_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"kuacheng/biz/account"
	"kuacheng/model"
)

// held is what another package holds of people.
type held struct {
	blockers []account.Blocker
	kept     []account.Kept
	erased   []string
}

func (h *held) Blocking(context.Context, string) ([]account.Blocker, error) { return h.blockers, nil }
func (h *held) Kept(context.Context, string) ([]account.Kept, error)        { return h.kept, nil }
func (h *held) Erase(_ context.Context, id string) error {
	h.erased = append(h.erased, id)
	return nil
}

// keys are the keys of people: those that were destroyed.
type keys struct{ shredded []string }

func (k *keys) Shred(_ context.Context, people ...string) error {
	k.shredded = append(k.shredded, people...)
	return nil
}

func (f fixture) erased(t *testing.T, id string) *model.Applicant {
	t.Helper()
	a, err := f.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Outbox {
		if e.Kind == model.KindAccountErased {
			for range 2 { // an event may come twice
				if err := f.Gone(t.Context(), id, e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	a, _ = f.Get(t.Context(), id)
	return a
}

// Who leaves comes back as somebody new, with the same WeChat and the same identity; what must be kept of them is found by nobody, and
// its key is destroyed when nothing has to be kept any more.
func TestErase(t *testing.T) {
	t.Parallel()
	f := open(t)
	h, k := &held{}, &keys{}
	f.Erasing(k, h)
	l, err := f.LoginWechat(t.Context(), "zhang")
	if err != nil {
		t.Fatal(err)
	}
	id := l.Applicant.ID
	claim := account.Claim{Name: "张三丰", IDType: "resident_id", IDNumber: "11010519491231002X", Phone: "13800000000"}
	if _, err := f.Verify(t.Context(), id, claim); err != nil {
		t.Fatal(err)
	}
	h.blockers = []account.Blocker{{Kind: "matter", ID: "KC1", Say: "办件 KC1 尚未办结"}}
	if _, err := f.Erase(t.Context(), id); err == nil {
		t.Fatal("with a matter under way")
	} else {
		wantCode(t, err, "erasure_blocked")
	}
	until := f.clock.Now().AddDate(10, 0, 0)
	h.blockers, h.kept = nil, []account.Kept{{Matter: "KC1", Until: until}, {Matter: "KC2", Until: until.AddDate(-1, 0, 0)}}
	e, err := f.Erase(t.Context(), id)
	if err != nil || e.Erased == nil || !e.Until().Equal(until) {
		t.Fatalf("%+v %v", e, err)
	}
	if _, err := f.Refresh(t.Context(), l.Refresh); err == nil {
		t.Error("the old login goes on")
	}
	a := f.erased(t, id)
	if a.Person.IDIndex+a.Person.PhoneIndex+a.Person.IDMask+a.Person.PhoneMask != "" || a.Person.Phone != "" || len(a.Identities) > 0 || a.UnionID != "" {
		t.Errorf("%+v", a)
	}
	if a.Person.IDNumber == "" || len(k.shredded) > 0 || a.Wake == nil || a.Wake.Before(until) || !slices.Contains(h.erased, id) {
		t.Errorf("%+v, shredded %v", a, k.shredded)
	}
	if _, err := f.Verify(t.Context(), id, claim); err == nil {
		t.Error("an erased account proves an identity")
	}

	again, err := f.LoginWechat(t.Context(), "zhang")
	if err != nil || again.Applicant.ID == id {
		t.Fatalf("%+v %v", again, err)
	}
	if _, err := f.Verify(t.Context(), again.Applicant.ID, claim); err != nil {
		t.Errorf("the same person anew: %v", err)
	}
	f.erased(t, id) // the event once more takes nothing from the new account
	if third, err := f.LoginWechat(t.Context(), "zhang"); err != nil || third.Applicant.ID != again.Applicant.ID {
		t.Errorf("%+v %v", third, err)
	}

	h.kept = nil // ten years on
	f.clock.Advance(11 * 365 * 24 * time.Hour)
	if err := f.Wake(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if a, _ = f.Get(t.Context(), id); a.Person.Name+a.Person.IDNumber != "" || a.Wake != nil || !slices.Contains(k.shredded, id) {
		t.Errorf("%+v, shredded %v", a, k.shredded)
	}
}

// Of accounts that turned out to be one person's, all go.
func TestErase_merged(t *testing.T) {
	t.Parallel()
	f := open(t)
	h, k := &held{}, &keys{}
	f.Erasing(k, h)
	first, err := f.LoginWechat(t.Context(), "zhang@unbound")
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.LoginApp(t.Context(), "zhang")
	if err != nil {
		t.Fatal(err)
	}
	both, err := f.LoginWechat(t.Context(), "zhang") // now WeChat says that they are one
	if err != nil {
		t.Fatal(err)
	}
	id := both.Applicant.ID
	if _, err := f.Erase(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	f.erased(t, id)
	for _, x := range []string{first.Applicant.ID, second.Applicant.ID} {
		if !slices.Contains(k.shredded, x) {
			t.Errorf("%s is not shredded: %v", x, k.shredded)
		}
	}
	for _, enter := range []func(context.Context, string) (account.Login, error){f.LoginWechat, f.LoginApp} {
		if l, err := enter(t.Context(), "zhang"); err != nil || l.Applicant.ID == first.Applicant.ID || l.Applicant.ID == second.Applicant.ID {
			t.Errorf("%+v %v", l.Applicant, err)
		}
	}
}

// Who is known only by what another city sent is nobody any more when the last of that is gone, and somebody again with the next.
func TestKnow_leaves(t *testing.T) {
	t.Parallel()
	f := open(t)
	h, k := &held{kept: []account.Kept{{Matter: "KC1", Until: f.clock.Now().AddDate(2, 0, 0)}}}, &keys{}
	f.Erasing(k, h)
	person := model.FilingPerson{Name: "李四", IDType: "resident_id", IDNumber: "44000019900101001X", Phone: "13800000000", Level: model.IdentityMatched}
	id, err := f.Know(t.Context(), "440100", person)
	if err != nil {
		t.Fatal(err)
	}
	name := func(after time.Duration) string {
		t.Helper()
		f.clock.Advance(after)
		if err := f.Wake(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		a, err := f.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return string(a.Person.Name) + a.Person.IDIndex
	}
	if name(48*time.Hour) == "" {
		t.Error("with a matter that is kept")
	}
	h.kept = nil
	if got := name(3 * 365 * 24 * time.Hour); got != "" || len(k.shredded) > 0 {
		t.Errorf("%q, shredded %v", got, k.shredded)
	}
	if again, err := f.Know(t.Context(), "440100", person); err != nil || again != id || name(0) == "" {
		t.Errorf("%s %v", again, err)
	}
}
