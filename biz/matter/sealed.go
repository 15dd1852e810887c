package matter

import (
	"kuacheng/biz/reseal"
	"kuacheng/model"
)

// Sealed is what matters hold that a rotation of keys seals anew.
func (s *Service) Sealed() []reseal.Source {
	return []reseal.Source{
		reseal.Of(s.matters, func(m *model.Matter) []reseal.Slot {
			a := m.Delivery.Address
			if a == nil {
				return nil
			}
			return []reseal.Slot{
				{Place: addressPlace(m.Applicant, "name"), Value: &a.Name}, {Place: addressPlace(m.Applicant, "phone"), Value: &a.Phone},
				{Place: addressPlace(m.Applicant, "detail"), Value: &a.Detail},
			}
		}),
		reseal.Of(s.reviews, reviewSlots),
	}
}

func commentPlace(no string) string { return "review:" + no + ":comment" }

func reviewSlots(r *model.Review) []reseal.Slot {
	place := commentPlace(r.ID)
	slots := []reseal.Slot{{Place: place, Value: &r.Rating.Comment}}
	if r.Second != nil {
		slots = append(slots, reseal.Slot{Place: place, Value: &r.Second.Comment})
	}
	return slots
}
