package model_test

import (
	"slices"
	"testing"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func facts(change func(*model.Facts)) func(*model.Step) {
	return func(s *model.Step) { change(&s.Facts) }
}

func why(words string) func(*model.Step) { return func(s *model.Step) { s.Why = words } }

func settings(change func(*model.ItemSettings)) func(*model.Item) {
	return func(it *model.Item) { change(&it.Settings) }
}

// Each precondition of the table, and the code that answers it.
func TestApply_Preconditions(t *testing.T) {
	t.Parallel()
	type edits = []func(*model.Step)
	for _, tt := range []struct {
		name  string
		mode  model.Mode
		state model.MatterState
		item  func(*model.Item)
		lead  []model.MatterEvent // what happens before
		event model.MatterEvent
		edits edits
		want  string
	}{
		{name: "a material that the situation has not", mode: "online", state: "draft", event: "put_material", edits: edits{facts(func(f *model.Facts) { f.Material = "M999" })}, want: "material_unknown"},
		{name: "neither file nor licence", mode: "online", state: "draft", event: "put_material", edits: edits{facts(func(f *model.Facts) { f.File = nil })}, want: "validation_failed"},
		{name: "a licence of another kind", mode: "online", state: "draft", event: "put_material", edits: edits{facts(func(f *model.Facts) { f.File, f.Licence = nil, &model.LicenceRef{Kind: "marriage"} })}, want: "validation_failed"},
		{name: "a fitting licence", mode: "online", state: "draft", event: "put_material", edits: edits{facts(func(f *model.Facts) { f.File, f.Licence = nil, &model.LicenceRef{Kind: "id_card", ID: "L1"} })}},
		{name: "a material not asked for", mode: "online", state: "awaiting_correction", event: "put_material", edits: edits{facts(func(f *model.Facts) { f.Material = "M001" })}, want: "material_not_asked_for"},
		{name: "nothing is lacking", mode: "online", state: "accepted", event: "put_material", want: "material_not_asked_for"},
		{name: "the citizen, once received", mode: "window", state: "received", event: "put_material", want: "transition_not_allowed"},

		{name: "a delivery that the item has not", mode: "online", state: "draft", item: func(it *model.Item) { it.Deliveries = it.Deliveries[:1] }, event: "change_delivery", edits: edits{facts(func(f *model.Facts) { f.Delivery.Method = model.DeliverPickup })}, want: "delivery_not_offered"},
		{name: "mail without a phone", mode: "online", state: "draft", event: "change_delivery", edits: edits{facts(func(f *model.Facts) { f.Delivery.Address.Phone = "" })}, want: "address_incomplete"},
		{name: "no delivery", mode: "online", state: "draft", event: "change_delivery", edits: edits{facts(func(f *model.Facts) { f.Delivery = nil })}, want: "validation_failed"},

		{name: "materials are missing", mode: "online", state: "draft", event: "submit", want: "materials_missing"},
		{name: "no declaration", mode: "online", state: "draft", lead: []model.MatterEvent{"put_material", "put_material"}, event: "submit", edits: edits{facts(func(f *model.Facts) { f.Declared = false })}, want: "declaration_required"},
		{name: "what may be lacking does not keep a file back", mode: "online", state: "draft", lead: []model.MatterEvent{"put_material", "put_material"}, event: "submit"},
		{name: "submitting a window matter", mode: "window", state: "draft", event: "submit", want: "transition_not_allowed"},
		{name: "submitting an instant matter at a kiosk", mode: "kiosk", state: "draft", item: instant, event: "submit", want: "transition_not_allowed"},

		{name: "issuing what is not instant", mode: "kiosk", state: "draft", event: "issue", want: "mode_not_offered"},
		{name: "issuing to a face that does not fit", mode: "kiosk", state: "draft", item: instant, event: "issue", edits: edits{facts(func(f *model.Facts) { f.Proven = false })}, want: "identity_required"},
		{name: "issuing without source data", mode: "kiosk", state: "draft", item: instant, event: "issue", edits: edits{facts(func(f *model.Facts) { f.SourceFound = false })}, want: "materials_missing"},
		{name: "issuing without a serial", mode: "kiosk", state: "draft", item: instant, event: "issue", edits: edits{facts(func(f *model.Facts) { f.Serial = "" })}, want: "validation_failed"},
		{name: "issuing without a sheet", mode: "kiosk", state: "draft", item: instant, event: "issue", edits: edits{facts(func(f *model.Facts) { f.Result = nil })}, want: "result_missing"},
		{name: "confirming another sheet", mode: "kiosk", state: "draft", item: instant, lead: []model.MatterEvent{"issue"}, event: "confirm_print", edits: edits{facts(func(f *model.Facts) { f.Serial = "ZM0002" })}, want: "validation_failed"},
		{name: "revoking what a machine has printed", mode: "kiosk", state: "draft", item: instant, lead: []model.MatterEvent{"issue"}, event: "revoke_decision", want: "decision_sent"},

		{name: "turning back with an incomplete list", mode: "window", state: "draft", event: "turn_back", edits: edits{facts(func(f *model.Facts) { f.Checks = f.Checks[:1] })}, want: "validation_failed"},
		{name: "turning back although all is well", mode: "window", state: "draft", event: "turn_back", edits: edits{facts(func(f *model.Facts) {
			for i := range f.Checks {
				f.Checks[i].OK = true
			}
		})}, want: "validation_failed"},
		{name: "turning back a stranger", mode: "window", state: "draft", event: "turn_back", edits: edits{facts(func(f *model.Facts) { f.Checks, f.Identity.Matched = nil, false })}},
		{name: "receiving from a stranger", mode: "window", state: "draft", event: "receive", edits: edits{facts(func(f *model.Facts) { f.Identity.Matched = false })}, want: "identity_mismatch"},
		{name: "receiving a defect", mode: "window", state: "draft", event: "receive", edits: edits{facts(func(f *model.Facts) { f.Checks[0].OK = false })}, want: "formal_check_failed"},
		{name: "receiving what was not looked at", mode: "window", state: "draft", event: "receive", edits: edits{facts(func(f *model.Facts) { f.Checks = f.Checks[1:] })}, want: "materials_missing"},
		{name: "receiving what the situation has not", mode: "window", state: "draft", event: "receive", edits: edits{facts(func(f *model.Facts) { f.Checks[0].Material = "M999" })}, want: "material_unknown"},

		{name: "bringing nothing", mode: "online", state: "awaiting_correction", event: "receive_more", edits: edits{facts(func(f *model.Facts) { f.Checks = nil })}, want: "validation_failed"},
		{name: "bringing what was not asked for", mode: "online", state: "awaiting_correction", event: "receive_more", edits: edits{facts(func(f *model.Facts) { f.Materials = []string{"M001"} })}, want: "material_not_asked_for"},
		{name: "bringing a defect", mode: "online", state: "awaiting_correction", event: "receive_more", edits: edits{facts(func(f *model.Facts) { f.Checks[0].OK = false })}, want: "formal_check_failed"},
		{name: "bringing it while a parcel has it all", mode: "online", state: "awaiting_correction", lead: []model.MatterEvent{"receive_more", "forward_mail"}, event: "receive_more", want: "parcel_open"},

		{name: "forwarding without a waybill", mode: "window", state: "received", event: "forward_mail", edits: edits{facts(func(f *model.Facts) { f.Parcel = "" })}, want: "waybill_invalid"},
		{name: "forwarding with a waybill in use", mode: "window", state: "received", event: "forward_mail", edits: edits{facts(func(f *model.Facts) { f.Objection = fault.New("waybill_in_use") })}, want: "waybill_in_use"},
		{name: "forwarding under the number of before", mode: "window", state: "received", lead: []model.MatterEvent{"forward_mail", "bounce"}, event: "forward_mail", edits: edits{facts(func(f *model.Facts) { f.Parcel = "sf:SF1400000000001" })}, want: "waybill_in_use"},
		{name: "forwarding papers that R has not", mode: "online", state: "awaiting_correction", event: "forward_mail", want: "papers_not_held"},
		{name: "forwarding copies that will not do", mode: "window", state: "received", item: settings(func(s *model.ItemSettings) { s.CopiesSuffice = false }), event: "forward_network", want: "copies_not_accepted"},
		{name: "going on with copies without consent", mode: "window", state: "materials_lost", event: "forward_network", edits: edits{facts(func(f *model.Facts) { f.Consent = false })}, want: "validation_failed"},
		{name: "the arrival of another parcel", mode: "window", state: "in_transit", event: "arrive", edits: edits{facts(func(f *model.Facts) { f.Parcel = "sf:SF0000000000000" })}, want: "parcel_mismatch"},
		{name: "an arrival that nobody sent", mode: "online", state: "awaiting_correction", event: "arrive", want: "parcel_mismatch"},
		{name: "a loss by hearsay", mode: "window", state: "in_transit", event: "lose", edits: edits{why(" ")}, want: "reason_required"},

		{name: "refusing without a ground", mode: "online", state: "awaiting_acceptance", event: "refuse", edits: edits{facts(func(f *model.Facts) { f.Reason = "busy" })}, want: "reason_required"},
		{name: "refusing as not competent without saying who is", mode: "online", state: "awaiting_acceptance", event: "refuse", edits: edits{facts(func(f *model.Facts) { f.Reason = "not_competent" })}, want: "reason_required"},
		{name: "reassigning to R", mode: "online", state: "awaiting_acceptance", event: "reassign", edits: edits{facts(func(f *model.Facts) { f.Org = "440300-ZS" })}, want: "separation_of_duties"},
		{name: "reassigning to another city", mode: "online", state: "awaiting_acceptance", event: "reassign", edits: edits{facts(func(f *model.Facts) { f.OrgRegion = "440300" })}, want: "item_not_offered"},
		{name: "reassigning to oneself", mode: "online", state: "awaiting_acceptance", event: "reassign", edits: edits{facts(func(f *model.Facts) { f.Org = "441500-RS" })}, want: "validation_failed"},

		{name: "asking for nothing", mode: "online", state: "accepted", event: "request_supplement", edits: edits{facts(func(f *model.Facts) { f.Asks = nil })}, want: "reason_required"},
		{name: "asking without a word", mode: "online", state: "accepted", event: "request_supplement", edits: edits{facts(func(f *model.Facts) { f.Note = " " })}, want: "reason_required"},
		{name: "asking beyond the list", mode: "online", state: "accepted", event: "request_supplement", edits: edits{facts(func(f *model.Facts) { f.Asks[0].Code = "M999" })}, want: "material_unknown"},
		{name: "asking twice for one thing", mode: "online", state: "accepted", event: "request_supplement", edits: edits{facts(func(f *model.Facts) { f.Asks = append(f.Asks, f.Asks[0]) })}, want: "validation_failed"},
		{name: "asking again", mode: "online", state: "awaiting_supplement", lead: []model.MatterEvent{"put_material", "supply"}, event: "request_supplement", want: "approval_required"},
		{name: "asking again with approval", mode: "online", state: "awaiting_supplement", lead: []model.MatterEvent{"put_material", "supply"}, event: "request_supplement", edits: edits{by(lead)}},
		{name: "asking again with approval but no reason", mode: "online", state: "awaiting_supplement", lead: []model.MatterEvent{"put_material", "supply"}, event: "request_supplement", edits: edits{by(lead), why("")}, want: "reason_required"},
		{name: "the first supplement after a correction", mode: "online", state: "awaiting_correction", lead: []model.MatterEvent{"put_material", "supply", "accept"}, event: "request_supplement"},
		{name: "supplying too little", mode: "online", state: "awaiting_supplement", event: "supply", want: "materials_missing"},
		{name: "supplying while R has the papers", mode: "online", state: "awaiting_supplement", lead: []model.MatterEvent{"receive_more"}, event: "supply", want: "parcel_open"},

		{name: "a procedure that the item has not", mode: "online", state: "accepted", item: settings(func(s *model.ItemSettings) { s.SpecialProcedures = []string{"hearing"} }), event: "suspend", want: "special_procedure_invalid"},
		{name: "no procedure at all", mode: "online", state: "accepted", item: settings(func(s *model.ItemSettings) { s.SpecialProcedures = []string{} }), event: "suspend", want: "special_procedure_invalid"},
		{name: "a procedure of unknown length", mode: "online", state: "accepted", event: "suspend", edits: edits{facts(func(f *model.Facts) { f.Days = 0 })}, want: "reason_required"},
		{name: "resuming without an outcome", mode: "online", state: "suspended", event: "resume", edits: edits{why("")}, want: "reason_required"},
		{name: "extending by too much", mode: "online", state: "accepted", event: "extend", edits: edits{facts(func(f *model.Facts) { f.Days = 11 })}, want: "extension_too_long"},
		{name: "extending joint handling by 15", mode: "online", state: "accepted", item: settings(func(s *model.ItemSettings) { s.Joint = true }), event: "extend", edits: edits{facts(func(f *model.Facts) { f.Days = 15 })}},
		{name: "extending by nothing", mode: "online", state: "accepted", event: "extend", edits: edits{facts(func(f *model.Facts) { f.Days = 0 })}, want: "extension_too_long"},
		{name: "extending twice", mode: "online", state: "accepted", lead: []model.MatterEvent{"extend"}, event: "extend", want: "extension_used"},
		{name: "extending without a reason", mode: "online", state: "accepted", event: "extend", edits: edits{why("")}, want: "reason_required"},
		{name: "extending what is over", mode: "online", state: "accepted", event: "extend", edits: edits{func(s *model.Step) { s.Now = s.Now.AddDate(0, 2, 0) }}, want: "deadline_passed"},

		{name: "an outcome that is none", mode: "online", state: "accepted", event: "decide", edits: edits{facts(func(f *model.Facts) { f.Outcome = "maybe" })}, want: "validation_failed"},
		{name: "denying without a reason", mode: "online", state: "accepted", event: "decide", edits: edits{facts(func(f *model.Facts) { f.Reason = "" })}, want: "reason_required"},
		{name: "deciding alone where two must", mode: "online", state: "accepted", item: settings(func(s *model.ItemSettings) { s.TwoStep = true }), event: "decide", edits: edits{by(reviewer)}, want: "approval_required"},
		{name: "revoking without a reason", mode: "online", state: "decided", event: "revoke_decision", edits: edits{why("")}, want: "reason_required"},

		{name: "mailing without a waybill", mode: "online", state: "decided", event: "dispatch_mail", edits: edits{facts(func(f *model.Facts) { f.Parcel = "" })}, want: "waybill_invalid"},
		{name: "mailing a fourth time", mode: "online", state: "delivery_failed", lead: []model.MatterEvent{"dispatch_mail", "fail_delivery", "dispatch_mail", "fail_delivery"}, event: "dispatch_mail", want: "mailings_exhausted"},
		{name: "mailing to a hall far away", mode: "online", state: "decided", event: "dispatch_mail", edits: edits{facts(func(f *model.Facts) { f.Hall = &model.HallRef{ID: "hall-cz", Org: "445100-ZS", Region: "445100"} })}, want: "hall_not_serving"},
		{name: "serving nothing", mode: "online", state: "decided", event: "dispatch_electronic", edits: edits{facts(func(f *model.Facts) { f.Result = nil })}, want: "result_missing"},
		{name: "pick-up nowhere", mode: "online", state: "decided", event: "offer_pickup", edits: edits{facts(func(f *model.Facts) { f.Hall = nil })}, want: "validation_failed"},
		{name: "pick-up far away", mode: "online", state: "decided", event: "offer_pickup", edits: edits{facts(func(f *model.Facts) { f.Hall = &model.HallRef{ID: "hall-cz", Org: "445100-ZS", Region: "445100"} })}, want: "hall_not_serving"},
		{name: "a hall's parcel that is the applicant's", mode: "online", state: "dispatched", event: "reach_hall", want: "parcel_mismatch"},
		{name: "the delivery of another parcel", mode: "online", state: "dispatched", event: "deliver", edits: edits{facts(func(f *model.Facts) { f.Parcel = "sf:SF0000000000000" })}, want: "parcel_mismatch"},
		{name: "a delivery by hand without proof", mode: "online", state: "dispatched", event: "deliver", edits: edits{by(reviewer), why("")}, want: "reason_required"},
		{name: "a failure of another parcel", mode: "online", state: "dispatched", event: "fail_delivery", edits: edits{facts(func(f *model.Facts) { f.Parcel = "sf:SF0000000000000" })}, want: "parcel_mismatch"},
		{name: "picking up in the wrong hall", mode: "online", state: "ready_for_pickup", event: "pick_up", edits: edits{by(homeClerk)}, want: "not_your_hall"},
		{name: "picking up at the department, which has it not", mode: "online", state: "ready_for_pickup", event: "pick_up", edits: edits{by(reviewer)}, want: "not_your_hall"},
		{name: "picking up as somebody else", mode: "online", state: "ready_for_pickup", event: "pick_up", edits: edits{facts(func(f *model.Facts) { f.Identity.Matched = false })}, want: "identity_mismatch"},
		{name: "disputing on the fourth day", mode: "online", state: "delivered", event: "dispute_delivery", edits: edits{func(s *model.Step) { s.Now = s.Now.AddDate(0, 0, 4) }}, want: "deadline_passed"},
		{name: "disputing on the third", mode: "online", state: "delivered", event: "dispute_delivery", edits: edits{func(s *model.Step) { s.Now = s.Now.AddDate(0, 0, 3) }}},
		{name: "the system closing before the dispute's time is over", mode: "online", state: "delivered", event: "close", edits: edits{by(model.System)}, want: "transition_not_allowed"},

		{name: "withdrawing at a counter without a signature", mode: "window", state: "accepted", event: "withdraw", edits: edits{by(clerk), facts(func(f *model.Facts) { f.SignedRequest = false })}, want: "authorisation_required"},
		{name: "terminating without a ground", mode: "online", state: "accepted", event: "terminate", edits: edits{facts(func(f *model.Facts) { f.Reason = "" })}, want: "reason_required"},
		{name: "reopening a refusal without a paper", mode: "online", state: "refused", event: "reopen", edits: edits{why("")}, want: "reason_required"},
		{name: "reopening what is still incomplete", mode: "online", state: "lapsed", event: "reopen", edits: edits{func(s *model.Step) { s.Now = s.Now.AddDate(0, 0, -35) }}, want: "materials_missing"},
		{name: "reopening too late", mode: "online", state: "lapsed", event: "reopen", want: "deadline_passed"},
		{name: "returning papers that R has not", mode: "window", state: "refused", event: "return_papers", edits: edits{by(clerk)}, want: "papers_not_held"},
		{name: "returning papers to nowhere", mode: "window", state: "refused", event: "return_papers", edits: edits{facts(func(f *model.Facts) { f.HandedOver = false })}, want: "validation_failed"},
		{name: "accepting early by silence", mode: "online", state: "awaiting_acceptance", event: "deem_accept", want: "transition_not_allowed"},
		{name: "expiring early", mode: "online", state: "awaiting_supplement", event: "expire", want: "transition_not_allowed"},
		{name: "serving an unconfirmed sheet early", mode: "kiosk", state: "draft", item: instant, lead: []model.MatterEvent{"issue"}, event: "dispatch_electronic", edits: edits{by(model.System)}, want: "transition_not_allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var items []func(*model.Item)
			if tt.item != nil {
				items = append(items, tt.item)
			}
			var st *stage
			if tt.state == model.MatterDraft {
				st = newStage(t, tt.mode, items...)
			} else {
				st = mustReach(t, tt.mode, tt.state, items...)
			}
			for _, e := range tt.lead {
				st.do(e)
			}
			s, _ := st.step(tt.event, byDefault[tt.event])
			for _, edit := range tt.edits {
				edit(&s)
			}
			before := clone(t, st.m)
			err := st.m.Apply(s, st.env)
			if got := fault.Code(err); got != tt.want {
				t.Fatalf("%v, want code %q", err, tt.want)
			}
			if err != nil && (st.m.Seq != before.Seq || len(st.m.Trail) != len(before.Trail) || st.m.State != before.State) {
				t.Error("a refused step changed the matter")
			}
		})
	}
}

func TestApply_TellsWhereToTurn(t *testing.T) {
	t.Parallel()
	st := newStage(t, model.ModeWindow)
	s, _ := st.step(model.EvSubmit, citizen)
	f := fault.From(st.m.Apply(s, st.env))
	if f.Message != "本办件为窗口办理，请预约后到窗口提交" {
		t.Errorf("window: %s", f.Message)
	}
	if next, _ := f.Details["next"].([]string); !slices.Equal(next, []string{"put_material", "change_delivery", "withdraw"}) {
		t.Errorf("next: %v", f.Details["next"])
	}
	st = newStage(t, model.ModeKiosk, instant)
	s, _ = st.step(model.EvSubmit, citizen)
	if f := fault.From(st.m.Apply(s, st.env)); f.Message != "请到自助终端办理" {
		t.Errorf("kiosk: %s", f.Message)
	}
}

func TestApply_SeparationOfDuties(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeWindow, model.MatterAwaitingAcceptance)
	s, _ := st.step(model.EvAccept, turncoat)
	if err := st.m.Apply(s, st.env); fault.Code(err) != "separation_of_duties" {
		t.Errorf("the clerk who received it accepts it: %v", err)
	}
	if next := st.m.Next(turncoat); len(next) > 0 {
		t.Errorf("and may do %v", next)
	}
	st.do(model.EvRequestSupplement)
	reverse := clerk
	reverse.ID = reviewer.ID
	s, _ = st.step(model.EvReceiveMore, reverse)
	if err := st.m.Apply(s, st.env); fault.Code(err) != "separation_of_duties" {
		t.Errorf("the reviewer who asked receives: %v", err)
	}
}

func TestApply_PeerOwns(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterAwaitingAcceptance)
	st.m.PeerOwned = true
	s, _ := st.step(model.EvAccept, reviewer)
	if err := st.m.Apply(s, st.env); fault.Code(err) != "peer_owns" {
		t.Errorf("the desk accepts: %v", err)
	}
	if next := st.m.Next(lead); !slices.Equal(next, []string{"reassign"}) {
		t.Errorf("the lead may do %v", next)
	}
	st.do(model.EvAccept, by(peer))
	st.do(model.EvExtend, by(peer))
	st.do(model.EvDecide, by(peer))
	if e := st.m.Trail[len(st.m.Trail)-1]; e.Side != model.SidePeer || e.Door != model.DoorPeer {
		t.Errorf("the trail says %+v", e)
	}
}

func TestApply_AgentsNeedTheAct(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterAccepted)
	st.m.Authorisation.Acts = []string{model.ActSubmit}
	s, _ := st.step(model.EvWithdraw, agent)
	if err := st.m.Apply(s, st.env); fault.Code(err) != "authorisation_required" {
		t.Errorf("without the act: %v", err)
	}
	st.m.Authorisation.Acts = []string{model.ActWithdraw}
	st.m.Authorisation.Until = model.DateOf(st.now).Add(-1)
	if err := st.m.Apply(s, st.env); fault.Code(err) != "authorisation_required" {
		t.Errorf("after its end: %v", err)
	}
	st.m.Authorisation.Until = model.DateOf(st.now)
	st.do(model.EvWithdraw, by(agent))
}

func TestMatter_VisibleTo(t *testing.T) {
	t.Parallel()
	all := []model.Actor{citizen, agent, atMachine, stranger, clerk, otherClerk, homeClerk, reviewer, lead, otherLead, peer, otherPeer, courier, supervisor, admin, device, model.System}
	see := func(m *model.Matter) []string {
		var out []string
		for _, a := range all {
			if m.VisibleTo(a) {
				out = append(out, string(a.Door)+":"+a.ID)
			}
		}
		return out
	}
	usual := []string{"citizen:ap-1", "citizen:ap-2", "kiosk:ap-1", "counter:clerk", "counter:clerk-b", "desk:rev", "desk:lead", "peer:441500", "courier:sf", "supervise:sup", "supervise:admin", "system:system"}
	st := mustReach(t, model.ModeWindow, model.MatterDecided)
	if got := see(st.m); !slices.Equal(got, usual) {
		t.Errorf("decided: %v", got)
	}
	st.do(model.EvDispatchMail, facts(func(f *model.Facts) { f.Hall = hallSW }))
	if !st.m.VisibleTo(homeClerk) {
		t.Error("the hall to which the result is on its way cannot see it")
	}
	st.do(model.EvReachHall, by(homeClerk))
	if !st.m.VisibleTo(homeClerk) || !slices.Equal(st.m.Next(homeClerk), []string{"pick_up"}) {
		t.Errorf("the hall that holds the result may do %v", st.m.Next(homeClerk))
	}
	st.do(model.EvPickUp, by(homeClerk))
	for _, tt := range []struct {
		region string
		want   bool
	}{{"440300", true}, {"440000", true}, {"441500", true}, {"441521", false}, {"445100", false}, {"", false}} {
		if got := st.m.VisibleTo(model.Actor{Role: model.RoleSupervisor, Region: tt.region}); got != tt.want {
			t.Errorf("a supervisor of %q: %v", tt.region, got)
		}
	}
	if got := st.m.VisibleTo(model.Actor{Role: model.RoleClerk, Region: "440305"}); !got {
		t.Error("a clerk of a district hall of the receiving city cannot see it")
	}
	st.m.To = "4415X1"
	if !st.m.VisibleTo(supervisor) {
		t.Error("a functional district is not below its city")
	}
}

func TestOpenMatter(t *testing.T) {
	t.Parallel()
	now := moment(t, "2026-03-02")
	cal := model.Env{Calendar: newCalendar(t)}
	for _, tt := range []struct {
		name string
		edit func(*model.MatterOpening)
		want string
	}{
		{"by the citizen", func(*model.MatterOpening) {}, ""},
		{"by a clerk of R", func(o *model.MatterOpening) { o.Actor = clerk }, ""},
		{"by the agent", func(o *model.MatterOpening) { o.Actor = agent }, ""},
		{"by another clerk", func(o *model.MatterOpening) { o.Actor = otherClerk }, "wrong_organisation"},
		{"by a reviewer", func(o *model.MatterOpening) { o.Actor = reviewer }, "forbidden"},
		{"by a clerk at the citizen's door", func(o *model.MatterOpening) { o.Actor = clerk; o.Actor.Door = model.DoorCitizen }, "forbidden"},
		{"a pair that is not live", func(o *model.MatterOpening) { o.Zone.Live = false }, "pair_not_live"},
		{"a mode that the pair has not", func(o *model.MatterOpening) { o.Zone.Modes = []model.Mode{model.ModeWindow} }, "mode_not_offered"},
		{"a mode that the item has not", func(o *model.MatterOpening) { o.Item.Modes = []model.Mode{model.ModeWindow} }, "mode_not_offered"},
		{"a situation that the item has not", func(o *model.MatterOpening) { o.Situation = "SW-RS-0001-99" }, "item_not_offered"},
		{"a region that does not handle it", func(o *model.MatterOpening) { o.To = "441521" }, "item_not_offered"},
		{"an applicant nobody knows", func(o *model.MatterOpening) { o.Verified = false }, "identity_required"},
		{"an agent without authorisation", func(o *model.MatterOpening) { o.Authorisation = nil }, "authorisation_required"},
		{"an agent's that has ended", func(o *model.MatterOpening) { o.Authorisation.Until = "2026-03-01" }, "authorisation_required"},
		{"an agent who is not named", func(o *model.MatterOpening) { o.Actor, o.Agent = agent, "" }, "authorisation_required"},
		{"a delivery without an address", func(o *model.MatterOpening) { o.Delivery.Address = nil }, "address_incomplete"},
		{"one organisation on both sides", func(o *model.MatterOpening) { o.ROrg = o.HOrg }, "separation_of_duties"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := opening(t, model.ModeOnline, sampleItem(), now)
			tt.edit(&o)
			m, err := model.OpenMatter(o, cal)
			if got := fault.Code(err); got != tt.want {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if err != nil {
				return
			}
			if ok, _ := model.VerifyTrail(m); !ok || len(m.Outbox) != 0 || m.State != model.MatterDraft || m.Wake == nil {
				t.Errorf("opened: %+v", m)
			}
		})
	}
}

func TestMatter_single_live(t *testing.T) {
	t.Parallel()
	now := moment(t, "2026-03-02")
	env := model.Env{Calendar: newCalendar(t)}
	for _, tt := range []struct {
		name   string
		single bool
		twins  []string
		want   string
	}{
		{"alone", true, nil, ""},
		{"a twin where one may live", true, []string{"KC4415002603010000001"}, "transition_not_allowed"},
		{"a twin where many may live", false, []string{"KC4415002603010000001"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			item := sampleItem()
			item.Settings.SingleLive = tt.single
			m, err := model.OpenMatter(opening(t, model.ModeOnline, item, now), env)
			if err != nil {
				t.Fatal(err)
			}
			for i := range m.Materials {
				m.Materials[i].State, m.Materials[i].File = model.MaterialUploaded, &model.MatterFile{}
			}
			err = m.Do(model.Step{Event: model.EvSubmit, Actor: citizen, Now: now, Facts: model.Facts{Declared: true, Twins: tt.twins}}, env)
			if fault.Code(err) != tt.want {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if err == nil && !slices.Equal(m.Duplicates, tt.twins) {
				t.Errorf("flagged %v, want %v", m.Duplicates, tt.twins)
			}
		})
	}
}
