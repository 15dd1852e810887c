package peer

import (
	"kuacheng/biz/reseal"
	"kuacheng/model"
)

// Sealed is what is kept of other cities' events that a rotation of keys seals anew.
func (s *Service) Sealed() []reseal.Source {
	return []reseal.Source{reseal.Of(s.ledgers, func(l *model.PeerLedger) []reseal.Slot {
		slots := make([]reseal.Slot, len(l.Parked))
		for i := range l.Parked {
			slots[i] = reseal.Slot{Place: parkedPlace(l.ID, l.Parked[i].ID), Value: &l.Parked[i].Event}
		}
		return slots
	})}
}
