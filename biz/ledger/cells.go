package ledger

import (
	"context"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/ledger"
)

// Cells gives the cells of one handling region, without what lies below it, day by day.
func (s *Service) Cells(ctx context.Context, region string, from, to model.Date, take func(model.Date, ledger.Cell, ledger.Sums)) error {
	q := store.Query{Index: "key", Eq: []any{ledger.KindDay, region}, From: string(from), To: string(to.Add(1))}
	return s.walk(ctx, q, func(t *ledger.Tally) {
		for key, sums := range t.Cells {
			take(model.Date(t.Period), ledger.ParseCell(key), sums)
		}
	})
}

// Item adds an item's matters up over the months that a period touches.
func (s *Service) Item(ctx context.Context, code string, from, to model.Date) (total ledger.Sums, err error) {
	q := store.Query{Index: "key", Eq: []any{ledger.KindItem, code}, From: string(from[:7]), To: string(to[:7]) + "~"}
	err = s.walk(ctx, q, func(t *ledger.Tally) {
		for _, sums := range t.Cells {
			total.Add(sums, 1)
		}
	})
	return total, err
}
