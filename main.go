// Kuacheng (跨城) is a backend for cross-city government services: citizens start a matter of another city at
// home, at a window or a machine where they are, and follow it to the posted result.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"kuacheng/config"
	"kuacheng/handler/web"
	"kuacheng/model"
	"kuacheng/server"
)

type program struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Run the server."`
	Demo    demoCmd    `cmd:"" help:"Play the whole journey against a server of its own."`
	Doctor  doctorCmd  `cmd:"" help:"Check a configuration and say what is wrong."`
	Staff   staffCmd   `cmd:"" help:"Make accounts of people who work here."`
	Peer    peerCmd    `cmd:"" help:"Play another city's system."`
	Backup  backupCmd  `cmd:"" help:"Copy an embedded server's data, while it runs."`
	Restore restoreCmd `cmd:"" help:"Bring a backup back, into another folder."`
	Verify  verifyCmd  `cmd:"" help:"Prove every chain, sum, seat and file that a server holds."`
	Keys    keysCmd    `cmd:"" help:"Rotate the keys that personal data is sealed with."`
	Ledger  ledgerCmd  `cmd:"" help:"Prove the work ledger's sums, or make them anew."`
}

type serveCmd struct {
	config.Config
}

func main() {
	if err := config.Environment(); err != nil {
		fmt.Fprintln(os.Stderr, "kuacheng:", err)
		os.Exit(2)
	}
	var p program
	k := kong.Parse(&p, kong.Name("kuacheng"), kong.DefaultEnvars("KUACHENG"), kong.UsageOnError(),
		kong.Vars{"sandbox_peer_keys": server.SandboxPeerKeys, "peer_kinds": strings.Join(model.PeerKinds(), ", ")},
		kong.Description("跨城：政务服务“跨城通办”的后端。Every flag is also an environment variable; a secret can be given as …_FILE."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "kuacheng:", err)
		stop()
		os.Exit(1)
	}
}

// gcPercent lets garbage grow to some times of what is alive, most of which is cache that would be marked again
// and again under load. GOGC overrules it.
const gcPercent = 300

// Run serves until the process is told to stop.
func (c *serveCmd) Run(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	log := newLog(c.LogLevel)
	s, err := server.New(ctx, &c.Config, log)
	if err != nil {
		return refusal(err)
	}
	if c.Sandbox {
		fmt.Fprint(os.Stderr, welcome(&c.Config))
	}
	return s.Run(ctx)
}

// refusal says what an operator has to do, one thing a line.
func refusal(err error) error {
	return fmt.Errorf("cannot start:\n%w", err)
}

func newLog(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(web.LogHandler(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: l})))
}

func welcome(c *config.Config) string {
	base := c.Public()
	return fmt.Sprintf(`
跨城 · 沙盒已启动：%[1]s
  接口文档    %[1]s/docs
  任务队列    %[1]s/admin/queues        （admin / %[2]s）
  指标        %[1]s/metrics
  工作人员    clerk、clerk-shanwei、reviewer、supervisor、admin，密码 %[2]s

试一试：
  curl -s -XPOST %[1]s/sandbox/wechat/login -H 'Content-Type: application/json' -d '{"user":"me"}'
  curl -s '%[1]s/api/v1/zone?from=440300&to=441500'
  make demo          # 另起一个服务，走完整个流程

`, base, server.SandboxPassword)
}
