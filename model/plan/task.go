// Package plan holds what the bureau keeps of the plan itself: its duties with their terms (plan tasks), the reports that units file,
// and the progress report (进度通报) made of both. Pure rules.
package plan

import (
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// The outbox events of this package.
const (
	KindTask   = "plan_task"     // ref: what (late, soon), to (unit, above)
	KindFiling = "report_filing" // ref: what (soon, today, late)
)

// workMorning is when people are reminded, in minutes of the day.
const workMorning = 9 * 60

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func invalid(field, say string) error { return fault.New("validation_failed").Field(field).Say(say) }

func notAllowed(state, event string) error {
	return fault.New("transition_not_allowed").With("state", state).With("event", event)
}

// States of a plan task.
const (
	TaskOpen = "open"
	TaskDone = "done"
)

// Lights of a plan task.
const (
	yellowDays    = 10 // working days before the term (assumed)
	escalateAgain = 5  // working days after which a late task goes up once more
)

// Evidence is what shows that a duty is being done.
type Evidence struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Org  string    `json:"org,omitempty"`
	Text string    `json:"text"`
}

// Task is one duty of the plan: who has to have done what by when.
type Task struct {
	model.Head `json:",inline"`
	Code       string     `json:"code,omitempty"` // of the plan: A1 … G4
	Title      string     `json:"title"`
	Milestone  string     `json:"milestone,omitempty"`
	Unit       string     `json:"unit"`
	Region     string     `json:"region"` // the unit's
	Due        model.Date `json:"due"`
	State      string     `json:"state"`
	DoneAt     *time.Time `json:"done_at,omitempty"`
	Evidence   []Evidence `json:"evidence,omitempty"`
	Level      int        `json:"level,omitempty"` // how far up it has been reported: 1 the unit and those above it, 2 the bureau
}

// NewTask sets a duty.
func NewTask(id string, t Task, now time.Time) (*Task, error) {
	if t.Title == "" || t.Unit == "" || t.Due == "" {
		return nil, invalid("title", "请填写任务、责任单位和期限")
	}
	t.Head, t.State, t.DoneAt, t.Level = model.Head{ID: id}, TaskOpen, nil, 0
	t.rewake(now, nil)
	return &t, nil
}

// rewake wakes an open task on the morning after its term, and once more later.
func (t *Task) rewake(now time.Time, c *model.Calendar) {
	var at time.Time
	switch {
	case t.State == TaskDone || t.Level >= 2:
	case t.Level == 1:
		at = c.AddWorkdays(model.DateOf(now), escalateAgain).At(workMorning)
	default:
		if at = t.Due.Add(1).At(workMorning); at.Before(now) {
			at = moment(now)
		}
	}
	t.WakeAt(at)
}

// Light is red once the term is over, yellow when it nears, green before, "none" for a task that is done.
func (t *Task) Light(now time.Time, c *model.Calendar) string {
	today := model.DateOf(now)
	switch {
	case t.State == TaskDone:
		return "none"
	case today > t.Due:
		return "red"
	case c.AddWorkdays(today, yellowDays) >= t.Due:
		return "yellow"
	}
	return "green"
}

// Escalate reports a late task upwards, a step at a time; false when it is not yet time.
func (t *Task) Escalate(now time.Time, c *model.Calendar) bool {
	if t.Wake == nil || t.Wake.After(now) {
		return false
	}
	t.Level++
	to := "unit"
	if t.Level > 1 {
		to = "above"
	}
	t.Emit(KindTask, moment(now), map[string]string{"what": "late", "to": to})
	t.rewake(now, c)
	return true
}

// Show adds evidence; done says that the duty is fulfilled.
func (t *Task) Show(by model.Actor, text string, done bool, now time.Time) error {
	switch {
	case t.State == TaskDone:
		return notAllowed(t.State, "show")
	case text == "":
		return fault.New("reason_required").Field("text").Say("请填写进展或佐证")
	}
	t.Evidence = append(t.Evidence, Evidence{At: moment(now), By: by.ID, Org: by.Org, Text: text})
	if done {
		at := moment(now)
		t.State, t.DoneAt = TaskDone, &at
		t.WakeAt(time.Time{})
	}
	return nil
}

// Move gives a task another term, unit or milestone; the reason stays among the evidence.
func (t *Task) Move(by model.Actor, due model.Date, milestone, why string, now time.Time) error {
	switch {
	case t.State == TaskDone:
		return notAllowed(t.State, "move")
	case why == "":
		return fault.New("reason_required").Field("reason")
	}
	if due != "" && due != t.Due {
		t.Due, t.Level = due, 0
		t.rewake(now, nil)
	}
	if milestone != "" {
		t.Milestone = milestone
	}
	t.Evidence = append(t.Evidence, Evidence{At: moment(now), By: by.ID, Org: by.Org, Text: "调整：" + why})
	return nil
}
