package editor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/standard"
)

// The sheets of the workbook in which the catalogue travels. What is exported can be imported again as it is.
const (
	sheetItems      = "事项"
	sheetSituations = "情形"
	sheetMaterials  = "材料要求"
	sheetLibrary    = "规范化材料"
)

// column is one column of a sheet: its heading, how wide, and how a row's cell is written to and read from T.
type column[T any] struct {
	name  string
	width float64
	get   func(*T) any
	set   func(*T, cell) error
}

// situationRow and materialRow are lines of their sheets.
type situationRow struct {
	item string
	model.Situation
}

type materialRow struct {
	situation string
	model.Requirement
}

var itemColumns = []column[model.Item]{
	{"事项编码", 14, func(x *model.Item) any { return x.Code }, func(x *model.Item, c cell) (err error) { x.Code, err = c.needed(); return }},
	{"事项名称", 40, func(x *model.Item) any { return x.Name }, func(x *model.Item, c cell) (err error) { x.Name, err = c.needed(); return }},
	{"简称", 24, func(x *model.Item) any { return x.Short }, func(x *model.Item, c cell) (err error) { x.Short, err = c.needed(); return }},
	{"别名", 20, func(x *model.Item) any { return join(x.Aliases) }, func(x *model.Item, c cell) error { x.Aliases = c.list(); return nil }},
	{"实施编码", 20, func(x *model.Item) any { return x.GovCode }, func(x *model.Item, c cell) error { x.GovCode = c.text; return nil }},
	{"条线", 6, func(x *model.Item) any { return x.Department }, func(x *model.Item, c cell) (err error) { x.Department, err = c.needed(); return }},
	{"行使层级", 9, func(x *model.Item) any { return levels.name(x.Level) }, func(x *model.Item, c cell) (err error) { x.Level, err = levels.code(c); return }},
	{"办理地区", 30, func(x *model.Item) any { return join(x.HandlingRegions) }, func(x *model.Item, c cell) error { x.HandlingRegions = c.list(); return nil }},
	{"事项类别", 10, func(x *model.Item) any { return kinds.name(x.Kind) }, func(x *model.Item, c cell) (err error) { x.Kind, err = kinds.code(c); return }},
	{"服务对象", 10, func(x *model.Item) any { return subjects.name(x.Subject) }, func(x *model.Item, c cell) (err error) { x.Subject, err = subjects.code(c); return }},
	{"办件类型", 9, func(x *model.Item) any { return itemTypes.name(x.ItemType) }, func(x *model.Item, c cell) (err error) { x.ItemType, err = itemTypes.code(c); return }},
	{"法定时限", 9, func(x *model.Item) any { return x.StatutoryDays }, func(x *model.Item, c cell) (err error) { x.StatutoryDays, err = c.number(); return }},
	{"承诺时限", 9, func(x *model.Item) any { return x.PromisedDays }, func(x *model.Item, c cell) (err error) { x.PromisedDays, err = c.number(); return }},
	{"办理方式", 24, func(x *model.Item) any { return modes.names(words(x.Modes)) }, func(x *model.Item, c cell) error { return takeList(&x.Modes, modes, c) }},
	{"收费（分）", 9, func(x *model.Item) any { return int(x.FeeFen) }, func(x *model.Item, c cell) error { n, err := c.number(); x.FeeFen = int64(n); return err }},
	{"收费依据", 16, func(x *model.Item) any { return x.FeeNote }, func(x *model.Item, c cell) error { x.FeeNote = c.text; return nil }},
	{"原需跑动次数", 12, func(x *model.Item) any { return x.Visits }, func(x *model.Item, c cell) (err error) { x.Visits, err = c.number(); return }},
	{"办理量排序", 10, func(x *model.Item) any { return x.Hot }, func(x *model.Item, c cell) (err error) { x.Hot, err = c.number(); return }},
	{"结果类型", 9, func(x *model.Item) any { return results.name(x.Result.Kind) }, func(x *model.Item, c cell) (err error) { x.Result.Kind, err = results.code(c); return }},
	{"结果名称", 24, func(x *model.Item) any { return x.Result.Name }, func(x *model.Item, c cell) (err error) { x.Result.Name, err = c.needed(); return }},
	{"结果证照", 14, func(x *model.Item) any { return x.Result.Licence }, func(x *model.Item, c cell) error { x.Result.Licence = c.text; return nil }},
	{"结果有效期", 10, func(x *model.Item) any { return x.Result.Validity }, func(x *model.Item, c cell) (err error) { x.Result.Validity, err = c.needed(); return }},
	{"送达方式", 20, func(x *model.Item) any { return deliveries.names(words(x.Deliveries)) }, func(x *model.Item, c cell) error { return takeList(&x.Deliveries, deliveries, c) }},
}

var situationColumns = []column[situationRow]{
	{"事项编码", 14, func(x *situationRow) any { return x.item }, func(x *situationRow, c cell) (err error) { x.item, err = c.needed(); return }},
	{"情形编码", 16, func(x *situationRow) any { return x.Code }, func(x *situationRow, c cell) (err error) { x.Code, err = c.needed(); return }},
	{"情形名称", 40, func(x *situationRow) any { return x.Name }, func(x *situationRow, c cell) (err error) { x.Name, err = c.needed(); return }},
}

var materialColumns = []column[materialRow]{
	{"情形编码", 16, func(x *materialRow) any { return x.situation }, func(x *materialRow, c cell) (err error) { x.situation, err = c.needed(); return }},
	{"材料编码", 10, func(x *materialRow) any { return x.Code }, func(x *materialRow, c cell) (err error) { x.Code, err = c.needed(); return }},
	{"材料名称", 36, func(x *materialRow) any { return x.Name }, func(*materialRow, cell) error { return nil }}, // for people: the code says which
	{"必需", 6, func(x *materialRow) any { return yes(x.Required) }, func(x *materialRow, c cell) (err error) { x.Required, err = c.yes(); return }},
	{"何时需要", 24, func(x *materialRow) any { return x.When }, func(x *materialRow, c cell) error { x.When = c.text; return nil }},
	{"原件份数", 9, func(x *materialRow) any { return x.Originals }, func(x *materialRow, c cell) (err error) { x.Originals, err = c.number(); return }},
	{"复印件份数", 10, func(x *materialRow) any { return x.Copies }, func(x *materialRow, c cell) (err error) { x.Copies, err = c.number(); return }},
	{"原件处理", 9, func(x *materialRow) any { return originals.name(string(x.Original)) }, func(x *materialRow, c cell) error {
		code, err := originals.code(c)
		x.Original = model.Original(code)
		return err
	}},
	{"可用电子证照", 14, func(x *materialRow) any { return x.Licence }, func(x *materialRow, c cell) error { x.Licence = c.text; return nil }},
	{"可数据共享", 10, func(x *materialRow) any { return yes(x.Sharing) }, func(x *materialRow, c cell) (err error) { x.Sharing, err = c.yes(); return }},
	{"可容缺", 7, func(x *materialRow) any { return yes(x.Lackable) }, func(x *materialRow, c cell) (err error) { x.Lackable, err = c.yes(); return }},
}

var libraryColumns = []column[model.Material]{
	{"材料编码", 10, func(x *model.Material) any { return x.Code }, nil},
	{"材料名称", 36, func(x *model.Material) any { return x.Name }, nil},
	{"类别", 10, func(x *model.Material) any { return x.Category }, nil},
	{"形式审查要点", 60, func(x *model.Material) any { return strings.Join(x.Checks, "；") }, nil},
}

// Problem is one cell of a workbook that cannot be taken.
type Problem struct {
	Sheet  string
	Row    int    // as the spreadsheet counts, from 1
	Column string // its letter
	Name   string // its heading
	Text   string
}

// Export writes the versions on offer today, or a draft where there is one and drafts are asked for, as a workbook.
func (s *Service) Export(drafts bool, to io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	var items []model.Item
	for _, r := range s.Catalogue.RecordsAfter("") {
		it, ok := r.Current(s.today())
		if drafts && r.Draft != nil {
			it, ok = &r.Draft.Item, true
		}
		if ok {
			items = append(items, *it)
		}
	}
	var situations []situationRow
	var materials []materialRow
	for _, it := range items {
		for _, x := range it.Situations {
			situations = append(situations, situationRow{it.Code, x})
			for _, m := range x.Materials {
				materials = append(materials, materialRow{x.Code, m})
			}
		}
	}
	for _, write := range []func() error{
		func() error { return f.SetSheetName("Sheet1", sheetItems) },
		func() error { return writeSheet(f, sheetItems, itemColumns, items) },
		func() error { return writeSheet(f, sheetSituations, situationColumns, situations) },
		func() error { return writeSheet(f, sheetMaterials, materialColumns, materials) },
		func() error { return writeSheet(f, sheetLibrary, libraryColumns, s.Catalogue.Materials()) },
	} {
		if err := write(); err != nil {
			return fmt.Errorf("editor: writing a workbook: %w", err)
		}
	}
	_, err = f.WriteTo(to)
	return err
}

func writeSheet[T any](f *excelize.File, sheet string, columns []column[T], rows []T) error {
	if _, err := f.NewSheet(sheet); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	line := make([]any, len(columns))
	for i, c := range columns {
		if err := w.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
		line[i] = excelize.Cell{StyleID: bold, Value: c.name}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := w.SetRow("A1", line); err != nil {
		return err
	}
	for n := range rows {
		for i, c := range columns {
			line[i] = c.get(&rows[n])
		}
		if err := w.SetRow("A"+strconv.Itoa(n+2), line); err != nil {
			return err
		}
	}
	return w.Flush()
}

// Imported is what a workbook would do, or has done.
type Imported struct {
	Problems  []Problem
	Items     int      // in the workbook
	Added     []string // codes of items that are new
	Changed   []string // that differ from what is on offer
	Unchanged int
	Drafts    int // that were written
}

// Limits of a workbook, so that a small file does not become a large one.
const (
	maxUnpacked = 64 << 20
	maxProblems = 200
)

// Import reads a workbook and makes a draft of every item that it adds or changes; a dry run only tells what it would do. A workbook
// with a single problem changes nothing. Items that are not in it stay as they are: nothing is withdrawn by leaving it out.
func (s *Service) Import(ctx context.Context, who model.Actor, content []byte, dry bool) (*Imported, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked / 4})
	if err != nil {
		return nil, fault.New("file_type_not_allowed").Say("不是可读取的 XLSX 工作簿").Because(err)
	}
	defer f.Close()
	p := &parser{file: f, library: s.Catalogue.References()}
	items := p.items()
	out := &Imported{Problems: p.problems, Items: len(items)}
	refs, places := p.library, s.places()
	var drafts []model.Item
	for _, it := range items {
		r, err := s.Catalogue.Record(ctx, it.Code)
		if err != nil {
			return nil, fmt.Errorf("editor: reading %s: %w", it.Code, err)
		}
		base := r.Base()
		if base != nil { // what the workbook does not carry stays
			it.Settings = base.Settings
		}
		for _, x := range standard.Check(it, refs, places) {
			p.blame(it, x)
		}
		switch {
		case base == nil:
			out.Added = append(out.Added, it.Code)
		case len(standard.Diff(base, &it, refs)) > 0:
			out.Changed = append(out.Changed, it.Code)
		default:
			out.Unchanged++
			continue
		}
		drafts = append(drafts, it)
	}
	out.Problems = p.problems
	if dry || len(out.Problems) > 0 {
		return out, nil
	}
	for _, it := range drafts {
		if _, err := s.PutDraft(ctx, who, it); err != nil {
			return nil, err
		}
		out.Drafts++
	}
	return out, nil
}
