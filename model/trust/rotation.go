package trust

import (
	"slices"
	"strconv"
	"time"

	"kuacheng/model"
)

// RotationID is the one document of the rotation.
const RotationID = "current"

// KindRotationStep is the outbox event that asks for the next step of a rotation; ref n: the step.
const KindRotationStep = "rotation_step"

// The phases of a rotation.
const (
	RotationResealing = "resealing" // everything is sealed anew under the first key
	RotationProving   = "proving"   // everything is looked at again
	RotationDone      = "done"
)

// Rotation is the sealing anew of all that is kept under the first configured key: where it has come to, so that it goes on after an
// interruption, and what it found.
type Rotation struct {
	model.Head `json:",inline"`
	Key        string         `json:"key"` // the first key, under which all is sealed
	Phase      string         `json:"phase"`
	Source     int            `json:"source"` // of the list of what holds sealed values
	Cursor     string         `json:"cursor,omitempty"`
	Step       int            `json:"step"`
	Looked     int            `json:"looked"`         // values looked at in this phase
	Resealed   int            `json:"resealed"`       // values sealed anew
	Left       map[string]int `json:"left,omitempty"` // values under other keys that the proof found, by key
	Lost       int            `json:"lost,omitempty"` // values whose key is not configured any more, or that do not open
	Started    time.Time      `json:"started"`
	Ended      *time.Time     `json:"ended,omitempty"`
}

// Begin starts a rotation to a key; false while one to this key is under way.
func (r *Rotation) Begin(key string, now time.Time) bool {
	if r.Phase != "" && r.Phase != RotationDone && r.Key == key {
		return false
	}
	r.Key, r.Phase, r.Source, r.Cursor = key, RotationResealing, 0, ""
	r.Looked, r.Resealed, r.Left, r.Lost, r.Started, r.Ended = 0, 0, nil, 0, now.UTC().Truncate(time.Millisecond), nil
	r.ask(now)
	return true
}

// Found is what one step came to.
type Found struct {
	Looked, Resealed, Lost int
	Left                   map[string]int
	Next                   string // "" at the end of the source
}

// Went notes what a step came to and asks for the next. sources is how many there are.
func (r *Rotation) Went(f Found, sources int, now time.Time) {
	r.Looked += f.Looked
	r.Resealed += f.Resealed
	r.Lost += f.Lost
	for key, n := range f.Left {
		if r.Left == nil {
			r.Left = map[string]int{}
		}
		r.Left[key] += n
	}
	r.Cursor = f.Next
	if r.Cursor == "" {
		r.Source++
	}
	if r.Source >= sources {
		r.Source = 0
		if r.Phase == RotationResealing {
			r.Phase, r.Looked, r.Lost = RotationProving, 0, 0
		} else {
			at := now.UTC().Truncate(time.Millisecond)
			r.Phase, r.Ended = RotationDone, &at
		}
	}
	r.ask(now)
}

// ask leaves one event in the outbox, for the step that comes next.
func (r *Rotation) ask(now time.Time) {
	r.Outbox = slices.DeleteFunc(slices.Clone(r.Outbox), func(e model.Event) bool { return e.Kind == KindRotationStep })
	r.Step++
	if r.Phase != RotationDone {
		r.Emit(KindRotationStep, now, map[string]string{"n": strconv.Itoa(r.Step)})
	}
}

// Proven reports whether all that is kept is known to be under the first key.
func (r *Rotation) Proven() bool { return r.Phase == RotationDone && len(r.Left) == 0 && r.Lost == 0 }
