package model

import (
	"strings"
	"time"
)

// KindAccountErased is the outbox event of an account that its person has given up; ref: bindings, by which it was found.
const KindAccountErased = "account_erased"

// Erase ends the account at its person's wish, once. What is not needed for matters in the archive goes at once; name and number stay,
// sealed, until the last of those is forgotten, and can be found by no index. bindings are the keys by which people come to it.
func (a *Applicant) Erase(bindings []string, now time.Time) bool {
	if a.Erased != nil || a.MergedInto != "" {
		return false
	}
	at := moment(now)
	a.Erased, a.IdentityLevel, a.Epoch = &at, 0, a.Epoch+1
	a.Identities, a.UnionID, a.Credits, a.Taps, a.Subscribed, a.NoPush, a.Legal, a.Origin = nil, "", nil, nil, nil, true, nil, nil
	a.Person = Person{IDType: a.Person.IDType, Name: a.Person.Name, IDNumber: a.Person.IDNumber, NameMask: "（已注销）"}
	a.Emit(KindAccountErased, at, map[string]string{"bindings": strings.Join(bindings, " ")})
	return true
}

// Strip takes everything off an account that was another's all along, and goes with it.
func (a *Applicant) Strip() bool {
	if a.Person == (Person{NameMask: "（已注销）"}) && a.Identities == nil {
		return false
	}
	a.Identities, a.UnionID, a.Credits, a.Taps, a.Subscribed, a.Legal, a.Origin = nil, "", nil, nil, nil, nil, nil
	a.Person = Person{NameMask: "（已注销）"}
	return true
}

// Rest says until when an erased account is still needed; the zero time when it is not: then nothing of its person is left on it.
func (a *Applicant) Rest(until time.Time) {
	if until.IsZero() {
		a.IdentityLevel, a.Person = 0, Person{NameMask: "（已注销）"}
	}
	a.WakeAt(until)
}
