package metrics

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/router"
)

// TestHistogramsAreTheLibrarys observes the same values in ours and in
// client_golang's.
func TestHistogramsAreTheLibrarys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		les := []float64{.001, .0025, .005, .01, .25, 2.5, 600}
		ours := newHistogram(1e-9, les)
		theirs := prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "x", Buckets: les, NativeHistogramBucketFactor: nativeFactor, NativeHistogramZeroThreshold: zeroThreshold,
		})
		values := rapid.SliceOf(rapid.OneOf(
			rapid.Int64Range(-10, 1e12),
			rapid.SampledFrom([]int64{1e6, 1e6 + 1, 2.5e6, 6e11, 6e11 + 1, 0, 1e9, 5e8, 2e9, math.MaxInt64}),
		)).Draw(t, "values")
		for _, v := range values {
			ours.observe(v)
			theirs.Observe(float64(max(v, 0)) * 1e-9)
		}
		var got, want dto.Metric
		if err := ours.metric(prometheus.NewDesc("x", "", nil, nil)).Write(&got); err != nil {
			t.Fatal(err)
		}
		if err := theirs.Write(&want); err != nil {
			t.Fatal(err)
		}
		g, w := got.GetHistogram(), want.GetHistogram()
		if g.GetSampleCount() != w.GetSampleCount() || math.Abs(g.GetSampleSum()-w.GetSampleSum()) > 1e-6*(1+math.Abs(w.GetSampleSum())) {
			t.Fatalf("count %d sum %g, want %d and %g", g.GetSampleCount(), g.GetSampleSum(), w.GetSampleCount(), w.GetSampleSum())
		}
		for i, b := range w.GetBucket() {
			if o := g.GetBucket()[i]; o.GetUpperBound() != b.GetUpperBound() || o.GetCumulativeCount() != b.GetCumulativeCount() {
				t.Errorf("bucket %g holds %d, want %g with %d", o.GetUpperBound(), o.GetCumulativeCount(), b.GetUpperBound(), b.GetCumulativeCount())
			}
		}
		native := func(h *dto.Histogram) string {
			return fmt.Sprint(h.GetSchema(), h.GetZeroThreshold(), h.GetZeroCount(), h.GetPositiveSpan(), h.GetPositiveDelta(), h.GetNegativeDelta())
		}
		if native(g) != native(w) {
			t.Fatalf("native buckets\n%s, want\n%s", native(g), native(w))
		}
	})
}

func TestCountsAreExported(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewPedanticRegistry()
	route := &router.Route{Product: "orders", Inputs: []string{"in"}, Schema: "order@v1", Version: "v1", SchemaSHA256: "ab", Output: "out", DLQ: "dlq", Keywords: []string{"minimum", "required"}, GoodRatio: 0.999, LatencyP99: 50 * time.Millisecond}
	m := New(reg, Options{
		Routes: []*router.Route{route}, Inputs: []string{"in"}, Destinations: []string{"dlq", "out"},
		Engines:       map[string]string{"orders": "compiled"},
		ProduceErrors: []string{"MESSAGE_TOO_LARGE"},
	})
	m.ProduceError("out", "MESSAGE_TOO_LARGE")
	poll := m.BeginPoll(3)
	for range 3 {
		poll.Consumed(0, 100)
	}
	poll.End()
	flight := m.BeginFlight()
	flight.Settled(0, router.Accepted, 90, 3*time.Millisecond, 2*time.Millisecond)
	flight.Settled(0, router.DeadLettered, 200, 3*time.Hour, 2*time.Millisecond)
	flight.Rejected(0, router.SchemaViolation, "minimum")
	flight.End()
	want := `# HELP sluice_records_consumed_total Records polled from the inputs.
# TYPE sluice_records_consumed_total counter
sluice_records_consumed_total{product="orders"} 3
# HELP sluice_records_rejected_total Dead letters, by reason and keyword of the first violation.
# TYPE sluice_records_rejected_total counter
sluice_records_rejected_total{keyword="",product="orders",reason="internal"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="limit_exceeded"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="malformed_json"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="null_value"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="produce_rejected"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="rule_violation"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="schema_violation"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="unknown_schema"} 0
sluice_records_rejected_total{keyword="",product="orders",reason="unroutable"} 0
sluice_records_rejected_total{keyword="minimum",product="orders",reason="schema_violation"} 1
sluice_records_rejected_total{keyword="required",product="orders",reason="schema_violation"} 0
# HELP sluice_product_slo_ratio Share of the records that a product promises to be good (slo good_ratio), or in time (slo latency_p99).
# TYPE sluice_product_slo_ratio gauge
sluice_product_slo_ratio{product="orders",slo="good_ratio"} 0.999
sluice_product_slo_ratio{product="orders",slo="latency_p99"} 0.99
# HELP sluice_product_slo_latency_seconds Within which time a record is in time.
# TYPE sluice_product_slo_latency_seconds gauge
sluice_product_slo_latency_seconds{product="orders"} 0.05
# HELP sluice_produce_errors_total Flights to a topic that came back with an error, by Kafka's name of it.
# TYPE sluice_produce_errors_total counter
sluice_produce_errors_total{destination="dlq",error="MESSAGE_TOO_LARGE"} 0
sluice_produce_errors_total{destination="out",error="MESSAGE_TOO_LARGE"} 1
# HELP sluice_schema_info The contracts in use; always 1.
# TYPE sluice_schema_info gauge
sluice_schema_info{digest="ab",engine="compiled",product="orders",version="v1"} 1
# HELP sluice_processing_latency_seconds From the poll of a record to the acknowledgement of its output or dead letter.
# TYPE sluice_processing_latency_seconds histogram
sluice_processing_latency_seconds_bucket{product="orders",le="0.001"} 0
sluice_processing_latency_seconds_bucket{product="orders",le="0.0025"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="0.005"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="0.01"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="0.025"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="0.05"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="0.1"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="0.25"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="0.5"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="1"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="2.5"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="10"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="60"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="600"} 2
sluice_processing_latency_seconds_bucket{product="orders",le="+Inf"} 2
sluice_processing_latency_seconds_sum{product="orders"} 0.004
sluice_processing_latency_seconds_count{product="orders"} 2
`
	err := testutil.GatherAndCompare(reg, strings.NewReader(want), "sluice_records_consumed_total",
		"sluice_records_rejected_total", "sluice_schema_info", "sluice_processing_latency_seconds",
		"sluice_product_slo_ratio", "sluice_product_slo_latency_seconds", "sluice_produce_errors_total")
	if err != nil {
		t.Error(err)
	}
	if b := m.Books(0); b.InFlight() != 1 {
		t.Errorf("books are %+v, want one record in flight", b)
	}
}

// TestEveryHistogramIsOfBothKinds has Prometheus offered the classic and the
// native form of each histogram, from the start.
func TestEveryHistogramIsOfBothKinds(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewPedanticRegistry()
	New(reg, Options{
		Routes: []*router.Route{{Product: "orders"}}, Destinations: []string{"out"},
	})
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if h := m.GetHistogram(); h != nil {
				n++
				if len(h.GetBucket()) < 8 || h.GetSchema() != nativeSchema || h.GetZeroThreshold() <= 0 {
					t.Errorf("%s: %d classic buckets, schema %d, zero threshold %g", f.GetName(), len(h.GetBucket()), h.GetSchema(), h.GetZeroThreshold())
				}
			}
		}
	}
	if n != 9 {
		t.Errorf("%d histograms, want 9", n)
	}
}

func BenchmarkHistogram(b *testing.B) {
	h := newHistogram(1e-9, latencyBuckets(nil))
	v := int64(1)
	for b.Loop() {
		v = v*6364136223846793005 + 1442695040888963407
		h.observe(v >> 38 & (1<<25 - 1))
	}
}
