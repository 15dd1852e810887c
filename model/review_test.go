package model_test

import (
	"errors"
	"slices"
	"testing"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestMatter_Reviewable(t *testing.T) {
	t.Parallel()
	for _, state := range model.MatterStates {
		st := mustReach(t, model.ModeWindow, state)
		want := "not_reviewable"
		if slices.Contains([]model.MatterState{"delivered", "closed", "refused", "terminated", "withdrawn"}, state) {
			want = ""
		}
		now := st.now
		if state == model.MatterLapsed {
			now, want = *st.m.Times.Ended, ""
		}
		if err := st.m.Reviewable(citizen, now); fault.Code(err) != want {
			t.Errorf("%s: %v, want %q", state, err, want)
		}
		if err := st.m.Reviewable(clerk, now); fault.Code(err) != "forbidden" {
			t.Errorf("%s: a clerk rates: %v", state, err)
		}
		if err := st.m.Reviewable(stranger, now); fault.Code(err) != "forbidden" {
			t.Errorf("%s: a stranger rates: %v", state, err)
		}
	}
	st := newStage(t, model.ModeOnline)
	st.do(model.EvWithdraw)
	if err := st.m.Reviewable(citizen, st.now); fault.Code(err) != "not_reviewable" {
		t.Errorf("a draft that nobody has touched: %v", err)
	}
	st = mustReach(t, model.ModeOnline, model.MatterClosed)
	if err := st.m.Reviewable(agent, st.now.AddDate(0, 0, 30)); err != nil {
		t.Errorf("on the thirtieth day: %v", err)
	}
	if err := st.m.Reviewable(agent, st.now.AddDate(0, 0, 31)); fault.Code(err) != "not_reviewable" {
		t.Errorf("after it: %v", err)
	}
}

func TestReview_Rate(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterClosed)
	r := model.NewReview(st.m)
	for _, in := range []model.Rating{{Stars: 0, At: st.now}, {Stars: 6, At: st.now}, {Stars: 1, Tags: []string{"rude"}, At: st.now}, {Stars: 1, Tags: []string{"slow", "slow"}, At: st.now}} {
		if err := r.Rate(st.m, citizen, in); fault.Code(err) != "validation_failed" {
			t.Errorf("%+v: %v", in, err)
		}
	}
	if err := r.Rate(st.m, citizen, model.Rating{Stars: 1, Tags: []string{"slow", "window_wait", "decision_unclear"}, At: st.now}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Objects, []model.ReviewObject{model.ObjectH, model.ObjectR}) || !r.Counts() || !r.Rating.Bad() || r.Rating.By != "ap-1" {
		t.Errorf("the record: %+v", r)
	}
	// Checked before the content.
	if err := r.Rate(st.m, citizen, model.Rating{Stars: 9, At: st.now}); fault.Code(err) != "already_reviewed" {
		t.Errorf("once more: %v", err)
	}
	if err := r.AnswerWith(clerk, model.ReviewMalicious, "查实", st.now); fault.Code(err) != "forbidden" {
		t.Errorf("a clerk finds it malicious: %v", err)
	}
	if err := r.AnswerWith(clerk, model.ReviewRectified, "已整改", st.now); err != nil {
		t.Fatal(err)
	}
	if err := r.RateAgain(stranger, model.Rating{Stars: 4, At: st.now}); fault.Code(err) != "forbidden" {
		t.Errorf("a stranger rates again: %v", err)
	}
	if err := r.RateAgain(citizen, model.Rating{Stars: 4, At: st.now.AddDate(0, 0, 16)}); fault.Code(err) != "not_reviewable" {
		t.Errorf("too late: %v", err)
	}
	if err := r.RateAgain(citizen, model.Rating{Stars: 4, At: st.now}); err != nil {
		t.Fatal(err)
	}
	if err := r.RateAgain(citizen, model.Rating{Stars: 5, At: st.now}); fault.Code(err) != "already_reviewed" {
		t.Errorf("a third time: %v", err)
	}
	if r.Rating.Stars != 1 || r.Second.Stars != 4 {
		t.Errorf("both are kept: %+v, %+v", r.Rating, r.Second)
	}
	if err := r.AnswerWith(supervisor, model.ReviewMistaken, "核实为误评", st.now); err != nil || r.Counts() {
		t.Errorf("a mistaken review counts: %v", err)
	}
}

func TestReview_Silence(t *testing.T) {
	t.Parallel()
	st := mustReach(t, model.ModeOnline, model.MatterClosed)
	r := model.NewReview(st.m)
	if err := r.Default(st.m, st.now.AddDate(0, 0, 15)); fault.Code(err) != "not_reviewable" {
		t.Errorf("on the fifteenth day: %v", err)
	}
	st.wait(16)
	if got := st.told(model.KindMatterReminder, "notice"); !slices.Equal(got, []string{"03-18 review_invited", "03-18 review_default"}) {
		t.Errorf("told: %v", got)
	}
	if err := r.Default(st.m, st.now); err != nil || !r.Defaulted || r.Rating.Stars != 3 || r.Counts() {
		t.Fatalf("silence: %+v, %v", r, err)
	}
	if err := r.Default(st.m, st.now); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Errorf("twice: %v", err)
	}
	// The window of thirty days is still open: silence gives way.
	if err := r.Rate(st.m, citizen, model.Rating{Stars: 5, At: st.now}); err != nil || r.Defaulted || !r.Counts() {
		t.Errorf("after silence: %+v, %v", r, err)
	}
	if err := st.m.SetReviewed(4, st.now, st.env); err != nil || !st.m.Wake.After(st.now.AddDate(0, 0, 7)) { // only what is kept ends then
		t.Errorf("a reviewed matter wants to wake at %v (%v)", st.m.Wake, err)
	}
	if err := st.m.SetReviewed(4, st.now, st.env); !errors.Is(err, model.ErrAlreadyApplied) {
		t.Errorf("reviewed twice: %v", err)
	}
	for stars, name := range map[int]string{0: "", 1: "非常不满意", 3: "基本满意", 5: "非常满意", 6: ""} {
		if got := model.StarsName(stars); got != name {
			t.Errorf("%d stars are %q", stars, got)
		}
	}
}
