// Package e2e tests the program from outside: its own binary, over HTTP, as citizens, clerks and operators meet
// it. What it knows of the inside is where an operator may look too: the data folder, the log, Redis.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the built binary.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "kuacheng-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	defer stopShared()
	if program = os.Getenv("KUACHENG_TEST_PROGRAM"); program != "" {
		return m.Run() // one built before
	}
	program = filepath.Join(folder, "kuacheng")
	if out, err := exec.Command("go", "build", "-o", program, "kuacheng").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience is how long anything may take on a machine that has other things to do.
const patience = 90 * time.Second

// server is one running process of the program.
type server struct {
	address, base, data, log string
	args, env                []string
	process                  *exec.Cmd
	ended                    chan struct{} // closed when the process has ended
	failed                   error         // of the process, once ended
}

// environment is this process's without the program's own settings, which would leak into the tests.
func environment(more ...string) []string {
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "KUACHENG_") {
			env = append(env, pair)
		}
	}
	return append(env, more...)
}

// launch starts a sandbox in a folder and waits until it is ready. args are further flags of serve.
func launch(folder string, args ...string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{address: l.Addr().String(), data: filepath.Join(folder, "data"), log: filepath.Join(folder, "server.log"), args: args}
	s.base = "http://" + s.address
	if err := l.Close(); err != nil {
		return nil, err
	}
	return s, s.begin()
}

// begin starts the process, the first time or again on the same data.
func (s *server) begin() error {
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	args := append([]string{"serve", "--sandbox", "--listen", s.address, "--data", s.data}, s.args...)
	s.process = exec.Command(program, args...)
	s.process.Env, s.process.Stdout, s.process.Stderr = environment(s.env...), log, log
	if err := s.process.Start(); err != nil {
		return err
	}
	process, ended := s.process, make(chan struct{})
	s.ended = ended
	go func() {
		s.failed = process.Wait()
		close(ended)
	}()
	return s.ready()
}

func (s *server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := web.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.ended:
			return fmt.Errorf("the server ended: %v\n%s", s.failed, s.tail())
		case <-ctx.Done():
			s.kill()
			return fmt.Errorf("the server did not become ready\n%s", s.tail())
		case <-tick.C:
		}
	}
}

// stop ends the process as an operator would.
func (s *server) stop() error {
	select {
	case <-s.ended:
		return fmt.Errorf("the server had ended: %v\n%s", s.failed, s.tail())
	default:
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.kill()
		return fmt.Errorf("the server did not end\n%s", s.tail())
	}
	if s.failed != nil {
		return fmt.Errorf("the server ended badly: %v\n%s", s.failed, s.tail())
	}
	return nil
}

// kill ends the process as a power cut would.
func (s *server) kill() {
	_ = s.process.Process.Kill() // fails only for one that has ended
	<-s.ended
}

func (s *server) tail() string {
	raw, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-25):], []byte("\n")))
}

// own starts a server for one test, which may move its clock.
func own(t *testing.T, args ...string) *server {
	t.Helper()
	s, err := launch(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the server's log ends with:\n%s", s.tail())
		}
	})
	return s
}

var (
	sharedOnce   sync.Once
	sharedServer *server
	sharedFolder string
	sharedErr    error
)

// shared is the server of all tests that leave its clock alone.
func shared(t *testing.T) *server {
	t.Helper()
	sharedOnce.Do(func() {
		if sharedFolder, sharedErr = os.MkdirTemp("", "kuacheng-e2e-"); sharedErr == nil {
			sharedServer, sharedErr = launch(sharedFolder)
		}
	})
	if sharedErr != nil {
		t.Fatal(sharedErr)
	}
	return sharedServer
}

// stopShared is TestMain's last word; a server that does not end cleanly is told, as no test is left to fail.
func stopShared() {
	if sharedServer != nil && sharedErr == nil {
		if err := sharedServer.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if sharedFolder != "" {
		os.RemoveAll(sharedFolder)
	}
}
