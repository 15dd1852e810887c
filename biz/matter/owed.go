package matter

import (
	"context"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// owed is who ought to look at a matter whose light is no longer green; nobody while its clock stands still.
func owed(m *model.Matter) any {
	if m.OwedBy == "" || m.LightPaused || !m.Light.Worse(model.LightGreen) {
		return nil
	}
	return m.OwedBy
}

// Owed counts, by light, the matters that an organisation ought to look at, and gives the most urgent; nil for none.
func (s *Service) Owed(ctx context.Context, org string) (map[string]int64, *model.Matter, error) {
	q := store.Query{Index: "owed", Eq: []any{org}}
	counts, err := s.matters.Tally(ctx, q, "light")
	if err != nil || len(counts) == 0 {
		return nil, nil, err
	}
	q.Limit = 1
	page, err := s.matters.Find(ctx, q)
	if err != nil {
		return nil, nil, fmt.Errorf("matter: listing: %w", err)
	}
	if len(page.Items) == 0 { // done between the two
		return nil, nil, nil
	}
	return counts, page.Items[0], nil
}
