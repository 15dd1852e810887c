// Package trust holds what people can hold the city to: who has looked at their data, and what they agreed to. Like package
// model it is pure.
package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/retention"
)

// What an entry of the access log tells of; "" is a look.
const (
	Disclosed = "disclosed" // given to somebody outside: a courier, another city's system, the licence store, a register
	Exported  = "exported"  // the person asked for a copy of all that is held of them, or took it
)

// Access is one look at one unmasked datum of a person, or that something of theirs was given away. It names nobody but by ids, and
// holds nothing of what was seen.
type Access struct {
	ID      string     `json:"id"`
	At      time.Time  `json:"at"`
	Viewer  string     `json:"viewer"` // staff user name
	Role    model.Role `json:"role"`
	Org     string     `json:"org,omitempty"`
	Region  string     `json:"region,omitempty"`
	Subject string     `json:"subject"` // applicant id
	Matter  string     `json:"matter"`
	Field   string     `json:"field"` // name, id_number, phone, address …; several with commas between
	Why     string     `json:"why"`   // scrubbed of numbers
	Kind    string     `json:"kind,omitempty"`
	ToKind  string     `json:"to_kind,omitempty"` // Disclosed: courier, peer, licence, register
	To      string     `json:"to,omitempty"`      // its name, for people
	Hash    string     `json:"hash"`              // over this entry and the hash before it
}

// To whom things are given.
const (
	ToCourier  = "courier"
	ToPeer     = "peer"
	ToLicence  = "licence"  // the store of electronic licences
	ToRegister = "register" // another department's register
)

// Whose day of the access log a document is.
const (
	OfViewer  = "viewer"  // what one member of staff looked at
	OfSubject = "subject" // who looked at one person's data
)

// MostReveals is how often one member of staff may look in a day (domain reference §7; assumed).
const MostReveals = 100

// keptUntil is how long a day of the log is kept (domain reference §13): a viewer's at least six months, here twelve; a person's own,
// on which it stands to whom things of theirs were given, three years. One term for a chain, so that it loses days at its beginning only.
func keptUntil(kind string, date model.Date) time.Time {
	if kind == OfSubject {
		return retention.Consent.End(date.Start().UTC())
	}
	return retention.Log.End(date.Start().UTC())
}

// Events of a viewer's day.
const (
	KindAccess      = "access_noted" // ref n: its place in Entries; it belongs into the log of the person concerned too
	KindDisclosed   = "disclosed"    // of a matter: another city's system was given something; ref: to, what
	KindAccessLimit = "access_limit" // the most has been reached: people are told
)

// AccessDay is one day of the access log, of a viewer or of a subject: entries are only appended, each hashed over the one before
// it, the first over the end of the same person's last day. So no entry can be changed, and no day in between be lost, unseen.
type AccessDay struct {
	model.Head `json:",inline"`
	Kind       string     `json:"kind"`
	Key        string     `json:"key"` // staff user name, or applicant id
	Date       model.Date `json:"date"`
	Before     string     `json:"before,omitempty"` // the hash with which the last day ends
	Entries    []Access   `json:"entries"`
}

// DayID is the document of a day: those of one person follow one another.
func DayID(kind, key string, date model.Date) string {
	return kind[:1] + ":" + key + ":" + string(date)
}

// NewDay begins a day behind the last one; nil when there was none.
func NewDay(kind, key string, date model.Date, last *AccessDay) *AccessDay {
	d := &AccessDay{Head: model.Head{ID: DayID(kind, key, date)}, Kind: kind, Key: key, Date: date}
	if last != nil {
		d.Before = last.End()
	}
	d.WakeAt(keptUntil(kind, date))
	return d
}

// Over reports whether the day has been kept long enough; otherwise it wakes when it has.
func (d *AccessDay) Over(now time.Time) bool {
	until := keptUntil(d.Kind, d.Date)
	d.WakeAt(until)
	return !now.Before(until)
}

// End is the hash with which the day ends.
func (d *AccessDay) End() string {
	if n := len(d.Entries); n > 0 {
		return d.Entries[n-1].Hash
	}
	return d.Before
}

// Look notes that a member of staff looks at something, on their own day: reveal_limit when it has been too much. The entry's id is
// the cause under which the look stands on the matter's trail.
func (d *AccessDay) Look(a Access) (Access, error) {
	if len(d.Entries) >= MostReveals {
		return a, fault.New("reveal_limit")
	}
	a.ID = d.ID + "#" + strconv.Itoa(len(d.Entries)+1)
	a = d.append(a)
	d.Emit(KindAccess, a.At, map[string]string{"n": strconv.Itoa(len(d.Entries))})
	if len(d.Entries) == MostReveals {
		d.Emit(KindAccessLimit, a.At, nil)
	}
	return a, nil
}

// Note takes a look, or what was given away, into the log of the person concerned; once, however often it is told.
func (d *AccessDay) Note(a Access) bool {
	if d.Has(a.ID) {
		return false
	}
	d.append(a)
	return true
}

// Has reports whether an entry is there.
func (d *AccessDay) Has(id string) bool {
	return slices.ContainsFunc(d.Entries, func(a Access) bool { return a.ID == id })
}

func (d *AccessDay) append(a Access) Access {
	a.At = a.At.UTC().Truncate(time.Millisecond)
	a.Hash = a.seal(d.ID, d.End())
	d.Entries = append(d.Entries, a)
	return a
}

// seal hashes an entry. The document's id is part of it, so that an entry cannot be carried over to another day or person. Each
// field has its length before it, so that no two entries read the same.
func (a Access) seal(day, previous string) string {
	b := make([]byte, 0, 512)
	fields := []string{day, previous, a.ID, strconv.FormatInt(a.At.UnixMilli(), 10), a.Viewer, string(a.Role), a.Org, a.Region,
		a.Subject, a.Matter, a.Field, a.Why}
	if a.Kind != "" || a.ToKind != "" || a.To != "" { // entries of the time before there were kinds are looks, and read as they did
		fields = append(fields, a.Kind, a.ToKind, a.To)
	}
	for _, f := range fields {
		b = append(strconv.AppendInt(b, int64(len(f)), 10), ':')
		b = append(append(b, f...), ',')
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Verify checks the day's chain. firstBad is the index of the first entry that does not hold; -1 for none.
func (d *AccessDay) Verify() (ok bool, firstBad int) {
	previous := d.Before
	for i, a := range d.Entries {
		if a.Hash != a.seal(d.ID, previous) {
			return false, i
		}
		previous = a.Hash
	}
	return true, -1
}

// Follows reports whether the day goes on where the last one of the same person ended.
func (d *AccessDay) Follows(last *AccessDay) bool { return d.Before == last.End() }
