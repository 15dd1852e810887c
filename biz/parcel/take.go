package parcel

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/store"
	"kuacheng/model"
)

// fate is what became of the rows of one waybill.
type fate struct {
	outcomes  []model.RowOutcome // one a row; nil when all are parked
	parcel    *model.Parcel      // as it is now; nil when nobody knows the waybill on this channel
	ended     bool               // the parcel had ended before
	elsewhere bool               // the waybill is known on another channel
}

// take brings the rows of a push or of an answer to their parcels.
func (s *Service) take(ctx context.Context, carrier model.Carrier, push courier.Push) error {
	for _, group := range byWaybill(push.Rows) {
		if _, err := s.bring(ctx, carrier, push.Rows[group[0]].Waybill, s.sealed(push.Rows, group)); err != nil {
			return err
		}
	}
	return nil
}

// byWaybill groups rows by their places in the list, in the order in which the waybills come.
func byWaybill(rows []courier.Row) [][]int {
	var groups [][]int
	of := map[string]int{}
	for i, r := range rows {
		g, known := of[r.Waybill]
		if !known {
			g = len(groups)
			of[r.Waybill], groups = g, append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// sealed closes the carrier's words in the rows of a group. They are sealed for the row, which goes from parked to
// parcel to archive.
func (s *Service) sealed(rows []courier.Row, group []int) []model.ParcelRow {
	out := make([]model.ParcelRow, 0, len(group))
	for _, i := range group {
		row := rows[i].ParcelRow
		row.Text = s.Keeper.Seal(wordsPlace(row.Key), rows[i].Words)
		out = append(out, row)
	}
	return out
}

func wordsPlace(rowKey string) string { return "parcel_row:" + rowKey + ":text" }

// find gives the id of the parcel that travels, or comes back, under a waybill; "" when nobody knows it.
func (s *Service) find(ctx context.Context, carrier model.Carrier, waybill string) (string, error) {
	id := model.ParcelID(carrier, waybill)
	_, err := s.parcels.Get(ctx, id)
	if err == nil {
		return id, nil
	}
	if !missing(err) {
		return "", fmt.Errorf("parcel: %w", err)
	}
	page, err := s.parcels.Find(ctx, store.Query{Index: "returns_as", Eq: []any{id}, Limit: 1})
	if err != nil {
		return "", fmt.Errorf("parcel: %w", err)
	}
	if len(page.Items) == 0 {
		return "", nil
	}
	return page.Items[0].ID, nil
}

// bring hands rows to the parcel of their waybill, or parks them. The number may be registered in the moment in
// which they are parked: then the one who parks looks again, and the handler of waybill_bound looks at what is
// parked. Whoever is second sees the other, and the one who parked still holds its rows.
func (s *Service) bring(ctx context.Context, carrier model.Carrier, waybill string, rows []model.ParcelRow) (fate, error) {
	id, err := s.find(ctx, carrier, waybill)
	if err != nil {
		return fate{}, err
	}
	if id != "" {
		return s.absorb(ctx, id, rows)
	}
	other, err := s.elsewhere(ctx, carrier, waybill)
	if err != nil {
		return fate{}, err
	}
	flag := ""
	if other != nil {
		flag = model.FlagCarrierMismatch
	}
	if err := s.park(ctx, carrier, waybill, rows, flag); err != nil {
		return fate{}, err
	}
	if id, err = s.find(ctx, carrier, waybill); err != nil {
		return fate{}, err
	}
	if id == "" {
		return fate{elsewhere: other != nil}, s.misled(ctx, other)
	}
	if err := s.join(ctx, id, carrier, waybill); err != nil {
		return fate{}, err
	}
	return s.absorb(ctx, id, rows)
}

// elsewhere is the open parcel that travels under the waybill on another channel; nil when there is none.
func (s *Service) elsewhere(ctx context.Context, carrier model.Carrier, waybill string) (*model.Parcel, error) {
	for _, c := range model.Carriers {
		if c == carrier {
			continue
		}
		p, err := s.parcels.Get(ctx, model.ParcelID(c, waybill))
		if err != nil && !missing(err) {
			return nil, fmt.Errorf("parcel: %w", err)
		}
		if err == nil && p.Open() {
			return p, nil
		}
	}
	return nil, nil
}

// misled tells a clerk that news of a parcel comes by a channel that it was not registered with.
func (s *Service) misled(ctx context.Context, p *model.Parcel) error {
	if p == nil {
		return nil
	}
	now := s.now()
	s.alerts.raise(now, p.Carrier, model.FlagCarrierMismatch, "channel")
	return s.tellMismatch(ctx, p, now)
}

// absorb adds rows to a parcel. Those of another company wait in the park, and a clerk is told.
func (s *Service) absorb(ctx context.Context, id string, rows []model.ParcelRow) (fate, error) {
	now := s.now()
	var f fate
	var foreign []model.ParcelRow
	p, err := s.parcels.Update(ctx, id, func(p *model.Parcel) error {
		f.ended = p.State.End()
		done := p.Absorb(rows, now)
		f.outcomes, foreign = done.Outcomes, nil
		for i, o := range done.Outcomes {
			if o == model.RowForeign {
				foreign = append(foreign, rows[i])
			}
		}
		marked := len(foreign) > 0 && p.Mark(model.FlagCarrierMismatch)
		if !done.Changed && !marked {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("parcel: %w", err)
	}
	f.parcel = p
	if len(foreign) == 0 {
		return f, nil
	}
	if err := s.park(ctx, p.Carrier, foreign[0].Waybill, foreign, model.FlagCarrierMismatch); err != nil {
		return f, err
	}
	s.alerts.raise(now, p.Carrier, model.FlagCarrierMismatch, foreign[0].Company)
	return f, s.tellMismatch(ctx, p, now)
}

func (s *Service) park(ctx context.Context, carrier model.Carrier, waybill string, rows []model.ParcelRow, flag string) error {
	now := s.now()
	_, err := s.parked.Upsert(ctx, model.ParkedID(carrier, waybill),
		func() *model.ParkedRows { return model.Park(carrier, waybill, now) },
		func(k *model.ParkedRows) error {
			added := k.Add(rows)
			if flagged := flag != "" && k.Flag(flag); !added && !flagged {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("parcel: parking: %w", err)
	}
	return nil
}

// join brings what is parked of a waybill to its parcel and deletes it there. What is parked by others after it
// was read here, they bring themselves: they find the parcel when they look again.
func (s *Service) join(ctx context.Context, id string, carrier model.Carrier, waybill string) error {
	parked, err := s.parked.Get(ctx, model.ParkedID(carrier, waybill))
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	f, err := s.absorb(ctx, id, parked.Rows)
	if err != nil || slices.Contains(f.outcomes, model.RowForeign) {
		return err
	}
	if err := s.parked.Delete(ctx, parked.ID); err != nil && !missing(err) {
		return fmt.Errorf("parcel: %w", err)
	}
	return nil
}

// unpark is the handler of a number that is now known: ref waybill.
func (s *Service) unpark(ctx context.Context, id string, e model.Event) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	return s.join(ctx, id, p.Carrier, e.Ref["waybill"])
}

// shed moves the words of a long way's middle rows into the archive. They are kept there before they are dropped
// here.
func (s *Service) shed(ctx context.Context, id string, _ model.Event) error {
	for {
		p, err := s.parcels.Get(ctx, id)
		if missing(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("parcel: %w", err)
		}
		over := p.Overflow()
		if len(over) == 0 {
			return nil
		}
		archive := model.ArchiveID(id)
		_, err = s.archives.Upsert(ctx, archive, func() *model.ParcelArchive { return &model.ParcelArchive{Head: model.Head{ID: archive}} },
			func(a *model.ParcelArchive) error { a.Keep(over); return nil })
		if err != nil {
			return fmt.Errorf("parcel: archiving: %w", err)
		}
		if _, err = s.parcels.Update(ctx, id, func(p *model.Parcel) error { p.Shed(over); return nil }); err != nil {
			return fmt.Errorf("parcel: archiving: %w", err)
		}
	}
}

// Words opens the carrier's words of a parcel's rows, by row key, for its owner and for staff in scope: they name
// couriers and signers.
func (s *Service) Words(ctx context.Context, p *model.Parcel) (map[string]string, error) {
	rows := p.Rows
	if slices.ContainsFunc(rows, func(r model.ParcelRow) bool { return r.Archived }) {
		a, err := s.archives.Get(ctx, model.ArchiveID(p.ID))
		if err != nil && !missing(err) {
			return nil, fmt.Errorf("parcel: %w", err)
		}
		if err == nil {
			rows = slices.Concat(a.Rows, rows)
		}
	}
	words := make(map[string]string, len(rows))
	for _, r := range rows {
		if r.Text == "" {
			continue
		}
		text, err := s.Keeper.Open(wordsPlace(r.Key), r.Text)
		if err != nil {
			return nil, fmt.Errorf("parcel: words of %s: %w", p.ID, err)
		}
		words[r.Key] = text
	}
	return words, nil
}

// Report is what a member of staff knows of a parcel: a loss that the carrier confirmed on the telephone, a
// contradiction settled.
type Report struct {
	Event model.ParcelEvent
	Words string
	At    time.Time // zero: now
}

// Report adds what a member of staff knows to a parcel's way. It counts from then on against what the carrier had
// said before.
func (s *Service) Report(ctx context.Context, id string, by model.Actor, r Report) (*model.Parcel, error) {
	p, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	row, err := model.StaffRow(p, r.Event, by, r.At, s.now())
	if err != nil {
		return nil, err
	}
	row.Text = s.Keeper.Seal(wordsPlace(row.Key), r.Words)
	f, err := s.absorb(ctx, p.ID, []model.ParcelRow{row})
	return f.parcel, err
}
