package citizen

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/model"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

// ListRegions lists the cities and the counties of the home city.
func (h *Handler) ListRegions(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*citizen.RegionList, error) {
		list := &citizen.RegionList{Items: []*view.Region{}}
		for _, r := range h.Catalogue.Regions.Listed(h.Catalogue.Rollout().Home()) {
			list.Items = append(list.Items, h.region(r))
		}
		return list, nil
	})
}

func (h *Handler) region(r model.Region) *view.Region {
	phase, live := h.Catalogue.Rollout().RegionPhase(r.Code, h.Matters.Today())
	return &view.Region{
		Code: r.Code, Name: r.Name, Level: string(r.Level), Parent: r.Parent, Phase: int32(phase), Live: live,
		Pinyin: r.Pinyin, Short: r.Short,
	}
}

// GetZone tells what a pair of cities offers.
func (h *Handler) GetZone(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.ZoneRequest) (*citizen.Zone, error) {
		z, err := h.Catalogue.Zone(model.Pair{From: in.From, To: in.To}, h.Matters.Today())
		if err != nil {
			return nil, err
		}
		from, _ := h.Catalogue.Regions.Get(in.From)
		to, _ := h.Catalogue.Regions.Get(in.To)
		v := &citizen.Zone{
			From: h.region(from), To: h.region(to), Live: z.Live, Phase: int32(z.Phase), Reason: z.Reason,
			Modes: []string{}, ItemCount: int32(z.ItemCount), ModeCounts: map[string]int32{},
		}
		if !z.Live {
			v.OpensOn = string(z.OpensOn)
			return v, nil
		}
		for _, m := range z.Modes {
			v.Modes = append(v.Modes, string(m))
			v.ModeCounts[string(m)] = int32(len(h.Catalogue.Items(model.ItemFilter{To: in.To, Mode: m})))
		}
		v.ItemsURL = fmt.Sprintf("/api/v1/items?from=%s&to=%s", in.From, in.To)
		return v, nil
	})
}

// ListItems finds items. With a pair only what that pair offers now is found; a pair that is not live offers
// nothing.
func (h *Handler) ListItems(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.ItemsRequest) (*citizen.ItemPage, error) {
		items, err := h.found(in)
		if err != nil {
			return nil, err
		}
		from, err := offset(in.Cursor)
		if err != nil {
			return nil, err
		}
		page := &citizen.ItemPage{Items: []*view.Item{}}
		until := min(len(items), from+door.Limit(in.Limit))
		for i := from; i < until; i++ {
			page.Items = append(page.Items, h.item(items[i]))
		}
		if until < len(items) {
			page.NextCursor = "n" + strconv.Itoa(until)
		}
		return page, nil
	})
}

// offset reads the cursor of a list that lies in memory.
func offset(cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(cursor, "n"))
	if err != nil || n < 0 || !strings.HasPrefix(cursor, "n") {
		return 0, fault.New("bad_request").Field("cursor").Say("分页游标无效，请从第一页重新开始")
	}
	return n, nil
}

func (h *Handler) found(in *citizen.ItemsRequest) ([]*model.Item, error) {
	filter := model.ItemFilter{To: in.To, Mode: model.Mode(in.Mode), Subject: in.Subject, Q: in.Q}
	if in.From == "" && in.To == "" {
		return h.Catalogue.Items(filter), nil
	}
	if in.From == "" {
		if _, err := h.Catalogue.Regions.Lookup("to", in.To); err != nil {
			return nil, err
		}
		return h.Catalogue.Items(filter), nil
	}
	if in.To == "" {
		filter.To = h.Catalogue.Rollout().Home()
	}
	zone, err := h.Catalogue.Zone(model.Pair{From: in.From, To: filter.To}, h.Matters.Today())
	if err != nil || !zone.Live {
		return nil, err
	}
	var out []*model.Item
	for _, it := range h.Catalogue.Items(filter) {
		for _, m := range zone.Modes {
			if it.Offers(m) && (in.Mode == "" || string(m) == in.Mode) {
				out = append(out, it)
				break
			}
		}
	}
	return out, nil
}

// GetItem shows an item with its situations and materials.
func (h *Handler) GetItem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.ItemRef) (*view.Item, error) {
		code := strings.ToUpper(strings.TrimSpace(in.Code))
		it, ok := h.Catalogue.Item(code)
		if ok {
			return h.item(it), nil
		}
		if _, once := h.Catalogue.Known(code); once {
			return nil, fault.New("not_found").Say("该事项已停止受理；已申请的办件不受影响")
		}
		return nil, fault.New("not_found").Say("没有这个事项")
	})
}

func (h *Handler) item(it *model.Item) *view.Item {
	v := &view.Item{
		Code: it.Code, Version: int32(it.Version), Name: it.Name, Short: it.Short, Aliases: it.Aliases,
		Department: it.Department, DepartmentName: h.Catalogue.DepartmentName(it.Department), Subject: it.Subject,
		Kind: it.Kind, ItemType: it.ItemType, PromisedDays: int32(it.PromisedDays), StatutoryDays: int32(it.StatutoryDays),
		HandlingRegions: it.HandlingRegions, Modes: words(it.Modes), Fee: &view.Fee{Fen: it.FeeFen, Note: it.FeeNote},
		Situations: []*view.Situation{}, Deliveries: words(it.Deliveries), Visits: int32(it.Visits),
		Result: &view.ItemResult{Kind: it.Result.Kind, Name: it.Result.Name, Licence: it.Result.Licence, Validity: it.Result.Validity},
	}
	for _, s := range it.Situations {
		x := &view.Situation{Code: s.Code, Name: s.Name, Materials: []*view.MaterialRule{}}
		for _, r := range s.Materials {
			x.Materials = append(x.Materials, rule(r))
		}
		v.Situations = append(v.Situations, x)
	}
	return v
}

func rule(r model.Requirement) *view.MaterialRule {
	return &view.MaterialRule{
		Code: r.Code, Name: r.Name, Required: r.Required, When: r.When, Originals: int32(r.Originals), Copies: int32(r.Copies),
		Original: string(r.Original), Licence: r.Licence, Sharing: r.Sharing, Lackable: r.Lackable, Formats: r.Formats,
		MaxMib: int32(r.MaxMiB), Checks: r.Checks,
	}
}

// words turns codes into plain strings.
func words[T ~string](in []T) []string {
	out := make([]string, 0, len(in))
	for _, x := range in {
		out = append(out, string(x))
	}
	return out
}
