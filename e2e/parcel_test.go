package e2e

import (
	"strings"
	"testing"
)

// inbox waits until the organisation of a member of staff has been told something with these words.
func (c caller) organisationTold(t testing.TB, words string) {
	t.Helper()
	eventually(t, "the organisation is told: "+words, func() bool {
		var page struct{ Items []struct{ Text string } }
		c.get(t, "/api/v1/staff/inbox?limit=100", &page)
		for _, n := range page.Items {
			if strings.Contains(n.Text, words) {
				return true
			}
		}
		return false
	})
}

// parcelReaches waits until the matter's last parcel is in a state.
func (c caller) parcelReaches(t testing.TB, no, state string) parcel {
	t.Helper()
	var p parcel
	eventually(t, "the last parcel of "+no+" is "+state, func() bool {
		m := c.matter(t, no)
		p = m.Parcels[len(m.Parcels)-1]
		return p.State == state
	})
	return p
}

// TestParcel_papers: papers that come back, or whose label is called off, are the window's again and go out anew
// under another number; a number serves a matter once.
func TestParcel_papers(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	clerk := s.staff(t, "clerk")
	first := waybill()
	m := s.sent(t, c, clerk, "kuaidi100", first)
	forward := "/api/v1/counter/matters/" + m.No + "/forward"
	again := func(number string) answer {
		return clerk.call(t, "POST", forward, with(mailed(number), "by", "mail"))
	}
	s.courier(t, first, "returned")
	if got := c.reaches(t, m.No, "received"); got.PapersWith != "receiving" {
		t.Errorf("papers with %s", got.PapersWith)
	}
	again(first).refused(t, 409, "waybill_in_use")

	second := waybill()
	again(second).ok(t, nil)
	s.courier(t, second, "cancelled")
	c.reaches(t, m.No, "received")

	third := waybill()
	again(third).ok(t, nil)
	clerk.counter(t, m.No, "lose", map[string]any{"note": "承运商电话确认遗失"})
	clerk.counter(t, m.No, "receive", inspect(m))
	again(third).refused(t, 409, "waybill_in_use") // though no carrier has said a word of it

	fourth := waybill()
	again(fourth).ok(t, nil)
	s.courier(t, fourth, "damaged")
	clerk.organisationTold(t, "运单号 "+fourth+"）在途中破损")
	s.courier(t, fourth, "delivered")
	c.reaches(t, m.No, "awaiting_acceptance")
}

// TestParcel_result: a result that is refused at the door, comes back, is damaged, lost, or taken by another leads
// back to the department; the applicant is told each time, and chooses how it is sent again.
func TestParcel_result(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	reviewer := s.staff(t, "reviewer")
	m := c.submitted(t, "mail")
	reviewer.desk(t, m.No, "accept", map[string]any{})
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	send := func(number string) answer {
		return reviewer.call(t, "POST", "/api/v1/desk/matters/"+m.No+"/dispatch", with(mailed(number), "method", "mail"))
	}

	first := waybill()
	send(first).ok(t, nil)
	s.courier(t, first, "rejected")
	c.told(t, "parcel_problem", c.parcelReaches(t, m.No, "returning").ID) // while it is still on its way back
	if got := c.matter(t, m.No); got.State != "dispatched" {
		t.Errorf("refused at the door: %s", got.State)
	}
	c.call(t, "PUT", "/api/v1/matters/"+m.No+"/delivery", startBody("online", "mail")["delivery"]).refused(t, 409, "transition_not_allowed")
	s.courier(t, first, "returned")
	c.reaches(t, m.No, "delivery_failed")
	c.told(t, "parcel_problem", m.No)
	c.put(t, "/api/v1/matters/"+m.No+"/delivery", startBody("online", "mail")["delivery"], nil)
	send(first).refused(t, 409, "waybill_in_use")

	second := waybill()
	send(second).ok(t, nil)
	s.courier(t, second, "damaged")
	p := c.parcelReaches(t, m.No, "problem")
	c.told(t, "parcel_problem", p.ID)
	reviewer.organisationTold(t, "运单号 "+second+"）在途中破损")
	complaint := map[string]any{"kind": "incomplete", "note": "少了一张，电话13800000000"}
	for range 2 {
		c.post(t, "/api/v1/matters/"+m.No+"/parcels/"+p.ID+"/report", complaint, nil)
	}
	reviewer.organisationTold(t, "运单号 "+second+"）申请人反映内件缺少：少了一张")
	s.courier(t, second, "lost")
	c.reaches(t, m.No, "delivery_failed")
	reviewer.organisationTold(t, "运单号 "+second+"）据报遗失")

	third := waybill()
	send(third).ok(t, nil)
	s.courier(t, third, "delivered_by_other")
	c.reaches(t, m.No, "delivered")
	c.post(t, "/api/v1/matters/"+m.No+"/dispute-delivery", map[string]any{"reason": "没有收到"}, nil)
	c.reaches(t, m.No, "delivery_failed")
	send(waybill()).refused(t, 409, "mailings_exhausted") // three times is enough
	reviewer.desk(t, m.No, "dispatch", map[string]any{"method": "electronic"})
	c.reaches(t, m.No, "closed")
}

// TestParcel_by_people: staff settle what a carrier leaves open, of their own parcels only, and read its words;
// the public page never shows those.
func TestParcel_by_people(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	stranger, _ := s.citizen(t)
	clerk, reviewer := s.staff(t, "clerk"), s.staff(t, "reviewer")
	number := waybill()
	m := c.start(t, "window", "mail")
	clerk.counter(t, m.No, "receive", inspect(m))
	m = clerk.counter(t, m.No, "forward", with(mailed(number), "by", "mail")) // an SF number without its phone
	id := m.Parcels[0].ID
	staffPath := "/api/v1/staff/matters/" + m.No + "/parcels"
	clerk.organisationTold(t, "运单号 "+number+"）订阅不到物流信息：该公司须凭面单电话后四位查询，请补登记电话")
	clerk.post(t, staffPath+"/"+id+"/label", map[string]any{"phone": "0755-88880000"}, nil)
	clerk.call(t, "POST", staffPath+"/"+id+"/label", map[string]any{}).refused(t, 422, "validation_failed")
	clerk.call(t, "POST", staffPath+"/none/label", map[string]any{"company": "ems"}).refused(t, 404, "not_found")

	s.courier(t, number, "out_for_delivery")
	c.parcelReaches(t, m.No, "out_for_delivery")
	words := func(who caller, path string) string {
		t.Helper()
		var list struct {
			Items []struct {
				Events []struct{ Text, Words string }
			}
		}
		who.get(t, path, &list)
		return list.Items[0].Events[0].Words
	}
	for _, got := range []string{words(clerk, staffPath), words(reviewer, staffPath), words(c, "/api/v1/matters/"+m.No+"/parcels")} {
		if !strings.Contains(got, "李小红") {
			t.Errorf("the carrier's words: %q", got)
		}
	}
	page := s.nobody().call(t, "GET", strings.TrimPrefix(c.matter(t, m.No).QR.URL, s.base), nil)
	if strings.Contains(string(page.body), "李小红") || strings.Contains(string(page.body), number) {
		t.Errorf("the public page shows too much: %s", page.body)
	}
	stranger.call(t, "POST", "/api/v1/matters/"+m.No+"/parcels/"+id+"/report", map[string]any{"kind": "other"}).refused(t, 404, "not_found")

	s.staff(t, "admin").call(t, "POST", staffPath+"/"+id+"/report", map[string]any{"event": "delivered", "note": "x"}).refused(t, 403, "wrong_organisation")
	reviewer.call(t, "POST", staffPath+"/"+id+"/report", map[string]any{"event": "delivered", "note": "x", "at": "yesterday"}).refused(t, 400, "bad_request")
	reviewer.post(t, staffPath+"/"+id+"/report", map[string]any{"event": "delivered", "note": "收发室已收到"}, nil)
	c.reaches(t, m.No, "awaiting_acceptance")
}
