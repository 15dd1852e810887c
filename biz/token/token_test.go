package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"

	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/fault"
)

type fixed struct{ now time.Time }

func (f *fixed) Now() time.Time { return f.now }

func mustKeys(t testing.TB, s string) []token.Key {
	t.Helper()
	keys, err := token.ParseKeys(s)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

var (
	one = "k1:" + strings.Repeat("01", 32)
	two = "k2:" + strings.Repeat("02", 32)
)

func TestSigner(t *testing.T) {
	t.Parallel()
	c := &fixed{time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC)}
	s, err := token.NewSigner(mustKeys(t, one), c)
	if err != nil {
		t.Fatal(err)
	}
	who := model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "st1", Org: "440300-ZS", Region: "440300", Hall: "hall-1", Lead: true}
	tok, expires, err := s.Issue(who, "sess", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from what was seen
		h, err := s.Verify(tok)
		if err != nil || h.Actor != who || h.Session != "sess" || !h.Expires.Equal(expires) {
			t.Fatalf("got %+v, %v", h, err)
		}
	}
	rotated, _ := token.NewSigner(mustKeys(t, two+","+one), c)
	if _, err := rotated.Verify(tok); err != nil {
		t.Fatalf("a rotated-out key must still verify: %v", err)
	}
	gone, _ := token.NewSigner(mustKeys(t, two), c)
	if _, err := gone.Verify(tok); !errors.Is(err, token.ErrInvalid) {
		t.Fatalf("a removed key: %v", err)
	}
	c.now = expires
	if _, err := s.Verify(tok); !errors.Is(err, token.ErrInvalid) {
		t.Fatalf("expired, though seen before: %v", err)
	}
}

func TestSigner_forged(t *testing.T) {
	t.Parallel()
	c := &fixed{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	s, _ := token.NewSigner(mustKeys(t, one), c)
	none := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"sub": "x", "exp": c.now.Add(time.Hour).Unix()})
	none.Header["kid"] = "k1"
	unsigned, _ := none.SignedString(jwt.UnsafeAllowNoneSignatureType)
	endless := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "x"})
	endless.Header["kid"] = "k1"
	forever, _ := endless.SignedString(mustKeys(t, one)[0].Secret)
	for name, tok := range map[string]string{"none": unsigned, "no expiry": forever, "empty": "", "dots": "a.b.c"} {
		if _, err := s.Verify(tok); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQR(t *testing.T) {
	t.Parallel()
	c := &fixed{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	s := token.NewQRSigner(mustKeys(t, one), c)
	rapid.Check(t, func(t *rapid.T) {
		q := token.QR{
			Kind:    token.QRKind(rapid.IntRange(1, 4).Draw(t, "kind")),
			Version: rapid.IntRange(0, 15).Draw(t, "version"),
			ID:      rapid.Uint64().Draw(t, "id"),
			Expires: c.now.Add(time.Duration(rapid.IntRange(1, 1<<30).Draw(t, "s")) * time.Second),
		}
		tok := s.Make(q)
		if len(tok) > 32 {
			t.Fatalf("%d characters do not fit a scene", len(tok))
		}
		got, err := s.Read(token.FromScan("https://kc.example/q/" + tok + "?scancode_time=1"))
		if err != nil || got != q {
			t.Fatalf("got %+v, %v, want %+v", got, err, q)
		}
		i := rapid.IntRange(0, len(tok)-1).Draw(t, "at")
		bad := []byte(tok)
		bad[i] = "AB"[btoi(bad[i] == 'A')]
		if _, err := s.Read(string(bad)); fault.Code(err) != "qr_invalid" {
			t.Fatalf("a changed character was accepted: %v", err)
		}
	})
	old := s.Make(token.QR{Kind: token.QRAppointment, ID: 7, Expires: c.now})
	if q, err := s.Read(old); fault.Code(err) != "qr_expired" || q.ID != 7 {
		t.Errorf("expired: %+v, %v", q, err)
	}
	if _, err := token.NewQRSigner(mustKeys(t, two+","+one), c).Read(s.Make(token.QR{Kind: 1, Expires: c.now.Add(time.Hour)})); err != nil {
		t.Errorf("after rotation: %v", err)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func FuzzQRRead(f *testing.F) {
	c := &fixed{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	s := token.NewQRSigner(mustKeys(f, one), c)
	f.Add("https://kc.example/q/abc")
	f.Add(s.Make(token.QR{Kind: 1, ID: 1, Expires: c.now.Add(time.Hour)}))
	f.Fuzz(func(t *testing.T, scan string) {
		q, err := s.Read(token.FromScan(scan))
		if err == nil && s.Make(q) != token.FromScan(scan) {
			t.Fatalf("%q reads as %+v, which we would write otherwise", scan, q)
		}
	})
}
