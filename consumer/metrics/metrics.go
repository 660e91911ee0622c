// Package metrics counts what the consumer does and exports it to Prometheus.
//
// Counters of the record path are plain atomics, one set per product, found by
// the route's index: no label is looked up per record. A collector of our own
// publishes them, so that all series of the configuration exist, at zero, from
// the start. Labels come from the configuration and from closed sets only.
//
// The books balance at every moment that nothing is between two counters:
// consumed = processed + in flight + released, and the sum of rejected equals
// processed with outcome dead_lettered.
package metrics

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluicedata/sluice/router"
)

// Metrics of one consumer. All methods may be called concurrently.
type Metrics struct {
	products []product

	produceErrors, fetchErrors, offsetResets *prometheus.CounterVec
	rebalances, commits                      *prometheus.CounterVec
	commitDuration, pollRecords              prometheus.Histogram
}

// product holds the counters of one route.
type product struct {
	route *router.Route

	consumed, consumedBytes atomic.Int64
	processed, bytes        [outcomes]atomic.Int64 // by outcome
	released, panics        atomic.Int64

	mu       sync.Mutex
	rejected map[rejection]*atomic.Int64

	endToEnd   [outcomes]prometheus.Observer
	processing prometheus.Observer
}

// outcomes is one more than the greatest router.Outcome.
const outcomes = int(router.Dropped) + 1

type rejection struct {
	reason  router.Reason
	keyword string
}

// Books are the counts of one product since the start.
type Books struct {
	Consumed, Accepted, DeadLettered, Dropped, Released int64
}

// InFlight is what was consumed and has no outcome yet.
func (b Books) InFlight() int64 {
	return b.Consumed - b.Accepted - b.DeadLettered - b.Dropped - b.Released
}

// New makes the metrics of the routes, indexed as the routes are, and
// registers them.
func New(reg prometheus.Registerer, routes []*router.Route, inputs []string) *Metrics {
	m := &Metrics{
		products: make([]product, len(routes)),
		produceErrors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_produce_errors_total",
			Help: "Flights to a topic that came back with an error, by Kafka's name of it.",
		}, []string{"destination", "error"}),
		fetchErrors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_fetch_errors_total",
			Help: "Errors of polls, by input topic and Kafka's name of them; the topic is empty for errors of the group.",
		}, []string{"topic", "error"}),
		offsetResets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_offset_resets_total",
			Help: "Times that records were gone before they were read and reading went on at the earliest that was left.",
		}, []string{"topic"}),
		rebalances: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_rebalances_total",
			Help: "Changes of the partitions of this member: assigned, revoked, lost.",
		}, []string{"event"}),
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_commits_total",
			Help: "Offset commits, by result.",
		}, []string{"result"}),
		commitDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "sluice_commit_duration_seconds",
			Help:    "Time of an offset commit, from request to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}),
		pollRecords: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "sluice_poll_records",
			Help:    "Records that a poll brought; polls without any are not counted.",
			Buckets: []float64{1, 10, 100, 500, 1000, 2500, 5000, 10000},
		}),
	}
	endToEnd := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                            "sluice_end_to_end_latency_seconds",
		Help:                            "From the source record's timestamp to the acknowledgement of its output or dead letter.",
		Buckets:                         latencyBuckets(routes),
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  160,
		NativeHistogramMinResetDuration: time.Hour,
	}, []string{"product", "outcome"})
	processing := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                            "sluice_processing_latency_seconds",
		Help:                            "From the poll of a record to the acknowledgement of its output or dead letter.",
		Buckets:                         latencyBuckets(routes),
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  160,
		NativeHistogramMinResetDuration: time.Hour,
	}, []string{"product"})
	for i, r := range routes {
		p := &m.products[i]
		p.route = r
		p.rejected = make(map[rejection]*atomic.Int64)
		for _, reason := range router.Reasons() {
			p.rejected[rejection{reason: reason}] = new(atomic.Int64)
		}
		for _, o := range []router.Outcome{router.Accepted, router.DeadLettered} {
			p.endToEnd[o] = endToEnd.WithLabelValues(r.Product, o.String())
		}
		p.processing = processing.WithLabelValues(r.Product)
	}
	for _, topic := range inputs {
		m.offsetResets.WithLabelValues(topic)
	}
	for _, event := range []string{"assigned", "revoked", "lost"} {
		m.rebalances.WithLabelValues(event)
	}
	for _, result := range []string{"ok", "error"} {
		m.commits.WithLabelValues(result)
	}
	reg.MustRegister(m.produceErrors, m.fetchErrors, m.offsetResets, m.rebalances, m.commits,
		m.commitDuration, m.pollRecords, endToEnd, processing, (*books)(m))
	return m
}

// Consumed counts a polled record of a route and its bytes.
func (m *Metrics) Consumed(route, bytes int) {
	p := &m.products[route]
	p.consumed.Add(1)
	p.consumedBytes.Add(int64(bytes))
}

// Dropped counts a record that a policy drops.
func (m *Metrics) Dropped(route int) {
	m.products[route].processed[router.Dropped].Add(1)
}

// Settled counts an acknowledged record. keyword is that of the first
// violation, empty when there is none; bytes is what was produced.
func (m *Metrics) Settled(route int, o router.Outcome, reason router.Reason, keyword string, bytes int64, endToEnd, processing time.Duration) {
	p := &m.products[route]
	p.processed[o].Add(1)
	p.bytes[o].Add(bytes)
	p.endToEnd[o].Observe(endToEnd.Seconds())
	p.processing.Observe(processing.Seconds())
	if o == router.DeadLettered {
		p.reject(rejection{reason, keyword})
		if reason == router.Internal {
			p.panics.Add(1)
		}
	}
}

func (p *product) reject(r rejection) {
	p.mu.Lock()
	n := p.rejected[r]
	if n == nil {
		n = new(atomic.Int64)
		p.rejected[r] = n
	}
	p.mu.Unlock()
	n.Add(1)
}

// Released counts a record that was in flight when its partition was lost.
func (m *Metrics) Released(route int) { m.products[route].released.Add(1) }

// Polled counts a poll that brought records.
func (m *Metrics) Polled(records int) { m.pollRecords.Observe(float64(records)) }

// ProduceError counts a flight that came back with an error.
func (m *Metrics) ProduceError(destination, name string) {
	m.produceErrors.WithLabelValues(destination, name).Inc()
}

// FetchError counts an error of a poll; topic is empty for the group's.
func (m *Metrics) FetchError(topic, name string) { m.fetchErrors.WithLabelValues(topic, name).Inc() }

// OffsetReset counts a partition that went on at the earliest offset.
func (m *Metrics) OffsetReset(topic string) { m.offsetResets.WithLabelValues(topic).Inc() }

// Rebalanced counts a change of the member's partitions: assigned, revoked or
// lost.
func (m *Metrics) Rebalanced(event string) { m.rebalances.WithLabelValues(event).Inc() }

// Committed counts a commit.
func (m *Metrics) Committed(ok bool, took time.Duration) {
	result := "ok"
	if !ok {
		result = "error"
	}
	m.commits.WithLabelValues(result).Inc()
	m.commitDuration.Observe(took.Seconds())
}

// Books returns the counts of a route.
func (m *Metrics) Books(route int) Books {
	p := &m.products[route]
	// Outcomes are read before consumed, so that in flight is never negative.
	b := Books{
		Accepted:     p.processed[router.Accepted].Load(),
		DeadLettered: p.processed[router.DeadLettered].Load(),
		Dropped:      p.processed[router.Dropped].Load(),
		Released:     p.released.Load(),
	}
	b.Consumed = p.consumed.Load()
	return b
}
