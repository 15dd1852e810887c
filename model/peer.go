package model

import (
	"slices"
	"strings"
	"time"
)

// PeerRole is what another city's system is to a matter.
type PeerRole string

const (
	PeerHandles  PeerRole = "handles"  // it decides: the matter was received here
	PeerReceives PeerRole = "receives" // it received: the matter is handled here, and this is its copy
)

// MatterPeer links a matter to the other city's system. Each event of a linked matter has one home: what the
// applicant and the receiving place do happens in the receiving city's system, what the handling place does and
// its deadlines bring in the handling city's. The other system follows.
type MatterPeer struct {
	Region string   `json:"region"` // the peer's
	Role   PeerRole `json:"role"`
}

// KindMatterPeer is the outbox event of a linked matter's step: tell the peer, and look again at what it told
// too early.
const KindMatterPeer = "matter_peer"

// HandledByPeer reports whether a peer decides the matter.
func (m *Matter) HandledByPeer() bool { return m.Peer != nil && m.Peer.Role == PeerHandles }

// ReceivedByPeer reports whether a peer received the matter, so that its applicant is told by the peer.
func (m *Matter) ReceivedByPeer() bool { return m.Peer != nil && m.Peer.Role == PeerReceives }

// PeerActor is a peer as it acts on a matter: for the handling place, or, on a copy, for the receiving one.
func (m *Matter) PeerActor(peer string) Actor {
	a := Actor{Door: DoorPeer, Role: RolePeer, ID: peer, Region: m.To}
	if m.ReceivedByPeer() {
		a.Region = m.From
	}
	return a
}

// PeerSpeaksFor reports whether a peer of a region may tell anything of the matter: the one it is linked to, or,
// without a link, the city that handles it.
func (m *Matter) PeerSpeaksFor(peer string) bool {
	if m.Peer != nil {
		return m.Peer.Region == peer
	}
	return within(m.To, peer)
}

// Within reports whether a region is another one or lies in it.
func Within(region, in string) bool { return within(region, in) }

// handlingEvents are the home events of the handling city's system beside those that the table gives to peers;
// receivingEvents are the home events of the receiving city's. A linked peer may bring them in its side's name.
var (
	handlingEvents = []MatterEvent{EvDeemAccept, EvExpire, EvRevokeDecision, EvReopen, EvReassign, EvReachHall, EvPickUp}

	receivingEvents = []MatterEvent{EvPutMaterial, EvChangeDelivery, EvReceive, EvReceiveMore, EvForwardMail,
		EvForwardNetwork, EvArrive, EvBounce, EvLose, EvSupply, EvWithdraw, EvReachHall, EvPickUp, EvDeliver,
		EvFailDelivery, EvDisputeDelivery, EvClose, EvSubmit}
)

// follows gives the way in which a linked peer brings an event that its own system let happen.
func (m *Matter) follows(e MatterEvent, a Actor) (Caller, bool) {
	if a.Door != DoorPeer || a.Role != RolePeer || m.Peer == nil || m.Peer.Region != a.ID {
		return Caller{}, false
	}
	c := Caller{Door: DoorPeer, Role: RolePeer, Side: SidePeer}
	if m.Peer.Role == PeerReceives {
		c.Side = SideFollow
		return c, slices.Contains(receivingEvents, e)
	}
	return c, slices.Contains(handlingEvents, e)
}

// believed are the events of a receiving peer that are not examined again: what they rest on (who stood at the
// window, what was declared) is on the record of the city where they happened.
var believed = []MatterEvent{EvPutMaterial, EvReceive, EvReceiveMore, EvForwardMail, EvForwardNetwork, EvSupply,
	EvWithdraw, EvDisputeDelivery, EvClose, EvSubmit}

// believes reports whether a step only follows what happened in the peer's system.
func (m *Matter) believes(s *Step) bool {
	if _, follows := m.follows(s.Event, s.Actor); !follows {
		return false
	}
	if m.HandledByPeer() {
		return s.Event == EvPickUp || s.Event == EvExpire || s.Event == EvDeemAccept
	}
	return s.Event == EvPickUp || slices.Contains(believed, s.Event)
}

// elsewhere refuses what people here may see and not do: it happens in the peer's system.
func (m *Matter) elsewhere(e MatterEvent, a Actor) bool {
	switch a.Door {
	case DoorDesk:
		return m.PeerOwned && e != EvReassign && e != EvReopen
	case DoorCitizen, DoorKiosk:
		return m.ReceivedByPeer()
	case DoorCounter:
		return m.ReceivedByPeer() && e != EvPickUp && e != EvReachHall
	}
	return false
}

// awaitsPeer: the deadline of the present state is the handling city's system to act on, and its word is awaited.
func (m *Matter) awaitsPeer() bool {
	return m.HandledByPeer() && m.State != MatterDraft && m.State != MatterDelivered
}

// ahead holds, for each state, the events that may still become possible without anything being undone.
var ahead = func() map[MatterState]map[MatterEvent]bool {
	undo := []MatterEvent{EvRevokeDecision, EvReopen, EvDisputeDelivery}
	out := map[MatterState]map[MatterEvent]bool{}
	for _, start := range MatterStates {
		seen, todo := map[MatterState]bool{start: true}, []MatterState{start}
		events := map[MatterEvent]bool{}
		for len(todo) > 0 {
			state := todo[0]
			todo = todo[1:]
			for e, rows := range byState {
				t := rows[state]
				if t == nil || slices.Contains(undo, e) {
					continue
				}
				events[e] = true
				if to := t.Target(state); !seen[to] {
					seen[to], todo = true, append(todo, to)
				}
			}
		}
		out[start] = events
	}
	return out
}()

// alreadySo reports whether the matter stands where an event of this kind leads.
func (m *Matter) alreadySo(e MatterEvent) bool {
	for from, t := range byState[e] {
		if from != m.State && t.To == m.State && t.To != "" {
			return true
		}
	}
	return false
}

// clip shows a peer's words without what looks like a personal number, and not longer than is useful.
func clip(s string, most int) string {
	s = strings.TrimSpace(ScrubNumbers(s))
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// tellPeer has the peer told of what has just happened, once the matter has been handed in.
func (m *Matter) tellPeer(at time.Time) {
	if m.Peer != nil && m.State != MatterDraft {
		m.Emit(KindMatterPeer, at, nil)
	}
}
