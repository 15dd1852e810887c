package personnel_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"kuacheng/biz/account"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/personnel"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// errDied is a crash in the middle of a hand-over.
var errDied = errors.New("died")

// works are the matters, by number.
type works struct {
	mu      sync.Mutex
	all     map[string]*model.Matter
	dieIn   int // hand-overs until the next crash; 0 is never
	release []string
}

func (w *works) add(no, org, handler string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[no] = &model.Matter{Head: model.Head{ID: no}, HOrg: org, State: model.MatterAccepted, OwedBy: org, Handler: handler}
}

func (w *works) Held(_ context.Context, staff string, limit int, cursor string) (store.Page[model.Matter], error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var page store.Page[model.Matter]
	for _, no := range slices.Sorted(maps.Keys(w.all)) {
		if w.all[no].Handler != staff || no <= cursor {
			continue
		}
		if len(page.Items) == limit {
			page.Next = page.Items[limit-1].ID
			break
		}
		m := *w.all[no]
		page.Items = append(page.Items, &m)
	}
	return page, nil
}

func (w *works) CountHeld(_ context.Context, staff string) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, m := range w.all {
		if m.Handler == staff {
			n++
		}
	}
	return n, nil
}

func (w *works) HandOver(_ context.Context, no, from, to string, by model.Actor, why string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dieIn > 0 {
		if w.dieIn--; w.dieIn == 0 {
			return errDied
		}
	}
	if err := w.all[no].HandOver(from, to, by, why, clock.Real{}.Now()); !errors.Is(err, model.ErrAlreadyApplied) {
		return err
	}
	return nil
}

func (w *works) CalledBy(context.Context, string, string) ([]*model.Booking, error) { return nil, nil }

func (w *works) Release(_ context.Context, hall, clerk string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.release = append(w.release, hall+" "+clerk)
	return nil
}

func (w *works) Give(context.Context, model.NoticeDraft) (bool, error) { return true, nil }

type office struct {
	*personnel.Service
	t        testing.TB
	accounts *account.Service
	works    *works
	clock    *clock.Movable
	keeper   *seal.Keeper
	signer   *token.Signer
	db       *store.DB
}

func open(t testing.TB) *office {
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
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, works: &works{all: map[string]*model.Matter{}}, clock: &clock.Movable{}, db: db}
	if o.keeper, err = seal.New(keys, make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	if o.signer, err = token.NewSigner([]token.Key{{ID: "k", Secret: make([]byte, 32)}}, o.clock); err != nil {
		t.Fatal(err)
	}
	if o.accounts, err = account.New(t.Context(), account.Config{DB: db, Keeper: o.keeper, Signer: o.signer, Clock: o.clock}); err != nil {
		t.Fatal(err)
	}
	if o.Service, err = personnel.New(t.Context(), personnel.Config{
		DB: db, Clock: o.clock, Catalogue: catalogue.New(d), Accounts: o.accounts, Matters: o.works, Bookings: o.works, Notices: o.works,
	}); err != nil {
		t.Fatal(err)
	}
	return o
}

// seat puts an account into the store without asking anybody, and without a password that takes its time to hash.
func (o *office) seat(id string, role model.Role, org, hall string) model.Actor {
	o.t.Helper()
	x := &model.Staff{Head: model.Head{ID: id}, Role: role, Org: org, Region: org[:6], Hall: hall, Active: true, Name: o.keeper.Seal("staff:"+id+":name", "陈晓敏")}
	if err := o.accounts.Members().Insert(o.t.Context(), x); err != nil {
		o.t.Fatal(err)
	}
	return x.Actor()
}

// carryOut does what the outbox of an account asks for, as often as it takes; it gives the last failure.
func (o *office) carryOut(id string) (failed error) {
	o.t.Helper()
	x, err := o.accounts.Members().Get(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, e := range x.Outbox {
		if err := o.Left(o.t.Context(), id, e); err != nil {
			failed = err
			continue
		}
		if err := o.db.Settle(o.t.Context(), account.Staff, id, e.ID); err != nil {
			o.t.Fatal(err)
		}
	}
	return failed
}

func (o *office) staff(id string) *model.Staff {
	o.t.Helper()
	x, err := o.accounts.Members().Get(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return x
}

// handlers counts in whose name matters are.
func (o *office) handlers() map[string]int {
	out := map[string]int{}
	for _, m := range o.works.all {
		out[cmp.Or(m.Handler, "-")]++
	}
	return out
}

func wants(t testing.TB, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}
