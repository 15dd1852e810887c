package signal

import (
	"cmp"
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
	"kuacheng/model/ledger"
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
	if err := s.fireAll(ctx, signal.InMatter(m, s.Clock.Now(), s.Catalogue.Calendar)); err != nil {
		return err
	}
	for _, a := range signal.Acts(m, e.At) {
		if err := s.acted(ctx, a); err != nil {
			return err
		}
	}
	if err := s.suspended(ctx, m); err != nil {
		return err
	}
	if to == nil {
		return nil
	}
	if err := s.decided(ctx, m, from, to); err != nil {
		return err
	}
	return s.touched(ctx, m, signal.Touches(from, to))
}

// ignored: what is not there any more shows nothing.
func ignored(err error) error {
	if fault.Code(err) == "not_found" {
		return nil
	}
	return err
}

// acted looks at what somebody did: by itself, and beside what they did that day.
func (s *Service) acted(ctx context.Context, a signal.Act) error {
	if err := s.fireAll(ctx, signal.InAct(a)); err != nil || !a.Decision {
		return err
	}
	w, err := s.mark(ctx, signal.DecisionsID(a.By, model.DateOf(a.At)), signal.Mark{Ref: a.Ref, At: a.At}, signal.DecisionsKept)
	if err != nil {
		return err
	}
	if f, ok := signal.InDecisions(w, a); ok {
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

// suspended sets an alarm for a special procedure that takes too long.
func (s *Service) suspended(ctx context.Context, m *model.Matter) error {
	until, ok := signal.SuspendedUntil(m, s.Catalogue.Calendar)
	if !ok {
		return nil
	}
	id := signal.SuspensionID(m.ID)
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
	if no, ok := strings.CutPrefix(id, signal.SuspensionID("")); ok {
		if again, err := s.overlong(ctx, no); again || err != nil {
			return err
		}
	}
	return dropped(s.watches.Delete(ctx, id))
}

// overlong looks at a matter whose special procedure may have taken too long; again says that another one has begun since.
func (s *Service) overlong(ctx context.Context, no string) (again bool, err error) {
	m, err := s.Matters.Peek(ctx, no)
	if err != nil {
		return false, ignored(err)
	}
	now, c := s.Clock.Now(), s.Catalogue.Calendar
	if err := s.fireAll(ctx, signal.InMatter(m, now, c)); err != nil {
		return false, err
	}
	if until, still := signal.SuspendedUntil(m, c); still && now.Before(until) {
		return true, s.suspended(ctx, m)
	}
	return false, nil
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
func (s *Service) decided(ctx context.Context, m *model.Matter, from, to *model.Counted) error {
	if to.Kept+to.Broken == 0 || from != nil && from.Kept+from.Broken > 0 {
		return nil
	}
	today := model.DateOf(s.Clock.Now())
	usual, err := s.Ledger.Item(ctx, m.Item.Code, today.Add(-31), today)
	if err != nil {
		return err
	}
	if f, ok := signal.InDays(m, usual); ok {
		return s.fire(ctx, f)
	}
	return nil
}

// touched remembers an example of what a unit's rules measure, and measures the unit anew.
func (s *Service) touched(ctx context.Context, m *model.Matter, rules []string) error {
	if len(rules) == 0 {
		return nil
	}
	_, err := s.units.Upsert(ctx, m.HOrg, func() *signal.Unit { return signal.NewUnit(m.HOrg) }, func(u *signal.Unit) error {
		if !u.Touch(rules, m.ID) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("signal: remembering: %w", err)
	}
	return s.unit(ctx, m.HOrg)
}

// unit measures one organisation.
func (s *Service) unit(ctx context.Context, id string) error {
	o, ok := s.Catalogue.Orgs().Get(id)
	if !ok {
		return nil // another city's own
	}
	rates, err := s.region(ctx, o.Region)
	if err != nil {
		return err
	}
	return s.measured(ctx, o, rates[o.Department])
}

// region adds the window of a region up, by department.
func (s *Service) region(ctx context.Context, region string) (map[string]signal.Rates, error) {
	from, to := s.window()
	rates := map[string]signal.Rates{}
	err := s.Ledger.Cells(ctx, region, from, to, func(c ledger.Cell, x ledger.Sums) {
		r := rates[c.Dept]
		r.Add(c, x)
		rates[c.Dept] = r
	})
	return rates, err
}

func (s *Service) measured(ctx context.Context, o model.Organisation, r signal.Rates) error {
	u, err := s.units.Get(ctx, o.ID)
	if errors.Is(err, store.ErrNotFound) {
		u, err = signal.NewUnit(o.ID), nil
	}
	if err != nil {
		return fmt.Errorf("signal: measuring: %w", err)
	}
	return s.fireAll(ctx, signal.InRates(o.ID, o.Region, r, model.DateOf(s.Clock.Now()), u.Recent))
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
	w, err := s.mark(ctx, signal.SeatsID(who), signal.Mark{Ref: e.Ref["booking"], At: e.At}, signal.SeatsKept())
	if err != nil {
		return err
	}
	org, region := "", s.Catalogue.Rollout().Home()
	if h, ok := s.Catalogue.Hall(e.Ref["hall"]); ok {
		if o, ok := s.Catalogue.Orgs().Get(h.Organisation); ok {
			org, region = o.ID, o.Region
		}
	}
	if f, ok := signal.InSeats(w, who, org, region); ok {
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
	if a, ok := signal.AtWindow(m, b.Steps[i].At, e.At); ok {
		return s.acted(ctx, a)
	}
	return nil
}

// Looked looks at how often somebody looks at unmasked data, and at what: an outbox.Handler of trust.KindAccess.
func (s *Service) Looked(ctx context.Context, day string, e model.Event) error {
	n, err := strconv.Atoi(e.Ref["n"])
	if err != nil {
		return fmt.Errorf("signal: %s names no entry", e.ID)
	}
	viewer := strings.TrimPrefix(day, trust.DayID(trust.OfViewer, "", "")[:2])
	viewer = viewer[:max(0, strings.LastIndexByte(viewer, ':'))]
	page, err := s.Accesses.Of(ctx, trust.OfViewer, viewer, signal.Window+1, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(page.Items, func(d *trust.AccessDay) bool { return d.ID == day })
	if i < 0 || n < 1 || n > len(page.Items[i].Entries) {
		return nil // the clock has been put back since
	}
	d := page.Items[i]
	a := d.Entries[n-1]
	var before []int
	for _, x := range page.Items[i+1:] {
		if x.Date > d.Date.Add(-signal.Window) {
			before = append(before, len(x.Entries))
		}
	}
	if f, ok := signal.InReveals(viewer, a.Org, a.Region, d.Date, n, before); ok {
		if err := s.fire(ctx, f); err != nil {
			return err
		}
	}
	m, err := s.Matters.Peek(ctx, a.Matter)
	if err != nil || m.Times.Ended == nil || !m.Times.Ended.Before(a.At) || m.PapersOwed {
		return ignored(err)
	}
	f := signal.Finding(signal.RevealSpike, "closed", signal.OfPerson, viewer, string(d.Date), a.ID, a.At, map[string]string{
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
	f := signal.Finding(signal.ReviewGap, "late", signal.OfMatter, p.Matter, "", e.ID, e.At, map[string]string{
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
	f := signal.Finding(signal.PeerSilent, "differs", signal.OfPeer, m.Peer.Region, string(model.DateOf(e.At)), e.ID, e.At, map[string]string{
		"peer": s.Catalogue.Regions.Name(m.Peer.Region), "what": model.DifferenceName(e.Ref["what"]),
	})
	f.Region, f.Matter = s.Catalogue.Rollout().Home(), no
	return s.fire(ctx, f)
}

// Reused notes that somebody typed a waybill that an older parcel has; the parcel itself refused it.
func (s *Service) Reused(ctx context.Context, parcel string, n model.NewParcel) error {
	p, err := s.Parcels.Get(ctx, parcel)
	if err != nil {
		return ignored(err)
	}
	for _, no := range n.Matters {
		f := signal.Finding(signal.WaybillReused, "", signal.OfWaybill, parcel, "", no, s.Clock.Now(), map[string]string{
			"org": n.Sender.ID, "waybill": p.Waybill, "from": model.NoticeTime(p.CreatedAt),
		})
		f.Org, f.Region, f.Matter, f.Examples = n.Sender.ID, n.Sender.Region, no, p.Matters
		if err := s.fire(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// Handed counts a new parcel, and looks whether its number is on an older one of another channel: an outbox.Handler of
// model.ParcelWaybillBound.
func (s *Service) Handed(ctx context.Context, id string, e model.Event) error {
	p, err := s.Parcels.Get(ctx, id)
	if err != nil || p.ID != id || e.Ref["waybill"] != p.Waybill {
		return ignored(err)
	}
	day := model.DateOf(p.CreatedAt)
	_, err = s.carriers.Upsert(ctx, signal.CarrierDayID(company(p), day), func() *signal.CarrierDay { return signal.NewCarrierDay(company(p), day) },
		func(d *signal.CarrierDay) error {
			if !d.Handed(id, s.Clock.Now()) {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("signal: counting a parcel: %w", err)
	}
	for _, c := range model.Carriers {
		older, err := s.Parcels.Get(ctx, model.ParcelID(c, p.Waybill))
		if ignored(err) != nil {
			return err
		}
		if err != nil || older.ID == p.ID || older.CreatedAt.After(p.CreatedAt) || shares(older.Matters, p.Matters) {
			continue
		}
		f := signal.Finding(signal.WaybillReused, "carrier", signal.OfWaybill, p.ID, "", older.ID, p.CreatedAt, map[string]string{
			"waybill": p.Waybill, "carrier": model.CarrierName(p.Carrier), "other": model.CarrierName(older.Carrier),
			"from": model.NoticeTime(older.CreatedAt),
		})
		f.Org, f.Region, f.Examples = p.Sender.ID, p.Sender.Region, older.Matters
		if len(p.Matters) > 0 {
			f.Matter = p.Matters[0]
		}
		if err := s.fire(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func shares(a, b []string) bool {
	return len(a) == 0 || slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// company is who carries a parcel: the courier company, or the channel where that is all that is known.
func company(p *model.Parcel) string { return cmp.Or(p.Company, string(p.Carrier)) }

// Moved counts a parcel that was lost or came back: an outbox.Handler of model.ParcelStateChanged.
func (s *Service) Moved(ctx context.Context, id string, e model.Event) error {
	if state := model.ParcelState(e.Ref["state"]); state != model.ParcelLost && state != model.ParcelReturned {
		return nil
	}
	p, err := s.Parcels.Get(ctx, id)
	if err != nil {
		return ignored(err)
	}
	day := model.DateOf(p.CreatedAt)
	_, err = s.carriers.Upsert(ctx, signal.CarrierDayID(company(p), day), func() *signal.CarrierDay { return signal.NewCarrierDay(company(p), day) },
		func(d *signal.CarrierDay) error {
			if !d.Failed(p.ID) {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("signal: counting a parcel: %w", err)
	}
	return s.carrier(ctx, company(p), p.Matters)
}

// carrier measures one courier company.
func (s *Service) carrier(ctx context.Context, company string, examples []string) error {
	from, to := s.window()
	page, err := s.carriers.Find(ctx, store.Query{
		Index: "company", Eq: []any{company}, From: string(from), To: string(to.Add(1)), Limit: signal.Window,
	})
	if err != nil {
		return fmt.Errorf("signal: measuring a carrier: %w", err)
	}
	f, ok := signal.InCarrier(company, s.Catalogue.Rollout().Home(), page.Items, to)
	if !ok {
		return nil
	}
	f.Vars["carrier"] = cmp.Or(model.CompanyName(company), company)
	f.Examples = examples
	return s.fire(ctx, f)
}
