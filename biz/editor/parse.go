package editor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"kuacheng/model"
	"kuacheng/model/standard"
)

// cell is what a cell of a workbook says.
type cell struct{ text string }

func (c cell) needed() (string, error) {
	if c.text == "" {
		return "", fmt.Errorf("不能为空")
	}
	return c.text, nil
}

func (c cell) number() (int, error) {
	n, err := strconv.Atoi(c.text)
	if c.text == "" {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("“%s”不是整数", c.text)
	}
	return n, nil
}

func (c cell) yes() (bool, error) {
	switch c.text {
	case "", "否":
		return false, nil
	case "是":
		return true, nil
	}
	return false, fmt.Errorf("请填“是”或“否”")
}

func (c cell) list() []string {
	return strings.FieldsFunc(c.text, func(r rune) bool { return strings.ContainsRune("、,，;； \n", r) })
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return ""
}

func join(list []string) string { return strings.Join(list, "、") }

func words[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = string(x)
	}
	return out
}

// legend is the names of a column's codes, in pairs.
type legend []string

var (
	levels     = legend{"city", "市级", "county", "县级", "both", "市县两级"}
	kinds      = legend{"permit", "行政许可", "confirmation", "行政确认", "benefit", "行政给付", "service", "公共服务", "other", "其他行政权力"}
	subjects   = legend{"natural", "自然人", "legal", "法人", "both", "自然人和法人"}
	itemTypes  = legend{"instant", "即办件", "promised", "承诺件"}
	modes      = legend{"online", "全程网办", "window", "异地窗口代收代办", "kiosk", "一体机"}
	deliveries = legend{"mail", "邮寄", "electronic", "电子送达", "pickup", "自取"}
	results    = legend{"licence", "证照", "certificate", "证明", "reply", "批复"}
	originals  = legend{"", "", "shown", "核验后退回", "kept", "收取", "none", "无原件"}
)

func (l legend) name(code string) string {
	for i := 0; i < len(l); i += 2 {
		if l[i] == code {
			return l[i+1]
		}
	}
	return code
}

func (l legend) names(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = l.name(c)
	}
	return join(out)
}

// code takes a name, or the code itself.
func (l legend) code(c cell) (string, error) {
	for i := 0; i < len(l); i += 2 {
		if c.text == l[i+1] || c.text == l[i] {
			return l[i], nil
		}
	}
	var known []string
	for i := 1; i < len(l); i += 2 {
		if l[i] != "" {
			known = append(known, l[i])
		}
	}
	return "", fmt.Errorf("“%s”不在可选值中：%s", c.text, join(known))
}

func takeList[T ~string](to *[]T, l legend, c cell) error {
	*to = nil
	for _, word := range c.list() {
		code, err := l.code(cell{word})
		if err != nil {
			return err
		}
		*to = append(*to, T(code))
	}
	return nil
}

// parser reads a workbook and remembers where everything stood, so that what is wrong can be shown where it is.
type parser struct {
	file     *excelize.File
	library  model.References
	problems []Problem

	itemRow, situationRow, materialRow map[string]int // by code; of materials by situation and place in its list
	column                             map[string]int // by sheet and heading, from 1
}

func (p *parser) problem(sheet string, row, col int, name, text string) {
	if len(p.problems) >= maxProblems {
		return
	}
	letter := ""
	if col > 0 {
		letter, _ = excelize.ColumnNumberToName(col)
	}
	p.problems = append(p.problems, Problem{Sheet: sheet, Row: row, Column: letter, Name: name, Text: text})
}

// items reads the three sheets and puts them together.
func (p *parser) items() []model.Item {
	p.itemRow, p.situationRow, p.materialRow = map[string]int{}, map[string]int{}, map[string]int{}
	p.column = map[string]int{}
	var items []model.Item
	at := map[string]int{}
	for _, r := range readSheet(p, sheetItems, itemColumns) {
		if r.value.Code == "" {
			continue
		}
		if p.itemRow[r.value.Code] > 0 {
			p.at(sheetItems, r.row, "事项编码", fmt.Sprintf("事项 %s 重复，已在第 %d 行", r.value.Code, p.itemRow[r.value.Code]))
			continue
		}
		p.itemRow[r.value.Code], at[r.value.Code] = r.row, len(items)
		items = append(items, r.value)
	}
	owner := map[string]string{}
	for _, r := range readSheet(p, sheetSituations, situationColumns) {
		i, ok := at[r.value.item]
		switch {
		case !ok:
			p.at(sheetSituations, r.row, "事项编码", fmt.Sprintf("“事项”表中没有 %s", r.value.item))
		case p.situationRow[r.value.Code] > 0:
			p.at(sheetSituations, r.row, "情形编码", fmt.Sprintf("情形 %s 重复，已在第 %d 行", r.value.Code, p.situationRow[r.value.Code]))
		default:
			p.situationRow[r.value.Code], owner[r.value.Code] = r.row, r.value.item
			items[i].Situations = append(items[i].Situations, r.value.Situation)
		}
	}
	for _, r := range readSheet(p, sheetMaterials, materialColumns) {
		i, ok := at[owner[r.value.situation]]
		if !ok {
			p.at(sheetMaterials, r.row, "情形编码", fmt.Sprintf("“情形”表中没有 %s", r.value.situation))
			continue
		}
		list := items[i].Situations
		j := slices.IndexFunc(list, func(s model.Situation) bool { return s.Code == r.value.situation })
		r.value.Name = "" // the library names it
		list[j].Materials = append(list[j].Materials, r.value.Requirement)
		key := fmt.Sprintf("%s/%d", r.value.situation, len(list[j].Materials)-1)
		p.materialRow[key] = r.row
	}
	return items
}

// read is a row of a sheet with its number.
type read[T any] struct {
	row   int
	value T
}

// readSheet reads a sheet by its headings: the order of the columns is free, and columns that it does not know are left alone.
func readSheet[T any](p *parser, sheet string, columns []column[T]) []read[T] {
	rows, err := p.file.GetRows(sheet)
	if err != nil || len(rows) == 0 {
		p.problem(sheet, 1, 0, "", fmt.Sprintf("没有工作表“%s”，或它是空的", sheet))
		return nil
	}
	at := make([]int, len(columns))
	for i, c := range columns {
		at[i] = slices.IndexFunc(rows[0], func(h string) bool { return strings.TrimSpace(h) == c.name })
		if at[i] < 0 && c.name != "材料名称" {
			p.problem(sheet, 1, 0, c.name, fmt.Sprintf("缺少列“%s”", c.name))
			return nil
		}
		p.column[sheet+"/"+c.name] = at[i] + 1
	}
	var out []read[T]
	for n, row := range rows[1:] {
		if blank(row) {
			continue
		}
		r := read[T]{row: n + 2}
		for i, c := range columns {
			text := ""
			if at[i] >= 0 && at[i] < len(row) {
				text = strings.TrimSpace(row[at[i]])
			}
			if err := c.set(&r.value, cell{text}); err != nil {
				p.problem(sheet, r.row, at[i]+1, c.name, err.Error())
			}
		}
		out = append(out, r)
	}
	return out
}

func blank(row []string) bool {
	return !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" })
}

var whereForm = regexp.MustCompile(`^situations\[(\d+)\](?:\.materials\[(\d+)\])?`)

// columnsOf says in which column a field of the check is.
var columnsOf = map[string]string{
	"code": "事项编码", "name": "事项名称", "short": "简称", "department": "条线", "level": "行使层级", "handling_regions": "办理地区",
	"kind": "事项类别", "subject": "服务对象", "item_type": "办件类型", "promised_days": "承诺时限", "statutory_days": "法定时限",
	"modes": "办理方式", "fee_fen": "收费（分）", "fee_note": "收费依据", "visits": "原需跑动次数", "hot": "办理量排序",
	"result.kind": "结果类型", "result.name": "结果名称", "result.licence": "结果证照", "result.validity": "结果有效期", "deliveries": "送达方式",
	"situations": "事项编码",
}

// blame puts a fault of the check where its cell is.
func (p *parser) blame(it model.Item, x standard.Fault) {
	m := whereForm.FindStringSubmatch(x.Where)
	field := x.Where[strings.LastIndex(x.Where, ".")+1:]
	switch {
	case m == nil:
		name := columnsOf[strings.SplitN(x.Where, "[", 2)[0]]
		p.at(sheetItems, p.itemRow[it.Code], name, x.Text)
	case m[2] == "":
		i, _ := strconv.Atoi(m[1])
		name := map[string]string{"name": "情形名称"}[field]
		if name == "" {
			name = "情形编码"
		}
		p.at(sheetSituations, p.situationRow[it.Situations[i].Code], name, x.Text)
	default:
		i, _ := strconv.Atoi(m[1])
		name := map[string]string{"licence": "可用电子证照", "originals": "原件份数", "copies": "复印件份数", "original": "原件处理"}[field]
		if name == "" {
			name = "材料编码"
		}
		p.at(sheetMaterials, p.materialRow[it.Situations[i].Code+"/"+m[2]], name, x.Text)
	}
}

func (p *parser) at(sheet string, row int, name, text string) {
	p.problem(sheet, row, p.column[sheet+"/"+name], name, text)
}
