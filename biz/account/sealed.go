package account

import (
	"kuacheng/biz/reseal"
	"kuacheng/model"
)

// Sealed is what accounts hold that a rotation of keys seals anew.
func (s *Service) Sealed() []reseal.Source {
	return []reseal.Source{
		reseal.Of(s.applicants, func(a *model.Applicant) []reseal.Slot {
			slots := []reseal.Slot{
				{Place: place(a.ID, "name"), Value: &a.Person.Name}, {Place: place(a.ID, "id_number"), Value: &a.Person.IDNumber},
				{Place: place(a.ID, "phone"), Value: &a.Person.Phone},
			}
			if a.Subscribed != nil {
				slots = append(slots, reseal.OfOrigin(a.Subscribed))
			}
			return slots
		}),
		reseal.Of(s.staff, func(x *model.Staff) []reseal.Slot { return []reseal.Slot{{Place: staffName(x.ID), Value: &x.Name}} }),
	}
}
