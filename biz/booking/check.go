package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Check compares every slot with the bookings that have a seat in it, and tells of what is off; it gives the number of seats. A seat whose
// booking is still being made is in order for as long as a seat may be in doubt.
func (s *Service) Check(ctx context.Context, tell func(string)) (seats int, err error) {
	cursor := ""
	for {
		page, err := s.slots.Find(ctx, store.Query{Index: "all", Limit: 100, Cursor: cursor})
		if err != nil {
			return seats, fmt.Errorf("booking: checking slots: %w", err)
		}
		for _, slot := range page.Items {
			seats += len(slot.Seats)
			if err := s.checkSlot(ctx, slot, tell); err != nil {
				return seats, err
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for cursor = ""; ; {
		page, err := s.bookings.Find(ctx, store.Query{Index: "all", Limit: 100, Cursor: cursor})
		if err != nil {
			return seats, fmt.Errorf("booking: checking bookings: %w", err)
		}
		for _, b := range page.Items {
			if err := s.checkSeat(ctx, b, tell); err != nil {
				return seats, err
			}
		}
		if cursor = page.Next; cursor == "" {
			return seats, nil
		}
	}
}

func (s *Service) checkSlot(ctx context.Context, slot *model.Slot, tell func(string)) error {
	now := s.Clock.Now()
	hall, known := s.Catalogue.Hall(slot.Hall)
	if known && slot.Left(hall.Capacity(), "", now) < 0 {
		tell("时段 " + slot.ID + "：席位超过容量")
	}
	for _, seat := range slot.Seats {
		b, err := s.bookings.Get(ctx, seat.Booking)
		switch {
		case errors.Is(err, store.ErrNotFound):
			if seat.Confirmed {
				tell("时段 " + slot.ID + "：席位的预约 " + seat.Booking + " 不存在")
			}
		case err != nil:
			return fmt.Errorf("booking: checking: %w", err)
		case b.Slot != slot.ID && seat.Confirmed && len(b.Outbox) == 0:
			tell("时段 " + slot.ID + "：预约 " + b.ID + " 已改到别的时段")
		}
	}
	return nil
}

// checkSeat: a booking that is still to come has its seat; what is on its way is not off.
func (s *Service) checkSeat(ctx context.Context, b *model.Booking, tell func(string)) error {
	if b.Slot == "" || b.State != model.BookingBooked || len(b.Outbox) > 0 {
		return nil
	}
	slot, err := s.slots.Get(ctx, b.Slot)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("booking: checking: %w", err)
	}
	if err != nil || !slices.ContainsFunc(slot.Seats, func(x model.Seat) bool { return x.Booking == b.ID }) {
		tell("预约 " + b.ID + "：时段 " + b.Slot + " 里没有它的席位")
	}
	return nil
}
