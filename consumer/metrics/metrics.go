// Package metrics counts what the consumer does and exports it to Prometheus.
//
// What happens per record is counted in plain numbers, one set per product,
// found by the route's index: no label is looked up and no lock is taken per
// record. A Poll counts what one poll brought and a Flight what one flight
// settled; each takes one lock for all its records. A collector of our own
// publishes the numbers, so that all series of the configuration exist, at
// zero, from the start. Labels come from the configuration and from closed
// sets only.
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
	routes  atomic.Pointer[[]*router.Route]
	engines map[string]string // by product
	// keywords are those that have series, by route. They belong to Use.
	keywords []map[string]struct{}

	polling sync.Mutex
	polled  []consumed // by route

	settling sync.Mutex
	settled  []processed // by route

	produceErrors, fetchErrors, offsetResets *prometheus.CounterVec
	rebalances, commits                      *prometheus.CounterVec
	commitDuration, pollRecords, swapPause   prometheus.Histogram
	pollIdle                                 prometheus.Counter
	produceDuration                          map[string]prometheus.Observer // by destination
	validationDuration                       []prometheus.Observer          // by route
}

// consumed is what was polled of one route.
type consumed struct {
	records, bytes int64
	sizes          histogram
}

// processed is what became of the records of one route.
type processed struct {
	records, bytes   [outcomes]int64 // by outcome
	released, panics int64
	rejected         map[rejection]int64
	endToEnd         [outcomes]histogram
	processing       histogram
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

// Options say what the labels may be.
type Options struct {
	// Routes, Inputs and Destinations are the router's.
	Routes       []*router.Route
	Inputs       []string
	Destinations []string
	// Engines are those that judge, by product.
	Engines map[string]string
	// ProduceErrors and FetchErrors are the names of the errors that are to be
	// expected. Their series exist from the start; Kafka's others come with the
	// first error.
	ProduceErrors, FetchErrors []string
}

// both are the options of a histogram of the library's that is classic, with
// the given bounds, and native.
func both(name, help string, bounds ...float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Name: "sluice_" + name, Help: help, Buckets: bounds,
		NativeHistogramBucketFactor:     nativeFactor,
		NativeHistogramMaxBucketNumber:  160,
		NativeHistogramMinResetDuration: time.Hour,
	}
}

// New makes metrics and registers them.
func New(reg prometheus.Registerer, o Options) *Metrics {
	m := &Metrics{
		engines:  o.Engines,
		keywords: make([]map[string]struct{}, len(o.Routes)),
		polled:   make([]consumed, len(o.Routes)),
		settled:  make([]processed, len(o.Routes)),
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
			Help: "Times that an expected offset was not there any more and reading went on at the earliest that was.",
		}, []string{"topic"}),
		rebalances: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_rebalances_total",
			Help: "Changes of the partitions of this member: assigned, revoked, lost.",
		}, []string{"event"}),
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_commits_total",
			Help: "Offset commits, by result: ok, error, and with exactly_once aborted transactions.",
		}, []string{"result"}),
		commitDuration: prometheus.NewHistogram(both("commit_duration_seconds",
			"Time of an offset commit, from request to answer.",
			.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10)),
		pollRecords: prometheus.NewHistogram(both("poll_records",
			"Records that a poll brought; polls without any are not counted.",
			1, 10, 100, 500, 1000, 2500, 5000, 10000)),
		swapPause: prometheus.NewHistogram(both("schema_swap_pause_seconds",
			"How long a reload kept records from being settled while it swapped the contracts: the only thing of it that records wait for.",
			.00001, .0001, .0005, .001, .005, .01, .05, .1)),
		pollIdle: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sluice_poll_idle_seconds_total",
			Help: "Time that the loop waited for records.",
		}),
		produceDuration: make(map[string]prometheus.Observer, len(o.Destinations)),
	}
	produceDuration := prometheus.NewHistogramVec(both("produce_duration_seconds",
		"From the sending of a flight to its last acknowledgement.",
		.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10), []string{"destination"})
	for _, topic := range o.Destinations {
		m.produceDuration[topic] = produceDuration.WithLabelValues(topic)
		for _, name := range o.ProduceErrors {
			m.produceErrors.WithLabelValues(topic, name)
		}
	}
	validationDuration := prometheus.NewHistogramVec(both("validation_duration_seconds",
		"Time to match and judge a record and, if it is bad, to write its dead letter; measured on one record in 64.",
		2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 1e-4, 1e-3, .01, .1, 1), []string{"product"})
	latency := latencyBuckets(o.Routes)
	for i, r := range o.Routes {
		m.validationDuration = append(m.validationDuration, validationDuration.WithLabelValues(r.Product))
		m.polled[i].sizes = newHistogram(1, []float64{64, 256, 1024, 4096, 16384, 65536, 262144, 1048576})
		m.keywords[i] = make(map[string]struct{})
		p := &m.settled[i]
		p.rejected = make(map[rejection]int64)
		for _, reason := range router.Reasons() {
			p.rejected[rejection{reason: reason}] = 0
		}
		p.processing = newHistogram(1e-9, latency)
		for o := range p.endToEnd {
			p.endToEnd[o] = newHistogram(1e-9, latency)
		}
	}
	m.use(o.Routes)
	for _, topic := range o.Inputs {
		m.offsetResets.WithLabelValues(topic)
		for _, name := range o.FetchErrors {
			m.fetchErrors.WithLabelValues(topic, name)
		}
	}
	for _, event := range []string{"assigned", "revoked", "lost"} {
		m.rebalances.WithLabelValues(event)
	}
	for _, result := range []string{"ok", "error", "aborted"} {
		m.commits.WithLabelValues(result)
	}
	reg.MustRegister(m.produceErrors, m.fetchErrors, m.offsetResets, m.rebalances, m.commits,
		m.commitDuration, m.pollRecords, m.swapPause, m.pollIdle, produceDuration, validationDuration, (*books)(m))
	return m
}

// Use makes routes those of the table in use, which differ from the ones before
// by their contracts only. From the next scrape on schema_info tells of the new
// contracts alone. Counters stay, and keywords that are new begin at zero. Use
// is not called concurrently.
func (m *Metrics) Use(routes []*router.Route) {
	m.swapPause.Observe(m.use(routes).Seconds())
}

// use returns the longest time for which records could not be settled.
func (m *Metrics) use(routes []*router.Route) (pause time.Duration) {
	for i, r := range routes {
		var news []string
		for _, keyword := range r.Keywords {
			if _, ok := m.keywords[i][keyword]; !ok {
				m.keywords[i][keyword] = struct{}{}
				news = append(news, keyword)
			}
		}
		if len(news) > 0 {
			pause = max(pause, m.expect(i, news))
		}
	}
	m.routes.Store(&routes)
	return pause
}

// expect makes the series of keywords that a route's records may violate, and
// returns how long that took under the lock. It is held for one product at a
// time: a thousand of them are no reason to wait longer.
func (m *Metrics) expect(route int, keywords []string) time.Duration {
	m.settling.Lock()
	defer m.settling.Unlock()
	began := time.Now()
	for _, keyword := range keywords {
		m.settled[route].rejected[rejection{router.SchemaViolation, keyword}] += 0
	}
	return time.Since(began)
}
