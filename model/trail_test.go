package model_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
)

func TestVerifyTrail_SeesTampering(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(m *model.Matter){
		"who":                 func(m *model.Matter) { m.Trail[1].By = "someone" },
		"when":                func(m *model.Matter) { m.Trail[1].At = m.Trail[1].At.Add(time.Millisecond) },
		"organisation":        func(m *model.Matter) { m.Trail[1].Org = "441500-RS" },
		"why":                 func(m *model.Matter) { m.Trail[1].Why += "。" },
		"side":                func(m *model.Matter) { m.Trail[1].Side = model.SideH },
		"data":                func(m *model.Matter) { m.Trail[1].Data["checks"] = "" },
		"more data":           func(m *model.Matter) { m.Trail[1].Data["x"] = "y" },
		"left out":            func(m *model.Matter) { m.Trail = append(m.Trail[:1], m.Trail[2:]...) },
		"swapped":             func(m *model.Matter) { m.Trail[1], m.Trail[2] = m.Trail[2], m.Trail[1] },
		"the end cut off":     func(m *model.Matter) { m.Trail = m.Trail[:len(m.Trail)-1] },
		"another state":       func(m *model.Matter) { m.State = model.MatterDecided },
		"another matter's":    func(m *model.Matter) { m.ID = "KC4415002611240000010" },
		"moved between parts": func(m *model.Matter) { m.Trail[1].By, m.Trail[1].Role = m.Trail[1].By+"c", "lerk" },
		"no trail":            func(m *model.Matter) { m.Trail = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mustReach(t, model.ModeWindow, model.MatterAwaitingAcceptance).m
			if ok, bad := model.VerifyTrail(m); !ok || bad != -1 {
				t.Fatalf("before: %v at %d", ok, bad)
			}
			tamper(m)
			if ok, bad := model.VerifyTrail(m); ok || bad < 0 || bad > len(m.Trail) {
				t.Errorf("holds (%v, %d)", ok, bad)
			}
		})
	}
}

func TestVerifyTrail_AnyChangedEntryIsFound(t *testing.T) {
	t.Parallel()
	whole := mustReach(t, model.ModeWindow, model.MatterClosed).m
	rapid.Check(t, func(t *rapid.T) {
		m := clone(t, whole)
		i := rapid.IntRange(0, len(m.Trail)-1).Draw(t, "entry")
		e := &m.Trail[i]
		field := rapid.SampledFrom([]*string{&e.By, &e.Org, &e.Event, &e.Why, &e.Cause, &e.Region, &e.Hash}).Draw(t, "field")
		*field += rapid.StringN(1, 10, -1).Draw(t, "more")
		if ok, bad := model.VerifyTrail(m); ok || bad != i {
			t.Fatalf("entry %d was changed, the check says %v at %d", i, ok, bad)
		}
	})
}

func TestMatter_Record(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeWindow, model.MatterAwaitingAcceptance)
	n := model.Note{Kind: model.NoteReveal, Actor: reviewer, At: st.now, Why: "核对", Cause: "req-1", Data: map[string]string{"field": "phone"}}
	if err := st.m.Record(n); err != nil {
		t.Fatal(err)
	}
	if err := st.m.Record(n); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Errorf("the same unmasking again: %v", err)
	}
	if e := st.m.Trail[len(st.m.Trail)-1]; e.Event != "reveal" || e.From != e.To || e.Data["field"] != "phone" {
		t.Errorf("the entry: %+v", e)
	}
	if ok, bad := model.VerifyTrail(st.m); !ok {
		t.Errorf("the chain breaks at %d", bad)
	}
	st.do(model.EvAccept)
}
