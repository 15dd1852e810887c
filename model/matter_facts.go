package model

import (
	"errors"
	"time"
)

// ErrAlreadyApplied answers a step whose cause is on the trail already: nothing changed, nothing is wrong.
// A caller treats it as success without a write.
var ErrAlreadyApplied = errors.New("already applied")

// Step is one event that someone wants to happen to a matter.
type Step struct {
	Event MatterEvent
	Actor Actor
	Now   time.Time // when it happened; clocks count from it
	Cause string    // the outbox event or callback that brings it, so that it acts once; "" for a person's request
	Why   string    // the caller's words, scrubbed; on the trail
	Facts Facts

	done time.Time // when a step of the system was really done, where that was later than Now
}

// Env is what rules need and a matter does not hold.
type Env struct {
	Calendar *Calendar
}

// Facts are what events tell. Each field names the events that read it; the others ignore it.
type Facts struct {
	// Objection is what the caller found against the event in other documents (waybill_in_use, single_live's
	// duplicate …). It is answered in its place in the order of checks: after state and organisation.
	Objection error

	Material string      // put_material
	File     *MatterFile // put_material
	Licence  *LicenceRef // put_material
	Share    bool        // put_material: let the register be asked

	Delivery *MatterDelivery // change_delivery

	Declared bool     // submit: the truth declaration (承诺) was made
	Twins    []string // submit, receive: live matters of the same applicant, item and situation

	Proven      bool        // issue: card and face at the machine
	SourceFound bool        // issue: the registers answered
	Serial      string      // issue, confirm_print: of the sheet
	Result      *MatterFile // issue, dispatch_electronic: the sealed electronic result

	Identity  IdentityCheck   // receive, turn_back, receive_more, pick_up
	Checks    []MaterialCheck // receive, turn_back: the formal check
	Materials []string        // receive_more: what was brought

	Parcel   string   // every event of a parcel: its document id; people may leave it out
	Carrier  string   // forward_mail, dispatch_mail, return_papers
	Waybill  string   // forward_mail, dispatch_mail, return_papers
	SignedBy SignedBy // deliver
	Consent  bool     // forward_network from materials_lost: the applicant agrees to go on with copies

	Lacking []Lacking // accept (容缺受理)

	Reason   string // refuse, terminate: code; decide denied: in words
	Law      string // refuse, suspend, decide denied; "" takes the reason's own
	Organ    string // refuse not_competent: which organ is
	Remedies string // refuse, decide denied; "" takes the general text (Remedies)

	Org       string // reassign
	OrgRegion string // reassign
	OrgItem   bool   // reassign: that department carries the item

	Asks []Ask  // request_supplement
	Note string // request_supplement, decide, refuse

	Kind string // suspend
	Days int    // suspend: time needed; extend: working days

	Outcome string // decide

	Hall *HallRef // offer_pickup: where; dispatch_mail: the consignee, where it is a hall

	SignedRequest bool // withdraw at a counter
	HandedOver    bool // return_papers in person
}

// IdentityCheck is what a clerk found when comparing a person with their document.
type IdentityCheck struct {
	Method     string `json:"method"`
	Matched    bool   `json:"matched"`
	Agent      bool   `json:"agent,omitempty"`      // the person is the agent
	Authorised bool   `json:"authorised,omitempty"` // and showed an authorisation
}

// MaterialCheck is one line of the formal check.
type MaterialCheck struct {
	Material string      `json:"material"`
	OK       bool        `json:"ok"`
	Note     string      `json:"note,omitempty"`
	Scan     *MatterFile `json:"scan,omitempty"`
}
