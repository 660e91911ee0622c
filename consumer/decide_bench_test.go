package consumer

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
)

// deciding decides again and again on a poll that brought so many good records
// of each of four partitions.
func deciding(t testing.TB, each int) (decide func()) {
	cfg, table := newBench(t).configure()
	c, err := New(Options{Config: cfg, Table: table, Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.destinations {
		d.grow(partitions)
	}
	batches := make([]polled, partitions)
	for p := range batches {
		batches[p] = polled{
			batch:   &batch{source: c.sources.own("orders.in", int32(p)), polled: time.Now()},
			records: make([]*kgo.Record, each), entries: make([]entry, each),
		}
		for i := range each {
			batches[p].records[i] = order(i)
		}
	}
	return func() {
		for p := range batches {
			clear(batches[p].entries)
		}
		c.decide(table, batches)
		for p := range batches {
			for i := range batches[p].entries {
				if batches[p].entries[i].record != batches[p].records[i] {
					t.Fatalf("record %d of partition %d was not decided on as good", i, p)
				}
			}
		}
	}
}

// TestFewRecordsWakeNoWorker: what a poll of few records costs is their own
// judging. A worker that is woken for them is an allocation, or more.
func TestFewRecordsWakeNoWorker(t *testing.T) {
	if race {
		t.Skip("allocations are not those of a build without the race detector")
	}
	if allocations := testing.AllocsPerRun(100, deciding(t, 7)); allocations != 0 {
		t.Errorf("%.0f allocations for a poll of few records, want none", allocations)
	}
	deciding(t, 3*chunk)() // and many are shared out
}

// BenchmarkDecide is the deciding of one poll. At 10,000 records/s a poll brings
// some 4x7.
func BenchmarkDecide(b *testing.B) {
	for _, each := range []int{1, 7, 25, 100, 500} {
		b.Run(fmt.Sprintf("%dx%d", partitions, each), func(b *testing.B) {
			decide := deciding(b, each)
			b.ReportAllocs()
			for b.Loop() {
				decide()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*partitions*each), "ns/record")
		})
	}
}
