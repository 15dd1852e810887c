package kiosk

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/kiosk"
)

// ForgetMatter takes the sheets of a matter's certificate away, and whose it was: a matter.Remains. That it was issued, and stands or
// not, can still be verified.
func (s *Service) ForgetMatter(ctx context.Context, no string) error {
	var folders error
	err := s.each(ctx, "matter", no, func(c *kiosk.Certificate) bool {
		if c.Applicant == model.Anonymous {
			return false
		}
		if folders = errors.Join(folders, s.Files.DeleteFolder(ctx, "certificate/"+c.ID)); folders != nil {
			return false
		}
		c.Applicant, c.File, c.Receipt, c.Holder = model.Anonymous, model.MatterFile{}, model.MatterFile{}, ""
		return true
	})
	return errors.Join(folders, err)
}

// Reown gives one account's certificates to another that turned out to be the same person: an account.Owner.
func (s *Service) Reown(ctx context.Context, from, to string) error {
	return s.each(ctx, "applicant", from, func(c *kiosk.Certificate) bool {
		if c.Applicant != from {
			return false
		}
		c.Applicant = to
		return true
	})
}

// each changes the certificates with one value of a field, which the change takes from them.
func (s *Service) each(ctx context.Context, index, value string, change func(*kiosk.Certificate) bool) error {
	for cursor := ""; ; {
		page, err := s.certificates.Find(ctx, store.Query{Index: index, Eq: []any{value}, Limit: 100, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("kiosk: finding certificates: %w", err)
		}
		for _, c := range page.Items {
			_, err := s.certificates.Update(ctx, c.ID, func(c *kiosk.Certificate) error {
				if !change(c) {
					return store.ErrUnchanged
				}
				return nil
			})
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("kiosk: changing a certificate: %w", err)
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
