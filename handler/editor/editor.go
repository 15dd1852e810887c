// Package editor answers those who keep the catalogue: items' standards, their drafts and versions, and which pairs are open.
package editor

import (
	"bytes"
	"context"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/editor"
	"kuacheng/biz/seal"
	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	api "kuacheng/model/api/editor"
	"kuacheng/model/api/view"
	"kuacheng/model/standard"
)

// Handler answers this door's requests.
type Handler struct {
	Editor *editor.Service
	Keeper *seal.Keeper
}

// ListItems lists items with where they stand.
func (h *Handler) ListItems(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.ItemsRequest) (*api.ItemRecords, error) {
		page, next := h.Editor.List(editor.State(in.State), in.Department, in.Drafts, door.Limit(in.Limit), in.Cursor)
		v := &api.ItemRecords{Items: make([]*api.ItemRecord, 0, len(page)), NextCursor: next}
		for _, x := range page {
			v.Items = append(v.Items, line(x))
		}
		return v, nil
	})
}

// GetItem gives an item with its versions and its draft.
func (h *Handler) GetItem(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.CodeRef) (*api.ItemRecord, error) {
		return shown(h.Editor.Get(ctx, code(in.Code)))
	})
}

// AddItem begins a new item.
func (h *Handler) AddItem(ctx context.Context, c *app.RequestContext) {
	door.Created(ctx, c, func(in *api.AddItemRequest) (*api.ItemRecord, error) {
		return shown(h.Editor.Add(ctx, door.Who(c), item(code(in.Code), in.Standard)))
	})
}

// PutDraft keeps a version in the making.
func (h *Handler) PutDraft(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PutDraftRequest) (*api.ItemRecord, error) {
		return shown(h.Editor.PutDraft(ctx, door.Who(c), item(code(in.Code), in.Standard)))
	})
}

// DropDraft gives a draft up.
func (h *Handler) DropDraft(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.CodeRef) (*api.ItemRecord, error) {
		return shown(h.Editor.DropDraft(ctx, door.Who(c), code(in.Code)))
	})
}

// Publish makes the draft a version.
func (h *Handler) Publish(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.PublishRequest) (*api.ItemRecord, error) {
		to := standard.Release{From: model.Date(in.ValidFrom), Reason: model.ScrubNumbers(in.Reason), Proposal: in.ProposalID, Basis: in.Basis}
		return shown(h.Editor.Publish(ctx, door.Who(c), code(in.Code), to))
	})
}

// Withdraw stops new matters of an item.
func (h *Handler) Withdraw(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.WithdrawRequest) (*api.ItemRecord, error) {
		return shown(h.Editor.Withdraw(ctx, door.Who(c), code(in.Code), model.Date(in.ValidFrom), model.ScrubNumbers(in.Reason)))
	})
}

// Recall takes a change back that has not come into force.
func (h *Handler) Recall(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.CodeRef) (*api.ItemRecord, error) {
		return shown(h.Editor.Recall(ctx, door.Who(c), code(in.Code)))
	})
}

// SetRegion lets a county take an item on, or leave it.
func (h *Handler) SetRegion(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *api.RegionRequest) (*api.ItemRecord, error) {
		return shown(h.Editor.SetRegion(ctx, door.Who(c), code(in.Code), in.Region, in.Offered, model.Date(in.ValidFrom), model.ScrubNumbers(in.Reason)))
	})
}

// ListMaterials lists the normalised materials.
func (h *Handler) ListMaterials(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*api.MaterialList, error) {
		v := &api.MaterialList{Items: []*api.Material{}}
		for _, m := range h.Editor.Catalogue.Materials() {
			v.Items = append(v.Items, &api.Material{Code: m.Code, Name: m.Name, Category: m.Category, Checks: m.Checks})
		}
		return v, nil
	})
}

// ExportItems gives the catalogue as a workbook.
func (h *Handler) ExportItems(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *api.ExportRequest) (string, []byte, error) {
		var b bytes.Buffer
		if err := h.Editor.Export(in.Drafts, &b); err != nil {
			return "", nil, err
		}
		c.Header("Content-Disposition", `attachment; filename="items.xlsx"`)
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b.Bytes(), nil
	})
}

// ImportItems reads a workbook into drafts, or tells what it would do.
func (h *Handler) ImportItems(ctx context.Context, c *app.RequestContext) {
	door.Upload(ctx, c, func(in *api.ImportRequest) (*api.ImportAnswer, error) {
		content, err := bind.File(c)
		if err != nil {
			return nil, err
		}
		got, err := h.Editor.Import(ctx, door.Who(c), content, in.DryRun)
		if err != nil {
			return nil, err
		}
		v := &api.ImportAnswer{
			DryRun: in.DryRun, Problems: []*api.SheetProblem{}, Items: int32(got.Items), Added: words(got.Added), Changed: words(got.Changed),
			Unchanged: int32(got.Unchanged), Drafts: int32(got.Drafts),
		}
		for _, p := range got.Problems {
			v.Problems = append(v.Problems, &api.SheetProblem{Sheet: p.Sheet, Row: int32(p.Row), Column: p.Column, Name: p.Name, Text: p.Text})
		}
		return v, nil
	})
}

func code(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

func shown(v *editor.View, err error) (*api.ItemRecord, error) {
	if err != nil {
		return nil, err
	}
	return record(v), nil
}

// words turns codes into plain strings.
func words[T ~string](in []T) []string {
	out := make([]string, 0, len(in))
	for _, x := range in {
		out = append(out, string(x))
	}
	return out
}

func line(v *editor.View) *api.ItemRecord {
	x := &api.ItemRecord{Code: v.Record.ID, State: string(v.State), HasDraft: v.Record.Draft != nil}
	if v.Current != nil {
		x.Name, x.Version = v.Current.Name, int32(v.Current.Version)
	} else if v.Record.Draft != nil {
		x.Name = v.Record.Draft.Item.Name
	}
	return x
}

func record(v *editor.View) *api.ItemRecord {
	x := line(v)
	if v.Current != nil {
		x.Standard = shownStandard(v.Current)
	}
	x.Versions = []*api.Version{}
	for _, t := range v.Record.Turns {
		y := &api.Version{
			Withdrawn: t.Withdrawn(), ValidFrom: string(t.From), DecidedAt: show.Time(t.At), By: t.By.ID, Reason: t.Reason,
			ProposalID: t.Proposal, Basis: t.Basis,
		}
		if !t.Withdrawn() {
			y.Version = int32(t.Item.Version)
		}
		x.Versions = append(x.Versions, y)
	}
	if d := v.Record.Draft; d != nil {
		x.Draft = &api.Draft{
			Version: int32(d.Item.Version), Standard: shownStandard(&d.Item), By: d.By.ID, At: show.Time(d.At), Minor: v.Minor,
			Faults: []*api.Fault{}, Changes: []*api.Change{},
		}
		for _, f := range v.Faults {
			x.Draft.Faults = append(x.Draft.Faults, &api.Fault{Where: f.Where, Code: f.Code, Text: f.Text})
		}
		for _, ch := range v.Changes {
			x.Draft.Changes = append(x.Draft.Changes, &api.Change{Where: ch.Where, Name: ch.Name, Before: ch.Before, After: ch.After})
		}
	}
	return x
}
