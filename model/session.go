package model

import (
	"time"

	"kuacheng/model/retention"
)

// Session is one login of an applicant or a staff member: what their access tokens belong to. For an
// applicant it is the family of refresh tokens, of which only the newest is good.
type Session struct {
	Head      `json:",inline"`
	Subject   string    `json:"subject"` // applicant id or staff user name
	Door      Door      `json:"door"`
	Device    string    `json:"device,omitempty"`  // of an applicant: mini_program or app
	Epoch     int       `json:"epoch,omitempty"`   // the staff account's, at login
	Current   string    `json:"current,omitempty"` // digest of the refresh token that is good
	Number    int       `json:"number,omitempty"`  // of the refresh token: raised by each use
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	EndedWhy  string    `json:"ended_why,omitempty"` // logout, reused, disabled, revoked
}

// Rest lets the session be looked at when nothing of it may be kept any more, as the record of a login that it is.
func (s *Session) Rest() { s.WakeAt(retention.Log.End(s.ExpiresAt)) }

// Expired reports whether the record has been kept as long as it may.
func (s *Session) Expired(now time.Time) bool { return !now.Before(retention.Log.End(s.ExpiresAt)) }

// Alive reports whether the session may still be used.
func (s *Session) Alive(now time.Time) bool { return s.EndedAt.IsZero() && now.Before(s.ExpiresAt) }

// End closes the session for good; ending it twice keeps the first reason.
func (s *Session) End(why string, now time.Time) {
	if s.EndedAt.IsZero() {
		s.EndedAt, s.EndedWhy = now, why
	}
}

// Rotate takes a refresh token's digest and number and puts the next one in its place. A number below the
// present one has been used before: whoever shows it, or whoever used it first, is not the person, so the
// whole family ends (RFC 9700 §4.14.2). Rotate reports whether the token was good.
func (s *Session) Rotate(digest string, number int, next string, now time.Time, life time.Duration) bool {
	if !s.Alive(now) {
		return false
	}
	if number < s.Number {
		s.End("reused", now)
		return false
	}
	if digest != s.Current {
		return false
	}
	s.Current, s.Number = next, s.Number+1
	s.SeenAt, s.ExpiresAt = now, now.Add(life)
	return true
}

// Attempts counts failed logins of one user name from one address, so that a stranger elsewhere cannot lock
// a clerk out (GB/T 22239 8.1.4.1: 5 failures, 15 minutes; the numbers are ours).
type Attempts struct {
	Head     `json:",inline"`
	Failures int       `json:"failures"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until,omitzero"` // locked until
}

// The limits of Attempts.
const (
	LoginFailures = 5
	LoginLock     = 15 * time.Minute
)

// Locked reports how long the pair is still locked.
func (a *Attempts) Locked(now time.Time) time.Duration { return max(0, a.Until.Sub(now)) }

// Fail counts a failure; the fifth within the lock's length locks.
func (a *Attempts) Fail(now time.Time) {
	if now.Sub(a.Since) > LoginLock {
		a.Failures, a.Since = 0, now
	}
	if a.Failures++; a.Failures >= LoginFailures {
		a.Failures, a.Until = 0, now.Add(LoginLock)
	}
}

// Binding says whose something is that only one account may have: an openid, a unionid or a verified id number.
// Its document id is a blind index of the thing, so uniqueness is the store's.
type Binding struct {
	Head      `json:",inline"`
	Applicant string    `json:"applicant"`
	At        time.Time `json:"at"`
}
