package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const runbook = "https://github.com/sluicedata/sluice/blob/main/docs/runbook.md#"

// TestAlertsAreComplete holds every alert to a severity, texts and a section of
// the runbook, and every section to an alert.
func TestAlertsAreComplete(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := make(map[string]string) // anchor → text
	for _, s := range strings.Split(string(text), "\n### ")[1:] {
		title, body, _ := strings.Cut(s, "\n")
		sections[strings.ToLower(title)] = body
	}
	alerts := make(map[string]bool)
	for _, r := range allRules(t) {
		if r.Alert == "" {
			continue
		}
		anchor := strings.ToLower(r.Alert)
		alerts[anchor] = true
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity is %q, want page or ticket", r.Alert, s)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s has no summary or no description", r.Alert)
		}
		if r.Annotations["runbook_url"] != runbook+anchor {
			t.Errorf("%s: runbook_url is %q", r.Alert, r.Annotations["runbook_url"])
		}
		for _, part := range []string{"**Means.**", "**Confirm", "**Do", "**Confirm and do.**"} {
			both := strings.Contains(sections[anchor], "**Confirm and do.**")
			if !strings.Contains(sections[anchor], part) && !both && part != "**Confirm and do.**" {
				t.Errorf("%s: the runbook lacks %s", r.Alert, part)
			}
		}
	}
	for s := range sections {
		if !alerts[s] {
			t.Errorf("the runbook has a section %s, and there is no such alert", s)
		}
	}
	for _, m := range regexp.MustCompile(`\]\(#([a-z]+)\)`).FindAllStringSubmatch(string(text), -1) {
		if sections[m[1]] == "" {
			t.Errorf("the runbook refers to #%s, which is no section", m[1])
		}
	}
}

// TestAlertsHaveScenarios wants at least one scenario in which an alert fires
// and one in which it does not.
func TestAlertsHaveScenarios(t *testing.T) {
	t.Parallel()
	fires, silent := make(map[string]bool), make(map[string]bool)
	for _, file := range glob(t, "prometheus/rules/tests/*.yml") {
		var f struct {
			Tests []struct {
				Alerts []struct {
					Name     string `yaml:"alertname"`
					Expected []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			} `yaml:"tests"`
		}
		decodeYAML(t, file, &f)
		for _, test := range f.Tests {
			for _, a := range test.Alerts {
				if len(a.Expected) > 0 {
					fires[a.Name] = true
				} else {
					silent[a.Name] = true
				}
			}
		}
	}
	for _, r := range allRules(t) {
		if r.Alert != "" && !(fires[r.Alert] && silent[r.Alert]) {
			t.Errorf("%s: fires in a scenario %v, is silent in one %v", r.Alert, fires[r.Alert], silent[r.Alert])
		}
	}
}

// TestPromtoolChecksRules has Prometheus's own tool check the rules and play
// the scenarios.
func TestPromtoolChecksRules(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool", "rules were not checked and no scenario was played")
	if out, err := command(t, promtool, "check", "config", "prometheus/prometheus.yml"); err != nil || strings.Count(out, "rules found") != len(ruleFiles(t)) {
		t.Errorf("%v\n%s", err, out)
	}
	args := append([]string{"check", "rules"}, ruleFiles(t)...)
	if out, err := command(t, promtool, args...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, file := range glob(t, "prometheus/rules/tests/*.yml") {
		if out, err := command(t, promtool, "test", "rules", file); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

// TestPromtoolReadsEveryQuery has promtool parse the queries of the dashboards
// as if they were rules: that is the parser of Prometheus itself, without its
// hundred dependencies in our module.
func TestPromtoolReadsEveryQuery(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool", "no query of a dashboard was parsed")
	var b strings.Builder
	b.WriteString("groups:\n- name: queries\n  rules:\n")
	n := 0
	for _, d := range dashboards(t) {
		for _, q := range d.queries() {
			n++
			fmt.Fprintf(&b, "  - record: q:%d\n    expr: %q\n    labels: {where: %q}\n", n, fill(q.expr, values{"price": "0.10"}), q.where)
		}
	}
	file := filepath.Join(t.TempDir(), "queries.yml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := command(t, promtool, "check", "rules", file); err != nil || n < 50 {
		t.Errorf("%d queries: %v\n%s", n, err, out)
	}
}

// values of variables; one without a value is matched by anything.
type values map[string]string

var variableForm = regexp.MustCompile(`\$\{?(\w+)\}?`)

// fill expands the variables of a query.
func fill(expr string, v values) string {
	return variableForm.ReplaceAllStringFunc(expr, func(s string) string {
		name := variableForm.FindStringSubmatch(s)[1]
		if value, ok := v[name]; ok {
			return value
		}
		switch name {
		case "__rate_interval":
			return "10s"
		case "__range":
			return "30s"
		default:
			return ".+"
		}
	})
}
