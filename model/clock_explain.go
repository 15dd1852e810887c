package model

import (
	"fmt"
	"time"
)

// CountedDay explains one day of a run: whether it counted, as which, and why.
type CountedDay struct {
	Date        Date   `json:"date"`
	Number      int    `json:"number,omitempty"` // 1 … n where counted
	Counted     bool   `json:"counted"`
	Reason      string `json:"reason"` // day_0, weekday, make_up, weekend, holiday, statutory, pause, pause_end
	Text        string `json:"text"`   // the same in Chinese
	Provisional bool   `json:"provisional,omitempty"`
}

// Reasons beside those of the calendar.
const (
	ReasonDay0  = "day_0"
	ReasonPause = "pause"
)

// Explain lists every day of a run from day 0 to its due date, or to where it was stopped or is paused, so
// that anyone can count after it.
func (r ClockRun) Explain(c *Calendar, now time.Time) []CountedDay {
	last := r.due(c)
	if r.Paused() {
		last = max(dayOf(r.Pauses[len(r.Pauses)-1].From), dayOf(now))
	}
	if r.Stop != nil {
		last = min(last, dayOf(*r.Stop))
	}
	day0 := dayOf(r.Start)
	out := []CountedDay{{Date: day0.date(), Reason: ReasonDay0, Text: "起算当日，不计入", Provisional: c.Provisional(day0.year())}}
	n := 0
	for d := day0 + 1; d <= last; d++ {
		x := r.explainDay(c, d)
		if x.Counted && n < r.Length() {
			n++
			x.Number = n
		} else if x.Counted {
			// An instant item begun on a day off, or nothing left after a pause: the day itself is the last.
			x.Text += "（期限的最后一日）"
		}
		out = append(out, x)
	}
	return out
}

func (r ClockRun) explainDay(c *Calendar, d day) CountedDay {
	at := c.look(d)
	x := CountedDay{Date: at.Date, Counted: at.Work, Reason: at.Kind, Provisional: at.Provisional}
	switch at.Kind {
	case DayMakeUp:
		x.Text = fmt.Sprintf("调休上班（%s），计入", at.Name)
	case DayHoliday:
		x.Text = fmt.Sprintf("法定节假日放假（%s），不计入", at.Name)
	case DayStatutory:
		x.Text = fmt.Sprintf("法定节假日（%s，放假安排尚未公布），不计入", at.Name)
	case DayWeekend:
		x.Text = "周末，不计入"
	default:
		x.Text = "工作日，计入"
	}
	if p, ok := r.pauseOn(d); ok && at.Work {
		x.Counted, x.Reason, x.Text = false, ReasonPause, pauseText(p.Kind)+"，不计入"
	}
	return x
}

func (r ClockRun) pauseOn(d day) (Pause, bool) {
	for _, p := range r.Pauses {
		if d > dayOf(p.From) && (p.To == nil || d <= dayOf(*p.To)) {
			return p, true
		}
	}
	return Pause{}, false
}

func pauseText(kind string) string {
	if kind == PauseSupplement {
		return "等待补充材料，暂停计时"
	}
	return ProcedureName(kind) + "期间，暂停计时"
}

// procedureNames are the special procedures of 行政许可法 第四十五条.
var procedureNames = map[string]string{
	"hearing": "听证", "tender": "招标", "auction": "拍卖", "inspection": "检验", "testing": "检测",
	"quarantine": "检疫", "appraisal": "鉴定", "expert_review": "专家评审",
}

// ProcedureName is a special procedure in Chinese.
func ProcedureName(kind string) string {
	if n := procedureNames[kind]; n != "" {
		return n
	}
	return "特别程序"
}
