package model

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kuacheng/model/fault"
)

// Kinds of events between cities. What the handling city tells:
const (
	PeerReceived            = "received" // the papers have come
	PeerAccepted            = "accepted"
	PeerRefused             = "refused"
	PeerSupplementRequested = "supplement_requested"
	PeerSuspended           = "suspended"
	PeerResumed             = "resumed"
	PeerExtended            = "extended"
	PeerDecided             = "decided"
	PeerDecisionRevoked     = "decision_revoked"
	PeerDispatched          = "dispatched"
	PeerDelivered           = "delivered"
	PeerDeliveryFailed      = "delivery_failed"
	PeerTerminated          = "terminated"
	PeerExpired             = "expired"
	PeerReopened            = "reopened"
	PeerReassigned          = "reassigned"
	PeerResultDocument      = "result_document"
)

// What the receiving city tells, and what both do.
const (
	PeerMaterial           = "material" // one sealed file, before the event that names it
	PeerFiled              = "matter_filed"
	PeerSupplementSupplied = "supplement_supplied"
	PeerMaterialsAdded     = "materials_added"
	PeerDeliveryChanged    = "delivery_changed"
	PeerWithdrawn          = "matter_withdrawn"
	PeerParcel             = "parcel_event" // what happened to papers and parcels: data.event says what
	PeerManifest           = "manifest"     // what is in flight between two cities, to be compared
)

// peerKind is who sends a kind and which event of the matter it is; "" where the data say it or none happens.
type peerKind struct {
	from  PeerRole
	event MatterEvent
}

var peerKinds = map[string]peerKind{
	PeerReceived: {PeerHandles, EvArrive}, PeerAccepted: {PeerHandles, EvAccept}, PeerRefused: {PeerHandles, EvRefuse},
	PeerSupplementRequested: {PeerHandles, EvRequestSupplement}, PeerSuspended: {PeerHandles, EvSuspend},
	PeerResumed: {PeerHandles, EvResume}, PeerExtended: {PeerHandles, EvExtend}, PeerDecided: {PeerHandles, EvDecide},
	PeerDecisionRevoked: {PeerHandles, EvRevokeDecision}, PeerDispatched: {PeerHandles, ""},
	PeerDelivered: {PeerHandles, EvDeliver}, PeerDeliveryFailed: {PeerHandles, EvFailDelivery},
	PeerTerminated: {PeerHandles, EvTerminate}, PeerExpired: {PeerHandles, EvExpire}, PeerReopened: {PeerHandles, EvReopen},
	PeerReassigned: {PeerHandles, EvReassign}, PeerResultDocument: {PeerHandles, ""},
	PeerMaterial: {PeerReceives, ""}, PeerFiled: {PeerReceives, ""}, PeerSupplementSupplied: {PeerReceives, EvSupply},
	PeerMaterialsAdded: {PeerReceives, EvPutMaterial}, PeerDeliveryChanged: {PeerReceives, EvChangeDelivery},
	PeerWithdrawn: {PeerReceives, EvWithdraw}, PeerParcel: {PeerReceives, ""},
	PeerManifest: {"", ""},
}

// PeerKinds lists all kinds, for documentation and the command line.
func PeerKinds() []string {
	var out []string
	for k := range peerKinds {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// PeerEvent is one event on the wire between two cities.
type PeerEvent struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	MatterNo string    `json:"matter_no"`
	At       time.Time `json:"at"`
	// Seq numbers what one side tells of one matter, upwards; Prev is the number of the event before it. A sender
	// without numbers leaves both out, and its order is told by what the matter's state allows.
	Seq  int      `json:"seq,omitempty"`
	Prev int      `json:"prev,omitempty"`
	Data PeerData `json:"data"`
}

// PeerData is what events tell; each kind reads its own fields.
type PeerData struct {
	Deemed    bool          `json:"deemed,omitempty"`    // accepted: because the time had passed
	Lacking   []Lacking     `json:"lacking,omitempty"`   // accepted with gaps
	Reason    string        `json:"reason,omitempty"`    // refused, terminated: code; else in words
	Law       string        `json:"law,omitempty"`       // refused, suspended, decided
	Remedies  string        `json:"remedies,omitempty"`  // refused, decided
	Organ     string        `json:"organ,omitempty"`     // refused
	Note      string        `json:"note,omitempty"`      // in words
	Materials []Ask         `json:"materials,omitempty"` // supplement_requested; parcel_event: what was brought
	Kind      string        `json:"kind,omitempty"`      // suspended
	Days      int           `json:"days,omitempty"`      // suspended, extended
	Outcome   string        `json:"outcome,omitempty"`   // decided
	Method    string        `json:"method,omitempty"`    // dispatched: mail, electronic, pickup
	Carrier   string        `json:"carrier,omitempty"`   // dispatched, parcel_event
	Waybill   string        `json:"waybill,omitempty"`   // dispatched, parcel_event
	Hall      string        `json:"hall,omitempty"`      // dispatched
	SignedBy  SignedBy      `json:"signed_by,omitempty"` // delivered
	Org       string        `json:"org,omitempty"`       // reassigned
	Event     MatterEvent   `json:"event,omitempty"`     // parcel_event
	Code      string        `json:"code,omitempty"`      // material: of which
	SHA256    string        `json:"sha256,omitempty"`    // material, result_document: of the open file
	Manifest  *Manifest     `json:"manifest,omitempty"`
	Sealed    *PeerEnvelope `json:"sealed,omitempty"` // for the receiver's key alone
}

// PeerEnvelope is content that only the receiver opens: SM4-GCM under a key of its own, which is sealed by SM2 for
// the receiver's public key. All three are base64 but the first.
type PeerEnvelope struct {
	KeyID string `json:"kid"`
	Key   string `json:"key"`
	Body  string `json:"body"`
}

var (
	peerEventID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:#-]{0,63}$`)
	sha256Form  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	codeForm    = regexp.MustCompile(`^[A-Za-z0-9-]{1,32}$`)
)

// Check refuses what cannot be an event, whoever sent it, and gives the matter's number in its one form.
func (e *PeerEvent) Check() error {
	kind, known := peerKinds[e.Type]
	switch {
	case !peerEventID.MatchString(e.ID):
		return fault.New("validation_failed").Field("id")
	case !known:
		return fault.New("event_unknown").Field("type")
	case e.At.IsZero() || e.At.Year() < 2000 || e.At.Year() > 9000:
		return fault.New("validation_failed").Field("at")
	case e.Seq > 1<<20 || e.Seq < 0 || e.Prev < 0 || e.Seq == 0 && e.Prev != 0 || e.Seq > 0 && e.Prev >= e.Seq:
		return fault.New("validation_failed").Field("seq")
	}
	if kind.from == "" {
		return e.Data.Manifest.check()
	}
	no, err := ParseMatterNo(e.MatterNo)
	if err != nil {
		return fault.From(err).Field("matter_no")
	}
	e.MatterNo = no
	return e.Data.check(e.Type)
}

func (d *PeerData) check(kind string) error {
	wants := func(ok bool, field string) error {
		if ok {
			return nil
		}
		return fault.New("validation_failed").Field("data." + field)
	}
	for _, a := range d.Materials {
		if !codeForm.MatchString(a.Code) {
			return fault.New("validation_failed").Field("data.materials")
		}
	}
	if len(d.Materials) > 100 || len(d.Lacking) > 100 {
		return fault.New("validation_failed").Field("data.materials")
	}
	switch kind {
	case PeerMaterial, PeerResultDocument:
		return wants(d.Sealed != nil && sha256Form.MatchString(d.SHA256), "sealed")
	case PeerFiled, PeerSupplementSupplied, PeerMaterialsAdded, PeerDeliveryChanged:
		return wants(d.Sealed != nil, "sealed")
	case PeerDispatched:
		return wants(slices.Contains([]string{string(DeliverMail), string(DeliverElectronic), string(DeliverPickup)}, d.Method), "method")
	case PeerParcel:
		return wants(slices.Contains(peerParcelEvents, d.Event), "event")
	}
	return nil
}

// peerParcelEvents are what a receiving city tells of papers, parcels and the result at its halls.
var peerParcelEvents = []MatterEvent{EvReceive, EvReceiveMore, EvForwardMail, EvForwardNetwork, EvArrive, EvBounce, EvLose,
	EvReachHall, EvPickUp, EvDeliver, EvFailDelivery, EvDisputeDelivery, EvClose}

// From is who sends events of this kind: the city that handles or the one that receives; "" for both.
func (e *PeerEvent) From() PeerRole { return peerKinds[e.Type].from }

// MatterEvent is the event of the matter that a peer's event brings, in the state that the matter is in.
func (e *PeerEvent) MatterEvent(m *Matter) MatterEvent {
	switch {
	case e.Type == PeerParcel:
		return e.Data.Event
	case e.Type == PeerDispatched:
		return map[string]MatterEvent{
			string(DeliverMail): EvDispatchMail, string(DeliverElectronic): EvDispatchElectronic, string(DeliverPickup): EvOfferPickup,
		}[e.Data.Method]
	case e.Type == PeerAccepted && e.Data.Deemed:
		return EvDeemAccept
	case e.Type == PeerDelivered && m.State == MatterReadyForPickup:
		return EvPickUp
	}
	return peerKinds[e.Type].event
}

// PeerStep is the step that a peer's event brings, without what biz must look up: parcels, halls, files.
func (m *Matter) PeerStep(peer string, e *PeerEvent, now time.Time) Step {
	d := e.Data
	s := Step{Event: e.MatterEvent(m), Actor: m.PeerActor(peer), Now: FreshMoment(e.At, now), Cause: PeerCause(peer, e.ID), Why: clip(or(d.Note, d.Reason), 200)}
	s.Facts = Facts{
		Lacking: d.Lacking, Reason: clip(d.Reason, 200), Law: clip(d.Law, 500), Remedies: clip(d.Remedies, 1000),
		Organ: clip(d.Organ, 100), Note: clip(d.Note, 500), Kind: d.Kind, Days: d.Days, Outcome: d.Outcome, SignedBy: d.SignedBy,
		Org: d.Org, SignedRequest: true, Consent: true,
	}
	switch s.Event {
	case EvRequestSupplement:
		for _, a := range d.Materials {
			a.Note = clip(a.Note, 200)
			s.Facts.Asks = append(s.Facts.Asks, a)
		}
	case EvReceive, EvReceiveMore:
		for _, a := range d.Materials {
			if m.material(a.Code) != nil {
				s.Facts.Materials = append(s.Facts.Materials, a.Code)
				s.Facts.Checks = append(s.Facts.Checks, MaterialCheck{Material: a.Code, OK: true})
			}
		}
		s.Facts.Identity = IdentityCheck{Method: "peer", Matched: true}
	}
	return s
}

// FreshMoment is the time that clocks count an event from: what the peer says where it is fresh, else the arrival
// (§12 times).
func FreshMoment(at, now time.Time) time.Time {
	if at.After(now) || now.Sub(at) > 24*time.Hour {
		return now
	}
	return at
}

// PeerCause is what a peer's event is remembered by on the trail.
func PeerCause(peer, eventID string) string { return "peer:" + peer + ":" + eventID }

// HeardOf reports whether a peer's event has acted on the matter.
func (m *Matter) HeardOf(cause string) bool {
	return slices.ContainsFunc(m.Trail, func(e TrailEntry) bool { return e.Cause == cause })
}

// Statuses of a peer's event.
const (
	PeerApplied   = "applied"
	PeerDuplicate = "duplicate"
	PeerIgnored   = "ignored"
	PeerRejected  = "rejected"
	PeerParked    = "parked"
)

// Outlook judges an event that the matter's state does not allow now: parked where its turn may still come,
// ignored where it tells what is already so or what later news has overtaken, rejected where it contradicts the
// record.
func (m *Matter) Outlook(e MatterEvent, at time.Time) string {
	if m.alreadySo(e) {
		return PeerIgnored
	}
	if last, ok := m.lastEvent(e); ok && !at.After(last.At) {
		return PeerIgnored
	}
	if ahead[m.State][e] {
		return PeerParked
	}
	for i := len(m.Trail) - 1; i >= 0; i-- {
		if m.Trail[i].Door == DoorPeer {
			if at.Before(m.Trail[i].At) {
				return PeerIgnored
			}
			break
		}
	}
	return PeerRejected
}

// PeerNews lists what the peer is to be told of the matter's trail after an entry, in order, without what biz must
// add: sealed content. What the peer itself brought is not told back.
func (m *Matter) PeerNews(after int) []PeerEvent {
	var out []PeerEvent
	prev := 0
	for _, e := range m.Trail {
		kind, ok := m.news(e)
		if !ok {
			continue
		}
		if e.Seq > after {
			out = append(out, PeerEvent{
				ID: m.ID + "#" + seqText(e.Seq), Type: kind, MatterNo: m.ID, At: e.At, Seq: e.Seq, Prev: prev, Data: newsData(kind, e),
			})
		}
		prev = e.Seq
	}
	return out
}

// news is the kind under which a trail entry is told to the peer.
func (m *Matter) news(e TrailEntry) (string, bool) {
	if m.Peer == nil || e.Door == DoorPeer {
		return "", false
	}
	if m.Peer.Role == PeerReceives {
		return handlingNews(e)
	}
	return m.receivingNews(e)
}

func handlingNews(e TrailEntry) (string, bool) {
	switch ev := MatterEvent(e.Event); {
	case ev == EvDispatchMail || ev == EvDispatchElectronic || ev == EvOfferPickup:
		return PeerDispatched, true
	case ev == EvDeemAccept:
		return PeerAccepted, true
	case ev == EvPickUp || ev == EvDeliver:
		return PeerDelivered, true
	case e.Event == NoteResult:
		return PeerResultDocument, true
	}
	for kind, k := range peerKinds {
		if k.from == PeerHandles && k.event == MatterEvent(e.Event) && k.event != "" {
			return kind, true
		}
	}
	return "", false
}

// receivingNews: nothing is told before the matter has been handed in; that it was is told with the whole file.
func (m *Matter) receivingNews(e TrailEntry) (string, bool) {
	filed := m.filedAt()
	if filed == 0 || e.Seq < filed {
		return "", false
	}
	ev := MatterEvent(e.Event)
	switch {
	case e.Seq == filed:
		return PeerFiled, true
	case ev == EvSupply, ev == EvForwardNetwork && e.From.awaiting():
		return PeerSupplementSupplied, true
	case ev == EvPutMaterial:
		return PeerMaterialsAdded, e.From == MatterAccepted
	case ev == EvChangeDelivery:
		return PeerDeliveryChanged, true
	case ev == EvWithdraw:
		return PeerWithdrawn, true
	case ev == EvClose && e.Door == DoorSystem:
		return "", false // comes by itself there too
	case ev == EvReopen || ev == EvReassign:
		return "", false // the handling city's affair: shown as a difference
	}
	return PeerParcel, slices.Contains(peerParcelEvents, ev)
}

// filedAt is the entry with which the file first went to the handling city; 0 for none yet.
func (m *Matter) filedAt() int {
	for _, e := range m.Trail {
		if e.To == MatterAwaitingAcceptance || e.To == MatterInTransit {
			return e.Seq
		}
	}
	return 0
}

// newsData reads back from a trail entry what its step told.
func newsData(kind string, e TrailEntry) PeerData {
	g := e.Data
	d := PeerData{
		Reason: or(g["reason"], e.Why), Law: g["law"], Organ: g["organ"], Note: or(g["note"], e.Why), Kind: g["kind"], Days: atoi(g["days"]),
		Outcome: g["outcome"], Carrier: g["carrier"], Waybill: g["waybill"], Hall: g["hall"], SignedBy: SignedBy(g["signed_by"]), Org: g["org"],
	}
	switch kind {
	case PeerAccepted:
		d.Deemed = e.Event == string(EvDeemAccept)
		for _, part := range parts(g["lacking"]) {
			code, until, _ := strings.Cut(part, "=")
			d.Lacking = append(d.Lacking, Lacking{Code: code, Until: Date(until)})
		}
	case PeerSupplementRequested:
		for _, part := range parts(g["asks"]) {
			code, how, _ := strings.Cut(part, "=")
			d.Materials = append(d.Materials, Ask{Code: code, Paper: how == "paper"})
		}
	case PeerDispatched:
		d.Method = map[MatterEvent]string{
			EvDispatchMail: string(DeliverMail), EvDispatchElectronic: string(DeliverElectronic), EvOfferPickup: string(DeliverPickup),
		}[MatterEvent(e.Event)]
	case PeerResultDocument:
		d.SHA256 = g["sha256"]
	case PeerParcel:
		d.Event = MatterEvent(e.Event)
		for _, code := range parts(g["materials"]) {
			d.Materials = append(d.Materials, Ask{Code: code})
		}
		for _, part := range parts(g["checks"]) {
			if code, ok := strings.CutSuffix(part, "=ok"); ok {
				d.Materials = append(d.Materials, Ask{Code: code})
			}
		}
	}
	return d
}

func parts(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // what is no number is none
	return n
}

func seqText(n int) string { return strconv.Itoa(n) }
