package catalogue

import (
	"cmp"
	"fmt"
	"slices"

	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/standard"
)

// kept is everything that the catalogue is made from: the data that the program was built with, and what was stored over it.
type kept struct {
	data     *dataset.Dataset
	records  map[string]*standard.Record
	halls    map[string]*model.Hall
	settings *standard.Settings
}

// edition is the catalogue as it stands on the days from on until before until. It is never changed.
type edition struct {
	number    uint64 // of this process; tells the zones of one edition from those of another
	from      kept
	on, until model.Date // until "" = nothing more is known to change

	rollout   *model.Rollout
	orgs      *model.Organisations
	pauses    []standard.Pause
	items     []*model.Item // those on offer, the most frequent first
	byCode    map[string]*model.Item
	known     map[string]*model.Item // those no longer on offer too
	halls     []*model.Hall
	byHall    map[string]*model.Hall
	schedules map[string]model.Schedule
}

// holds reports whether the edition is that of a date.
func (e *edition) holds(d model.Date) bool { return e.on <= d && (e.until == "" || d < e.until) }

// build makes the edition of a date. Stored data was checked when it was stored; what contradicts the built-in data of a newer program
// is an error, and the edition before it stays.
func build(from kept, on model.Date) (*edition, error) {
	e := &edition{
		from: from, on: on, byCode: map[string]*model.Item{}, known: map[string]*model.Item{},
		byHall: map[string]*model.Hall{}, schedules: map[string]model.Schedule{},
	}
	if err := e.settle(); err != nil {
		return nil, fmt.Errorf("catalogue: stored settings: %w", err)
	}
	e.standards()
	for _, h := range from.data.Halls {
		e.byHall[h.ID] = h
	}
	for id, h := range from.halls {
		e.byHall[id] = h
	}
	for _, h := range e.byHall {
		e.halls = append(e.halls, h)
	}
	slices.SortFunc(e.halls, func(a, b *model.Hall) int { return cmp.Compare(a.ID, b.ID) })
	return e, nil
}

// settle lays the bureau's settings over the built-in ones.
func (e *edition) settle() (err error) {
	d, set := e.from.data, e.from.settings
	for code, s := range d.Schedules {
		e.schedules[code] = s
	}
	e.rollout, e.orgs = d.Rollout, d.Organisations
	if set == nil {
		return nil
	}
	for _, s := range set.Schedules {
		e.schedules[s.Code] = s
	}
	if set.Phases != nil {
		if e.rollout, err = model.NewRollout(d.Rollout.Home(), set.Phases, d.Regions); err != nil {
			return err
		}
	}
	if len(set.Organisations) > 0 {
		if e.orgs, err = d.Organisations.With(set.Organisations...); err != nil {
			return err
		}
	}
	e.pauses = set.Pauses
	return nil
}

// standards takes the version of each item that is in force.
func (e *edition) standards() {
	for _, it := range e.from.data.Items {
		if _, stored := e.from.records[it.Code]; !stored {
			e.byCode[it.Code], e.known[it.Code] = it, it
		}
	}
	for code, r := range e.from.records {
		if it, ok := r.Current(e.on); ok {
			e.byCode[code] = it
		}
		if it, ok := r.Latest(e.on); ok {
			e.known[code] = it
		}
		if next := r.Next(e.on); next != "" && (e.until == "" || next < e.until) {
			e.until = next
		}
	}
	for _, it := range e.byCode {
		e.items = append(e.items, it)
	}
	model.SortItems(e.items)
}
