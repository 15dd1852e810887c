package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// run is the program with arguments.
func runProgram(args ...string) (string, error) {
	out, err := exec.Command(program, args...).CombinedOutput()
	return string(out), err
}

// TestPlan_A3_backup copies a server's data while people use it, brings it back elsewhere, proves it whole, and serves from it. What is
// changed in it by hand is found.
func TestPlan_A3_backup(t *testing.T) {
	t.Parallel()
	s := own(t)
	c, _ := s.citizen(t)
	reviewer := s.staff(t, "reviewer")
	first := c.submitted(t, "electronic")
	stop := make(chan struct{})
	var work sync.WaitGroup
	for range 4 {
		who, _ := s.citizen(t)
		work.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				m := who.submitted(t, "electronic")
				if n%2 == 0 {
					reviewer.desk(t, m.No, "accept", map[string]any{})
				}
			}
		})
	}
	copies := []string{filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")}
	for _, to := range copies {
		if out, err := runProgram("backup", "--data", s.data, to); err != nil {
			t.Errorf("backing up: %v\n%s", err, out)
		}
	}
	close(stop)
	work.Wait()
	if out, err := runProgram("backup", "--data", s.data, copies[0]); err == nil {
		t.Errorf("a backup was written over: %s", out)
	}

	folder := filepath.Join(t.TempDir(), "restored")
	if out, err := runProgram("restore", copies[1], "--data", folder); err != nil {
		t.Fatalf("restoring: %v\n%s", err, out)
	}
	if out, err := runProgram("restore", copies[1], "--data", folder); err == nil || !strings.Contains(out, "holds a database already") {
		t.Errorf("restored over a database: %v\n%s", err, out)
	}
	out, err := runProgram("verify", "--sandbox", "--data", folder)
	if err != nil || !strings.Contains(out, ": 0 wrong") || strings.HasPrefix(out, "0 matters") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	again := own(t, "--data", folder)
	back := again.staff(t, "reviewer")
	var m matter
	back.get(t, "/api/v1/desk/matters/"+first.No, &m)
	if m.State != "awaiting_acceptance" {
		t.Errorf("in the restored server: %s", m.State)
	}
	back.desk(t, first.No, "accept", map[string]any{})
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}

	broken := filepath.Join(copies[0], "kuacheng.db")
	raw, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(broken, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := runProgram("restore", copies[0], "--data", filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(out, "is not as it was written") {
		t.Errorf("a changed backup was restored: %v\n%s", err, out)
	}
	var files []string
	_ = filepath.WalkDir(filepath.Join(folder, "files"), func(path string, d os.DirEntry, _ error) error {
		if d != nil && !d.IsDir() && strings.Contains(path, first.No) {
			files = append(files, path)
		}
		return nil
	})
	if len(files) == 0 {
		t.Fatal("no file was restored")
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if out, err := runProgram("verify", "--sandbox", "--data", folder); err == nil || !strings.Contains(out, "读不出") {
		t.Errorf("a missing file was not found: %v\n%s", err, out)
	}
	if err := again.begin(); err != nil { // so that the end is the same for every server
		t.Fatal(err)
	}
}
