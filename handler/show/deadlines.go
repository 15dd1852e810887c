package show

import (
	"kuacheng/model"
	"kuacheng/model/api/citizen"
)

// bases are the grounds of the clocks, as the applicant is told them.
var bases = map[model.ClockName]string{
	model.ClockAcceptance: "行政许可法第三十二条", model.ClockPromised: "办理单位的承诺", model.ClockStatutory: "行政许可法第四十二条",
	model.ClockDelivery: "行政许可法第四十四条", model.ClockForwarding: "收件地与办理地的约定", model.ClockCorrection: "事项办理规则",
}

// Deadlines explains every run of a matter's clocks, day by day.
func (s *Shower) Deadlines(m *model.Matter) *citizen.DeadlinesAnswer {
	now, cal := s.Now(), s.Catalogue.Calendar
	v := &citizen.DeadlinesAnswer{Calendar: "official", Clocks: []*citizen.Deadline{}}
	for _, run := range m.Runs {
		d := run.Deadline(cal, now)
		if d.Provisional {
			v.Calendar = "provisional"
		}
		x := &citizen.Deadline{
			Clock: string(d.Clock), Name: d.Name, Basis: bases[d.Clock], Day0: string(d.Day0), Length: int32(d.Days + d.Extra),
			Extended: int32(d.Extra), Used: int32(d.Used), DueOn: string(d.Due), DueAt: When(d.DueAt), Light: string(d.Light),
			Paused: d.Paused, Met: d.Met, Pauses: []*citizen.DeadlinePause{}, Days: []*citizen.DeadlineDay{},
		}
		for _, p := range run.Pauses {
			pause := &citizen.DeadlinePause{From: string(model.DateOf(p.From)), Reason: pauseName(p.Kind)}
			if p.To != nil {
				pause.To = string(model.DateOf(*p.To))
			}
			x.Pauses = append(x.Pauses, pause)
		}
		for _, day := range run.Explain(cal, now) {
			x.Days = append(x.Days, &citizen.DeadlineDay{Date: string(day.Date), Counted: day.Counted, Why: day.Text})
		}
		v.Clocks = append(v.Clocks, x)
	}
	return v
}

func pauseName(kind string) string {
	if kind == model.PauseSupplement {
		return "等待补充材料"
	}
	return model.ProcedureName(kind)
}
