package bureau_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
)

var (
	now     = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	days    = model.NewCalendar(nil)
	bureau1 = model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "s", Org: "441500-ZS", Region: "441500"}
	unit    = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "r", Org: "441500-RS", Region: "441500"}
)

// TestProblem_is_always_somebodys: whatever is tried, a ticket that is not closed and not answered wakes when its term ends, one that was
// given has one unit, only the unit answers, and what was refused leaves no step.
func TestProblem_is_always_somebodys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := now
		p := bureau.NewProblem("pb1", bureau.Opening{
			Source: rapid.SampledFrom([]string{bureau.SourceReview, bureau.SourceCitizen}).Draw(t, "source"), Title: "x", Region: "441500",
			Unit: rapid.SampledFrom([]string{"", unit.Org}).Draw(t, "unit"), Urgent: rapid.Bool().Draw(t, "urgent"),
		}, model.System, at, days)
		for range rapid.IntRange(0, 20).Draw(t, "acts") {
			at = at.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour)
			before, steps := p.State, len(p.Steps)
			var err error
			switch rapid.IntRange(0, 6).Draw(t, "act") {
			case 0:
				err = p.Assign(bureau1, rapid.SampledFrom([]string{"441500-RS", "441500-GA"}).Draw(t, "to"), "", at, days)
			case 1:
				err = p.Answer(rapid.SampledFrom([]model.Actor{unit, bureau1}).Draw(t, "by"), rapid.SampledFrom([]string{"", "好"}).Draw(t, "text"), at)
				if err == nil && p.Unit != unit.Org {
					t.Fatal("another unit answered")
				}
			case 2:
				err = p.SendBack(bureau1, "再查", at, days)
			case 3:
				err = p.Extend(bureau1, "复杂", at, days)
			case 4:
				err = p.Contact(unit, "", at)
			case 5:
				p.Overdue(at, days)
			case 6:
				err = p.Close(bureau1, rapid.SampledFrom([]string{"", "已整改"}).Draw(t, "why"), at)
			}
			if err != nil && (p.State != before || len(p.Steps) != steps) {
				t.Fatalf("%s was refused and changed the ticket", fault.Code(err))
			}
			waits := p.State == bureau.ProblemOpen || p.State == bureau.ProblemAssigned
			if waits != (p.Wake != nil) || p.State != bureau.ProblemOpen && p.State != bureau.ProblemClosed && p.Unit == "" {
				t.Fatalf("%s with wake %v and unit %q", p.State, p.Wake, p.Unit)
			}
			if before == bureau.ProblemClosed && p.State != bureau.ProblemClosed {
				t.Fatal("a closed ticket came back")
			}
		}
	})
}

func TestProblem_terms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o            bureau.Opening
		due, contact model.Date
	}{
		"five working days": {bureau.Opening{Source: bureau.SourceCitizen}, "2026-12-02", ""},
		"urgent":            {bureau.Opening{Source: bureau.SourceStaff, Urgent: true}, "2026-11-26", ""},
		"bad review":        {bureau.Opening{Source: bureau.SourceReview, Unit: unit.Org}, "2026-12-02", "2026-11-26"},
	} {
		p := bureau.NewProblem("pb1", c.o, model.System, now, days)
		if p.Due != c.due || p.ContactBy != c.contact {
			t.Errorf("%s: due %s, contact by %s", name, p.Due, p.ContactBy)
		}
	}
	p := bureau.NewProblem("pb1", bureau.Opening{Source: bureau.SourceCitizen, Unit: unit.Org}, model.System, now, days)
	for range 2 {
		if !p.Overdue(p.Due.Add(1).Start(), days) {
			t.Fatal("not late")
		}
	}
	if !p.ForMeeting() {
		t.Error("late twice, and not for the meeting")
	}
}
