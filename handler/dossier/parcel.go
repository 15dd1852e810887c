package dossier

import (
	"context"

	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// ParcelOf is the parcel of that id, if the matter names it.
func (d *Desk) ParcelOf(ctx context.Context, m *model.Matter, id string) (*model.Parcel, error) {
	for _, ref := range m.Parcels {
		p, err := d.Parcels.Get(ctx, ref.ID)
		if m.ReceivedByPeer() && fault.Code(err) == "not_found" {
			continue // followed by the receiving city
		}
		if err != nil {
			return nil, err
		}
		if ref.ID == id || p.ID == id {
			return p, nil
		}
	}
	return nil, fault.New("not_found").Say("该办件没有这件邮件")
}

// ParcelsInFull shows parcels with the carriers' own words, which only who may see the matter may read.
func (d *Desk) ParcelsInFull(ctx context.Context, parcels []*model.Parcel) ([]*view.Parcel, error) {
	out := make([]*view.Parcel, 0, len(parcels))
	for _, p := range parcels {
		words, err := d.Parcels.Words(ctx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, show.ParcelWithWords(p, words))
	}
	return out, nil
}
