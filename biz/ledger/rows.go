package ledger

import (
	"context"
	"slices"
	"strconv"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// Row is a line of the ledger. It names no person.
type Row struct {
	Matter *model.Matter
	Due    string // of the clock that runs out first
}

// Page is some rows, the latest first. It may be shorter than asked for while there is more.
type Page struct {
	Rows []Row
	Next string
}

// looked bounds how many matters one call looks at for a page, so that a filter that few of them meet costs no more than
// one that all do: the caller comes back with the cursor.
const looked = 1000

// Rows lists the matters of a scope.
func (s *Service) Rows(ctx context.Context, sc Scope, limit int, cursor string) (Page, error) {
	out := Page{Next: cursor}
	for seen := 0; seen < looked; {
		page, err := s.page(ctx, sc, min(batch, limit-len(out.Rows)), out.Next)
		if err != nil {
			return out, err
		}
		seen += len(page.Items)
		for _, m := range page.Items {
			if s.asked(sc, m) {
				out.Rows = append(out.Rows, s.row(m))
			}
		}
		if out.Next = page.Next; out.Next == "" || len(out.Rows) >= limit {
			break
		}
	}
	return out, nil
}

// page is the next matters of a scope's region and period.
func (s *Service) page(ctx context.Context, sc Scope, limit int, cursor string) (store.Page[model.Matter], error) {
	region := ""
	if below := s.Catalogue.Regions.Below(sc.Region); len(below) == 1 {
		region = below[0]
	}
	return s.Matters.Handed(ctx, region, sc.From, sc.To, limit, cursor)
}

func (s *Service) asked(sc Scope, m *model.Matter) bool {
	ask := func(want, have string) bool { return want == "" || want == have }
	return (sc.Region == "" || s.Catalogue.Regions.Covers(sc.Region, m.To)) && ask(sc.Dept, m.Item.Department) && ask(sc.Receiver, m.From) &&
		ask(sc.Mode, string(m.Mode)) && ask(sc.State, string(m.State)) && ask(sc.Light, string(m.Light))
}

func (s *Service) row(m *model.Matter) Row {
	r := Row{Matter: m}
	if due, ok := m.DueAt(s.Catalogue.Calendar); ok {
		r.Due = string(model.DateOf(due))
	}
	return r
}

// column is one of the ledger, as domain's §9 lists them.
type column struct {
	name  string
	width float64
	value func(s *Service, r Row) any // string or int
}

var columns = []column{
	{"办件编号", 24, func(_ *Service, r Row) any { return r.Matter.ID }},
	{"事项编码", 14, func(_ *Service, r Row) any { return r.Matter.Item.Code }},
	{"事项", 36, func(_ *Service, r Row) any { return r.Matter.Item.Name }},
	{"情形", 24, func(_ *Service, r Row) any { return r.Matter.Situation.Name }},
	{"条线", 18, func(s *Service, r Row) any { return s.Catalogue.DepartmentName(r.Matter.Item.Department) }},
	{"方式", 18, func(_ *Service, r Row) any { return modeNames[r.Matter.Mode] }},
	{"收件地", 12, func(s *Service, r Row) any { return s.Catalogue.Regions.Name(r.Matter.From) }},
	{"办理地", 12, func(s *Service, r Row) any { return s.Catalogue.Regions.Name(r.Matter.To) }},
	{"收件单位", 28, func(s *Service, r Row) any { return s.org(r.Matter.ROrg) }},
	{"办理单位", 28, func(s *Service, r Row) any { return s.org(r.Matter.HOrg) }},
	{"责任单位", 28, func(s *Service, r Row) any { return s.org(r.Matter.OwedBy) }},
	{"状态", 12, func(_ *Service, r Row) any { return r.Matter.State.Name() }},
	{"灯", 8, func(_ *Service, r Row) any { return lightNames[r.Matter.Light] }},
	{"到期日", 12, func(_ *Service, r Row) any { return r.Due }},
	{"申请时间", 18, moment(func(m *model.Matter) string { return model.NoticeTime(m.Handed()) })},
	{"收件时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Received })},
	{"流转时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Forwarded })},
	{"到达时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Arrived })},
	{"受理时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Accepted })},
	{"视为受理", 10, yes(func(m *model.Matter) bool { return m.Times.Deemed })},
	{"决定时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Decided })},
	{"决定", 10, moment(outcome)},
	{"送出时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Dispatched })},
	{"送达时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Delivered })},
	{"办结时间", 18, times(func(m *model.Matter) *time.Time { return m.Times.Ended })},
	{"用时（工作日）", 14, func(_ *Service, r Row) any { return days(r.Matter) }},
	{"补正次数", 10, func(_ *Service, r Row) any { return r.Matter.Counts.Corrections }},
	{"补充次数", 10, func(_ *Service, r Row) any { return r.Matter.Counts.Supplements }},
	{"延期（工作日）", 14, func(_ *Service, r Row) any { return r.Matter.Counts.Extension }},
	{"超承诺时限", 12, yes(func(m *model.Matter) bool { return m.Counted != nil && m.Counted.Broken > 0 })},
	{"待退材料", 10, yes(func(m *model.Matter) bool { return m.PapersOwed })},
	{"邮件数", 8, func(_ *Service, r Row) any { return len(r.Matter.Parcels) }},
	{"评价星级", 10, func(_ *Service, r Row) any { return stars(r.Matter) }},
}

var (
	modeNames  = map[model.Mode]string{model.ModeOnline: "全程网办", model.ModeWindow: "异地窗口代收代办", model.ModeKiosk: "一体机"}
	lightNames = map[model.Light]string{model.LightGreen: "绿", model.LightYellow: "黄", model.LightRed: "红", model.LightOverdue: "超期"}
)

func times(of func(*model.Matter) *time.Time) func(*Service, Row) any {
	return func(_ *Service, r Row) any {
		if t := of(r.Matter); t != nil {
			return model.NoticeTime(*t)
		}
		return ""
	}
}

func moment(of func(*model.Matter) string) func(*Service, Row) any {
	return func(_ *Service, r Row) any { return of(r.Matter) }
}

func yes(of func(*model.Matter) bool) func(*Service, Row) any {
	return func(_ *Service, r Row) any {
		if of(r.Matter) {
			return "是"
		}
		return ""
	}
}

func outcome(m *model.Matter) string {
	switch {
	case m.Decision == nil:
		return ""
	case m.Decision.Outcome == model.Granted:
		return "准予"
	}
	return "不予"
}

func days(m *model.Matter) any {
	if m.Counted == nil || m.Times.Decided == nil {
		return ""
	}
	return int(m.Counted.Days)
}

func stars(m *model.Matter) any {
	if m.Stars == 0 {
		return ""
	}
	return m.Stars
}

func (s *Service) org(id string) string {
	o, ok := s.Catalogue.Orgs().Get(id)
	if !ok {
		return id
	}
	return o.Name
}

// Each gives the lines of a scope one after another, as text and numbers, under Header; it stops at the first error.
func (s *Service) Each(ctx context.Context, sc Scope, take func(line []any) error) error {
	cursor := ""
	for {
		page, err := s.page(ctx, sc, batch, cursor)
		if err != nil {
			return err
		}
		for _, m := range page.Items {
			if !s.asked(sc, m) {
				continue
			}
			line := make([]any, len(columns))
			for i, c := range columns {
				line[i] = c.value(s, s.row(m))
			}
			if err := take(line); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// Header is the names of the columns.
func Header() []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return slices.Clip(out)
}

// text is a value as CSV has it. A cell that a spreadsheet would take for a formula is made text.
func text(v any) string {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v)
	case string:
		if v != "" && (v[0] == '=' || v[0] == '+' || v[0] == '-' || v[0] == '@' || v[0] == '\t' || v[0] == '\r') {
			return "'" + v
		}
		return v
	}
	return ""
}
