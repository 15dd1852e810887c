package mydata_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/account"
	"kuacheng/biz/audit"
	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/consent"
	"kuacheng/biz/file"
	"kuacheng/biz/identity"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/matter"
	"kuacheng/biz/mydata"
	"kuacheng/biz/notice"
	"kuacheng/biz/once"
	"kuacheng/biz/parcel"
	"kuacheng/biz/personkey"
	"kuacheng/biz/picture"
	"kuacheng/biz/policy"
	"kuacheng/biz/problem"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	"kuacheng/biz/wechat"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/trust"
)

// friends is a WeChat that knows everybody: a code is the person.
type friends struct{}

func (friends) Login(_ context.Context, code string) (openID, unionID string, err error) {
	return "mini-" + code, "union-" + code, nil
}

func (friends) AppLogin(_ context.Context, code string) (openID, unionID string, err error) {
	return "app-" + code, "union-" + code, nil
}

func (friends) Phone(context.Context, string, string) (wechat.Phone, error) {
	return wechat.Phone{}, errors.New("not here")
}

type register struct{}

func (register) Match(context.Context, identity.Question) (bool, error) { return true, nil }

// city is all that holds something of people, on a store of its own.
type city struct {
	*mydata.Service
	t      *testing.T
	clock  *clock.Movable
	db     *store.DB
	people *personkey.Service
}

func open(t *testing.T) *city {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, c := t.Context(), &clock.Movable{}
	d, err := dataset.Load()
	must(err)
	folder := t.TempDir()
	db, err := sqlite.Open(ctx, filepath.Join(folder, "m.db"), store.Config{})
	must(err)
	t.Cleanup(func() { _ = db.Close() })
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	must(err)
	keeper, err := seal.New(keys, make([]byte, 16))
	must(err)
	people, err := personkey.New(ctx, db, keeper, c)
	must(err)
	files, err := file.Open(ctx, filepath.Join(folder, "files"), keeper)
	must(err)
	t.Cleanup(func() { _ = files.Close() })
	signing := []token.Key{{ID: "k", Secret: make([]byte, 32)}}
	signer, err := token.NewSigner(signing, c)
	must(err)
	cat := catalogue.New(d)
	x := mydata.Config{DB: db, Clock: c, Keeper: keeper, Files: files, Catalogue: cat, Log: slog.New(slog.DiscardHandler)}
	x.Accounts, err = account.New(ctx, account.Config{DB: db, Keeper: keeper, Signer: signer, Clock: c, WeChat: friends{}, Checker: register{}, AppID: "mini", AppAppID: "app"})
	must(err)
	notices, err := store.Open(ctx, db, notice.Spec())
	must(err)
	x.Notices = notice.New(notices, nil, nil, nil, c)
	x.Audit, err = audit.New(ctx, audit.Config{DB: db, Clock: c})
	must(err)
	x.Consents, err = consent.New(ctx, db, c)
	must(err)
	x.Bookings, err = booking.New(ctx, booking.Config{DB: db, Clock: c, Catalogue: cat, Notices: x.Notices, Log: x.Log})
	must(err)
	x.Parcels, err = parcel.New(ctx, parcel.Config{DB: db, Clock: c, Keeper: keeper, Log: x.Log})
	must(err)
	x.Matters, err = matter.New(ctx, matter.Config{
		DB: db, Clock: c, Keeper: keeper, Files: files, Catalogue: cat, Accounts: x.Accounts, Parcels: x.Parcels, Notices: x.Notices, Bookings: x.Bookings,
		Log: x.Log, Accesses: x.Audit, TrackLink: func(*model.Matter) string { return "https://example.test/q/x" },
	})
	must(err)
	x.Policies, err = policy.New(ctx, policy.Config{DB: db, Clock: c})
	must(err)
	x.Kiosks, err = kiosk.New(ctx, kiosk.Config{DB: db, Clock: c, Keeper: keeper, Signer: signer, QR: token.NewQRSigner(signing, c), Catalogue: cat, Accounts: x.Accounts, Matters: x.Matters})
	must(err)
	x.Problems, err = problem.New(ctx, problem.Config{DB: db, Clock: c, Catalogue: cat, Notices: x.Notices, Bureau: func(string) string { return "441500-ZS" }})
	must(err)
	x.Pictures, err = picture.New(ctx, picture.Config{DB: db, Clock: c, Files: files, Matters: x.Matters, Accounts: x.Accounts})
	must(err)
	s, err := mydata.New(ctx, x)
	must(err)
	return &city{s, t, c, db, people}
}

// citizen is somebody who was met in person, and has a matter with a material.
func (c *city) citizen(code string) (id, no string) {
	c.t.Helper()
	ctx := c.t.Context()
	in, err := c.Accounts.LoginWechat(ctx, code)
	if err != nil {
		c.t.Fatal(err)
	}
	id = in.Applicant.ID
	if _, err := c.Accounts.Verify(ctx, id, account.Claim{Name: "测试人", IDType: "resident_id", IDNumber: numbers[code], Phone: "13612345678"}); err != nil {
		c.t.Fatal(err)
	}
	if err := c.Accounts.Met(ctx, id); err != nil {
		c.t.Fatal(err)
	}
	who := model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: id}
	m, _, err := c.Matters.Begin(ctx, who, matter.Start{
		Item: "SW-RS-0001", Situation: "SW-RS-0001-01", Mode: model.ModeOnline, From: "440300", To: "441500", Method: model.DeliverMail,
		Address: &matter.Address{Name: "测试人", Phone: "13612345678", Region: "440300", Detail: "南山区学府路 1 号"},
	}, once.Request{}, func(*model.Matter) ([]byte, error) { return nil, nil })
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.Matters.PutMaterial(ctx, who, m.ID, m.Materials[0].Code, paper); err != nil {
		c.t.Fatal(err)
	}
	return id, m.ID
}

// numbers of people who never were (GB 11643).
var numbers = map[string]string{"li": "441500195001019911", "wu": "44150019500101992X"}

// paper is a PDF of more than one part of a long file.
var paper = append([]byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"), bytes.Repeat([]byte("kuacheng "), 600_000)...)

func (c *city) ask(person, key string) (*trust.Export, error) {
	c.t.Helper()
	var first trust.Export
	answer, err := c.Ask(c.t.Context(), person, once.New(c.Keeper, key, "body"), func(e *trust.Export) ([]byte, error) { return json.Marshal(e) })
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer, &first); err != nil {
		c.t.Fatal(err)
	}
	return &first, nil
}

func (c *city) mustAsk(person, key string) string {
	c.t.Helper()
	e, err := c.ask(person, key)
	if err != nil {
		c.t.Fatal(err)
	}
	return e.ID
}

// carryOut carries out what a person's copies ask for, each event twice.
func (c *city) carryOut(person string) {
	c.t.Helper()
	for {
		pending, err := c.db.Pending(c.t.Context(), mydata.Collection, c.clock.Now().Add(time.Hour), 10)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(pending) == 0 {
			return
		}
		for _, ref := range pending {
			for _, e := range ref.Events {
				do := map[string]func(context.Context, string, model.Event) error{trust.KindExport: c.Build, trust.KindExportReady: c.Ready}[e.Kind]
				for range 2 {
					if err := do(c.t.Context(), ref.ID, e); err != nil {
						c.t.Fatal(err)
					}
				}
				if err := c.db.Settle(c.t.Context(), mydata.Collection, ref.ID, e.ID); err != nil {
					c.t.Fatal(err)
				}
			}
		}
	}
}

func (c *city) take(person, id string) ([]byte, error) {
	c.t.Helper()
	e, err := c.Get(c.t.Context(), person, id)
	if err != nil {
		return nil, err
	}
	r, size, err := c.Open(c.t.Context(), person, id, c.Ticket(e))
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	if err == nil && int64(len(content)) != size {
		c.t.Errorf("%d bytes of %d", len(content), size)
	}
	return content, err
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func unpack(t *testing.T, content []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".json") && !json.Valid(out[f.Name]) {
			t.Errorf("%s is no JSON: %.200s", f.Name, out[f.Name])
		}
	}
	return out
}

// TestService_copy: a person takes along all that is held of them, unmasked, with their files, and nothing of anybody else's.
func TestService_copy(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx := t.Context()
	li, no := c.citizen("li")
	_, other := c.citizen("wu")
	if err := c.Audit.Disclosed(ctx, trust.Access{ID: "x#1", At: c.clock.Now(), Subject: li, Matter: no, Kind: trust.Disclosed, ToKind: trust.ToCourier, To: "顺丰速运", Field: "name,phone,address"}); err != nil {
		t.Fatal(err)
	}
	id := c.mustAsk(li, "key 1")
	if again := c.mustAsk(li, "key 1"); again != id {
		t.Errorf("the same request made %s after %s", again, id)
	}
	_, err := c.ask(li, "key 2")
	wants(t, err, "export_running")
	_, err = c.take(li, id)
	wants(t, err, "export_gone") // there is no link yet
	_, err = c.Renew(ctx, li, id)
	wants(t, err, "export_not_ready")
	c.carryOut(li)
	content, err := c.take(li, id)
	if err != nil {
		t.Fatal(err)
	}
	got := unpack(t, content)
	for name, words := range map[string][]string{
		"01-账户与实名信息.json":   {"测试人", numbers["li"], "13612345678", "mini-li"},
		"02-办件.json":        {no, "南山区学府路 1 号", `"trail":[`},
		"03-材料与结果文件.json":   {no, "材料/" + no},
		"15-对外提供的记录.json":   {"顺丰速运", "address"},
		"index.html":        {"我的个人信息副本", "02-%e5%8a%9e%e4%bb%b6.json"},
		"12-登录.json":        {"mini_program"},
		"16-您申请的副本.json":    {id},
		"14-查看记录.json":      {"["},
		"13-自助终端登录.json":    {"["},
		"11-政策推送.json":      {"["},
		"09-自助终端出具的证明.json": {"["},
	} {
		for _, w := range words {
			if !bytes.Contains(bytes.ToLower(got[name]), []byte(strings.ToLower(w))) {
				t.Errorf("%s lacks %s: %.300s", name, w, got[name])
			}
		}
	}
	whole := false
	for name, b := range got {
		whole = whole || strings.HasPrefix(name, "材料/"+no) && bytes.Equal(b, paper)
		if bytes.Contains(b, []byte(other)) || bytes.Contains(b, []byte(numbers["wu"])) {
			t.Errorf("%s tells of somebody else", name)
		}
	}
	if !whole {
		t.Error("the uploaded file is not in it")
	}
	if n, err := c.Notices.Count(ctx, li); err != nil || n != 1 {
		t.Errorf("told %d times, %v", n, err)
	}
	held, err := c.List(ctx, li)
	if err != nil || len(held.Kinds) != 16 || len(held.Locked) != 0 {
		t.Fatalf("%+v, %v", held, err)
	}
	for _, k := range held.Kinds {
		if want, ok := map[string]int64{"account": 1, "matters": 1, "materials": 1, "notices": 1, "disclosures": 1, "exports": 1, "sessions": 1}[k.Key]; ok && k.Count != want || k.Why == "" || k.Kept == "" {
			t.Errorf("%+v", k)
		}
	}
}

// TestService_link: a link is good once, for its person alone, and for a day; then the file is gone.
func TestService_link(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx := t.Context()
	li, _ := c.citizen("li")
	wu, _ := c.citizen("wu")
	id := c.mustAsk(li, "")
	c.carryOut(li)
	e, err := c.Get(ctx, li, id)
	if err != nil || e.State != trust.ExportReady {
		t.Fatalf("%+v, %v", e, err)
	}
	ticket := c.Ticket(e)
	_, err = c.Get(ctx, wu, id)
	wants(t, err, "not_found")
	_, _, err = c.Open(ctx, wu, id, ticket)
	wants(t, err, "not_found")
	_, err = c.Renew(ctx, wu, id)
	wants(t, err, "not_found")
	for _, forged := range []string{"", "1", "1.", "2." + ticket[2:], ticket + "0", "x." + ticket[2:]} {
		_, _, err = c.Open(ctx, li, id, forged)
		wants(t, err, "export_gone")
	}
	if again, err := c.Renew(ctx, li, id); err != nil || c.Ticket(again) != ticket {
		t.Errorf("an unused link is another: %v", err)
	}
	// Of two at once, one has it.
	won := make(chan error, 2)
	for range 2 {
		go func() {
			_, _, err := c.Open(ctx, li, id, ticket)
			won <- err
		}()
	}
	if a, b := <-won, <-won; (a == nil) == (b == nil) {
		t.Errorf("used twice, or never: %v, %v", a, b)
	}
	for range 4 {
		if e, err = c.Renew(ctx, li, id); err != nil || c.Ticket(e) == "" || c.Ticket(e) == ticket {
			t.Fatalf("another link: %v", err)
		}
		if _, err := c.take(li, id); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.Renew(ctx, li, id)
	wants(t, err, "export_gone")
	_, err = c.ask(li, "")
	wants(t, err, "export_limit")

	c.clock.Advance(24 * time.Hour)
	_, err = c.Renew(ctx, li, id)
	wants(t, err, "export_gone")
	if _, err := c.Files.Get(ctx, "export/"+id+"/1/000000"); err != nil {
		t.Fatalf("before the wake: %v", err)
	}
	for range 2 {
		if err := c.Wake(ctx, li); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Files.Get(ctx, "export/"+id+"/1/000000"); !errors.Is(err, file.ErrNotFound) {
		t.Errorf("the file after a day: %v", err)
	}
	if e, err = c.Get(ctx, li, id); err != nil || e.State != trust.ExportExpired {
		t.Errorf("%+v, %v", e, err)
	}
	if next := c.mustAsk(li, ""); next == id {
		t.Error("the next day's copy is the old one")
	}
	page, err := c.Audit.Of(ctx, trust.OfSubject, li, 10, "")
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, d := range page.Items {
		if ok, _ := d.Verify(); !ok {
			t.Error("the chain is broken")
		}
		for _, a := range d.Entries {
			if a.Kind == trust.Exported {
				noted++
			}
		}
	}
	if noted != 7 { // two asked for, five taken
		t.Errorf("%d entries in the log", noted)
	}
}

// TestService_hostile: who was not met in person has no copy; who is erased meanwhile leaves none behind.
func TestService_hostile(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx := t.Context()
	in, err := c.Accounts.LoginWechat(ctx, "nobody")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ask(in.Applicant.ID, "")
	wants(t, err, "identity_required")

	li, _ := c.citizen("li")
	id := c.mustAsk(li, "")
	if err := c.people.Shred(ctx, li); err != nil {
		t.Fatal(err)
	}
	c.carryOut(li)
	if e, err := c.Get(ctx, li, id); err != nil || e.State != trust.ExportFailed {
		t.Errorf("built for a person who was erased: %+v, %v", e, err)
	}

	wu, _ := c.citizen("wu")
	id = c.mustAsk(wu, "")
	if err := c.Build(ctx, wu, model.Event{Ref: map[string]string{"export": id}}); err != nil {
		t.Fatal(err)
	}
	e, err := c.Get(ctx, wu, id)
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := c.Open(ctx, wu, id, c.Ticket(e))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Forget(ctx, wu); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.ReadAll(r); !errors.Is(err, file.ErrNotFound) {
		t.Errorf("read after it was wiped: %v", err)
	}
	_, err = c.Get(ctx, wu, id)
	wants(t, err, "not_found")
	if err := c.Build(ctx, wu, model.Event{Ref: map[string]string{"export": id}}); err != nil {
		t.Errorf("built after it was forgotten: %v", err)
	}
	if err := c.Wake(ctx, wu); err != nil {
		t.Error(err)
	}
}
