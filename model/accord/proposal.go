package accord

import (
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Kinds of a proposal: what of the catalogue it would change.
const (
	ProposeAdd        = "add"
	ProposeChange     = "change"
	ProposeRemove     = "remove"
	ProposeSituations = "situations"
	ProposeMaterials  = "materials"
	ProposeDays       = "days"
	ProposeModes      = "modes"
)

// ProposalState is where a proposal is.
type ProposalState string

// A proposal is the owner department's to decide, then the other city's to consent to, then the editor's to publish.
const (
	Proposed  ProposalState = "proposed"
	Agreed    ProposalState = "agreed"
	Declined  ProposalState = "declined"
	Consented ProposalState = "consented"
	Refused   ProposalState = "refused"
	Published ProposalState = "published"
)

var proposalNames = map[ProposalState]string{
	Proposed: "待主管部门决定", Agreed: "待对方城市确认", Declined: "主管部门不同意", Consented: "待发布", Refused: "对方城市不同意", Published: "已发布",
}

// Name is the state in Chinese.
func (s ProposalState) Name() string { return proposalNames[s] }

// decideDays is how many working days each side has (assumed).
const decideDays = 10

// Step is one thing that happened to a proposal.
type Step struct {
	At   time.Time  `json:"at"`
	By   string     `json:"by"`
	Role model.Role `json:"role"`
	Org  string     `json:"org,omitempty"`
	What string     `json:"what"`
	Text string     `json:"text,omitempty"`
}

// Proposal asks for another catalogue (事项动态管理): a new item, or a change of one.
type Proposal struct {
	model.Head `json:",inline"`
	Kind       string        `json:"kind"`
	Item       string        `json:"item,omitempty"` // code; none for a new one
	Name       string        `json:"name"`
	Text       string        `json:"text"` // what is to change, and why
	Minor      bool          `json:"minor,omitempty"`
	Region     string        `json:"region"`  // of whoever proposed it
	Org        string        `json:"org"`     // likewise
	Owner      string        `json:"owner"`   // the department that decides
	Partner    string        `json:"partner"` // the other city's organisation, which consents
	State      ProposalState `json:"state"`
	Due        model.Date    `json:"due,omitempty"` // of the next answer
	Version    int           `json:"version,omitempty"`
	Steps      []Step        `json:"steps"`
}

// NewProposal puts a proposal before the owner department. p holds kind, item, name, text, minor, owner and partner.
func NewProposal(id string, p Proposal, by model.Actor, now time.Time, c *model.Calendar) (*Proposal, error) {
	switch {
	case p.Kind != ProposeAdd && p.Item == "":
		return nil, invalid("item_code", "请指明事项")
	case p.Kind == ProposeAdd && p.Item != "":
		return nil, invalid("item_code", "新增事项不填事项编码")
	case p.Minor && p.Kind != ProposeMaterials:
		return nil, invalid("minor", "只有减少材料可以不经对方确认")
	case p.Owner == p.Partner:
		return nil, invalid("partner", "主管部门与对方城市不能是同一单位")
	}
	p.Head, p.State, p.Region, p.Org, p.Steps, p.Version = model.Head{ID: id}, Proposed, by.Region, by.Org, nil, 0
	p.await(now, c)
	p.step(by, "proposed", "", now)
	return &p, nil
}

func (p *Proposal) await(now time.Time, c *model.Calendar) {
	p.Due = c.AddWorkdays(model.DateOf(now), decideDays)
}

func (p *Proposal) step(by model.Actor, what, text string, now time.Time) {
	p.Steps = append(p.Steps, Step{At: moment(now), By: by.ID, Role: by.Role, Org: by.Org, What: what, Text: text})
	p.Emit(KindProposal, moment(now), map[string]string{"what": what})
}

// Decide is the owner department's answer: a lead's, with a reason where it is no.
func (p *Proposal) Decide(by model.Actor, yes bool, note string, now time.Time, c *model.Calendar) error {
	switch {
	case p.State != Proposed:
		return notAllowed(string(p.State), "decide")
	case by.Org != p.Owner:
		return fault.New("wrong_organisation").With("organisation", p.Owner)
	case by.Role != model.RoleReviewer || !by.Lead:
		return fault.New("approval_required")
	case !yes && note == "":
		return fault.New("reason_required").Field("note")
	case !yes:
		p.State, p.Due = Declined, ""
		p.step(by, "declined", note, now)
	case p.Minor: // shortens materials: nobody loses by it, so nobody is asked (§9, assumed)
		p.State, p.Due = Consented, ""
		p.step(by, "consented", note, now)
	default:
		p.State = Agreed
		p.await(now, c)
		p.step(by, "agreed", note, now)
	}
	return nil
}

// Consent is the other city's answer (互认).
func (p *Proposal) Consent(by model.Actor, yes bool, note string, now time.Time) error {
	switch {
	case p.State != Agreed:
		return notAllowed(string(p.State), "consent")
	case by.Org != p.Partner:
		return fault.New("wrong_organisation").With("organisation", p.Partner)
	case !yes && note == "":
		return fault.New("reason_required").Field("note")
	}
	p.Due = ""
	if !yes {
		p.State = Refused
		p.step(by, "refused", note, now)
		return nil
	}
	p.State = Consented
	p.step(by, "consented", note, now)
	return nil
}

// Publish notes that the editor has published the catalogue's version that has it.
func (p *Proposal) Publish(by model.Actor, version int, now time.Time) error {
	if p.State != Consented {
		return notAllowed(string(p.State), "publish")
	}
	p.State, p.Version = Published, version
	p.step(by, "published", "", now)
	return nil
}
