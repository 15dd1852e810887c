package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/cloudwego/hertz/pkg/common/hlog"
)

// LogThrough sends what Hertz itself has to say through a logger. It sets a global of Hertz's: call it once,
// before the first server is made.
func LogThrough(logger *slog.Logger) { hlog.SetLogger(bridge{logger}) }

// bridge is Hertz's logger over slog. The level is the slog handler's matter, so SetLevel does nothing.
type bridge struct{ to *slog.Logger }

func (b bridge) say(ctx context.Context, level slog.Level, text func() string) {
	if b.to.Enabled(ctx, level) {
		b.to.LogAttrs(ctx, level, "hertz", slog.String("text", text()))
	}
}

func (b bridge) plain(level slog.Level, v []any) {
	b.say(context.Background(), level, func() string { return fmt.Sprint(v...) })
}

func (b bridge) format(ctx context.Context, level slog.Level, format string, v []any) {
	b.say(ctx, level, func() string { return fmt.Sprintf(format, v...) })
}

// die ends the process, as hlog's Fatal promises.
func die() { os.Exit(1) }

func (b bridge) Trace(v ...any)  { b.plain(slog.LevelDebug, v) }
func (b bridge) Debug(v ...any)  { b.plain(slog.LevelDebug, v) }
func (b bridge) Info(v ...any)   { b.plain(slog.LevelInfo, v) }
func (b bridge) Notice(v ...any) { b.plain(slog.LevelInfo, v) }
func (b bridge) Warn(v ...any)   { b.plain(slog.LevelWarn, v) }
func (b bridge) Error(v ...any)  { b.plain(slog.LevelError, v) }
func (b bridge) Fatal(v ...any)  { b.plain(slog.LevelError, v); die() }

func (b bridge) Tracef(f string, v ...any)  { b.CtxTracef(context.Background(), f, v...) }
func (b bridge) Debugf(f string, v ...any)  { b.CtxDebugf(context.Background(), f, v...) }
func (b bridge) Infof(f string, v ...any)   { b.CtxInfof(context.Background(), f, v...) }
func (b bridge) Noticef(f string, v ...any) { b.CtxNoticef(context.Background(), f, v...) }
func (b bridge) Warnf(f string, v ...any)   { b.CtxWarnf(context.Background(), f, v...) }
func (b bridge) Errorf(f string, v ...any)  { b.CtxErrorf(context.Background(), f, v...) }
func (b bridge) Fatalf(f string, v ...any)  { b.CtxFatalf(context.Background(), f, v...) }

func (b bridge) CtxTracef(c context.Context, f string, v ...any) { b.format(c, slog.LevelDebug, f, v) }
func (b bridge) CtxDebugf(c context.Context, f string, v ...any) { b.format(c, slog.LevelDebug, f, v) }
func (b bridge) CtxInfof(c context.Context, f string, v ...any)  { b.format(c, slog.LevelInfo, f, v) }
func (b bridge) CtxNoticef(c context.Context, f string, v ...any) {
	b.format(c, slog.LevelInfo, f, v)
}
func (b bridge) CtxWarnf(c context.Context, f string, v ...any)  { b.format(c, slog.LevelWarn, f, v) }
func (b bridge) CtxErrorf(c context.Context, f string, v ...any) { b.format(c, slog.LevelError, f, v) }
func (b bridge) CtxFatalf(c context.Context, f string, v ...any) {
	b.format(c, slog.LevelError, f, v)
	die()
}

func (b bridge) SetLevel(hlog.Level) {}
func (b bridge) SetOutput(io.Writer) {}
