package verify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/audit"
	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/ledger"
	"kuacheng/biz/matter"
	"kuacheng/biz/parcel"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/verify"
	"kuacheng/dataset"
	"kuacheng/model"
)

var reviewer = model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "rev", Org: "441500-RS", Region: "441500"}

// whole is a matter of which everything holds: a state, a trail that leads to it, who owes the next step.
func whole(t *testing.T, no string) *model.Matter {
	t.Helper()
	m := &model.Matter{Head: model.Head{ID: no}, OwedBy: "441500-RS", HOrg: "441500-RS", Handler: "rev"}
	for range 2 {
		if err := m.Record(model.Note{Kind: model.NoteReveal, Actor: reviewer, At: time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// checker looks at a store that holds these matters and nothing else; put keeps their files.
func checker(t *testing.T, matters []*model.Matter, put func(*file.Store)) *verify.Checker {
	t.Helper()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "v.db")
	db, err := sqlite.Open(ctx, path, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	kept, _, err := matter.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range matters {
		if err := kept.Insert(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = sqlite.Open(ctx, path, store.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d, err := dataset.Load()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	cat, log := catalogue.New(d), slog.New(slog.NewTextHandler(io.Discard, nil))
	c := &verify.Checker{Astray: func(_ context.Context, m *model.Matter) (bool, error) { return m.Handler == "gone", nil }}
	var errs [6]error
	c.Files, errs[0] = file.Open(ctx, filepath.Join(t.TempDir(), "files"), keeper)
	c.Matters, errs[1] = matter.New(ctx, matter.Config{DB: db, Clock: clock.Real{}, Keeper: keeper, Files: c.Files, Catalogue: cat, Log: log})
	c.Ledger, errs[2] = ledger.New(ctx, ledger.Config{DB: db, Clock: clock.Real{}, Catalogue: cat, Matters: c.Matters})
	c.Bookings, errs[3] = booking.New(ctx, booking.Config{DB: db, Clock: clock.Real{}, Catalogue: cat, Matters: c.Matters, Log: log})
	c.Parcels, errs[4] = parcel.New(ctx, parcel.Config{DB: db, Clock: clock.Real{}, Keeper: keeper, Log: log})
	c.Audit, errs[5] = audit.New(ctx, audit.Config{DB: db, Clock: clock.Real{}})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Files.Close() })
	if put != nil {
		put(c.Files)
	}
	return c
}

func TestChecker_Run(t *testing.T) {
	t.Parallel()
	paper := func(key, digest string) *model.MatterFile { return &model.MatterFile{Key: key, SHA256: digest} }
	for name, c := range map[string]struct {
		spoil func(*model.Matter)
		says  string // "" for nothing
	}{
		"all is well":           {func(*model.Matter) {}, ""},
		"the trail was changed": {func(m *model.Matter) { m.Trail[0].Why = "改了" }, "留痕第 1 条"},
		"an entry is gone":      {func(m *model.Matter) { m.Trail = m.Trail[1:] }, "留痕第 1 条"},
		"another state":         {func(m *model.Matter) { m.State = model.MatterAccepted }, "留痕第 3 条"},
		"nobody owes it":        {func(m *model.Matter) { m.OwedBy = "" }, "没有责任单位"},
		"its reviewer left":     {func(m *model.Matter) { m.Handler = "gone" }, "没有移交"},
		"a file is gone":        {func(m *model.Matter) { m.Result = paper("none", "x") }, "读不出"},
		"a file was changed":    {func(m *model.Matter) { m.Result = paper("there", "x") }, "摘要不符"},
		"a parcel is gone":      {func(m *model.Matter) { m.Parcels = []model.MatterParcel{{ID: "kuaidi100:SF1"}} }, "没有它的邮件"},
		"counted by nobody": {func(m *model.Matter) {
			m.Counted = &model.Counted{Day: "2026-11-25", To: "441500", HOrg: "441500-RS", Item: "x", State: model.MatterAccepted}
		}, "台账"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := whole(t, "KC1")
			c.spoil(m)
			check := checker(t, []*model.Matter{m, whole(t, "KC2")}, func(f *file.Store) {
				if _, err := f.Put(t.Context(), "there", []byte("content")); err != nil {
					t.Fatal(err)
				}
			})
			var lines []string
			r, err := check.Run(t.Context(), func(line string) { lines = append(lines, line) })
			if err != nil || r.Matters != 2 || r.Wrong != len(lines) || (c.says == "") != (r.Wrong == 0) {
				t.Fatalf("%+v, %v: %v", r, err, lines)
			}
			if c.says != "" && !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, c.says) }) {
				t.Errorf("says %v", lines)
			}
			if strings.Contains(strings.Join(lines, ""), "KC2") {
				t.Errorf("what is well is told of: %v", lines)
			}
		})
	}
}

// TestChecker_Run_many looks at more than a page, and stops where it cannot look.
func TestChecker_Run_many(t *testing.T) {
	t.Parallel()
	var all []*model.Matter
	for i := range 230 {
		all = append(all, whole(t, fmt.Sprintf("KC%03d", i)))
	}
	c := checker(t, all, nil)
	if r, err := c.Run(t.Context(), func(line string) { t.Error(line) }); err != nil || r.Matters != 230 {
		t.Errorf("%+v, %v", r, err)
	}
	down := errors.New("down")
	c.Astray = func(context.Context, *model.Matter) (bool, error) { return false, down }
	if _, err := c.Run(t.Context(), func(string) {}); !errors.Is(err, down) {
		t.Errorf("%v", err)
	}
}
