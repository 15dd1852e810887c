// Package signature signs and checks messages between this server and other systems: peers, the standard
// courier, the identity service. X-Kuacheng-Signature is the hex HMAC-SHA256 of timestamp, nonce and body,
// joined by line feeds.
package signature

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The headers that carry a signature.
const (
	HeaderKey       = "X-Kuacheng-Key"
	HeaderTimestamp = "X-Kuacheng-Timestamp"
	HeaderNonce     = "X-Kuacheng-Nonce"
	HeaderSignature = "X-Kuacheng-Signature"
)

// Window is how far a timestamp may be from the receiver's real clock. The sandbox clock does not move it.
const Window = 300 * time.Second

// Why a message is not accepted. All are ErrInvalid; callers who answer strangers tell ErrUnknownKey and a wrong
// signature in the same words.
var (
	ErrInvalid    = errors.New("signature: not valid")
	ErrUnknownKey = fmt.Errorf("%w: unknown key", ErrInvalid)
	ErrTime       = fmt.Errorf("%w: out of time", ErrInvalid)
)

// nonceForm is what a nonce looks like; rand.Text makes 26 letters and digits.
var nonceForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// Key is one named shared secret.
type Key struct {
	ID     string
	Secret []byte
}

// ParseKeys reads "kid:hex,kid:hex"; the first key signs, all verify.
func ParseKeys(s string) ([]Key, error) {
	var keys []Key
	for i, part := range strings.Split(s, ",") {
		id, digits, ok := strings.Cut(strings.TrimSpace(part), ":")
		secret, err := hex.DecodeString(digits)
		if !ok || id == "" || err != nil || len(secret) < 16 {
			return nil, fmt.Errorf("key %d is not of the form kid:hex with at least 16 bytes", i+1)
		}
		keys = append(keys, Key{ID: id, Secret: secret})
	}
	return keys, nil
}

// Sign adds the four headers for a body.
func Sign(h http.Header, k Key, body []byte, now time.Time) {
	ts, nonce := strconv.FormatInt(now.Unix(), 10), rand.Text()
	h.Set(HeaderKey, k.ID)
	h.Set(HeaderTimestamp, ts)
	h.Set(HeaderNonce, nonce)
	h.Set(HeaderSignature, hex.EncodeToString(sum(k, ts, nonce, body)))
}

// Verify checks the headers of a message against the keys and the real time, and gives the nonce, which the
// receiver keeps for twice the window to refuse a replay. The signature comes before the time: nobody without a
// key learns our clock.
func Verify(get func(header string) string, body []byte, keys []Key, now time.Time) (nonce string, err error) {
	ts, nonce := get(HeaderTimestamp), get(HeaderNonce)
	sec, err := strconv.ParseInt(ts, 10, 64)
	if err != nil || !nonceForm.MatchString(nonce) {
		return "", ErrInvalid
	}
	got, err := hex.DecodeString(get(HeaderSignature))
	if err != nil {
		return "", ErrInvalid
	}
	err = ErrUnknownKey
	for _, k := range keys {
		if k.ID != get(HeaderKey) {
			continue
		}
		if err = ErrInvalid; hmac.Equal(got, sum(k, ts, nonce, body)) {
			if now.Sub(time.Unix(sec, 0)).Abs() > Window {
				return "", ErrTime
			}
			return nonce, nil
		}
	}
	return "", err
}

func sum(k Key, ts, nonce string, body []byte) []byte {
	mac := hmac.New(sha256.New, k.Secret)
	mac.Write([]byte(ts + "\n" + nonce + "\n"))
	mac.Write(body)
	return mac.Sum(nil)
}
