package model

import (
	"slices"

	"kuacheng/model/fault"
)

// RegionLevel is where a region stands in the tree.
type RegionLevel string

const (
	LevelProvince   RegionLevel = "province"
	LevelCity       RegionLevel = "city"
	LevelCounty     RegionLevel = "county"
	LevelFunctional RegionLevel = "functional" // 功能区 without a GB/T 2260 code of its own: "4415X1"
)

// Region is one row of the list of regions. A code is GB/T 2260's six digits, or for a functional district
// a local one (`^\d{4}X\d$`), so it must never be read as a number.
type Region struct {
	Code   string      `json:"code"`
	Name   string      `json:"name"`
	Level  RegionLevel `json:"level"`
	Parent string      `json:"parent,omitempty"`
	Pinyin string      `json:"pinyin,omitempty"`
	Short  string      `json:"short,omitempty"`
	Basis  string      `json:"basis,omitempty"` // gb2260 or local
	Lat    float64     `json:"lat,omitempty"`   // of its government's seat, degrees north, to about a kilometre
	Lon    float64     `json:"lon,omitempty"`   // degrees east
}

// Regions is the tree of regions, fixed after NewRegions and safe for concurrent use.
type Regions struct {
	rows  []Region
	byID  map[string]int
	below map[string][]string // code → itself and everything under it, in the order of the rows
}

// NewRegions builds the tree. It refuses a code given twice, a parent that is not there, and a circle.
func NewRegions(rows []Region) (*Regions, error) {
	rs := &Regions{rows: slices.Clone(rows), byID: make(map[string]int, len(rows)), below: make(map[string][]string, len(rows))}
	for i, r := range rs.rows {
		if !validRegionCode(r.Code) {
			return nil, badRow("region %q: not a region code", r.Code)
		}
		if _, twice := rs.byID[r.Code]; twice {
			return nil, badRow("region %s: given twice", r.Code)
		}
		rs.byID[r.Code] = i
	}
	for _, r := range rs.rows {
		code, steps := r.Code, 0
		for code != "" {
			i, ok := rs.byID[code]
			if !ok {
				return nil, badRow("region %s: no parent %s", r.Code, code)
			}
			if steps++; steps > 4 {
				return nil, badRow("region %s: its parents run in a circle", r.Code)
			}
			rs.below[code] = append(rs.below[code], r.Code)
			code = rs.rows[i].Parent
		}
	}
	return rs, nil
}

func validRegionCode(code string) bool {
	if len(code) != 6 {
		return false
	}
	for i := range 6 {
		if (code[i] < '0' || code[i] > '9') && (i != 4 || code[i] != 'X') {
			return false
		}
	}
	return true
}

// Get looks a code up.
func (rs *Regions) Get(code string) (Region, bool) {
	i, ok := rs.byID[code]
	if !ok {
		return Region{}, false
	}
	return rs.rows[i], true
}

// Lookup is Get for codes that a caller sent: 422 unknown_region, naming the field.
func (rs *Regions) Lookup(field, code string) (Region, error) {
	if r, ok := rs.Get(code); ok {
		return r, nil
	}
	return Region{}, fault.New("unknown_region").Field(field).With("region", code)
}

// Name is the region's name, or its code where there is none.
func (rs *Regions) Name(code string) string {
	if r, ok := rs.Get(code); ok {
		return r.Name
	}
	return code
}

// FullName puts the city before a county: 汕尾市海丰县.
func (rs *Regions) FullName(code string) string {
	if city := rs.City(code); city != "" && city != code {
		return rs.Name(city) + rs.Name(code)
	}
	return rs.Name(code)
}

// City is the city that a region belongs to, itself for a city; "" for a province or an unknown code.
func (rs *Regions) City(code string) string {
	for code != "" {
		r, ok := rs.Get(code)
		if !ok {
			return ""
		}
		if r.Level == LevelCity {
			return r.Code
		}
		code = r.Parent
	}
	return ""
}

// Covers reports whether code is above itself or one of the regions below it.
func (rs *Regions) Covers(above, code string) bool {
	for code != "" {
		if code == above {
			return true
		}
		r, ok := rs.Get(code)
		if !ok {
			return false
		}
		code = r.Parent
	}
	return false
}

// Below lists a region and everything under it. `to=` a city means this list (domain rule: a city means it
// and all below).
func (rs *Regions) Below(code string) []string { return slices.Clone(rs.below[code]) }

// Listed is what citizens choose from: every city, each followed by its counties where they are asked for.
func (rs *Regions) Listed(countiesOf ...string) []Region {
	var out []Region
	for _, r := range rs.rows {
		if r.Level != LevelCity {
			continue
		}
		out = append(out, r)
		if !slices.Contains(countiesOf, r.Code) {
			continue
		}
		for _, code := range rs.below[r.Code] {
			if code != r.Code {
				below, _ := rs.Get(code)
				out = append(out, below)
			}
		}
	}
	return out
}

// Number is the six digits that stand for a region inside a number: a functional district has none of its
// own, so its city's stand for it.
func (rs *Regions) Number(code string) string {
	r, ok := rs.Get(code)
	if ok && r.Level == LevelFunctional {
		return rs.City(code)
	}
	return code
}

// All lists every region in the order of its rows.
func (rs *Regions) All() []Region { return slices.Clone(rs.rows) }
