package baseline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas/compat"
)

const (
	domain = `domain: sales
kafka:
  brokers: [localhost:9092]
products:
  - name: orders
    input: shop.orders
    schema: order.json
    output: sales.orders.v1
`
	order = `{"$schema": "http://json-schema.org/draft-07/schema#", "version": "1.0.0", "properties": {"id": {"minimum": 1}}}`
)

// write makes files in a folder of the test's own and returns the folder.
// Names are slash paths.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, domain, order string) *config.Config {
	t.Helper()
	cfg, err := config.Load(filepath.Join(write(t, map[string]string{"sluice.yaml": domain, "order.json": order}), "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestCompare(t *testing.T) {
	t.Parallel()
	earlier := write(t, map[string]string{"sluice.yaml": domain, "order.json": order})
	tighter := strings.Replace(order, `"minimum": 1`, `"minimum": 2`, 1)
	for _, c := range []struct {
		name, domain, order, compatibility string
		breaks                             []string // of the only change, if there is one
		mend                               string   // of the only problem, if there is one
	}{
		{"the same", domain, order, "full", nil, ""},
		{"tighter", domain, tighter, "backward", []string{"producers"}, `the version "2.0.0"`},
		{"tighter is forward compatible", domain, tighter, "forward", []string{"producers"}, ""},
		{"tighter and a major version", domain, strings.Replace(tighter, "1.0.0", "2.0.0", 1), "full", []string{"producers"}, ""},
		{
			"removed", strings.NewReplacer("name: orders", "name: refunds", "sales.orders.v1", "sales.refunds.v1").Replace(domain), order, "backward",
			[]string{"producers", "consumers"},
			"such as sales.orders.v2 first",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changes, problems, err := Compare(t.Context(), load(t, c.domain, c.order), Options{Base: earlier, Compatibility: c.compatibility})
			if err != nil {
				t.Fatal(err)
			}
			if c.breaks == nil && len(changes) > 0 || c.breaks != nil && (len(changes) != 1 || !slices.Equal(changes[0].Breaks, c.breaks)) {
				t.Errorf("changes %+v, want one that breaks %v", changes, c.breaks)
			}
			if c.mend == "" && len(problems) > 0 || c.mend != "" && (len(problems) != 1 || !strings.Contains(problems[0].Mend, c.mend)) {
				t.Errorf("problems %v, want one with %q", problems, c.mend)
			}
		})
	}
}

func TestCompareWithNothing(t *testing.T) {
	t.Parallel()
	changes, problems, err := Compare(t.Context(), load(t, domain, order), Options{})
	if changes != nil || problems != nil || err != nil {
		t.Errorf("%v %v %v", changes, problems, err)
	}
}

func TestChangeInWords(t *testing.T) {
	t.Parallel()
	c := Change{
		File: "order.json", Line: 3, Column: 7, Path: "products[0].schema", Pointer: "/properties/id", Value: "$.id", What: "it changed",
		Backward: compat.Verdict{Relation: compat.Breaking, Example: `{"id":1}`},
		Forward:  compat.Verdict{Relation: compat.Undecided, Why: "patterns differ"},
	}
	const want = `order.json:3:7: products[0].schema: $.id: it changed: BACKWARD breaking for producers (such as {"id":1}), FORWARD undecided (patterns differ) at #/properties/id`
	if got := strings.TrimSuffix(c.String(), ": "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.Backward.Example = strings.Repeat("x", 201)
	if strings.Contains(c.String(), "such as") {
		t.Errorf("an example too long for a line: %s", c.String())
	}
}
