package jobs

import (
	"encoding/json"
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

// payload is for people who look at the queue.
func (t task) payload() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // strings and a number
	}
	return b
}

// parseKey reads a task from its id, which says all that the payload says: an event's id is that of its document
// with a number (model.Head.Emit). So work is found also when Redis no longer knows the task.
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
