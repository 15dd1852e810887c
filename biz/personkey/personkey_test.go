package personkey_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/personkey"
	"kuacheng/biz/reseal"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
	"kuacheng/model/trust"
)

const (
	keyA = "a:000102030405060708090a0b0c0d0e0f"
	keyB = "b:0f0e0d0c0b0a09080706050403020100"
)

func keeperOf(t testing.TB, keys string) *seal.Keeper {
	t.Helper()
	parsed, err := seal.ParseKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.New(parsed, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func open(t testing.TB, db *store.DB, keys string) (*personkey.Service, *seal.Keeper) {
	t.Helper()
	k := keeperOf(t, keys)
	s, err := personkey.New(t.Context(), db, k, &clock.Movable{})
	if err != nil {
		t.Fatal(err)
	}
	return s, k
}

func database(t testing.TB, folder string) *store.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(folder, "k.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustSeal(t testing.TB, k *seal.Keeper, person, place, plain string) string {
	t.Helper()
	s, err := k.SealFor(person, place, plain)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(s), plain) {
		t.Fatalf("%q shows %q", s, plain)
	}
	return string(s)
}

// Two who seal for one person at once for the first time make one key.
func TestKeyOf_once(t *testing.T) {
	t.Parallel()
	_, k := open(t, database(t, t.TempDir()), keyA)
	sealed := make([]string, 8)
	var wg sync.WaitGroup
	for i := range sealed {
		wg.Go(func() { sealed[i] = mustSeal(t, k, "01J0", "p", "张三") })
	}
	wg.Wait()
	for _, s := range sealed {
		if got, err := k.Open("p", model.Sealed(s)); err != nil || got != "张三" {
			t.Errorf("%q %v", got, err)
		}
	}
	if _, err := k.Open("q", model.Sealed(sealed[0])); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("in another place: %v", err)
	}
	if _, err := k.Open("p", model.Sealed(strings.Replace(sealed[0], "01J0", "01J1", 1))); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("as another person's: %v", err)
	}
}

// After the key of one person is destroyed, what is theirs is unreadable for good, and nobody else's is.
func TestShred(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	db := database(t, data)
	s, k := open(t, db, keyA)
	folder := filepath.Join(t.TempDir(), "files")
	files, err := file.Open(t.Context(), folder, k)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	mine, other := mustSeal(t, k, "01J0", "p", "张三"), mustSeal(t, k, "01J1", "p", "李四")
	if _, err := files.PutFor(t.Context(), "01J0", "matter/x", []byte("证件")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // may be done again
		if err := s.Shred(t.Context(), "01J0", "01J9"); err != nil {
			t.Fatal(err)
		}
	}
	if at, ok, err := s.Shredded(t.Context(), "01J0"); err != nil || !ok || at.IsZero() {
		t.Errorf("%v %v %v", at, ok, err)
	}
	if _, err := files.Get(t.Context(), "matter/x"); !errors.Is(err, seal.ErrShredded) {
		t.Errorf("a file: %v", err)
	}
	for n := range 2 {
		if n == 1 { // another process, which has opened nothing yet
			db.Close()
			_, k = open(t, database(t, data), keyA)
		}
		if _, err := k.Open("p", model.Sealed(mine)); !errors.Is(err, seal.ErrShredded) {
			t.Errorf("opened: %v", err)
		}
		if _, err := k.SealFor("01J9", "p", "x"); !errors.Is(err, seal.ErrShredded) {
			t.Errorf("sealed for who is gone: %v", err)
		}
		if got, err := k.Open("p", model.Sealed(other)); err != nil || got != "李四" {
			t.Errorf("another's: %q %v", got, err)
		}
	}
}

// A rotation seals the keys anew and not what lies under them; then the old configured key is not needed.
func TestSealed_rotation(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	db := database(t, data)
	s, k := open(t, db, keyA)
	mine := mustSeal(t, k, "01J0", "p", "张三")
	gone := mustSeal(t, k, "01J1", "p", "李四")
	if err := s.Shred(t.Context(), "01J1"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	db = database(t, data)
	s, k = open(t, db, keyB+","+keyA)
	rotation, err := reseal.New(t.Context(), db, k, &clock.Movable{}, s.Sealed()...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rotation.Begin(t.Context())
	for err == nil && r.Phase != trust.RotationDone {
		r, err = rotation.Next(t.Context())
	}
	if err != nil || len(r.Left) > 0 || r.Lost > 0 {
		t.Fatalf("%+v %v", r, err)
	}
	if k.Stale(model.Sealed(mine)) {
		t.Error("what lies under a person's key is never stale")
	}
	db.Close()
	_, k = open(t, database(t, data), keyB)
	if got, err := k.Open("p", model.Sealed(mine)); err != nil || got != "张三" {
		t.Errorf("without the old key: %q %v", got, err)
	}
	if _, err := k.Open("p", model.Sealed(gone)); !errors.Is(err, seal.ErrShredded) {
		t.Errorf("%v", err)
	}
}
