package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/cmd/sluice/internal/ops"
	"github.com/sluicedata/sluice/cmd/sluice/internal/reload"
	"github.com/sluicedata/sluice/consumer"
)

// thousand is how many products a service is measured with.
const thousand = 1000

// manyProducts writes a domain of n products with inputs, outputs and promises
// of their own.
func manyProducts(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("domain: many\nkafka: { brokers: [\"localhost:9092\"] }\nproducts:\n")
	if err := os.Mkdir(filepath.Join(dir, "schemas"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		fmt.Fprintf(&b, "  - { name: p%d, input: raw.p%d, schema: schemas/p%d.json, output: many.p%d.v1, slo: { good_ratio: 0.999, latency_p99: 50ms } }\n", i, i, i, i)
		schema := strings.Replace(orderSchema, `"minimum": 1`, fmt.Sprintf(`"minimum": %d`, i), 1)
		if err := os.WriteFile(filepath.Join(dir, "schemas", fmt.Sprintf("p%d.json", i)), []byte(schema), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "sluice.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// exposing returns what a service of n products exposes before its first record.
func exposing(t testing.TB, n int) *prometheus.Registry {
	t.Helper()
	g, err := load(manyProducts(t, n))
	if err != nil {
		t.Fatal(err)
	}
	registry, own := ops.NewRegistry(g.cfg.Domain, currentBuild())
	c, err := consumer.New(consumer.Options{Config: g.cfg, Table: g.table, Logger: zap.NewNop(), Registerer: own})
	if err != nil {
		t.Fatal(err)
	}
	reload.New(reload.Options{Config: g.cfg, Loader: g.loader, Set: g.set, Swap: c.Swap, Logger: zap.NewNop(), Registerer: own})
	return registry
}

// series counts as Prometheus does when it scrapes the text.
func series(t testing.TB, registry *prometheus.Registry) int {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			switch {
			case m.GetHistogram() != nil:
				n += len(m.GetHistogram().GetBucket()) + 3 // +Inf, sum and count
			case m.GetSummary() != nil:
				n += len(m.GetSummary().GetQuantile()) + 2
			default:
				n++
			}
		}
	}
	return n
}

// TestSeriesOfAProduct: what the README says of the number of series. It is the
// same for every product, and nothing else grows with their number.
func TestSeriesOfAProduct(t *testing.T) {
	t.Parallel()
	const most = 170
	few, more, yetMore := series(t, exposing(t, 10)), series(t, exposing(t, 20)), series(t, exposing(t, 40))
	if more-few != (yetMore-more)/2 {
		t.Errorf("10 products make %d series, 20 make %d, 40 make %d: not a line", few, more, yetMore)
	}
	if each := (more - few) / 10; each > most {
		t.Errorf("a product makes %d series, want at most %d: say so in the README", each, most)
	}
}

// BenchmarkThousandProducts is what their number costs, apart from records.
func BenchmarkThousandProducts(b *testing.B) {
	file := manyProducts(b, thousand)
	b.Run("start", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g, err := load(file)
			if err == nil {
				err = g.prove()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	registry := exposing(b, thousand)
	b.Run("scrape", func(b *testing.B) {
		h := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
		request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		request.Header.Set("Accept-Encoding", "gzip")
		size := 0
		for b.Loop() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request)
			size = w.Body.Len()
		}
		b.ReportMetric(float64(size), "bytes/scrape")
		b.ReportMetric(float64(series(b, registry)), "series")
	})
}
