package e2e

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// twice sends the same request twice under one key, and then another body under it.
func twice(t *testing.T, c caller, path string, in, other any) answer {
	t.Helper()
	keyed := c.with(newUser())
	first := keyed.call(t, "POST", path, in)
	first.ok(t, nil)
	again := keyed.call(t, "POST", path, in)
	if again.status != first.status || !bytes.Equal(again.body, first.body) {
		t.Errorf("%s again: %d %s\nat first: %d %s", path, again.status, again.body, first.status, first.body)
	}
	keyed.call(t, "POST", path, other).refused(t, 409, "idempotency_conflict")
	return first
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	t.Run("matters", func(t *testing.T) {
		t.Parallel()
		c, _ := s.citizen(t)
		var m matter
		twice(t, c, "/api/v1/matters", startBody("window", "mail"), startBody("window", "pickup")).read(t, &m)
		var mine struct{ Items []matter }
		c.get(t, "/api/v1/matters", &mine)
		if len(mine.Items) != 1 || mine.Items[0].No != m.No {
			t.Errorf("one request made %d matters", len(mine.Items))
		}
		// The matter moves on; the answer to the first request stays what it was.
		key := newUser()
		first := c.with(key).call(t, "POST", "/api/v1/matters", startBody("window", "mail"))
		var second matter
		first.read(t, &second)
		c.post(t, "/api/v1/matters/"+second.No+"/withdraw", map[string]any{}, nil)
		if again := c.with(key).call(t, "POST", "/api/v1/matters", startBody("window", "mail")); !bytes.Equal(again.body, first.body) {
			t.Errorf("after a withdrawal: %s\nat first: %s", again.body, first.body)
		}
		// Another person's request with the same key is another request.
		other, _ := s.citizen(t)
		var theirs matter
		other.with(key).post(t, "/api/v1/matters", startBody("window", "mail"), &theirs)
		if theirs.No == second.No {
			t.Error("two people's requests made one matter")
		}
	})
	t.Run("bookings", func(t *testing.T) {
		t.Parallel()
		c, _ := s.citizen(t)
		m := c.start(t, "window", "mail")
		free := s.free(t, hallHere, s.now(t))
		x, y := free[len(free)-1], free[0]
		twice(t, c, "/api/v1/bookings", map[string]string{"matter_no": m.No, "slot_id": x.ID}, map[string]string{"matter_no": m.No, "slot_id": y.ID})
		var mine struct{ Items []booking }
		c.get(t, "/api/v1/bookings", &mine)
		if len(mine.Items) != 1 {
			t.Errorf("one request made %d bookings", len(mine.Items))
		}
	})
	t.Run("subscriptions", func(t *testing.T) {
		t.Parallel()
		c, _ := s.citizen(t)
		first := twice(t, c, "/api/v1/subscriptions", map[string]any{"accepted": []string{"matter_accepted"}}, map[string]any{"accepted": []string{"matter_decided"}})
		var got struct{ Credits map[string]int }
		first.read(t, &got)
		if got.Credits["matter_accepted"] != 1 {
			t.Errorf("credits %v", got.Credits)
		}
	})
	t.Run("review", func(t *testing.T) {
		t.Parallel()
		m := served(t, c)
		twice(t, c, "/api/v1/matters/"+m.No+"/review", map[string]any{"stars": 5, "comment": "很方便"}, map[string]any{"stars": 1})
		c.call(t, "POST", "/api/v1/matters/"+m.No+"/review", map[string]any{"stars": 1}).refused(t, 409, "already_reviewed")
	})
	t.Run("bad key", func(t *testing.T) {
		t.Parallel()
		f := c.with("two words").call(t, "POST", "/api/v1/matters", startBody("window", "mail")).refused(t, 400, "bad_request")
		if f.Details["field"] != "Idempotency-Key" {
			t.Errorf("details %v", f.Details)
		}
	})
}

// served is an online matter that has been granted, served and closed.
func served(t *testing.T, c caller) matter {
	t.Helper()
	m := c.submitted(t, "electronic")
	r := c.s.staff(t, "reviewer")
	r.desk(t, m.No, "accept", map[string]any{})
	r.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	r.desk(t, m.No, "dispatch", map[string]any{"method": "electronic"})
	return c.reaches(t, m.No, "closed")
}

// TestDoubleTaps sends the same request many times at once: one thing is made and everybody is told of it.
func TestDoubleTaps(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, kind := range []string{"matters", "bookings"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c, _ := s.citizen(t)
			path, in := "/api/v1/matters", any(startBody("window", "mail"))
			if kind == "bookings" {
				m := c.start(t, "window", "mail")
				free := s.free(t, hallHere, s.now(t))
				path, in = "/api/v1/bookings", map[string]string{"matter_no": m.No, "slot_id": free[len(free)-2].ID}
			}
			answers := volley(t, 8, func(int) (answer, error) { return c.with("tap").try("POST", path, in) })
			for _, a := range answers {
				if a.status != 201 || !bytes.Equal(a.body, answers[0].body) {
					t.Errorf("%d %s\nbut another: %s", a.status, a.body, answers[0].body)
				}
			}
			var mine struct{ Items []struct{ ID, No string } }
			c.get(t, path, &mine)
			if len(mine.Items) != 1 {
				t.Errorf("%d taps made %d", len(answers), len(mine.Items))
			}
		})
	}
}

// volley sends n requests at once and gives their answers.
func volley(t *testing.T, n int, send func(i int) (answer, error)) []answer {
	t.Helper()
	answers, errs := make([]answer, n), make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			answers[i], errs[i] = send(i)
		})
	}
	close(start)
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatal(fmt.Errorf("request %d: %w", i, err))
		}
	}
	return answers
}
