package router_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

func TestTable(t *testing.T) {
	t.Parallel()
	table := compile(t, `
unmatched: { action: dead_letter, topic: rest }
products:
  - { name: a, input: [one, two], match: { key: true, equals: a }, schema: order.json, output: a.v1, dlq: shared, slo: { latency_p99: 50ms } }
  - { name: b, input: two, schema: any.json, output: b.v1, dlq: shared }
`)
	routes := table.Routes()
	if len(routes) != 3 {
		t.Fatalf("%d routes, want those of a, b and the unmatched", len(routes))
	}
	for i, r := range routes {
		if r.Index != i {
			t.Errorf("route %d has index %d", i, r.Index)
		}
	}
	a, rest := routes[0], routes[2]
	if a.Product != "a" || a.Schema != "a@1.2.0" || a.Version != "1.2.0" || len(a.SchemaSHA256) != 64 ||
		a.Output != "a.v1" || a.DLQ != "shared" || a.LatencyP99 != 50*time.Millisecond || !slices.Equal(a.Inputs, []string{"one", "two"}) {
		t.Errorf("route %+v", a)
	}
	// Only input one has a last product with a match.
	if rest.Product != router.Unmatched || rest.Schema != "" || rest.Output != "" || rest.DLQ != "rest" || !slices.Equal(rest.Inputs, []string{"one"}) {
		t.Errorf("unmatched route %+v", rest)
	}
	f := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	f("inputs", table.Inputs(), "one", "two")
	f("outputs", table.Outputs(), "a.v1", "b.v1", "rest", "shared")
	f("inputs of a.v1", table.InputsOf("a.v1"), "one", "two")
	f("inputs of b.v1", table.InputsOf("b.v1"), "two")
	f("inputs of shared", table.InputsOf("shared"), "one", "two")
	f("inputs of rest", table.InputsOf("rest"), "one")
	f("inputs of a stranger", table.InputsOf("x"))
	// What an accessor returned is the caller's.
	table.Inputs()[0] = "changed"
	table.Routes()[0] = nil
	f("inputs", table.Inputs(), "one", "two")
	if table.Routes()[0] == nil {
		t.Error("the table's routes were changed from outside")
	}
}

func TestExamplesCompile(t *testing.T) {
	t.Parallel()
	hosting := example(t, "code-hosting")
	routes := hosting.Routes()
	if last := routes[len(routes)-1]; len(routes) < 20 || last.Product != router.Unmatched {
		t.Errorf("code-hosting has %d routes, the last is %s", len(routes), last.Product)
	}
	for _, r := range routes[:len(routes)-1] {
		if got := hosting.Decide("github.webhooks", event("X-GitHub-Event", r.Product)).Route; got != r {
			t.Errorf("an event of %s goes to %s", r.Product, got.Product)
		}
	}
	d := hosting.Decide("github.webhooks", event("X-GitHub-Event", "star_wars"))
	if d.Reason != router.Unroutable || d.Topic != "code-hosting.unmatched.dlq" {
		t.Errorf("an unknown event: %+v", d)
	}
	if n := len(example(t, "sales").Routes()); n != 2 {
		t.Errorf("sales has %d routes, want 2", n)
	}
}

func TestCompileNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const yaml = `
unmatched: { action: drop }
products:
  - { name: a, input: in, match: { header: h, regex: x }, schema: any.json, output: a.v1 }
  - { name: b, input: in, match: { field: /b, equals: x }, schema: any.json, output: b.v1 }
`
	f := func(change func(*config.Config), want ...string) {
		t.Helper()
		cfg, set := load(t, yaml)
		change(cfg)
		table, err := router.Compile(cfg, set)
		problems, ok := errors.AsType[config.Problems](err)
		if !ok || table != nil {
			t.Errorf("table %v and error %v, want %q", table, err, want)
			return
		}
		if len(problems) != len(want) {
			t.Errorf("problems %v, want %q", problems, want)
			return
		}
		for i, p := range problems {
			if p.File != cfg.File || p.Mend == "" || !strings.Contains(p.Path+": "+p.What, want[i]) {
				t.Errorf("problem %q, want %q in %s", p, want[i], cfg.File)
			}
		}
	}
	bad, long := "(?=x)", strings.Repeat("x", 2000)
	f(func(c *config.Config) { c.Products[0].Match.Regex = &bad }, "products[0].match.regex: error parsing regexp")
	f(func(c *config.Config) { c.Products[0].Match.Regex = &long }, "products[0].match.regex: is longer than limits.pattern_bytes, 1024")
	f(func(c *config.Config) { c.Products[1].Match.Field = "b" }, "products[1].match.field: is no JSON pointer")
	f(func(c *config.Config) { c.Unmatched.Action = "" }, "unmatched: is needed: every product of input in has a match")
	f(func(c *config.Config) {
		c.Products[0].Match.Regex, c.Products[1].Match.Field = &bad, "b"
		c.Unmatched = config.Unmatched{Action: config.UnmatchedDeadLetter}
	}, "products[0].match.regex", "products[1].match.field", "unmatched")
	f(func(c *config.Config) { c.Products = nil }, "products: names no product")
}

func TestCompileNeedsTheContracts(t *testing.T) {
	t.Parallel()
	cfg, _ := load(t, `
products: [{ name: a, input: in, schema: any.json, output: a.v1 }]
`)
	_, err := router.Compile(cfg, new(schemas.Set))
	if _, ok := errors.AsType[config.Problems](err); err == nil || ok || !strings.Contains(err.Error(), "product a has no contract") {
		t.Errorf("error %v", err)
	}
}

func TestEnums(t *testing.T) {
	t.Parallel()
	want := []string{
		"malformed_json", "limit_exceeded", "null_value", "unknown_schema", "schema_violation", "rule_violation",
		"unroutable", "produce_rejected", "internal",
	}
	var got []string
	for _, r := range router.Reasons() {
		got = append(got, r.String())
		if back, ok := router.ParseReason(r.String()); !ok || back != r {
			t.Errorf("ParseReason(%s) = %s, %v", r, back, ok)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("reasons %q, want %q", got, want)
	}
	got = nil
	for _, o := range router.Outcomes() {
		got = append(got, o.String())
	}
	if want := []string{"accepted", "dead_lettered", "dropped"}; !slices.Equal(got, want) {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	for s, want := range map[router.Stage]string{
		router.StageRoute: "route", router.StageDecode: "decode", router.StageValidate: "validate", router.StageProduce: "produce",
	} {
		if back, ok := router.ParseStage(want); s.String() != want || !ok || back != s {
			t.Errorf("stage %s, want %s; parsed %s, %v", s, want, back, ok)
		}
	}
	for _, name := range []string{"", "none", "Internal", "internal "} {
		if r, ok := router.ParseReason(name); ok || r != 0 {
			t.Errorf("ParseReason(%q) = %s, %v", name, r, ok)
		}
		if s, ok := router.ParseStage(name); ok || s != 0 {
			t.Errorf("ParseStage(%q) = %s, %v", name, s, ok)
		}
	}
	if router.Outcome(0).String() != "none" || router.Reason(0).String() != "none" || router.Stage(0).String() != "none" {
		t.Error("a zero value has a name")
	}
}
