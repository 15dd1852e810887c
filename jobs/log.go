package jobs

import (
	"fmt"
	"log/slog"
	"os"
)

// queueLog hands what asynq says to slog.
type queueLog struct{ log *slog.Logger }

func (l queueLog) Debug(args ...any) { l.log.Debug("asynq", "text", fmt.Sprint(args...)) }
func (l queueLog) Info(args ...any)  { l.log.Debug("asynq", "text", fmt.Sprint(args...)) }
func (l queueLog) Warn(args ...any)  { l.log.Warn("asynq", "text", fmt.Sprint(args...)) }
func (l queueLog) Error(args ...any) { l.log.Error("asynq", "text", fmt.Sprint(args...)) }

// Fatal ends the process, as asynq's contract asks; asynq v0.26 never calls it.
func (l queueLog) Fatal(args ...any) {
	l.Error(args...)
	os.Exit(1)
}
