package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// Who calls. The matter that is asked for is the owner's, handed in at 深圳's window for 汕尾's 人社局, and has
// been there from the start to the desk: clerk and reviewer are those whom it concerns.
var callers = []string{"nobody", "owner", "stranger", "clerk", "clerk-shanwei", "reviewer", "supervisor", "admin"}

// doors says what each caller meets at each door, in the order of callers: "401" without a token, "403" in the
// wrong role, "404" where the thing named is another's, "in" where the caller has got through the door and to
// the thing, whatever becomes of the request there. Calls that name nothing have no 404.
var doors = map[string][8]string{
	//                  nobody  owner  strang clerk  cl.sw  review superv admin
	"open":            {"in", "in", "in", "in", "in", "in", "in", "in"},
	"citizen":         {"401", "in", "in", "403", "403", "403", "403", "403"},
	"citizen matter":  {"401", "in", "404", "403", "403", "403", "403", "403"},
	"counter":         {"401", "403", "403", "in", "in", "403", "403", "403"},
	"counter matter":  {"401", "403", "403", "in", "404", "403", "403", "403"},
	"counter booking": {"401", "403", "403", "in", "in", "403", "403", "403"}, // another hall's is told by name: 409 wrong_hall
	"desk":            {"401", "403", "403", "403", "403", "in", "403", "403"},
	"desk matter":     {"401", "403", "403", "403", "403", "in", "403", "403"},
	"staff":           {"401", "403", "403", "in", "in", "in", "in", "in"},
	"staff matter":    {"401", "403", "403", "in", "404", "in", "in", "in"},
	"staff notice":    {"401", "403", "403", "404", "404", "404", "404", "404"}, // a citizen's is no organisation's
	"supervise":       {"401", "403", "403", "403", "403", "403", "in", "in"},
	"supervise lose":  {"401", "403", "403", "403", "403", "403", "in", "403"}, // the one event that a supervisor has
	"ledger":          {"401", "403", "403", "403", "403", "403", "in", "in"},
	"bureau":          {"401", "403", "403", "403", "403", "403", "in", "in"},
	"personnel":       {"401", "403", "403", "403", "403", "403", "in", "in"},
	"privacy":         {"401", "in", "in", "403", "403", "403", "403", "403"},
	"signal":          {"401", "403", "403", "403", "403", "403", "in", "in"},
	"trust":           {"401", "403", "403", "403", "403", "403", "in", "in"},
	"trust keys":      {"401", "403", "403", "403", "403", "403", "403", "in"},
	"kiosk":           {"401", "403", "403", "403", "403", "403", "403", "403"},
}

// open are the calls that need no token.
var open = []string{
	"citizen.LoginWechat", "citizen.LoginApp", "citizen.Refresh", "citizen.ListRegions", "citizen.GetZone", "citizen.ListItems",
	"citizen.GetItem", "citizen.ListHalls", "citizen.ListSlots", "staff.Login", "kiosk.Begin",
}

// row says by which line of the table a call is judged.
func row(call, path string) string {
	door, _, _ := strings.Cut(call, ".")
	switch {
	case slices.Contains(open, call), slices.Contains([]string{"operations", "public", "callbacks", "sandbox"}, door):
		return "open"
	case door == "kiosk" && !slices.Contains(open, call):
		return "kiosk" // staff and phones stay outside; who comes from a machine is tested with one
	case call == "trust.Reseal":
		return "trust keys"
	case call == "supervise.Lose":
		return "supervise lose"
	case door == "supervise":
		return "supervise" // the supervisor of the handling region and the administrator see this matter
	case slices.Contains([]string{"accord", "plan", "policy", "credit", "editor", "organisation"}, door):
		switch { // by whom a call is meant to be made is said by its path
		case strings.HasPrefix(path, "/api/v1/supervise/"):
			return "supervise"
		case strings.HasPrefix(path, "/api/v1/staff/"):
			return "staff"
		}
		return "citizen"
	case strings.Contains(path, "{no}"):
		return door + " matter"
	case strings.Contains(path, "/bookings/{id}"), strings.Contains(path, "/inbox/{id}"):
		switch door {
		case "citizen":
			return "citizen matter"
		case "staff":
			return "staff notice"
		}
		return "counter booking"
	}
	return door
}

type route struct{ method, path, call string }

// routes reads every route from the document that is made from the contract; its own test walks the router.
func routes(t *testing.T) []route {
	t.Helper()
	raw, err := os.ReadFile("../handler/docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			ID string `json:"operationId"`
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var out []route
	for path, methods := range doc.Paths {
		for method, op := range methods {
			out = append(out, route{strings.ToUpper(method), path, op.ID})
		}
	}
	if len(out) < 80 {
		t.Fatalf("only %d routes", len(out))
	}
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return out
}

// TestAccess calls every route as everybody. Where a request is let through, what becomes of it depends on those
// before it and does not matter here: door, role and scope come first.
func TestAccess(t *testing.T) {
	t.Parallel()
	s := own(t)
	owner, _ := s.citizen(t)
	stranger, _ := s.citizen(t)
	w := world(t, s, owner)
	tokens := map[string]caller{"nobody": s.nobody(), "owner": owner, "stranger": stranger}
	for _, name := range callers[3:] {
		tokens[name] = s.staff(t, name)
	}
	for _, r := range routes(t) {
		if r.call == "citizen.Stream" || r.call == "sandbox.SetClock" {
			continue // the one does not end, the other moves the clock under the rest
		}
		line := row(r.call, r.path)
		want, known := doors[line]
		if !known {
			t.Errorf("%s has no line in the table", r.call)
			continue
		}
		for i, name := range callers {
			a := tokens[name].call(t, r.method, w.path(r), w.body(r))
			if got := met(r, a); got != want[i] {
				t.Errorf("%s %s as %s (%s): met %s, want %s: %d %.200s", r.method, r.path, name, line, got, want[i], a.status, a.body)
			}
		}
	}
	for _, token := range []string{"x", "a.b.c", owner.token + "x", owner.token[:len(owner.token)-3] + "AAA"} {
		caller{s: s, token: token}.call(t, "GET", "/api/v1/me", nil).refused(t, 401, "unauthenticated")
	}
}

// met says how far a request came. The things that the world's paths name are all there, so not_found is a
// refusal; other 404s (a material without a file) are answers about the thing.
func met(r route, a answer) string {
	f := a.fault()
	switch {
	case a.status == 401 && f.Code == "unauthenticated":
		return "401"
	case a.status == 403 && f.Code == "forbidden":
		return "403"
	case a.status == 404 && f.Code == "not_found" && (strings.HasSuffix(r.call, ".ReadNotice") || f.Message == "未找到该办件" || f.Message == "未找到该预约"):
		return "404"
	case a.status >= 500 && f.Code != "licence_unavailable":
		return "broken"
	}
	return "in"
}

// things are what the paths name.
type things struct{ no, booking, notice, code string }

// world is a matter at the desk that came by the window, with a booking of its owner's for another matter.
func world(t *testing.T, s *server, owner caller) things {
	t.Helper()
	m := owner.start(t, "window", "mail")
	clerk := s.staff(t, "clerk")
	m = clerk.counter(t, m.No, "receive", inspect(m))
	clerk.counter(t, m.No, "forward", map[string]any{"by": "mail", "carrier": "kuaidi100", "waybill": waybill()})
	s.staff(t, "reviewer").desk(t, m.No, "arrive", map[string]any{"note": "到件"})
	free := s.free(t, hallHere, s.now(t))
	b := owner.book(t, owner.start(t, "window", "mail").No, free[0])
	owner.told(t, "booking_confirmed", b.ID)
	var inbox struct{ Items []struct{ ID string } }
	owner.get(t, "/api/v1/inbox?limit=1", &inbox)
	return things{no: m.No, booking: b.ID, notice: inbox.Items[0].ID, code: m.Materials[0].Code}
}

// path fills a route's path in.
func (w things) path(r route) string {
	id := w.booking
	if strings.Contains(r.path, "/inbox/") {
		id = w.notice
	}
	return strings.NewReplacer("{no}", w.no, "{id}", id, "{code}", w.code, "{name}", "urgent", "{token}", "none", "{carrier}", "kuaidi100", "{file}", "none", "{n}", "1").Replace(r.path)
}

// body is what is sent: enough to come past the binder, which reads before scope is asked.
func (w things) body(r route) any {
	if r.method == "GET" {
		return nil
	}
	if in, ok := map[string]any{
		"citizen.PutMaterial":      upload{name: "x", kind: "text/html", content: []byte("<html></html>")},
		"citizen.AddReviewPicture": upload{name: "x", kind: "text/html", content: []byte("<html></html>")},
		"counter.PutMaterial":      upload{name: "x", kind: "text/html", content: []byte("<html></html>")},
		"desk.PutResult":           upload{name: "x", kind: "text/html", content: []byte("<html></html>")},
		"citizen.ReportParcel":     map[string]any{"kind": "other"},
		"staff.ReportParcel":       map[string]any{"event": "lost", "note": "x"},
		"staff.LabelParcel":        map[string]any{"company": "ems"},
		"citizen.Submit":           map[string]any{"declared": false},
		"citizen.ReviewAgain":      map[string]any{"stars": 3},
		"citizen.RaiseProblem":     map[string]any{"title": "x"},
		"bureau.RegisterDevice":    map[string]any{"kind": "kiosk", "region": "none", "place": "x", "org": "none"},
		"bureau.SwitchDevice":      map[string]any{"active": false},
		"desk.RevokeCertificate":   map[string]any{"reason": "x"},
		"bureau.OpenProblem":       map[string]any{"title": "x"},
		"bureau.AssignProblem":     map[string]any{"unit": "none"},
		"bureau.SendBackProblem":   map[string]any{"reason": "x"},
		"bureau.ExtendProblem":     map[string]any{"reason": "x"},
		"bureau.CloseProblem":      map[string]any{"reason": "x"},
		"bureau.FollowUpReview":    map[string]any{"outcome": "rectified", "answer": "x"},
		"staff.ContactProblem":     map[string]any{"text": "x"},
		"staff.AnswerProblem":      map[string]any{"text": "x"},
		"citizen.AddReview":        map[string]any{"stars": 3},
		"citizen.ChangeDelivery":   map[string]any{"method": "mail"},
		"citizen.Reschedule":       map[string]any{"slot_id": "none"},
		"citizen.Withdraw":         map[string]any{"reason": "x"},
		"counter.Withdraw":         map[string]any{"reason": "x"},
		"counter.CorrectWaybill":   map[string]any{"waybill": "SF0000000000000"},
		"counter.Lose":             map[string]any{"note": "x"},
		"counter.Receive":          map[string]any{"identity": map[string]any{"method": "id_card", "matched": false}, "checks": []any{}},
		"counter.Forward":          map[string]any{"by": "network"},
		"counter.PickUp":           map[string]any{"identity": map[string]any{"method": "id_card", "matched": false}},
		"counter.ReturnPapers":     map[string]any{"by": "hand"},
		"supervise.Lose":           map[string]any{"note": "x"},
		"personnel.CreateStaff":    map[string]any{"account": "none", "name": "甲", "role": "clerk", "org": "none"},
		"personnel.MoveStaff":      map[string]any{"reason": "x"},
		"personnel.ResetPassword":  map[string]any{"reason": "x"},
		"personnel.DisableStaff":   map[string]any{"reason": "x"},
		"personnel.EnableStaff":    map[string]any{"reason": "x"},
		"staff.ChangePassword":     map[string]any{"old_password": "x", "new_password": "y"},
		"privacy.SayConsent":       map[string]any{"purpose": "push", "granted": false},
		"staff.Reveal":             map[string]any{"field": "phone", "reason": "核对"},
		"desk.Accept":              map[string]any{"lacking": []any{map[string]any{"material_code": "none", "until": "2000-01-01"}}},
		"desk.Arrive":              map[string]any{},
		"callbacks.Courier":        raw{kind: "application/x-www-form-urlencoded", body: []byte("x=1")},
	}[r.call]; ok {
		return in
	}
	return map[string]any{}
}
