package signal

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/signal"
)

// Reused notes that somebody typed a waybill that an older parcel has; the parcel itself refused it.
func (s *Service) Reused(ctx context.Context, parcel string, n model.NewParcel) error {
	p, err := s.Parcels.Get(ctx, parcel)
	if err != nil {
		return ignored(err)
	}
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	for _, no := range n.Matters {
		f := book.Finding(signal.WaybillReused, "", signal.OfWaybill, parcel, "", no, s.Clock.Now(), map[string]string{
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
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	for _, c := range model.Carriers {
		older, err := s.Parcels.Get(ctx, model.ParcelID(c, p.Waybill))
		if ignored(err) != nil {
			return err
		}
		if err != nil || older.ID == p.ID || older.CreatedAt.After(p.CreatedAt) || shares(older.Matters, p.Matters) {
			continue
		}
		f := book.Finding(signal.WaybillReused, "carrier", signal.OfWaybill, p.ID, "", older.ID, p.CreatedAt, map[string]string{
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
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	to := model.DateOf(s.Clock.Now())
	from := book[signal.ParcelTrouble].Begins(to)
	page, err := s.carriers.Find(ctx, store.Query{
		Index: "company", Eq: []any{company}, From: string(from), To: string(to.Add(1)), Limit: signal.Window,
	})
	if err != nil {
		return fmt.Errorf("signal: measuring a carrier: %w", err)
	}
	f, ok := book.InCarrier(company, s.Catalogue.Rollout().Home(), page.Items, to)
	if !ok {
		return nil
	}
	f.Vars["carrier"] = cmp.Or(model.CompanyName(company), company)
	f.Examples = examples
	return s.fire(ctx, f)
}
