package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// duties are the ids of the plan's duties.
var duties = []string{
	"A1", "A2", "A3", "A4", "A5", "A6", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "S1", "S2", "S3", "S4", "G1", "G2", "G3", "G4",
}

// TestPlan_document holds docs/plan.md to the program: every duty stands in it, each call is in the contract and each test exists.
func TestPlan_document(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../handler/docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", "../dataset/*_test.go"} {
		files, _ := filepath.Glob(pattern)
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(b)
		}
	}
	call := regexp.MustCompile("`(GET|POST|PUT|DELETE) (/[^` ]+)`")
	test := regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	rows := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 4 {
			rows[strings.TrimSpace(cells[1])] = line
		}
	}
	for _, id := range duties {
		row, ok := rows[id]
		if !ok {
			t.Errorf("%s is not in docs/plan.md", id)
			continue
		}
		for _, m := range call.FindAllStringSubmatch(row, -1) {
			if doc.Paths[m[2]][strings.ToLower(m[1])] == nil {
				t.Errorf("%s: there is no %s %s", id, m[1], m[2])
			}
		}
		tests := test.FindAllStringSubmatch(row, -1)
		if len(tests) == 0 && !strings.Contains(row, "not built") {
			t.Errorf("%s names no test", id)
		}
		for _, m := range tests {
			if !strings.Contains(code.String(), "func "+m[1]+"(") {
				t.Errorf("%s: there is no %s", id, m[1])
			}
		}
	}
}
