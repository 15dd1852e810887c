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
// A reference to an electronic licence, or the wish that a register be asked, has the same path and a JSON body.
func PutMaterial(ctx context.Context, c *app.RequestContext, matters *matter.Service, shower *show.Shower) {
	if !bind.IsMultipart(c) {
		Answer(ctx, c, func(in *citizen.PutMaterialRequest) (*view.Material, error) {
			m, err := substitute(ctx, Who(c), in, matters)
			if err != nil {
				return nil, err
			}
			return material(m, in.Code, shower), nil
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
		return material(m, in.Code, shower), nil
	})
}

// substitute lets a licence or a register stand for the paper.
func substitute(ctx context.Context, who model.Actor, in *citizen.PutMaterialRequest, matters *matter.Service) (*model.Matter, error) {
	switch {
	case in.Sharing && in.Licence == "":
		return matters.AskSharing(ctx, who, in.No, in.Code)
	case !in.Sharing && in.Licence != "":
		return matters.PutLicence(ctx, who, in.No, in.Code, in.Licence)
	}
	return nil, fault.New("validation_failed").Field("licence").Say("请给出电子证照编号，或选择数据共享，二者选一")
}

func material(m *model.Matter, code string, shower *show.Shower) *view.Material {
	i := slices.IndexFunc(m.Materials, func(mm model.MatterMaterial) bool { return mm.Code == code })
	return shower.Material(m, &m.Materials[i])
}
