// Package deploy_test holds what is deployed beside sluice, dashboards, rules
// and runbook, to each other and to the metrics that a service exposes.
package deploy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// ruleFiles is what Prometheus loads.
func ruleFiles(t *testing.T) []string { return glob(t, "prometheus/rules/*.yml") }

func dashboardFiles(t *testing.T) []string { return glob(t, "grafana/dashboards/*.json") }

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < 2 {
		t.Fatalf("%s: %q %v", pattern, files, err)
	}
	return files
}

// ruleFile is a file of rules.
type ruleFile struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []rule `yaml:"rules"`
	} `yaml:"groups"`
}

type rule struct {
	Record      string            `yaml:"record"`
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// rules returns the rules of a file.
func rules(t *testing.T, file string) []rule {
	t.Helper()
	var f ruleFile
	decodeYAML(t, file, &f)
	var list []rule
	for _, g := range f.Groups {
		list = append(list, g.Rules...)
	}
	return list
}

func allRules(t *testing.T) []rule {
	t.Helper()
	var list []rule
	for _, file := range ruleFiles(t) {
		list = append(list, rules(t, file)...)
	}
	return list
}

func decodeYAML(t *testing.T, file string, v any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// dashboard is what is checked of a dashboard in Grafana's classic schema.
type dashboard struct {
	UID           string `json:"uid"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	SchemaVersion int    `json:"schemaVersion"`
	Editable      bool   `json:"editable"`
	Links         []struct {
		URL string `json:"url"`
	} `json:"links"`
	Annotations struct {
		List []struct {
			Name       string     `json:"name"`
			Datasource datasource `json:"datasource"`
			Expr       string     `json:"expr"`
		} `json:"list"`
	} `json:"annotations"`
	Templating struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type variable struct {
	Name       string          `json:"name"`
	Label      string          `json:"label"`
	Type       string          `json:"type"`
	Definition string          `json:"definition"`
	Query      json.RawMessage `json:"query"`
	Refresh    int             `json:"refresh"`
}

type panel struct {
	ID          int        `json:"id"`
	Type        string     `json:"type"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Datasource  datasource `json:"datasource"`
	GridPos     struct {
		X, Y, W, H int
	} `json:"gridPos"`
	FieldConfig struct {
		Defaults struct {
			Unit       string `json:"unit"`
			Thresholds struct {
				Steps []struct {
					Color string   `json:"color"`
					Value *float64 `json:"value"`
				} `json:"steps"`
			} `json:"thresholds"`
			Links []struct {
				URL string `json:"url"`
			} `json:"links"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Targets []struct {
		RefID        string     `json:"refId"`
		Datasource   datasource `json:"datasource"`
		Expr         string     `json:"expr"`
		LegendFormat string     `json:"legendFormat"`
		Instant      bool       `json:"instant"`
	} `json:"targets"`
}

func dashboards(t *testing.T) map[string]*dashboard {
	t.Helper()
	all := make(map[string]*dashboard)
	for _, file := range dashboardFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := new(dashboard)
		if err := json.Unmarshal(text, d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[file] = d
	}
	return all
}

// query is a query of a dashboard with the place where it stands. Variables
// are not expanded.
type query struct {
	where, expr, legend string
	instant             bool
}

func (d *dashboard) queries() []query {
	var list []query
	row := ""
	for i := range d.Panels {
		p := &d.Panels[i]
		if p.Type == "row" {
			row = p.Title
		}
		for _, target := range p.Targets {
			where := strings.Join([]string{d.UID, row, p.Title, target.RefID}, " / ")
			list = append(list, query{where, target.Expr, target.LegendFormat, target.Instant})
		}
	}
	for _, a := range d.Annotations.List {
		list = append(list, query{where: d.UID + " / annotation " + a.Name, expr: a.Expr})
	}
	return list
}

// tool returns the path of a program of Prometheus.
func tool(t *testing.T, name, without string) string {
	t.Helper()
	return program(t, name, "prometheus", without)
}

// program returns the path of a program. Where it is missing the test is
// skipped, and fails if SLUICE_INTEGRATION=required.
func program(t *testing.T, name, from, without string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("SLUICE_INTEGRATION") == "required" {
		t.Fatalf("%s is not on PATH (Debian has it in %s): %s", name, from, without)
	}
	t.Skipf("%s is not on PATH: %s", name, without)
	return ""
}

// command runs a program and returns what it writes.
func command(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), name, args...)
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.String(), err
}
