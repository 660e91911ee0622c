package metrics

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluicedata/sluice/router"
)

// BenchmarkRecord is what all metrics of one record cost, at the poll and at
// the acknowledgement, for records of one and of many products in turn. Beside
// it stands one reading of the clock, which metrics do not need per record.
func BenchmarkRecord(b *testing.B) {
	const records = 500 // of a poll and of a flight
	for _, n := range []int{1, 10, 1000} {
		var routes []*router.Route
		for i := range n {
			routes = append(routes, &router.Route{Index: i, Product: fmt.Sprint("p", i)})
		}
		m := New(prometheus.NewRegistry(), Options{Routes: routes})
		b.Run(fmt.Sprintf("products=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			size := uint32(1)
			for b.Loop() {
				poll := m.BeginPoll(records)
				for i := range records {
					size = size*1664525 + 1013904223
					poll.Consumed(i%n, 400+int64(size>>24))
				}
				poll.End()
				flight := m.BeginFlight()
				for i := range records {
					// Timestamps have milliseconds; a batch was polled at once.
					flight.Settled(i%n, router.Accepted, 500, time.Duration(3+i/50)*time.Millisecond, 2345678)
				}
				flight.End()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
	b.Run("clock", func(b *testing.B) {
		for b.Loop() {
			_ = time.Now()
		}
	})
}
