package e2e

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// sought is one line of a person's access log.
type sought struct {
	Kind, To, Reason string
	ToKind           string `json:"to_kind"`
	Matter           string `json:"matter_no"`
	Fields           []string
}

// copyOf is a copy of a person's data as they are told of it.
type copyOf struct{ ID, State, URL string }

// TestPlan_A3_personal_data: a person who was met at a window sees what is held of them and to whom it went, where they are signed in at
// machines, and takes a copy of all of it along, once for each link and for a day.
func TestPlan_A3_personal_data(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, user := s.citizen(t)
	stranger, _ := s.citizen(t)
	c.call(t, "POST", "/api/v1/me/data/exports", nil).refused(t, 409, "identity_required")
	no := disclosed(t, s, c)
	atMachine(t, s, c)
	held(t, c)

	var e copyOf
	ask := func() answer { return c.with("copy-1").call(t, "POST", "/api/v1/me/data/exports", nil) }
	eventually(t, "level 2 after the window", func() bool { return ask().status == 201 })
	ask().ok(t, &e)
	id := e.ID
	if ask().ok(t, &e); e.ID != id {
		t.Errorf("the same request made %s after %s", e.ID, id)
	}
	c.told(t, "data_export_ready", id)
	c.get(t, "/api/v1/me/data/exports/"+id, &e)
	if e.State != "ready" || e.URL == "" {
		t.Fatalf("the copy: %+v", e)
	}
	first := e.URL
	stranger.call(t, "GET", "/api/v1/me/data/exports/"+id, nil).refused(t, 404, "not_found")
	stranger.call(t, "GET", first, nil).refused(t, 404, "not_found")
	s.nobody().call(t, "GET", first, nil).refused(t, 401, "unauthenticated")
	c.call(t, "GET", first+"0", nil).refused(t, 410, "export_gone")
	a := c.call(t, "GET", first, nil)
	if a.status != 200 || a.header.Get("Content-Type") != "application/zip" {
		t.Fatalf("%d %s", a.status, a.header.Get("Content-Type"))
	}
	unpacked(t, a.body, no)
	c.call(t, "GET", first, nil).refused(t, 410, "export_gone")
	var used, renewed copyOf
	c.get(t, "/api/v1/me/data/exports/"+id, &used)
	c.post(t, "/api/v1/me/data/exports/"+id+"/link", nil, &renewed)
	second := renewed.URL
	if used.URL != "" || second == "" || second == first {
		t.Errorf("another link: %q after %q", second, used.URL)
	}
	c.with("copy-2").call(t, "POST", "/api/v1/me/data/exports", nil).refused(t, 429, "export_limit")

	s.advance(t, 25*time.Hour)
	c = s.login(t, user)
	c.call(t, "GET", second, nil).refused(t, 410, "export_gone")
	eventually(t, "the copy wiped", func() bool {
		c.get(t, "/api/v1/me/data/exports/"+id, &e)
		return e.State == "expired"
	})
	c.with("copy-3").call(t, "POST", "/api/v1/me/data/exports", nil).ok(t, &e)
	if e.ID == id {
		t.Error("the next day's copy is the old one")
	}
}

// disclosed lets a matter go by window and mail, and gives its number when what went to the courier stands in the person's log.
func disclosed(t *testing.T, s *server, c caller) (no string) {
	t.Helper()
	m := c.start(t, "window", "mail")
	clerk, reviewer := s.staff(t, "clerk"), s.staff(t, "reviewer")
	m = clerk.counter(t, m.No, "receive", inspect(m))
	clerk.counter(t, m.No, "forward", with(mailed(waybill()), "by", "mail"))
	reviewer.desk(t, m.No, "arrive", map[string]any{"note": "到件"})
	reviewer.desk(t, m.No, "accept", map[string]any{})
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	reviewer.desk(t, m.No, "dispatch", with(mailed(waybill()), "method", "mail"))
	var log struct {
		Items    []sought
		Verified bool
	}
	to := func(name string) *sought {
		i := slices.IndexFunc(log.Items, func(x sought) bool { return x.To == name })
		if i < 0 {
			return nil
		}
		return &log.Items[i]
	}
	eventually(t, "what the courier was given in the log", func() bool {
		c.get(t, "/api/v1/me/access", &log)
		return to("顺丰速运") != nil && to("快递100") != nil
	})
	if x := to("顺丰速运"); !log.Verified || x.Kind != "disclosed" || x.ToKind != "courier" || x.Matter != m.No || strings.Join(x.Fields, " ") != "name phone address" || x.Reason == "" {
		t.Errorf("the courier: %+v", x)
	}
	if x := to("快递100"); strings.Join(x.Fields, " ") != "phone_tail" {
		t.Errorf("the aggregator: %+v", x)
	}
	return m.No
}

// atMachine lets a person sign in at a machine, see it, be told of it, and sign off from the phone.
func atMachine(t *testing.T, s *server, c caller) {
	t.Helper()
	_, at := s.device(t, "kiosk")
	person := signIn(t, at, c)
	var list struct {
		Items []struct{ ID, Device, Place string }
	}
	c.get(t, "/api/v1/me/sessions", &list)
	i := slices.IndexFunc(list.Items, func(x struct{ ID, Device, Place string }) bool { return x.Device == "kiosk" })
	if i < 0 || list.Items[i].Place != "福田区政务大厅一楼" {
		t.Fatalf("sessions: %+v", list.Items)
	}
	var me struct {
		Applicant struct{ ID string }
	}
	c.get(t, "/api/v1/me", &me)
	c.told(t, "login_new_device", me.Applicant.ID)
	if n := c.notices(t, "login_new_device", me.Applicant.ID); n != 1 {
		t.Errorf("told %d times of a new device", n)
	}
	person.get(t, "/api/v1/kiosk/items", nil)
	c.call(t, "DELETE", "/api/v1/me/sessions/"+list.Items[i].ID, nil).ok(t, nil)
	person.call(t, "GET", "/api/v1/kiosk/items", nil).refused(t, 401, "unauthenticated")
	person = signIn(t, at, c)
	var ended struct{ Ended int }
	c.post(t, "/api/v1/me/sessions/revoke-others", nil, &ended)
	if ended.Ended != 1 {
		t.Errorf("ended %d others", ended.Ended)
	}
	person.call(t, "GET", "/api/v1/kiosk/items", nil).refused(t, 401, "unauthenticated")
}

// held looks at the list of what is held.
func held(t *testing.T, c caller) {
	t.Helper()
	var data struct {
		Items []struct {
			Kind, Title, Why, Kept string
			Count                  int
		}
	}
	c.get(t, "/api/v1/me/data", &data)
	least := map[string]int{"account": 1, "matters": 1, "materials": 1, "parcels": 2, "notices": 1, "sessions": 1, "kiosk_sign_ins": 2, "disclosures": 2}
	for _, x := range data.Items {
		if x.Count < least[x.Kind] || x.Title == "" || x.Why == "" || x.Kept == "" {
			t.Errorf("held: %+v", x)
		}
		delete(least, x.Kind)
	}
	if len(least) > 0 {
		t.Errorf("not on the list: %v", least)
	}
}

// unpacked looks into a copy: it names the person, the matter and the courier, unmasked.
func unpacked(t *testing.T, content []byte, no string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(b)
	}
	for name, words := range map[string]string{
		"index.html": "我的个人信息副本", "01-账户与实名信息.json": "测试人", "02-办件.json": "南山区学府路 1 号", "05-邮件.json": no, "15-对外提供的记录.json": "顺丰速运",
	} {
		if !strings.Contains(all[name], words) {
			t.Errorf("%s lacks %s: %.200s", name, words, all[name])
		}
	}
}
