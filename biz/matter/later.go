package matter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/parcel"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
)

// Wake lets the time that has passed act on a matter: deadlines, reminders, lights. Done twice it does nothing
// the second time.
func (s *Service) Wake(ctx context.Context, no string) error {
	if gone, err := s.expire(ctx, no); gone || err != nil {
		return err
	}
	_, err := s.matters.Update(ctx, no, func(m *model.Matter) error {
		changed, err := m.Tick(s.now(), s.env())
		if err == nil && !changed {
			return store.ErrUnchanged
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Happened brings about what follows a matter's event elsewhere: the booking that has lost its purpose, and
// the notices. It is the handler of the outbox event and may run more than once.
func (s *Service) Happened(ctx context.Context, no string, e model.Event) error {
	m, err := s.matters.Get(ctx, no)
	if err != nil {
		return fmt.Errorf("matter: reading %s: %w", no, err)
	}
	if err := s.Bookings.MatterMoved(ctx, m); err != nil {
		return err
	}
	for _, follow := range []func(context.Context, *model.Matter, model.Event) error{s.trouble, s.handed, s.met} {
		if err := follow(ctx, m, e); err != nil {
			return err
		}
	}
	return s.tell(ctx, m, e)
}

// trouble opens a ticket for what somebody has to answer for: a result that the applicant says never came, papers that are lost.
func (s *Service) trouble(ctx context.Context, m *model.Matter, e model.Event) error {
	if s.Problems == nil || m.ReceivedByPeer() && e.Ref["event"] == string(model.EvLose) {
		return nil // the receiving city follows the papers
	}
	var err error
	switch model.MatterEvent(e.Ref["event"]) {
	case model.EvDisputeDelivery:
		_, err = s.Problems.About(ctx, e.ID, m, bureau.SourceDispute, "申请人表示没有收到结果："+m.Item.Name, "", m.HOrg, model.System)
	case model.EvLose:
		_, err = s.Problems.About(ctx, e.ID, m, bureau.SourceLost, "材料邮件遗失："+m.Item.Name, "", m.ROrg, model.System)
	}
	return err
}

// ParcelMoved lets a parcel's move act on the matter that waits for it. What has been applied, or what the
// matter no longer waits for, is done: parcels are told of late and more than once.
func (s *Service) ParcelMoved(ctx context.Context, no string, mv parcel.Move) error {
	step := model.Step{
		Event: model.MatterEvent(mv.Event), Actor: model.Actor{Door: model.DoorCourier, Role: model.RoleCourier, ID: mv.Carrier},
		Now: mv.At, Cause: mv.Cause, Facts: model.Facts{Parcel: mv.ParcelID, SignedBy: mv.SignedBy},
	}
	if now := s.now(); step.Now.After(now) || now.Sub(step.Now) > 24*time.Hour {
		step.Now = now // clocks count from what a courier says only where it is fresh
	}
	_, err := s.Act(ctx, no, step)
	switch fault.Code(err) {
	case "transition_not_allowed", "parcel_mismatch", "not_found":
		s.Log.InfoContext(ctx, "parcel moved nothing", "matter", no, "event", mv.Event, "code", fault.Code(err))
		return nil
	}
	return err
}

// Has reports whether a matter names a parcel.
func (s *Service) Has(ctx context.Context, no, parcelID string) (bool, error) {
	m, err := s.matters.Get(ctx, no)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("matter: reading %s: %w", no, err)
	}
	for _, p := range m.Parcels {
		if p.ID == parcelID {
			return true, nil
		}
	}
	return false, nil
}

// owners are who is told about a matter: the applicant and the agent.
func owners(m *model.Matter) []string {
	if m.Agent == "" {
		return []string{m.Applicant}
	}
	return []string{m.Applicant, m.Agent}
}

// BookingLives keeps on a matter whether a booking of its lives: a draft does not expire under one.
func (s *Service) BookingLives(ctx context.Context, no, booking string, lives bool) error {
	_, err := s.matters.Update(ctx, no, func(m *model.Matter) error {
		next := booking
		if !lives {
			if m.Booking != booking {
				return store.ErrUnchanged // another one lives
			}
			next = ""
		}
		if err := m.SetBooking(next, s.now(), s.env()); errors.Is(err, model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		} else if err != nil {
			return err
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
