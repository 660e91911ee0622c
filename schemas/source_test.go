package schemas_test

import (
	"path/filepath"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
)

// TestSources: contracts can be read without their fixtures, which may be
// wrong, and compiled again without their files.
func TestSources(t *testing.T) {
	t.Parallel()
	dir := service(t, map[string]string{
		"s/order.json":                  `{"version":"1.4.0","properties":{"total":{"$ref":"parts/money.json"}}}`,
		"s/parts/money.json":            `{"type":"number"}`,
		"s/examples/valid/no.json":      `{"total":"this is no number"}`,
		"t/book.json":                   `{"$defs":{"b":{"version":"3","type":"object"}}}`,
		"t/examples/invalid/b/one.json": `1`,
	}, "s/order.json", "t/book.json#/$defs/b", "s/order.json")
	cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := schemas.Sources(cfg)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d sources, %v", len(list), err)
	}
	for i, want := range []struct{ product, version, uri, file string }{
		{"p0", "1.4.0", "sluice://shop/s/parts/money.json", "s/parts/money.json"},
		{"p1", "3", "sluice://shop/t/book.json", "t/book.json"},
		{"p2", "1.4.0", "sluice://shop/s/order.json", "s/order.json"},
	} {
		s := &list[i]
		if s.Product != want.product || s.Version != want.version || s.File(want.uri) != filepath.Join(dir, want.file) {
			t.Errorf("source %d: %s %s %s, want %v", i, s.Product, s.Version, s.File(want.uri), want)
		}
		if _, err := validate.Compile(s.Document, s.Options); err != nil {
			t.Errorf("source %d does not compile again: %v", i, err)
		}
	}
	write(t, dir, "s/parts/money.json", `{"type":"amount"}`)
	if _, err := schemas.Sources(cfg); err == nil {
		t.Error("a broken contract has a source")
	}
}
