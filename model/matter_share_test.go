package model_test

import (
	"errors"
	"testing"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestMatter_shared_data(t *testing.T) {
	t.Parallel()
	now := moment(t, "2026-03-02")
	env := model.Env{Calendar: newCalendar(t)}
	for _, tt := range []struct {
		name   string
		source string
		holder string
		who    model.Actor
		result string
		want   string // of asking
		state  model.MaterialState
	}{
		{"found", "人口库", "applicant", citizen, "found", "", model.MaterialShared},
		{"not found", "人口库", "applicant", citizen, "not_found", "", model.MaterialMissing},
		{"down", "人口库", "", citizen, "unavailable", "", model.MaterialMissing},
		{"no register", "", "applicant", citizen, "", "validation_failed", model.MaterialMissing},
		{"somebody else's", "人口库", "spouse", citizen, "", "validation_failed", model.MaterialMissing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := model.OpenMatter(opening(t, model.ModeOnline, sampleItem(), now), env)
			if err != nil {
				t.Fatal(err)
			}
			mm := &m.Materials[0]
			mm.Source, mm.Holder = tt.source, tt.holder
			err = m.Do(model.Step{Event: model.EvPutMaterial, Actor: tt.who, Now: now, Facts: model.Facts{Material: mm.Code, Share: true}}, env)
			if fault.Code(err) != tt.want {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if err != nil {
				return
			}
			if mm.State != model.MaterialChecking || mm.Present() || len(m.Outbox) == 0 || m.Outbox[0].Kind != model.KindMatterShare && m.Outbox[len(m.Outbox)-1].Kind != model.KindMatterShare {
				t.Fatalf("asked: %s, outbox %v", mm.State, m.Outbox)
			}
			fact := model.SharedFact{Source: tt.source, Result: tt.result, At: now}
			if err := m.Shared(mm.Code, fact, env); err != nil || mm.State != tt.state {
				t.Errorf("answered: %s, %v", mm.State, err)
			}
			if ok, _ := model.VerifyTrail(m); !ok {
				t.Error("the trail does not hold")
			}
			if err := m.Shared(mm.Code, fact, env); !errors.Is(err, model.ErrAlreadyApplied) {
				t.Errorf("answered twice: %v", err)
			}
		})
	}
}
