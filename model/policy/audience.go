package policy

import (
	"maps"
	"slices"
	"time"

	"kuacheng/model"
)

// KindAudience is the outbox event of a person who has agreed to be told things, or no longer does; ref: what (gather, forget).
const KindAudience = "audience"

// MonthlyLimit is how many policies one person is told of in a month (domain reference §9; assumed there).
const MonthlyLimit = 2

// Version is the wording of the consent that is asked for now.
const Version = "2026-01"

// Telling is that somebody was told of a policy, in which batch.
type Telling struct {
	At    time.Time `json:"at"`
	Batch int       `json:"batch"`
	Item  string    `json:"item"` // whose use is the reason
}

// Agreed is one consent, as PIPL 第14条 wants it kept: which words, when, and when it was withdrawn.
type Agreed struct {
	Version     string     `json:"version"`
	At          time.Time  `json:"at"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
}

// Audience is a person's say over what they are told unasked. Without one nobody is told anything.
type Audience struct {
	model.Head `json:",inline"`   // the applicant's id
	On         bool               `json:"on"`
	Consents   []Agreed           `json:"consents,omitempty"`
	Months     map[string]int     `json:"months,omitempty"` // told, by month
	Told       map[string]Telling `json:"told,omitempty"`   // by policy
}

// Agree lets the person be told things.
func (a *Audience) Agree(version string, now time.Time) bool {
	if a.On && a.Consents[len(a.Consents)-1].Version == version {
		return false
	}
	a.withdraw(now)
	a.Consents = append(a.Consents, Agreed{Version: version, At: moment(now)})
	a.On = true
	a.Emit(KindAudience, moment(now), map[string]string{"what": "gather"})
	return true
}

// Decline ends it at once, whatever push is under way.
func (a *Audience) Decline(now time.Time) bool {
	if !a.On {
		return false
	}
	a.withdraw(now)
	a.On = false
	a.Emit(KindAudience, moment(now), map[string]string{"what": "forget"})
	return true
}

func (a *Audience) withdraw(now time.Time) {
	at := moment(now)
	if i := len(a.Consents) - 1; i >= 0 && a.Consents[i].WithdrawnAt == nil {
		a.Consents = slices.Clone(a.Consents)
		a.Consents[i].WithdrawnAt = &at
	}
}

// Verdicts on telling a person of a policy.
const (
	Tell    = "tell"
	Again   = "again" // told in this very batch, before it was cut off: the notice is the same one
	Before  = "before"
	No      = "no"
	Limited = "limited"
)

// Admit decides whether the person is told of a policy, and remembers it if so: nobody is told twice, or too often, or against
// their will.
func (a *Audience) Admit(policy, item string, batch int, now time.Time) string {
	if t, told := a.Told[policy]; told {
		if t.Batch == batch && a.On {
			return Again
		}
		return Before
	}
	month := string(model.DateOf(now)[:7])
	switch {
	case !a.On:
		return No
	case a.Months[month] >= MonthlyLimit:
		return Limited
	}
	a.Told, a.Months = maps.Clone(a.Told), map[string]int{month: a.Months[month] + 1} // earlier months limit nothing
	if a.Told == nil {
		a.Told = map[string]Telling{}
	}
	a.Told[policy] = Telling{At: moment(now), Batch: batch, Item: item}
	return Tell
}

// Absorb takes over what another account of the same person said: a no is kept, whoever said it.
func (a *Audience) Absorb(other *Audience, now time.Time) {
	said := len(a.Consents) > 0
	no := said && !a.On || len(other.Consents) > 0 && !other.On
	for policy, t := range other.Told {
		if _, ok := a.Told[policy]; !ok {
			a.Told = maps.Clone(a.Told)
			if a.Told == nil {
				a.Told = map[string]Telling{}
			}
			a.Told[policy] = t
		}
	}
	a.Months = map[string]int{} // from what both were told, so that a merge that is done again counts nothing twice
	for _, t := range a.Told {
		a.Months[string(model.DateOf(t.At)[:7])]++
	}
	switch {
	case no:
		if !said {
			a.Consents = slices.Clone(other.Consents)
		}
		a.Decline(now)
	case !said && other.On:
		a.Agree(other.Consents[len(other.Consents)-1].Version, now)
	}
}

// Mark is that a consenting person has used an item: what the rules choose by. One for each person and item.
type Mark struct {
	model.Head `json:",inline"`
	Person     string    `json:"person"`
	Item       string    `json:"item"`
	Department string    `json:"department"`
	Region     string    `json:"region"`
	Subject    string    `json:"subject"`
	At         time.Time `json:"at"`
}

// MarkID is the identity of a person's mark for an item.
func MarkID(person, item string) string { return person + "." + item }
