package model_test

import (
	"testing"
	"time"

	"kuacheng/model"
)

func TestReviewPicture_is_judged_once(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	wake := now.Add(30 * time.Minute)
	for name, c := range map[string]struct {
		state, verdict string
		judged         bool
		want           string
	}{
		"passes":              {model.CheckPending, model.CheckPassed, true, model.CheckPassed},
		"is risky":            {model.CheckPending, model.CheckRisky, true, model.CheckRisky},
		"comes again":         {model.CheckPassed, model.CheckPassed, false, model.CheckPassed},
		"is taken back never": {model.CheckRisky, model.CheckPassed, false, model.CheckRisky},
		"comes late":          {model.CheckHeld, model.CheckPassed, true, model.CheckPassed},
	} {
		p := &model.ReviewPicture{Trace: "t", Check: model.ContentCheck{State: c.state}}
		p.Wake = &wake
		if got := p.Judged(c.verdict, 1, now); got != c.judged || p.Check.State != c.want || c.judged && p.Wake != nil {
			t.Errorf("%s: %v, %+v, wake %v", name, got, p.Check, p.Wake)
		}
	}
	p := &model.ReviewPicture{Check: model.ContentCheck{State: model.CheckPending}}
	if p.Overdue(now) || !p.Asked("t", now) || p.Asked("u", now) || p.Overdue(now.Add(29*time.Minute)) {
		t.Errorf("%+v", p)
	}
	if !p.Overdue(now.Add(30*time.Minute)) || p.Check.State != model.CheckHeld || p.Overdue(now.Add(time.Hour)) {
		t.Errorf("after half an hour: %+v", p)
	}
}
