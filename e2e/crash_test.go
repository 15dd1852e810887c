package e2e

import (
	"bytes"
	"sync"
	"testing"
)

// TestCrash kills the server right after it has answered, three times, and starts it again on the same data: what
// was answered is there, what follows from it happens, and happens once.
func TestCrash(t *testing.T) {
	t.Parallel()
	s := own(t)
	again := func() {
		t.Helper()
		s.kill()
		if err := s.begin(); err != nil {
			t.Fatal(err)
		}
	}
	c, _ := s.citizen(t)
	first := c.with("start").call(t, "POST", "/api/v1/matters", startBody("window", "mail"))
	again()
	var m matter
	first.read(t, &m)
	if got := c.matter(t, m.No); got.State != "draft" {
		t.Fatalf("the matter is %s", got.State)
	}
	if retried := c.with("start").call(t, "POST", "/api/v1/matters", startBody("window", "mail")); !bytes.Equal(retried.body, first.body) {
		t.Errorf("sent again after the crash: %s\nat first: %s", retried.body, first.body)
	}

	x := s.free(t, hallHere, s.now(t))[0]
	b := c.book(t, m.No, x)
	again()
	c.told(t, "booking_confirmed", b.ID)
	if left := s.left(t, hallHere, x); left != x.Capacity-1 {
		t.Errorf("one booking of %d leaves %d", x.Capacity, left)
	}

	clerk := s.staff(t, "clerk")
	number := waybill()
	clerk.counter(t, m.No, "receive", inspect(m))
	clerk.counter(t, m.No, "forward", with(mailed(number), "by", "mail"))
	again()
	c.told(t, "matter_received", m.No)
	c.told(t, "matter_forwarded", m.No)
	got := c.matter(t, m.No)
	if got.State != "in_transit" || len(got.Parcels) != 1 || got.Parcels[0].Waybill != number {
		t.Errorf("after the crash: %s %+v", got.State, got.Parcels)
	}
	s.staff(t, "reviewer").desk(t, m.No, "arrive", map[string]any{})
	c.told(t, "materials_arrived", m.No)
	for template, id := range map[string]string{"booking_confirmed": b.ID, "matter_received": m.No, "matter_forwarded": m.No, "materials_arrived": m.No} {
		if n := c.notices(t, template, id); n != 1 {
			t.Errorf("%s was told %d times", template, n)
		}
	}
	var mine struct{ Items []matter }
	c.get(t, "/api/v1/matters", &mine)
	if len(mine.Items) != 1 {
		t.Errorf("%d matters", len(mine.Items))
	}
}

// TestStop ends the server under load as an operator would: every request that was begun is answered, and what
// was answered is there afterwards.
func TestStop(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, _ := s.citizen(t)
	var (
		mu    sync.Mutex
		made  []string
		tried sync.WaitGroup
		begun = make(chan struct{}, 1)
	)
	for range 8 {
		tried.Go(func() {
			for {
				a, err := c.try("POST", "/api/v1/matters", startBody("window", "pickup"))
				if err != nil || a.status != 201 {
					return // no longer taken
				}
				var m matter
				a.read(t, &m)
				mu.Lock()
				made = append(made, m.No)
				mu.Unlock()
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
	}
	<-begun
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	tried.Wait()
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	for _, no := range made {
		c.matter(t, no)
	}
}
