package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Happened brings about what follows a booking's event: seat, agenda and queue in line with it, and the notice.
// It handles events of bookings, agendas and queues, and may run more than once.
func (s *Service) Happened(ctx context.Context, _ string, e model.Event) error {
	if e.Ref["event"] == "blocked" {
		return s.tellBlocked(ctx, e)
	}
	if e.Ref["booking"] == "" {
		return nil // a walk-in's ticket: the screen in the hall calls it
	}
	b, err := s.bookings.Get(ctx, e.Ref["booking"])
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("booking: reading %s: %w", e.Ref["booking"], err)
	}
	if old := e.Ref["old_slot"]; old != "" && old != b.Slot {
		if err := s.freeSeat(ctx, old, b.ID); err != nil {
			return err
		}
	}
	if err := s.settleElsewhere(ctx, b); err != nil {
		return err
	}
	if err := s.Matters.BookingLives(ctx, b.Matter, b.ID, !b.Ended()); err != nil {
		return err
	}
	if err := s.countNoShow(ctx, b, e); err != nil {
		return err
	}
	if e.Ref["event"] == string(model.EventDisplace) {
		if b, err = s.offer(ctx, b); err != nil {
			return err
		}
	}
	return s.tell(ctx, b, e)
}

// countNoShow writes a missed appointment on the person's agenda, or takes a forgiven one off.
func (s *Service) countNoShow(ctx context.Context, b *model.Booking, e model.Event) error {
	event := e.Ref["event"]
	if event != string(model.EventNoShow) && event != "waived" {
		return nil
	}
	hall, ok := s.Catalogue.Hall(b.Hall)
	if !ok {
		return nil
	}
	rules := s.Catalogue.Rules(hall)
	_, err := s.agendas.Upsert(ctx, b.Applicant, func() *model.Agenda { return model.NewAgenda(b.Applicant) }, func(a *model.Agenda) error {
		if b.Waived != "" {
			a.WaiveNoShow(b.ID, rules)
			return nil
		}
		a.CountNoShow(b.ID, e.At, rules)
		return nil
	})
	return err
}

// notices of booking events; what is not here is told to nobody.
var noticeKeys = map[string]string{
	string(model.EventBook): "booking_confirmed", string(model.EventReschedule): "booking_changed",
	string(model.EventCancel): "booking_cancelled", string(model.EventExpire): "booking_cancelled",
	string(model.EventDisplace): "booking_displaced", string(model.EventCall): "queue_called",
	string(model.EventNoShow): "booking_no_show", "reminder": "booking_reminder", "near": "queue_near",
}

func (s *Service) tell(ctx context.Context, b *model.Booking, e model.Event) error {
	key, ok := noticeKeys[e.Ref["event"]]
	if !ok {
		return nil
	}
	v := map[string]string{
		"item": b.Item, "starts_at": model.NoticeTime(b.Starts), "hall": b.HallName, "booking_no": b.ID, "booking_id": b.ID,
		"ticket": b.Ticket, "window": b.Window, "called_at": model.NoticeTime(e.At), "matter_no": b.Matter,
	}
	if key == "booking_cancelled" {
		v["by"] = map[string]string{string(model.RoleApplicant): "本人取消", string(model.RoleAgent): "代办取消", string(model.RoleClerk): "窗口取消"}[e.Ref["by"]]
		if v["by"] == "" {
			v["by"] = "系统取消"
		}
		v["reason"] = model.BookingReason(e.Ref["reason"])
	}
	if key == "booking_displaced" {
		v["reason"], v["alternatives"] = model.BookingReason(b.DisplacedFor()), s.alternatives(b)
	}
	for k, x := range v {
		if x == "" {
			delete(v, k)
		}
	}
	to := []string{b.Applicant}
	if b.Agent != "" {
		to = append(to, b.Agent)
	}
	for _, recipient := range to {
		_, err := s.Notices.Give(ctx, model.NoticeDraft{
			Event: e.ID, Recipient: recipient, To: model.ToApplicant, Key: key,
			Ref: model.NoticeRef{Kind: "booking", ID: b.ID}, At: e.At, Expires: s.useless(b, key), Vars: v,
		})
		if err != nil {
			return fmt.Errorf("booking: telling %s: %w", key, err)
		}
	}
	return nil
}

// useless is when a notice has no point any more: a reminder after the start.
func (s *Service) useless(b *model.Booking, key string) (at time.Time) {
	if key == "booking_reminder" {
		return b.Starts
	}
	return at
}

func (s *Service) tellBlocked(ctx context.Context, e model.Event) error {
	a, err := s.agendas.Get(ctx, e.Ref["applicant"])
	if err != nil || a.BlockedUntil == nil {
		return err
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: a.ID, To: model.ToApplicant, Key: "booking_blocked",
		Ref: model.NoticeRef{Kind: "booking", ID: e.Ref["booking"]}, At: e.At,
		Vars: map[string]string{"until": model.NoticeDate(model.DateOf(*a.BlockedUntil))},
	})
	return err
}

// MatterMoved ends a matter's live booking when the matter no longer needs it.
func (s *Service) MatterMoved(ctx context.Context, m *model.Matter) error {
	b, err := s.Live(ctx, m)
	if err != nil {
		return err
	}
	last := m.Trail[len(m.Trail)-1].Event
	for _, hall := range s.Catalogue.HallsOf(m.ROrg) {
		if err := s.finishWalkIn(ctx, m, hall.ID); err != nil {
			return err
		}
	}
	if b == nil {
		return nil
	}
	changed := false
	b, err = s.change(ctx, b.ID, func(b *model.Booking) error {
		changed = b.MatterMoved(last, string(m.State), m.Mode, s.Clock.Now())
		return nil
	})
	if err != nil || !changed {
		return err
	}
	return s.settleElsewhere(ctx, b)
}

// WakeBooking does what a booking's time brings: reminders, no-shows, the end of the day.
func (s *Service) WakeBooking(ctx context.Context, id string) error {
	b, err := s.bookings.Get(ctx, id)
	if err == nil && b.Expired(s.Clock.Now()) {
		return s.drop(ctx, b)
	}
	_, err = s.bookings.Update(ctx, id, func(b *model.Booking) error { b.Tick(s.Clock.Now()); return nil })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// drop deletes a booking that has been kept as long as it may, and what was its slot; where nobody sat any more, there is none.
func (s *Service) drop(ctx context.Context, b *model.Booking) error {
	errs := []error{s.bookings.Delete(ctx, b.ID)}
	if b.Slot != "" {
		errs = append(errs, s.slots.Delete(ctx, b.Slot))
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("booking: dropping %s: %w", b.ID, err)
		}
	}
	return nil
}

// WakeQueue deletes the line of a day that has been kept as long as it may.
func (s *Service) WakeQueue(ctx context.Context, id string) error {
	q, err := s.queues.Get(ctx, id)
	if err == nil && q.Expired(s.Clock.Now()) {
		err = s.queues.Delete(ctx, id)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("booking: dropping a queue: %w", err)
	}
	return nil
}

// WakeSlot looks at seats whose booking was not seen in time: a crash came between them.
func (s *Service) WakeSlot(ctx context.Context, id string) error {
	slot, err := s.slots.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("booking: reading slot: %w", err)
	}
	now := s.Clock.Now()
	held := map[string]bool{}
	for _, seat := range doubtful(slot, now) {
		b, err := s.bookings.Get(ctx, seat.Booking)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("booking: reading %s: %w", seat.Booking, err)
		}
		held[seat.Booking] = err == nil && b.Slot == id && !b.Ended() && b.State != model.BookingDisplaced
	}
	_, err = s.slots.Update(ctx, id, func(slot *model.Slot) error {
		for _, seat := range slot.Doubtful(now) {
			if holds, looked := held[seat.Booking]; looked && holds {
				slot.Confirm(seat.Booking)
			} else if looked {
				slot.FreeSeat(seat.Booking)
			}
		}
		return nil
	})
	return err
}

// WakeAgenda does the same for entries of a person's agenda.
func (s *Service) WakeAgenda(ctx context.Context, id string) error {
	a, err := s.agendas.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("booking: reading agenda: %w", err)
	}
	for _, booking := range a.Doubtful(s.Clock.Now()) {
		b, err := s.bookings.Get(ctx, booking)
		if errors.Is(err, store.ErrNotFound) {
			b = nil
		} else if err != nil {
			return fmt.Errorf("booking: reading %s: %w", booking, err)
		}
		_, err = s.agendas.Update(ctx, id, func(a *model.Agenda) error { a.Resolve(booking, b, s.Clock.Now()); return nil })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("booking: settling an agenda: %w", err)
		}
	}
	return nil
}

// doubtful is Slot.Doubtful of a snapshot that all readers share.
func doubtful(slot *model.Slot, now time.Time) []model.Seat {
	own := *slot
	own.Seats = slices.Clone(slot.Seats)
	return own.Doubtful(now)
}
