package plan

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/xuri/excelize/v2"

	"kuacheng/model"
	"kuacheng/model/plan"
)

//go:embed progress.html
var pageText string

var page = template.Must(template.New("progress").Funcs(template.FuncMap{
	"percent": percent, "days": days, "date": model.NoticeDate, "when": model.NoticeTime, "state": progressState,
	"mode": func(m string) string { return model.Mode(m).Name() },
}).Parse(pageText))

func progressState(state string) string {
	return map[string]string{plan.ProgressDraft: "草稿", plan.ProgressApproved: "已核准", plan.ProgressIssued: "已印发"}[state]
}

// percent writes a rate; a dash where there is nothing to take a rate of.
func percent(r *float64) string {
	if r == nil {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", *r*100)
}

func days(r *float64) string {
	if r == nil {
		return "—"
	}
	return fmt.Sprintf("%.1f", *r)
}

// delta is how much a count has grown since the last report.
func delta(now int64, last *int64) string {
	switch {
	case last == nil:
		return "—"
	case now == *last:
		return "持平"
	case *last == 0:
		return fmt.Sprintf("%+d", now)
	}
	return fmt.Sprintf("%+d（%+.1f%%）", now-*last, float64(now-*last)/float64(*last)*100)
}

func deltaPoints(now, last *float64) string {
	if now == nil || last == nil {
		return "—"
	}
	return fmt.Sprintf("%+.1f 个百分点", (*now-*last)*100)
}

// fact is a line of the report's first table: this period, the last, and what lies between.
type fact struct{ Name, Now, Last, Delta string }

func facts(p *plan.Progress) []fact {
	t, last := p.Figures.Total, p.LastTotal
	count := func(name string, of func(plan.Sums) int64) fact {
		f := fact{Name: name, Now: fmt.Sprint(of(t)), Last: "—", Delta: "—"}
		if last != nil {
			n := of(*last)
			f.Last, f.Delta = fmt.Sprint(n), delta(of(t), &n)
		}
		return f
	}
	share := func(name string, of func(plan.Sums) *float64) fact {
		f := fact{Name: name, Now: percent(of(t)), Last: "—", Delta: "—"}
		if last != nil {
			f.Last, f.Delta = percent(of(*last)), deltaPoints(of(t), of(*last))
		}
		return f
	}
	mean := fact{Name: "平均用时（工作日）", Now: days(t.MeanDays()), Last: "—", Delta: "—"}
	if last != nil {
		mean.Last = days(last.MeanDays())
		if a, b := t.MeanDays(), last.MeanDays(); a != nil && b != nil {
			mean.Delta = fmt.Sprintf("%+.1f", *a-*b)
		}
	}
	return []fact{
		count("办件量（件）", func(s plan.Sums) int64 { return s.Matters }),
		share("按时办结率", plan.Sums.OnTime),
		share("补正补充率", plan.Sums.Correction),
		mean,
		count("评价数（条）", func(s plan.Sums) int64 { return s.Rated }),
		share("满意率", plan.Sums.Satisfaction),
		count("少跑（趟）", func(s plan.Sums) int64 { return s.Trips }),
	}
}

// Page draws a report as a page.
func Page(p *plan.Progress) ([]byte, error) {
	var out bytes.Buffer
	if err := page.Execute(&out, map[string]any{"P": p, "F": &p.Figures, "Facts": facts(p)}); err != nil {
		return nil, fmt.Errorf("plan: drawing the report: %w", err)
	}
	return out.Bytes(), nil
}

// book writes tables, each on its sheet.
type book struct {
	f    *excelize.File
	bold int
	n    int
	err  error
}

func (b *book) sheet(name string, widths []float64, rows ...[]any) {
	if b.err != nil {
		return
	}
	if b.n++; b.n == 1 {
		b.err = b.f.SetSheetName("Sheet1", name)
	} else {
		_, b.err = b.f.NewSheet(name)
	}
	for i, w := range widths {
		col, err := excelize.ColumnNumberToName(i + 1)
		if b.err == nil {
			b.err = err
		}
		if b.err == nil {
			b.err = b.f.SetColWidth(name, col, col, w)
		}
	}
	for i, row := range rows {
		cell := fmt.Sprintf("A%d", i+1)
		if b.err == nil {
			b.err = b.f.SetSheetRow(name, cell, &row)
		}
	}
	if b.err == nil {
		b.err = b.f.SetRowStyle(name, 1, 1, b.bold)
	}
}

// WriteXLSX writes a report as a workbook.
func WriteXLSX(p *plan.Progress, to io.Writer) (err error) {
	b := &book{f: excelize.NewFile()}
	defer func() {
		if e := b.f.Close(); err == nil {
			err = e
		}
	}()
	if b.bold, err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	f := &p.Figures
	rows := [][]any{{"指标", "本期", "上期", "变化"}}
	for _, x := range facts(p) {
		rows = append(rows, []any{x.Name, x.Now, x.Last, x.Delta})
	}
	rows = append(rows, []any{"不予受理率", percent(f.RefusalRate())}, []any{"超期未办结（件）", f.Overdue}, []any{"少跑里程（公里，估计）", f.Km},
		[]any{"未办结问题（件）", f.ProblemsOpen}, []any{"其中逾期（件）", f.ProblemsLate},
		[]any{}, []any{p.Title}, []any{"编号", p.Number}, []any{"期间", model.NoticeDate(p.From) + "至" + model.NoticeDate(p.To)}, []any{"状态", progressState(p.State)})
	b.sheet("总体情况", []float64{24, 28, 16, 24}, rows...)
	b.sheet("阶段与事项", []float64{36, 14, 10, 10}, stageRows(f)...)
	b.sheet("城市对", lineWidths, lineRows("城市对", f.Pairs)...)
	b.sheet("单位排名", lineWidths, lineRows("单位", f.Units)...)
	b.sheet("任务与建议", []float64{12, 60}, wordRows(p)...)
	if b.err != nil {
		return fmt.Errorf("plan: writing the report: %w", b.err)
	}
	_, err = b.f.WriteTo(to)
	return err
}

func stageRows(f *plan.Figures) [][]any {
	rows := [][]any{{"阶段", "期限", "计划城市", "已开通"}}
	for _, s := range f.Stages {
		rows = append(rows, []any{s.Name, string(s.Due), s.Planned, s.Live})
	}
	rows = append(rows, []any{}, []any{"方式", "", "计划事项", "现有事项"})
	for _, t := range f.Targets {
		rows = append(rows, []any{t.Mode.Name(), "", t.Planned, t.Items})
	}
	return rows
}

var lineWidths = []float64{6, 34, 10, 14, 14, 12, 10, 12, 10}

func lineRows(what string, lines []plan.Line) [][]any {
	rows := [][]any{{"序号", what, "办件", "按时办结率", "补正补充率", "平均用时", "评价", "满意率", "少跑"}}
	for i, l := range lines {
		s := l.Sums
		rows = append(rows, []any{i + 1, l.Name, s.Matters, percent(s.OnTime()), percent(s.Correction()), days(s.MeanDays()), s.Rated, percent(s.Satisfaction()), s.Trips})
	}
	return rows
}

func wordRows(p *plan.Progress) [][]any {
	f := &p.Figures
	rows := [][]any{{"类别", "内容"}, {"任务", fmt.Sprintf("已完成 %d 项，推进中 %d 项", f.TasksDone, f.TasksOpen)}}
	for _, part := range []struct {
		name  string
		lines []string
	}{{"逾期任务", f.TasksLate}, {"未报送", f.NotFiled}, {"表扬建议", f.Praise}, {"批评建议", f.Criticism}} {
		for _, line := range part.lines {
			rows = append(rows, []any{part.name, line})
		}
	}
	if p.Notes != "" {
		rows = append(rows, []any{"说明", p.Notes})
	}
	return rows
}
