package model

import (
	"slices"

	"kuacheng/model/fault"
)

// Item kinds, types, levels and subjects, as in the catalogue's legend.
const (
	ItemInstant  = "instant"  // 即办件
	ItemPromised = "promised" // 承诺件

	SubjectNatural = "natural" // 自然人
	SubjectLegal   = "legal"   // 法人或其他组织
	SubjectBoth    = "both"
)

// DeliveryMethod is how a result reaches the applicant (送达).
type DeliveryMethod string

const (
	DeliverMail       DeliveryMethod = "mail"
	DeliverElectronic DeliveryMethod = "electronic"
	DeliverPickup     DeliveryMethod = "pickup"
)

// Item is one version of a service of one department, with its standard (事项). A published version never
// changes; a matter keeps the version that it was started under (一事项一标准).
type Item struct {
	Code            string           `json:"code"` // SW-<department>-<4 digits>
	Version         int              `json:"version"`
	GovCode         string           `json:"gov_code,omitempty"` // 实施编码 (31 characters), where the city has it
	Name            string           `json:"name"`
	Short           string           `json:"short"`
	Aliases         []string         `json:"aliases"`
	Department      string           `json:"department"`
	Level           string           `json:"level"` // city, county, both
	HandlingRegions []string         `json:"handling_regions"`
	Kind            string           `json:"kind"` // permit, confirmation, benefit, service, other
	Subject         string           `json:"subject"`
	ItemType        string           `json:"item_type"`
	StatutoryDays   int              `json:"statutory_days"` // working days
	PromisedDays    int              `json:"promised_days"`  // working days; 0 = within the same working day
	Modes           []Mode           `json:"modes"`
	FeeFen          int64            `json:"fee_fen"`
	FeeNote         string           `json:"fee_note,omitempty"`
	Visits          int              `json:"visits"` // trips that it takes without 跨城通办
	Hot             int              `json:"hot"`    // rank, 1 = most frequent
	Result          ItemResult       `json:"result"`
	Deliveries      []DeliveryMethod `json:"deliveries"`
	Situations      []Situation      `json:"situations"`
	Settings        ItemSettings     `json:"settings"`
}

// ItemResult is what a granted matter ends in.
type ItemResult struct {
	Kind     string `json:"kind"` // licence, certificate, reply
	Name     string `json:"name"`
	Licence  string `json:"licence,omitempty"`
	Validity string `json:"validity"` // permanent, none, or an ISO 8601 period from the day of issue
}

// Situation is a case of an item that fixes the exact list of materials (一事项多情形).
type Situation struct {
	Code      string        `json:"code"` // item code + -01 …
	Name      string        `json:"name"`
	Materials []Requirement `json:"materials"`
}

// Original says what becomes of the paper original of a material at a window.
type Original string

const (
	OriginalShown Original = "shown" // looked at and handed back; never posted
	OriginalKept  Original = "kept"  // goes on with the file
	OriginalNone  Original = "none"
)

// Requirement is what a situation asks for of one material. The second half is the normalised material's and
// is filled in when the version is published, so that a version stands alone.
type Requirement struct {
	Code      string   `json:"code"`
	Required  bool     `json:"required"`
	When      string   `json:"when,omitempty"` // the case in which an optional one is needed, for people
	Originals int      `json:"originals"`
	Copies    int      `json:"copies"`
	Original  Original `json:"original,omitempty"`
	Licence   string   `json:"licence,omitempty"` // an electronic licence of this kind will do
	Sharing   bool     `json:"sharing,omitempty"` // the department can get it by data sharing
	Lackable  bool     `json:"lackable,omitempty"`

	Name     string   `json:"name,omitempty"`
	Category string   `json:"category,omitempty"`
	Forms    []string `json:"forms,omitempty"` // original, copy, electronic
	Formats  []string `json:"formats,omitempty"`
	MaxMiB   int      `json:"max_mib,omitempty"`
	Holder   string   `json:"holder,omitempty"`
	Source   string   `json:"sharing_source,omitempty"` // the register in which it is found
	Validity Validity `json:"validity,omitzero"`
	Checks   []string `json:"checks,omitempty"` // what a clerk looks at in the formal check
}

// Validity is how old a material may be.
type Validity struct {
	Rule string `json:"rule,omitempty"` // none, unexpired, within_days
	Days int    `json:"days,omitempty"` // calendar days
}

// Material is one normalised material (规范化材料): one paper, one code, one rule, in whatever item asks for it.
type Material struct {
	Code          string   `json:"code"`
	Name          string   `json:"name"`
	Category      string   `json:"category"`
	Forms         []string `json:"forms"`
	Original      Original `json:"original"`
	Formats       []string `json:"formats"`
	MaxMiB        int      `json:"max_mib"`
	Sources       []string `json:"sources"`
	Holder        string   `json:"holder"`
	Licence       string   `json:"licence,omitempty"`
	SharingSource string   `json:"sharing_source,omitempty"`
	Validity      Validity `json:"validity"`
	Checks        []string `json:"checks"`
}

// Licence is a kind of electronic licence (电子证照).
type Licence struct {
	Code     string         `json:"code"`
	Name     string         `json:"name"`
	Issuer   string         `json:"issuer"`
	Subject  string         `json:"subject"`
	Validity string         `json:"validity"` // permanent or printed
	Fields   []LicenceField `json:"fields"`
}

// LicenceField is one datum of a licence.
type LicenceField struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Type string `json:"type"`
	Seal bool   `json:"seal,omitempty"` // personal: sealed at rest, masked in lists
}

// SupplementPauses says which clocks a supplement after acceptance stops.
const (
	PausesBoth     = "both"
	PausesPromised = "promised_only"
)

// Procedures are the special procedures of 行政许可法 第四十五条.
var Procedures = []string{"hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"}

// ItemSettings are the special settings of an item. The zero value means the defaults, which the methods of
// Item of the same names answer; nothing reads the fields directly.
type ItemSettings struct {
	CorrectionDays    int      `json:"correction_days,omitempty"`   // 5–30 working days, default 10
	SupplementPauses  string   `json:"supplement_pauses,omitempty"` // default both
	SpecialProcedures []string `json:"special_procedures"`          // nil: all eight of 第四十五条; empty: none
	TwoStep           bool     `json:"two_step,omitempty"`          // only a lead decides
	SingleLive        bool     `json:"single_live,omitempty"`       // one live matter per applicant and situation
	Joint             bool     `json:"joint,omitempty"`             // 联合办理: extension up to 15 working days
	CopiesSuffice     bool     `json:"copies_suffice,omitempty"`    // scans may be forwarded by network though an original is kept
	RetentionYears    int      `json:"retention_years,omitempty"`   // default 10
}

// CorrectionDays is the length of the correction clock in working days.
func (it *Item) CorrectionDays() int {
	if it.Settings.CorrectionDays == 0 {
		return 10
	}
	return it.Settings.CorrectionDays
}

// SupplementPauses says which clocks stop while a supplement is awaited after acceptance.
func (it *Item) SupplementPauses() string {
	if it.Settings.SupplementPauses == "" {
		return PausesBoth
	}
	return it.Settings.SupplementPauses
}

// Procedures lists the special procedures that may suspend a matter of this item. An instant item has none
// unless it says so.
func (it *Item) Procedures() []string {
	if it.Settings.SpecialProcedures != nil {
		return it.Settings.SpecialProcedures
	}
	if it.Instant() {
		return nil
	}
	return Procedures
}

// ExtensionLimit is the most working days that 第四十二条 allows an extension to add.
func (it *Item) ExtensionLimit() int {
	if it.Settings.Joint {
		return 15
	}
	return 10
}

// RetentionYears is how long a decided matter is kept.
func (it *Item) RetentionYears() int {
	if it.Settings.RetentionYears == 0 {
		return 10
	}
	return it.Settings.RetentionYears
}

// Instant reports a 即办件: decided the same or the next working day, at a kiosk by rule.
func (it *Item) Instant() bool { return it.ItemType == ItemInstant }

// Offers reports whether the item is offered in a mode.
func (it *Item) Offers(m Mode) bool { return slices.Contains(it.Modes, m) }

func (it *Item) offersAny(modes []Mode) bool { return slices.ContainsFunc(modes, it.Offers) }

// Delivers reports whether the result can be sent this way.
func (it *Item) Delivers(d DeliveryMethod) bool { return slices.Contains(it.Deliveries, d) }

// HandledIn reports whether the department of this very region decides the item.
func (it *Item) HandledIn(region string) bool { return slices.Contains(it.HandlingRegions, region) }

// ServesSubject reports whether an applicant of the kind natural or legal can apply.
func (it *Item) ServesSubject(kind string) bool {
	return it.Subject == SubjectBoth || it.Subject == kind
}

// Situation finds a situation by its code.
func (it *Item) Situation(code string) (Situation, bool) {
	for _, s := range it.Situations {
		if s.Code == code {
			return s, true
		}
	}
	return Situation{}, false
}

// CheckMatter refuses a matter that this version does not offer: 409 item_not_offered, mode_not_offered.
// Whether the pair is live is Zone's to say.
func (it *Item) CheckMatter(situation string, mode Mode, handlingRegion string) (Situation, error) {
	s, ok := it.Situation(situation)
	if !ok {
		return Situation{}, fault.New("item_not_offered").Say("该事项没有这种情形").With("situation", situation)
	}
	if !it.HandledIn(handlingRegion) {
		return Situation{}, fault.New("item_not_offered").With("handling_regions", it.HandlingRegions)
	}
	if !it.Offers(mode) {
		return Situation{}, fault.New("mode_not_offered").With("mode", mode).With("modes", it.Modes)
	}
	return s, nil
}

// Material finds what a situation asks for of one material.
func (s Situation) Material(code string) (Requirement, bool) {
	for _, m := range s.Materials {
		if m.Code == code {
			return m, true
		}
	}
	return Requirement{}, false
}

// Required lists the codes without which a file is not complete.
func (s Situation) Required() []string {
	var out []string
	for _, m := range s.Materials {
		if m.Required {
			out = append(out, m.Code)
		}
	}
	return out
}

// TakesCopies reports whether scans are enough, so that the file can be forwarded by network: no required
// original is kept, or the item says that copies suffice.
func (it *Item) TakesCopies(s Situation) bool {
	return it.Settings.CopiesSuffice || !slices.ContainsFunc(s.Materials, func(m Requirement) bool {
		return m.Required && m.Original == OriginalKept && m.Originals > 0 && !slices.Contains(m.Forms, "electronic")
	})
}
