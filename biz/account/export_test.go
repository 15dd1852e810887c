package account

import (
	"kuacheng/biz/store"
	"kuacheng/model"
)

// Members is the collection of staff accounts, for tests of what an administrator does to one.
func (s *Service) Members() *store.Collection[model.Staff] { return s.staff }
