// Package ledger is what the work ledger (工作台账) adds up: pure sums over matters, kept as they change.
package ledger

import (
	"slices"
	"strings"
	"time"

	"kuacheng/model"
)

// Kinds of tallies: what a tally's matters have in common.
const (
	KindDay  = "day"  // handed in on one day, for one handling region
	KindItem = "item" // of one item, handed in within one month
	KindOrg  = "org"  // handled by one organisation, handed in within one month
	KindHall = "hall" // received in one hall, handed in within one month
)

// Sums are what a group of matters adds up to.
type Sums struct {
	Matters int64 `json:"n"`
	Trips   int64 `json:"trips,omitempty"`
	Kept    int64 `json:"kept,omitempty"`
	Broken  int64 `json:"broken,omitempty"`
	Days    int64 `json:"days,omitempty"`
	Asked   int64 `json:"asked,omitempty"`
	Again   int64 `json:"again,omitempty"`
	Rated   int64 `json:"rated,omitempty"`
	Good    int64 `json:"good,omitempty"` // three stars and more
	Stars   int64 `json:"stars,omitempty"`
}

// Add adds other sums, times n.
func (s *Sums) Add(o Sums, n int64) {
	s.Matters += n * o.Matters
	s.Trips += n * o.Trips
	s.Kept += n * o.Kept
	s.Broken += n * o.Broken
	s.Days += n * o.Days
	s.Asked += n * o.Asked
	s.Again += n * o.Again
	s.Rated += n * o.Rated
	s.Good += n * o.Good
	s.Stars += n * o.Stars
}

// OnTime is the share of decisions within the promised time; nil without a decision.
func (s Sums) OnTime() *float64 { return rate(s.Kept, s.Kept+s.Broken) }

// Satisfaction is 满意率: the share of three stars and more among the reviews that count; nil without one.
func (s Sums) Satisfaction() *float64 { return rate(s.Good, s.Rated) }

// MeanDays is the working days that a decision took, on average; nil without one.
func (s Sums) MeanDays() *float64 { return rate(s.Days, s.Kept+s.Broken) }

func rate(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	r := float64(part) / float64(whole)
	return &r
}

// Of is what one matter adds.
func Of(c *model.Counted) Sums {
	s := Sums{Matters: 1, Trips: c.Trips, Kept: c.Kept, Broken: c.Broken, Days: c.Days, Asked: c.Asked, Again: c.Again, Stars: c.Stars}
	if c.Stars > 0 {
		s.Rated = 1
	}
	if c.Stars >= 3 {
		s.Good = 1
	}
	return s
}

// Cell is where in a tally a matter stands.
type Cell struct {
	From  string
	Dept  string
	Mode  model.Mode
	State model.MatterState
	Light model.Light
}

// key is the cell as the key of a map; no part of it holds a dot or a bar.
func (c Cell) key() string {
	return strings.Join([]string{c.From, c.Dept, string(c.Mode), string(c.State), string(c.Light)}, "|")
}

// ParseCell reads a key.
func ParseCell(key string) Cell {
	p := strings.SplitN(key, "|", 5)
	p = append(p, make([]string, 5-len(p))...)
	return Cell{From: p[0], Dept: p[1], Mode: model.Mode(p[2]), State: model.MatterState(p[3]), Light: model.Light(p[4])}
}

// A tally knows which changes it has taken for as long as one may come twice: a job that was cut off is done again within the
// hour, and one that was under way when a process died is among the last that the tally has taken.
const (
	remembered = time.Hour
	lastTaken  = 64
)

// Taken is a change that a tally has taken.
type Taken struct {
	Event string    `json:"event"`
	At    time.Time `json:"at"`
}

// Tally is the sums of the matters of one kind, key and period, by cell.
type Tally struct {
	model.Head `json:",inline"`
	Kind       string          `json:"kind"`
	Period     string          `json:"period"` // a date, or a month
	Key        string          `json:"key"`    // handling region, item, organisation or hall
	Cells      map[string]Sums `json:"cells"`
	Taken      []Taken         `json:"taken,omitempty"`
}

// Place names a tally.
type Place struct{ Kind, Period, Key string }

// ID is the id of the tally.
func (p Place) ID() string { return p.Kind + ":" + p.Period + ":" + p.Key }

// New is the empty tally of a place.
func New(p Place) *Tally {
	return &Tally{Head: model.Head{ID: p.ID()}, Kind: p.Kind, Period: p.Period, Key: p.Key, Cells: map[string]Sums{}}
}

// Places lists the tallies that a matter stands in, each with its cell there.
func Places(c *model.Counted) map[Place]Cell {
	if c == nil {
		return nil
	}
	whole := Cell{From: c.From, Dept: c.Dept, Mode: c.Mode, State: c.State, Light: c.Light}
	brief := Cell{Mode: c.Mode}
	month := string(c.Day[:7])
	out := map[Place]Cell{
		{KindDay, string(c.Day), c.To}: whole,
		{KindItem, month, c.Item}:      brief,
		{KindOrg, month, c.HOrg}:       brief,
	}
	if c.Hall != "" {
		out[Place{KindHall, month, c.Hall}] = brief
	}
	return out
}

// Move takes a matter from where it stood to where it stands, once for one event; false when there is nothing to do.
func (t *Tally) Move(event string, from, to *model.Counted, now time.Time) bool {
	if slices.ContainsFunc(t.Taken, func(x Taken) bool { return x.Event == event }) {
		return false
	}
	for len(t.Taken) > lastTaken && now.Sub(t.Taken[0].At) > remembered {
		t.Taken = t.Taken[1:]
	}
	t.Taken = append(t.Taken, Taken{event, now.UTC().Truncate(time.Millisecond)})
	here := Place{t.Kind, t.Period, t.Key}
	for _, side := range []struct {
		c *model.Counted
		n int64
	}{{from, -1}, {to, 1}} {
		if cell, ok := Places(side.c)[here]; ok {
			t.add(cell, Of(side.c), side.n)
		}
	}
	return true
}

// add keeps no cell that is empty, so that equal tallies look equal.
func (t *Tally) add(cell Cell, s Sums, n int64) {
	if t.Cells == nil {
		t.Cells = map[string]Sums{}
	}
	k := cell.key()
	sum := t.Cells[k]
	sum.Add(s, n)
	if sum == (Sums{}) {
		delete(t.Cells, k)
		return
	}
	t.Cells[k] = sum
}
