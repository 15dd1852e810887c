package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	"kuacheng/dataset"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	crowd   = 500
	seats   = 50
	rushes  = 4 // the first warms up
	seatsOf = "RS"
)

// rush measures five hundred people at one slot of fifty: the whole booking (seat, agenda, booking) through the
// service, beside the same documents written by callers who load, change, replace and try again.
func rush(ctx context.Context, b *bench) error {
	h, err := newHall()
	if err != nil {
		return err
	}
	var ours, retried outcome
	for n := range rushes {
		path := filepath.Join(b.dir, fmt.Sprintf("rush%d.db", n))
		db, err := sqlite.Open(ctx, path, store.Config{})
		if err != nil {
			return err
		}
		o, err := h.book(ctx, db)
		if err := errors.Join(err, db.Close()); err != nil {
			return err
		}
		p, err := h.retry(ctx, filepath.Join(b.dir, fmt.Sprintf("plain%d.db", n)))
		if err != nil {
			return err
		}
		if n > 0 {
			ours.add(o)
			retried.add(p)
		}
	}
	ours.report(b, "embedded", &retried)
	return h.onMongo(ctx, b)
}

// outcome is what came of rushes.
type outcome struct {
	rushes, booked, full int
	exact                bool // in every one
	spent, p99           time.Duration
	commits, writes      int64
}

func (o *outcome) add(x outcome) {
	o.exact = (o.exact || o.rushes == 0) && x.exact
	o.rushes, o.booked, o.full, o.spent = o.rushes+1, x.booked, x.full, o.spent+x.spent
	o.p99, o.commits, o.writes = max(o.p99, x.p99), max(o.commits, x.commits), max(o.writes, x.writes)
}

func (o *outcome) rate() float64 { return crowd * float64(o.rushes) / o.spent.Seconds() }

func (o *outcome) report(b *bench, where string, plain *outcome) {
	b.table.add(line{
		what: fmt.Sprintf("rush, %d people at a slot of %d, %s", crowd, seats, where),
		ours: fmt.Sprintf("%d booked, %d slot_full", o.booked, o.full), target: "exactly 50", met: o.exact,
	})
	if plain == nil {
		return
	}
	b.table.add(line{what: "rush, p99 of an answer", ours: millis(o.p99), raw: millis(plain.p99), target: "< 300 ms", met: o.p99 < 300*time.Millisecond})
	b.table.add(line{
		what: "rush, decided bookings, beside optimistic retry", ours: perSecond(o.rate()), raw: perSecond(plain.rate()), ratio: times(o.rate() / plain.rate()),
		writes: fmt.Sprintf("%d commits (%d documents); retry %d commits", o.commits, o.writes, plain.commits),
		target: "≥ 20×, a few dozen commits", met: o.rate() >= 20*plain.rate() && o.commits <= 48,
	})
}

// hall is a hall with one slot of fifty, and five hundred people with a matter to hand in there.
type hall struct {
	catalogue *catalogue.Catalogue
	hall      *model.Hall
	slot      model.SlotTime
	keeper    *seal.Keeper
	shower    *show.Shower
	matters   map[string]*model.Matter
}

func newHall() (*hall, error) {
	data, err := dataset.Load()
	if err != nil {
		return nil, err
	}
	large := *data.Halls[0]
	large.Windows = []model.Window{{ID: "W1", Number: "1", Name: "跨城通办", CrossCity: true, Departments: []string{"*"}, Capacity: seats}}
	data.Halls = []*model.Hall{&large}
	h := &hall{catalogue: catalogue.New(data), hall: &large, matters: map[string]*model.Matter{}}
	now := clock.Real{}.Now()
	for d := model.DateOf(now).Add(1); h.slot.ID == "" && d < model.DateOf(now).Add(h.catalogue.Rules(&large).AheadDays); d = d.Add(1) {
		if slots := h.catalogue.Slots(&large, d); len(slots) > 0 {
			h.slot = slots[0]
		}
	}
	if h.slot.ID == "" {
		return nil, errors.New("the hall has no slot in the days ahead")
	}
	if h.keeper, err = seal.New([]seal.Key{{ID: "bench", Secret: []byte("bench-seal-key-1")}}, []byte("bench-index-key-1")); err != nil {
		return nil, err
	}
	qr := token.NewQRSigner([]token.Key{{ID: "bench", Secret: []byte("bench-token-key-of-32-bytes-0001")}}, clock.Real{})
	h.shower = &show.Shower{Catalogue: h.catalogue, QR: qr, Public: "http://bench", Now: clock.Real{}.Now}
	for n := range crowd {
		m := &model.Matter{
			Head: model.Head{ID: fmt.Sprint("matter", n)}, Applicant: fmt.Sprint("applicant", n), Mode: model.ModeWindow, State: model.MatterDraft,
			From: "440300", To: "441500", ROrg: large.Organisation, Item: model.MatterItem{Short: "社保登记", Department: seatsOf},
		}
		h.matters[m.ID] = m
	}
	return h, nil
}

// Get and Peek are what a booking asks of matters.
func (h *hall) Get(_ context.Context, _ model.Actor, no string) (*model.Matter, error) {
	return h.matters[no], nil
}

// BookingLives keeps nothing: the matters of this row are made up.
func (h *hall) BookingLives(context.Context, string, string, bool) error { return nil }

func (h *hall) Peek(_ context.Context, no string) (*model.Matter, error) { return h.matters[no], nil }

// silent gives no notices; the rush sends none.
type silent struct{}

func (silent) Give(context.Context, model.NoticeDraft) (bool, error) { return true, nil }

// book lets the crowd book through the service.
func (h *hall) book(ctx context.Context, db *store.DB) (outcome, error) {
	service, err := booking.New(ctx, booking.Config{
		DB: db, Clock: clock.Real{}, Catalogue: h.catalogue, Matters: h, Notices: silent{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return outcome{}, err
	}
	before := db.Stats()
	o, err := all(func(n int) error {
		who := model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: fmt.Sprint("applicant", n)}
		_, _, err := service.Book(ctx, who, fmt.Sprint("matter", n), h.slot.ID, once.New(h.keeper, fmt.Sprint("rush", n), "body"), h.render)
		return err
	})
	after := db.Stats()
	o.commits, o.writes = after.Commits-before.Commits, after.Writes-before.Writes
	return o, err
}

func (h *hall) render(b *model.Booking) ([]byte, error) { return door.Render(h.shower.Booking(b)) }

// all lets the crowd in at once and counts what comes of it.
func all(try func(n int) error) (outcome, error) {
	var (
		o       outcome
		errs    = make([]error, crowd)
		took    = make([]time.Duration, crowd)
		gate    = make(chan struct{})
		waiting sync.WaitGroup
	)
	for n := range crowd {
		waiting.Go(func() {
			<-gate
			began := time.Now()
			errs[n] = try(n)
			took[n] = time.Since(began)
		})
	}
	began := time.Now()
	close(gate)
	waiting.Wait()
	o.spent = time.Since(began)
	for _, err := range errs {
		switch {
		case err == nil:
			o.booked++
		case fault.Code(err) == "slot_full":
			o.full++
		default:
			return o, err
		}
	}
	o.exact = o.booked == seats && o.full == crowd-seats
	o.p99 = quantile(took, 99)
	return o, nil
}
