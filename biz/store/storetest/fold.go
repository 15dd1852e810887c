package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"kuacheng/biz/store"
)

// blocked starts an update that holds the line of document id until release is called, so that what comes next
// queues up behind it.
func blocked(t *testing.T, c *store.Collection[card], id string) (release func()) {
	t.Helper()
	entered, gate := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	var once sync.Once
	go func() {
		_, err := c.Update(context.Background(), id, func(d *card) error {
			once.Do(func() { close(entered) })
			<-gate
			d.Marks = append(d.Marks, "first")
			return nil
		})
		done <- err
	}()
	<-entered
	return func() {
		t.Helper()
		close(gate)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// combine holds that a crowd at one document costs few writes, that each gets its own answer, and that those
// refused leave no trace.
func combine(t *testing.T, h Harness) {
	db, c := one(t, h)
	n := h.pick(400, 60)
	mustInsert(t, c, make1("a", "heart", 0))
	release := blocked(t, c, "a")
	before := db.Stats().Writes
	type outcome struct {
		doc *card
		err error
	}
	outcomes := make([]outcome, n)
	var started, done sync.WaitGroup
	for i := range n {
		started.Add(1)
		done.Go(func() {
			started.Done()
			doc, err := c.Update(t.Context(), "a", func(d *card) error {
				d.Marks = append(d.Marks, name(i))
				if d.Sum++; i%3 == 0 {
					return fmt.Errorf("refusal %d", i)
				}
				return nil
			})
			outcomes[i] = outcome{doc, err}
		})
	}
	started.Wait()
	for range 100 { // most of them are in the line now; the count below leaves room for those who are not
		runtime.Gosched()
	}
	release()
	done.Wait()
	writes := db.Stats().Writes - before
	if writes > int64(n/4) {
		t.Errorf("%d changes took %d writes", n, writes)
	}
	final := mustGet(t, c, "a")
	marks := strings.Join(final.Marks, " ")
	kept := 0
	for i, o := range outcomes {
		refused := i%3 == 0
		switch {
		case refused && (o.err == nil || o.err.Error() != fmt.Sprintf("refusal %d", i)):
			t.Errorf("change %d got %v, not its own refusal", i, o.err)
		case !refused && o.err != nil:
			t.Errorf("change %d: %v", i, o.err)
		case !refused && !strings.Contains(strings.Join(o.doc.Marks, " "), name(i)):
			t.Errorf("change %d was answered a document without it", i)
		}
		if refused == strings.Contains(marks, name(i)) {
			t.Errorf("change %d: refused %v, but its trace in the document says otherwise", i, refused)
		}
		if !refused {
			kept++
		}
	}
	if final.Sum != kept || len(final.Marks) != kept+1 {
		t.Errorf("sum %d and %d marks, want %d and %d", final.Sum, len(final.Marks), kept, kept+1)
	}
}

func panics(t *testing.T, h Harness) {
	_, c := one(t, h)
	mustInsert(t, c, make1("a", "heart", 0))
	release := blocked(t, c, "a")
	raised := make(chan any, 1)
	other := make(chan error, 1)
	go func() {
		defer func() { raised <- recover() }()
		_, _ = c.Update(context.Background(), "a", func(d *card) error { d.Sum = 1000; panic("broken change") })
	}()
	go func() {
		_, err := c.Update(context.Background(), "a", func(d *card) error { d.Sum++; return nil })
		other <- err
	}()
	release()
	if p := <-raised; p == nil || !strings.Contains(fmt.Sprint(p), "broken change") {
		t.Errorf("the panic reached its caller as %v", p)
	}
	if err := <-other; err != nil {
		t.Errorf("another's panic failed a change: %v", err)
	}
	if got := mustGet(t, c, "a"); got.Sum != 1 {
		t.Errorf("sum %d, want 1", got.Sum)
	}
}

// goexit holds that a change which ends its goroutine, as t.FailNow does, blocks nobody: neither when it is served
// at once nor when it had to wait.
func goexit(t *testing.T, h Harness) {
	_, c := one(t, h)
	mustInsert(t, c, make1("a", "heart", 0))
	end := func(ended chan<- error) {
		err := errors.New("ended without an answer")
		defer func() { ended <- err }()
		_, err = c.Update(context.Background(), "a", func(*card) error { runtime.Goexit(); return nil })
	}
	ended := make(chan error)
	go end(ended)
	if err := <-ended; err == nil {
		t.Error("a change that never returned was answered as done")
	}
	release := blocked(t, c, "a")
	go end(ended)
	release()
	if err := <-ended; err == nil {
		t.Error("a waiting change that never returned was answered as done")
	}
	if got := mustUpdate(t, c, "a", func(d *card) { d.Sum++ }); got.Sum != 1 || len(got.Marks) != 1 {
		t.Errorf("sum %d and %d marks, want 1 and 1", got.Sum, len(got.Marks))
	}
}

func cancel(t *testing.T, h Harness) {
	_, c := one(t, h)
	mustInsert(t, c, make1("a", "heart", 0))
	over, stop := context.WithCancel(t.Context())
	stop()
	q := store.Query{Index: "suit_rank", Eq: []any{"heart"}, Limit: 7}
	for what, err := range map[string]error{
		"insert": c.Insert(over, make1("b", "heart", 1)),
		"get":    second(c.Get(over, "unread")),
		"update": second(c.Update(over, "a", func(d *card) error { d.Sum = 1; return nil })),
		"find":   second(c.Find(over, q)),
		"tally":  second(c.Tally(over, q, "rank")),
		"delete": c.Delete(over, "a"),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s under an ended context: %v", what, err)
		}
	}
	if got := mustGet(t, c, "a"); got.Sum != 0 {
		t.Error("an update under an ended context was written")
	}

	release := blocked(t, c, "a")
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	ran := false // guarded by Update's promise: change never runs after it has returned
	go func() {
		_, err := c.Update(ctx, "a", func(d *card) error { ran = true; d.Sum = 5; return nil })
		left <- err
	}()
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("a waiter who left: %v", err)
	}
	if ran {
		t.Error("the change of a waiter who left had run before its turn")
	}
	release()
	if got := mustUpdate(t, c, "a", func(d *card) { d.Rank = 1 }); got.Sum != 0 || ran {
		t.Errorf("the change of a waiter who left was carried out (sum %d, ran %v)", got.Sum, ran)
	}
}

func second[T any](_ T, err error) error { return err }

// contend holds that no update is lost, whoever writes: many goroutines of many clients, each incrementing.
func contend(t *testing.T, h Harness) {
	open := h.New(t)
	clients := 1
	if h.Shared {
		clients = 3
	}
	workers, each := h.pick(8, 4), h.pick(25, 6)
	var colls []*store.Collection[card]
	for range clients {
		colls = append(colls, cards(t, open()))
	}
	mustInsert(t, colls[0], make1("a", "heart", 0))
	var all sync.WaitGroup
	for _, c := range colls {
		for range workers {
			all.Go(func() {
				for range each {
					if _, err := c.Update(t.Context(), "a", func(d *card) error { d.Sum++; return nil }); err != nil {
						t.Errorf("contended update: %v", err)
					}
					if _, err := c.Upsert(t.Context(), "u", func() *card { return make1("u", "club", 0) }, func(d *card) error { d.Sum++; return nil }); err != nil {
						t.Errorf("contended upsert: %v", err)
					}
				}
			})
		}
	}
	all.Wait()
	for _, c := range colls {
		for _, id := range []string{"a", "u"} {
			if got := mustGet(t, c, id); got.Sum != clients*workers*each {
				t.Errorf("%s: sum %d, want %d", id, got.Sum, clients*workers*each)
			}
		}
	}
}
