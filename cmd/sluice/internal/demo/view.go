package demo

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sluicedata/sluice/consumer"
)

// view shows what the services do, once a second: a table that is redrawn on a
// terminal, a line per domain elsewhere.
type view struct {
	w        io.Writer
	terminal bool
	started  time.Time
	lines    int // that the last table took
	last     map[string]int64
	lastTime time.Time
}

func newView(w io.Writer, terminal bool) *view {
	now := time.Now()
	return &view{w: w, terminal: terminal, started: now, lastTime: now, last: make(map[string]int64)}
}

// rows shown at most on a terminal; the busiest products come first.
const rows = 14

// show draws one state of every domain, in the order given.
func (v *view) show(domains []string, states []consumer.Status) {
	now := time.Now()
	seconds := max(now.Sub(v.lastTime).Seconds(), 1e-3)
	v.lastTime = now
	elapsed := now.Sub(v.started).Round(time.Second)
	var b strings.Builder
	if v.terminal {
		if v.lines > 0 {
			fmt.Fprintf(&b, "\x1b[%dA\x1b[J", v.lines)
		}
		v.table(&b, domains, states, seconds, elapsed)
		v.lines = strings.Count(b.String(), "\n")
	} else {
		for i, d := range domains {
			var total consumer.ProductStatus
			for _, p := range states[i].Products {
				total.Consumed += p.Consumed
				total.Accepted += p.Accepted
				total.DeadLettered += p.DeadLettered
				total.InFlight += p.InFlight
			}
			fmt.Fprintf(&b, "%4s  %-13s %7.0f rec/s  %9d accepted  %7d dead letters  %5d in flight\n",
				elapsed, d, v.rate(d, total.Consumed, seconds), total.Accepted, total.DeadLettered, total.InFlight)
		}
	}
	_, _ = io.WriteString(v.w, b.String())
}

func (v *view) table(w io.Writer, domains []string, states []consumer.Status, seconds float64, elapsed time.Duration) {
	type row struct {
		domain  string
		product consumer.ProductStatus
	}
	var all []row
	for i, d := range domains {
		for _, p := range states[i].Products {
			all = append(all, row{d, p})
		}
	}
	slices.SortStableFunc(all, func(a, b row) int { return int(b.product.Consumed - a.product.Consumed) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\tproduct\trec/s\taccepted\tdead letters\tgood\n", elapsed)
	for i, r := range all {
		rate := v.rate(r.domain+"/"+r.product.Product, r.product.Consumed, seconds)
		if i >= rows {
			continue
		}
		good := "–"
		if n := r.product.Accepted + r.product.DeadLettered; n > 0 {
			good = fmt.Sprintf("%.2f %%", 100*float64(r.product.Accepted)/float64(n))
		}
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%d\t%d\t%s\n", r.domain, r.product.Product, rate, r.product.Accepted, r.product.DeadLettered, good)
	}
	if len(all) > rows {
		fmt.Fprintf(t, "\tand %d more\t\t\t\t\n", len(all)-rows)
	}
	_ = t.Flush()
}

// rate is what a counter grew by a second since it was last asked for.
func (v *view) rate(name string, n int64, seconds float64) float64 {
	d := float64(n-v.last[name]) / seconds
	v.last[name] = n
	return d
}
