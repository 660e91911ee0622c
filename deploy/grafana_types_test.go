package deploy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Plain turns Grafana's types, which name members of enumerations, into those
// of a JSON file, which spells them.
const plainType = `
type Plain<T> = T extends string ? ` + "`${T}`" + ` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
`

// Options and fields of each type of panel. What a file leaves out of its
// options has a default.
var panelTypes = map[string][2]string{
	"timeseries": {"Partial<Plain<timeseries.Options>>", "Plain<timeseries.FieldConfig>"},
	"heatmap":    {"Partial<Plain<heatmap.Options>>", "Plain<heatmap.FieldConfig>"},
	"stat":       {"Partial<Plain<stat.Options>>", "Record<string, never>"},
	"table":      {"Partial<Plain<table.Options>>", "Plain<schema.TableFieldOptions>"},
}

// TestDashboardsMeetGrafanasTypes has the TypeScript compiler hold the
// dashboards to the types that Grafana publishes: no property that it does not
// know, no value that it does not have.
func TestDashboardsMeetGrafanasTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("installs two packages for Node.js")
	}
	t.Parallel()
	const without = "dashboards were not held to Grafana's types"
	npm := program(t, "npm", "nodejs and npm", without)
	folder := t.TempDir()
	for _, file := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("grafana/types", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := command(t, npm, "ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		if os.Getenv("SLUICE_INTEGRATION") != "required" {
			t.Skipf("the packages are not to be had, %s: %v\n%s", without, err, out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	compile := func(source string) (string, error) {
		file := filepath.Join(folder, "dashboards.ts")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		return command(t, filepath.Join(folder, "node_modules/.bin/tsc"),
			"--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", file)
	}
	source := typed(t)
	if out, err := compile(source); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// The compiler finds what it is for.
	broken := source
	for from, to := range map[string]string{
		`"drawStyle":"line"`: `"drawStyle":"lines"`, `"refresh":2`: `"refresh":7`, `"reduceOptions":`: `"reduceOption":`,
	} {
		if !strings.Contains(source, from) {
			t.Errorf("no dashboard has %s", from)
		}
		broken = strings.Replace(broken, from, to, 1)
	}
	out, err := compile(broken)
	for _, wrong := range []string{`"lines"`, "VariableRefresh", "reduceOption"} {
		if err == nil || !strings.Contains(out, wrong) {
			t.Errorf("%s is not found: %v\n%s", wrong, err, out)
		}
	}
}

// typed writes the dashboards as constants of Grafana's types.
func typed(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("import type * as schema from \"@grafana/schema\";\n")
	for name, file := range map[string]string{"timeseries": "TimeSeries", "heatmap": "Heatmap", "stat": "Stat", "table": "Table"} {
		fmt.Fprintf(&b, "import type * as %[1]s from \"@grafana/schema/dist/types/raw/composable/%[1]s/panelcfg/x/%[2]sPanelCfg_types.gen.d.ts\";\n", name, file)
	}
	b.WriteString(plainType)
	n := 0
	constant := func(kind string, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		n++
		fmt.Fprintf(&b, "export const c%d: %s = %s;\n", n, kind, text)
	}
	for _, file := range dashboardFiles(t) {
		var d map[string]any
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		for _, v := range at[[]any](d, "panels") {
			panel := v.(map[string]any)
			types, ok := panelTypes[panel["type"].(string)]
			if !ok {
				continue // a row
			}
			options := maps.Clone(at[map[string]any](panel, "options"))
			if tooltip, ok := options["tooltip"].(map[string]any); ok && panel["type"] == "heatmap" {
				delete(tooltip, "show") // what Grafana 9 reads in place of mode
			}
			constant(types[0], options)
			if custom := at[map[string]any](panel, "fieldConfig", "defaults", "custom"); custom != nil {
				constant(types[1], custom)
			}
		}
		// What data sources add: the types know only what all have in common.
		for _, v := range at[[]any](d, "annotations", "list") {
			annotation := v.(map[string]any)
			for _, name := range []string{"expr", "step", "titleFormat", "textFormat", "tagKeys", "useValueForTime"} {
				delete(annotation, name)
			}
			delete(at[map[string]any](annotation, "target"), "expr")
		}
		for _, v := range at[[]any](d, "templating", "list") {
			delete(v.(map[string]any), "definition")
		}
		constant("Plain<schema.Dashboard>", d)
	}
	if n < 80 {
		t.Errorf("only %d constants", n)
	}
	return b.String()
}

// at returns what stands at a path of names, or the zero value.
func at[T any](from map[string]any, path ...string) (found T) {
	for _, name := range path[:len(path)-1] {
		from, _ = from[name].(map[string]any)
	}
	found, _ = from[path[len(path)-1]].(T)
	return found
}
