package model

import (
	"slices"
	"strings"
	"time"

	"kuacheng/model/fault"
)

// MaxManifest is how many matters one manifest compares at most.
const MaxManifest = 500

// Manifest is one page of what is in flight between two cities, in the order of numbers: all matters with
// After < no ≤ Until. An empty Until means to the end.
type Manifest struct {
	After string         `json:"after,omitempty"`
	Until string         `json:"until,omitempty"`
	Look  bool           `json:"look,omitempty"` // tell the differences, and repair nothing
	Items []ManifestItem `json:"items"`
}

// ManifestItem is how one matter stands in the sender's system.
type ManifestItem struct {
	No    string      `json:"no"`
	Role  PeerRole    `json:"role"` // what the receiver of the manifest is to the matter
	State MatterState `json:"state"`
	Last  int         `json:"last"`  // number of the sender's latest news
	Heard int         `json:"heard"` // the receiver's latest news that the sender has taken
}

// ManifestAnswer is how a matter that differs stands in the answering system; State is empty where it is unknown.
type ManifestAnswer struct {
	No    string      `json:"no"`
	What  string      `json:"what"`
	Role  PeerRole    `json:"role,omitempty"` // what the answering city is to the matter
	State MatterState `json:"state,omitempty"`
	Last  int         `json:"last"`
	Heard int         `json:"heard"`
}

func (m *Manifest) check() error {
	if m == nil || len(m.Items) > MaxManifest {
		return fault.New("validation_failed").Field("data.manifest")
	}
	previous := m.After
	for _, it := range m.Items {
		_, err := ParseMatterNo(it.No)
		if err != nil || it.No <= previous || m.Until != "" && it.No > m.Until || !it.State.Valid() || it.Last < 0 || it.Heard < 0 ||
			it.Role != PeerHandles && it.Role != PeerReceives {
			return fault.New("validation_failed").Field("data.manifest.items")
		}
		previous = it.No
	}
	return nil
}

// Covers reports whether a matter falls into the page.
func (m *Manifest) Covers(no string) bool { return no > m.After && (m.Until == "" || no <= m.Until) }

// Standing is how a matter stands here, for comparing.
func Standing(m *Matter, l *PeerLedger) ManifestItem {
	it := ManifestItem{No: m.ID, Role: l.Role, State: m.State, Heard: l.Heard}
	if news := m.PeerNews(0); len(news) > 0 {
		it.Last = news[len(news)-1].Seq
	}
	return it
}

// Finding is what comparing one matter on two sides comes to.
type Finding struct {
	What   string // a difference; "" where both agree or news are on their way
	Rewind bool   // the peer lacks news from here: tell them again from where the peer stands
	Behind bool   // news from the peer are lacking here: the peer tells them again when it compares
}

// Compare judges how a matter stands here and there. The record shows who is right where one side lacks news of
// the other; where both know everything and stand differently, people decide.
func Compare(here, there ManifestItem) Finding {
	f := Finding{Rewind: there.Heard < here.Last, Behind: here.Heard < there.Last}
	if !f.Rewind && !f.Behind && phase(here.State) != phase(there.State) {
		f.What = DiffersState
	}
	return f
}

// phase joins what differs for a moment only: who has the result is done.
func phase(s MatterState) MatterState {
	if s == MatterDelivered {
		return MatterClosed
	}
	return s
}

// SortManifest brings items in the order of numbers.
func SortManifest(items []ManifestItem) {
	slices.SortFunc(items, func(a, b ManifestItem) int { return strings.Compare(a.No, b.No) })
}

// Rewind goes back to where the peer stands, and to what it has rejected, which may be possible by now: what came
// after is told again.
func (l *PeerLedger) Rewind(to int, now time.Time) {
	l.Sent = min(l.Sent, to)
	for _, r := range l.Refused {
		l.Sent = min(l.Sent, r.Seq-1)
	}
	if to == 0 {
		l.Files = nil
	}
	l.Emit(KindPeerResend, moment(now), nil)
}

// KindPeerResend is the outbox event of a rewound ledger.
const KindPeerResend = "peer_resend"
