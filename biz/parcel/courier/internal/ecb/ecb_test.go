package ecb_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"kuacheng/biz/parcel/courier/internal/ecb"
)

func TestSeal_opens_again(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, key := rapid.SliceOf(rapid.Byte()).Draw(t, "text"), rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		sealed := ecb.Seal(text, key)
		if got, ok := ecb.Open(sealed, key); !ok || !bytes.Equal(got, text) || len(sealed)%16 != 0 {
			t.Fatalf("opened %v %x", ok, got)
		}
		if _, ok := ecb.Open(sealed[:len(sealed)-1], key); ok {
			t.Fatal("opened without its end")
		}
	})
	if _, ok := ecb.Open(nil, make([]byte, 16)); ok {
		t.Error("opened nothing")
	}
	if _, ok := ecb.Open(make([]byte, 16), []byte("short")); ok {
		t.Error("opened with no key")
	}
}
