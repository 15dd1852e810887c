package parcel

import (
	"context"
	"fmt"

	"kuacheng/model"
	"kuacheng/model/bureau"
)

// raise opens the problem ticket of a parcel that no carrier settles any more: one a parcel, whatever else goes wrong with it. Who
// sent it has the contract with the carrier, and so answers: the receiving place for papers, the handling place for a result.
func (s *Service) raise(ctx context.Context, p *model.Parcel, what string) error {
	unit := s.sender(p)
	if s.Problems == nil || p.Abandoned() || unit == "" {
		return nil
	}
	from, to := p.Sender.Region, p.Consignee.Region // papers go to the place that handles
	if p.Direction == model.ParcelResult {
		from, to = to, from
	}
	_, err := s.Problems.Open(ctx, "parcel:"+p.ID, bureau.Opening{
		Source: bureau.SourceParcel, Title: p.Courier() + "邮件：" + clip(what), Text: what,
		Matter: p.Matters[0], From: from, To: to, Region: to, Unit: unit,
	}, model.System)
	if err != nil {
		return fmt.Errorf("parcel: ticket of %s: %w", p.ID, err)
	}
	return nil
}

// clip cuts what stands in a title; people's words may be long, and are whole in the text.
func clip(what string) string {
	const longest = 40
	if r := []rune(what); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return what
}
