// Package catalogue holds in memory what changes seldom and is asked for on every request: regions, the
// roll-out's phases, items, organisations, halls, the calendar. It begins with the data that the program was
// built with; once it follows a store, what was published there lies over it.
package catalogue

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"kuacheng/biz/clock"
	"kuacheng/dataset"
	"kuacheng/model"
)

// Catalogue answers from memory and is safe for concurrent use; what it gives is shared and never changed by the caller. An answer is of
// the day's edition; who needs two answers of one edition asks once.
type Catalogue struct {
	Regions  *model.Regions
	Calendar *model.Calendar

	refs        model.References
	rules       model.BookingRules
	departments map[string]string
	licences    map[string]string
	zones       *otter.Cache[zoneOn, model.Zone]

	now     atomic.Pointer[edition]
	mu      sync.Mutex  // who makes the next edition
	clock   clock.Clock // nil while nothing is stored: then no day brings anything new
	shelves *Shelves    // nil likewise

	// Stands says whether a self-service machine in use stands in a region; nil where there is none. It is set before anything runs.
	Stands func(region string) bool
}

// zoneOn is a pair on a date, in an edition.
type zoneOn struct {
	pair    model.Pair
	on      model.Date
	edition uint64
}

// zoneLife is how long a machine that was put up or taken down by another process may be unknown here.
const zoneLife = time.Minute

// zonesKept is more pairs than the province's cities make.
const zonesKept = 4096

// New takes a loaded dataset over. The catalogue stays as it is until it follows a store.
func New(d *dataset.Dataset) *Catalogue {
	c := &Catalogue{
		Regions: d.Regions, Calendar: model.NewCalendar(d.Holidays), refs: d.References(), rules: d.BookingRules,
		departments: map[string]string{}, licences: map[string]string{},
		zones: otter.Must(&otter.Options[zoneOn, model.Zone]{MaximumSize: zonesKept, ExpiryCalculator: otter.ExpiryWriting[zoneOn, model.Zone](zoneLife)}),
	}
	for _, x := range d.Licences {
		c.licences[x.Code] = x.Name
	}
	for _, x := range d.Departments {
		c.departments[x.Code] = x.Name
	}
	e, err := build(kept{data: d}, "")
	if err != nil {
		panic(err) // the dataset was checked when it was loaded, and nothing lies over it
	}
	c.now.Store(e)
	return c
}

// edition is today's.
func (c *Catalogue) edition() *edition {
	e := c.now.Load()
	if c.clock == nil {
		return e
	}
	today := model.DateOf(c.clock.Now())
	if e.holds(today) {
		return e
	}
	return c.turn(today)
}

// Rollout is the plan's phases: which pair is open, in which mode, since when.
func (c *Catalogue) Rollout() *model.Rollout { return c.edition().rollout }

// Orgs are the organisations.
func (c *Catalogue) Orgs() *model.Organisations { return c.edition().orgs }

// Item is the published version of an item under which a matter is started today.
func (c *Catalogue) Item(code string) (*model.Item, bool) {
	it, ok := c.edition().byCode[code]
	return it, ok
}

// Known is Item also for an item that was withdrawn, for what goes on after that: matters in flight, names in lists.
func (c *Catalogue) Known(code string) (*model.Item, bool) {
	it, ok := c.edition().known[code]
	return it, ok
}

// LicenceName is what a kind of electronic licence is called; the code of one that is not in the catalogue.
func (c *Catalogue) LicenceName(kind string) string { return cmp.Or(c.licences[kind], kind) }

// Items lists what a filter finds, the most frequent first.
func (c *Catalogue) Items(f model.ItemFilter) []*model.Item {
	return f.Find(c.edition().items, c.Regions)
}

// ForgetZones lets a machine that was just put up or taken down count at once.
func (c *Catalogue) ForgetZones() { c.zones.InvalidateAll() }

// Zone tells what a pair offers on a date.
func (c *Catalogue) Zone(p model.Pair, on model.Date) (model.Zone, error) {
	e := c.edition()
	key := zoneOn{p, on, e.number}
	if z, ok := c.zones.GetIfPresent(key); ok {
		return z, nil
	}
	z, err := c.zone(e, p, on)
	if err == nil {
		c.zones.Set(key, z)
	}
	return z, err
}

func (c *Catalogue) zone(e *edition, p model.Pair, on model.Date) (model.Zone, error) {
	facts := model.ZoneFacts{
		Items: model.ItemFilter{To: p.To}.Find(e.items, c.Regions), Hall: e.receives(p.From), Device: c.Stands != nil && c.Stands(p.From),
	}
	from, to := c.Regions.City(p.From), c.Regions.City(p.To)
	for _, x := range e.pauses {
		if x.From == from && x.To == to && x.On(on) {
			facts.Paused, facts.Reason = true, x.Reason
		}
	}
	return e.rollout.Zone(p, on, facts)
}

// receives reports whether a hall with an open cross-city window takes matters in for a region.
func (e *edition) receives(region string) bool {
	org, ok := e.orgs.Receiver(region)
	return ok && slices.ContainsFunc(e.halls, func(h *model.Hall) bool { return h.Organisation == org.ID && h.OpenCrossCity() })
}

// Hall is a hall by its id.
func (c *Catalogue) Hall(id string) (*model.Hall, bool) {
	h, ok := c.edition().byHall[id]
	return h, ok
}

// Halls lists the active halls that take matters in for a region; "" is all active halls.
func (c *Catalogue) Halls(region string) []*model.Hall {
	e := c.edition()
	if region == "" {
		return e.active(func(*model.Hall) bool { return true })
	}
	org, ok := e.orgs.Receiver(region)
	if !ok {
		return nil
	}
	return c.HallsOf(org.ID)
}

// HallsOf lists the active halls of an organisation.
func (c *Catalogue) HallsOf(org string) []*model.Hall {
	return c.edition().active(func(h *model.Hall) bool { return h.Organisation == org })
}

func (e *edition) active(want func(*model.Hall) bool) []*model.Hall {
	var out []*model.Hall
	for _, h := range e.halls {
		if !h.Inactive && want(h) {
			out = append(out, h)
		}
	}
	return out
}

// Rules are a hall's booking rules.
func (c *Catalogue) Rules(h *model.Hall) model.BookingRules { return h.Rules(c.rules) }

// Slots are a hall's slots of a date.
func (c *Catalogue) Slots(h *model.Hall, d model.Date) []model.SlotTime {
	return h.Slots(c.Schedule(h), c.Calendar, d)
}

// Slot finds a slot by its id.
func (c *Catalogue) Slot(h *model.Hall, id string) (model.SlotTime, bool) {
	return h.Slot(c.Schedule(h), c.Calendar, id)
}

// Schedule is a hall's weekly opening hours.
func (c *Catalogue) Schedule(h *model.Hall) model.Schedule { return c.edition().schedules[h.Schedule] }

// DepartmentName is the Chinese name of a department's code.
func (c *Catalogue) DepartmentName(code string) string { return c.departments[code] }

// EveryHall lists all halls, closed ones too.
func (c *Catalogue) EveryHall() []*model.Hall { return c.edition().halls }

// Schedules are the weekly schedules by their codes; the caller does not change them.
func (c *Catalogue) Schedules() map[string]model.Schedule { return c.edition().schedules }
