package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
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

// clientLog takes what go-redis would write to stderr, many lines a second while a server is down; each command's
// error is told by whoever gave the command. go-redis has one logger for the whole program.
type clientLog struct{}

var quiet sync.Once

func (clientLog) Printf(ctx context.Context, format string, v ...any) {
	slog.DebugContext(ctx, "redis client", "text", fmt.Sprintf(format, v...))
}
