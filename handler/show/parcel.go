package show

import (
	"slices"

	"kuacheng/model"
	"kuacheng/model/api/public"
	"kuacheng/model/api/view"
)

// Parcels shows parcels, the latest last.
func (s *Shower) Parcels(parcels []*model.Parcel) []*view.Parcel {
	out := make([]*view.Parcel, 0, len(parcels))
	for _, p := range parcels {
		out = append(out, Parcel(p))
	}
	return out
}

// Parcel shows a parcel to who may see its matter; the events are in our own words (couriers name people).
func Parcel(p *model.Parcel) *view.Parcel {
	v := &view.Parcel{
		ID: p.ID, Direction: string(p.Direction), Carrier: string(p.Carrier), CarrierName: model.CarrierName(p.Carrier),
		Waybill: p.Waybill, State: string(p.State), StateName: p.State.Chinese(), SignedBy: string(p.SignedBy),
		Events: []*view.ParcelEvent{}, CreatedAt: Time(p.CreatedAt), UpdatedAt: Time(p.StateAt),
	}
	for _, e := range p.PublicEvents() {
		v.Events = append(v.Events, &view.ParcelEvent{At: Time(e.At), State: string(e.State), Text: e.Text, Place: e.Place})
	}
	slices.Reverse(v.Events)
	return v
}

// ParcelWithWords shows a parcel with the carrier's own words (parcel.Service.Words) to its owner or to staff in scope.
func ParcelWithWords(p *model.Parcel, words map[string]string) *view.Parcel {
	v := Parcel(p)
	for i, e := range p.PublicEvents() {
		v.Events[len(v.Events)-1-i].Words = words[e.Row] // they stand the newest first
	}
	return v
}

// PublicParcel shows a parcel to anyone: the last four of its number, and no name.
func PublicParcel(p *model.Parcel) *public.QRParcel {
	v := &public.QRParcel{
		Direction: string(p.Direction), Carrier: string(p.Carrier), CarrierName: model.CarrierName(p.Carrier),
		WaybillTail: p.LastFour(), State: string(p.State), StateName: p.State.Chinese(), Events: []*public.QREvent{},
	}
	for _, e := range p.PublicEvents() {
		v.Events = append(v.Events, &public.QREvent{At: Time(e.At), State: string(e.State), Text: e.Text, Place: e.Place})
	}
	slices.Reverse(v.Events)
	return v
}
