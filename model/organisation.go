package model

import (
	"slices"

	"kuacheng/model/fault"
)

// What an organisation does in cross-city services. Nobody both receives and decides (受审分离).
const (
	OrgReceives   = "receive"
	OrgDecides    = "decide"
	OrgSupervises = "supervise"
)

// Department is a 条线: the two letters in an item's code.
type Department struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Organisation is a department of one region; its id is region + "-" + department ("441521-RS").
type Organisation struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Short      string   `json:"short"` // at most 20 characters
	Department string   `json:"department"`
	Region     string   `json:"region"`
	Roles      []string `json:"roles"`
	Parent     string   `json:"parent,omitempty"`
}

// Does reports whether the organisation has one of the roles above.
func (o Organisation) Does(role string) bool { return slices.Contains(o.Roles, role) }

// OrgID is the id of a department's organisation in a region.
func OrgID(region, department string) string { return region + "-" + department }

// Organisations is the list of organisations over the tree of regions, fixed after NewOrganisations.
type Organisations struct {
	rows    []Organisation
	byID    map[string]Organisation
	regions *Regions
}

// NewOrganisations checks ids, regions, parents and the separation of receiving from deciding.
func NewOrganisations(rows []Organisation, regions *Regions) (*Organisations, error) {
	os := &Organisations{rows: slices.Clone(rows), byID: make(map[string]Organisation, len(rows)), regions: regions}
	for _, o := range rows {
		if o.ID != OrgID(o.Region, o.Department) {
			return nil, badRow("organisation %s: its id is not region-department", o.ID)
		}
		if _, ok := regions.Get(o.Region); !ok {
			return nil, badRow("organisation %s: no region %s", o.ID, o.Region)
		}
		if _, twice := os.byID[o.ID]; twice {
			return nil, badRow("organisation %s: given twice", o.ID)
		}
		if o.Does(OrgReceives) && o.Does(OrgDecides) {
			return nil, badRow("organisation %s: receives and decides (受审分离)", o.ID)
		}
		os.byID[o.ID] = o
	}
	for _, o := range rows {
		if _, ok := os.byID[o.Parent]; o.Parent != "" && !ok {
			return nil, badRow("organisation %s: no parent %s", o.ID, o.Parent)
		}
	}
	return os, nil
}

// With is the list with organisations added, or in the place of those with their ids.
func (os *Organisations) With(more ...Organisation) (*Organisations, error) {
	rows := slices.Clone(os.rows)
	for _, o := range more {
		i := slices.IndexFunc(rows, func(x Organisation) bool { return x.ID == o.ID })
		if i < 0 {
			rows = append(rows, o)
			continue
		}
		rows[i] = o
	}
	return NewOrganisations(rows, os.regions)
}

// Get looks an organisation up by id.
func (os *Organisations) Get(id string) (Organisation, bool) {
	o, ok := os.byID[id]
	return o, ok
}

// All lists the organisations in the order of their rows.
func (os *Organisations) All() []Organisation { return slices.Clone(os.rows) }

// Receiver is the organisation that receives for a region: its own, or the one of the nearest region above.
func (os *Organisations) Receiver(region string) (Organisation, bool) {
	for region != "" {
		for _, o := range os.rows {
			if o.Region == region && o.Does(OrgReceives) {
				return o, true
			}
		}
		r, ok := os.regions.Get(region)
		if !ok {
			break
		}
		region = r.Parent
	}
	return Organisation{}, false
}

// Decider is the organisation that decides an item in one of its handling regions. There is no way up: a
// county's matter is the county's.
func (os *Organisations) Decider(it *Item, region string) (Organisation, error) {
	o, ok := os.byID[OrgID(region, it.Department)]
	if !ok || !it.HandledIn(region) || !o.Does(OrgDecides) {
		return Organisation{}, fault.New("item_not_offered").With("handling_regions", it.HandlingRegions)
	}
	return o, nil
}
