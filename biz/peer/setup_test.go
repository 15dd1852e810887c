package peer_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kuacheng/biz/account"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/identity"
	"kuacheng/biz/matter"
	"kuacheng/biz/once"
	"kuacheng/biz/outbox"
	"kuacheng/biz/peer"
	"kuacheng/biz/seal"
	"kuacheng/biz/signature"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	wx "kuacheng/biz/wechat"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	shenzhen  = "440300"
	shanwei   = "441500"
	item      = "SW-RS-0001"
	situation = "SW-RS-0001-01"
)

// data is loaded once: it is read only.
var data = sync.OnceValues(dataset.Load)

var shared = signature.Key{ID: "line-1", Secret: []byte("0123456789abcdef0123456789abcdef")}

// city is one city's system over a real store, with its door on a real socket.
type city struct {
	*peer.Service
	region   string
	db       *store.DB
	clock    *clock.Movable
	matters  *matter.Service
	accounts *account.Service
	notices  *notices
	door     *httptest.Server
	cut      atomic.Bool // nobody gets through to this city
	garble   atomic.Bool // what it answers is lost on the way
}

// notices remembers what staff were told.
type notices struct {
	mu    sync.Mutex
	staff []model.NoticeDraft
	given map[string]bool
}

func (n *notices) Give(_ context.Context, d model.NoticeDraft) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := d.Event + d.Key + d.Recipient
	if n.given[key] {
		return false, nil
	}
	n.given[key] = true
	n.staff = append(n.staff, d)
	return true, nil
}

func (n *notices) told(key string) (out []model.NoticeDraft) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range n.staff {
		if d.Key == key {
			out = append(out, d)
		}
	}
	return out
}

type parcels struct{}

func (parcels) Open(_ context.Context, p model.NewParcel) (*model.Parcel, error) {
	return &model.Parcel{Head: model.Head{ID: model.ParcelID(p.Carrier, p.Waybill)}, Carrier: p.Carrier, Waybill: p.Waybill}, nil
}
func (parcels) Abandon(context.Context, string, string) error { return nil }
func (parcels) Correct(context.Context, string, string, model.Actor) (*model.Parcel, error) {
	return nil, fault.New("not_found")
}
func (parcels) PhoneTail(model.Carrier, string, string) model.Sealed { return "" }

type bookings struct{}

func (bookings) MatterMoved(context.Context, *model.Matter) error { return nil }

type wechat struct{}

func (wechat) Login(_ context.Context, code string) (string, string, error) { return code, "", nil }
func (wechat) Phone(context.Context, string, string) (wx.Phone, error)      { return wx.Phone{}, nil }
func (wechat) AppLogin(_ context.Context, code string) (string, string, error) {
	return code, "", nil
}

type checker struct{}

func (checker) Match(context.Context, identity.Question) (bool, error) { return true, nil }

// newCity opens a city's system; it is linked to nobody yet.
func newCity(t testing.TB, region string) *city {
	t.Helper()
	d, err := data()
	if err != nil {
		t.Fatal(err)
	}
	c := &city{region: region, clock: &clock.Movable{}, notices: &notices{given: map[string]bool{}}}
	c.clock.Advance(model.DateOf(c.clock.Now()).Add(1).At(9 * 60).Sub(c.clock.Now()))
	if c.db, err = sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "test.db"), store.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.db.Close() })
	keeper, err := seal.New([]seal.Key{{ID: "k-" + region, Secret: []byte("0123456789" + region)}}, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := token.NewSigner([]token.Key{{ID: "k", Secret: make([]byte, 32)}}, c.clock)
	if err != nil {
		t.Fatal(err)
	}
	if c.accounts, err = account.New(context.Background(), account.Config{
		DB: c.db, Keeper: keeper, Signer: signer, Clock: c.clock, WeChat: wechat{}, Checker: checker{}, AppID: "mini", AppAppID: "app",
	}); err != nil {
		t.Fatal(err)
	}
	files, err := file.Open(context.Background(), t.TempDir(), keeper)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	catalog := catalogue.New(d)
	log := slog.New(slog.DiscardHandler)
	c.Service = &peer.Service{Config: peer.Config{
		DB: c.db, Clock: c.clock, Keeper: keeper, Accounts: c.accounts, Notices: c.notices, Name: catalog.Regions.Name, Self: region, Log: log,
	}}
	if c.matters, err = matter.New(context.Background(), matter.Config{
		DB: c.db, Clock: c.clock, Keeper: keeper, Files: files, Catalogue: catalog, Accounts: c.accounts, Parcels: parcels{}, Notices: c.notices,
		Bookings: bookings{}, Log: log, TrackLink: func(*model.Matter) string { return "http://kc.example/q/x" },
		Link: func(handling string) *model.MatterPeer { return c.Service.Link(handling) },
	}); err != nil {
		t.Fatal(err)
	}
	c.door = httptest.NewServer(c)
	t.Cleanup(c.door.Close)
	return c
}

// ServeHTTP is the door, as the handler makes it.
func (c *city) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.cut.Load() {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, peer.MaxBody))
	if err != nil {
		return
	}
	results, err := c.Receive(r.Context(), r.URL.Path[len("/callbacks/peers/"):], r.Header.Get, body)
	if c.garble.Load() {
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		http.Error(w, fault.Code(err), fault.Status(fault.Code(err)))
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
}

// link introduces cities to one another: keys, addresses, and what seals for each.
func link(t testing.TB, cities ...*city) {
	t.Helper()
	private := map[string][]*peer.PrivateKey{}
	for _, c := range cities {
		made, _, err := peer.NewKey("seal-" + c.region)
		if err != nil {
			t.Fatal(err)
		}
		if private[c.region], err = peer.ParsePrivate(made); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range cities {
		cfg := c.Config
		cfg.Private, cfg.Matters = private[c.region], c.matters
		for _, other := range cities {
			if other == c {
				continue
			}
			public, err := peer.ParsePublic(private[other.region][0].Public())
			if err != nil {
				t.Fatal(err)
			}
			where, err := url.Parse(other.door.URL)
			if err != nil {
				t.Fatal(err)
			}
			cfg.Cities = append(cfg.Cities, peer.City{Region: other.region, URL: where, Keys: []signature.Key{shared}, Public: public})
		}
		s, err := peer.New(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		c.Service = s
	}
}

// pair is 深圳, which receives, and 汕尾, which handles.
func pair(t testing.TB) (sz, sw *city) {
	t.Helper()
	sz, sw = newCity(t, shenzhen), newCity(t, shanwei)
	link(t, sz, sw)
	return sz, sw
}

// work carries out what waits in the outboxes of both cities until nothing does; events that fail stay.
func work(t testing.TB, cities ...*city) {
	t.Helper()
	for range 60 {
		moved := false
		for _, c := range cities {
			moved = c.once(t) || moved
		}
		if !moved {
			return
		}
	}
	t.Fatal("the cities do not come to rest")
}

// once carries out each pending event once; it reports whether one was done.
func (c *city) once(t testing.TB) (moved bool) {
	t.Helper()
	ctx := context.Background()
	for _, name := range c.db.Collections() {
		refs, err := c.db.Pending(ctx, name, time.Now().AddDate(9, 0, 0), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs {
			for _, e := range ref.Events {
				err := c.carryOut(ctx, ref.ID, e)
				class, _ := outbox.Classify(err)
				switch {
				case err == nil:
					moved = true
					err = c.db.Settle(ctx, name, ref.ID, e.ID)
				case class == outbox.Impossible:
					err = c.db.Fail(ctx, name, ref.ID, e.ID, outbox.Reason(err))
				case class == outbox.Postponed:
					err = nil
				}
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Fatalf("%s: %s of %s: %v", c.region, e.Kind, ref.ID, err)
				}
			}
		}
	}
	return moved
}

func (c *city) carryOut(ctx context.Context, id string, e model.Event) error {
	if h, ok := c.Handlers()[e.Kind]; ok {
		return h(ctx, id, e)
	}
	if e.Kind == model.KindMatterEvent {
		return c.matters.Happened(ctx, id, e)
	}
	return nil
}

var people atomic.Int64

// citizen is a verified person.
func (c *city) citizen(t testing.TB) model.Actor {
	t.Helper()
	n := people.Add(1)
	in, err := c.accounts.LoginWechat(context.Background(), "user"+hex.EncodeToString([]byte{byte(n >> 8), byte(n)}))
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.accounts.Verify(context.Background(), in.Applicant.ID, account.Claim{
		Name: "测试人", IDType: "resident_id", IDNumber: idNumber(n), Phone: "13612345678",
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.Actor()
}

// idNumber makes a number that checks (GB 11643: weights 2^(17−i) mod 11).
func idNumber(n int64) string {
	digits := []byte("44150019500101000")
	for i := 16; i >= 14 && n > 0; i-- {
		digits[i], n = '0'+byte(n%10), n/10
	}
	digits[9] = '0' + byte(n%10)
	sum := 0
	for i, c := range digits {
		w := 1
		for range 17 - i {
			w = w * 2 % 11
		}
		sum += int(c-'0') * w
	}
	return string(digits) + string("10X98765432"[sum%11])
}

var png = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 64)...)

// picture is a scan that no other is equal to.
func picture() []byte {
	b := slices.Clone(png)
	_, _ = rand.Read(b[16:])
	return b
}

// submitted is a matter handed in online, with its files.
func (c *city) submitted(t testing.TB, who model.Actor) string {
	t.Helper()
	ctx := context.Background()
	m, _, err := c.matters.Begin(ctx, who, matter.Start{
		Item: item, Situation: situation, Mode: model.ModeOnline, From: shenzhen, To: shanwei, Method: model.DeliverElectronic,
	}, once.Request{}, func(*model.Matter) ([]byte, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, mm := range m.Materials {
		if mm.Required {
			if _, err := c.matters.PutMaterial(ctx, who, m.ID, mm.Code, picture()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := c.matters.Submit(ctx, who, m.ID, true); err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// lead is a reviewer of the deciding department who may approve.
var lead = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "lead", Org: "441500-RS", Region: shanwei, Lead: true}

func (c *city) act(t testing.TB, who model.Actor, no string, e model.MatterEvent, f model.Facts) *model.Matter {
	t.Helper()
	m, err := c.matters.Act(context.Background(), no, model.Step{Event: e, Actor: who, Why: "说明", Facts: f})
	if err != nil {
		t.Fatalf("%s: %s of %s: %v", c.region, e, no, err)
	}
	return m
}

func (c *city) matter(t testing.TB, no string) *model.Matter {
	t.Helper()
	m, err := c.matters.Peek(context.Background(), no)
	if err != nil {
		t.Fatalf("%s: %v", c.region, err)
	}
	return m
}

func (c *city) is(t testing.TB, no string, want model.MatterState) *model.Matter {
	t.Helper()
	m := c.matter(t, no)
	if m.State != want {
		t.Fatalf("%s: %s is %s, want %s", c.region, no, m.State, want)
	}
	if ok, bad := model.VerifyTrail(m); !ok {
		t.Fatalf("%s: the trail of %s does not hold at %d", c.region, no, bad)
	}
	return m
}

// post sends a body to a city as its peer would, with the line's key.
func post(t testing.TB, c *city, from string, body []byte) []peer.Result {
	t.Helper()
	results, err := c.Receive(context.Background(), from, sign(body).Get, body)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func sign(body []byte) http.Header {
	h := http.Header{}
	signature.Sign(h, shared, body, time.Now())
	return h
}

func events(list ...map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"events": list})
	if err != nil {
		panic(err) // maps of plain values
	}
	return body
}
