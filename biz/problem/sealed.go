package problem

import "kuacheng/biz/reseal"

// Sealed is what problems hold that a rotation of keys seals anew: the answers to repeated requests.
func (s *Service) Sealed() []reseal.Source { return []reseal.Source{reseal.Of(s.problems, nil)} }
