package model

import (
	"slices"
	"strings"
	"time"

	"kuacheng/model/fault"
)

// Carrier is the channel by which news of a parcel comes: an aggregator, a courier of its own, or the
// house format. API.md calls it carrier; the courier company behind an aggregator is Parcel.Company.
type Carrier string

const (
	CarrierKuaidi100 Carrier = "kuaidi100"
	CarrierKdniao    Carrier = "kdniao"
	CarrierSF        Carrier = "sf"
	CarrierEMS       Carrier = "ems"
	CarrierStandard  Carrier = "standard"

	// CarrierStaff marks the rows that people enter: a loss confirmed on the telephone, a contradiction settled.
	CarrierStaff Carrier = "staff"
)

// Carriers lists the channels that have a door of their own.
var Carriers = []Carrier{CarrierKuaidi100, CarrierKdniao, CarrierSF, CarrierEMS, CarrierStandard}

// Subscribes says whether news of a parcel must be asked for, one call a waybill (couriers.md §11). EMS and
// the house format push by contract.
func (c Carrier) Subscribes() bool {
	return c == CarrierKuaidi100 || c == CarrierKdniao || c == CarrierSF
}

// Company is the courier company that a channel of its own always means, in kuaidi100's code; "" for those
// that carry any company's parcels.
func (c Carrier) Company() string {
	switch c {
	case CarrierSF:
		return "shunfeng"
	case CarrierEMS:
		return "ems"
	}
	return ""
}

// ParcelDirection is which way a parcel travels.
type ParcelDirection string

const (
	ParcelMaterials ParcelDirection = "materials" // the applicant's papers, to the handling organisation
	ParcelResult    ParcelDirection = "result"    // the result or the papers, to the applicant or a hall
)

// ParcelContent is one thing in the envelope.
type ParcelContent string

const (
	ContentMaterials  ParcelContent = "materials"
	ContentResult     ParcelContent = "result"
	ContentPapersBack ParcelContent = "papers_back"
)

// PartyKind is what stands at one end of a parcel's way.
type PartyKind string

const (
	PartyApplicant PartyKind = "applicant"
	PartyHall      PartyKind = "hall"
	PartyOrg       PartyKind = "org" // the receiving or handling organisation
)

// Party is one end of a parcel's way. It names organisations only, never a person: an applicant is known
// here by kind and city.
type Party struct {
	Kind   PartyKind `json:"kind"`
	ID     string    `json:"id,omitempty"`   // hall or organisation
	Region string    `json:"region"`         // code
	City   string    `json:"city"`           // "汕尾市"; compared with the places of events
	Area   string    `json:"area,omitempty"` // "广东省汕尾市城区", all that a carrier is told of an address
}

// SignedBy is who signed for a delivered parcel, as far as the carrier tells.
type SignedBy string

const (
	SignedUnknown SignedBy = "unknown"
	SignedSelf    SignedBy = "self"
	SignedOther   SignedBy = "other"
	SignedLocker  SignedBy = "locker"
)

// WaybillCorrection records a mistyped number: it stays on both documents.
type WaybillCorrection struct {
	From string    `json:"from"` // parcel ids
	To   string    `json:"to"`
	At   time.Time `json:"at"`
	By   Actor     `json:"by"`
}

// Parcel is one shipment. Its state is a pure function of the set of its rows (parcel_fold.go); what is
// stored of that function's value is for finding and for telling that it has changed.
type Parcel struct {
	Head `json:",inline"`

	Carrier   Carrier                `json:"carrier"`
	Company   string                 `json:"company"` // kuaidi100's code of the courier company
	Waybill   string                 `json:"waybill"`
	Direction ParcelDirection        `json:"direction"`
	Contents  []ParcelContent        `json:"contents"`
	Matters   []string               `json:"matters"`          // one envelope may serve several
	Claims    map[string]ParcelClaim `json:"claims,omitempty"` // of matters not yet seen to name the parcel
	Sender    Party                  `json:"sender"`
	Consignee Party                  `json:"consignee"`
	PhoneTail Sealed                 `json:"phone_tail,omitempty"` // last four digits, where the company wants them
	CreatedAt time.Time              `json:"created_at"`
	SentAt    time.Time              `json:"sent_at"` // when it was handed over; events long before it are another parcel's

	State         ParcelState `json:"state"`
	StateAt       time.Time   `json:"state_at"`
	SignedBy      SignedBy    `json:"signed_by,omitempty"`
	ReturnWaybill string      `json:"return_waybill,omitempty"` // the number under which it comes back
	Rows          []ParcelRow `json:"rows,omitempty"`           // the set, in canonical order
	Flags         []string    `json:"flags,omitempty"`          // what the fold remarks
	Tickets       []string    `json:"tickets,omitempty"`        // problems that were announced; only grows
	Marks         []string    `json:"marks,omitempty"`          // remarks from outside the fold; only grows

	Subscription Subscription         `json:"subscription"`
	Polls        Polls                `json:"polls"`
	Silence      map[string]time.Time `json:"silence,omitempty"` // rule → the fact whose silence was announced

	Corrections []WaybillCorrection `json:"corrections,omitempty"`
	ReplacedBy  string              `json:"replaced_by,omitempty"` // parcel id, when the number was mistyped
}

// Kinds of the events that a parcel emits.
const (
	ParcelBound         = "parcel_bound"          // subscribe to its news
	ParcelWaybillBound  = "waybill_bound"         // join the rows that came before; ref: waybill
	ParcelStateChanged  = "parcel_event"          // ref: from, state, event, signed_by
	ParcelTicketOpened  = "parcel_ticket"         // ref: reason
	ParcelSilent        = "parcel_silent"         // ref: rule
	ParcelPollDue       = "parcel_poll"           // ask the carrier
	ParcelSubscribeDue  = "parcel_subscribe"      // subscribe, or subscribe again
	ParcelUnsubscribed  = "parcel_subscribe_lost" // people must look at carrier and number; ref: reason
	ParcelRowsOverflown = "parcel_overflow"       // move what Overflow lists to the archive
)

// NewParcel is what a dispatch tells of a parcel.
type NewParcel struct {
	Carrier   Carrier
	Company   string // may stay empty where the channel implies it
	Waybill   string // as typed
	Direction ParcelDirection
	Contents  []ParcelContent
	Matters   []string
	Sender    Party
	Consignee Party
	PhoneTail Sealed
	SentAt    time.Time // zero: now
}

// ParcelID is the document id of a waybill on a channel. Two parcels never share it, so a waybill that is
// registered twice is one parcel.
func ParcelID(c Carrier, waybill string) string { return string(c) + ":" + waybill }

// OpenParcel registers a parcel. It announces itself twice: once to be subscribed, once to collect the rows
// that came before anybody knew its number.
func OpenParcel(n NewParcel, now time.Time) (*Parcel, error) {
	if !slices.Contains(Carriers, n.Carrier) {
		return nil, fault.New("validation_failed").Field("carrier").Say("不支持该快递渠道")
	}
	waybill, err := CheckWaybill(n.Carrier, n.Waybill)
	if err != nil {
		return nil, err
	}
	company := CanonicalCompany(n.Company)
	if c := n.Carrier.Company(); c != "" {
		company = c
	}
	if company == "" && n.Carrier != CarrierStandard {
		return nil, fault.New("validation_failed").Field("company").Say("请选择快递公司")
	}
	now = moment(now)
	p := &Parcel{
		Head:    Head{ID: ParcelID(n.Carrier, waybill)},
		Carrier: n.Carrier, Company: company, Waybill: waybill,
		Direction: n.Direction, Contents: slices.Clone(n.Contents), Matters: slices.Clone(n.Matters),
		Sender: n.Sender, Consignee: n.Consignee, PhoneTail: n.PhoneTail,
		CreatedAt: now, SentAt: moment(n.SentAt),
		State: ParcelCreated,
	}
	if n.SentAt.IsZero() || p.SentAt.After(now) {
		p.SentAt = now
	}
	p.StateAt = p.SentAt
	if p.Carrier.Subscribes() {
		p.Subscription.State = SubscriptionPending
		p.Emit(ParcelBound, now, nil)
	}
	p.Emit(ParcelWaybillBound, now, map[string]string{"waybill": waybill})
	p.rest(now)
	return p, nil
}

// Open says that the parcel may still move of its own accord.
func (p *Parcel) Open() bool { return p.ReplacedBy == "" && !p.Abandoned() && !p.State.End() }

// AddMatter puts another matter's papers into the same envelope; only before the courier has it.
func (p *Parcel) AddMatter(no string) error {
	if slices.Contains(p.Matters, no) {
		return nil
	}
	if p.State != ParcelCreated || p.ReplacedBy != "" {
		return fault.New("waybill_in_use").Say("该邮件已寄出，不能再装入其他办件")
	}
	p.Matters = append(p.Matters, no)
	return nil
}

// Correct replaces a mistyped number. The right parcel is a document of its own: the caller inserts it
// first and then calls Correct again inside the update of this one, so a crash between leaves both and the
// same request mends it. Until collected only: after that the number is proven.
func (p *Parcel) Correct(waybill string, by Actor, now time.Time) (*Parcel, error) {
	right, err := OpenParcel(NewParcel{
		Carrier: p.Carrier, Company: p.Company, Waybill: waybill, Direction: p.Direction,
		Contents: p.Contents, Matters: p.Matters, Sender: p.Sender, Consignee: p.Consignee,
		PhoneTail: p.PhoneTail, SentAt: p.SentAt,
	}, now)
	if err != nil {
		return nil, err
	}
	if right.ID == p.ID {
		return nil, fault.New("waybill_invalid").Say("新旧运单号相同")
	}
	if p.ReplacedBy == right.ID {
		return right, nil
	}
	if p.State != ParcelCreated || p.ReplacedBy != "" {
		return nil, fault.New("transition_not_allowed").Say("快递已揽收，不能更改运单号")
	}
	change := WaybillCorrection{From: p.ID, To: right.ID, At: moment(now), By: by}
	p.ReplacedBy = right.ID
	p.Corrections = append(p.Corrections, change)
	right.Corrections = slices.Clone(p.Corrections)
	p.rest(now)
	return right, nil
}

// Owns says whether a row is this parcel's: its own number or that of its return, by the same company. Rows
// that are not stay parked.
func (p *Parcel) Owns(r ParcelRow) bool { return p.owns(r, p.Rows) }

// owns looks for the numbers of returns in the given rows, so that one push may hold the return and its
// first news.
func (p *Parcel) owns(r ParcelRow, known []ParcelRow) bool {
	if r.Channel == CarrierStaff {
		return true
	}
	return p.SameCompany(r.Company) && (r.Waybill == p.Waybill || slices.Contains(p.returnNumbers(known), r.Waybill))
}

// returnNumbers lists the numbers under which rows of the parcel's own say that it comes back.
func (p *Parcel) returnNumbers(rows []ParcelRow) []string {
	var numbers []string
	for _, r := range rows {
		if r.NewWaybill != "" && r.Waybill == p.Waybill && !slices.Contains(numbers, r.NewWaybill) {
			numbers = append(numbers, r.NewWaybill)
		}
	}
	return numbers
}

// SameCompany compares a message's company with the one that the parcel was bound to. A side that names
// none agrees with any; the two names of the post are one.
func (p *Parcel) SameCompany(company string) bool {
	a, b := CanonicalCompany(p.Company), CanonicalCompany(company)
	return a == "" || b == "" || a == b || (isPost(a) && isPost(b))
}

// Mark adds a remark from outside the fold, such as carrier_mismatch; it reports whether it is new.
func (p *Parcel) Mark(mark string) bool {
	var added bool
	p.Marks, added = addSorted(p.Marks, mark)
	return added
}

// Has says whether the parcel carries a flag or a mark.
func (p *Parcel) Has(flag string) bool {
	return slices.Contains(p.Flags, flag) || slices.Contains(p.Marks, flag)
}

// LastFour is what may be shown of a waybill to anyone.
func (p *Parcel) LastFour() string { return p.Waybill[max(0, len(p.Waybill)-4):] }

// addSorted inserts into a sorted set of strings.
func addSorted(set []string, s string) ([]string, bool) {
	i, found := slices.BinarySearch(set, s)
	if found {
		return set, false
	}
	return slices.Insert(slices.Clone(set), i, s), true
}

// CityOf picks the city out of a place as carriers write it: "广东,汕尾市,城区", "广东省汕尾市" and "汕尾市" are
// all "汕尾市". A place without a 市 stays as it is.
func CityOf(place string) string {
	parts := strings.FieldsFunc(place, func(r rune) bool { return r == ',' || r == '，' || r == ' ' })
	for _, part := range parts {
		for _, province := range []string{"省", "自治区"} {
			if i := strings.Index(part, province); i >= 0 {
				part = part[i+len(province):]
			}
		}
		if i := strings.Index(part, "市"); i > 0 {
			return part[:i+len("市")]
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return parts[len(parts)-1]
}

// SameCity compares two places by the city's name; an empty one is like none.
func SameCity(a, b string) bool {
	a, b = strings.TrimSuffix(CityOf(a), "市"), strings.TrimSuffix(CityOf(b), "市")
	return a != "" && a == b
}
