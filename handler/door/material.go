package door

import (
	"context"
	"slices"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/matter"
	"kuacheng/handler/bind"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// PutMaterial keeps a file for a material, from whichever door it comes: an applicant's upload, a clerk's scan.
// A reference to an electronic licence has the same path and a JSON body.
func PutMaterial(ctx context.Context, c *app.RequestContext, matters *matter.Service, shower *show.Shower) {
	if !bind.IsMultipart(c) {
		Answer(ctx, c, func(*citizen.PutMaterialRequest) (*view.Material, error) {
			return nil, fault.New("licence_unavailable")
		})
		return
	}
	Upload(ctx, c, func(in *citizen.MaterialRef) (*view.Material, error) {
		content, err := bind.File(c)
		if err != nil {
			return nil, err
		}
		m, err := matters.PutMaterial(ctx, Who(c), in.No, in.Code, content)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(m.Materials, func(mm model.MatterMaterial) bool { return mm.Code == in.Code })
		return shower.Material(m, &m.Materials[i]), nil
	})
}
