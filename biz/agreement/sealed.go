package agreement

import "kuacheng/biz/reseal"

// Sealed lists what is sealed in this package's documents: the answers that repeated requests are given.
func (s *Service) Sealed() []reseal.Source {
	return []reseal.Source{reseal.Of(s.agreements, nil), reseal.Of(s.proposals, nil)}
}
