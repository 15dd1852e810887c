package model_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// The enumeration of the domain reference (§2, "The same table by state"), copied word for word: `event` stays,
// `event>state` moves.
const enumeration = `
draft: put_material change_delivery submit>awaiting_acceptance issue>decided turn_back receive>received expire>lapsed withdraw>withdrawn
received: put_material change_delivery forward_mail>in_transit forward_network>awaiting_acceptance withdraw>withdrawn
in_transit: change_delivery arrive>awaiting_acceptance bounce>received lose>materials_lost withdraw>withdrawn
materials_lost: change_delivery receive>received forward_network>awaiting_acceptance arrive>awaiting_acceptance withdraw>withdrawn
awaiting_acceptance: change_delivery accept>accepted deem_accept>accepted refuse>refused reassign request_supplement>awaiting_correction withdraw>withdrawn terminate>terminated
awaiting_correction: put_material change_delivery receive_more forward_mail forward_network>awaiting_acceptance arrive>awaiting_acceptance bounce lose supply>awaiting_acceptance expire>lapsed withdraw>withdrawn terminate>terminated
accepted: put_material change_delivery request_supplement>awaiting_supplement suspend>suspended extend decide>decided withdraw>withdrawn terminate>terminated
awaiting_supplement: put_material change_delivery receive_more forward_mail forward_network>accepted arrive>accepted bounce lose supply>accepted expire>accepted withdraw>withdrawn terminate>terminated
suspended: change_delivery resume>accepted withdraw>withdrawn terminate>terminated
decided: change_delivery confirm_print>delivered revoke_decision>accepted dispatch_mail>dispatched dispatch_electronic>delivered offer_pickup>ready_for_pickup
dispatched: reach_hall>ready_for_pickup deliver>delivered fail_delivery>delivery_failed
ready_for_pickup: change_delivery expire>closed dispatch_mail>dispatched dispatch_electronic>delivered pick_up>delivered
delivery_failed: change_delivery expire>closed dispatch_mail>dispatched dispatch_electronic>delivered offer_pickup>ready_for_pickup deliver>delivered
delivered: dispute_delivery>delivery_failed close>closed
closed: return_papers
refused: reopen>awaiting_acceptance return_papers
withdrawn: arrive bounce lose return_papers
lapsed: reopen>awaiting_acceptance return_papers
terminated: arrive bounce lose return_papers
`

// The door and organisation column, by hand from the same reference. @R, @H: only that organisation; @lead:
// H's lead; @city: the handling city; @own: one's own matter; @hall: the hall that holds the result.
const callers = `
put_material: citizen/applicant@own citizen/agent@own kiosk/applicant@own kiosk/agent@own counter/clerk@R
change_delivery: citizen/applicant@own citizen/agent@own
submit: citizen/applicant@own citizen/agent@own kiosk/applicant@own kiosk/agent@own
issue: kiosk/applicant@own
confirm_print: kiosk/device
turn_back: counter/clerk@R
receive: counter/clerk@R
receive_more: counter/clerk@R
forward_mail: counter/clerk@R
forward_network: counter/clerk@R
arrive: courier/courier desk/reviewer@H peer/peer@city
bounce: courier/courier counter/clerk@R
lose: counter/clerk@R supervise/supervisor
accept: desk/reviewer@H peer/peer@city
deem_accept: system/system
refuse: desk/reviewer@H peer/peer@city
reassign: desk/reviewer@lead
request_supplement: desk/reviewer@H peer/peer@city
supply: citizen/applicant@own citizen/agent@own kiosk/applicant@own kiosk/agent@own
expire: system/system
suspend: desk/reviewer@H peer/peer@city
resume: desk/reviewer@H peer/peer@city
extend: desk/reviewer@lead peer/peer@city
decide: desk/reviewer@H peer/peer@city
revoke_decision: desk/reviewer@lead
dispatch_mail: desk/reviewer@H peer/peer@city
dispatch_electronic: desk/reviewer@H peer/peer@city system/system
offer_pickup: desk/reviewer@H peer/peer@city
reach_hall: courier/courier counter/clerk@hall
deliver: courier/courier desk/reviewer@H peer/peer@city
pick_up: counter/clerk@hall desk/reviewer@H
fail_delivery: courier/courier desk/reviewer@H peer/peer@city
dispute_delivery: citizen/applicant@own citizen/agent@own
close: system/system citizen/applicant@own citizen/agent@own
withdraw: citizen/applicant@own citizen/agent@own counter/clerk@R
terminate: desk/reviewer@lead peer/peer@city
reopen: desk/reviewer@lead
return_papers: desk/reviewer@H counter/clerk@R
`

// Rows whose columns are narrower in some states.
var (
	onlyThere = map[string]string{ // event + state → who alone
		"put_material received":                "counter/clerk",
		"dispatch_electronic ready_for_pickup": "desk/reviewer peer/peer",
		"dispatch_electronic delivery_failed":  "desk/reviewer peer/peer",
	}
	onlyModes = map[string]string{ // event, or event + state → modes
		"submit": "online kiosk", "issue": "kiosk", "confirm_print": "kiosk", "turn_back": "window", "receive": "window",
		"forward_mail received": "window", "forward_network received": "window", "forward_network materials_lost": "window",
		"arrive in_transit": "window", "arrive materials_lost": "window", "bounce in_transit": "window", "lose in_transit": "window",
	}
)

// The two texts, read once.
var (
	enumerated = sync.OnceValue(readEnumeration)
	callersOf  = sync.OnceValue(readCallers)
)

func readEnumeration() map[model.MatterState]map[model.MatterEvent]model.MatterState {
	out := map[model.MatterState]map[model.MatterEvent]model.MatterState{}
	for line := range strings.Lines(strings.TrimSpace(enumeration)) {
		state, events, _ := strings.Cut(strings.TrimSpace(line), ": ")
		from := model.MatterState(state)
		out[from] = map[model.MatterEvent]model.MatterState{}
		for _, e := range strings.Fields(events) {
			event, to, moves := strings.Cut(e, ">")
			if !moves {
				to = state
			}
			out[from][model.MatterEvent(event)] = model.MatterState(to)
		}
	}
	return out
}

// readCallers maps door/role to the scope in which the event may come.
func readCallers() map[model.MatterEvent]map[string]string {
	out := map[model.MatterEvent]map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(callers)) {
		event, who, _ := strings.Cut(strings.TrimSpace(line), ": ")
		out[model.MatterEvent(event)] = map[string]string{}
		for _, w := range strings.Fields(who) {
			door, scope, _ := strings.Cut(w, "@")
			out[model.MatterEvent(event)][door] = scope
		}
	}
	return out
}

func TestTransitions_AreTheReference(t *testing.T) {
	t.Parallel()
	want := enumerated()
	if len(model.MatterStates) != 19 || len(want) != 19 {
		t.Fatalf("%d states, %d enumerated, want 19", len(model.MatterStates), len(want))
	}
	if len(model.MatterEvents) != 39 {
		t.Fatalf("%d events, want 39", len(model.MatterEvents))
	}
	allowed := 0
	for _, from := range model.MatterStates {
		for _, e := range model.MatterEvents {
			tr, ok := model.TransitionOf(e, from)
			to, wanted := want[from][e]
			if ok != wanted || ok && tr.Target(from) != to {
				t.Errorf("%s in %s: %v to %q, want %v to %q", e, from, ok, tr.Target(from), wanted, to)
			}
			if ok {
				allowed++
			}
		}
	}
	if allowed != 102 {
		t.Errorf("%d pairs are allowed, want 102", allowed)
	}
	if _, ok := model.TransitionOf(model.EvOpen, ""); !ok {
		t.Error("open has no row")
	}
	for _, s := range model.MatterStates {
		if s.Name() == "" || !s.Valid() {
			t.Errorf("%s has no name", s)
		}
	}
	for _, e := range model.MatterEvents {
		if e.Name() == "" {
			t.Errorf("%s has no name", e)
		}
	}
}

func TestTransitions_TellOnlyKnownNotices(t *testing.T) {
	t.Parallel()
	for _, tr := range model.Transitions() {
		for _, key := range tr.Notices {
			if _, ok := model.NoticeKindOf(key); !ok {
				t.Errorf("%s tells %q, which is no notice", tr.Event, key)
			}
		}
	}
}

var allDoors = []model.Door{model.DoorCitizen, model.DoorCounter, model.DoorDesk, model.DoorSupervise, model.DoorKiosk, model.DoorCourier, model.DoorPeer, model.DoorSystem}

var allRoles = []model.Role{model.RoleApplicant, model.RoleAgent, model.RoleClerk, model.RoleReviewer, model.RoleSupervisor, model.RoleAdmin, model.RoleCourier, model.RolePeer, model.RoleDevice, model.RoleSystem}

// actorsFor are the callers of a door and role, own and foreign, led and not.
func actorsFor(d model.Door, r model.Role) []model.Actor {
	own, foreign := model.Actor{Door: d, Role: r}, model.Actor{Door: d, Role: r, ID: "nobody", Org: "445100-QT", Region: "445100", Hall: "hall-cz"}
	switch r {
	case model.RoleApplicant:
		own.ID = "ap-1"
	case model.RoleAgent:
		own.ID = "ap-2"
	case model.RoleClerk:
		own.ID, own.Org, own.Region, own.Hall = "clerk", "440300-ZS", "440300", "hall-sz"
	case model.RoleReviewer:
		own.ID, own.Org, own.Region = "rev", "441500-RS", "441500"
		led := own
		led.ID, led.Lead = "lead", true
		foreign.Lead = true
		return []model.Actor{own, led, foreign}
	case model.RolePeer:
		own.ID, own.Region = "441500", "441500"
	default:
		own.ID = string(r)
	}
	return []model.Actor{own, foreign}
}

// expected is what the reference says to a caller before any precondition is asked; "" means: go on.
func expected(m *model.Matter, e model.MatterEvent, a model.Actor) string {
	key := string(a.Door) + "/" + string(a.Role)
	scope, known := callersOf()[e][key]
	if !known {
		return "forbidden"
	}
	if _, ok := enumerated()[m.State][e]; !ok {
		return "transition_not_allowed"
	}
	for _, k := range []string{string(e), string(e) + " " + string(m.State)} {
		if modes, narrow := onlyModes[k]; narrow && !slices.Contains(strings.Fields(modes), string(m.Mode)) {
			return "transition_not_allowed"
		}
	}
	if who, narrow := onlyThere[string(e)+" "+string(m.State)]; narrow && !slices.Contains(strings.Fields(who), key) {
		return "transition_not_allowed"
	}
	switch {
	case scope == "own" && a.ID == "nobody":
		return "not_found"
	case scope == "R" && a.Org != m.ROrg, (scope == "H" || scope == "lead") && a.Org != m.HOrg, scope == "city" && a.Region != m.To:
		return "wrong_organisation"
	case scope == "lead" && !a.Lead:
		return "approval_required"
	}
	return ""
}

// TestApply_EveryPair tries every mode × state × event × door × role, own and foreign: 19 × 39 × 80 × 2 and more
// in window mode, and the states that the other modes reach.
func TestApply_EveryPair(t *testing.T) {
	t.Parallel()
	for _, mode := range model.Modes {
		for _, state := range model.MatterStates {
			if mode != model.ModeWindow && slices.Contains([]model.MatterState{model.MatterReceived, model.MatterInTransit, model.MatterMaterialsLost}, state) {
				continue
			}
			t.Run(string(mode)+"/"+string(state), func(t *testing.T) {
				t.Parallel()
				if mode != model.ModeWindow && state == model.MatterWithdrawn {
					tryAll(t, withdrawnWithPapers(t, mode))
					return
				}
				tryAll(t, mustReach(t, mode, state))
			})
		}
	}
}

// withdrawnWithPapers: outside window mode papers are under way only after a correction was asked for.
func withdrawnWithPapers(t *testing.T, mode model.Mode) *stage {
	st := mustReach(t, mode, model.MatterAwaitingCorrection)
	st.do(model.EvReceiveMore)
	st.do(model.EvForwardMail)
	st.do(model.EvWithdraw)
	return st
}

func tryAll(t *testing.T, st *stage) {
	t.Helper()
	m := st.m
	for _, e := range model.MatterEvents[1:] {
		for _, d := range allDoors {
			for _, r := range allRoles {
				for _, a := range actorsFor(d, r) {
					tryOne(t, st, m, e, a)
				}
			}
		}
	}
	st.m = m
}

func tryOne(t *testing.T, st *stage, m *model.Matter, e model.MatterEvent, a model.Actor) {
	t.Helper()
	want := expected(m, e, a)
	if want == "" {
		st.m = clone(t, m) // it may be accepted
		defer func() { st.m = m }()
	}
	s := model.Step{Event: e, Actor: a, Now: st.now}
	if want == "" {
		s, _ = st.step(e, a)
		if a.Door == model.DoorSystem {
			s.Now = st.now.AddDate(1, 0, 0)
		}
	}
	err := st.m.Apply(s, st.env)
	got := fault.Code(err)
	if want != "" {
		if got != want {
			t.Fatalf("%s by %s/%s %s in %s: %q, want %q", e, a.Door, a.Role, a.ID, m.State, got, want)
		}
		if next := m.Next(a); slices.Contains(next, string(e)) {
			t.Fatalf("%s by %s/%s %s in %s is refused and still in next", e, a.Door, a.Role, a.ID, m.State)
		}
		checkDetails(t, m, e, a, err)
		return
	}
	if slices.Contains([]string{"forbidden", "wrong_organisation", "separation_of_duties", "not_found", "internal"}, got) {
		t.Fatalf("%s by %s/%s %s in %s: %v, the reference allows it", e, a.Door, a.Role, a.ID, m.State, err)
	}
	if got == "" && st.m.State != enumerated()[m.State][e] {
		t.Fatalf("%s in %s leads to %s", e, m.State, st.m.State)
	}
}

// checkDetails: a program that is refused learns where the matter stands and what it may do instead.
func checkDetails(t *testing.T, m *model.Matter, e model.MatterEvent, a model.Actor, err error) {
	t.Helper()
	f := fault.From(err)
	if f.Code != "transition_not_allowed" {
		return
	}
	next, ok := f.Details["next"].([]string)
	if f.Details["state"] != string(m.State) || f.Details["event"] != string(e) || !ok || !slices.Equal(next, m.Next(a)) {
		t.Fatalf("%s in %s: details %v", e, m.State, f.Details)
	}
}

// TestApply_EveryAllowedPairHappens shows that each of the 102 pairs can really happen, by somebody.
func TestApply_EveryAllowedPairHappens(t *testing.T) {
	t.Parallel()
	happened := map[string]bool{}
	note := func(st *stage) {
		for _, e := range model.MatterEvents[1:] {
			for _, a := range everyone {
				s, ok := st.step2(e, a)
				if !ok {
					continue
				}
				m := clone(t, st.m)
				if m.Apply(s, st.env) == nil {
					happened[string(st.m.State)+" "+string(e)] = true
				}
			}
		}
	}
	for _, mode := range model.Modes {
		for _, state := range model.MatterStates {
			if mode == model.ModeWindow || scripts[state] != nil && !slices.Contains([]model.MatterState{model.MatterReceived, model.MatterInTransit, model.MatterMaterialsLost}, state) {
				note(mustReach(t, mode, state))
			}
		}
	}
	for _, state := range []model.MatterState{model.MatterAwaitingCorrection, model.MatterAwaitingSupplement} {
		st := mustReach(t, model.ModeWindow, state)
		st.do(model.EvReceiveMore)
		note(st)
		st.do(model.EvForwardMail)
		note(st)
		st = mustReach(t, model.ModeWindow, state)
		st.do(model.EvPutMaterial)
		note(st)
	}
	st := newStage(t, model.ModeKiosk, instant)
	note(st)
	st.do(model.EvIssue)
	note(st)
	st = mustReach(t, model.ModeWindow, model.MatterDecided)
	st.do(model.EvDispatchMail, func(s *model.Step) { s.Facts.Hall = hallSW })
	note(st)
	note(lacking(t))
	st = mustReach(t, model.ModeWindow, model.MatterReceived)
	st.do(model.EvWithdraw)
	note(st)
	st = mustReach(t, model.ModeOnline, model.MatterAwaitingCorrection)
	st.do(model.EvPutMaterial)
	st.wait(20)
	note(st)
	for from, events := range enumerated() {
		for e := range events {
			if !happened[string(from)+" "+string(e)] {
				t.Errorf("%s in %s never happened", e, from)
			}
		}
	}
}

// step2 is step for someone who may be of no use in this state.
func (st *stage) step2(e model.MatterEvent, a model.Actor) (model.Step, bool) {
	if !st.m.Allowed(e, a) {
		return model.Step{}, false
	}
	s, ok := st.step(e, a)
	if a.Door == model.DoorSystem {
		s.Now = st.now.AddDate(1, 0, 0)
	}
	return s, ok
}

// lacking is a matter that was accepted with a gap.
func lacking(t failer) *stage {
	st := newStage(t, model.ModeOnline)
	for _, code := range []string{"M001", "M022"} {
		st.do(model.EvPutMaterial, func(s *model.Step) { s.Facts.Material = code })
	}
	st.do(model.EvSubmit)
	st.do(model.EvAccept)
	return st
}

func TestStatesPage(t *testing.T) {
	t.Parallel()
	const page = "../docs/states.md"
	want := model.StatesPage()
	if os.Getenv("KUACHENG_UPDATE") == "1" {
		if err := os.MkdirAll("../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != want {
		t.Errorf("docs/states.md is not what the table says (%v); KUACHENG_UPDATE=1 writes it", err)
	}
}
