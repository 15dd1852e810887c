package standard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kuacheng/model"
)

// Change is one thing in which a draft differs from the version before it.
type Change struct {
	Where  string `json:"where"`
	Name   string `json:"name"` // in words
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// line is one comparable line of a standard.
type line struct{ where, name, value string }

// Diff lists what a draft changes; base nil is an item that is new. Materials are compared as they would be published.
func Diff(base, draft *model.Item, refs model.References) []Change {
	before, after := lines(base, refs), lines(draft, refs)
	had := make(map[string]string, len(before))
	for _, l := range before {
		had[l.where] = l.value
	}
	var out []Change
	seen := make(map[string]bool, len(after))
	for _, l := range after {
		seen[l.where] = true
		if was, ok := had[l.where]; !ok || was != l.value {
			out = append(out, Change{Where: l.where, Name: l.name, Before: was, After: l.value})
		}
	}
	for _, l := range before {
		if !seen[l.where] {
			out = append(out, Change{Where: l.where, Name: l.name, Before: l.value})
		}
	}
	return slices.DeleteFunc(out, func(c Change) bool { return c.Before == "" && c.After == "" })
}

// lines spells a standard out. Lists whose order means nothing are sorted.
func lines(it *model.Item, refs model.References) []line {
	if it == nil {
		return nil
	}
	out := []line{
		{"name", "名称", it.Name},
		{"short", "简称", it.Short},
		{"aliases", "别名", list(it.Aliases)},
		{"gov_code", "实施编码", it.GovCode},
		{"level", "行使层级", it.Level},
		{"kind", "类别", it.Kind},
		{"subject", "服务对象", it.Subject},
		{"item_type", "办件类型", it.ItemType},
		{"statutory_days", "法定时限（工作日）", strconv.Itoa(it.StatutoryDays)},
		{"promised_days", "承诺时限（工作日）", strconv.Itoa(it.PromisedDays)},
		{"modes", "办理方式", list(it.Modes)},
		{"handling_regions", "办理地区", list(it.HandlingRegions)},
		{"deliveries", "送达方式", list(it.Deliveries)},
		{"fee", "收费", fmt.Sprintf("%d.%02d 元 %s", it.FeeFen/100, it.FeeFen%100, it.FeeNote)},
		{"visits", "原需跑动次数", strconv.Itoa(it.Visits)},
		{"hot", "办理量排序", strconv.Itoa(it.Hot)},
		{"result", "办理结果", strings.TrimSpace(it.Result.Kind + " " + it.Result.Name + " " + it.Result.Licence + " " + it.Result.Validity)},
		{"settings", "特别设置", fmt.Sprintf("补正 %d 日，补充暂停 %s，特别程序 %s，两级审批 %t，唯一在办 %t，联合办理 %t，复印件即可 %t，保管 %d 年",
			it.CorrectionDays(), it.SupplementPauses(), list(it.Procedures()), it.Settings.TwoStep, it.Settings.SingleLive, it.Settings.Joint,
			it.Settings.CopiesSuffice, it.RetentionYears())},
	}
	for _, s := range it.Situations {
		out = append(out, line{"situations[" + s.Code + "]", "情形 " + s.Code, s.Name})
		for _, r := range s.Materials {
			out = append(out, line{"situations[" + s.Code + "].materials[" + r.Code + "]", s.Name + "的材料 " + named(r, refs), terms(r, refs)})
		}
	}
	return out
}

func named(r model.Requirement, refs model.References) string {
	if m, ok := refs.Materials[r.Code]; ok {
		return r.Code + " " + m.Name
	}
	return r.Code
}

// terms is what a situation asks of a material, in words.
func terms(r model.Requirement, refs model.References) string {
	if r.Original == "" {
		r.Original = refs.Materials[r.Code].Original
	}
	words := []string{map[bool]string{true: "必需", false: "非必需"}[r.Required], fmt.Sprintf("原件 %d", r.Originals), fmt.Sprintf("复印件 %d", r.Copies)}
	for _, w := range []struct {
		said bool
		word string
	}{
		{r.Original != "", map[model.Original]string{model.OriginalShown: "核验后退回", model.OriginalKept: "收取原件", model.OriginalNone: "无原件"}[r.Original]},
		{r.When != "", "情况：" + r.When}, {r.Licence != "", "可用电子证照 " + r.Licence}, {r.Sharing, "可数据共享"}, {r.Lackable, "可容缺"},
	} {
		if w.said {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, "，")
}

func list[T ~string](in []T) string {
	words := make([]string, 0, len(in))
	for _, x := range in {
		words = append(words, string(x))
	}
	slices.Sort(words)
	return strings.Join(words, "、")
}

// Minor reports a change that only makes things easier or clearer for people, and so needs no consent of the other city (domain.md §9):
// names, a shorter promise, a lower fee, fewer or easier materials. A new item, another mode, region, result or situation is none.
func Minor(base, draft *model.Item, refs model.References) bool {
	if base == nil {
		return false
	}
	for _, c := range Diff(base, draft, refs) {
		switch {
		case slices.Contains([]string{"name", "short", "aliases", "gov_code", "hot", "visits"}, c.Where):
		case c.Where == "promised_days" && draft.PromisedDays < base.PromisedDays:
		case c.Where == "fee" && draft.FeeFen <= base.FeeFen:
		case strings.Contains(c.Where, ".materials[") && eases(base, draft, c.Where):
		case strings.HasPrefix(c.Where, "situations[") && !strings.Contains(c.Where, ".materials[") && c.Before != "" && c.After != "": // its name
		default:
			return false
		}
	}
	return true
}

// eases reports whether a material is no longer asked for, or asked for less.
func eases(base, draft *model.Item, where string) bool {
	situation, material, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(where, "situations["), "]"), "].materials[")
	before, _ := base.Situation(situation)
	after, kept := draft.Situation(situation)
	if !kept {
		return false
	}
	was, had := before.Material(material)
	is, asked := after.Material(material)
	if !asked {
		return true
	}
	return had && (was.Required || !is.Required) && is.Originals <= was.Originals && is.Copies <= was.Copies &&
		(was.Licence == "" || is.Licence == was.Licence) && (!was.Sharing || is.Sharing) && (!was.Lackable || is.Lackable)
}
