package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sluicedata/sluice/cmd/sluice/internal/explain"
	"github.com/sluicedata/sluice/consumer/replay"
)

// printReplay writes a replay's result for people: a table of what failed in
// the same way, the reasons below it, and the sum.
func printReplay(w io.Writer, r *replay.Result) {
	if len(r.Kinds) > 0 {
		printKinds(w, r.Kinds)
	}
	did := ""
	if !r.Applied {
		did = "would be "
	}
	fmt.Fprintf(w, "%s of %s: %s%d recovered to %s, %d still bad, %d parked, %d skipped\n",
		count(int(r.Read), "dead letter"), strings.Join(r.Topics, ", "), did, r.Recovered, "the "+r.To, r.StillBad, r.Parked, r.Skipped)
	switch {
	case !r.Applied:
		fmt.Fprintln(w, "Nothing was changed: --apply does it.")
	case r.Left > 0:
		fmt.Fprintf(w, "A later replay finds %s: skipped, still bad or not read.\n", count(int(r.Left), "dead letter"))
	}
}

func printKinds(w io.Writer, kinds []*replay.Kind) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PRODUCT\tREASON\tFINGERPRINT\tRECORDS\tRECOVERED\tSTILL BAD\tPARKED\tSKIPPED")
	for _, k := range kinds {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", dash(k.Product), dash(k.Reason), dash(short(k.Fingerprint)),
			k.Total(), k.Recovered, k.StillBad, k.Parked, k.Skipped)
	}
	_ = table.Flush() // to the terminal: nobody could act
	fmt.Fprintln(w)
	for _, k := range kinds {
		fmt.Fprintf(w, "%s %s", dash(k.Reason), short(k.Fingerprint))
		if k.Message != "" {
			fmt.Fprintf(w, ": %s", explain.Printable([]byte(k.Message)))
		}
		fmt.Fprintln(w)
		if !k.First.IsZero() {
			fmt.Fprintf(w, "  failed from %s to %s\n", moment(k.First), moment(k.Last))
		}
		var now []string
		for _, verdict := range slices.Sorted(maps.Keys(k.Now)) {
			now = append(now, fmt.Sprintf("%d %s", k.Now[verdict], verdict))
		}
		fmt.Fprintf(w, "  now: %s\n", strings.Join(now, ", "))
	}
	fmt.Fprintln(w)
}

// moment is a time as dead letters write it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// short is as much of a fingerprint as tells it from others.
func short(fingerprint string) string { return fingerprint[:min(12, len(fingerprint))] }

// dash shows a header's text, which may hold anything, in a cell of a table.
func dash(text string) string {
	if text == "" {
		return "-"
	}
	return explain.Printable([]byte(text))
}
