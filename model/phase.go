package model

import (
	"slices"

	"kuacheng/model/fault"
)

// Mode is one of the three ways of getting a matter done (plan §二).
type Mode string

const (
	ModeOnline Mode = "online" // 全程网办
	ModeWindow Mode = "window" // 异地窗口代收代办
	ModeKiosk  Mode = "kiosk"  // 一体机
)

// Modes are the three in the order in which they are shown.
var Modes = []Mode{ModeOnline, ModeWindow, ModeKiosk}

// Valid reports whether m is one of the three.
func (m Mode) Valid() bool { return slices.Contains(Modes, m) }

// Name is the mode in the plan's words.
func (m Mode) Name() string {
	switch m {
	case ModeOnline:
		return "全程网办"
	case ModeWindow:
		return "异地窗口代收代办"
	case ModeKiosk:
		return "一体机办理"
	}
	return string(m)
}

// Phase is one step of the roll-out. Dates come from data, never from code: a city may open earlier.
type Phase struct {
	Number    int          `json:"number"`
	Name      string       `json:"name"`
	Scope     string       `json:"scope"` // within_city or cross_city
	Due       Date         `json:"due"`
	LiveFrom  Date         `json:"live_from"`
	Cities    []string     `json:"cities"`
	NewCities []string     `json:"new_cities"`
	Modes     []Mode       `json:"modes"`
	Targets   map[Mode]int `json:"targets,omitempty"`
}

const (
	scopeWithin = "within_city"
	scopeCross  = "cross_city"
)

// Pair is an ordered pair of regions: who receives, who handles.
type Pair struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Reasons for which a pair is not live.
const (
	NotCovered      = "not_covered"       // a pair without the home city
	PhaseNotReached = "phase_not_reached" // its phase is still to come
	PairPaused      = "paused"            // the two cities stopped it for a while
	NoItems         = "no_items"          // nothing is offered yet
)

// Rollout answers which pair is open, in which mode, since when. It is fixed after NewRollout.
type Rollout struct {
	home    string
	phases  []Phase
	regions *Regions
}

// NewRollout checks the phases against the regions and sorts them by number.
func NewRollout(home string, phases []Phase, regions *Regions) (*Rollout, error) {
	if r, ok := regions.Get(home); !ok || r.Level != LevelCity {
		return nil, badRow("phases: home %q is not a city", home)
	}
	ro := &Rollout{home: home, phases: slices.Clone(phases), regions: regions}
	slices.SortFunc(ro.phases, func(a, b Phase) int { return a.Number - b.Number })
	for _, p := range ro.phases {
		if p.Scope != scopeWithin && p.Scope != scopeCross {
			return nil, badRow("phase %d: scope %q", p.Number, p.Scope)
		}
		if _, ok := ParseDate(string(p.LiveFrom)); !ok {
			return nil, badRow("phase %d: live_from %q", p.Number, p.LiveFrom)
		}
		for _, c := range slices.Concat(p.Cities, p.NewCities) {
			if r, ok := regions.Get(c); !ok || r.Level != LevelCity {
				return nil, badRow("phase %d: %q is not a city", p.Number, c)
			}
		}
		for _, m := range p.Modes {
			if !m.Valid() {
				return nil, badRow("phase %d: mode %q", p.Number, m)
			}
		}
	}
	return ro, nil
}

// Home is the city that runs this system.
func (ro *Rollout) Home() string { return ro.home }

// Phases lists the steps in order.
func (ro *Rollout) Phases() []Phase { return slices.Clone(ro.phases) }

// Check refuses codes that no pair can be made of: 422 unknown_region, same_region.
func (ro *Rollout) Check(p Pair) error {
	if _, err := ro.regions.Lookup("from", p.From); err != nil {
		return err
	}
	if _, err := ro.regions.Lookup("to", p.To); err != nil {
		return err
	}
	if p.From == p.To {
		return fault.New("same_region").Field("to").With("region", p.To)
	}
	return nil
}

// partner is the city that stands opposite the home city and the scope of the pair; ok is false for a pair
// that the plan does not cover: neither side is of the home city, or one is a whole province.
func (ro *Rollout) partner(p Pair) (city, scope string, ok bool) {
	from, to := ro.regions.City(p.From), ro.regions.City(p.To)
	switch {
	case from == "" || to == "" || p.From == p.To:
		return "", "", false
	case from == ro.home && to == ro.home:
		return ro.home, scopeWithin, true
	case from == ro.home:
		return to, scopeCross, true
	case to == ro.home:
		return from, scopeCross, true
	}
	return "", "", false
}

// phaseOf is the earliest phase that has the pair's city and, where mode is given, the mode.
func (ro *Rollout) phaseOf(p Pair, mode Mode) (Phase, bool) {
	city, scope, ok := ro.partner(p)
	if !ok {
		return Phase{}, false
	}
	for _, ph := range ro.phases {
		if ph.Scope == scope && slices.Contains(ph.Cities, city) && (mode == "" || slices.Contains(ph.Modes, mode)) {
			return ph, true
		}
	}
	return Phase{}, false
}

// Phase is the number of the phase in which a pair joins, 0 for a pair that is not covered.
func (ro *Rollout) Phase(p Pair) int {
	ph, _ := ro.phaseOf(p, "")
	return ph.Number
}

// OpensOn is the first day on which the plan opens a mode of a pair; "" when it never does.
func (ro *Rollout) OpensOn(p Pair, mode Mode) Date {
	ph, _ := ro.phaseOf(p, mode)
	return ph.LiveFrom
}

// Live reports whether the plan has opened the mode of the pair on a date. Whether anything is offered there
// is Zone's to say.
func (ro *Rollout) Live(p Pair, mode Mode, on Date) bool {
	d := ro.OpensOn(p, mode)
	return d != "" && d <= on
}

// RegionPhase is the phase in which a region's pairs with the home city open, and whether they have; what the
// list of regions shows beside each name. The home city and its parts open with phase 1.
func (ro *Rollout) RegionPhase(code string, on Date) (phase int, live bool) {
	p := Pair{From: code, To: ro.home}
	if ro.regions.City(code) == ro.home {
		p = Pair{From: ro.home, To: firstOther(ro.regions.Below(ro.home), ro.home)}
	}
	ph, ok := ro.phaseOf(p, "")
	return ph.Number, ok && ph.LiveFrom <= on
}

func firstOther(codes []string, not string) string {
	for _, c := range codes {
		if c != not {
			return c
		}
	}
	return ""
}

// ZoneFacts is what Zone needs to know beyond the plan; the caller gathers it.
type ZoneFacts struct {
	Items  []*Item // published items that a region of `to` handles (ItemFilter{To: pair.To})
	Hall   bool    // an active hall with an open cross-city window receives for `from`
	Device bool    // a registered self-service machine stands in `from`'s region
	Paused bool    // the two cities paused this pair
	Reason string  // why, in words
}

// Zone is the 专区 of one pair: what it offers now, or why it does not.
type Zone struct {
	Pair
	Live      bool   `json:"live"`
	Phase     int    `json:"phase,omitempty"`
	OpensOn   Date   `json:"opens_on,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Note      string `json:"note,omitempty"` // the pause in words
	Modes     []Mode `json:"modes"`
	ItemCount int    `json:"item_count"`
}

// Zone tells what a pair offers on a date. It refuses only unknown codes and one region twice; a pair that is
// not live is an answer, not an error.
func (ro *Rollout) Zone(p Pair, on Date, f ZoneFacts) (Zone, error) {
	z := Zone{Pair: p, Modes: []Mode{}}
	if err := ro.Check(p); err != nil {
		return z, err
	}
	ph, covered := ro.phaseOf(p, "")
	if !covered {
		z.Reason = NotCovered
		return z, nil
	}
	z.Phase, z.OpensOn = ph.Number, ph.LiveFrom
	if ph.LiveFrom > on {
		z.Reason = PhaseNotReached
		return z, nil
	}
	if f.Paused {
		z.Reason, z.Note = PairPaused, f.Reason
		return z, nil
	}
	for _, m := range Modes {
		if ro.Live(p, m, on) && f.offers(m) {
			z.Modes = append(z.Modes, m)
		}
	}
	for _, it := range f.Items {
		if it.offersAny(z.Modes) {
			z.ItemCount++
		}
	}
	z.Live = z.ItemCount > 0
	if !z.Live {
		z.Reason = NoItems
	}
	return z, nil
}

// offers: a mode needs an item in it and, at a window, an open cross-city window; at a kiosk, a machine.
func (f ZoneFacts) offers(m Mode) bool {
	if m == ModeWindow && !f.Hall || m == ModeKiosk && !f.Device {
		return false
	}
	return slices.ContainsFunc(f.Items, func(it *Item) bool { return it.Offers(m) })
}

// Admit refuses a new matter where the pair is not live (409 pair_not_live with the zone's own details) or
// not in this mode (409 mode_not_offered).
func (z Zone) Admit(m Mode) error {
	if !z.Live {
		f := fault.New("pair_not_live").With("live", false).With("reason", z.Reason).With("modes", z.Modes)
		if z.Phase > 0 {
			f = f.With("phase", z.Phase).With("opens_on", z.OpensOn)
		}
		return f
	}
	if !slices.Contains(z.Modes, m) {
		return fault.New("mode_not_offered").With("mode", m).With("modes", z.Modes)
	}
	return nil
}
