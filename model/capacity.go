package model

import "slices"

// Capacity is what a hall can serve in one slot: its open cross-city windows. Windows may serve different
// departments, so what is left for one department depends on which seats the others have taken.
type Capacity []Window

// Capacity lists the hall's open cross-city windows.
func (h *Hall) Capacity() Capacity {
	if h.Inactive {
		return nil
	}
	var c Capacity
	for _, w := range h.Windows {
		if w.CrossCity && !w.Closed && w.Capacity > 0 {
			c = append(c, w)
		}
	}
	return c
}

// Total is the number of seats for a department when nothing is booked: the sum over the open cross-city
// windows that serve it.
func (c Capacity) Total(department string) int {
	n := 0
	for _, w := range c {
		if w.Serves(department) {
			n += w.Capacity
		}
	}
	return n
}

// Left is how many more seats of a department fit beside those taken, never less than 0. taken counts the
// seats by department. Seats that fit nowhere any more (a window was closed after they were booked) stand,
// and take nothing from departments whose windows are still open.
func (c Capacity) Left(department string, taken map[string]int) int {
	total := c.Total(department)
	if total == 0 {
		return 0
	}
	if c.uniform() {
		n := total
		for _, k := range taken {
			n -= k
		}
		return max(0, n)
	}
	more := map[string]int{department: taken[department] + total}
	for d, k := range taken {
		if d != department {
			more[d] = k
		}
	}
	return c.fit(more) - c.fit(taken)
}

// uniform: every window serves every department, as in most halls; then seats are simply counted.
func (c Capacity) uniform() bool {
	return !slices.ContainsFunc(c, func(w Window) bool { return !slices.Contains(w.Departments, "*") })
}

// fit is the largest number of the wanted seats that the windows can serve together: a maximum flow from
// departments to windows by augmenting paths. Departments are a score and windows a dozen, so it is small.
func (c Capacity) fit(want map[string]int) int {
	deps := make([]string, 0, len(want))
	for d := range want {
		deps = append(deps, d)
	}
	slices.Sort(deps)
	f := flow{windows: c, deps: deps, served: make([][]int, len(deps)), used: make([]int, len(c))}
	n := 0
	for i, d := range deps {
		f.served[i] = make([]int, len(c))
		for range want[d] {
			if !f.place(i, make([]bool, len(c))) {
				break
			}
			n++
		}
	}
	return n
}

// flow is a placing of seats: served[d][w] seats of department d at window w.
type flow struct {
	windows Capacity
	deps    []string
	served  [][]int
	used    []int
}

// place finds one more place for department d, moving seats of other departments to other windows if need be.
func (f *flow) place(d int, tried []bool) bool {
	for w, win := range f.windows {
		if tried[w] || !win.Serves(f.deps[d]) {
			continue
		}
		tried[w] = true
		if f.used[w] < win.Capacity {
			f.used[w]++
			f.served[d][w]++
			return true
		}
		for other := range f.served {
			if other != d && f.served[other] != nil && f.served[other][w] > 0 && f.place(other, tried) {
				f.served[other][w]--
				f.served[d][w]++
				return true
			}
		}
	}
	return false
}
