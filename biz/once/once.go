// Package once makes a request that creates something safe to send twice. There is no table of requests: the
// identity of what is created is drawn from the caller and the Idempotency-Key, so the second request meets
// the first one's document, and the answer that was given stands on it (model.Origin).
package once

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/klauspost/compress/s2"

	"kuacheng/biz/seal"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Kept is how long an answer is given again at least; documents drop theirs when they are next written after it.
const Kept = 48 * time.Hour

// Request is one request that creates. The zero Request, without a key, creates anew each time.
type Request struct {
	keeper *seal.Keeper
	key    string // blind index of caller, operation and header; "" when the caller sent none
	body   string // digest of the body
}

// New takes what identifies a request: a digest of caller, operation and Idempotency-Key, "" when none was
// sent, and a digest of what was asked for.
func New(keeper *seal.Keeper, key, body string) Request {
	r := Request{keeper: keeper, body: body}
	if key != "" {
		r.key = keeper.Blind("once", key) // so that nobody can choose the ids that are drawn from it
	}
	return r
}

// Keyed reports whether the caller sent a key.
func (r Request) Keyed() bool { return r.key != "" }

// Draw gives the eight bytes from which the id of the new document is made: always the same for one key and
// attempt, random without a key. attempt counts from 0 and is raised when an id is taken by somebody else.
func (r Request) Draw(attempt int) (b [8]byte) {
	if r.key == "" {
		rand.Read(b[:]) // never fails: crypto/rand ends the program instead
		return b
	}
	mac := hmac.New(sha256.New, []byte(r.key))
	fmt.Fprintf(mac, "draw %d", attempt)
	copy(b[:], mac.Sum(nil))
	return b
}

// Origin is what the new document keeps of the request and of the answer (packed by S2, then sealed: most of it is
// names that repeat themselves); nil without a key.
func (r Request) Origin(answer []byte, now time.Time) *model.Origin {
	if r.key == "" {
		return nil
	}
	return &model.Origin{Key: r.key, Body: r.body, Answer: string(r.keeper.Seal(Place(r.key), string(s2.Encode(nil, answer)))), At: now}
}

// Made reports whether a document is the one that this very request made before. It answers
// idempotency_conflict when the key was used with another body.
func (r Request) Made(o *model.Origin) (bool, error) {
	if r.key == "" || o == nil || o.Key != r.key {
		return false, nil
	}
	if o.Body != r.body {
		return false, fault.New("idempotency_conflict")
	}
	return true, nil
}

// Answer gives the answer that was given when the document was made.
func (r Request) Answer(o *model.Origin) ([]byte, error) {
	packed, err := r.keeper.Open(Place(o.Key), model.Sealed(o.Answer))
	if err != nil {
		return nil, fmt.Errorf("once: %w", err)
	}
	plain, err := s2.Decode(nil, []byte(packed))
	if err != nil {
		return nil, fmt.Errorf("once: %w", err)
	}
	return plain, nil
}

// Forget drops an origin that has been kept long enough; call it when a document is written for another reason.
func Forget(h *model.Head, now time.Time) {
	if h.Origin != nil && now.Sub(h.Origin.At) > Kept {
		h.Origin = nil
	}
}

// Place is what an answer is sealed for.
func Place(key string) string { return "once:" + key }
