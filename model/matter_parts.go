package model

import (
	"slices"
	"time"
)

// MaterialState is what is there of a material.
type MaterialState string

const (
	MaterialMissing  MaterialState = "missing"
	MaterialUploaded MaterialState = "uploaded" // a file of the applicant's, or a scan
	MaterialLicence  MaterialState = "licence"  // fetched from the licence store (证照通)
	MaterialChecking MaterialState = "checking" // a register is being asked (数据通)
	MaterialShared   MaterialState = "shared"   // a register has it, and no paper is needed
	MaterialVerified MaterialState = "verified" // seen by a clerk in the formal check
	MaterialRejected MaterialState = "rejected" // asked for again
)

// MatterMaterial is one line of the situation's list and what is there of it.
type MatterMaterial struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	Required  bool     `json:"required"`
	When      string   `json:"when,omitempty"`
	Lackable  bool     `json:"lackable,omitempty"`
	Original  Original `json:"original,omitempty"`
	Originals int      `json:"originals,omitempty"`
	Copies    int      `json:"copies,omitempty"`
	Kind      string   `json:"licence_kind,omitempty"` // an electronic licence of this kind will do
	Formats   []string `json:"formats,omitempty"`
	MaxMiB    int      `json:"max_mib,omitempty"`
	Checks    []string `json:"checks,omitempty"`
	Holder    string   `json:"holder,omitempty"`         // whose it is: applicant, agent, spouse …
	Source    string   `json:"sharing_source,omitempty"` // the register that may be asked instead

	State   MaterialState `json:"state"`
	File    *MatterFile   `json:"file,omitempty"`
	Licence *LicenceRef   `json:"licence,omitempty"`
	Shared  *SharedFact   `json:"shared,omitempty"`
	OnPaper bool          `json:"on_paper,omitempty"` // the paper is in the file that travels
	Note    string        `json:"note,omitempty"`     // the clerk's or reviewer's remark
	PutAt   *time.Time    `json:"put_at,omitempty"`
}

// Present reports whether something is there that has not been rejected.
func (mm MatterMaterial) Present() bool {
	return mm.State == MaterialUploaded || mm.State == MaterialLicence || mm.State == MaterialShared || mm.State == MaterialVerified
}

// blocks reports whether a file cannot be handed in without it. A lackable one may follow (容缺受理): H says at
// acceptance until when.
func (mm MatterMaterial) blocks() bool { return mm.Required && !mm.Lackable }

// MatterFile refers to a stored file; the bytes lie sealed in the blob store.
type MatterFile struct {
	Key    string    `json:"key"`
	Type   string    `json:"type"`
	Size   int64     `json:"size"`
	SHA256 string    `json:"sha256"`
	At     time.Time `json:"at"`
}

// OfApplicant reports whether the material is the applicant's own: only theirs can be fetched on their word.
func (mm MatterMaterial) OfApplicant() bool { return mm.Holder == "" || mm.Holder == "applicant" }

// SharedFact is what a register has said, and by which serial it finds that answer again.
type SharedFact struct {
	Source string    `json:"source"`
	Result string    `json:"result"` // found, not_found, unavailable
	Serial string    `json:"serial,omitempty"`
	At     time.Time `json:"at"`
}

// LicenceRef refers to an electronic licence: reference and digest, never the data (§12 证照通).
type LicenceRef struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Digest string `json:"digest"`
}

// Ask is one material that the applicant is told to hand in.
type Ask struct {
	Code  string `json:"code"`
	Paper bool   `json:"paper,omitempty"` // the original, which only a window can take
	Note  string `json:"note,omitempty"`
}

// Asked is the one-time notice (一次性告知) that the applicant is answering.
type Asked struct {
	Materials []Ask     `json:"materials"`
	Note      string    `json:"note"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Until     Date      `json:"until"` // as told; moves when the clock starts anew
}

func (a *Asked) ask(code string) (Ask, bool) {
	if a == nil {
		return Ask{}, false
	}
	i := slices.IndexFunc(a.Materials, func(x Ask) bool { return x.Code == code })
	if i < 0 {
		return Ask{}, false
	}
	return a.Materials[i], true
}

// Lacking is a secondary material that follows an acceptance with gaps (容缺受理).
type Lacking struct {
	Code  string `json:"code"`
	Until Date   `json:"until"`
}

// MatterDelivery is how the applicant wants the result. Names, numbers and places are sealed; Masked is what
// lists and staff may see.
type MatterDelivery struct {
	Method  DeliveryMethod `json:"method"`
	Address *SealedAddress `json:"address,omitempty"`
	Hall    string         `json:"hall,omitempty"` // where the applicant would like to collect
}

// SealedAddress is a postal address; only the courier's label has it in full.
type SealedAddress struct {
	Name   Sealed `json:"name"`
	Phone  Sealed `json:"phone"`
	Region string `json:"region"`
	Detail Sealed `json:"detail"`
	Masked string `json:"masked"` // province, city, county, then ****
}

// Complete reports whether a parcel can be sent there.
func (a *SealedAddress) Complete() bool {
	return a != nil && a.Name != "" && a.Phone != "" && a.Region != "" && a.Detail != ""
}

// Place is who has papers.
type Place string

// In the order in which one answers for them where several have some.
const (
	PapersReceiving Place = "receiving"
	PapersCarrier   Place = "carrier"
	PapersLost      Place = "lost"
	PapersHandling  Place = "handling"
	PapersKept      Place = "kept" // filed with the decision
	PapersReturned  Place = "returned"
	PapersApplicant Place = "applicant"
	PapersNone      Place = "none"
)

var placeOrder = []Place{PapersReceiving, PapersCarrier, PapersLost, PapersHandling, PapersKept, PapersReturned, PapersApplicant}

// holds reports whether papers are there, among other places.
func (m *Matter) holds(p Place) bool { return slices.Contains(m.Papers, p) }

// papersOut: with the receiving organisation or under way.
func (m *Matter) papersOut() bool { return m.holds(PapersReceiving) || m.holds(PapersCarrier) }

// movePapers takes papers away from some places and puts them in another ("" = nowhere).
func (m *Matter) movePapers(to Place, from ...Place) {
	var now []Place
	for _, p := range placeOrder {
		if p == to || m.holds(p) && !slices.Contains(from, p) {
			now = append(now, p)
		}
	}
	m.Papers = now
}

func (m *Matter) papersWith() Place {
	if len(m.Papers) == 0 {
		return PapersNone
	}
	return m.Papers[0]
}

// ParcelStanding is what the matter still expects of a parcel.
type ParcelStanding string

const (
	ParcelExpected ParcelStanding = "expected" // under way: the matter waits for its end
	ParcelGivenUp  ParcelStanding = "given_up" // lost; may still be found
	ParcelDone     ParcelStanding = "done"
)

// MatterParcel is what a matter keeps of one of its parcels.
type MatterParcel struct {
	ID         string          `json:"id"`
	Direction  ParcelDirection `json:"direction"`
	Carrier    string          `json:"carrier,omitempty"`
	Waybill    string          `json:"waybill,omitempty"`
	Standing   ParcelStanding  `json:"standing"`
	ToHall     string          `json:"to_hall,omitempty"` // the consignee, where it is a hall
	HallOrg    string          `json:"hall_org,omitempty"`
	HallRegion string          `json:"hall_region,omitempty"`
	Materials  []string        `json:"materials,omitempty"` // what it carries of what was asked for
	Back       bool            `json:"papers_back,omitempty"`
	At         time.Time       `json:"at"`
}

// parcel finds the latest parcel of a direction with one of the standings.
func (m *Matter) parcel(d ParcelDirection, standings ...ParcelStanding) *MatterParcel {
	for i := len(m.Parcels) - 1; i >= 0; i-- {
		p := &m.Parcels[i]
		if p.Direction == d && !p.Back && slices.Contains(standings, p.Standing) {
			return p
		}
	}
	return nil
}

// HallRef names a hall and the organisation that runs it.
type HallRef struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Org    string `json:"org"`
	Region string `json:"region"`
}

// PickupPlace is where a result waits.
type PickupPlace struct {
	Hall  HallRef   `json:"hall"`
	Since time.Time `json:"since"`
}

// Receipt is the 收件凭证: an itemised list of what R took, with hour and clerk. It is not an acceptance.
type Receipt struct {
	At        time.Time `json:"at"`
	Org       string    `json:"org"`
	Hall      string    `json:"hall,omitempty"`
	Clerk     string    `json:"clerk"`
	Method    string    `json:"method,omitempty"` // of the identity check
	ByAgent   bool      `json:"by_agent,omitempty"`
	Materials []string  `json:"materials"`
}

// Suspension is the special procedure in progress (行政许可法 第四十五条).
type Suspension struct {
	Kind string    `json:"kind"`
	Law  string    `json:"law"`
	Days int       `json:"days"` // the time needed, as told to the applicant
	At   time.Time `json:"at"`
}

// Outcomes of a decision.
const (
	Granted = "granted"
	Denied  = "denied"
)

// Decision is H's decision (决定).
type Decision struct {
	Outcome   string    `json:"outcome"`
	Note      string    `json:"note,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Law       string    `json:"law,omitempty"`
	Remedies  string    `json:"remedies,omitempty"`
	By        string    `json:"by"`
	Org       string    `json:"org"`
	At        time.Time `json:"at"`
	Automatic bool      `json:"automatic,omitempty"` // made by rule at a machine
	Serial    string    `json:"serial,omitempty"`    // of the printed sheet
	Printed   bool      `json:"printed,omitempty"`
}

// Ending says how an END came about, beyond its state.
type Ending struct {
	Reason   string `json:"reason,omitempty"` // code of refusal or termination
	Note     string `json:"note,omitempty"`
	Law      string `json:"law,omitempty"`
	Remedies string `json:"remedies,omitempty"`
	Organ    string `json:"competent_organ,omitempty"`
	Outcome  string `json:"delivery_outcome,omitempty"` // "unclaimed"
}

// material finds a line of the list.
func (m *Matter) material(code string) *MatterMaterial {
	for i := range m.Materials {
		if m.Materials[i].Code == code {
			return &m.Materials[i]
		}
	}
	return nil
}

// missing lists the required materials that are not there.
func (m *Matter) missing() []string {
	var out []string
	for _, mm := range m.Materials {
		if mm.Required && !mm.Present() {
			out = append(out, mm.Code)
		}
	}
	return out
}

// unanswered lists what was asked for and is not there; a paper original counts once a window has taken it.
func (m *Matter) unanswered() []string {
	if m.Asked == nil {
		return nil
	}
	var out []string
	for _, a := range m.Asked.Materials {
		mm := m.material(a.Code)
		if mm == nil || !mm.Present() || a.Paper && !mm.OnPaper {
			out = append(out, a.Code)
		}
	}
	return out
}
