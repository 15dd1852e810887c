package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// HallChanged takes away the places that a hall no longer has, and tells their people: the outbox.Handler of model.KindHallChanged.
// Whoever is displaced already stays so, so that it may run any number of times.
func (s *Service) HallChanged(ctx context.Context, hallID string, e model.Event) error {
	if err := s.Catalogue.Reload(ctx); err != nil { // this process may not have looked since
		return err
	}
	from, until := model.Date(e.Ref["from"]), model.Date(e.Ref["until"])
	if err := s.displaceShut(ctx, hallID, from, until); err != nil || e.Ref["excess"] == "" {
		return err
	}
	return s.displaceExcess(ctx, hallID)
}

// WakeHall looks at a hall's days again some time after a change: whoever was booking while it was made has ended by then.
func (s *Service) WakeHall(ctx context.Context, hallID string) error {
	if err := s.displaceShut(ctx, hallID, model.DateOf(s.Clock.Now()), ""); err != nil {
		return err
	}
	_, err := s.Catalogue.ChangeHall(ctx, hallID, nil, func(h *model.Hall) error {
		if h.Wake == nil || s.Clock.Now().Before(*h.Wake) {
			return store.ErrUnchanged // changed again meanwhile
		}
		h.Wake = nil
		return nil
	})
	return err
}

// Shut counts the people whose places a hall's days no longer have.
func (s *Service) Shut(ctx context.Context, hall *model.Hall, from, until model.Date) (n int, err error) {
	err = s.eachShut(ctx, hall, from, until, func(*model.Booking) error { n++; return nil })
	return n, err
}

func (s *Service) displaceShut(ctx context.Context, hallID string, from, until model.Date) error {
	hall, ok := s.Catalogue.Hall(hallID)
	if !ok {
		return nil
	}
	return s.eachShut(ctx, hall, from, until, func(b *model.Booking) error {
		_, _, minutes, _ := model.ParseSlotID(b.Slot)
		return s.displace(ctx, b.ID, hall.Why(b.Date, minutes))
	})
}

// eachShut gives the bookings of a hall's days whose slot is not there any more; until "" is as far as can be booked.
func (s *Service) eachShut(ctx context.Context, hall *model.Hall, from, until model.Date, do func(*model.Booking) error) error {
	today := model.DateOf(s.Clock.Now())
	last := today.Add(s.Catalogue.Rules(hall).AheadDays)
	if until != "" && until < last {
		last = until
	}
	for d := max(from, today); d <= last; d = d.Add(1) {
		day, err := s.Day(ctx, hall.ID, d)
		if err != nil {
			return err
		}
		for _, b := range day {
			if b.Slot == "" || b.State != model.BookingBooked && b.State != model.BookingCheckedIn {
				continue // walk-ins are in the hall, and who is at a window is served
			}
			if _, there := s.Catalogue.Slot(hall, b.Slot); there {
				continue
			}
			if err := do(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// displaceExcess takes away the places that no longer fit a hall's windows, the latest booked first.
func (s *Service) displaceExcess(ctx context.Context, hallID string) error {
	hall, ok := s.Catalogue.Hall(hallID)
	if !ok {
		return nil
	}
	today, now := model.DateOf(s.Clock.Now()), s.Clock.Now()
	for d := today; d <= today.Add(s.Catalogue.Rules(hall).AheadDays); d = d.Add(1) {
		for _, st := range s.Catalogue.Slots(hall, d) {
			slot, err := s.slots.Get(ctx, st.ID)
			if errors.Is(err, store.ErrNotFound) || err == nil && !now.Before(st.Starts) {
				continue
			}
			if err != nil {
				return fmt.Errorf("booking: reading slot: %w", err)
			}
			for _, seat := range slot.Excess(hall.Capacity()) {
				if err := s.displace(ctx, seat.Booking, "windows_closed"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// displace takes one booking's place away; one that is over, or at a window, stays as it is.
func (s *Service) displace(ctx context.Context, id, why string) error {
	b, err := s.change(ctx, id, func(b *model.Booking) error {
		if b.State != model.BookingBooked && b.State != model.BookingCheckedIn {
			return store.ErrUnchanged
		}
		by := model.System
		by.Door = model.DoorSupervise // the reason is a person's: it stays in the document
		return b.Displace(by, why, s.Clock.Now())
	})
	if err != nil {
		return err
	}
	return s.settleElsewhere(ctx, b)
}

// PairPaused displaces the bookings of drafts that can no longer be handed in.
func (s *Service) PairPaused(ctx context.Context, from, to string, since, until model.Date) error {
	today := model.DateOf(s.Clock.Now())
	for _, hall := range s.Catalogue.Halls("") {
		if s.Catalogue.Regions.City(hall.Region) != from {
			continue
		}
		last := today.Add(s.Catalogue.Rules(hall).AheadDays)
		if until != "" && until < last {
			last = until
		}
		for d := max(since, today); d <= last; d = d.Add(1) {
			if err := s.displaceDrafts(ctx, hall.ID, d, to); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) displaceDrafts(ctx context.Context, hall string, d model.Date, to string) error {
	day, err := s.Day(ctx, hall, d)
	if err != nil {
		return err
	}
	for _, b := range day {
		if b.Slot == "" || b.State != model.BookingBooked || b.Purpose != model.PurposeHandIn {
			continue
		}
		m, err := s.Matters.Peek(ctx, b.Matter)
		if err != nil {
			return err
		}
		if m.State != model.MatterDraft || s.Catalogue.Regions.City(m.To) != to {
			continue
		}
		if err := s.displace(ctx, b.ID, "pair_paused"); err != nil {
			return err
		}
	}
	return nil
}

// offer keeps the nearest free places for a displaced person for two hours, and notes them on the booking.
func (s *Service) offer(ctx context.Context, b *model.Booking) (*model.Booking, error) {
	now := s.Clock.Now()
	if b.State != model.BookingDisplaced || len(b.Offered) > 0 || b.DisplacedFor() == "pair_paused" {
		return b, nil
	}
	var offers []model.Offer
	for _, hall := range s.hallsFor(b) {
		for _, st := range s.nearest(hall, b) {
			if len(offers) == model.OffersMost {
				break
			}
			until := now.Add(model.OfferTime)
			_, err := s.slots.Upsert(ctx, st.ID, func() *model.Slot { return model.NewSlot(st) }, func(slot *model.Slot) error {
				return slot.Hold(model.Seat{Booking: b.ID, Applicant: b.Applicant, Department: b.Department}, hall.Capacity(), until, now)
			})
			if err == nil {
				offers = append(offers, model.Offer{Slot: st.ID, Hall: hall.ID, Starts: st.Starts, Until: until})
			} else if fault.Code(err) != "slot_full" {
				return b, err
			}
		}
	}
	return s.bookings.Update(ctx, b.ID, func(b *model.Booking) error {
		if !b.PutOffers(offers) {
			return store.ErrUnchanged
		}
		return nil
	})
}

// hallsFor are the halls in which a displaced person can be served: the same one first.
func (s *Service) hallsFor(b *model.Booking) []*model.Hall {
	own, ok := s.Catalogue.Hall(b.Hall)
	if !ok {
		return nil
	}
	halls := slices.DeleteFunc(s.Catalogue.HallsOf(own.Organisation), func(h *model.Hall) bool { return !h.Serves(b.Department) })
	slices.SortStableFunc(halls, func(x, y *model.Hall) int {
		return cmp.Compare(boolInt(x.ID != own.ID), boolInt(y.ID != own.ID))
	})
	return halls
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// nearest lists a hall's bookable slots, those nearest to the lost one first.
func (s *Service) nearest(hall *model.Hall, b *model.Booking) []model.SlotTime {
	now, rules := s.Clock.Now(), s.Catalogue.Rules(hall)
	today := model.DateOf(now)
	var out []model.SlotTime
	for d := today; d <= today.Add(rules.AheadDays); d = d.Add(1) {
		for _, st := range s.Catalogue.Slots(hall, d) {
			if rules.Bookable(st, now) == nil && st.ID != b.Slot {
				out = append(out, st)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y model.SlotTime) int {
		return cmp.Compare(x.Starts.Sub(b.Starts).Abs(), y.Starts.Sub(b.Starts).Abs())
	})
	return out
}

// alternatives says the offers as people read them.
func (s *Service) alternatives(b *model.Booking) string {
	var out []string
	for _, o := range b.Offered {
		text := model.NoticeTime(o.Starts)
		if h, ok := s.Catalogue.Hall(o.Hall); ok && o.Hall != b.Hall {
			text += "（" + h.Name + "）"
		}
		out = append(out, text)
	}
	return strings.Join(out, "、")
}
