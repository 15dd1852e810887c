package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// slot is what five hundred people want to be in, and fifty can.
type slot struct {
	model.Head `json:",inline"`
	Capacity   int       `json:"capacity"`
	Seats      []booking `json:"seats"`
}

type booking struct {
	ID        string    `json:"id"`
	Applicant string    `json:"applicant"`
	Matter    string    `json:"matter"`
	At        time.Time `json:"at"`
}

var errFull = errors.New("full")

func (s *slot) book(i int) error {
	if len(s.Seats) >= s.Capacity {
		return errFull
	}
	s.Seats = append(s.Seats, booking{fmt.Sprintf("BK%08d", i), fmt.Sprintf("applicant-%d", i), fmt.Sprintf("matter-%d", i), day})
	s.Emit("booked", day, map[string]string{"booking": fmt.Sprintf("BK%08d", i)})
	return nil
}

const people, capacity = 500, 50

// rush lets everybody in at once, and says how long it took, how many were booked and how long the patient waited.
func rush(book func(i int) error) (took time.Duration, booked int, p99 time.Duration, failed error) {
	waits, outcomes := make([]time.Duration, people), make([]error, people)
	gate := make(chan struct{})
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			<-gate
			began := time.Now()
			outcomes[i] = book(i)
			waits[i] = time.Since(began)
		})
	}
	began := time.Now()
	close(gate)
	all.Wait()
	took = time.Since(began)
	for _, err := range outcomes {
		if err == nil {
			booked++
		} else if !errors.Is(err, errFull) {
			failed = err
		}
	}
	slices.Sort(waits)
	return took, booked, waits[people*99/100], failed
}

func slots(t testing.TB, db *store.DB) *store.Collection[slot] {
	t.Helper()
	c, err := store.Open(t.Context(), db, store.Spec[slot]{Name: "slots"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRush(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "rush.db"))
	c := slots(t, db)
	if err := c.Insert(t.Context(), &slot{Head: model.Head{ID: "s"}, Capacity: capacity}); err != nil {
		t.Fatal(err)
	}
	_, booked, _, err := rush(func(i int) error {
		_, err := c.Update(t.Context(), "s", func(s *slot) error { return s.book(i) })
		return err
	})
	if err != nil || booked != capacity {
		t.Errorf("%d were booked, %v; want %d", booked, err, capacity)
	}
	if n := db.Stats().Writes - 1; n > 40 {
		t.Errorf("the rush took %d writes", n)
	}
}

// BenchmarkRush measures a whole rush, ours and by plain optimistic retry on the same engine: "of-plain" is how
// many times faster ours is.
func BenchmarkRush(b *testing.B) {
	e, err := sqlite.OpenEngine(b.Context(), filepath.Join(b.TempDir(), "rush.db"))
	if err != nil {
		b.Fatal(err)
	}
	db := store.New(e, store.Config{})
	defer db.Close()
	c := slots(b, db)
	plain, _, err := e.Open(b.Context(), store.Schema{Name: "plain", Fields: []string{"wake"}, Indexes: []store.Index{{Name: "wake", Sort: "wake"}}})
	if err != nil {
		b.Fatal(err)
	}
	var took, plainTook, worst, plainWorst time.Duration
	var writes, plainWrites int64
	turns := 0
	for b.Loop() {
		turns++
		id := fmt.Sprintf("s%d", turns)
		doc := &slot{Head: model.Head{ID: id}, Capacity: capacity}
		if err := c.Insert(b.Context(), doc); err != nil {
			b.Fatal(err)
		}
		before := db.Stats().Writes
		d, booked, p99, err := rush(func(i int) error {
			_, err := c.Update(b.Context(), id, func(s *slot) error { return s.book(i) })
			return err
		})
		took, worst, writes = took+d, max(worst, p99), writes+db.Stats().Writes-before
		if err != nil || booked != capacity {
			b.Fatalf("%d were booked, %v", booked, err)
		}

		b.StopTimer()
		r := retrier{codec: e.Codec(), table: plain}
		if err := r.save(b.Context(), doc, 0); err != nil {
			b.Fatal(err)
		}
		d, booked, p99, err = rush(func(i int) error { return r.book(b.Context(), id, i) })
		plainTook, plainWorst, plainWrites = plainTook+d, max(plainWorst, p99), plainWrites+r.writes.Load()-1
		if err != nil || booked != capacity {
			b.Fatalf("plain: %d were booked, %v", booked, err)
		}
		b.StartTimer()
	}
	n := float64(turns)
	b.ReportMetric(plainTook.Seconds()/took.Seconds(), "of-plain")
	b.ReportMetric(float64(worst.Milliseconds()), "p99-ms")
	b.ReportMetric(float64(plainWorst.Milliseconds()), "plain-p99-ms")
	b.ReportMetric(float64(writes)/n, "writes/op")
	b.ReportMetric(float64(plainWrites)/n, "plain-writes/op")
}

// retrier books as everyone else's software does: read, change, write if unchanged, else again.
type retrier struct {
	codec  store.Codec
	table  store.Table
	writes atomic.Int64
}

func (r *retrier) book(ctx context.Context, id string, i int) error {
	for {
		row, err := r.table.Get(ctx, id)
		if err != nil {
			return err
		}
		s := new(slot)
		if err := r.codec.Decode(row.Body, s); err != nil {
			return err
		}
		if err := s.book(i); err != nil {
			return err
		}
		s.Rev = row.Rev + 1
		if err := r.save(ctx, s, row.Rev); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

func (r *retrier) save(ctx context.Context, s *slot, rev int64) error {
	body, err := r.codec.Encode(s)
	if err != nil {
		return err
	}
	row := store.Row{ID: s.ID, Rev: s.Rev, Fields: []any{nil}, Body: body}
	if rev == 0 {
		err = r.table.Insert(ctx, row)
	} else {
		err = r.table.Replace(ctx, row, rev)
	}
	if err == nil {
		r.writes.Add(1)
	}
	return err
}
