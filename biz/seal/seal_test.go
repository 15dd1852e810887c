package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kuacheng/biz/seal"
	"kuacheng/model"
)

func newKeeper(t *testing.T, keys string) *seal.Keeper {
	t.Helper()
	parsed, err := seal.ParseKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.New(parsed, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	keyA = "a:000102030405060708090a0b0c0d0e0f"
	keyB = "b:0f0e0d0c0b0a09080706050403020100"
)

func TestKeeper_Seal(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, keyA)
	rapid.Check(t, func(t *rapid.T) {
		plain, place := rapid.String().Draw(t, "plain"), rapid.String().Draw(t, "place")
		s := k.Seal(place, plain)
		got, err := k.Open(place, s)
		if err != nil || got != plain {
			t.Fatalf("opened %q, %v, want %q", got, err, plain)
		}
		if len(plain) > 3 && strings.Contains(string(s), plain) {
			t.Fatalf("the sealed form shows %q", plain)
		}
		if plain != "" {
			if _, err := k.Open(place+"x", s); !errors.Is(err, seal.ErrOpen) {
				t.Fatalf("opened in another place: %v", err)
			}
		}
	})
}

func TestKeeper_rotation(t *testing.T) {
	t.Parallel()
	old := newKeeper(t, keyA)
	s := old.Seal("p", "张三丰")
	both := newKeeper(t, keyB+","+keyA)
	if got, err := both.Open("p", s); err != nil || got != "张三丰" {
		t.Fatalf("after rotation: %q, %v", got, err)
	}
	if !both.Stale(s) || both.Stale(both.Seal("p", "x")) || both.Stale("") {
		t.Fatal("stale must name exactly what an older key made")
	}
	if _, err := newKeeper(t, keyB).Open("p", s); !errors.Is(err, seal.ErrOpen) {
		t.Fatalf("without the old key: %v", err)
	}
}

func TestKeeper_bytes(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, keyA)
	plain := bytes.Repeat([]byte("身份证"), 1000)
	sealed := k.SealBytes("blob", plain)
	got, err := k.OpenBytes("blob", sealed)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("bytes differ, %v", err)
	}
	sealed[len(sealed)/2] ^= 1
	if _, err := k.OpenBytes("blob", sealed); !errors.Is(err, seal.ErrOpen) {
		t.Fatalf("a changed byte went unseen: %v", err)
	}
}

func TestKeeper_tampered(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, keyA)
	for _, s := range []string{"x", ".", "a.", "a.!!", "zz.AAAA", "a.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := k.Open("p", model.Sealed(s)); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestKeeper_Blind(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, keyA)
	index := k.Blind("id", "1")
	if index != newKeeper(t, keyA).Blind("id", "1") || index == k.Blind("phone", "1") {
		t.Fatal("the blind index must depend on kind and value alone")
	}
	if newKeeper(t, keyB).Blind("id", "1") != k.Blind("id", "1") {
		t.Fatal("rotating the sealing key must not move the blind index")
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]string{"short": "a:00", "twice": keyA + "," + keyA, "id": "A B:000102030405060708090a0b0c0d0e0f"} {
		parsed, err := seal.ParseKeys(keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.New(parsed, []byte("0123456789abcdef")); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := seal.ParseKeys("nocolon"); err == nil {
		t.Error("a key without id was accepted")
	}
	if _, err := seal.ParseKeys("a:secretinhexnot"); err == nil || strings.Contains(err.Error(), "secretinhexnot") {
		t.Errorf("the error must come and must not quote the key: %v", err)
	}
}

func BenchmarkSeal(b *testing.B) {
	keys, _ := seal.ParseKeys(keyA)
	k, _ := seal.New(keys, []byte("0123456789abcdef"))
	for b.Loop() {
		k.Seal("applicant:phone", "13800000000")
	}
}
