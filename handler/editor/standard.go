package editor

import (
	"kuacheng/model"
	api "kuacheng/model/api/editor"
)

// item is a standard as the model has it.
func item(code string, s *api.Standard) model.Item {
	it := model.Item{
		Code: code, GovCode: s.GovCode, Name: s.Name, Short: s.Short, Aliases: s.Aliases, Department: s.Department, Level: s.Level,
		HandlingRegions: s.HandlingRegions, Kind: s.Kind, Subject: s.Subject, ItemType: s.ItemType, StatutoryDays: int(s.StatutoryDays),
		PromisedDays: int(s.PromisedDays), FeeFen: s.FeeFen, FeeNote: s.FeeNote, Visits: int(s.Visits), Hot: int(s.Hot),
	}
	if it.Department == "" && len(code) > 5 {
		it.Department = code[3:5]
	}
	for _, m := range s.Modes {
		it.Modes = append(it.Modes, model.Mode(m))
	}
	for _, d := range s.Deliveries {
		it.Deliveries = append(it.Deliveries, model.DeliveryMethod(d))
	}
	if r := s.Result; r != nil {
		it.Result = model.ItemResult{Kind: r.Kind, Name: r.Name, Licence: r.Licence, Validity: r.Validity}
	}
	if x := s.Settings; x != nil {
		it.Settings = model.ItemSettings{
			CorrectionDays: int(x.CorrectionDays), SupplementPauses: x.SupplementPauses, TwoStep: x.TwoStep, SingleLive: x.SingleLive,
			Joint: x.Joint, CopiesSuffice: x.CopiesSuffice, RetentionYears: int(x.RetentionYears),
		}
		if x.NoProcedures {
			it.Settings.SpecialProcedures = []string{}
		} else if len(x.SpecialProcedures) > 0 {
			it.Settings.SpecialProcedures = x.SpecialProcedures
		}
	}
	for _, x := range s.Situations {
		y := model.Situation{Code: x.Code, Name: x.Name}
		for _, r := range x.Materials {
			y.Materials = append(y.Materials, model.Requirement{
				Code: r.Code, Required: r.Required, When: r.When, Originals: int(r.Originals), Copies: int(r.Copies),
				Original: model.Original(r.Original), Licence: r.Licence, Sharing: r.Sharing, Lackable: r.Lackable,
			})
		}
		it.Situations = append(it.Situations, y)
	}
	return it
}

// shownStandard is the other way round: what it gives can be sent back as a draft.
func shownStandard(it *model.Item) *api.Standard {
	s := &api.Standard{
		GovCode: it.GovCode, Name: it.Name, Short: it.Short, Aliases: words(it.Aliases), Department: it.Department, Level: it.Level,
		HandlingRegions: words(it.HandlingRegions), Kind: it.Kind, Subject: it.Subject, ItemType: it.ItemType, StatutoryDays: int32(it.StatutoryDays),
		PromisedDays: int32(it.PromisedDays), Modes: words(it.Modes), FeeFen: it.FeeFen, FeeNote: it.FeeNote, Visits: int32(it.Visits),
		Hot: int32(it.Hot), Deliveries: words(it.Deliveries), Situations: []*api.Situation{},
		Result: &api.Result{Kind: it.Result.Kind, Name: it.Result.Name, Licence: it.Result.Licence, Validity: it.Result.Validity},
		Settings: &api.Settings{
			CorrectionDays: int32(it.Settings.CorrectionDays), SupplementPauses: it.Settings.SupplementPauses,
			SpecialProcedures: words(it.Settings.SpecialProcedures), TwoStep: it.Settings.TwoStep, SingleLive: it.Settings.SingleLive,
			NoProcedures: it.Settings.SpecialProcedures != nil && len(it.Settings.SpecialProcedures) == 0,
			Joint:        it.Settings.Joint, CopiesSuffice: it.Settings.CopiesSuffice, RetentionYears: int32(it.Settings.RetentionYears),
		},
	}
	for _, x := range it.Situations {
		y := &api.Situation{Code: x.Code, Name: x.Name, Materials: []*api.Requirement{}}
		for _, r := range x.Materials {
			y.Materials = append(y.Materials, &api.Requirement{
				Code: r.Code, Name: r.Name, Required: r.Required, When: r.When, Originals: int32(r.Originals), Copies: int32(r.Copies),
				Original: string(r.Original), Licence: r.Licence, Sharing: r.Sharing, Lackable: r.Lackable,
			})
		}
		s.Situations = append(s.Situations, y)
	}
	return s
}
