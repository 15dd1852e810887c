package model

import (
	"slices"
	"strconv"
	"time"

	"kuacheng/model/fault"
)

// MatterOpening is what it takes to start a matter.
type MatterOpening struct {
	No    string // MakeMatterNo's
	Actor Actor
	Now   time.Time
	Cause string

	Applicant     string
	Verified      bool // identity_level ≥ 1
	Agent         string
	Authorisation *MatterAuthorisation // nil: the agent holds none that covers the item

	Zone      Zone // of the pair, today
	Item      *Item
	Situation string
	Mode      Mode
	From, To  string
	ROrg      string // receives for From
	HOrg      string // the item's department in To
	Delivery  MatterDelivery

	Peer             *MatterPeer // the handling city's own system, which then speaks for H
	AcceptanceStarts string
	Duplicates       []string // live matters of the same applicant, item and situation: allowed, but flagged
}

// OpenMatter starts a draft (event open). It refuses, in this order: door and role, organisation, what pair,
// item and mode offer, who the applicant is, what the agent may, the delivery.
func OpenMatter(o MatterOpening, env Env) (*Matter, error) {
	side, err := o.admit()
	if err != nil {
		return nil, err
	}
	if err := o.Zone.Admit(o.Mode); err != nil {
		return nil, err
	}
	situation, err := o.Item.CheckMatter(o.Situation, o.Mode, o.To)
	if err != nil {
		return nil, err
	}
	item := ItemSnapshot(o.Item, situation)
	if err := o.checkPeople(item); err != nil {
		return nil, err
	}
	if o.ROrg == "" || o.HOrg == "" || o.ROrg == o.HOrg {
		return nil, fault.New("separation_of_duties").Say("收件单位与办理单位不能相同（受审分离）")
	}
	now := o.Now.UTC().Truncate(time.Millisecond)
	m := &Matter{
		Head: Head{ID: o.No}, Applicant: o.Applicant, Agent: o.Agent, Authorisation: o.Authorisation, Item: item,
		Situation: MatterSituation{Code: situation.Code, Name: situation.Name}, Mode: o.Mode, From: o.From, To: o.To,
		ROrg: o.ROrg, HOrg: o.HOrg, Peer: o.Peer, PeerOwned: o.Peer != nil, AcceptanceStarts: o.AcceptanceStarts, State: MatterDraft,
		Materials: materialsOf(situation), Delivery: o.Delivery, Papers: []Place{PapersApplicant},
		Times: MatterTimes{Opened: now, Changed: now, Entered: now}, Duplicates: slices.Clone(o.Duplicates), Light: LightNone,
	}
	m.record(TrailEntry{
		At: now, By: o.Actor.ID, Role: o.Actor.Role, Door: o.Actor.Door, Org: o.Actor.Org, Region: o.Actor.Region,
		Side: side, Event: string(EvOpen), To: MatterDraft, Cause: o.Cause,
		Data: map[string]string{"item": item.Code, "version": strconv.Itoa(item.Version), "situation": situation.Code,
			"mode": string(o.Mode), "r_org": o.ROrg, "h_org": o.HOrg},
	})
	// No event goes out: nothing elsewhere follows from a draft.
	m.refresh(now, env)
	return m, nil
}

func (o MatterOpening) admit() (Side, error) {
	if !knows(EvOpen, o.Actor) {
		return "", fault.New("forbidden")
	}
	if o.Actor.Door != DoorCounter {
		return SideOwner, nil
	}
	if o.Actor.Org != o.ROrg {
		return "", fault.New("wrong_organisation").With("organisation", o.ROrg)
	}
	return SideR, nil
}

func (o MatterOpening) checkPeople(item MatterItem) error {
	switch {
	case !o.Verified:
		return fault.New("identity_required")
	case o.Actor.Role == RoleAgent && o.Agent == "", o.Agent != "" && o.Authorisation == nil:
		return fault.New("authorisation_required")
	case o.Agent != "" && o.Authorisation.Until != "" && DateOf(o.Now) > o.Authorisation.Until:
		return fault.New("authorisation_required").Say("授权委托已到期，请重新提供授权")
	}
	return item.checkDelivery(o.Delivery)
}

func materialsOf(s Situation) []MatterMaterial {
	out := make([]MatterMaterial, 0, len(s.Materials))
	for _, r := range s.Materials {
		out = append(out, MatterMaterial{
			Code: r.Code, Name: r.Name, Required: r.Required, When: r.When, Lackable: r.Lackable, Original: r.Original,
			Originals: r.Originals, Copies: r.Copies, Kind: r.Licence, Formats: slices.Clone(r.Formats), MaxMiB: r.MaxMiB,
			Checks: slices.Clone(r.Checks), State: MaterialMissing, Holder: r.Holder,
		})
		if r.Sharing {
			out[len(out)-1].Source = r.Source
		}
	}
	return out
}
