package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestOperations(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	c.start(t, "window", "mail")
	for path, words := range map[string][]string{
		"/healthz":      nil,
		"/readyz":       nil,
		"/openapi.json": {`"openapi"`, "/api/v1/matters"},
		"/docs":         {"<html"},
		"/metrics":      {"go_goroutines", "process_resident_memory_bytes", "http_requests_total"},
	} {
		a := s.nobody().call(t, "GET", path, nil)
		a.ok(t, nil)
		for _, w := range words {
			if !strings.Contains(string(a.body), w) {
				t.Errorf("%s does not hold %s", path, w)
			}
		}
	}
	a := s.nobody().call(t, "GET", "/admin/queues", nil)
	if a.status != 401 {
		t.Errorf("the queues' page is open: %d", a.status)
	}
	if id := s.nobody().call(t, "GET", "/healthz", nil).header.Get("X-Request-Id"); id == "" {
		t.Error("no request id")
	}
}

// command runs the program to its end with these settings.
func command(t *testing.T, env []string, args ...string) (said string, failed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env, cmd.Dir = environment(env...), t.TempDir()
	out, err := cmd.CombinedOutput()
	return string(out), err != nil
}

func TestCommands(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	real := []string{
		"KUACHENG_DATA=" + data, "KUACHENG_LISTEN=127.0.0.1:0", "KUACHENG_SEAL_KEYS=a:000102030405060708090a0b0c0d0e0f", "KUACHENG_INDEX_KEY=000102030405060708090a0b0c0d0e0f",
		"KUACHENG_TOKEN_KEYS=a:" + strings.Repeat("01", 32), "KUACHENG_PUBLIC_URL=https://kc.example", "KUACHENG_WECHAT_APPID=wx1", "KUACHENG_WECHAT_SECRET=s",
		"KUACHENG_IDENTITY_URL=http://127.0.0.1:1/match", "KUACHENG_IDENTITY_KEY=k:" + strings.Repeat("02", 16),
	}
	for _, x := range []struct {
		name  string
		env   []string
		args  []string
		fails bool
		words []string
	}{
		{"nothing is set", nil, []string{"serve"}, true, []string{"KUACHENG_SEAL_KEYS", "KUACHENG_INDEX_KEY", "KUACHENG_TOKEN_KEYS", "KUACHENG_WECHAT_SECRET", "KUACHENG_PUBLIC_URL", "KUACHENG_IDENTITY_URL"}},
		{"a typing mistake", []string{"KUACHENG_SANDBX=true"}, []string{"serve"}, true, []string{"KUACHENG_SANDBX"}},
		{"real credentials in the sandbox", []string{"KUACHENG_SANDBOX=true", "KUACHENG_WECHAT_SECRET=s"}, []string{"serve"}, true, []string{"KUACHENG_WECHAT_SECRET"}},
		{"doctor in the sandbox", []string{"KUACHENG_SANDBOX=true", "KUACHENG_DATA=" + filepath.Join(data, "doctor")}, []string{"doctor"}, false, []string{"store", "queue", "wechat", "calendar", "clock"}},
		{"doctor of nothing", nil, []string{"doctor"}, true, []string{"KUACHENG_SEAL_KEYS"}},
		{"help", nil, []string{"serve", "--help"}, false, []string{"KUACHENG_LISTEN", "--sandbox", "--public-url"}},
		{"an unknown key", append(real, "KUACHENG_SEAL_KEYS=a:zz"), []string{"serve"}, true, []string{"KUACHENG_SEAL_KEYS"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			said, failed := command(t, x.env, x.args...)
			if failed != x.fails {
				t.Errorf("failed: %v\n%s", failed, said)
			}
			for _, w := range x.words {
				if !strings.Contains(said, w) {
					t.Errorf("it does not name %s:\n%s", w, said)
				}
			}
		})
	}
	t.Run("the sandbox's staff outside it", func(t *testing.T) {
		t.Parallel()
		s, err := launch(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		said, failed := command(t, append(real, "KUACHENG_DATA="+s.data), "serve")
		if !failed || !strings.Contains(said, "sandbox") {
			t.Errorf("started beside the sandbox's staff: %v\n%s", failed, said)
		}
	})
}
