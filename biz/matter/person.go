package matter

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model"
)

// CountMine counts an applicant's matters.
func (s *Service) CountMine(ctx context.Context, applicant string) (int64, error) {
	n, err := s.matters.Tally(ctx, store.Query{Index: "applicant", Eq: []any{applicant}}, "applicant")
	if err != nil {
		return 0, fmt.Errorf("matter: counting: %w", err)
	}
	return n[applicant], nil
}

// Comments opens what a person wrote with a review, and with their second one; "" for nothing, or for what is no more.
func (s *Service) Comments(r *model.Review) (first, second string, err error) {
	place := commentPlace(r.ID)
	if first, err = s.opened(place, r.Rating.Comment); err == nil && r.Second != nil {
		second, err = s.opened(place, r.Second.Comment)
	}
	return first, second, err
}

// opened is a sealed value; "" for one that was sealed under a key that has been destroyed.
func (s *Service) opened(place string, value model.Sealed) (string, error) {
	plain, err := s.Keeper.Open(place, value)
	if errors.Is(err, seal.ErrShredded) {
		return "", nil
	}
	return plain, err
}
