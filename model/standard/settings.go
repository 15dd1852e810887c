package standard

import (
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// SettingsID is the id of the one document of Settings.
const SettingsID = "settings"

// Pause is a stretch of days on which a pair takes no new matter (暂停). Matters in flight go on.
type Pause struct {
	ID      string      `json:"id"`
	From    string      `json:"from"` // the receiving city, its counties with it
	To      string      `json:"to"`   // the handling city, likewise
	Since   model.Date  `json:"since"`
	Until   model.Date  `json:"until,omitempty"` // its last day; "" until it is lifted
	Reason  string      `json:"reason"`
	Meeting string      `json:"meeting,omitempty"` // at which it was decided
	By      model.Actor `json:"by"`
	At      time.Time   `json:"at"`
}

// On reports whether a pause holds on a date.
func (p Pause) On(d model.Date) bool { return p.Since <= d && (p.Until == "" || d <= p.Until) }

// Step is one entry of the settings' history.
type Step struct {
	At     time.Time   `json:"at"`
	By     model.Actor `json:"by"`
	What   string      `json:"what"` // phases, pause, resume, organisation, schedule
	Name   string      `json:"name,omitempty"`
	Reason string      `json:"reason"`
}

// KindPaused is the event that a pause emits; its ref names the pause.
const KindPaused = "pair_paused"

// KindSchedule is the event of a weekly schedule that changed; its ref names the schedule.
const KindSchedule = "schedule_changed"

// maxSteps bounds the history that is kept in the document.
const maxSteps = 200

// Settings is what the bureau has set otherwise than the data that the program was built with, as one document. Its Edition rises with
// every change of the catalogue, so that a process sees by one read whether anything has changed.
type Settings struct {
	model.Head    `json:",inline"`
	Edition       int64                `json:"edition"`
	Phases        []model.Phase        `json:"phases,omitempty"`
	Pauses        []Pause              `json:"pauses,omitempty"`
	Organisations []model.Organisation `json:"organisations,omitempty"` // new ones, and those that differ
	Schedules     []model.Schedule     `json:"schedules,omitempty"`     // likewise
	Steps         []Step               `json:"steps,omitempty"`
}

// NewSettings is the document before anything was set.
func NewSettings() *Settings { return &Settings{Head: model.Head{ID: SettingsID}} }

// PutPhases replaces the roll-out's phases.
func (s *Settings) PutPhases(phases []model.Phase, reason string, by model.Actor, now time.Time) error {
	if reason == "" {
		return fault.New("reason_required").Field("reason")
	}
	s.Phases = phases
	s.noted("phases", "", reason, by, now)
	return nil
}

// Pause stops new matters of a pair, from today on at the earliest.
func (s *Settings) Pause(p Pause, now time.Time) error {
	today := model.DateOf(now)
	switch {
	case p.Reason == "":
		return fault.New("reason_required").Field("reason")
	case p.Since < today:
		return fault.New("validation_failed").Field("since").Say("暂停不能从过去的日期开始")
	case p.Until != "" && p.Until < p.Since:
		return fault.New("validation_failed").Field("until").Say("截止日期早于开始日期")
	}
	for _, other := range s.Pauses {
		if other.ID == p.ID {
			return nil // the second tap
		}
		ends := other.Until == "" || p.Since <= other.Until
		if other.From == p.From && other.To == p.To && ends && (p.Until == "" || other.Since <= p.Until) {
			return fault.New("transition_not_allowed").Say("这一城市对在该期间已暂停").With("pause", other.ID)
		}
	}
	p.At = moment(now)
	s.Emit(KindPaused, p.At, map[string]string{"pause": p.ID})
	s.Pauses = append(slices.Clone(s.Pauses), p)
	s.noted("pause", p.From+"-"+p.To, p.Reason, p.By, now)
	return nil
}

// Resume ends a pause: yesterday was its last day, or it never begins.
func (s *Settings) Resume(id, reason string, by model.Actor, now time.Time) error {
	i := slices.IndexFunc(s.Pauses, func(p Pause) bool { return p.ID == id })
	today := model.DateOf(now)
	switch {
	case i < 0:
		return fault.New("not_found").Say("没有这一暂停")
	case reason == "":
		return fault.New("reason_required").Field("reason")
	case s.Pauses[i].Until != "" && s.Pauses[i].Until < today:
		return nil
	}
	s.Pauses = slices.Clone(s.Pauses)
	p := &s.Pauses[i]
	pair := p.From + "-" + p.To
	if p.Since >= today {
		s.Pauses = slices.Delete(s.Pauses, i, i+1)
	} else {
		p.Until = today.Add(-1)
	}
	s.noted("resume", pair, reason, by, now)
	return nil
}

// PutOrganisation adds an organisation or changes one.
func (s *Settings) PutOrganisation(o model.Organisation, reason string, by model.Actor, now time.Time) {
	s.Organisations = put(s.Organisations, o, func(x model.Organisation) string { return x.ID })
	s.noted("organisation", o.ID, reason, by, now)
}

// PutSchedule adds a weekly schedule or changes one.
func (s *Settings) PutSchedule(x model.Schedule, reason string, by model.Actor, now time.Time) {
	s.Schedules = put(s.Schedules, x, func(x model.Schedule) string { return x.Code })
	s.noted("schedule", x.Code, reason, by, now)
	s.Emit(KindSchedule, moment(now), map[string]string{"schedule": x.Code})
}

// put replaces the row with the same key, or appends it.
func put[T any](rows []T, row T, key func(T) string) []T {
	rows = slices.Clone(rows)
	for i := range rows {
		if key(rows[i]) == key(row) {
			rows[i] = row
			return rows
		}
	}
	return append(rows, row)
}

func (s *Settings) noted(what, name, reason string, by model.Actor, now time.Time) {
	s.Edition++
	s.Steps = append(slices.Clone(s.Steps), Step{At: moment(now), By: by, What: what, Name: name, Reason: reason})
	if n := len(s.Steps); n > maxSteps {
		s.Steps = s.Steps[n-maxSteps:]
	}
}
