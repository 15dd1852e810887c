// Command bench measures what the program promises, each thing beside the raw thing in the same run, and prints
// one table. It is bounded in time, keeps to loopback, and leaves nothing behind.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// limit ends a run that hangs.
const limit = 12 * time.Minute

type program struct {
	Run  runCmd  `cmd:"" default:"withargs" help:"Measure, and print the table."`
	Bare bareCmd `cmd:"" hidden:"" help:"The raw thing beside the server, in a process of its own."`

	BareDoor bareDoorCmd `cmd:"" hidden:"" help:"The courier's door that keeps nothing, in a process of its own."`
}

type runCmd struct {
	Rows []string `arg:"" optional:"" help:"Which rows: http, callbacks, rush, tasks, ledger, rest. All unless told."`
	Keep string   `help:"Folder for the data, which is then kept. A temporary one unless told."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&program{}, kong.Name("bench"), kong.UsageOnError())
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// bench is what the rows share.
type bench struct {
	dir    string // of its own; removed at the end
	binary string // the built server
	table  table
}

// row is one measurement, which adds its lines to the table.
type row struct {
	name    string
	measure func(context.Context, *bench) error
}

// rows in their order. One that fails does not stop the others; it is told of at the end.
var rows = []row{
	{"http", overHTTP}, {"callbacks", callbacks}, {"rush", rush}, {"tasks", tasks}, {"ledger", overLedger}, {"rest", atRest},
}

// Run measures the chosen rows.
func (c *runCmd) Run(ctx context.Context) (err error) {
	for _, name := range c.Rows {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.name == name }) {
			return fmt.Errorf("no row %q: http, callbacks, rush, tasks, ledger, rest", name)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	b := &bench{dir: c.Keep}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "kuacheng-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(b.dir)
	}
	b.binary = filepath.Join(b.dir, "kuacheng")
	build := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "kuacheng")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the server: %w", err)
	}
	began := time.Now()
	var failed []string
	for _, r := range rows {
		if len(c.Rows) > 0 && !slices.Contains(c.Rows, r.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s …\n", r.name)
		if err := r.measure(ctx, b); err != nil {
			failed = append(failed, fmt.Sprintf("%s: %v", r.name, err))
		}
	}
	b.table.print(os.Stdout, time.Since(began))
	if len(failed) > 0 {
		return fmt.Errorf("not measured:\n%s", strings.Join(failed, "\n"))
	}
	return nil
}
