package privacy

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	api "kuacheng/model/api/privacy"
	"kuacheng/model/trust"
)

// ListAccesses shows who has looked at the caller's data, and to whom it was given.
func (h *Handler) ListAccesses(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AccessRequest) (*api.AccessPage, error) {
		page, err := h.Audit.Of(ctx, trust.OfSubject, door.Who(c).ID, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.AccessPage{Items: []*api.Access{}, Verified: true, NextCursor: page.Next}
		for _, d := range page.Items {
			ok, _ := d.Verify()
			v.Verified = v.Verified && ok
			for _, a := range slices.Backward(d.Entries) {
				v.Items = append(v.Items, &api.Access{
					At: show.Time(a.At), Viewer: a.Viewer, Role: string(a.Role), Org: h.Show.Org(a.Org), MatterNo: a.Matter, Field: a.Field, Reason: a.Why,
					Kind: cmp.Or(a.Kind, "viewed"), Fields: strings.Split(a.Field, ","), To: a.To, ToKind: a.ToKind,
				})
			}
		}
		return v, nil
	})
}
