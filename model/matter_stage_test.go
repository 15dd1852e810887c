package model_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kuacheng/model"
)

// The people and machines of the tests, named for what they are to the sample matter: 深圳 receives, 汕尾's
// 人社局 handles.
var (
	citizen      = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "ap-1"}
	agent        = model.Actor{Door: model.DoorCitizen, Role: model.RoleAgent, ID: "ap-2"}
	atMachine    = model.Actor{Door: model.DoorKiosk, Role: model.RoleApplicant, ID: "ap-1", Region: "440300"}
	agentMachine = model.Actor{Door: model.DoorKiosk, Role: model.RoleAgent, ID: "ap-2", Region: "440300"}
	stranger     = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "ap-9"}
	clerk        = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk", Org: "440300-ZS", Region: "440300", Hall: "hall-sz"}
	otherClerk   = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk-b", Org: "440300-QT", Region: "440300", Hall: "hall-sz-2"}
	homeClerk    = model.Actor{Door: model.DoorCounter, Role: model.RoleClerk, ID: "clerk-sw", Org: "441500-ZS", Region: "441500", Hall: "hall-sw"}
	reviewer     = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "rev", Org: "441500-RS", Region: "441500"}
	lead         = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "lead", Org: "441500-RS", Region: "441500", Lead: true}
	otherLead    = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "lead-ga", Org: "441500-GA", Region: "441500", Lead: true}
	peer         = model.Actor{Door: model.DoorPeer, Role: model.RolePeer, ID: "441500", Region: "441500"}
	otherPeer    = model.Actor{Door: model.DoorPeer, Role: model.RolePeer, ID: "440300", Region: "440300"}
	courier      = model.Actor{Door: model.DoorCourier, Role: model.RoleCourier, ID: "sf"}
	supervisor   = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "sup", Region: "441500"}
	admin        = model.Actor{Door: model.DoorSupervise, Role: model.RoleAdmin, ID: "admin"}
	device       = model.Actor{Door: model.DoorKiosk, Role: model.RoleDevice, ID: "kiosk-1", Region: "440300"}

	everyone = []model.Actor{
		citizen, agent, atMachine, agentMachine, stranger, clerk, otherClerk, homeClerk, reviewer, lead, otherLead, peer,
		otherPeer, courier, supervisor, admin, device, model.System,
	}
	hallSZ = &model.HallRef{ID: "hall-sz", Org: "440300-ZS", Region: "440300"}
	hallSW = &model.HallRef{ID: "hall-sw", Org: "441500-ZS", Region: "441500"}
)

func address() *model.SealedAddress {
	return &model.SealedAddress{Name: "k1:n", Phone: "k1:p", Region: "440305", Detail: "k1:d", Masked: "广东省深圳市****"}
}

func sampleItem(edit ...func(*model.Item)) *model.Item {
	it := &model.Item{
		Code: "SW-RS-0001", Version: 3, Name: "企业职工基本养老保险关系转移接续申请", Short: "养老保险转移",
		Department: "RS", HandlingRegions: []string{"441500"}, Kind: "service", Subject: model.SubjectNatural,
		ItemType: model.ItemPromised, StatutoryDays: 20, PromisedDays: 5, Modes: model.Modes,
		Result:     model.ItemResult{Kind: "reply", Name: "联系函"},
		Deliveries: []model.DeliveryMethod{model.DeliverMail, model.DeliverElectronic, model.DeliverPickup},
		Situations: []model.Situation{{Code: "SW-RS-0001-01", Name: "转入", Materials: []model.Requirement{
			{Code: "M001", Name: "居民身份证", Required: true, Originals: 1, Original: model.OriginalShown, Licence: "id_card"},
			{Code: "M022", Name: "申请表", Required: true, Originals: 1, Original: model.OriginalKept},
			{Code: "M040", Name: "缴费凭证", Required: true, Copies: 1, Lackable: true},
			{Code: "M003", Name: "授权委托书"},
		}}},
		Settings: model.ItemSettings{CopiesSuffice: true},
	}
	for _, e := range edit {
		e(it)
	}
	return it
}

func instant(it *model.Item) { it.ItemType, it.PromisedDays = model.ItemInstant, 0 }

// stage is a matter with a clock and a calendar.
type stage struct {
	t       failer
	m       *model.Matter
	env     model.Env
	now     time.Time
	parcels int
	signer  model.SignedBy // of the next delivery
}

func opening(t failer, mode model.Mode, it *model.Item, now time.Time) model.MatterOpening {
	t.Helper()
	no, err := model.MakeMatterNo("441500", now, 48213)
	if err != nil {
		t.Fatalf("making a number: %v", err)
	}
	return model.MatterOpening{
		No: no, Actor: citizen, Now: now, Applicant: "ap-1", Verified: true, Agent: "ap-2",
		Authorisation: &model.MatterAuthorisation{ID: "au-1", Acts: []string{model.ActSubmit, model.ActSupply, model.ActWithdraw, model.ActCollect}},
		Zone:          model.Zone{Pair: model.Pair{From: "440300", To: "441500"}, Live: true, Modes: model.Modes},
		Item:          it, Situation: it.Situations[0].Code, Mode: mode, From: "440300", To: "441500",
		ROrg: "440300-ZS", HOrg: "441500-RS", Delivery: model.MatterDelivery{Method: model.DeliverMail, Address: address()},
	}
}

func newStage(t failer, mode model.Mode, edit ...func(*model.Item)) *stage {
	t.Helper()
	now := moment(t, "2026-03-02")
	st := &stage{t: t, env: model.Env{Calendar: newCalendar(t)}, now: now, signer: model.SignedOther}
	m, err := model.OpenMatter(opening(t, mode, sampleItem(edit...), now), st.env)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	st.m = m
	return st
}

// byDefault is who sends an event where a script does not say.
var byDefault = map[model.MatterEvent]model.Actor{
	model.EvPutMaterial: citizen, model.EvChangeDelivery: citizen, model.EvSubmit: citizen, model.EvIssue: atMachine,
	model.EvConfirmPrint: device, model.EvSupply: citizen, model.EvTurnBack: clerk, model.EvReceive: clerk,
	model.EvReceiveMore: clerk, model.EvForwardMail: clerk, model.EvForwardNetwork: clerk, model.EvArrive: courier,
	model.EvBounce: courier, model.EvLose: clerk, model.EvAccept: reviewer, model.EvDeemAccept: model.System,
	model.EvRefuse: reviewer, model.EvReassign: lead, model.EvRequestSupplement: reviewer, model.EvSuspend: reviewer,
	model.EvResume: reviewer, model.EvExtend: lead, model.EvDecide: lead, model.EvRevokeDecision: lead,
	model.EvDispatchMail: reviewer, model.EvDispatchElectronic: reviewer, model.EvOfferPickup: reviewer,
	model.EvReachHall: courier, model.EvDeliver: courier, model.EvPickUp: clerk, model.EvFailDelivery: courier,
	model.EvDisputeDelivery: citizen, model.EvClose: citizen, model.EvExpire: model.System, model.EvWithdraw: citizen,
	model.EvTerminate: lead, model.EvReopen: lead, model.EvReturnPapers: reviewer,
}

// step is an event with facts that leave nothing to wish for; ok is false where no facts would do now.
func (st *stage) step(e model.MatterEvent, a model.Actor) (s model.Step, ok bool) {
	s = model.Step{Event: e, Actor: a, Now: st.now, Why: "经核实"}
	ok = st.fill(&s)
	return s, ok
}

func (st *stage) parcelID() string {
	return fmt.Sprintf("sf:SF14000000000%02d", st.parcels)
}

func file(name string, now time.Time) *model.MatterFile {
	return &model.MatterFile{Key: "blob/" + name, Type: "application/pdf", Size: 1024, SHA256: "e3b0" + name, At: now}
}

func (st *stage) fill(s *model.Step) bool {
	m, f := st.m, &s.Facts
	f.Identity = model.IdentityCheck{Method: "card", Matched: true}
	switch s.Event {
	case model.EvPutMaterial:
		f.Material, f.File = st.wanted(s.Actor), file("m", st.now)
		return f.Material != ""
	case model.EvChangeDelivery:
		f.Delivery = &model.MatterDelivery{Method: model.DeliverMail, Address: address()}
	case model.EvSubmit:
		f.Declared = true
		return st.complete(nil)
	case model.EvIssue:
		f.Proven, f.SourceFound, f.Serial, f.Result = true, true, "ZM0001", file("sheet", st.now)
	case model.EvConfirmPrint:
		f.Serial = "ZM0001"
	case model.EvSupply:
		return st.answered() && !st.papersOut()
	case model.EvTurnBack, model.EvReceive:
		for _, mm := range m.Materials {
			if mm.Required {
				f.Checks = append(f.Checks, model.MaterialCheck{Material: mm.Code, OK: s.Event == model.EvReceive, Scan: file(mm.Code, st.now)})
			}
		}
	case model.EvReceiveMore:
		for _, a := range m.Asked.Materials {
			f.Checks = append(f.Checks, model.MaterialCheck{Material: a.Code, OK: true, Scan: file(a.Code, st.now)})
		}
	case model.EvForwardMail:
		st.parcels++
		f.Parcel, f.Carrier, f.Waybill = st.parcelID(), "sf", "SF1400000000001"
		return st.answered()
	case model.EvForwardNetwork:
		f.Consent = true
		return st.answered() && st.scanned()
	case model.EvArrive, model.EvBounce, model.EvLose:
		f.Parcel = st.parcelOf(model.ParcelMaterials)
	case model.EvAccept:
		return st.complete(&f.Lacking)
	case model.EvRefuse:
		f.Reason = "no_licence_needed"
	case model.EvReassign:
		f.Org, f.OrgRegion, f.OrgItem = "441500-YB", "441500", true
	case model.EvRequestSupplement:
		f.Asks, f.Note = []model.Ask{{Code: "M022"}}, "请补签名"
	case model.EvSuspend:
		f.Kind, f.Days = "testing", 10
	case model.EvExtend:
		f.Days = 5
		return !st.over(model.ClockStatutory)
	case model.EvDecide:
		f.Outcome, f.Reason = model.Denied, "不符合条件"
	case model.EvDispatchMail:
		st.parcels++
		f.Parcel, f.Carrier, f.Waybill = st.parcelID(), "sf", "SF1400000000009"
	case model.EvDispatchElectronic:
		f.Result = file("result", st.now)
	case model.EvOfferPickup:
		f.Hall = hallSZ
	case model.EvReachHall, model.EvFailDelivery, model.EvDeliver:
		f.Parcel, f.SignedBy = st.parcelOf(model.ParcelResult), st.signer
	case model.EvDisputeDelivery:
		return model.DateOf(st.now) <= model.DateOf(*m.Times.Delivered).Add(3)
	case model.EvWithdraw:
		f.SignedRequest = true
	case model.EvTerminate:
		f.Reason = "object_gone"
	case model.EvReopen:
		return m.State == model.MatterRefused || model.DateOf(st.now) <= model.DateOf(*m.Times.Ended).Add(30) && st.answered()
	case model.EvReturnPapers:
		f.HandedOver = true
	}
	return true
}

// wanted is a material that the caller may put now.
func (st *stage) wanted(a model.Actor) string {
	switch {
	case st.m.State == model.MatterAccepted && len(st.m.Lacking) > 0:
		return st.m.Lacking[0].Code
	case st.m.Asked != nil:
		for _, ask := range st.m.Asked.Materials {
			if !ask.Paper || a.Door == model.DoorCounter {
				return ask.Code
			}
		}
		return ""
	}
	for _, mm := range st.m.Materials {
		if !mm.Present() {
			return mm.Code
		}
	}
	return st.m.Materials[0].Code
}

// complete: every required material is there, or, where lacking is given, may be lacking.
func (st *stage) complete(lacking *[]model.Lacking) bool {
	for _, mm := range st.m.Materials {
		if !mm.Required || mm.Present() {
			continue
		}
		if !mm.Lackable {
			return false
		}
		if lacking == nil {
			continue
		}
		*lacking = append(*lacking, model.Lacking{Code: mm.Code, Until: model.DateOf(st.now).Add(10)})
	}
	return true
}

func (st *stage) answered() bool {
	if st.m.Asked == nil {
		return true
	}
	return !slices.ContainsFunc(st.m.Asked.Materials, func(a model.Ask) bool {
		return slices.ContainsFunc(st.m.Materials, func(mm model.MatterMaterial) bool {
			return mm.Code == a.Code && (!mm.Present() || a.Paper && !mm.OnPaper)
		})
	})
}

func (st *stage) scanned() bool {
	return !slices.ContainsFunc(st.m.Materials, func(mm model.MatterMaterial) bool {
		return mm.OnPaper && mm.File == nil
	})
}

func (st *stage) papersOut() bool {
	return slices.Contains(st.m.Papers, model.PapersReceiving) || slices.Contains(st.m.Papers, model.PapersCarrier)
}

func (st *stage) parcelOf(d model.ParcelDirection) string {
	for i := len(st.m.Parcels) - 1; i >= 0; i-- {
		if p := st.m.Parcels[i]; p.Direction == d && !p.Back {
			return p.ID
		}
	}
	return ""
}

func (st *stage) over(c model.ClockName) bool {
	for _, r := range st.m.Runs {
		if r.Clock == c && r.Running() {
			return r.Over(st.env.Calendar, st.now)
		}
	}
	return true
}

// do applies an event that must be accepted.
func (st *stage) do(e model.MatterEvent, edit ...func(*model.Step)) {
	st.t.Helper()
	s, _ := st.step(e, byDefault[e])
	for _, x := range edit {
		x(&s)
	}
	if err := st.m.Apply(s, st.env); err != nil {
		st.t.Fatalf("%s in %s: %v", e, st.m.State, err)
	}
}

func by(a model.Actor) func(*model.Step) { return func(s *model.Step) { s.Actor = a } }

// wait moves the clock and lets the system do what is due.
func (st *stage) wait(days int) {
	st.t.Helper()
	st.now = st.now.AddDate(0, 0, days)
	if _, err := st.m.Tick(st.now, st.env); err != nil {
		st.t.Fatalf("after %d days: %v", days, err)
	}
}

// scripts lead a window matter to each state; "expire" is the system's, so it waits.
var scripts = map[model.MatterState][]model.MatterEvent{
	model.MatterDraft:              {},
	model.MatterReceived:           {"receive"},
	model.MatterInTransit:          {"receive", "forward_mail"},
	model.MatterMaterialsLost:      {"receive", "forward_mail", "lose"},
	model.MatterAwaitingAcceptance: {"receive", "forward_mail", "arrive"},
	model.MatterAwaitingCorrection: {"receive", "forward_mail", "arrive", "request_supplement"},
	model.MatterAccepted:           {"receive", "forward_mail", "arrive", "accept"},
	model.MatterAwaitingSupplement: {"receive", "forward_mail", "arrive", "accept", "request_supplement"},
	model.MatterSuspended:          {"receive", "forward_mail", "arrive", "accept", "suspend"},
	model.MatterDecided:            {"receive", "forward_mail", "arrive", "accept", "decide"},
	model.MatterDispatched:         {"receive", "forward_mail", "arrive", "accept", "decide", "dispatch_mail"},
	model.MatterReadyForPickup:     {"receive", "forward_mail", "arrive", "accept", "decide", "offer_pickup"},
	model.MatterDeliveryFailed:     {"receive", "forward_mail", "arrive", "accept", "decide", "dispatch_mail", "fail_delivery"},
	model.MatterDelivered:          {"receive", "forward_mail", "arrive", "accept", "decide", "dispatch_mail", "deliver"},
	model.MatterClosed:             {"receive", "forward_mail", "arrive", "accept", "decide", "dispatch_mail", "deliver", "close"},
	model.MatterRefused:            {"receive", "forward_mail", "arrive", "refuse"},
	model.MatterWithdrawn:          {"receive", "forward_mail", "withdraw"},
	model.MatterLapsed:             {"receive", "forward_mail", "arrive", "request_supplement", "expire"},
	model.MatterTerminated:         {"receive", "forward_mail", "arrive", "request_supplement", "receive_more", "forward_mail", "terminate"},
}

// mustReach brings a new matter to a state. In the modes without a window the way begins with submit.
func mustReach(t failer, mode model.Mode, state model.MatterState, edit ...func(*model.Item)) *stage {
	t.Helper()
	st := newStage(t, mode, edit...)
	if mode != model.ModeWindow {
		for _, code := range []string{"M001", "M022", "M040"} {
			st.do(model.EvPutMaterial, func(s *model.Step) { s.Facts.Material = code })
		}
	}
	for i, e := range scripts[state] {
		switch {
		case mode != model.ModeWindow && i == 0:
			e = model.EvSubmit
		case mode != model.ModeWindow && i < 3 && (e == model.EvForwardMail || e == model.EvArrive):
			continue
		case e == model.EvExpire:
			st.wait(60)
			continue
		}
		st.do(e)
	}
	if st.m.State != state {
		t.Fatalf("the script for %s leads to %s", state, st.m.State)
	}
	return st
}

func clone(t failer, m *model.Matter) *model.Matter {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatalf("encoding a matter: %v", err)
	}
	var c model.Matter
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("decoding a matter: %v", err)
	}
	return &c
}
