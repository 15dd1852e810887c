package dataset

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"kuacheng/model"
)

// raw is the files as they are, not yet checked against each other.
type raw struct {
	Regions   []model.Region
	Holidays  []model.Holiday
	Phases    phasesFile
	Items     itemsFile
	Materials materialsFile
	Licences  licencesFile
	Halls     hallsFile
	Templates templatesFile
}

func read(fsys fs.FS) (r *raw, err error) {
	r = &raw{}
	for _, f := range []struct {
		name string
		into any
	}{
		{"phases.yaml", &r.Phases}, {"materials.yaml", &r.Materials}, {"licences.yaml", &r.Licences},
		{"halls.yaml", &r.Halls}, {"templates.yaml", &r.Templates}, {"items.yaml", &r.Items},
	} {
		if err := readYAML(fsys, f.name, f.into); err != nil {
			return nil, err
		}
	}
	if r.Regions, err = readRegions(fsys); err != nil {
		return nil, err
	}
	r.Holidays, err = readHolidays(fsys)
	return r, err
}

type phasesFile struct {
	Home   string        `json:"home"`
	Plan   Plan          `json:"plan"`
	Modes  []codeName    `json:"modes"`
	Phases []model.Phase `json:"phases"`
}

type codeName struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type itemsFile struct {
	Legend Legend       `json:"legend"`
	Items  []model.Item `json:"items"`
}

type materialsFile struct {
	Materials []model.Material `json:"materials"`
}

type licencesFile struct {
	Licences []model.Licence `json:"licences"`
}

type templatesFile struct {
	Limits    map[string]int `json:"limits"`
	Templates []Template     `json:"templates"`
}

// readYAML is strict: a field that nobody reads is a mistake in the data.
func readYAML(fsys fs.FS, name string, into any) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	// By way of JSON, so that the model's types carry one set of tags.
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	plain, err := json.Marshal(dated(tree))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// dated writes what YAML reads as a moment as the date that stands in the file.
func dated(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case []any:
		for i := range v {
			v[i] = dated(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = dated(v[k])
		}
	}
	return v
}

func readRegions(fsys fs.FS) ([]model.Region, error) {
	rows, err := readCSV(fsys, "regions.csv", "code", "name", "level", "parent", "pinyin", "short", "basis")
	out := make([]model.Region, 0, len(rows))
	for _, r := range rows {
		out = append(out, model.Region{
			Code: r[0], Name: r[1], Level: model.RegionLevel(r[2]), Parent: r[3], Pinyin: r[4], Short: r[5], Basis: r[6],
		})
	}
	if err != nil {
		return nil, err
	}
	return out, readSeats(fsys, out)
}

// readSeats says where the regions' governments sit.
func readSeats(fsys fs.FS, regions []model.Region) error {
	rows, err := readCSV(fsys, "seats.csv", "code", "lat", "lon")
	if err != nil {
		return err
	}
	for _, r := range rows {
		i := slices.IndexFunc(regions, func(x model.Region) bool { return x.Code == r[0] })
		lat, err1 := strconv.ParseFloat(r[1], 64)
		lon, err2 := strconv.ParseFloat(r[2], 64)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("seats.csv: no place: %v", r)
		}
		if i >= 0 { // a city that keeps a shorter list of regions keeps the same seats
			regions[i].Lat, regions[i].Lon = lat, lon
		}
	}
	return nil
}

func readHolidays(fsys fs.FS) ([]model.Holiday, error) {
	rows, err := readCSV(fsys, "holidays.csv", "date", "kind", "name")
	out := make([]model.Holiday, 0, len(rows))
	for _, r := range rows {
		out = append(out, model.Holiday{Date: model.Date(r[0]), Kind: r[1], Name: r[2]})
	}
	return out, err
}

// readCSV takes exactly the named columns in their order, and gives the rows below them.
func readCSV(fsys fs.FS, name string, columns ...string) ([][]string, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], columns) {
		return nil, fmt.Errorf("%s: the columns are not %v", name, columns)
	}
	return rows[1:], nil
}
