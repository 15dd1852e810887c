package parcel_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel"
	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/parcel/courier/standin"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

const (
	salt  = "kcsalt00000000000000000000000001"
	k100  = model.CarrierKuaidi100
	sf1   = "SF1400000000001"
	sf2   = "SF1400000000002"
	id1   = "kuaidi100:" + sf1
	no1   = "KC4415002510090482136"
	no2   = "KC4415002611240000010"
	phone = "13800000000"
)

// world is the whole way of a parcel: the service over a real store, its door on a real socket, and a courier's
// office behind another.
type world struct {
	*parcel.Service
	db      *store.DB
	clock   *clock.Movable
	keeper  *seal.Keeper
	door    *httptest.Server
	standin *standin.Server
	matters *matters
	notices *notices

	mu      sync.Mutex
	down    bool   // the door's store takes nothing
	account string // the office answers with this code of a refused account
	skip    string // events of this kind are left alone
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keeper, err := seal.New([]seal.Key{{ID: "k1", Secret: []byte("0123456789abcdef")}}, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, keeper: keeper, clock: &clock.Movable{}, notices: &notices{told: map[string]*model.Notice{}}}
	w.morning()
	w.matters = &matters{clock: w.clock, all: map[string]*matter{}}
	w.door = httptest.NewServer(w)
	t.Cleanup(w.door.Close)
	account := courier.Kuaidi100Config{
		Key: "KCTESTKEY001", Customer: "00000000000000000000000000KC0001", Salts: []string{salt},
		CallbackURL: w.door.URL + "/callbacks/couriers/kuaidi100",
	}
	w.standin = standin.New(standin.Config{
		Clock: w.clock, Kuaidi100: account, SlowPause: 10 * time.Millisecond,
		Callbacks: map[model.Carrier]string{k100: account.CallbackURL},
	})
	office := httptest.NewServer(http.HandlerFunc(w.office))
	t.Cleanup(office.Close)
	account.APIURL = office.URL + "/kuaidi100"
	k, err := courier.NewKuaidi100(account, courier.NewCaller())
	if err != nil {
		t.Fatal(err)
	}
	w.Service, err = parcel.New(t.Context(), parcel.Config{
		DB: db, Clock: w.clock, Keeper: keeper, Carriers: courier.NewSet(k), Matters: w.matters, Notices: w.notices,
		Bureau: func(string) string { return "441500-ZS" }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// morning moves the clock to nine the next day in Beijing, when carriers may be asked.
func (w *world) morning() {
	now := w.clock.Now()
	w.clock.Advance(model.DateOf(now).Add(1).At(9 * 60).Sub(now))
}

// ServeHTTP is the door, as handlers make it.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 2<<20))
	if err != nil {
		return
	}
	ctx := r.Context()
	w.mu.Lock()
	if w.down {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		cancel() // a store that takes nothing
	}
	w.mu.Unlock()
	carrier := model.Carrier(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
	reply := w.Receive(ctx, carrier, courier.Request{
		Header: r.Header, Query: r.URL.Query(), ContentType: r.Header.Get("Content-Type"), Body: body,
		From: "192.0.2.1",
	})
	rw.Header().Set("Content-Type", reply.ContentType)
	rw.WriteHeader(reply.Status)
	_, _ = rw.Write(reply.Body)
}

// office is the courier's, which may find fault with the account.
func (w *world) office(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	code := w.account
	w.mu.Unlock()
	if code != "" {
		_, _ = io.WriteString(rw, `{"result":false,"returnCode":"`+code+`","message":"KEY 已过期"}`)
		return
	}
	w.standin.ServeHTTP(rw, r)
}

func (w *world) refuseAccount(code string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.account = code
}

func (w *world) breakStore(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

// run does what jobs do until nothing is left: each event's handler twice, as a killed worker would, then what is
// due.
func (w *world) run(t *testing.T) {
	t.Helper()
	for range 50 {
		if !w.carryOut(t) && !w.wakeUp(t) {
			return
		}
	}
	t.Fatal("work does not end")
}

func (w *world) carryOut(t *testing.T) bool {
	t.Helper()
	handlers, worked := w.Handlers(), false
	for _, name := range w.db.Collections() {
		refs, err := w.db.Pending(t.Context(), name, w.clock.Now().Add(time.Hour), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs {
			for _, e := range ref.Events {
				handle := handlers[e.Kind]
				if e.Kind == w.skip {
					continue
				}
				if handle == nil {
					t.Fatalf("no handler for %s", e.Kind)
				}
				err := handle(t.Context(), ref.ID, e)
				if err == nil {
					err = handle(t.Context(), ref.ID, e)
				}
				if class, _ := outbox.Classify(err); err != nil && class == outbox.Postponed {
					continue
				}
				if err != nil {
					t.Fatalf("%s of %s: %v", e.Kind, ref.ID, err)
				}
				if err := w.db.Settle(t.Context(), name, ref.ID, e.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Fatal(err)
				}
				worked = true
			}
		}
	}
	return worked
}

func (w *world) wakeUp(t *testing.T) bool {
	t.Helper()
	worked := false
	for name, wake := range w.Wakes() {
		refs, err := w.db.Due(t.Context(), name, w.clock.Now(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs {
			for range 2 {
				if err := wake(t.Context(), ref.ID); err != nil {
					t.Fatalf("waking %s: %v", ref.ID, err)
				}
			}
			worked = true
		}
	}
	return worked
}

// pass moves the clock from wake to wake and does what falls due.
func (w *world) pass(t *testing.T, d time.Duration) {
	t.Helper()
	end := w.clock.Now().Add(d)
	for {
		w.run(t)
		now, next := w.clock.Now(), end
		for name := range w.Wakes() {
			refs, err := w.db.Due(t.Context(), name, end, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(refs) > 0 && refs[0].At.Before(next) {
				next = refs[0].At
			}
		}
		if !end.After(now) {
			return
		}
		w.clock.Advance(max(0, next.Sub(now))) // what has fallen due since is done at once
	}
}

func (w *world) materials(waybill string, nos ...string) model.NewParcel {
	return model.NewParcel{
		Carrier: k100, Company: "shunfeng", Waybill: waybill, Direction: model.ParcelMaterials,
		Contents: []model.ParcelContent{model.ContentMaterials}, Matters: nos,
		Sender:    model.Party{Kind: model.PartyOrg, ID: "440305-ZF", Region: "440305", City: "深圳市", Area: "广东省深圳市南山区"},
		Consignee: model.Party{Kind: model.PartyOrg, ID: "441500-RS", Region: "441500", City: "汕尾市", Area: "广东省汕尾市城区"},
		PhoneTail: w.PhoneTail(k100, waybill, phone),
	}
}

func (w *world) result(waybill string, nos ...string) model.NewParcel {
	n := w.materials(waybill, nos...)
	n.Direction, n.Contents = model.ParcelResult, []model.ParcelContent{model.ContentResult}
	n.Sender, n.Consignee = n.Consignee, model.Party{Kind: model.PartyApplicant, Region: "440305", City: "深圳市", Area: "广东省深圳市南山区"}
	return n
}

// open claims a waybill and lets the matters name it, as a dispatch does.
func (w *world) open(t *testing.T, n model.NewParcel) *model.Parcel {
	t.Helper()
	p, err := w.Open(t.Context(), n)
	if err != nil {
		t.Fatalf("opening %s: %v", n.Waybill, err)
	}
	for _, no := range n.Matters {
		w.matters.name(no, p.ID)
		if err := w.Named(t.Context(), no, model.Event{ID: no + "#1", Kind: "matter_parcel", Ref: map[string]string{"parcel": p.ID}}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (w *world) advance(t *testing.T, waybill, to string, f standin.Fault) standin.Advanced {
	t.Helper()
	w.clock.Advance(time.Minute)
	a, err := w.standin.Advance(t.Context(), k100, waybill, to, f)
	if err != nil {
		t.Fatalf("advancing %s to %s: %v", waybill, to, err)
	}
	return a
}

func (w *world) parcel(t *testing.T, id string) *model.Parcel {
	t.Helper()
	p, err := w.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// matters is matters in memory: what each names, and what moved it, once for each cause.
type matters struct {
	clock clock.Clock
	mu    sync.Mutex
	all   map[string]*matter
	fail  int // so many of the next moves fail
}

type matter struct {
	owners  []string
	parcels []string
	moves   []parcel.Move
}

func (m *matters) get(no string) *matter {
	if m.all[no] == nil {
		m.all[no] = &matter{owners: []string{"ap-" + no}}
	}
	return m.all[no]
}

func (m *matters) name(no, parcelID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := m.get(no)
	if !slices.Contains(one.parcels, parcelID) {
		one.parcels = append(one.parcels, parcelID)
	}
}

var errMatterBusy = errors.New("matter is busy")

func (m *matters) ParcelMoved(_ context.Context, no string, mv parcel.Move) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail > 0 {
		m.fail--
		return errMatterBusy
	}
	one := m.get(no)
	if !slices.ContainsFunc(one.moves, func(o parcel.Move) bool { return o.Cause == mv.Cause }) {
		one.moves = append(one.moves, mv)
	}
	return nil
}

func (m *matters) Has(_ context.Context, no, parcelID string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.get(no).parcels, parcelID), nil
}

func (m *matters) Owners(_ context.Context, no string) ([]string, parcel.Subject, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(no).owners, parcel.Subject{"item": "职工养老保险关系转移接续", "matter_no": no, "reason": "与快件无关"}, nil
}

// moves are the events that a matter got.
func (m *matters) moves(no string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var events []string
	for _, mv := range m.get(no).moves {
		events = append(events, mv.Event)
	}
	return strings.Join(events, " ")
}

// notices is the inbox in memory: each notice once, composed as the real one.
type notices struct {
	mu   sync.Mutex
	told map[string]*model.Notice
}

func (n *notices) Give(_ context.Context, d model.NoticeDraft) (bool, error) {
	one, err := model.NewNotice(d, "", time.Now())
	if err != nil {
		return false, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.told[one.ID] != nil {
		return false, nil
	}
	n.told[one.ID] = one
	return true, nil
}

// to lists the keys of what somebody was told, in the order of the alphabet.
func (n *notices) to(who string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var keys []string
	for _, one := range n.told {
		if one.Recipient == who {
			keys = append(keys, one.Key)
		}
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

func (n *notices) text(who, key string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, one := range n.told {
		if one.Recipient == who && one.Key == key {
			return one.Text
		}
	}
	return ""
}
