package personnel

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/personnel"
)

// batch is how many matters are in hand at once.
const batch = 100

// Left hands the work of a post over: the outbox.Handler of personnel.KindHandover. What has been handed over is not held any more, so
// it may be run again after any step.
func (s *Service) Left(ctx context.Context, id string, e model.Event) error {
	n, err := strconv.Atoi(e.Ref["n"])
	if err != nil {
		return nil
	}
	x, err := s.staff.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (n < 1 || n > len(x.Handovers) || x.Handovers[n-1].Done != nil) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("personnel: reading: %w", err)
	}
	h := x.Handovers[n-1]
	why := personnel.Moved
	if !x.Active {
		why = personnel.Disabled
	}
	if err := s.Accounts.CutStaff(ctx, id, why); err != nil {
		return err
	}
	if err := s.carry(ctx, id); err != nil {
		return err
	}
	if err := s.tell(ctx, id, h, why, e); err != nil {
		return err
	}
	_, err = s.staff.Update(ctx, id, func(x *model.Staff) error {
		if errors.Is(personnel.Finish(x, n, s.Clock.Now()), model.ErrAlreadyApplied) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("personnel: noting a hand-over: %w", err)
	}
	return nil
}

// carry gives away what an account may not hold any more. What it may hold, because its person is back or never left that post, stays.
func (s *Service) carry(ctx context.Context, id string) error {
	for cursor := ""; ; {
		x, err := s.staff.Get(ctx, id) // anew for each page: they may be let in again meanwhile
		if err != nil {
			return fmt.Errorf("personnel: reading: %w", err)
		}
		page, err := s.Matters.Held(ctx, id, batch, cursor)
		if err != nil {
			return err
		}
		for _, m := range page.Items {
			if personnel.Holds(x, m) {
				continue
			}
			if err := s.give(ctx, x, m); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return s.release(ctx, x)
		}
	}
}

// give hands a matter to whom the last hand-over in its department names, if they are still there, or back to the department.
func (s *Service) give(ctx context.Context, x *model.Staff, m *model.Matter) error {
	h := personnel.Ordered(x, m.HOrg)
	next := ""
	if h.Successor != "" {
		to, err := s.staff.Get(ctx, h.Successor)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("personnel: reading the successor: %w", err)
		}
		if err == nil && personnel.Holds(to, m) {
			next = to.ID
		}
	}
	return s.Matters.HandOver(ctx, m.ID, x.ID, next, h.By, h.Why)
}

// release lets others call those who stood before a clerk's window. What was called on an earlier day is over.
func (s *Service) release(ctx context.Context, x *model.Staff) error {
	today := model.DateOf(s.Clock.Now())
	for _, h := range x.Handovers {
		if h.Hall == "" || model.DateOf(h.At) != today || personnel.Serves(x, h.Hall) {
			continue
		}
		if err := s.Bookings.Release(ctx, h.Hall, x.ID); err != nil {
			return err
		}
	}
	return nil
}

// tell lets the organisation know that work has changed hands.
func (s *Service) tell(ctx context.Context, id string, h model.Handover, why string, e model.Event) error {
	if h.Matters == 0 {
		return nil
	}
	what := "账号 " + id + " 已" + map[string]string{personnel.Moved: "调岗", personnel.Disabled: "停用"}[why]
	if h.Successor != "" {
		what += "，由 " + h.Successor + " 接手"
	}
	_, err := s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: h.Org, To: model.ToStaff, Key: "staff_handover", Ref: model.NoticeRef{Kind: "staff", ID: id}, At: e.At,
		Vars: map[string]string{"what": what, "count": strconv.Itoa(h.Matters)},
	})
	if err != nil {
		return fmt.Errorf("personnel: telling: %w", err)
	}
	return nil
}

// Wake looks once more for what was done in the name of a post while it was being left.
func (s *Service) Wake(ctx context.Context, id string) error {
	x, err := s.staff.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("personnel: reading: %w", err)
	}
	if x.Wake == nil || x.Wake.After(s.Clock.Now()) {
		return nil
	}
	for _, h := range x.Handovers {
		if s.Clock.Now().Sub(h.At) < 2*personnel.Settle || h.Done == nil {
			if err := s.carry(ctx, id); err != nil {
				return err
			}
		}
	}
	_, err = s.staff.Update(ctx, id, func(x *model.Staff) error {
		if x.Wake == nil || x.Wake.After(s.Clock.Now()) {
			return store.ErrUnchanged
		}
		x.Wake = nil
		return nil
	})
	return err
}

// Work is what an account holds, and what of its hand-overs is done.
type Work struct {
	Staff   *model.Staff
	Held    int
	Matters store.Page[model.Matter]
	Tickets []*model.Booking
}

// Work shows what a member of staff holds now.
func (s *Service) Work(ctx context.Context, who model.Actor, id string, limit int, cursor string) (*Work, error) {
	x, err := s.get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	w := &Work{Staff: x}
	if w.Held, err = s.Matters.CountHeld(ctx, id); err != nil {
		return nil, err
	}
	if w.Matters, err = s.Matters.Held(ctx, id, limit, cursor); err != nil {
		return nil, err
	}
	if x.Hall != "" && x.Role == model.RoleClerk {
		w.Tickets, err = s.Bookings.CalledBy(ctx, x.Hall, id)
	}
	return w, err
}

// Astray tells whether an open matter is in the name of somebody who cannot act on it, and no hand-over of theirs is under way. It is
// for the check of the whole.
func (s *Service) Astray(ctx context.Context, m *model.Matter) (bool, error) {
	if m.Handler == "" || m.State.Ended() {
		return false, nil
	}
	x, err := s.staff.Get(ctx, m.Handler)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("personnel: reading: %w", err)
	}
	return !personnel.Holds(x, m) && x.Wake == nil && len(x.Outbox) == 0, nil
}
