package e2e

import "testing"

// TestPlan_T7_hall_closes: a hall shuts a day on which people are booked. Each is told and offered other places; nobody is dropped.
func TestPlan_T7_hall_closes(t *testing.T) {
	t.Parallel()
	s := own(t)
	boss := s.staff(t, "supervisor")
	person, _ := s.citizen(t)
	m := person.start(t, "window", "mail")
	x := s.free(t, hallHere, s.now(t))[0]
	b := person.book(t, m.No, x)
	closing := map[string]any{"hall_id": hallHere, "date": x.Date, "reason": "台风停业"}
	var answer struct {
		ID        string
		Displaced int
	}
	boss.post(t, supervise+"/closures?dry_run=true", closing, &answer)
	if answer.Displaced != 1 || s.left(t, hallHere, x) < 0 {
		t.Errorf("a preview changes nothing: %+v", answer)
	}
	boss.post(t, supervise+"/closures", closing, &answer)
	person.told(t, "booking_cancelled", b.ID) // the WeChat template of all lost places
	var is struct {
		State   string
		Reason  string `json:"displaced_reason"`
		Offered []struct {
			Slot string `json:"slot_id"`
		}
	}
	person.get(t, "/api/v1/bookings/"+b.ID, &is)
	if is.State != "displaced" || is.Reason != "台风停业" || len(is.Offered) != 3 || s.left(t, hallHere, x) != -1 {
		t.Fatalf("%+v", is)
	}
	other, _ := s.citizen(t)
	no := other.start(t, "window", "mail").No
	other.call(t, "POST", "/api/v1/bookings", map[string]string{"matter_no": no, "slot_id": x.ID}).refused(t, 404, "not_found")
	person.post(t, "/api/v1/bookings/"+b.ID+"/reschedule", map[string]string{"slot_id": is.Offered[0].Slot}, &is)
	if is.State != "booked" {
		t.Errorf("%+v", is)
	}
	var closures struct {
		Items []struct{ ID, Date, Reason string }
	}
	boss.get(t, supervise+"/closures?hall_id="+hallHere, &closures)
	if len(closures.Items) != 1 || closures.Items[0].ID != answer.ID {
		t.Errorf("%+v", closures)
	}
	boss.post(t, supervise+"/closures/"+answer.ID+"/lift", map[string]any{"hall_id": hallHere, "reason": "台风转向"}, nil)
	if s.left(t, hallHere, x) < 1 {
		t.Error("open again, yet there is no place")
	}

	var h struct {
		ID      string
		Windows []struct{ Number string }
	}
	boss.post(t, supervise+"/halls", map[string]any{"name": "海丰县第二政务大厅", "region": "441521", "address": "海丰县附城镇 8 号", "schedule": "standard", "reason": "新设"}, &h)
	boss.post(t, supervise+"/windows", map[string]any{
		"hall_id": h.ID, "number": "A01", "name": "跨城通办专窗", "cross_city": true, "departments": []string{"*"}, "capacity": 2, "reason": "新设",
	}, &h)
	if h.ID != "hall-441521-2" || len(h.Windows) != 1 {
		t.Errorf("%+v", h)
	}
	if len(s.free(t, h.ID, s.now(t))) == 0 {
		t.Error("a new hall has no slots")
	}
	boss.call(t, "POST", supervise+"/orgs", map[string]any{
		"region": "441521", "department": "ZS", "name": "海丰县政数局", "short": "海丰政数局", "roles": []string{"supervise"}, "reason": "调整",
	}).refused(t, 422, "validation_failed") // its halls need it
	var org struct{ ID string }
	boss.post(t, supervise+"/orgs", map[string]any{
		"region": "441521", "department": "WG", "name": "海丰县文化广电旅游体育局", "short": "海丰文广旅体局", "roles": []string{"decide"}, "reason": "机构设置",
	}, &org)
	if org.ID != "441521-WG" {
		t.Errorf("%+v", org)
	}
}
