package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRulesOfTheExample holds the rules that Prometheus loads in the compose
// system equal to what the command prints for the domain that runs there.
func TestRulesOfTheExample(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := sluice(t, "rules", "--config", "../../schemas/examples/sales/sluice.yaml")
	if code != 0 || stderr != "" {
		t.Fatalf("%d %s", code, stderr)
	}
	file := "../../deploy/prometheus/rules/slo-sales.yml"
	if *update {
		if err := os.WriteFile(file, []byte(stdout), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != stdout {
		t.Errorf("%s is not what the command prints (%v): write it anew with -update", file, err)
	}
}

func TestRulesNeedAConfiguration(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := sluice(t, "rules", "--config", filepath.Join(t.TempDir(), "none.yaml"))
	if code != 2 || stdout != "" || !strings.Contains(stderr, "none.yaml") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
}
