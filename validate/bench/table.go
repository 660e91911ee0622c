package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// mean is a geometric mean.
type mean struct {
	logs float64
	n    int
}

func (m *mean) add(ratio float64) {
	if ratio > 0 && !math.IsInf(ratio, 0) {
		m.logs += math.Log(ratio)
		m.n++
	}
}

func (m *mean) String() string {
	if m.n == 0 {
		return "-"
	}
	return figure(math.Exp(m.logs / float64(m.n)))
}

func figure(x float64) string {
	switch {
	case x == 0 || math.IsNaN(x) || math.IsInf(x, 0):
		return "-"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	default:
		return fmt.Sprintf("%.1f", x)
	}
}

// ratios are the columns of the table: how many times one is as slow as
// another.
var ratios = []struct {
	title string
	of    func(r *result, rust map[string]time.Duration) float64
}{
	{"ours/sonic.Valid", func(r *result, _ map[string]time.Duration) float64 { return r.ratio(ours, sonicValid) }},
	{"ours/scan", func(r *result, _ map[string]time.Duration) float64 { return r.ratio(ours, scan) }},
	{"{}/scan", func(r *result, _ map[string]time.Duration) float64 { return r.ratio(oursEmpty, scan) }},
	{"bad/good", func(r *result, _ map[string]time.Duration) float64 {
		return float64(r.bad) / float64(r.perRecord[ours])
	}},
	{"json.Valid/ours", func(r *result, _ map[string]time.Duration) float64 { return r.ratio(jsonValid, ours) }},
	{"gojsonschema/ours", func(r *result, _ map[string]time.Duration) float64 { return r.ratio(gojs, ours) }},
	{"santhosh/ours", func(r *result, _ map[string]time.Duration) float64 { return r.ratio(santhosh, ours) }},
	{"santhosh+sonic/ours", func(r *result, _ map[string]time.Duration) float64 { return r.ratio(withSonic, ours) }},
	{"rust/ours", func(r *result, rust map[string]time.Duration) float64 {
		return float64(rust[r.name]) / float64(r.perRecord[ours])
	}},
}

func (r *result) ratio(a, b string) float64 {
	if r.perRecord[a] == 0 || r.perRecord[b] == 0 {
		return 0
	}
	return float64(r.perRecord[a]) / float64(r.perRecord[b])
}

// print writes the table as Markdown that is also readable as it is.
func print(w io.Writer, results []result, rust map[string]time.Duration) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	head, rule := "| corpus\t| draft\t| bytes\t| ours ns", "| ---\t| ---\t| ---\t| ---"
	for _, c := range ratios {
		head += "\t| " + c.title
		rule += "\t| ---"
	}
	fmt.Fprintln(t, head+"\t| allocs\t|")
	fmt.Fprintln(t, rule+"\t| ---\t|")
	means, plain := make([]mean, len(ratios)), make([]mean, len(ratios))
	webhooks := make([]mean, len(ratios))
	for i := range results {
		r := &results[i]
		row := fmt.Sprintf("| %s\t| %s\t| %d\t| %d", r.name, draftName(r.draft), r.size(), r.perRecord[ours].Nanoseconds())
		for j, c := range ratios {
			x := c.of(r, rust)
			row += "\t| " + figure(x)
			means[j].add(x)
			if r.event {
				plain[j].add(x)
			}
			if strings.HasPrefix(r.name, "octokit_") {
				webhooks[j].add(x)
			}
		}
		fmt.Fprintf(t, "%s\t| %.2f\t|\n", row, r.allocs)
	}
	foot := func(title string, list []mean) {
		row := "| " + title + "\t| \t| \t| "
		for j := range list {
			row += "\t| " + list[j].String()
		}
		fmt.Fprintln(t, row+"\t| \t|")
	}
	foot("geometric mean, octokit", webhooks)
	foot("geometric mean, plain events", plain)
	foot("geometric mean, all", means)
	return t.Flush()
}

// readRust reads what the Rust benchmark printed: corpus, what, nanoseconds.
func readRust(file string) (map[string]time.Duration, error) {
	rust := make(map[string]time.Duration)
	if file == "" {
		return rust, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		if len(columns) < 3 || columns[1] != "rust-serde+validate" {
			continue
		}
		ns, err := strconv.ParseFloat(columns[2], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		rust[columns[0]] = time.Duration(ns)
	}
	return rust, lines.Err()
}
