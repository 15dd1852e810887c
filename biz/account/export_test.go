package account

import (
	"testing"

	"kuacheng/biz/store"
)

// Logins counts the records of a person's logins, those that ran out too.
func (s *Service) Logins(t testing.TB, subject string) int {
	t.Helper()
	page, err := s.sessions.Find(t.Context(), store.Query{Index: "subject", Eq: []any{subject}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Items)
}
