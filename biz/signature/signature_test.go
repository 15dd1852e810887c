package signature_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"kuacheng/biz/signature"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	keys, err := signature.ParseKeys("new:000102030405060708090a0b0c0d0e0f,old:ff0102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	now, body := time.Unix(1_800_000_000, 0), []byte(`{"events":[]}`)
	for name, c := range map[string]struct {
		change func(h http.Header)
		body   string
		at     time.Duration
		ok     bool
	}{
		"good":            {ok: true},
		"edge of window":  {at: signature.Window, ok: true},
		"too late":        {at: signature.Window + time.Second},
		"from the future": {at: -signature.Window - time.Second},
		"other body":      {body: `{"events":[1]}`},
		"other nonce":     {change: func(h http.Header) { h.Set(signature.HeaderNonce, "abcdefghij") }},
		"no nonce":        {change: func(h http.Header) { h.Del(signature.HeaderNonce) }},
		"other key":       {change: func(h http.Header) { h.Set(signature.HeaderKey, "old") }},
		"unknown key":     {change: func(h http.Header) { h.Set(signature.HeaderKey, "x") }},
		"not hex":         {change: func(h http.Header) { h.Set(signature.HeaderSignature, "zz") }},
		"no timestamp":    {change: func(h http.Header) { h.Del(signature.HeaderTimestamp) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			signature.Sign(h, keys[0], body, now)
			if c.change != nil {
				c.change(h)
			}
			got := body
			if c.body != "" {
				got = []byte(c.body)
			}
			if _, err := signature.Verify(h.Get, got, keys, now.Add(c.at)); (err == nil) != c.ok {
				t.Fatalf("err %v, want ok %v", err, c.ok)
			}
		})
	}
	late := http.Header{}
	signature.Sign(late, keys[0], body, now.Add(-time.Hour))
	if _, err := signature.Verify(late.Get, body, keys, now); !errors.Is(err, signature.ErrTime) {
		t.Errorf("signed well, an hour ago: %v", err)
	}
	late.Set(signature.HeaderKey, "x")
	if _, err := signature.Verify(late.Get, body, keys, now); !errors.Is(err, signature.ErrUnknownKey) || !errors.Is(err, signature.ErrInvalid) {
		t.Errorf("by an unknown key: %v", err)
	}
	late.Set(signature.HeaderKey, "new")
	if _, err := signature.Verify(late.Get, []byte("else"), keys, now); errors.Is(err, signature.ErrTime) {
		t.Error("a stranger learns our clock")
	}
	h := http.Header{}
	signature.Sign(h, keys[1], body, now)
	if _, err := signature.Verify(h.Get, body, keys, now); err != nil {
		t.Errorf("a rotated key must still be accepted: %v", err)
	}
}
