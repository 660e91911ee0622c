package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Fault is one row of the fault programme: what was injected, and what the
// ledger found.
type Fault struct {
	Name     string `json:"name"`
	Delivery string `json:"delivery"`
	// Injected is how often the fault came.
	Injected int `json:"injected"`
	// In is how many records the inputs got meanwhile.
	In int `json:"in"`
	// What the ledger found. Other is all but the first three, such as a byte
	// that was changed.
	Lost       int `json:"lost"`
	Misrouted  int `json:"misrouted"`
	Reordered  int `json:"reordered"`
	Other      int `json:"other"`
	Duplicated int `json:"duplicated"`
	// Recovery is the longest time from the end of the fault until the service
	// had caught up.
	Recovery time.Duration `json:"recovery"`
	// Proof says how it is known that the fault bit.
	Proof string `json:"proof"`
}

// Table is the rows as a table of Markdown, sorted by fault.
func Table(rows []Fault) string {
	lines := make([]string, len(rows))
	for i := range rows {
		lines[i] = rows[i].line()
	}
	return table(lines)
}

const (
	head = "| fault | delivery | times | records in | lost | misrouted | reordered | changed | duplicated | recovery | it bit |\n" +
		"| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n"
	headLines = 2
)

func table(lines []string) string {
	slices.Sort(lines)
	return head + strings.Join(lines, "")
}

func (r *Fault) line() string {
	return fmt.Sprintf("%s %d | %d | %d | %d | %d | %d | %d | %.1f s | %s |\n", r.title(), r.Injected, r.In,
		r.Lost, r.Misrouted, r.Reordered, r.Other, r.Duplicated, r.Recovery.Seconds(), r.Proof)
}

// title begins the row's line, and no other's.
func (r *Fault) title() string {
	return fmt.Sprintf("| %s | %s |", r.Name, strings.ReplaceAll(r.Delivery, "_", " "))
}

// Begin and End enclose the table in a document.
const (
	Begin = "<!-- faults: written by make chaos -->\n"
	End   = "<!-- end -->"
)

// Insert puts rows into the table between the marks of a document, in place of
// those of the same fault and delivery.
func Insert(document string, rows []Fault) (string, error) {
	before, rest, ok := strings.Cut(document, Begin)
	old, after, ok2 := strings.Cut(rest, End)
	if !ok || !ok2 {
		return "", fmt.Errorf("no place for the table: want a line %q and later %q", strings.TrimSpace(Begin), End)
	}
	var lines []string
	for n, line := range slices.Collect(strings.Lines(old)) {
		if n >= headLines && !slices.ContainsFunc(rows, func(r Fault) bool { return strings.HasPrefix(line, r.title()) }) {
			lines = append(lines, line)
		}
	}
	for i := range rows {
		lines = append(lines, rows[i].line())
	}
	return before + Begin + table(lines) + End + after, nil
}
