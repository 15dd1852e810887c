package main

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/clock"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// plain is three collections as an engine gives them, without combining and without a cache.
type plain struct {
	codec                    store.Codec
	slots, agendas, bookings store.Table
}

// retry lets the crowd book by optimistic retry: the same rules, the same documents, the same engine.
func (h *hall) retry(ctx context.Context, path string) (o outcome, err error) {
	engine, err := sqlite.OpenEngine(ctx, path)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	p := &plain{codec: engine.Codec()}
	for name, table := range map[string]*store.Table{"slots": &p.slots, "agendas": &p.agendas, "bookings": &p.bookings} {
		if *table, _, err = engine.Open(ctx, store.Schema{Name: name, Fields: []string{"wake", "pending_at", "failed_at"}}); err != nil {
			return o, err
		}
	}
	o, err = all(func(n int) error { return h.bookPlainly(ctx, p, n) })
	stats := engine.Stats()
	o.commits, o.writes = stats.Commits, stats.Writes
	return o, err
}

func (h *hall) bookPlainly(ctx context.Context, p *plain, n int) error {
	request := once.New(h.keeper, fmt.Sprint("rush", n), "body")
	m, now := h.matters[fmt.Sprint("matter", n)], clock.Real{}.Now()
	who := model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: m.Applicant}
	b, err := model.NewBooking(model.BookingPlan{
		ID: model.BookingID(request.Draw(0)), Matter: m.ID, Purpose: model.PurposeHandIn, Applicant: m.Applicant, Item: m.Item.Short,
		Department: seatsOf, HallName: h.hall.Name, Slot: h.slot, Rules: h.catalogue.Rules(h.hall),
	}, who, now)
	if err != nil {
		return err
	}
	answer, err := h.render(b)
	if err != nil {
		return err
	}
	b.Origin = request.Origin(answer, now)
	if err := h.takeSeat(ctx, p, b); err != nil {
		return err
	}
	agenda := model.NewAgenda(m.Applicant)
	if err := agenda.Admit(model.AgendaEntry{Booking: b.ID, Matter: m.ID, Starts: b.Starts, Ends: b.Ends}, now); err != nil {
		return err
	}
	return errors.Join(p.insert(ctx, p.agendas, agenda.ID, agenda), p.insert(ctx, p.bookings, b.ID, b))
}

// takeSeat loads the slot, takes the seat, replaces the slot if nobody was faster, and begins anew if somebody was.
func (h *hall) takeSeat(ctx context.Context, p *plain, b *model.Booking) error {
	for {
		slot := model.NewSlot(h.slot)
		row, err := p.slots.Get(ctx, h.slot.ID)
		absent := errors.Is(err, store.ErrNotFound)
		if !absent {
			if err == nil {
				err = p.codec.Decode(row.Body, slot)
			}
			if err != nil {
				return err
			}
		}
		seat := model.Seat{Booking: b.ID, Applicant: b.Applicant, Department: b.Department}
		if _, err := slot.TakeSeat(seat, h.hall.Capacity(), clock.Real{}.Now()); err != nil {
			return err
		}
		if absent {
			err = p.insert(ctx, p.slots, slot.ID, slot)
		} else {
			err = p.replace(ctx, slot.ID, slot, row.Rev)
		}
		if err == nil || !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrDuplicate) {
			return err
		}
	}
}

func (p *plain) insert(ctx context.Context, t store.Table, id string, doc any) error {
	body, err := p.codec.Encode(doc)
	if err != nil {
		return err
	}
	return t.Insert(ctx, store.Row{ID: id, Rev: 1, Fields: make([]any, 3), Body: body})
}

func (p *plain) replace(ctx context.Context, id string, slot *model.Slot, rev int64) error {
	body, err := p.codec.Encode(slot)
	if err != nil {
		return err
	}
	return p.slots.Replace(ctx, store.Row{ID: id, Rev: rev + 1, Fields: make([]any, 3), Body: body}, rev)
}
