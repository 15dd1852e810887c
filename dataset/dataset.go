// Package dataset is the reference and sample data that the program is built with: regions, phases, holidays,
// the catalogue, halls, the sandbox's people. Load reads it once at start into the model's types and refuses
// data that contradicts itself, so that nothing behind it needs to check a reference again. A city that runs
// the system replaces the sample files (catalogue, materials, licences, halls) and keeps their form.
package dataset

import (
	"fmt"
	"io/fs"

	"kuacheng/model"
)

// Dataset is everything that was loaded, checked against each other. Nothing in it is changed afterwards.
type Dataset struct {
	Regions       *model.Regions
	Rollout       *model.Rollout
	Plan          Plan
	Holidays      []model.Holiday
	Legend        Legend
	Items         []*model.Item // most frequent first, materials resolved
	Materials     []model.Material
	Licences      []model.Licence
	Departments   []model.Department
	Organisations *model.Organisations
	Schedules     map[string]model.Schedule
	BookingRules  model.BookingRules
	Halls         []*model.Hall
	SandboxStaff  []SandboxStaff
	Templates     []Template
}

// Plan is what phases.yaml says of the plan itself.
type Plan struct {
	Title     string     `json:"title"`
	Issued    model.Date `json:"issued"`
	Published model.Date `json:"published"`
	Starts    string     `json:"starts"` // a month
	Ends      model.Date `json:"ends"`
	Bureau    string     `json:"bureau"` // the organisation that leads
}

// Legend holds the Chinese names of the catalogue's codes.
type Legend struct {
	Departments map[string]string `json:"departments"`
	Kinds       map[string]string `json:"kinds"`
	ItemTypes   map[string]string `json:"item_types"`
	Subjects    map[string]string `json:"subjects"`
	Levels      map[string]string `json:"levels"`
	Modes       map[string]string `json:"modes"`
	Deliveries  map[string]string `json:"deliveries"`
	Results     map[string]string `json:"results"`
}

// SandboxStaff is an account of the sandbox. Its password is in API.md and never one of a real installation.
type SandboxStaff struct {
	Username     string     `json:"username"`
	Name         string     `json:"name"`
	Role         model.Role `json:"role"`
	Lead         bool       `json:"lead"`
	Organisation string     `json:"organisation"`
	Hall         string     `json:"hall"`
}

// Template is a WeChat subscription message.
type Template struct {
	Key    string          `json:"key"`
	ID     string          `json:"id"` // empty here: an account's configuration gives it
	Title  string          `json:"title"`
	Kind   string          `json:"kind"` // once or long
	Page   string          `json:"page"`
	Fields []TemplateField `json:"fields"`
}

// TemplateField maps one of our variables to WeChat's keyword.
type TemplateField struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Var     string `json:"var"`
	Example string `json:"example"`
}

// References is what a new version of an item is checked against.
func (d *Dataset) References() model.References {
	return model.References{
		Materials:     index(d.Materials, func(m model.Material) string { return m.Code }),
		Licences:      index(d.Licences, func(l model.Licence) string { return l.Code }),
		Organisations: d.Organisations,
	}
}

func index[T any](rows []T, key func(T) string) map[string]T {
	out := make(map[string]T, len(rows))
	for _, r := range rows {
		out[key(r)] = r
	}
	return out
}

// Load reads the data that the program was built with.
func Load() (*Dataset, error) {
	r, err := readSnapshot()
	if err != nil {
		return nil, err
	}
	return assemble(r)
}

// LoadFS reads the same files from elsewhere: a city's own catalogue and halls.
func LoadFS(fsys fs.FS) (*Dataset, error) {
	r, err := read(fsys)
	if err != nil {
		return nil, err
	}
	return assemble(r)
}

// assemble checks the files against each other and builds the model's types from them.
func assemble(r *raw) (*Dataset, error) {
	var err error
	d := &Dataset{
		Plan: r.Phases.Plan, Holidays: r.Holidays, Legend: r.Items.Legend, Materials: r.Materials.Materials,
		Licences: r.Licences.Licences, Departments: r.Halls.Departments, SandboxStaff: r.Halls.SandboxStaff,
		Templates: r.Templates.Templates, BookingRules: r.Halls.BookingDefaults, Schedules: map[string]model.Schedule{},
	}
	if d.Regions, err = model.NewRegions(r.Regions); err != nil {
		return nil, fmt.Errorf("regions.csv: %w", err)
	}
	if d.Rollout, err = model.NewRollout(r.Phases.Home, r.Phases.Phases, d.Regions); err != nil {
		return nil, fmt.Errorf("phases.yaml: %w", err)
	}
	if d.Organisations, err = model.NewOrganisations(r.Halls.Organisations, d.Regions); err != nil {
		return nil, fmt.Errorf("halls.yaml: %w", err)
	}
	if err := d.takeHalls(r.Halls); err != nil {
		return nil, fmt.Errorf("halls.yaml: %w", err)
	}
	if err := d.checkRows(); err != nil {
		return nil, err
	}
	return d, d.takeItems(r.Items.Items)
}
