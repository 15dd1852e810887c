package parcel

import (
	"context"

	"kuacheng/biz/store"
)

// PlanReturns says how the store looks for the parcel of a return's number.
func (s *Service) PlanReturns(ctx context.Context) (store.Plan, error) {
	return s.parcels.Explain(ctx, store.Query{Index: "returns_as", Eq: []any{"standard:KD00000000077"}, Limit: 1})
}
