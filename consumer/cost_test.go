package consumer

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
)

// race says that the race detector is on.
var race bool

// order is a record of the size that domains send.
func order(id int) *kgo.Record {
	r := good("orders.in", id)
	r.Value = fmt.Appendf(nil, `{"id":%d,"text":%q}`, id, noise(400))
	r.Headers = []kgo.RecordHeader{{Key: "trace", Value: []byte("0123456789abcdef")}}
	return r
}

// path is the way of good records between poll and produce, and from their
// acknowledgement on, without a broker.
func path(t testing.TB, n int) (walk func()) {
	cfg, table := newBench(t).configure()
	c, err := New(Options{Config: cfg, Table: table, Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.destinations {
		d.batchBytes.Store(1 << 20)
		d.grow(partitions)
	}
	src := c.sources.own("orders.in", 0)
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = order(i)
	}
	entries := make([]entry, n)
	return func() {
		b := &batch{source: src, next: int64(n), polled: time.Now(), records: int64(n)}
		b.left.Store(b.records)
		src.add(b)
		batches := []polled{{batch: b, records: records, entries: entries}}
		c.decide(table, batches)
		c.handOver(batches, n)
		clear(entries)
		for _, l := range c.outputs[0].all() {
			l.gather()
			if len(l.queue) == 0 {
				continue
			}
			l.next()
			l.left = len(l.flight)
			for i := range l.flight {
				l.land(l.flight[i].record, nil)
			}
			l.requeue()
			c.delivery.acked(l.flight, time.Now())
			clear(l.flight)
			l.flight = l.flight[:0]
		}
		c.emitter.ready = c.emitter.ready[:0]
		if !src.drained() {
			t.Fatal("records are left")
		}
		src.watermark()
	}
}

// TestGoodRecordsAllocateNothing of ours: what a poll costs does not grow with
// its records.
func TestGoodRecordsAllocateNothing(t *testing.T) {
	if race {
		t.Skip("allocations are not those of a build without the race detector")
	}
	const n = 2000
	walk := path(t, n)
	walk() // buffers grow to their size
	walk()
	if allocations := testing.AllocsPerRun(20, walk); allocations > 40 {
		t.Errorf("%.0f allocations for %d records, want some for the poll and none per record", allocations, n)
	}
}

func BenchmarkPathOfGoodRecords(b *testing.B) {
	const n = 2000
	walk := path(b, n)
	b.ReportAllocs()
	for b.Loop() {
		walk()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
}

// manyProducts configures n products with an input and an output of their own.
func (b *bench) manyProducts(n int) (*config.Config, *router.Table) {
	b.Helper()
	return b.configure(func(c *config.Config) {
		p := c.Products[0]
		c.Products = nil
		for i := range n {
			p.Name, p.Input = fmt.Sprint("p", i), config.Topics{fmt.Sprint("in", i)}
			p.Output, p.DLQ = fmt.Sprint("out", i), fmt.Sprint("dlq", i)
			c.Products = append(c.Products, p)
		}
	})
}

// BenchmarkPollOfManyProducts is what a poll of few records costs where there
// are many products, each with inputs and lanes of its own: nothing of it may
// grow with their number.
func BenchmarkPollOfManyProducts(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("products=%d", n), func(b *testing.B) {
			cfg, table := newBench(b).manyProducts(n)
			c, err := New(Options{Config: cfg, Table: table, Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
			if err != nil {
				b.Fatal(err)
			}
			for _, d := range c.destinations {
				d.grow(partitions)
			}
			// All have been in flight once, and the last five are polled now.
			for i := range n {
				input := fmt.Sprint("in", i)
				c.budget.take(input, 1, 1)
				c.budget.release(input, 1, 1)
				c.sources.own(input, 0)
			}
			var batches []polled
			for i := n - 5; i < n; i++ {
				topic := fmt.Sprint("in", i)
				batches = append(batches, polled{
					batch:   &batch{source: c.sources.own(topic, 0), polled: time.Now(), records: 2},
					records: []*kgo.Record{good(topic, 1), good(topic, 2)}, entries: make([]entry, 2),
				})
			}
			b.ReportAllocs()
			for b.Loop() {
				if n, ok := c.room(b.Context()); !ok || n == 0 {
					b.Fatal("no room")
				}
				for i := range batches {
					batches[i].batch.left.Store(2)
					clear(batches[i].entries)
				}
				c.decide(table, batches)
				c.handOver(batches, 10)
				for _, l := range c.emitter.ready {
					l.gather()
					l.next()
					c.delivery.acked(l.flight, time.Now())
					clear(l.flight)
					l.flight = l.flight[:0]
				}
				c.emitter.ready = c.emitter.ready[:0]
			}
		})
	}
}

// BenchmarkScrape is what a scrape costs, and how long it may hold a lock.
func BenchmarkScrape(b *testing.B) {
	cfg, table := newBench(b).configure()
	reg := prometheus.NewRegistry()
	if _, err := New(Options{Config: cfg, Table: table, Logger: zap.NewNop(), Registerer: reg}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		families, err := reg.Gather()
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprint(io.Discard, len(families))
	}
}

// BenchmarkService sends records through a service on the embedded Kafka, which
// is most of the cost.
func BenchmarkService(b *testing.B) {
	k := newBench(b)
	var records []*kgo.Record
	for id := range 20_000 {
		records = append(records, order(id))
	}
	m := k.start()
	k.eventually("the service has partitions", func() bool { return len(m.Status().Partitions) > 0 })
	for b.Loop() {
		before := k.count("orders")
		k.send(records...)
		k.eventually("all records are out", func() bool { return k.count("orders") == before+len(records) })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(records)), "ns/record")
	m.stop()
}
