package deploy_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kprom"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

// vocabulary is which labels the series of a name have.
type vocabulary map[string][]string

var (
	descForm = regexp.MustCompile(`fqName: "([^"]*)", help: "[^"]*", unit: "[^"]*", constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)
	pageForm = regexp.MustCompile("(?m)^\\| `(sluice_\\w+)` \\| ([^|]*) \\|")
	byForm   = regexp.MustCompile(`\b(?:by|on|group_left|without|ignoring) *\(([^()]*)\)`)
	wordForm = regexp.MustCompile(`\w+`)
)

// exposed returns what a service of the sales example exposes, what the rules
// record, and what Prometheus adds.
func exposed(t *testing.T) vocabulary {
	t.Helper()
	cfg, err := config.Load("../schemas/examples/sales/sluice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		t.Fatal(err)
	}
	table, err := router.Compile(cfg, set)
	if err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own := prometheus.WrapRegistererWith(prometheus.Labels{"domain": cfg.Domain}, reg)
	if _, err := consumer.New(consumer.Options{Config: cfg, Table: table, Logger: zap.NewNop(), Registerer: own}); err != nil {
		t.Fatal(err)
	}
	// The consumer makes its client, and with it the client's metrics, only when
	// it runs.
	client, err := kgo.NewClient(kgo.WithHooks(kprom.NewMetrics("sluice_kafka", kprom.Registerer(own))))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	v := make(vocabulary)
	descs := make(chan *prometheus.Desc)
	go func() { defer close(descs); reg.Describe(descs) }()
	for d := range descs {
		m := descForm.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("cannot read %s", d)
		}
		v.add(m[1], wordForm.FindAllString(m[3], -1)...)
		if strings.Contains(m[2], "domain=") {
			v.add(m[1], "domain")
		}
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		switch f.GetType() {
		case dto.MetricType_HISTOGRAM:
			v.add(f.GetName()+"_bucket", append(v[f.GetName()], "le")...)
			v.add(f.GetName()+"_count", v[f.GetName()]...)
			v.add(f.GetName()+"_sum", v[f.GetName()]...)
			delete(v, f.GetName())
		case dto.MetricType_SUMMARY:
			v.add(f.GetName(), "quantile")
		default:
		}
	}
	// What the command itself registers stands in docs/observability.md, which is held
	// equal to the code.
	page, err := os.ReadFile("../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range pageForm.FindAllStringSubmatch(string(page), -1) {
		if _, ok := v[m[1]]; !ok && (m[1] == "sluice_build_info" || m[1] == "sluice_log_messages_total" || strings.HasPrefix(m[1], "sluice_schema_")) {
			v.add(m[1], append(wordForm.FindAllString(m[2], -1), "domain")...)
		}
	}
	for _, r := range allRules(t) {
		if r.Record == "" {
			continue
		}
		for _, m := range byForm.FindAllStringSubmatch(r.Expr, -1) {
			v.add(r.Record, wordForm.FindAllString(m[1], -1)...)
		}
		v.add(r.Record, slices.Collect(maps.Keys(r.Labels))...)
	}
	v.add("up")
	v.add("ALERTS", "alertname", "alertstate", "severity", "domain", "product", "topic")
	for name := range v {
		if !strings.Contains(name, ":") {
			v.add(name, "job", "instance") // of the target
		}
	}
	return v
}

func (v vocabulary) add(name string, labels ...string) {
	v[name] = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(v[name]), labels...))))
}

// TestQueriesNameWhatExists holds every query of dashboards and rules, and
// every legend, to names and labels that exist.
func TestQueriesNameWhatExists(t *testing.T) {
	t.Parallel()
	v := exposed(t)
	for _, d := range dashboards(t) {
		for _, q := range d.queries() {
			for _, problem := range v.check(q.expr) {
				t.Errorf("%s: %s", q.where, problem)
			}
			for _, m := range regexp.MustCompile(`\{\{ *(\w+) *\}\}`).FindAllStringSubmatch(q.legend, -1) {
				if !slices.Contains(grouped(q.expr), m[1]) {
					t.Errorf("%s: the legend shows %s, which the query does not keep", q.where, m[1])
				}
			}
		}
		for _, x := range d.Templating.List {
			if x.Type != "query" {
				continue
			}
			inner := strings.TrimSuffix(strings.TrimPrefix(x.Definition, "label_values("), ")")
			at := strings.LastIndex(inner, ",")
			for _, problem := range v.check("max by (" + inner[at+1:] + ") (" + inner[:at] + ")") {
				t.Errorf("%s: variable %s: %s", d.UID, x.Name, problem)
			}
		}
	}
	for _, r := range allRules(t) {
		for _, problem := range v.check(r.Expr) {
			t.Errorf("%s%s: %s", r.Record, r.Alert, problem)
		}
	}
}

// TestQueriesThatNameNothingAreFound has the check find what it is for.
func TestQueriesThatNameNothingAreFound(t *testing.T) {
	t.Parallel()
	v := exposed(t)
	f := func(expr, want string) {
		t.Helper()
		if got := strings.Join(v.check(expr), "; "); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
	f(`sum by (product) (rate(sluice_records_consumed_total{domain="x"}[5m])) > 5`, "")
	f(`sum by (topic) (rate(sluice_records_consumed_total[5m]))`, "no metric of the query has the label topic")
	f(`rate(sluice_records_total{domain="x"}[5m])`, "nothing is called sluice_records_total")
	f(`sluice_ready{product="x"}`, "sluice_ready has no label product")
	f(`rate(sluice_processing_latency_seconds[5m])`, "nothing is called sluice_processing_latency_seconds")
	f(`sum by (le) (rate(sluice_processing_latency_seconds_bucket{le="1"}[5m]))`, "")
}

var (
	stringForm   = regexp.MustCompile(`"(?:\\.|[^"\\])*"`)
	rangeForm    = regexp.MustCompile(`\[[^\]]*\]`)
	selectorForm = regexp.MustCompile(`([a-zA-Z_:][\w:]*)\s*\{([^{}]*)\}`)
	matcherForm  = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
	nameForm     = regexp.MustCompile(`([\w.:]+)\s*(\(?)`) // numbers too
	keywords     = []string{"and", "or", "unless", "by", "on", "without", "ignoring", "group_left", "group_right", "offset", "bool"}
)

// check reads a query as far as names and labels go. Whether it is a query at
// all is for promtool to say.
func (v vocabulary) check(expr string) (problems []string) {
	expr = rangeForm.ReplaceAllString(variableForm.ReplaceAllString(stringForm.ReplaceAllString(expr, `""`), "1"), "")
	for _, m := range selectorForm.FindAllStringSubmatch(expr, -1) {
		for _, l := range matcherForm.FindAllStringSubmatch(m[2], -1) {
			if labels, ok := v[m[1]]; ok && !slices.Contains(labels, l[1]) {
				problems = append(problems, m[1]+" has no label "+l[1])
			}
		}
	}
	labels := grouped(expr)
	expr = byForm.ReplaceAllString(regexp.MustCompile(`\{[^{}]*\}`).ReplaceAllString(expr, ""), "")
	expr = regexp.MustCompile(`\boffset +\S+?(\)|\s|$)`).ReplaceAllString(expr, "$1")
	var known []string
	for _, m := range nameForm.FindAllStringSubmatch(expr, -1) {
		if m[2] == "(" || slices.Contains(keywords, m[1]) || m[1][0] >= '0' && m[1][0] <= '9' {
			continue
		}
		if _, ok := v[m[1]]; !ok {
			problems = append(problems, "nothing is called "+m[1])
		}
		known = append(known, v[m[1]]...)
	}
	for _, l := range labels {
		if len(problems) == 0 && !slices.Contains(known, l) {
			problems = append(problems, "no metric of the query has the label "+l)
		}
	}
	return problems
}

// grouped returns the labels that a query groups or joins by.
func grouped(expr string) (labels []string) {
	for _, m := range byForm.FindAllStringSubmatch(expr, -1) {
		labels = append(labels, wordForm.FindAllString(m[1], -1)...)
	}
	return labels
}
