package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// States of a progress report.
const (
	ProgressDraft    = "draft"
	ProgressApproved = "approved"
	ProgressIssued   = "issued"
)

// Sums are what matters add up to in a period.
type Sums struct {
	Matters   int64 `json:"matters"`
	Kept      int64 `json:"kept"`   // decided within the promised time
	Broken    int64 `json:"broken"` // not
	Asked     int64 `json:"asked"`  // a correction or supplement was asked for
	Days      int64 `json:"days"`   // working days used by those decided
	Rated     int64 `json:"rated"`
	Satisfied int64 `json:"satisfied"`
	Trips     int64 `json:"trips"`
}

// rate is a part of a whole; nil where there is no whole.
func rate(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	r := float64(part) / float64(whole)
	return &r
}

// OnTime is the share of decisions within the promised time.
func (s Sums) OnTime() *float64 { return rate(s.Kept, s.Kept+s.Broken) }

// Correction is the share of matters of which more was asked for.
func (s Sums) Correction() *float64 { return rate(s.Asked, s.Matters) }

// Satisfaction is the share of ratings with three stars or more.
func (s Sums) Satisfaction() *float64 { return rate(s.Satisfied, s.Rated) }

// MeanDays is how many working days a decision took.
func (s Sums) MeanDays() *float64 { return rate(s.Days, s.Kept+s.Broken) }

// Line is one row of a table of the report: a pair, a unit.
type Line struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Sums Sums   `json:"sums"`
}

// Stage is how far a phase of the roll-out has come.
type Stage struct {
	Number  int        `json:"number"`
	Name    string     `json:"name"`
	Due     model.Date `json:"due"`
	Planned int        `json:"planned"` // pairs
	Live    int        `json:"live"`
}

// Target is how many items a mode has, beside what the plan asks for.
type Target struct {
	Mode    model.Mode `json:"mode"`
	Items   int        `json:"items"`
	Planned int        `json:"planned,omitempty"`
}

// Figures are the facts of a report; once it is issued they never change.
type Figures struct {
	Total        Sums             `json:"total"`
	Km           int64            `json:"km"`
	ByMode       map[string]int64 `json:"by_mode"`
	Refused      int64            `json:"refused"`
	Overdue      int64            `json:"overdue"` // open and past their term
	Pairs        []Line           `json:"pairs"`   // the busiest first
	Units        []Line           `json:"units"`   // ranked
	Stages       []Stage          `json:"stages"`
	Targets      []Target         `json:"targets"`
	ProblemsOpen int64            `json:"problems_open"`
	ProblemsLate int64            `json:"problems_late"`
	TasksDone    int              `json:"tasks_done"`
	TasksOpen    int              `json:"tasks_open"`
	TasksLate    []string         `json:"tasks_late"` // titles
	NotFiled     []string         `json:"not_filed"`  // units that owe a report of the period
	Praise       []string         `json:"praise"`     // proposals, which a person may change
	Criticism    []string         `json:"criticism"`
}

// RefusalRate is the share of matters that were not accepted.
func (f *Figures) RefusalRate() *float64 { return rate(f.Refused, f.Total.Matters) }

// Few matters say nothing about a unit; from here on praise and criticism are proposed (assumed).
const (
	enoughMatters = 3
	poorOnTime    = 0.9
	praised       = 3
)

// Rank orders the units by what they did in time, then by what people said, then by how much they did; those without a
// decision come last.
func Rank(units []Line) {
	score := func(r *float64) float64 {
		if r == nil {
			return -1
		}
		return *r
	}
	slices.SortFunc(units, func(a, b Line) int {
		return cmp.Or(
			cmp.Compare(score(b.Sums.OnTime()), score(a.Sums.OnTime())), cmp.Compare(score(b.Sums.Satisfaction()), score(a.Sums.Satisfaction())),
			cmp.Compare(b.Sums.Matters, a.Sums.Matters), cmp.Compare(a.Key, b.Key),
		)
	})
}

// Propose writes whom to praise and whom to criticise, from the ranked units. People have the last word.
func (f *Figures) Propose() {
	f.Praise, f.Criticism = []string{}, []string{}
	for _, u := range f.Units {
		on := u.Sums.OnTime()
		if u.Sums.Matters < enoughMatters || on == nil {
			continue
		}
		if *on == 1 && len(f.Praise) < praised {
			f.Praise = append(f.Praise, fmt.Sprintf("%s：办理 %d 件，全部按时办结", u.Name, u.Sums.Matters))
		}
		if *on < poorOnTime {
			f.Criticism = append(f.Criticism, fmt.Sprintf("%s：按时办结率 %.0f%%", u.Name, *on*100))
		}
	}
	for _, unit := range f.NotFiled {
		f.Criticism = append(f.Criticism, unit+"：未按期报送进度")
	}
}

// Progress is a progress report (进度通报).
type Progress struct {
	model.Head `json:",inline"`
	Title      string     `json:"title"`
	From       model.Date `json:"from"`
	To         model.Date `json:"to"`
	Period     string     `json:"period,omitempty"` // whose county reports it counts
	State      string     `json:"state"`
	Figures    Figures    `json:"figures"`
	Notes      string     `json:"notes,omitempty"`
	Last       string     `json:"last,omitempty"` // the report that it is compared with
	LastTotal  *Sums      `json:"last_total,omitempty"`
	LastTitle  string     `json:"last_title,omitempty"`
	Number     string     `json:"number,omitempty"`
	By         string     `json:"by"`
	MadeAt     time.Time  `json:"made_at"`
	ApprovedBy string     `json:"approved_by,omitempty"`
	ApprovedAt *time.Time `json:"approved_at,omitempty"`
	IssuedAt   *time.Time `json:"issued_at,omitempty"`
}

// Draft makes a report. last is the one that was issued before, if any.
func Draft(id, title string, from, to model.Date, period string, f Figures, last *Progress, by model.Actor, now time.Time) *Progress {
	p := &Progress{
		Head: model.Head{ID: id}, Title: title, From: from, To: to, Period: period, State: ProgressDraft, Figures: f, By: by.ID, MadeAt: moment(now),
	}
	if last != nil {
		total := last.Figures.Total
		p.Last, p.LastTotal, p.LastTitle = last.ID, &total, last.Title
	}
	return p
}

// Edit changes what people write in a draft; nil leaves as it is.
func (p *Progress) Edit(notes *string, praise, criticism []string) error {
	if p.State != ProgressDraft {
		return notAllowed(p.State, "edit")
	}
	if notes != nil {
		p.Notes = *notes
	}
	if praise != nil {
		p.Figures.Praise = praise
	}
	if criticism != nil {
		p.Figures.Criticism = criticism
	}
	return nil
}

// Approve lets somebody else than the author agree to it.
func (p *Progress) Approve(by model.Actor, now time.Time) error {
	switch {
	case p.State != ProgressDraft:
		return notAllowed(p.State, "approve")
	case by.ID == p.By:
		return fault.New("forbidden").Say("起草人不能核准自己的通报")
	}
	at := moment(now)
	p.State, p.ApprovedBy, p.ApprovedAt = ProgressApproved, by.ID, &at
	return nil
}

// Issue gives the report its number; from now on it is what it is.
func (p *Progress) Issue(number string, now time.Time) error {
	if p.State == ProgressIssued {
		return nil // a second tap
	}
	if p.State != ProgressApproved {
		return notAllowed(p.State, "issue")
	}
	at := moment(now)
	p.State, p.Number, p.IssuedAt = ProgressIssued, number, &at
	return nil
}

// Numbers gives the reports of a year their numbers, each once.
type Numbers struct {
	model.Head `json:",inline"`
	Given      map[string]int `json:"given"` // report → number
}

// Take is the number of a report: the next one, or the one that it has.
func (n *Numbers) Take(report string) int {
	if have, ok := n.Given[report]; ok {
		return have
	}
	if n.Given == nil {
		n.Given = map[string]int{}
	}
	n.Given[report] = len(n.Given) + 1
	return n.Given[report]
}
