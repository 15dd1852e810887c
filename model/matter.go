package model

import (
	"slices"
	"time"
)

// MatterState is where a matter stands in its life (domain reference §2).
type MatterState string

// The nineteen states; the last five are ENDs.
const (
	MatterDraft              MatterState = "draft"
	MatterReceived           MatterState = "received"
	MatterInTransit          MatterState = "in_transit"
	MatterMaterialsLost      MatterState = "materials_lost"
	MatterAwaitingAcceptance MatterState = "awaiting_acceptance"
	MatterAwaitingCorrection MatterState = "awaiting_correction"
	MatterAccepted           MatterState = "accepted"
	MatterAwaitingSupplement MatterState = "awaiting_supplement"
	MatterSuspended          MatterState = "suspended"
	MatterDecided            MatterState = "decided"
	MatterDispatched         MatterState = "dispatched"
	MatterReadyForPickup     MatterState = "ready_for_pickup"
	MatterDeliveryFailed     MatterState = "delivery_failed"
	MatterDelivered          MatterState = "delivered"
	MatterClosed             MatterState = "closed"
	MatterRefused            MatterState = "refused"
	MatterWithdrawn          MatterState = "withdrawn"
	MatterLapsed             MatterState = "lapsed"
	MatterTerminated         MatterState = "terminated"
)

// MatterStates lists all states in the order of a matter's life.
var MatterStates = []MatterState{
	MatterDraft, MatterReceived, MatterInTransit, MatterMaterialsLost, MatterAwaitingAcceptance,
	MatterAwaitingCorrection, MatterAccepted, MatterAwaitingSupplement, MatterSuspended, MatterDecided,
	MatterDispatched, MatterReadyForPickup, MatterDeliveryFailed, MatterDelivered, MatterClosed,
	MatterRefused, MatterWithdrawn, MatterLapsed, MatterTerminated,
}

var matterStateNames = map[MatterState]string{
	MatterDraft: "草稿", MatterReceived: "已收件", MatterInTransit: "流转中", MatterMaterialsLost: "材料遗失",
	MatterAwaitingAcceptance: "待受理", MatterAwaitingCorrection: "待补正", MatterAccepted: "已受理",
	MatterAwaitingSupplement: "待补充", MatterSuspended: "特别程序中", MatterDecided: "已决定",
	MatterDispatched: "送达中", MatterReadyForPickup: "待领取", MatterDeliveryFailed: "送达未成",
	MatterDelivered: "已送达", MatterClosed: "已办结归档", MatterRefused: "不予受理", MatterWithdrawn: "已撤回",
	MatterLapsed: "已失效", MatterTerminated: "已终止",
}

// Name is the state in Chinese.
func (s MatterState) Name() string { return matterStateNames[s] }

// Valid reports whether s is one of the nineteen.
func (s MatterState) Valid() bool { return matterStateNames[s] != "" }

// Ended reports an END: nothing goes on but what is owed (papers) and what looks back (review).
func (s MatterState) Ended() bool {
	switch s {
	case MatterClosed, MatterRefused, MatterWithdrawn, MatterLapsed, MatterTerminated:
		return true
	}
	return false
}

// awaiting: it is the applicant's turn, before or after acceptance.
func (s MatterState) awaiting() bool {
	return s == MatterAwaitingCorrection || s == MatterAwaitingSupplement
}

// Matter is one application of one applicant for one item (办件). Its state changes only through Apply,
// which asks the transition table; everything else here is what the rules remember.
type Matter struct {
	Head `json:",inline"` // ID is the matter number

	Applicant     string               `json:"applicant"`
	Agent         string               `json:"agent,omitempty"` // applicant id of the 代办人
	Authorisation *MatterAuthorisation `json:"authorisation,omitempty"`

	Item      MatterItem      `json:"item"`
	Situation MatterSituation `json:"situation"`
	Mode      Mode            `json:"mode"`
	From      string          `json:"from"`  // receiving region
	To        string          `json:"to"`    // handling region
	ROrg      string          `json:"r_org"` // receiving organisation
	HOrg      string          `json:"h_org"` // handling organisation
	Hall      string          `json:"hall,omitempty"`

	// Peer is the other city's system that the matter is shared with; nil for none.
	Peer *MatterPeer `json:"peer,omitempty"`
	// PeerOwned: the pair is linked, so the handling city's own system speaks for H (§12).
	PeerOwned bool `json:"peer_owned,omitempty"`
	// AcceptanceStarts is the pair's agreement on clock A: handling (default) or receiving.
	AcceptanceStarts string `json:"acceptance_starts,omitempty"`

	State     MatterState      `json:"state"`
	Materials []MatterMaterial `json:"materials"`
	Asked     *Asked           `json:"asked,omitempty"`   // the notice that is being answered
	Lacking   []Lacking        `json:"lacking,omitempty"` // accepted with gaps (容缺)
	Delivery  MatterDelivery   `json:"delivery"`
	Papers    []Place          `json:"papers,omitempty"` // who has papers now, the first answers for them
	Parcels   []MatterParcel   `json:"parcels,omitempty"`
	Pickup    *PickupPlace     `json:"pickup,omitempty"`
	Receipts  []Receipt        `json:"receipts,omitempty"`
	Suspended *Suspension      `json:"suspended,omitempty"`
	Decision  *Decision        `json:"decision,omitempty"`
	Result    *MatterFile      `json:"result,omitempty"` // the sealed electronic result
	Ending    *Ending          `json:"ending,omitempty"`

	Runs   []ClockRun   `json:"runs,omitempty"` // the facts of the six clocks
	Times  MatterTimes  `json:"times"`
	Counts MatterCounts `json:"counts"`

	Duplicates []string `json:"duplicates,omitempty"` // live matters of the same applicant, item, situation
	Booking    string   `json:"booking,omitempty"`    // the live booking, kept by biz/booking through SetBooking
	Handler    string   `json:"handler,omitempty"`    // the reviewer who acted last
	Reviewed   bool     `json:"reviewed,omitempty"`   // an active 好差评 exists
	Stars      int      `json:"stars,omitempty"`      // of it, where it counts
	Reminded   []string `json:"reminded,omitempty"`   // reminders already sent, so that each goes once

	// What follows is derived by refresh and stored for indexes only.
	Light       Light           `json:"light"`
	LightPaused bool            `json:"light_paused,omitempty"`
	LightOn     Date            `json:"light_on,omitempty"` // next date on which the light differs
	Dues        map[string]Date `json:"dues,omitempty"`     // running clocks → due date as last told
	Provisional bool            `json:"provisional,omitempty"`
	OwedBy      string          `json:"owed_by,omitempty"`
	PapersWith  Place           `json:"papers_with"`
	PapersOwed  bool            `json:"papers_owed,omitempty"`
	Counted     *Counted        `json:"counted,omitempty"` // as the ledger was last told

	Trail []TrailEntry `json:"trail"`

	// Forgotten is when its person was: the matter has been kept as long as it may.
	Forgotten *time.Time `json:"forgotten,omitempty"`
}

// No is the matter number.
func (m *Matter) No() string { return m.ID }

// MatterItem is what a matter keeps of the version it was started under (一事项一标准).
type MatterItem struct {
	Code             string           `json:"code"`
	Version          int              `json:"version"`
	Name             string           `json:"name"`
	Short            string           `json:"short"`
	Department       string           `json:"department"`
	Kind             string           `json:"kind"`
	ItemType         string           `json:"item_type"`
	StatutoryDays    int              `json:"statutory_days"`
	PromisedDays     int              `json:"promised_days"`
	CorrectionDays   int              `json:"correction_days"`
	SupplementPauses string           `json:"supplement_pauses"`
	Procedures       []string         `json:"procedures,omitempty"`
	ResultKind       string           `json:"result_kind"`
	ResultName       string           `json:"result_name"`
	ResultLicence    string           `json:"result_licence,omitempty"`
	Validity         string           `json:"validity,omitempty"`
	Deliveries       []DeliveryMethod `json:"deliveries"`
	TwoStep          bool             `json:"two_step,omitempty"`
	SingleLive       bool             `json:"single_live,omitempty"`
	Joint            bool             `json:"joint,omitempty"`
	TakesCopies      bool             `json:"takes_copies,omitempty"` // scans may be forwarded by network
	Automatic        bool             `json:"automatic,omitempty"`    // decided by rule at a machine
	FeeFen           int64            `json:"fee_fen,omitempty"`
	Visits           int              `json:"visits,omitempty"`
	RetentionYears   int              `json:"retention_years,omitempty"`
}

// ItemSnapshot freezes what a matter needs of an item version in one situation.
func ItemSnapshot(it *Item, s Situation) MatterItem {
	return MatterItem{
		Code: it.Code, Version: it.Version, Name: it.Name, Short: it.Short, Department: it.Department,
		Kind: it.Kind, ItemType: it.ItemType, StatutoryDays: it.StatutoryDays, PromisedDays: it.PromisedDays,
		CorrectionDays: it.CorrectionDays(), SupplementPauses: it.SupplementPauses(),
		Procedures: slices.Clone(it.Procedures()), ResultKind: it.Result.Kind, ResultName: it.Result.Name,
		ResultLicence: it.Result.Licence, Validity: it.Result.Validity, Deliveries: slices.Clone(it.Deliveries),
		TwoStep: it.Settings.TwoStep, SingleLive: it.Settings.SingleLive, Joint: it.Settings.Joint,
		TakesCopies: it.TakesCopies(s), Automatic: it.Instant() && it.Offers(ModeKiosk), FeeFen: it.FeeFen,
		Visits: it.Visits, RetentionYears: it.RetentionYears(),
	}
}

// MatterSituation names the case of the item.
type MatterSituation struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Acts that an authorisation can name.
const (
	ActSubmit   = "submit"
	ActSupply   = "supply"
	ActWithdraw = "withdraw"
	ActCollect  = "collect"
)

// MatterAuthorisation is what a matter keeps of the 授权委托书 under which its agent acts.
type MatterAuthorisation struct {
	ID    string   `json:"id"`
	Acts  []string `json:"acts"`
	Until Date     `json:"until"` // its last day
}

// MatterTimes are the moments that people ask for; the clocks have their own facts in Runs.
type MatterTimes struct {
	Opened     time.Time  `json:"opened"`
	Changed    time.Time  `json:"changed"` // the last event
	Entered    time.Time  `json:"entered"` // when the present state began
	Submitted  *time.Time `json:"submitted,omitempty"`
	Received   *time.Time `json:"received,omitempty"`
	Forwarded  *time.Time `json:"forwarded,omitempty"`
	Arrived    *time.Time `json:"arrived,omitempty"`
	Accepted   *time.Time `json:"accepted,omitempty"` // A's day 0 where deemed
	Deemed     bool       `json:"deemed,omitempty"`
	Decided    *time.Time `json:"decided,omitempty"`
	Dispatched *time.Time `json:"dispatched,omitempty"` // the first time
	Delivered  *time.Time `json:"delivered,omitempty"`
	SignedBy   SignedBy   `json:"signed_by,omitempty"`
	Ended      *time.Time `json:"ended,omitempty"`
}

// MatterCounts count what rules limit and supervision measures.
type MatterCounts struct {
	TurnBacks   int `json:"turn_backs,omitempty"`
	Corrections int `json:"corrections,omitempty"`
	Supplements int `json:"supplements,omitempty"`
	Mailings    int `json:"mailings,omitempty"`
	Extension   int `json:"extension,omitempty"` // working days granted; 0 = none yet
}
