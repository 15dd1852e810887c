package model

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// References is what a version of an item is checked against before it is published.
type References struct {
	Materials     map[string]Material
	Licences      map[string]Licence
	Organisations *Organisations
}

var (
	itemCode   = regexp.MustCompile(`^SW-([A-Z]{2})-\d{4}$`)
	itemPeriod = regexp.MustCompile(`^P(?:\d+Y)?(?:\d+M)?(?:\d+D)?$`)
)

// Resolve fills in what each requirement takes over from the normalised material, and checks the version
// whole. The error says what is wrong to whoever maintains the catalogue.
func (it *Item) Resolve(refs References) error {
	if err := it.check(); err != nil {
		return err
	}
	for _, region := range it.HandlingRegions {
		if _, err := refs.Organisations.Decider(it, region); err != nil {
			return badRow("item %s: no organisation %s decides it", it.Code, OrgID(region, it.Department))
		}
	}
	if _, ok := refs.Licences[it.Result.Licence]; it.Result.Licence != "" && !ok {
		return badRow("item %s: result: no licence %q", it.Code, it.Result.Licence)
	}
	for i := range it.Situations {
		s := &it.Situations[i]
		if i > 0 && it.Situations[i-1].Code >= s.Code {
			return badRow("item %s: situation %s is given twice or out of order", it.Code, s.Code)
		}
		if err := s.resolve(it, refs); err != nil {
			return err
		}
	}
	return it.checkKiosk()
}

// check looks at what needs no other data.
func (it *Item) check() error {
	m := itemCode.FindStringSubmatch(it.Code)
	switch {
	case m == nil || m[1] != it.Department:
		return badRow("item %q: its code is not SW-department-number", it.Code)
	case it.Version < 1:
		return badRow("item %s: version %d", it.Code, it.Version)
	case it.Name == "" || it.Short == "" || utf8.RuneCountInString(it.Short) > 20:
		return badRow("item %s: needs a name, and a short one of at most 20 characters", it.Code)
	case !oneOf(it.Kind, "permit", "confirmation", "benefit", "service", "other"):
		return badRow("item %s: kind %q", it.Code, it.Kind)
	case !oneOf(it.Subject, SubjectNatural, SubjectLegal, SubjectBoth):
		return badRow("item %s: subject %q", it.Code, it.Subject)
	case !oneOf(it.ItemType, ItemInstant, ItemPromised):
		return badRow("item %s: item_type %q", it.Code, it.ItemType)
	case !oneOf(it.Level, "city", "county", "both"):
		return badRow("item %s: level %q", it.Code, it.Level)
	case it.PromisedDays < 0 || it.PromisedDays > it.StatutoryDays:
		return badRow("item %s: promised days are not between 0 and the statutory", it.Code)
	case it.Instant() && it.PromisedDays > 1:
		return badRow("item %s: an instant item promises 0 or 1 day", it.Code)
	case it.FeeFen < 0 || it.Visits < 0 || it.Hot < 1:
		return badRow("item %s: fee, visits or rank out of range", it.Code)
	case it.FeeFen > 0 && it.FeeNote == "":
		return badRow("item %s: a fee needs a note that says what for", it.Code)
	case !oneOf(it.Result.Kind, "licence", "certificate", "reply") || it.Result.Name == "":
		return badRow("item %s: result", it.Code)
	case !oneOf(it.Result.Validity, "permanent", "none") && (!itemPeriod.MatchString(it.Result.Validity) || it.Result.Validity == "P"):
		return badRow("item %s: result validity %q", it.Code, it.Result.Validity)
	case len(it.Situations) == 0:
		return badRow("item %s: no situation", it.Code)
	}
	if err := it.checkLists(); err != nil {
		return err
	}
	return it.checkSettings()
}

func (it *Item) checkLists() error {
	for _, m := range it.Modes {
		if !m.Valid() {
			return badRow("item %s: mode %q", it.Code, m)
		}
	}
	for _, d := range it.Deliveries {
		if d != DeliverMail && d != DeliverElectronic && d != DeliverPickup {
			return badRow("item %s: delivery %q", it.Code, d)
		}
	}
	// A machine hands its certificate out itself, so only an item that is nowhere else may name no delivery.
	kioskOnly := len(it.Modes) == 1 && it.Modes[0] == ModeKiosk
	if len(it.Modes) == 0 || len(it.HandlingRegions) == 0 || len(it.Deliveries) == 0 && !kioskOnly {
		return badRow("item %s: needs modes, handling regions and deliveries", it.Code)
	}
	if twice(it.Modes) || twice(it.HandlingRegions) || twice(it.Deliveries) {
		return badRow("item %s: a mode, region or delivery is given twice", it.Code)
	}
	return nil
}

func (it *Item) checkSettings() error {
	s := it.Settings
	if s.CorrectionDays != 0 && (s.CorrectionDays < 5 || s.CorrectionDays > 30) {
		return badRow("item %s: correction_days is 5 to 30", it.Code)
	}
	if s.SupplementPauses != "" && !oneOf(s.SupplementPauses, PausesBoth, PausesPromised) {
		return badRow("item %s: supplement_pauses %q", it.Code, s.SupplementPauses)
	}
	if s.RetentionYears != 0 && s.RetentionYears < 10 {
		return badRow("item %s: retention_years is 10 or more", it.Code)
	}
	for _, p := range s.SpecialProcedures {
		if !slices.Contains(Procedures, p) {
			return badRow("item %s: special procedure %q", it.Code, p)
		}
	}
	return nil
}

// resolve checks a situation's list and fills it in.
func (s *Situation) resolve(it *Item, refs References) error {
	number, ok := strings.CutPrefix(s.Code, it.Code+"-")
	if n, err := strconv.Atoi(number); !ok || err != nil || len(number) != 2 || n < 1 || s.Name == "" {
		return badRow("item %s: situation %q needs a code of the item and a name", it.Code, s.Code)
	}
	if len(s.Required()) == 0 {
		return badRow("situation %s: requires nothing", s.Code)
	}
	seen := map[string]bool{}
	for i := range s.Materials {
		r := &s.Materials[i]
		m, ok := refs.Materials[r.Code]
		if !ok || seen[r.Code] {
			return badRow("situation %s: material %s is unknown or given twice", s.Code, r.Code)
		}
		seen[r.Code] = true
		if _, ok := refs.Licences[r.Licence]; r.Licence != "" && !ok {
			return badRow("situation %s: material %s: no licence %q", s.Code, r.Code, r.Licence)
		}
		if err := r.takeOver(m); err != nil {
			return badRow("situation %s: %w", s.Code, err)
		}
		if (r.Originals > 0 || r.Copies > 0) && !it.Offers(ModeWindow) {
			return badRow("situation %s: material %s: paper is only for a window", s.Code, r.Code)
		}
	}
	return nil
}

// takeOver fills a requirement from the normalised material.
func (r *Requirement) takeOver(m Material) error {
	if r.Originals < 0 || r.Copies < 0 {
		return badRow("material %s: number of papers", r.Code)
	}
	if r.Original == "" {
		r.Original = m.Original
	}
	r.Name, r.Category, r.Holder, r.Source, r.Validity = m.Name, m.Category, m.Holder, m.SharingSource, m.Validity
	r.Forms, r.Formats, r.MaxMiB, r.Checks = m.Forms, m.Formats, m.MaxMiB, m.Checks
	return nil
}

// checkKiosk: the first situation of a kiosk item asks only for what a machine can get by itself.
func (it *Item) checkKiosk() error {
	if !it.Offers(ModeKiosk) {
		return nil
	}
	for _, r := range it.Situations[0].Materials {
		if r.Required && !r.MachineCanGet() {
			return badRow("item %s: a kiosk cannot get material %s (%s)", it.Code, r.Code, r.Name)
		}
	}
	return nil
}

// MachineCanGet reports a material that needs no paper and no upload: a form filled in on the screen, an
// electronic licence, or data sharing.
func (r Requirement) MachineCanGet() bool {
	return r.Category == "form" || r.Licence != "" || r.Sharing
}

// Check refuses a normalised material that cannot be asked for.
func (m Material) Check(licences map[string]Licence) error {
	_, known := licences[m.Licence]
	switch {
	case m.Code == "" || m.Name == "":
		return badRow("material %q: needs a code and a name", m.Code)
	case m.Original != OriginalShown && m.Original != OriginalKept && m.Original != OriginalNone:
		return badRow("material %s: original %q", m.Code, m.Original)
	case m.MaxMiB < 1 || m.MaxMiB > 10:
		return badRow("material %s: max_mib is 1 to 10", m.Code)
	case m.Licence != "" && !known:
		return badRow("material %s: no licence %q", m.Code, m.Licence)
	case !oneOf(m.Validity.Rule, "none", "unexpired", "within_days") || (m.Validity.Rule == "within_days") != (m.Validity.Days > 0):
		return badRow("material %s: validity", m.Code)
	}
	for _, f := range m.Forms {
		if !oneOf(f, "original", "copy", "electronic") {
			return badRow("material %s: form %q", m.Code, f)
		}
	}
	for _, f := range m.Formats {
		if !oneOf(f, "jpeg", "png", "pdf") {
			return badRow("material %s: format %q", m.Code, f)
		}
	}
	return nil
}

func oneOf(s string, of ...string) bool { return slices.Contains(of, s) }

func twice[T comparable](list []T) bool {
	seen := make(map[T]bool, len(list))
	for _, x := range list {
		if seen[x] {
			return true
		}
		seen[x] = true
	}
	return false
}
