package matter

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// remains are what hangs on matters elsewhere: what they were told to forget.
type remains struct{ told []string }

func (r *remains) ForgetMatter(_ context.Context, no string) error {
	r.told = append(r.told, no)
	return nil
}

// A matter that has been kept long enough loses its person, its files and the words of its review; a draft goes whole. What still has
// something to tell, or is not due, stays as it is.
func TestService_expire(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "test.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keeper, err := seal.New([]seal.Key{{ID: "a", Secret: make([]byte, 16)}}, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	files, err := file.Open(ctx, filepath.Join(t.TempDir(), "files"), keeper)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	clk, elsewhere := &clock.Movable{}, &remains{}
	s := &Service{Config: Config{DB: db, Keeper: keeper, Files: files, Clock: clk, Remains: []Remains{elsewhere}}}
	if s.matters, s.reviews, err = Open(ctx, db); err != nil {
		t.Fatal(err)
	}
	ended := clk.Now().AddDate(-3, 0, 0).UTC().Truncate(time.Millisecond)
	put := func(no string, m model.Matter) {
		t.Helper()
		m.ID, m.Applicant, m.Times.Ended = no, "01A", &ended
		f, err := s.keep(ctx, m.Applicant, "matter/"+no+"/M001", "image/png", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.keep(ctx, m.Applicant, "matter/"+no+"/M001", "image/png", []byte("replaced")); err != nil {
			t.Fatal(err)
		}
		m.Materials = []model.MatterMaterial{{Code: "M001", File: f}}
		if err := s.matters.Insert(ctx, &m); err != nil {
			t.Fatal(err)
		}
		if err := s.reviews.Insert(ctx, &model.Review{Head: model.Head{ID: no}, Applicant: "01A", Rating: model.Rating{Stars: 5, By: "01A", Text: "好"}}); err != nil {
			t.Fatal(err)
		}
	}
	at := ended
	put("KC1", model.Matter{State: model.MatterLapsed})
	put("KC2", model.Matter{State: model.MatterWithdrawn, Times: model.MatterTimes{Submitted: &at}})
	put("KC3", model.Matter{State: model.MatterClosed, Times: model.MatterTimes{Submitted: &at}, Decision: &model.Decision{Outcome: model.Granted}})
	busy := model.Matter{State: model.MatterLapsed}
	busy.Emit("matter_event", at, nil)
	put("KC4", busy)
	for range 2 { // a sweep may come twice
		for _, no := range []string{"KC1", "KC2", "KC4"} {
			if gone, err := s.expire(ctx, no); err != nil || !gone && no != "KC1" && no != "KC2" {
				t.Fatal(no, gone, err)
			}
		}
		if gone, err := s.expire(ctx, "KC3"); gone || err != nil {
			t.Fatal("a decision is kept ten years", gone, err)
		}
	}
	if _, err := s.matters.Get(ctx, "KC1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the draft: %v", err)
	}
	m, err := s.matters.Get(ctx, "KC2")
	if err != nil || m.Applicant != model.Anonymous || m.Forgotten == nil || len(m.Files()) > 0 {
		t.Errorf("%+v %v", m, err)
	}
	if r, err := s.reviews.Get(ctx, "KC2"); err != nil || r.Applicant != model.Anonymous || r.Rating.Text+r.Rating.By != model.Anonymous || r.Rating.Stars != 5 {
		t.Errorf("%+v %v", r, err)
	}
	for _, no := range []string{"KC3", "KC4"} {
		if m, err := s.matters.Get(ctx, no); err != nil || m.Applicant != "01A" {
			t.Errorf("%s: %+v %v", no, m, err)
		} else if _, err := files.Get(ctx, m.Materials[0].File.Key); err != nil {
			t.Errorf("%s: %v", no, err)
		}
	}
	if f, err := files.Reseal(ctx, keeper, "", 100); err != nil || f.Looked != 4 { // two of each that stays
		t.Errorf("%d files left, %v", f.Looked, err)
	}
	if len(elsewhere.told) < 2 || elsewhere.told[0] != "KC1" {
		t.Errorf("told %v", elsewhere.told)
	}
}
