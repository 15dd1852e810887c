package staff

import (
	"context"
	"time"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/parcel"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/staff"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// ListParcels shows a matter's parcels in the carriers' own words.
func (h *Handler) ListParcels(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*staff.ParcelList, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		parcels, err := h.Dossier.ParcelsOf(ctx, m)
		if err != nil {
			return nil, err
		}
		items, err := h.Dossier.ParcelsInFull(ctx, parcels)
		return &staff.ParcelList{Items: items}, err
	})
}

// ReportParcel notes what people know of a parcel better than its carrier told.
func (h *Handler) ReportParcel(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.ReportParcelRequest) (*view.Parcel, error) {
		r := parcel.Report{Event: model.ParcelEvent(in.Event), Words: model.ScrubNumbers(in.Note)}
		if in.At != "" {
			var err error
			if r.At, err = time.Parse(time.RFC3339, in.At); err != nil {
				return nil, fault.New("bad_request").Field("at").Say("时间应为带时区的 RFC 3339 格式")
			}
		}
		p, err := h.theirs(ctx, door.Who(c), in.No, in.ID)
		if err != nil {
			return nil, err
		}
		if p, err = h.Dossier.Parcels.Report(ctx, p.ID, door.Who(c), r); err != nil {
			return nil, err
		}
		return show.Parcel(p), nil
	})
}

// LabelParcel corrects what stands on a label beside the number.
func (h *Handler) LabelParcel(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *staff.LabelParcelRequest) (*view.Parcel, error) {
		p, err := h.theirs(ctx, door.Who(c), in.No, in.ID)
		if err != nil {
			return nil, err
		}
		if p, err = h.Dossier.Parcels.Label(ctx, p.ID, in.Company, in.Phone); err != nil {
			return nil, err
		}
		return show.Parcel(p), nil
	})
}

// theirs is a parcel of a matter that the caller sees, if their organisation is at one of its ends. A supervisor
// may settle what the two cannot.
func (h *Handler) theirs(ctx context.Context, who model.Actor, no, id string) (*model.Parcel, error) {
	m, err := h.Matters.Get(ctx, who, no)
	if err != nil {
		return nil, err
	}
	p, err := h.Dossier.ParcelOf(ctx, m, id)
	if err != nil {
		return nil, err
	}
	ends := who.Org == p.Sender.ID || who.Org == p.Consignee.ID || (who.Hall != "" && who.Hall == p.Consignee.ID)
	if !ends && who.Role != model.RoleSupervisor {
		return nil, fault.New("wrong_organisation")
	}
	return p, nil
}

// ListInbox lists what the caller's organisation has been told, the newest first.
func (h *Handler) ListInbox(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.PageRequest) (*staff.NoticePage, error) {
		page, err := h.Notices.Inbox(ctx, door.Who(c).Org, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &staff.NoticePage{Items: []*staff.Notice{}, NextCursor: page.Next}
		for _, n := range page.Items {
			v.Items = append(v.Items, shown(n))
		}
		return v, nil
	})
}

// ReadNotice notes that somebody of the organisation has read a notice.
func (h *Handler) ReadNotice(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.IDRef) (*staff.Notice, error) {
		n, err := h.Notices.Read(ctx, door.Who(c).Org, in.ID)
		if err != nil {
			return nil, err
		}
		return shown(n), nil
	})
}

func shown(n *model.Notice) *staff.Notice {
	return &staff.Notice{
		ID: n.ID, Key: n.Key, Title: n.Title, Text: n.Text, RefKind: n.Ref.Kind, RefID: n.Ref.ID, At: show.Time(n.At), ReadAt: show.When(n.ReadAt),
	}
}
