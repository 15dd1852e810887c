package matter

import (
	"path/filepath"
	"testing"

	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// TestService_HandOver: only what is open and in somebody's name is held, and handing it over twice is once.
func TestService_HandOver(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "m.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &Service{Config: Config{DB: db, Clock: clock.Real{}}}
	if s.matters, s.reviews, err = Open(ctx, db); err != nil {
		t.Fatal(err)
	}
	for no, m := range map[string]*model.Matter{
		"KC1": {State: model.MatterAccepted, Handler: "a", Dues: map[string]model.Date{"a": "2026-12-02"}},
		"KC2": {State: model.MatterDecided, Handler: "a", Dues: map[string]model.Date{"a": "2026-12-01"}},
		"KC3": {State: model.MatterClosed, Handler: "a"},
		"KC4": {State: model.MatterAccepted, Handler: "b"},
		"KC5": {State: model.MatterAwaitingAcceptance},
	} {
		m.ID = no
		if err := s.matters.Insert(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.CountHeld(ctx, "a"); err != nil || n != 2 {
		t.Fatalf("%d held, %v", n, err)
	}
	page, err := s.Held(ctx, "a", 1, "")
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "KC2" || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	boss := model.Actor{Door: model.DoorSupervise, Role: model.RoleSupervisor, ID: "boss"}
	for _, no := range []string{"KC1", "KC1", "KC3", "KC4", "KC9"} {
		if err := s.HandOver(ctx, no, "a", "b", boss, "离职"); err != nil {
			t.Fatal(err)
		}
	}
	for no, want := range map[string]string{"KC1": "b", "KC2": "a", "KC3": "a", "KC4": "b"} {
		if m, err := s.matters.Get(ctx, no); err != nil || m.Handler != want {
			t.Errorf("%s: %s, %v", no, m.Handler, err)
		}
	}
	if m, _ := s.matters.Get(ctx, "KC1"); len(m.Trail) != 1 {
		t.Errorf("%+v", m.Trail)
	}
	if page, err = s.Held(ctx, "a", 10, page.Next); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}
