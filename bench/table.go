package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"
)

// line is a row of the table; what does not apply is "".
type line struct {
	what, ours, raw, ratio, writes, target string
	met                                    bool
}

type table struct{ lines []line }

func (t *table) add(l line) { t.lines = append(t.lines, l) }

// print writes the table in the form that a README takes as it is.
func (t *table) print(out io.Writer, took time.Duration) {
	cells := [][]string{{"what", "ours", "raw beside it", "ratio", "durable writes", "target", ""}}
	for _, l := range t.lines {
		mark := ""
		if l.target != "" {
			if mark = "missed"; l.met {
				mark = "met"
			}
		}
		cells = append(cells, []string{l.what, l.ours, l.raw, l.ratio, l.writes, l.target, mark})
	}
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for n, row := range cells {
		for i, c := range row {
			fmt.Fprintf(out, "| %s%s ", c, strings.Repeat(" ", width[i]-utf8.RuneCountInString(c)))
		}
		fmt.Fprintln(out, "|")
		if n == 0 {
			for _, w := range width {
				fmt.Fprintf(out, "|%s", strings.Repeat("-", w+2))
			}
			fmt.Fprintln(out, "|")
		}
	}
	fmt.Fprintf(out, "\n%s, %d processors, %s; measured in %s.\n", runtime.Version(), runtime.GOMAXPROCS(0), runtime.GOOS+"/"+runtime.GOARCH, took.Round(time.Second))
}

func perSecond(r float64) string { return fmt.Sprintf("%.0f/s", r) }

func times(r float64) string { return fmt.Sprintf("%.2f×", r) }

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }
