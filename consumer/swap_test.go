package consumer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

// recompile returns the table of a configuration whose schema is another now.
func (b *bench) recompile(cfg *config.Config, schema string) *router.Table {
	b.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(cfg.File), "id.json"), []byte(schema), 0o600); err != nil {
		b.Fatal(err)
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		b.Fatal(err)
	}
	table, err := router.Compile(cfg, set)
	if err != nil {
		b.Fatal(err)
	}
	return table
}

// TestSwap: from one poll to the next other contracts judge; dead letters name
// those that did, and metrics those that do.
func TestSwap(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.start()
	bad := func(p int32) *kgo.Record {
		return &kgo.Record{Topic: "orders.in", Partition: p, Key: []byte("k"), Value: []byte(`{"id":"x"}`)}
	}
	b.send(bad(0), good("orders.in", 1))
	b.caughtUp("orders.in")

	old := m.table.Load().Routes()[0]
	next := b.recompile(m.cfg, `{"version": "2", "required": ["name"], "properties": {"id": {"type": "string"}}}`)
	if err := m.Swap(next); err != nil {
		t.Fatal(err)
	}
	b.send(bad(0), good("orders.in", 4))
	b.caughtUp("orders.in")
	var judged []string
	for _, r := range b.read("orders.dlq") {
		judged = append(judged, header(r, "sluice.schema")+" "+header(r, "sluice.schema.sha256")+" "+string(r.Value))
	}
	slices.Sort(judged)
	second := next.Routes()[0]
	want := []string{
		fmt.Sprintf(`%s %s {"id":"x"}`, second.Schema, second.SchemaSHA256),
		fmt.Sprintf(`%s %s {"id":"x"}`, old.Schema, old.SchemaSHA256),
		fmt.Sprintf(`%s %s {"id":4}`, second.Schema, second.SchemaSHA256),
	}
	slices.Sort(want)
	if !slices.Equal(judged, want) {
		t.Errorf("dead letters are\n%s\nwant\n%s", strings.Join(judged, "\n"), strings.Join(want, "\n"))
	}
	if n := b.count("orders"); n != 1 {
		t.Errorf("orders holds %d records, want 1", n)
	}

	info := func(product string) string {
		return fmt.Sprintf("sluice_schema_info{digest=%q,engine=\"compiled\",product=%q,version=\"2\"} 1\n", second.SchemaSHA256, product)
	}
	text := "# HELP sluice_schema_info The contracts in use; always 1.\n# TYPE sluice_schema_info gauge\n" + info("orders") + info("payments") + info("refunds")
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(text), "sluice_schema_info"); err != nil {
		t.Error(err)
	}
	if p := m.product("orders"); p.Schema != "orders@2" || p.Accepted != 1 || p.DeadLettered != 3 {
		t.Errorf("the status is %+v", p)
	}
}

// TestSwapRefusesOtherRoutes: topics and counters are made for the routes.
func TestSwapRefusesOtherRoutes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.prepare()
	f := func(what string, change func(*config.Config)) {
		t.Helper()
		if _, table := b.configure(change); m.Swap(table) == nil {
			t.Errorf("%s: taken", what)
		}
	}
	f("output", func(c *config.Config) { c.Products[0].Output = "elsewhere" })
	f("dlq", func(c *config.Config) { c.Products[0].DLQ = "elsewhere" })
	f("input", func(c *config.Config) { c.Products[0].Input = config.Topics{"elsewhere"} })
	f("name", func(c *config.Config) { c.Products[0].Name = "other" })
	f("fewer", func(c *config.Config) { c.Products = c.Products[1:] })
	f("order", func(c *config.Config) { slices.Reverse(c.Products) })
	if _, table := b.configure(); m.Swap(table) != nil {
		t.Error("a table of the same routes is refused")
	}
}

// BenchmarkSwap is what a reload of 1,000 products may hold the counters for:
// the loop itself waits for nothing.
func BenchmarkSwap(b *testing.B) {
	cfg, table := newBench(b).manyProducts(1000)
	c, err := New(Options{Config: cfg, Table: table, Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := c.Swap(table); err != nil {
			b.Fatal(err)
		}
	}
}
