package booking

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Book takes a place in a slot for a matter. The seat comes first: five hundred people at one slot are decided
// by a few writes of it, and who finds it full has cost none. Then the person's agenda says whether they may
// have it, and then the booking is written. render makes the answer; a repeated request gets the first one
// and no booking.
func (s *Service) Book(ctx context.Context, who model.Actor, matterNo, slotID string, request once.Request,
	render func(*model.Booking) ([]byte, error)) (*model.Booking, []byte, error) {
	// Whoever is slower than the doubt about a seat may find it given away; so nobody is.
	ctx, cancel := context.WithTimeout(ctx, model.SeatDoubt/2)
	defer cancel()
	id := model.BookingID(request.Draw(0))
	if answer, err := s.answerOf(ctx, id, request); answer != nil || err != nil {
		return nil, answer, err
	}
	m, err := s.Matters.Get(ctx, who, matterNo)
	if err != nil {
		return nil, nil, err
	}
	plan, hall, err := s.plan(m, who, id, slotID)
	if err != nil {
		return nil, nil, err
	}
	b, err := model.NewBooking(plan, who, s.Clock.Now())
	if err != nil {
		return nil, nil, err
	}
	answer, err := render(b)
	if err != nil {
		return nil, nil, err
	}
	b.Origin = request.Origin(answer, s.Clock.Now())
	if err := s.takeSeat(ctx, hall, plan.Slot, b); err != nil {
		return nil, nil, err
	}
	if err := s.enterAgenda(ctx, b); err != nil {
		return nil, nil, errors.Join(err, s.freeSeat(ctx, b.Slot, b.ID))
	}
	err = s.bookings.Insert(ctx, b)
	if errors.Is(err, store.ErrDuplicate) { // the other tap was quicker
		answer, err := s.answerOf(ctx, id, request)
		return nil, answer, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("booking: writing: %w", err) // the seat's timer gives it back
	}
	return b, answer, nil
}

func (s *Service) answerOf(ctx context.Context, id string, request once.Request) ([]byte, error) {
	if !request.Keyed() {
		return nil, nil
	}
	b, err := s.bookings.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("booking: reading %s: %w", id, err)
	}
	if made, err := request.Made(b.Origin); !made || err != nil {
		return nil, err
	}
	return request.Answer(b.Origin)
}

// plan checks that the matter can be booked at that place and time.
func (s *Service) plan(m *model.Matter, who model.Actor, id, slotID string) (model.BookingPlan, *model.Hall, error) {
	purpose, err := model.PurposeOf(string(m.State), m.Mode)
	if err != nil {
		return model.BookingPlan{}, nil, err
	}
	hallID, _, _, ok := model.ParseSlotID(slotID)
	hall, known := s.Catalogue.Hall(hallID)
	if !ok || !known {
		return model.BookingPlan{}, nil, noSlot(slotID)
	}
	organisation := m.ROrg
	if purpose == model.PurposePickUp {
		organisation = m.Pickup.Hall.Org
	}
	if err := hall.CheckHall(organisation, m.Item.Department); err != nil {
		return model.BookingPlan{}, nil, err
	}
	st, ok := s.Catalogue.Slot(hall, slotID)
	if !ok {
		return model.BookingPlan{}, nil, noSlot(slotID)
	}
	if err := s.notPaused(m, st.Date); err != nil {
		return model.BookingPlan{}, nil, err
	}
	plan := model.BookingPlan{
		ID: id, Matter: m.ID, Purpose: purpose, Applicant: m.Applicant, Item: m.Item.Short, Department: m.Item.Department,
		HallName: hall.Name, Slot: st, Rules: s.Catalogue.Rules(hall),
	}
	if who.Role == model.RoleAgent {
		plan.Agent = who.ID
	}
	return plan, hall, nil
}

// notPaused refuses a day on which a draft's pair takes nothing in.
func (s *Service) notPaused(m *model.Matter, on model.Date) error {
	if m.State != model.MatterDraft {
		return nil
	}
	zone, err := s.Catalogue.Zone(model.Pair{From: m.From, To: m.To}, on)
	if err != nil || zone.Reason != model.PairPaused {
		return err
	}
	return zone.Admit(m.Mode)
}

func noSlot(id string) error {
	return fault.New("not_found").Say("该时段不存在或不可预约").With("slot", id)
}

func (s *Service) takeSeat(ctx context.Context, hall *model.Hall, st model.SlotTime, b *model.Booking) error {
	_, err := s.slots.Upsert(ctx, st.ID, func() *model.Slot { return model.NewSlot(st) }, func(slot *model.Slot) error {
		fresh, err := slot.TakeSeat(model.Seat{Booking: b.ID, Applicant: b.Applicant, Department: b.Department}, hall.Capacity(), s.Clock.Now())
		if err == nil && !fresh {
			return store.ErrUnchanged
		}
		return err
	})
	return err
}

func (s *Service) freeSeat(ctx context.Context, slot, booking string) error {
	if slot == "" {
		return nil
	}
	_, err := s.slots.Update(ctx, slot, func(slot *model.Slot) error {
		if !slot.FreeSeat(booking) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// enterAgenda asks the person's agenda, and the agent's where one acts for them.
func (s *Service) enterAgenda(ctx context.Context, b *model.Booking) error {
	entry := model.AgendaEntry{Booking: b.ID, Matter: b.Matter, Starts: b.Starts, Ends: b.Ends}
	admit := func(a *model.Agenda) error { return a.Admit(entry, s.Clock.Now()) }
	_, err := s.agendas.Upsert(ctx, b.Applicant, func() *model.Agenda { return model.NewAgenda(b.Applicant) }, admit)
	if err != nil || b.Agent == "" {
		return err
	}
	_, err = s.agendas.Upsert(ctx, model.AgentAgendaID(b.Agent), func() *model.Agenda { return model.NewAgentAgenda(b.Agent) }, admit)
	if err != nil {
		return errors.Join(err, s.abandon(ctx, b.Applicant, b.ID))
	}
	return nil
}

// follow brings an agenda in line with a booking, which is the truth; nil is one that does not exist.
func (s *Service) follow(ctx context.Context, agenda, id string, b *model.Booking) error {
	_, err := s.agendas.Update(ctx, agenda, func(a *model.Agenda) error { a.Follow(id, b); return nil })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Cancel gives the place up; it is free for the next person before this returns. Twice is once.
func (s *Service) Cancel(ctx context.Context, who model.Actor, id, reason string) (*model.Booking, error) {
	b, err := s.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	b, err = s.change(ctx, b.ID, func(b *model.Booking) error { return b.Cancel(who, reason, s.Clock.Now()) })
	if err != nil {
		return nil, err
	}
	return b, s.settleElsewhere(ctx, b)
}

// Reschedule moves a booking to another slot: the new seat is taken before the old one is freed, so that a
// full slot leaves everything as it was.
func (s *Service) Reschedule(ctx context.Context, who model.Actor, id, slotID string) (*model.Booking, error) {
	b, err := s.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if b.Slot == slotID && !b.Ended() && b.State != model.BookingDisplaced {
		return b, nil
	}
	if err := b.CanReschedule(who, now); err != nil {
		return nil, err
	}
	m, err := s.Matters.Peek(ctx, b.Matter)
	if err != nil {
		return nil, err
	}
	plan, hall, err := s.plan(m, who, b.ID, slotID)
	if err != nil {
		return nil, err
	}
	if err := plan.Rules.Bookable(plan.Slot, now); err != nil {
		return nil, err
	}
	moved := *b
	moved.Slot, moved.Starts, moved.Ends = slotID, plan.Slot.Starts, plan.Slot.Ends
	if err := s.takeSeat(ctx, hall, plan.Slot, &moved); err != nil {
		return nil, err
	}
	old := b.Slot
	ctx, cancel := context.WithTimeout(ctx, model.SeatDoubt/2) // as for Book
	defer cancel()
	b, err = s.rebook(ctx, who, &moved, plan)
	if err != nil {
		return nil, errors.Join(err, s.freeSeat(ctx, slotID, moved.ID))
	}
	if old != b.Slot { // a displaced person may choose the same slot again
		err = s.freeSeat(ctx, old, b.ID)
	}
	return b, errors.Join(err, s.settleElsewhere(ctx, b))
}

func (s *Service) rebook(ctx context.Context, who model.Actor, moved *model.Booking, plan model.BookingPlan) (*model.Booking, error) {
	if err := s.enterAgenda(ctx, moved); err != nil {
		return nil, err
	}
	b, err := s.change(ctx, moved.ID, func(b *model.Booking) error {
		return b.Reschedule(who, plan.Slot, plan.HallName, plan.Rules, s.Clock.Now())
	})
	if err != nil {
		return nil, errors.Join(err, s.abandonMove(ctx, moved))
	}
	return b, nil
}

// abandonMove takes a refused reschedule off the agendas, so that the new time is free for something else.
func (s *Service) abandonMove(ctx context.Context, b *model.Booking) error {
	err := s.abandon(ctx, b.Applicant, b.ID)
	if b.Agent == "" {
		return err
	}
	return errors.Join(err, s.abandon(ctx, model.AgentAgendaID(b.Agent), b.ID))
}

func (s *Service) abandon(ctx context.Context, agenda, booking string) error {
	_, err := s.agendas.Update(ctx, agenda, func(a *model.Agenda) error { a.Abandon(booking); return nil })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// change lets something happen to a booking; a closure that changes nothing writes nothing.
func (s *Service) change(ctx context.Context, id string, apply func(*model.Booking) error) (*model.Booking, error) {
	b, err := s.bookings.Update(ctx, id, func(b *model.Booking) error {
		steps, seq := len(b.Steps), b.Seq
		once.Forget(&b.Head, s.Clock.Now())
		if err := apply(b); err != nil {
			return err
		}
		if len(b.Steps) == steps && b.Seq == seq {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound()
	}
	return b, err
}

// settleElsewhere brings the seat, the agendas and the queue in line with a booking. It runs at once, so that
// people see its effect, and again when the booking's event is carried out, so that a crash loses nothing.
func (s *Service) settleElsewhere(ctx context.Context, b *model.Booking) error {
	b, err := s.settleSeat(ctx, b)
	errs := []error{err, s.follow(ctx, b.Applicant, b.ID, b)}
	if b.Agent != "" {
		errs = append(errs, s.follow(ctx, model.AgentAgendaID(b.Agent), b.ID, b))
	}
	if b.Ticket != "" || b.State == model.BookingDisplaced { // perhaps out of the line
		errs = append(errs, s.followQueue(ctx, b))
	}
	return errors.Join(errs...)
}

// settleSeat brings the seat in line. A booking whose seat was given away meanwhile is displaced: its person
// chooses another freely.
func (s *Service) settleSeat(ctx context.Context, b *model.Booking) (*model.Booking, error) {
	hall, ok := s.Catalogue.Hall(b.Hall)
	if b.Slot == "" || !ok {
		return b, nil
	}
	st := model.SlotTime{ID: b.Slot, Hall: b.Hall, Date: b.Date, Starts: b.Starts, Ends: b.Ends}
	lost := false
	_, err := s.slots.Upsert(ctx, b.Slot, func() *model.Slot { return model.NewSlot(st) }, func(slot *model.Slot) error {
		changed := false
		if changed, lost = slot.Follow(b, hall.Capacity(), s.Clock.Now()); !changed {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil || !lost {
		return b, err
	}
	displaced, err := s.change(ctx, b.ID, func(b *model.Booking) error {
		if b.Slot != st.ID || b.Ended() {
			return store.ErrUnchanged // it has moved on since
		}
		return b.Displace(model.System, "seat_lost", s.Clock.Now())
	})
	if err != nil {
		return b, err
	}
	return displaced, nil
}
