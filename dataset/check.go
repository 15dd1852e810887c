package dataset

import (
	"fmt"

	"kuacheng/model"
)

// takeItems resolves and checks the catalogue.
func (d *Dataset) takeItems(items []model.Item) error {
	refs := d.References()
	codes, ranks := map[string]bool{}, map[int]bool{}
	for i := range items {
		it := &items[i]
		if codes[it.Code] || ranks[it.Hot] {
			return fmt.Errorf("items.yaml: item %s: its code or its rank %d is given twice", it.Code, it.Hot)
		}
		codes[it.Code], ranks[it.Hot] = true, true
		if err := it.Resolve(refs); err != nil {
			return fmt.Errorf("items.yaml: %w", err)
		}
		d.Items = append(d.Items, it)
	}
	model.SortItems(d.Items)
	return nil
}

// checkRows looks at the small lists that the rest refers to.
func (d *Dataset) checkRows() error {
	refs := d.References()
	if len(refs.Materials) != len(d.Materials) {
		return fmt.Errorf("materials.yaml: a code is given twice")
	}
	if len(refs.Licences) != len(d.Licences) {
		return fmt.Errorf("licences.yaml: a code is given twice")
	}
	for _, m := range d.Materials {
		if err := m.Check(refs.Licences); err != nil {
			return fmt.Errorf("materials.yaml: %w", err)
		}
	}
	if err := model.CheckHolidays(d.Holidays); err != nil {
		return fmt.Errorf("holidays.csv: %w", err)
	}
	if _, ok := d.Organisations.Get(d.Plan.Bureau); !ok {
		return fmt.Errorf("phases.yaml: no organisation %q", d.Plan.Bureau)
	}
	departments := index(d.Departments, func(x model.Department) string { return x.Code })
	for _, o := range d.Organisations.All() {
		if _, ok := departments[o.Department]; !ok {
			return fmt.Errorf("halls.yaml: organisation %s: no department %s", o.ID, o.Department)
		}
	}
	for _, s := range d.SandboxStaff {
		if err := d.checkStaff(s); err != nil {
			return fmt.Errorf("halls.yaml: %w", err)
		}
	}
	return nil
}

func (d *Dataset) checkStaff(s SandboxStaff) error {
	org, ok := d.Organisations.Get(s.Organisation)
	if !ok {
		return fmt.Errorf("staff %s: no organisation %q", s.Username, s.Organisation)
	}
	if s.Hall != "" {
		h, ok := index(d.Halls, func(h *model.Hall) string { return h.ID })[s.Hall]
		if !ok || h.Organisation != s.Organisation {
			return fmt.Errorf("staff %s: %s is not a hall of %s", s.Username, s.Hall, s.Organisation)
		}
	}
	return s.Account(org).Check(org)
}

// Account is the staff document of a sandbox account, without name and password: those are sealed and hashed
// by who stores it.
func (s SandboxStaff) Account(org model.Organisation) *model.Staff {
	return &model.Staff{
		Head: model.Head{ID: s.Username}, NameMask: model.MaskName(s.Name), Role: s.Role, Org: org.ID, Region: org.Region,
		Hall: s.Hall, Lead: s.Lead, Active: true, Sandbox: true,
	}
}
