package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"kuacheng/demo"
)

type demoCmd struct {
	Store string `default:"sqlite" help:"Store of the demo's server: sqlite (in a temporary folder) or a mongodb:// URI."`
	Redis string `default:"embedded" help:"Queue of the demo's server: embedded or a redis:// URI."`
	Keep  bool   `help:"Keep the temporary folder and say where it is."`
}

// Run starts a server of its own in a temporary folder, plays the journey against it over HTTP and ends it.
func (c *demoCmd) Run(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "kuacheng-demo-")
	if err != nil {
		return err
	}
	if c.Keep {
		fmt.Println("数据在", folder)
	} else {
		defer os.RemoveAll(folder)
	}
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(folder, "server.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	server := exec.Command(self, "serve", "--sandbox", "--listen", listen, "--data", folder, "--store", c.Store, "--redis", c.Redis, "--public-url", "http://"+listen)
	server.Stderr = log
	if err := server.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	defer func() { err = errors.Join(err, stop(server, ended)) }()
	if err := ready(ctx, "http://"+listen, ended); err != nil {
		return errors.Join(err, tail(log.Name()))
	}
	if err := demo.Run(ctx, "http://"+listen, os.Stdout); err != nil {
		return errors.Join(err, tail(log.Name()))
	}
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// ready waits until the server answers that it is.
func ready(ctx context.Context, base string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return errors.New("the server did not become ready within 30 seconds")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the server as an operator would, and insists on a clean end.
func stop(server *exec.Cmd, ended <-chan error) error {
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		return nil // it has ended already, and that has been told
	}
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the server did not end cleanly: %w", err)
		}
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("the server did not end within 30 seconds"), server.Process.Kill())
	}
}

// tail shows the last of the server's log, so that a failure explains itself.
func tail(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(raw) > 4000 {
		raw = raw[len(raw)-4000:]
	}
	return fmt.Errorf("the server's log ends with:\n%s", raw)
}
