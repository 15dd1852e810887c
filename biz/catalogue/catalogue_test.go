package catalogue_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/dataset"
	"kuacheng/model"
	"kuacheng/model/standard"
)

func open(t *testing.T) (*catalogue.Catalogue, *store.DB, *clock.Movable, *dataset.Dataset) {
	t.Helper()
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "k.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk, c := &clock.Movable{}, catalogue.New(d)
	if err := c.Follow(t.Context(), db, clk); err != nil {
		t.Fatal(err)
	}
	return c, db, clk, d
}

// A version holds from its day on, and a clock that goes back finds what was before it.
func TestFollow_day(t *testing.T) {
	t.Parallel()
	c, _, clk, d := open(t)
	it := *d.Items[0]
	it.PromisedDays--
	today := model.DateOf(clk.Now())
	_, err := c.ChangeRecord(t.Context(), it.Code, func(r *standard.Record) error {
		if err := r.PutDraft(it, model.System, clk.Now()); err != nil {
			return err
		}
		return r.Publish(c.References(), standard.Places{}, standard.Release{From: today.Add(2), Reason: "缩短"}, model.System, clk.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	version := func() int { x, _ := c.Item(it.Code); return x.Version }
	if version() != it.Version {
		t.Errorf("before its day: version %d", version())
	}
	clk.Advance(48 * time.Hour)
	if version() != it.Version+1 {
		t.Errorf("on its day: version %d", version())
	}
	clk.Reset()
	if version() != it.Version {
		t.Errorf("back again: version %d", version())
	}
}

// What was stored is there after a restart.
func TestFollow_again(t *testing.T) {
	t.Parallel()
	c, _, clk, d := open(t)
	code, today := d.Items[0].Code, model.DateOf(clk.Now())
	_, err := c.ChangeRecord(t.Context(), code, func(r *standard.Record) error {
		return r.Withdraw(today, "取消", model.System, clk.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	again := catalogue.New(d)
	if _, ok := again.Item(code); !ok {
		t.Fatal("built in")
	}
	stored := *c.Shelves()
	if err := again.FollowShelves(context.Background(), &stored, clk); err != nil {
		t.Fatal(err)
	}
	if _, ok := again.Item(code); ok {
		t.Error("withdrawn, yet on offer")
	}
	if _, ok := again.Known(code); !ok {
		t.Error("matters in flight need it")
	}
	if _, ok := c.Item(code); ok {
		t.Error("withdrawn, yet on offer here")
	}
}

// A pair that is paused is not live, and says why.
func TestZone_paused(t *testing.T) {
	t.Parallel()
	c, _, clk, _ := open(t)
	pair, today := model.Pair{From: "440305", To: "441521"}, model.DateOf(clk.Now())
	if z, err := c.Zone(pair, today); err != nil || !z.Live {
		t.Fatalf("%+v %v", z, err)
	}
	_, err := c.ChangeSettings(t.Context(), func(s *standard.Settings) error {
		return s.Pause(standard.Pause{ID: "p", From: "440300", To: "441500", Since: today, Reason: "系统切换"}, clk.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	if z, _ := c.Zone(pair, today); z.Live || z.Reason != model.PairPaused || z.Note != "系统切换" {
		t.Errorf("%+v", z)
	}
	if z, _ := c.Zone(model.Pair{From: pair.To, To: "440300"}, today); z.Reason == model.PairPaused {
		t.Errorf("the other direction: %+v", z)
	}
}

// Settings that contradict the catalogue are refused before they are written.
func TestChangeSettings_refused(t *testing.T) {
	t.Parallel()
	c, _, _, _ := open(t)
	_, err := c.ChangeSettings(t.Context(), func(s *standard.Settings) error {
		s.Organisations = []model.Organisation{{ID: "x"}}
		return nil
	})
	if err == nil {
		t.Fatal("taken")
	}
	s, err := c.StoredSettings(t.Context())
	if err != nil || len(s.Organisations) > 0 {
		t.Errorf("%+v %v", s, err)
	}
}
