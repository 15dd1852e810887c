// Package token makes and checks what a caller holds: access tokens (JWT, HS256) and the short signed
// tokens inside QR codes. Keys rotate: the first configured key signs, all of them verify.
package token

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/maypok86/otter/v2"

	"kuacheng/biz/clock"
	"kuacheng/model"
)

// Key is one named signing key of at least 32 bytes.
type Key struct {
	ID     string
	Secret []byte
}

// ParseKeys reads "kid:hex,kid:hex".
func ParseKeys(s string) ([]Key, error) {
	var keys []Key
	for i, part := range strings.Split(s, ",") {
		id, digits, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok || id == "" {
			return nil, fmt.Errorf("key %d is not of the form kid:hex", i+1)
		}
		secret, err := hex.DecodeString(digits)
		if err != nil { // the error would quote the digits
			return nil, fmt.Errorf("key %q is not hex", id)
		}
		if len(secret) < 32 {
			return nil, fmt.Errorf("key %q must have at least 32 bytes (64 hex digits)", id)
		}
		keys = append(keys, Key{ID: id, Secret: secret})
	}
	return keys, nil
}

// ErrInvalid is every reason why a token is not accepted; callers learn no more than that.
var ErrInvalid = errors.New("token: not valid")

// Holder is who an access token speaks for.
type Holder struct {
	model.Actor
	Session string // the refresh family or staff session it belongs to
	Expires time.Time
}

type claims struct {
	jwt.RegisteredClaims
	Door    model.Door `json:"door"`
	Role    model.Role `json:"role"`
	Org     string     `json:"org,omitempty"`
	Region  string     `json:"region,omitempty"`
	Hall    string     `json:"hall,omitempty"`
	Lead    bool       `json:"lead,omitempty"`
	Session string     `json:"sid"`
}

// Signer makes and checks access tokens.
type Signer struct {
	keys  []Key
	clock clock.Clock
	// seen keeps verified tokens, so that a busy caller's signature is checked once. Only the time is looked at
	// again; sessions are revoked where they are kept, not here.
	seen *otter.Cache[string, Holder]
}

// NewSigner makes a signer; keys must not be empty.
func NewSigner(keys []Key, c clock.Clock) (*Signer, error) {
	if len(keys) == 0 {
		return nil, errors.New("token: no key given")
	}
	seen, err := otter.New(&otter.Options[string, Holder]{MaximumSize: 20_000})
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return &Signer{keys: keys, clock: c, seen: seen}, nil
}

// Issue makes an access token that lasts for ttl.
func (s *Signer) Issue(a model.Actor, session string, ttl time.Duration) (string, time.Time, error) {
	now := s.clock.Now()
	expires := now.Add(ttl).Truncate(time.Second)
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject:   a.ID,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(expires),
		},
		Door: a.Door, Role: a.Role, Org: a.Org, Region: a.Region, Hall: a.Hall, Lead: a.Lead, Session: session,
	})
	t.Header["kid"] = s.keys[0].ID
	signed, err := t.SignedString(s.keys[0].Secret)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("token: signing: %w", err)
	}
	return signed, expires, nil
}

// Verify gives the holder of an access token, or ErrInvalid.
func (s *Signer) Verify(token string) (Holder, error) {
	if h, ok := s.seen.GetIfPresent(token); ok {
		if s.clock.Now().Before(h.Expires) {
			return h, nil
		}
		return Holder{}, ErrInvalid
	}
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, s.secret,
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.clock.Now))
	if err != nil {
		return Holder{}, ErrInvalid
	}
	h := Holder{
		Actor:   model.Actor{Door: c.Door, Role: c.Role, ID: c.Subject, Org: c.Org, Region: c.Region, Hall: c.Hall, Lead: c.Lead},
		Session: c.Session,
		Expires: c.ExpiresAt.Time,
	}
	s.seen.Set(strings.Clone(token), h) // the caller's string may lie in a request buffer that is used again
	return h, nil
}

func (s *Signer) secret(t *jwt.Token) (any, error) {
	for _, k := range s.keys {
		if k.ID == t.Header["kid"] {
			return k.Secret, nil
		}
	}
	return nil, ErrInvalid
}
