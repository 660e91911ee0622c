package main

import (
	"bufio"
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/sluicedata/sluice"

// TestImportsGoOneWay holds the arrows of ARCHITECTURE.md over the whole
// dependency graph: what a package may reach, directly or not.
func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`, module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := make(map[string][]string)
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		deps[strings.TrimPrefix(strings.TrimPrefix(f[0], module), "/")] = f[1:]
	}
	ours := func(names ...string) (forbidden []string) {
		for _, n := range names {
			forbidden = append(forbidden, module+"/"+n)
		}
		return forbidden
	}
	const (
		kafka      = "github.com/twmb/franz-go"
		zap        = "go.uber.org/zap"
		prometheus = "github.com/prometheus"
		reference  = "github.com/xeipuuv/gojsonschema"
		containers = "github.com/testcontainers"
	)
	rules := []struct {
		pkg       string // and everything below it
		forbidden []string
	}{
		{"config", append(ours(""), kafka, zap, prometheus, reference, containers)},
		{"validate/jsonscan", append(ours(""), kafka, zap, prometheus, reference, containers)},
		{"validate", append(ours("config", "schemas", "router", "consumer", "cmd"), kafka, zap, prometheus, containers)},
		{"schemas", append(ours("router", "consumer", "cmd"), kafka, zap, prometheus, containers)},
		{"router", append(ours("consumer", "cmd"), zap, prometheus, containers)},
		{"consumer", append(ours("cmd", "integration"), containers)},
		{"cmd", append(ours("integration"), containers)},
	}
	for _, rule := range rules {
		found := false
		for pkg, reach := range deps {
			if pkg != rule.pkg && !strings.HasPrefix(pkg, rule.pkg+"/") {
				continue
			}
			found = true
			for _, dep := range reach {
				for _, f := range rule.forbidden {
					inside := strings.HasPrefix(dep, module+"/"+rule.pkg)
					if !inside && (dep == f || strings.HasPrefix(dep, strings.TrimSuffix(f, "/")+"/")) {
						t.Errorf("%s reaches %s, which %s must not", pkg, dep, rule.pkg)
					}
				}
			}
		}
		if !found {
			t.Errorf("no package %s: the rule guards nothing", rule.pkg)
		}
	}
	for _, dep := range deps["router"] {
		if strings.HasPrefix(dep, kafka) {
			t.Errorf("router reaches %s: only router/deadletter knows Kafka's record", dep)
		}
	}
}
