package report

import (
	"cmp"
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
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Delivery, b.Delivery))
	})
	var b strings.Builder
	b.WriteString("| fault | delivery | times | records in | lost | misrouted | reordered | changed | duplicated | recovery | it bit |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %d | %d | %.1f s | %s |\n",
			r.Name, strings.ReplaceAll(r.Delivery, "_", " "), r.Injected, r.In,
			r.Lost, r.Misrouted, r.Reordered, r.Other, r.Duplicated, r.Recovery.Seconds(), r.Proof)
	}
	return b.String()
}

// Begin and End enclose the table in a document.
const (
	Begin = "<!-- faults: written by make chaos -->\n"
	End   = "<!-- end -->"
)

// Insert puts a table between the marks of a document, in place of what is
// there.
func Insert(document, table string) (string, error) {
	before, rest, ok := strings.Cut(document, Begin)
	_, after, ok2 := strings.Cut(rest, End)
	if !ok || !ok2 {
		return "", fmt.Errorf("no place for the table: want a line %q and later %q", strings.TrimSpace(Begin), End)
	}
	return before + Begin + table + End + after, nil
}
