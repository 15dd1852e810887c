package model

import (
	"fmt"
	"slices"
	"strings"
)

// StateDiagram draws the transition table as a mermaid state diagram: one arrow for each pair of states with
// the events that lead from one to the other. What stays in a state is in TransitionList.
func StateDiagram() string {
	type arrow struct{ from, to MatterState }
	labels := map[arrow][]string{}
	for _, from := range MatterStates {
		for _, e := range MatterEvents {
			if t := byState[e][from]; t != nil && t.Target(from) != from {
				a := arrow{from, t.Target(from)}
				labels[a] = append(labels[a], string(e))
			}
		}
	}
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range MatterStates {
		fmt.Fprintf(&b, "    state \"%s %s\" as %s\n", s.Name(), s, s)
	}
	b.WriteString("    [*] --> draft: open\n")
	for _, from := range MatterStates {
		for _, to := range MatterStates {
			if events := labels[arrow{from, to}]; len(events) > 0 {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, strings.Join(events, ", "))
			}
		}
	}
	for _, s := range MatterStates {
		if s.Ended() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	return b.String()
}

// TransitionList is the table as Markdown, a line for each row.
func TransitionList() string {
	var b strings.Builder
	b.WriteString("| event | from → to | modes | who | clocks | tells |\n|---|---|---|---|---|---|\n")
	for i := range transitions {
		t := &transitions[i]
		fmt.Fprintf(&b, "| `%s` %s | %s | %s | %s | %s | %s |\n", t.Event, t.Event.Name(), t.arrowText(), t.modesText(),
			t.whoText(), t.clocksText(), strings.Join(slices.Concat(t.Notices, t.Also), ", "))
	}
	return b.String()
}

func (t *Transition) arrowText() string {
	from := make([]string, 0, len(t.From))
	for _, s := range t.From {
		from = append(from, string(s))
	}
	to := string(t.To)
	if to == "" {
		to = "stays"
	}
	if len(from) == 0 {
		from = []string{"–"}
	}
	return strings.Join(from, ", ") + " → " + to
}

func (t *Transition) modesText() string {
	if t.Modes == nil {
		return "all"
	}
	modes := make([]string, 0, len(t.Modes))
	for _, m := range t.Modes {
		modes = append(modes, string(m))
	}
	return strings.Join(modes, ", ")
}

func (t *Transition) whoText() string {
	who := make([]string, 0, len(t.Who))
	for _, c := range t.Who {
		role := string(c.Role)
		if c.Lead {
			role = "lead"
		}
		w := string(c.Door) + " " + role
		if c.Side == SideR || c.Side == SideH {
			w += " of " + string(c.Side)
		}
		if c.Side == SideHall {
			w += " of that hall"
		}
		who = append(who, w)
	}
	return strings.Join(who, "; ")
}

func (t *Transition) clocksText() string {
	out := make([]string, 0, len(t.Clocks))
	for _, e := range t.Clocks {
		out = append(out, fmt.Sprintf("%s %s", e.Clock, e.Action))
	}
	return strings.Join(out, ", ")
}

// StatesPage is docs/states.md, made from the table alone.
func StatesPage() string {
	return "# The matter's states\n\nMade from the transition table in `model/matter_table.go`; `KUACHENG_UPDATE=1 go test ./model -run TestStatesPage` writes it again.\n\n" +
		"```mermaid\n" + StateDiagram() + "```\n\n" + TransitionList()
}
