package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/model/fault"
)

// reasoned is an error that vouches for its words.
type reasoned struct{}

func (reasoned) Error() string  { return "secret" }
func (reasoned) Reason() string { return "wechat_47003 thing1" }

func TestClassify(t *testing.T) {
	t.Parallel()
	secret := errors.New("张三 440301199001011234")
	refused := fault.New("transition_not_allowed").Because(secret)
	for _, c := range []struct {
		name   string
		err    error
		class  outbox.Class
		delay  time.Duration
		reason string
	}{
		{"unknown", secret, outbox.Temporary, 0, "temporary: internal"},
		{"fault", refused, outbox.Temporary, 0, "temporary: transition_not_allowed"},
		{"final", outbox.Final(secret), outbox.Impossible, 0, "final: internal"},
		{"final fault", outbox.Final(refused), outbox.Impossible, 0, "final: transition_not_allowed"},
		{"wrapped", fmt.Errorf("sending: %w", outbox.Final(refused)), outbox.Impossible, 0, "final: transition_not_allowed"},
		{"later", outbox.Later(secret, time.Minute), outbox.Postponed, time.Minute, "later: internal"},
		{"later, negative", outbox.Later(secret, -time.Minute), outbox.Postponed, 0, "later: internal"},
		{"outermost counts", outbox.Final(outbox.Later(secret, time.Minute)), outbox.Impossible, 0, "final: internal"},
		{"deadline", fmt.Errorf("calling: %w", context.DeadlineExceeded), outbox.Temporary, 0, "temporary: timeout"},
		{"with a reason", outbox.Final(reasoned{}), outbox.Impossible, 0, "final: wechat_47003 thing1"},
		{"canceled", context.Canceled, outbox.Temporary, 0, "temporary: canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			class, delay := outbox.Classify(c.err)
			if class != c.class || delay != c.delay {
				t.Errorf("class %s, delay %v; want %s, %v", class, delay, c.class, c.delay)
			}
			if got := outbox.Reason(c.err); got != c.reason {
				t.Errorf("reason %q, want %q", got, c.reason)
			}
		})
	}
}

func TestFailure_keeps_its_cause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	if err := outbox.Final(cause); !errors.Is(err, cause) || err.Error() != "final: cause" {
		t.Errorf("final lost its cause: %v", err)
	}
	if err := outbox.Later(cause, time.Second); !errors.Is(err, cause) {
		t.Errorf("later lost its cause: %v", err)
	}
	if outbox.Final(nil) != nil || outbox.Later(nil, time.Second) != nil {
		t.Error("a success became a failure")
	}
}
