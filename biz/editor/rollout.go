package editor

import (
	"context"
	"fmt"
	"slices"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/standard"
)

// Opening is a mode of a city's pairs whose first day a change of the phases moves.
type Opening struct {
	City   string
	Mode   model.Mode
	Before model.Date // "" = never
	After  model.Date
	Closes bool // it is open today and would not be
}

// Preview tells which pairs would open when if the phases were these.
func (s *Service) Preview(phases []model.Phase) ([]Opening, error) {
	now := s.Catalogue.Rollout()
	then, err := model.NewRollout(now.Home(), phases, s.Catalogue.Regions)
	if err != nil {
		return nil, fault.New("validation_failed").Say("阶段设置有误：" + err.Error()).Field("phases").Because(err)
	}
	if err := checkPhases(phases); err != nil {
		return nil, err
	}
	today := s.today()
	out := []Opening{}
	for _, r := range s.Catalogue.Regions.Listed() {
		p := model.Pair{From: r.Code, To: now.Home()}
		if r.Code == now.Home() {
			p.From = s.county()
		}
		for _, m := range model.Modes {
			x := Opening{City: r.Code, Mode: m, Before: now.OpensOn(p, m), After: then.OpensOn(p, m)}
			if x.Before == x.After {
				continue
			}
			x.Closes = now.Live(p, m, today) && !then.Live(p, m, today)
			out = append(out, x)
		}
	}
	return out, nil
}

// county is a part of the home city: with the city it makes the pairs of the phase within it.
func (s *Service) county() string {
	home := s.Catalogue.Rollout().Home()
	for _, code := range s.Catalogue.Regions.Below(home) {
		if code != home {
			return code
		}
	}
	return home
}

func checkPhases(phases []model.Phase) error {
	if len(phases) == 0 {
		return fault.New("validation_failed").Field("phases").Say("至少有一个阶段")
	}
	seen := map[int]bool{}
	for i, p := range phases {
		field := fmt.Sprintf("phases[%d]", i)
		switch {
		case p.Number < 1 || seen[p.Number]:
			return fault.New("validation_failed").Field(field + ".number").Say("阶段序号应从 1 起且不重复")
		case p.Name == "":
			return fault.New("validation_failed").Field(field + ".name").Say("请填写阶段名称")
		case len(p.Cities) == 0 || len(p.Modes) == 0:
			return fault.New("validation_failed").Field(field).Say("每个阶段都要有城市和办理方式")
		}
		seen[p.Number] = true
	}
	return nil
}

// PutPhases replaces the phases. What is open today and would not be any more is refused unless closing says that it is meant.
func (s *Service) PutPhases(ctx context.Context, who model.Actor, phases []model.Phase, reason string, closing bool) ([]Opening, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	for i := range phases {
		phases[i].NewCities = newCities(phases, phases[i])
	}
	openings, err := s.Preview(phases)
	if err != nil {
		return nil, err
	}
	var closes []string
	for _, o := range openings {
		if o.Closes {
			closes = append(closes, s.Catalogue.Regions.Name(o.City)+" "+o.Mode.Name())
		}
	}
	if len(closes) > 0 && !closing {
		return nil, fault.New("pairs_would_close").With("closes", closes)
	}
	_, err = s.Catalogue.ChangeSettings(ctx, func(set *standard.Settings) error { return set.PutPhases(phases, reason, who, s.Clock.Now()) })
	return openings, err
}

// newCities are a phase's cities that no earlier one has.
func newCities(phases []model.Phase, p model.Phase) []string {
	out := []string{}
	for _, city := range p.Cities {
		earlier := slices.ContainsFunc(phases, func(x model.Phase) bool { return x.Number < p.Number && slices.Contains(x.Cities, city) })
		if !earlier {
			out = append(out, city)
		}
	}
	return out
}

// Pauses lists the pauses that hold or are to come; all of them with past.
func (s *Service) Pauses(ctx context.Context, past bool) ([]standard.Pause, error) {
	set, err := s.Catalogue.StoredSettings(ctx)
	if err != nil {
		return nil, fmt.Errorf("editor: reading pauses: %w", err)
	}
	today := s.today()
	return slices.DeleteFunc(slices.Clone(set.Pauses), func(p standard.Pause) bool { return !past && p.Until != "" && p.Until < today }), nil
}

// History lists the latest changes of phases, pauses and organisations, the latest first.
func (s *Service) History(ctx context.Context) ([]standard.Step, error) {
	set, err := s.Catalogue.StoredSettings(ctx)
	if err != nil {
		return nil, fmt.Errorf("editor: reading history: %w", err)
	}
	out := slices.Clone(set.Steps)
	slices.Reverse(out)
	return out, nil
}

// Pause stops new matters of a pair: from and to are cities, and the home city is one of them. The bookings of its drafts are displaced.
func (s *Service) Pause(ctx context.Context, who model.Actor, p standard.Pause) ([]standard.Pause, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	rs, home := s.Catalogue.Regions, s.Catalogue.Rollout().Home()
	for field, city := range map[string]string{"from": p.From, "to": p.To} {
		if _, err := rs.Lookup(field, city); err != nil {
			return nil, err
		}
		if rs.City(city) != city {
			return nil, fault.New("validation_failed").Field(field).Say("请填写城市；县区随所属城市暂停")
		}
	}
	if p.From != home && p.To != home {
		return nil, fault.New("validation_failed").Field("from").Say("城市对须有一方为本市")
	}
	if p.Since == "" {
		p.Since = s.today()
	}
	p.By = who
	if _, err := s.Catalogue.ChangeSettings(ctx, func(set *standard.Settings) error { return set.Pause(p, s.Clock.Now()) }); err != nil {
		return nil, err
	}
	return s.Pauses(ctx, false)
}

// Resume lets a paused pair take new matters again.
func (s *Service) Resume(ctx context.Context, who model.Actor, id, reason string) ([]standard.Pause, error) {
	if err := s.bureau(who); err != nil {
		return nil, err
	}
	if _, err := s.Catalogue.ChangeSettings(ctx, func(set *standard.Settings) error { return set.Resume(id, reason, who, s.Clock.Now()) }); err != nil {
		return nil, err
	}
	return s.Pauses(ctx, false)
}
