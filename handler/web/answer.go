// Package web is what every door's handlers answer with, and the server that they stand in: one shape of
// error, request ids, the access log, metrics.
package web

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/model/fault"
)

// JSON answers with v. It is not to be cached: most answers hold somebody's data.
func JSON(c *app.RequestContext, status int, v any) {
	c.Response.Header.Set("Cache-Control", "no-store")
	c.JSON(status, v)
}

// failure is the one shape of an error on the wire.
type failure struct {
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	RequestID string         `json:"request_id"`
	Details   map[string]any `json:"details,omitempty"`
}

const failedKey = "web.failed"

// Fail answers with an error and ends the chain. Whatever is no fault becomes internal: the cause goes to the
// log, never to the caller.
func Fail(_ context.Context, c *app.RequestContext, err error) {
	f := faultOf(err)
	c.Set(failedKey, f)
	status := fault.Status(f.Code)
	wait := f.RetryAfter
	if wait <= 0 && (status == 429 || status == 503) {
		wait = time.Second
	}
	if wait > 0 {
		c.Response.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	JSON(c, status, failure{Code: f.Code, Message: f.Message, RequestID: RequestID(c), Details: f.Details})
	c.Abort()
}

func faultOf(err error) *fault.Error {
	var f *fault.Error
	if !errors.As(err, &f) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return fault.New("unavailable").Because(err)
	}
	return fault.From(err)
}
