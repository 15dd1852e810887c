// Package outbox is what the verbs know of later work: the form of a handler, and the words in which it answers.
// Events leave a document's outbox when their handler has done its work; package jobs carries them there.
//
// A handler may run twice, late, or after having been killed half-way, so its effect must be idempotent: the
// event's id is what a receiver can tell a repetition by.
package outbox

import (
	"context"
	"errors"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Handler carries out what one event of a document asks for. nil means done: the event then leaves the outbox.
// Final and Later say how a failure goes on; any other error is taken to be temporary and tried again, less and
// less often, until the tries are used up.
type Handler func(ctx context.Context, docID string, e model.Event) error

// Wake looks after a document whose wake has come. It is idempotent, and it moves the wake (or clears it) in the
// write that does its work; a wake that stays is an error.
type Wake func(ctx context.Context, docID string) error

// Class is how a failure goes on.
type Class string

const (
	Temporary  Class = "temporary" // tried again with growing delays; every failure counts
	Postponed  Class = "later"     // tried again after the delay asked for, as often as asked
	Impossible Class = "final"     // given up: people decide
)

type failure struct {
	class Class
	delay time.Duration
	cause error
}

func (f *failure) Error() string { return string(f.class) + ": " + f.cause.Error() }
func (f *failure) Unwrap() error { return f.cause }

// Final says that trying again is useless. The work is given up at once and shown to people, who can send it
// again. Final(nil) is nil.
func Final(err error) error {
	if err == nil {
		return nil
	}
	return &failure{class: Impossible, cause: err}
}

// Later asks for another try after delay (at least; at most some seconds more). It does not count as a failure,
// so a handler that always answers so is never given up. Later(nil, …) is nil.
func Later(err error, delay time.Duration) error {
	if err == nil {
		return nil
	}
	return &failure{class: Postponed, delay: max(delay, 0), cause: err}
}

// Classify reads what a handler has answered. The outermost word counts.
func Classify(err error) (Class, time.Duration) {
	var f *failure
	if errors.As(err, &f) {
		return f.class, f.delay
	}
	return Temporary, 0
}

// Reason is a failure in the few words that may be shown in queues and stored on documents: class and code, never
// the error's own text, which may quote a person's data or a secret. An error with a method Reason, which vouches
// for its words, is shown by them.
func Reason(err error) string {
	class, _ := Classify(err)
	return string(class) + ": " + code(err)
}

func code(err error) string {
	var f *fault.Error
	var r interface{ Reason() string }
	switch {
	case errors.As(err, &f):
		return f.Code
	case errors.As(err, &r):
		return r.Reason()
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	default:
		return "internal"
	}
}
