package plan

import (
	"time"

	"kuacheng/model"
)

// States of a unit's report.
const (
	FilingDue   = "due"
	FilingFiled = "filed"
)

// reminderDays is how long before its day a report is asked for the first time (催报: day −3, day 0).
const reminderDays = 3

// Filing is the report that one unit owes for one period.
type Filing struct {
	model.Head `json:",inline"`
	Period     string     `json:"period"` // "2026-11", "2026-Q4"
	Title      string     `json:"title"`
	Unit       string     `json:"unit"`
	Region     string     `json:"region"`
	Due        model.Date `json:"due"`
	State      string     `json:"state"`
	Text       string     `json:"text,omitempty"`
	Results    string     `json:"results,omitempty"`
	Problems   string     `json:"problems,omitempty"`
	By         string     `json:"by,omitempty"`
	FiledAt    *time.Time `json:"filed_at,omitempty"`
	Late       bool       `json:"late,omitempty"`     // filed after its day
	Reminded   int        `json:"reminded,omitempty"` // 1 before the day, 2 on it, 3 after it
	Edits      int        `json:"edits,omitempty"`    // how often it was filed again
}

// FilingID is the identity of a unit's report for a period: there is one.
func FilingID(period, unit string) string { return "rp" + period + "." + unit }

// NewFiling asks a unit for a report.
func NewFiling(period, title, unit, region string, due model.Date, now time.Time) *Filing {
	f := &Filing{
		Head: model.Head{ID: FilingID(period, unit)}, Period: period, Title: title, Unit: unit, Region: region, Due: due, State: FilingDue,
	}
	if model.DateOf(now) > due.Add(-reminderDays) {
		f.Reminded = 1 // the call itself is the first reminder
		f.Emit(KindFiling, moment(now), map[string]string{"what": "soon"})
	}
	f.rewake()
	return f
}

func (f *Filing) rewake() {
	var at time.Time
	switch {
	case f.State == FilingFiled:
	case f.Reminded == 0:
		at = f.Due.Add(-reminderDays).At(workMorning)
	case f.Reminded == 1:
		at = f.Due.At(workMorning)
	case f.Reminded == 2:
		at = f.Due.Add(1).At(workMorning)
	}
	f.WakeAt(at)
}

// Remind asks again: three days before, on the day, and then the bureau is told who has not filed.
func (f *Filing) Remind(now time.Time) bool {
	if f.Wake == nil || f.Wake.After(now) {
		return false
	}
	f.Reminded++
	f.Emit(KindFiling, moment(now), map[string]string{"what": []string{"", "soon", "today", "late"}[f.Reminded]})
	f.rewake()
	return true
}

// Overdue reports whether the day has passed without a report.
func (f *Filing) Overdue(day model.Date) bool { return f.State == FilingDue && day > f.Due }

// Submit files the report. Until its day it may be filed again; after it, what was filed in time stays.
func (f *Filing) Submit(by model.Actor, text, results, problems string, now time.Time) error {
	late := model.DateOf(now) > f.Due
	switch {
	case f.State == FilingFiled && late:
		return notAllowed(f.State, "submit")
	case text == "":
		return invalid("text", "请填写工作进展")
	}
	if f.State == FilingFiled {
		f.Edits++
	}
	at := moment(now)
	f.State, f.Text, f.Results, f.Problems, f.By, f.FiledAt, f.Late = FilingFiled, text, results, problems, by.ID, &at, late
	f.rewake()
	return nil
}
