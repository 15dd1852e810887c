// Package trust answers those who watch over how personal data is used.
package trust

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/biz/audit"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/matter"
	"kuacheng/biz/reseal"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/trust"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
	"kuacheng/model/trust"
)

// Handler answers this door's requests.
type Handler struct {
	Audit     *audit.Service
	Accounts  *account.Service
	Matters   *matter.Service
	Catalogue *catalogue.Catalogue
	Show      *show.Shower
	Rotation  *reseal.Service
}

// ListAudit shows who looked at a person's data, or what a member of staff looked at: as far as it is the caller's to watch.
func (h *Handler) ListAudit(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.AuditRequest) (*api.AuditPage, error) {
		kind, key, err := h.whose(ctx, door.Who(c), in)
		if err != nil {
			return nil, err
		}
		page, err := h.Audit.Of(ctx, kind, key, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &api.AuditPage{Items: []*api.AuditLine{}, Verified: true, NextCursor: page.Next}
		for _, d := range page.Items {
			ok, _ := d.Verify()
			v.Verified = v.Verified && ok
			for _, a := range slices.Backward(d.Entries) {
				if h.watches(door.Who(c), a.Region) {
					v.Items = append(v.Items, &api.AuditLine{
						At: show.Time(a.At), Viewer: a.Viewer, Role: string(a.Role), Org: h.Show.Org(a.Org), Subject: a.Subject, MatterNo: a.Matter,
						Field: a.Field, Reason: a.Why, Hash: a.Hash, Kind: cmp.Or(a.Kind, "viewed"), To: a.To,
					})
				}
			}
		}
		return v, nil
	})
}

// GetRotation shows where a rotation of keys has come to.
func (h *Handler) GetRotation(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.Rotation, error) { return h.rotation(h.Rotation.Status(ctx)) })
}

// Reseal begins to seal everything anew under the first key; the workers do it.
func (h *Handler) Reseal(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.Rotation, error) { return h.rotation(h.Rotation.Begin(ctx)) })
}

func (h *Handler) rotation(r *trust.Rotation, err error) (*api.Rotation, error) {
	if err != nil {
		return nil, err
	}
	v := &api.Rotation{
		Key: r.Key, Phase: r.Phase, Source: int32(r.Source), Sources: int32(h.Rotation.Sources()), Looked: int64(r.Looked), Resealed: int64(r.Resealed),
		Lost: int64(r.Lost), Left: map[string]int64{}, StartedAt: show.Time(r.Started), EndedAt: show.When(r.Ended), Proven: r.Proven(),
	}
	for key, n := range r.Left {
		v.Left[key] = int64(n)
	}
	return v, nil
}

// whose log is asked for. A matter's number stands for its applicant.
func (h *Handler) whose(ctx context.Context, who model.Actor, in *api.AuditRequest) (kind, key string, err error) {
	switch {
	case (in.Subject == "") == (in.Viewer == ""):
		return "", "", fault.New("bad_request").Field("subject").Say("请指明申请人（subject）或工作人员（viewer）之一")
	case in.Viewer != "":
		return trust.OfViewer, in.Viewer, nil
	case strings.HasPrefix(in.Subject, "KC"):
		m, err := h.Matters.Get(ctx, who, in.Subject)
		if err != nil {
			return "", "", err
		}
		return trust.OfSubject, m.Applicant, nil
	}
	subject, err := h.Accounts.Survivor(ctx, in.Subject)
	return trust.OfSubject, subject, err
}

// watches: the home city's bureau sees all, a county what its own people did.
func (h *Handler) watches(who model.Actor, region string) bool {
	return who.Region == h.Catalogue.Rollout().Home() || h.Catalogue.Regions.Covers(who.Region, region)
}
