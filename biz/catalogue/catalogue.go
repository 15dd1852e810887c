// Package catalogue holds in memory what changes seldom and is asked for on every request: regions, the
// roll-out's phases, items, organisations, halls, the calendar.
package catalogue

import (
	"cmp"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"kuacheng/dataset"
	"kuacheng/model"
)

// Catalogue answers from memory. But for the machines it is fixed after New, and safe for concurrent use; what it gives is shared and
// never changed.
type Catalogue struct {
	Regions  *model.Regions
	Rollout  *model.Rollout
	Orgs     *model.Organisations
	Calendar *model.Calendar

	items       []*model.Item
	byCode      map[string]*model.Item
	halls       []*model.Hall
	byHall      map[string]*model.Hall
	schedules   map[string]model.Schedule
	rules       model.BookingRules
	departments map[string]string
	licences    map[string]string
	zones       *otter.Cache[zoneOn, model.Zone]

	// Stands says whether a self-service machine in use stands in a region; nil where there is none. It is set before anything runs.
	Stands func(region string) bool
}

// zoneOn is a pair on a date.
type zoneOn struct {
	pair model.Pair
	on   model.Date
}

// zoneLife is how long a machine that was put up or taken down by another process may be unknown here.
const zoneLife = time.Minute

// zonesKept is more pairs than the province's cities make.
const zonesKept = 4096

// New takes a loaded dataset over.
func New(d *dataset.Dataset) *Catalogue {
	c := &Catalogue{
		Regions: d.Regions, Rollout: d.Rollout, Orgs: d.Organisations, Calendar: model.NewCalendar(d.Holidays),
		items: d.Items, byCode: map[string]*model.Item{}, halls: d.Halls, byHall: map[string]*model.Hall{},
		schedules: d.Schedules, rules: d.BookingRules, departments: map[string]string{}, licences: map[string]string{},
		zones: otter.Must(&otter.Options[zoneOn, model.Zone]{MaximumSize: zonesKept, ExpiryCalculator: otter.ExpiryWriting[zoneOn, model.Zone](zoneLife)}),
	}
	for _, it := range d.Items {
		c.byCode[it.Code] = it
	}
	for _, h := range d.Halls {
		c.byHall[h.ID] = h
	}
	for _, x := range d.Licences {
		c.licences[x.Code] = x.Name
	}
	for _, x := range d.Departments {
		c.departments[x.Code] = x.Name
	}
	return c
}

// Item is the published version of an item.
func (c *Catalogue) Item(code string) (*model.Item, bool) {
	it, ok := c.byCode[code]
	return it, ok
}

// LicenceName is what a kind of electronic licence is called; the code of one that is not in the catalogue.
func (c *Catalogue) LicenceName(kind string) string { return cmp.Or(c.licences[kind], kind) }

// Items lists what a filter finds, the most frequent first.
func (c *Catalogue) Items(f model.ItemFilter) []*model.Item { return f.Find(c.items, c.Regions) }

// ForgetZones lets a machine that was just put up or taken down count at once.
func (c *Catalogue) ForgetZones() { c.zones.InvalidateAll() }

// Zone tells what a pair offers on a date.
func (c *Catalogue) Zone(p model.Pair, on model.Date) (model.Zone, error) {
	key := zoneOn{p, on}
	if z, ok := c.zones.GetIfPresent(key); ok {
		return z, nil
	}
	z, err := c.zone(p, on)
	if err == nil {
		c.zones.Set(key, z)
	}
	return z, err
}

func (c *Catalogue) zone(p model.Pair, on model.Date) (model.Zone, error) {
	return c.Rollout.Zone(p, on, model.ZoneFacts{Items: c.Items(model.ItemFilter{To: p.To}), Hall: c.receives(p.From), Device: c.Stands != nil && c.Stands(p.From)})
}

// receives reports whether a hall with an open cross-city window takes matters in for a region.
func (c *Catalogue) receives(region string) bool {
	org, ok := c.Orgs.Receiver(region)
	return ok && slices.ContainsFunc(c.halls, func(h *model.Hall) bool {
		return h.Organisation == org.ID && !h.Inactive && h.OpenCrossCity()
	})
}

// Hall is a hall by its id.
func (c *Catalogue) Hall(id string) (*model.Hall, bool) {
	h, ok := c.byHall[id]
	return h, ok
}

// Halls lists the active halls that take matters in for a region; "" is every region.
func (c *Catalogue) Halls(region string) []*model.Hall {
	if region == "" {
		return c.halls
	}
	org, ok := c.Orgs.Receiver(region)
	if !ok {
		return nil
	}
	return c.HallsOf(org.ID)
}

// HallsOf lists the active halls of an organisation.
func (c *Catalogue) HallsOf(org string) []*model.Hall {
	var out []*model.Hall
	for _, h := range c.halls {
		if h.Organisation == org && !h.Inactive {
			out = append(out, h)
		}
	}
	return out
}

// Rules are a hall's booking rules.
func (c *Catalogue) Rules(h *model.Hall) model.BookingRules { return h.Rules(c.rules) }

// Slots are a hall's slots of a date.
func (c *Catalogue) Slots(h *model.Hall, d model.Date) []model.SlotTime {
	return h.Slots(c.schedules[h.Schedule], c.Calendar, d)
}

// Slot finds a slot by its id.
func (c *Catalogue) Slot(h *model.Hall, id string) (model.SlotTime, bool) {
	return h.Slot(c.schedules[h.Schedule], c.Calendar, id)
}

// Schedule is a hall's weekly opening hours.
func (c *Catalogue) Schedule(h *model.Hall) model.Schedule { return c.schedules[h.Schedule] }

// DepartmentName is the Chinese name of a department's code.
func (c *Catalogue) DepartmentName(code string) string { return c.departments[code] }
