package dossier

import (
	"testing"
	"time"

	"kuacheng/handler/show"
	"kuacheng/model"
)

func TestMemo_stands_while_documents_and_date_do(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	d := &Desk{Show: &show.Shower{Now: func() time.Time { return now }}, Memo: NewMemo()}
	a, b := &model.Matter{}, &model.Matter{}
	mine := model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "a"}
	theirs, staff := mine, mine
	theirs.ID, staff.Org = "b", "441500-RS"
	made := 0
	for _, step := range []struct {
		name  string
		who   model.Actor
		docs  []any
		next  string
		later time.Duration
		made  int
	}{
		{"first", mine, []any{a}, "", 0, 1},
		{"again", mine, []any{a}, "", 0, 1},
		{"another person", theirs, []any{a}, "", 0, 2},
		{"written since", mine, []any{b}, "", 0, 3},
		{"one more", mine, []any{b, a}, "", 0, 4},
		{"another cursor", mine, []any{b, a}, "next", 0, 5},
		{"later that day", mine, []any{b, a}, "next", time.Hour, 5},
		{"the next day", mine, []any{b, a}, "next", 24 * time.Hour, 6},
		{"staff", staff, []any{a}, "", 0, 7},
		{"staff again", staff, []any{a}, "", 0, 8},
	} {
		now = now.Add(step.later)
		if _, err := d.render(step.who, source{
			name: "x", docs: len(step.docs), doc: func(i int) any { return step.docs[i] }, next: step.next,
			show: func() (any, error) { made++; return made, nil },
		}); err != nil || made != step.made {
			t.Fatalf("%s: made %d times, %v; want %d", step.name, made, err, step.made)
		}
	}
}
