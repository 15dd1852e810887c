// Package noticetest is notices in memory, for tests of what tells people something.
package noticetest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"kuacheng/model"
)

// Told keeps what was told to whom, once for each event, recipient and key. What cannot be put into words is an error, as it is outside.
type Told struct {
	mu    sync.Mutex
	seen  map[string]bool
	lines []string
	fail  map[string]error // by recipient
}

// Give is the notices' own.
func (n *Told) Give(_ context.Context, d model.NoticeDraft) (created bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.fail[d.Recipient]; err != nil {
		return false, err
	}
	if _, _, _, err := model.Compose(d.Key, d.Vars); err != nil {
		return false, err
	}
	key := strings.Join([]string{d.Event, d.Recipient, d.Key}, "\n")
	if n.seen[key] {
		return false, nil
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[key] = true
	n.lines = append(n.lines, d.Recipient+" "+d.Key)
	return true, nil
}

// Fail lets telling somebody fail; nil lets it work again.
func (n *Told) Fail(recipient string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail == nil {
		n.fail = map[string]error{}
	}
	n.fail[recipient] = err
}

// Take gives what was told since it was last asked: "recipient key", in order, by commas.
func (n *Told) Take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	slices.Sort(n.lines)
	out := strings.Join(n.lines, ", ")
	n.lines = nil
	return out
}

// Count is how many things were told since Take was last asked.
func (n *Told) Count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.lines)
}
