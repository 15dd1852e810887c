package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestRefusals sends what no client should send.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	draft := c.start(t, "online", "electronic")
	window := c.start(t, "window", "mail")
	material := "/api/v1/matters/" + draft.No + "/materials/" + draft.Materials[0].Code
	extra := startBody("online", "electronic")
	extra["applicant"] = "someone-else"
	asJSON := func(text string) raw { return raw{kind: "application/json", body: []byte(text)} }
	for _, x := range []struct {
		name, method, path string
		in                 any
		status             int
		code, field        string
	}{
		{"an unknown field", "POST", "/api/v1/matters", extra, 400, "bad_request", "applicant"},
		{"an unknown field deep inside", "POST", "/api/v1/matters", asJSON(`{"item_code":"` + item + `","situation_code":"` + situation + `","mode":"window","receiving_region":"440300","handling_region":"441500","delivery":{"method":"mail","colour":"red"}}`), 400, "bad_request", "delivery.colour"},
		{"a number for a word", "POST", "/api/v1/bookings", asJSON(`{"matter_no":5,"slot_id":"x"}`), 400, "bad_request", "matter_no"},
		{"not JSON", "POST", "/api/v1/bookings", asJSON(`{"matter_no":`), 400, "bad_request", ""},
		{"two documents", "POST", "/api/v1/bookings", asJSON(`{"matter_no":"a","slot_id":"b"}{}`), 400, "bad_request", ""},
		{"a list", "POST", "/api/v1/bookings", asJSON(`[]`), 400, "bad_request", ""},
		{"a form", "POST", "/api/v1/bookings", raw{"application/x-www-form-urlencoded", []byte("matter_no=a&slot_id=b")}, 415, "unsupported_media_type", ""},
		{"plain text", "POST", "/api/v1/matters/" + draft.No + "/withdraw", raw{"text/plain", []byte("{}")}, 415, "unsupported_media_type", ""},
		{"nothing where something is due", "POST", "/api/v1/bookings", asJSON(`{}`), 422, "validation_failed", "matter_no"},
		{"a mode that does not exist", "POST", "/api/v1/matters", asJSON(`{"item_code":"x","situation_code":"x","mode":"telepathy","receiving_region":"440300","handling_region":"441500","delivery":{"method":"mail"}}`), 422, "validation_failed", "mode"},
		{"a page", "PUT", material, upload{"photo.png", "image/png", []byte("<!DOCTYPE html><script>alert(1)</script>")}, 415, "file_type_not_allowed", "file"},
		{"a page that begins like a picture", "PUT", material, upload{"photo.png", "image/png", []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")}, 415, "file_type_not_allowed", "file"},
		{"an empty file", "PUT", material, upload{"photo.png", "image/png", nil}, 422, "file_empty", ""},
		{"a material of no such code", "PUT", "/api/v1/matters/" + draft.No + "/materials/none", scan(), 404, "material_unknown", "code"},
		{"an 11 MiB file", "PUT", material, upload{"big.pdf", "application/pdf", bytes.Repeat([]byte("%PDF-1.7\n"), 11<<20/9)}, 413, "payload_too_large", ""},
		{"a huge body", "POST", "/api/v1/matters", asJSON(`{"item_code":"` + strings.Repeat("x", 12<<20) + `"}`), 413, "payload_too_large", ""},
		{"a cursor made up", "GET", "/api/v1/matters?cursor=garbage", nil, 400, "bad_request", "cursor"},
		{"a cursor made up, of bookings", "GET", "/api/v1/bookings?cursor=AAAA", nil, 400, "bad_request", "cursor"},
		{"a cursor made up, of notices", "GET", "/api/v1/inbox?cursor=%00", nil, 400, "bad_request", "cursor"},
		{"a limit of words", "GET", "/api/v1/matters?limit=many", nil, 400, "bad_request", "limit"},
		{"a query that is not there", "GET", "/api/v1/matters?sort=no", nil, 200, "", ""},
		{"a matter number that cannot be", "GET", "/api/v1/matters/KC0", nil, 404, "not_found", ""},
		{"a path that is not there", "GET", "/api/v1/nothing", nil, 404, "not_found", ""},
		{"a method that is not there", "DELETE", "/api/v1/matters", nil, 405, "method_not_allowed", ""},
		{"a window matter handed in by phone", "POST", "/api/v1/matters/" + window.No + "/submit", map[string]any{"declared": true}, 409, "transition_not_allowed", ""},
		{"papers that are not all there", "POST", "/api/v1/matters/" + draft.No + "/submit", map[string]any{"declared": true}, 409, "materials_missing", ""},
		{"a booking for an online matter", "POST", "/api/v1/bookings", map[string]string{"matter_no": draft.No, "slot_id": hallHere + ":2026-01-05:0900"}, 409, "matter_not_bookable", ""},
		{"a slot that is not there", "POST", "/api/v1/bookings", map[string]string{"matter_no": window.No, "slot_id": hallHere + ":2020-01-05:0900"}, 404, "not_found", ""},
		{"a hall of another city", "POST", "/api/v1/bookings", map[string]string{"matter_no": window.No, "slot_id": "hall-440100-1:2020-01-06:0900"}, 409, "hall_not_serving", ""},
		{"a pair that is not covered", "POST", "/api/v1/matters", with(startBody("online", "electronic"), "handling_region", "440100"), 409, "pair_not_live", ""},
		{"a region that is not there", "POST", "/api/v1/matters", with(startBody("online", "electronic"), "handling_region", "999999"), 422, "unknown_region", ""},
		{"the same region twice", "POST", "/api/v1/matters", with(startBody("online", "electronic"), "receiving_region", shanwei), 422, "same_region", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			a := c.call(t, x.method, x.path, x.in)
			if x.status == 200 {
				a.ok(t, nil)
				return
			}
			f := a.refused(t, x.status, x.code)
			if x.field != "" && f.Details["field"] != x.field {
				t.Errorf("details %v, want field %s", f.Details, x.field)
			}
			if strings.Contains(string(a.body), "alert(1)") || strings.Contains(string(a.body), "xxxx") {
				t.Errorf("the body is quoted: %.300s", a.body)
			}
		})
	}
	t.Run("the sentence of a window matter", func(t *testing.T) {
		t.Parallel()
		f := c.call(t, "POST", "/api/v1/matters/"+window.No+"/submit", nil).refused(t, 409, "transition_not_allowed")
		if f.Message != "本办件为窗口办理，请预约后到窗口提交" || f.Details["state"] != "draft" || f.Details["event"] != "submit" || f.Details["next"] == nil {
			t.Errorf("%+v", f)
		}
	})
	t.Run("somebody unverified", func(t *testing.T) {
		t.Parallel()
		s.login(t, newUser()).call(t, "POST", "/api/v1/matters", startBody("window", "mail")).refused(t, 409, "identity_required")
	})
}

func with(in map[string]any, key string, value any) map[string]any {
	in[key] = value
	return in
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	s := shared(t)
	first := someone()
	s.login(t, newUser()).post(t, "/api/v1/me/identity", first, nil)
	s.login(t, newUser()).call(t, "POST", "/api/v1/me/identity", first).refused(t, 409, "identity_taken")
	c := s.login(t, newUser())
	for field, x := range map[string]struct{ value, code string }{
		"name": {"李不符", "identity_mismatch"}, "id_number": {"441500199001010027", "id_number_invalid"}, "phone": {"12345", "phone_invalid"},
	} {
		who := someone()
		who[field] = x.value
		a := c.call(t, "POST", "/api/v1/me/identity", who)
		a.refused(t, 422, x.code)
		if strings.Contains(string(a.body), x.value) {
			t.Errorf("%s is quoted: %s", field, a.body)
		}
	}
}

// TestLists pages through a list: nothing twice, nothing left out, never more than a hundred.
func TestLists(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	const many = 104
	made := map[string]bool{}
	for range many {
		made[c.start(t, "window", "pickup").No] = true
	}
	type page struct {
		Items []matter
		Next  string `json:"next_cursor"`
	}
	var p page
	c.get(t, "/api/v1/matters?limit=100000", &p)
	if len(p.Items) != 100 || p.Next == "" {
		t.Errorf("a page of %d, cursor %q", len(p.Items), p.Next)
	}
	p = page{}
	c.get(t, "/api/v1/matters", &p)
	if len(p.Items) != 20 {
		t.Errorf("a page of %d without a limit", len(p.Items))
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		p = page{}
		a := c.call(t, "GET", fmt.Sprintf("/api/v1/matters?limit=33&cursor=%s", cursor), nil)
		a.ok(t, &p)
		for _, m := range p.Items {
			if seen[m.No] || !made[m.No] {
				t.Errorf("%s twice, or not ours", m.No)
			}
			seen[m.No] = true
		}
		if cursor = p.Next; cursor == "" {
			if strings.Contains(string(a.body), "next_cursor") {
				t.Error("the last page still has a cursor")
			}
			break
		}
	}
	if len(seen) != many {
		t.Errorf("saw %d of %d", len(seen), many)
	}
	// A cursor is of its own list and its own person.
	c.get(t, "/api/v1/matters?limit=5", &p)
	other, _ := s.citizen(t)
	a := other.call(t, "GET", "/api/v1/matters?limit=5&cursor="+p.Next, nil)
	if a.status == 200 {
		var theirs page
		a.read(t, &theirs)
		if len(theirs.Items) > 0 {
			t.Error("another person's cursor shows their matters")
		}
	}
}
