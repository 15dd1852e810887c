package kiosk

import (
	"encoding/hex"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/notice/noticetest"
	"kuacheng/biz/seal"
	"kuacheng/biz/signature"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/kiosk"
)

var (
	boss     = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss", Org: "441500-ZS", Region: "441500"}
	county   = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "county", Org: "441502-ZS", Region: "441502"}
	citizen  = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "ap1"}
	stranger = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "ap2"}
)

type office struct {
	*Service
	t     *testing.T
	clock *clock.Movable
	told  *noticetest.Told
	db    *store.DB
}

func open(t *testing.T) *office {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "k.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock.Movable{}
	signing := []token.Key{{ID: "k", Secret: make([]byte, 32)}}
	signer, err := token.NewSigner(signing, c)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, clock: c, told: &noticetest.Told{}, db: db}
	o.Service, err = New(t.Context(), Config{
		DB: db, Clock: c, Keeper: keeper, Signer: signer, QR: token.NewQRSigner(signing, c), Catalogue: catalogue.New(d), Notices: o.told, Public: "https://example.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// machine registers one and gives the parts of a session's signature.
func (o *office) machine(region string) (d *kiosk.Device, sign func() (timestamp, nonce, sum string)) {
	o.t.Helper()
	d, key, err := o.Register(o.t.Context(), boss, kiosk.KindKiosk, region, "大厅", "441500-ZS")
	if err != nil {
		o.t.Fatal(err)
	}
	secret, err := hex.DecodeString(key)
	if err != nil || len(secret) != 32 || strings.Contains(string(d.Key), key) {
		o.t.Fatalf("the key %v", err)
	}
	return d, func() (string, string, string) { return signed(d.ID, secret, d.ID) }
}

func signed(id string, secret []byte, body string) (timestamp, nonce, sum string) {
	h := http.Header{}
	signature.Sign(h, signature.Key{ID: id, Secret: secret}, []byte(body), time.Now())
	return h.Get(signature.HeaderTimestamp), h.Get(signature.HeaderNonce), h.Get(signature.HeaderSignature)
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func (o *office) holder(tok string) token.Holder {
	o.t.Helper()
	h, err := o.Signer.Verify(tok)
	if err != nil {
		o.t.Fatal(err)
	}
	return h
}

func TestService_sessions(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	for name, c := range map[string]struct {
		who         model.Actor
		region, org string
		code        string
	}{
		"another county's": {county, "441521", "441500-ZS", "forbidden"},
		"no region":        {boss, "999999", "441500-ZS", "unknown_region"},
		"nobody runs it":   {boss, "441502", "none", "validation_failed"},
	} {
		if _, _, err := o.Register(ctx, c.who, kiosk.KindKiosk, c.region, "x", c.org); fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, sign := o.machine("441502")
	at, nonce, sum := sign()
	if _, _, _, err := o.Begin(ctx, d.ID, at, nonce, strings.Repeat("0", 64)); fault.Code(err) != "signature_invalid" {
		t.Errorf("%v", err)
	}
	if _, _, _, err := o.Begin(ctx, "none", at, nonce, sum); fault.Code(err) != "signature_invalid" {
		t.Errorf("an unknown machine is told something else: %v", err)
	}
	a2, n2, s2 := signed(d.ID, make([]byte, 32), d.ID)
	if _, _, _, err := o.Begin(ctx, d.ID, a2, n2, s2); fault.Code(err) != "signature_invalid" {
		t.Errorf("%v", err)
	}
	a3, n3, s3 := signed("none", make([]byte, 32), "none") // with the secret that stands for an unknown machine's
	if _, _, _, err := o.Begin(ctx, "none", a3, n3, s3); fault.Code(err) != "signature_invalid" {
		t.Errorf("a machine that is not there began a session: %v", err)
	}
	_, tok, _, err := o.Begin(ctx, d.ID, at, nonce, sum)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := o.Begin(ctx, d.ID, at, nonce, sum); fault.Code(err) != "nonce_replayed" {
		t.Errorf("%v", err)
	}
	h := o.holder(tok)
	wants(t, o.Check(ctx, h), "")
	if !o.Stands("441500") || !o.Stands("441502") || o.Stands("441521") {
		t.Error("where it stands")
	}
	_, err = o.Switch(ctx, model.Actor{Role: model.RoleSupervisor, Region: "441521"}, d.ID, false)
	wants(t, err, "not_found")
	for range 2 {
		if d, err = o.Switch(ctx, county, d.ID, false); err != nil || d.Active || d.Epoch != 1 {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	wants(t, o.Check(ctx, h), "unauthenticated")
	at, nonce, sum = sign()
	if _, _, _, err := o.Begin(ctx, d.ID, at, nonce, sum); fault.Code(err) != "device_disabled" || o.Stands("441502") {
		t.Errorf("%v", err)
	}
	if _, err = o.Switch(ctx, county, d.ID, true); err != nil {
		t.Fatal(err)
	}
	wants(t, o.Check(ctx, h), "unauthenticated") // an old session stays ended
	for who, want := range map[*model.Actor]int{&boss: 1, &county: 1, {Region: "441521"}: 0} {
		if page, err := o.List(ctx, *who, 10, ""); err != nil || len(page.Items) != want {
			t.Errorf("%s: %d, %v", who.Region, len(page.Items), err)
		}
	}
}

// TestService_trouble: who runs a machine hears of paper and of silence, each once until it is over.
func TestService_trouble(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	d, _ := o.machine("441502")
	run := func() string {
		t.Helper()
		if err := o.WakeDevice(ctx, d.ID); err != nil {
			t.Fatal(err)
		}
		x, err := o.devices.Get(ctx, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range x.Outbox {
			for range 2 {
				if err := o.Trouble(ctx, d.ID, e); err != nil {
					t.Fatal(err)
				}
			}
			if err := o.db.Settle(ctx, Devices, d.ID, e.ID); err != nil {
				t.Fatal(err)
			}
		}
		return o.told.Take()
	}
	const told = "441500-ZS staff_device_trouble"
	for _, step := range []struct {
		paper string
		wait  time.Duration
		want  string
	}{
		{kiosk.PaperOK, 0, ""}, {kiosk.PaperOut, 0, told}, {kiosk.PaperOut, 0, ""}, {kiosk.PaperOK, 0, ""}, {kiosk.PaperOut, 0, told},
		{kiosk.PaperLow, 10 * time.Minute, ""}, {kiosk.PaperOK, 20 * time.Minute, told}, {"", 0, ""},
	} {
		if _, err := o.Report(ctx, d.ID, step.paper); err != nil {
			t.Fatal(err)
		}
		o.clock.Advance(step.wait)
		if got := run(); got != step.want {
			t.Errorf("%q, then %s of silence: told %q", step.paper, step.wait, got)
		}
	}
	if err := o.Trouble(ctx, "none", model.Event{}); err != nil {
		t.Error(err)
	}
	if err := o.WakeDevice(ctx, "none"); err != nil {
		t.Error(err)
	}
}

// TestService_logins: the phone says yes once, the machine that drew the code is given one token, and who walks away is signed off.
func TestService_logins(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	d, _ := o.machine("441502")
	machine := model.Actor{Door: model.DoorKiosk, Role: model.RoleDevice, ID: d.ID, Region: d.Region}
	elsewhere := machine
	elsewhere.ID = "none"
	if _, _, err := o.StartLogin(ctx, elsewhere); fault.Code(err) != "not_found" {
		t.Errorf("%v", err)
	}
	enter := func() (id, code, tok string) {
		t.Helper()
		l, code, err := o.StartLogin(ctx, machine)
		if err != nil {
			t.Fatal(err)
		}
		if _, tok, _, err := o.Poll(ctx, machine, l.ID); err != nil || tok != "" {
			t.Fatalf("a token before anybody said yes: %v", err)
		}
		if seen, err := o.Scanned(ctx, "https://example.test/q/"+code); err != nil || seen.Place != "大厅" {
			t.Fatalf("%+v, %v", seen, err)
		}
		if _, err := o.Answer(ctx, citizen, code, true); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Answer(ctx, stranger, code, true); fault.Code(err) != "qr_revoked" {
			t.Errorf("somebody else says yes: %v", err)
		}
		if _, _, _, err := o.Poll(ctx, elsewhere, l.ID); fault.Code(err) != "not_found" {
			t.Errorf("another machine asks: %v", err)
		}
		_, tok, _, err = o.Poll(ctx, machine, l.ID)
		if err != nil || tok == "" {
			t.Fatalf("%v", err)
		}
		if _, again, _, err := o.Poll(ctx, machine, l.ID); err != nil || again != "" {
			t.Errorf("a second token: %v", err)
		}
		return l.ID, code, tok
	}
	id, _, tok := enter()
	h := o.holder(tok)
	for range 5 {
		o.clock.Advance(time.Minute)
		wants(t, o.Check(ctx, h), "")
	}
	if device, err := o.At(ctx, id); err != nil || device != d.ID {
		t.Errorf("%s, %v", device, err)
	}
	o.clock.Advance(kiosk.IdleFor)
	wants(t, o.Check(ctx, h), "unauthenticated") // has walked away

	id, _, tok = enter()
	for range 2 {
		if err := o.EndLogin(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, o.Check(ctx, o.holder(tok)), "unauthenticated")

	l, code, err := o.StartLogin(ctx, machine)
	if err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(3 * time.Minute)
	if _, err := o.Answer(ctx, citizen, code, true); fault.Code(err) != "qr_expired" {
		t.Errorf("%v", err)
	}
	other := o.QR.Make(token.QR{Kind: token.QRTracking, ID: 1, Expires: o.clock.Now().Add(time.Hour)})
	if _, err := o.Scanned(ctx, other); fault.Code(err) != "qr_invalid" {
		t.Errorf("%v", err)
	}
	for range 2 {
		if err := o.WakeLogin(ctx, l.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, _, err := o.Poll(ctx, machine, l.ID); fault.Code(err) != "not_found" {
		t.Errorf("%v", err)
	}
}
