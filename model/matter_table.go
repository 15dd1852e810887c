package model

import "slices"

// Who may come, named as in the table of domain reference §2.
var (
	byOwner    = []Caller{{Door: DoorCitizen, Role: RoleApplicant, Side: SideOwner}, {Door: DoorCitizen, Role: RoleAgent, Side: SideOwner}}
	byMachine  = []Caller{{Door: DoorKiosk, Role: RoleApplicant, Side: SideOwner}, {Door: DoorKiosk, Role: RoleAgent, Side: SideOwner}}
	byMyself   = []Caller{{Door: DoorKiosk, Role: RoleApplicant, Side: SideOwner}}
	byDevice   = []Caller{{Door: DoorKiosk, Role: RoleDevice, Side: SideOutside}}
	byClerk    = []Caller{{Door: DoorCounter, Role: RoleClerk, Side: SideR}}
	byHall     = []Caller{{Door: DoorCounter, Role: RoleClerk, Side: SideHall}}
	byReviewer = []Caller{{Door: DoorDesk, Role: RoleReviewer, Side: SideH}}
	byLead     = []Caller{{Door: DoorDesk, Role: RoleReviewer, Side: SideH, Lead: true}}
	byPeer     = []Caller{{Door: DoorPeer, Role: RolePeer, Side: SidePeer}}
	byCourier  = []Caller{{Door: DoorCourier, Role: RoleCourier, Side: SideOutside}}
	bySystem   = []Caller{{Door: DoorSystem, Role: RoleSystem, Side: SideOutside}}
	byWatch    = []Caller{{Door: DoorSupervise, Role: RoleSupervisor, Side: SideOutside}}

	byOwnerAnywhere = slices.Concat(byOwner, byMachine)
	byDesk          = slices.Concat(byReviewer, byPeer)
)

// Clock effects that several rows share.
var (
	startA   = ClockEffect{ClockAcceptance, ClockStart}
	stopA    = ClockEffect{ClockAcceptance, ClockStop}
	startD   = ClockEffect{ClockDelivery, ClockStart}
	stopD    = ClockEffect{ClockDelivery, ClockStop}
	startF   = ClockEffect{ClockForwarding, ClockStart}
	stopF    = ClockEffect{ClockForwarding, ClockStop}
	startC   = ClockEffect{ClockCorrection, ClockStart}
	stopC    = ClockEffect{ClockCorrection, ClockStop}
	startPS  = []ClockEffect{{ClockPromised, ClockStart}, {ClockStatutory, ClockStart}}
	stopPS   = []ClockEffect{{ClockPromised, ClockStop}, {ClockStatutory, ClockStop}}
	pausePS  = []ClockEffect{{ClockPromised, ClockPause}, {ClockStatutory, ClockPause}}
	resumePS = []ClockEffect{{ClockPromised, ClockResume}, {ClockStatutory, ClockResume}}
	stopAll  = []ClockEffect{stopA, stopF, stopC, {ClockPromised, ClockStop}, {ClockStatutory, ClockStop}, stopD}
)

func clocks(parts ...[]ClockEffect) []ClockEffect { return slices.Concat(parts...) }
func one(e ...ClockEffect) []ClockEffect          { return e }

var (
	onlyWindow = []Mode{ModeWindow}
	awaiting   = []MatterState{MatterAwaitingCorrection, MatterAwaitingSupplement}
	beforeEnd  = []MatterState{MatterDecided, MatterReadyForPickup, MatterDeliveryFailed}
	withParcel = []MatterState{MatterWithdrawn, MatterTerminated} // ENDs whose papers may still be under way
)

// transitions is the table of domain reference §2 and the only place that says what may happen when. An
// event has several rows where its columns differ by state.
var transitions = slices.Concat(startRows, applicantRows, counterRows, parcelRows, deskRows, deliveryRows, endRows)

var startRows = []Transition{
	{Event: EvOpen, To: MatterDraft, Who: slices.Concat(byOwnerAnywhere, byClerk)},
}

var applicantRows = []Transition{
	{Event: EvPutMaterial, From: []MatterState{MatterDraft, MatterAwaitingCorrection, MatterAccepted, MatterAwaitingSupplement},
		Who: slices.Concat(byOwnerAnywhere, byClerk)},
	{Event: EvPutMaterial, From: []MatterState{MatterReceived}, Who: byClerk},
	{Event: EvChangeDelivery, From: []MatterState{MatterDraft, MatterReceived, MatterInTransit, MatterMaterialsLost,
		MatterAwaitingAcceptance, MatterAwaitingCorrection, MatterAccepted, MatterAwaitingSupplement, MatterSuspended,
		MatterDecided, MatterReadyForPickup, MatterDeliveryFailed}, Who: byOwner},
	{Event: EvSubmit, From: []MatterState{MatterDraft}, To: MatterAwaitingAcceptance, Modes: []Mode{ModeOnline, ModeKiosk},
		Who: byOwnerAnywhere, Clocks: one(startA), Notices: []string{"matter_submitted"}},
	{Event: EvIssue, From: []MatterState{MatterDraft}, To: MatterDecided, Modes: []Mode{ModeKiosk}, Who: byMyself,
		Clocks: clocks(one(startA, stopA), startPS, stopPS, one(startD))},
	{Event: EvConfirmPrint, From: []MatterState{MatterDecided}, To: MatterDelivered, Modes: []Mode{ModeKiosk}, Who: byDevice,
		Clocks: one(stopD), Notices: []string{"result_delivered"}},
	{Event: EvSupply, From: []MatterState{MatterAwaitingCorrection}, To: MatterAwaitingAcceptance, Who: byOwnerAnywhere,
		Clocks: one(stopC, startA), Notices: []string{"supplement_supplied"}},
	{Event: EvSupply, From: []MatterState{MatterAwaitingSupplement}, To: MatterAccepted, Who: byOwnerAnywhere,
		Clocks: clocks(one(stopC), resumePS), Notices: []string{"supplement_supplied"}},
}

var counterRows = []Transition{
	{Event: EvTurnBack, From: []MatterState{MatterDraft}, Modes: onlyWindow, Who: byClerk, Notices: []string{"formal_check_failed"}},
	{Event: EvReceive, From: []MatterState{MatterDraft, MatterMaterialsLost}, To: MatterReceived, Modes: onlyWindow,
		Who: byClerk, Clocks: one(startF), Notices: []string{"matter_received"}},
	// C is met and F starts once everything that was asked for is there (settleAsked), which one visit need
	// not bring about.
	{Event: EvReceiveMore, From: awaiting, Who: byClerk, Notices: []string{"matter_received"}},
	{Event: EvForwardMail, From: []MatterState{MatterReceived}, To: MatterInTransit, Modes: onlyWindow, Who: byClerk,
		Clocks: one(stopF), Notices: []string{"matter_forwarded"}},
	{Event: EvForwardMail, From: awaiting, Who: byClerk, Clocks: one(stopF), Notices: []string{"matter_forwarded"}},
	{Event: EvForwardNetwork, From: []MatterState{MatterReceived, MatterMaterialsLost}, To: MatterAwaitingAcceptance,
		Modes: onlyWindow, Who: byClerk, Clocks: one(stopF, startA), Notices: []string{"materials_arrived"}},
	{Event: EvForwardNetwork, From: []MatterState{MatterAwaitingCorrection}, To: MatterAwaitingAcceptance, Who: byClerk,
		Clocks: one(stopF, stopC, startA), Notices: []string{"materials_arrived"}},
	{Event: EvForwardNetwork, From: []MatterState{MatterAwaitingSupplement}, To: MatterAccepted, Who: byClerk,
		Clocks: clocks(one(stopF, stopC), resumePS), Notices: []string{"materials_arrived"}},
}

var byArrival = slices.Concat(byCourier, byReviewer, byPeer)

var parcelRows = []Transition{
	{Event: EvArrive, From: []MatterState{MatterInTransit, MatterMaterialsLost}, To: MatterAwaitingAcceptance,
		Modes: onlyWindow, Who: byArrival, Clocks: one(startA), Notices: []string{"materials_arrived"}},
	{Event: EvArrive, From: []MatterState{MatterAwaitingCorrection}, To: MatterAwaitingAcceptance, Who: byArrival,
		Clocks: one(stopC, startA), Notices: []string{"materials_arrived"}},
	{Event: EvArrive, From: []MatterState{MatterAwaitingSupplement}, To: MatterAccepted, Who: byArrival,
		Clocks: clocks(one(stopC), resumePS), Notices: []string{"materials_arrived"}},
	{Event: EvArrive, From: withParcel, Who: byArrival},
	{Event: EvBounce, From: []MatterState{MatterInTransit}, To: MatterReceived, Modes: onlyWindow,
		Who: slices.Concat(byCourier, byClerk), Clocks: one(startF), Notices: []string{"materials_bounced"}},
	{Event: EvBounce, From: awaiting, Who: slices.Concat(byCourier, byClerk), Clocks: one(startF), Notices: []string{"materials_bounced"}},
	{Event: EvBounce, From: withParcel, Who: slices.Concat(byCourier, byClerk), Notices: []string{"materials_bounced"}},
	{Event: EvLose, From: []MatterState{MatterInTransit}, To: MatterMaterialsLost, Modes: onlyWindow,
		Who: slices.Concat(byClerk, byWatch), Notices: []string{"materials_lost"}, Also: []string{AlsoTicket}},
	{Event: EvLose, From: awaiting, Who: slices.Concat(byClerk, byWatch), Clocks: one(startC),
		Notices: []string{"materials_lost"}, Also: []string{AlsoTicket}},
	{Event: EvLose, From: withParcel, Who: slices.Concat(byClerk, byWatch),
		Notices: []string{"materials_lost"}, Also: []string{AlsoTicket}},
}

var deskRows = []Transition{
	{Event: EvAccept, From: []MatterState{MatterAwaitingAcceptance}, To: MatterAccepted, Who: byDesk,
		Clocks: clocks(one(stopA), startPS), Notices: []string{"matter_accepted"}},
	{Event: EvDeemAccept, From: []MatterState{MatterAwaitingAcceptance}, To: MatterAccepted, Who: bySystem,
		Clocks: clocks(one(stopA), startPS), Notices: []string{"matter_deemed_accepted"}, Also: []string{AlsoSignal}},
	{Event: EvRefuse, From: []MatterState{MatterAwaitingAcceptance}, To: MatterRefused, Who: byDesk,
		Clocks: one(stopA), Notices: []string{"matter_refused"}},
	{Event: EvReassign, From: []MatterState{MatterAwaitingAcceptance}, Who: byLead},
	{Event: EvRequestSupplement, From: []MatterState{MatterAwaitingAcceptance}, To: MatterAwaitingCorrection, Who: byDesk,
		Clocks: one(stopA, startC), Notices: []string{"supplement_requested"}},
	{Event: EvRequestSupplement, From: []MatterState{MatterAccepted}, To: MatterAwaitingSupplement, Who: byDesk,
		Clocks: clocks(pausePS, one(startC)), Notices: []string{"supplement_requested"}},
	{Event: EvSuspend, From: []MatterState{MatterAccepted}, To: MatterSuspended, Who: byDesk, Clocks: pausePS,
		Notices: []string{"matter_suspended"}},
	{Event: EvResume, From: []MatterState{MatterSuspended}, To: MatterAccepted, Who: byDesk, Clocks: resumePS,
		Notices: []string{"matter_resumed"}},
	{Event: EvExtend, From: []MatterState{MatterAccepted}, Who: slices.Concat(byLead, byPeer),
		Clocks: one(ClockEffect{ClockPromised, ClockExtend}, ClockEffect{ClockStatutory, ClockExtend}), Notices: []string{"matter_extended"}},
	{Event: EvDecide, From: []MatterState{MatterAccepted}, To: MatterDecided, Who: byDesk,
		Clocks: clocks(stopPS, one(startD)), Notices: []string{"matter_decided"}},
	{Event: EvRevokeDecision, From: []MatterState{MatterDecided}, To: MatterAccepted, Who: byLead,
		Clocks:  one(ClockEffect{ClockDelivery, ClockCancel}, ClockEffect{ClockPromised, ClockRevive}, ClockEffect{ClockStatutory, ClockRevive}),
		Notices: []string{"decision_revoked"}},
}

var deliveryRows = []Transition{
	{Event: EvDispatchMail, From: beforeEnd, To: MatterDispatched, Who: byDesk, Clocks: one(stopD), Notices: []string{"result_dispatched"}},
	{Event: EvDispatchElectronic, From: []MatterState{MatterDecided}, To: MatterDelivered, Who: slices.Concat(byDesk, bySystem),
		Clocks: one(stopD), Notices: []string{"result_delivered"}},
	{Event: EvDispatchElectronic, From: []MatterState{MatterReadyForPickup, MatterDeliveryFailed}, To: MatterDelivered, Who: byDesk,
		Clocks: one(stopD), Notices: []string{"result_delivered"}},
	{Event: EvOfferPickup, From: []MatterState{MatterDecided, MatterDeliveryFailed}, To: MatterReadyForPickup, Who: byDesk,
		Clocks: one(stopD), Notices: []string{"result_ready"}},
	{Event: EvReachHall, From: []MatterState{MatterDispatched}, To: MatterReadyForPickup, Who: slices.Concat(byCourier, byHall),
		Notices: []string{"result_ready"}},
	{Event: EvDeliver, From: []MatterState{MatterDispatched, MatterDeliveryFailed}, To: MatterDelivered, Who: byArrival,
		Notices: []string{"result_delivered"}},
	{Event: EvPickUp, From: []MatterState{MatterReadyForPickup}, To: MatterDelivered, Who: slices.Concat(byHall, byReviewer),
		Notices: []string{"result_delivered"}},
	{Event: EvFailDelivery, From: []MatterState{MatterDispatched}, To: MatterDeliveryFailed, Who: byArrival,
		Notices: []string{"delivery_failed"}},
	{Event: EvDisputeDelivery, From: []MatterState{MatterDelivered}, To: MatterDeliveryFailed, Who: byOwner,
		Notices: []string{"staff_delivery_disputed"}, Also: []string{AlsoTicket}},
}

var endRows = []Transition{
	{Event: EvExpire, From: []MatterState{MatterDraft}, To: MatterLapsed, Who: bySystem, Notices: []string{"draft_expired"}},
	{Event: EvExpire, From: []MatterState{MatterAwaitingCorrection}, To: MatterLapsed, Who: bySystem, Clocks: one(stopC),
		Notices: []string{"supplement_lapsed"}},
	{Event: EvExpire, From: []MatterState{MatterAwaitingSupplement}, To: MatterAccepted, Who: bySystem,
		Clocks: clocks(one(stopC), resumePS), Notices: []string{"supplement_lapsed"}},
	{Event: EvExpire, From: []MatterState{MatterReadyForPickup, MatterDeliveryFailed}, To: MatterClosed, Who: bySystem,
		Notices: []string{"result_unclaimed"}},
	{Event: EvClose, From: []MatterState{MatterDelivered}, To: MatterClosed, Who: slices.Concat(bySystem, byOwner),
		Notices: []string{"review_invited"}},
	{Event: EvWithdraw, From: []MatterState{MatterDraft, MatterReceived, MatterInTransit, MatterMaterialsLost,
		MatterAwaitingAcceptance, MatterAwaitingCorrection, MatterAccepted, MatterAwaitingSupplement, MatterSuspended},
		To: MatterWithdrawn, Who: slices.Concat(byOwner, byClerk), Clocks: stopAll, Notices: []string{"matter_withdrawn"}},
	{Event: EvTerminate, From: []MatterState{MatterAwaitingAcceptance, MatterAwaitingCorrection, MatterAccepted,
		MatterAwaitingSupplement, MatterSuspended}, To: MatterTerminated, Who: slices.Concat(byLead, byPeer), Clocks: stopAll,
		Notices: []string{"matter_terminated"}},
	{Event: EvReopen, From: []MatterState{MatterRefused, MatterLapsed}, To: MatterAwaitingAcceptance, Who: byLead,
		Clocks: one(startA), Notices: []string{"matter_reopened"}},
	{Event: EvReturnPapers, From: []MatterState{MatterClosed, MatterRefused, MatterWithdrawn, MatterLapsed, MatterTerminated},
		Who: slices.Concat(byReviewer, byClerk), Notices: []string{"papers_returned"}},
}

// byState finds the row of an event in a state; open stands under the empty state.
var byState = indexTransitions(transitions)

func indexTransitions(rows []Transition) map[MatterEvent]map[MatterState]*Transition {
	index := map[MatterEvent]map[MatterState]*Transition{}
	for i := range rows {
		t := &rows[i]
		if index[t.Event] == nil {
			index[t.Event] = map[MatterState]*Transition{}
		}
		if t.From == nil {
			index[t.Event][""] = t
		}
		for _, from := range t.From {
			if index[t.Event][from] != nil {
				panic("model: two rows for " + string(t.Event) + " in " + string(from))
			}
			index[t.Event][from] = t
		}
	}
	return index
}

// known holds who may send an event in some state.
var known = indexCallers(transitions)

type knock struct {
	event MatterEvent
	door  Door
	role  Role
}

func indexCallers(rows []Transition) map[knock]bool {
	index := map[knock]bool{}
	for _, t := range rows {
		for _, c := range t.Who {
			index[knock{t.Event, c.Door, c.Role}] = true
		}
	}
	return index
}

// offered lists what the table lets a caller of a door and role send in a state, in the order of MatterEvents.
var offered = indexOffers(byState)

type visit struct {
	state MatterState
	door  Door
	role  Role
}

func indexOffers(rows map[MatterEvent]map[MatterState]*Transition) map[visit][]MatterEvent {
	index := map[visit][]MatterEvent{}
	for _, e := range MatterEvents {
		for from, t := range rows[e] {
			for _, c := range t.Who {
				if v := (visit{from, c.Door, c.Role}); from != "" && !slices.Contains(index[v], e) {
					index[v] = append(index[v], e)
				}
			}
		}
	}
	return index
}

// Transitions lists the table's rows, for documentation. The rows are shared: read only.
func Transitions() []Transition { return slices.Clone(transitions) }

// TransitionOf finds the row of an event in a state, for handlers that ask what it tells whom.
func TransitionOf(e MatterEvent, from MatterState) (Transition, bool) {
	t := byState[e][from]
	if t == nil {
		return Transition{}, false
	}
	return *t, true
}
