package model

import (
	"strconv"
	"strings"
	"time"

	"kuacheng/model/fault"
)

// rules holds what each event asks for and does beyond its row; open is OpenMatter's.
var rules = map[MatterEvent]rule{
	EvPutMaterial:    {can: canPutMaterial, check: checkPutMaterial, do: doPutMaterial},
	EvChangeDelivery: {check: checkChangeDelivery, do: doChangeDelivery},
	EvSubmit:         {can: canSubmit, check: checkSubmit, do: doSubmit},
	EvIssue:          {can: canIssue, check: checkIssue, do: doIssue},
	EvConfirmPrint:   {can: canConfirmPrint, check: checkConfirmPrint, do: doConfirmPrint},
	EvSupply:         {can: canSupply, check: checkSupply},

	EvTurnBack:       {check: checkTurnBack, do: doTurnBack},
	EvReceive:        {check: checkReceive, do: doReceive},
	EvReceiveMore:    {can: canReceiveMore, check: checkReceiveMore, do: doReceiveMore},
	EvForwardMail:    {can: canForward, check: checkForwardMail, do: doForwardMail},
	EvForwardNetwork: {can: canForwardNetwork, check: checkForwardNetwork, do: doForwardNetwork},
	EvArrive:         {can: canFinishMaterials, check: checkArrive, do: doArrive},
	EvBounce:         {can: canFinishMaterials, check: checkMaterialsParcel, do: doBounce},
	EvLose:           {can: canLose, check: checkLose, do: doLose},

	EvAccept:            {check: checkAccept, do: doAccept},
	EvDeemAccept:        {check: checkDeemAccept, do: doDeemAccept},
	EvRefuse:            {check: checkRefuse, do: doRefuse},
	EvReassign:          {check: checkReassign, do: doReassign},
	EvRequestSupplement: {can: canRequestSupplement, check: checkRequestSupplement, do: doRequestSupplement},
	EvSuspend:           {can: canSuspend, check: checkSuspend, do: doSuspend},
	EvResume:            {check: checkResume, do: doResume},
	EvExtend:            {can: canExtend, check: checkExtend, do: doExtend},
	EvDecide:            {can: canDecide, check: checkDecide, do: doDecide},
	EvRevokeDecision:    {can: canRevoke, check: needReason, do: doRevoke},

	EvDispatchMail:       {can: canDispatchMail, check: checkDispatchMail, do: doDispatchMail},
	EvDispatchElectronic: {can: canDispatchElectronic, check: checkDispatchElectronic, do: doDispatchElectronic},
	EvOfferPickup:        {check: checkOfferPickup, do: doOfferPickup},
	EvReachHall:          {can: canReachHall, check: checkResultParcel, do: doReachHall},
	EvDeliver:            {can: canDeliver, check: checkDeliver, do: doDeliver},
	EvPickUp:             {can: canPickUp, check: checkPickUp, do: doPickUp},
	EvFailDelivery:       {can: canFailDelivery, check: checkResultParcel, do: doFailDelivery},
	EvDisputeDelivery:    {can: canDispute, check: checkDispute, do: doDispute},

	EvClose:        {check: checkClose, do: doClose},
	EvExpire:       {check: checkExpire, do: doExpire},
	EvWithdraw:     {can: canWithdraw, check: checkWithdraw},
	EvTerminate:    {check: checkTerminate, do: doTerminate},
	EvReopen:       {can: canReopen, check: checkReopen, do: doReopen},
	EvReturnPapers: {can: canReturnPapers, check: checkReturnPapers, do: doReturnPapers},
}

// data is what a trail entry keeps of the facts: what decides responsibility, and no personal datum.
func (s *Step) data() map[string]string {
	f, out := s.Facts, map[string]string{}
	put := func(k, v string) {
		if v != "" {
			out[k] = v
		}
	}
	put("material", f.Material)
	if f.File != nil {
		put("sha256", f.File.SHA256)
	}
	if f.Licence != nil {
		put("licence", f.Licence.ID)
	}
	if f.Share {
		put("share", "asked")
	}
	if f.Delivery != nil {
		put("method", string(f.Delivery.Method))
	}
	put("serial", f.Serial)
	if f.Result != nil {
		put("result_sha256", f.Result.SHA256)
	}
	put("identity", f.Identity.Method)
	put("materials", strings.Join(f.Materials, ","))
	put("checks", checksText(f.Checks))
	put("parcel", f.Parcel)
	put("carrier", f.Carrier)
	put("waybill", f.Waybill)
	put("signed_by", string(f.SignedBy))
	put("lacking", lackingText(f.Lacking))
	put("reason", f.Reason)
	put("law", f.Law)
	put("organ", f.Organ)
	put("org", f.Org)
	put("asks", asksText(f.Asks))
	put("note", f.Note)
	put("kind", f.Kind)
	if f.Days != 0 {
		put("days", strconv.Itoa(f.Days))
	}
	put("outcome", f.Outcome)
	if f.Hall != nil {
		put("hall", f.Hall.ID)
	}
	if s.done.After(s.Now) {
		put("done_at", s.done.In(Beijing).Format(time.RFC3339))
	}
	return out
}

func checksText(checks []MaterialCheck) string {
	parts := make([]string, 0, len(checks))
	for _, c := range checks {
		p := c.Material + "=no"
		if c.OK {
			p = c.Material + "=ok"
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, ",")
}

func lackingText(lacking []Lacking) string {
	parts := make([]string, 0, len(lacking))
	for _, l := range lacking {
		parts = append(parts, l.Code+"="+string(l.Until))
	}
	return strings.Join(parts, ",")
}

func asksText(asks []Ask) string {
	parts := make([]string, 0, len(asks))
	for _, a := range asks {
		p := a.Code
		if a.Paper {
			p += "=paper"
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, ",")
}

// needReason: some events are nobody's right without saying why.
func needReason(_ *Matter, s *Step, _ Env) error {
	if strings.TrimSpace(s.Why) == "" {
		return fault.New("reason_required").Field("reason")
	}
	return nil
}

// agentMay checks that an agent's authorisation names the act and has not ended.
func (m *Matter) agentMay(act string, a Actor) error {
	if a.Role != RoleAgent {
		return nil
	}
	if m.Authorisation == nil || !m.Authorisation.names(act) {
		return fault.New("authorisation_required").With("act", act)
	}
	return nil
}

// agentStill checks the last day of an agent's authorisation.
func (m *Matter) agentStill(s *Step) error {
	if s.Actor.Role == RoleAgent && m.Authorisation != nil && m.Authorisation.Until != "" && DateOf(s.Now) > m.Authorisation.Until {
		return fault.New("authorisation_required").Say("授权委托已到期，请重新提供授权").With("until", m.Authorisation.Until)
	}
	return nil
}

func (a *MatterAuthorisation) names(act string) bool {
	for _, x := range a.Acts {
		if x == act {
			return true
		}
	}
	return false
}

// over reports whether a number of calendar days after a moment has passed, the last one to its 24:00.
func over(since time.Time, days int, now time.Time) bool { return dayOf(now) > dayOf(since)+day(days) }
