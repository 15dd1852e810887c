package kiosk

import (
	"kuacheng/biz/reseal"
	"kuacheng/model/kiosk"
)

// Sealed is what is kept of machines that a rotation of keys seals anew.
func (s *Service) Sealed() []reseal.Source {
	return []reseal.Source{reseal.Of(s.devices, func(d *kiosk.Device) []reseal.Slot {
		return []reseal.Slot{{Place: keyPlace(d.ID), Value: &d.Key}}
	})}
}
