package model

import (
	"slices"
	"time"
)

// How much of a matter's exchange is remembered, and for how long.
const (
	maxParkedEvents = 200
	maxParkedBytes  = 4 << 20
	maxHeardEvents  = 300
	peerParkedFor   = 7 * 24 * time.Hour
	peerFileKept    = 90 * 24 * time.Hour
	peerLiveAfter   = 7 * 24 * time.Hour // an ended matter is compared for so long
)

// PeerLedger is the exchange about one matter with one peer: what has been told and answered on both sides. Its id
// is the matter's number.
type PeerLedger struct {
	Head `json:",inline"`

	Peer    string          `json:"peer"`
	Role    PeerRole        `json:"role"`              // the peer's
	Sent    int             `json:"sent"`              // all news up to this trail entry have been answered
	Heard   int             `json:"heard"`             // the peer's last numbered event that was taken
	Refused []PeerRefusal   `json:"refused,omitempty"` // news that the peer has rejected
	Files   []string        `json:"files,omitempty"`   // digests of the files that the peer has
	Parked  []ParkedEvent   `json:"parked,omitempty"`
	Answers []PeerAnswer    `json:"answers,omitempty"` // of the latest events, so that a repetition is known
	Differs *PeerDifference `json:"differs,omitempty"`
	Ended   *time.Time      `json:"ended,omitempty"`  // when the matter ended
	Closed  bool            `json:"closed,omitempty"` // nothing is compared any more
}

// PeerRefusal is one piece of news that the peer has rejected.
type PeerRefusal struct {
	Seq  int       `json:"seq"`
	Type string    `json:"type"`
	Code string    `json:"code"`
	At   time.Time `json:"at"`
}

// ParkedEvent is a peer's event that has come before what it depends on; the event itself is sealed.
type ParkedEvent struct {
	ID    string    `json:"id"`
	Seq   int       `json:"seq,omitempty"`
	Prev  int       `json:"prev,omitempty"`
	At    time.Time `json:"at"`
	Since time.Time `json:"since"`
	Event Sealed    `json:"event"`
}

// PeerAnswer remembers what an event was, so that another one under the same id is seen.
type PeerAnswer struct {
	ID     string `json:"id"`
	Digest string `json:"digest"`
}

// What differs between two cities.
const (
	DiffersState    = "state"         // both have told everything, and stand differently
	DiffersMissing  = "missing_there" // the peer does not know the matter
	DiffersHere     = "missing_here"  // the peer knows a matter that is not here
	DiffersRefused  = "refused"       // the peer has rejected what happened here
	DiffersConflict = "rejected"      // what the peer told contradicts the record here
	DiffersClash    = "seq_conflict"  // the same event id came with other content
	DiffersExpired  = "never_came"    // a parked event waited in vain
	DiffersSilent   = "silent"        // the peer could not be told for a day
)

var differences = map[string]string{
	DiffersState: "双方记录的状态不同", DiffersMissing: "对方系统没有该办件", DiffersHere: "对方系统有该办件而本系统没有",
	DiffersRefused: "对方系统拒绝了本方的办理结果", DiffersConflict: "对方的办理结果与本系统记录冲突", DiffersClash: "对方以同一编号发来了不同内容", DiffersExpired: "对方先到的消息一直等不到前序消息",
	DiffersSilent: "超过一天未能送达对方系统",
}

// DifferenceName is a difference in Chinese.
func DifferenceName(what string) string { return differences[what] }

// PeerDifference is what people have to look at.
type PeerDifference struct {
	What   string      `json:"what"`
	Detail string      `json:"detail,omitempty"` // a code
	Ours   MatterState `json:"ours,omitempty"`
	Theirs MatterState `json:"theirs,omitempty"`
	Since  time.Time   `json:"since"`
}

// NewPeerLedger begins the exchange about a matter.
func NewPeerLedger(no, peer string, role PeerRole) *PeerLedger {
	return &PeerLedger{Head: Head{ID: no}, Peer: peer, Role: role}
}

// Park keeps an event that has come too early; false when too many wait already.
func (l *PeerLedger) Park(e ParkedEvent) bool {
	if l.parked(e.ID) >= 0 {
		return true
	}
	size := len(e.Event)
	for _, p := range l.Parked {
		size += len(p.Event)
	}
	if len(l.Parked) >= maxParkedEvents || size > maxParkedBytes {
		return false
	}
	e.Since = moment(e.Since)
	l.Parked = append(l.Parked, e)
	slices.SortStableFunc(l.Parked, func(a, b ParkedEvent) int {
		if a.Seq != b.Seq && a.Seq > 0 && b.Seq > 0 {
			return a.Seq - b.Seq
		}
		return a.At.Compare(b.At)
	})
	l.schedule()
	return true
}

// Unpark forgets an event whose turn has come; it reports whether it was there.
func (l *PeerLedger) Unpark(id string) bool {
	i := l.parked(id)
	if i < 0 {
		return false
	}
	l.Parked = slices.Delete(slices.Clone(l.Parked), i, i+1)
	l.schedule()
	return true
}

// Waits reports whether an event is parked.
func (l *PeerLedger) Waits(id string) bool { return l.parked(id) >= 0 }

func (l *PeerLedger) parked(id string) int {
	return slices.IndexFunc(l.Parked, func(p ParkedEvent) bool { return p.ID == id })
}

// Expire takes out what has waited in vain.
func (l *PeerLedger) Expire(now time.Time) []ParkedEvent {
	var gone, kept []ParkedEvent
	for _, p := range l.Parked {
		if now.Before(p.Since.Add(peerParkedFor)) {
			kept = append(kept, p)
			continue
		}
		gone = append(gone, p)
	}
	l.Parked = kept
	if l.Ended != nil && !now.Before(l.Ended.Add(peerLiveAfter)) {
		l.Closed = true
	}
	l.schedule()
	return gone
}

// End notes that the matter has ended, or that it goes on after all.
func (l *PeerLedger) End(at *time.Time) bool {
	if l.Ended == at || l.Ended != nil && at != nil && l.Ended.Equal(*at) {
		return false
	}
	l.Ended, l.Closed = at, false
	l.schedule()
	return true
}

// schedule wakes when the longest parked event has waited enough, or when the matter is past comparing.
func (l *PeerLedger) schedule() {
	var next time.Time
	for _, p := range l.Parked {
		if t := p.Since.Add(peerParkedFor); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if l.Ended != nil && !l.Closed {
		if t := l.Ended.Add(peerLiveAfter); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	l.WakeAt(next)
}

// Known tells what is known of an event by its id: that this very content was answered, or that another was.
func (l *PeerLedger) Known(id, digest string) (same, other bool) {
	for _, a := range l.Answers {
		if a.ID == id {
			return a.Digest == digest, a.Digest != digest
		}
	}
	return false, false
}

// Answer remembers an event that has been taken or passed over.
func (l *PeerLedger) Answer(id, digest string, seq int) {
	if same, _ := l.Known(id, digest); !same {
		l.Answers = append(l.Answers, PeerAnswer{ID: id, Digest: digest})
		if over := len(l.Answers) - maxHeardEvents; over > 0 {
			l.Answers = slices.Clone(l.Answers[over:])
		}
	}
	l.Heard = max(l.Heard, seq)
}

// Told notes the peer's answer to one piece of news.
func (l *PeerLedger) Told(e PeerEvent, status, code string, now time.Time) {
	l.Sent = max(l.Sent, e.Seq)
	l.Refused = slices.DeleteFunc(slices.Clone(l.Refused), func(r PeerRefusal) bool { return r.Seq == e.Seq })
	if status == PeerRejected {
		l.Refused = append(l.Refused, PeerRefusal{Seq: e.Seq, Type: e.Type, Code: code, At: moment(now)})
		l.Differ(PeerDifference{What: DiffersRefused, Detail: code, Since: now})
		return
	}
	if len(l.Refused) == 0 && l.Differs != nil && (l.Differs.What == DiffersRefused || l.Differs.What == DiffersSilent) {
		l.Differs = nil
	}
}

// Differ opens a difference; it reports whether anything is to be written. People are told once until both agree
// again: another word for what is open already is not another problem.
func (l *PeerLedger) Differ(d PeerDifference) bool {
	d.Since = moment(d.Since)
	o := l.Differs
	if o != nil && o.What == d.What && o.Detail == d.Detail && o.Theirs == d.Theirs && o.Ours == d.Ours {
		return false
	}
	if o == nil || o.What == DiffersSilent {
		l.Emit(KindPeerDiffers, d.Since, map[string]string{"what": d.What})
	} else {
		d.Since = o.Since
	}
	l.Differs = &d
	return true
}

// Agree notes that both sides stand alike; it reports whether anything had been open.
func (l *PeerLedger) Agree() bool {
	if l.Differs == nil && len(l.Refused) == 0 {
		return false
	}
	l.Differs, l.Refused = nil, nil
	return true
}

// KindPeerDiffers is the outbox event of a new difference: tell the organisation that owes the next step.
const KindPeerDiffers = "peer_differs"

// PeerNonce is a nonce that has been seen; its id is the peer and the nonce. It is kept for a day (§12).
type PeerNonce struct {
	Head `json:",inline"`
}

// NewPeerNonce keeps a nonce.
func NewPeerNonce(peer, nonce string, now time.Time) *PeerNonce {
	n := &PeerNonce{Head: Head{ID: peer + ":" + nonce}}
	n.WakeAt(moment(now.Add(24 * time.Hour)))
	return n
}

// PeerFile is a file that a peer has sent, before a matter names it. Its id is PeerFileID.
type PeerFile struct {
	Head `json:",inline"`

	File MatterFile `json:"file"`
}

// NewPeerFile keeps a file for as long as what names it may be told again.
func NewPeerFile(no string, f MatterFile, now time.Time) *PeerFile {
	p := &PeerFile{Head: Head{ID: PeerFileID(no, f.SHA256)}, File: f}
	p.WakeAt(moment(now.Add(peerFileKept)))
	return p
}

// PeerFileID is the document id of a matter's file by its digest.
func PeerFileID(no, sha256 string) string { return no + ":" + sha256 }

// PeerCity is the exchange with one peer as a whole. Its id is the peer's region.
type PeerCity struct {
	Head `json:",inline"`

	HeardAt    *time.Time  `json:"heard_at,omitempty"`    // the last authentic message
	AnsweredAt *time.Time  `json:"answered_at,omitempty"` // the last answer to one of ours
	FailedAt   *time.Time  `json:"failed_at,omitempty"`   // the first failure since then
	Failure    string      `json:"failure,omitempty"`     // in a code
	Report     *PeerReport `json:"report,omitempty"`
}

// PeerReport is what the last comparison found.
type PeerReport struct {
	At       time.Time `json:"at"`
	Compared int       `json:"compared"`
	Equal    int       `json:"equal"`
	Repaired int       `json:"repaired"`
	Open     int       `json:"open"`
}

// compareHour is when the day's comparison is made, Beijing time (§12: 02:30).
const compareHour, compareMinute = 2, 30

// Schedule sets the next comparison.
func (c *PeerCity) Schedule(now time.Time) {
	local := now.In(Beijing)
	next := time.Date(local.Year(), local.Month(), local.Day(), compareHour, compareMinute, 0, 0, Beijing)
	if !next.After(local) {
		next = next.AddDate(0, 0, 1)
	}
	c.WakeAt(next.UTC())
}

// KindPeerCompare is the outbox event of a peer that answers again after a silence, or of a comparison that people
// have asked for.
const KindPeerCompare = "peer_compare"

// Answered notes that the peer has answered one of ours; after a silence the two cities compare. It reports whether
// there is anything to write.
func (c *PeerCity) Answered(now time.Time) bool {
	now = moment(now)
	silent := c.FailedAt != nil
	if !silent && c.AnsweredAt != nil && now.Sub(*c.AnsweredAt).Abs() < time.Minute {
		return false
	}
	c.AnsweredAt, c.FailedAt, c.Failure = &now, nil, ""
	if silent {
		c.Emit(KindPeerCompare, now, nil)
	}
	return true
}

// Failed notes that the peer could not be told; it reports whether there is anything to write.
func (c *PeerCity) Failed(code string, now time.Time) bool {
	if c.FailedAt != nil && c.Failure == code {
		return false
	}
	now = moment(now)
	if c.FailedAt == nil {
		c.FailedAt = &now
	}
	c.Failure = code
	return true
}
