package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that this one has started.
type process struct {
	address string
	cmd     *exec.Cmd
	ended   chan error
	said    bytes.Buffer
	ready   time.Duration // from its start to its first answer
}

// launch starts a program with --listen and waits until it answers path with 200.
func launch(ctx context.Context, path, name string, args ...string) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &process{address: l.Addr().String(), ended: make(chan error, 1)}
	l.Close()
	p.cmd = exec.Command(name, append(args, "--listen", p.address)...)
	p.cmd.Stderr = &p.said
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	request := get(path, "")
	for {
		if status, _, err := exchange(ctx, p.address, request); err == nil && status == 200 {
			p.ready = time.Since(began)
			return p, nil
		}
		select {
		case err := <-p.ended:
			return nil, fmt.Errorf("%s ended: %w\n%s", name, err, p.said.String())
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), p.stop())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// serve starts the built server on a folder.
func (b *bench) serve(ctx context.Context, dir string) (*process, error) {
	return launch(ctx, "/api/v1/zone?from=440300&to=441500", b.binary, "serve", "--sandbox", "--log-level", "warn", "--data", dir)
}

// stop ends the process as an operator would.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails when it has ended
	select {
	case err := <-p.ended:
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", p.cmd.Path, err, p.said.String())
		}
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("a server did not end within 30 seconds"), p.cmd.Process.Kill())
	}
}

// resident is the memory that the process has in RAM.
func (p *process) resident() (mib float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest + " ?")[0], 64)
	return kib / 1024, err
}

// busy is the processor time that the process has used.
func (p *process) busy() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name before it may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("unknown form of /proc/…/stat")
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // Linux counts in hundredths for everyone
}

// commits reads the server's own count of durable commits and of documents written.
func (p *process) commits(ctx context.Context) (commits, writes int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/metrics", nil)
	if err != nil {
		return 0, 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		n, _ := strconv.ParseFloat(value, 64) // other lines are none of ours
		switch name {
		case "kuacheng_store_commits_total":
			commits = int64(n)
		case "kuacheng_store_writes_total":
			writes = int64(n)
		}
	}
	return commits, writes, lines.Err()
}
