package signal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
	"kuacheng/model/signal"
	"kuacheng/model/trust"
)

// Counted looks at a matter whose standing has changed, when the ledger has counted the change: an outbox.Handler of
// model.KindMatterCounted.
func (s *Service) Counted(ctx context.Context, no string, e model.Event) error {
	if err := s.alarm(ctx); err != nil {
		return err
	}
	from, to, err := model.CountedMove(e)
	if err != nil {
		return fmt.Errorf("signal: reading %s: %w", e.ID, err)
	}
	m, err := s.Matters.Peek(ctx, no)
	if err != nil {
		return ignored(err)
	}
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	if err := s.fireAll(ctx, book.InMatter(m, s.Clock.Now(), s.Catalogue.Calendar)); err != nil {
		return err
	}
	for _, a := range signal.Acts(m, e.At) {
		if err := s.acted(ctx, book, a); err != nil {
			return err
		}
	}
	if err := s.lookAgain(ctx, book, m); err != nil {
		return err
	}
	if to == nil {
		return nil
	}
	if err := s.decided(ctx, book, m, from, to); err != nil {
		return err
	}
	return s.touched(ctx, book, m, to.Day, signal.Touches(from, to))
}

// ignored: what is not there any more shows nothing.
func ignored(err error) error {
	if fault.Code(err) == "not_found" {
		return nil
	}
	return err
}

// acted looks at what somebody did: by itself, and beside what they did that day.
func (s *Service) acted(ctx context.Context, book signal.Book, a signal.Act) error {
	if err := s.fireAll(ctx, book.InAct(a)); err != nil || !a.Decision {
		return err
	}
	w, err := s.mark(ctx, signal.DecisionsID(a.By, model.DateOf(a.At)), signal.Mark{Ref: a.Ref, At: a.At}, signal.DecisionsKept)
	if err != nil {
		return err
	}
	if f, ok := book.InDecisions(w, a); ok {
		return s.fire(ctx, f)
	}
	return nil
}

func (s *Service) mark(ctx context.Context, id string, m signal.Mark, window time.Duration) (*signal.Watch, error) {
	w, err := s.watches.Upsert(ctx, id, func() *signal.Watch { return signal.NewWatch(id) }, func(w *signal.Watch) error {
		if !w.Mark(m, window) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("signal: watching: %w", err)
	}
	return w, nil
}

// lookAgain sets an alarm for what time alone will show in a matter.
func (s *Service) lookAgain(ctx context.Context, book signal.Book, m *model.Matter) error {
	until, ok := book.NextLook(m, s.Clock.Now(), s.Catalogue.Calendar)
	if !ok {
		return nil
	}
	id := signal.MatterID(m.ID)
	_, err := s.watches.Upsert(ctx, id, func() *signal.Watch { return signal.NewWatch(id) }, func(w *signal.Watch) error {
		if w.Wake != nil && w.Wake.Equal(until) {
			return store.ErrUnchanged
		}
		w.WakeAt(until)
		return nil
	})
	if err != nil {
		return fmt.Errorf("signal: watching: %w", err)
	}
	return nil
}

// WakeWatch looks at what time alone shows, and drops what has been kept long enough.
func (s *Service) WakeWatch(ctx context.Context, id string) error {
	if no, ok := strings.CutPrefix(id, signal.MatterID("")); ok {
		if again, err := s.looked(ctx, no); again || err != nil {
			return err
		}
	}
	return dropped(s.watches.Delete(ctx, id))
}

// looked looks at a matter whose alarm has rung; again says that there is a later one.
func (s *Service) looked(ctx context.Context, no string) (again bool, err error) {
	m, err := s.Matters.Peek(ctx, no)
	if err != nil {
		return false, ignored(err)
	}
	book, err := s.book(ctx)
	if err != nil {
		return false, err
	}
	now, c := s.Clock.Now(), s.Catalogue.Calendar
	if err := s.fireAll(ctx, book.InMatter(m, now, c)); err != nil {
		return false, err
	}
	if _, again = book.NextLook(m, now, c); again {
		err = s.lookAgain(ctx, book, m)
	}
	return again, err
}

// WakeCarrierDay drops a day that no window reaches any more.
func (s *Service) WakeCarrierDay(ctx context.Context, id string) error {
	return dropped(s.carriers.Delete(ctx, id))
}

func dropped(err error) error {
	if err == nil || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return fmt.Errorf("signal: dropping: %w", err)
}

// decided compares a decision with what the item usually takes.
func (s *Service) decided(ctx context.Context, book signal.Book, m *model.Matter, from, to *model.Counted) error {
	if to.Kept+to.Broken == 0 || from != nil && from.Kept+from.Broken > 0 {
		return nil
	}
	today := model.DateOf(s.Clock.Now())
	usual, err := s.Ledger.Item(ctx, m.Item.Code, today.Add(-31), today)
	if err != nil {
		return err
	}
	if f, ok := book.InDays(m, usual); ok {
		return s.fire(ctx, f)
	}
	return nil
}

// Booked looks at seats that were held in vain, and at how long a formal check at the window took: an outbox.Handler of
// model.BookingEventKind.
func (s *Service) Booked(ctx context.Context, _ string, e model.Event) error {
	switch event := e.Ref["event"]; {
	case event == string(model.EventNoShow), event == string(model.EventCancel) && e.Ref["by"] == string(model.RoleApplicant):
		return s.vain(ctx, e)
	case event == string(model.EventFinish):
		return s.checked(ctx, e)
	}
	return nil
}

func (s *Service) vain(ctx context.Context, e model.Event) error {
	who := e.Ref["applicant"]
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	w, err := s.mark(ctx, signal.SeatsID(who), signal.Mark{Ref: e.Ref["booking"], At: e.At}, book.SeatsKept())
	if err != nil {
		return err
	}
	org, region := "", s.Catalogue.Rollout().Home()
	if h, ok := s.Catalogue.Hall(e.Ref["hall"]); ok {
		if o, ok := s.Catalogue.Orgs().Get(h.Organisation); ok {
			org, region = o.ID, o.Region
		}
	}
	if f, ok := book.InSeats(w, who, org, region); ok {
		return s.fire(ctx, f)
	}
	return nil
}

func (s *Service) checked(ctx context.Context, e model.Event) error {
	b, err := s.Bookings.Get(ctx, model.System, e.Ref["booking"])
	if err != nil {
		return ignored(err)
	}
	i := slices.IndexFunc(b.Steps, func(x model.BookingStep) bool { return x.Event == model.EventServe })
	if i < 0 {
		return nil // nobody pressed the button, so nobody knows
	}
	m, err := s.Matters.Peek(ctx, b.Matter)
	if err != nil {
		return ignored(err)
	}
	a, ok := signal.AtWindow(m, b.Steps[i].At, e.At)
	if !ok {
		return nil
	}
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	return s.acted(ctx, book, a)
}

// Looked looks at how often somebody looks at unmasked data, and at what: an outbox.Handler of trust.KindAccess.
func (s *Service) Looked(ctx context.Context, day string, e model.Event) error {
	n, err := strconv.Atoi(e.Ref["n"])
	if err != nil {
		return fmt.Errorf("signal: %s names no entry", e.ID)
	}
	viewer := strings.TrimPrefix(day, trust.DayID(trust.OfViewer, "", "")[:2])
	viewer = viewer[:max(0, strings.LastIndexByte(viewer, ':'))]
	page, err := s.Accesses.Of(ctx, trust.OfViewer, viewer, 2, "") // the day, or the one before it just after midnight
	if err != nil {
		return err
	}
	i := slices.IndexFunc(page.Items, func(d *trust.AccessDay) bool { return d.ID == day })
	if i < 0 || n < 1 || n > len(page.Items[i].Entries) {
		return nil // the clock has been put back since
	}
	d := page.Items[i]
	a := d.Entries[n-1]
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	id := signal.LooksID(viewer)
	w, err := s.watches.Upsert(ctx, id, func() *signal.Watch { return signal.NewWatch(id) }, func(w *signal.Watch) error {
		if !w.Count(d.Date, n) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("signal: watching: %w", err)
	}
	before := w.Before(d.Date, book[signal.RevealSpike].Window)
	if f, ok := book.InReveals(viewer, a.Org, a.Region, d.Date, n, before); ok {
		if err := s.fire(ctx, f); err != nil {
			return err
		}
	}
	m, err := s.Matters.Peek(ctx, a.Matter)
	if err != nil || m.Times.Ended == nil || !m.Times.Ended.Before(a.At) || m.PapersOwed {
		return ignored(err)
	}
	f := book.Finding(signal.RevealSpike, "closed", signal.OfPerson, viewer, string(d.Date), a.ID, a.At, map[string]string{
		"org": a.Org, "who": viewer, "at": model.NoticeTime(a.At), "ended": model.NoticeTime(*m.Times.Ended),
	})
	f.Org, f.Region, f.Matter = a.Org, a.Region, a.Matter
	return s.fire(ctx, f)
}

// Ticket looks at the ticket of a bad review whose term has passed: an outbox.Handler of bureau.KindProblem.
func (s *Service) Ticket(ctx context.Context, id string, e model.Event) error {
	if e.Ref["what"] != "late" {
		return nil
	}
	p, err := s.Problems.Peek(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || p.Source != bureau.SourceReview {
		return err
	}
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	f := book.Finding(signal.ReviewGap, "late", signal.OfMatter, p.Matter, "", e.ID, e.At, map[string]string{
		"org": e.Ref["unit"], "due": model.NoticeDate(model.DateOf(e.At).Add(-1)),
	})
	f.Org, f.Region = e.Ref["unit"], p.Region
	return s.fire(ctx, f)
}

// Differs looks at a difference between two cities' systems: an outbox.Handler of model.KindPeerDiffers.
func (s *Service) Differs(ctx context.Context, no string, e model.Event) error {
	m, err := s.Matters.Peek(ctx, no)
	if err != nil || m.Peer == nil {
		return ignored(err)
	}
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	f := book.Finding(signal.PeerSilent, "differs", signal.OfPeer, m.Peer.Region, string(model.DateOf(e.At)), e.ID, e.At, map[string]string{
		"peer": s.Catalogue.Regions.Name(m.Peer.Region), "what": model.DifferenceName(e.Ref["what"]),
	})
	f.Region, f.Matter = s.Catalogue.Rollout().Home(), no
	return s.fire(ctx, f)
}
