package notice_test

import (
	"context"
	"fmt"
	"testing"

	"kuacheng/model"
)

// people has merged one account into another.
type people struct{ from, to string }

func (p people) Survivor(_ context.Context, id string) (string, error) {
	if id == p.from {
		return p.to, nil
	}
	return id, nil
}

func TestService_Reown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 130 {
		w.give(t, fmt.Sprintf("KC1#%d", i), "matter_withdrawn")
	}
	w.give(t, "KC2#1", "matter_withdrawn", func(d *model.NoticeDraft) { d.Recipient = "ap_2" })
	for range 2 {
		if err := w.Reown(t.Context(), "ap_1", "ap_2"); err != nil {
			t.Fatal(err)
		}
	}
	old, err := w.Inbox(t.Context(), "ap_1", 100, "")
	if err != nil || len(old.Items) != 0 {
		t.Errorf("%d left, %v", len(old.Items), err)
	}
	if n, err := w.Read(t.Context(), "ap_2", "KC1.7:ap_1"); err != nil || n.ReadAt == nil {
		t.Errorf("a notice by its old id: %v", err)
	}
	// What happens to the old account from now on is told to the other, and told again it is the same notice.
	w.UsePeople(people{"ap_1", "ap_2"})
	w.give(t, "KC1#7", "matter_withdrawn")
	w.give(t, "KC1#200", "matter_withdrawn")
	n := 0
	for cursor := ""; ; {
		page, err := w.Inbox(t.Context(), "ap_2", 100, cursor)
		if err != nil {
			t.Fatal(err)
		}
		if n += len(page.Items); page.Next == "" {
			break
		}
		cursor = page.Next
	}
	if n != 132 {
		t.Errorf("%d notices, want 132", n)
	}
}
