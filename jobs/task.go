package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kuacheng/model"
)

// wakeKind is the type of the tasks that wake documents; no event may be called so.
const wakeKind = "wake"

// task is one piece of work as it lies in Redis: ids and nothing else.
type task struct {
	Collection string `json:"collection"`
	ID         string `json:"id"`
	Event      string `json:"event,omitempty"`
	Wake       int64  `json:"wake,omitempty"` // Unix milliseconds; for tasks without an event
}

func eventTask(collection, id string, e model.Event) task {
	return task{Collection: collection, ID: id, Event: e.ID}
}

func wakeTask(collection, id string, at time.Time) task {
	return task{Collection: collection, ID: id, Wake: at.UnixMilli()}
}

// key is the task's id in asynq. The same work always has the same one, so it is under way once only.
func (t task) key() string {
	if t.Event != "" {
		return t.Collection + ":" + t.Event
	}
	return t.Collection + ":" + t.ID + wakeMark + strconv.FormatInt(t.Wake, 10)
}

const wakeMark = ":wake-"

func (t task) payload() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // strings and a number
	}
	return b
}

var errPayload = errors.New("jobs: payload of a task is malformed")

func readTask(payload []byte) (task, error) {
	var t task
	if err := json.Unmarshal(payload, &t); err != nil {
		return t, fmt.Errorf("%w (%T)", errPayload, err)
	}
	if t.Collection == "" || t.ID == "" || (t.Event == "") == (t.Wake == 0) {
		return t, errPayload
	}
	return t, nil
}

// parseKey finds the work by its id, for tasks that Redis no longer knows: an event's id is that of its document
// with a number (model.Head.Emit).
func parseKey(key string) (task, bool) {
	collection, rest, ok := strings.Cut(key, ":")
	if !ok || collection == "" {
		return task{}, false
	}
	if i := strings.LastIndex(rest, wakeMark); i > 0 {
		if ms, ok := number(rest[i+len(wakeMark):]); ok {
			return task{Collection: collection, ID: rest[:i], Wake: ms}, true
		}
	}
	if i := strings.LastIndexByte(rest, '#'); i > 0 {
		if _, ok := number(rest[i+1:]); ok {
			return task{Collection: collection, ID: rest[:i], Event: rest}, true
		}
	}
	return task{}, false
}

// number reads a positive number in the one form that strconv writes it.
func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}
