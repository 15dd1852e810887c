package config_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"kuacheng/config"
)

const (
	tableBegin = "<!-- settings:begin -->\n"
	tableEnd   = "<!-- settings:end -->"
)

// The table of settings in both READMEs is the struct's: all of it in English, and in Chinese all but the
// explanations, which are people's to write. KUACHENG_UPDATE=1 writes it again.
func TestReadme_lists_every_setting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page, heading string
		explain       func(s config.Setting, written map[string]string) string
	}{
		{"../README.md", "| variable | flag | default | what it is |", func(s config.Setting, _ map[string]string) string {
			return strings.ReplaceAll(s.Help, "|", `\|`)
		}},
		{"../README.zh-CN.md", "| 环境变量 | 参数 | 默认值 | 说明 |", func(s config.Setting, written map[string]string) string {
			return written[s.Env]
		}},
	} {
		t.Run(strings.TrimPrefix(c.page, "../"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(c.page)
			if err != nil {
				t.Fatal(err)
			}
			before, rest, begun := strings.Cut(string(raw), tableBegin)
			table, after, ended := strings.Cut(rest, tableEnd)
			if !begun || !ended {
				t.Fatalf("%s has no place for the settings between %q and %q", c.page, tableBegin, tableEnd)
			}
			written := explanations(table)
			var want strings.Builder
			fmt.Fprintf(&want, "%s\n|---|---|---|---|\n", c.heading)
			for _, s := range config.Settings() {
				words := c.explain(s, written)
				if words == "" {
					t.Errorf("%s does not explain %s", c.page, s.Env)
				}
				fmt.Fprintf(&want, "| `%s` | `%s` | %s | %s |\n", s.Env, s.Flag, code(s.Default), words)
			}
			if table == want.String() {
				return
			}
			if os.Getenv("KUACHENG_UPDATE") != "1" {
				t.Fatalf("%s does not list the settings as they are; KUACHENG_UPDATE=1 writes them", c.page)
			}
			if err := os.WriteFile(c.page, []byte(before+tableBegin+want.String()+tableEnd+after), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// explanations are the last cells of a table's rows by the variables in the first.
func explanations(table string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.SplitN(strings.Trim(strings.TrimSpace(line), "|"), "|", 4)
		if len(cells) == 4 {
			out[strings.Trim(cells[0], " `")] = strings.TrimSpace(cells[3])
		}
	}
	return out
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
