package parcel

import (
	"kuacheng/biz/reseal"
	"kuacheng/model"
)

// Sealed is what parcels hold that a rotation of keys seals anew.
func (s *Service) Sealed() []reseal.Source {
	return []reseal.Source{
		reseal.Of(s.parcels, func(p *model.Parcel) []reseal.Slot {
			return append(words(p.Rows), reseal.Slot{Place: phonePlace(p.ID), Value: &p.PhoneTail})
		}),
		reseal.Of(s.parked, func(p *model.ParkedRows) []reseal.Slot { return words(p.Rows) }),
		reseal.Of(s.archives, func(a *model.ParcelArchive) []reseal.Slot { return words(a.Rows) }),
		reseal.Of(s.messages, func(m *model.CourierMessage) []reseal.Slot {
			return []reseal.Slot{{Place: bodyPlace(m.ID), Value: &m.Body}}
		}),
	}
}

func words(rows []model.ParcelRow) []reseal.Slot {
	slots := make([]reseal.Slot, len(rows))
	for i := range rows {
		slots[i] = reseal.Slot{Place: wordsPlace(rows[i].Key), Value: &rows[i].Text}
	}
	return slots
}
