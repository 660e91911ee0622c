package deploy_test

import (
	"context"
	"testing"
	"time"
)

// TestNativeHistograms has a Prometheus that takes native histograms ask for
// quantiles without buckets.
func TestNativeHistograms(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a service and a Prometheus")
	}
	binary := tool(t, "prometheus", "no native histogram was scraped")
	ports := freePorts(t, 2)
	background(t, build(t), "demo", "--domain", "sales", "--rate", "200", "--listen", ports[0])
	p := startPrometheus(t, binary, ports[1], nil, ports[:1], "--enable-feature=native-histograms")
	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	defer cancel()
	var pending []query
	for _, name := range []string{
		"end_to_end_latency_seconds", "processing_latency_seconds", "validation_duration_seconds", "record_size_bytes",
		"produce_duration_seconds", "commit_duration_seconds", "poll_records",
	} {
		pending = append(pending, query{where: name, expr: `histogram_quantile(0.99, sum(rate(sluice_` + name + `[10s]))) > 0`, instant: true})
	}
	p.haveData(ctx, t, pending, nil)
}
