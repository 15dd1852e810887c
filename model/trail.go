package model

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"time"
)

// TrailEntry is one link of a matter's 留痕: who did what, for whom, when and why. Entries are only appended.
type TrailEntry struct {
	Seq    int               `json:"seq"` // from 1
	At     time.Time         `json:"at"`
	By     string            `json:"by"` // staff, applicant, device, carrier or peer id
	Role   Role              `json:"role"`
	Door   Door              `json:"door"`
	Org    string            `json:"org,omitempty"`
	Region string            `json:"region,omitempty"`
	Side   Side              `json:"side,omitempty"`
	Event  string            `json:"event"` // a MatterEvent, or one of the notes below
	From   MatterState       `json:"from,omitempty"`
	To     MatterState       `json:"to"`
	Why    string            `json:"why,omitempty"`
	Cause  string            `json:"cause,omitempty"` // the outbox event or callback that brought it
	Data   map[string]string `json:"data,omitempty"`  // what else decides responsibility; no personal datum
	Hash   string            `json:"hash"`            // over this entry and the hash before it
}

// Notes are entries that change no state.
const (
	NoteReveal       = "reveal"        // who saw which unmasked field
	NoteNotice       = "notice"        // channel, time and result of telling the applicant
	NoteRecalculated = "recalculated"  // a holiday notice moved a running deadline
	NoteResult       = "attach_result" // H put its own document in place
	NoteShared       = "data_shared"   // what a register said of a material
	NoteWaybill      = "correct_waybill"
	NoteHandOver     = "hand_over" // another reviewer answers for it inside the department, or all of them
)

// seal computes the hash of an entry. The encoding is canonical: every field in a fixed order, each with its
// length before it, so that no two entries read the same. The matter number is part of it, so that an entry
// cannot be carried over to another matter.
func (e TrailEntry) seal(no, previous string) string {
	b := make([]byte, 0, 512)
	for _, f := range []string{no, previous, strconv.Itoa(e.Seq), strconv.FormatInt(e.At.UnixMilli(), 10), e.By,
		string(e.Role), string(e.Door), e.Org, e.Region, string(e.Side), e.Event, string(e.From), string(e.To), e.Why,
		e.Cause, strconv.Itoa(len(e.Data))} {
		b = netstring(b, f)
	}
	for _, k := range slices.Sorted(maps.Keys(e.Data)) {
		b = netstring(netstring(b, k), e.Data[k])
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func netstring(b []byte, s string) []byte {
	b = append(strconv.AppendInt(b, int64(len(s)), 10), ':')
	return append(append(b, s...), ',')
}

// VerifyTrail checks a matter's chain: every hash, the unbroken numbering, that each event starts where the
// one before it ended, and that the matter stands where its trail says. firstBad is the index of the first
// entry that does not hold, len(trail) when the entries hold but the state does not follow from them.
func VerifyTrail(m *Matter) (ok bool, firstBad int) {
	previous, state := "", MatterState("")
	for i, e := range m.Trail {
		if e.Seq != i+1 || e.From != state || e.Hash != e.seal(m.ID, previous) {
			return false, i
		}
		previous, state = e.Hash, e.To
	}
	if len(m.Trail) == 0 || state != m.State {
		return false, len(m.Trail)
	}
	return true, -1
}

// record appends an entry.
func (m *Matter) record(e TrailEntry) TrailEntry {
	previous := ""
	if n := len(m.Trail); n > 0 {
		previous = m.Trail[n-1].Hash
	}
	e.Seq = len(m.Trail) + 1
	e.At = e.At.UTC().Truncate(time.Millisecond)
	if len(e.Data) == 0 {
		e.Data = nil
	}
	e.Hash = e.seal(m.ID, previous)
	m.Trail = append(m.Trail, e)
	return e
}

// Note is what Record puts on the trail beside events: an unmasking, a notice attempt, a correction.
type Note struct {
	Kind  string
	Actor Actor
	At    time.Time
	Why   string
	Cause string
	Data  map[string]string
}

// Record adds a note to the trail; one with a cause that is already there changes nothing and answers
// ErrAlreadyApplied.
func (m *Matter) Record(n Note) error {
	if m.caused(n.Kind, n.Cause) {
		return ErrAlreadyApplied
	}
	m.record(TrailEntry{
		At: n.At, By: n.Actor.ID, Role: n.Actor.Role, Door: n.Actor.Door, Org: n.Actor.Org, Region: n.Actor.Region,
		Event: n.Kind, From: m.State, To: m.State, Why: n.Why, Cause: n.Cause, Data: n.Data,
	})
	return nil
}

// caused reports whether an event of this kind is on the trail with this cause.
func (m *Matter) caused(event, cause string) bool {
	return cause != "" && slices.ContainsFunc(m.Trail, func(e TrailEntry) bool { return e.Event == event && e.Cause == cause })
}

// sideOf is the side on which a member of staff has acted on this matter, "" for none.
func (m *Matter) sideOf(staff string) Side {
	for _, e := range m.Trail {
		if e.By == staff && (e.Side == SideR || e.Side == SideH) {
			return e.Side
		}
	}
	return ""
}

// lastEvent finds the latest entry of an event.
func (m *Matter) lastEvent(ev MatterEvent) (TrailEntry, bool) {
	for i := len(m.Trail) - 1; i >= 0; i-- {
		if m.Trail[i].Event == string(ev) {
			return m.Trail[i], true
		}
	}
	return TrailEntry{}, false
}
