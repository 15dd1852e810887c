package privacy

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	api "kuacheng/model/api/privacy"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
	"kuacheng/model/retention"
)

// ForeseeErasure shows what giving up the account would mean.
func (h *Handler) ForeseeErasure(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.Erasure, error) {
		e, err := h.Accounts.Foresee(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		return erasure(e), nil
	})
}

// EraseAccount gives the account up.
func (h *Handler) EraseAccount(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.EraseRequest) (*api.Erasure, error) {
		if !in.Confirm {
			return nil, fault.New("validation_failed").Field("confirm").Say("注销后不可恢复，请确认")
		}
		e, err := h.Accounts.Erase(ctx, door.Who(c).ID)
		if err != nil {
			return nil, err
		}
		return erasure(e), nil
	})
}

func erasure(e *account.Erasure) *api.Erasure {
	v := &api.Erasure{Blockers: []*api.Blocker{}, Kept: []*api.KeptMatter{}, ErasedAt: show.When(e.Erased)}
	for _, b := range e.Blockers {
		v.Blockers = append(v.Blockers, &api.Blocker{Kind: b.Kind, ID: b.ID, Say: b.Say})
	}
	for _, k := range e.Kept {
		v.Kept = append(v.Kept, &api.KeptMatter{MatterNo: k.Matter, Item: k.Item, Until: show.Time(k.Until), Why: k.Why})
	}
	if until := e.Until(); !until.IsZero() {
		v.KeptUntil = show.When(&until)
	}
	for _, t := range retention.Terms {
		v.Terms = append(v.Terms, &api.RetentionTerm{
			Key: t.Key, Name: t.Name, Since: t.Since, Years: int32(t.Years), Days: int32(t.Days), Why: t.Why, Locked: t.Locked,
		})
	}
	return v
}
