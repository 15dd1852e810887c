// Package fault is the one error type that callers are shown: a machine code, a Chinese sentence and
// details. Rules return it; everything else is "internal": logged with its cause, answered without.
package fault

import (
	"errors"
	"maps"
	"time"
)

// Error is a refusal that the caller may see.
type Error struct {
	Code       string         // snake_case, one of the table in codes.go
	Message    string         // plain Chinese
	Details    map[string]any // what a program needs to go on: field, next, until …; never a person's data
	RetryAfter time.Duration  // for too_many_requests and unavailable
	cause      error          // for the log only
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Code + ": " + e.cause.Error()
	}
	return e.Code
}

// Unwrap gives the cause, for the log and for errors.Is.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is(err, fault.New("slot_full")) compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// New is a fault with the table's sentence. A code that the table lacks panics: it is a bug of ours, and the
// test of the table finds it.
func New(code string) *Error {
	row, ok := table[code]
	if !ok {
		panic("fault: unknown code " + code)
	}
	return &Error{Code: code, Message: row.message}
}

// Say replaces the sentence by a more telling one.
func (e *Error) Say(message string) *Error { c := e.copy(); c.Message = message; return c }

// With adds a detail.
func (e *Error) With(key string, value any) *Error {
	c := e.copy()
	if c.Details == nil {
		c.Details = map[string]any{}
	}
	c.Details[key] = value
	return c
}

// Field names the offending field of the request.
func (e *Error) Field(name string) *Error { return e.With("field", name) }

// Because keeps the cause for the log.
func (e *Error) Because(cause error) *Error { c := e.copy(); c.cause = cause; return c }

// After tells the caller when to come back.
func (e *Error) After(d time.Duration) *Error { c := e.copy(); c.RetryAfter = d; return c }

func (e *Error) copy() *Error {
	c := *e
	c.Details = maps.Clone(e.Details)
	return &c
}

// From finds the fault in an error; anything that holds none becomes "internal" with the error as cause.
func From(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return New("internal").Because(err)
}

// Code is the code of an error, "" for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	return From(err).Code
}
