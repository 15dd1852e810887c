package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// The pair of cities that the tests play in, and the sandbox's department that the reviewer works in.
const (
	shenzhen = "440300"
	shanwei  = "441500"
	hallHere = "hall-440300-1"
	hallSW   = "hall-441500-1"
)

var beijing = time.FixedZone("CST", 8*60*60)

func (s *server) nobody() caller { return caller{s: s} }

// staff signs one of the sandbox's staff in.
func (s *server) staff(t testing.TB, name string) caller {
	t.Helper()
	var in struct{ Token string }
	s.nobody().post(t, "/api/v1/staff/login", map[string]string{"username": name, "password": "sandbox-only"}, &in)
	return caller{s: s, token: in.Token}
}

// login signs a citizen in by WeChat.
func (s *server) login(t testing.TB, user string) caller {
	t.Helper()
	var code, in struct{ Code, Token string }
	s.nobody().post(t, "/sandbox/wechat/login", map[string]string{"user": user}, &code)
	s.nobody().post(t, "/api/v1/login/wechat", map[string]string{"code": code.Code}, &in)
	return caller{s: s, token: in.Token}
}

var people atomic.Int64

// newUser is a name in WeChat that nobody has yet.
func newUser() string { return fmt.Sprintf("user-%d-%s", people.Add(1), rand.Text()[:6]) }

// citizen is a new person with a verified identity.
func (s *server) citizen(t testing.TB) (c caller, user string) {
	t.Helper()
	user = newUser()
	c = s.login(t, user)
	c.post(t, "/api/v1/me/identity", someone(), nil)
	return c, user
}

// someone is the identity of a person who does not exist.
func someone() map[string]string {
	n := people.Add(1)
	return map[string]string{
		"name": "测试人", "id_type": "resident_id", "id_number": idNumber(n), "phone": fmt.Sprintf("136%08d", n),
	}
}

// idNumber makes a number that checks (GB 11643: weights 2^(17−i) mod 11).
func idNumber(n int64) string {
	body := fmt.Sprintf("441500%04d0101%03d", 1950+n/1000%50, n%1000)
	sum := 0
	for i, c := range body {
		w := 1
		for range 17 - i {
			w = w * 2 % 11
		}
		sum += int(c-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

// What the tests read of answers.
type (
	material struct {
		Code     string `json:"code"`
		Name     string `json:"name"`
		Required bool   `json:"required"`
		State    string `json:"state"`
	}
	qr struct {
		Token, URL string
		PNGURL     string `json:"png_url"`
	}
	matter struct {
		No         string     `json:"no"`
		State      string     `json:"state"`
		Light      string     `json:"light"`
		Paused     bool       `json:"paused"`
		DueAt      string     `json:"due_at"`
		Next       []string   `json:"next"`
		Materials  []material `json:"materials"`
		PapersWith string     `json:"papers_with"`
		QR         *qr        `json:"qr"`
		Parcels    []parcel   `json:"parcels"`
		Booking    *booking   `json:"booking"`
		Trail      []entry    `json:"trail"`
		Result     bool       `json:"result_available"`
		Refusal    *struct {
			Reason, Law, Remedies string
		} `json:"refusal"`
		Decision *struct {
			Outcome, Reason, Law, Remedies string
		} `json:"decision"`
	}
	entry struct {
		Event string `json:"event"`
	}
	parcel struct {
		ID        string `json:"id"`
		Direction string `json:"direction"`
		Waybill   string `json:"waybill"`
		State     string `json:"state"`
	}
	slot struct {
		ID       string    `json:"id"`
		Date     string    `json:"date"`
		StartsAt time.Time `json:"starts_at"`
		Capacity int       `json:"capacity"`
		Left     int       `json:"left"`
	}
	booking struct {
		ID       string `json:"id"`
		MatterNo string `json:"matter_no"`
		State    string `json:"state"`
		Ticket   string `json:"ticket"`
		WalkIn   bool   `json:"walk_in"`
		Calls    int    `json:"called_count"`
		Slot     *slot  `json:"slot"`
		QR       *qr    `json:"qr"`
	}
	visit struct {
		Booking booking `json:"booking"`
		Matter  *matter `json:"matter"`
		Checks  []struct {
			Code     string `json:"material_code"`
			Required bool   `json:"required"`
		} `json:"checks"`
	}
	notice struct {
		Template string `json:"template"`
		Text     string `json:"text"`
		Ref      struct {
			Kind, ID string
		} `json:"ref"`
	}
)

// The items that the tests use: one of the sandbox reviewer's department, for every mode and delivery.
const (
	item      = "SW-RS-0001"
	situation = "SW-RS-0001-01"
)

func startBody(mode, delivery string) map[string]any {
	d := map[string]any{"method": delivery}
	if delivery == "mail" {
		d["address"] = map[string]string{"name": "测试人", "phone": "13612345678", "region": shenzhen, "detail": "南山区学府路 1 号"}
	}
	return map[string]any{
		"item_code": item, "situation_code": situation, "mode": mode, "receiving_region": shenzhen, "handling_region": shanwei, "delivery": d,
	}
}

// start opens a matter of the caller's.
func (c caller) start(t testing.TB, mode, delivery string) matter {
	t.Helper()
	var m matter
	c.post(t, "/api/v1/matters", startBody(mode, delivery), &m)
	return m
}

// submitted is an online matter that has been handed in.
func (c caller) submitted(t testing.TB, delivery string) matter {
	t.Helper()
	m := c.start(t, "online", delivery)
	for _, x := range m.Materials {
		if x.Required {
			c.put(t, "/api/v1/matters/"+m.No+"/materials/"+x.Code, scan(), nil)
		}
	}
	c.post(t, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, &m)
	return m
}

func (c caller) matter(t testing.TB, no string) matter {
	t.Helper()
	var m matter
	c.get(t, "/api/v1/matters/"+no, &m)
	return m
}

// reaches waits until the matter is in a state.
func (c caller) reaches(t testing.TB, no, state string) matter {
	t.Helper()
	var m matter
	eventually(t, no+" "+state, func() bool {
		m = c.matter(t, no)
		return m.State == state
	})
	return m
}

// desk lets a reviewer do something and gives the matter as it then is.
func (c caller) desk(t testing.TB, no, verb string, in map[string]any) matter {
	t.Helper()
	var m matter
	c.post(t, "/api/v1/desk/matters/"+no+"/"+verb, in, &m)
	return m
}

// counter lets a clerk do something.
func (c caller) counter(t testing.TB, no, verb string, in map[string]any) matter {
	t.Helper()
	var m matter
	c.post(t, "/api/v1/counter/matters/"+no+"/"+verb, in, &m)
	return m
}

// inspect is the clerk's formal check of all required materials; those named in bad fail.
func inspect(m matter, bad ...string) map[string]any {
	checks := []map[string]any{}
	for _, x := range m.Materials {
		if !x.Required {
			continue
		}
		k := map[string]any{"material_code": x.Code, "ok": true}
		for _, b := range bad {
			if b == x.Code {
				k["ok"], k["note"] = false, "缺盖章"
			}
		}
		checks = append(checks, k)
	}
	return map[string]any{"identity": map[string]any{"method": "id_card", "matched": true}, "checks": checks}
}

var waybills atomic.Int64

// waybill is one that nobody has used.
func waybill() string {
	return "SF" + fmt.Sprintf("%013d", (time.Now().UnixNano()/1000+waybills.Add(1)*977)%1e13)
}

// mailed is how a parcel is sent.
func mailed(number string) map[string]any {
	return map[string]any{"carrier": "kuaidi100", "waybill": number}
}

// courier moves a parcel of the stand-in's to an event.
func (s *server) courier(t testing.TB, number, to string) {
	t.Helper()
	var a struct {
		Posted []struct {
			Status int
			Body   string
		}
	}
	s.nobody().post(t, "/sandbox/couriers/kuaidi100/advance", map[string]string{"waybill": number, "to": to}, &a)
	for _, p := range a.Posted {
		if p.Status != 200 {
			t.Fatalf("the courier's callback was answered %d %s", p.Status, p.Body)
		}
	}
}

// now is the server's time.
func (s *server) now(t testing.TB) time.Time { t.Helper(); return s.advance(t, 0) }

// advance moves the server's clock.
func (s *server) advance(t testing.TB, d time.Duration) time.Time {
	t.Helper()
	var a struct{ Now time.Time }
	s.nobody().post(t, "/sandbox/clock", map[string]string{"advance": d.String()}, &a)
	return a.Now
}

// advanceTo moves the server's clock to a time that is still to come.
func (s *server) advanceTo(t testing.TB, at time.Time) {
	t.Helper()
	d := at.Sub(s.now(t))
	if d < 0 {
		t.Fatalf("%s is past", at)
	}
	s.advance(t, d.Truncate(time.Millisecond)+time.Millisecond)
}

// free lists the slots of a hall that can still be booked, from the day after tomorrow on, so that neither the
// hour of the test nor a holiday matters.
func (s *server) free(t testing.TB, hall string, at time.Time) []slot {
	t.Helper()
	for day := 2; day <= 14; day++ {
		var list struct{ Items []slot }
		date := at.In(beijing).AddDate(0, 0, day).Format("2006-01-02")
		s.nobody().get(t, "/api/v1/halls/"+hall+"/slots?"+url.Values{"date": {date}, "item": {item}}.Encode(), &list)
		var open []slot
		for _, x := range list.Items {
			if x.Left > 0 {
				open = append(open, x)
			}
		}
		if len(open) > 3 {
			return open
		}
	}
	t.Fatal("no free slot within two weeks")
	return nil
}

// left is what a slot has left.
func (s *server) left(t testing.TB, hall string, x slot) int {
	t.Helper()
	var list struct{ Items []slot }
	s.nobody().get(t, "/api/v1/halls/"+hall+"/slots?date="+x.Date+"&item="+item, &list)
	for _, y := range list.Items {
		if y.ID == x.ID {
			return y.Left
		}
	}
	return -1
}

// book takes a place for a matter.
func (c caller) book(t testing.TB, no string, x slot) booking {
	t.Helper()
	var b booking
	c.post(t, "/api/v1/bookings", map[string]string{"matter_no": no, "slot_id": x.ID}, &b)
	return b
}

// notices counts what the inbox holds of a template about one thing.
func (c caller) notices(t testing.TB, template, id string) int {
	t.Helper()
	n := 0
	for cursor := ""; ; {
		var page struct {
			Items []notice
			Next  string `json:"next_cursor"`
		}
		c.get(t, "/api/v1/inbox?limit=100&cursor="+url.QueryEscape(cursor), &page)
		for _, x := range page.Items {
			if x.Template == template && x.Ref.ID == id {
				n++
			}
		}
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}

// told waits for a notice.
func (c caller) told(t testing.TB, template, id string) {
	t.Helper()
	eventually(t, "notice "+template+" of "+id, func() bool { return c.notices(t, template, id) > 0 })
}

// scan is a small picture of a paper.
func scan() upload {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 32, 32))); err != nil {
		panic(err) // a buffer takes everything
	}
	return upload{name: "scan.png", kind: "image/png", content: b.Bytes()}
}
