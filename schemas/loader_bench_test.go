package schemas_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// BenchmarkLoader is what a service of many products pays for taking over
// changes: the first load, a look at files of which none has changed, and a
// load of which one has.
func BenchmarkLoader(b *testing.B) {
	const products = 1000
	dir := b.TempDir()
	put := func(name, text string) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	text := "domain: many\nkafka: { brokers: [\"localhost:9092\"] }\nproducts:\n"
	for i := range products {
		text += fmt.Sprintf("  - { name: p%d, input: in.%d, schema: p%d/order.json, output: out.%d }\n", i, i, i, i)
		put(fmt.Sprintf("p%d/order.json", i), orderSchema)
		put(fmt.Sprintf("p%d/line.json", i), lineSchema)
		put(fmt.Sprintf("p%d/examples/valid/one.json", i), `{"line": 1}`)
	}
	put("sluice.yaml", text)
	// Files that were written an hour ago are not read to look at them.
	old := time.Now().Add(-time.Hour)
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error { return os.Chtimes(path, old, old) }); err != nil {
		b.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	l := schemas.NewLoader(cfg)
	load := func(b *testing.B, l *schemas.Loader) {
		if _, err := l.Load(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			load(b, schemas.NewLoader(cfg))
		}
	})
	load(b, l)
	b.Run("look", func(b *testing.B) {
		for b.Loop() {
			if l.Changed() {
				b.Fatal("changed")
			}
		}
	})
	b.Run("one changed", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			put("p0/line.json", fmt.Sprintf(`{"maximum": %d}`, n+1))
			load(b, l)
		}
	})
}
