package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// machine is a registered device as its maker programs it.
type machine struct {
	s       *server
	id, key string
}

// device registers a machine and begins its session.
func (s *server) device(t testing.TB, kind string) (machine, caller) {
	t.Helper()
	var d struct{ ID, Key string }
	s.staff(t, "supervisor").post(t, "/api/v1/supervise/devices", map[string]any{
		"kind": kind, "region": shenzhen, "place": "福田区政务大厅一楼", "org": "440300-ZS",
	}, &d)
	if len(d.Key) != 64 {
		t.Fatalf("the key: %+v", d)
	}
	m := machine{s, d.ID, d.Key}
	return m, m.session(t)
}

// signed is the body of a session, as docs say it is made.
func (m machine) signed(at time.Time, nonce string) map[string]any {
	secret, _ := hex.DecodeString(m.key)
	mac := hmac.New(sha256.New, secret)
	ts := strconv.FormatInt(at.Unix(), 10)
	fmt.Fprintf(mac, "%s\n%s\n%s", ts, nonce, m.id)
	return map[string]any{"device_id": m.id, "timestamp": ts, "nonce": nonce, "signature": hex.EncodeToString(mac.Sum(nil))}
}

func (m machine) session(t testing.TB) caller {
	t.Helper()
	var a struct{ Token string }
	m.s.nobody().post(t, "/api/v1/kiosk/session", m.signed(time.Now(), rand.Text()), &a)
	return caller{s: m.s, token: a.Token}
}

type kioskLogin struct {
	ID, State, Token string
	QR               struct{ Token string }
	Person           struct{ Name string }
}

// signIn lets a citizen sign in at a machine.
func signIn(t testing.TB, at, phone caller) (person caller) {
	t.Helper()
	var l kioskLogin
	at.post(t, "/api/v1/kiosk/login", map[string]any{}, &l)
	var seen struct{ Place, State string }
	phone.get(t, "/api/v1/kiosk-logins/"+l.QR.Token, &seen)
	if seen.Place != "福田区政务大厅一楼" || seen.State != "waiting" {
		t.Errorf("the phone shows %+v", seen)
	}
	phone.post(t, "/api/v1/kiosk-logins/"+l.QR.Token+"/confirm", map[string]any{}, nil)
	at.get(t, "/api/v1/kiosk/login/"+l.ID, &l)
	if l.Token == "" || l.State != "used" || l.Person.Name == "" || l.Person.Name == "测试人" {
		t.Fatalf("%+v", l)
	}
	return caller{s: at.s, token: l.Token}
}

// TestPlan_A2_A5_T6_S3_kiosk: a machine is registered, a person signs in by phone, has a certificate made that anybody can verify, prints it
// again without a second matter, and hands a matter in.
func TestPlan_A2_A5_T6_S3_kiosk(t *testing.T) {
	t.Parallel()
	s := own(t)
	phone, _ := s.citizen(t)
	stranger, _ := s.citizen(t)
	var zone struct {
		Modes      []string
		ModeCounts map[string]int `json:"mode_counts"`
	}
	s.nobody().get(t, "/api/v1/zone?from="+shenzhen+"&to="+shanwei, &zone)
	if strings.Contains(strings.Join(zone.Modes, " "), "kiosk") {
		t.Errorf("a mode without a machine: %v", zone.Modes)
	}
	m, at := s.device(t, "kiosk")
	s.nobody().get(t, "/api/v1/zone?from="+shenzhen+"&to="+shanwei, &zone)
	if !strings.Contains(strings.Join(zone.Modes, " "), "kiosk") || zone.ModeCounts["kiosk"] != 20 {
		t.Errorf("with a machine: %+v", zone)
	}
	var items struct {
		Live  bool
		Items []struct{ Code string }
	}
	at.get(t, "/api/v1/kiosk/items", &items)
	if !items.Live || len(items.Items) != 20 {
		t.Errorf("%d scenarios", len(items.Items))
	}
	sessions(t, m)
	codes(t, at, phone, stranger)

	person := signIn(t, at, phone)
	person.call(t, "GET", "/api/v1/me", nil).refused(t, 403, "forbidden")
	phone.call(t, "POST", "/api/v1/kiosk/certificates", map[string]any{"item_code": "SW-RS-0011", "situation_code": "SW-RS-0011-01"}).refused(t, 403, "forbidden")
	certificates(t, s, person, phone)

	var sent matter
	person.post(t, "/api/v1/kiosk/matters", map[string]any{"item_code": "SW-GA-0011", "situation_code": "SW-GA-0011-01", "handling_region": "441502", "delivery_method": "electronic"}, &sent)
	for _, x := range sent.Materials {
		person.put(t, "/api/v1/kiosk/matters/"+sent.No+"/materials/"+x.Code, scan(), nil)
	}
	person.call(t, "GET", "/api/v1/kiosk/matters/"+sent.No+"/receipt.pdf", nil).refused(t, 409, "transition_not_allowed")
	person.post(t, "/api/v1/kiosk/matters/"+sent.No+"/submit", map[string]any{"declared": true}, &sent)
	if sent.State != "awaiting_acceptance" {
		t.Errorf("handed in at the machine: %s", sent.State)
	}
	if a := person.call(t, "GET", "/api/v1/kiosk/matters/"+sent.No+"/receipt.pdf", nil); a.status != 200 || !bytes.HasPrefix(a.body, []byte("%PDF")) {
		t.Errorf("the receipt: %d", a.status)
	}
	phone.reaches(t, sent.No, "awaiting_acceptance") // the same person on the phone

	person.post(t, "/api/v1/kiosk/logout", map[string]any{}, nil)
	person.call(t, "GET", "/api/v1/kiosk/matters/"+sent.No, nil).refused(t, 401, "unauthenticated")
	person = signIn(t, at, phone)
	s.advance(t, 3*time.Minute) // walked away
	person.call(t, "GET", "/api/v1/kiosk/matters/"+sent.No, nil).refused(t, 401, "unauthenticated")
	watched(t, s, m)
}

// sessions: only a fresh signature of a machine in use begins one.
func sessions(t *testing.T, m machine) {
	t.Helper()
	begin := func(body map[string]any) answer { return m.s.nobody().call(t, "POST", "/api/v1/kiosk/session", body) }
	nonce := rand.Text()
	body := m.signed(time.Now(), nonce)
	begin(body).ok(t, nil)
	begin(body).refused(t, 409, "nonce_replayed")
	begin(m.signed(time.Now().Add(-10*time.Minute), rand.Text())).refused(t, 401, "timestamp_out_of_range")
	forged := m.signed(time.Now(), rand.Text())
	forged["nonce"] = rand.Text()
	begin(forged).refused(t, 401, "signature_invalid")
	other := machine{m.s, "DNOBODY", m.key}
	begin(other.signed(time.Now(), rand.Text())).refused(t, 401, "signature_invalid")
}

// codes: a sign-in code is of one machine, is answered once and runs out.
func codes(t *testing.T, at, phone, stranger caller) {
	t.Helper()
	s := at.s
	var l kioskLogin
	at.post(t, "/api/v1/kiosk/login", map[string]any{}, &l)
	path := "/api/v1/kiosk-logins/" + l.QR.Token
	phone.post(t, path+"/confirm", map[string]any{"accept": false}, nil)
	phone.call(t, "POST", path+"/confirm", map[string]any{}).refused(t, 410, "qr_revoked")
	var got kioskLogin
	if at.get(t, "/api/v1/kiosk/login/"+l.ID, &got); got.State != "refused" || got.Token != "" {
		t.Errorf("after a no: %+v", got)
	}
	at.post(t, "/api/v1/kiosk/login", map[string]any{}, &l)
	path = "/api/v1/kiosk-logins/" + l.QR.Token
	_, other := s.device(t, "bank_terminal")
	other.call(t, "GET", "/api/v1/kiosk/login/"+l.ID, nil).refused(t, 404, "not_found")
	for range 2 { // and a second tap
		phone.post(t, path+"/confirm", map[string]any{}, nil)
	}
	stranger.call(t, "POST", path+"/confirm", map[string]any{}).refused(t, 410, "qr_revoked")
	if at.get(t, "/api/v1/kiosk/login/"+l.ID, &got); got.Token == "" {
		t.Errorf("after a yes: %+v", got)
	}
	got = kioskLogin{}
	if at.get(t, "/api/v1/kiosk/login/"+l.ID, &got); got.Token != "" {
		t.Error("a token was given twice")
	}
	at.post(t, "/api/v1/kiosk/login", map[string]any{}, &l)
	s.advance(t, 3*time.Minute)
	phone.call(t, "POST", "/api/v1/kiosk-logins/"+l.QR.Token+"/confirm", map[string]any{}).refused(t, 410, "qr_expired")
}

// certificates: made at once, printed again the same day, verified by anybody, matched by who holds the paper, replaced by a later one, voided by
// its department.
func certificates(t *testing.T, s *server, person, phone caller) {
	t.Helper()
	type certificate struct {
		No, State   string
		Certificate struct {
			No, State, PDFURL string
			PdfURL            string `json:"pdf_url"`
			SlipURL           string `json:"slip_url"`
			VerifyURL         string `json:"verify_url"`
			CheckCode         string `json:"check_code"`
			Prints            int
		}
	}
	want := map[string]any{"item_code": "SW-RS-0011", "situation_code": "SW-RS-0011-01"}
	var first, again certificate
	person.post(t, "/api/v1/kiosk/certificates", want, &first)
	if first.State != "closed" || first.Certificate.State != "valid" {
		t.Fatalf("%+v", first)
	}
	person.post(t, "/api/v1/kiosk/certificates", want, &again)
	if again.No != first.No || again.Certificate.No != first.Certificate.No || again.Certificate.Prints != 2 {
		t.Errorf("printed again: %+v", again)
	}
	person.call(t, "POST", "/api/v1/kiosk/certificates", map[string]any{"item_code": item, "situation_code": "SW-RS-0001-01"}).refused(t, 409, "item_not_offered")
	for _, path := range []string{first.Certificate.PdfURL, first.Certificate.SlipURL} {
		if a := person.call(t, "GET", path, nil); a.status != 200 || !bytes.HasPrefix(a.body, []byte("%PDF")) {
			t.Errorf("%s: %d %.80s", path, a.status, a.body)
		}
	}
	var trail struct {
		Verified bool
		Items    []struct{ Event string }
	}
	s.staff(t, "reviewer").get(t, "/api/v1/matters/"+first.No+"/trail", &trail)
	if !trail.Verified || len(trail.Items) != 4 {
		t.Errorf("the trail: %+v", trail)
	}

	_, code, _ := strings.Cut(first.Certificate.VerifyURL, "/q/")
	verified := func() (state string) {
		var v struct {
			Kind        string
			Certificate struct {
				No, State, Name string
				CheckCode       string `json:"check_code"`
			}
		}
		a := s.nobody().call(t, "GET", "/q/"+code, nil)
		a.read(t, &v)
		if v.Kind != "certificate" || v.Certificate.No != first.Certificate.No || v.Certificate.CheckCode != first.Certificate.CheckCode || strings.Contains(string(a.body), "测试") {
			t.Errorf("the page: %s", a.body)
		}
		return v.Certificate.State
	}
	if got := verified(); got != "valid" {
		t.Errorf("verified as %s", got)
	}
	var me struct {
		Applicant struct{ ID string }
	}
	phone.get(t, "/api/v1/me", &me)
	matched := func(name string) bool {
		var v struct{ Matched bool }
		s.nobody().post(t, "/api/v1/certificates/match", map[string]any{"token": first.Certificate.VerifyURL, "name": name, "id_number": "441500195001010000"}, &v)
		return v.Matched
	}
	if matched("测试人") {
		t.Error("another number matches")
	}
	s.nobody().call(t, "POST", "/api/v1/certificates/match", map[string]any{"token": "x", "name": "x", "id_number": "x"}).refused(t, 404, "qr_invalid")

	s.staff(t, "clerk").call(t, "POST", "/api/v1/desk/certificates/"+first.Certificate.No+"/revoke", map[string]any{"reason": "x"}).refused(t, 403, "forbidden")
	s.staff(t, "reviewer").post(t, "/api/v1/desk/certificates/"+first.Certificate.No+"/revoke", map[string]any{"reason": "登记信息更正"}, nil)
	if got := verified(); got != "revoked" {
		t.Errorf("after it was voided: %s", got)
	}
	person.call(t, "POST", "/api/v1/kiosk/certificates", want).refused(t, 409, "certificate_not_valid")
	person.call(t, "GET", first.Certificate.PdfURL, nil).refused(t, 409, "certificate_not_valid")
}

// watched: who runs a machine is told when it is out of paper; one that is switched off is cut off at once.
func watched(t *testing.T, s *server, m machine) {
	t.Helper()
	at := m.session(t)
	for range 2 {
		at.post(t, "/api/v1/kiosk/status", map[string]any{"paper": "out"}, nil)
	}
	clerk := s.staff(t, "clerk")
	clerk.organisationTold(t, "福田区政务大厅一楼的自助终端缺纸")
	at.post(t, "/api/v1/kiosk/status", map[string]any{"paper": "ok"}, nil)
	s.advance(t, 20*time.Minute)
	s.staff(t, "clerk").organisationTold(t, "福田区政务大厅一楼的自助终端没有响应")
	boss := s.staff(t, "supervisor")
	var list struct {
		Items []struct{ ID, Trouble string }
	}
	boss.get(t, "/api/v1/supervise/devices", &list)
	if len(list.Items) != 2 {
		t.Errorf("%+v", list)
	}
	at = m.session(t)
	boss.put(t, "/api/v1/supervise/devices/"+m.id, map[string]any{"active": false}, nil)
	at.call(t, "GET", "/api/v1/kiosk/items", nil).refused(t, 401, "unauthenticated")
	s.nobody().call(t, "POST", "/api/v1/kiosk/session", m.signed(time.Now(), rand.Text())).refused(t, 403, "device_disabled")
}
