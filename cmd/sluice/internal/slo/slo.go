// Package slo turns what data products promise into rules for Prometheus.
//
// A promise leaves an error budget: of good_ratio 0.999, one record in a
// thousand over 30 days. How fast the budget burns is judged over a long window,
// so that a blip wakes nobody, and over a short one, so that the alert ends soon
// after the trouble (The Site Reliability Workbook, chapter 5). The shares are
// recorded once for each window; all rules of a product are one group, because
// the rules of a group are evaluated one after the other.
package slo

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/config"
)

// burn is a speed at which the budget of 30 days is used up. At speed 1 it
// lasts 30 days.
type burn struct {
	speed       float64
	long, short string
	hold        string // for how long both windows must show it
	severity    string
	gone        string // when a whole budget is used up
}

var burns = []burn{
	{14.4, "1h", "5m", "2m", "page", "in two days"},
	{6, "6h", "30m", "15m", "page", "in five days"},
	{3, "1d", "2h", "1h", "ticket", "in ten days"},
	{1, "3d", "6h", "3h", "ticket", "within 30 days"},
}

var windows = []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"}

// Fewer bad records than this in the long window are no alert: one bad record
// of ten is no trend.
const fewest = 10

// latencyShare of the records keep latency_p99.
const latencyShare = 0.99

const runbook = "https://github.com/sluicedata/sluice/blob/main/docs/runbook.md#"

// promise is one promise of one product.
type promise struct {
	domain, product, owner string
	name                   string // label slo
	alert                  string
	share                  float64 // of the records that keep it
	all, bad               func(fn, window string) string
	broken                 string // what bad records do
	reader                 string // what it means for who reads the product
}

// Rules returns a rule file for the promises in a configuration. The same
// configuration gives the same text.
func Rules(cfg *config.Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What the data products of %[1]s promise, as rules for Prometheus.
# Written by sluice rules from sluice.yaml: change the slo there and write them
# anew. They come on top of deploy/prometheus/rules/sluice.yml.
groups:
  - name: sluice-slo-%[1]s
    rules:
      # Only here the domain is known, so only this finds one that never came.
      - alert: SluiceAbsent
        expr: absent(sluice_build_info{domain=%[2]s})
        for: 5m
        labels: {severity: page}
        annotations:
          summary: no sluice of {{ $labels.domain }} is left
          description: Domain {{ $labels.domain }} has had no running sluice for 5 minutes. Its raw topics fill up and its products get no records.
          runbook_url: %[3]ssluiceabsent
`, cfg.Domain, strconv.Quote(cfg.Domain), runbook)
	for i := range cfg.Products {
		p := &cfg.Products[i]
		promises := promisesOf(cfg, p)
		if len(promises) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n  - name: sluice-slo-%s-%s\n    rules:\n", cfg.Domain, p.Name)
		for j := range promises {
			promises[j].write(&b)
		}
	}
	return b.String()
}

func promisesOf(cfg *config.Config, p *config.Product) []promise {
	selected := func(more string) string {
		return fmt.Sprintf("{domain=%s, product=%s, %s}", strconv.Quote(cfg.Domain), strconv.Quote(p.Name), more)
	}
	sum := func(metric, selector string) func(fn, window string) string {
		return func(fn, window string) string {
			return "sum(" + fn + "(" + metric + selector + "[" + window + "]))"
		}
	}
	base := promise{domain: cfg.Domain, product: p.Name, owner: cfg.Owner}
	var list []promise
	if p.SLO.GoodRatio > 0 {
		good := base
		good.name, good.alert, good.share = "good_ratio", "SluiceGoodRatioBurn", p.SLO.GoodRatio
		good.all = sum("sluice_records_processed_total", selected(`outcome!="dropped"`))
		good.bad = sum("sluice_records_processed_total", selected(`outcome="dead_lettered"`))
		good.broken = "became dead letters"
		good.reader = "Readers of the product miss these records until they are repaired."
		list = append(list, good)
	}
	if l := p.SLO.LatencyP99; l > 0 {
		fast := base
		fast.name, fast.alert, fast.share = "latency_p99", "SluiceLatencyBurn", latencyShare
		all := sum("sluice_end_to_end_latency_seconds_count", selected(`outcome="accepted"`))
		kept := sum("sluice_end_to_end_latency_seconds_bucket", selected(`outcome="accepted", le=~"`+bound(l.Seconds())+`"`))
		fast.all = all
		fast.bad = func(fn, window string) string {
			return "(" + all(fn, window) + " - " + kept(fn, window) + ")"
		}
		fast.broken = "took longer than " + l.String()
		fast.reader = "Readers of the product see them late."
		list = append(list, fast)
	}
	return list
}

// write writes the recording rules of a promise, and then its alerts.
func (p *promise) write(b *strings.Builder) {
	own := labels("domain", p.domain, "product", p.product, "slo", p.name)
	budget := number(1 - p.share)
	for _, w := range windows {
		// Without records there is no share: comparing takes 0/0 away.
		record(b, shareOf(w), p.bad("rate", w)+" / ("+p.all("rate", w)+" > 0)", own)
	}
	selector := fmt.Sprintf("{domain=%s, product=%s, slo=%q}", strconv.Quote(p.domain), strconv.Quote(p.product), p.name)
	for _, a := range burns {
		if a.speed*(1-p.share) >= 1 {
			fmt.Fprintf(b, "      # No alert at %s times the budget of %s: that is more than all records.\n", number(a.speed), budget)
			continue
		}
		fmt.Fprintf(b, `      - alert: %s
        expr: |
          %s%s > %s * %s
          and %s%s > %s * %s
          and on () %s >= %d
        for: %s
        labels: %s
        annotations:
          summary: %q
          description: %q
          runbook_url: %s
`,
			p.alert,
			shareOf(a.long), selector, number(a.speed), budget,
			shareOf(a.short), selector, number(a.speed), budget,
			p.bad("increase", a.long), fewest,
			a.hold,
			labels("severity", a.severity, "domain", p.domain, "product", p.product, "window", a.long, "owner", strings.ReplaceAll(p.owner, "{{", `{{"{{"}}`)),
			fmt.Sprintf("%s of %s breaks its promise of %s: %s", p.product, p.domain, p.name, "{{ $value | humanizePercentage }} of its records "+p.broken+" within "+a.long),
			fmt.Sprintf("Promised are %s of the records; at this speed the budget of 30 days is used up %s. %s", number(p.share), a.gone, p.reader),
			runbook+strings.ToLower(p.alert))
	}
}

// shareOf names the record of the share of bad records over a window.
func shareOf(window string) string { return "domain_product:sluice_slo_bad:ratio_rate" + window }

func record(b *strings.Builder, name, expr, labels string) {
	fmt.Fprintf(b, "      - record: %s\n        expr: %s\n        labels: %s\n", name, expr, labels)
}

// labels is a YAML map of pairs. An empty value is no label.
func labels(pairs ...string) string {
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, pairs[i]+": "+strconv.Quote(pairs[i+1]))
		}
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// number writes a number without the noise of binary fractions: 1-0.999 is
// 0.001.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }

// bound matches the label le of a bucket. A whole number of seconds is written
// with a fraction in OpenMetrics and by Prometheus 3, and without one in the
// older text format.
func bound(seconds float64) string {
	le := strings.ReplaceAll(strconv.FormatFloat(seconds, 'g', -1, 64), ".", `\\.`)
	if seconds == math.Trunc(seconds) {
		le += `(\\.0)?`
	}
	return le
}
